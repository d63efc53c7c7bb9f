"""Requests that the log answers: history and search."""

from collections.abc import Iterator

import attrs
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatsvc.core.access_table import Action
from chatsvc.core.commands import (
    ChangeMessage,
    Command,
    Edit,
    ReadHappenings,
    ReadHistory,
    Redact,
    SearchRoom,
)
from chatsvc.core.conversations import is_direct
from chatsvc.core.errors import Internal, NoSuchMessage, Refusal, StorageFailed
from chatsvc.core.events import DurableEvent, Edited, Redacted, Said, TakenBack, bytes_of
from chatsvc.core.people import Session
from chatsvc.core.permission import may_be_shown
from chatsvc.core.replies import Happenings, History, Reply, SearchResult
from chatsvc.core.room import Room
from chatsvc.core.state import State
from chatsvc.core.stays import Ranges, newest, oldest
from chatsvc.hub import direct, positions
from chatsvc.hub.reach import Now, Reach, cut
from chatsvc.hub.rewrites import Rewrites, Watch
from chatsvc.hub.subscriber import Subscriber
from chatsvc.ports import Clock, Log, LogError

ANSWER_BYTES = 262_144
"""Text in one answer to `history`; a client that does not read it costs us that much."""

PIECE = 250
"""Messages read from the log at once for an answer; a page of the longest is a megabyte."""

LINE_OVERHEAD = 100
"""What a message's line has besides its text, roughly."""

TROUBLE_SECONDS = 60.0
"""How often it is logged at most that the log cannot be read; hundreds may want to."""


class ReadTrouble:
    """Tell the operator that the log cannot be read: at once, then once a minute while it lasts."""

    _log = Logger()

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told_at: float | None = None
        self._untold = 0

    def note(self, error: LogError) -> None:
        """Note that a read failed."""
        now = self._clock.seconds()
        if self._told_at is not None and now - self._told_at < TROUBLE_SECONDS:
            self._untold += 1
            return
        self._log.error(
            "The log could not be read: {error} ({untold} more since the last such line)",
            error=error,
            untold=self._untold,
        )
        self._told_at, self._untold = now, 0

    def refusal_of(self, failure: Failure) -> Refusal:
        """Return what somebody is told whose question met `failure`; note or log what it is."""
        if isinstance(failure.value, Refusal):
            return failure.value
        if isinstance(failure.value, LogError):
            self.note(failure.value)
            return StorageFailed(str(failure.value))
        self._log.failure("Asking the log met a bug", failure=failure)
        return Internal()


class Reading:
    """Answer from the log, and note what a session was shown by that."""

    def __init__(
        self, log: Log, state: State, trouble: ReadTrouble, rewrites: Rewrites, now: Now
    ) -> None:
        self._store = log
        self._state = state
        self._trouble = trouble
        self._rewrites = rewrites
        self._now = now

    def begin(
        self, subscriber: Subscriber, command: ReadHistory | SearchRoom
    ) -> Deferred[Reply | Refusal]:
        """Return the answer to `command`; never fails."""
        if is_direct(command.room):
            told = direct.answer_from(self._store, self._state, self._rewrites, subscriber, command)
            return Deferred.fromCoroutine(told).addErrback(self._trouble.refusal_of)
        read = Deferred.fromCoroutine(self._answer(subscriber, command))
        return read.addErrback(self._trouble.refusal_of)

    def look_back(
        self, subscriber: Subscriber, command: ReadHappenings
    ) -> Deferred[Reply | Refusal]:
        """Return the answer to `command`; never fails."""
        looked: Deferred[Reply] = Deferred.fromCoroutine(
            self._happened(subscriber.session, command)
        )
        return looked.addErrback(self._trouble.refusal_of)

    def prepare(
        self, subscriber: Subscriber, change: Redact | Edit
    ) -> Deferred[ChangeMessage | Refusal]:
        """Return what carries out `change`, or why it cannot be done; never fails."""
        if is_direct(change.room):
            preparing = direct.prepare_change(self._store, self._state, subscriber.session, change)
        else:
            preparing = prepare_change(self._store, self._state, change)
        prepared = Deferred.fromCoroutine(preparing)
        return prepared.addErrback(self._trouble.refusal_of)

    async def _answer(self, subscriber: Subscriber, command: ReadHistory | SearchRoom) -> Reply:
        reach = Reach.of(self._state, subscriber.session, command.room, self._now)
        limits = self._state.limits
        with self._rewrites.watch() as watch:
            if isinstance(command, SearchRoom):
                return await search(self._store, reach, watch, command.words, limits.search_page)
            count = min(command.count, limits.history_page)
            answer = await read_history(
                self._store, reach, watch, attrs.evolve(command, count=count)
            )
        positions.was_shown(subscriber, reach.room, answer.messages)
        return answer

    async def _happened(self, session: Session, command: ReadHappenings) -> Reply:
        """Return what may be shown; of a conversation nothing is kept but messages."""
        if is_direct(command.room):
            return Happenings(command.room, ())
        reach = Reach.of(self._state, session, command.room, self._now)
        room = reach.room
        reach.ranges(Action.HISTORY)
        count = min(command.count, self._state.limits.history_page)
        found = await self._store.read_happenings(
            room.name, room.room_id, count, command.span, command.from_the_oldest
        )
        reach.ranges(Action.HISTORY)  # Perhaps that is not so any more.
        keeping = room.kind.keeping
        oldest_at = keeping.oldest_at(self._now()) if keeping.seconds else 0
        happened = may_be_shown(room, session.person, found)
        return Happenings(room.name, tuple(each for each in happened if each.at >= oldest_at))


