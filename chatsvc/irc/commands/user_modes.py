"""MODE of a user.

Source: https://modern.ircdocs.horse/#user-mode. "If <modestring> is given, the supplied modes
will be applied, and a MODE message will be sent to the user containing the changed modes."
"""

from collections.abc import Iterator
from functools import partial

from chatsvc.core.commands import SetMarks
from chatsvc.core.errors import BadNick
from chatsvc.core.names import nick_key, parse_nick
from chatsvc.core.people import Mark
from chatsvc.core.replies import MarksAre
from chatsvc.irc.asking import Ask, Step, Steps
from chatsvc.irc.client import Client
from chatsvc.irc.message import Message
from chatsvc.irc.modes import Change, format_modes, parse_user_modes
from chatsvc.irc.numerics import (
    ERR_NOSUCHNICK,
    ERR_UMODEUNKNOWNFLAG,
    ERR_USERSDONTMATCH,
    RPL_UMODEIS,
)
from chatsvc.irc.replies import LONGEST_SHOWN, numeric
from chatsvc.irc.user_modes import MARKS, modes_of


def mode_of_user(client: Client, message: Message) -> Iterator[Step]:
    """Show or change what is set of the client itself; of others nothing is shown."""
    target = message.param(0)
    try:
        key = nick_key(parse_nick(target))
    except BadNick:
        key = None
    if key not in client.state.people:
        yield numeric(ERR_NOSUCHNICK, target[:LONGEST_SHOWN])
    elif client.nick is None or key != nick_key(client.nick):
        yield numeric(ERR_USERSDONTMATCH)
    elif len(message.params) == 1:
        yield numeric(RPL_UMODEIS, modes_of(client.session))
    else:
        yield from _change(client, message.param(1))


def _change(client: Client, text: str) -> Iterator[Step]:
    """Set and take away what may be; `+o` is passed over: "MODE [...] +o [...] is ignored"."""
    asked = parse_user_modes(text)
    if asked.unknown:
        yield numeric(ERR_UMODEUNKNOWNFLAG)
    wanted = {MARKS[each.letter]: each.is_set for each in asked.changes if each.letter in MARKS}
    if wanted:
        added = frozenset(mark for mark, is_set in wanted.items() if is_set)
        command = SetMarks(added, frozenset(wanted) - added)
        yield Ask(command, partial(_changed, client, client.session.marks))


def _changed(client: Client, before: frozenset[Mark], reply: MarksAre) -> Steps:
    """Show the client what has changed of it; nothing if all was so before."""
    changes = [
        Change(letter, mark in reply.marks)
        for letter, mark in MARKS.items()
        if (mark in before) is not (mark in reply.marks)
    ]
    return [client.own("MODE", client.shown_nick, *words) for words in format_modes(changes)]
