"""Rooms that keep messages only for a time, or only so many: what is due is trimmed.

What is too many is not read any more from the next message on (`stays.readable`); the sweep
has it removed from the log as well, a `Trimmed` for many messages. What is too old is read
until the sweep has come to it. Rooms are taken in turns, some a sweep; a server in which
every room keeps everything has nothing to do here.
"""

from collections import deque
from collections.abc import Callable

from twisted.logger import Logger
from twisted.python.failure import Failure

from chatsvc.core.kinds import Keeping
from chatsvc.core.names import RoomKey
from chatsvc.core.room import Room
from chatsvc.core.state import State
from chatsvc.hub.reading import ReadTrouble
from chatsvc.ports import Log, LogError

ROOMS_AT_ONCE = 100
"""Rooms looked at in one sweep: so many small questions to the log, and at most so many events."""

SLACK = 20
"""So many messages, or a hundredth of what the room keeps, are too many before they are trimmed:
not every message brings an event."""

QUIET_SECONDS = 60
"""Where nothing was said for so long, fewer are trimmed as well."""


class Retention:
    """Have messages trimmed whose time has come.

    `now` gives milliseconds since 1970 UTC. `trim(room, number)` has the messages of a room
    up to a number removed.
    """

    _log = Logger()

    def __init__(
        self,
        log: Log,
        state: State,
        now: Callable[[], int],
        trouble: ReadTrouble,
        trim: Callable[[Room, int], object],
    ) -> None:
        self._store = log
        self._state = state
        self._now = now
        self._trouble = trouble
        self._trim = trim
        self._turns: deque[RoomKey] = deque()
        self._unanswered = 0

    def sweep(self) -> None:
        """Look at some rooms; at none while the log still has to answer for the last ones."""
        if self._unanswered:
            return
        if not self._turns:
            self._turns.extend(sorted(self._state.forgetful))
        for _ in range(min(ROOMS_AT_ONCE, len(self._turns))):
            room = self._state.rooms.get(self._turns.popleft())
            if room is not None and room.gone < room.last:
                self._look_after(room, room.kind.keeping)

    def _look_after(self, room: Room, keeping: Keeping) -> None:
        if not keeping.seconds:
            self._trim_up_to(room, 0)
            return
        self._unanswered += 1
        asked = self._store.older_than(room.room_id, keeping.oldest_at(self._now()))
        asked.addBoth(self._answered)
        asked.addCallback(self._trim_old, room, keeping)
        asked.addErrback(self._failed)

    def _answered(self, result: int | Failure) -> int | Failure:
        self._unanswered -= 1
        return result

    def _trim_old(self, number: int, room: Room, asked: Keeping) -> None:
        """Trim what was found to be too old, if the room is still there and set as it was."""
        if self._state.rooms.get(room.key) is room and room.kind.keeping == asked:
            self._trim_up_to(room, number)

    def _trim_up_to(self, room: Room, number: int) -> None:
        """Trim what is too many, or up to `number`, if that is more."""
        number = max(number, self._too_many(room))
        if number > room.gone:
            self._trim(room, number)

    def _too_many(self, room: Room) -> int:
        """Return the number up to which messages are due by count, 0 while they can wait."""
        keeping = room.kind.keeping
        due = keeping.gone_after(room.last)
        is_quiet = self._now() - room.last_at >= QUIET_SECONDS * 1000
        is_enough = due - room.gone >= max(SLACK, keeping.messages // 100)
        return due if is_enough or is_quiet else 0

    def _failed(self, failure: Failure) -> None:
        if isinstance(failure.value, LogError):
            self._trouble.note(failure.value)
        else:
            self._log.failure("Looking for old messages met a bug", failure=failure)
