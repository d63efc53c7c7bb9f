"""AWAY and SETNAME: what somebody says of themselves.

Sources: https://modern.ircdocs.horse/#away-message, https://ircv3.net/specs/extensions/setname
"""

from functools import partial

from chatsvc.core.commands import SetAway, SetBack, SetRealname
from chatsvc.core.errors import Refusal
from chatsvc.core.replies import RealnameIs
from chatsvc.core.text import check_text
from chatsvc.irc.asking import Ask, Steps
from chatsvc.irc.client import Client
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.isupport import REALNAME_LENGTH, TEXT_LENGTH
from chatsvc.irc.message import Message, cut
from chatsvc.irc.numerics import ERR_NOTREGISTERED, RPL_NOWAWAY, RPL_UNAWAY
from chatsvc.irc.replies import Reply, failure, numeric
from chatsvc.irc.texts import plain

PRE_AWAY = "draft/pre-away"
"""With this, a client may say that it is away before its registration is over."""

ABSENT = "*"
"""The reason of a client behind which nobody sits."""


def _away(client: Client, message: Message) -> Steps:
    """Be away with a reason, or back without one.

    "If the capability has been negotiated, servers MUST accept the AWAY command before
    connection registration has completed" (https://ircv3.net/specs/extensions/pre-away).
    """
    reason = cut(plain(message.param(0)).encode(), TEXT_LENGTH).decode()
    answer = numeric(RPL_NOWAWAY) if reason else numeric(RPL_UNAWAY)
    if not client.is_registered:
        if not client.has(PRE_AWAY):
            return (numeric(ERR_NOTREGISTERED),)
        client.registration.away = check_text(reason) if reason else ""
        return (answer,)
    if not reason:
        return (Ask(SetBack(), lambda _reply: (answer,)),)
    if _makes_no_difference(client, reason):
        return (answer,)
    return (Ask(SetAway(check_text(reason)), lambda _reply: (answer,)),)


def away_from_the_beginning(client: Client) -> Steps:
    """Let a client be away that said so before its registration was over."""
    reason = client.registration.away
    if not reason or _makes_no_difference(client, reason):
        return ()
    return (Ask(SetAway(reason), lambda _reply: (), refuse=lambda _refusal: ()),)


def _makes_no_difference(client: Client, reason: str) -> bool:
    """Tell whether a client says that nobody sits there, and others of the same person are here.

    "an away message of * should be treated as though the connection did not exist at all".
    """
    person = client.session.person
    return reason == ABSENT and person is not None and len(person.sessions) > 1


def _setname(client: Client, message: Message) -> Steps:
    """Take another real name.

    "If the server rejects the realname as a result of a validation failure, it MUST send a FAIL
    message with the INVALID_REALNAME code"; for other reasons CANNOT_CHANGE_REALNAME.
    """
    realname = plain(message.param(0)).strip()
    try:
        if not realname or len(realname) > REALNAME_LENGTH:
            return (_invalid(f"A real name has 1 to {REALNAME_LENGTH} characters."),)
        checked = check_text(realname)
    except Refusal as refusal:
        return (_invalid(refusal.sentence),)
    return (Ask(SetRealname(checked), partial(_renamed, client), refuse=_not_renamed),)


def _invalid(sentence: str) -> Reply:
    return failure("SETNAME", "INVALID_REALNAME", text=sentence)


def _renamed(client: Client, reply: RealnameIs) -> Steps:
    """Confirm it: "they MUST send the server-to-client version [...] to the client"."""
    return (client.own("SETNAME", reply.realname),) if client.has("setname") else ()


def _not_renamed(refusal: Refusal) -> Steps:
    return (failure("SETNAME", "CANNOT_CHANGE_REALNAME", text=refusal.sentence),)


COMMANDS = {
    "AWAY": Verb(_away, is_open=True, help="AWAY [:reason]"),
    "SETNAME": Verb(_setname, 1, help="SETNAME :real name"),
}
