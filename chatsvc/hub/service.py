"""The Hub: carry out the requests of every session, in order, over one RoomManager and one log.

The hub owns the clock: it is the only place that knows what time it is.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatsvc.core.commands import (
    PASSWORD_COMMANDS,
    Command,
    DeleteRoom,
    Edit,
    NotePositions,
    ReadHistory,
    Redact,
    RenewSecret,
    Say,
    SearchRoom,
    Tell,
    VacateRoom,
)
from chatsvc.core.errors import (
    Closing,
    Internal,
    Refusal,
    TooMany,
    counted_seconds,
)
from chatsvc.core.events import Event, Greeted, LoggedIn, LoggedOut, Said, ServerClosing
from chatsvc.core.limits import TRY_AGAIN_SECONDS
from chatsvc.core.manager import RoomManager
from chatsvc.core.names import Nick, RoomKey, RoomName, room_key
from chatsvc.core.people import Session
from chatsvc.core.replies import DropCode, Reply
from chatsvc.hub.committer import (
    Committer,
    Decision,
    RecordedAll,
    durable_event,
    further_durable,
    refusal_of,
)
from chatsvc.hub.conclusion import Conclusion
from chatsvc.hub.credentials import Credentials
from chatsvc.hub.delivery import Delivery
from chatsvc.hub.gate import Gate
from chatsvc.hub.options import DEFAULT_OPTIONS, HubOptions
from chatsvc.hub.portions import Portions
from chatsvc.hub.positions import ReadingPositions
from chatsvc.hub.presence import Presence
from chatsvc.hub.reading import Reading, ReadTrouble, no_such_message
from chatsvc.hub.stuck import FullReaders
from chatsvc.hub.subscriber import Subscriber
from chatsvc.ports import (
    Clock,
    Connection,
    Identity,
    Log,
    Missing,
    Repeated,
    RoomPasswords,
    RoomPorts,
)

REQUESTS_PER_TURN = 64
"""Requests of one connection carried out before the others have their turn."""

SECONDS_PER_TURN = 0.005
"""Time for the requests of one connection before the others have their turn."""

SWEEP_SECONDS = 5.0
"""How often stuck readers, nameless connections and vacant rooms are looked for."""

COMMIT_SECONDS = 5.0
"""How long a shutdown waits for what is being written; a disk may hang for ever.

