"""Group commit: while one append runs, the next batch gathers.

Nothing waits for the sake of gathering when the log is idle: a batch is what came in
during one reactor turn, or during the append before it. A decision that changes a
room's existence or settings (anything durable but a message) marks the room as
`changing` until its append is done; commands that depend on the room wait for that, so
every decision is made on a state that no earlier one can still take away.
"""

from collections.abc import Callable, Sequence

import attrs
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatsvc.core.commands import Command, Say
from chatsvc.core.events import DURABLE, DurableEvent, Event, Said
from chatsvc.core.names import RoomKey, room_key
from chatsvc.hub.subscriber import Subscriber
from chatsvc.ports import Clock, Log, Recorded, Repeated

LARGEST_BATCH = 4096
"""Decisions in one append; keeps a commit, and what a failed one refuses, bounded."""

LARGEST_BATCH_BYTES = 131_072
"""Text in one append: what it brings is handed to every reader that keeps up, before it
can turn out that one does not."""


@attrs.frozen(eq=False)
class Decision:
    """A command that was decided on, who asked (None: the hub), and its events."""

    subscriber: Subscriber | None
    command: Command
    events: tuple[Event, ...]

    def durable_events(self) -> list[DurableEvent]:
        """Return the events that go to the log, in order."""
        return [event for event in self.events if isinstance(event, DURABLE)]

    def text_bytes(self) -> int:
        """Return about how many bytes a message's text has."""
        return len(self.command.text) if isinstance(self.command, Say) else 0

    def changed_rooms(self) -> list[RoomKey]:
        """Return the rooms whose existence or settings this changes."""
        return [
            room_key(event.room) for event in self.durable_events() if not isinstance(event, Said)
        ]


@attrs.frozen(eq=False)
class Committed:
    """A decision that is durable, and its durable events as the log recorded them."""

    decision: Decision
    recorded: Sequence[Recorded]

    def events(self) -> tuple[Event, ...]:
        """Return the decision's events, the durable ones as the log recorded them."""
        recorded = iter(self.recorded)
        events: list[Event] = []
        for event in self.decision.events:
            from_log = next(recorded) if isinstance(event, DURABLE) else event
            assert not isinstance(from_log, Repeated)
            events.append(from_log)
        return tuple(events)


class Committer:
    """Append decisions in batches and report each batch as a whole."""

    _log = Logger()

    def __init__(
        self,
        log: Log,
        clock: Clock,
        committed: Callable[[list[Committed]], None],
        failed: Callable[[list[Decision], Failure], None],
    ) -> None:
        self._store = log
        self._clock = clock
        self._committed = committed
        self._failed = failed
        self._gathering: list[Decision] = []
        self._busy = False
        self._when_idle: list[Callable[[], None]] = []
        self.changing: set[RoomKey] = set()

    def add(self, decision: Decision) -> None:
        """Take a decision that has durable events; it is appended as soon as possible."""
        self._gathering.append(decision)
        if not isinstance(decision.events[0], Said):
            self.changing.update(decision.changed_rooms())
        if not self._busy:
            self._busy = True
            self._clock.callLater(0, self._append)

    def when_idle(self, callback: Callable[[], None]) -> None:
        """Call `callback` once everything taken so far is done; at once when idle."""
        if self._busy:
            self._when_idle.append(callback)
        else:
            callback()

    def _append(self) -> None:
        batch = self._take_batch()
        events = [event for decision in batch for event in decision.durable_events()]
        appended = self._store.append(events)
        appended.addCallbacks(
            self._succeed, self._fail, callbackArgs=(batch,), errbackArgs=(batch,)
        )
        appended.addBoth(self._next)

    def _take_batch(self) -> list[Decision]:
        count = size = 0
        for decision in self._gathering[:LARGEST_BATCH]:
            count, size = count + 1, size + decision.text_bytes()
            if size >= LARGEST_BATCH_BYTES:
                break
        batch = self._gathering[:count]
        del self._gathering[:count]
        return batch

    def _succeed(self, recorded: list[Recorded], batch: list[Decision]) -> None:
        self._release(batch)
        self._committed(list(_dealt_out(batch, recorded)))

    def _fail(self, failure: Failure, batch: list[Decision]) -> None:
        self._release(batch)
        self._failed(batch, failure)

    def _release(self, batch: list[Decision]) -> None:
        if self.changing:
            for decision in batch:
                self.changing.difference_update(decision.changed_rooms())

    def _next(self, result: object) -> None:
        if isinstance(result, Failure):
            self._log.failure("Concluding a batch met a bug", failure=result)
        if self._gathering:
            self._clock.callLater(0, self._append)
            return
        self._busy = False
        callbacks, self._when_idle = self._when_idle, []
        for callback in callbacks:
            callback()


def _dealt_out(batch: list[Decision], recorded: list[Recorded]) -> list[Committed]:
    """Give each decision its own part of what the log recorded for the whole batch."""
    committed = []
    start = 0
    for decision in batch:
        end = start + len(decision.durable_events())
        committed.append(Committed(decision, recorded[start:end]))
        start = end
    return committed
