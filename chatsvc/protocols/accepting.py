"""Accept connections only while there are file descriptors for them.

Twisted accepts and closes at once what it has no descriptor for, with several lines in the
log for each, and tries again without a pause where it cannot even do that. Here listening
ports are paused instead: clients wait in the kernel's backlog, and the last descriptors are
left to the log's files.
"""

import errno
import os
import resource
import socket
from typing import Any
from weakref import WeakSet

import attrs
from twisted.logger import Logger

from chatsvc.ports import Clock

SPARE_DESCRIPTORS = 8
"""Descriptors that connections leave free: the log opens files again after a failure."""

PAUSE_SECONDS = 0.5
"""How long nothing is accepted before it is looked whether descriptors are free."""

SECONDS_BETWEEN_LINES = 60.0
"""How often the log tells of it; connections that come and go would fill it."""

_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


@attrs.define(eq=False)
class Acceptor:
    """Pause the ports it watches while descriptors are short, all of them together."""

    _log = Logger()

    _clock: Clock
    _ports: "WeakSet[Any]" = attrs.field(factory=WeakSet, init=False)
    _is_paused: bool = attrs.field(default=False, init=False)
    _told_at: float | None = attrs.field(default=None, init=False)

    @property
    def is_paused(self) -> bool:
        """Tell whether nothing is accepted just now."""
        return self._is_paused

    def watch(self, port: object) -> None:
        """Watch over a listening port of Twisted's, or several that are used as one.

        One that is no socket of this process (as in tests) is left alone.
        """
        for each in getattr(port, "ports", [port]):
            listener = getattr(each, "socket", None)
            if isinstance(listener, socket.socket):
                each.socket = _WatchedSocket(listener, self)
                self._ports.add(each)
                if self._is_paused:
                    each.stopReading()

    def took(self, descriptor: int) -> None:
        """Note that a connection got `descriptor`; pause if few are left."""
        if descriptor >= _most_descriptors() - SPARE_DESCRIPTORS:
            self.pause(f"the limit of {_most_descriptors()} (ulimit -n) is near")

    def pause(self, reason: str) -> None:
        """Accept nothing for a while."""
        if self._is_paused:
            return
        self._is_paused = True
        for port in self._ports:
            port.stopReading()
        self._tell(reason)
        self._clock.callLater(PAUSE_SECONDS, self._look)

    def _tell(self, reason: str) -> None:
        now = self._clock.seconds()
        if self._told_at is None or now - self._told_at >= SECONDS_BETWEEN_LINES:
            self._told_at = now
            self._log.warn(
                "No file descriptors are left for new connections: {reason}. "
                "They wait until others end",
                reason=reason,
            )

    def _look(self) -> None:
        """Accept again if descriptors are free."""
        if not _are_descriptors_free():
            self._clock.callLater(PAUSE_SECONDS, self._look)
            return
        self._is_paused = False
        for port in self._ports:
            if port.connected and not port.disconnecting:
                port.startReading()


class _WatchedSocket:
    """A listening socket that says "nobody is there" when there is no descriptor for who is."""

    def __init__(self, listener: socket.socket, acceptor: Acceptor) -> None:
        self._listener = listener
        self._acceptor = acceptor

    def accept(self) -> tuple[socket.socket, Any]:
        if self._acceptor.is_paused:
            raise _nobody()
        try:
            accepted = self._listener.accept()
        except OSError as error:
            if error.errno not in _EXHAUSTED:
                raise
            self._acceptor.pause(os.strerror(error.errno))
            raise _nobody() from error
        self._acceptor.took(accepted[0].fileno())
        return accepted

    def __getattr__(self, name: str) -> Any:
        return getattr(self._listener, name)


def _nobody() -> BlockingIOError:
    return BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))


def _most_descriptors() -> int:
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft != resource.RLIM_INFINITY else 2**31


def _are_descriptors_free() -> bool:
    """Tell whether a connection would get a descriptor and leave enough; the lowest is given."""
    try:
        descriptor = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    os.close(descriptor)
    return descriptor < _most_descriptors() - SPARE_DESCRIPTORS
