"""One connection: lines in any pieces, answers in order, and what is no chat server."""

from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL
from twisted.internet.error import ConnectError, ConnectionDone, ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.connection import (
    GREETING_WITHIN,
    PING_EVERY,
    PONG_WITHIN,
    REQUESTS_UNDER_WAY,
    Connection,
    sentence_of,
)
from chatsvc.client.happenings import ConnectionInterrupted, TooManyRequests
from chatsvc.core.commands import JoinRoom, ListRooms, Ping, Say, SetNick
from chatsvc.core.errors import BadText, NickTaken, Refusal
from chatsvc.core.events import Event, Joined, Said, ServerClosing
from chatsvc.core.limits import REPLY_LINE_BYTES
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies import Bye, Entered, NickIs, Pong
from chatsvc.wire.answer import encode_event, encode_greeting, encode_refusal, encode_reply
from chatsvc.wire.reading import Hello

DEN = RoomName("den")
ANN = Nick("ann")
GREETING = encode_greeting('A "quoted" name')


class Owner:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.reasons: list[str] = []
        self.waits: list[int] = []
        self.refusals: list[Refusal] = []

    def greeted(self, connection: Connection, hello: Hello) -> None:
        self.told.append(hello)

    def happened(self, event: Event) -> None:
        self.told.append(event)

    def told_to_wait(self, seconds: int) -> None:
        self.waits.append(seconds)

    def turned_away(self, refusal: Refusal) -> None:
        self.refusals.append(refusal)

    def lost(self, connection: Connection, reason: str) -> None:
        self.reasons.append(reason)


