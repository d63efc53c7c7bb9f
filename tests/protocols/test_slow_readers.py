"""A reader that does not read: it costs little, delays nobody, and misses nothing."""

from twisted.internet.defer import succeed
from twisted.trial.unittest import TestCase

from chatsvc.core.limits import Limits
from chatsvc.hub.delivery import FEED_BYTES
from chatsvc.hub.portions import JOBS_PER_TURN
from chatsvc.ports import LogError
from tests.protocols.conversation import BUFFER, HELLO, NOW, Client, Server
from tests.storage.faults import logged

BIG = "x" * 4000
ENOUGH = BUFFER // len(BIG) + 2
"""Messages of that size that fill a transport."""


def numbers(lines: list[str], room: str) -> list[int]:
    """Return the numbers of the messages of `room` in `lines`."""
    words = (line.split(" ", 4) for line in lines if line.startswith(f"* said {room} "))
    return [int(fields[3]) for fields in words]


class BackPressureTests(TestCase):
    def setUp(self) -> None:
        self.server = Server(self)
        self.ann = self.server.client("ann", "a")
        self.slow = self.server.client("slow", "a")
        self.server.forget()

    def fill(self, count: int = ENOUGH) -> None:
        """Let ann say so much that the slow reader's transport is full."""
        for _ in range(count):
            self.ann.says(f"send a {BIG}")

    def test_a_full_transport_stops_sending_and_reading(self) -> None:
        self.slow.stops_reading()
        self.fill()
        written = len(self.slow.wire.writes)
        self.fill()
        self.slow.protocol.dataReceived(b"ping\n")
        self.server.settle()
        self.assertEqual(len(self.slow.wire.writes), written)
        self.assertFalse(self.slow.wire.is_reading)

    def test_a_transport_that_is_full_before_its_client_was_heard_is_read(self) -> None:
        """A TLS transport takes nothing before its handshake, which needs reading."""
        client = self.server.client()
        client.protocol.pauseProducing()
        self.assertTrue(client.wire.is_reading)
        client.protocol.resumeProducing()
        client.says("ping").gets(HELLO, "+ pong")

    def test_a_reader_that_reads_on_gets_everything_once_and_in_order(self) -> None:
        self.slow.stops_reading()
        self.fill(500)
        got = self.slow.reads_on().takes()
        self.assertEqual(numbers(got, "a"), list(range(1, 501)))
        self.assertTrue(self.slow.wire.is_reading)
        self.ann.says("send a live")
        self.slow.gets(f"* said a 501 {NOW} ann live")

    def test_joining_the_room_it_was_put_in_does_not_make_it_skip_ahead(self) -> None:
        server = Server(self, lobby="lobby")
        ann, slow = server.client("ann"), server.client("slow")
        slow.stops_reading()
        for text in [BIG] * ENOUGH + ["small"] * 500:
            ann.says(f"send lobby {text}")
        slow.protocol.dataReceived(b"join lobby\n")
        slow.wire.is_read = True
        slow.wire.drain()
        ann.says("send lobby meanwhile")
        self.assertEqual(numbers(slow.takes(), "lobby"), list(range(1, ENOUGH + 502)))

    def test_it_is_told_that_it_missed_presence_only_when_it_did(self) -> None:
        self.slow.stops_reading()
        self.fill()
        self.assertNotIn("* resumed", " ".join(self.slow.reads_on().takes()))
        self.slow.stops_reading()
        self.fill()
        self.server.client("bob", "a")
        self.assertEqual(self.slow.reads_on().takes()[-1], f"* resumed a {2 * ENOUGH} 3")

    def test_a_rename_or_an_absence_that_it_missed_is_presence_too(self) -> None:
        for line in ("nick anna", "away"):
            self.slow.stops_reading()
            self.fill()
            self.ann.says(line)
            self.assertEqual(self.slow.reads_on().takes()[-1].split(" ")[:3], ["*", "resumed", "a"])

    def test_it_may_stop_again_and_again_while_it_is_fed_from_the_log(self) -> None:
        self.slow.stops_reading()
        self.fill(400)
        got: list[str] = []
        for _ in range(10):
            self.slow.wire.drain()
            self.server.clock.turn()
            self.fill(3)
            self.slow.wire.drain()
            self.server.clock.turn()
        got = self.slow.reads_on().takes()
        self.assertEqual(numbers(got, "a"), list(range(1, 431)))

    def test_each_of_its_rooms_is_caught_up(self) -> None:
        self.ann.says("join b", "join c")
        self.slow.says("join b", "join c")
        self.server.forget()
        self.slow.stops_reading()
        for room in "abc" * 30:
            self.ann.says(f"send {room} {BIG}")
        got = self.slow.reads_on().takes()
        for room in "abc":
            self.assertEqual(numbers(got, room), list(range(1, 31)))

    def test_a_reader_that_never_reads_costs_a_bounded_amount_of_memory(self) -> None:
        self.slow.stops_reading()
        self.fill(100)
        held = len(self.slow.wire.buffered) + self.slow.protocol.unread_bytes
        self.fill(1000)
        self.assertEqual(len(self.slow.wire.buffered) + self.slow.protocol.unread_bytes, held)
        self.assertLess(held, BUFFER + 2 * len(BIG))

    def test_one_that_reads_on_and_stops_again_costs_no_more(self) -> None:
        self.slow.stops_reading()
        self.fill(500)
        for _ in range(10):
            self.slow.wire.drain()
            for _ in range(5):
                self.server.clock.turn()
            held = len(self.slow.wire.buffered) + self.slow.protocol.unread_bytes
            self.assertLess(held, BUFFER + FEED_BYTES + 2 * len(BIG))
        self.assertEqual(numbers(self.slow.reads_on().takes(), "a"), list(range(1, 501)))

    def test_a_crowd_of_stuck_readers_is_cut_off_a_few_a_turn(self) -> None:
        crowd = self.server.clients(3 * JOBS_PER_TURN, "a")
        for client in crowd:
            client.stops_reading()
        self.fill(2 * ENOUGH)
        self.server.clock.advance(self.server.hub.limits.stuck_seconds + 5)
        self.server.passes(1)
        self.assertTrue(all(client.wire.aborted for client in crowd))
        left = sum(line.startswith("* left a user") for line in self.ann.takes())
        self.assertEqual(left, len(crowd))

    def test_it_delays_nobody(self) -> None:
        bob = self.server.client("bob", "a")
        self.server.forget()
        self.slow.stops_reading()
        self.fill(200)
        self.assertEqual(numbers(bob.takes(), "a"), list(range(1, 201)))

    def test_its_requests_wait_and_are_answered_when_it_reads_on(self) -> None:
        self.slow.stops_reading()
        self.fill()
        self.slow.says("ping 1", "ping 2")
        self.slow.reads_on()
        self.assertEqual(
            [line for line in self.slow.takes() if line.startswith("+")], ["+ pong 1", "+ pong 2"]
        )

    def test_direct_messages_wait_up_to_a_limit_and_then_the_sender_is_told(self) -> None:
        self.slow.stops_reading()
        self.fill()
        self.ann.takes()
        answers = self.ann.says(*[f"@slow {BIG}"] * 1000).takes()
        taken = answers.count("+ told slow")
        self.assertTrue(answers[-1].startswith("- busy "), answers[-1])
        limit = self.server.hub.limits.unread_bytes
        self.assertLess(self.slow.protocol.unread_bytes, limit + 2 * len(BIG))
        got = self.slow.reads_on().takes()
        self.assertEqual(sum(line.startswith("* tell") for line in got), taken)

    def test_it_hears_that_a_room_was_deleted(self) -> None:
        self.ann.says("create b", "join b")
        self.slow.says("join b")
        self.slow.stops_reading()
        self.fill()
        self.ann.says("delete b")
        got = self.slow.reads_on().takes()
        self.assertIn("* deleted b ann", got)
        self.slow.says("send b x").gets_error("no-such-room")

    def test_a_log_that_cannot_be_read_for_a_while_is_asked_again(self) -> None:
        self.slow.stops_reading()
        self.fill(50)
        self.server.faulty.fail_reads(LogError("The disk is gone."))
        self.slow.reads_on()
        self.server.faulty.fail_reads(None)
        self.server.passes(2)
        self.assertEqual(numbers(self.slow.takes(), "a"), list(range(1, 51)))

    def test_an_empty_page_before_the_head_is_asked_for_again(self) -> None:
        self.slow.stops_reading()
        self.fill(50)
        read, self.server.faulty.read = self.server.faulty.read, lambda *_, **__: succeed([])
        self.slow.reads_on()
        self.ann.says(f"send a {BIG}")
        self.server.faulty.read = read
        self.server.passes(2)
        self.assertEqual(numbers(self.slow.takes(), "a"), list(range(1, 52)))

    def test_a_log_that_cannot_be_read_is_told_the_operator_once_a_minute(self) -> None:
        lines = logged(self)
        self.slow.stops_reading()
        self.fill(50)
        self.server.faulty.fail_reads(LogError("The disk is gone."))
        self.slow.reads_on()
        self.server.passes(30)
        self.ann.takes()
        self.ann.says("history a").gets_error("storage")
        self.assertEqual(len(lines), 1)
        self.assertIn("The disk is gone.", lines[0])
        self.server.passes(31)
        self.assertEqual(len(lines), 2)

    def test_a_stuck_reader_is_cut_off_after_its_time(self) -> None:
        self.slow.stops_reading()
        self.fill()
        self.server.passes(self.server.hub.limits.stuck_seconds - 6)
        self.assertFalse(self.slow.is_closed)
        self.server.passes(12)
        self.assertTrue(self.slow.wire.aborted)
        self.assertIn("* left a slow", self.ann.takes())

    def test_a_reader_that_reads_now_and_then_is_not_cut_off(self) -> None:
        self.slow.stops_reading()
        for _ in range(6):
            self.fill()
            self.server.passes(20)
            self.slow.wire.drain()
        self.assertFalse(self.slow.is_closed)

    def test_leaving_and_joining_while_behind_repeats_nothing(self) -> None:
        self.slow.stops_reading()
        self.fill()
        before = self.slow.reads_on().takes()
        self.slow.stops_reading()
        self.fill()
        self.slow.says("leave a", "join a")
        after = self.slow.reads_on().takes()
        seen = numbers(before + after, "a")
        self.assertEqual(seen, sorted(set(seen)))


