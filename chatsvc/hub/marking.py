"""What is asked of the log by time: history, the newest of all one's rooms, read markers."""

from collections.abc import Mapping

from twisted.internet.defer import Deferred

from chatsvc.core.commands import (
    KeepMarker,
    ListActivity,
    MarkRead,
    ReadHistory,
    ReadHistoryAt,
    ShowMarker,
)
from chatsvc.core.conversations import is_direct, readable_in
from chatsvc.core.errors import Refusal
from chatsvc.core.names import RoomName, room_key
from chatsvc.core.people import Session
from chatsvc.core.permission import readable_by
from chatsvc.core.replies import Activity, MarkerIs, Reply
from chatsvc.core.room import Room
from chatsvc.core.rules.direct import conversation, seen_by
from chatsvc.core.rules.history import spelt
from chatsvc.core.state import State, person_of
from chatsvc.core.stays import Ranges, holds, newest
from chatsvc.hub.reading import Reading, ReadTrouble
from chatsvc.hub.subscriber import Subscriber
from chatsvc.ports import Log


class Marking:
    """Answer what is asked by time; `subscribers` has all by session."""

    def __init__(
        self,
        log: Log,
        state: State,
        trouble: ReadTrouble,
        reading: Reading,
        subscribers: Mapping[int, Subscriber],
    ) -> None:
        self._store = log
        self._state = state
        self._trouble = trouble
        self._reading = reading
        self._subscribers = subscribers

    def read(self, subscriber: Subscriber, command: ReadHistoryAt) -> Deferred[Reply | Refusal]:
        """Return the answer to `command`; never fails."""
        numbered = Deferred.fromCoroutine(self._numbered(subscriber.session, command))
        read: Deferred[Reply | Refusal] = numbered.addCallback(
            lambda by_number: self._reading.begin(subscriber, by_number)
        )
        return read.addErrback(self._trouble.refusal_of)

    def activity(self, subscriber: Subscriber, command: ListActivity) -> Deferred[Reply | Refusal]:
        """Return the answer to `command`; never fails."""
        listed: Deferred[Reply] = Deferred.fromCoroutine(
            self._activity(subscriber.session, command)
        )
        return listed.addErrback(self._trouble.refusal_of)

    def mark(self, subscriber: Subscriber, command: MarkRead) -> Deferred[KeepMarker | Refusal]:
        """Note how far a person has read by numbers, too; return what keeps the time."""
        marked = Deferred.fromCoroutine(self._mark(subscriber.session, command))
        return marked.addErrback(self._trouble.refusal_of)

    def show(
        self, subscriber: Subscriber, command: ShowMarker
    ) -> Deferred[Reply | KeepMarker | Refusal]:
        """Return the answer to `command`, or what keeps a marker first; never fails."""
        shown = Deferred.fromCoroutine(self._show(subscriber.session, command))
        return shown.addErrback(self._trouble.refusal_of)

    def _room(self, session: Session, name: RoomName) -> Room | None:
        """Return what `name` means to a session; what may be done there is asked elsewhere."""
        if is_direct(name):
            return None if session.account is None else conversation(self._state, session, name)
        return self._state.rooms.get(room_key(name))

    async def _numbered(self, session: Session, command: ReadHistoryAt) -> ReadHistory:
        """Return the command by numbers; whether it may be asked is looked at again then."""
        room = self._room(session, command.room)
        before, after = command.before, command.after
        if room is None:
            return ReadHistory(command.room, command.count)
        if before is not None:
            before = await self._store.older_than(room.room_id, before) + 1
        if after is not None:
            after = await self._store.older_than(room.room_id, after + 1)
        return ReadHistory(command.room, command.count, before, after)

    async def _mark(self, session: Session, command: MarkRead) -> KeepMarker:
        room = self._room(session, command.room)
        if room is not None:
            number = await self._store.older_than(room.room_id, command.at + 1)
            self._note_read(session, room, number)
        return KeepMarker(command.room, command.at)

    async def _show(self, session: Session, command: ShowMarker) -> Reply | KeepMarker:
        """Return a marker; where none was set since the start, the time of what was noted."""
        person = person_of(session)
        if not is_direct(command.room) and room_key(command.room) not in session.rooms:
            return MarkerIs(command.room, None)
        at = self._state.markers.of(person, room_key(command.room))
        noted = self._noted(session, command.room) if at is None else None
        if noted is not None:
            room, position = noted
            found = await self._store.read(room.name, room.room_id, 1, after=position - 1)
            if found and found[0].number == position:
                return KeepMarker(command.room, found[0].at)
        return MarkerIs(spelt(self._state, session, command.room), at)

    def _noted(self, session: Session, name: RoomName) -> tuple[Room, int] | None:
        """Return up to where it was noted that an account has read; None if it was not."""
        room, account = self._room(session, name), session.account
        if room is None or account is None:
            return None
        kept = room.keepers.get(account.key)
        is_there = is_direct(name) or room.key in session.rooms
        if kept is None or not is_there or not holds(self._ranges(session, room), kept.position):
            return None
        return room, kept.position

    def _note_read(self, session: Session, room: Room, number: int) -> None:
        """Let all sessions of a person have read up to `number`, as far as they had not."""
        ranges = self._ranges(session, room)
        person = session.person
        for session_id in () if person is None else person.sessions:
            subscriber = self._subscribers.get(session_id)
            position = None if subscriber is None else subscriber.unread.get(room.key)
            if subscriber is None or position is None:
                continue
            if not ranges or number >= ranges[-1][1]:
                del subscriber.unread[room.key]
            else:
                subscriber.unread[room.key] = max(position, number)

    def _ranges(self, session: Session, room: Room) -> Ranges:
        account = session.account
        if not is_direct(room.key):
            return readable_by(room, session.person)
        return () if account is None else readable_in(room, account.key)

    async def _activity(self, session: Session, command: ListActivity) -> Reply:
        """Look at what one is in; what is in memory of a room answers for nearly all of them."""
        found: list[tuple[int, RoomName]] = []
        for room in self._own_rooms(session):
            if command.after < room.last_at:
                at = await self._newest_at(room, self._ranges(session, room))
                if command.after < at < command.before:
                    found.append((at, self._spelt(session, room)))
        found.sort()
        found = found[-command.count :] if command.is_backward else found[: command.count]
        return Activity(tuple((name, at) for at, name in found))

    def _own_rooms(self, session: Session) -> list[Room]:
        account = session.account
        direct = () if account is None else self._state.conversations.of(account.key)
        return [*session.rooms.values(), *direct]

    def _spelt(self, session: Session, room: Room) -> RoomName:
        account = session.account
        if account is None or not is_direct(room.key):
            return room.name
        return seen_by(self._state, room, account.key)

    async def _newest_at(self, room: Room, ranges: Ranges) -> int:
        """Return when the newest message in `ranges` was said; 0 if there is none."""
        for _, last in newest(ranges, 1):
            if last == room.last:
                return room.last_at
            found = await self._store.read(room.name, room.room_id, 1, after=last - 1)
            return found[0].at if found else 0
        return 0
