"""MODE: what is set in a room, and of a user; shown so far, not changed.

Source: https://modern.ircdocs.horse/#mode-message
"""

from collections.abc import Iterator
from functools import partial

from chatsvc.core.commands import DescribeRoom
from chatsvc.core.kinds import Door, Kind
from chatsvc.core.names import room_key
from chatsvc.core.replies import RoomDetails
from chatsvc.irc.asking import Ask, Step, Steps
from chatsvc.irc.channels import channel_of, is_channel, room_of
from chatsvc.irc.client import Client
from chatsvc.irc.commands.user_modes import mode_of_user
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.message import Message
from chatsvc.irc.modes import ANY_KEY
from chatsvc.irc.numerics import (
    ERR_UNKNOWNERROR,
    RPL_CHANNELMODEIS,
    RPL_CREATIONTIME,
)
from chatsvc.irc.replies import numeric

NOT_YET = "Modes cannot be changed here yet."


def _mode(client: Client, message: Message) -> Steps:
    target = message.param(0)
    if is_channel(target):
        return _of_room(client, message)
    return mode_of_user(client, message)


def _of_room(client: Client, message: Message) -> Iterator[Step]:
    channel = message.param(0)
    if len(message.params) > 1:
        yield numeric(ERR_UNKNOWNERROR, message.command, sentence=NOT_YET)
        return
    yield Ask(DescribeRoom(room_of(channel)), partial(_shown, client), channel)


def _shown(client: Client, reply: RoomDetails) -> Iterator[Step]:
    """Show what is set; the key itself is known to nobody."""
    room = client.state.rooms[room_key(reply.summary.room)]
    channel = channel_of(room.name)
    yield numeric(RPL_CHANNELMODEIS, channel, *modes_of(room.kind))
    yield numeric(RPL_CREATIONTIME, channel, str(room.created_at // 1000))


def modes_of(kind: Kind) -> tuple[str, ...]:
    """Return the modes that are a room's settings, and their parameters.

    `n` is always so: who is not in a room says nothing there.
    """
    letters = {
        "i": kind.door is Door.INVITATION,
        "k": kind.door is Door.PASSWORD,
        "m": kind.announce,
        "n": True,
        "s": not kind.listed,
    }
    shown = "".join(letter for letter, is_set in letters.items() if is_set)
    return (f"+{shown}", ANY_KEY) if letters["k"] else (f"+{shown}",)


COMMANDS = {
    "MODE": Verb(_mode, 1, help="MODE #channel / nick"),
}
