"""Which number a message and which id a room gets next; pure.

`Numbers` holds what the log has durably given out. An append makes a `Draft` on
top of it, records its events there, and keeps the draft once they are durable;
a draft that is dropped leaves no hole.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import attrs

from chatsvc.core import audit
from chatsvc.core.events import (
    ROOM_EVENTS,
    UNNUMBERED,
    UNSTAMPED,
    Audited,
    DurableEvent,
    Edited,
    Happened,
    MembershipEnded,
    MembershipKept,
    Redacted,
    RoomCreated,
    RoomDeleted,
    RoomEvent,
    Said,
    TopicSet,
    Trimmed,
)
from chatsvc.core.names import NickKey, RoomKey, nick_key, room_key
from chatsvc.ports import LogError, Missing, Recorded, Repeated
from chatsvc.storage.layout import LAST_NUMBER, LAST_ROOM_ID


class ClientKey(NamedTuple):
    """What two messages share when the second is a repetition of the first."""

    room_id: int
    nick: NickKey
    client_id: str


class Place(NamedTuple):
    """Where a message is."""

    room_id: int
    number: int


def places_changed(events: Iterable[DurableEvent]) -> set[Place]:
    """Return where the messages are that `events` change."""
    return {
        Place(event.room_id, event.number)
        for event in events
        if isinstance(event, Redacted | Edited)
    }


def trims(events: Iterable[DurableEvent]) -> dict[int, int]:
    """Return the ids of the rooms that `events` trim, and up to which number."""
    found: dict[int, int] = {}
    for event in events:
        if isinstance(event, Trimmed):
            found[event.room_id] = max(event.number, found.get(event.room_id, 0))
    return found


def client_key(said: Said) -> ClientKey:
    """Return the key of a message that has a client id."""
    return ClientKey(said.room_id, nick_key(said.nick), said.client_id)


@attrs.define
class Numbers:
    """The last number of every room by its id, and the next room's id.

    `happened` has how many things have happened in a room, where any did.
    """

    last: dict[int, int] = attrs.field(factory=dict)
    next_room_id: int = 1
    happened: dict[int, int] = attrs.field(factory=dict)


class Draft:
    """What one append will have changed in `Numbers`.

    `said` tells the numbers of messages in the log, for those client ids that
    the events of this append carry; `texts` has the places of messages that are there
    and not redacted, of those that the events change.
    """

    def __init__(
        self,
        numbers: Numbers,
        said: Mapping[ClientKey, int],
        texts: Collection[Place] = (),
    ) -> None:
        self._numbers = numbers
        self._said = said
        self._texts = set(texts)
        self._saying: dict[ClientKey, int] = {}
        self._last: dict[int, int] = {}
        self._deleted: set[int] = set()
        self._trimmed: dict[int, int] = {}
        self._happened: dict[int, int] = {}
        self._next_room_id = numbers.next_room_id
        self._made: dict[RoomKey, int] = {}
        self._missing: Missing | None = None  # What the change before has met, if it was none.

    def record(self, event: DurableEvent) -> Recorded:
        """Return `event` as it will be recorded; raise `LogError` if it has no room."""
        match event:
            case Said():
                return self._number(event)
            case Redacted() | Edited():
                return self._change(event)
            case Audited(act=audit.REDACTION) if self._missing is not None:
                return self._missing
            case RoomCreated():
                return self._identify(event)
            case MembershipKept():
                return self._begin(event)
            case MembershipEnded(until=until) if until == UNSTAMPED:
                return attrs.evolve(event, until=self._newest(event.room_id))
            case _ if isinstance(event, ROOM_EVENTS):
                return self._look_after(event)
        # What is noted of accounts and the server needs no number, and nothing that is there.
        return event

    def keep(self) -> None:
        """Make the changes; the events are durable."""
        self._numbers.last.update(self._last)
        self._numbers.happened.update(self._happened)
        for room_id in self._deleted:
            self._numbers.last.pop(room_id)
            self._numbers.happened.pop(room_id, None)
        self._numbers.next_room_id = self._next_room_id

    def _number(self, said: Said) -> Said | Repeated:
        if not said.room_id:
            said = attrs.evolve(said, room_id=self._made.get(room_key(said.room), UNNUMBERED))
        number = self._last_of(said.room_id) + 1
        if number > LAST_NUMBER:
            raise LogError(f'The room "{said.room}" is full; no message can be added to it.')
        if said.client_id:
            key = client_key(said)
            first = self._said.get(key) or self._saying.setdefault(key, number)
            if first != number:
                return Repeated(first)
        self._last[said.room_id] = number
        return said.numbered(number)

    def _change(self, event: Redacted | Edited) -> Redacted | Edited | Missing:
        place = Place(event.room_id, event.number)
        self._missing = None
        is_gone = event.number <= self._trimmed.get(event.room_id, 0)
        if place not in self._texts or event.room_id in self._deleted or is_gone:
            self._missing = Missing(event.number)
            return self._missing
        if isinstance(event, Redacted):
            self._texts.discard(place)
        return event

    def _identify(self, created: RoomCreated) -> RoomCreated:
        room_id = self._next_room_id
        if room_id > LAST_ROOM_ID:
            raise LogError("The log has given out all its room ids; no room can be made.")
        self._next_room_id += 1
        self._last[room_id] = 0
        self._made[room_key(created.room)] = room_id
        return attrs.evolve(created, room_id=room_id)

    def _look_after(self, event: RoomEvent) -> RoomEvent:
        """Note what becomes of a room that has to be there; return the event."""
        newest = self._last_of(event.room_id)
        if isinstance(event, TopicSet | Happened):
            before = self._happened.get(event.room_id, self._numbers.happened.get(event.room_id, 0))
            self._happened[event.room_id] = before + 1
            return attrs.evolve(event, after=newest, place=before + 1)
        if isinstance(event, RoomDeleted):
            self._deleted.add(event.room_id)
        elif isinstance(event, Trimmed):
            # What is said in the same append is in no table yet, and stays.
            number = max(0, min(event.number, self._numbers.last.get(event.room_id, 0)))
            self._trimmed[event.room_id] = max(number, self._trimmed.get(event.room_id, 0))
            return attrs.evolve(event, number=number)
        return event

    def _begin(self, event: MembershipKept) -> MembershipKept:
        room_id = event.room_id or self._made.get(room_key(event.room), UNNUMBERED)
        after = self._newest(room_id) if event.after == UNSTAMPED else event.after
        return attrs.evolve(event, room_id=room_id, after=after)

    def _newest(self, room_id: int) -> int:
        """Return the number of the newest message of a room that need not be there."""
        return self._last.get(room_id, self._numbers.last.get(room_id, 0))

    def _last_of(self, room_id: int) -> int:
        last = self._last.get(room_id)
        if last is None:
            last = self._numbers.last.get(room_id)
        if last is None or room_id in self._deleted:
            raise LogError(f"There is no room with the id {room_id} in the log.")
        return last
