"""What is measured: the table of scenarios."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Scenario:
    """One situation that servers are put into; `mode` is that of the load generator.

    `rate` is in messages a second from all senders together, 0 for as fast as `in_flight`
    allows; `seconds` is the length of the measured window; `count` is a number of messages.
    """

    name: str
    about: str
    mode: str = "talk"
    rooms: int = 1
    members: int = 100
    senders: int = 1
    in_flight: int = 1
    rate: int = 0
    seconds: float = 3
    warm_up: float = 1
    count: int = 0
    most_rounds: int = 100
    servers: str = ""
    """The kinds of server that it is for, by the beginning of their names; all if empty."""
    caps: str = ""
    """The capabilities that each user of an IRC server asks for."""
    is_mixed: bool = False
    """Whether the members of a room differ: in their capabilities, and in their way in."""

    @property
    def connections(self) -> int:
        """How many users connect."""
        return self.rooms * self.members

    @property
    def title(self) -> str:
        """What is done, with the numbers that it is done with."""
        return self.about.format(connections=self.connections, rooms=self.rooms, count=self.count)

    def options(self) -> list[str]:
        """Return the words that make the load generator do it."""
        values = {
            "mode": self.mode,
            "rooms": self.rooms,
            "members": self.members,
            "senders": self.senders,
            "in-flight": self.in_flight,
            "rate": self.rate,
            "seconds": self.seconds,
            "warm-up": self.warm_up,
            "count": self.count,
            "caps": self.caps,
            "mixed": int(self.is_mixed),
        }
        return [word for name, value in values.items() for word in (f"--{name}", str(value))]

    def fits(self, server: str) -> bool:
        """Tell whether it can be done with a server of this name."""
        return server.startswith(self.servers)


SCENARIOS = (
    Scenario("hall", "1 x 1000, 10 senders, 4 in flight", members=1000, senders=10, in_flight=4),
    Scenario("room10", "1 x 100, 10 senders, 1 in flight", senders=10),
    Scenario("room1", "1 x 100, 1 sender, 1 in flight"),
    Scenario("small", "200 x 5, 1 sender each, 1 in flight", rooms=200, members=5),
    Scenario("pairs", "500 x 2, 1 sender each, 1 in flight", rooms=500, members=2),
    Scenario("paced", "1 x 100, 10 senders, 200 messages a second", senders=10, rate=200),
    Scenario(
        "mixed",
        "1 x 100, 10 senders, 1 in flight, five kinds of members",
        senders=10,
        servers="chatsvc-irc",
        is_mixed=True,
    ),
    Scenario(
        "quiet",
        "1 x 10, 1 sender, 20 messages a second",
        members=10,
        rate=20,
        servers="chatsvc",
        caps="echo-message",
    ),
    Scenario(
        "idle",
        "{connections:,} connections in {rooms:,} rooms",
        mode="idle",
        rooms=1000,
        members=10,
        most_rounds=1,  # memory hardly differs, and some servers take minutes to let them in
    ),
    Scenario("storm", "{connections:,} connect, nick, join", mode="storm", rooms=50),
    Scenario(
        "backlog",
        "1 reader fetches {count:,} old messages",
        mode="fetch",
        members=1,
        senders=0,
        count=100_000,
        servers="chatsvc",
    ),
)

FILL = Scenario("fill", "write the backlog", mode="fill", members=1, in_flight=48, count=100_000)


def quicker(scenario: Scenario) -> Scenario:
    """Return a short form of a scenario, to see whether a change is worth a real run."""
    return replace(
        scenario,
        seconds=1.0,
        warm_up=0.5,
        rooms=scenario.rooms // 10 if scenario.mode in ("idle", "storm") else scenario.rooms,
        count=scenario.count // 10,
    )
