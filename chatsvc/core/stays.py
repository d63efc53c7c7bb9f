"""Which numbers of a room a person may read: stays as intervals, and what is read of them.

A *stay* is the time for which somebody was a member without a break, as numbers: who comes
when the newest message is 41 and goes when it is 57 was there for 42 to 57. Losing membership
takes effect at its number: 58 is not delivered, replayed, found, exported or counted. Coming
back opens a new stay; what was said between is not in it.

`readable` makes of a person's stays and the settings of the room the numbers it may read, as
`Ranges`: ascending, not touching, ends included. A page of history, a replay and a search are
cut to them. Since the numbers of a room have no hole, a page of so many messages is so many
numbers, and `newest` and `oldest` can say which before the log is asked.
"""

from collections.abc import Iterator

import attrs

from chatsvc.core.kinds import History, Kind
from chatsvc.core.limits import STAYS_KEPT

Ranges = tuple[tuple[int, int], ...]
"""Numbers as (first, last) pairs: ascending, with a gap between one pair and the next."""

NOTHING: Ranges = ()


@attrs.frozen
class Stay:
    """A membership: the numbers above `after` and up to `until`; None: it goes on."""

    after: int
    until: int | None = None


@attrs.frozen
class Stays:
    """All stays of one person in one room, oldest first; only the last one may go on.

    At most `STAYS_KEPT` of them: the oldest are forgotten, which lets nobody read more.
    """

    stays: tuple[Stay, ...] = ()

    @property
    def is_member(self) -> bool:
        """Tell whether the last stay goes on."""
        return bool(self.stays) and self.stays[-1].until is None

    def begun(self, last: int) -> "Stays":
        """Return these with a stay that begins when the newest message is `last`.

        Somebody who missed nothing between two stays has one. A member has no second one.
        """
        if self.is_member:
            return self
        if self.stays and self.stays[-1].until == last:
            return Stays((*self.stays[:-1], Stay(self.stays[-1].after)))
        return Stays((*self.stays, Stay(last))[-STAYS_KEPT:])

    def ended(self, last: int) -> "Stays":
        """Return these with the last stay at its end, when the newest message is `last`.

        A stay in which nothing was said leaves no trace.
        """
        if not self.is_member:
            return self
        open_stay = self.stays[-1]
        if last <= open_stay.after:
            return Stays(self.stays[:-1])
        return Stays((*self.stays[:-1], Stay(open_stay.after, last)))

    def ranges(self, last: int) -> Ranges:
        """Return the numbers in these stays, in a room whose newest message is `last`."""
        return _joined((stay.after + 1, _end(stay, last)) for stay in self.stays)


NO_STAYS = Stays()
"""Those of who was never there."""


def readable(kind: Kind, stays: Stays, last: int, gone: int = 0) -> Ranges:
    """Return what a person with these stays may read of a room with `last` messages.

    Up to the number `gone` there are none left, because of their age; how many the room
    keeps is looked at here.
    Who is no member reads where everybody does, and nothing elsewhere: what a former member
    was able to read is gone with the membership, and back with it.
    """
    is_reader = stays.is_member or kind.readers is History.EVERYONE
    if not is_reader:
        return NOTHING
    shared: Ranges = NOTHING
    if kind.readers is not History.JOINED:
        shared = ((kind.open_after + 1, last),)
    gone = max(gone, kind.keeping.gone_after(last))
    return _cut(_joined((*stays.ranges(last), *shared)), gone)


def newest(ranges: Ranges, count: int, before: int | None = None) -> Ranges:
    """Return the highest `count` numbers of `ranges`, below `before` where that is given."""
    taken: list[tuple[int, int]] = []
    for first, last in reversed(ranges):
        if before is not None:
            last = min(last, before - 1)
        if count <= 0:
            break
        if first <= last:
            first = max(first, last - count + 1)
            taken.append((first, last))
            count -= last - first + 1
    return tuple(reversed(taken))


def oldest(ranges: Ranges, count: int, after: int) -> Ranges:
    """Return the lowest `count` numbers of `ranges` that are above `after`."""
    taken: list[tuple[int, int]] = []
    for first, last in ranges:
        first = max(first, after + 1)
        if count <= 0:
            break
        if first <= last:
            last = min(last, first + count - 1)
            taken.append((first, last))
            count -= last - first + 1
    return tuple(taken)


def holds(ranges: Ranges, number: int) -> bool:
    """Tell whether `number` may be read."""
    return any(first <= number <= last for first, last in ranges)


def total(ranges: Ranges) -> int:
    """Return how many numbers there are; what is not read is not counted."""
    return sum(last - first + 1 for first, last in ranges)


def unread(ranges: Ranges, position: int) -> int:
    """Return how many numbers there are above `position`, up to which all was read."""
    return sum(last - max(first, position + 1) + 1 for first, last in ranges if last > position)


def _end(stay: Stay, last: int) -> int:
    return last if stay.until is None else min(stay.until, last)


def _cut(ranges: Ranges, gone_after: int) -> Ranges:
    """Return `ranges` without the numbers up to `gone_after`."""
    return tuple((max(first, gone_after + 1), last) for first, last in ranges if last > gone_after)


def _joined(pairs: Iterator[tuple[int, int]] | Ranges) -> Ranges:
    """Return pairs in any order, perhaps empty or overlapping, as ranges."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(pair for pair in pairs if pair[0] <= pair[1]):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)
