"""Signals: what clients pass to each other and nobody keeps.

That somebody types, a reaction, a question to a client program and its answer; and what only
some members of a room are to read, since a room's log has nothing that a member may not.
"""

import enum


class SignalKind(enum.Enum):
    """What is passed on."""

    TAGS = "tags"
    """Nothing but tags (IRC: TAGMSG)."""

    REQUEST = "request"
    """A question to a client program (IRC: CTCP)."""

    RESPONSE = "response"
    """The answer of one."""

    MESSAGE = "message"
    ACTION = "action"
    NOTICE = "notice"
