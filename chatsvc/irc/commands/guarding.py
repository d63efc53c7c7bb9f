"""KICK and INVITE.

Sources: https://modern.ircdocs.horse/#kick-message, https://modern.ircdocs.horse/#invite-message
"""

from collections.abc import Iterator
from functools import partial
from itertools import cycle

from chatsvc.core.commands import Invite, Kick
from chatsvc.core.errors import BadNick, BadRoom, NoSuchUser, Refusal
from chatsvc.core.limits import REASON_LENGTH
from chatsvc.core.names import Nick, nick_key, parse_nick, room_key
from chatsvc.core.people import Person
from chatsvc.core.permission import invited_into
from chatsvc.core.replies import InvitationGiven, PutOut
from chatsvc.irc.asking import Ask, Step, Steps
from chatsvc.irc.channels import channel_of, room_of
from chatsvc.irc.client import Client
from chatsvc.irc.commands.joining import words_of
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.isupport import TARGETS
from chatsvc.irc.message import Message
from chatsvc.irc.numerics import (
    ERR_NEEDMOREPARAMS,
    ERR_NOSUCHNICK,
    ERR_USERNOTINCHANNEL,
    ERR_USERONCHANNEL,
    RPL_AWAY,
    RPL_ENDOFINVITELIST,
    RPL_INVITELIST,
    RPL_INVITING,
)
from chatsvc.irc.refusals import reply_to
from chatsvc.irc.replies import LONGEST_SHOWN, numeric
from chatsvc.irc.texts import plain

MOST_KICKED = int(TARGETS["KICK"])


def _kick(client: Client, message: Message) -> Iterator[Step]:
    """Put out one after the other: of one channel, or each of the channel beside it.

    "The server MUST NOT send KICK messages with multiple channels or users to clients."
    """
    channels, nicks = words_of(message.param(0)), words_of(message.param(1))
    reason = plain(message.param(2))[:REASON_LENGTH].strip()
    if not (channels and nicks):
        yield numeric(ERR_NEEDMOREPARAMS, "KICK")
        return
    pairs = zip(cycle(channels) if len(channels) == 1 else channels, nicks, strict=False)
    for channel, nick in list(pairs)[:MOST_KICKED]:
        try:
            command = Kick(room_of(channel), parse_nick(nick), reason)
        except BadNick:
            yield numeric(ERR_NOSUCHNICK, nick[:LONGEST_SHOWN])
        except Refusal as refusal:
            yield reply_to(refusal, "KICK", channel[:LONGEST_SHOWN])
        else:
            refuse = partial(_not_kicked, client, channel, command.nick)
            yield Ask(command, partial(_kicked, client, reason), channel, refuse)


def _kicked(client: Client, reason: str, reply: PutOut) -> Steps:
    """Tell who kicked; "If no comment is given, the server SHOULD use a default message"."""
    why = reason or client.shown_nick
    return (client.own("KICK", channel_of(reply.room), reply.nick, why),)


def _not_kicked(client: Client, channel: str, nick: Nick, refusal: Refusal) -> Steps:
    if not isinstance(refusal, NoSuchUser):
        return (reply_to(refusal, "KICK", channel),)
    if _person(client, nick) is None:
        return (numeric(ERR_NOSUCHNICK, nick),)
    return (numeric(ERR_USERNOTINCHANNEL, nick, channel),)


def _invite(client: Client, message: Message) -> Iterator[Step]:
    """Invite somebody; without parameters show where the client is invited."""
    if not message.params:
        for room in invited_into(client.state, client.session):
            yield numeric(RPL_INVITELIST, channel_of(room.name))
        yield numeric(RPL_ENDOFINVITELIST)
        return
    if len(message.params) == 1:
        yield numeric(ERR_NEEDMOREPARAMS, "INVITE")
        return
    shown, channel = message.param(0), message.param(1)
    try:
        nick, name = parse_nick(shown), room_of(channel)
    except BadNick:
        yield numeric(ERR_NOSUCHNICK, shown[:LONGEST_SHOWN])
        return
    except BadRoom as refusal:
        yield reply_to(refusal, "INVITE", channel[:LONGEST_SHOWN])
        return
    there, person = client.session.rooms.get(room_key(name)), _person(client, nick)
    if there is not None and person is not None and person.person_id in there.members:
        yield numeric(ERR_USERONCHANNEL, person.nick, channel_of(there.name))
        return
    refuse = partial(_not_invited, shown, channel)
    yield Ask(Invite(name, nick), partial(_invited, client), channel, refuse)


def _invited(client: Client, reply: InvitationGiven) -> Iterator[Step]:
    """Tell who invited: "RPL_INVITING [...] <client> <nick> <channel>"."""
    yield numeric(RPL_INVITING, reply.nick, channel_of(reply.room))
    person = _person(client, reply.nick)
    if person is not None and person.away is not None:
        yield numeric(RPL_AWAY, reply.nick, reason=person.away)


def _not_invited(nick: str, channel: str, refusal: Refusal) -> Steps:
    if isinstance(refusal, NoSuchUser):
        return (numeric(ERR_NOSUCHNICK, nick),)
    return (reply_to(refusal, "INVITE", channel),)


def _person(client: Client, nick: Nick) -> Person | None:
    return client.state.people.get(nick_key(nick))


COMMANDS = {
    "KICK": Verb(_kick, 2, help="KICK #channel nick,nick [:reason]"),
    "INVITE": Verb(_invite, help="INVITE [nick #channel]"),
}
