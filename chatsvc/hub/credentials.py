"""Passwords: the one step of a request that takes time before anything can be decided.

A command that carries a password is *prepared*: the password is checked or hashed, away
from the reactor's thread, and what comes of it is a command without one, which the rules
decide on like any other. Requests of the same connection wait meanwhile. Codes that stand
in place of a password (`pairing`) go the same way, and take no time.
"""

import secrets
from collections.abc import Callable, Iterable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatsvc.core.addresses import Network
from chatsvc.core.commands import (
    BecomeAccount,
    ChangePassword,
    Command,
    DropAccount,
    EnterRoom,
    GrantCode,
    JoinWithPassword,
    LogIn,
    Operate,
    OperateAs,
    Pair,
    PasswordCommand,
    Prove,
    Register,
    RegisterAccount,
    RemoveAccount,
    ReplacePassword,
    SetRoomPassword,
    SetRoomSecret,
    ShowCertificate,
)
from chatsvc.core.errors import BadLogin, Internal, NotAllowed, Refusal
from chatsvc.core.names import Nick, nick_key, room_key
from chatsvc.core.people import Session
from chatsvc.core.replies import DropCode, PairingCode, Proven
from chatsvc.core.rules.keys import owner_shown
from chatsvc.core.state import State, account_of
from chatsvc.hub.pairing import Pairing
from chatsvc.hub.positions import Positions
from chatsvc.hub.subscriber import DropAsked, Subscriber
from chatsvc.ports import Clock, Identity, ListedOperators, RoomPasswords

DROP_SECONDS = 120
"""How long the code that confirms the dropping of an account is good."""

DROP_DIGITS = 6


class Credentials:
    """Prepare commands that carry a password, or a code.

    While `identity` is None, there are no accounts. `positions` tells how far an account
    has read. Wrong codes from addresses in `exempt` are not counted by address. `pick(n)`
    returns a number below n by chance.
    """

    _log = Logger()

    def __init__(
        self,
        clock: Clock,
        state: State,
        positions: Callable[[Nick], Positions],
        exempt: Iterable[Network] = (),
        pick: Callable[[int], int] = secrets.randbelow,
    ) -> None:
        self.identity: Identity | None = None
        self.listed: ListedOperators | None = None
        self.room_passwords: RoomPasswords | None = None
        self._clock = clock
        self._state = state
        self._positions = positions
        self._pick = pick
        self._pairing = Pairing(clock, state, positions, pick, exempt)

    def begin(
        self, subscriber: Subscriber, command: PasswordCommand
    ) -> Deferred[Command | DropCode | PairingCode | Proven | Refusal]:
        """Return what is to be decided instead of `command`, or its answer; never fails.

        The subscriber `is_preparing` until that is finished.
        """
        subscriber.is_preparing = True
        prepared: Deferred[Any] = Deferred.fromCoroutine(self._prepare(subscriber, command))
        return prepared.addErrback(self._failed)

    def note_home(self, session: Session) -> None:
        """Note that whoever is behind `session` has just come to be its account."""
        if self.identity is not None and session.account is not None:
            self.identity.at_home(session.account.name, session.host)

    def _failed(self, failure: Failure) -> Refusal:
        if isinstance(failure.value, Refusal):
            return failure.value
        self._log.failure("Looking at a password met a bug", failure=failure)
        return Internal()

    async def _prepare(
        self, subscriber: Subscriber, command: PasswordCommand
    ) -> Command | DropCode | PairingCode | Proven:
        if isinstance(command, JoinWithPassword):
            return await self._enter(subscriber.session, command)
        if isinstance(command, Operate) and self._is_listed(command, subscriber.session.host):
            return OperateAs(command.name, is_listed=True)
        identity = self.identity
        if identity is None:
            raise NotAllowed("This server has no accounts; everybody is a guest.")
        session = subscriber.session
        match command:
            case Register(password, nick):
                return RegisterAccount(await identity.hash(password), nick)
            case LogIn(name, password, keeps_nick):
                is_known = nick_key(name) in self._state.accounts
                name = await identity.check(name, password, session.host)
                return BecomeAccount(name, self._positions(name), not is_known, keeps_nick)
            case Prove():
                return self._proven(identity, session, command)
            case ShowCertificate():
                name = owner_shown(self._state, session, command)
                return BecomeAccount(name, self._positions(name), keeps_nick=True)
            case ChangePassword(old, new):
                await self._check_own(identity, session, old)
                return ReplacePassword(await identity.hash(new))
            case Operate(name, password):
                return OperateAs(await identity.check(name, password, session.host))
            case DropAccount(password, code):
                await self._check_own(identity, session, password)
                return self._drop(subscriber, code)
            case GrantCode():
                return self._pairing.grant(session)
            case Pair(code):
                return self._pairing.redeem(session, code)
            case SetRoomPassword(room, password, stays_listed):
                assert self.room_passwords is not None
                secret = await self.room_passwords.hash(password)
                return SetRoomSecret(room, secret, stays_listed)

    def _is_listed(self, command: Operate, host: str) -> bool:
        listed = self.listed
        return listed is not None and listed.check(command.name, command.password, host)

    def _proven(
        self, identity: Identity, session: Session, command: Prove
    ) -> BecomeAccount | Proven:
        """Count a proof before anybody is told whether it is right, and then take it once more."""
        name = command.name
        is_right = command.is_right and self._is_as_it_was(command)
        if not command.is_sure:
            identity.note_attempt(name, is_right, session.host)
            return Proven()
        if not is_right:
            raise BadLogin
        return BecomeAccount(name, self._positions(name), keeps_nick=True)

    def _is_as_it_was(self, command: Prove) -> bool:
        """Tell whether an account has the secret still that something was proved by."""
        account = self._state.accounts.get(nick_key(command.name))
        return account is not None and account.secret == command.secret

    async def _enter(self, session: Session, command: JoinWithPassword) -> Command:
        """Compare in any case: nobody learns from the time whether there is such a room.

        Which secret the password fits is passed on: the room may have another one by then.
        """
        if self.room_passwords is None:
            raise NotAllowed("No room takes a password on this server.")
        room = self._state.rooms.get(room_key(command.room))
        secret = "" if room is None else room.kind.secret
        is_right = await self.room_passwords.fits(
            command.room, secret, command.password, session.host
        )
        return EnterRoom(command.room, command.since, secret if is_right else "")

    async def _check_own(self, identity: Identity, session: Session, password: str) -> None:
        await identity.check(account_of(session).name, password, session.host)

    def _drop(self, subscriber: Subscriber, code: str) -> Command | DropCode:
        """Ask for a code first, then take it once."""
        asked, subscriber.drop_code = subscriber.drop_code, None
        now = self._clock.seconds()
        if not code:
            code = f"{self._pick(10**DROP_DIGITS):0{DROP_DIGITS}}"
            subscriber.drop_code = DropAsked(code, now + DROP_SECONDS)
            return DropCode(code, DROP_SECONDS)
        if asked is None or asked.code != code or asked.until <= now:
            raise BadLogin("The code is wrong or too old; drop PASSWORD gives you a new one.")
        return RemoveAccount()
