"""How fast one client may ask: a token bucket that says how long to wait.

Time is an argument, in seconds since any moment.
"""

import math

import attrs

REFUSALS_PER_WAIT = 1024
"""Refusals that one wait has answers for; after them a client is not heard until it is over."""


ROUNDING = 1e-6
"""What times as floating-point numbers may make of a request; nobody waits a second for it."""


@attrs.frozen
class Rate:
    """Allow `burst` at once and `per_second` in the long run."""

    burst: float
    per_second: float


@attrs.define(eq=False)
class Allowance:
    """What one client may still ask for.

    Once it asked for more than it has, everything is refused until the wait that it was
    told of is over. So of several requests that are on their way together none is taken
    after one was refused, and a client that sends them again keeps their order. What comes
    in during the wait counts: nothing is lost by waiting.

    What was on its way when something was refused may have its turn only when the wait is
    over. `take_in_order` refuses that too: it must not overtake what will be sent again.
    `refuses_rest`: it does so, until `rest_is_taken`.
    """

    rate: Rate
    _tokens: float = attrs.field(init=False)
    _at: float = 0.0
    _refused_at: float = 0.0
    _refused_until: float = 0.0
    _refusals: int = 0
    refuses_rest: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._tokens = self.rate.burst

    def take(self, weight: float, now: float) -> int:
        """Take `weight` and return 0, or take nothing and return the whole seconds to wait.

        What weighs more than the burst weighs the burst.
        """
        if self._refused_at <= now < self._refused_until:
            return self._refused(now)
        tokens = self._tokens
        if now != self._at:
            if now > self._at:
                tokens += (now - self._at) * self.rate.per_second
            if tokens > self.rate.burst:
                tokens = self.rate.burst
            self._at = now
        if tokens >= weight:
            self._tokens = tokens - weight
            return 0
        if tokens + ROUNDING < min(weight, self.rate.burst):
            self._tokens = tokens
            return self._refuse(weight, now)
        self._tokens = max(0.0, tokens - weight)
        return 0

    def take_in_order(self, weight: float, now: float) -> int:
        """Do what `take` does, but take nothing while `refuses_rest`."""
        if self.refuses_rest and not self._refused_at <= now < self._refused_until:
            return self._refuse(weight, now)
        wait = self.take(weight, now)
        if wait:
            self.refuses_rest = True
        return wait

    def charge(self, weight: float) -> None:
        """Take `weight` for what is done already, even if there is less: the next one waits."""
        self._tokens -= weight

    def rest_is_taken(self) -> None:
        """Note that nothing is left of what was on its way with something refused."""
        self.refuses_rest = False

    @property
    def refusals(self) -> int:
        """How many refusals there were since the last wait began."""
        return self._refusals

    @property
    def is_exhausted(self) -> bool:
        """Tell whether this wait has no more refusals."""
        return self._refusals >= REFUSALS_PER_WAIT

    def is_whole(self, now: float) -> bool:
        """Tell whether this is as good as new."""
        missing = self.rate.burst - self._tokens
        return (now - self._at) * self.rate.per_second >= missing and now >= self._refused_until

    def _refuse(self, weight: float, now: float) -> int:
        """Begin a wait and return its whole seconds."""
        missing = min(weight, self.rate.burst) - self._tokens
        self._refused_at = now
        self._refused_until = now + max(1, math.ceil(missing / self.rate.per_second))
        self._refusals = 0
        return self._refused(now)

    def _refused(self, now: float) -> int:
        self._refusals += 1
        return max(1, math.ceil(self._refused_until - now))
