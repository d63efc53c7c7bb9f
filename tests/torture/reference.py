"""A second line parser, slow and plain, written from docs/protocol.md alone.

The fuzzer compares what the server makes of a stream with what this makes of it. It
shares nothing with `chatsvc.wire`, and with `chatsvc.core` the table of scripts only. It
sees a stream whole, cuts it with regular expressions, and looks every character up one by
one.

A request is a tuple: the name of its command's class and the fields, or the code of
the refusal alone.
"""

import re
import unicodedata
from functools import cache

from precis_i18n import get_profile

from chatsvc.core.names.scripts import scripts_of
from tests.torture import reference_rules as rules

Request = tuple[object, ...]

TOO_LONG: Request = ("line-too-long",)
LONGEST_NAME, LONGEST_ID, MOST_DIGITS, USUAL_COUNT = 64, 64, 15, 50
LONGEST_COMMENT = 64

_TELNET = re.compile(
    rb"\xff(?:[\xec-\xf9]"  # a command
    rb"|[\xfb-\xfe][^\n\r\xf0-\xff]"  # a negotiation and its option
    rb"|\xfa(?:[^\xff\n]|\xff[^\xf0\n])*\xff\xf0"  # a block
    rb"|(?P<stray>[\xfb-\xfe][\xf0-\xff]|[\xfb-\xfe](?=[\n\r])|\xff|(?=[^\xec-\xff])"
    rb"|\xfa(?:[^\xff\n]|\xff[^\xf0\n])*\xff?(?=\n)))",
    re.DOTALL,
)
_LINE = re.compile(rb"(.*?)(?:\r\n|\r\0|\n)", re.DOTALL)

_ED25519 = re.compile(
    "(ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-P][A-Za-z0-9+/]{42})(|[ ].*)", re.DOTALL
)
_HIDDEN_LETTERS = set("\u115f\u1160\u2800\u3164\uffa0")
_HIDDEN_MARKS = set("\u034f\u17b4\u17b5\u180b\u180c\u180d\u180f")
_FORBIDDEN = (
    (0x202A, 0x202E), (0x2066, 0x2069), (0x206A, 0x206F), (0xFFF9, 0xFFFB), (0xE0000, 0xE001F),
    (0xFDD0, 0xFDEF),
)  # fmt: skip

_PRECIS = get_profile("UsernameCaseMapped")
_PILE = re.compile(r"[^ ]{5}|([^ ])\1")
_UNSEEN = re.compile(
    "[\U00013441\U00013442\U00016fe4]"
    "|[\u1039\u17d2\u1a60\U00010a3f\U0001107f\U00011133\U000113d0\U00011a47\U00011a99\U00011d45"
    "\U00011d97\U00011f42]M(?!.L)",
    re.DOTALL,
)
"""Letters without a shape, and marks that join, without a letter after them."""
_MIXTURES = [{"Latn", "Hani", "Hira", "Kana"}, {"Latn", "Hani", "Bopo"}, {"Latn", "Hani", "Hang"}]

ALIASES = {
    "1": "create", "2": "join", "3": "list", "4": "delete", "leave_chatroom": "leave",
    "disconnect": "quit",
}  # fmt: skip


class Refused(Exception):
    """Carry the code of a refusal."""


def requests_of(stream: bytes, limit: int) -> list[bytes | None]:
    """Return the lines of `stream` that are not empty; None for one that is too long."""
    text = _TELNET.sub(lambda found: b"" if found["stray"] is None else b"\xff", stream)
    lines = [found[1] for found in _LINE.finditer(text)]
    return [line if len(line) <= limit else None for line in lines if line]


def understood(lines: list[bytes | None], talking: str | None = None) -> list[Request]:
    """Return what each line asks for, blank ones left out; `talk` is obeyed."""
    requests = []
    for line in lines:
        request = request_in(line, talking)
        if request is None:
            continue
        requests.append(request)
        if request[0] == "TalkIn":
            talking = request[1]  # type: ignore[assignment]
    return requests


def request_in(line: bytes | None, talking: str | None) -> Request | None:
    """Return what one line asks for; None for a blank one."""
    if line is None:
        return TOO_LONG
    try:
        text = line.decode("utf-8").replace("\t", " ")
    except UnicodeDecodeError:
        return ("bad-text",)
    if set(text) <= {" "}:
        return None
    try:
        if talking is not None and text.startswith("//"):
            return ("Say", talking, _text(text[1:]), "", None)
        if talking is not None and text[0] not in "/@":
            return ("Say", talking, _text(text), "", None)
        return _request(text)
    except Refused as refused:
        return (str(refused),)


