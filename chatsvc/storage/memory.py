"""A log that lives as long as the process: for tests and for `--data :memory:`."""

import functools
from collections.abc import Callable, Collection, Sequence
from typing import Any, ParamSpec, TypeVar, assert_never

import attrs
from twisted.internet.defer import Deferred, execute, succeed

from chatsvc.core.accounts import Account, StoredMembership
from chatsvc.core.events import (
    AccountDropped,
    AccountEvent,
    DurableEvent,
    Edited,
    KeyAdded,
    KeyRemoved,
    MembershipEnded,
    MembershipKept,
    PasswordSet,
    PositionsNoted,
    Redacted,
    Registered,
    RoomCreated,
    RoomDeleted,
    RoomEvent,
    Said,
    TakenBack,
    TopicSet,
    WelcomeSet,
)
from chatsvc.core.names import NickKey, RoomName, nick_key
from chatsvc.core.room import Stored, StoredRoom
from chatsvc.ports import LogError, Missing, Recorded, Repeated
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
class _Contents:
    """One room and everything said in it."""

    room: StoredRoom
    messages: list[Said] = attrs.field(factory=list)

    def stored(self) -> StoredRoom:
        if not self.messages:
            return self.room
        newest = self.messages[-1]
        return attrs.evolve(self.room, last=newest.number, last_at=newest.at)


@attrs.define
class _Accounts:
    """The accounts by name, and their memberships by name and room id."""

    accounts: dict[NickKey, Account] = attrs.field(factory=dict)
    memberships: dict[tuple[NickKey, int], StoredMembership] = attrs.field(factory=dict)

    def stored(self, rooms: tuple[StoredRoom, ...]) -> Stored:
        return Stored(rooms, tuple(self.accounts.values()), tuple(self.memberships.values()))

    def forget_room(self, room_id: int) -> None:
        kept = {key: each for key, each in self.memberships.items() if key[1] != room_id}
        self.memberships = kept

    def apply(self, event: AccountEvent, rooms: Collection[int]) -> None:
        key = nick_key(event.name)
        if isinstance(event, Registered):
            account = Account(event.name, event.at, event.secret)
            self.accounts.setdefault(key, account)
        elif key in self.accounts:
            self._change(self.accounts[key], event, rooms)

    def _change(self, account: Account, event: AccountEvent, rooms: Collection[int]) -> None:
        match event:
            case PasswordSet(secret=secret, instead_of=old) if old in ("", account.secret):
                self.accounts[account.key] = attrs.evolve(account, secret=secret)
            case KeyAdded(key=key) if key not in account.keys:
                self.accounts[account.key] = attrs.evolve(account, keys=(*account.keys, key))
            case KeyRemoved(key=key):
                keys = tuple(each for each in account.keys if each != key)
                self.accounts[account.key] = attrs.evolve(account, keys=keys)
            case AccountDropped():
                del self.accounts[account.key]
                for place in [each for each in self.memberships if each[0] == account.key]:
                    del self.memberships[place]
            case MembershipKept(at=at, position=position, room_id=room_id) if room_id in rooms:
                membership = StoredMembership(account.name, room_id, at, position)
                self.memberships.setdefault((account.key, room_id), membership)
            case MembershipEnded(room_id=room_id):
                self.memberships.pop((account.key, room_id), None)
            case PositionsNoted(positions=positions):
                for room_id, position in positions:
                    self._note(account, room_id, position)

    def _note(self, account: Account, room_id: int, position: int) -> None:
        membership = self.memberships.get((account.key, room_id))
        if membership is not None and position > membership.position:
            noted = attrs.evolve(membership, position=position)
            self.memberships[account.key, room_id] = noted


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
        self._accounts = _Accounts()

    def open(self) -> Stored:
        """Return what is there; see `ports.Log.open`."""
        self._is_open = True
        rooms = tuple(contents.stored() for contents in self._contents.values())
        return self._accounts.stored(rooms)

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
            case Redacted() | Edited():
                messages = self._contents[event.room_id].messages
                messages[event.number - 1] = event.applied_to(messages[event.number - 1])
            case RoomCreated() | RoomDeleted() | TopicSet() | WelcomeSet():
                self._apply_to_rooms(event)
            case _:
                self._accounts.apply(event, self._contents)

    def _apply_to_rooms(self, event: RoomEvent) -> None:
        match event:
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

    def _has_text(self, place: Place) -> bool:
        messages = self._messages(place.room_id)
        is_there = 1 <= place.number <= len(messages)
        return is_there and not isinstance(messages[place.number - 1], TakenBack)

    def _keep(self, said: Said) -> None:
        self._contents[said.room_id].messages.append(said)
        if said.client_id:
            self._said[client_key(said)] = said.number

    def _forget(self, room_id: int) -> None:
        for said in self._contents.pop(room_id).messages:
            if said.client_id:
                del self._said[client_key(said)]
        self._accounts.forget_room(room_id)

    def _change(self, room_id: int, **changes: Any) -> None:
        contents = self._contents[room_id]
        contents.room = attrs.evolve(contents.room, **changes)
