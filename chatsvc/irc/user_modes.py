"""Modes of users: what a client says of itself, and what it is.

    B  a bot         https://ircv3.net/specs/extensions/bot-mode
    i  invisible     found by who shares a room with it, or knows its nick
    o  operator      shown; nobody becomes one by MODE
    w  gets WALLOPS

Source: https://modern.ircdocs.horse/#user-modes
"""

from collections.abc import Mapping

from chatsvc.core.people import Mark, Session
from chatsvc.irc.modes import BOT_MODE

OPERATOR_MODE = "o"

MARKS: Mapping[str, Mark] = {
    BOT_MODE: Mark.BOT,
    "i": Mark.INVISIBLE,
    "w": Mark.HEARS_OPERATORS,
}
"""The letters that a client may set and take away."""


def modes_of(session: Session) -> str:
    """Return what is set of a session, as RPL_UMODEIS shows it."""
    letters = [letter for letter, mark in MARKS.items() if mark in session.marks]
    if session.person is not None and session.person.is_operator:
        letters.append(OPERATOR_MODE)
    return "+" + "".join(letters)