def _request(text: str) -> Request:
    text = re.sub("^ +", "", text)
    if text[0] == "@":
        found = re.fullmatch("@([^ ]+) (.+)", text, re.DOTALL) or _refuse("usage")
        return ("Tell", _new_nick(found[1]), _text(found[2]), "", None)
    verb, rest = _cut(text[1:] if text[0] == "/" else text)
    return PARSERS[_verb(verb)](rest)


def _verb(word: str) -> str:
    verb = ALIASES.get(word.lower(), word.lower())
    return verb if verb in PARSERS else _refuse("unknown-command")


def _refuse(code: str):  # type: ignore[no-untyped-def]
    raise Refused(code)


def _cut(text: str) -> tuple[str, str]:
    """Return what stands before the first space and what stands after it."""
    found = re.match("([^ ]*) ?", text)
    assert found is not None
    return found[1], text[found.end() :]


def _word(rest: str) -> tuple[str, str]:
    return _cut(re.sub("^ +", "", rest))


def _needed(rest: str) -> tuple[str, str]:
    word, rest = _word(rest)
    return (word, rest) if word else _refuse("usage")


def _end(rest: str, request: Request) -> Request:
    return _refuse("usage") if rest.strip(" ") else request


@cache
def _may_be_shown(character: str) -> bool:
    code = ord(character)
    if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or code & 0xFFFE == 0xFFFE:
        return False
    return not any(first <= code <= last for first, last in _FORBIDDEN)


@cache
def _is_seen(character: str) -> bool:
    hidden = ("Cf", "Zs", "Mn", "Me", "Cn", "Co")
    return unicodedata.category(character) not in hidden and character not in _HIDDEN_LETTERS


@cache
def _in_name(character: str) -> bool:
    code = ord(character)
    if character in _HIDDEN_LETTERS or character in _HIDDEN_MARKS:
        return False
    if 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF:
        return False
    return character in "_-.[]{}^|`\\" or unicodedata.category(character)[0] in "LNM"


def is_harmless(text: str) -> bool:
    """Tell whether every character of `text` may be sent to a person."""
    return (text.isascii() and text.isprintable()) or all(map(_may_be_shown, text))


def _text(text: str) -> str:
    if not all(map(_may_be_shown, text)) or not any(map(_is_seen, text)):
        _refuse("bad-text")
    return text


def _needed_text(rest: str) -> str:
    return _text(rest) if rest else _refuse("usage")


def _optional_text(rest: str) -> str:
    return _text(rest) if rest.strip(" ") else ""


def _name(word: str, code: str) -> str:
    name = unicodedata.normalize("NFC", word)
    first = unicodedata.category(name[0])[0]
    if len(name) > LONGEST_NAME or first == "M" or name[0] in "-." or not all(map(_in_name, name)):
        _refuse(code)
    return name


def _new_nick(word: str) -> str:
    """Return a nick: a name in its plain form that cannot be taken for another."""
    name = _name(unicodedata.normalize("NFKC", _name(word, "bad-nick")), "bad-nick")
    if name.isascii():
        return name
    if _PILE.search("".join(map(_mark_or_letter, unicodedata.normalize("NFD", name)))):
        _refuse("bad-nick")
    if _UNSEEN.search("".join(f"{character}{_category(character)}" for character in name)):
        _refuse("bad-nick")
    try:
        _PRECIS.enforce(name)
    except UnicodeEncodeError:
        _refuse("bad-nick")
    if not _is_of_one_script([scripts_of(character) for character in name]):
        _refuse("bad-nick")
    return name


def _category(character: str) -> str:
    return unicodedata.category(character)[0]


def _mark_or_letter(character: str) -> str:
    """Return a mark as it is, anything else as a space."""
    return character if unicodedata.category(character) in ("Mn", "Me") else " "


def _is_of_one_script(sets: list[frozenset[str]]) -> bool:
    if not all(sets):
        return False
    particular = [each for each in sets if not each & {"Zyyy", "Zinh"}]
    choices = [{script} for each in particular for script in each] + _MIXTURES
    return not particular or any(all(each & choice for each in particular) for choice in choices)


