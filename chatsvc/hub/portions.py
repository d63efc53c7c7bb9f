"""Do many small jobs a few in each reactor turn, so that a crowd delays nobody."""

from collections import deque
from collections.abc import Callable

from twisted.logger import Logger

from chatsvc.hub.next_turn import NextTurn
from chatsvc.ports import Clock

JOBS_PER_TURN = 4
"""Ends of connections carried out in one turn; some tenths of a millisecond. A message on its
way takes a few turns, so with 32 at a time it took 40 milliseconds when a thousand left."""


class Portions:
    """Do up to `JOBS_PER_TURN` jobs at once, the others in the turns that follow, in order."""

    _log = Logger()

    def __init__(self, clock: Clock) -> None:
        self._next_turn = NextTurn(clock, self._begin_turn)
        self._left = JOBS_PER_TURN
        self._jobs: deque[Callable[[], object]] = deque()

    def add(self, job: Callable[[], object]) -> None:
        """Do `job` now, or after those that wait already."""
        self._next_turn.ask()
        self._jobs.append(job)
        self._work()

    def _begin_turn(self) -> None:
        self._left = JOBS_PER_TURN
        if self._jobs:
            self._next_turn.ask()
        self._work()

    def _work(self) -> None:
        while self._jobs and self._left:
            self._left -= 1
            try:
                self._jobs.popleft()()
            except Exception:
                self._log.failure("What was put off to another turn met a bug")
