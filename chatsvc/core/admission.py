"""Who may connect: how many connections an address has, and how fast it makes new ones.

Time is an argument, in seconds since any moment.
"""

from collections.abc import Iterable

import attrs

from chatsvc.core.addresses import LOOPBACK, Network, group_of
from chatsvc.core.errors import TooMany, counted_seconds
from chatsvc.core.limits import TRY_AGAIN_SECONDS, Limits
from chatsvc.core.rate import Allowance, Rate

SECONDS_PER_MINUTE = 60

GROUPS_KEPT = 10_000
"""Addresses without a connection that are remembered at most; about 5 MB of them."""

TOLD_PER_WAIT = 10
"""Connections that are told to wait; more of them are not worth an answer while it lasts."""

_FIRST_CLEANING = 100


class Hopeless(Exception):
    """Say that an address goes on connecting though it was told to wait: cut it off."""


@attrs.define(eq=False)
class Group:
    """The connections of one address, or of one IPv6 /64."""

    allowance: Allowance
    connections: int = 0

    def is_forgettable(self, now: float) -> bool:
        """Tell whether nothing is lost by forgetting this."""
        return self.connections == 0 and self.allowance.is_whole(now)


class Admission:
    """Count the connections of every address that is not in `exempt`.

    Remembers an address while it has connections and for as long as its rate is not
    whole again; never more than `GROUPS_KEPT` without connections.
    """

    def __init__(self, limits: Limits, exempt: Iterable[Network] = LOOPBACK) -> None:
        self._most = limits.address_connections
        self._exempt = tuple(exempt)
        per_second = limits.address_connects_per_minute / SECONDS_PER_MINUTE
        self._rate = Rate(limits.address_connect_burst, per_second)
        self._groups: dict[str | int, Group] = {}
        self._clean_at = _FIRST_CLEANING

    def __len__(self) -> int:
        return len(self._groups)

    def admit(self, host: str, now: float) -> Group | None:
        """Count a new connection from `host` and return what to `release` when it is lost.

        None: it is not counted. Raises `TooMany`, or `Hopeless`.
        """
        key = group_of(host, self._exempt)
        if key is None:
            return None
        group = self._group(key, now)
        wait = group.allowance.take(1, now)
        if wait and group.allowance.refusals > TOLD_PER_WAIT:
            raise Hopeless
        if wait:
            raise TooMany(
                "New connections come too fast from your address. "
                f"Wait {counted_seconds(wait)}, then connect again."
            )
        if group.connections >= self._most:
            raise TooMany(
                f"Your address has {self._most} connections, which is the limit. "
                f"Wait {counted_seconds(TRY_AGAIN_SECONDS)}, then connect again."
            )
        group.connections += 1
        return group

    def release(self, group: Group) -> None:
        """Note that a connection is lost."""
        group.connections -= 1

    def _group(self, key: str | int, now: float) -> Group:
        group = self._groups.get(key)
        if group is None:
            if len(self._groups) >= self._clean_at:
                self._clean(now)
            group = self._groups[key] = Group(Allowance(self._rate))
        return group

    def _clean(self, now: float) -> None:
        """Forget who can be forgotten, and the oldest of those without a connection."""
        kept = {key: group for key, group in self._groups.items() if not group.is_forgettable(now)}
        idle = [key for key, group in kept.items() if group.connections == 0]
        for key in idle[: max(0, len(idle) - GROUPS_KEPT // 2)]:
            del kept[key]
        self._groups = kept
        connected = len(kept) - len(idle)
        self._clean_at = max(_FIRST_CLEANING, min(2 * len(kept), connected + GROUPS_KEPT))
