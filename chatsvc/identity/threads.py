"""The two threads in which passwords are hashed."""

from collections.abc import Callable
from typing import Any, TypeVar

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from chatsvc.identity.turns import Turns

AT_ONCE = 2
"""Hashes at a time; each takes the memory of its cost, and a core."""

_Result = TypeVar("_Result")


class PasswordThreads(Service):
    """Have threads for as long as the service runs; none is made before the first password.

    Only `AT_ONCE` jobs are ever handed over, so that stopping waits for no more than these:
    a fraction of a second. Those that wait in `turns` are refused then.
    """

    def __init__(self, reactor: Any, most_waiting: int) -> None:
        self.turns = Turns(AT_ONCE, most_waiting)
        self._pool = ThreadPool(minthreads=0, maxthreads=AT_ONCE, name="passwords")
        self._reactor = reactor

    def run(self, job: Callable[[], _Result], /) -> Deferred[_Result]:
        """Do `job` in a thread."""
        return deferToThreadPool(self._reactor, self._pool, job)

    def startService(self) -> None:
        """Take jobs."""
        super().startService()
        self._pool.start()

    def stopService(self) -> None:
        """Refuse what waits, and wait for what is being done."""
        super().stopService()
        self.turns.close()
        self._pool.stop()
