"""JOIN and PART.

Source: https://modern.ircdocs.horse/#channel-operations
"""

from collections.abc import Iterator
from functools import partial
from itertools import chain, zip_longest

from chatsvc.core.commands import JoinRoom, JoinWithPassword, LeaveRoom
from chatsvc.core.errors import AlreadyAMember, BadRoom, Refusal
from chatsvc.core.names import room_key
from chatsvc.core.replies import Entered, RoomLeft
from chatsvc.irc.asking import Ask, Step, Steps
from chatsvc.irc.channels import channel_of, room_of
from chatsvc.irc.client import Client
from chatsvc.irc.commands.arriving import arrival
from chatsvc.irc.commands.playback import replay
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.message import Message
from chatsvc.irc.refusals import reply_to
from chatsvc.irc.replies import LONGEST_SHOWN
from chatsvc.irc.texts import presentable

LEAVE_ALL = "0"
"""JOIN 0 is PART of all rooms (RFC 2812, section 3.2.1)."""


def words_of(param: str) -> list[str]:
    """Return what stands between commas, empty words left out."""
    return [word for word in param.split(",") if word]


def _join(client: Client, message: Message) -> Iterator[Step]:
    if message.params == (LEAVE_ALL,):
        for room in list(client.session.rooms.values()):
            yield Ask(LeaveRoom(room.name), partial(_left, client), channel_of(room.name))
        return
    channels = words_of(message.param(0))
    keys = message.param(1).split(",")[: len(channels)]
    for channel, key in zip_longest(channels, keys, fillvalue=""):
        yield from _join_one(client, channel, key)


def _join_one(client: Client, channel: str, key: str) -> Iterator[Step]:
    """Join one room, and make it if it is not there; who is in it is told nothing."""
    try:
        room = room_of(channel, client.state.limits.room_length)
    except BadRoom as refusal:
        yield reply_to(refusal, "JOIN", channel[:LONGEST_SHOWN])
        return
    if room_key(room) in client.session.rooms:
        return
    # A key opens a room that is there; to make one it says nothing.
    needs_key = bool(key) and room_key(room) in client.state.rooms
    command = JoinWithPassword(room, key) if needs_key else JoinRoom(room)
    yield Ask(command, partial(_entered, client), channel, partial(_not_entered, channel))


def _entered(client: Client, reply: Entered) -> Steps:
    return chain(arrival(client, reply.room), replay(client, reply.room))


def _not_entered(channel: str, refusal: Refusal) -> Steps:
    if isinstance(refusal, AlreadyAMember):
        return ()
    return (reply_to(refusal, "JOIN", channel),)


def _part(client: Client, message: Message) -> Iterator[Step]:
    reason = presentable(message.param(1))
    for channel in words_of(message.param(0)):
        try:
            room = room_of(channel)
        except BadRoom as refusal:
            yield reply_to(refusal, "PART", channel[:LONGEST_SHOWN])
            continue
        yield Ask(LeaveRoom(room, reason), partial(_left, client), channel)


def _left(client: Client, reply: RoomLeft) -> Steps:
    reason = (reply.reason,) if reply.reason else ()
    return (client.own("PART", channel_of(reply.room), *reason),)


COMMANDS = {
    "JOIN": Verb(_join, 1, help="JOIN #channel,#channel [key,key]"),
    "PART": Verb(_part, 1, help="PART #channel,#channel [:reason]"),
}
