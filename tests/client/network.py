"""A server and a network in memory: the real hub and line protocol, wires that can be cut.

Nothing moves by itself: `World.settle` carries bytes and runs what is due until all is
quiet; `World.cut` cuts the wires anywhere, also in the middle of a line.
"""

from collections.abc import Callable, Iterator
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from chatsvc.client import ChatClient, Happening, connect
from chatsvc.core.events import Said
from chatsvc.core.limits import DEFAULT_LIMITS, Limits
from chatsvc.core.names import RoomName
from chatsvc.hub import Hub, HubOptions
from chatsvc.protocols.line import LineFactory
from chatsvc.storage.memory import MemoryLog
from chatsvc.testing import FaultyLog

WITHOUT_RATES = DEFAULT_LIMITS.lifted()
"""Limits for tests in which no time passes."""


class End:
    """One end of a wire, as the transport of its protocol. `sent` is on its way to the other."""

    def __init__(self) -> None:
        self.protocol: Any = None
        self.sent = bytearray()
        self.written = bytearray()
        self.is_paused = False
        self.is_closing = False
        self.is_lost = False

    def write(self, data: bytes) -> None:
        if not (self.is_closing or self.is_lost):
            self.sent += data
            self.written += data

    def loseConnection(self) -> None:
        self.is_closing = True

    def abortConnection(self) -> None:
        self.is_closing, self.is_paused = True, False
        self.sent.clear()

    def pauseProducing(self) -> None:
        self.is_paused = True

    def resumeProducing(self) -> None:
        self.is_paused = False

    def registerProducer(self, producer: object, streaming: bool) -> None:
        pass

    def unregisterProducer(self) -> None:
        pass

    def getPeer(self) -> str:
        return "memory"

    def lose(self, error: Exception) -> None:
        if not self.is_lost and self.protocol is not None:
            self.is_lost = True
            self.protocol.connectionLost(Failure(error))


class Wire:
    """Two ends."""

    def __init__(self) -> None:
        self.client, self.server = End(), End()

    def carry(self, most: int | None = None) -> bool:
        """Carry up to `most` bytes in each direction; return whether anything happened."""
        there = self._carry(self.client, self.server, most)
        back = self._carry(self.server, self.client, most)
        return there or back or self._close(self.client, self.server)

    def _carry(self, source: End, sink: End, most: int | None) -> bool:
        if sink.is_paused or sink.is_lost or sink.is_closing or not source.sent:
            return False
        data = bytes(source.sent[:most])
        del source.sent[: len(data)]
        if data:
            sink.protocol.dataReceived(data)
        return bool(data)

    def _close(self, one: End, other: End) -> bool:
        for closing, notified in ((one, other), (other, one)):
            if closing.is_closing and not closing.is_lost and not closing.sent:
                closing.lose(ConnectionAborted())
                return True
            if closing.is_lost and not notified.is_lost and not notified.is_paused:
                notified.lose(ConnectionDone())
                return True
        return False

    def cut(self, most: int) -> None:
        """Carry `most` more bytes, then lose the rest; the client notices, the server does not."""
        self.carry(most)
        self.client.sent.clear()
        self.server.sent.clear()
        self.client.lose(ConnectionLost())

    @property
    def is_over(self) -> bool:
        return self.client.is_lost and self.server.is_lost


class Network:
    """An endpoint that leads to a factory of servers."""

    def __init__(self, serve: Callable[[], Any]) -> None:
        self.serve = serve
        self.wires: list[Wire] = []
        self.is_down = False

    def connect(self, factory: Any) -> Deferred[Any]:
        if self.is_down:
            return fail(Refused())
        wire = Wire()
        self.wires.append(wire)
        wire.server.protocol, wire.client.protocol = self.serve(), factory.buildProtocol(None)
        wire.server.protocol.makeConnection(wire.server)
        wire.client.protocol.makeConnection(wire.client)
        return succeed(wire.client.protocol)


class World:
    """A chat server, and clients that reach it over a network of their own each."""

    def __init__(self, lobby: str | None = "lobby", limits: Limits = WITHOUT_RATES) -> None:
        self.clock = Clock()
        self.clock.advance(1_000_000)
        self.log = FaultyLog(MemoryLog())
        self._lobby = None if lobby is None else RoomName(lobby)
        self.networks: dict[str, Network] = {}
        self._limits = limits
        self._ids = 0
        self.start()

    def start(self) -> None:
        """Start a server over the log."""
        options = HubOptions(self._limits, self._lobby)
        self.hub = Hub(self.log, self.clock, options, self.clock.seconds)
        self.factory = LineFactory(self.hub, "memory", self.clock)
        self.hub.startService()

    def network(self, nick: str) -> Network:
        return self.networks.setdefault(nick, Network(lambda: self.factory.buildProtocol(None)))

    def connecting(self, nick: str, **options: Any) -> Deferred[ChatClient]:
        """Begin to connect as `nick`."""
        return connect(
            self.network(nick),  # type: ignore[arg-type]
            nick,
            reactor=self.clock,
            retry_policy=lambda _failures: 0.1,
            new_id=self._new_id,
            **options,
        )

    def client(self, nick: str, *rooms: str, **options: Any) -> ChatClient:
        """Return a client that has connected as `nick` and joined `rooms`."""
        return self.result(self.connecting(nick, rooms=rooms, **options))

    def _new_id(self) -> str:
        self._ids += 1
        return f"id{self._ids}"

    def wires(self) -> Iterator[Wire]:
        for network in self.networks.values():
            network.wires = [wire for wire in network.wires if not wire.is_over]
            yield from network.wires

    def settle(self, most: int | None = None) -> None:
        """Carry everything, `most` bytes at a time, and run what is due, until all is quiet."""
        for _ in range(100_000):
            self.clock.advance(0)
            carried = [wire.carry(most) for wire in list(self.wires())]
            if not any(carried):
                return
        raise AssertionError("the network never becomes quiet")

    def advance(self, seconds: float, step: float = 0.1) -> None:
        """Let time pass, and carry everything."""
        for _ in range(round(seconds / step)):
            self.settle()
            self.clock.advance(step)
        self.settle()

    def result(self, deferred: Deferred[Any]) -> Any:
        """Return what `deferred` fires with, or raise what it fails with."""
        results: list[Any] = []
        deferred.addBoth(results.append)
        self.settle()
        assert results, "no result"
        if isinstance(results[0], Failure):
            results[0].raiseException()
        return results[0]

    def cut(self, nick: str, most: int = 0) -> None:
        """Cut the wire of `nick`; both sides notice."""
        for wire in self.networks[nick].wires:
            if not wire.client.is_lost:
                wire.cut(most)
                wire.server.lose(ConnectionLost())

    def cut_unnoticed(self, nick: str, most: int = 0) -> Wire:
        """Cut the wire of `nick`; the server does not notice before its end `lose`s it."""
        wire = next((each for each in self.networks[nick].wires if not each.client.is_lost), Wire())
        if wire.client.protocol is not None:
            wire.cut(most)
            self.networks[nick].wires.remove(wire)
        return wire


class Ears:
    """A listener that keeps what it heard."""

    def __init__(self, client: ChatClient) -> None:
        self.heard: list[Happening] = []
        client.add_listener(self.heard.append)

    def numbers(self, room: str) -> list[int]:
        return [each.number for each in self.said(room)]

    def said(self, room: str) -> list[Said]:
        return [each for each in self.heard if isinstance(each, Said) and each.room == room]

    def of(self, *kinds: type[Any]) -> list[Any]:
        return [each for each in self.heard if isinstance(each, kinds)]