def _room(rest: str) -> tuple[str, str]:
    word, rest = _needed(rest)
    return _name(word, "bad-room"), rest


def _number(word: str) -> int:
    found = re.fullmatch(f"[0-9]{{1,{MOST_DIGITS}}}", word)
    return int(word) if found else _refuse("usage")


def _nick(rest: str) -> Request:
    word, rest = _needed(rest)
    return _end(rest, ("SetNick", _new_nick(word)))


def _room_only(kind: str, *more: object):  # type: ignore[no-untyped-def]
    def parse(rest: str) -> Request:
        room, rest = _room(rest)
        return _end(rest, (kind, room, *more))

    return parse


def _room_perhaps(kind: str):  # type: ignore[no-untyped-def]
    def parse(rest: str) -> Request:
        word, rest = _word(rest)
        return _end(rest, (kind, _name(word, "bad-room") if word else None))

    return parse


def _nothing(kind: str, *more: object):  # type: ignore[no-untyped-def]
    return lambda rest: _end(rest, (kind, *more))


def _join(rest: str) -> Request:
    first, rest = _word(rest)
    second, rest = _word(rest)
    if first.lower() == "since" and second and second.lower() != "since":
        return _end(rest, ("JoinRoom", None, _number(second)))
    room = _name(first, "bad-room") if first else None
    if not second:
        return _end(rest, ("JoinRoom", room, None))
    since = None
    if second.lower() == "since":
        number, rest = _needed(rest)
        since = _number(number)
        second, rest = _word(rest)
    if not second:
        return _end(rest, ("JoinRoom", room, since))
    if second.lower() != "password" or room is None:
        _refuse("usage")
    password = rest.strip(" ")
    if not password:
        _refuse("usage")
    return ("JoinWithPassword", room, password, since)


def _send(rest: str) -> Request:
    room, rest = _room(rest)
    return ("Say", room, *_text_with_id(rest), None)


def _text_with_id(rest: str) -> tuple[str, str]:
    found = re.match("#([^ ]*) (?=.)", rest, re.DOTALL)
    if found is None:
        return _needed_text(rest), ""
    if len(found[1]) > LONGEST_ID:
        _refuse("usage")
    if not all(map(_may_be_shown, found[1])):
        _refuse("bad-text")
    return _text(rest[found.end() :]), found[1]


def _tell(rest: str) -> Request:
    word, rest = _needed(rest)
    nick = _new_nick(word)
    return ("Tell", nick, *_text_with_id(rest), None)


def _nick_only(name: str):  # type: ignore[no-untyped-def]
    def parse(rest: str) -> Request:
        word, rest = _needed(rest)
        return _end(rest, (name, _new_nick(word)))

    return parse


def _place(rest: str) -> tuple[str, str]:
    word, rest = _needed(rest)
    if word.startswith("@"):
        return "@" + _new_nick(word[1:] or _refuse("bad-nick")), rest
    return _name(word, "bad-room"), rest


def _away(rest: str) -> Request:
    return ("SetAway", _optional_text(rest))


def _ping(rest: str) -> Request:
    return ("Ping", _optional_text(rest))


def _setting(show: str, change: str):  # type: ignore[no-untyped-def]
    def parse(rest: str) -> Request:
        room, rest = _room(rest)
        text = _optional_text(rest)
        return (change, room, "" if text == "-" else text) if text else (show, room)

    return parse


def _history(rest: str) -> Request:
    room, rest = _place(rest)
    words = [word for word in rest.split(" ") if word]
    count = USUAL_COUNT
    if words and words[0].lower() not in ("before", "after"):
        count = _number(words.pop(0))
    if count < 1 or len(words) not in (0, 2):
        _refuse("usage")
    if not words:
        return ("ReadHistory", room, count, None, None)
    number, way = _number(words[1]), words[0].lower()
    if way not in ("before", "after"):
        _refuse("usage")
    before, after = (number, None) if way == "before" else (None, number)
    return ("ReadHistory", room, count, before, after)


def _search(rest: str) -> Request:
    room, rest = _place(rest)
    return ("SearchRoom", room, _needed_text(rest))


def _redact(rest: str) -> Request:
    room, rest = _place(rest)
    word, rest = _needed(rest)
    return _end(rest, ("Redact", room, _number(word), ""))


