"""IRC over WebSockets: the same lines, each a message; who may connect, and what bounds hold."""

from typing import Any

from twisted.internet.interfaces import IProtocolNegotiationFactory
from twisted.trial.unittest import TestCase
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Pong,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)
from zope.interface.verify import verifyObject

from chatsvc.core.limits import Limits
from chatsvc.protocols.websocket import (
    BINARY,
    FOR_NO_WEBSOCKET,
    HANDSHAKE_SECONDS,
    MESSAGE_BYTES,
    PING_SECONDS,
    TEXT,
    Origins,
    WebSocketFactory,
)
from tests.protocols.conversation import Client
from tests.protocols.irc.conversation import IrcServer

SITE = "https://chat.example.org"


class Browser(Client):
    """A client at the WebSocket door."""

    def __init__(self, server: IrcServer, protocol: Any) -> None:
        super().__init__(server, protocol)
        self.frames = WSConnection(ConnectionType.CLIENT)
        self.events: list[Event] = []

    def asks(self, *subprotocols: str, origin: str = "") -> "Browser":
        """Ask for a WebSocket."""
        headers = [(b"Origin", origin.encode())] if origin else []
        request = Request("irc.test", "/", [], headers, list(subprotocols))
        self.sends(self.frames.send(request))
        return self

    def sends_events(self, *events: Event) -> "Browser":
        """Send events, in one chunk."""
        self.sends(b"".join(map(self.frames.send, events)))
        return self

    def says(self, *lines: str) -> "Browser":
        """Send lines, each as a message."""
        return self.sends_events(*map(TextMessage, lines))

    def hears(self) -> list[Event]:
        """Return the events that came since the last time."""
        self._server.settle()
        data, self.wire.received = self.wire.received, b""
        if data:
            self.frames.receive_data(data)
        return list(self.frames.events())

    def takes(self) -> list[str]:
        """Return the messages that came since the last time."""
        messages = (event for event in self.hears() if isinstance(event, TextMessage))
        return [str(event.data) for event in messages]


