"""The Hub: its parts put together, the service's start and end, and who comes and goes.

The hub owns the clock: it is the only place that knows what time it is.
"""

import time
from collections.abc import Callable
from functools import partial

from twisted.application.service import Service
from twisted.internet.defer import Deferred

from chatsvc.core.commands import Command, RenewSecret
from chatsvc.core.errors import Closing, TooMany, counted_seconds
from chatsvc.core.events import Greeted
from chatsvc.core.limits import TRY_AGAIN_SECONDS
from chatsvc.core.manager import RoomManager
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies import Reply
from chatsvc.core.weights import weight_of
from chatsvc.hub.committer import Committer
from chatsvc.hub.conclusion import Conclusion
from chatsvc.hub.credentials import Credentials
from chatsvc.hub.crowd import Crowd
from chatsvc.hub.delivery import Delivery
from chatsvc.hub.execution import Executor
from chatsvc.hub.gate import Gate
from chatsvc.hub.marking import Marking
from chatsvc.hub.operating import Operating
from chatsvc.hub.options import DEFAULT_OPTIONS, HubOptions
from chatsvc.hub.outcomes import Outcomes
from chatsvc.hub.own_commands import OwnCommands
from chatsvc.hub.portions import Portions
from chatsvc.hub.positions import ReadingPositions
from chatsvc.hub.preparations import preparations_of
from chatsvc.hub.presence import Presence
from chatsvc.hub.reading import Reading, ReadTrouble
from chatsvc.hub.requests import Requests
from chatsvc.hub.retention import Retention
from chatsvc.hub.shutdown import Shutdown
from chatsvc.hub.stuck import FullReaders
from chatsvc.hub.subscriber import Subscriber
from chatsvc.hub.sweeping import Sweeper
from chatsvc.ports import (
    Claims,
    Clock,
    Connection,
    Control,
    Identity,
    ListedOperators,
    Log,
    RoomPasswords,
    RoomPorts,
)


