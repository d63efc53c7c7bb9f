"""Rooms with ports of their own: what is said about them, and what they listen to."""

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol
from twisted.trial.unittest import TestCase

from chatsvc.core.names import RoomName
from chatsvc.core.replies import NO_PORT
from chatsvc.hub import Hub
from chatsvc.protocols.line import LineFactory
from chatsvc.protocols.listening import DualStackEndpoint, same_interfaces
from chatsvc.protocols.room_ports import RoomPortRange
from chatsvc.storage.memory import MemoryLog
from chatsvc.testing import FakeRoomPorts
from tests.protocols.conversation import NOW, Server


class ToldPortsTests(TestCase):
    def setUp(self) -> None:
        self.server = Server(self, room_ports=FakeRoomPorts(9000, 9001))
        self.ann = self.server.client("ann")

    def test_create_join_and_info_tell_the_port(self) -> None:
        self.ann.says("create a", "join a").gets("+ created a 9000", "+ join a 0 1 9000")
        self.assertIn("= info a port 9000", self.ann.says("info a").takes())

    def test_a_range_that_is_used_up_is_no_port_and_the_room_works(self) -> None:
        self.ann.says("create a", "create b", "create c").gets(
            "+ created a 9000", "+ created b 9001", "+ created c no-port"
        )
        self.ann.says("join c", "send c x").gets(
            "+ join c 0 1 no-port", "+ sent c 1", f"* said c 1 {NOW} ann x"
        )
        self.assertIn("= info c port no-port", self.ann.says("info c").takes())

    def test_the_port_is_free_again_when_the_room_is_gone(self) -> None:
        self.ann.says("create a", "join b", "delete a", "create c").gets(
            "+ created a 9000", "+ join b 0 1 9001", "+ deleted a", "+ created c 9000"
        )
        self.ann.says("leave b", "join d").gets("+ left b", "+ join d 0 1 9001")

    def test_rooms_of_the_log_have_ports_from_the_start(self) -> None:
        self.ann.says("create a", "create b")
        stopped = self.server.hub.stopService()
        self.server.settle()
        self.successResultOf(stopped)
        again = Server(self, log=self.server.faulty.log, room_ports=FakeRoomPorts(9000, 9001))
        again.client("ann").says("join b").gets("+ join b 0 1 9001")

    def test_a_room_has_a_port_only_while_it_is_in_the_list(self) -> None:
        """A port that is open tells of a room, and its refusals tell the name."""
        self.ann.says("register s3cret", "create a", "create b", "set a kind unlisted")
        self.ann.takes()
        self.ann.says("join a", "create c").gets("+ join a 0 1 no-port", "+ created c 9000")
        self.ann.says("delete b", "set a listed yes", "info a")
        self.assertIn("= info a port 9001", self.ann.takes())
        self.ann.says("set a kind invite-only", "create d").takes()
        self.assertIn("= info d port 9001", self.ann.says("info d").takes())

    def test_hidden_rooms_of_the_log_have_no_port_after_a_start(self) -> None:
        self.ann.says("register s3cret", "create a", "set a kind unlisted", "create b")
        stopped = self.server.hub.stopService()
        self.server.settle()
        self.successResultOf(stopped)
        again = Server(self, log=self.server.faulty.log, room_ports=FakeRoomPorts(9000, 9001))
        again.client("bob").says("join b").gets("+ join b 0 1 9000")


