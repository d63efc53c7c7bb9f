"""What people are shown: what happens and what is answered, as lines of text.

    render_happening(happening, me)     events and changes of the connection
    render_answer(answer, me, now)      answers (in `answers`)
    render_refusal(refusal)             why not
    plain(line)                         a `Line` without any colour, on one line

    [lobby 42] 10:00 ann: hi all        said; with the day where it may not be today
    [lobby] bob joined.                 something else about a room
    10:00 ann tells you: psst           a direct message
    [@ann 7] 10:00 ann tells you: psst  one that is kept
    You are bob now.                    about no room

Pure functions; no line ever holds a control character, whatever the server sent.
"""

import re
import unicodedata
from datetime import datetime, tzinfo
from enum import Enum
from functools import lru_cache
from typing import assert_never

import attrs

from chatsvc.client import happenings as h
from chatsvc.core import events as e
from chatsvc.core.conversations import is_direct, peer_in
from chatsvc.core.errors import Refusal
from chatsvc.core.names import Nick, RoomName, nick_key
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
    return f"{line.nick}{line.mark}{verb}: {line.text}"


def clock_time(at: int, with_day: bool = False, zone: tzinfo | None = None) -> str:
    """Return a time of day, "10:00", or with the day, "2026-11-20 10:00"."""
    try:
        moment = datetime.fromtimestamp(at / 1000, zone)
    except (OverflowError, ValueError, OSError):
        return "--:--"
    return f"{moment:%Y-%m-%d %H:%M}" if with_day else f"{moment:%H:%M}"


# Messages


def mentions(text: str, nick: Nick) -> bool:
    """Tell whether `text` holds `nick`, with or without "@", as a word of its own."""
    return _mention(nick).search(_folded(text)) is not None


@lru_cache(maxsize=64)
def _mention(nick: Nick) -> re.Pattern[str]:
    # A dot or hyphen ends a word only if no letter follows: "ann." but not "ann-marie".
    return re.compile(rf"(?<!\w)(?<!\w[-.]){re.escape(nick_key(nick))}(?!\w|[-.]\w)")


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def render_said(said: e.Said, me: Nick, is_old: bool = False) -> Line:
    """Return a message; `me` is the nick of who reads it, `is_old`: show the day too."""
    line = Line(_kind(said, me), said.text, said.room, said.at, said.nick, said.number, is_old)
    if isinstance(said, e.TakenBack):
        return redacted(line, said.changed_by)
    return edited(line, said.text) if isinstance(said, e.Reworded) else line


def redacted(line: Line, by: Nick) -> Line:
    """Return what is shown in the place of a message that was redacted."""
    if line.nick is None:
        return line
    whose = "their own message" if nick_key(line.nick) == nick_key(by) else f"what {line.nick} said"
    return attrs.evolve(line, kind=Kind.NOTICE, text=f"{by} took back {whose}.", nick=None, mark="")


def edited(line: Line, text: str) -> Line:
    """Return a message with another text, and that it is not the first one."""
    return line if line.nick is None else attrs.evolve(line, text=text, mark=" (edited)")


def _kind(said: e.Said, me: Nick) -> Kind:
    if nick_key(said.nick) == nick_key(me):
        return Kind.OWN
    return Kind.MENTION if mentions(said.text, me) else Kind.SAID


# Whatever happens


def notice(text: str, room: RoomName | None = None) -> Line:
    """Return a line about a room, or about none."""
    return Line(Kind.NOTICE, text, room)


def render_refusal(refusal: Exception) -> Line:
    """Return why something was refused or failed: the sentence alone, no code."""
    sentence = refusal.sentence if isinstance(refusal, Refusal) else str(refusal)
    return Line(Kind.ERROR, sentence)


def render_happening(happening: h.Happening, me: Nick) -> list[Line]:
    """Return what the reader called `me` is shown of `happening`, often one line."""
    match happening:
        case e.Said(room) if is_direct(room):
            return [_render_direct(happening, me)]
        case e.Said():
            return [render_said(happening, me)]
        case e.Told(at, nick, text):
            return [Line(Kind.DIRECT, text, at=at, nick=nick)]
        case _ if isinstance(happening, h.OfConnection):
            return _render_connection(happening)
        case _:
            return _render_event(happening, me)


def _render_direct(said: e.Said, me: Nick) -> Line:
    """Return a direct message that is kept, by the other or by oneself at another client."""
    if nick_key(said.nick) != nick_key(me):
        return attrs.evolve(render_said(said, me), kind=Kind.DIRECT)
    text = f"You tell {peer_in(said.room)}: {said.text}"
    return Line(Kind.DIRECT, text, said.room, said.at, number=said.number)


def _render_connection(happening: h.OfConnection) -> list[Line]:
    match happening:
        case h.Connected(server_name, nick):
            return [notice(f"Connected to {server_name or 'the server'} as {nick}.")]
        case h.Disconnected(reason, retry_in):
            again = f"Trying again in {max(1, round(retry_in))} s."
            return [Line(Kind.ERROR, f"No connection: {reason} {again}")]
        case h.CaughtUp(room, missed):
            return [notice(f"You missed {counted(missed, 'message')}.", room)] if missed else []
        case h.RoomReplaced(room):
            return [notice("This is a new room of the same name; it begins at 1.", room)]
        case h.RoomLost(room, reason):
            return [Line(Kind.ERROR, f"You are not in this room: {reason}", room)]
        case h.MessagesMissing(room, first, last):
            return [Line(Kind.ERROR, f"The server does not have {first} to {last}.", room)]
        case h.NickChanged(_, new, reason):
            return [notice(f"{reason} You are {new} now.".strip())]
        case _:
            assert_never(happening)


def _render_event(event: e.Event, me: Nick) -> list[Line]:
    match event:
        case e.Joined(room, nick):
            who = "You" if nick_key(nick) == nick_key(me) else nick
            return [notice(f"{who} joined.", room)]
        case e.Left(room, nick):
            return [notice(f"{nick} left.", room)]
        case e.Renamed(_, old, new):
            return [notice(f"{old} is {new} now.")]
        case e.WentAway(nick, text):
            return [notice(f"{nick} is away{f': {text}' if text else '.'}")]
        case e.CameBack(nick):
            return [notice(f"{nick} is back.")]
        case e.TopicSet(room, _, nick, text):
            said = f"The topic is: {text} (set by {nick})" if text else f"{nick} cleared the topic."
            return [notice(said, room)]
        case e.Redacted(nick=nick) | e.Edited(nick=nick) if nick_key(nick) == nick_key(me):
            return []  # It was answered.
        case e.Redacted(room, number, _, nick):
            return [notice(f"{nick} took back message {number}.", room)]
        case e.Edited(room, number, _, nick, text):
            return [notice(f"{nick} edited message {number}{f': {text}' if text else '.'}", room)]
        case e.RoomDeleted(room, _, by):
            return [notice(f"This room was deleted{f' by {by}' if by else ''}.", room)]
        case e.Greeted(text):
            return [notice(text)]
        case e.Welcomed(room, text):
            return [notice(text, room)]
        case e.Announced(at, nick, text):
            return [Line(Kind.MENTION, f"*** Announcement by {nick}: {text}", at=at)]
        case e.ServerClosing(text):
            return [notice(f"The server is closing: {text}")]
        case _:
            return []


def counted(number: int, thing: str) -> str:
    """Return "1 message", "2 messages"."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
