"""How a connection begins and ends: PASS NICK USER PING PONG QUIT.

Source: https://modern.ircdocs.horse/#connection-messages
"""

from collections.abc import Iterator
from functools import partial
from itertools import chain

from chatsvc.core.commands import Quit, SetNick
from chatsvc.core.errors import Refusal
from chatsvc.core.events import Renamed
from chatsvc.core.names import Nick, parse_nick
from chatsvc.core.permission import muted_in
from chatsvc.core.replies import NickIs
from chatsvc.core.text import printable
from chatsvc.irc.asking import Ask, End, Step, Steps, closing
from chatsvc.irc.client import Client
from chatsvc.irc.commands.presence import away_from_the_beginning
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.commands.welcoming import welcome
from chatsvc.irc.encode.people import nick_line
from chatsvc.irc.isupport import REALNAME_LENGTH
from chatsvc.irc.message import Message
from chatsvc.irc.numerics import (
    ERR_ALREADYREGISTERED,
    ERR_NEEDMOREPARAMS,
    ERR_NONICKNAMEGIVEN,
    ERR_NOORIGIN,
    ERR_PASSWDMISMATCH,
    ERR_SASLABORTED,
)
from chatsvc.irc.refusals import reply_to
from chatsvc.irc.replies import LONGEST_SHOWN, numeric
from chatsvc.irc.sources import user_name
from chatsvc.irc.texts import presentable

QUIT_REASON = "Quit"
"""Why who gave no reason has gone."""


# Registration


def _pass(client: Client, message: Message) -> Steps:
    if client.is_registered:
        return (numeric(ERR_ALREADYREGISTERED),)
    client.registration.password = message.param(0)
    return ()


def _user(client: Client, message: Message) -> Iterator[Step]:
    """Take the user name: "The minimum length of <username> is 1"."""
    if client.is_registered:
        yield numeric(ERR_ALREADYREGISTERED)
        return
    user, realname = message.param(0), message.param(3)
    if not user or not realname:
        yield numeric(ERR_NEEDMOREPARAMS, message.command)
        return
    client.registration.user = user_name(user)
    client.registration.realname = presentable(realname)[:REALNAME_LENGTH]
    yield from try_registering(client)


def _nick(client: Client, message: Message) -> Iterator[Step]:
    """Take or change a nick; before registration look only whether it can be had."""
    wanted = message.param(0)
    if not wanted:
        yield numeric(ERR_NONICKNAMEGIVEN)
        return
    target = wanted[:LONGEST_SHOWN]
    try:
        nick = parse_nick(wanted, client.state.limits.nick_length)
        if not client.is_registered:
            client.registration.wanted = nick
            _check_can_be_had(client, nick)
    except Refusal as refusal:
        yield reply_to(refusal, message.command, target)
        return
    if client.is_registered:
        old = client.nick or nick
        yield Ask(SetNick(nick, may_differ=True), partial(_renamed, client, old), target)
    else:
        client.registration.nick = nick
        yield from try_registering(client)


def _check_can_be_had(client: Client, nick: Nick) -> None:
    """Make sure that nobody else has a nick; raise `NickTaken` or `NickRegistered`.

    The nick of an account is taken for now where the client may log in to it before CAP END.
    """
    if client.registration.is_negotiating and client.state.account_called(nick) is not None:
        return
    client.state.check_free(nick, client.session)


def _renamed(client: Client, old: Nick, reply: NickIs) -> Iterator[Step]:
    """Show the client its new nick; a nick that it had already is answered with nothing."""
    if reply.nick != old:
        event = Renamed(client.session.session_id, old, reply.nick, client.house.now())
        yield nick_line(event, client.scribe)


def try_registering(client: Client) -> Iterator[Step]:
    """Ask the core for the nick, if all is there that registration needs.

    "If the password supplied does not match [...] the server SHOULD send ERR_PASSWDMISMATCH
    and MUST close the connection with ERROR" (https://modern.ircdocs.horse/#pass-message).
    "If the client completes registration [...] while the SASL authentication is still in progress,
    the server SHOULD abort it and send a 906 numeric" (https://ircv3.net/specs/extensions/sasl-3.1).
    """
    registration = client.registration
    if not registration.is_ready or registration.nick is None:
        return
    if not registration.knows(client.house.password):
        yield numeric(ERR_PASSWDMISMATCH)
        yield End("Password incorrect")
        return
    registration.has_asked = True
    if client.login is not None:
        client.login = None
        yield numeric(ERR_SASLABORTED)
    client.session.user = registration.user
    client.session.realname = registration.realname
    nick = registration.nick
    command = SetNick(nick, may_differ=True)
    yield Ask(command, partial(_named, client), nick, partial(_not_named, client, nick))


def _named(client: Client, _reply: NickIs) -> Steps:
    client.registration.is_done = True
    client.house.note_user()
    return chain(welcome(client), away_from_the_beginning(client))


def _not_named(client: Client, nick: Nick, refusal: Refusal) -> Steps:
    """Wait for another nick: somebody was quicker."""
    client.registration.has_asked = False
    client.registration.nick = None
    return (reply_to(refusal, "NICK", nick),)


# Signs of life, and the end


def _ping(client: Client, message: Message) -> Steps:
    """Answer, after all that was asked before: "the <token> is the one from the PING"."""
    if not message.params or not message.param(0):
        return (numeric(ERR_NOORIGIN),)
    return (client.scribe.from_server("PONG", client.house.name, printable(message.param(0))),)


def _pong(_client: Client, _message: Message) -> Steps:
    return ()


def _quit(client: Client, message: Message) -> Steps:
    """Leave: "The server acknowledges this by sending an ERROR message" (RFC 2812).

    Who is muted in a room gives no reason: it would be read there.
    """
    reason = presentable(message.param(0))
    if muted_in(client.session, client.house.now()) is not None:
        reason = ""
    return quitting(f"{QUIT_REASON}: {reason}" if reason else QUIT_REASON)


def quitting(reason: str) -> Steps:
    """Return what ends a session, and its connection, for a reason that others see."""
    return (Ask(Quit(reason), lambda _reply: (closing(reason),)),)


COMMANDS = {
    "PASS": Verb(_pass, 1, is_open=True, help="PASS password"),
    "NICK": Verb(_nick, is_open=True, help="NICK nick"),
    "USER": Verb(_user, 4, is_open=True, help="USER name 0 * :real name"),
    "PING": Verb(_ping, is_open=True, help="PING token"),
    "PONG": Verb(_pong, is_open=True, help="PONG token"),
    "QUIT": Verb(_quit, is_open=True, help="QUIT [:reason]"),
}