async def search(log: Log, reach: Reach, watch: Watch, words: str, count: int) -> SearchResult:
    """Return what is found in what may be read; raise `LogError` or a refusal."""
    room, within = reach.room, reach.ranges(Action.SEARCH)
    found = await log.search(room.name, room.room_id, words, count, within)
    shown = cut(watch.as_now(found), reach.ranges(Action.SEARCH))
    return SearchResult(room.name, tuple(x for x in shown if not isinstance(x, TakenBack)))


async def read_history(log: Log, reach: Reach, watch: Watch, command: ReadHistory) -> History:
    """Return a page of what may be read; raise `LogError` or a refusal."""
    ranges, is_forward = reach.ranges(Action.HISTORY), command.after is not None
    if command.after is not None:
        wanted = oldest(ranges, command.count, command.after)
    else:
        wanted = newest(ranges, command.count, command.before)
    found = await _read_fitting(log, reach.room, wanted, is_forward)
    shown = cut(watch.as_now(found), reach.ranges(Action.HISTORY))
    return History(reach.room.name, tuple(shown))


def no_such_message(command: Command, change: DurableEvent) -> NoSuchMessage:
    """Return the refusal of a change that the log did not find the message of."""
    assert isinstance(change, Redacted | Edited)
    asked = command.change.room if isinstance(command, ChangeMessage) else change.room
    return NoSuchMessage(asked if is_direct(asked) else change.room, change.number)


async def prepare_change(log: Log, state: State, change: Redact | Edit) -> ChangeMessage:
    """Return what carries out `change`, with the message it is about.

    Raises `LogError`, `NoSuchRoom` or `NoSuchMessage`.
    """
    room = state.room(change.room)
    found = await log.read(room.name, room.room_id, 1, after=change.number - 1)
    if not found:
        raise NoSuchMessage(room.name, change.number)
    return ChangeMessage(change, found[0])


async def _read_fitting(log: Log, room: Room, ranges: Ranges, is_forward: bool) -> list[Said]:
    """Read those of the messages `ranges` that fit `ANSWER_BYTES`, one at least; oldest first.

    A piece at a time; the lowest numbers are taken first, or the highest.
    """
    fitting: list[Said] = []
    size = 0
    for first, last in _pieces(ranges, is_forward):
        found = await log.read(room.name, room.room_id, last - first + 1, after=first - 1)
        # Where a room was trimmed meanwhile, what is above may have come in its place.
        piece = [said for said in found if said.number <= last]
        for said in piece if is_forward else reversed(piece):
            size += bytes_of(said) + LINE_OVERHEAD
            if size > ANSWER_BYTES and fitting:
                return _oldest_first(fitting, is_forward)
            fitting.append(said)
    return _oldest_first(fitting, is_forward)


def _pieces(ranges: Ranges, is_forward: bool) -> Iterator[tuple[int, int]]:
    """Return `ranges`, cut into pieces of `PIECE` numbers, from their beginning or their end."""
    for first, last in ranges if is_forward else reversed(ranges):
        while first <= last:
            if is_forward:
                yield first, min(last, first + PIECE - 1)
                first += PIECE
            else:
                yield max(first, last - PIECE + 1), last
                last -= PIECE


def _oldest_first(messages: list[Said], is_forward: bool) -> list[Said]:
    return messages if is_forward else messages[::-1]
