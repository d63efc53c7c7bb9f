"""What happens in a room beside what is said there, as far as it is kept.

Each *happening* has its *spot*: the number of the message that was the newest, and which
happening of its room it is. So what happened has a place among the messages, whose numbers
it does not touch. It goes with the message that it follows: when that is trimmed, and when it
may not be read (`shown`).
"""

import enum
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import attrs

from chatsvc.core.stays import Ranges, holds

if TYPE_CHECKING:
    from chatsvc.core.events.rooms import Happened

LAST = (1 << 63) - 1
"""More than any number, count or time."""


class Sort(enum.Enum):
    """What happened: a topic was set to the text, or the target was put out."""

    TOPIC = "topic"
    KICK = "kick"


@attrs.frozen(order=True)
class Spot:
    """A place among messages and happenings; that of a message has the `place` 0."""

    number: int
    place: int = 0


@attrs.frozen
class Span:
    """Happenings between two spots and two times, of which none counts itself.

    Times are milliseconds since 1970 UTC.
    """

    after: Spot = Spot(-1)
    before: Spot = Spot(LAST)
    since: int = -1
    until: int = LAST

    def holds(self, event: "Happened") -> bool:
        """Tell whether a happening is meant."""
        is_there = self.after < Spot(event.after, event.place) < self.before
        return is_there and self.since < event.at < self.until


EVERYTHING = Span()


def shown(happened: Iterable["Happened"], ranges: Ranges, is_open: bool) -> Iterator["Happened"]:
    """Return those that somebody may be shown who may read the messages `ranges`.

    They may read the message before and the one after it: who came or went between the two may
    not have seen it. So `ranges` has one number more than there are messages, where the next one
    could be read. What was before the first message is shown where the room `is_open`: from the
    first one on, to all who read there.
    """
    for event in happened:
        is_begun = holds(ranges, event.after) or (is_open and event.after == 0)
        if is_begun and holds(ranges, event.after + 1):
            yield event
