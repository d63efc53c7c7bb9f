"""Encode replies, refusals and events as the lines a server sends.

Nothing here checks text: names were made by `core.names`, texts passed
`core.text.check_text` on their way in, so no line can hold a second one.
"""

from collections.abc import Callable, Iterator
from typing import Any

from chatsvc.core import events as e
from chatsvc.core import replies as r
from chatsvc.core.errors import Refusal
from chatsvc.core.kinds import PUBLIC
from chatsvc.core.manner import shown
from chatsvc.core.roles import Role
from chatsvc.wire import PROTOCOL, moderation, operating
from chatsvc.wire.arguments import Verb
from chatsvc.wire.lines import NONE
from chatsvc.wire.lines import line as _line
from chatsvc.wire.lines import lines as _lines
from chatsvc.wire.lines import time_or_none as _time
from chatsvc.wire.lines import with_rest as _with_rest
from chatsvc.wire.table import BY_NAME, VERBS
from chatsvc.wire.times import format_time

NO_PORT = "no-port"
"""Stands for the port of a room when the range of room ports is used up."""


def encode_greeting(server_name: str) -> bytes:
    """Return the first line of a connection."""
    return _line(f'* hello {PROTOCOL} "{server_name}" - say: nick NAME, then: help')


def encode_refusal(refusal: Refusal) -> bytes:
    """Return `- CODE SENTENCE`."""
    return _line(f"- {refusal.code} {refusal.sentence}")


def encode_reply(reply: r.Reply) -> bytes:
    """Return the rows and the last line of an answer."""
    return _REPLIES[type(reply)](reply)


def encode_event(event: e.Event) -> bytes:
    """Return the line of an event; empty for one that this protocol does not show."""
    encode = _EVENTS.get(type(event))
    return b"" if encode is None else encode(event)


# Events


def _said_words(said: e.Said) -> str:
    """Return a message; an action or a notice is shown as one in the text."""
    text = shown(said.text, e.more_of(said))
    return f"said {said.room} {said.number} {format_time(said.at)} {said.nick} {text}"


def _said(said: e.Said) -> bytes:
    return (
        f"* said {said.room} {said.number} {format_time(said.at)} {said.nick} {said.text}\n"
    ).encode()


def _said_more(said: e.SaidMore) -> bytes:
    return _line(f"* {_said_words(said)}")


def _changed_words(said: e.Reworded | e.TakenBack) -> str:
    """Return a message that was changed; its first word says so, which no text can."""
    words = (
        f"{said.room} {said.number} {format_time(said.at)} {said.nick} "
        f"{format_time(said.changed_at)} {said.changed_by}"
    )
    if isinstance(said, e.TakenBack):
        return f"said-redacted {words}"
    return f"said-edited {words} {shown(said.text, e.more_of(said))}"


def _row_of(said: e.Said) -> str:
    return _changed_words(said) if isinstance(said, e.Reworded | e.TakenBack) else _said_words(said)


def _told(event: e.Told) -> bytes:
    """Return a direct message; who said it at another session of theirs is not told."""
    if event.is_copy:
        return b""
    text = shown(event.text, event.more)
    return _line(f"* tell {format_time(event.at)} {event.nick} {text}")


def _topic_set(event: e.TopicSet) -> bytes:
    return _line(
        _with_rest(f"* topic {event.room} {format_time(event.at)} {event.nick}", event.text)
    )


def _resumed(event: e.Resumed) -> bytes:
    return _line(f"* resumed {event.room} {event.last} {event.members}")


_EVENTS: dict[type[Any], Callable[[Any], bytes]] = {
    e.Said: _said,
    e.SaidMore: _said_more,
    e.Reworded: lambda said: _line(f"* {_changed_words(said)}"),
    e.TakenBack: lambda said: _line(f"* {_changed_words(said)}"),
    e.Redacted: lambda event: _line(f"* redacted {event.room} {event.number} {event.nick}"),
    e.Edited: lambda event: _line(
        f"* edited {event.room} {event.number} {format_time(event.at)} {event.nick} {event.text}"
    ),
    e.Told: _told,
    e.Joined: lambda event: _line(f"* joined {event.room} {event.nick}"),
    e.Left: lambda event: _line(f"* left {event.room} {event.nick}"),
    e.Renamed: lambda event: _line(f"* renamed {event.old} {event.new}"),
    e.WentAway: lambda event: _line(_with_rest(f"* away {event.nick}", event.text)),
    e.CameBack: lambda event: _line(f"* back {event.nick}"),
    e.TopicSet: _topic_set,
    e.RoomDeleted: lambda event: _line(f"* deleted {event.room} {event.nick or NONE}"),
    e.RoomRenamed: lambda event: _line(
        _with_rest(f"* renamed-room {event.room} {event.new} {event.nick}", event.reason)
    ),
    e.Greeted: lambda event: _line(f"* motd {event.text}"),
    e.Welcomed: lambda event: _line(f"* welcome {event.room} {event.text}"),
    e.Resumed: _resumed,
    e.MembersCounted: lambda event: _line(f"* members {event.room} {event.members}"),
    e.Announced: lambda event: _line(
        f"* announce {format_time(event.at)} {event.nick} {event.text}"
    ),
    e.ServerClosing: lambda event: _line(f"* closing {event.text}"),
    **moderation.EVENTS,
}


