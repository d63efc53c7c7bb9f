"""Take a stream apart into lines, and a line into what it asks for."""

import re

from tests.torture.reference import operating, people, rooms, talk
from tests.torture.reference.arguments import (
    Refused,
    Request,
    cut,
    end,
    new_nick,
    nothing,
    optional_text,
    refuse,
    text_of,
    word_of,
)

TOO_LONG: Request = ("line-too-long",)

_TELNET = re.compile(
    rb"\xff(?:[\xec-\xf9]"  # a command
    rb"|[\xfb-\xfe][^\n\r\xf0-\xff]"  # a negotiation and its option
    rb"|\xfa(?:[^\xff\n]|\xff[^\xf0\n])*\xff\xf0"  # a block
    rb"|(?P<stray>[\xfb-\xfe][\xf0-\xff]|[\xfb-\xfe](?=[\n\r])|\xff|(?=[^\xec-\xff])"
    rb"|\xfa(?:[^\xff\n]|\xff[^\xf0\n])*\xff?(?=\n)))",
    re.DOTALL,
)
_LINE = re.compile(rb"(.*?)(?:\r\n|\r\0|\n)", re.DOTALL)


ALIASES = {
    "1": "create", "2": "join", "3": "list", "4": "delete", "leave_chatroom": "leave",
    "disconnect": "quit",
}  # fmt: skip


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
            return ("Say", talking, text_of(text[1:]), "", None)
        if talking is not None and text[0] not in "/@":
            return ("Say", talking, text_of(text), "", None)
        return _request(text)
    except Refused as refused:
        return (str(refused),)


def _request(text: str) -> Request:
    text = re.sub("^ +", "", text)
    if text[0] == "@":
        found = re.fullmatch("@([^ ]+) (.+)", text, re.DOTALL) or refuse("usage")
        return ("Tell", new_nick(found[1]), text_of(found[2]), "", None)
    verb, rest = cut(text[1:] if text[0] == "/" else text)
    return PARSERS[_verb(verb)](rest)


def _verb(word: str) -> str:
    verb = ALIASES.get(word.lower(), word.lower())
    return verb if verb in PARSERS else refuse("unknown-command")


def _ping(rest: str) -> Request:
    return ("Ping", optional_text(rest))


def _help(rest: str) -> Request:
    word, rest = word_of(rest)
    return end(rest, ("Help", _verb(word) if word else ""))


PARSERS = {
    **rooms.PARSERS, **talk.PARSERS, **people.PARSERS, **operating.PARSERS,
    "ping": _ping, "help": _help, "quit": nothing("Quit", ""),
}  # fmt: skip
