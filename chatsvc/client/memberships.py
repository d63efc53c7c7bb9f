"""Which rooms a client is in, and how far it has read in each: pure bookkeeping.

The one rule: a message is handed over if and only if its number follows the last one
that was. What comes twice is thereby dropped, what comes too early shows a gap, and
`Memberships.gap` says what to read from the history to fill it. Rejoining after a lost
connection is the same rule with a longer gap.

A room is *absent* from the moment the connection is lost until it is joined again; what
arrives for it meanwhile is dropped, as the join replays it.
"""

from collections.abc import Iterable, Iterator, Sequence

import attrs

from chatsvc.client.happenings import CaughtUp, Happening, MessagesMissing, RoomReplaced
from chatsvc.core.commands import (
    Command,
    DescribeRoom,
    JoinRoom,
    JoinWithPassword,
    ReadHistory,
)
from chatsvc.core.events import Said
from chatsvc.core.names import RoomKey, RoomName, room_key
from chatsvc.core.replies import Entered, RoomDetails

GAP_PAGE = 200
"""Messages asked for at a time when a gap is filled."""

NOWHERE = 10**15
"""A number that no message has: more digits than the protocol has for one."""

NEVER = 0
"""The creation time of a room that does not exist, or was not described yet."""


@attrs.define
class Membership:
    """What a client knows of one room it is in, or wants to be in.

    `last` is the number of the last message handed over, or, before any was, the number
    of the newest message at the time of joining; None while that is unknown. `newest` is
    the highest number seen. After a rejoin what is missing is owed up to number `owed_until`,
    the newest of the room; of that `caught_up` messages were handed over, and none comes from
    `unreadable_from` on.
    `password` is the one that let a guest in.
    """

    room: RoomName
    last: int | None = None
    has_handed: bool = False
    newest: int = 0
    created_at: int = NEVER
    is_absent: bool = False
    is_filling: bool = False
    caught_up: int = 0
    owed_until: int | None = None
    unreadable_from: int = NOWHERE
    password: str | None = attrs.field(default=None, repr=False)

    def accept(self, number: int) -> bool:
        """Tell whether the message `number` is to be handed over now, and note that it was."""
        if self.is_absent:
            return False
        self.newest = max(self.newest, number)
        if not self._follows(number):
            return False
        self.last, self.has_handed = number, True
        self.caught_up += self.owed_until is not None
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
        if self.owed_until is not None and self.unreadable_from <= (self.last or 0) + 1:
            yield from self.skip_to(self.owed_until + 1)
        if self.owed_until is not None and (self.last or 0) >= self.owed_until:
            self.owed_until = None
            yield CaughtUp(self.room, self.caught_up)


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

    def joined(self, reply: Entered, since: int | None = None, password: str | None = None) -> None:
        """Note the answer to a join that the program asked for."""
        membership = self.placed(reply.room)
        membership.is_absent = False
        membership.password = password or membership.password
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

    def renamed(self, room: RoomName, new: RoomName) -> None:
        """Know a room by the name that it has from now on."""
        rooms = list(self._rooms.items())
        self._rooms.clear()
        for key, membership in rooms:
            is_it = key == room_key(room)
            membership.room = new if is_it else membership.room
            self._rooms[room_key(new) if is_it else key] = membership

    def left(self, room: RoomName) -> None:
        """Forget a room."""
        self._rooms.pop(room_key(room), None)

    # Losing the connection and coming back

    def interrupted(self) -> None:
        """Note that the connection is gone: the client is in no room any more."""
        for membership in self._rooms.values():
            membership.is_absent, membership.is_filling = True, False
            membership.newest = membership.last or 0
            membership.owed_until = None

    def ways_back(self) -> list[tuple[RoomName, list[Command]]]:
        """Return, for every room the client is missing in, the requests that bring it back.

        A known room is described first: if it was made at another time it is another room,
        and this must be known before its messages come.
        """
        return [(each.room, _way_back(each)) for each in self._rooms.values() if each.is_absent]

    def way_with_password(self, room: RoomName) -> JoinWithPassword | None:
        """Return how to come back into a room that takes a password, where it is known."""
        membership = self._rooms.get(room_key(room))
        if membership is None or membership.password is None:
            return None
        return JoinWithPassword(room, membership.password, membership.last)

    def was_in(self, room: RoomName) -> bool:
        """Tell whether the client has been in `room`, and does not just want to be."""
        membership = self._rooms.get(room_key(room))
        return membership is not None and membership.last is not None

    def rejoined(self, reply: Entered, created_at: int | None) -> Iterator[Happening]:
        """Note that the client is in a room again.

        Just before, the room had been made at `created_at`: `NEVER` if there was none, or one
        that was hidden from us then, None if the server did not tell.
        """
        membership = self.placed(reply.room)
        membership.room, membership.is_absent = reply.room, False
        if membership.last is None:
            membership.last = reply.last
            return
        if _is_another(membership, reply, created_at):
            yield RoomReplaced(reply.room)
            membership.start_at(0)
            membership.newest = reply.last
        if created_at is not None:
            membership.created_at = created_at
        membership.caught_up, membership.owed_until = 0, reply.last
        membership.unreadable_from = NOWHERE
        yield from membership.settle()

    def end_of_owed(self, room: RoomName) -> ReadHistory | None:
        """Return what to ask for to know which of the owed messages is the last to come.

        None if nothing is owed. The newest ones may be none that this client may read.
        """
        membership = self._rooms.get(room_key(room))
        if membership is None or membership.owed_until is None:
            return None
        return ReadHistory(membership.room, 1, before=membership.owed_until + 1)

    def ends_at(self, room: RoomName, messages: Sequence[Said]) -> Iterator[Happening]:
        """Take the answer to `end_of_owed`: nothing after these messages is owed any more."""
        membership = self._rooms.get(room_key(room))
        if membership is None or membership.owed_until is None:
            return
        newest = messages[-1].number if messages else 0
        if newest >= membership.owed_until:
            return
        membership.unreadable_from = newest + 1
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
            yield from membership.settle()

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
    """Tell whether a room is not the one that was known.

    That it was not there a moment before means nothing: a room may be hidden from who is not
    in it. One that the join has made begins at 0.
    """
    if reply.last < (membership.last or 0):
        return True
    known = membership.created_at
    return known != NEVER and created_at not in (None, NEVER, known)
