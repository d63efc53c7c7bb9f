"""The bookkeeping of what was read: once, in order, without a hole."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.happenings import CaughtUp, MessagesMissing, RoomReplaced
from chatsvc.client.memberships import GAP_PAGE, NEVER, Memberships
from chatsvc.core.commands import DescribeRoom, JoinRoom, ReadHistory
from chatsvc.core.events import Said
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies import Entered, RoomDetails, RoomSummary, TopicIs

DEN = RoomName("den")


def said(number: int) -> Said:
    return Said(DEN, number, 0, Nick("ann"), f"message {number}")


def details(last: int, created_at: int) -> RoomDetails:
    summary = RoomSummary(DEN, 1, last, created_at, 0, True, "")
    return RoomDetails(summary, None, TopicIs(DEN, 0, None, ""), "")


def numbers(happenings: object) -> list[int]:
    return [each.number for each in happenings if isinstance(each, Said)]  # type: ignore


class Reader:
    """Memberships of one room, and the log they read."""

    def __init__(self, last: int = 0) -> None:
        self.memberships = Memberships()
        self.memberships.joined(Entered(DEN, last, 1))
        self.memberships.learn(details(last, 7))
        self.heard: list[int] = []
        self.log = list(range(1, last + 1))

    def take(self, number: int) -> None:
        self.heard += numbers(self.memberships.take([said(number)]))
        while (ask := self.memberships.gap(DEN)) is not None:
            assert ask.after is not None
            rows = [said(each) for each in self.log if each > ask.after][: ask.count]
            self.heard += numbers(self.memberships.filled(DEN, rows))


class TakingTests(SynchronousTestCase):
    """Messages as they come."""

    @given(st.lists(st.integers(1, 30), max_size=60))
    def test_whatever_comes_each_is_handed_over_once_in_order_without_a_hole(
        self, coming: list[int]
    ) -> None:
        reader = Reader()
        for number in coming:
            reader.log = list(range(1, max(number, len(reader.log)) + 1))
            reader.take(number)
        self.assertEqual(reader.heard, list(range(1, max(coming, default=0) + 1)))

    def test_what_was_there_before_joining_does_not_count_as_missing(self) -> None:
        reader = Reader(last=41)
        reader.take(42)
        self.assertEqual(reader.heard, [42])

    def test_the_answer_to_a_join_may_overtake_messages_it_counts(self) -> None:
        reader = Reader(last=41)
        for number in (40, 41, 42):
            reader.take(number)
        self.assertEqual(reader.heard, [40, 41, 42])

    def test_a_gap_is_asked_for_once_and_page_by_page(self) -> None:
        memberships = Reader(last=1).memberships
        self.assertEqual(list(memberships.take([said(2), said(9)])), [said(2)])
        self.assertEqual(memberships.gap(DEN), ReadHistory(DEN, GAP_PAGE, after=2))
        self.assertIsNone(memberships.gap(DEN))
        self.assertEqual(numbers(memberships.filled(DEN, [said(3), said(4)])), [3, 4])
        self.assertEqual(memberships.gap(DEN), ReadHistory(DEN, GAP_PAGE, after=4))

    def test_a_history_that_could_not_be_read_is_asked_for_again(self) -> None:
        memberships = Reader(last=1).memberships
        list(memberships.take([said(3)]))
        memberships.gap(DEN)
        memberships.not_filled(DEN)
        list(memberships.take([said(4)]))
        self.assertEqual(memberships.gap(DEN), ReadHistory(DEN, GAP_PAGE, after=1))

    def test_what_the_server_does_not_have_is_given_up_and_told(self) -> None:
        memberships = Reader(last=1).memberships
        list(memberships.take([said(5)]))
        memberships.gap(DEN)
        self.assertEqual(list(memberships.filled(DEN, [])), [MessagesMissing(DEN, 2, 5)])
        self.assertIsNone(memberships.gap(DEN))
        self.assertEqual(list(memberships.take([said(6)])), [said(6)])

    def test_a_head_that_was_heard_of_shows_a_gap_too(self) -> None:
        memberships = Reader(last=1).memberships
        memberships.hear_of(DEN, 3)
        self.assertEqual(memberships.gap(DEN), ReadHistory(DEN, GAP_PAGE, after=1))
        memberships.hear_of(RoomName("elsewhere"), 3)
        self.assertIsNone(memberships.gap(RoomName("elsewhere")))

    def test_a_hole_in_the_history_is_told_where_it_is(self) -> None:
        memberships = Reader(last=1).memberships
        list(memberships.take([said(5)]))
        memberships.gap(DEN)
        self.assertEqual(
            list(memberships.filled(DEN, [said(2), said(4), said(5)])),
            [said(2), MessagesMissing(DEN, 3, 3), said(4), said(5)],
        )

    def test_a_join_with_since_by_a_member_reads_again_from_there(self) -> None:
        reader = Reader()
        for number in (1, 2, 3):
            reader.take(number)
        reader.memberships.joined(Entered(DEN, 3, 1), since=1)
        for number in (2, 3, 4):
            reader.take(number)
        self.assertEqual(reader.heard, [1, 2, 3, 2, 3, 4])


class ComingBackTests(SynchronousTestCase):
    """After a lost connection."""

    def setUp(self) -> None:
        self.memberships = Reader(last=5).memberships
        self.memberships.interrupted()

    def test_a_known_room_is_described_first_and_entered_where_one_was(self) -> None:
        self.assertEqual(
            self.memberships.ways_back(),
            [(DEN, [DescribeRoom(DEN), JoinRoom(DEN, since=5)])],
        )

    def test_an_unknown_one_is_entered_first(self) -> None:
        wanted = Memberships([DEN])
        self.assertEqual(wanted.ways_back(), [(DEN, [JoinRoom(DEN), DescribeRoom(DEN)])])
        self.assertEqual(list(wanted.rejoined(Entered(DEN, 41, 1), None)), [])
        self.assertEqual(list(wanted.take([said(42)])), [said(42)])

    def test_what_comes_before_the_join_is_answered_is_left_to_its_replay(self) -> None:
        self.assertEqual(list(self.memberships.take([said(8)])), [])
        self.assertIsNone(self.memberships.gap(DEN))
        self.assertEqual(list(self.memberships.rejoined(Entered(DEN, 8, 1), 7)), [])
        self.assertIsNone(self.memberships.gap(DEN))
        heard = list(self.memberships.take([said(6), said(7), said(8)]))
        self.assertEqual(heard, [said(6), said(7), said(8), CaughtUp(DEN, 3)])

    def test_of_what_is_owed_the_end_may_be_none_that_one_may_read(self) -> None:
        self.assertEqual(list(self.memberships.rejoined(Entered(DEN, 9, 1), 7)), [])
        self.assertEqual(self.memberships.end_of_owed(DEN), ReadHistory(DEN, 1, before=10))
        self.assertEqual(list(self.memberships.ends_at(DEN, [said(6)])), [])
        self.assertEqual(
            list(self.memberships.take([said(6)])),
            [said(6), MessagesMissing(DEN, 7, 9), CaughtUp(DEN, 1)],
        )
        self.assertEqual(list(self.memberships.take([said(10)])), [said(10)])

    def test_or_all_of_it(self) -> None:
        list(self.memberships.rejoined(Entered(DEN, 9, 1), 7))
        self.assertEqual(
            list(self.memberships.ends_at(DEN, [])),
            [MessagesMissing(DEN, 6, 9), CaughtUp(DEN, 0)],
        )
        self.assertIsNone(self.memberships.end_of_owed(DEN))

    def test_holes_do_not_count_as_missed(self) -> None:
        list(self.memberships.rejoined(Entered(DEN, 9, 1), 7))
        self.assertEqual(list(self.memberships.ends_at(DEN, [said(9)])), [])
        self.assertEqual(list(self.memberships.take([said(8), said(9)])), [])
        self.memberships.gap(DEN)
        self.assertEqual(
            list(self.memberships.filled(DEN, [said(8), said(9)])),
            [MessagesMissing(DEN, 6, 7), said(8), said(9), CaughtUp(DEN, 2)],
        )

    def test_nothing_missed_is_told_too(self) -> None:
        happenings = list(self.memberships.rejoined(Entered(DEN, 5, 1), 7))
        self.assertEqual(happenings, [CaughtUp(DEN, 0)])

    def test_a_room_is_another_one_if_it_was_made_at_another_time(self) -> None:
        happenings = list(self.memberships.rejoined(Entered(DEN, 6, 1), 8))
        self.assertEqual(happenings, [RoomReplaced(DEN)])
        self.assertEqual(self.memberships.gap(DEN), ReadHistory(DEN, GAP_PAGE, after=0))

    def test_or_was_not_there_just_before(self) -> None:
        happenings = list(self.memberships.rejoined(Entered(DEN, 0, 1), NEVER))
        self.assertEqual(happenings, [RoomReplaced(DEN), CaughtUp(DEN, 0)])
        self.assertTrue(self.memberships.is_unknown(DEN))

    def test_or_has_fewer_messages_than_were_read(self) -> None:
        happenings = list(self.memberships.rejoined(Entered(DEN, 4, 1), None))
        self.assertEqual(happenings, [RoomReplaced(DEN)])

    def test_a_second_interruption_forgets_what_was_being_asked(self) -> None:
        list(self.memberships.rejoined(Entered(DEN, 6, 1), 8))
        self.memberships.gap(DEN)
        self.memberships.interrupted()
        self.assertEqual(list(self.memberships.filled(DEN, [said(1)])), [])
        list(self.memberships.rejoined(Entered(DEN, 6, 1), 8))
        self.assertEqual(list(self.memberships.take([said(1)])), [said(1)])