class JoinSinceTests(TestCase):
    def setUp(self) -> None:
        self.server = Server(self)
        self.ann = self.server.client("ann", "a")

    def say(self, count: int) -> None:
        self.ann.says(*["send a x"] * count)

    def joined(self, since: int, nick: str = "bob") -> tuple[Client, list[str]]:
        bob = self.server.client(nick)
        return bob, bob.says(f"join a since {since}").takes()

    def test_the_answer_comes_first_then_every_message_after_the_number(self) -> None:
        self.say(5)
        bob, got = self.joined(3)
        self.assertEqual(
            got,
            ["+ join a 5 2", f"* said a 4 {NOW} ann x", f"* said a 5 {NOW} ann x"],
        )
        self.say(1)
        bob.gets(f"* said a 6 {NOW} ann x")

    def test_many_pages_come_whole(self) -> None:
        for _ in range(10):
            self.say(123)
        _, got = self.joined(7)
        self.assertEqual(numbers(got, "a"), list(range(8, 1231)))

    def test_a_number_that_is_not_reached_yet_is_the_head(self) -> None:
        self.say(2)
        bob, got = self.joined(99)
        self.assertEqual(got, ["+ join a 2 2"])
        self.say(1)
        self.assertEqual(numbers(bob.takes(), "a"), [3])

    def test_a_member_may_ask_again_and_is_replayed(self) -> None:
        self.say(3)
        bob, _ = self.joined(0)
        self.assertEqual(numbers(bob.says("join a since 1").takes(), "a"), [2, 3])

    def test_messages_that_come_meanwhile_follow_without_gap_or_double(self) -> None:
        self.say(1000)
        bob = self.server.client("bob")
        bob.protocol.dataReceived(b"join a since 0\n")
        for _ in range(30):
            self.ann.protocol.dataReceived(b"send a x\n" * 7)
            self.server.clock.turn()
        self.server.settle()
        self.assertEqual(numbers(bob.takes(), "a"), list(range(1, 1211)))

    def test_joins_and_leaves_are_heard_while_it_is_replayed(self) -> None:
        self.say(1000)
        bob = self.server.client("bob")
        bob.protocol.dataReceived(b"join a since 0\n")
        self.server.clock.turn()
        eve = self.server.client()
        eve.protocol.dataReceived(b"nick eve\njoin a\n")
        self.server.settle()
        self.assertIn("* joined a eve", bob.takes())

    def test_the_room_may_be_deleted_while_it_is_replayed(self) -> None:
        self.ann.says("create b", "join b", *["send b x"] * 1000)
        bob = self.server.client("bob")
        bob.protocol.dataReceived(b"join b since 0\n")
        self.ann.protocol.dataReceived(b"delete b\n")
        self.server.settle()
        got = bob.takes()
        self.assertEqual(got.count("* deleted b ann"), 1)
        bob.says("ping").gets("+ pong")

    def test_one_may_leave_while_being_replayed(self) -> None:
        self.say(1000)
        bob = self.server.client("bob")
        bob.protocol.dataReceived(b"join a since 0\nleave a\n")
        self.server.settle()
        self.assertEqual(bob.takes()[-1], "+ left a")


class LimitsTests(TestCase):
    def test_one_connection_too_many_gets_an_error_and_is_closed(self) -> None:
        server = Server(self, limits=Limits(sessions=2))
        first, _ = server.client("ann"), server.client()
        third = server.client()
        self.assertTrue(third.takes()[-1].startswith("- too-many "))
        self.assertTrue(third.is_closed)
        first.hangs_up()
        self.assertFalse(server.client().is_closed)

    def test_who_gives_no_nick_is_told_and_closed(self) -> None:
        server = Server(self)
        nameless, ann = server.client(), server.client("ann")
        nameless.takes()
        server.passes(server.hub.limits.nameless_seconds + 10)
        self.assertTrue(nameless.takes()[0].startswith("* closing "))
        self.assertTrue(nameless.is_closed)
        self.assertFalse(ann.is_closed)