class AimedConnectionTests(TestCase):
    def setUp(self) -> None:
        self.server = Server(self, lobby="lobby")
        self.ann = self.server.client("ann")
        self.ann.says("create tea", "join tea")
        self.bob = self.server.client(aim="tea")
        self.server.forget()

    def test_after_its_nick_it_is_in_the_room_and_talks(self) -> None:
        self.bob.says("nick bob", "hi all").gets(
            "+ nick bob", "* joined tea bob", "+ sent tea 1", f"* said tea 1 {NOW} bob hi all"
        )
        self.ann.gets("* joined tea bob", f"* said tea 1 {NOW} bob hi all")

    def test_before_its_nick_lines_are_commands(self) -> None:
        self.bob.says("hi").gets_error("unknown-command")
        self.bob.says("list").takes()

    def test_it_may_end_talk_mode_and_a_new_nick_does_not_begin_it_again(self) -> None:
        self.bob.says("nick bob", "/talk")
        self.bob.takes()
        self.bob.says("nick bobby").gets("+ nick bobby")
        self.bob.says("ping").gets("+ pong")

    def test_a_taken_nick_may_be_followed_by_another(self) -> None:
        self.bob.says("nick ann").gets_error("nick-taken")
        self.bob.says("nick bob", "hi").takes()
        self.assertEqual(self.ann.takes()[-1], f"* said tea 1 {NOW} bob hi")

    def test_a_room_that_is_gone_before_the_nick_is_an_error_and_the_end(self) -> None:
        self.ann.says("delete tea")
        self.bob.says("nick bob", "ping").gets(
            "- no-such-room The room of this port is gone, or not for you.",
            "* closing The room of this port is gone. Connect to the server's main port.",
        )
        self.assertTrue(self.bob.is_closed)

    def test_the_name_of_a_secret_room_is_not_shown_at_its_port(self) -> None:
        self.ann.says("register s3cret", "set tea kind invite-only").takes()
        hidden = self.bob.says("nick bob").takes()
        gone = self.server.client(aim="nowhere").says("nick eve").takes()
        self.assertEqual(hidden, gone[-2:])
        self.assertNotIn("tea", "".join(hidden))

    def test_who_logs_in_and_is_not_let_in_does_not_talk_there(self) -> None:
        self.ann.says("register s3cret", "set tea kind invite-only").takes()
        gus = self.server.client("gus")
        gus.says("register s3cret", "quit").takes()
        gus.hangs_up()
        self.bob.says("login gus s3cret", "hi").takes()
        self.assertTrue(self.bob.lines[-1].startswith("- unknown-command "), self.bob.lines)
        self.assertNotIn("tea", "".join(self.bob.lines))


class RoomPortRangeTests(TestCase):
    """The real thing, on loopback."""

    def setUp(self) -> None:
        self.hub = Hub(MemoryLog(), reactor)
        self.hub.startService()
        factory = LineFactory(self.hub, "test", reactor)
        taken = DualStackEndpoint.loopback(reactor, 0).listen_now(factory)
        self.addCleanup(taken.stopListening)
        self.low = taken.getHost().port
        endpoint = DualStackEndpoint.loopback(reactor, 0)
        self.ports = RoomPortRange(factory, endpoint, self.low, min(self.low + 40, 65535))
        self.addCleanup(self.hub.stopService)
        self.addCleanup(self.ports.close_all)

    def greeting(self, port: int) -> "Deferred[bytes]":
        """Connect to `port` and return the first bytes that come."""
        first: Deferred[bytes] = Deferred()

        class Reader(Protocol):
            def dataReceived(self, data: bytes) -> None:
                if not first.called:
                    first.callback(data)
                    self.transport.abortConnection()

        connected = connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", port), Reader())
        connected.addErrback(first.errback)
        return first

    def test_a_port_that_somebody_else_holds_is_passed_over(self) -> None:
        port = self.ports.open(RoomName("a"))
        self.assertGreater(port, self.low)
        self.assertEqual(self.ports.port_of(RoomName("A")), port)

    def test_who_connects_is_greeted(self) -> "Deferred[None]":
        greeted = self.greeting(self.ports.open(RoomName("a")))
        return greeted.addCallback(lambda data: self.assertTrue(data.startswith(b"* hello ")))

    def test_a_port_leads_to_a_room_that_is_called_otherwise(self) -> None:
        port = self.ports.open(RoomName("a"))
        self.ports.rename(RoomName("a"), RoomName("b"))
        self.assertEqual(self.ports.port_of(RoomName("b")), port)
        self.assertEqual(self.ports.port_of(RoomName("a")), NO_PORT)
        [(_, _, factory)] = self.ports._open.values()
        self.assertEqual(factory.aim, "b")

    def test_two_rooms_have_two_ports(self) -> None:
        self.assertNotEqual(self.ports.open(RoomName("a")), self.ports.open(RoomName("b")))

    def test_a_range_without_a_free_port_is_no_port(self) -> None:
        self.ports.high = self.ports.low
        self.assertEqual(self.ports.open(RoomName("a")), NO_PORT)
        self.assertEqual(self.ports.port_of(RoomName("a")), NO_PORT)
        self.ports.close(RoomName("a"))


class InterfaceTests(TestCase):
    def test_room_ports_are_where_the_first_port_is(self) -> None:
        """A number or a bare `tcp:` is everywhere; an interface is that one; others loopback."""
        for where, ipv4, ipv6 in (
            ("8123", "0.0.0.0", "::"),
            ("tcp:8123", "0.0.0.0", "::"),
            ("tcp:8123:interface=127.0.0.1", "127.0.0.1", "::1"),
            ("tcp:8123:interface=192.0.2.1", "192.0.2.1", ""),
            ("unix:/run/chat", "127.0.0.1", "::1"),
            ("", "127.0.0.1", "::1"),
        ):
            endpoint = same_interfaces(reactor, where)
            self.assertEqual((endpoint.ipv4, endpoint.ipv6), (ipv4, ipv6), where)
