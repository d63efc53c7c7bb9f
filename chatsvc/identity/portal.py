"""The Portal of twisted.cred, and `ports.Identity` on top of it.

Any `ICredentialsChecker` that takes `IUsernamePassword` can be put behind the Portal. An
avatar is nothing but the name of an account: what it may do, the core decides.
"""

from collections.abc import Callable
from typing import Any, cast

import attrs
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import UsernamePassword
from twisted.cred.error import LoginFailed
from twisted.cred.portal import IRealm, Portal
from twisted.internet.defer import Deferred, fail
from twisted.logger import Logger
from zope.interface import Attribute, Interface, implementer

from chatsvc.core.errors import BadLogin, BadPassword, Internal, NotAllowed, Refusal
from chatsvc.core.names import Nick, parse_nick
from chatsvc.identity.checkers import KnownAccount, Passwords
from chatsvc.identity.delays import LoginDelays
from chatsvc.identity.passwords import prepared
from chatsvc.ports import Clock


class IAccountHolder(Interface):  # type: ignore[misc]  # zope.interface has no types
    """Somebody who has logged in: the avatar that every way in asks for."""

    name = Attribute("The account's name as it is written, a Nick.")


@implementer(IAccountHolder)
@attrs.frozen
class AccountHolder:
    """The owner of the account `name`."""

    name: Nick


@implementer(IRealm)
class Realm:
    """Make avatars out of names; `find` knows how an account's name is written."""

    def __init__(self, find: Callable[[Nick], KnownAccount | None]) -> None:
        self._find = find

    def requestAvatar(
        self, avatarId: Any, _mind: object, *interfaces: Any
    ) -> tuple[Any, AccountHolder, Callable[[], None]]:
        """Return an `AccountHolder`; raises `NotImplementedError` for any other interface."""
        if IAccountHolder not in interfaces:
            raise NotImplementedError("There is no avatar but IAccountHolder.")
        name = parse_nick(avatarId.decode("utf-8"))
        account = self._find(name)
        return IAccountHolder, AccountHolder(account.name if account else name), _log_out


def _log_out() -> None:
    """Do nothing: an avatar holds nothing."""


class PortalIdentity:
    """Check names and passwords with a checker, slow down who guesses, make secrets.

    As `ports.Identity`. `passwords` None: another program keeps the passwords, and none is
    set here.
    """

    _log = Logger()

    def __init__(
        self,
        checker: ICredentialsChecker,
        find: Callable[[Nick], KnownAccount | None],
        delays: LoginDelays,
        clock: Clock,
        passwords: Passwords | None = None,
    ) -> None:
        self._portal = Portal(cast(Any, Realm(find)), [checker])
        self._delays = delays
        self._clock = clock
        self._passwords = passwords

    def check(self, name: Nick, password: str, address: str) -> Deferred[Nick]:
        """Return the account's name as it is written; see `ports.Identity.check`."""
        return Deferred.fromCoroutine(self._check(name, password, address))

    def note_attempt(self, name: Nick, is_right: bool, address: str) -> None:
        """Count a login that needed no password; see `ports.Identity.note_attempt`."""
        attempt = self._delays.begin(name, address, self._clock.seconds())
        if not is_right:
            attempt.wrong(self._clock.seconds())
            raise BadLogin
        attempt.right()

    def hash(self, password: str) -> Deferred[str]:
        """Return the secret to keep; see `ports.Identity.hash`."""
        if self._passwords is None:
            return fail(NotAllowed("Another program keeps the passwords; set yours there."))
        try:
            return self._passwords.secret_of(prepared(password))
        except BadPassword as refusal:
            return fail(refusal)

    def at_home(self, name: Nick, address: str) -> None:
        """Note where an owner is; see `ports.Identity.at_home`."""
        self._delays.at_home(name, address)

    async def _check(self, name: Nick, password: str, address: str) -> Nick:
        attempt = self._delays.begin(name, address, self._clock.seconds())
        try:
            account = await self._log_in(name, password)
        except (LoginFailed, BadPassword):
            attempt.wrong(self._clock.seconds())
            raise BadLogin from None
        except Refusal:
            attempt.undecided()
            raise
        except Exception:
            attempt.undecided()
            self._log.failure("Checking a password met a bug")
            raise Internal from None
        attempt.right()
        return account

    async def _log_in(self, name: Nick, password: str) -> Nick:
        """Ask the Portal; a password that cannot be one is wrong, whosesoever it is."""
        credentials: Any = UsernamePassword(name.encode("utf-8"), prepared(password))
        _, avatar, _ = await self._portal.login(credentials, None, IAccountHolder)
        return cast(AccountHolder, avatar).name
