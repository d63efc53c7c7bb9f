"""Group commit: while one append runs, the next batch gathers.

A batch is taken when a reactor turn has brought nothing new, or when its first decision
has waited `GATHERING_SECONDS`: people answer what they were just sent, so in a busy room
the next messages are already on their way, and a message that comes with others costs a
fraction of one that comes alone. An idle log waits for nobody: its turn without anything
new is the next one, at once. What a decision changes, a room, an account, the server, is
marked as `changing` until its append is done (`core.marks`); commands that depend on it, or
would make a room that looks like one that is being made (`making`), wait for that, so every
decision is made on a state that no earlier one can still take away. A
membership that is to last marks its room as being `entered`: who wants to remove the room
waits for that.

A server that stops does not wait for ever: `give_up` refuses what the log has not taken.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import cast

import attrs
from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatsvc.core.commands import Command
from chatsvc.core.conversations import is_direct
from chatsvc.core.errors import Internal, Refusal, StorageFailed
from chatsvc.core.events import (
    DURABLE,
    DurableEvent,
    Edited,
    Event,
    MembershipKept,
    RoomCreated,
    RoomRenamed,
    Said,
    SaidMore,
)
from chatsvc.core.marks import marks_of
from chatsvc.core.names import LookAlikes, RoomKey, RoomName, room_key
from chatsvc.hub.subscriber import Subscriber
from chatsvc.ports import Clock, Log, LogError, LogUncertain, Recorded

LARGEST_BATCH = 4096
"""Decisions in one append; keeps a commit, and what a failed one refuses, bounded."""

LARGEST_BATCH_BYTES = 131_072
"""Text and tags in one append: what it brings is handed to every reader that keeps up, before it
can turn out that one does not."""

GATHERING_SECONDS = 0.002
"""Longest wait of a decision for others to join it, while an append could begin."""

GIVEN_UP = "The server is shutting down and its disk takes too long."
"""Why a decision is refused that the log did not take before the server gave up."""


@attrs.define(eq=False)
class Decision:
    """A command that was decided on, who asked (None: the hub), and its events.

    `durable` is the first among them that goes to the log; where there are `more`, all go
    there in one append.
    """

    subscriber: Subscriber | None
    command: Command
    events: tuple[Event, ...]
    durable: DurableEvent
    more: tuple[DurableEvent, ...] = ()

    @property
    def said(self) -> tuple[Said, ...]:
        """The messages among its events, as they were decided."""
        return tuple(event for event in self.events if isinstance(event, Said))

    def events_as(self, recorded: DurableEvent | tuple[DurableEvent, ...]) -> tuple[Event, ...]:
        """Return the decision's events, the durable ones as the log recorded them."""
        if not isinstance(recorded, tuple):
            return tuple(recorded if event is self.durable else event for event in self.events)
        as_recorded = iter(recorded)
        return tuple(
            next(as_recorded) if isinstance(event, DURABLE) else event for event in self.events
        )

    @classmethod
    def of(
        cls, subscriber: Subscriber | None, command: Command, events: tuple[Event, ...]
    ) -> "Decision | None":
        """Return the decision on `events`; None if nothing of them goes to the log."""
        durable = durable_event(events)
        if durable is None:
            return None
        return cls(subscriber, command, events, durable, further_durable(events))


RecordedAll = Recorded | tuple[DurableEvent, ...]
"""What the log recorded of a decision: one event, or where there are `more`, all of them."""


def durable_event(events: tuple[Event, ...]) -> DurableEvent | None:
    """Return the event that goes to the log, None if none does."""
    for event in events:
        if isinstance(event, DURABLE):
            return event
    return None


def further_durable(events: tuple[Event, ...]) -> tuple[DurableEvent, ...]:
    """Return the events that go to the log after the first one that does."""
    return tuple(event for event in events if isinstance(event, DURABLE))[1:]


