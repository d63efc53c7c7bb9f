"""The service that a daemon runs: it starts, stops, and takes signals as a daemon should."""

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from twisted.application.service import MultiService
from twisted.internet.defer import Deferred, gatherResults
from twisted.logger import Logger

from chatsvc import __version__
from chatsvc.daemon import CannotStart, Listener, Runner
from chatsvc.hub import Hub
from chatsvc.irc.house import House
from chatsvc.ports import Claims, LogError
from chatsvc.protocols.certificate_watch import CertificateWatch
from chatsvc.protocols.certificates import BadCertificate
from chatsvc.protocols.room_ports import RoomPortRange
from chatsvc.storage.cloak_key import cloak_key
from chatsvc.tls import ServerCertificate

SWITCH_SECONDS = 0.0005
"""How long a thread that has work waits for the reactor's. What is said waits for the log's
thread, which asks several times a message: by Python's own 5 milliseconds a message took 100
beside somebody who kept the reactor busy."""


@contextmanager
def collected_once() -> Iterator[None]:
    """Make what is to stay for good, and have the garbage collector never look at it again.

    It would look at all rooms again and again; with 5,000 of them everybody waited a tenth of
    a second for that.
    """
    gc.disable()
    try:
        yield
        gc.collect()
        gc.freeze()
    finally:
        gc.enable()


class ChatService(MultiService):
    """The whole server: listeners in front, the hub behind them.

    What keeps it from starting is said in one sentence; the process then exits with
    status 1. SIGINT and SIGTERM stop it gracefully with exit status 0, a second one at
    once with 1. SIGHUP has it read its certificate again. Operators may do both
    (`ports.Control`).
    """

    _log = Logger()

    def __init__(self, hub: Hub, server_name: str, reactor: Any, runner: Runner) -> None:
        super().__init__()
        self._hub = hub
        self._server_name = server_name
        self._reactor = reactor
        self._runner = runner
        self._stopping = False
        self._signals = 0
        self._room_ports: RoomPortRange | None = None
        self._certificate: ServerCertificate | None = None
        self._claims: Claims | None = None
        self._always_claims = False
        self._cloaked: tuple[str, House] | None = None
        hub.use_control(self)

    def use_certificate(self, certificate: ServerCertificate) -> None:
        """Show this certificate where TLS is spoken."""
        self._certificate = certificate
        certificate.watch.setServiceParent(self)

    def use_claims(self, claims: Claims, always: bool = False) -> None:
        """Let the first operator have a code; with `always`, one that comes after others too."""
        self._claims = claims
        self._always_claims = always
        self._hub.use_claims(claims)

    def use_room_ports(self, room_ports: RoomPortRange) -> None:
        """Give every room a port of its own."""
        self._room_ports = room_ports
        self._hub.use_room_ports(room_ports)

    def use_cloak_key(self, folder: str, house: House) -> None:
        """Give IRC the key of its cloaks, from the data folder as soon as that is ours."""
        self._cloaked = (folder, house)

    def privilegedStartService(self) -> None:
        """Open the sockets, while the process may still be root."""
        self._or_exit(self._read_certificate)
        self._or_exit(super().privilegedStartService)

    def startService(self) -> None:
        """Open the log and go to work."""
        sys.setswitchinterval(SWITCH_SECONDS)
        self._take_signals()
        with collected_once():
            self._or_exit(self._hub.startService)
            self._or_exit(self._make_certificate)
            self._or_exit(self._take_cloak_key)
            self._or_exit(super().startService)
        self._runner.let_go()
        self._take_signals()
        self._reactor.callWhenRunning(self._begin)

    def stopService(self) -> Deferred[Any]:
        """Stop listening, then let the hub say goodbye."""
        listeners = super().stopService()
        if self._room_ports is not None:
            self._room_ports.close_all()
        return gatherResults([listeners, self._hub.stopService()])

    def _read_certificate(self) -> None:
        """Read a certificate that was given, while the process may still be root."""
        if self._certificate is not None:
            self._certificate.read_given()

    def _make_certificate(self) -> None:
        """Make one if none was given, now that the data folder is ours."""
        if self._certificate is not None:
            self._certificate.make_own()

    def _take_cloak_key(self) -> None:
        """Read the key of the cloaks, or make one."""
        if self._cloaked is not None:
            folder, house = self._cloaked
            house.cloak_key = cloak_key(folder)

    def _or_exit(self, start: Callable[[], object]) -> None:
        try:
            start()
        except (CannotStart, LogError, BadCertificate) as error:
            self._runner.give_up(str(error))

    def _begin(self) -> None:
        """Say that we are ready, but not before a signal stops us gracefully.

        The reactor has put its own handlers in place of ours when it began to run.
        """
        self._take_signals()
        for service in self:
            if isinstance(service, Listener | CertificateWatch):
                service.announce()
        self._offer_claim()
        self._log.info(
            'chatsvc {version} "{name}" is ready', version=__version__, name=self._server_name
        )

    def _offer_claim(self) -> None:
        """Show a code while nobody is an operator; it is kept nowhere else."""
        if self._claims is None or (self._hub.has_operator and not self._always_claims):
            return
        self._log.info(
            "{why}. Register or log in, then say: claim {code} - it works once, "
            "until the server stops",
            why="--claim was given" if self._hub.has_operator else "There is no operator yet",
            code=self._claims.make(),
        )

    def _take_signals(self) -> None:
        """Handle signals ourselves: Twisted's own way out does not exit with 0.

        Done once before we say that we are ready, and again right after the reactor,
        which begins to run later, has set its own handlers.
        """
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._signalled)
        signal.signal(signal.SIGHUP, self._told_to_reload)

    def _signalled(self, _number: int, _frame: object) -> None:
        self._signals += 1
        if self._signals > 1:
            os._exit(1)
        self.shut_down()

    def _told_to_reload(self, _number: int, _frame: object) -> None:
        self._reactor.callFromThread(self._hub.reload)

    # ports.Control

    def shut_down(self) -> None:
        """Begin to stop; do nothing if that has begun."""
        if not self._stopping:
            self._stopping = True
            self._reactor.callFromThread(self._reactor.stop)

    def reload(self) -> tuple[str, ...]:
        """Read the certificate again; return what came of it."""
        if self._certificate is None:
            return ("There is no certificate to read again: no --tls.",)
        return (self._certificate.watch.reload(),)
