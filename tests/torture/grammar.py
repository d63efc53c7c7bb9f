"""Make lines that a client might send: nearly right, cleverly wrong, or plain noise.

`Grammar(rng)` is deterministic: the same `random.Random` gives the same lines. It knows the
verbs, the shapes of their arguments, and what has broken parsers before; a part of the
lines is mutated, spliced, stretched to the limit or strewn with telnet commands.
"""

import re
import unicodedata
from collections.abc import Callable
from random import Random

from chatsvc.wire.table import BY_NAME

LINE_ENDS = (b"\n", b"\n", b"\n", b"\n", b"\n", b"\n", b"\r\n", b"\r\n", b"\r\0", b" \n")
NICKS = ("ann", "bob", "cyd", "ANN", "dee", "Zoé", "ａｎｎ", "x" * 32, "y" * 33)
ROOMS = ("tea", "den", "Tea", "lobby", "hall", "since", "before", "名前", "r" * 48, "r" * 49)
NUMBERS = (
    "0", "1", "2", "3", "5", "50", "1000", "1001", "-1", "+5", "1e9", "1_000", "1,000", "0x10",
    "１２", "١٢", "۱", "²", "½", "Ⅷ", "∞", "NaN", "007", "9" * 15, "9" * 16, "9" * 400, "1.0", "",
    "1\u200b", "1\x00", "--1", "1 ", "\u0661\u0662", "0" * 15, "0" * 14 + "7",
)  # fmt: skip
KEYS = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKZDppWdlxurT/X3EX5M3ardKuD1a5U3vsWGaHMjBEfx",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKZDppWdlxurT/X3EX5M3ardKuD1a5U3vsWGaHMjBEf",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + 43 * "B", "ssh-ed25519", "ssh-dss AAAA", "AAAA",
    "-----BEGIN OPENSSH PRIVATE KEY-----",
)  # fmt: skip
MASKS = (
    "bob", "ann", "*", "a*", "?nn", "*?*?*", "~bob", "~*", "$guest", "$GUEST", "@bob", "@192.0.2.7",
    "192.0.2.7", "192.0.2.0/24", "192.0.2.99/24", "10.0.0.0/8", "::ffff:192.0.2.0/120", "::1",
    "2001:DB8::/32", "2001:db8::1/129", "999.1.1.1", "1.2.3.4.5", "192.0.*", "@192.0.*", "~", "@",
    "*" * 9, "a*b*c*d*e*f*g*h*i", "x" * 64 + "*", "x" * 128, "x" * 129, "-*", "*-", "１９２.0.2.7",
    "ｂｏｂ", "ß*", "\u0301*", "*\u0301", "İ", "ŉ*", "fe80::1%eth0", "127.0.0.1", "127.0.0.0/8",
    "0.0.0.0/0", "::/0", "*!ann@*", "*!*@*", "B?b*!*@*", "*!*@*.IP", "ann!x@y@z", "!x@y", "ann!x",
    "ann!@y", "ann!x@", "~ann!*@*", "*!*?*x@?*?", "a!*a*a*a*@*b*b*b*", "a!*a*a*a*@*b*b*b*b*",
    "192.0.*!*@*", "192.0.2.7!a@b", "*!é@É", "x!" + "y" * 124 + "@z", "x!" + "y" * 125 + "@z",
)  # fmt: skip
TIMES = (
    "30m", "2h", "7d", "1w", "perm", "PERM", "365d", "366d", "0m", "52w", "53w", "1y", "2H", "+2h",
    "-2h", "1.5h", "1_0h", "2ſ", "999999m", "1000000m", "٣h", "30", "",
)  # fmt: skip
SETTINGS = (
    "kind public", "kind unlisted", "kind invite-only", "kind password s3cret", "KIND Public",
    "kind  password  two words ", "kind password", "kind secret", "listed yes", "listed no",
    "announce yes", "announce NO", "history everyone", "history members from 1",
    "history joined", "history members from", "history everyone from 1 2", "keep all",
    "keep 30d 1000", "keep 1000 30d", "keep 1h", "keep 0", "keep 3650d", "keep 3651d", "keep perm",
    "history\u2003members", "history members\u2003from\u20031", "keep 1d\u20035",
    "door open", "door invite-only", "DOOR Open", "door password", "topic members",
    "topic MODERATORS", "topic all", "outsiders yes", "outsiders no", "outsiders", "most all",
    "most 5", "most 0", "most 1000000", "most 1000001", "most -1", "most ALL", "most 1 2",
    "plain yes", "plain no", "plain x", "\u212aind public", "topic x", "kind", "keep 1 2",
    "keep all all",
    "kind password " + "x" * 1025,
)  # fmt: skip
SERVER_SETTINGS = (
    "sign-ups open", "sign-ups closed", "registered-only yes", "registered-only no", "sign-ups",
    "Sign-Ups OPEN", "registered-only maybe", "other yes", "",
)  # fmt: skip
FOREIGN = (
    b"GET / HTTP/1.1", b"Host: example.org", b"POST /x HTTP/1.0", b"SSH-2.0-OpenSSH_9.2p1",
    b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0",
    b"CAP LS 302", b"NICK ann", b"EHLO example.org", b"*1\r\n$4\r\nPING",
    b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2", b"\0\0\0\x85\xffSMB",
)  # fmt: skip
TELNET = (
    b"\xff\xfd\x03", b"\xff\xfb\x18", b"\xff\xfe\x01", b"\xff\xf1", b"\xff\xf4", b"\xff\xff",
    b"\xff", b"\xff\xfa\x18\0xterm\xff\xf0", b"\xff\xfa\x18", b"\xff\xfa\x1f\0\xff\xff\xff\xf0",
    b"\xff\xf0", b"\xff\xfd", b"\xff\xfd\xff", b"\xff\xfb\r", b"\xff\xec", b"\xff\xeb",
)  # fmt: skip


