"""How a thread hands results to the reactor: the cheapest way that the reactor has.

`callFromThread` wakes the reactor through a socket pair and a special round of its
loop. A reader on an `eventfd` (Linux) does the same for little more than half the
price, measured as processor time from thread to Deferred and back. Where there is no
`eventfd`, or no reactor that watches descriptors, it is `callFromThread` after all.
"""

import os
from collections import deque
from collections.abc import Callable
from typing import Any, cast

from twisted.internet.interfaces import IReactorFDSet, IReactorFromThreads, IReadDescriptor
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

Call = tuple[Callable[[Any], object], object]
"""A function and its one argument."""

_log = Logger()


class Bell:
    """Run calls of other threads in the reactor's, in their order, with `callFromThread`."""

    def __init__(self, reactor: IReactorFromThreads) -> None:
        self._reactor = reactor

    def ring(self, function: Callable[[Any], object], argument: object) -> None:
        """Have `function(argument)` called in the reactor's thread; for any thread."""
        self._reactor.callFromThread(function, argument)

    def silence(self) -> None:
        """Stop listening; in the reactor's thread, when nobody rings any more."""


@implementer(IReadDescriptor)
class EventBell(Bell):
    """The same with an `eventfd`."""

    def __init__(self, reactor: IReactorFromThreads) -> None:
        super().__init__(reactor)
        self._calls: deque[Call] = deque()
        self._descriptor = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        # The interface has no signatures that a type checker understands.
        self._watcher = cast(Any, reactor)
        self._watcher.addReader(self)

    def ring(self, function: Callable[[Any], object], argument: object) -> None:
        """Have `function(argument)` called in the reactor's thread; for any thread."""
        self._calls.append((function, argument))
        os.eventfd_write(self._descriptor, 1)

    def silence(self) -> None:
        """Stop listening; in the reactor's thread, when nobody rings any more."""
        self._watcher.removeReader(self)
        os.close(self._descriptor)

    def fileno(self) -> int:
        """Return the descriptor to watch."""
        return self._descriptor

    def logPrefix(self) -> str:
        """Return the name under which the reactor logs a bug in a call."""
        return "log"

    def doRead(self) -> None:
        """Do what was rung for."""
        os.eventfd_read(self._descriptor)
        # What is added meanwhile has rung again, but need not wait for that.
        while self._calls:
            function, argument = self._calls.popleft()
            try:
                function(argument)
            except Exception:
                # As `callFromThread` does it. A reader that raises is removed: nothing
                # would ever be heard from the threads again.
                _log.failure("A call from a thread met a bug")

    def connectionLost(self, reason: Failure) -> None:
        """Do nothing: the reactor is ending."""


def make_bell(reactor: IReactorFromThreads) -> Bell:
    """Return the cheapest bell for `reactor`; in the reactor's thread."""
    if hasattr(os, "eventfd") and IReactorFDSet.providedBy(reactor):
        return EventBell(reactor)
    return Bell(reactor)
