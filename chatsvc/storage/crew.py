"""Threads that do blocking work and report to the reactor.

The threads of a crew take jobs from one queue. Each has a *worker* of its own, the
object that the job is done with, which nobody else touches: no locks are needed.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.python.failure import Failure

from chatsvc.ports import LogError
from chatsvc.storage.bell import make_bell


class Worker(Protocol):
    """What a thread of a crew works with."""

    @property
    def patience(self) -> float | None:
        """How many seconds to wait for a job before `rest`; None: as long as it takes."""

    def rest(self) -> float | None:
        """Use the time without a job; return how many seconds to wait before the next rest.

        Does not raise, and is soon done.
        """

    def close(self) -> None:
        """Give everything back; called once, at the end. Does not raise."""


_Worker = TypeVar("_Worker", bound=Worker)
_Answer = TypeVar("_Answer")


class Crew(Generic[_Worker]):
    """One thread for each of `workers`; jobs are begun in the order in which they come."""

    def __init__(self, reactor: IReactorFromThreads, name: str, workers: Sequence[_Worker]) -> None:
        self._name = name
        self._workers = workers
        self._jobs: queue.SimpleQueue[Callable[[_Worker], None] | None] = queue.SimpleQueue()
        self._bell = make_bell(reactor)
        self._working = 0
        self._is_dropping = False
        self._stopped: Deferred[None] = Deferred()

    def start(self) -> None:
        """Start the threads."""
        for worker in self._workers:
            self._working += 1
            # A process that is done does not wait for them: what matters is durable.
            threading.Thread(
                target=self._work, args=(worker,), name=self._name, daemon=True
            ).start()

    def call(self, job: Callable[[_Worker], _Answer]) -> Deferred[_Answer]:
        """Do `job` in a thread; the Deferred fires in the reactor's."""
        answer: Deferred[_Answer] = Deferred()

        def do(worker: _Worker) -> None:
            if self._is_dropping:
                self._bell.ring(answer.errback, LogError("The log is closed."))
                return
            try:
                result = job(worker)
            except BaseException:
                self._bell.ring(answer.errback, Failure())
            else:
                self._bell.ring(answer.callback, result)

        self._jobs.put(do)
        return answer

    def stop(self, drop: bool = False) -> Deferred[None]:
        """Finish the jobs that were called, then end the threads; call it once.

        `drop`: fail those that were not begun instead, with `LogError`.
        """
        self._is_dropping = drop
        for _ in self._workers:
            self._jobs.put(None)
        return self._stopped

    def _work(self, worker: _Worker) -> None:
        patience = worker.patience
        while True:
            try:
                job = self._jobs.get(timeout=patience)
            except queue.Empty:
                patience = worker.rest()
                continue
            if job is None:
                break
            job(worker)
            patience = worker.patience
        worker.close()
        self._bell.ring(self._ended, threading.current_thread())

    def _ended(self, thread: threading.Thread) -> None:
        thread.join()  # It has nothing left to do; this takes no time.
        self._working -= 1
        if not self._working:
            self._bell.silence()
            self._stopped.callback(None)
