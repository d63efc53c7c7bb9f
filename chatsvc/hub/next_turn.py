"""Do something once when the reactor's turn is over, however often it is asked for in it.

What takes long rests as long afterwards, so that all others have half of the time.
"""

from collections.abc import Callable

from chatsvc.ports import Clock

LONGEST_REST = 0.01
"""Seconds that anything waits for its next turn at most."""


def rest_after(spent: float) -> float:
    """Return how many seconds to rest after work of so many.

    A reactor's clock is the machine's, which may be set back or forth meanwhile.
    """
    return min(max(spent, 0.0), LONGEST_REST)


class NextTurn:
    """Call `job` in the reactor's next turn, if it was asked for in this one."""

    __slots__ = ("_clock", "_is_due", "_job")

    def __init__(self, clock: Clock, job: Callable[[], object]) -> None:
        self._clock = clock
        self._job = job
        self._is_due = False

    def ask(self, seconds: float = 0) -> None:
        """Ask for a call, after so many seconds at least; the job itself may ask for another."""
        if not self._is_due:
            self._is_due = True
            self._clock.callLater(seconds, self._call)

    def _call(self) -> None:
        self._is_due = False
        self._job()
