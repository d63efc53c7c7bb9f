"""The shape of a rule, and the two halves that many rules share."""

from collections.abc import Callable
from typing import Any

import attrs

from chatsvc.core.events import Event
from chatsvc.core.people import Session
from chatsvc.core.replies import Reply
from chatsvc.core.state import State

Decide = Callable[[State, Session, Any, int], tuple[Event, ...]]
"""`decide(state, session, command, now)`: the events that carry out the command.

Changes nothing; raises a `Refusal`. `now` is in milliseconds since 1970 UTC.
"""

Answer = Callable[[State, Session, Any, tuple[Event, ...]], Reply]
"""`answer(state, session, command, events)`: the reply, once `events` are applied."""


def nothing_happens(
    _state: State, _session: Session, _command: Any, _now: int
) -> tuple[Event, ...]:
    """Decide on no event: the command only asks."""
    return ()


@attrs.frozen
class Rule:
    """Say what a command does (`decide`), how it is answered, and who may say it.

    `answer` None: the hub answers it, from the log or by what it makes of a password.
    `needs_nick`: a session without a nick is refused with `no-nick`. `for_guests`: also who
    is not logged in may say it where everybody has to be.
    """

    answer: Answer | None
    decide: Decide = nothing_happens
    needs_nick: bool = True
    for_guests: bool = False
