"""The terminal this process was started in: `run_terminal` chats on it and puts it back.

    SIGWINCH            use the new size
    SIGHUP              the terminal is gone: end
    SIGTSTP, SIGCONT    give the screen back while we are stopped, and take it again
    SIGINT, SIGTERM     stop the reactor, as Twisted does; the screen is given back before
    SIGQUIT             the same

Raw mode makes Ctrl+C and Ctrl+Z ordinary bytes; these signals come from elsewhere.
"""

import os
import signal
import termios
import tty
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionAborted, ReactorNotRunning
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from chatsvc.client.terminal.conversation import Chat
from chatsvc.client.terminal.paint import LEAVE_SCREEN
from chatsvc.client.terminal.protocol import ChatTerminal, TerminalOptions, TerminalTransport
from chatsvc.ports import DelayedCall

__all__ = ["TerminalOptions", "run_terminal"]

_CTRL_C = b"\x03"

FLUSH_WITHIN = 1.0
"""Seconds in which a terminal should take the last bytes before it is left without them."""

HURRIED_FLUSH_WITHIN = 0.1
"""The same for a person who pressed Ctrl+C twice."""


def run_terminal(
    chat: Chat,
    options: TerminalOptions | None = None,
    reactor: Any = None,
    source: int = 0,
    output: int = 1,
) -> Deferred[str]:
    """Chat on the terminal at the descriptors `source` and `output` until the person ends.

    The Deferred fires, with a sentence that was shown already, when the terminal is as it
    was before; it fails with what went wrong in our own code. `reactor` None means the
    one of this process.
    """
    if reactor is None:
        from twisted.internet import reactor
    return _LocalTerminal(chat, options or TerminalOptions(), reactor, source, output).run()


class RawMode:
    """Raw mode of a terminal, and the way back; `leave` may be called at any time."""

    def __init__(self, source: int, output: int) -> None:
        self._source = source
        self._output = output
        self._settings = termios.tcgetattr(source)

    def enter(self) -> None:
        """Let every key arrive as it is pressed, and echo nothing."""
        with suppress(termios.error):
            tty.setraw(self._source)

    def leave(self, farewell: bytes = b"") -> None:
        """Write `farewell`, then put back what was there before `enter`."""
        with suppress(OSError):
            os.write(self._output, farewell)
        # Not TCSADRAIN: a terminal that takes nothing more would block us for ever.
        with suppress(termios.error):
            termios.tcsetattr(self._source, termios.TCSANOW, self._settings)


class Signals:
    """Handle signals for a while, and then as before. Handlers run in the reactor."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._before: dict[int, Any] = {}

    def handle(self, number: int, handler: Callable[[], object]) -> None:
        """Call `handler` when signal `number` comes."""
        before = signal.signal(number, lambda *_: self._reactor.callFromThread(handler))
        self._before.setdefault(number, before)

    def restore(self) -> None:
        """Put back all handlers."""
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        self._before.clear()


def _reopened(descriptor: int, mode: int) -> int:
    """Return a descriptor of the same terminal that may be made non-blocking.

    The one we were given is shared with the shell, which would find its own non-blocking.
    """
    try:
        return os.open(os.ttyname(descriptor), mode | os.O_NOCTTY)
    except OSError:
        return os.dup(descriptor)


class LocalTransport(TerminalTransport):
    """A `TerminalTransport` that does not wait for ever for its terminal to take the last bytes.

    `restore` is called before the connection is cut.
    """

    def __init__(self, reactor: Any, terminal: ChatTerminal, restore: Callable[[], object]) -> None:
        super().__init__(lambda: terminal)
        self._reactor = reactor
        self._terminal = terminal
        self._restore = restore
        self._cutting: DelayedCall | None = None

    def dataReceived(self, data: bytes) -> None:
        """Hand on what was typed; while the terminal is being left, only Ctrl+C counts."""
        if self._cutting is None:
            super().dataReceived(data)
        elif _CTRL_C in data:
            self._cut()

    def loseConnection(self) -> None:
        """Close once everything is sent, but cut what the terminal does not take in time."""
        if self._cutting is None:
            delay = HURRIED_FLUSH_WITHIN if self._terminal.is_hurried else FLUSH_WITHIN
            self._cutting = self._reactor.callLater(delay, self._cut)
            super().loseConnection()
            # Twisted reads no more, but a Ctrl+C should still be heard.
            self.transport.resumeProducing()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Note that the terminal was closed."""
        if self._cutting is not None and self._cutting.active():
            self._cutting.cancel()
        super().connectionLost(reason)

    def _cut(self) -> None:
        self._restore()
        self.transport.connectionLost(Failure(ConnectionAborted()))


