"""How long to wait after wrong tries: growing, with an end, and forgiven with time.

Time is an argument, in seconds since any moment.
"""

import attrs


@attrs.frozen
class Growth:
    """How waits grow: `free` wrong tries, then `first` seconds, twice that ... `most`.

    One wrong try is forgiven in `forgiven_after` seconds.
    """

    free: int
    most: int
    forgiven_after: int
    first: int = 1

    @property
    def worst(self) -> int:
        """The count with which the wait has its end; none is higher."""
        return self.free + max(0, -(-self.most // self.first) - 1).bit_length()

    def wait(self, wrong: int) -> int:
        """Return the seconds to wait after so many wrong tries."""
        return 0 if wrong < self.free else min(self.most, self.first << (wrong - self.free))


@attrs.define(eq=False)
class Count:
    """Wrong tries of one name, address or whatever is counted, and those that are under way."""

    growth: Growth
    wrong: int = 0
    under_way: int = 0
    changed_at: float = 0.0
    ends_at: float = 0.0

    def forgive(self, now: float) -> None:
        """Take off what time has healed."""
        healed = max(0, int((now - self.changed_at) // self.growth.forgiven_after))
        self.wrong = max(0, self.wrong - healed)
        self.changed_at += healed * self.growth.forgiven_after

    def add(self, now: float) -> None:
        """Count a wrong try."""
        self.forgive(now)
        self.wrong = min(self.wrong + 1, self.growth.worst)
        self.changed_at = now
        self.ends_at = now + self.growth.wait(self.wrong)

    @property
    def is_full(self) -> bool:
        """Tell whether those under way would have to wait if they turned out to be wrong."""
        return self.under_way > 0 and self.wrong + self.under_way >= self.growth.free
