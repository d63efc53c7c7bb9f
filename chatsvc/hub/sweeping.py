"""The sweep: every few seconds, look for what nobody's request brings up."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any, cast

from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from chatsvc.core.commands import LiftServerBans, LiftWhatIsOver
from chatsvc.core.events import ServerClosing
from chatsvc.core.manager import RoomManager
from chatsvc.hub.own_commands import OwnCommands
from chatsvc.hub.positions import ReadingPositions
from chatsvc.hub.retention import Retention
from chatsvc.hub.stuck import FullReaders
from chatsvc.hub.subscriber import Subscriber
from chatsvc.ports import Clock

SWEEP_SECONDS = 5.0
"""How often stuck readers, nameless connections, vacant rooms, old messages, and bans that are
over are looked for."""


class Sweeper:
    """Look for stuck readers, nameless connections, positions to note, vacant rooms, old messages.

    Bans and mutes that are over are lifted, too. `now` gives milliseconds since 1970 UTC.
    """

    _log = Logger()

    def __init__(
        self,
        manager: RoomManager,
        clock: Clock,
        now: Callable[[], int],
        subscribers: AbstractSet[Subscriber],
        full: FullReaders,
        positions: ReadingPositions,
        own_commands: OwnCommands,
        retention: Retention,
    ) -> None:
        self._manager = manager
        self._clock = clock
        self._now = now
        self._subscribers = subscribers
        self._full = full
        self._positions = positions
        self._own_commands = own_commands
        self._retention = retention
        self._calls = LoopingCall(self._sweep)
        self._calls.clock = cast(Any, clock)

    def start(self) -> None:
        """Sweep every `SWEEP_SECONDS`, for the first time after so many."""
        self._calls.start(SWEEP_SECONDS, now=False)

    def stop(self) -> None:
        """Sweep no more; do nothing where that had not begun."""
        if self._calls.running:
            self._calls.stop()

    def _sweep(self) -> None:
        try:
            self._full.sweep()
            self._close_nameless()
            self._positions.sweep(self._clock.seconds())
            self._retention.sweep()
            for room in self._manager.vacant_rooms(self._now()):
                self._own_commands.vacate_if_empty(room)
            self._own_commands.carry_out(LiftWhatIsOver())
            self._own_commands.carry_out(LiftServerBans())
        except Exception:
            self._log.failure("Looking after connections and rooms met a bug")

    def _close_nameless(self) -> None:
        oldest = self._now() - self._manager.state.limits.nameless_seconds * 1000
        for subscriber in list(self._subscribers):
            session = subscriber.session
            if session.nick is None and session.nameless_since < oldest and not subscriber.full:
                subscriber.connection.deliver(ServerClosing("You gave no nick for too long."))
                subscriber.connection.close()
