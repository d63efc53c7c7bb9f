"""An address has so many connections; who comes too often is told when to come again."""

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Factory
from twisted.internet.testing import StringTransport
from twisted.protocols.haproxy._wrapper import HAProxyWrappingFactory
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from chatsvc.core.addresses import Network
from chatsvc.core.admission import TOLD_PER_WAIT, Admission
from chatsvc.core.limits import Limits
from chatsvc.core.names import RoomName
from chatsvc.protocols.doorkeeper import ADDRESS_SECONDS, Doorkeeper
from chatsvc.protocols.line import LineFactory
from tests.protocols.conversation import HELLO, Server

LIMITS = Limits(address_connections=2, address_connect_burst=5, address_connects_per_minute=60)
FULL = (
    "- too-many Your address has 2 connections, which is the limit. "
    "Wait 60 seconds, then connect again."
)
FAST = (
    "- too-many New connections come too fast from your address. Wait 1 second, then connect again."
)


class Visitor:
    """A connection from `address`, through `factory`."""

    def __init__(self, server: Server, factory: Factory, address: object) -> None:
        self.server = server
        self.wire = StringTransport(peerAddress=address)  # type: ignore[arg-type]
        self.protocol = factory.buildProtocol(address)  # type: ignore[arg-type]
        self.protocol.makeConnection(self.wire)  # type: ignore[union-attr]
        self.has_left = False
        server.test.addCleanup(self.leave)
        server.settle()

    def lines(self) -> list[str]:
        self.server.settle()
        lines = self.wire.value().decode().splitlines()
        self.wire.clear()
        return lines

    def says(self, text: str) -> list[str]:
        self.protocol.dataReceived(text.encode())  # type: ignore[union-attr]
        return self.lines()

    @property
    def is_over(self) -> bool:
        return self.wire.disconnecting

    def leave(self) -> None:
        if not self.has_left:
            self.has_left = True
            self.protocol.connectionLost(Failure(ConnectionDone()))  # type: ignore[union-attr]
            self.server.settle()


