"""Do something once when the reactor's turn is over, however often it is asked for in it."""

from collections.abc import Callable

from chatsvc.ports import Clock


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
