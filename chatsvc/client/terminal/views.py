"""What is remembered of each room, and the order in which lines are shown.

Every line shown has a place in one order over all rooms, so that any selection of rooms
can be shown together. Transcripts are bounded; the server has the rest.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from heapq import merge

import attrs

from chatsvc.client.lines import Line
from chatsvc.core.events import Said
from chatsvc.core.names import Nick, NickKey, RoomName, nick_key, room_key

TRANSCRIPT_LINES = 2000
"""Lines kept for each room, and for what belongs to no room."""

SPEAKERS_REMEMBERED = 50
"""Nicks in a room that are offered first by completion: those who spoke last."""


@attrs.frozen
class Entry:
    """A line, its place among all lines, and when it came (milliseconds since 1970 UTC)."""

    order: int
    line: Line
    at: int


class Transcript:
    """A bounded sequence of entries, in order."""

    def __init__(self, limit: int = TRANSCRIPT_LINES) -> None:
        self._entries: deque[Entry] = deque(maxlen=limit)

    def add(self, entry: Entry) -> None:
        """Add an entry that comes after all others."""
        self._entries.append(entry)

    def insert(self, entries: Iterable[Entry]) -> None:
        """Put in entries where their order says."""
        whole = merge(self._entries, entries, key=_order)
        self._entries = deque(whole, maxlen=self._entries.maxlen)

    def change(self, room: RoomName, number: int, how: Callable[[Line], Line]) -> None:
        """Change the lines that show the message `number` of `room`."""
        for place, entry in enumerate(self._entries):
            line = entry.line
            if line.number == number and line.room and room_key(line.room) == room_key(room):
                self._entries[place] = attrs.evolve(entry, line=how(line))

    def rename_room(self, room: RoomName, new: RoomName) -> None:
        """Show the lines of a room as those of the name that it has now."""
        for place, entry in enumerate(self._entries):
            line = entry.line
            if line.room and room_key(line.room) == room_key(room):
                self._entries[place] = attrs.evolve(entry, line=attrs.evolve(line, room=new))

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()

    def newest_first(self) -> Iterator[Entry]:
        """Return the entries from the newest to the oldest."""
        return reversed(self._entries)


def newest_first(transcripts: Iterable[Transcript]) -> Iterator[Entry]:
    """Return the entries of several transcripts together, from the newest to the oldest."""
    return merge(*(each.newest_first() for each in transcripts), key=_order, reverse=True)


def _order(entry: Entry) -> int:
    return entry.order


@attrs.define(eq=False)
class RoomView:
    """One room we are in, as far as it is known.

    `last` is the number of its newest message; `members` holds nicks by their key, and is
    empty until the server told them; `count` is how many there are, None while unknown;
    `is_counted`: the server tells their number only.
    `unread` and `mentions` count what came while another room was shown. `past` are the
    places kept free for what was said before we entered, `first` the number of the first
    message that came since.
    """

    room: RoomName
    past: range
    last: int = 0
    count: int | None = None
    is_counted: bool = False
    unread: int = 0
    mentions: int = 0
    first: int | None = None
    transcript: Transcript = attrs.field(factory=Transcript)
    members: dict[NickKey, Nick] = attrs.field(factory=dict)
    _speakers: dict[NickKey, Nick] = attrs.field(factory=dict)

    @property
    def nicks(self) -> list[Nick]:
        """The nicks of this room: who spoke last comes first, then the others by name."""
        speakers = [nick for key, nick in reversed(self._speakers.items()) if self._knows(key)]
        others = [nick for key, nick in self.members.items() if key not in self._speakers]
        return speakers + sorted(others, key=nick_key)

    def _knows(self, key: NickKey) -> bool:
        return not self.members or key in self.members

    def is_past(self, number: int) -> bool:
        """Tell whether the message `number` came before everything that was told live."""
        return self.first is None or number < self.first

    def heard(self, said: Said) -> None:
        """Note a live message."""
        self.first = said.number if self.first is None else self.first
        self.last = max(self.last, said.number)
        self._speakers.pop(nick_key(said.nick), None)
        self._speakers[nick_key(said.nick)] = said.nick
        if len(self._speakers) > SPEAKERS_REMEMBERED:
            del self._speakers[next(iter(self._speakers))]

    def reset(self, last: int) -> None:
        """Note that the newest message has the number `last` now."""
        self.last = last

    def know_members(self, nicks: Iterable[Nick]) -> None:
        """Note who is in the room."""
        self.members = {nick_key(nick): nick for nick in nicks}
        self.count, self.is_counted = len(self.members), False

    def counted(self, members: int) -> None:
        """Note how many are in the room; who they are is not told any more."""
        self.members, self.count, self.is_counted = {}, members, True

    def arrived(self, nick: Nick) -> None:
        """Note that somebody entered."""
        self.is_counted = False
        if self.members:
            self.members[nick_key(nick)] = nick
            self.count = len(self.members)
        elif self.count is not None:
            self.count += 1

    def departed(self, nick: Nick) -> None:
        """Note that somebody left."""
        self.is_counted = False
        if self.members:
            self.members.pop(nick_key(nick), None)
            self.count = len(self.members)
        elif self.count is not None:
            self.count -= 1

    def renamed(self, old: Nick, new: Nick) -> None:
        """Note a new nick, if it belongs to somebody here."""
        if self.members.pop(nick_key(old), None) is not None:
            self.members[nick_key(new)] = new

    def seen(self) -> None:
        """Note that everything here was looked at."""
        self.unread = self.mentions = 0
