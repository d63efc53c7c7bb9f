"""Understand what a server sends, for clients.

`AnswerReader` takes the server's lines one by one and gives back the same attrs
classes the server made them from: an Event for `*`, and for each request, in the
order they were sent, a Reply or a Refusal once its last line (`+` or `-`) is there.
Anything from the network goes through `printable` first.
"""

from collections.abc import Callable
from typing import Any

import attrs

from chatsvc.core import events as e
from chatsvc.core import replies as r
from chatsvc.core.errors import Refusal, refusal_with_code
from chatsvc.core.kinds import PUBLIC
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.roles import ROLES, Role
from chatsvc.core.text import printable
from chatsvc.wire import PROTOCOL, moderation, operating
from chatsvc.wire.answer import NO_PORT
from chatsvc.wire.lines import NONE
from chatsvc.wire.lines import read_time as _time
from chatsvc.wire.lines import split as _split
from chatsvc.wire.times import parse_time


class ProtocolError(Exception):
    """Say that the other end does not speak `chatsvc/1`, and what it sent instead."""


@attrs.frozen
class Hello:
    """The server's greeting: the protocol it speaks and its name."""

    protocol: str
    server_name: str


@attrs.frozen
class HelpText:
    """The rows of an answer to `help`."""

    rows: tuple[str, ...]


Answer = r.Reply | HelpText | Refusal
Incoming = Answer | e.Event | Hello
"""Whatever a server can send."""


class AnswerReader:
    """Turn a server's lines into events and answers."""

    def __init__(self) -> None:
        self._rows: list[Any] = []

    def read(self, line: str) -> Incoming | None:
        """Take one line; return what it completes, None for a row or an unknown event.

        Raises `ProtocolError` for a line that `chatsvc/1` does not have.
        """
        status, _, rest = printable(line).partition(" ")
        try:
            return self._read(status, rest)
        except (KeyError, ValueError, IndexError) as error:
            raise ProtocolError(f"The server sent a line we cannot read: {line[:80]!r}") from error

    def _read(self, status: str, rest: str) -> Incoming | None:
        kind, _, words = rest.partition(" ")
        if status == "*":
            event = _EVENTS.get(kind)
            return None if event is None else event(words)
        if status == "=":
            self._rows.append(_ROWS[kind](words))
            return None
        rows, self._rows = tuple(self._rows), []
        if status == "-":
            return refusal_with_code(kind, words)
        if status == "+":
            return _REPLIES[kind](words, rows)
        raise ValueError(status)


def _hello(words: str) -> Hello:
    protocol, _, rest = words.partition(" ")
    if protocol != PROTOCOL:
        raise ProtocolError(f"The server speaks {protocol}; this client speaks {PROTOCOL}.")
    return Hello(protocol, rest.partition('"')[2].rpartition('"')[0])


def _said(words: str) -> e.Said:
    room, number, at, nick, text = words.split(" ", 4)
    return e.Said(RoomName(room), int(number), parse_time(at), Nick(nick), text)


def _reworded(words: str) -> e.Reworded:
    room, number, at, nick, changed_at, changed_by, text = words.split(" ", 6)
    said = e.Said(RoomName(room), int(number), parse_time(at), Nick(nick), "")
    edited = e.Edited(said.room, said.number, parse_time(changed_at), Nick(changed_by), text)
    return edited.applied_to(said)


def _taken_back(words: str) -> e.TakenBack:
    room, number, at, nick, changed_at, changed_by = words.split(" ", 5)
    said = e.Said(RoomName(room), int(number), parse_time(at), Nick(nick), "")
    redacted = e.Redacted(said.room, said.number, parse_time(changed_at), Nick(changed_by))
    return redacted.applied_to(said)


def _redacted(words: str) -> e.Redacted:
    room, number, nick = words.split(" ", 2)
    return e.Redacted(RoomName(room), int(number), 0, Nick(nick))


def _edited(words: str) -> e.Edited:
    room, number, at, nick, text = words.split(" ", 4)
    return e.Edited(RoomName(room), int(number), parse_time(at), Nick(nick), text)


def _told(words: str) -> e.Told:
    at, nick, text = words.split(" ", 2)
    return e.Told(parse_time(at), Nick(nick), text)


def _announced(words: str) -> e.Announced:
    at, nick, text = words.split(" ", 2)
    return e.Announced(parse_time(at), Nick(nick), text)


def _topic_set(words: str) -> e.TopicSet:
    room, at, nick, text = _split(words, 4)
    return e.TopicSet(RoomName(room), parse_time(at), Nick(nick), text)