# Replies


def _port(port: int | None) -> str:
    """Return the ending of `created` and `join`; nothing where rooms have no ports."""
    if port is None:
        return ""
    return f" {_port_word(port)}"


def _port_word(port: int) -> str:
    return NO_PORT if port == r.NO_PORT else str(port)


def _delivered(reply: r.Delivered) -> bytes:
    return _line(_with_rest(f"+ told {reply.nick}", str(reply.number or "")))


def _topic_is(reply: r.TopicIs) -> bytes:
    if reply.nick is None:
        return _line(f"+ topic {reply.room}")
    return _line(f"+ topic {reply.room} {format_time(reply.at)} {reply.nick} {reply.text}")


def _room_row(row: r.RoomSummary) -> str:
    words = (
        f"= room {row.room} {row.members} {row.last} "
        f"{_time(row.created_at)} {_time(row.last_at)} {_kind(row)}"
    )
    return _with_rest(words, row.topic)


def _kind(room: r.RoomSummary) -> str:
    """Return whether a room is kept, and what it takes to enter where not everybody may."""
    kept = "kept" if room.kept else "temporary"
    return kept if room.kind == PUBLIC.name else f"{kept},{room.kind}"


def _details(reply: r.RoomDetails) -> bytes:
    room = reply.summary
    fields: list[tuple[str, str]] = [
        ("members", str(room.members)),
        ("last", str(room.last)),
        ("created", _time(room.created_at)),
        ("active", _time(room.last_at)),
        ("kind", _kind(room)),
        ("owner", reply.owner or NONE),
    ]
    if reply.topic.nick is not None:
        fields.append(("topic", reply.topic.text))
        fields.append(("topic-set", f"{format_time(reply.topic.at)} {reply.topic.nick}"))
    if reply.welcome:
        fields.append(("welcome", reply.welcome))
    if reply.port is not None:
        fields.append(("port", _port_word(reply.port)))
    rows = (f"= info {room.room} {name} {value}" for name, value in fields)
    return _lines(rows, f"+ info {room.room}")


def _user_row(row: r.UserSummary) -> str:
    return _with_rest(
        f"= user {row.nick} {_status(row)} {format_time(row.since)} {row.via}", row.away or ""
    )


def _status(row: r.UserSummary) -> str:
    """Return whether a user is away, and the role of one who has one in the room."""
    status = "online" if row.away is None else "away"
    return status if row.role is Role.MEMBER else f"{status},{row.role.word}"


PAGE_ROWS = 100
PAGE_BYTES = 16_384
"""What a page of a long answer has at most; the row that goes beyond it is its last."""


def encode_pages(reply: r.RoomPages | r.UserPages) -> Iterator[bytes]:
    """Return a long answer a page at a time; the last page ends it."""
    if isinstance(reply, r.RoomPages):
        return _pages("list", reply.rows, _room_row)
    return _pages("who", reply.rows, _user_row)


def _pages(verb: str, rows: Iterator[Any], encode: Callable[[Any], str]) -> Iterator[bytes]:
    """Return rows a page at a time; where they end in a refusal, so does the answer."""
    count = size = work = 0
    lines: list[str] = []
    try:
        for row in rows:
            work += 1
            if row is not None:
                lines.append(encode(row))
                count, size = count + 1, size + len(lines[-1])
            if work >= PAGE_ROWS or size >= PAGE_BYTES:
                yield "".join(f"{line}\n" for line in lines).encode()
                lines, size, work = [], 0, 0
    except Refusal as refusal:
        yield encode_refusal(refusal)
        return
    yield _lines(lines, f"+ {verb} {count}")


