"""The commands of the hub's own: what nobody asked for, and yet must be kept in the log."""

from collections.abc import Callable

from chatsvc.core.commands import (
    LiftServerBans,
    LiftWhatIsOver,
    NotePositions,
    NoteReload,
    NoteWrongClaims,
    RenewSecret,
    TrimRoom,
    VacateRoom,
)
from chatsvc.core.manager import RoomManager
from chatsvc.core.names import RoomName, room_key
from chatsvc.core.people import Session
from chatsvc.core.room import Room
from chatsvc.hub.committer import Committer, Decision
from chatsvc.hub.shutdown import Shutdown

OwnCommand = (
    VacateRoom
    | TrimRoom
    | NotePositions
    | RenewSecret
    | LiftWhatIsOver
    | LiftServerBans
    | NoteReload
    | NoteWrongClaims
)
"""What nobody but the hub asks for, and nobody is answered."""

OURSELVES = Session(0, "hub", 0)
"""Who asks for what nobody else does."""


class OwnCommands:
    """Have the hub's own commands decided on and written; nobody gets an answer.

    `now` gives milliseconds since 1970 UTC.
    """

    def __init__(
        self,
        manager: RoomManager,
        now: Callable[[], int],
        committer: Committer,
        shutdown: Shutdown,
    ) -> None:
        self._manager = manager
        self._now = now
        self._committer = committer
        self._shutdown = shutdown

    def carry_out(self, command: OwnCommand) -> bool:
        """Append what comes of a command; return whether anything does."""
        events = self._manager.decide(OURSELVES, command, self._now())
        decision = Decision.of(None, command, events)
        if decision is not None:
            self._committer.add(decision)
        return decision is not None

    def trim(self, room: Room, number: int) -> bool:
        """Begin to remove the messages of a room up to `number`, and return whether.

        Not while the room is changing: it may be about to go, or to keep them after all.
        """
        if self._shutdown.has_begun or room.key in self._committer.changing:
            return False
        return self.carry_out(TrimRoom(room.name, room.room_id, number))

    def vacate_if_empty(self, name: RoomName) -> bool:
        """Begin to remove a temporary room that lost its last member, and return whether.

        A shutdown spares it. What cannot be removed just now, the sweep finds again.
        """
        key = room_key(name)
        is_busy = key in self._committer.changing or key in self._committer.entered
        if self._shutdown.has_begun or is_busy:
            return False
        return self.carry_out(VacateRoom(name))
