"""The threads in which passwords are hashed, two of them, or one where there is one core.

They give way to the reactor's: where there is one core only, everybody else would wait for a
hash now and then.
"""

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from chatsvc.identity.turns import Turns

AT_ONCE = 2
"""Hashes at a time, where there are two cores; each takes the memory of its cost, and a core."""

LOW_PRIORITY = 19
"""As a process has it that is started with `nice -n 19`."""

_Result = TypeVar("_Result")


def cores() -> int:
    """Return how many cores this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _giving_way(job: Callable[[], _Result]) -> _Result:
    """Do `job` at a low priority; where a thread has none of its own, at the process's.

    Also where it may not be changed: a sandbox may forbid that (systemd's `~@resources`).
    """
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOW_PRIORITY)
    return job()


class PasswordThreads(Service):
    """Have threads for as long as the service runs; none is made before the first password.

    At most `AT_ONCE` jobs are ever handed over, so that stopping waits for no more than these:
    a fraction of a second. Those that wait in `turns` are refused then.
    """

    def __init__(self, reactor: Any, most_waiting: int) -> None:
        at_once = min(AT_ONCE, cores())
        self.turns = Turns(at_once, most_waiting)
        self._pool = ThreadPool(minthreads=0, maxthreads=at_once, name="passwords")
        self._reactor = reactor

    def run(self, job: Callable[[], _Result], /) -> Deferred[_Result]:
        """Do `job` in a thread."""
        return deferToThreadPool(self._reactor, self._pool, partial(_giving_way, job))

    def startService(self) -> None:
        """Take jobs."""
        super().startService()
        self._pool.start()

    def stopService(self) -> None:
        """Refuse what waits, and wait for what is being done."""
        super().stopService()
        self.turns.close()
        self._pool.stop()
