"""RENAME: give a room another name.

    RENAME #old #new [:reason]

Clients without the capability are told that they left the one and came into the other. The
old name is free at once: nobody is led from it to the new one. Source:
https://ircv3.net/specs/extensions/channel-rename
"""

from collections.abc import Iterator
from functools import partial

from chatsvc.core.commands import RenameRoom
from chatsvc.core.errors import BadRoom, Refusal
from chatsvc.core.events import RoomRenamed
from chatsvc.core.limits import REASON_LENGTH
from chatsvc.core.names import Nick, RoomName, room_key
from chatsvc.core.replies import WHOLE, RoomNameIs
from chatsvc.core.text import printable
from chatsvc.irc.asking import Ask, Step, Steps
from chatsvc.irc.channels import channel_of, room_of
from chatsvc.irc.client import Client
from chatsvc.irc.commands.arriving import arrival
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.message import Message
from chatsvc.irc.refusals import reply_to
from chatsvc.irc.replies import LONGEST_SHOWN
from chatsvc.irc.texts import plain

CAPABILITY = "draft/channel-rename"
COMMAND = "RENAME"


def _rename(client: Client, message: Message) -> Iterator[Step]:
    old, new = (message.param(place)[:LONGEST_SHOWN] for place in (0, 1))
    refuse = partial(_refused, old, new)
    reason = printable(plain(message.param(2)))[:REASON_LENGTH].strip()
    try:
        room = room_of(message.param(0))
        name = room_of(message.param(1), client.state.limits.room_length)
    except BadRoom as refusal:
        yield from refuse(refusal)
        return
    yield Ask(RenameRoom(room, name, reason), partial(_done, client), refuse=refuse)


def _refused(old: str, new: str, refusal: Refusal) -> Steps:
    return (reply_to(refusal, COMMAND, old, (old, new)),)


def _done(client: Client, reply: RoomNameIs) -> Steps:
    """Show the client what it has done; nothing where the room was called so already.

    One who is not in the room, as an operator of the server may be, is told it all the same.
    """
    if reply.room == reply.new:
        return ()
    nick = client.nick or Nick("")
    if room_key(reply.new) not in client.session.rooms:
        return (_line(client, nick, reply.room, reply.new, reply.reason),)
    event = RoomRenamed(reply.room, client.house.now(), nick, reply.new, 0, reply.reason)
    return renamed(client, event)


def renamed(client: Client, event: RoomRenamed) -> Iterator[Step]:
    """Return what a member is told: a RENAME, or else PART and JOIN.

    "This fallback SHOULD NOT be used if the rename only changes the case of the channel name".
    """
    if client.has(CAPABILITY):
        yield _line(client, event.nick, event.room, event.new, event.reason, event.at)
        return
    old, new = channel_of(event.room), channel_of(event.new)
    if _ascii_lower(old) == _ascii_lower(new):
        return
    yield client.own("PART", old, event.reason) if event.reason else client.own("PART", old)
    there = client.state.rooms.get(room_key(event.new))
    if there is not None:
        # All members get this at once: of a large room not the list of members as well.
        yield from arrival(client, event.new, has_names=len(there.members) <= WHOLE)


def _line(
    client: Client, nick: Nick, room: RoomName, new: RoomName, reason: str, at: int = 0
) -> Message:
    """Return the line: "The server to client command MUST always include the third parameter"."""
    return client.scribe.by(nick, COMMAND, channel_of(room), channel_of(new), reason, at=at)


def _ascii_lower(channel: str) -> str:
    """Return a name as CASEMAPPING compares it."""
    return channel.encode().lower().decode()


COMMANDS = {COMMAND: Verb(_rename, 2, help="RENAME #old #new [:reason]")}
