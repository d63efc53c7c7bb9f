"""CHATHISTORY: what is asked of the core for each subcommand, and what of it is shown.

A *stretch* is a piece of what was said, and of what happened between: the newest things before
a point, or the oldest after one. Messages and happenings are asked for one by one, each as many
as the stretch may have, and then put together: more than the stretch has are never needed.
"""

from collections.abc import Iterable, Sequence

import attrs

from chatsvc.core.commands import ReadHappenings, ReadHistory, ReadHistoryAt
from chatsvc.core.events import Happened, Said
from chatsvc.core.happenings import Span, Spot
from chatsvc.core.names import RoomName
from chatsvc.irc.chathistory import COMMAND, Asked, At, Point
from chatsvc.irc.msgids import RoomHappening
from chatsvc.irc.replies import Refused, failure

Entry = Said | Happened
"""What is played back."""

Place = At | Spot
"""Where a stretch begins or ends, and does not include."""


@attrs.frozen
class Stretch:
    """Up to `count` entries: the newest before a place, or the oldest after one.

    Without a place, the newest of all.
    """

    count: int
    before: Place | None = None
    after: Place | None = None

    def messages(self, room: RoomName) -> ReadHistory | ReadHistoryAt:
        """Return what asks for its messages."""
        match self.before, self.after:
            case At(milliseconds), _:
                return ReadHistoryAt(room, self.count, before=milliseconds)
            case _, At(milliseconds):
                return ReadHistoryAt(room, self.count, after=milliseconds)
            case Spot(number, place), _:
                return ReadHistory(room, self.count, before=number + (place > 0))
            case _, Spot(number, place):
                return ReadHistory(room, self.count, after=number - (place < 0))
        return ReadHistory(room, self.count)

    def happenings(self, room: RoomName) -> ReadHappenings:
        """Return what asks for what happened between them."""
        return ReadHappenings(room, self.count, self._span(), self.after is not None)

    def _span(self) -> Span:
        match self.before, self.after:
            case At(milliseconds), _:
                return Span(until=milliseconds)
            case _, At(milliseconds):
                return Span(since=milliseconds)
            case Spot() as spot, _:
                return Span(before=spot)
            case _, Spot() as spot:
                return Span(after=spot)
        return Span()

    def of(self, found: Iterable[Entry]) -> list[Entry]:
        """Return what belongs to it of what was found, in order."""
        entries = sorted(found, key=_order)
        if self.after is not None:
            return entries[: self.count]
        return entries[max(len(entries) - self.count, 0) :]


@attrs.frozen
class Plan:
    """What is read for one request, and between which places what is shown has to be."""

    stretches: tuple[Stretch, ...]
    above: Place | None = None
    below: Place | None = None

    def shows(self, entry: Entry) -> bool:
        """Tell whether an entry is shown that was found."""
        is_above = self.above is None or place_in(entry, self.above) > _key(self.above)
        return is_above and (self.below is None or place_in(entry, self.below) < _key(self.below))


NOTHING = Plan((Stretch(1, before=Spot(1)),))
"""What asks only whether one may ask."""


def plan_of(asked: Asked) -> Plan:
    """Return what is read for a request; raise `Refused`."""
    limit = asked.limit
    places = tuple(map(_place, asked.points))
    match asked.subcommand, places:
        case "LATEST", ():
            return Plan((Stretch(limit),))
        case "LATEST", (place,):
            return Plan((Stretch(limit),), above=place)
        case "BEFORE", (place,):
            return Plan((Stretch(limit, before=place),))
        case "AFTER", (place,):
            return Plan((Stretch(limit, after=place),))
        case "AROUND", (place,):
            half = limit // 2
            from_it = Stretch(limit - half, after=_just_before(place))
            return Plan((Stretch(half, before=place), from_it))
        case "BETWEEN", (start, end):
            if isinstance(start, At) is not isinstance(end, At):
                raise Refused(
                    failure(COMMAND, "INVALID_PARAMS", asked.subcommand, text="Mixed references")
                )
            if _key(start) <= _key(end):
                return Plan((Stretch(limit, after=start),), below=end)
            return Plan((Stretch(limit, before=start),), above=end)
    raise AssertionError(asked)


def rest_of(entries: Sequence[Entry]) -> Plan:
    """Return what reads entries once more that follow each other, and of which some are changed."""
    first, last = spot_of(entries[0]), spot_of(entries[-1])
    stretch = Stretch(len(entries), after=_just_before(first))
    return Plan((stretch,), below=Spot(last.number, last.place + 1))


def spot_of(entry: Entry) -> Spot:
    """Return where an entry is."""
    if isinstance(entry, Happened):
        return Spot(entry.after, entry.place)
    return Spot(entry.number)


def _order(entry: Entry) -> tuple[int, int]:
    """Return what entries are sorted by."""
    return _key(spot_of(entry))


def place_in(entry: Entry, like: Place) -> tuple[int, int]:
    """Return where an entry is, to be compared with a place of the kind of `like`."""
    return _key(At(entry.at) if isinstance(like, At) else spot_of(entry))


def _key(place: Place) -> tuple[int, int]:
    return (place.milliseconds, 0) if isinstance(place, At) else (place.number, place.place)


def _place(point: Point) -> Place:
    if isinstance(point, At):
        return point
    return Spot(point.number, point.place if isinstance(point, RoomHappening) else 0)


def _just_before(place: Place) -> Place:
    if isinstance(place, At):
        return At(place.milliseconds - 1)
    return Spot(place.number, place.place - 1)
