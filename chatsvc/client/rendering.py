"""What people are shown: what happens and what is answered, as lines of text.

    render_happening(happening, me)     events and changes of the connection
    render_answer(answer, me, now)      answers (in `answers`)
    render_refusal(refusal)             why not

What owners and moderators do is in `moderating`; what a line is, in `lines`.
Pure functions; no line ever holds a control character, whatever the server sent.
"""

import re
import unicodedata
from functools import lru_cache
from typing import assert_never

import attrs

from chatsvc.client import happenings as h
from chatsvc.client.lines import Kind, Line, counted, notice
from chatsvc.client.moderating import render_moderating
from chatsvc.core import events as e
from chatsvc.core.conversations import is_direct, peer_in
from chatsvc.core.errors import Refusal
from chatsvc.core.names import Nick, RoomName, nick_key

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
            return [Line(Kind.ERROR, f"No connection: {_ended(reason)} {again}")]
        case h.CaughtUp(room, missed):
            return [notice(f"You missed {counted(missed, 'message')}.", room)] if missed else []
        case h.RoomReplaced(room):
            return [notice("This is a new room of the same name; it begins at 1.", room)]
        case h.RoomLost(room, reason):
            return [Line(Kind.ERROR, f"You are not in this room: {reason}", room)]
        case h.MessagesMissing(room, first, last):
            return [notice(_missing(first, last), room)]
        case h.DirectWaiting(room, unread):
            return [waiting(room, unread)]
        case h.TurnedAway(reason):
            return [Line(Kind.ERROR, f"This client does not try again: {reason}")]
        case h.NickChanged(_, new, reason):
            return [notice(f"{reason} You are {new} now.".strip())]
        case _:
            assert_never(happening)


def _ended(sentence: str) -> str:
    """Return a sentence with its end; one that somebody's words are at the end of may have none."""
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _missing(first: int, last: int) -> str:
    """Return that messages are not there, which is as it should be in some rooms."""
    if first == last:
        return f"Message {first} is not kept any more, or not yours to read."
    return f"Messages {first} to {last} are not kept any more, or not yours to read."


def waiting(room: RoomName, unread: int) -> Line:
    """Return that somebody has told one something which is unread, and how to read it."""
    text = f"{peer_in(room)} told you {counted(unread, 'message')} that you have not read"
    return Line(Kind.MENTION, f"{text}; to read: /history {room} {unread}")


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
        case e.RoomRenamed(room, _, by, new, reason=why):
            return [notice(f"{by} has renamed {room} to {new}{f': {why}' if why else '.'}", new)]
        case e.Greeted(text):
            return [notice(text)]
        case e.Welcomed(room, text):
            return [notice(text, room)]
        case e.Announced(at, nick, text):
            return [Line(Kind.MENTION, f"*** Announcement by {nick}: {text}", at=at)]
        case e.ServerClosing(text):
            return [notice(f"The server ends the connection: {text}")]
        case _:
            return render_moderating(event, me)
