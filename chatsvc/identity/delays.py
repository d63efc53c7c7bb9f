"""How long to wait after wrong logins: growing, with an end, and forgiven with time.

Three counts of wrong logins decide:

* of a *name*, from wherever: so nobody guesses one password from many addresses. A name
  that nobody has counts like any other, or the delay would tell which ones there are;
* of an *address* (IPv6: its /64), whatever the names: so nobody tries one password on many
  names;
* of a *home*, which is a name at an address where its owner was before: by a right login, by
  registering it, by a pairing code. It is judged by this count alone. So somebody who keeps
  guessing the password of a name, or sits behind the same address, does not lock its owner
  out of where they usually are.

Each count is free at first; then the wait is 1, 2, 4 ... seconds up to the limit. It is the
same answer for a right password and a wrong one, which is not even looked at. An attempt
counts from its beginning: beyond what is free only one is under way at a time, so guesses
that are made all at once gain nothing.

Only so many of each are remembered, those used last. Whoever wants to be forgotten in this
way has to make thousands of wrong logins for each new start, which is slower than waiting.

Time is an argument, in seconds since any moment.
"""

import math
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

import attrs

from chatsvc.core.addresses import Network, group_of
from chatsvc.core.errors import Busy, TooManyLogins, counted_seconds
from chatsvc.core.limits import Limits
from chatsvc.core.names import Nick, nick_key
from chatsvc.core.waits import Count, Growth

NAME_FORGIVEN_SECONDS = 600
"""In this time one wrong login of a name, or of a home, is forgiven."""

ADDRESS_FORGIVEN_SECONDS = 60
"""In this time one wrong login of an address is forgiven; many may share it."""

KEPT = 10_000
"""Names, addresses and homes that are remembered, of each."""

CHECKING_SECONDS = 1
"""After this time it is worth trying again while earlier logins are being checked."""


_Key = TypeVar("_Key", bound=Hashable)


class _Counts(Generic[_Key]):
    """The counts of one kind, at most `KEPT`, those used last."""

    def __init__(self, growth: Growth) -> None:
        self._growth = growth
        self._counts: OrderedDict[_Key, Count] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def known(self, key: _Key) -> Count | None:
        return self._counts.get(key)

    def of(self, key: _Key) -> Count:
        count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = Count(self._growth)
            if len(self._counts) > KEPT:
                self._counts.popitem(last=False)
        self._counts.move_to_end(key)
        return count


Group = str | int | None
"""What an address is counted as; None: it is not."""


class LoginDelays:
    """Decide which logins may be tried now. Addresses in `exempt` have no count of their own."""

    def __init__(self, limits: Limits, exempt: Iterable[Network] = ()) -> None:
        most = limits.login_wait_seconds
        of_name = Growth(limits.wrong_logins, most, NAME_FORGIVEN_SECONDS)
        of_address = Growth(limits.address_wrong_logins, most, ADDRESS_FORGIVEN_SECONDS)
        self._exempt = tuple(exempt)
        self._names: _Counts[str] = _Counts(of_name)
        self._addresses: _Counts[str | int] = _Counts(of_address)
        self._homes: _Counts[tuple[str, Group]] = _Counts(of_name)

    def __len__(self) -> int:
        return len(self._names) + len(self._addresses) + len(self._homes)

    def begin(self, name: Nick, address: str, now: float) -> "Attempt":
        """Note that a login begins; tell the attempt how it ended.

        Raises `TooManyLogins`; `Busy` while earlier ones have to be looked at first.
        """
        home = self._home(name, address)
        counts = self._counts(home)
        wait = max(math.ceil(count.ends_at - now) for count in counts)
        if wait > 0:
            raise TooManyLogins(wait)
        for count in counts:
            count.forgive(now)
        if any(count.is_full for count in counts):
            raise Busy(
                "Other logins with this name or from your address are being checked. "
                f"Wait {counted_seconds(CHECKING_SECONDS)}, then try again."
            )
        for count in counts:
            count.under_way += 1
        return Attempt(self, home, counts)

    def at_home(self, name: Nick, address: str) -> None:
        """Note that the owner of a name is at this address."""
        self.was_right(self._home(name, address))

    def was_right(self, home: tuple[str, Group]) -> None:
        """Note that a login from here was right."""
        self._homes.of(home)

    def _home(self, name: Nick, address: str) -> tuple[str, Group]:
        return (nick_key(name), group_of(address, self._exempt))

    def _counts(self, home: tuple[str, Group]) -> tuple[Count, ...]:
        known = self._homes.known(home)
        if known is not None:
            return (known,)
        name, group = home
        of_name = self._names.of(name)
        return (of_name,) if group is None else (of_name, self._addresses.of(group))


@attrs.frozen(eq=False)
class Attempt:
    """A login that is looked at; call one of its methods, once."""

    _delays: LoginDelays
    _home: tuple[str, Group]
    _counts: tuple[Count, ...]

    def right(self) -> None:
        """Note that it was right: this name is at home here now.

        What was wrong before stays counted: an own account shall not help to guess others.
        """
        self.undecided()
        self._delays.was_right(self._home)

    def wrong(self, now: float) -> None:
        """Note that it was wrong."""
        self.undecided()
        for count in self._counts:
            count.add(now)

    def undecided(self) -> None:
        """Note that nobody looked at it."""
        for count in self._counts:
            count.under_way -= 1
