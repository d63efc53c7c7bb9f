"""What one client is told in a way of its own: what concerns itself, or is for it alone."""

from collections.abc import Callable
from itertools import chain
from typing import Any

import attrs

from chatsvc.core.conversations import is_direct, peer_in
from chatsvc.core.events import (
    AccountDropped,
    Appeared,
    CameBack,
    Edited,
    Event,
    GuestMetadataSet,
    Joined,
    LoggedIn,
    MarkerSet,
    MetadataSet,
    RealnameSet,
    Redacted,
    Resumed,
    Reworded,
    RoomDeleted,
    RoomMetadataSet,
    RoomRenamed,
    Said,
    SaidMore,
    ServerClosing,
    SourceChanged,
    Told,
    Vanished,
    WentAway,
)
from chatsvc.core.names import Nick, nick_key, room_key
from chatsvc.core.permission import shares_room
from chatsvc.core.replies import WHOLE
from chatsvc.irc.asking import Line, Steps, closing
from chatsvc.irc.channels import channel_of
from chatsvc.irc.client import Client
from chatsvc.irc.commands.accounts import logged_out
from chatsvc.irc.commands.arriving import arrival
from chatsvc.irc.commands.describing import changed
from chatsvc.irc.commands.monitoring import appeared, vanished
from chatsvc.irc.commands.names import names
from chatsvc.irc.commands.playback import READ_MARKER, marker_line, noted_marker, replay
from chatsvc.irc.commands.renaming import renamed
from chatsvc.irc.encode import encode
from chatsvc.irc.encode.talk import edited, redacted, speech_lines, speech_of, told

Telling = Callable[[Client, Any], Steps | bytes]
"""Returns what a client is told of an event: steps, or bytes."""

ROOM_GONE = "The room was removed"
"""Why everybody is put out of a room that was deleted."""


def tell(client: Client, event: Event) -> Steps | bytes:
    """Return what a client is told of an event; an `Ask` among it is asked when there is time."""
    telling = TELLINGS.get(type(event))
    return encode(event, client.scribe) if telling is None else telling(client, event)


def _joined(client: Client, event: Joined) -> Steps | bytes:
    """Tell of a join; of the client's own, which it did not ask for, like one it did."""
    is_own = client.nick is not None and nick_key(client.nick) == nick_key(event.nick)
    if not is_own:
        return encode(event, client.scribe)
    room = event.room
    return chain(arrival(client, room), replay(client, room), noted_marker(client, room))


def _marked(client: Client, event: MarkerSet) -> Steps:
    """Tell that another session of the same person has read something.

    "the server SHOULD send a MARKREAD command for that target to all the clients of the user."
    """
    if not client.has(READ_MARKER):
        return ()
    return (marker_line(client, event.room, event.at),)


def _told(client: Client, event: Told) -> bytes:
    target = (event.target or "") if event.is_copy else client.shown_nick
    return told(event, client.scribe, target)


def _said(client: Client, event: Said) -> Steps | bytes:
    """Tell of a message; of one in a conversation as from the one to the other of the two.

    It is kept under the names of their accounts, and shown under the nicks that they have.
    """
    if not is_direct(event.room):
        return encode(event, client.scribe)
    speech = speech_of(event, _target(client, event))
    return speech_lines(attrs.evolve(speech, nick=_speaker(client, event)), client.scribe)


def _redacted(client: Client, event: Redacted) -> Steps | bytes:
    if not is_direct(event.room):
        return encode(event, client.scribe)
    shown = attrs.evolve(event, nick=_speaker(client, event))
    return redacted(shown, client.scribe, _target(client, event))


def _edited(client: Client, event: Edited) -> Steps | bytes:
    if not is_direct(event.room):
        return encode(event, client.scribe)
    shown = attrs.evolve(event, nick=_speaker(client, event))
    return edited(shown, client.scribe, _target(client, event))


def _speaker(client: Client, event: Said | Redacted | Edited) -> Nick:
    """Return the nick of who did something in a conversation, where it is kept by account."""
    return client.state.nick_of_owner(event.nick)


def _target(client: Client, event: Said | Redacted | Edited) -> str:
    """Return for whom something in a conversation is: the client, or whom it is with."""
    peer = peer_in(event.room)
    if nick_key(event.nick) == nick_key(peer):
        return client.shown_nick
    return client.state.nick_of_owner(peer)


def _deleted(client: Client, event: RoomDeleted) -> Steps:
    """Put the client out of a room that is gone, as by who removed it."""
    params = (channel_of(event.room), client.shown_nick, ROOM_GONE)
    if event.nick is None:
        return (client.scribe.from_server("KICK", *params),)
    return (client.scribe.by(event.nick, "KICK", *params, at=event.at),)


def _resumed(client: Client, event: Resumed) -> Steps:
    """Show who is in a room, since the client may have missed who came and went.

    Not in a large one: the list would put the reader behind again.
    """
    room = client.state.rooms.get(room_key(event.room))
    if room is None or len(room.members) > WHOLE:
        return ()
    return names(client, room.name)


def _appeared(client: Client, event: Appeared) -> Steps:
    return appeared(client, event.nick)


def _vanished(client: Client, event: Vanished) -> Steps:
    return vanished(client, event.nick)


def _of_somebody(client: Client, event: WentAway | CameBack | RealnameSet | SourceChanged) -> bytes:
    """Tell of somebody whom the client shares a room with, or waits for, if it asked for both.

    With `extended-monitor` "the server MUST send [...] to a client monitoring" somebody what it
    sends to those who share a room with them.
    """
    return _of_nick(client, event.nick, event)


def _logged_in(client: Client, event: LoggedIn) -> bytes:
    session = client.state.sessions.get(event.session)
    nick = None if session is None else session.nick
    return b"" if nick is None else _of_nick(client, nick, event)


def _account_dropped(client: Client, event: AccountDropped) -> Steps | bytes:
    """Tell of somebody who is a guest now; the client may be another connection of theirs."""
    if event.nick is None:
        return b""
    if event.nick == client.nick:
        return (logged_out(client.mask),)
    return _of_nick(client, event.nick, event)


def _of_nick(client: Client, nick: Nick, event: Event) -> bytes:
    if not (client.has("extended-monitor") or _is_neighbour(client, nick)):
        return b""
    return encode(event, client.scribe)


def _is_neighbour(client: Client, nick: Nick) -> bool:
    own, person = client.session.person, client.state.people.get(nick_key(nick))
    return own is not None and person is not None and (own is person or shares_room(own, person))


def _closing(_client: Client, event: ServerClosing) -> tuple[Line, ...]:
    return (closing(event.text),)


TELLINGS: dict[type[Any], Telling] = {
    Joined: _joined,
    MarkerSet: _marked,
    Told: _told,
    Said: _said,
    SaidMore: _said,
    Reworded: _said,
    Redacted: _redacted,
    Edited: _edited,
    RoomDeleted: _deleted,
    RoomRenamed: renamed,
    MetadataSet: changed,
    GuestMetadataSet: changed,
    RoomMetadataSet: changed,
    Resumed: _resumed,
    ServerClosing: _closing,
    Appeared: _appeared,
    Vanished: _vanished,
    LoggedIn: _logged_in,
    AccountDropped: _account_dropped,
    WentAway: _of_somebody,
    CameBack: _of_somebody,
    RealnameSet: _of_somebody,
    SourceChanged: _of_somebody,
}
"""What is told in a way of its own."""
