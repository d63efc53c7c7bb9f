"""Messages of the past as lines, in a batch where the client knows batches; and read markers.

Sources: https://ircv3.net/specs/batches/chathistory,
https://ircv3.net/specs/extensions/read-marker
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import attrs

from chatsvc.core.commands import ReadHistory, ShowMarker
from chatsvc.core.conversations import guest_in, is_direct, peer_in
from chatsvc.core.events import Happened, Said, more_of
from chatsvc.core.manner import Manner
from chatsvc.core.names import Nick, RoomName, nick_key, room_key
from chatsvc.core.replies import History, MarkerIs
from chatsvc.irc.asking import Ask, Line, Step, Steps
from chatsvc.irc.channels import channel_of
from chatsvc.irc.client import Client
from chatsvc.irc.encode import encode
from chatsvc.irc.labels import within
from chatsvc.irc.message import LINE_BYTES, Message, Written, format_message, read_back
from chatsvc.irc.msgids import direct_msgid
from chatsvc.irc.sources import UNKNOWN, Source
from chatsvc.irc.texts import DELIMITER
from chatsvc.wire.times import format_time

CHATHISTORY = "draft/chathistory"
EVENT_PLAYBACK = "draft/event-playback"
"""With this, a client is shown in history what happened beside what was said."""

READ_MARKER = "draft/read-marker"

HISTORY = "chathistory"
"""The type of a batch of messages."""

NO_MARKER = "*"
"""What stands for a marker that is not known."""

GUEST_USER = "guest"
"""The user name of a guest who said something once."""

OF_WHO_IS_HERE = frozenset({"account", "bot"})
"""Tags that tell of who has a nick now."""

_REFERENCE = "h"
"""The reference of these batches: answers are whole, so no two of them are open."""

_HOUR_AND_MINUTE = slice(11, 16)


def target_of(client: Client, room: RoomName) -> str:
    """Return what IRC calls a room, or a conversation: the nick of the other.

    That of a guest has `~` in front where the nick alone means an account by now.
    """
    if not is_direct(room):
        return channel_of(room)
    guest = guest_in(room)
    if guest is None or client.state.account_called(guest) is not None:
        return peer_in(room)
    return guest


# Messages of the past


def batch(
    client: Client, lines: Iterable[Message | Written], kind: str, *params: str
) -> Iterator[Line]:
    """Return lines as a batch, "an empty batch" too; bare for a client without batches."""
    yield from _opened(client, kind, *params)
    yield from (_inside(client, line) for line in lines)
    yield from ended(client)


def _opened(client: Client, kind: str, *params: str) -> Iterator[Line]:
    if client.has("batch"):
        yield Message("BATCH", (f"+{_REFERENCE}", kind, *params), client.house.name)


def _inside(client: Client, line: Message | Written) -> Message | Written:
    return within(line, _REFERENCE) if client.has("batch") else line


def begun(client: Client, target: str) -> Iterator[Line]:
    """Return what begins the batch of the history of `target`."""
    return _opened(client, HISTORY, target)


def ended(client: Client) -> Iterator[Line]:
    """Return what ends a batch."""
    if client.has("batch"):
        yield Message("BATCH", (f"-{_REFERENCE}",), client.house.name)


def played_back(client: Client, entry: Said | Happened) -> Iterator[Line]:
    """Return the lines of an entry in a batch of history, as it was sent when it was new.

    "The msgid tag [...] MUST be the msgid tag as originally sent by the IRC server."
    """
    return (_inside(client, line) for line in _lines(client, entry))


def _lines(client: Client, entry: Said | Happened) -> Sequence[Message | Written]:
    """Return an entry as lines; tags alone, like what happened, for those who want such things."""
    if type(entry) is Said and not is_direct(entry.room):
        data = encode(entry, client.scribe)
        # As nearly always; what is one line is in no batch of its own.
        return [Written(data)] if data.count(b"\n") == 1 else read_back(data)
    return _messages(client, entry)


def _messages(client: Client, entry: Said | Happened) -> list[Message]:
    more = None if isinstance(entry, Happened) else more_of(entry)
    if more is not None and more.manner is Manner.TAGS and not client.has(EVENT_PLAYBACK):
        return []
    lines = read_back(encode(entry, client.scribe))
    if isinstance(entry, Happened) or not is_direct(entry.room):
        return lines
    return [_as_direct(client, entry, line) for line in lines]


def _as_direct(client: Client, said: Said, line: Message) -> Message:
    """Return the line of a direct message, which was written like one of a room.

    What a guest said is shown as from a guest, whoever has the nick by now.
    """
    guest, own = guest_in(said.room), client.nick or Nick("")
    peer = peer_in(said.room) if guest is None else guest
    is_from_peer = nick_key(said.nick) == nick_key(peer)
    target = own if is_from_peer else peer
    params = (target if param == channel_of(said.room) else param for param in line.params)
    tags = dict(line.tags)
    if "msgid" in tags:
        tags["msgid"] = direct_msgid(said.room_id, said.number)
    source = line.source
    if guest is not None and is_from_peer and line.command != "BATCH":
        source = str(Source(said.nick, GUEST_USER, UNKNOWN))
    if guest is not None and is_from_peer:
        tags = {name: value for name, value in tags.items() if name not in OF_WHO_IS_HERE}
    return attrs.evolve(line, params=tuple(params), tags=tags, source=source)


# What who comes in is shown


def replay(client: Client, room: RoomName) -> Steps:
    """Show a client that cannot ask for them the last messages of a room it has come into.

    "if a client requests this capability, the server [...] SHOULD NOT play back any history
    that would otherwise be sent automatically" (chathistory).
    """
    there = client.state.rooms.get(room_key(room))
    count = client.house.replayed
    if there is None or not there.last or not count or client.has(CHATHISTORY):
        return ()
    # What is said from now on comes by itself.
    command = ReadHistory(room, count, before=there.last + 1)
    return (Ask(command, partial(_replayed, client), refuse=lambda _refusal: ()),)


def _replayed(client: Client, reply: History) -> Iterator[Step]:
    if reply.messages:
        lines = (
            _timed(client, format_time(said.at)[_HOUR_AND_MINUTE], line)
            for said in reply.messages
            for line in _messages(client, said)
        )
        yield from batch(client, lines, HISTORY, channel_of(reply.room))


def _timed(client: Client, time: str, line: Message) -> Message:
    """Return a line with its time in front of its text, if there is no other place for it.

    Not one that would become too long by it.
    """
    if "server-time" in client.enabled or line.command != "PRIVMSG":
        return line
    text = line.params[1]
    timed = attrs.evolve(line, params=(line.params[0], f"[{time}] {text}"))
    size = len(format_message(timed.command, timed.params, timed.source))
    is_shown = not text.startswith(DELIMITER) and size < LINE_BYTES
    return timed if is_shown else line


# Read markers


def own_marker(client: Client, room: RoomName) -> Message:
    """Return the line about up to when the client's person has read a room."""
    person = client.session.person
    at = None if person is None else client.state.markers.of(person, room_key(room))
    return marker_line(client, room, at)


def noted_marker(client: Client, room: RoomName) -> Steps:
    """Ask for the marker of a room that came with a login, where none is known offhand."""
    account, person = client.session.account, client.session.person
    if not client.has(READ_MARKER) or account is None or person is None:
        return ()
    if client.state.markers.of(person, room_key(room)) is not None:
        return ()
    show = partial(_noted, client)
    return (Ask(ShowMarker(room), show, refuse=lambda _refusal: ()),)


def _noted(client: Client, reply: MarkerIs) -> Steps:
    return () if reply.at is None else (marker_line(client, reply.room, reply.at),)


def marker_line(client: Client, room: RoomName, at: int | None) -> Message:
    """Return `MARKREAD target timestamp=...`, with `*` for one that is not known."""
    shown = NO_MARKER if at is None else f"timestamp={format_time(at)}"
    return client.scribe.from_server("MARKREAD", target_of(client, room), shown)
