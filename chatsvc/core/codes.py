"""Six-digit codes by which somebody who is logged in lets another connection of theirs in.

How safe they are: a code dies with the first of two minutes, its use, and the 20th wrong
guess that anybody makes while it is open. A guess is one code of a million, so a code is
guessed with a probability of at most 20 in 1,000,000, one in 50,000, however many addresses
the guesses come from; from one address, which has 5 tries, 5 in 1,000,000. Somebody who makes
codes die by guessing keeps others from pairing, but not from logging in.

Time and chance are arguments: seconds since any moment, and a function like
`secrets.randbelow`.
"""

import math
from collections import OrderedDict
from collections.abc import Callable

import attrs

from chatsvc.core.addresses import group_of
from chatsvc.core.errors import BadLogin, Busy, TooManyLogins, counted_seconds
from chatsvc.core.names import Nick, NickKey, nick_key

DIGITS = 6
CODE_SECONDS = 120
"""How long a code is good; long enough to pick up another device."""

TRIES = 5
"""Wrong tries of one address within `CODE_SECONDS`."""

GUESSES = 20
"""Wrong tries of everybody together, while a code is open, that make it void."""

OPEN_CODES = 1000
"""Codes open at once."""

ADDRESSES_KEPT = 10_000
"""Addresses whose wrong tries are remembered."""

_ALL = 10**DIGITS


@attrs.frozen
class _Code:
    account: Nick
    expires_at: float
    dies_at: int


@attrs.define
class _Tries:
    ends_at: float
    wrong: int = 0


class PairingCodes:
    """The codes that are open now; `pick(n)` returns a number below n by chance."""

    def __init__(self, pick: Callable[[int], int]) -> None:
        self._pick = pick
        self._codes: OrderedDict[str, _Code] = OrderedDict()
        self._code_of: dict[NickKey, str] = {}
        self._tries: OrderedDict[str | int, _Tries] = OrderedDict()
        self._wrong = 0

    def __len__(self) -> int:
        return len(self._codes)

    def grant(self, account: Nick, now: float) -> str:
        """Return a new code for `account`; one that it had before is void.

        Raises `Busy` when `OPEN_CODES` of other accounts are open.
        """
        self._drop_expired(now)
        self.revoke(account)
        if len(self._codes) >= OPEN_CODES:
            wait = math.ceil(next(iter(self._codes.values())).expires_at - now)
            raise Busy(f"Too many codes are open. Wait {counted_seconds(wait)}, then ask again.")
        code = self._unused()
        self._codes[code] = _Code(account, now + CODE_SECONDS, self._wrong + GUESSES)
        self._code_of[nick_key(account)] = code
        return code

    def redeem(self, code: str, address: str, now: float) -> Nick:
        """Return the account that `code` is for; the code is used up.

        `address`: where the client is, or any name of its connection if it has no network
        address. Raises `BadLogin`; `TooManyLogins` when it has no more tries.
        """
        tries = self._tries_of(address, now)
        if tries.wrong >= TRIES:
            raise TooManyLogins(math.ceil(tries.ends_at - now))
        self._drop_expired(now)
        found = self._codes.get(code)
        if found is None:
            tries.wrong += 1
            self._guessed_wrong()
            raise BadLogin(
                "This code is wrong, or used, or too old; ask for a new one with grant-code."
            )
        self.revoke(found.account)
        return found.account

    def revoke(self, account: Nick) -> None:
        """Close the code of `account`, if it has one."""
        code = self._code_of.pop(nick_key(account), None)
        if code is not None:
            del self._codes[code]

    def _unused(self) -> str:
        number = self._pick(_ALL)
        while self._spelled(number) in self._codes:
            number = (number + 1) % _ALL
        return self._spelled(number)

    @staticmethod
    def _spelled(number: int) -> str:
        return f"{number:0{DIGITS}}"

    def _drop_expired(self, now: float) -> None:
        """Close what is too old; the codes lie in the order in which they expire."""
        while self._codes:
            code = next(iter(self._codes.values()))
            if code.expires_at > now:
                return
            self.revoke(code.account)

    def _guessed_wrong(self) -> None:
        """Count a wrong guess against all open codes; the oldest has met most of them."""
        self._wrong += 1
        while self._codes:
            code = next(iter(self._codes.values()))
            if code.dies_at > self._wrong:
                return
            self.revoke(code.account)

    def _tries_of(self, address: str, now: float) -> _Tries:
        group = group_of(address)
        key = address if group is None else group
        tries = self._tries.get(key)
        if tries is None or tries.ends_at <= now:
            self._tries.pop(key, None)
            tries = self._tries[key] = _Tries(now + CODE_SECONDS)
            if len(self._tries) > ADDRESSES_KEPT:
                self._tries.popitem(last=False)
        return tries
