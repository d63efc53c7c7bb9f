"""Which rooms a client is in, and how far it has read in each: pure bookkeeping.

The one rule: a message is handed over if and only if its number follows the last one
that was. What comes twice is thereby dropped, what comes too early shows a gap, and
`Memberships.gap` says what to read from the history to fill it. Rejoining after a lost
connection is the same rule with a longer gap.

A room is *absent* from the moment the connection is lost until it is joined again; what
arrives for it meanwhile is dropped, as the join replays it.
"""

from collections.abc import Iterable, Iterator

import attrs

from chatsvc.client.happenings import CaughtUp, Happening, MessagesMissing, RoomReplaced
from chatsvc.core.commands import Command, DescribeRoom, JoinRoom, ReadHistory
from chatsvc.core.events import Said
from chatsvc.core.names import RoomKey, RoomName, room_key
from chatsvc.core.replies import Entered, RoomDetails

GAP_PAGE = 200
"""Messages asked for at a time when a gap is filled."""

NEVER = 0
"""The creation time of a room that does not exist, or was not described yet."""


@attrs.define
class Membership:
    """What a client knows of one room it is in, or wants to be in.

    `last` is the number of the last message handed over, or, before any was, the number
    of the newest message at the time of joining; None while that is unknown. `newest` is
    the highest number seen. `owed` messages are still to come after a rejoin, up to
    number `owed_until`.
    """

    room: RoomName
    last: int | None = None
    has_handed: bool = False
    newest: int = 0
    created_at: int = NEVER
    is_absent: bool = False
    is_filling: bool = False
    owed: int = 0
    owed_until: int | None = None

    def accept(self, number: int) -> bool:
        """Tell whether the message `number` is to be handed over now, and note that it was."""
        if self.is_absent:
            return False
        self.newest = max(self.newest, number)
        if not self._follows(number):
            return False
        self.last, self.has_handed = number, True
        return True

    def _follows(self, number: int) -> bool:
        if self.last is None:
            return True
        # The answer to a join may overtake messages it already counts.
        if not self.has_handed and number <= self.last:
            return True
        return number == self.last + 1

    @property
    def has_gap(self) -> bool:
        """Tell whether messages are known to exist that did not come."""
        return not self.is_absent and self.last is not None and self.newest > self.last

    def start_at(self, number: int) -> None:
        """Take `number` as the last message one has; only later ones are handed over."""
        self.last, self.has_handed, self.newest = number, True, number

    def skip_to(self, number: int) -> Iterator[Happening]:
        """Give up the messages before `number` that did not come, and say so."""
        last = self.last or 0
        if number > last + 1:
            self.last, self.has_handed = number - 1, True
            yield MessagesMissing(self.room, last + 1, number - 1)

    def settle(self) -> Iterator[Happening]:
        """Say so, once, when everything missed has been handed over."""
        if self.owed_until is not None and (self.last or 0) >= self.owed_until:
            self.owed_until = None
            yield CaughtUp(self.room, self.owed)


