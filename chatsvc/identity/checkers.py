"""twisted.cred checkers: our own accounts, and an external command.

Both take `IUsernamePassword`. The username is a nick as it was typed and the password a
prepared one, each in UTF-8. The avatar id that they return is the name of an account in UTF-8.
They fail with `UnauthorizedLogin`, the same for an unknown name and a wrong password, or
with a `Refusal` when it cannot be found out now.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, Protocol, TypeVar

from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import IUsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from chatsvc.core.errors import BadNick, Busy, Refusal, counted_seconds
from chatsvc.core.limits import TRY_AGAIN_SECONDS
from chatsvc.core.names import Nick, parse_nick
from chatsvc.identity.external import CannotAsk, Reactor, WrongPassword, ask
from chatsvc.identity.passwords import Hasher
from chatsvc.identity.turns import Turns

_Result = TypeVar("_Result")


class KnownAccount(Protocol):
    """What this package needs to know of an account."""

    @property
    def name(self) -> Nick:
        """Its name as it is written."""

    @property
    def secret(self) -> str:
        """The secret of its password; "" if it has none."""


class RunInThread(Protocol):
    """Call something in a thread; the Deferred fires in the reactor's."""

    def __call__(self, job: Callable[[], _Result], /) -> Deferred[_Result]:
        """Do `job`."""


class Passwords:
    """Hash and compare passwords in threads, in turns."""

    def __init__(self, hasher: Hasher, turns: Turns, run: RunInThread) -> None:
        self.hasher = hasher
        self._turns = turns
        self._run = run

    def secret_of(self, password: bytes) -> Deferred[str]:
        """Return a new secret; fails with `Busy`, `Closing`."""
        return self._in_turn(partial(self.hasher.secret_of, password))

    def matches(self, secret: str, password: bytes) -> Deferred[bool]:
        """Compare; fails with `Busy`, `Closing`."""
        return self._in_turn(partial(self.hasher.matches, secret, password))

    def _in_turn(self, job: Callable[[], _Result]) -> Deferred[_Result]:
        return self._turns.take(lambda: self._run(job))


@implementer(ICredentialsChecker)
class AccountChecker:
    """Check the passwords of our own accounts.

    `find` looks an account up by its name. `renew(name, old, new)` is told a secret to keep
    in place of an old one that was made at another cost; it minds itself that the old one is
    still the one that counts.
    """

    credentialInterfaces: ClassVar[tuple[Any, ...]] = (IUsernamePassword,)
    _log = Logger()

    def __init__(
        self,
        passwords: Passwords,
        find: Callable[[Nick], KnownAccount | None],
        renew: Callable[[Nick, str, str], object] | None = None,
    ) -> None:
        self._passwords = passwords
        self._find = find
        self._renew = renew
        self._dummy = passwords.hasher.dummy()

    async def _check(self, name: Nick, password: bytes) -> bytes:
        """Compare in any case: for a name that nobody has, with a secret of the same cost."""
        account = self._find(name)
        secret = (account.secret if account is not None else "") or self._dummy
        matches = await self._passwords.matches(secret, password)
        if account is None or not matches:
            raise UnauthorizedLogin
        if self._renew is not None and self._passwords.hasher.is_outdated(secret):
            self._begin_renewal(account.name, secret, password)
        return account.name.encode("utf-8")

    def requestAvatarId(self, credentials: Any) -> Deferred[bytes]:
        """Return the account's name."""
        name = Nick(credentials.username.decode("utf-8"))
        return Deferred.fromCoroutine(self._check(name, credentials.password))

    def _begin_renewal(self, name: Nick, old: str, password: bytes) -> None:
        """Make a secret of today's cost; the login does not wait for it."""
        renewing = self._passwords.secret_of(password)
        renewing.addCallback(lambda new: self._renew and self._renew(name, old, new))
        renewing.addErrback(self._not_renewed)

    def _not_renewed(self, failure: Failure) -> None:
        """Leave the old secret; the next login tries again."""
        if failure.check(Refusal) is None:
            self._log.failure("A secret could not be renewed", failure=failure)


@implementer(ICredentialsChecker)
class CommandChecker:
    """Check passwords with an external command; see `external`."""

    credentialInterfaces: ClassVar[tuple[Any, ...]] = (IUsernamePassword,)
    _log = Logger()

    def __init__(self, reactor: Reactor, command: Sequence[str], turns: Turns) -> None:
        self._reactor = reactor
        self._command = tuple(command)
        self._turns = turns

    async def _check(self, name: str, password: bytes) -> bytes:
        try:
            said = await self._turns.take(lambda: ask(self._reactor, self._command, name, password))
            return parse_nick(said or name).encode("utf-8")
        except WrongPassword:
            raise UnauthorizedLogin from None
        except CannotAsk as error:
            self._log.error("{error}", error=error)
        except BadNick as error:
            self._log.error("The checker named no account: {error}", error=error.sentence)
        raise Busy(
            "Passwords cannot be checked just now. "
            f"Wait {counted_seconds(TRY_AGAIN_SECONDS)}, then try again."
        )

    def requestAvatarId(self, credentials: Any) -> Deferred[bytes]:
        """Return the name that the command says, or the one it was asked for."""
        name = credentials.username.decode("utf-8")
        return Deferred.fromCoroutine(self._check(name, credentials.password))
