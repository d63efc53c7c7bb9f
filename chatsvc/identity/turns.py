"""So many slow jobs at a time, so many that wait, and no more."""

from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, fail, maybeDeferred
from twisted.python.failure import Failure

from chatsvc.core.errors import Busy, Closing, counted_seconds

BUSY_SECONDS = 5
"""After this time it is worth trying again when too many wait."""

_Result = TypeVar("_Result")
_Job = Callable[[], Deferred[Any]]


class Turns:
    """Begin `at_once` jobs; up to `most_waiting` more wait, in the order in which they came."""

    def __init__(self, at_once: int, most_waiting: int) -> None:
        self._free = at_once
        self._most_waiting = most_waiting
        self._waiting: deque[tuple[_Job, Deferred[Any]]] = deque()
        self._is_closed = False

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def take(self, job: Callable[[], Deferred[_Result]]) -> Deferred[_Result]:
        """Do `job` in its turn and return its result; fails with `Busy`, `Closing`."""
        if self._is_closed:
            return fail(Closing())
        if not self._free and len(self._waiting) >= self._most_waiting:
            return fail(
                Busy(
                    "Too many passwords are being checked just now. "
                    f"Wait {counted_seconds(BUSY_SECONDS)}, then try again."
                )
            )
        answer: Deferred[_Result] = Deferred()
        self._waiting.append((job, answer))
        self._begin()
        return answer

    def close(self) -> None:
        """Take no more jobs, and fail those that wait with `Closing`."""
        self._is_closed = True
        waiting, self._waiting = self._waiting, deque()
        for _, answer in waiting:
            answer.errback(Closing())

    def _begin(self) -> None:
        while self._free and self._waiting:
            job, answer = self._waiting.popleft()
            self._free -= 1
            maybeDeferred(job).addBoth(self._done, answer)

    def _done(self, result: Any, answer: Deferred[Any]) -> None:
        self._free += 1
        if isinstance(result, Failure):
            answer.errback(result)
        else:
            answer.callback(result)
        self._begin()
