"""Make lines of IRC, and whole exchanges: logins in pieces, batches left open, wrong turns.

`IrcGrammar(rng)` is deterministic. It knows the shape of every command (`SHAPES`), and
exchanges that only make sense line after line (`_exchange`). A part of the lines is noise, or
spoiled. `is_whole` says of a line that it is as it was meant, so that whoever sent it with a
label is owed exactly one answer.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256
from hmac import digest
from random import Random

import attrs

from chatsvc.irc.capabilities import CAPABILITIES
from chatsvc.irc.commands import COMMANDS
from chatsvc.irc.labels import NEEDS
from chatsvc.irc.scram import verifier_for
from tests.torture.grammar import FOREIGN, MASKS, NICKS, NUMBERS, ROOMS, STRANGE, TELNET

HIDDEN = "#vault"
"""How those outside spell the hidden channel; it is really spelt otherwise."""
PASSWORD = "s3cret"
ACCOUNTS = ("ann", "bob", "cyd")
"""They have `PASSWORD`."""
SALT, ROUNDS = bytes(16), 1

_FEW = ("#tea", "#tea", "#tea", "#den", "#lobby", "#hall")
CHANNELS = (
    *_FEW, *("#" + room for room in ROOMS), HIDDEN, "#", "##", "&tea", "#tea,#den", "@#tea",
    "+#tea", "0", "#k%C3%B6ln", "#te%61", "#" + "r" * 60, "#tea,#den,#lobby,#hall",
    f"{HIDDEN},#tea",
)  # fmt: skip
_PEOPLE = ("ann", "bob", "cyd", "n1", "n2", "n3", "n4", "n5", "lena", "iris", "olga")
TARGETS = (
    *_FEW, *_PEOPLE, *CHANNELS, *NICKS, "*", "NickServ", "ChanServ", "$*", "ann,bob,#tea",
    "irc.test", "ann!*@*", ",".join(f"n{number}" for number in range(40)), "@#tea", "+#den",
)  # fmt: skip
_MODES = (
    "+o n1", "-o n1", "+v n2", "-v n2", "+b *!*@10.*", "-b *!*@10.*", "+b nobody*", "-b nobody*",
    "b", "e", "I", "+b ~a:bob", "+b ~m:cyd", "-b ~m:cyd", "+e n1", "+I ann", "-I ann", "+k key",
    "-k *", "+l 50", "-l", "+imnst", "-imnst", "+C", "-C", "+imnst-k+l * 5", "+ovb n1 n2 x!*@*",
    "+Z", "+k a,b", "+l 0", "+l x", "+o nobody", "++--+i-i", "+bbbb a b c d", "+b ~U:*", "", "+",
)  # fmt: skip
_USER_MODES = ("+i", "-i", "+w", "-w", "+B", "-B", "+o", "+iwBZ", "", "i", "+" + "i" * 300)
TEXTS = (
    "hi", "hello you", "", "\x01ACTION waves\x01", "\x01VERSION\x01", "\x01", "\x01\x01",
    "\x01ACTION\x01", "\x02bold\x0f", "\x0304,05red\x03", "grüß ☕", "x" * 400, "é" * 220, " ", ":",
    "tab\there", "q" * 460, "\u202eevil", "zero\u200bwidth", "\x1b[31m", "a\x7fb",
    "👨\u200d👩\u200d👧",
)  # fmt: skip
_TIMES = (
    "timestamp=2026-11-20T10:00:00.000Z", "timestamp=2026-11-20T10:00:30Z", "timestamp=x",
    "timestamp=0001-01-01T00:00:00.000Z", "timestamp=9999-12-31T23:59:59.999Z", "timestamp=",
    "msgid=", "msgid=x", "msgid=tea/1", "msgid=!1.2", "msgid=@1/1", "msgid=vault/1/1", "*",
)  # fmt: skip
_WORDS = (
    "LS", "302", "REQ", "END", "LIST", "*", "PLAIN", "AHRlYQB0ZWE=", "LATEST", "BEFORE", "+", "-",
    "BETWEEN", "AROUND", "TARGETS", "S", "C", "GET", "SET", "SUB", "draft/multiline", "+x", "-x",
    "%tcuhsnfdlaor,42", "REGISTER", "HELP", ">1", "C<60", "T>1", "*a*", "!*", "o", "0",
)  # fmt: skip
_SERVICE_WORDS = (
    "HELP", "IDENTIFY s3cret", "IDENTIFY bob s3cret", "IDENTIFY bob wrong", "IDENTIFY nobody x",
    "REGISTER s3cret", "REGISTER", "SET PASSWORD s3cret s3cret", "DROP s3cret", "DROP s3cret 1",
    "OP #tea n1", "DEOP #tea n1", "VOICE #tea n2", "OWNER #lobby n1", "INFO #vault", "LOGOUT",
    "GHOST n1", "INFO ann", "BAN #tea x*", "KICK #tea n1", "\x01PING 1\x01", "op #vault n1",
)  # fmt: skip
_METADATA = (
    "GET KEY", "LIST", "SET KEY :TEXT", "SET KEY", "CLEAR", "SUB KEY KEY", "UNSUB KEY", "SUBS",
    "SYNC", "",
)  # fmt: skip
_KEYS = ("avatar", "url", "display-name", "status", "Bad Key", "$", "k" * 200, "pronouns", "")
TAGS = (
    "+typing=active", "+draft/reply=tea/1/1", "time=x", "+a=\\s\\:\\\\\\", "=", "+draft/react=☕",
    "msgid=1", "+b=\\r\\n", "+c=\u202ex", "account=olga", "+" + "k" * 30 + "=" + "v" * 900,
)  # fmt: skip
_BAD_TAGS = (
    "label=" + "x" * 70,
    "label=",
    "label=a\\sb",
    ";;",
    "batch=1",
    "x" * 4090,
    "+y=" + "z" * 4080,
)
_HEADS = ("@label=x", "@", "@ ", ":", ": ", "  ", ":ann!a@b ", "@batch=1 ", "@a=b;c ")

SHAPES = {
    "PASS": "w", "NICK": "n", "USER": "n00t", "PING": "t", "PONG": "t", "QUIT": "t", "CAP": "C",
    "AUTHENTICATE": "A", "REGISTER": "s*p", "VERIFY": "nw", "OPER": "O", "KILL": "nt",
    "WALLOPS": "t", "REHASH": "", "DIE": "t", "NICKSERV": "S", "NS": "S", "CHANSERV": "S",
    "CS": "S", "PRIVMSG": "Tt", "NOTICE": "Tt", "TAGMSG": "T", "REDACT": "Tit", "JOIN": "jk",
    "PART": "jt", "TOPIC": "ct", "NAMES": "j", "LIST": "w", "MODE": "M", "KICK": "cnt",
    "INVITE": "nc", "WHO": "Tw", "WHOIS": "n", "WHOWAS": "n#", "USERHOST": "nnn", "ISON": "nn",
    "AWAY": "t", "SETNAME": "t", "MONITOR": "L", "CHATHISTORY": "H", "MARKREAD": "T@", "MOTD": "",
    "LUSERS": "", "VERSION": "", "TIME": "", "INFO": "", "LINKS": "", "ADMIN": "", "HELP": "w",
    "HELPOP": "w", "ISUPPORT": "", "BATCH": "w", "METADATA": "D", "RENAME": "Rct",
}  # fmt: skip
"""What the parameters of each command look like; a letter is a maker of `IrcGrammar`."""

_USUAL = ("PRIVMSG", "NOTICE", "JOIN", "MODE", "TAGMSG", "REDACT", "CHATHISTORY", "MARKREAD")


@attrs.define
class Line:
    """One line without its end; `is_whole`: whoever sends it is owed an answer."""

    text: str | bytes
    is_whole: bool = True
    tags: tuple[str, ...] = ()


class IrcGrammar:
    """Make lines for one world; `spares` are commands that are not said in it."""

    def __init__(self, rng: Random, spares: frozenset[str]) -> None:
        self.rng = rng
        self.msgids: list[str] = ["tea/1/1", "den/1/2", "@1/1", "!1.1"]
        self._spares = spares
        self._batches = 0
        self._commands = (*COMMANDS, *_USUAL * 3, "METADATA", "RENAME", "FOO", "001")
        self._makers: dict[str, Callable[[], str]] = {
            "n": self._nick, "c": lambda: rng.choice(CHANNELS), "j": lambda: rng.choice(CHANNELS),
            "T": lambda: rng.choice(TARGETS), "t": self._text, "w": lambda: rng.choice(_WORDS),
            "#": lambda: rng.choice(NUMBERS), "k": lambda: rng.choice(("", "key", "a,b")),
            "C": self._cap, "A": self._piece, "O": self._oper, "S": self._service, "M": self._mode,
            "L": self._monitor, "H": self._history, "D": self._metadata, "i": self._msgid,
            "@": lambda: rng.choice(_TIMES), "p": lambda: f":{PASSWORD}", "s": self._account,
            "R": lambda: rng.choice(("#hall", "#lobby", "#nowhere", HIDDEN)),
            "*": lambda: "*", "0": lambda: "0",
        }  # fmt: skip
        self._exchanges: tuple[Callable[[], list[Line]], ...] = (
            self._plain, self._in_pieces, self._out_of_turn, self._many_lines, self._many_lines,
            self._broken_batch, self._left_open, self._typing, self._room_life, self._wild_modes,
        )  # fmt: skip

    def lines(self, count: int) -> list[Line]:
        """Return about that many lines, some of which belong together."""
        rng, found = self.rng, list[Line]()
        while len(found) < count:
            found += rng.choice(self._exchanges)() if rng.random() < 0.06 else [self.line()]
        return found

    def line(self) -> Line:
        """Return one line."""
        rng = self.rng
        way = rng.random()
        if way < 0.02:
            return Line(rng.choice((*FOREIGN, *TELNET)).replace(b"\n", b""), is_whole=False)
        if way < 0.05:
            return Line(rng.randbytes(rng.randrange(40)).replace(b"\n", b""), is_whole=False)
        if way < 0.09:
            return self._spoiled(self._request())
        text = self._request() if way < 0.85 else self._any_params()
        if not text.isprintable() and "\n" in text:
            text = text.replace("\n", "")
        tags = tuple(rng.choices(TAGS, k=rng.randrange(1, 4))) if rng.random() < 0.12 else ()
        if tags and rng.random() < 0.1:
            return Line(text, is_whole=False, tags=(*tags, rng.choice(_BAD_TAGS)))
        is_whole = "\r" not in text and "\0" not in text and len(text.encode()) <= 500
        return Line(text, is_whole and not text.upper().startswith(("BATCH", "QUIT")), tags)

    def _command(self) -> str:
        command = self.rng.choice(self._commands)
        return "PRIVMSG" if command in self._spares and self.rng.random() < 0.98 else command

    def _request(self) -> str:
        rng = self.rng
        command = self._command()
        if command in self._spares:
            return f"PING {command}"
        words = [self._makers[letter]() for letter in SHAPES.get(command, "ww")]
        while words and not words[-1]:
            words.pop()
        if rng.random() < 0.05 and words:
            del words[rng.randrange(len(words))]
        if words and words[-1] and words[-1][0] != ":" and rng.random() < 0.3:
            words[-1] = f":{words[-1]}"
        return " ".join([command if rng.random() < 0.9 else command.lower(), *words])

    def _any_params(self) -> str:
        """Return a command with parameters of any kind."""
        rng = self.rng
        command = self._command()
        if command in self._spares or command in ("CAP", "RENAME"):
            # A channel that is looked at keeps its name.
            command = "PRIVMSG"
        choices = (CHANNELS, TARGETS, TEXTS, _WORDS, NUMBERS, MASKS, tuple(CAPABILITIES), _TIMES)
        params = [str(rng.choice(rng.choice(choices))) for _ in range(rng.choice((1, 2, 3, 15)))]
        return " ".join([command, *params])

    def _spoiled(self, text: str) -> Line:
        rng = self.rng
        line = text.encode("utf-8", "replace")
        for _ in range(rng.randrange(1, 4)):
            at, way = rng.randrange(len(line) + 1), rng.randrange(5)
            if way == 0:
                line = line[:at] + bytes((rng.randrange(256),)) + line[at:]
            elif way == 1:
                line = line[:at] + line[at + rng.randrange(1, 4) :]
            elif way == 2:
                line = line[:at] + rng.choice(STRANGE).encode("utf-8", "replace") + line[at:]
            elif way == 3:
                line = rng.choice(_HEADS).encode() + line
            else:
                line += rng.choice((b" ", b"x", b"\xc3\xa9", b" a", b"\r", b"\0")) * rng.randrange(
                    600
                )
        line = line.replace(b"\n", b"")
        word = line.upper()
        if any(spared.encode() in word for spared in self._spares) or b"-BATCH" in word:
            line = b"PING spared"
        return Line(line, is_whole=False)

    # Parameters

    def _nick(self) -> str:
        rng = self.rng
        return rng.choice(_PEOPLE) if rng.random() < 0.7 else rng.choice(NICKS)

    def _text(self) -> str:
        rng = self.rng
        text = rng.choice(TEXTS)
        if rng.random() < 0.1:
            text += rng.choice(STRANGE)
        return f":{text}"

    def _account(self) -> str:
        return self.rng.choice(("*", "*", "n1", "ann", "NickServ"))

    def _cap(self) -> str:
        """Return a request; never one that ends labels, which are counted upon."""
        rng = self.rng
        caps = rng.choices(tuple(CAPABILITIES), k=rng.randrange(1, 4))
        signs = ("" if cap in NEEDS else rng.choice(("", "", "-")) for cap in caps)
        named = " ".join(sign + cap for sign, cap in zip(signs, caps, strict=True))
        return rng.choice(
            ("LS", "LS 302", "LIST", "END", f"REQ :{named}", f"REQ :{named}", "REQ", "X")
        )

    def _piece(self) -> str:
        return self.rng.choice(
            ("PLAIN", "SCRAM-SHA-256", "EXTERNAL", "+", "*", "A" * 400, "AAAA", "é")
        )

    def _oper(self) -> str:
        return self.rng.choice(("boss hat", "boss cap", "ann s3cret", "olga x", "\u202e x"))

    def _service(self) -> str:
        return self.rng.choice(_SERVICE_WORDS)

    def _mode(self) -> str:
        rng = self.rng
        if rng.random() < 0.2:
            return f"{self._nick()} {rng.choice(_USER_MODES)}"
        return f"{rng.choice(CHANNELS)} {rng.choice(_MODES)}"

    def _monitor(self) -> str:
        rng = self.rng
        people = ",".join(rng.choices(_PEOPLE, k=rng.randrange(5)))
        return rng.choice(
            (f"+ {people}", f"- {people}", "C", "L", "S", "+", "X", f"+ {','.join(NICKS)}")
        )

    def _point(self) -> str:
        rng = self.rng
        return rng.choice(_TIMES) if rng.random() < 0.5 else f"msgid={self._msgid()}"

    def _msgid(self) -> str:
        return self.rng.choice(self.msgids)

    def _history(self) -> str:
        rng = self.rng
        where, limit = rng.choice(TARGETS), rng.choice(("1", "5", "100", "101", "0", "x", "9" * 30))
        return rng.choice((
            f"LATEST {where} * {limit}", f"LATEST {where} {self._point()} {limit}",
            f"BEFORE {where} {self._point()} {limit}", f"AFTER {where} {self._point()} {limit}",
            f"AROUND {where} {self._point()} {limit}",
            f"BETWEEN {where} {self._point()} {self._point()} {limit}",
            f"TARGETS {rng.choice(_TIMES)} {rng.choice(_TIMES)} {limit}", f"LATEST {where}", "X y",
        ))  # fmt: skip

    def _metadata(self) -> str:
        rng = self.rng
        words = (
            rng.choice(_METADATA)
            .replace("KEY", rng.choice(_KEYS))
            .replace("TEXT", rng.choice(TEXTS))
        )
        return f"{rng.choice((*_FEW, *_PEOPLE, '*', HIDDEN))} {words}"

    # Exchanges

    def _login(self, name: str, password: str) -> str:
        return b64encode(f"\0{name}\0{password}".encode()).decode()

    def _plain(self) -> list[Line]:
        """Log in, rightly or wrongly."""
        rng = self.rng
        password = (
            PASSWORD if rng.random() < 0.6 else rng.choice(("wrong", "", "s3\0cret", "x" * 280))
        )
        piece = self._login(rng.choice((*ACCOUNTS, "nobody", "NickServ", "\u202e")), password)
        return [Line("AUTHENTICATE PLAIN"), Line(f"AUTHENTICATE {piece}")]

    def _in_pieces(self) -> list[Line]:
        """Send a response of many pieces, of which the last may never come."""
        rng = self.rng
        count = rng.choice((1, 2, 5, 20, 21, 22, 40))
        end = rng.choice(("+", "*", "AAAA", "A" * 401, "é", "PLAIN", ""))
        pieces = ["A" * 400] * count + ([end] if end else [])
        if rng.random() < 0.2:
            pieces = list(self._login("ann", PASSWORD))
        begin = rng.choice(("PLAIN", "SCRAM-SHA-256"))
        return [Line(f"AUTHENTICATE {piece}") for piece in (begin, *pieces)]

    def _out_of_turn(self) -> list[Line]:
        """Begin, and do something else, twice, or change one's mind."""
        rng = self.rng
        middle = (
            "AUTHENTICATE SCRAM-SHA-256", "AUTHENTICATE PLAIN", "CAP END", "CAP LS 302", "NICK n1",
            "AUTHENTICATE *", "AUTHENTICATE", "CAP REQ :-sasl", "NICKSERV IDENTIFY bob s3cret",
            "PRIVMSG #tea :meanwhile", "REGISTER * * s3cret", "USER a b c :d", "PASS x",
        )  # fmt: skip
        words = ["AUTHENTICATE PLAIN", *rng.choices(middle, k=rng.randrange(1, 5))]
        return [Line(word) for word in (*words, f"AUTHENTICATE {self._login('ann', PASSWORD)}")]

    def _open(self) -> tuple[str, str, Line]:
        """Return the reference, the target and the line that opens a batch."""
        self._batches += 1
        reference, target = f"b{self._batches}", self.rng.choice(TARGETS)
        return (
            reference,
            target,
            Line(f"BATCH +{reference} draft/multiline {target}", tags=("+x=y",)),
        )

    def _part(self, reference: str, target: str) -> Line:
        rng = self.rng
        tags = (f"batch={reference}", *rng.choice(((), (), ("draft/multiline-concat",), ("+z",))))
        return Line(f"PRIVMSG {target} {self._text()}", is_whole=False, tags=tags)

    def _many_lines(self) -> list[Line]:
        """Say a text of many lines."""
        reference, target, first = self._open()
        parts = [self._part(reference, target) for _ in range(self.rng.choice((0, 1, 3, 31, 33)))]
        return [first, *parts, Line(f"BATCH -{reference}", is_whole=False)]

    def _broken_batch(self) -> list[Line]:
        """Say one in which something is wrong."""
        reference, target, first = self._open()
        first.is_whole = False
        wrong = self.rng.choice((
            Line("PING inside"), Line(f"PRIVMSG {target} :outside"), Line("BATCH +other x #tea"),
            Line(f"NOTICE {target} :notice", tags=(f"batch={reference}",)),
            Line("PRIVMSG #other :x", tags=(f"batch={reference}",)), Line("BATCH -other"),
            Line("QUIT"),
        ))  # fmt: skip
        wrong.is_whole = False
        return [first, self._part(reference, target), wrong, Line("BATCH -b0", is_whole=False)]

    def _left_open(self) -> list[Line]:
        """Leave one open for a while: what comes into it is a part of it, or ends it."""
        first = self._open()[2]
        first.is_whole = False
        lines = [self.line() for _ in range(self.rng.randrange(4))]
        for line in lines:
            line.is_whole = False
        return [first, *lines, Line("BATCH -b0", is_whole=False)]

    def _typing(self) -> list[Line]:
        return [
            Line(f"TAGMSG {self.rng.choice(_FEW)}", tags=(tag,))
            for tag in ("+typing=active", "+typing=done")
        ]

    def _room_life(self) -> list[Line]:
        """Come, talk, and go, or be put out, again and again."""
        rng, channel = self.rng, self.rng.choice(_FEW)
        words = [
            f"JOIN {channel}",
            f"PRIVMSG {channel} :here",
            f"TOPIC {channel} :{rng.choice(TEXTS)}",
            f"NAMES {channel}",
            f"WHO {channel} %tcuhnfdar,1",
            f"CHATHISTORY LATEST {channel} * 10",
            f"MARKREAD {channel} {rng.choice(_TIMES)}",
            f"PART {channel} :{rng.choice(TEXTS)}",
        ]
        return [Line(word) for word in words[: rng.randrange(1, len(words) + 1)]]

    def _wild_modes(self) -> list[Line]:
        rng, channel = self.rng, self.rng.choice(_FEW)
        modes = rng.choices(_MODES, k=rng.randrange(1, 8))
        return [Line(f"JOIN {channel}"), *(Line(f"MODE {channel} {mode}") for mode in modes)]

    # SCRAM, which answers what the server says

    def scram_first(self, nonce: str) -> tuple[str, list[Line]]:
        """Return a client's first message, and the lines that begin with it."""
        rng = self.rng
        bare = f"n={rng.choice((*ACCOUNTS, 'nobody'))},r={nonce}"
        head = rng.choice(("n,,", "n,,", "n,,", "y,,", "n,a=bob,", "p=tls,,"))
        return bare, [
            Line("AUTHENTICATE SCRAM-SHA-256"),
            Line(f"AUTHENTICATE {_written(head + bare)}"),
        ]

    def scram_last(self, bare: str, challenge: str) -> list[Line]:
        """Return the proof that the password is known, or something like it."""
        rng = self.rng
        final = f"c=biws,r={challenge.partition(',')[0].removeprefix('r=')}"
        proof = _proof(f"{bare},{challenge},{final}")
        if rng.random() < 0.3:
            proof = rng.choice(("", "AAAA", "*", _written("x" * 32)))
        lines = [f"{final},p={proof}", *(() if rng.random() < 0.2 else ("",))]
        return [Line(f"AUTHENTICATE {_written(each) or '+'}") for each in lines]


def _written(text: str) -> str:
    return b64encode(text.encode()).decode()


def _proof(said: str) -> str:
    """Return the proof that one knows `PASSWORD` (RFC 5802 section 3)."""
    from hashlib import pbkdf2_hmac

    salted = pbkdf2_hmac("sha256", PASSWORD.encode(), SALT, ROUNDS)
    key = digest(salted, b"Client Key", sha256)
    signature = digest(sha256(key).digest(), said.encode(), sha256)
    return b64encode(bytes(a ^ b for a, b in zip(key, signature, strict=True))).decode()


VERIFIER = str(verifier_for(PASSWORD, SALT, ROUNDS))


def challenge_in(piece: str) -> str:
    """Return what the server says in an AUTHENTICATE line; "" if it is no challenge of SCRAM."""
    try:
        text = b64decode(piece).decode()
    except ValueError:
        return ""
    return text if text.startswith("r=") else ""
