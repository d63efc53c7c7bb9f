"""`list` and `who` with many rows: a page at a time, whole, and bounded."""

from twisted.internet.testing import StringTransport
from twisted.trial.unittest import TestCase

from chatsvc.core.events import Joined, Named, RoomDeleted
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies import WHOLE
from chatsvc.protocols import pages
from chatsvc.protocols.outbox import Outbox, Turn
from chatsvc.protocols.pages import PAGES_PER_TURN, SECONDS_PER_TURN, LongAnswer, PageTurner
from chatsvc.testing import TurnClock
from chatsvc.wire.answer import PAGE_BYTES
from tests.protocols.conversation import BUFFER, Client, Server

MANY = 5 * WHOLE + 7


class LongAnswerTests(TestCase):
    def setUp(self) -> None:
        self.server = Server(self)
        self.ann = self.server.client("ann")
        for start in range(0, MANY, 50):
            self.ann.says(*(f"create r{n:04}" for n in range(start, min(start + 50, MANY))))
        self.rooms = [f"r{n:04}" for n in range(MANY)]
        self.server.forget()

    def listed(self, lines: list[str]) -> list[str]:
        return [line.split(" ")[2] for line in lines if line.startswith("= room ")]

    def test_every_room_is_there_in_order_and_counted(self) -> None:
        got = self.ann.says("list").takes()
        self.assertEqual(self.listed(got), self.rooms)
        self.assertEqual(got[-1], f"+ list {MANY}")

    def test_answers_keep_their_order(self) -> None:
        got = self.ann.says("ping 1", "list", "ping 2", "list", "ping 3").takes()
        ends = [line for line in got if line.startswith("+")]
        self.assertEqual(
            ends, ["+ pong 1", f"+ list {MANY}", "+ pong 2", f"+ list {MANY}", "+ pong 3"]
        )

    def test_no_event_comes_between_its_rows(self) -> None:
        bob = self.server.client("bob", "r0001")
        self.ann.says("join r0001")
        self.server.forget()
        self.ann.protocol.dataReceived(b"list\n")
        bob.protocol.dataReceived(b"send r0001 hi\n@ann psst\njoin r0002\n")
        got = self.ann.takes()
        self.assertEqual({line[0] for line in got[:MANY]}, {"="})
        self.assertEqual(got[MANY], f"+ list {MANY}")
        self.assertEqual({line.split(" ")[1] for line in got[MANY + 1 :]}, {"tell", "said"})

    def test_a_client_that_does_not_read_it_costs_a_page(self) -> None:
        self.ann.stops_reading()
        topic = "x" * 3000
        self.ann.says(*(f"join r{n:04}" for n in range(99)))
        self.ann.says(*(f"topic r{n:04} {topic}" for n in range(99)))
        self.ann.reads_on().takes()
        self.ann.stops_reading()
        self.ann.says("list", "list")
        held = len(self.ann.wire.buffered) + self.ann.protocol.unread_bytes
        self.assertLess(held, BUFFER + PAGE_BYTES + 2 * len(topic))
        self.assertEqual(self.listed(self.ann.reads_on().takes()), 2 * self.rooms)

    def test_one_that_never_reads_it_is_cut_off(self) -> None:
        self.ann.says(*(f"join r{n:04}" for n in range(99)))
        self.ann.says(*(f"topic r{n:04} {'x' * 3000}" for n in range(99)))
        self.ann.takes()
        self.ann.stops_reading()
        self.ann.says("list")
        self.server.passes(self.server.hub.limits.stuck_seconds + 6)
        self.assertTrue(self.ann.wire.aborted)

    def test_rooms_may_come_and_go_meanwhile(self) -> None:
        bob = self.server.client("bob")
        self.ann.protocol.dataReceived(b"list\n")
        self.server.clock.turn()
        bob.protocol.dataReceived(b"delete r0499\ncreate r0400a\n")
        got = self.listed(self.ann.takes())
        self.assertEqual(got, sorted(got))
        self.assertEqual(set(self.rooms) - set(got) - {"r0499"}, set())

    def test_who_asked_and_closed_its_side_gets_all_of_it(self) -> None:
        self.ann.protocol.dataReceived(b"list\n")
        self.ann.half_closes()
        self.assertEqual(self.ann.takes()[-1], f"+ list {MANY}")
        self.assertTrue(self.ann.is_closed)

    def test_who_hangs_up_meanwhile_is_gone(self) -> None:
        self.ann.protocol.dataReceived(b"list\n")
        self.server.clock.turn()
        self.ann.hangs_up()
        self.server.client("bob").says("who").gets(
            f"= user bob online {self.server.now} line", "+ who 1"
        )

    def test_many_users_come_in_the_order_of_their_nicks(self) -> None:
        crowd = self.server.clients(WHOLE + 20, "r0001")
        nicks = sorted(f"user{n}" for n in range(1, len(crowd) + 1))
        for line, expected in (("who", ["ann", *nicks]), ("who r0001", nicks)):
            got = self.ann.says(line).takes()
            self.assertEqual([row.split(" ")[2] for row in got[:-1]], expected)
            self.assertEqual(got[-1], f"+ who {len(expected)}")

    def test_who_is_put_out_meanwhile_gets_no_more_names(self) -> None:
        self.ann.says("register s3cret", "set r0001 kind invite-only", "join r0001")
        eve = self.invited("eve")
        self.crowd()
        eve.protocol.dataReceived(b"who r0001\n")
        self.server.clock.turn()
        self.ann.protocol.dataReceived(b"kick r0001 eve\n")
        names, (refusal, *events) = self.parted(eve.takes())
        self.assertLess(len(names), MANY)
        self.assertEqual(refusal, '- no-such-room There is no room called "r0001".')
        self.assertEqual(events, ["* kicked r0001 eve ann kicked"])
        eve.says("ping").gets("+ pong")

    def test_a_room_that_ends_meanwhile_shows_no_more_names(self) -> None:
        self.crowd()
        self.ann.says("join r0001")
        self.server.forget()
        self.ann.protocol.dataReceived(b"who r0001\n")
        self.server.clock.turn()
        room_id = self.server.hub.manager.state.rooms["r0001"].room_id
        self.server.hub.manager.apply(RoomDeleted(RoomName("r0001"), 0, None, room_id))
        names, rest = self.parted(self.ann.takes())
        self.assertLess(len(names), MANY)
        self.assertEqual(rest[0], '- no-such-room There is no room called "r0001".')

    def test_a_room_that_ends_before_the_first_page_shows_no_names(self) -> None:
        """An answer may wait long for its turn."""
        self.crowd()
        self.ann.says("join r0001")
        self.server.forget()
        self.ann.protocol.dataReceived(b"who r0001\n")
        room_id = self.server.hub.manager.state.rooms["r0001"].room_id
        self.server.hub.manager.apply(RoomDeleted(RoomName("r0001"), 0, None, room_id))
        self.ann.gets_error("no-such-room")

    def invited(self, nick: str) -> Client:
        """Return a member of r0001."""
        client = self.server.client(nick)
        self.ann.says(f"invite r0001 {nick}")
        client.says("join r0001").takes()
        return client

    def crowd(self) -> None:
        """Let more members come into r0001 than fit a page, and pages go out one by one."""
        self.patch(pages, "PAGES_PER_TURN", 1)
        manager = self.server.hub.manager
        for number in range(MANY):
            session = manager.connect("line", 0)
            nick = Nick(f"user{number:03}")
            manager.apply(Named(session.session_id, nick, 0))
            manager.apply(Joined(RoomName("r0001"), nick, session.session_id))

    def parted(self, lines: list[str]) -> tuple[list[str], list[str]]:
        """Return the rows of an answer, and what came after them."""
        rows = [line for line in lines if line.startswith("= ")]
        self.assertEqual(lines[: len(rows)], rows)
        return rows, lines[len(rows) :]