class WebSocketServer(IrcServer):
    """The hub with three doors."""

    def __init__(self, test: Any, origins: Origins = Origins(), **options: Any) -> None:  # noqa: B008
        super().__init__(test, **options)
        self.websockets = WebSocketFactory(self.irc_factory, self.clock, origins)

    def browser(self) -> Browser:
        """Return a client that has not asked for a WebSocket."""
        return self.connect(Browser(self, self.websockets.buildProtocol(None)))

    def web(self, nick: str, *channels: str) -> Browser:
        """Return a registered client."""
        client = self.browser().asks(TEXT)
        client.hears()
        client.says(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        client.says(*(f"JOIN {channel}" for channel in channels))
        self.forget()
        return client


class HandshakeTests(TestCase):
    def agreed(self, *offered: str) -> str | None:
        [answer] = WebSocketServer(self).browser().asks(*offered).hears()
        assert isinstance(answer, AcceptConnection)
        return answer.subprotocol

    def refused(self, origin: str, origins: Origins) -> int:
        browser = WebSocketServer(self, origins).browser().asks(TEXT, origin=origin)
        answer, *body = browser.hears()
        if isinstance(answer, AcceptConnection):
            return 101
        assert isinstance(answer, RejectConnection)
        data = b"".join(each.data for each in body if isinstance(each, RejectData))
        self.assertIn(b"may not connect", data)
        self.assertTrue(browser.is_closed)
        return answer.status_code

    def test_the_first_subprotocol_that_is_ours_is_agreed_on(self) -> None:
        self.assertEqual(self.agreed(TEXT, BINARY), TEXT)
        self.assertEqual(self.agreed("chat", BINARY, TEXT), BINARY)
        self.assertIsNone(self.agreed("chat"))
        self.assertIsNone(self.agreed())

    def test_pages_may_connect_from_where_the_operator_says(self) -> None:
        ours = Origins(frozenset((SITE,)))
        self.assertEqual(self.refused(SITE, ours), 101)
        self.assertEqual(self.refused("https://CHAT.example.org", ours), 101)
        self.assertEqual(self.refused("", ours), 101)
        self.assertEqual(self.refused("null", Origins(any_allowed=True)), 101)
        for origin in (f"{SITE}:8443", "http://chat.example.org", f"{SITE}.evil.example", "null"):
            self.assertEqual(self.refused(origin, ours), 403, origin)
        self.assertEqual(self.refused(SITE, Origins()), 403)

    def test_what_asks_for_something_else_is_told_so(self) -> None:
        requests = (
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: " + b"x" * 100_000,
            b"GET / HTTP/1.1\r\nHost: \xff\r\nConnection: upgrade\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nConnection: \xff\r\n\r\n",
        )
        for request in requests:
            browser = WebSocketServer(self).browser()
            browser.sends(request)
            browser.is_closed  # noqa: B018 - lets it be closed
            self.assertRegex(browser.wire.received, rb"\AHTTP/1.1 400 ", request[:40])
            self.assertTrue(browser.is_closed)

    def test_irc_without_a_websocket_gets_its_own_word(self) -> None:
        for opening in (b"NICK ann\r\nUSER ann 0 * :ann\r\n", b"CAP LS\r\n", b"send tea hi\n"):
            browser = WebSocketServer(self).browser()
            browser.sends(opening)
            self.assertTrue(browser.is_closed)
            self.assertEqual(browser.wire.received, FOR_NO_WEBSOCKET)

    def test_who_does_not_ask_in_time_is_cut_off(self) -> None:
        server = WebSocketServer(self)
        browser = server.browser()
        browser.sends(b"GET / HTTP/1.1\r\n")
        server.passes(HANDSHAKE_SECONDS + 1)
        self.assertTrue(browser.wire.aborted)

    def test_who_has_asked_is_not(self) -> None:
        server = WebSocketServer(self)
        browser = server.browser().asks(TEXT)
        server.passes(HANDSHAKE_SECONDS + 1)
        self.assertFalse(browser.is_closed)

    def test_a_server_that_takes_nobody_says_why(self) -> None:
        server = WebSocketServer(self, limits=Limits(sessions=1))
        server.client("bob")
        browser = server.browser()
        browser.is_closed  # noqa: B018 - lets it be closed
        self.assertRegex(browser.wire.received, rb"(?s)\AHTTP/1.1 503 .*ERROR :")


class TalkTests(TestCase):
    def test_a_page_talks_with_the_other_doors(self) -> None:
        server = WebSocketServer(self)
        ann, bob = server.web("ann", "#tea"), server.client("bob", "tea")
        server.forget()
        ann.says("PRIVMSG #tea :grüß dich ☕")
        self.assertIn("grüß dich ☕", bob.takes()[0])
        bob.says("send tea hello")
        [line] = ann.takes()
        self.assertRegex(line, r"\A:bob!\S+ PRIVMSG #tea :hello\Z")

    def test_binary_messages_are_answered_with_such(self) -> None:
        browser = WebSocketServer(self).browser().asks(BINARY)
        browser.hears()
        browser.sends_events(BytesMessage(b"PING x"))
        [answer] = browser.hears()
        self.assertEqual(answer, BytesMessage(b":irc.test PONG irc.test x"))

    def test_either_kind_of_message_may_come_whatever_was_agreed_on(self) -> None:
        ann = WebSocketServer(self).web("ann")
        ann.sends_events(BytesMessage(b"PING x"), BytesMessage(b"PING \xff"))
        pong, refusal = ann.takes()
        self.assertEqual(pong, ":irc.test PONG irc.test x")
        self.assertIn("INVALID_UTF8", refusal)

    def test_a_message_may_come_in_pieces(self) -> None:
        ann = WebSocketServer(self).web("ann")
        pieces = [TextMessage("PI", message_finished=False), TextMessage("NG x")]
        data = b"".join(map(ann.frames.send, pieces))
        ann.sends(*(bytes((byte,)) for byte in data)).gets(":irc.test PONG irc.test x")

    def test_a_message_is_one_line_whatever_is_in_it(self) -> None:
        ann = WebSocketServer(self).web("ann")
        ann.says("PING x\r\nQUIT", "PING x\nQUIT", "PING x\r\0QUIT", "PING x\0QUIT", "PING y\r\n")
        lines = ann.takes()
        self.assertEqual(len(lines), 5)
        self.assertTrue(all("INVALID_MESSAGE" in line for line in lines[:4]), lines)
        self.assertEqual(lines[4], ":irc.test PONG irc.test y")

    def test_many_lines_in_one_chunk_are_all_answered_in_order(self) -> None:
        ann = WebSocketServer(self).web("ann")
        ann.says(*(f"PING {number} {'x' * 100}" for number in range(500)))
        lines = ann.takes()
        self.assertEqual([line.split()[3] for line in lines], list(map(str, range(500))))


class EndTests(TestCase):
    def test_quit_says_why_and_closes_by_the_book(self) -> None:
        ann = WebSocketServer(self).web("ann")
        ann.says("QUIT :bye")
        error, close = ann.hears()
        assert isinstance(error, TextMessage)
        self.assertTrue(str(error.data).startswith("ERROR "))
        assert isinstance(close, CloseConnection)
        self.assertEqual(close.code, 1000)
        self.assertTrue(ann.is_closed)

    def test_who_closes_is_answered_and_gone(self) -> None:
        server = WebSocketServer(self)
        ann, bob = server.web("ann", "#tea"), server.client("bob", "tea")
        server.forget()
        ann.sends_events(TextMessage("PRIVMSG #tea :last"), CloseConnection(1000))
        [close] = ann.hears()
        self.assertEqual(close, CloseConnection(1000, ""))
        self.assertTrue(ann.is_closed)
        said, left = bob.takes()
        self.assertIn("last", said)
        self.assertTrue(left.startswith("* left tea ann"), left)

    def test_a_lost_connection_is_a_session_that_ends(self) -> None:
        server = WebSocketServer(self)
        ann, bob = server.web("ann", "#tea"), server.client("bob", "tea")
        server.forget()
        ann.hangs_up()
        self.assertEqual(len(bob.takes()), 1)

    def test_a_stopping_server_says_so(self) -> None:
        server = WebSocketServer(self)
        ann = server.web("ann")
        server.hub.stopService()
        server.settle()
        events = ann.hears()
        self.assertEqual([type(each) for each in events], [TextMessage, CloseConnection])

    def test_frames_against_the_rules_end_the_connection(self) -> None:
        for data, code in (
            (b"\x81\x04PING", 1002),  # without a mask
            (b"\xf1\x80\0\0\0\0", 1002),  # with bits that mean nothing
            (b"\x83\x80\0\0\0\0", 1002),  # of a kind that is none
            (b"\x80\x80\0\0\0\0", 1002),  # going on with nothing
            (b"\x81\x81\0\0\0\0\xff", 1007),  # text that is not UTF-8
        ):
            ann = WebSocketServer(self).web("ann")
            ann.sends(data)
            [close] = ann.hears()
            assert isinstance(close, CloseConnection)
            self.assertEqual(close.code, code, data)
            self.assertTrue(ann.is_closed)


class BoundsTests(TestCase):
    def test_lines_that_are_too_long(self) -> None:
        ann = WebSocketServer(self).web("ann")
        ann.says("PING " + "x" * 505, "PING " + "x" * 506, "x" * MESSAGE_BYTES, "PING y")
        commands = [line.split()[1] for line in ann.takes()]
        self.assertEqual(commands, ["PONG", "417", "417", "PONG"])

    def test_a_message_without_an_end_is_not_kept(self) -> None:
        ann = WebSocketServer(self).web("ann")
        ann.says("x" * (MESSAGE_BYTES + 1))
        [close] = ann.hears()
        assert isinstance(close, CloseConnection)
        self.assertEqual(close.code, 1009)
        self.assertTrue(ann.is_closed)

    def test_pings_are_answered(self) -> None:
        ann = WebSocketServer(self).web("ann")
        ann.sends_events(Ping(b"1"), TextMessage("PING x"), Ping(b"2"))
        answers = [event for event in ann.hears() if isinstance(event, Pong)]
        self.assertEqual([bytes(each.payload) for each in answers], [b"1", b"2"])

    def test_browsers_may_ask_for_http_within_tls(self) -> None:
        factory = WebSocketServer(self).websockets
        self.assertTrue(verifyObject(IProtocolNegotiationFactory, factory))
        self.assertEqual(factory.acceptableProtocols(), [b"http/1.1"])

    def test_who_is_silent_is_sent_pings_so_that_proxies_wait(self) -> None:
        server = WebSocketServer(self)
        ann = server.web("ann")
        for _ in range(3):
            server.passes(2 * PING_SECONDS)
            ping = next(event for event in ann.hears() if isinstance(event, Ping))
            ann.sends_events(ping.response())
        self.assertFalse(ann.is_closed)

    def test_who_answers_no_ping_is_cut_off(self) -> None:
        server = WebSocketServer(self)
        ann = server.web("ann")
        server.passes(3 * PING_SECONDS + 1)
        self.assertEqual([type(event) for event in ann.hears()], [Ping])
        self.assertTrue(ann.wire.aborted)

    def test_what_is_no_line_has_a_pace(self) -> None:
        """Pings, pieces and empty messages are read a thousand at a time."""
        server = WebSocketServer(self)
        for empty in (TextMessage(""), Ping(b""), TextMessage("", message_finished=False)):
            ann = server.web("ann")
            ann.sends_events(*[empty] * 8000)
            self.assertFalse(ann.wire.is_reading)
            server.passes(10)
            self.assertTrue(ann.wire.is_reading)
            ann.hangs_up()

    def test_who_asks_too_fast_has_to_wait(self) -> None:
        server = WebSocketServer(self, limits=Limits(request_burst=10, requests_per_second=1))
        ann = server.web("ann")
        ann.says(*(f"PING {number}" for number in range(20)))
        self.assertEqual({line.split(" ")[1] for line in ann.takes()}, {"PONG", "263"})

    def test_requests_wait_while_the_client_does_not_read(self) -> None:
        ann = WebSocketServer(self).web("ann")
        ann.stops_reading()
        for _ in range(40):
            ann.sends_events(*[TextMessage("HELP")] * 200)
        self.assertFalse(ann.wire.is_reading)
        self.assertLess(len(ann.wire.buffered), 300_000)

    def test_a_reader_that_is_behind_gets_every_message_later(self) -> None:
        server = WebSocketServer(self)
        ann, bob = server.web("ann", "#tea"), server.client("bob", "tea")
        server.forget()
        ann.stops_reading()
        for number in range(40):
            bob.says(f"send tea {number} {'x' * 3900}")
        self.assertLess(len(ann.wire.buffered), 300_000)
        bob.takes()
        ann.reads_on()
        text = "".join(line.partition(" :")[2] for line in ann.takes())
        self.assertEqual(text.count("x"), 40 * 3900)
