"""A log that lives as long as the process: for tests and for `--data :memory:`."""

import functools
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

import attrs
from twisted.internet.defer import Deferred, execute, succeed

from chatsvc.core.events import (
    DurableEvent,
    Edited,
    Happened,
    Redacted,
    RoomCreated,
    RoomDeleted,
    Said,
    TakenBack,
    TopicSet,
    Trimmed,
)
from chatsvc.core.happenings import EVERYTHING, Span
from chatsvc.core.limits import HAPPENINGS_KEPT
from chatsvc.core.names import RoomName
from chatsvc.core.room import Stored
from chatsvc.core.stays import Ranges, holds
from chatsvc.ports import AuditEntry, LogError, Missing, Recorded, Repeated
from chatsvc.storage.happenings import as_happened
from chatsvc.storage.memory_state import MemoryState
from chatsvc.storage.numbering import (
    ClientKey,
    Draft,
    Numbers,
    Place,
    client_key,
    places_changed,
)
from chatsvc.storage.terms import holds_all, search_phrases

_Arguments = ParamSpec("_Arguments")
_Answer = TypeVar("_Answer")


@attrs.define
class _Messages:
    """The messages of a room that are numbered above `gone`; no others are there."""

    gone: int = 0
    said: list[Said] = attrs.field(factory=list)

    def numbered(self, first: int, last: int) -> list[Said]:
        """Return those with the numbers from `first` to `last`."""
        return self.said[max(first - self.gone - 1, 0) : max(last - self.gone, 0)]

    @property
    def last(self) -> int:
        """The number of the newest."""
        return self.gone + len(self.said)


def _answered(function: Callable[_Arguments, _Answer]) -> Callable[_Arguments, Deferred[_Answer]]:
    """Make a function answer with a Deferred that has fired, also when it raises."""

    @functools.wraps(function)
    def answer(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> Deferred[_Answer]:
        return execute(function, *args, **kwargs)

    return answer


class MemoryLog:
    """Keep durable events in memory; see `ports.Log`. Every Deferred has fired already.

    Closing keeps the contents, and it may be opened again: a restart, for tests.
    """

    def __init__(self) -> None:
        self._is_open = False
        self._numbers = Numbers()
        self._messages: dict[int, _Messages] = {}
        self._said: dict[ClientKey, int] = {}
        self._happened: dict[int, list[Happened]] = {}
        self._state = MemoryState()

    def open(self) -> Stored:
        """Return what is there; see `ports.Log.open`."""
        self._is_open = True
        return self._state.stored()

    @_answered
    def append(self, events: Sequence[DurableEvent]) -> list[Recorded]:
        """Keep all `events`, or none; see `ports.Log.append`."""
        self._check_open()
        texts = [place for place in places_changed(events) if self._has_text(place)]
        draft = Draft(self._numbers, self._said, texts)
        recorded = [draft.record(event) for event in events]
        draft.keep()
        for event in recorded:
            if not isinstance(event, Repeated | Missing):
                self._apply(event)
        return recorded

    @_answered
    def read(
        self,
        room: RoomName,
        room_id: int,
        count: int,
        before: int | None = None,
        after: int | None = None,
    ) -> list[Said]:
        """Return a page of messages; see `ports.Log.read`."""
        messages = self._messages_of(room_id)
        if after is not None:
            first = max(after, messages.gone) + 1
            page = messages.numbered(first, first + count - 1)
        else:
            last = messages.last if before is None else min(before - 1, messages.last)
            page = messages.numbered(last - count + 1, last)
        return [attrs.evolve(said, room=room) for said in page]

    @_answered
    def search(
        self,
        room: RoomName,
        room_id: int,
        words: str,
        count: int,
        within: Ranges | None = None,
    ) -> list[Said]:
        """Return the newest messages that hold all `words`; see `ports.Log.search`."""
        phrases = search_phrases(words)
        if not phrases:
            return []
        found = [
            said
            for said in self._messages_of(room_id).said
            if (within is None or holds(within, said.number)) and holds_all(phrases, said.text)
        ]
        return [attrs.evolve(said, room=room) for said in found[max(len(found) - count, 0) :]]

    @_answered
    def older_than(self, room_id: int, at: int) -> int:
        """Return the highest number of a message said before `at`; see `ports.Log.older_than`."""
        messages = self._messages_of(room_id)
        count = bisect_left(messages.said, at, key=lambda said: said.at)
        return messages.gone + count if count else 0

    @_answered
    def read_happenings(
        self,
        room: RoomName,
        room_id: int,
        count: int,
        span: Span = EVERYTHING,
        from_the_oldest: bool = False,
    ) -> list[Happened]:
        """Return what happened in a room; see `ports.Log.read_happenings`."""
        self._check_open()
        gone = self._messages_of(room_id).gone
        found = [
            event
            for event in self._happened.get(room_id, ())
            if (event.after > gone or not gone) and span.holds(event)
        ]
        count = max(count, 0)
        found = found[:count] if from_the_oldest else found[max(len(found) - count, 0) :]
        return [attrs.evolve(event, room=room) for event in found]

    @_answered
    def read_audit(
        self, count: int, before: int | None = None, room: RoomName | None = None
    ) -> list[AuditEntry]:
        """Return what was written down, newest first; see `ports.Log.read_audit`."""
        self._check_open()
        return self._state.audited(count, before, room)

    def close(self) -> Deferred[None]:
        """Refuse later calls."""
        self._is_open = False
        return succeed(None)

    def _check_open(self) -> None:
        if not self._is_open:
            raise LogError("The log is not open.")

    def _messages_of(self, room_id: int) -> _Messages:
        self._check_open()
        return self._messages.get(room_id) or _Messages()

    def _apply(self, event: DurableEvent) -> None:
        match event:
            case Said():
                self._keep(event)
            case Redacted() | Edited():
                messages = self._messages[event.room_id]
                place = event.number - messages.gone - 1
                messages.said[place] = event.applied_to(messages.said[place])
            case Trimmed():
                self._trim(event.room_id, event.number)
            case _:
                if isinstance(event, RoomCreated):
                    self._messages[event.room_id] = _Messages()
                elif isinstance(event, RoomDeleted):
                    self._forget(self._messages.pop(event.room_id).said)
                    self._happened.pop(event.room_id, None)
                elif isinstance(event, TopicSet | Happened):
                    happened = self._happened.setdefault(event.room_id, [])
                    happened.append(as_happened(event))
                    del happened[: max(len(happened) - HAPPENINGS_KEPT, 0)]
                self._state.apply(event)

    def _has_text(self, place: Place) -> bool:
        found = self._messages_of(place.room_id).numbered(place.number, place.number)
        return bool(found) and not isinstance(found[0], TakenBack)

    def _keep(self, said: Said) -> None:
        self._messages[said.room_id].said.append(said)
        room = self._state.rooms[said.room_id]
        room.last, room.last_at = said.number, said.at
        if said.client_id:
            self._said[client_key(said)] = said.number

    def _trim(self, room_id: int, number: int) -> None:
        messages = self._messages[room_id]
        if number > messages.gone:
            self._forget(messages.numbered(1, number))
            del messages.said[: number - messages.gone]
            messages.gone = self._state.rooms[room_id].gone = number
            happened = self._happened.get(room_id, [])
            happened[:] = [event for event in happened if event.after > number]

    def _forget(self, messages: Sequence[Said]) -> None:
        for said in messages:
            if said.client_id:
                del self._said[client_key(said)]
