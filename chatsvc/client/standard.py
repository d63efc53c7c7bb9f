"""Standard input and output as lines, for a client that is not in a terminal.

Nothing blocks and nothing grows: input is read only as fast as its lines are taken, and
whoever writes can wait until what was written has been read at the other end of the pipe.
"""

import errno
import os
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO, cast

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IHalfCloseableProtocol, IPushProducer
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from chatsvc.core.limits import DEFAULT_LIMITS
from chatsvc.wire.framing import LineBuffer, TooLong

LINES_WAITING = 64
"""Lines of input that wait to be carried out before no more is read."""


class _Gate:
    """Something that one can wait for to be open."""

    def __init__(self, is_open: bool) -> None:
        self.is_open = is_open
        self._waiting: list[Deferred[None]] = []

    def open(self) -> None:
        self.is_open = True
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each.callback(None)

    def close(self) -> None:
        self.is_open = False

    def passed(self) -> Deferred[None]:
        passed: Deferred[None] = Deferred()
        if self.is_open:
            passed.callback(None)
        else:
            self._waiting.append(passed)
        return passed


@implementer(IHalfCloseableProtocol, IPushProducer)
class StandardStreams(Protocol):
    """The protocol on the other side of Twisted's `StandardIO`.

    `output_closed` fires when nobody reads the output any more, or when it cannot be
    written; then `output_problem` says why. `why_lost` finds that out.
    """

    def __init__(self, why_lost: Callable[[], str] = lambda: "") -> None:
        self.output_closed: Deferred[None] = Deferred()
        self.output_problem = ""
        self._why_lost = why_lost
        self._buffer = LineBuffer(DEFAULT_LIMITS.line_bytes)
        self._lines: deque[bytes | TooLong] = deque()
        self._has_lines = _Gate(is_open=False)
        self._has_room = _Gate(is_open=True)
        self._input_ended = False
        self._is_paused = False

    # The transport calls

    def connectionMade(self) -> None:
        """Ask to be told when the output is full."""
        self._pipe = cast(Any, self.transport)
        self._pipe.registerProducer(self, True)

    def dataReceived(self, data: bytes) -> None:
        """Take a piece of the input."""
        if self._input_ended:
            return
        self._lines.extend(self._buffer.feed(data))
        if self._lines:
            self._has_lines.open()
        if len(self._lines) >= LINES_WAITING and not self._is_paused:
            self._is_paused = True
            self._pipe.pauseProducing()

    def readConnectionLost(self) -> None:
        """Take the end of the input; its last line needs no end of its own."""
        self.dataReceived(b"\n")
        self.end_input()

    def writeConnectionLost(self) -> None:
        """Note that nobody reads the output any more, and that nothing more is to be done."""
        self.output_problem = self.output_problem or self._why_lost()
        self._output_ended()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Note that both ends are gone; unless we closed them, the output was lost."""
        if reason.check(ConnectionLost):
            self.writeConnectionLost()
        else:
            self._output_ended()

    def _output_ended(self) -> None:
        self.end_input()
        self._has_room.open()
        if not self.output_closed.called:
            self.output_closed.callback(None)

    def pauseProducing(self) -> None:
        """Note that the output is full."""
        if not self.output_closed.called:
            self._has_room.close()

    def resumeProducing(self) -> None:
        """Note that the output takes more."""
        self._has_room.open()

    def stopProducing(self) -> None:
        """Note that the output takes nothing any more."""
        self._has_room.open()

    # The client calls

    async def next_line(self) -> bytes | TooLong | None:
        """Return the next line of input, waiting for it; None when there is no more."""
        while not self._lines:
            if self._input_ended:
                return None
            self._has_lines.close()
            await self._has_lines.passed()
        line = self._lines.popleft()
        if self._is_paused and len(self._lines) < LINES_WAITING:
            self._is_paused = False
            self._pipe.resumeProducing()
        return line

    def end_input(self) -> None:
        """Let `next_line` return None once the lines that are here were taken."""
        self._input_ended = True
        self._has_lines.open()

    def drop_input(self) -> bool:
        """End the input and drop the lines that are here; return whether there were any."""
        had_lines = bool(self._lines)
        self._lines.clear()
        self.end_input()
        return had_lines

    def write(self, line: str) -> None:
        """Write a line; it goes out before anything else happens, unless the output is full."""
        if not self.output_closed.called:
            self._pipe.write(f"{line}\n".encode(errors="replace"))

    async def drained(self) -> None:
        """Wait until the output has room."""
        await self._has_room.passed()

    def close(self) -> Deferred[None]:
        """Write what is left and let go of both ends; the result fires when it is written."""
        self._pipe.unregisterProducer()
        self._pipe.loseConnection()
        return self.output_closed


class ErrorLines:
    """The error output: one sentence a line.

    Where it goes to the same place as the output it is written with it, so that the order
    of lines is kept.
    """

    def __init__(self, streams: StandardStreams, errors: TextIO | None, is_shared: bool) -> None:
        self._streams = streams
        self._errors = errors
        self._is_shared = is_shared

    def write(self, line: str) -> None:
        """Write a line; one that cannot be written is lost."""
        if self._is_shared:
            self._streams.write(line)
            return
        if self._errors is not None:
            with suppress(OSError, ValueError):
                self._errors.write(f"{line}\n")
                self._errors.flush()


def open_streams(reactor: object, input_fd: int = 0, output_fd: int = 1) -> StandardStreams:
    """Return the standard streams of this process, connected to `reactor`."""
    from twisted.internet.stdio import StandardIO

    streams = StandardStreams(lambda: write_problem(output_fd))
    reading, writing = _own(input_fd, os.O_RDONLY), _own(output_fd, os.O_WRONLY)
    connect: Any = StandardIO
    connect(streams, reading, writing, reactor=reactor)
    return streams


def write_problem(descriptor: int) -> str:
    """Return why nothing can be written to `descriptor`, "" if just nobody reads it.

    To be asked after writing to it failed: Twisted does not keep the reason, and the
    operating system tells it only to those who try.
    """
    try:
        os.write(descriptor, b"\n")
    except OSError as error:
        return "" if error.errno == errno.EPIPE else f"{os.strerror(error.errno or 0)}."
    return ""


def _own(descriptor: int, flags: int) -> int:
    """Return a descriptor that may be made non-blocking and closed.

    A terminal is opened anew: shell and `cat` share the one we were given, and would find
    theirs non-blocking.
    """
    try:
        if os.isatty(descriptor):
            return os.open(os.ttyname(descriptor), flags | os.O_NOCTTY)
        return os.dup(descriptor)
    except OSError:
        return os.open(os.devnull, flags)


def are_same(one: int, other: int) -> bool:
    """Tell whether two descriptors lead to the same place."""
    try:
        return os.path.sameopenfile(one, other)
    except OSError:
        return False