def _edit(rest: str) -> Request:
    room, rest = _place(rest)
    word, rest = _needed(rest)
    return ("Edit", room, _number(word), _needed_text(rest))


def _help(rest: str) -> Request:
    word, rest = _word(rest)
    return _end(rest, ("Help", _verb(word) if word else ""))


def _register(rest: str) -> Request:
    password, rest = _needed(rest)
    return _end(rest, ("Register", password))


def _login(rest: str) -> Request:
    word, rest = _needed(rest)
    name = _new_nick(word)
    password, rest = _needed(rest)
    return _end(rest, ("LogIn", name, password))


def _passwd(rest: str) -> Request:
    old, rest = _needed(rest)
    new, rest = _needed(rest)
    return _end(rest, ("ChangePassword", old, new))


def _drop(rest: str) -> Request:
    password, rest = _needed(rest)
    code, rest = _word(rest)
    return _end(rest, ("DropAccount", password, code))


def _pair(rest: str) -> Request:
    code, rest = _needed(rest)
    return _end(rest, ("Pair", code))


def _keys(rest: str) -> Request:
    """Read `keys`; of all types of keys the grammar makes no other than Ed25519."""
    action, rest = _needed(rest)
    if action.lower() == "list":
        return _end(rest, ("ListKeys",))
    if action.lower() == "add":
        return ("AddKey", _key(rest.strip(" ") or _refuse("usage")))
    if action.lower() != "remove":
        _refuse("usage")
    name, rest = _needed(rest)
    return _end(rest, ("RemoveKey", _number(name) if name.isdigit() else _text(name)))


def _key(text: str) -> str:
    found = _ED25519.fullmatch(text)
    if found is None or "PRIVATE KEY" in text:
        _refuse("bad-key")
    comment = found[2].strip()
    if len(comment) > LONGEST_COMMENT:
        _refuse("bad-key")
    try:
        return f"{found[1]} {_text(comment)}" if comment else found[1]
    except Refused:
        return _refuse("bad-key")


# What moderators and operators say


def _room_and_nick(kind: str, *more: object):  # type: ignore[no-untyped-def]
    def parse(rest: str) -> Request:
        room, rest = _room(rest)
        word, rest = _needed(rest)
        return _end(rest, (kind, room, _new_nick(word), *more))

    return parse


def _kick(rest: str) -> Request:
    room, rest = _room(rest)
    word, rest = _needed(rest)
    return ("Kick", room, _new_nick(word), _optional_text(rest))


def _mask(rest: str) -> tuple[str, str]:
    word, rest = _needed(rest)
    return rules.mask(word, _is_name) or _refuse("bad-mask"), rest


def _is_name(word: str) -> bool:
    try:
        return bool(_name(word, "bad-room"))
    except Refused:
        return False


def _terms(rest: str) -> tuple[int | None, str]:
    found = rules.terms(_optional_text(rest))
    if found is None:
        _refuse("usage")
    seconds, reason = found
    if len(reason) > rules.LONGEST_REASON:
        _refuse("bad-text")
    return seconds, _optional_text(reason)


def _sanction(kind: str):  # type: ignore[no-untyped-def]
    def parse(rest: str) -> Request:
        room, rest = _room(rest)
        mask, rest = _mask(rest)
        return (kind, room, mask, _terms(rest))

    return parse


def _room_and_mask(kind: str):  # type: ignore[no-untyped-def]
    def parse(rest: str) -> Request:
        room, rest = _room(rest)
        mask, rest = _mask(rest)
        return _end(rest, (kind, room, mask))

    return parse


def _sanctions(means: str):  # type: ignore[no-untyped-def]
    def parse(rest: str) -> Request:
        room, rest = _room(rest)
        return _end(rest, ("ListSanctions", room, means))

    return parse


def _set(rest: str) -> Request:
    room, rest = _room(rest)
    key, rest = _word(rest)
    if not key:
        return ("ShowSettings", room)
    key, value = key.lower(), rest.strip(" ") or _refuse("usage")
    word, rest = _cut(value)
    if key == "kind" and word.lower() == "password":
        password = rest.strip(" ")
        return ("SetRoomPassword", room, password) if rules.is_password(password) else _no()
    return ("ChangeSetting", room, key, value) if rules.is_setting(key, value) else _no()


def _no() -> Request:
    return _refuse("usage")


