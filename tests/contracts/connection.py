"""What every way in must do as `ports.Connection`.

A way in's test class mixes `ConnectionContract` into a TestCase and defines `bench`,
which returns a `Bench` of its own: a connection, and the client at its other end.
"""

from abc import abstractmethod
from typing import Any, Protocol

from chatsvc.core.commands import Command, Ping
from chatsvc.core.errors import NoNick, Refusal
from chatsvc.core.events import Joined, Said
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies import Pong
from chatsvc.ports import Connection

SAID = Said(RoomName("tea"), 7, 1795168800123, Nick("ann"), "hi")
JOINED = Joined(RoomName("tea"), Nick("bob"))


class Bench(Protocol):
    """A connection and what its client does and sees."""

    connection: Connection

    def ask(self, *requests: Command) -> None:
        """Have the client send requests."""

    def ask_nonsense(self) -> None:
        """Have the client send a request that cannot be understood."""

    def seen(self) -> list[Any]:
        """Return all the client got so far, as (a way in's) comparable things, in order."""

    def form(self, thing: Any) -> Any:
        """Return the thing that `seen` has for an answer or event."""

    def stop_reading(self) -> None:
        """Fill up the connection's transport."""

    def read_on(self) -> None:
        """Let the client read everything."""

    def lose(self) -> None:
        """Cut the line."""

    @property
    def is_closed(self) -> bool:
        """Whether the connection closes, or is closed."""

    @property
    def is_cut(self) -> bool:
        """Whether the connection was cut without waiting."""


class ConnectionContract:
    """The rules; one test each."""

    @abstractmethod
    def bench(self) -> Bench:
        """Return a new connection with its client."""

    def assert_seen(self, bench: Bench, *things: Any) -> None:
        """Check what the client got, all of it."""
        self.assertEqual(bench.seen(), [bench.form(thing) for thing in things])

    def test_requests_come_in_the_order_in_which_they_were_sent(self) -> None:
        bench = self.bench()
        bench.ask(Ping("1"), Ping("2"))
        taken = [bench.connection.next_request() for _ in range(3)]
        self.assertEqual(taken, [Ping("1"), Ping("2"), None])

    def test_without_a_request_there_is_none(self) -> None:
        self.assertIsNone(self.bench().connection.next_request())

    def test_what_cannot_be_understood_comes_as_a_refusal_in_its_turn(self) -> None:
        bench = self.bench()
        bench.ask(Ping("1"))
        bench.ask_nonsense()
        bench.ask(Ping("2"))
        taken = [bench.connection.next_request() for _ in range(3)]
        self.assertEqual((taken[0], taken[2]), (Ping("1"), Ping("2")))
        self.assertIsInstance(taken[1], Refusal)

    def test_answers_and_events_arrive_in_the_order_in_which_they_were_given(self) -> None:
        bench = self.bench()
        bench.ask(Ping("1"), Ping("2"))
        connection = bench.connection
        connection.next_request()
        connection.next_request()
        connection.deliver(JOINED)
        connection.answer(Pong("1"))
        connection.send(connection.encoding.encode(SAID))
        connection.answer(NoNick())
        self.assert_seen(bench, JOINED, Pong("1"), SAID, NoNick())

    def test_the_encoding_s_bytes_may_be_joined_into_one_send(self) -> None:
        bench = self.bench()
        encode = bench.connection.encoding.encode
        bench.connection.send(encode(SAID) + encode(JOINED))
        self.assert_seen(bench, SAID, JOINED)

    def test_connections_with_the_same_bytes_share_one_encoding(self) -> None:
        self.assertIs(self.bench().connection.encoding, self.bench().connection.encoding)

    def test_nothing_is_unread_while_the_client_reads(self) -> None:
        bench = self.bench()
        bench.connection.deliver(SAID)
        bench.seen()
        self.assertEqual(bench.connection.unread_bytes, 0)

    def test_what_a_full_client_is_sent_waits_is_counted_and_arrives_later(self) -> None:
        bench = self.bench()
        bench.stop_reading()
        bench.connection.deliver(SAID)
        bench.connection.deliver(JOINED)
        seen = bench.seen()
        self.assertNotIn(bench.form(JOINED), seen)
        self.assertGreater(bench.connection.unread_bytes, 0)
        bench.read_on()
        self.assertEqual(bench.seen()[-2:], [bench.form(SAID), bench.form(JOINED)])
        self.assertEqual(bench.connection.unread_bytes, 0)

    def test_close_sends_what_was_given_before_and_nothing_after(self) -> None:
        bench = self.bench()
        bench.connection.deliver(SAID)
        bench.connection.close()
        bench.connection.deliver(JOINED)
        self.assert_seen(bench, SAID)
        self.assertTrue(bench.is_closed)
        self.assertFalse(bench.is_cut)

    def test_a_closing_connection_has_no_more_requests(self) -> None:
        bench = self.bench()
        bench.ask(Ping("1"))
        bench.connection.close()
        self.assertIsNone(bench.connection.next_request())

    def test_close_may_be_said_twice(self) -> None:
        bench = self.bench()
        bench.connection.close()
        bench.connection.close()
        self.assertTrue(bench.is_closed)

    def test_abort_cuts_even_a_client_that_does_not_read(self) -> None:
        bench = self.bench()
        bench.stop_reading()
        bench.connection.deliver(SAID)
        bench.connection.abort("a test")
        self.assertTrue(bench.is_cut)

    def test_nothing_raises_once_the_client_is_gone(self) -> None:
        bench = self.bench()
        bench.ask(Ping("1"))
        bench.connection.next_request()
        bench.lose()
        connection = bench.connection
        connection.answer(Pong("1"))
        connection.deliver(JOINED)
        connection.send(connection.encoding.encode(SAID))
        connection.close()
        connection.abort("a test")
        self.assertIsNone(connection.next_request())