class Hub(Service):
    """Know every connection and pass its requests to the RoomManager and the log.

    `wall_clock` gives seconds since 1970 UTC.
    """

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
        self._subscribers: set[Subscriber] = set()
        self._full = FullReaders(clock, options.limits.stuck_seconds)
        self._departures = Portions(clock)
        self.manager = RoomManager(options.limits, options.lobby)
        trouble = ReadTrouble(clock)
        self._delivery = Delivery(log, clock, self.manager.state, trouble)
        committer = self._make_committer(log)
        self._shutdown = Shutdown(log, clock, committer, self._delivery, self._subscribers)
        self._own_commands = OwnCommands(self.manager, self.now, committer, self._shutdown)
        self._positions = ReadingPositions(
            self.manager.state, self._delivery.subscribers, self._own_commands.carry_out
        )
        self._credentials = Credentials(
            clock, self.manager.state, self._positions.of, options.exempt
        )
        crowd = Crowd(self.manager.state, clock, self._delivery, self.now)
        self._operating = Operating(
            log,
            clock,
            self.manager.state,
            trouble,
            crowd,
            self._own_commands,
            self._shutdown,
        )
        reading = Reading(log, self.manager.state, trouble, self._delivery.rewrites, self.now)
        marking = Marking(log, self.manager.state, trouble, reading, self._delivery.subscribers)
        presence = Presence(self._delivery, self.manager.state, clock)
        self._conclusion = Conclusion(
            self.manager, self._delivery, presence, self._own_commands.vacate_if_empty
        )
        self._conclusion.came_home = self._credentials.note_home
        self._conclusion.tellings = self._operating.tellings(self._conclusion.conclude)
        executor = Executor(
            self.manager,
            self.now,
            committer,
            self._conclusion,
            self._delivery,
            self._positions,
            {
                **preparations_of(reading, marking, self._credentials),
                **self._operating.preparations(),
            },
        )
        self._gate = Gate(options.limits, self.manager.state)
        self._requests = Requests(
            self.manager,
            clock,
            self._gate,
            committer,
            executor,
            self._shutdown,
            self._leave_everything,
        )
        self.pump = self._requests.pump
        """Carry out a connection's requests, as far as they may begin now."""
        outcomes = Outcomes(self._conclusion, self._requests)
        committer.report_to(outcomes.committed, outcomes.failed)
        self._sweeper = Sweeper(
            self.manager,
            clock,
            self.now,
            self._subscribers,
            self._full,
            self._positions,
            self._own_commands,
            Retention(log, self.manager.state, self.now, trouble, self._own_commands.trim),
        )

    def _make_committer(self, log: Log) -> Committer:
        """Return a committer that shares with the state which rooms are changing."""
        committer = Committer(log, self._clock)
        self.manager.state.changing = committer.changing
        self.manager.state.making = committer.making
        return committer

    def now(self) -> int:
        """Return the time in milliseconds since 1970 UTC; it never goes back."""
        now = int(self._wall_clock() * 1000)
        if now > self._latest:
            self._latest = now
        return self._latest

    # Service

    def use_room_ports(self, room_ports: RoomPorts) -> None:
        """Give every room a port of its own, from `startService` on."""
        self._conclusion.room_ports = room_ports

    def use_identity(self, identity: Identity, room_passwords: RoomPasswords) -> None:
        """Let people have accounts, and rooms passwords, which these check."""
        self._credentials.identity = identity
        self._credentials.room_passwords = room_passwords

    def use_listed_operators(self, listed: ListedOperators) -> None:
        """Let these be operators as well, who are no accounts."""
        self._credentials.listed = listed

    def use_claims(self, claims: Claims) -> None:
        """Let somebody become an operator by the code that `claims` knows."""
        self._operating.claims = claims

    def use_control(self, control: Control) -> None:
        """Let operators stop the process and have it read files again."""
        self._operating.control = control

    @property
    def has_operator(self) -> bool:
        """Tell whether any account is an operator of the server."""
        return self._operating.has_operator

    def reload(self) -> None:
        """Have files read again, as an operator may, and write that down."""
        self._operating.reload()

    def locate(self, subscriber: Subscriber, host: str) -> None:
        """Note where a client is, which turned out later; raise `Banned`."""
        subscriber.session.host = host
        subscriber.session.cloak = self.manager.state.cloak(host)
        self.manager.state.server.check_address(host, self.now())

    def renew_secret(self, name: Nick, old: str, new: str) -> None:
        """Keep `new` in place of `old`, which is the same password; not if it has changed."""
        self._own_commands.carry_out(RenewSecret(name, old, new))

    def startService(self) -> None:
        """Open the log, take up what it holds and begin to look after connections.

        Blocks for as long as `Log.open` does. Raises `LogError`.
        """
        spare_until = self.now() + self._options.restart_grace * 1000
        self.manager.load(self._store.open(), spare_until)
        self._conclusion.open_room_ports()
        super().startService()
        self._sweeper.start()

    def stopService(self) -> Deferred[None]:
        """Commit what is under way, say goodbye to everybody, close the log.

        Fires when all is done, or was waited for long enough: see `Shutdown.begin`.
        """
        super().stopService()
        self._sweeper.stop()
        return self._shutdown.begin()

    # Connections

    def connect(
        self, connection: Connection, via: str, aim: RoomName | None = None, host: str = ""
    ) -> Subscriber:
        """Take a new connection that came in by `via`; raise `TooMany`, `Closing` or `Banned`.

        `aim` is the room it goes to when it has a nick, instead of the lobby. `host` is
        where the client is, "" where that has no address.
        """
        if self._shutdown.has_begun:
            raise Closing
        if len(self._subscribers) >= self.limits.sessions:
            raise TooMany(
                f"The server has {self.limits.sessions} connections, which is its limit. "
                f"Wait {counted_seconds(TRY_AGAIN_SECONDS)}, then connect again."
            )
        self.manager.state.server.check_address(host, self.now())
        session = self.manager.connect(via, self.now(), aim, host)
        subscriber = Subscriber(session, connection, self._gate.allowance())
        self._subscribers.add(subscriber)
        self._delivery.connect(subscriber)
        if self._options.welcome:
            connection.deliver(Greeted(self._options.welcome))
        return subscriber

    def read(self, subscriber: Subscriber, command: Command) -> Reply:
        """Carry out at once a command that only asks of the state; raise its `Refusal`.

        For what an answer is made of besides what was asked for. It weighs what it always
        weighs, and is not refused for that: it is the next request that has to wait.
        """
        subscriber.allowance.charge(weight_of(self.manager.state, subscriber.session, command))
        events = self.manager.decide(subscriber.session, command, self.now())
        assert not events, f"{type(command).__name__} does not only ask"
        return self.manager.answer(subscriber.session, command, events)

    def reshape(self, subscriber: Subscriber, change: Callable[[], None]) -> None:
        """Call `change`, which gives the connection another encoding; it loses no event."""
        self._delivery.reshape(subscriber, change)

    def disconnect(self, subscriber: Subscriber) -> None:
        """Forget a connection that is lost; what it has under way is finished first."""
        subscriber.gone = True
        self._full.discard(subscriber)
        self._requests.discard(subscriber)
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
        self._shutdown.note_left()