With the goodbye it stays below the 10 seconds after which containers are killed.
"""

NOTING_SECONDS = 1.5
"""How long it waits then for what is noted of those who were there until the end."""

GOODBYE_SECONDS = 3.0
"""How long a shutdown waits for clients to take their last bytes."""

_OURSELVES = Session(0, "hub", 0)
"""Who asks for what nobody else does."""


class Hub(Service):
    """Know every connection and pass its requests to the RoomManager and the log.

    `wall_clock` gives seconds since 1970 UTC.
    """

    _log = Logger()

    def __init__(
        self,
        log: Log,
        clock: Clock,
        options: HubOptions = DEFAULT_OPTIONS,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = log
        self._clock = clock
        self._options = options
        self.limits = options.limits
        """The limits this hub works with."""
        self._wall_clock = wall_clock
        self._latest = 0
        self.manager = RoomManager(options.limits, options.lobby)
        trouble = ReadTrouble(clock)
        self._delivery = Delivery(log, clock, self.manager.state, trouble)
        self._reading = Reading(log, self.manager.state, trouble, self._delivery.rewrites)
        self._gate = Gate(options.limits, self.manager.state)
        self._committer = Committer(log, clock, self._committed, self._commit_failed)
        self.manager.state.changing = self._committer.changing
        self.manager.state.making = self._committer.making
        presence = Presence(self._delivery, self.manager.state, clock)
        self._conclusion = Conclusion(self.manager, self._delivery, presence, self._vacate_if_empty)
        self._subscribers: set[Subscriber] = set()
        self._positions = ReadingPositions(
            self.manager.state, self._delivery.subscribers, self._ask_ourselves
        )
        self._credentials = Credentials(clock, self.manager.state, self._positions.of)
        self._waiting: set[Subscriber] = set()
        self._full = FullReaders(clock, options.limits.stuck_seconds)
        self._departures = Portions(clock)
        self._closing = False
        self._all_gone: Deferred[None] = Deferred()
        self._sweeper = LoopingCall(self._sweep)
        self._sweeper.clock = cast(Any, clock)

    def now(self) -> int:
        """Return the time in milliseconds since 1970 UTC; it never goes back."""
        self._latest = max(self._latest, int(self._wall_clock() * 1000))
        return self._latest

    # Service

    def use_room_ports(self, room_ports: RoomPorts) -> None:
        """Give every room a port of its own, from `startService` on."""
        self._conclusion.room_ports = room_ports

    def use_identity(self, identity: Identity, room_passwords: RoomPasswords) -> None:
        """Let people have accounts, and rooms passwords, which these check."""
        self._credentials.identity = identity
        self._credentials.room_passwords = room_passwords

    def renew_secret(self, name: Nick, old: str, new: str) -> None:
        """Keep `new` in place of `old`, which is the same password; not if it has changed."""
        self._ask_ourselves(RenewSecret(name, old, new))

    def startService(self) -> None:
        """Open the log, take up what it holds and begin to look after connections.

        Blocks for as long as `Log.open` does. Raises `LogError`.
        """
        spare_until = self.now() + self._options.restart_grace * 1000
        self.manager.load(self._store.open(), spare_until)
        self._conclusion.open_room_ports()
        super().startService()
        self._sweeper.start(SWEEP_SECONDS, now=False)

    def stopService(self) -> Deferred[None]:
        """Commit what is under way, say goodbye to everybody, close the log.

        Fires when all is done: `COMMIT_SECONDS`, `GOODBYE_SECONDS` and what the log takes
        to close, at the latest. A log that has not committed in that time is left as it
        is: what it was asked for is refused, and it is not waited for again.
        """
        super().stopService()
        self._closing = True
        if self._sweeper.running:
            self._sweeper.stop()
        return Deferred.fromCoroutine(self._say_goodbye())

    async def _say_goodbye(self) -> None:
        is_committed = await self._committer.finish(COMMIT_SECONDS)
        self._delivery.stop()
        for subscriber in list(self._subscribers):
            self._refuse_the_rest(subscriber)
            subscriber.connection.deliver(ServerClosing("The server is shutting down."))
            subscriber.connection.close()
        timeout = self._clock.callLater(GOODBYE_SECONDS, self._cut_off)
        if self._subscribers:
            await self._all_gone
        if timeout.active():
            timeout.cancel()
        if is_committed:
            is_committed = await self._committer.finish(NOTING_SECONDS)
        closed = self._store.close()
        if is_committed:
            await closed

    def _refuse_the_rest(self, subscriber: Subscriber) -> None:
        """Answer what was asked but not begun; a request still under way gets no answer."""
        while subscriber.running == 0:
            if subscriber.next_request() is None:
                return
            subscriber.connection.answer(Closing())

    def _cut_off(self) -> None:
        for subscriber in list(self._subscribers):
            subscriber.connection.abort("it did not take the goodbye")
        if not self._all_gone.called:
            self._all_gone.callback(None)

    # Connections

    def connect(
        self, connection: Connection, via: str, aim: RoomName | None = None, host: str = ""
    ) -> Subscriber:
        """Take a new connection that came in by `via`; raise `TooMany` or `Closing`.

        `aim` is the room it goes to when it has a nick, instead of the lobby. `host` is
        where the client is, "" where that has no address.
        """
        if self._closing:
            raise Closing
        if len(self._subscribers) >= self.limits.sessions:
            raise TooMany(
                f"The server has {self.limits.sessions} connections, which is its limit. "
                f"Wait {counted_seconds(TRY_AGAIN_SECONDS)}, then connect again."
            )
        session = self.manager.connect(via, self.now(), aim, host)
        subscriber = Subscriber(session, connection, self._gate.allowance())
        self._subscribers.add(subscriber)
        self._delivery.connect(subscriber)
        if self._options.welcome:
            connection.deliver(Greeted(self._options.welcome))
        return subscriber

    def disconnect(self, subscriber: Subscriber) -> None:
        """Forget a connection that is lost; what it has under way is finished first."""
        subscriber.gone = True
        self._full.discard(subscriber)
        self._waiting.discard(subscriber)
        self._delivery.mute(subscriber)
        if subscriber.running == 0:
            self._departures.add(partial(self._leave_everything, subscriber))

    def stall(self, subscriber: Subscriber, is_reading: bool = False) -> None:
        """Note that a connection takes no more data: it is behind until `resume`.

        `is_reading`: it is not the client that we wait for, so it is not stuck.
        """
        subscriber.full = True
        subscriber.full_since = self._clock.seconds()
        if is_reading:
            self._full.discard(subscriber)
        else:
            self._full.add(subscriber)
        self._delivery.stall(subscriber)

    def resume(self, subscriber: Subscriber) -> None:
        """Note that a connection takes data again."""
        subscriber.full = False
        self._full.discard(subscriber)
        self._delivery.resume(subscriber)
        self.pump(subscriber)

    def _leave_everything(self, subscriber: Subscriber) -> None:
        if subscriber.session.account is not None:
            self._positions.note(subscriber.session.account.name)
        self._conclusion.leave_everything(subscriber)
        self._subscribers.discard(subscriber)
        if self._closing and not self._subscribers and not self._all_gone.called:
            self._all_gone.callback(None)

    # Requests

    def pump(self, subscriber: Subscriber) -> None:
        """Carry out the connection's requests, as far as they may begin now."""
        began = self._clock.seconds()
        for _ in range(REQUESTS_PER_TURN):
            if subscriber.full or subscriber.gone or self._closing or subscriber.shut_for:
                return
            if subscriber.is_preparing:
                return
            request = subscriber.held or self._gate.next_request(subscriber, began)
            subscriber.held = None
            if request is None:
                return
            if subscriber.shut_for:
                self._clock.callLater(subscriber.shut_for, self._open_again, subscriber)
            if not self._may_start(subscriber, request):
                subscriber.held = request
                return
            self._start(subscriber, request)
            if self._clock.seconds() - began > SECONDS_PER_TURN:
                break
        self._pump_later(subscriber)

    def _pump_later(self, subscriber: Subscriber) -> None:
        if not subscriber.pump_scheduled:
            subscriber.pump_scheduled = True
            self._clock.callLater(0, self._pump_again, subscriber)

    def _pump_again(self, subscriber: Subscriber) -> None:
        subscriber.pump_scheduled = False
        self.pump(subscriber)

    def _open_again(self, subscriber: Subscriber) -> None:
        subscriber.shut_for = 0
        self.pump(subscriber)

    def _may_start(self, subscriber: Subscriber, request: Command | Refusal) -> bool:
        if not subscriber.may_start(request, self.limits.pending_requests):
            return False
        changing, entered = self._committer.changing, self._committer.entered
        if not (changing or entered) or isinstance(request, Refusal):
            return True
        room = self.manager.room_of(subscriber.session, request)
        must_wait = room in changing or subscriber.emptied in changing
        is_entered = isinstance(request, DeleteRoom) and room in entered
        is_like = self.manager.is_like_one_being_made(subscriber.session, request)
        if must_wait or is_entered or is_like:
            self._waiting.add(subscriber)
            return False
        return True

    def _start(self, subscriber: Subscriber, request: Command | Refusal) -> None:
        """Begin a request; what refuses it waits for the answers that come before."""
        subscriber.emptied = None
        refusal = request if isinstance(request, Refusal) else self._begin(subscriber, request)
        if refusal is None:
            return
        if subscriber.running:
            subscriber.held = refusal
        else:
            subscriber.connection.answer(refusal)

    def _begin(self, subscriber: Subscriber, command: Command) -> Refusal | None:
        try:
            self._carry_out(subscriber, command)
        except Refusal as refusal:
            return refusal
        except Exception:
            self._log.failure("A request met a bug: {request}", request=type(command).__name__)
            return Internal()
        return None

    def _carry_out(self, subscriber: Subscriber, command: Command) -> None:
        events = self.manager.decide(subscriber.session, command, self.now())
        durable = durable_event(events)
        if durable is not None:
            subscriber.started(command)
            more = () if type(durable) is Said else further_durable(events)
            self._committer.add(Decision(subscriber, command, events, durable, more))
            if subscriber.unread and isinstance(command, Say):
                subscriber.unread.pop(room_key(command.room), None)
        elif isinstance(command, ReadHistory | SearchRoom):
            subscriber.started(command)
            self._reading.begin(subscriber, command).addCallback(partial(self._finish, subscriber))
        elif isinstance(command, Redact | Edit):
            subscriber.started(command)
            self._reading.prepare(command).addCallback(partial(self._carry_on, subscriber))
        elif isinstance(command, PASSWORD_COMMANDS):
            subscriber.started(command)
            subscriber.is_preparing = True
            prepared = self._credentials.begin(subscriber, command)
            prepared.addCallback(partial(self._carry_on, subscriber))
        else:
            self._conclude_now(subscriber, command, events)

    def _conclude_now(
        self, subscriber: Subscriber, command: Command, events: tuple[Event, ...]
    ) -> None:
        account = subscriber.session.account
        if account is not None and any(isinstance(each, LoggedIn | LoggedOut) for each in events):
            self._positions.note(account.name)
        if isinstance(command, Tell):
            events = self._delivery.taken(command.nick, events)
        self._conclusion.conclude(subscriber, command, events)

    def _carry_on(self, subscriber: Subscriber, prepared: Command | DropCode | Refusal) -> None:
        """Carry out what came of a command that needed preparation; it is under way already."""
        if subscriber.gone or self._closing:
            prepared = Closing()
        if isinstance(prepared, DropCode | Refusal):
            self._finish(subscriber, prepared)
            return
        before = subscriber.running
        refusal = self._begin(subscriber, prepared)
        if subscriber.running > before:
            subscriber.running = before  # It is the log that it waits for now.
        elif refusal is None:
            self._finished(subscriber)
        else:
            self._finish(subscriber, refusal)

    def _ask_ourselves(self, command: VacateRoom | NotePositions | RenewSecret) -> bool:
        """Append what comes of a command of the hub's own; return whether anything does."""
        events = self.manager.decide(_OURSELVES, command, self.now())
        decision = Decision.of(None, command, events)
        if decision is not None:
            self._committer.add(decision)
        return decision is not None

    def _finish(self, subscriber: Subscriber, answer: Reply | Refusal) -> None:
        """Answer a request that was under way, and go on with the next."""
        self._answer(subscriber, answer)
        self._finished(subscriber)

    def _answer(self, subscriber: Subscriber | None, answer: Reply | Refusal) -> None:
        if subscriber is not None and not subscriber.gone:
            subscriber.connection.answer(answer)

    def _finished(self, subscriber: Subscriber) -> None:
        subscriber.running -= 1
        if subscriber.gone:
            if subscriber.running == 0:
                self._leave_everything(subscriber)
        elif subscriber.held is not None or subscriber.is_preparing:
            subscriber.is_preparing = False
            self._pump_later(subscriber)

    # What comes back from the log

    def _committed(self, batch: list[Decision], recorded: Sequence[RecordedAll]) -> None:
        """Conclude a batch; who disconnected meanwhile leaves after its messages are told."""
        said: dict[RoomKey, list[Said]] = {}
        for decision, event in zip(batch, recorded, strict=True):
            try:
                self._conclude(decision, event, said)
            except Exception:
                self._log.failure("What was committed met a bug")
                self._answer(decision.subscriber, Internal())
        self._conclusion.deliver_said(said)
        self._all_finished(batch)

    def _conclude(
        self, decision: Decision, recorded: RecordedAll, said: dict[RoomKey, list[Said]]
    ) -> None:
        if isinstance(recorded, (Said, Repeated)):
            message: Any = decision.durable
            answer = self._conclusion.conclude_said(message.room, recorded, said)
            self._answer(decision.subscriber, answer)
        elif isinstance(recorded, Missing):
            self._answer(decision.subscriber, no_such_message(decision.durable))
        else:
            self._conclusion.deliver_said(said)
            events = decision.events_as(recorded)
            self._conclusion.conclude(decision.subscriber, decision.command, events)

    def _commit_failed(self, batch: list[Decision], failure: Failure) -> None:
        refusal = refusal_of(failure)
        for decision in batch:
            self._answer(decision.subscriber, refusal)
        self._all_finished(batch)

    def _all_finished(self, batch: list[Decision]) -> None:
        for decision in batch:
            if decision.subscriber is not None:
                self._finished(decision.subscriber)
        self._pump_waiting()

    def _pump_waiting(self) -> None:
        waiting, self._waiting = self._waiting, set()
        for subscriber in waiting:
            self._pump_later(subscriber)

    # Looking after rooms and connections

    def _vacate_if_empty(self, name: RoomName) -> bool:
        """Begin to remove a temporary room that lost its last member, and return whether.

        A shutdown spares it. What cannot be removed just now, the sweep finds again.
        """
        key = room_key(name)
        if self._closing or key in self._committer.changing or key in self._committer.entered:
            return False
        return self._ask_ourselves(VacateRoom(name))

    def _sweep(self) -> None:
        try:
            self._full.sweep()
            self._close_nameless()
            self._positions.sweep(self._clock.seconds())
            for room in self.manager.vacant_rooms(self.now()):
                self._vacate_if_empty(room)
        except Exception:
            self._log.failure("Looking after connections and rooms met a bug")

    def _close_nameless(self) -> None:
        oldest = self.now() - self.limits.nameless_seconds * 1000
        for subscriber in list(self._subscribers):
            session = subscriber.session
            if session.nick is None and session.nameless_since < oldest and not subscriber.full:
                subscriber.connection.deliver(ServerClosing("You gave no nick for too long."))
                subscriber.connection.close()