def _messages(verb: str, reply: r.History | r.SearchResult) -> bytes:
    rows = (f"= {_row_of(said)}" for said in reply.messages)
    return _lines(rows, f"+ {verb} {reply.room} {len(reply.messages)}")


def _logged_in(reply: r.LoggedInAs) -> bytes:
    rows = (f"= unread {row.room} {row.last} {row.unread}" for row in reply.rooms)
    return _lines(rows, f"+ login {reply.nick} {len(reply.rooms)}")


def _key_list(reply: r.KeyList) -> bytes:
    rows = (
        _with_rest(f"= key {key.place} {key.fingerprint} {key.kind}", key.comment)
        for key in reply.keys
    )
    return _lines(rows, f"+ keys {len(reply.keys)}")


def _help(reply: r.HelpOn) -> bytes:
    named = BY_NAME.get(reply.verb)
    verbs = VERBS if named is None else (named,)
    return _lines(map(_help_row, verbs), f"+ help {len(verbs)}")


def _help_row(verb: Verb) -> str:
    also = f" Also: {', '.join(verb.aliases)}." if verb.aliases else ""
    return f"= help {verb.syntax} - {verb.summary}{also}"


_REPLIES: dict[type[Any], Callable[[Any], bytes]] = {
    r.Sent: lambda reply: _line(f"+ sent {reply.room} {reply.number}"),
    r.MessageRedacted: lambda reply: _line(f"+ redacted {reply.room} {reply.number}"),
    r.MessageEdited: lambda reply: _line(f"+ edited {reply.room} {reply.number}"),
    r.NickIs: lambda reply: _line(f"+ nick {reply.nick}"),
    r.RoomMade: lambda reply: _line(f"+ created {reply.room}{_port(reply.port)}"),
    r.Entered: lambda reply: _line(
        f"+ join {reply.room} {reply.last} {reply.members}{_port(reply.port)}"
    ),
    r.RoomLeft: lambda reply: _line(f"+ left {reply.room}"),
    r.RoomGone: lambda reply: _line(f"+ deleted {reply.room}"),
    r.RoomNameIs: lambda reply: _line(f"+ renamed-room {reply.room} {reply.new}"),
    r.Delivered: _delivered,
    r.IgnoredNow: lambda reply: _line(f"+ ignore {reply.nick}"),
    r.UnignoredNow: lambda reply: _line(f"+ unignore {reply.nick}"),
    r.IgnoredUsers: lambda reply: _lines(
        (f"= ignored {nick}" for nick in reply.nicks), f"+ ignored {len(reply.nicks)}"
    ),
    r.AwayNoted: lambda _reply: _line("+ away"),
    r.BackNoted: lambda _reply: _line("+ back"),
    r.TopicIs: _topic_is,
    r.WelcomeIs: lambda reply: _line(_with_rest(f"+ welcome {reply.room}", reply.text)),
    r.RoomList: lambda reply: _lines(map(_room_row, reply.rooms), f"+ list {len(reply.rooms)}"),
    r.RoomPages: lambda reply: b"".join(encode_pages(reply)),
    r.UserPages: lambda reply: b"".join(encode_pages(reply)),
    r.RoomDetails: _details,
    r.UserList: lambda reply: _lines(map(_user_row, reply.users), f"+ who {len(reply.users)}"),
    r.History: lambda reply: _messages("history", reply),
    r.SearchResult: lambda reply: _messages("search", reply),
    r.TalkingIn: lambda reply: _line(_with_rest("+ talking", reply.room or "")),
    r.Pong: lambda reply: _line(_with_rest("+ pong", reply.token)),
    r.HelpOn: _help,
    r.AccountMade: lambda reply: _line(f"+ registered {reply.nick}"),
    r.LoggedInAs: _logged_in,
    r.LoggedOff: lambda _reply: _line("+ logout"),
    r.PasswordChanged: lambda _reply: _line("+ passwd"),
    r.DropCode: lambda reply: _line(f"+ drop {reply.code} {reply.seconds}"),
    r.AccountGone: lambda reply: _line(f"+ dropped {reply.nick}"),
    r.KeyKept: lambda reply: _line(f"+ key-added {reply.fingerprint}"),
    r.KeyList: _key_list,
    r.KeyGone: lambda reply: _line(f"+ key-removed {reply.fingerprint}"),
    r.PairingCode: lambda reply: _line(f"+ code {reply.code} {reply.seconds}"),
    r.Bye: lambda _reply: _line("+ bye"),
    **moderation.REPLIES,
    **operating.REPLIES,
}