class Line:
    """A connection over a transport of strings."""

    def __init__(self) -> None:
        self.owner, self.clock = Owner(), Clock()
        self.connection = Connection(self.owner, self.clock)
        self.transport = StringTransport()
        self.connection.makeConnection(self.transport)

    def receive(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.connection.dataReceived(piece)

    def sent(self) -> bytes:
        sent: bytes = self.transport.value()
        self.transport.clear()
        return sent

    def end(self, error: Exception | None = None) -> None:
        self.connection.connectionLost(Failure(error or ConnectionDone()))


CONVERSATION = [
    GREETING,
    encode_reply(NickIs(ANN)),
    encode_event(Joined(DEN, ANN)),
    encode_reply(Entered(DEN, 41, 2)),
    encode_event(Said(DEN, 42, 1_000, Nick("bøb"), "a  bc ü")),
    encode_refusal(NickTaken("ann", "ann2")),
]


class ReadingTests(SynchronousTestCase):
    """What the server sends."""

    def converse(self, size: int) -> tuple[list[object], list[object]]:
        line = Line()
        answers: list[object] = []
        for answer in line.connection.request(SetNick(ANN), JoinRoom(DEN), SetNick(ANN)):
            answer.addBoth(lambda each: answers.append(getattr(each, "value", each)))
        stream = b"".join(CONVERSATION)
        line.receive(*(stream[at : at + size] for at in range(0, len(stream), size)))
        self.assertEqual(line.owner.reasons, [])
        return answers, line.owner.told

    def test_it_is_the_same_in_every_size_of_pieces(self) -> None:
        answers, told = self.converse(100_000)
        self.assertEqual(answers[:2], [NickIs(ANN), Entered(DEN, 41, 2)])
        self.assertIsInstance(answers[2], NickTaken)
        self.assertEqual(len(told), 3)
        for size in range(1, 60):
            self.assertEqual(self.converse(size), (answers, told))

    def test_an_event_of_a_later_version_is_passed_over(self) -> None:
        line = Line()
        line.receive(GREETING, b"* sparkled den ann\n", encode_event(ServerClosing("bye")))
        self.assertEqual(len(line.owner.told), 2)

    @given(st.lists(st.binary(max_size=60), max_size=20))
    def test_garbage_ends_the_connection_with_one_sentence_or_does_nothing(
        self, pieces: list[bytes]
    ) -> None:
        line = Line()
        (answer,) = line.connection.request(Ping())
        answer.addErrback(lambda failure: None)
        line.receive(GREETING, *pieces)
        line.end()
        (reason,) = line.owner.reasons
        self.assertTrue(reason.endswith(".") or "cannot read" in reason, reason)
        self.assertTrue(reason.isprintable())

    def give_up_reason(self, *pieces: bytes) -> str:
        line = Line()
        line.receive(*pieces)
        self.assertTrue(line.transport.disconnected)
        line.receive(b"* said more nonsense\n")
        line.end(ConnectionLost())
        return line.owner.reasons[0]

    def test_an_answer_to_nothing_is_an_error(self) -> None:
        reason = self.give_up_reason(GREETING, b"+ bye\n")
        self.assertEqual(reason, "The server answered something that was not asked.")

    def test_a_refusal_of_the_whole_connection_is_its_reason(self) -> None:
        reason = self.give_up_reason(b"- too-many The server is full.\n")
        self.assertEqual(reason, "The server is full.")

    def test_a_line_without_end_is_an_error(self) -> None:
        reason = self.give_up_reason(b"x" * (REPLY_LINE_BYTES + 1))
        self.assertEqual(reason, "The server sent a line that is too long.")

    def test_what_is_not_utf_8_is_an_error(self) -> None:
        reason = self.give_up_reason(b"* said \xc3\x28\n")
        self.assertEqual(reason, "The server sent a line that is not UTF-8.")

    def test_another_protocol_is_named(self) -> None:
        reason = self.give_up_reason(b'* hello chatsvc/9 "x"\n')
        self.assertIn("The server speaks chatsvc/9", reason)

    def test_the_servers_own_reason_for_closing_is_kept(self) -> None:
        line = Line()
        line.receive(GREETING, encode_event(ServerClosing("See you.")))
        line.end()
        self.assertEqual(line.owner.reasons, ["The server ended the connection: See you."])


class AskingTests(SynchronousTestCase):
    """What is sent."""

    def test_several_requests_are_one_write(self) -> None:
        line = Line()
        writes: list[bytes] = []
        line.transport.write = writes.append
        line.connection.request(SetNick(ANN), JoinRoom(DEN, 5), Say(DEN, "#x", "i1"))
        self.assertEqual(writes, [b"/nick ann\n/join den since 5\n/send den #i1 #x\n"])

    def test_a_line_break_in_a_command_never_becomes_a_second_request(self) -> None:
        line = Line()
        good, bad = line.connection.request(Ping("a"), Say(DEN, "x\nquit"))
        self.failureResultOf(bad, BadText)
        self.assertEqual(line.sent(), b"/ping a\n")
        line.receive(encode_reply(Pong("a")))
        self.assertEqual(self.successResultOf(good), Pong("a"))

    def test_no_more_than_so_many_are_under_way(self) -> None:
        line = Line()
        *_, one_more = line.connection.request(*[Ping()] * (REQUESTS_UNDER_WAY + 1))
        self.failureResultOf(one_more, TooManyRequests)

    def test_what_is_unanswered_fails_when_the_connection_goes(self) -> None:
        line = Line()
        answers = line.connection.request(ListRooms(), ListRooms())
        line.end(ConnectionLost())
        for answer in answers:
            error = self.failureResultOf(answer, ConnectionInterrupted).value
            self.assertEqual(str(error), "The connection was lost.")
        (late,) = line.connection.request(ListRooms())
        self.failureResultOf(late, ConnectionInterrupted)

    def test_a_goodbye_is_answered(self) -> None:
        line = Line()
        bye = line.connection.say_goodbye()
        line.receive(encode_reply(Bye()))
        line.end()
        self.assertEqual(self.successResultOf(bye), Bye())
        self.assertEqual(line.owner.reasons, ["This client was closed."])


class WatchingTests(SynchronousTestCase):
    """Whether the other end still lives."""

    def test_it_asks_for_a_sign_of_life_now_and_then(self) -> None:
        line = Line()
        line.receive(GREETING)
        for _ in range(3):
            line.clock.advance(PING_EVERY)
            self.assertEqual(line.sent(), b"/ping\n")
            line.receive(encode_reply(Pong("")))
        self.assertFalse(line.transport.disconnected)

    def test_without_one_the_connection_is_cut(self) -> None:
        line = Line()
        line.receive(GREETING)
        line.clock.advance(PING_EVERY)
        line.clock.advance(PONG_WITHIN)
        self.assertTrue(line.transport.disconnected)
        line.end()
        self.assertEqual(line.owner.reasons, ["The server did not answer in time."])
        self.assertEqual(line.clock.getDelayedCalls(), [])

    def test_a_server_that_does_not_greet_is_left(self) -> None:
        line = Line()
        line.clock.advance(GREETING_WITHIN)
        self.assertTrue(line.transport.disconnected)

    def test_whoever_does_not_listen_does_not_blame_the_other(self) -> None:
        line = Line()
        line.receive(GREETING)
        line.clock.advance(PING_EVERY)
        line.connection.pause()
        self.assertEqual(line.transport.producerState, "paused")
        for _ in range(10):
            line.clock.advance(PING_EVERY)
        self.assertFalse(line.transport.disconnected)
        line.connection.resume()
        self.assertEqual(line.transport.producerState, "producing")
        line.receive(encode_reply(Pong("")))
        line.connection.pause()
        line.clock.advance(PING_EVERY * 3)
        self.assertFalse(line.transport.disconnected)


class SentenceTests(SynchronousTestCase):
    """Errors of others, as one sentence."""

    def test_it_is_one_printable_line_with_a_full_stop(self) -> None:
        for error, sentence in [
            (ConnectError(osError=111), "Connection refused."),
            (ValueError("two\n lines\x1b"), "two lines\ufffd."),
            (ValueError(), "ValueError."),
            (SSL.Error([("SSL", "", "verify failed")]), "TLS: verify failed."),
        ]:
            self.assertEqual(sentence_of(Failure(error)), sentence)