def _strange_characters() -> list[str]:
    """Return every character that is a control, a format or a separator, and more."""
    categories = {"Cc", "Cf", "Zl", "Zp", "Zs"}
    found = [
        chr(code)
        for code in range(0x110000)
        if not 0xD800 <= code <= 0xDFFF and unicodedata.category(chr(code)) in categories
    ]
    found += [chr(plane * 0x10000 + 0xFFFF) for plane in range(17)]
    found += list("\ufdd0\ufffe\ufdef\u034f\u17b4\ufe0f\U000e0100\u115f\u3164\u2800\uffa0")
    found += list("\u0301\u0327\u0345\u0f73\uff9e\u1f82\ufdfa\u0130\u00df\u212a\u1e9e\u0149\ufb01")
    found += [
        "👨\u200d👩\u200d👧",
        "❤\ufe0f",
        "🇫🇷",
        "می\u200cخواهم",
        "שלום",
        "e\u0301" * 3,
        "x\u0301\u0301",
        "ж",
        "ω",
        "名前",
        "カナ",
        "한",
        "ㄅ",
        "ស្រ",
        "ក\u17d2",
        "٣",
        "\u0964",
        "Ⅷ",
        "ǅ",
    ]
    return found


STRANGE = _strange_characters()
_FEW_ROOMS = ("tea", "tea", "tea", "den", "lobby")
_FEW_NICKS = ("ann", "bob", "cyd", "dee")
_FEW_MASKS = (
    *_FEW_NICKS,
    "*!line@*",
    "~bob",
    "c*",
    "$guest",
    "192.0.2.0/24",
    "10.0.0.1",
    "~*",
    "*",
)
_RULES = (
    "join ROOM", "join ROOM", "join ROOM password s3cret", "nick NICK", "register s3cret",
    "login NICK s3cret", "logout", "send ROOM hello", "history ROOM", "list", "info ROOM",
    "kick ROOM NICK", "ban ROOM MASK TIME why", "unban ROOM MASK", "bans ROOM", "tryban ROOM MASK",
    "mute ROOM MASK TIME", "unmute ROOM MASK", "mutes ROOM", "spare ROOM MASK",
    "unspare ROOM MASK", "spares ROOM", "hear ROOM MASK", "unhear ROOM MASK", "hears ROOM",
    "admit ROOM MASK", "unadmit ROOM MASK", "admits ROOM", "voice ROOM NICK", "devoice ROOM NICK",
    "op ROOM NICK", "deop ROOM NICK", "owner ROOM NICK", "resign ROOM", "set ROOM KEY", "set ROOM",
    "invite ROOM NICK", "uninvite ROOM NICK", "delete ROOM", "create ROOM", "redact ROOM 1",
    "rename ROOM ROOM", "rename ROOM pub",
    "tell NICK hi", "history @NICK", "redact @NICK 1", "ignore NICK", "unignore NICK", "ignored",
    "oper NICK", "deoper NICK", "operators", "server-tryban MASK", "server-bans", "where NICK",
    "server-ban NICK 1m", "server-ban cyd*", "server-unban NICK", "server-set registered-only yes",
    "server-set registered-only no", "server-set sign-ups closed", "server-set sign-ups open",
    "kill NICK", "announce hello", "audit", "reload", "drop s3cret",
)  # fmt: skip
"""What moderators and operators might say, and who is meant; capitals stand for one of some."""
_SHORT_WORDS = ("hi", "all", "x", "=", "-", "*", "+", "#tag", "#", "/list", "//x", "@bob", "a" * 70)
_LINES = re.compile(rb"[^\n]*\n")
_VERBS = sorted(BY_NAME)
SHAPES = {
    "nick": "n", "create": "r", "join": "j", "list": "", "info": "r", "delete": "r",
    "rename": "rrt",
    "leave": "r", "send": "rit", "tell": "nit", "ignore": "n", "unignore": "n", "ignored": "",
    "who": "o", "away": "t", "back": "",
    "topic": "rt", "welcome": "rt", "history": "ah", "search": "at", "talk": "o", "ping": "t",
    "help": "v", "quit": "", "register": "p", "login": "np", "logout": "", "passwd": "pp",
    "drop": "p", "keys": "k", "grant-code": "", "pair": "c", "redact": "a#", "edit": "a#t",
    "invite": "rn", "uninvite": "rn", "kick": "rnt", "ban": "rmd", "tryban": "rm", "unban": "rm",
    "bans": "r", "mute": "rmd", "unmute": "rm", "mutes": "r",
    "spare": "rm", "unspare": "rm", "spares": "r", "hear": "rm", "unhear": "rm", "hears": "r",
    "admit": "rm", "unadmit": "rm", "admits": "r", "voice": "rn", "devoice": "rn",
    "op": "rn", "deop": "rn", "owner": "rn", "resign": "r", "set": "rs",
    "claim": "c", "oper": "n", "deoper": "n", "operators": "", "server-ban": "md",
    "server-tryban": "m", "server-unban": "m", "server-bans": "", "server-set": "S", "where": "n",
    "kill": "nt", "announce": "t", "audit": "h", "reload": "", "shutdown": "t",
}  # fmt: skip
"""What the arguments of each verb look like; a letter is a method of `Grammar`."""


