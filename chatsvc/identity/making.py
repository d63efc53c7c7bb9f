"""Put an identity together as the options of a server ask for it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from chatsvc.core.addresses import Network
from chatsvc.core.limits import DEFAULT_LIMITS, Limits
from chatsvc.core.names import Nick, NickKey
from chatsvc.identity import external
from chatsvc.identity.checkers import AccountChecker, CommandChecker, KnownAccount, Passwords
from chatsvc.identity.claims import OneTimeClaims
from chatsvc.identity.delays import LoginDelays
from chatsvc.identity.listed import OperatorFile
from chatsvc.identity.passwords import COSTS, SCRAM_ROUNDS, Hasher
from chatsvc.identity.portal import PortalIdentity
from chatsvc.identity.room_passwords import HashedRoomPasswords
from chatsvc.identity.threads import PasswordThreads
from chatsvc.identity.turns import Turns
from chatsvc.ports import Clock

Find = Callable[[Nick], KnownAccount | None]
Renew = Callable[[Nick, str, str], object]


@attrs.frozen
class IdentityOptions:
    """Say what an identity is to be like.

    `exempt` are networks whose wrong logins are not counted, `cost` is a key of `COSTS`. A
    `command` or a `checker` of twisted.cred, if given, stands in place of our own accounts.
    `scram`: what SCRAM needs is kept of passwords, too.
    """

    limits: Limits = DEFAULT_LIMITS
    exempt: tuple[Network, ...] = ()
    cost: str = "normal"
    command: Sequence[str] | None = None
    checker: Any = None
    scram: bool = False


def make_identity(
    options: IdentityOptions, find: Find, renew: Renew, reactor: Any, threads: PasswordThreads
) -> tuple[PortalIdentity, HashedRoomPasswords]:
    """Return what says who somebody is, and what knows the passwords of rooms.

    `find` looks an account up, `renew` puts another secret of the same password in its place.
    """
    passwords = Passwords(
        Hasher(COSTS[options.cost], SCRAM_ROUNDS[options.cost] if options.scram else 0),
        threads.turns,
        threads.run,
    )
    rooms = HashedRoomPasswords(passwords, _delays(options), reactor)
    other = _other_checker(options, reactor)
    if other is not None:
        return PortalIdentity(other, find, _delays(options), reactor), rooms
    own: Any = AccountChecker(passwords, find, renew)
    return PortalIdentity(own, find, _delays(options), reactor, passwords), rooms


def make_claims(options: IdentityOptions, clock: Clock) -> OneTimeClaims:
    """Return what knows the code by which somebody becomes an operator."""
    return OneTimeClaims(_delays(options), clock)


def make_listed_operators(
    options: IdentityOptions, passwords: Mapping[NickKey, str], clock: Clock
) -> OperatorFile:
    """Return what knows the operators of a file."""
    return OperatorFile(passwords, _delays(options), clock)


def _delays(options: IdentityOptions) -> LoginDelays:
    return LoginDelays(options.limits, options.exempt)


def _other_checker(options: IdentityOptions, reactor: Any) -> Any:
    """Return the checker that stands in place of our own accounts, if there is one."""
    if options.command is None:
        return options.checker
    turns = Turns(external.AT_ONCE, options.limits.waiting_logins)
    return CommandChecker(reactor, options.command, turns)
