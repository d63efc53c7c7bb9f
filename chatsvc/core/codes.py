"""Six-digit codes by which somebody who is logged in lets another connection of theirs in.

How safe they are: a code dies with the first of two minutes, its use, and the 20th wrong
guess that anybody makes while it is open. A guess is one code of a million, so a code is
guessed with a probability of at most 20 in 1,000,000, one in 50,000, however many addresses
the guesses come from; from one address, which has 5 tries and then waits longer and longer,
5 in 1,000,000. Somebody who makes codes die by guessing keeps others from pairing, but not
from logging in.

A code is for an account as it was when the code was given out: it is void when the password
was changed since, or the account dropped, even if there is another one of that name. Whatever
is wrong with a code, the answer is the same, and it counts as a wrong try.

Time and chance are arguments: seconds since any moment, and a function like
`secrets.randbelow`.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping

import attrs

from chatsvc.core.accounts import Account
from chatsvc.core.addresses import Network, group_of
from chatsvc.core.errors import BadLogin, Busy, TooManyLogins, counted_seconds
from chatsvc.core.names import NickKey
from chatsvc.core.waits import Count, Growth

DIGITS = 6
CODE_SECONDS = 120
"""How long a code is good; long enough to pick up another device."""

TRIES = 5
"""Wrong tries of one address before it has to wait, `CODE_SECONDS` the first time."""

LONGEST_WAIT_SECONDS = 8 * CODE_SECONDS
"""Its longest wait; with it and what is forgiven, an address has about 100 tries a day."""

FORGIVEN_SECONDS = 600
"""In this time one wrong try of an address is forgiven."""

GUESSES = 20
"""Wrong tries of everybody together, while a code is open, that make it void."""

OPEN_CODES = 1000
"""Codes open at once."""

ADDRESSES_KEPT = 10_000
"""Addresses whose wrong tries are remembered."""

_ALL = 10**DIGITS


_GROWTH = Growth(TRIES, LONGEST_WAIT_SECONDS, FORGIVEN_SECONDS, CODE_SECONDS)


@attrs.frozen
class _Code:
    account: Account
    expires_at: float
    dies_at: int

    def is_good_for(self, account: Account | None) -> bool:
        """Tell whether the account that has this name now is the one that asked.

        Another hash of the same password counts as another password; that is rare, and a
        new code is soon got.
        """
        asked = self.account
        return account is not None and (account.created_at, account.secret) == (
            asked.created_at,
            asked.secret,
        )


class PairingCodes:
    """The codes that are open now; `pick(n)` returns a number below n by chance.

    Addresses in `exempt` have no count of their own, nor has who comes by no address: there
    each session has one.
    """

    def __init__(self, pick: Callable[[int], int], exempt: Iterable[Network] = ()) -> None:
        self._pick = pick
        self._exempt = tuple(exempt)
        self._codes: OrderedDict[str, _Code] = OrderedDict()
        self._code_of: dict[NickKey, str] = {}
        self._counts: OrderedDict[Hashable, Count] = OrderedDict()
        self._wrong = 0

    def __len__(self) -> int:
        return len(self._codes)

    def grant(self, account: Account, now: float) -> str:
        """Return a new code for `account`; one that it had before is void.

        Raises `Busy` when `OPEN_CODES` of other accounts are open.
        """
        self._drop_expired(now)
        self._revoke(account.key)
        if len(self._codes) >= OPEN_CODES:
            wait = math.ceil(next(iter(self._codes.values())).expires_at - now)
            raise Busy(f"Too many codes are open. Wait {counted_seconds(wait)}, then ask again.")
        code = self._unused()
        self._codes[code] = _Code(account, now + CODE_SECONDS, self._wrong + GUESSES)
        self._code_of[account.key] = code
        return code

    def redeem(
        self,
        code: str,
        host: str,
        session: int,
        now: float,
        accounts: Mapping[NickKey, Account],
    ) -> Account:
        """Return the account that `code` is for, one of `accounts`; the code is used up.

        The session with this id asks from `host`. Raises `BadLogin`; `TooManyLogins` when
        it has no tries at present.
        """
        count = self._count_of(group_of(host, self._exempt), session)
        if count.ends_at > now:
            raise TooManyLogins(math.ceil(count.ends_at - now))
        self._drop_expired(now)
        found = self._codes.get(code)
        account = None if found is None else accounts.get(found.account.key)
        if found is not None:
            self._revoke(found.account.key)
        if found is None or account is None or not found.is_good_for(account):
            count.add(now)
            self._guessed_wrong()
            raise BadLogin(
                "This code is wrong, or used, or too old; ask for a new one with grant-code."
            )
        return account

    def _revoke(self, account: NickKey) -> None:
        """Close the code of an account, if it has one."""
        code = self._code_of.pop(account, None)
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
            self._revoke(code.account.key)

    def _guessed_wrong(self) -> None:
        """Count a wrong guess against all open codes; the oldest has met most of them."""
        self._wrong += 1
        while self._codes:
            code = next(iter(self._codes.values()))
            if code.dies_at > self._wrong:
                return
            self._revoke(code.account.key)

    def _count_of(self, group: str | int | None, session: int) -> Count:
        key: Hashable = ("session", session) if group is None else group
        count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = Count(_GROWTH)
            if len(self._counts) > ADDRESSES_KEPT:
                self._counts.popitem(last=False)
        self._counts.move_to_end(key)
        return count
