"""What a client is told when its registration is over, and may ask for again.

    001 002 003 004 005..   251-255 265 266   375 372.. 376, or 422

"Upon successful completion of the registration process, the server MUST send" these in this
order: https://modern.ircdocs.horse/#connection-registration. No MODE follows: no user mode
is set by itself.
"""

from collections.abc import Iterator

from chatsvc.irc.asking import Step, Steps
from chatsvc.irc.client import Client
from chatsvc.irc.commands.describing import at_registration
from chatsvc.irc.commands.metadata import keep_pending
from chatsvc.irc.commands.playback import batch
from chatsvc.irc.isupport import myinfo_modes
from chatsvc.irc.message import Message
from chatsvc.irc.numerics import (
    ERR_NOMOTD,
    ERR_NOTREGISTERED,
    RPL_CREATED,
    RPL_ENDOFMOTD,
    RPL_GLOBALUSERS,
    RPL_ISUPPORT,
    RPL_LOCALUSERS,
    RPL_LUSERCHANNELS,
    RPL_LUSERCLIENT,
    RPL_LUSERME,
    RPL_LUSEROP,
    RPL_LUSERUNKNOWN,
    RPL_MOTD,
    RPL_MOTDSTART,
    RPL_MYINFO,
    RPL_WELCOME,
    RPL_YOURHOST,
)
from chatsvc.irc.replies import Reply, numeric
from chatsvc.wire.times import format_time

EXTENDED_ISUPPORT = "draft/extended-isupport"
"""With this, a client may ask for the tokens of 005 whenever it likes."""


def welcome(client: Client) -> Iterator[Step]:
    """Return everything, in its order."""
    house = client.house
    yield numeric(RPL_WELCOME, network=house.network, nick=client.shown_nick)
    yield numeric(RPL_YOURHOST, server=house.name, version=house.version)
    yield numeric(RPL_CREATED, time=format_time(house.started_at))
    yield numeric(RPL_MYINFO, house.name, house.version, *myinfo_modes())
    yield from tokens(client)
    yield from counts(client)
    yield from keep_pending(client)
    yield from at_registration(client)
    yield from message_of_the_day(client)


def tokens(client: Client) -> Iterator[Step]:
    """Return the lines of 005.

    "The server MUST group all RPL_ISUPPORT messages inside a draft/isupport batch when the batch
    and draft/extended-isupport capabilities are enabled"
    (https://ircv3.net/specs/extensions/extended-isupport).
    """
    lines = (
        Reply(RPL_ISUPPORT.number, (*words, RPL_ISUPPORT.text), is_numeric=True)
        for words in client.house.token_lines(client.shown_nick)
    )
    if client.has("batch", EXTENDED_ISUPPORT):
        yield from batch(client, map(client.finished, lines), "draft/isupport")
    else:
        yield from lines


def isupport(client: Client, _message: Message) -> Steps:
    """Show the lines of 005, before registration to those who know the capability."""
    if not (client.is_registered or client.has(EXTENDED_ISUPPORT)):
        return (numeric(ERR_NOTREGISTERED),)
    return tokens(client)


def counts(client: Client) -> Iterator[Step]:
    """Return what LUSERS shows (https://modern.ircdocs.horse/#lusers-message)."""
    house = client.house
    house.note_user()
    users, most = str(house.users), str(house.most_users)
    visible, invisible = str(house.users - house.invisible), str(house.invisible)
    yield numeric(RPL_LUSERCLIENT, visible=visible, invisible=invisible)
    yield numeric(RPL_LUSEROP, str(house.operators))
    yield numeric(RPL_LUSERUNKNOWN, str(house.unknown))
    yield numeric(RPL_LUSERCHANNELS, str(house.rooms))
    yield numeric(RPL_LUSERME, users=users)
    yield numeric(RPL_LOCALUSERS, users, most, users=users, most=most)
    yield numeric(RPL_GLOBALUSERS, users, most, users=users, most=most)


def message_of_the_day(client: Client) -> Iterator[Step]:
    """Return the message of the day, or that there is none."""
    lines = client.house.motd
    if not lines:
        yield numeric(ERR_NOMOTD)
        return
    yield numeric(RPL_MOTDSTART, server=client.house.name)
    for line in lines:
        yield numeric(RPL_MOTD, line=line)
    yield numeric(RPL_ENDOFMOTD)
