"""What chatsvc is to reach, beside the floor and the IRC servers of the same run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.figures import Figures
from bench.scenarios import Scenario

TIMES_FLOOR = {"hall": 1.25, "room10": 1.25, "room1": 1.25, "small": 2.0, "pairs": 2.0}
IDLE_BYTES = 6 * 1024
ACKNOWLEDGED_MS = 5.0


@dataclass(frozen=True)
class Goal:
    """A figure of chatsvc that should not be above a limit."""

    scenario: str
    words: str
    value: float
    limit: float

    @property
    def met(self) -> bool:
        """Tell whether it is reached."""
        return self.value <= self.limit


def _against_peers(
    name: str, figure: str, words: str, medians: Mapping[str, Figures]
) -> Iterator[Goal]:
    peers = [medians[peer][figure] for peer in ("ngircd", "inspircd") if peer in medians]
    if peers:
        yield Goal(name, words, medians["chatsvc"][figure], min(peers))


def goals_of(scenario: Scenario, medians: Mapping[str, Figures]) -> Iterator[Goal]:
    """Return the goals that the servers measured in a scenario allow to check."""
    ours = medians.get("chatsvc")
    if ours is None:
        return
    name = scenario.name
    if scenario.mode == "talk":
        yield from _against_peers(
            name, "cpu_us", "CPU us per delivery, of the cheaper IRC server", medians
        )
    if name in TIMES_FLOOR and "floor" in medians:
        times = TIMES_FLOOR[name]
        limit = medians["floor"]["cpu_us"] * times
        yield Goal(name, f"CPU us per delivery, {times:g} x floor", ours["cpu_us"], limit)
    if name == "paced":
        yield from _against_peers(name, "p99_ms", "p99 ms, of the quicker IRC server", medians)
    if name == "quiet":
        yield Goal(name, "p50 ms from send to + sent", ours["ack_p50_ms"], ACKNOWLEDGED_MS)
    if name == "idle":
        yield Goal(name, "resident bytes per connection", ours["bytes_each"], IDLE_BYTES)
