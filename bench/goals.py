"""What chatsvc is to reach, beside the floor and the IRC servers of the same run."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bench.figures import Figures
from bench.scenarios import Scenario

TIMES_FLOOR = {"hall": 1.25, "room10": 1.25, "room1": 1.25, "small": 2.0, "pairs": 2.0}
IDLE_BYTES = 6 * 1024
ACKNOWLEDGED_MS = 5.0
TIMES_UNIFORM = 1.25

OURS = ("chatsvc", "chatsvc-irc")
"""The servers that the goals are for: this one, by each way in."""


@dataclass(frozen=True)
class Goal:
    """A figure of chatsvc that should not be above a limit."""

    scenario: str
    server: str
    words: str
    value: float
    limit: float

    @property
    def met(self) -> bool:
        """Tell whether it is reached."""
        return self.value <= self.limit


def goals_of(results: Mapping[Scenario, Mapping[str, Figures]]) -> Iterator[Goal]:
    """Return the goals that what was measured allows to check."""
    for scenario, medians in results.items():
        for server in OURS:
            if server in medians:
                yield from _goals_of(scenario, server, medians)
    yield from _goals_of_mixed({each.name: medians for each, medians in results.items()})


def _goals_of(scenario: Scenario, server: str, medians: Mapping[str, Figures]) -> Iterator[Goal]:
    name, ours = scenario.name, medians[server]
    peers = [medians[peer] for peer in ("ngircd", "inspircd") if peer in medians]
    if scenario.mode == "talk" and peers:
        limit = _least(peers, "cpu_us")
        words = "CPU us per delivery, of the cheaper IRC server"
        yield Goal(name, server, words, ours["cpu_us"], limit)
    if name in TIMES_FLOOR and "floor" in medians:
        times = TIMES_FLOOR[name]
        limit = medians["floor"]["cpu_us"] * times
        yield Goal(name, server, f"CPU us per delivery, {times:g} x floor", ours["cpu_us"], limit)
    if name == "paced" and peers:
        limit = _least(peers, "p99_ms")
        yield Goal(name, server, "p99 ms, of the quicker IRC server", ours["p99_ms"], limit)
    if name == "quiet":
        # Over IRC the message that comes back is what says that it is kept.
        value = ours.get("ack_p50_ms", ours["p50_ms"])
        yield Goal(name, server, "p50 ms until it is said to be kept", value, ACKNOWLEDGED_MS)
    if name == "idle":
        yield Goal(name, server, "resident bytes per connection", ours["bytes_each"], IDLE_BYTES)


def _least(medians: Iterable[Figures], figure: str) -> float:
    return min(figures[figure] for figures in medians)


def _goals_of_mixed(results: Mapping[str, Mapping[str, Figures]]) -> Iterator[Goal]:
    """Return the goal of members of several kinds, beside a room of members who are alike."""
    server = "chatsvc-irc"
    mixed, alike = (results.get(name, {}).get(server) for name in ("mixed", "room10"))
    if mixed is not None and alike is not None:
        words = f"CPU us per delivery, {TIMES_UNIFORM:g} x room10"
        yield Goal("mixed", server, words, mixed["cpu_us"], alike["cpu_us"] * TIMES_UNIFORM)