def _word_only(kind: str):  # type: ignore[no-untyped-def]
    def parse(rest: str) -> Request:
        word, rest = _needed(rest)
        return _end(rest, (kind, word))

    return parse


def _oper(is_operator: bool):  # type: ignore[no-untyped-def]
    def parse(rest: str) -> Request:
        word, rest = _needed(rest)
        return _end(rest, ("SetOperator", _new_nick(word), is_operator))

    return parse


def _server_ban(rest: str) -> Request:
    mask, rest = _mask(rest)
    return ("ServerBan", mask, _terms(rest))


def _mask_only(kind: str):  # type: ignore[no-untyped-def]
    def parse(rest: str) -> Request:
        mask, rest = _mask(rest)
        return _end(rest, (kind, mask))

    return parse


def _server_set(rest: str) -> Request:
    key, rest = _word(rest)
    if not key:
        return ("ShowServer",)
    value, rest = _needed(rest)
    found = {
        ("sign-ups", "open"): (True, None), ("sign-ups", "closed"): (False, None),
        ("registered-only", "yes"): (None, True), ("registered-only", "no"): (None, False),
    }.get((key.lower(), value.lower())) or _refuse("usage")  # fmt: skip
    return _end(rest, ("SetServer", *found))


def _reason(rest: str) -> str:
    reason = _optional_text(rest)
    return reason if len(reason) <= rules.LONGEST_REASON else _refuse("bad-text")


def _kill(rest: str) -> Request:
    word, rest = _needed(rest)
    return ("Kill", _new_nick(word), _reason(rest))


def _audit(rest: str) -> Request:
    words = [word for word in rest.split(" ") if word]
    count = USUAL_COUNT
    if words and words[0].lower() != "before":
        count = _number(words.pop(0))
    if count < 1 or len(words) not in (0, 2) or (words and words[0].lower() != "before"):
        _refuse("usage")
    return ("ReadAudit", count, _number(words[1]) if words else None)


PARSERS = {
    "nick": _nick, "create": _room_only("CreateRoom"), "join": _join,
    "list": _nothing("ListRooms"), "info": _room_only("DescribeRoom"),
    "delete": _room_only("DeleteRoom"), "leave": _room_only("LeaveRoom", ""), "send": _send,
    "tell": _tell, "ignore": _nick_only("Ignore"), "unignore": _nick_only("Unignore"),
    "ignored": _nothing("ListIgnored"), "who": _room_perhaps("ListUsers"), "away": _away,
    "back": _nothing("SetBack"),
    "topic": _setting("ShowTopic", "SetTopic"),
    "welcome": _setting("ShowWelcome", "SetWelcome"), "history": _history, "search": _search,
    "redact": _redact, "edit": _edit,
    "talk": _room_perhaps("TalkIn"), "ping": _ping, "help": _help, "quit": _nothing("Quit", ""),
    "register": _register, "login": _login, "logout": _nothing("LogOut"), "passwd": _passwd,
    "drop": _drop, "keys": _keys, "grant-code": _nothing("GrantCode"), "pair": _pair,
    "invite": _room_and_nick("Invite"), "uninvite": _room_and_nick("Uninvite"), "kick": _kick,
    "ban": _sanction("Ban"), "tryban": _room_and_mask("TryBan"), "unban": _room_and_mask("Unban"),
    "bans": _sanctions("ban"), "mute": _sanction("Mute"), "unmute": _room_and_mask("Unmute"),
    "mutes": _sanctions("mute"), "voice": _room_and_nick("SetVoice", True),
    "devoice": _room_and_nick("SetVoice", False), "op": _room_and_nick("SetRole", "moderator"),
    "deop": _room_and_nick("SetRole", "member"), "owner": _room_and_nick("SetRole", "owner"),
    "resign": _room_only("StepDown"), "set": _set,
    "claim": _word_only("Claim"), "oper": _oper(True), "deoper": _oper(False),
    "operators": _nothing("ListOperators"), "server-ban": _server_ban,
    "server-tryban": _mask_only("TryServerBan"), "server-unban": _mask_only("ServerUnban"),
    "server-bans": _nothing("ListServerBans"), "server-set": _server_set,
    "where": _nick_only("Locate"), "kill": _kill,
    "announce": lambda rest: ("Announce", _needed_text(rest)), "audit": _audit,
    "reload": _nothing("Reload"), "shutdown": lambda rest: ("ShutDown", _reason(rest)),
}  # fmt: skip
