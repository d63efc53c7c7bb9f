"""What it takes to be a daemon: ports that open or say why not, and the end of a failed start."""

import os
import sys
from contextlib import suppress
from typing import Any, NoReturn

import attrs
from twisted.application.service import Service
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.python import usage

from chatsvc.protocols.accepting import Acceptor
from chatsvc.protocols.listening import ServerEndpoint, how_to_reach
from chatsvc.protocols.secure import SecureEndpoint
from chatsvc.protocols.transport import ListeningPort


class CannotStart(Exception):
    """Say in one sentence why the server cannot start."""


class Listener(Service):
    """Listen at one endpoint for as long as the service runs."""

    _log = Logger()

    def __init__(
        self,
        endpoint: ServerEndpoint,
        where: str,
        factory: Factory,
        acceptor: Acceptor,
        is_web: bool = False,
    ) -> None:
        self._endpoint = endpoint
        self._where = where
        self._factory = factory
        self._acceptor = acceptor
        self._is_secure = isinstance(endpoint, SecureEndpoint)
        self._is_web = is_web
        self._port: ListeningPort | None = None

    def privilegedStartService(self) -> None:
        """Open the socket; raise `CannotStart`."""
        failures: list[Any] = []
        listening = self._endpoint.listen(self._factory)
        listening.addCallbacks(self._opened, failures.append)
        if failures:
            cause = getattr(failures[0].value, "socketError", failures[0].value)
            reason = getattr(cause, "strerror", None) or cause
            raise CannotStart(f"Cannot listen on {self._where}: {reason}.")

    def startService(self) -> None:
        """Open the socket if nobody did before."""
        if self._port is None:
            self.privilegedStartService()
        super().startService()

    def announce(self) -> None:
        """Say where we listen, with a line to paste."""
        if self._port is not None:
            how = how_to_reach(self._port, self._where, self._is_secure, self._is_web)
            self._log.info("Listening on {how}", how=how)

    def stopService(self) -> Any:
        """Accept no more connections."""
        super().stopService()
        return None if self._port is None else self._port.stopListening()

    def _opened(self, port: ListeningPort) -> None:
        self._port = port
        self._acceptor.watch(port)


@attrs.define
class Runner:
    """What runs us: `daemon` if it detached from the terminal, and its pid file.

    `terminal` is, for a daemon, its parent's stderr, kept until it has started.
    """

    daemon: bool
    pid_file: str | None
    terminal: int | None = None

    @classmethod
    def from_options(cls, options: usage.Options) -> "Runner":
        """Read twistd's own options; twist has none of these."""
        above: Any = getattr(options, "parent", None) or {}
        daemon = not above.get("nodaemon", True)
        return cls(daemon, above.get("pidfile"), os.dup(2) if daemon else None)

    def let_go(self) -> None:
        """Let go of the terminal: the start has succeeded."""
        if self.terminal is not None:
            os.close(self.terminal)
            self.terminal = None

    def give_up(self, sentence: str) -> NoReturn:
        """End the process with `sentence` on stderr and status 1, without a traceback.

        `sys.stderr` is the log by now, so the sentence goes to the real one. For a
        daemon twistd tells the exception to the waiting parent, but cuts it short.
        """
        if self.terminal is not None:
            os.write(self.terminal, f"chatsvc: {sentence}\n".encode())
            raise CannotStart(sentence)
        if self.pid_file:
            with suppress(OSError):
                os.unlink(self.pid_file)
        print(f"chatsvc: {sentence}", file=sys.__stderr__)
        raise SystemExit(1)
