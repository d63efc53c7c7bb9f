"""The line protocol as a `ports.Connection`."""

from typing import Any

from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from chatsvc.core.commands import Command
from chatsvc.core.errors import Refusal
from chatsvc.core.events import Event
from chatsvc.core.limits import DEFAULT_LIMITS
from chatsvc.protocols.encoding import LineEncoding
from chatsvc.protocols.line import LineFactory, LineProtocol
from chatsvc.protocols.outbox import Turn
from chatsvc.testing import TurnClock
from chatsvc.wire.answer import encode_event, encode_greeting, encode_refusal, encode_reply
from chatsvc.wire.request import format_request
from tests.contracts.connection import ConnectionContract
from tests.protocols.conversation import BUFFER, Wire


class SilentHub:
    """A hub that takes connections and asks them for nothing."""

    limits = DEFAULT_LIMITS

    def connect(self, connection: object, via: str, aim: object = None, host: str = "") -> object:
        return self

    session = type("Session", (), {"nick": None})
    running = True

    def pump(self, subscriber: object) -> None: ...

    disconnect = stall = resume = pump


CLOCK = TurnClock()
ENCODING = LineEncoding(Turn(CLOCK))


class LineBench:
    def __init__(self) -> None:
        self.clock = CLOCK
        factory = LineFactory(SilentHub(), "test", self.clock, ENCODING)
        self.connection: LineProtocol = factory.buildProtocol(None)
        self._wire = Wire()
        self.connection.makeConnection(self._wire)
        self.clock.settle()
        assert self._wire.received == encode_greeting("test")
        self._wire.received = b""

    def ask(self, *requests: Command) -> None:
        self.connection.dataReceived(b"".join(map(format_request, requests)))

    def ask_nonsense(self) -> None:
        self.connection.dataReceived(b"\xff\xff nonsense\n")

    def seen(self) -> list[Any]:
        self.clock.settle()
        return self._wire.received.splitlines(keepends=True)

    def form(self, thing: Any) -> bytes:
        if isinstance(thing, Refusal):
            return encode_refusal(thing)
        return encode_event(thing) if isinstance(thing, Event) else encode_reply(thing)

    def stop_reading(self) -> None:
        self._wire.is_read = False
        self.connection.send(b"x" * BUFFER + b"\n")
        self.connection.send(b"\n")
        self.clock.settle()

    def read_on(self) -> None:
        self._wire.is_read = True
        self._wire.drain()

    def lose(self) -> None:
        self._wire.lost = True
        self.connection.connectionLost(Failure(ConnectionLost()))

    @property
    def is_closed(self) -> bool:
        if self._wire.ends_writing():
            self.connection.writeConnectionLost()
            self.connection.readConnectionLost()
        return self._wire.disconnecting

    @property
    def is_cut(self) -> bool:
        return self._wire.aborted


class LineConnectionTests(ConnectionContract, TestCase):
    def bench(self) -> LineBench:
        return LineBench()
