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
from chatsvc.irc.numerics import RPL_NOWAWAY, RPL_UNAWAY
from chatsvc.irc.replies import Reply, failure, numeric
from chatsvc.irc.texts import plain


def _away(_client: Client, message: Message) -> Steps:
    """Be away with a reason, or back without one."""
    reason = cut(plain(message.param(0)).encode(), TEXT_LENGTH).decode()
    if not reason:
        return (Ask(SetBack(), lambda _reply: (numeric(RPL_UNAWAY),)),)
    return (Ask(SetAway(check_text(reason)), lambda _reply: (numeric(RPL_NOWAWAY),)),)


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
    "AWAY": Verb(_away, help="AWAY [:reason]"),
    "SETNAME": Verb(_setname, 1, help="SETNAME :real name"),
}