class _LocalTerminal:
    """A `ChatTerminal` on the terminal of this process."""

    def __init__(
        self, chat: Chat, options: TerminalOptions, reactor: Any, source: int, output: int
    ) -> None:
        self._reactor = reactor
        self._source, self._output = source, output
        self._raw = RawMode(source, output)
        self._signals = Signals(reactor)
        self._terminal = ChatTerminal(chat, options, reactor, self.suspend)
        self._is_over = False
        self._over: Deferred[None] = Deferred()
        self._opened: tuple[int, ...] = ()

    def run(self) -> Deferred[str]:
        """Begin; the Deferred is `run_terminal`'s."""
        done = self._terminal.done.addBoth(self._restore)
        self._signals.handle(signal.SIGWINCH, self.resize)
        self._signals.handle(signal.SIGHUP, self._hang_up)
        self._signals.handle(signal.SIGQUIT, self._quit)
        self._signals.handle(signal.SIGTSTP, self.suspend)
        self._signals.handle(signal.SIGCONT, self._go_on)
        self._reactor.addSystemEventTrigger("before", "shutdown", self._shut_down)
        self._raw.enter()
        self._connect()
        self.resize()
        return done

    def _connect(self) -> None:
        from twisted.internet import stdio

        standard_io: Any = stdio.StandardIO
        reading = _reopened(self._source, os.O_RDONLY)
        writing = _reopened(self._output, os.O_WRONLY)
        self._opened = (reading, writing)
        transport = LocalTransport(self._reactor, self._terminal, self._cut)
        standard_io(transport, reading, writing, reactor=self._reactor)

    def resize(self) -> None:
        """Use the size that the terminal has now."""
        with suppress(OSError):
            size = os.get_terminal_size(self._output)
            self._terminal.terminalSize(size.columns or 80, size.lines or 24)

    def suspend(self) -> None:
        """Give the screen back and stop this job; when it goes on, take the screen again."""
        self._raw.leave(LEAVE_SCREEN)
        before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        # The whole process group, as the terminal itself does on Ctrl+Z.
        os.kill(0, signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, before)
        self._raw.enter()
        self._terminal.resume()
        self.resize()

    def _go_on(self) -> None:
        """Draw again after somebody else stopped us and let us go on."""
        if not self._is_over:
            self._raw.enter()
            self._terminal.redraw()

    def _hang_up(self) -> None:
        self._terminal.leave("The terminal was closed.")

    def _shut_down(self) -> Deferred[None] | None:
        """Give the screen back while the reactor waits with its end, but not for long."""
        if self._is_over:
            return None
        self._terminal.leave("The client was stopped.")
        return self._over

    def _quit(self) -> None:
        with suppress(ReactorNotRunning):
            self._reactor.stop()

    def _cut(self) -> None:
        """Drop what the terminal does not take, and give it its screen back if it takes that."""
        _, writing = self._opened
        with suppress(OSError, termios.error):
            termios.tcflush(writing, termios.TCOFLUSH)
            os.write(writing, LEAVE_SCREEN)

    def _restore(self, result: str | Failure) -> str | Failure:
        self._is_over = True
        self._signals.restore()
        self._raw.leave()
        for descriptor in self._opened:
            os.close(descriptor)
        self._over.callback(None)
        return result
