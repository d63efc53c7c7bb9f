"""Accounts, processes and threads that a test controls."""

from collections.abc import Callable, Sequence
from typing import Any

import attrs
from twisted.internet.defer import Deferred, execute
from twisted.internet.error import ProcessDone, ProcessExitedAlready, ProcessTerminated
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from chatsvc.core.names import Nick, NickKey, nick_key
from chatsvc.identity.checkers import AccountChecker, Passwords
from chatsvc.identity.delays import LoginDelays
from chatsvc.identity.passwords import COSTS, Hasher, prepared
from chatsvc.identity.portal import PortalIdentity
from chatsvc.identity.turns import Turns


@attrs.define
class FakeAccount:
    name: Nick
    secret: str


class Accounts:
    """Our own accounts, whose secrets were made with `hasher`."""

    def __init__(self, hasher: Hasher, passwords: dict[Nick, str]) -> None:
        self._accounts: dict[NickKey, FakeAccount] = {
            nick_key(name): FakeAccount(name, hasher.secret_of(prepared(password)))
            for name, password in passwords.items()
        }

    def find(self, name: Nick) -> FakeAccount | None:
        return self._accounts.get(nick_key(name))


class HeldThreads:
    """Do jobs at once, or, after `hold`, one by one when a test says so."""

    def __init__(self) -> None:
        self.held: list[Callable[[], None]] = []
        self._is_holding = False

    def hold(self) -> None:
        self._is_holding = True

    def run(self, job: Callable[[], Any], /) -> Deferred[Any]:
        if not self._is_holding:
            return execute(job)
        answer: Deferred[Any] = Deferred()
        self.held.append(lambda: execute(job).chainDeferred(answer))
        return answer

    def release(self) -> None:
        while self.held:
            self.held.pop(0)()


def own_identity(
    passwords: dict[Nick, str],
    clock: Clock,
    delays: LoginDelays,
    threads: HeldThreads,
    waiting: int = 5,
) -> PortalIdentity:
    """Return an identity with accounts of our own."""
    hasher = Hasher(COSTS["test"])
    accounts = Accounts(hasher, passwords)
    crew = Passwords(hasher, Turns(2, waiting), threads.run)
    checker: Any = AccountChecker(crew, accounts.find)
    return PortalIdentity(checker, accounts.find, delays, clock, crew)


class FakeProcess:
    """A program that was started: its side of the pipes."""

    def __init__(self, protocol: ProcessProtocol, args: Sequence[str], env: Any) -> None:
        self.protocol = protocol
        self.args = tuple(args)
        self.env = env
        self.stdin = b""
        self.is_stdin_closed = False
        self.signals: list[str] = []
        self.is_lost = False
        self.has_ended = False

    def write(self, data: bytes) -> None:
        self.stdin += data

    def closeStdin(self) -> None:
        self.is_stdin_closed = True

    def signalProcess(self, name: str) -> None:
        if self.has_ended:
            raise ProcessExitedAlready
        self.signals.append(name)

    def loseConnection(self) -> None:
        self.is_lost = True

    def end(self, status: int | None = 0, out: bytes = b"", err: bytes = b"") -> None:
        """Say something and end; status None: by a signal."""
        for descriptor, data in ((1, out), (2, err)):
            for start in range(0, len(data), 1000):
                self.protocol.childDataReceived(descriptor, data[start : start + 1000])
        self.has_ended = True
        ended: Exception = ProcessDone(0)
        if status is None:
            ended = ProcessTerminated(signal=9)
        elif status:
            ended = ProcessTerminated(status)
        self.protocol.processEnded(Failure(ended))


class FakeReactor(Clock):
    """A clock that starts `FakeProcess`es; `program` may end each at once."""

    def __init__(self, program: Callable[[FakeProcess], object] | None = None) -> None:
        super().__init__()
        self.started: list[FakeProcess] = []
        self.error: Exception | None = None
        self._program = program

    def spawnProcess(
        self, protocol: ProcessProtocol, executable: str, args: Sequence[str], env: Any
    ) -> FakeProcess:
        if self.error is not None:
            raise self.error
        process = FakeProcess(protocol, args, env)
        self.started.append(process)
        protocol.makeConnection(process)
        if self._program is not None:
            self._program(process)
        return process
