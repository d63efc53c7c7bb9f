r"""Ask another program whether a password is right.

The program gets two lines on its standard input, UTF-8, and then its end:

    NAME\n
    PASSWORD\n

Neither stands in its arguments or its environment, where other users of the machine could
read them; neither holds a line end, since a prepared password has no control characters.
Its exit status is the answer:

    0           the password is right; a first line on standard output, if there is one, is
                the account's name
    1 to 99     it is wrong, or there is no such name
    others      it could not be found out: 111 by the custom of checkpassword, 126 and 127 of
                a shell that cannot run it, a signal, no end within `SECONDS`

A program that takes too long is killed. What it has started itself is not: it finds its
pipes closed.
"""

import math
from collections.abc import Sequence
from contextlib import suppress
from shutil import which
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone, ProcessExitedAlready, ProcessTerminated
from twisted.internet.interfaces import IProcessTransport
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from chatsvc.core.text import printable
from chatsvc.ports import Clock, DelayedCall

SECONDS = 5.0
"""How long the program may take; who logs in waits for it."""

AT_ONCE = 4
"""Programs that run at a time."""

OUTPUT_BYTES = 4096
"""What is kept of each output; the rest is read and dropped."""

LAST_WRONG = 99
"""The highest exit status that means a wrong password; above it programs tell of trouble."""

_LONGEST_SHOWN = 200
_STDIN, _STDOUT, _STDERR = 0, 1, 2


class Reactor(Clock, Protocol):
    """The part of a reactor that this needs: IReactorTime and IReactorProcess."""

    def spawnProcess(
        self,
        processProtocol: ProcessProtocol,
        executable: str,
        args: Sequence[str],
        env: dict[str, str] | None,
    ) -> IProcessTransport:
        """Start a program."""


class CannotAsk(Exception):
    """Say in one sentence why the program did not find out."""


class WrongPassword(Exception):
    """Say that the program's answer is no."""


def ask(reactor: Reactor, command: Sequence[str], name: str, password: bytes) -> Deferred[str]:
    """Run `command` and return the first line of its output, "" for none.

    Fails with `WrongPassword` or `CannotAsk`.
    """
    asking = _Asking(reactor, name.encode("utf-8"), password)
    # Where Twisted forks first, a program that is not there would end with status 1.
    executable = which(command[0])
    if executable is None:
        asking.cannot_be_started("there is no such program")
        return asking.answer
    try:
        reactor.spawnProcess(asking, executable, command, None)
    except Exception as error:
        asking.cannot_be_started(str(error))
    return asking.answer


class _Asking(ProcessProtocol):
    """One run of the program."""

    def __init__(self, reactor: Reactor, name: bytes, password: bytes) -> None:
        self.answer: Deferred[str] = Deferred()
        self._request = name + b"\n" + password + b"\n"
        self._password = password
        self._output = {_STDOUT: b"", _STDERR: b""}
        self._is_answered = False
        self._deadline: DelayedCall = reactor.callLater(SECONDS, self._kill)

    def connectionMade(self) -> None:
        """Ask."""
        transport: Any = self.transport
        transport.write(self._request)
        transport.closeStdin()
        self._request = b""

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        """Keep what may be of use."""
        kept = self._output[childFD]
        self._output[childFD] = kept + data[: OUTPUT_BYTES - len(kept)]

    def processEnded(self, reason: Failure) -> None:
        """Take the exit status for the answer."""
        error = reason.value
        if isinstance(error, ProcessDone):
            self._finish(self._line(_STDOUT))
        elif isinstance(error, ProcessTerminated) and error.signal is not None:
            self._finish(CannotAsk(self._sentence(f"was ended by signal {error.signal}")))
        elif isinstance(error, ProcessTerminated) and (error.exitCode or 0) <= LAST_WRONG:
            self._finish(WrongPassword())
        else:
            status = getattr(error, "exitCode", None)
            self._finish(CannotAsk(self._sentence(f"ended with status {status}")))

    def cannot_be_started(self, why: str) -> None:
        """Note that there is no process."""
        self._finish(CannotAsk(f"The checker cannot be started: {why}."))

    def _kill(self) -> None:
        """End it without waiting: what it has started may hold its outputs open for long."""
        transport: Any = self.transport
        with suppress(ProcessExitedAlready):
            transport.signalProcess("KILL")
        transport.loseConnection()
        taken = math.ceil(SECONDS)
        self._finish(CannotAsk(self._sentence(f"did not end within {taken} seconds")))

    def _finish(self, result: str | Exception) -> None:
        """Answer; what comes afterwards is too late."""
        if self._is_answered:
            return
        self._is_answered = True
        self._password = b""
        if self._deadline.active():
            self._deadline.cancel()
        if isinstance(result, str):
            self.answer.callback(result)
        else:
            self.answer.errback(result)

    def _sentence(self, what: str) -> str:
        """Say what it did, and what it said; not where that has the password in it."""
        if self._password in self._output[_STDERR]:
            return f"The checker {what} and said something with the password in it."
        said = self._line(_STDERR)
        return f"The checker {what}" + (f' and said "{said}".' if said else ".")

    def _line(self, output: int) -> str:
        """Return the first line of an output, made safe to be shown."""
        line = self._output[output].partition(b"\n")[0].decode("utf-8", "replace")
        return printable(line.strip())[:_LONGEST_SHOWN]
