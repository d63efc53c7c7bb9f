"""A log that lives as long as the process: for tests and for `--data :memory:`."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar, assert_never

import attrs
from twisted.internet.defer import Deferred, execute, succeed

from chatsvc.core.events import DurableEvent, RoomCreated, RoomDeleted, Said, TopicSet, WelcomeSet
from chatsvc.core.names import RoomName
from chatsvc.core.room import StoredRoom
from chatsvc.ports import LogError, Recorded, Repeated
from chatsvc.storage.numbering import ClientKey, Draft, Numbers, client_key
from chatsvc.storage.terms import holds_all, search_phrases

_Arguments = ParamSpec("_Arguments")
_Answer = TypeVar("_Answer")


@attrs.define
class _Contents:
    """One room and everything said in it."""

    room: StoredRoom
    messages: list[Said] = attrs.field(factory=list)

    def stored(self) -> StoredRoom:
        if not self.messages:
            return self.room
        newest = self.messages[-1]
        return attrs.evolve(self.room, last=newest.number, last_at=newest.at)


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
        self._contents: dict[int, _Contents] = {}
        self._said: dict[ClientKey, int] = {}

    def open(self) -> tuple[StoredRoom, ...]:
        """Return the rooms; see `ports.Log.open`."""
        self._is_open = True
        return tuple(contents.stored() for contents in self._contents.values())

    @_answered
    def append(self, events: Sequence[DurableEvent]) -> list[Recorded]:
        """Keep all `events`, or none; see `ports.Log.append`."""
        self._check_open()
        draft = Draft(self._numbers, self._said)
        recorded = [draft.record(event) for event in events]
        draft.keep()
        for event in recorded:
            if not isinstance(event, Repeated):
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
        messages = self._messages(room_id)
        if after is not None:
            page = messages[after : after + count]
        else:
            end = len(messages) if before is None else min(before - 1, len(messages))
            page = messages[max(end - count, 0) : max(end, 0)]
        return [attrs.evolve(said, room=room) for said in page]

    @_answered
    def search(self, room: RoomName, room_id: int, words: str, count: int) -> list[Said]:
        """Return the newest messages that hold all `words`; see `ports.Log.search`."""
        phrases = search_phrases(words)
        if not phrases:
            return []
        found = [said for said in self._messages(room_id) if holds_all(phrases, said.text)]
        return [attrs.evolve(said, room=room) for said in found[max(len(found) - count, 0) :]]

    def close(self) -> Deferred[None]:
        """Refuse later calls."""
        self._is_open = False
        return succeed(None)

    def _check_open(self) -> None:
        if not self._is_open:
            raise LogError("The log is not open.")

    def _messages(self, room_id: int) -> list[Said]:
        self._check_open()
        contents = self._contents.get(room_id)
        return [] if contents is None else contents.messages

    def _apply(self, event: DurableEvent) -> None:
        match event:
            case Said():
                self._keep(event)
            case RoomCreated(room, at, owner, kept, room_id):
                self._contents[room_id] = _Contents(StoredRoom(room_id, room, at, owner, kept))
            case RoomDeleted():
                self._forget(event.room_id)
            case TopicSet(at=at, nick=nick, text=text):
                self._change(event.room_id, topic=text, topic_nick=nick, topic_at=at)
            case WelcomeSet(text=text):
                self._change(event.room_id, welcome=text)
            case _:
                assert_never(event)

    def _keep(self, said: Said) -> None:
        self._contents[said.room_id].messages.append(said)
        if said.client_id:
            self._said[client_key(said)] = said.number

    def _forget(self, room_id: int) -> None:
        for said in self._contents.pop(room_id).messages:
            if said.client_id:
                del self._said[client_key(said)]

    def _change(self, room_id: int, **changes: Any) -> None:
        contents = self._contents[room_id]
        contents.room = attrs.evolve(contents.room, **changes)
