"""What the journal holds, as the writer remembers it: messages that are not in their table yet."""

import time
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import attrs

from chatsvc.core.events import Said
from chatsvc.storage.numbering import ClientKey, client_key

MOST_WAITING = 32_768
"""With so many messages in the journal, the next append waits until there are fewer."""

MOST_WAITING_BYTES = 16 * 1024 * 1024
"""The same for the text of their rows; one append comes on top of it, see hub/committer.py."""


class Entry(NamedTuple):
    """One row of the journal: `size` is the bytes of its text in UTF-8.

    `came` is when it was added, in seconds of the monotonic clock.
    """

    entry: int
    messages: Sequence[Said]
    size: int
    came: float


class Chunk(NamedTuple):
    """The entries up to `last`, their messages, and the bytes of their rows."""

    last: int
    messages: list[Said]
    size: int


@attrs.define
class Waiting:
    """The entries of the journal, oldest first, and the client ids in them.

    `last` is the newest entry ever acknowledged, `moved` how many messages have left.
    """

    entries: deque[Entry] = attrs.field(factory=deque)
    client_ids: dict[ClientKey, int] = attrs.field(factory=dict)
    last: int = 0
    count: int = 0
    size: int = 0
    moved: int = 0

    @property
    def is_full(self) -> bool:
        """Tell whether nothing may be added before something is moved."""
        return self.count >= MOST_WAITING or self.size >= MOST_WAITING_BYTES

    def holds(self, places: Collection[tuple[int, int]]) -> bool:
        """Tell whether one of the messages at `places`, room ids and numbers, is here."""
        return any(
            (said.room_id, said.number) in places
            for entry in self.entries
            for said in entry.messages
        )

    def reaches(self, trims: Mapping[int, int]) -> bool:
        """Tell whether messages are here that are trimmed: up to a number, by room id."""
        return any(
            said.number <= trims.get(said.room_id, 0)
            for entry in self.entries
            for said in entry.messages
        )

    def add(self, messages: Sequence[Said], size: int) -> None:
        """Take in the next entry."""
        self.last += 1
        self.entries.append(Entry(self.last, messages, size, time.monotonic()))
        self.count += len(messages)
        self.size += size
        for said in messages:
            if said.client_id:
                self.client_ids[client_key(said)] = said.number

    def chunk(self, most: int, bytes_: int, rooms: Mapping[int, object]) -> Chunk:
        """Return the oldest entries, until they hold `most` messages or `bytes_` bytes.

        There must be an entry; it is taken as a whole, however large. Messages of rooms
        that are not in `rooms` are left out.
        """
        last, count, size, chosen = 0, 0, 0, []
        for entry in self.entries:
            last = entry.entry
            count += len(entry.messages)
            size += entry.size
            chosen += [said for said in entry.messages if said.room_id in rooms]
            if count >= most or size >= bytes_:
                break
        return Chunk(last, chosen, size)

    def drop(self, last: int) -> None:
        """Forget the entries up to `last`: they were moved."""
        while self.entries and self.entries[0].entry <= last:
            entry = self.entries.popleft()
            self.count -= len(entry.messages)
            self.size -= entry.size
            self.moved += len(entry.messages)
            self._forget_client_ids(entry.messages)

    def _forget_client_ids(self, messages: Iterable[Said]) -> None:
        for said in messages:
            if said.client_id:
                self.client_ids.pop(client_key(said), None)