def _joined(words: str) -> e.Joined:
    room, nick = words.split(" ", 1)
    return e.Joined(RoomName(room), Nick(nick))


def _left(words: str) -> e.Left:
    room, nick = words.split(" ", 1)
    return e.Left(RoomName(room), Nick(nick))


def _renamed(words: str) -> e.Renamed:
    old, new = words.split(" ", 1)
    return e.Renamed(0, Nick(old), Nick(new))


def _went_away(words: str) -> e.WentAway:
    nick, text = _split(words, 2)
    return e.WentAway(Nick(nick), text)


def _room_deleted(words: str) -> e.RoomDeleted:
    room, nick = words.split(" ", 1)
    return e.RoomDeleted(RoomName(room), 0, None if nick == NONE else Nick(nick), 0)


def _room_renamed(words: str) -> e.RoomRenamed:
    room, new, nick, reason = _split(words, 4)
    return e.RoomRenamed(RoomName(room), 0, Nick(nick), RoomName(new), 0, reason)


def _room_name_is(words: str) -> r.RoomNameIs:
    room, new = words.split(" ", 1)
    return r.RoomNameIs(RoomName(room), RoomName(new))


def _welcomed(words: str) -> e.Welcomed:
    room, text = words.split(" ", 1)
    return e.Welcomed(RoomName(room), text)


def _resumed(words: str) -> e.Resumed:
    room, last, members = words.split(" ", 2)
    return e.Resumed(RoomName(room), int(last), int(members))


def _members_counted(words: str) -> e.MembersCounted:
    room, members = words.split(" ", 1)
    return e.MembersCounted(RoomName(room), int(members))


_EVENTS: dict[str, Callable[[str], e.Event | Hello]] = {
    "hello": _hello,
    "said": _said,
    "said-edited": _reworded,
    "said-redacted": _taken_back,
    "redacted": _redacted,
    "edited": _edited,
    "tell": _told,
    "joined": _joined,
    "left": _left,
    "renamed": _renamed,
    "away": _went_away,
    "back": lambda words: e.CameBack(Nick(words)),
    "topic": _topic_set,
    "deleted": _room_deleted,
    "renamed-room": _room_renamed,
    "motd": e.Greeted,
    "welcome": _welcomed,
    "resumed": _resumed,
    "members": _members_counted,
    "announce": _announced,
    "closing": e.ServerClosing,
    **moderation.READ_EVENTS,
}


def _room_row(words: str) -> r.RoomSummary:
    room, members, last, created, active, kinds, topic = _split(words, 7)
    kept, _, kind = kinds.partition(",")
    return r.RoomSummary(
        RoomName(room),
        int(members),
        int(last),
        _time(created),
        _time(active),
        kept == "kept",
        topic,
        kind or PUBLIC.name,
    )


def _user_row(words: str) -> r.UserSummary:
    nick, statuses, since, via, text = _split(words, 5)
    status, _, role = statuses.partition(",")
    away = text if status == "away" else None
    return r.UserSummary(Nick(nick), parse_time(since), via, away, ROLES.get(role, Role.MEMBER))


def _unread_row(words: str) -> r.Unread:
    room, last, unread = words.split(" ", 2)
    return r.Unread(RoomName(room), int(last), int(unread))


def _key_row(words: str) -> r.KeySummary:
    place, fingerprint, kind, comment = _split(words, 4)
    return r.KeySummary(int(place), fingerprint, kind, comment)


def _info_row(words: str) -> tuple[str, str]:
    _room, field, value = _split(words, 3)
    return field, value


_ROWS: dict[str, Callable[[str], Any]] = {
    "said": _said,
    "unread": _unread_row,
    "said-edited": _reworded,
    "said-redacted": _taken_back,
    "room": _room_row,
    "ignored": Nick,
    "user": _user_row,
    "info": _info_row,
    "key": _key_row,
    "help": str,
    **moderation.READ_ROWS,
    **operating.READ_ROWS,
}


def _port(word: str) -> int | None:
    if not word:
        return None
    return r.NO_PORT if word == NO_PORT else int(word)


def _created(words: str) -> r.RoomMade:
    room, port = _split(words, 2)
    return r.RoomMade(RoomName(room), _port(port))


def _entered(words: str) -> r.Entered:
    room, last, members, port = _split(words, 4)
    return r.Entered(RoomName(room), int(last), int(members), _port(port))