class Grammar:
    """Make lines for a server whose lines may have `limit` bytes."""

    def __init__(self, rng: Random, limit: int, quits: bool = True) -> None:
        self._rng = rng
        self._limit = limit
        self._verbs = [verb for verb in _VERBS if quits or BY_NAME[verb].name != "quit"]
        self._last = b"ping"
        self._makers = {
            "n": self._nick, "r": self._room, "j": self._join, "i": self._identity,
            "#": self._number, "t": self._text, "o": self._room, "h": self._page, "v": self._verb,
            "a": self._place, "p": self._password, "k": self._key_words, "c": self._code,
            "m": self._mask, "d": self._terms, "s": self._setting, "S": self._server_setting,
        }  # fmt: skip

    def stream(self, lines: int, make: Callable[[], bytes] | None = None) -> bytes:
        """Return that many lines, each with one of the line ends; `make`: not those of `line`."""
        rng, make = self._rng, make or self.line
        return b"".join(make() + rng.choice(LINE_ENDS) for _ in range(lines))

    def chunks(self, stream: bytes) -> list[bytes]:
        """Return `stream` cut in one of several ways: whole, line by line, byte by byte ..."""
        rng, way = self._rng, self._rng.random()
        if way < 0.2:
            return [stream]
        if way < 0.4:
            return stream.splitlines(keepends=True) if way < 0.3 else _LINES.findall(stream)
        if way > 0.98:
            return [stream[place : place + 1] for place in range(len(stream))]
        places = sorted(rng.randrange(len(stream) + 1) for _ in range(1 if way < 0.6 else 12))
        ends = zip([0, *places], [*places, len(stream)], strict=True)
        return [stream[start:end] for start, end in ends]

    def line(self) -> bytes:
        """Return one line without its end."""
        rng, kind = self._rng, self._rng.random()
        if kind < 0.78:
            line = self._request().encode("utf-8", "surrogatepass")
        elif kind < 0.88:
            line = self._mutated(self._request().encode("utf-8", "surrogatepass"))
        elif kind < 0.92:
            line = self._words()
        elif kind < 0.95:
            line = rng.randbytes(rng.randrange(40))
        elif kind < 0.97:
            line = self._request().encode("utf-8", "surrogatepass")
            place = rng.randrange(len(line) + 1)
            line = line[:place] + rng.choice(TELNET) + line[place:]
        elif kind < 0.985:
            line = rng.choice((b"", b" ", b"\t", b"  ", b"\r", b"\0", *FOREIGN))
        else:
            line = self._stretched()
        self._last = line
        return line

    def rule(self) -> bytes:
        """Return a line that a moderator or operator could mean."""
        rng = self._rng
        words = rng.choice(_RULES).split(" ")
        choices = {"ROOM": _FEW_ROOMS, "NICK": _FEW_NICKS, "MASK": _FEW_MASKS, "KEY": SETTINGS,
                   "TIME": ("1m", "2h", "perm", "")}  # fmt: skip
        return " ".join(rng.choice(choices.get(word, (word,))) for word in words).encode()

    def _request(self) -> str:
        rng = self._rng
        verb = rng.choice(self._verbs)
        shape = SHAPES[BY_NAME[verb].name]
        words = [self._spelt(verb)] + [self._makers[letter]() for letter in shape]
        if rng.random() < 0.06:
            words.append(self._text())
        elif rng.random() < 0.06:
            del words[rng.randrange(len(words))]
        if rng.random() < 0.03:
            return f"@{self._nick()} {self._text()}"
        return ("  " if rng.random() < 0.05 else " ").join(words)

    def _spelt(self, verb: str) -> str:
        way = self._rng.random()
        if way < 0.75:
            return verb
        if way < 0.85:
            return f"/{verb}"
        return (verb.upper(), verb.title(), f" {verb}", f"//{verb}", f"{verb}\u200b")[
            int(way * 5) % 5
        ]

    def _nick(self) -> str:
        return self._name(NICKS)

    def _room(self) -> str:
        return self._name(ROOMS)

    def _place(self) -> str:
        return f"@{self._nick()}" if self._rng.random() < 0.3 else self._room()

    def _password(self) -> str:
        rng = self._rng
        return rng.choice(("s3cret", "s3cret", "oyster", "x" * 1025, rng.choice(STRANGE), ""))

    def _code(self) -> str:
        return self._rng.choice(("000001", "123456", "12345", "x", self._rng.choice(STRANGE), ""))

    def _key_words(self) -> str:
        rng, way = self._rng, self._rng.random()
        if way < 0.5:
            return f"{rng.choice(('add', 'add', 'Add', 'ad'))} {rng.choice(KEYS)} {self._text()}"
        if way < 0.8:
            return f"{rng.choice(('remove', 'REMOVE'))} {rng.choice((*NUMBERS, 'SHA256:x'))}"
        return rng.choice(("list", "LIST", "list 1", "", "remove", "add"))

    def _name(self, usual: tuple[str, ...]) -> str:
        rng, way = self._rng, self._rng.random()
        if way < 0.85:
            return usual[int(len(usual) * rng.random() ** 2)]
        if way < 0.93:
            name = rng.choice(usual)
            place = rng.randrange(len(name) + 1)
            return name[:place] + rng.choice(STRANGE) + name[place:]
        if way < 0.97:
            return "".join(chr(rng.randrange(0x21, 0xD800)) for _ in range(rng.randrange(1, 5)))
        return rng.choice(
            ("-", "*", "#den", "@ann", "/x", ".x", "", "x" * 64, "x" * 65, "e\u0301" * 64)
        )

    def _mask(self) -> str:
        rng, way = self._rng, self._rng.random()
        if way < 0.6:
            return rng.choice(MASKS)
        if way < 0.8:
            return rng.choice(("", "~", "@")) + self._nick()
        word = rng.choice(MASKS)
        place = rng.randrange(len(word) + 1)
        return word[:place] + rng.choice((*"*?~@/.:", rng.choice(STRANGE))) + word[place:]

    def _terms(self) -> str:
        rng = self._rng
        time = rng.choice(TIMES) if rng.random() < 0.6 else ""
        reason = self._text() if rng.random() < 0.5 else ""
        if rng.random() < 0.02:
            reason = "x" * rng.choice((199, 200, 201))
        return f"{time} {reason}".strip(" ")

    def _setting(self) -> str:
        way, text = self._rng.random(), self._rng.choice(SETTINGS)
        if way < 0.8:
            return text
        return f"{text} {self._text()}" if way < 0.9 else text.split(" ")[0]

    def _server_setting(self) -> str:
        return self._rng.choice(SERVER_SETTINGS)

    def _join(self) -> str:
        rng = self._rng
        room = "" if rng.random() < 0.1 else self._room()
        if rng.random() < 0.6:
            return room
        if rng.random() < 0.4:
            since = f" since {rng.choice(NUMBERS)}" if rng.random() < 0.3 else ""
            word = rng.choice(("password", "PASSWORD", "pass"))
            return f"{room}{since} {word} {self._password()}".lstrip()
        return f"{room} {rng.choice(('since', 'SINCE', 'after'))} {rng.choice(NUMBERS)}".lstrip()

    def _number(self) -> str:
        return self._rng.choice(("0", "1", "1", "2", "3", "5", "007", "x", "-1", "9" * 16))

    def _page(self) -> str:
        rng = self._rng
        words = [rng.choice(NUMBERS) if rng.random() < 0.5 else ""]
        if rng.random() < 0.6:
            words += [rng.choice(("before", "after", "After", "since")), rng.choice(NUMBERS)]
        return " ".join(word for word in words if word)

    def _identity(self) -> str:
        rng = self._rng
        if rng.random() < 0.7:
            return ""
        return rng.choice(
            ("#1", "#2", "#", "##", "#" + "i" * 64, "#" + "i" * 65, "#\u200b", "#\x07")
        )

    def _text(self) -> str:
        rng, way = self._rng, self._rng.random()
        if way < 0.45:
            return " ".join(rng.choice(_SHORT_WORDS) for _ in range(rng.randrange(1, 4)))
        if way < 0.8:
            word = rng.choice(_SHORT_WORDS)
            place = rng.randrange(len(word) + 1)
            return word[:place] + rng.choice(STRANGE) + word[place:]
        if way < 0.9:
            return "".join(rng.choice(STRANGE) for _ in range(rng.randrange(4)))
        if way < 0.95:
            return chr(rng.randrange(0x110000)) + "z"
        return rng.choice(NUMBERS)

    def _verb(self) -> str:
        return self._spelt(self._rng.choice(_VERBS)) if self._rng.random() < 0.7 else ""

    def _mutated(self, line: bytes) -> bytes:
        rng = self._rng
        data = bytearray(line)
        for _ in range(rng.randrange(1, 4)):
            place, way = rng.randrange(len(data) + 1), rng.randrange(5)
            if way == 0:
                data[place:place] = bytes((rng.randrange(256),))
            elif way == 1:
                del data[place : place + rng.randrange(1, 4)]
            elif way == 2 and place < len(data):
                data[place] ^= 1 << rng.randrange(8)
            elif way == 3:
                data[place:] = self._last[rng.randrange(len(self._last) + 1) :]
            else:
                data[place:place] = data[rng.randrange(len(data) + 1) :][:20]
        return bytes(data)

    def _words(self) -> bytes:
        rng = self._rng
        makers = (self._nick, self._room, self._text, self._verb, lambda: rng.choice(NUMBERS))
        words = [rng.choice(makers)() for _ in range(rng.randrange(6))]
        return " ".join(words).encode("utf-8", "surrogatepass")

    def _stretched(self) -> bytes:
        """Return a line of about the limit: a byte less, exactly, a byte more, much more."""
        rng = self._rng
        start = rng.choice((b"ping ", b"send tea ", b"join ", b"history tea ", b"", b"away "))
        length = self._limit + rng.choice((-1, 0, 1, 2, self._limit))
        filler = rng.choice(
            (b"x", b"9", b"\xcc\x95\xcc\x80", b" ", "é".encode(), b"\r", b"\xff\xf1")
        )
        return (start + filler * self._limit * 3)[:length]
