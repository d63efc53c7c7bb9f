"""OPER, KILL, WALLOPS, REHASH, DIE: what operators of the server do.

Who is an operator by the account it is logged in to needs no OPER. Source:
https://modern.ircdocs.horse/#operator-messages
"""

from collections.abc import Iterator
from functools import partial

from chatsvc.core.commands import Kill, Operate, Reload, ShutDown, TellOperators
from chatsvc.core.errors import BadNick, Refusal
from chatsvc.core.names import parse_nick
from chatsvc.core.replies import OperatorIs, ReloadDone
from chatsvc.core.text import check_text
from chatsvc.irc.asking import Ask, Step, Steps
from chatsvc.irc.client import Client
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.message import Message
from chatsvc.irc.numerics import (
    ERR_CANTKILLSERVER,
    ERR_NOPRIVILEGES,
    ERR_NOSUCHNICK,
    ERR_PASSWDMISMATCH,
    RPL_REHASHING,
    RPL_YOUREOPER,
)
from chatsvc.irc.refusals import reply_to
from chatsvc.irc.replies import LONGEST_SHOWN, Refused, numeric
from chatsvc.irc.texts import plain, presentable

FILES = "files"
"""What is read again."""


def _oper(client: Client, message: Message) -> Steps:
    """Become an operator: "If the user is successful [...] RPL_YOUREOPER", and mode +o."""
    try:
        name = parse_nick(message.param(0))
    except BadNick:
        return (numeric(ERR_PASSWDMISMATCH),)
    return (Ask(Operate(name, message.param(1)), partial(_is_oper, client)),)


def _is_oper(client: Client, _reply: OperatorIs) -> Steps:
    return (numeric(RPL_YOUREOPER), client.own("MODE", client.shown_nick, "+o"))


def _kill(client: Client, message: Message) -> Steps:
    """End the connections of somebody; "ERR_NOPRIVILEGES" for who is no operator."""
    _check_operator(client)
    who = message.param(0)
    if who.lower() == client.house.name.lower():
        return (numeric(ERR_CANTKILLSERVER),)
    try:
        nick = parse_nick(who)
    except BadNick:
        return (numeric(ERR_NOSUCHNICK, who[:LONGEST_SHOWN]),)
    return (Ask(Kill(nick, presentable(message.param(1))), target=who),)


def _wallops(client: Client, message: Message) -> Iterator[Step]:
    """Say something to the operators; "Servers MAY send WALLOPS only to operators"."""
    _check_operator(client)
    try:
        yield Ask(TellOperators(check_text(plain(message.param(0)))))
    except Refusal as refusal:
        yield reply_to(refusal, "WALLOPS")


def _rehash(client: Client, _message: Message) -> Steps:
    _check_operator(client)
    return (Ask(Reload(), _reloaded),)


def _reloaded(_reply: ReloadDone) -> Steps:
    return (numeric(RPL_REHASHING, FILES),)


def _die(client: Client, message: Message) -> Steps:
    _check_operator(client)
    return (Ask(ShutDown(presentable(message.param(0)))),)


def _check_operator(client: Client) -> None:
    """Make sure that who asks is an operator: nobody else learns whether anybody is here."""
    person = client.session.person
    if person is None or not person.is_operator:
        raise Refused(numeric(ERR_NOPRIVILEGES))


COMMANDS = {
    "OPER": Verb(_oper, 2, help="OPER name password"),
    "KILL": Verb(_kill, 1, help="KILL nick :reason"),
    "WALLOPS": Verb(_wallops, 1, help="WALLOPS :text"),
    "REHASH": Verb(_rehash, help="REHASH"),
    "DIE": Verb(_die, help="DIE [:reason]"),
}
