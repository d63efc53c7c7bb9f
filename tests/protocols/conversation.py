"""Talk to a whole server in one process, line by line, without sockets or waiting.

    server = Server(self)
    ann = server.client()
    ann.says("nick ann").gets("+ nick ann", "* joined lobby ann")

The clock stands still at `NOW` unless a test advances it.
"""

from typing import Any, TypeVar

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IHalfCloseableDescriptor
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from chatsvc.core.limits import DEFAULT_LIMITS, Limits
from chatsvc.core.names import RoomName
from chatsvc.hub import Hub, HubOptions
from chatsvc.ports import Log
from chatsvc.protocols.client import ClientProtocol
from chatsvc.protocols.line import LineFactory
from chatsvc.testing import FakeIdentity, FakeRoomPasswords, FakeRoomPorts, FaultyLog, TurnClock
from chatsvc.wire.times import format_time, parse_time

NOW = "2026-11-20T10:00:00.123Z"
HELLO = '* hello chatsvc/1 "test" - say: nick NAME, then: help'
WITHOUT_RATES = DEFAULT_LIMITS.lifted()
"""Limits for tests that say more in no time than a client should."""

BUFFER = 65536
"""What a transport takes before it is full, as Twisted's do."""


@implementer(IHalfCloseableDescriptor)
class Wire(StringTransport):
    """A transport whose other end reads only while the test lets it."""

    def __init__(self) -> None:
        super().__init__(peerAddress=IPv4Address("TCP", "192.0.2.1", 4000))
        self.writes: list[bytes] = []
        self.received = b""
        self.buffered = b""
        self.is_read = True
        self.aborted = False
        self.lost = False
        self._write_ending = False
        self._full = False

    def write(self, data: bytes) -> None:
        if self.lost or self._write_ending:
            return
        self.writes.append(data)
        self.buffered += data
        if self.is_read:
            self.drain()
        elif len(self.buffered) > BUFFER and self.producer is not None and not self._full:
            self._full = True
            self.producer.pauseProducing()

    def drain(self) -> None:
        """Let the other end take what waits."""
        self.received += self.buffered
        self.buffered = b""
        if self._full:
            self._full = False
            if self.producer is not None:
                self.producer.resumeProducing()

    def loseConnection(self) -> None:
        self.disconnecting = True

    def loseWriteConnection(self) -> None:
        self._write_ending = True

    def readConnectionLost(self, reason: Failure) -> None: ...

    def writeConnectionLost(self, reason: Failure) -> None: ...

    def abortConnection(self) -> None:
        self.aborted = True
        self.disconnecting = True

    @property
    def is_reading(self) -> bool:
        """Whether the server reads from this connection."""
        return self.producerState == "producing"

    def ends_writing(self) -> bool:
        """Whether the server has just sent its last byte, and closes its direction."""
        ends = self._write_ending and not self.lost and not self.buffered
        self._write_ending = self._write_ending and not ends
        return ends

    def ends(self) -> bool:
        """Whether the server's end goes away now."""
        return not self.lost and self.disconnecting and (self.aborted or not self.buffered)


class Client:
    """One client at some door: what it says, and what it must get for it."""

    line_end = "\n"

    def __init__(self, server: "Server", protocol: ClientProtocol) -> None:
        self._server = server
        self.protocol = protocol
        self.wire = Wire()
        self.lines: list[str] = []
        self.closes_too = True

    def begin(self) -> None:
        """Connect."""
        self.protocol.makeConnection(self.wire)
        self._server.settle()

    def says(self, *lines: str) -> "Client":
        """Say lines, all in one chunk, and let the server work on them."""
        return self.sends("".join(line + self.line_end for line in lines).encode())

    def sends(self, *chunks: bytes) -> "Client":
        """Send bytes chunk by chunk."""
        for chunk in chunks:
            self.protocol.dataReceived(chunk)
            self._server.settle()
        return self

    def gets(self, *lines: str) -> "Client":
        """Check that exactly these lines came since the last check."""
        self._server.test.assertEqual(self.takes(), list(lines))
        return self

    def gets_nothing(self) -> "Client":
        """Check that no line came since the last check."""
        return self.gets()

    def gets_error(self, code: str) -> "Client":
        """Check that one line came, a refusal with this code and a whole sentence."""
        lines = self.takes()
        self._server.test.assertEqual(len(lines), 1, lines)
        status, got, sentence = lines[0].split(" ", 2)
        self._server.test.assertEqual((status, got), ("-", code))
        self._server.test.assertGreater(len(sentence), 5)
        return self

    def takes(self) -> list[str]:
        """Return the lines that came since the last time."""
        self._server.settle()
        data, self.wire.received = self.wire.received, b""
        self._server.test.assertTrue(not data or data.endswith(self.line_end.encode()), data)
        lines = data.decode("utf-8").split(self.line_end)[:-1]
        self.lines += lines
        return lines

    def stops_reading(self) -> "Client":
        """Take nothing more from the wire."""
        self.wire.is_read = False
        return self

    def reads_on(self) -> "Client":
        """Take everything again."""
        self.wire.is_read = True
        self.wire.drain()
        self._server.settle()
        return self

    def half_closes(self) -> "Client":
        """Say that nothing more will be said."""
        self.protocol.readConnectionLost()
        self._server.settle()
        return self

    def hangs_up(self) -> "Client":
        """Be gone, as after a cut cable."""
        if not self.wire.lost:
            self.wire.lost = True
            self.protocol.connectionLost(Failure(ConnectionLost()))
        self._server.settle()
        return self

    @property
    def is_closed(self) -> bool:
        """Whether the server has closed the connection."""
        self._server.settle()
        return self.wire.lost


