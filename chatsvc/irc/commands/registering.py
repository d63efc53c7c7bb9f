"""REGISTER and VERIFY: make an account of one's nick.

Source: https://ircv3.net/specs/extensions/account-registration
"""

from collections.abc import Iterator
from functools import partial

from chatsvc.core.commands import Register
from chatsvc.core.errors import Refusal
from chatsvc.core.names import Nick, nick_key
from chatsvc.core.replies import AccountMade
from chatsvc.irc.asking import Ask, Step, Steps
from chatsvc.irc.client import Client
from chatsvc.irc.commands.accounts import logged_in
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.house import BEFORE_CONNECT, REGISTRATION
from chatsvc.irc.message import Message
from chatsvc.irc.refusals import reply_to
from chatsvc.irc.replies import LONGEST_SHOWN, NOTHING_GIVEN, Reply, failure


def _register(client: Client, message: Message) -> Iterator[Step]:
    """Register the nick that one has, or before registration is over, asks for.

    "If <account> is *, then this value is the user's current nickname." No mail is ever sent, so
    an address is not kept.
    """
    account, password = message.param(0), message.param(2)
    shown = account[:LONGEST_SHOWN]
    if client.session.account is not None:
        yield _refused("ALREADY_AUTHENTICATED", shown, "You are logged in already.")
        return
    if not client.is_registered and not _may_come_first(client):
        yield _refused("COMPLETE_CONNECTION_REQUIRED", shown, "Finish connecting first.")
        return
    nick = client.nick or client.registration.wanted
    if nick is None:
        yield _refused("NEED_NICK", shown, "Say NICK first: an account has the name of a nick.")
    elif account != NOTHING_GIVEN and not _is(account, nick):
        yield _refused("ACCOUNT_NAME_MUST_BE_NICK", shown, "An account has the name of your nick.")
    else:
        command = Register(password, None if client.is_registered else nick)
        yield Ask(command, partial(_registered, client), refuse=partial(_not_registered, shown))


def _may_come_first(client: Client) -> bool:
    """Tell whether a client may register before its registration here is over.

    Not who has not said the password of the server, without which nobody comes in.
    """
    house = client.house
    is_offered = house.offered.get(REGISTRATION) == BEFORE_CONNECT
    return is_offered and client.registration.knows(house.password)


def _is(account: str, nick: Nick) -> bool:
    return nick_key(Nick(account)) == nick_key(nick)


def _registered(client: Client, reply: AccountMade) -> Steps:
    return (Reply("REGISTER", ("SUCCESS", reply.nick, "You are registered")), logged_in(client))


def _not_registered(account: str, refusal: Refusal) -> Steps:
    return (reply_to(refusal, "REGISTER", account),)


def _refused(code: str, account: str, why: str, command: str = "REGISTER") -> Reply:
    return failure(command, code, account, text=why)


def _verify(client: Client, message: Message) -> Steps:
    """Refuse: nothing ever waits to be verified."""
    account = message.param(0)[:LONGEST_SHOWN]
    if client.session.account is not None:
        return (_refused("ALREADY_AUTHENTICATED", account, "You are logged in.", "VERIFY"),)
    return (_refused("INVALID_CODE", account, "No account waits for a code here.", "VERIFY"),)


COMMANDS = {
    "REGISTER": Verb(_register, 3, is_open=True, help="REGISTER */nick * :password"),
    "VERIFY": Verb(_verify, 2, is_open=True, help="VERIFY account code"),
}
