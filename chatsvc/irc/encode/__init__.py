"""Events -> lines, the same bytes for all clients of one shape.

    talk.py     messages
    rooms.py    who comes into rooms and goes, topics
    people.py   nicks, away
    server.py   the server itself

A new event is a function in one of these modules and a row in its table, or a row of
`NOT_SHOWN` with the reason; a test compares both with all events there are. What one client
is told in a way of its own, as what concerns itself, is in `telling`.
"""

from typing import Any

from chatsvc.core.events import Event
from chatsvc.irc.encode import people, rooms, server, talk
from chatsvc.irc.encode.encoder import Encoder
from chatsvc.irc.scribe import Scribe

EVENTS: dict[type[Any], Encoder] = {
    **talk.EVENTS,
    **rooms.EVENTS,
    **people.EVENTS,
    **server.EVENTS,
}
"""How each event is written that IRC shows."""

NOT_SHOWN: frozenset[type[Any]] = (
    talk.NOT_SHOWN | rooms.NOT_SHOWN | people.NOT_SHOWN | server.NOT_SHOWN
)
"""The events that IRC does not show, at least not to all who get the same bytes."""


def encode(event: Event, scribe: Scribe) -> bytes:
    """Return the lines of an event; empty for one that is not shown."""
    encoder = EVENTS.get(type(event))
    return b"" if encoder is None else encoder(event, scribe)


__all__ = ["EVENTS", "NOT_SHOWN", "encode"]