class DoorkeeperTests(TestCase):
    def setUp(self) -> None:
        self.server = Server(self)
        self.factory = self.new_factory()

    def new_factory(self, exempt: tuple[Network, ...] = ()) -> LineFactory:
        keeper = Doorkeeper(Admission(LIMITS, exempt), self.server.clock)
        return LineFactory(self.server.hub, "test", self.server.clock, doorkeeper=keeper)

    def visit(self, host: str = "192.0.2.1", factory: Factory | None = None) -> Visitor:
        kind = IPv6Address if ":" in host else IPv4Address
        return Visitor(self.server, factory or self.factory, kind("TCP", host, 4000))

    def test_one_more_than_the_limit_is_told_so_and_closed(self) -> None:
        first, second, third = self.visit(), self.visit(), self.visit()
        self.assertEqual(first.lines(), [HELLO])
        self.assertEqual(second.says("ping\n"), [HELLO, "+ pong"])
        self.assertEqual(third.lines(), [HELLO, FULL])
        self.assertTrue(third.is_over)
        self.assertFalse(second.is_over)

    def test_a_place_is_free_again_when_a_connection_ends(self) -> None:
        first, _second, third = self.visit(), self.visit(), self.visit()
        third.leave()
        self.assertTrue(self.visit().is_over)
        first.leave()
        self.assertFalse(self.visit().is_over)

    def test_rooms_with_ports_of_their_own_count_too(self) -> None:
        self.visit()
        self.visit()
        aimed = self.factory.aimed_at(RoomName("tea"))
        self.assertTrue(self.visit(factory=aimed).is_over)

    def test_another_address_or_64_is_another_matter(self) -> None:
        self.visit()
        self.visit()
        for host in ("192.0.2.2", "2001:db8::1", "2001:db8::2"):
            self.assertFalse(self.visit(host).is_over)
        self.assertTrue(self.visit("2001:db8::3").is_over)
        self.assertTrue(self.visit("::ffff:192.0.2.1").is_over)

    def test_a_unix_socket_is_never_counted(self) -> None:
        for _ in range(10):
            self.assertFalse(Visitor(self.server, self.factory, UNIXAddress(None)).is_over)

    def test_who_comes_too_fast_is_told_to_wait_and_then_cut_off_without_a_word(self) -> None:
        for _ in range(LIMITS.address_connect_burst):
            self.visit().leave()
        for _ in range(TOLD_PER_WAIT):
            self.assertEqual(self.visit().lines(), [HELLO, FAST])
        turned_away = self.visit()
        self.assertTrue(turned_away.is_over)
        turned_away.leave()
        self.server.passes(1)
        self.assertEqual(self.visit().lines(), [HELLO])

    def test_behind_a_balancer_the_real_address_counts(self) -> None:
        balanced = HAProxyWrappingFactory(self.factory)
        header = "PROXY TCP4 {} 10.0.0.1 4000 8123\r\n"
        for number in range(4):
            visitor = self.visit("10.0.0.9", balanced)
            self.assertEqual(
                visitor.says(header.format(f"192.0.2.{number}") + "ping\n")[-1], "+ pong"
            )
        self.assertEqual(self.visit("10.0.0.9", balanced).says(header.format("192.0.2.3")), [HELLO])
        self.assertEqual(
            self.visit("10.0.0.9", balanced).says(header.format("192.0.2.3") + "ping\n"),
            [HELLO, "+ pong"],
        )
        self.assertEqual(
            self.visit("10.0.0.9", balanced).says(header.format("192.0.2.3") + "ping\n"),
            [HELLO, FULL],
        )

    def test_behind_a_balancer_who_is_silent_counts_a_little_later(self) -> None:
        balanced = HAProxyWrappingFactory(self.factory)
        header = "PROXY TCP4 192.0.2.1 10.0.0.1 4000 8123\r\n"
        silent = [self.visit("10.0.0.9", balanced) for _ in range(3)]
        for visitor in silent:
            self.assertEqual(visitor.says(header), [HELLO])
        self.server.passes(ADDRESS_SECONDS)
        self.assertEqual([visitor.lines() for visitor in silent], [[], [], [FULL]])
        self.assertEqual([visitor.is_over for visitor in silent], [False, False, True])
        self.assertTrue(self.visit("192.0.2.1").is_over)
        silent[0].leave()
        self.assertFalse(self.visit("192.0.2.1").is_over)

    def test_behind_a_balancer_who_has_no_address_is_soon_cut_off(self) -> None:
        balanced = HAProxyWrappingFactory(self.factory)
        nobody, half = (self.visit("10.0.0.9", balanced) for _ in range(2))
        half.says("PROXY TCP4 192.0")
        self.server.passes(ADDRESS_SECONDS - 1)
        self.assertEqual([nobody.is_over, half.is_over], [False, False])
        self.server.passes(1)
        self.assertEqual([nobody.is_over, half.is_over], [True, True])
        self.assertEqual([nobody.lines(), half.lines()], [[HELLO], []])

    def test_behind_a_balancer_who_leaves_at_once_is_forgotten(self) -> None:
        self.visit("10.0.0.9", HAProxyWrappingFactory(self.factory)).leave()
        self.server.passes(ADDRESS_SECONDS)
        self.assertEqual(self.visit("10.0.0.9").lines(), [HELLO])

    def test_a_flood_is_one_line_in_the_log_a_minute(self) -> None:
        logged: list[str] = []
        self.patch(Doorkeeper, "_log", _Log(logged))
        for _ in range(8):
            self.visit()
        self.assertEqual(len(logged), 1)
        self.server.passes(60)
        self.visit()
        self.assertEqual(len(logged), 2)


class _Log:
    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def warn(self, text: str, **values: object) -> None:
        self._lines.append(text.format(**values))
