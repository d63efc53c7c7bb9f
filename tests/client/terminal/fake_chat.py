"""A chat that a test plays itself, and a person's eyes on a terminal."""

from collections.abc import Callable
from typing import Any

import pyte
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from chatsvc.client.happenings import Connected, Happening
from chatsvc.client.terminal.protocol import ChatTerminal, TerminalOptions, TerminalTransport
from chatsvc.core.commands import Command
from chatsvc.core.events import Said
from chatsvc.core.names import Nick, RoomName

TEN_O_CLOCK = 1_795_168_800_000
"""A time in 2026, in milliseconds; ten o'clock in UTC."""


class FakeChat:
    """Remember what was asked, and let the test answer and tell what happens."""

    nick = Nick("ann")
    server_name = "Friday server"
    is_connected = True
    joined_rooms: tuple[RoomName, ...] = ()

    def __init__(self) -> None:
        self.asked: list[tuple[Command, Deferred[Any]]] = []
        self.said: list[tuple[str, str]] = []
        self.ignored: set[str] = set()
        self.sayings: list[Deferred[Any]] = []
        self.closings: list[Deferred[None]] = []
        self.closes_at_once = True
        self._listeners: list[Callable[[Happening], None]] = []

    def ignores(self, nick: str) -> bool:
        return nick in self.ignored

    @property
    def commands(self) -> list[Command]:
        """All that was asked, without the answers."""
        return [command for command, _ in self.asked]

    def add_listener(self, listener: Callable[[Happening], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def request(self, command: Command) -> Deferred[Any]:
        answer: Deferred[Any] = Deferred()
        self.asked.append((command, answer))
        return answer

    def say(self, room: str, text: str) -> Deferred[Any]:
        self.said.append((room, text))
        self.sayings.append(Deferred())
        return self.sayings[-1]

    def close(self) -> Deferred[None]:
        if self.closes_at_once:
            return succeed(None)
        self.closings.append(Deferred())
        return self.closings[-1]

    def tell(self, *happenings: Happening) -> None:
        """Let something happen."""
        for happening in happenings:
            for listener in tuple(self._listeners):
                listener(happening)

    def answer(self, command: Command, reply: Any) -> None:
        """Answer the last such command; an exception is a refusal."""
        answer = next(answer for asked, answer in reversed(self.asked) if asked == command)
        if isinstance(reply, Exception):
            answer.errback(reply)
        else:
            answer.callback(reply)


class Terminal:
    """A `ChatTerminal` on a screen of its own; `pyte` is what a person sees."""

    def __init__(
        self, width: int = 60, height: int = 12, options: TerminalOptions | None = None
    ) -> None:
        self.chat = FakeChat()
        self.clock = Clock()
        self.screen = pyte.Screen(width, height)
        self.stream = pyte.ByteStream(self.screen)
        self.transport = StringTransport()
        self.suspended: list[int] = []
        self.sent = b""
        self.protocol = ChatTerminal(
            self.chat,
            options or TerminalOptions(),
            self.clock,
            suspend=lambda: self.suspended.append(1),
            now=lambda: TEN_O_CLOCK / 1000,
        )
        self.line = TerminalTransport(lambda: self.protocol)
        self.line.makeConnection(self.transport)
        self.protocol.terminalSize(width, height)
        self.look()

    def look(self) -> list[str]:
        """Let the turn end, and return what the screen shows, blanks at the ends cut."""
        self.clock.advance(0)
        drawn = self.transport.value()
        self.transport.clear()
        self.sent += drawn
        self.stream.feed(drawn)
        return [row.rstrip() for row in self.screen.display]

    def type(self, text: str) -> list[str]:
        """Type (or press, as escape sequences) and look."""
        self.line.dataReceived(text.encode())
        return self.look()

    def tell(self, *happenings: Happening) -> list[str]:
        """Let something happen and look."""
        self.chat.tell(*happenings)
        return self.look()

    def resize(self, width: int, height: int) -> list[str]:
        """Change the terminal's size and look."""
        self.screen.resize(height, width)
        self.protocol.terminalSize(width, height)
        return self.look()

    def connect(self) -> None:
        """Let the connection be made."""
        self.tell(Connected("Friday server", Nick("ann")))


def said(room: str, number: int, nick: str, text: str) -> Said:
    """Return a message that was said at ten o'clock and `number` minutes."""
    return Said(RoomName(room), number, TEN_O_CLOCK + number * 60_000, Nick(nick), text)
