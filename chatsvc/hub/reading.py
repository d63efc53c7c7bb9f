"""Requests that the log answers: history and search."""

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatsvc.core.commands import ChangeMessage, Edit, ReadHistory, Redact, SearchRoom
from chatsvc.core.errors import Internal, NoSuchMessage, Refusal, StorageFailed
from chatsvc.core.events import DurableEvent, Edited, Redacted, Said, TakenBack
from chatsvc.core.names import RoomName, room_key
from chatsvc.core.replies import History, Reply, SearchResult
from chatsvc.core.state import State
from chatsvc.hub import positions
from chatsvc.hub.rewrites import Rewrites
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


class Reading:
    """Answer from the log, and note what a session was shown by that."""

    _log = Logger()

    def __init__(self, log: Log, state: State, trouble: ReadTrouble, rewrites: Rewrites) -> None:
        self._store = log
        self._state = state
        self._trouble = trouble
        self._rewrites = rewrites

    def begin(
        self, subscriber: Subscriber, command: ReadHistory | SearchRoom
    ) -> Deferred[Reply | Refusal]:
        """Return the answer to `command`; never fails."""
        read = Deferred.fromCoroutine(
            answer_from(self._store, self._state, self._rewrites, command)
        )
        return read.addCallbacks(self._was_shown, self._failed, callbackArgs=(subscriber,))

    def prepare(self, change: Redact | Edit) -> Deferred[ChangeMessage | Refusal]:
        """Return what carries out `change`, or why it cannot be done; never fails."""
        prepared = Deferred.fromCoroutine(prepare_change(self._store, self._state, change))
        return prepared.addErrback(self._failed)

    def _was_shown(self, answer: Reply, subscriber: Subscriber) -> Reply:
        if isinstance(answer, History) and subscriber.unread:
            room = self._state.rooms.get(room_key(answer.room))
            if room is not None:
                positions.was_shown(subscriber, room, answer.messages)
        return answer

    def _failed(self, failure: Failure) -> Refusal:
        if isinstance(failure.value, Refusal):
            return failure.value
        if isinstance(failure.value, LogError):
            self._trouble.note(failure.value)
            return StorageFailed(str(failure.value))
        self._log.failure("Reading the log met a bug", failure=failure)
        return Internal()


async def answer_from(
    log: Log, state: State, rewrites: Rewrites, command: ReadHistory | SearchRoom
) -> Reply:
    """Return the log's answer to `command`, within the limits; raise `LogError` or `NoSuchRoom`."""
    room = state.room(command.room)
    name, room_id = room.name, room.room_id
    with rewrites.watch() as watch:
        if isinstance(command, SearchRoom):
            found = await log.search(name, room_id, command.words, state.limits.search_page)
            held = (said for said in watch.as_now(found) if not isinstance(said, TakenBack))
            return SearchResult(name, tuple(held))
        count = min(command.count, state.limits.history_page)
        fitting = await _read_fitting(log, name, room_id, count, command.before, command.after)
        return History(name, tuple(watch.as_now(fitting)))


def no_such_message(change: DurableEvent) -> NoSuchMessage:
    """Return the refusal of a change that the log did not find the message of."""
    assert isinstance(change, Redacted | Edited)
    return NoSuchMessage(change.room, change.number)


async def prepare_change(log: Log, state: State, change: Redact | Edit) -> ChangeMessage:
    """Return what carries out `change`, with the message it is about.

    Raises `LogError`, `NoSuchRoom` or `NoSuchMessage`.
    """
    room = state.room(change.room)
    found = await log.read(room.name, room.room_id, 1, after=change.number - 1)
    if not found:
        raise NoSuchMessage(room.name, change.number)
    return ChangeMessage(change, found[0])


async def _read_fitting(
    log: Log, name: RoomName, room_id: int, count: int, before: int | None, after: int | None
) -> list[Said]:
    """Read up to `count` messages that fit `ANSWER_BYTES`, one at least, a piece at a time.

    Oldest first. What lies next to `before`, or to the head, or to `after`, is taken first.
    """
    fitting: list[Said] = []
    size = 0
    while len(fitting) < count:
        wanted = min(PIECE, count - len(fitting))
        piece = await log.read(name, room_id, wanted, before, after)
        for said in piece if after is not None else reversed(piece):
            size += len(said.text.encode()) + LINE_OVERHEAD
            if size > ANSWER_BYTES and fitting:
                return _oldest_first(fitting, after)
            fitting.append(said)
        if len(piece) < wanted:
            break
        before, after = (before, piece[-1].number) if after is not None else (piece[0].number, None)
    return _oldest_first(fitting, after)


def _oldest_first(messages: list[Said], after: int | None) -> list[Said]:
    return messages if after is not None else messages[::-1]
