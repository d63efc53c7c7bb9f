"""TLS below the line protocol: all that is promised without it holds with it."""

from typing import Any

from OpenSSL import SSL
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactor, StringTransport
from twisted.trial.unittest import TestCase

from chatsvc.core.addresses import parse_network
from chatsvc.core.admission import Admission
from chatsvc.core.commands import Command
from chatsvc.core.errors import Refusal
from chatsvc.core.events import Event
from chatsvc.core.limits import DEFAULT_LIMITS, Limits
from chatsvc.hub.sweeping import SWEEP_SECONDS
from chatsvc.protocols.doorkeeper import Doorkeeper, tells_address_later
from chatsvc.protocols.encoding import LineEncoding
from chatsvc.protocols.ending import CLOSE_SECONDS, LINGER_SECONDS
from chatsvc.protocols.half_close import can_half_close
from chatsvc.protocols.line import LineFactory
from chatsvc.protocols.listening import endpoint_for
from chatsvc.protocols.outbox import Turn
from chatsvc.protocols.secure import (
    FOR_PLAIN_TEXT,
    Credentials,
    SecureEndpoint,
    SecureFactory,
    SecureTransport,
)
from chatsvc.testing import TurnClock
from chatsvc.wire.answer import encode_event, encode_greeting, encode_refusal, encode_reply
from chatsvc.wire.request import format_request
from tests.certificates import self_signed
from tests.contracts.connection import ConnectionContract
from tests.protocols.conversation import BUFFER, HELLO, NOW, Server, Wire
from tests.protocols.secure_conversation import SecureClient
from tests.protocols.test_line_contract import SilentHub

PAIR = self_signed("localhost")
SHOWN = PAIR.loaded()