def _sent(words: str) -> r.Sent:
    room, number = words.split(" ", 1)
    return r.Sent(RoomName(room), int(number))


def _delivered(words: str) -> r.Delivered:
    nick, number = _split(words, 2)
    return r.Delivered(Nick(nick), int(number) if number else None)


def _code(words: str) -> tuple[str, int]:
    code, seconds = words.split(" ", 1)
    return code, int(seconds)


def _numbered(words: str) -> tuple[RoomName, int]:
    room, number = words.split(" ", 1)
    return RoomName(room), int(number)


def _topic_is(words: str) -> r.TopicIs:
    room, at, nick, text = _split(words, 4)
    return r.TopicIs(RoomName(room), parse_time(at) if at else 0, Nick(nick) or None, text)


def _welcome_is(words: str) -> r.WelcomeIs:
    room, text = _split(words, 2)
    return r.WelcomeIs(RoomName(room), text)


def _details(words: str, rows: tuple[tuple[str, str], ...]) -> r.RoomDetails:
    room, fields = RoomName(words), dict(rows)
    topic_at, topic_nick = _split(fields.get("topic-set", ""), 2)
    kept, _, kind = fields["kind"].partition(",")
    summary = r.RoomSummary(
        room,
        int(fields["members"]),
        int(fields["last"]),
        _time(fields["created"]),
        _time(fields["active"]),
        kept == "kept",
        fields.get("topic", ""),
        kind or PUBLIC.name,
    )
    topic = r.TopicIs(
        room, parse_time(topic_at) if topic_at else 0, Nick(topic_nick) or None, summary.topic
    )
    owner = None if fields["owner"] == NONE else Nick(fields["owner"])
    return r.RoomDetails(
        summary, owner, topic, fields.get("welcome", ""), _port(fields.get("port", ""))
    )


_REPLIES: dict[str, Callable[[str, tuple[Any, ...]], r.Reply | HelpText]] = {
    "sent": lambda words, _rows: _sent(words),
    "redacted": lambda words, _rows: r.MessageRedacted(*_numbered(words)),
    "edited": lambda words, _rows: r.MessageEdited(*_numbered(words)),
    "nick": lambda words, _rows: r.NickIs(Nick(words)),
    "created": lambda words, _rows: _created(words),
    "join": lambda words, _rows: _entered(words),
    "left": lambda words, _rows: r.RoomLeft(RoomName(words)),
    "deleted": lambda words, _rows: r.RoomGone(RoomName(words)),
    "renamed-room": lambda words, _rows: _room_name_is(words),
    "told": lambda words, _rows: _delivered(words),
    "ignore": lambda words, _rows: r.IgnoredNow(Nick(words)),
    "unignore": lambda words, _rows: r.UnignoredNow(Nick(words)),
    "ignored": lambda _words, rows: r.IgnoredUsers(rows),
    "away": lambda _words, _rows: r.AwayNoted(),
    "back": lambda _words, _rows: r.BackNoted(),
    "topic": lambda words, _rows: _topic_is(words),
    "welcome": lambda words, _rows: _welcome_is(words),
    "list": lambda _words, rows: r.RoomList(rows),
    "info": _details,
    "who": lambda _words, rows: r.UserList(rows),
    "history": lambda words, rows: r.History(RoomName(words.split(" ")[0]), rows),
    "search": lambda words, rows: r.SearchResult(RoomName(words.split(" ")[0]), rows),
    "talking": lambda words, _rows: r.TalkingIn(RoomName(words) or None),
    "pong": lambda words, _rows: r.Pong(words),
    "help": lambda _words, rows: HelpText(rows),
    "registered": lambda words, _rows: r.AccountMade(Nick(words)),
    "login": lambda words, rows: r.LoggedInAs(Nick(words.split(" ")[0]), rows),
    "logout": lambda _words, _rows: r.LoggedOff(),
    "passwd": lambda _words, _rows: r.PasswordChanged(),
    "drop": lambda words, _rows: r.DropCode(*_code(words)),
    "dropped": lambda words, _rows: r.AccountGone(Nick(words)),
    "key-added": lambda words, _rows: r.KeyKept(words),
    "keys": lambda _words, rows: r.KeyList(rows),
    "key-removed": lambda words, _rows: r.KeyGone(words),
    "code": lambda words, _rows: r.PairingCode(*_code(words)),
    "bye": lambda _words, _rows: r.Bye(),
    **moderation.READ_REPLIES,
    **operating.READ_REPLIES,
}
