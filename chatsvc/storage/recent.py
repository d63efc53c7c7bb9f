"""The newest messages of every room, in memory: what is not in its table yet, and some more.

It belongs to the reactor's thread. A message comes in when its commit is reported, and
goes out, the oldest first, when housekeeping has moved it into the table and more than
`RECENT_BYTES` are held. So every message is in the table, here, or in both, and the
numbers below the first one held here are in the table for certain: a page is cut there
in two, and nothing is missed or doubled, whatever housekeeping does meanwhile.

Rooms have no holes above what was trimmed, so the numbers of a page are known before it
is read. Most pages are near the head and need neither a thread nor the disk.
"""

import sys
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import attrs

from chatsvc.core.events import Edited, Redacted, RoomCreated, RoomDeleted, Said, SaidMore, Trimmed
from chatsvc.core.names import RoomName
from chatsvc.core.room import StoredRoom
from chatsvc.ports import Recorded

RECENT_BYTES = 16 * 1024 * 1024
"""Held of messages that are in their table already; some 32,000 of 64 characters.

What is not there yet comes on top; the writer's `MOST_WAITING_BYTES` bounds it.
"""

MESSAGE_BYTES = 400
"""What a message is taken to need in memory besides its text; an estimate."""


@attrs.frozen
class Page:
    """The numbers `older` are to be read from the table (None: nothing is), then come `newer`."""

    older: tuple[int, int] | None
    newer: list[Said]


class _Batch(NamedTuple):
    """The rooms of the messages of one append, one for each message, and what they take."""

    room_ids: list[int]
    size: int


class Recent:
    """Hold the newest messages; `moved` tells how many of all it was given are in the table."""

    def __init__(
        self,
        rooms: Iterable[StoredRoom],
        waiting: Iterable[Sequence[Said]],
        moved: Callable[[], int],
        most: int = RECENT_BYTES,
    ) -> None:
        rooms = list(rooms)
        self._last = {room.room_id: room.last for room in rooms}
        self._moved = moved
        self._most = most
        self._gone = {room.room_id: room.gone for room in rooms}
        self._rooms: dict[int, deque[Said]] = {}
        self._trimmed: dict[int, int] = {}
        self._batches: deque[_Batch] = deque()
        self._size = 0
        self._evicted = 0
        for messages in waiting:
            self.note(messages)

    @property
    def size(self) -> int:
        """About how many bytes are held."""
        return self._size

    def knows(self, room_id: int) -> bool:
        """Tell whether there is a room with this id."""
        return room_id in self._last

    def left(self, room_id: int, found: list[Said], page: "Page") -> list[Said]:
        """Return what is there of a page, whose older part was `found` in the table.

        The room may have been deleted meanwhile, or messages trimmed.
        """
        gone = self._gone.get(room_id, 0)
        is_explained = page.older is None or page.older[1] <= gone
        if not (self.knows(room_id) and (found or is_explained)):
            return []
        return [said for said in found + page.newer if said.number > gone]

    def number_there(self, room_id: int, number: int) -> int:
        """Return a number if there may be a message with it, else 0."""
        return number if number > self._gone.get(room_id, 0) and self.knows(room_id) else 0

    def older_than(self, room_id: int, at: int) -> tuple[int, int]:
        """Return a range of numbers of the table whose messages are to be asked for.

        What is below its first number was said before the time `at`, what is above its last
        was not.
        """
        first = self._gone.get(room_id, 0) + 1
        messages = self._rooms.get(room_id)
        if not messages:
            return first, self._last.get(room_id, 0)
        held = messages[0].number
        if messages[0].at >= at:
            return first, held - 1
        first = held + bisect_left(messages, at, key=lambda said: said.at)
        return first, first - 1

    def note(self, recorded: Sequence[Recorded]) -> None:
        """Take in what was made durable."""
        room_ids = []
        size = 0
        for event in recorded:
            if isinstance(event, Said):
                room_id = event.room_id
                room_ids.append(room_id)
                size += sys.getsizeof(event.text) + MESSAGE_BYTES
                if type(event) is SaidMore:
                    size += event.more.tag_bytes
                self._last[room_id] = event.number
                messages = self._rooms.get(room_id)
                if messages is None:
                    messages = self._rooms[room_id] = deque()
                messages.append(event)
            elif isinstance(event, Redacted | Edited):
                self._change(event)
            elif isinstance(event, RoomCreated):
                self._last[event.room_id] = 0
            elif isinstance(event, Trimmed):
                self._trim(event.room_id, event.number)
            elif isinstance(event, RoomDeleted):
                del self._last[event.room_id]
                for held in (self._rooms, self._gone, self._trimmed):
                    held.pop(event.room_id, None)
        if room_ids:
            self._batches.append(_Batch(room_ids, size))
            self._size += size
            if self._size > self._most:
                self._evict()

    def page(
        self, room: RoomName, room_id: int, count: int, before: int | None, after: int | None
    ) -> Page:
        """Return a page as far as it is held, and the numbers of the rest."""
        low, high = self._bounds(room_id, count, before, after)
        if high < low:
            return Page(None, [])
        messages = self._rooms.get(room_id)
        first = messages[0].number if messages else high + 1
        newer = []
        if messages:
            wanted = range(max(low, first) - first, high + 1 - first)
            newer = [_renamed(messages[place], room) for place in wanted]
        return Page((low, min(high, first - 1)) if low < first else None, newer)

    def _change(self, event: Redacted | Edited) -> None:
        messages = self._rooms.get(event.room_id)
        if messages and event.number >= messages[0].number:
            place = event.number - messages[0].number
            messages[place] = event.applied_to(messages[place])

    def _trim(self, room_id: int, number: int) -> None:
        """Forget the messages up to `number`; their batches are evicted in their time."""
        self._gone[room_id] = max(number, self._gone.get(room_id, 0))
        messages = self._rooms.get(room_id)
        while messages and messages[0].number <= number:
            messages.popleft()
            self._trimmed[room_id] = self._trimmed.get(room_id, 0) + 1
        if messages is not None and not messages:
            del self._rooms[room_id]

    def _bounds(
        self, room_id: int, count: int, before: int | None, after: int | None
    ) -> tuple[int, int]:
        """Return the first and the last number of a page."""
        last, gone = self._last.get(room_id, 0), self._gone.get(room_id, 0)
        if after is not None:
            after = max(after, gone)
            return after + 1, min(after + count, last)
        if before is not None:
            last = min(before - 1, last)
        return max(last - count, gone) + 1, last

    def _evict(self) -> None:
        moved = self._moved()
        while self._size > self._most:
            oldest = self._batches[0]
            if self._evicted + len(oldest.room_ids) > moved:
                return
            del self._batches[0]
            self._size -= oldest.size
            self._evicted += len(oldest.room_ids)
            for room_id in oldest.room_ids:
                self._forget_oldest(room_id)

    def _forget_oldest(self, room_id: int) -> None:
        if self._trimmed.get(room_id):
            self._trimmed[room_id] -= 1
            return
        messages = self._rooms.get(room_id)
        if messages is None:
            return  # The room was deleted.
        messages.popleft()
        if not messages:
            del self._rooms[room_id]


def _renamed(said: Said, room: RoomName) -> Said:
    return said if said.room == room else attrs.evolve(said, room=room)