class Committer:
    """Append decisions in batches and report each batch as a whole.

    `report_to` says to whom, before the first decision is taken.
    """

    _log = Logger()

    _committed: Callable[[list[Decision], Sequence[RecordedAll]], None]
    _failed: Callable[[list[Decision], Failure], None]

    def __init__(self, log: Log, clock: Clock) -> None:
        self._store = log
        self._clock = clock
        self._gathering: list[Decision] = []
        self._gathered_bytes = 0
        self._gathered_since = 0.0
        self._gathered_before = 0
        self._busy = False
        self._appended: Deferred[list[Recorded]] | None = None
        self._has_given_up = False
        self._when_idle: list[Callable[[], None]] = []
        self._has_several = False
        self.changing: Counter[RoomKey] = Counter()
        self.making = LookAlikes[RoomKey](self.changing)
        self.entered: Counter[RoomKey] = Counter()

    def report_to(
        self,
        committed: Callable[[list[Decision], Sequence[RecordedAll]], None],
        failed: Callable[[list[Decision], Failure], None],
    ) -> None:
        """Call `committed` or `failed` with each batch, when its append is done.

        `committed` also gets, in the same order, what the log recorded of each decision;
        `failed` why nothing of them is in the log.
        """
        self._committed = committed
        self._failed = failed

    def add(self, decision: Decision) -> None:
        """Take a decision; its durable event is appended as soon as possible."""
        self._gathering.append(decision)
        if type(decision.durable) is Said:  # Most decisions are.
            self._gathered_bytes += len(decision.durable.text)
        else:
            self._gathered_bytes += _text_bytes(decision)
            if not isinstance(decision.durable, Said):
                self._mark(decision)
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

    async def finish(self, seconds: float) -> bool:
        """Wait until everything taken is done; give up after `seconds`, and then return False."""
        idle: Deferred[None] = Deferred()
        self.when_idle(lambda: idle.callback(None))
        patience = self._clock.callLater(seconds, self._be_patient_no_more, seconds)
        await idle
        is_done = patience.active()
        if is_done:
            patience.cancel()
        return is_done

    def _be_patient_no_more(self, seconds: float) -> None:
        self._log.error(
            "The disk is too slow to take what was being written, or hangs: it was refused after "
            "{seconds} seconds, nothing of it was acknowledged. The next start tidies up.",
            seconds=f"{seconds:g}",
        )
        self.give_up()

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

    def _mark(self, decision: Decision) -> None:
        """Mark what a decision changes, and the rooms that it lets somebody enter for good."""
        self._has_several = self._has_several or bool(decision.more)
        for event in decision.events:
            self.changing.update(marks_of(event))
            if (name := _name_made(event)) is not None:
                self.making.add(name, room_key(name))
            elif isinstance(event, MembershipKept):
                self.entered[room_key(event.room)] += 1

    def _unmark(self, decision: Decision) -> None:
        for event in decision.events:
            for mark in marks_of(event):
                self._take_off(mark)
            if (name := _name_made(event)) is not None:
                self.making.discard(name, room_key(name))
            elif isinstance(event, MembershipKept):
                self.entered -= Counter([room_key(event.room)])

    def _take_off(self, mark: RoomKey) -> None:
        """Take off one of the marks; the state has this very counter."""
        self.changing[mark] -= 1
        if not self.changing[mark]:
            del self.changing[mark]

    def _append(self) -> None:
        batch, succeed = self._take_batch(), self._succeed
        if self._has_several:
            events = [event for each in batch for event in (each.durable, *each.more)]
            succeed = self._succeed_with_several
        else:
            events = [decision.durable for decision in batch]
        if self._has_given_up:
            appended: Deferred[list[Recorded]] = fail(LogError(GIVEN_UP))
        else:
            appended = self._appended = self._store.append(events)
        appended.addCallbacks(succeed, self._fail, callbackArgs=(batch,), errbackArgs=(batch,))
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

    def _succeed_with_several(self, recorded: list[Recorded], batch: list[Decision]) -> None:
        self._release(batch)
        self._committed(batch, list(_of_each(batch, recorded)))

    def _fail(self, failure: Failure, batch: list[Decision]) -> None:
        self._release(batch)
        if self._has_given_up and failure.check(CancelledError):
            failure = Failure(LogUncertain(GIVEN_UP))
        self._failed(batch, failure)

    def _release(self, batch: Sequence[Decision]) -> None:
        if self.changing or self.entered:
            for decision in batch:
                if not isinstance(decision.durable, Said):
                    self._unmark(decision)

    def _next(self, result: object) -> None:
        self._appended = None
        if isinstance(result, Failure):
            self._log.failure("Concluding a batch met a bug", failure=result)
        if self._gathering:
            self._gather()
            return
        self._busy = self._has_several = False
        callbacks, self._when_idle = self._when_idle, []
        for callback in callbacks:
            callback()


def _of_each(batch: list[Decision], recorded: list[Recorded]) -> Iterator[RecordedAll]:
    """Return what was recorded of each decision."""
    rest = iter(recorded)
    for decision in batch:
        if decision.more:
            yield tuple(islice(cast(Iterator[DurableEvent], rest), 1 + len(decision.more)))
        else:
            yield next(rest)


def _name_made(event: Event) -> RoomName | None:
    """Return the name that a room has from `event` on, which it had not before."""
    if isinstance(event, RoomRenamed):
        return event.new
    if isinstance(event, RoomCreated) and not is_direct(event.room):
        return event.room
    return None


def _text_bytes(decision: Decision) -> int:
    """Return about how many bytes a message has that is said, with its tags, or edited."""
    durable = decision.durable
    if isinstance(durable, SaidMore):
        return len(durable.text) + durable.more.tag_bytes
    return len(durable.text) if isinstance(durable, Said | Edited) else 0


def refusal_of(failure: Failure) -> Refusal:
    """Return what those are told whose decisions could not be appended."""
    if isinstance(failure.value, LogError):
        # The log itself tells the operator when such trouble begins and ends.
        is_certain = not isinstance(failure.value, LogUncertain)
        return StorageFailed(str(failure.value), is_certain)
    Committer._log.failure("Writing the log met a bug", failure=failure)
    return Internal()