class PageTurnerTests(TestCase):
    def setUp(self) -> None:
        self.clock, self.made = TurnClock(), []
        self.turner = PageTurner(self.clock)

    def add(self, name: str, pages: int, is_begun: bool = False) -> None:
        """Have a connection that reads well send so many pages."""
        if pages:
            self.turner.add(lambda: self.send(name, pages), is_begun)

    def send(self, name: str, pages: int) -> None:
        self.made.append(name)
        self.add(name, pages - 1, is_begun=True)

    def test_who_came_first_is_served_to_the_end_first(self) -> None:
        self.add("a", 3)
        self.add("b", 3)
        self.clock.settle()
        self.assertEqual("".join(self.made), "aaabbb")
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_a_turn_has_room_for_so_many_pages(self) -> None:
        self.add("a", 2 * PAGES_PER_TURN)
        self.clock.turn()
        self.assertEqual(len(self.made), PAGES_PER_TURN)

    def test_all_others_have_as_much_time_as_the_pages_took(self) -> None:
        def send() -> None:
            self.made.append("a")
            self.clock.rightNow += SECONDS_PER_TURN
            if len(self.made) < 3:
                self.turner.add(send, is_begun=True)

        self.turner.add(send, is_begun=False)
        self.clock.settle()
        self.assertEqual(len(self.made), 1)
        self.clock.advance(SECONDS_PER_TURN / 2)
        self.assertEqual(len(self.made), 1)
        self.clock.advance(SECONDS_PER_TURN / 2)
        self.assertEqual(len(self.made), 2)

    def test_a_clock_that_is_set_back_stops_nobody(self) -> None:
        self.add("a", 1)
        self.clock.settle()
        self.clock.rightNow -= 3600
        self.add("b", 2)
        self.clock.advance(1)
        self.assertEqual("".join(self.made), "abb")

    def test_a_bug_stops_nobody_else(self) -> None:
        self.turner.add(lambda: 1 / 0, is_begun=False)
        self.add("b", 2)
        self.clock.settle()
        self.assertEqual(self.made, ["b", "b"])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_a_bug_within_an_answer_ends_it(self) -> None:
        """Its connection goes on."""
        ended: list[bool] = []
        outbox = Outbox(StringTransport(), Turn(self.clock))  # type: ignore[arg-type]
        pages = (b"%d" % (1 // number) for number in (1, 0, 1))
        LongAnswer(pages, outbox, self.turner, lambda: None, lambda: ended.append(True)).begin()
        self.clock.settle()
        self.assertEqual(ended, [True])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
