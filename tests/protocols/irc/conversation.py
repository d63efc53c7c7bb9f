"""Talk to a server by IRC and by the line protocol, in one process, without sockets or waiting.

server = IrcServer(self)
ann = server.irc("ann", "#tea")
bob = server.client("bob", "tea")
ann.says("PRIVMSG #tea :hi")
bob.gets("* said tea 1 2026-11-20T10:00:00.123Z ann hi")
"""

from typing import Any

from chatsvc.irc.house import House
from chatsvc.protocols.irc import IrcFactory
from tests.protocols.conversation import Client, Server

NAME = "irc.test"
LINE = "line@unknown"


class IrcClient(Client):
    """One client at the IRC door."""

    line_end = "\r\n"

    def gets_numerics(self, *numbers: str) -> list[str]:
        """Check the commands of the lines that came, numerics or words; return the lines."""
        lines = self.takes()
        self._server.test.assertEqual([command_of(line) for line in lines], list(numbers), lines)
        return lines


def command_of(line: str) -> str:
    """Return the command of a line, after its tags and source."""
    words = line.split(" ")
    return next(word for word in words if word[0] not in "@:")


class IrcServer(Server):
    """The hub with two doors."""

    def __init__(self, test: Any, **options: Any) -> None:
        house = {
            key: options.pop(key) for key in ("motd", "password", "replayed") if key in options
        }
        super().__init__(test, **options)
        self.house = House(
            NAME,
            "A test server",
            "TestNet",
            "chatsvc-0",
            self.hub.manager.state,
            self.hub.now,
            started_at=self.hub.now(),
            cloak_key=b"key",
            seconds=self.clock.seconds,
            **house,
        )
        self.irc_factory = IrcFactory(self.hub, self.house, self.clock)

    def raw(self) -> IrcClient:
        """Return a client that has said nothing yet."""
        return self.connect(IrcClient(self, self.irc_factory.buildProtocol(None)))

    def irc(self, nick: str, *channels: str, caps: str = "") -> IrcClient:
        """Return a client that is registered, with capabilities, and in channels."""
        client = self.raw()
        if caps:
            client.says(f"CAP REQ :{caps}", "CAP END")
        client.says(f"NICK {nick}", f"USER {nick} 0 * :Real {nick}")
        client.says(*(f"JOIN {channel}" for channel in channels))
        self.forget()
        return client
