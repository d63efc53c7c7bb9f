"""Group commit: while one append runs, the next batch gathers.

A batch is taken when a reactor turn has brought nothing new, or when its first decision
has waited `GATHERING_SECONDS`: people answer what they were just sent, so in a busy room
the next messages are already on their way, and a message that comes with others costs a
fraction of one that comes alone. An idle log waits for nobody: its turn without anything
new is the next one, at once. A decision that changes a
room's existence or settings (anything durable but a message) marks the room as
`changing` until its append is done; commands that depend on the room, or would make one
that looks like it (`making`), wait for that, so every decision is made on a state that no
earlier one can still take away.

A server that stops does not wait for ever: `give_up` refuses what the log has not taken.
"""

from collections.abc import Callable, Sequence

import attrs
from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatsvc.core.commands import Command
from chatsvc.core.events import DURABLE, DurableEvent, Event, RoomCreated, Said
from chatsvc.core.names import LookAlikes, RoomKey, room_key
from chatsvc.hub.subscriber import Subscriber
from chatsvc.ports import Clock, Log, LogError, LogUncertain, Recorded

LARGEST_BATCH = 4096
"""Decisions in one append; keeps a commit, and what a failed one refuses, bounded."""

LARGEST_BATCH_BYTES = 131_072
"""Text in one append: what it brings is handed to every reader that keeps up, before it
can turn out that one does not."""

GATHERING_SECONDS = 0.002
"""Longest wait of a decision for others to join it, while an append could begin."""

GIVEN_UP = "The server is shutting down and its disk takes too long."
"""Why a decision is refused that the log did not take before the server gave up."""


@attrs.define(eq=False)
class Decision:
    """A command that was decided on, who asked (None: the hub), and its events.

    `durable` is the one among them that goes to the log; a decision has at most one.
    """

    subscriber: Subscriber | None
    command: Command
    events: tuple[Event, ...]
    durable: DurableEvent

    def events_as(self, recorded: DurableEvent) -> tuple[Event, ...]:
        """Return the decision's events, the durable one as the log recorded it."""
        return tuple(recorded if event is self.durable else event for event in self.events)


def durable_event(events: tuple[Event, ...]) -> DurableEvent | None:
    """Return the event that goes to the log, None if none does."""
    for event in events:
        if isinstance(event, DURABLE):
            return event
    return None


class Committer:
    """Append decisions in batches and report each batch as a whole.

    `committed` is called with the decisions and, in the same order, what the log
    recorded of each; `failed` with the decisions and why nothing of them is in the log.
    """

    _log = Logger()

    def __init__(
        self,
        log: Log,
        clock: Clock,
        committed: Callable[[list[Decision], list[Recorded]], None],
        failed: Callable[[list[Decision], Failure], None],
    ) -> None:
        self._store = log
        self._clock = clock
        self._committed = committed
        self._failed = failed
        self._gathering: list[Decision] = []
        self._gathered_bytes = 0
        self._gathered_since = 0.0
        self._gathered_before = 0
        self._busy = False
        self._appended: Deferred[list[Recorded]] | None = None
        self._has_given_up = False
        self._when_idle: list[Callable[[], None]] = []
        self.changing: set[RoomKey] = set()
        self.making = LookAlikes[RoomKey](self.changing)

    def add(self, decision: Decision) -> None:
        """Take a decision; its durable event is appended as soon as possible."""
        self._gathering.append(decision)
        if isinstance(decision.durable, Said):
            self._gathered_bytes += len(decision.durable.text)
        else:
            self._mark(decision.durable)
        if not self._busy:
            self._busy = True
            self._gather()

    def when_idle(self, callback: Callable[[], None]) -> None:
        """Call `callback` once everything taken so far is done; at once when idle."""
        if self._busy:
            self._when_idle.append(callback)
        else:
            callback()

    def give_up(self) -> None:
        """Fail the append that is under way, with `LogUncertain`, and all that wait.

        What the log says of it later is not heard: nobody is told that it was kept. The
        callbacks of `when_idle` are called within a few turns. For a server that ends.
        """
        self._has_given_up = True
        if self._appended is not None:
            self._appended.cancel()

    def _gather(self) -> None:
        """Append once a turn brings nothing new, but soon."""
        self._gathered_since = self._clock.seconds()
        self._gathered_before = 0
        self._clock.callLater(0, self._gather_on)

    def _gather_on(self) -> None:
        count = len(self._gathering)
        is_new = count > self._gathered_before
        if is_new and self._clock.seconds() - self._gathered_since < GATHERING_SECONDS:
            self._gathered_before = count
            self._clock.callLater(0, self._gather_on)
        else:
            self._append()

    def _append(self) -> None:
        batch = self._take_batch()
        if self._has_given_up:
            appended: Deferred[list[Recorded]] = fail(LogError(GIVEN_UP))
        else:
            appended = self._store.append([decision.durable for decision in batch])
            self._appended = appended
        appended.addCallbacks(
            self._succeed, self._fail, callbackArgs=(batch,), errbackArgs=(batch,)
        )
        appended.addBoth(self._next)

    def _take_batch(self) -> list[Decision]:
        if len(self._gathering) <= LARGEST_BATCH and self._gathered_bytes < LARGEST_BATCH_BYTES:
            batch, self._gathering, self._gathered_bytes = self._gathering, [], 0
            return batch
        count = size = 0
        for decision in self._gathering[:LARGEST_BATCH]:
            count, size = count + 1, size + _text_bytes(decision)
            if size >= LARGEST_BATCH_BYTES:
                break
        batch = self._gathering[:count]
        del self._gathering[:count]
        self._gathered_bytes -= size
        return batch

    def _succeed(self, recorded: list[Recorded], batch: list[Decision]) -> None:
        self._release(batch)
        self._committed(batch, recorded)

    def _fail(self, failure: Failure, batch: list[Decision]) -> None:
        self._release(batch)
        if self._has_given_up and failure.check(CancelledError):
            failure = Failure(LogUncertain(GIVEN_UP))
        self._failed(batch, failure)

    def _release(self, batch: Sequence[Decision]) -> None:
        if self.changing:
            for decision in batch:
                if not isinstance(decision.durable, Said):
                    self._unmark(decision.durable)

    def _mark(self, event: DurableEvent) -> None:
        key = room_key(event.room)
        self.changing.add(key)
        if isinstance(event, RoomCreated):
            self.making.add(event.room, key)

    def _unmark(self, event: DurableEvent) -> None:
        key = room_key(event.room)
        self.changing.discard(key)
        if isinstance(event, RoomCreated):
            self.making.discard(event.room, key)

    def _next(self, result: object) -> None:
        self._appended = None
        if isinstance(result, Failure):
            self._log.failure("Concluding a batch met a bug", failure=result)
        if self._gathering:
            self._gather()
            return
        self._busy = False
        callbacks, self._when_idle = self._when_idle, []
        for callback in callbacks:
            callback()


def _text_bytes(decision: Decision) -> int:
    """Return about how many bytes a message's text has."""
    return len(decision.durable.text) if isinstance(decision.durable, Said) else 0