AnyClient = TypeVar("AnyClient", bound=Client)


class Server:
    """The hub, the line door and a log, on a clock that a test owns."""

    def __init__(
        self,
        test: TestCase,
        lobby: str | None = None,
        limits: Limits = WITHOUT_RATES,
        log: Log | None = None,
        room_ports: FakeRoomPorts | None = None,
        **options: Any,
    ) -> None:
        self.test = test
        self.clock = TurnClock()
        self.faulty = FaultyLog()
        self.log: Log = log or self.faulty
        self._start = parse_time(NOW) / 1000
        name = None if lobby is None else RoomName(lobby)
        self.hub = Hub(
            self.log, self.clock, HubOptions(limits, name, **options), self._seconds_since_1970
        )
        self.identity = FakeIdentity(self.hub.manager.state.accounts)
        self.hub.use_identity(self.identity, FakeRoomPasswords())
        if room_ports is not None:
            self.hub.use_room_ports(room_ports)
        self.hub.startService()
        self.factory = LineFactory(self.hub, "test", self.clock)
        self._clients: list[Client] = []
        test.addCleanup(self._stop)

    def _seconds_since_1970(self) -> float:
        return self._start + self.clock.seconds()

    @property
    def now(self) -> str:
        """The time as the server writes it."""
        return format_time(int(self._seconds_since_1970() * 1000))

    def client(self, nick: str = "", *rooms: str, aim: str | None = None) -> Client:
        """Return a new client, after its greeting; with a nick, named and in `rooms`."""
        factory = self.factory if aim is None else self.factory.aimed_at(RoomName(aim))
        client = self.connect(Client(self, factory.buildProtocol(None)))
        if nick:
            client.says(f"nick {nick}", *(f"join {room}" for room in rooms))
            self.forget()
        return client

    def connect(self, client: AnyClient) -> AnyClient:
        """Connect a client of any door."""
        self._clients.append(client)
        client.begin()
        return client

    def clients(self, count: int, *rooms: str) -> list[Client]:
        """Return named clients that are all in `rooms`."""
        clients = [self.client(f"user{number}", *rooms) for number in range(1, count + 1)]
        self.forget()
        return clients

    def forget(self) -> None:
        """Forget what everybody got so far."""
        for client in self._clients:
            client.takes()

    def settle(self) -> None:
        """Let the server do everything that is due, closing what is to be closed."""
        self.clock.settle()
        for client in list(self._clients):
            if client.wire.ends_writing():
                client.protocol.writeConnectionLost()
                if client.closes_too:
                    client.protocol.readConnectionLost()
            if client.wire.ends():
                client.wire.lost = True
                reason = ConnectionLost() if client.wire.aborted else ConnectionDone()
                client.protocol.connectionLost(Failure(reason))
                self.clock.settle()

    def passes(self, seconds: float) -> None:
        """Let time pass, second by second."""
        for _ in range(int(seconds)):
            self.clock.advance(1)
            self.settle()

    def _stop(self) -> Any:
        if not self.hub.running:
            return None
        for client in self._clients:
            client.hangs_up()
        self.faulty.release()
        stopped = self.hub.stopService()
        self.settle()
        return stopped