def speaking(version: int) -> SSL.Context:
    """Return a client's context that knows one version of TLS."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_cipher_list(b"ALL:@SECLEVEL=0")
    context.set_min_proto_version(version)
    context.set_max_proto_version(version)
    return context


class SecureTests(TestCase):
    def setUp(self) -> None:
        self.server = Server(self, lobby="lobby")
        self.credentials = Credentials(SHOWN)

    def client(self, nick: str = "", **options: Any) -> SecureClient:
        client = SecureClient.connect(self.server, self.credentials, **options)
        if nick:
            client.says(f"nick {nick}").takes()
        return client

    def test_it_is_the_same_door(self) -> None:
        bob = self.server.client("bob")
        ann = self.client()
        ann.gets(HELLO)
        ann.says("nick ann").gets("+ nick ann", "* joined lobby ann")
        ann.says("send lobby hi").gets("+ sent lobby 1", f"* said lobby 1 {NOW} ann hi")
        bob.gets("* joined lobby ann", f"* said lobby 1 {NOW} ann hi")

    def test_nothing_that_is_said_can_be_read_on_the_wire(self) -> None:
        ann = self.client("ann")
        self.server.client("bob").says("send lobby in-the-clear")
        self.assertNotIn(b"in-the-clear", ann.wire.received)
        self.assertIn("in-the-clear", " ".join(ann.takes()))

    def test_versions_before_1_2_are_refused(self) -> None:
        for version in (SSL.TLS1_VERSION, SSL.TLS1_1_VERSION):
            self.assertRaises(SSL.Error, self.client, context=speaking(version))
        for version, name in (
            (SSL.TLS1_2_VERSION, "TLSv1.2"),
            (SSL.TLS1_3_VERSION, "TLSv1.3"),
        ):
            client = self.client(context=speaking(version))
            self.assertEqual(client.tls.get_protocol_version_name(), name)

    def test_in_tls_1_2_only_ciphers_with_forward_secrecy_are_spoken(self) -> None:
        for cipher in (
            b"AES128-GCM-SHA256",
            b"ECDHE-ECDSA-AES128-SHA",
            b"ECDHE-ECDSA-AES256-SHA384",
        ):
            context = speaking(SSL.TLS1_2_VERSION)
            context.set_cipher_list(cipher)
            self.assertRaises(SSL.Error, self.client, context=context)

    def test_a_client_may_not_begin_a_second_handshake(self) -> None:
        ann = self.client("ann", context=speaking(SSL.TLS1_2_VERSION))
        ann.tls.renegotiate()
        self.assertRaises(SSL.Error, ann.shake_hands)

    def test_a_new_certificate_is_for_new_connections_and_nobody_is_dropped(self) -> None:
        ann = self.client("ann")
        other = self_signed("other.example")
        self.credentials.certificate = other.loaded()
        bob = self.client("bob")
        for client, pair in ((ann, PAIR), (bob, other)):
            shown = client.tls.get_peer_certificate(as_cryptography=True)
            self.assertEqual(shown, pair.certificate)
        ann.takes()
        ann.says("ping").gets("+ pong")

    def test_plain_text_is_answered_with_one_line_and_the_end(self) -> None:
        eve = self.client(shakes_hands=False)
        for data in (b"nick eve\n", b"\x16\x03\1", b"nick eve\n"):
            if not eve.wire.lost:
                eve.protocol.dataReceived(data)
        self.assertTrue(eve.is_closed)
        self.assertEqual(eve.wire.received, FOR_PLAIN_TEXT)

    def test_a_handshake_that_is_none_ends_the_connection_too(self) -> None:
        eve = self.client(shakes_hands=False)
        eve.protocol.dataReceived(b"\x16nick eve\n")
        self.assertTrue(eve.is_closed)
        self.assertNotIn(b"hello", eve.wire.received)
        self.server.client("ann").says("who").gets(f"= user ann online {NOW} line", "+ who 1")

    def test_whoever_ends_their_side_within_the_handshake_is_cut_off(self) -> None:
        eve = self.client(shakes_hands=False)
        eve.protocol.readConnectionLost()
        self.assertTrue(eve.wire.aborted)
        self.assertTrue(eve.is_closed)


class SlowHandshakeTests(TestCase):
    """The greeting waits for the handshake, so the client counts as a reader that is stuck."""

    def begin(self) -> tuple[Server, SecureClient]:
        server = Server(self, limits=Limits(stuck_seconds=30, nameless_seconds=60))
        return server, SecureClient.connect(server, Credentials(SHOWN), shakes_hands=False)

    def test_one_that_is_never_begun_is_ended_like_a_stuck_reader(self) -> None:
        server, eve = self.begin()
        server.passes(29)
        self.assertFalse(eve.is_closed)
        server.passes(1 + SWEEP_SECONDS)
        self.assertTrue(eve.wire.aborted)

    def test_so_is_one_that_goes_on_byte_by_byte(self) -> None:
        server, eve = self.begin()
        self.assertRaises(SSL.WantReadError, eve.tls.do_handshake)
        hello = eve.tls.bio_read(65536)
        for at in range(30):
            eve.protocol.dataReceived(hello[at : at + 1])
            server.passes(1)
        server.passes(SWEEP_SECONDS)
        self.assertTrue(eve.wire.aborted)

    def test_who_has_shaken_hands_and_gives_no_nick_is_told_why_it_ends(self) -> None:
        server = Server(self, limits=Limits(nameless_seconds=60))
        eve = SecureClient.connect(server, Credentials(SHOWN))
        server.passes(60 + SWEEP_SECONDS)
        self.assertRegex(eve.takes()[-1], r"^\* closing ")
        self.assertTrue(eve.has_heard_goodbye)
        self.assertTrue(eve.is_closed)

    def test_connections_of_one_address_are_counted_from_the_first_moment(self) -> None:
        server = Server(self)
        limits = Limits(address_connections=1)
        server.factory.doorkeeper = Doorkeeper(Admission(limits, ()), server.clock)
        first = SecureClient.connect(server, Credentials(SHOWN), shakes_hands=False)
        second = SecureClient.connect(server, Credentials(SHOWN))
        self.assertRegex(second.takes()[-1], "^- too-many ")
        self.assertTrue(second.is_closed)
        first.hangs_up()
        third = SecureClient.connect(server, Credentials(SHOWN))
        third.gets(HELLO)


class ClosingTests(TestCase):
    """Ends of connections, one direction after the other; see RFC 8446, section 6.1."""

    def setUp(self) -> None:
        self.server = Server(self)

    def client(self, nick: str) -> SecureClient:
        client = SecureClient.connect(self.server, Credentials(SHOWN))
        client.says(f"nick {nick}").takes()
        return client

    def test_all_that_was_asked_is_answered_after_a_goodbye(self) -> None:
        bob = self.client("bob")
        bob.tls.send(b"join tea\nsend tea hi\nhistory tea\n")
        bob.says_goodbye()
        self.assertEqual(bob.takes()[-1], "+ history tea 1")
        self.assertTrue(bob.has_heard_goodbye)
        self.assertTrue(bob.is_closed)
        self.assertFalse(bob.wire.aborted)

    def test_and_after_the_end_of_the_connection_below(self) -> None:
        bob = self.client("bob")
        bob.tls.send(b"join tea\nsend tea hi\nhistory tea\n")
        bob.protocol.dataReceived(bob.tls.bio_read(65536))
        bob.protocol.readConnectionLost()
        self.assertEqual(bob.takes()[-1], "+ history tea 1")
        self.assertTrue(bob.is_closed)
        self.assertFalse(bob.wire.aborted)

    def test_both_may_come(self) -> None:
        bob = self.client("bob")
        bob.tls.send(b"ping\n")
        bob.says_goodbye()
        if not bob.wire.lost:
            bob.protocol.readConnectionLost()
        self.assertIn("+ pong", bob.takes())
        self.assertTrue(bob.is_closed)

    def test_the_server_says_goodbye_closes_its_side_and_waits_for_the_client_s(self) -> None:
        bob = self.client("bob")
        bob.closes_too = False
        bob.says("quit").gets("+ bye")
        self.assertTrue(bob.has_heard_goodbye)
        self.assertFalse(bob.is_closed)
        bob.says_goodbye()
        self.assertTrue(bob.is_closed)
        self.assertFalse(bob.wire.aborted)

    def test_it_does_not_wait_for_long(self) -> None:
        bob = self.client("bob")
        bob.closes_too = False
        bob.says("quit").takes()
        self.server.clock.advance(LINGER_SECONDS + 0.1)
        self.assertTrue(bob.is_closed)
        self.assertFalse(bob.wire.aborted)

    def test_a_client_that_does_not_take_its_last_bytes_is_cut_off(self) -> None:
        bob = self.client("bob")
        bob.stops_reading()
        bob.says("quit")
        self.server.passes(CLOSE_SECONDS - 1)
        self.assertFalse(bob.is_closed)
        self.server.passes(2)
        self.assertTrue(bob.wire.aborted)

    def test_a_cut_cable_frees_the_nick(self) -> None:
        bob = self.client("bob")
        bob.hangs_up()
        self.server.client("bob").says("ping").gets("+ pong")

    def test_what_comes_after_a_client_s_goodbye_is_not_heard(self) -> None:
        bob = self.client("bob")
        bob.says_goodbye()
        if not bob.wire.lost:
            bob.protocol.dataReceived(b"\x17\x03\x03\0\1x")
        self.assertTrue(bob.is_closed)

    def test_a_protocol_that_knows_no_half_close_is_closed(self) -> None:
        built: list[Protocol] = []

        class Other(Protocol):
            def connectionMade(self) -> None:
                built.append(self)

        clock = Clock()
        transport = StringTransport()
        factory: Any = SecureFactory(Credentials(SHOWN), Factory.forProtocol(Other), clock)
        secure = factory.buildProtocol(None)
        secure.makeConnection(transport)
        self.assertFalse(IHalfCloseableProtocol.providedBy(built[0]))
        secure._end_input()
        self.assertTrue(secure.disconnecting)


class SlowReaderTests(TestCase):
    """A TLS reader that is stuck costs about what a plain one does, and misses nothing."""

    def setUp(self) -> None:
        self.server = Server(self)
        self.ann = self.server.client("ann", "a")
        self.slow = SecureClient.connect(self.server, Credentials(SHOWN))
        self.slow.says("nick slow", "join a").takes()
        self.plain = self.server.client("plain", "a")
        self.server.forget()

    def fill(self, count: int) -> None:
        for _ in range(count):
            self.ann.says(f"send a {'x' * 4000}")
        self.ann.takes()

    def test_it_is_held_as_little_for_as_for_a_plain_one(self) -> None:
        self.slow.stops_reading()
        self.plain.stops_reading()
        self.fill(500)
        held = len(self.slow.wire.buffered)
        self.assertLess(held, len(self.plain.wire.buffered) * 1.1 + 2 * BUFFER)
        self.assertEqual(self.slow.line.unread_bytes, 0)
        self.fill(100)
        self.assertEqual(len(self.slow.wire.buffered), held)

    def test_a_big_backlog_arrives_once_and_in_order(self) -> None:
        self.slow.stops_reading()
        self.fill(500)
        got = self.slow.reads_on().takes()
        numbers = [int(line.split(" ")[3]) for line in got if line.startswith("* said a ")]
        self.assertEqual(numbers, list(range(1, 501)))

    def test_its_own_requests_are_not_read_meanwhile(self) -> None:
        self.slow.stops_reading()
        self.fill(100)
        self.assertFalse(self.slow.wire.is_reading)
        self.slow.reads_on()
        self.assertTrue(self.slow.wire.is_reading)

    def test_one_that_has_only_shaken_hands_is_read_no_further_either(self) -> None:
        """TLS has messages of its own, and answers to them; a handshake is all they may need."""
        server = Server(self, lobby=None)
        eve = SecureClient.connect(server, Credentials(SHOWN))
        eve.line.pauseProducing()
        self.assertFalse(eve.wire.is_reading)
        eve.line.resumeProducing()
        self.assertTrue(eve.wire.is_reading)

    def test_it_is_cut_off_when_it_stays_stuck(self) -> None:
        self.slow.stops_reading()
        self.fill(100)
        self.server.passes(DEFAULT_LIMITS.stuck_seconds + 1)
        self.assertTrue(self.slow.wire.aborted)

    def test_direct_messages_are_held_up_to_their_limit(self) -> None:
        self.slow.stops_reading()
        self.fill(100)
        for _ in range(100):
            self.ann.says(f"tell slow {'x' * 4000}")
        self.assertLess(self.slow.line.unread_bytes, DEFAULT_LIMITS.unread_bytes + 5000)


class EndpointTests(TestCase):
    def test_it_listens_where_the_endpoint_below_does(self) -> None:
        reactor = MemoryReactor()
        below = endpoint_for(reactor, "tcp:8124:interface=127.0.0.1")
        SecureEndpoint(below, Credentials(SHOWN), Clock()).listen(Factory())
        [(port, factory, _, interface)] = reactor.tcpServers
        self.assertEqual((port, interface), (8124, "127.0.0.1"))
        self.assertIsInstance(factory, SecureFactory)

    def test_tls_behind_a_balancer_learns_the_address_later(self) -> None:
        reactor = MemoryReactor()
        server = Server(self)
        server.factory.doorkeeper = Doorkeeper(
            Admission(DEFAULT_LIMITS, (parse_network("::1"),)), server.clock
        )
        below = endpoint_for(reactor, "haproxy:tcp:8124")
        SecureEndpoint(below, Credentials(SHOWN), server.clock).listen(server.factory)
        proxied: Any = reactor.tcpServers[0][1].buildProtocol(None)
        wire = Wire()
        proxied.makeConnection(wire)
        secure: SecureTransport = proxied.wrappedProtocol
        self.assertTrue(tells_address_later(secure))
        proxied.dataReceived(b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 8124\r\n")
        self.assertEqual(secure.getPeer().host, "192.0.2.7")
        self.assertTrue(can_half_close(secure))
        secure.wrappedProtocol.connectionLost()


CLOCK = TurnClock()
ENCODING = LineEncoding(Turn(CLOCK))


class SecureBench:
    """The contract's bench, over TLS."""

    clock = CLOCK

    def __init__(self) -> None:
        self.factory = LineFactory(SilentHub(), "test", CLOCK, ENCODING)
        self._clients: list[SecureClient] = []
        wire = Wire()
        wire._lenient = True  # A real transport minds no call after its end.
        self._client = SecureClient.connect(self, Credentials(SHOWN), wire=wire)  # type: ignore[arg-type]
        self.connection = self._client.line
        assert self.seen() == [encode_greeting("test")]

    def settle(self) -> None:
        CLOCK.settle()

    def ask(self, *requests: Command) -> None:
        self._client.sends(b"".join(map(format_request, requests)))

    def ask_nonsense(self) -> None:
        self._client.sends(b"\xff\xff nonsense\n")

    def seen(self) -> list[Any]:
        return [f"{line}\n".encode() for line in self._client.takes()]

    def form(self, thing: Any) -> bytes:
        if isinstance(thing, Refusal):
            return encode_refusal(thing)
        return encode_event(thing) if isinstance(thing, Event) else encode_reply(thing)

    def stop_reading(self) -> None:
        self._client.wire.is_read = False
        self.connection.send(b"x" * BUFFER + b"\n")
        self.connection.send(b"\n")
        CLOCK.settle()

    def read_on(self) -> None:
        self._client.wire.is_read = True
        self._client.wire.drain()

    def lose(self) -> None:
        self._client.hangs_up()

    @property
    def is_closed(self) -> bool:
        CLOCK.settle()
        if self._client.wire.ends_writing():
            self._client.protocol.writeConnectionLost()
            self._client.protocol.readConnectionLost()
        return self._client.wire.disconnecting

    @property
    def is_cut(self) -> bool:
        return self._client.wire.aborted


class SecureConnectionTests(ConnectionContract, TestCase):
    def bench(self) -> SecureBench:
        return SecureBench()
