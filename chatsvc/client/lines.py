"""A line for people, and the words that all lines are made of.

[lobby 42] 10:00 ann: hi all        said; with the day where it may not be today
[lobby] bob joined.                 something else about a room
10:00 ann tells you: psst           a direct message
[@ann 7] 10:00 ann tells you: psst  one that is kept
You are bob now.                    about no room
"""

from datetime import datetime, tzinfo
from enum import Enum

import attrs

from chatsvc.core.manner import ACTION_SIGN
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.text import printable


class Kind(Enum):
    """What a line is, so that it can be coloured."""

    SAID = "said"
    OWN = "own"
    MENTION = "mention"
    DIRECT = "direct"
    NOTICE = "notice"
    ANSWER = "answer"
    ERROR = "error"


def _clean(text: str | None) -> str | None:
    return None if text is None else printable(text)


@attrs.frozen
class Line:
    """A line for people.

    `at` is in milliseconds since 1970 UTC, 0 for no time; `is_old`: show the day too.
    `number` is a message's number in its `room`, 0 for what is not a message of a room.
    `nick` is who said `text`, None where nobody did; `mark` stands behind the nick, where
    no text can.
    """

    kind: Kind
    text: str = attrs.field(converter=printable)
    room: RoomName | None = attrs.field(default=None, converter=_clean)
    at: int = 0
    nick: Nick | None = attrs.field(default=None, converter=_clean)
    number: int = 0
    is_old: bool = False
    mark: str = ""


def plain(line: Line, zone: tzinfo | None = None) -> str:
    """Return `line` as one line of text; times are in `zone`, None being the local one."""
    return " ".join(part for part in (_place(line), _moment(line, zone), _words(line)) if part)


def _place(line: Line) -> str:
    if line.room is None:
        return ""
    return f"[{line.room} {line.number}]" if line.number else f"[{line.room}]"


def _moment(line: Line, zone: tzinfo | None) -> str:
    return clock_time(line.at, line.is_old, zone) if line.at else ""


def _words(line: Line) -> str:
    if line.nick is None:
        return line.text
    verb = " tells you" if line.kind is Kind.DIRECT else ""
    if line.text.startswith(ACTION_SIGN) and not verb:
        return f"{ACTION_SIGN}{line.nick}{line.mark} {line.text.removeprefix(ACTION_SIGN)}"
    return f"{line.nick}{line.mark}{verb}: {line.text}"


def clock_time(at: int, with_day: bool = False, zone: tzinfo | None = None) -> str:
    """Return a time of day, "10:00", or with the day, "2026-11-20 10:00"."""
    try:
        moment = datetime.fromtimestamp(at / 1000, zone)
    except (OverflowError, ValueError, OSError):
        return "--:--"
    return f"{moment:%Y-%m-%d %H:%M}" if with_day else f"{moment:%H:%M}"


def when(at: int) -> str:
    """Return a time of a day that may be another one: "2026-11-20 10:00"."""
    return clock_time(at, with_day=True)


def notice(text: str, room: RoomName | None = None) -> Line:
    """Return a line about a room, or about none."""
    return Line(Kind.NOTICE, text, room)


def counted(number: int, thing: str) -> str:
    """Return "1 message", "2 messages"."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