class Memberships:
    """The rooms of one client."""

    def __init__(self, wanted: Iterable[RoomName] = ()) -> None:
        self._rooms: dict[RoomKey, Membership] = {}
        for room in wanted:
            self._rooms[room_key(room)] = Membership(room, is_absent=True)

    def __contains__(self, room: RoomName) -> bool:
        return room_key(room) in self._rooms

    @property
    def rooms(self) -> tuple[RoomName, ...]:
        """The names of all rooms, in the order they were joined."""
        return tuple(each.room for each in self._rooms.values())

    # Coming and going

    def joined(self, reply: Entered, since: int | None = None) -> None:
        """Note the answer to a join that the program asked for."""
        membership = self.placed(reply.room)
        membership.is_absent = False
        if since is not None:
            membership.start_at(since)
        elif membership.last is None:
            membership.last = reply.last

    def placed(self, room: RoomName) -> Membership:
        """Note that the client is in `room`, perhaps put there by the server."""
        return self._rooms.setdefault(room_key(room), Membership(room))

    def learn(self, details: RoomDetails) -> None:
        """Note when a room was made, and how far it is, where that is not known."""
        membership = self._rooms.get(room_key(details.summary.room))
        if membership is None:
            return
        membership.created_at = membership.created_at or details.summary.created_at
        if membership.last is None:
            membership.last = details.summary.last

    def is_unknown(self, room: RoomName) -> bool:
        """Tell whether the client is in `room` and `learn` has not been told of it."""
        membership = self._rooms.get(room_key(room))
        return membership is not None and membership.created_at == NEVER

    def hear_of(self, room: RoomName, last: int) -> None:
        """Note that `room` has messages up to the number `last`."""
        membership = self._rooms.get(room_key(room))
        if membership is not None:
            membership.newest = max(membership.newest, last)

    def left(self, room: RoomName) -> None:
        """Forget a room."""
        self._rooms.pop(room_key(room), None)

    # Losing the connection and coming back

    def interrupted(self) -> None:
        """Note that the connection is gone: the client is in no room any more."""
        for membership in self._rooms.values():
            membership.is_absent, membership.is_filling = True, False
            membership.newest = membership.last or 0

    def ways_back(self) -> list[tuple[RoomName, list[Command]]]:
        """Return, for every room the client is missing in, the requests that bring it back.

        A known room is described first: if it was made at another time it is another room,
        and this must be known before its messages come.
        """
        return [(each.room, _way_back(each)) for each in self._rooms.values() if each.is_absent]

    def rejoined(self, reply: Entered, created_at: int | None) -> Iterator[Happening]:
        """Note that the client is in a room again.

        Just before, the room had been made at `created_at`: `NEVER` if there was none,
        None if the server did not tell.
        """
        membership = self.placed(reply.room)
        membership.room, membership.is_absent = reply.room, False
        if membership.last is None:
            membership.last = reply.last
            return
        if _is_another(membership, reply, created_at):
            yield RoomReplaced(reply.room)
            membership.start_at(0)
            membership.newest, membership.created_at = reply.last, created_at or NEVER
        membership.owed, membership.owed_until = reply.last - membership.last, reply.last
        yield from membership.settle()

    # Messages

    def take(self, messages: Iterable[Said]) -> Iterator[Happening]:
        """Return what to hand over now that `messages` came."""
        for said in messages:
            membership = self.placed(said.room)
            if membership.accept(said.number):
                yield said
                yield from membership.settle()

    def gap(self, room: RoomName) -> ReadHistory | None:
        """Return what to ask for if messages of `room` are missing and not asked for yet."""
        membership = self._rooms.get(room_key(room))
        if membership is None or membership.is_filling or not membership.has_gap:
            return None
        membership.is_filling = True
        return ReadHistory(membership.room, GAP_PAGE, after=membership.last)

    def filled(self, room: RoomName, messages: Iterable[Said]) -> Iterator[Happening]:
        """Hand over what the history answered to a `gap`.

        What it does not have is given up, with `MessagesMissing`, rather than asked for
        for ever.
        """
        membership = self._rooms.get(room_key(room))
        if membership is None or membership.is_absent:
            return
        membership.is_filling = False
        before = membership.last
        for said in messages:
            yield from membership.skip_to(said.number)
            yield from self.take([said])
        if membership.last == before and membership.has_gap:
            yield from membership.skip_to(membership.newest + 1)

    def not_filled(self, room: RoomName) -> None:
        """Note that the history could not be read; the next message tries again."""
        membership = self._rooms.get(room_key(room))
        if membership is not None:
            membership.is_filling = False


def _way_back(membership: Membership) -> list[Command]:
    room = membership.room
    if membership.last is None:
        return [JoinRoom(room), DescribeRoom(room)]
    return [DescribeRoom(room), JoinRoom(room, since=membership.last)]


def _is_another(membership: Membership, reply: Entered, created_at: int | None) -> bool:
    if created_at == NEVER or reply.last < (membership.last or 0):
        return True
    known = membership.created_at
    return known != NEVER and created_at is not None and created_at != known
