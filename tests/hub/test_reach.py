"""What a person may read is cut at the moment it is shown, wherever the log is read."""

from collections.abc import Callable

from chatsvc.core.commands import (
    Command,
    CreateRoom,
    DeleteRoom,
    Edit,
    JoinRoom,
    LeaveRoom,
    LogIn,
    LogOut,
    ReadHistory,
    Redact,
    Say,
    SearchRoom,
)
from chatsvc.core.errors import NoSuchMessage, NotAMember, Refusal
from chatsvc.core.events import Edited, Redacted, Said
from chatsvc.core.limits import Limits
from chatsvc.core.names import Nick, NickKey, nick_key
from chatsvc.core.replies import History, LoggedInAs, MessageRedacted, SearchResult, Unread
from chatsvc.hub import HubOptions
from chatsvc.testing import FakeConnection
from tests.hub.reading_case import DEN, ReadingTestCase, numbers, shown


class HoledTestCase(ReadingTestCase):
    """Bob was there for 1 to 3 and is there from 7 on; ten were said, read by who was there."""

    def setUp(self) -> None:
        super().setUp()
        self.set("history", "joined")
        self.bob = self.account("bob", "den")
        self.say(3)
        self.bob.ask(LeaveRoom(DEN))
        self.took(self.bob)
        self.say(3)
        self.bob.ask(JoinRoom(DEN))
        self.took(self.bob)
        self.say(4)
        self.took(self.bob)


class PageTests(HoledTestCase):
    def test_a_page_is_so_many_messages_that_may_be_read(self):
        for count, bounds, page in (
            (50, {}, [1, 2, 3, 7, 8, 9, 10]),
            (5, {}, [3, 7, 8, 9, 10]),
            (3, {"before": 8}, [2, 3, 7]),
            (3, {"before": 6}, [1, 2, 3]),
            (3, {"after": 2}, [3, 7, 8]),
            (3, {"after": 4}, [7, 8, 9]),
            (3, {"after": 10}, []),
            (3, {"before": 1}, []),
            (0, {}, []),
        ):
            self.assertEqual(self.history(self.bob, count, **bounds), page, (count, bounds))

    def test_who_is_no_member_is_refused(self):
        self.assertEqual(self.history(self.client("eve"), 9), "not-a-member")
        self.set("kind", "unlisted")
        self.assertEqual(self.history(self.client("eva"), 9), "no-such-room")

    def test_long_pages_are_read_in_pieces_from_every_range(self):
        self.say(600)
        self.bob.ask(LeaveRoom(DEN))
        self.took(self.bob)
        self.say(5)
        self.bob.ask(JoinRoom(DEN))
        self.took(self.bob)
        self.say(2)
        readable = [1, 2, 3, *range(7, 611), 616, 617]
        self.assertEqual(self.history(self.bob, 1000), readable)
        self.assertEqual(self.history(self.bob, 1000, after=0), readable)
        self.assertEqual(self.history(self.bob, 600), readable[-600:])
        self.assertEqual(self.history(self.bob, 600, after=2), readable[2:602])

    def test_an_open_room_is_read_with_one_question_without_looking_at_stays(self):
        self.set("history", "everyone from 1")
        asked: list[object] = []
        read = self.log.read

        def noted(*question: object, **bounds: object) -> object:
            asked.append((*question, bounds))
            return read(*question, **bounds)

        self.log.read = noted
        self.assertEqual(self.history(self.client("eve"), 4), [7, 8, 9, 10])
        self.assertEqual(asked, [(DEN, self.room.room_id, 4, {"after": 6})])


class SearchTests(HoledTestCase):
    options = HubOptions(limits=Limits(search_page=3))

    def test_a_search_is_full_though_newer_hits_may_not_be_read(self):
        self.bob.ask(LeaveRoom(DEN))
        self.took(self.bob)
        self.say(20)
        self.bob.ask(JoinRoom(DEN))
        self.took(self.bob)
        self.assertEqual(self.search(self.bob), [8, 9, 10])
        self.assertEqual(self.search(self.ann), [28, 29, 30])

    def test_who_may_read_nothing_finds_nothing(self):
        eve = self.client("eve", "den")
        self.assertEqual(self.search(eve), [])
        self.assertEqual(self.history(eve, 9), [])


class WhileTheLogIsReadTests(ReadingTestCase):
    """The log has answered a request, but the answer is still on its way."""

    def setUp(self) -> None:
        super().setUp()
        self.bob = self.account("bob", "den")
        self.say(5)
        self.took(self.bob)

    def reads_while(self, happening: Callable[[], None]) -> list[object]:
        """Return what bob's history and search are answered with if `happening` is between."""
        commands = (ReadHistory(DEN, 50), SearchRoom(DEN, "tea"))
        return [self.answers_after(command, happening) for command in commands]

    def answers_after(self, command: Command, happening: Callable[[], None]) -> object:
        """Return what bob is answered if something happens before the log's answer is there."""
        self.log.hold_reads()
        self.bob.ask(command)
        happening()
        self.log.release_reads()
        answers = (History, SearchResult, Refusal)
        return shown([each for each in self.took(self.bob) if isinstance(each, answers)][-1])

    def test_who_is_put_out_gets_the_refusal_of_that_moment(self):
        self.set("history", "members from 1")
        refused = self.answers_after(ReadHistory(DEN, 50), lambda: self.kick(self.bob))
        self.assertEqual(refused, "not-a-member")
        self.bob.ask(JoinRoom(DEN))
        self.took(self.bob)
        refused = self.answers_after(SearchRoom(DEN, "tea"), lambda: self.kick(self.bob))
        self.assertEqual(refused, "not-a-member")

    def test_who_is_put_out_of_a_secret_room_is_told_that_it_does_not_exist(self):
        self.set("kind", "unlisted")
        refused = self.answers_after(ReadHistory(DEN, 50), lambda: self.kick(self.bob))
        self.assertEqual(refused, "no-such-room")

    def test_a_room_that_is_made_secret_is_not_shown_to_a_reader_from_outside(self):
        eve = self.client("eve")
        self.bob = eve
        refused = self.answers_after(ReadHistory(DEN, 50), lambda: self.set("listed", "no"))
        self.assertEqual(refused, "no-such-room")

    def test_a_room_that_is_set_to_another_history_is_cut_to_it(self):
        self.say(3)
        eve = self.client("eve", "den")
        self.say(2)
        self.took(eve)
        self.bob = eve
        self.assertEqual(
            self.reads_while(lambda: self.set("history", "joined")), [[9, 10], [9, 10]]
        )

    def test_what_is_trimmed_meanwhile_is_not_shown(self):
        self.assertEqual(self.reads_while(lambda: self.trim(3)), [[4, 5], [4, 5]])

    def test_what_is_too_many_by_now_is_not_shown(self):
        self.set("keep", "5")
        found = self.reads_while(lambda: self.say(1))
        self.assertEqual(found, [[2, 3, 4, 5], [3, 4, 5, 6]])

    def test_a_room_made_anew_is_another_one(self):
        def made_anew() -> None:
            self.ann.ask(DeleteRoom(DEN), CreateRoom(DEN))
            self.took(self.ann)

        self.assertEqual(self.reads_while(made_anew)[0], "no-such-room")
        self.assertEqual(self.history(self.bob, 9), [])

    def test_who_came_back_meanwhile_reads_what_its_stays_are_now(self):
        self.set("history", "joined")
        second = FakeConnection(self.hub)
        second.ask(LogIn(Nick("bob"), "secret"))
        self.took(second)

        def out_and_in() -> None:
            self.kick(self.bob)
            self.say(1)
            second.ask(JoinRoom(DEN))
            self.say(1)

        answer = self.answers_after(SearchRoom(DEN, "tea"), out_and_in)
        self.assertEqual(answer, [1, 2, 3, 4, 5])
        self.assertEqual(self.history(self.bob, 9), [1, 2, 3, 4, 5, 7])

    def test_a_message_is_changed_by_who_may_read_it_when_it_was_found(self):
        self.bob.ask(Say(DEN, "mine"))
        self.took(self.bob)
        self.log.hold_reads()
        self.bob.ask(Redact(DEN, 6))
        self.trim(6)
        self.log.release_reads()
        [refusal] = self.took(self.bob)
        self.assertIsInstance(refusal, NoSuchMessage)

    def test_who_is_put_out_meanwhile_changes_nothing(self):
        self.bob.ask(Say(DEN, "mine"))
        self.took(self.bob)
        self.log.hold_reads()
        self.bob.ask(Redact(DEN, 6))
        self.kick(self.bob)
        self.log.release_reads()
        self.assertIsInstance(self.took(self.bob)[-1], NotAMember)
        self.assertEqual(self.history(self.ann, 1), [6])


class BehindTests(HoledTestCase):
    """Readers that are behind, or replay."""

    def test_a_replay_is_what_may_be_read_and_then_live(self):
        self.bob.ask(JoinRoom(DEN, since=1))
        self.say(1)
        self.assertEqual(numbers(self.took(self.bob)), [2, 3, 7, 8, 9, 10, 11])

    def test_a_replay_of_nothing_readable_goes_on_live(self):
        self.trim(10)
        self.bob.ask(JoinRoom(DEN, since=1))
        self.assertEqual(numbers(self.took(self.bob)), [])
        self.say(1)
        self.assertEqual(numbers(self.took(self.bob)), [11])

    def test_a_newcomer_replays_what_newcomers_read(self):
        eve = self.account("eve")
        eve.ask(JoinRoom(DEN, since=0))
        self.say(1)
        self.assertEqual(numbers(self.took(eve)), [11])

    def test_who_is_put_out_while_a_page_is_on_its_way_gets_nothing_of_it(self):
        self.log.hold_reads()
        self.bob.ask(JoinRoom(DEN, since=0))
        self.clock.settle()
        self.kick(self.bob)
        self.log.release_reads()
        self.say(1)
        self.assertEqual(numbers(self.took(self.bob)), [])

    def test_what_is_trimmed_while_a_page_is_on_its_way_is_left_out(self):
        self.log.hold_reads()
        self.bob.ask(JoinRoom(DEN, since=0))
        self.clock.settle()
        self.trim(2)
        self.log.release_reads()
        self.assertEqual(numbers(self.took(self.bob)), [3, 7, 8, 9, 10])

    def test_what_is_trimmed_whole_while_it_is_on_its_way_delays_nothing(self):
        self.log.hold_reads()
        self.bob.ask(JoinRoom(DEN, since=0))
        self.clock.settle()
        self.trim(8)
        self.log.release_reads()
        self.assertEqual(numbers(self.took(self.bob)), [9, 10])

    def test_a_stalled_reader_that_is_put_out_gets_nothing_more_of_the_room(self):
        self.bob.stop_reading()
        self.say(2)
        self.kick(self.bob)
        self.say(1)
        self.bob.read_on()
        self.assertEqual(numbers(self.took(self.bob)), [])
        self.say(1)
        self.assertEqual(numbers(self.took(self.bob)), [])

    def test_a_stalled_reader_that_is_put_out_and_comes_back_by_another_way_goes_on_there(self):
        second = FakeConnection(self.hub)
        second.ask(LogIn(Nick("bob"), "secret"))
        self.took(second)
        self.bob.stop_reading()
        self.say(2)
        self.kick(self.bob)
        self.say(3)
        second.ask(JoinRoom(DEN))
        self.took(second)
        self.say(1)
        self.bob.read_on()
        self.assertEqual(numbers(self.took(self.bob)), [16])
        self.assertEqual(numbers(self.took(second)), [16])

    def test_a_stalled_reader_gets_only_what_the_room_keeps(self):
        self.set("keep", "2")
        self.bob.stop_reading()
        self.say(6)
        self.bob.read_on()
        self.assertEqual(numbers(self.took(self.bob)), [15, 16])

    def test_a_message_that_is_missing_in_the_log_is_waited_for(self):
        self.room.last = 12
        self.bob.ask(JoinRoom(DEN, since=9))
        self.assertEqual(numbers(self.took(self.bob)), [10])
        for number in (11, 12):
            late = Said(DEN, number, 0, Nick("ann"), "late", "", self.room.room_id)
            self.log.log.append([late])
        self.passes(2)
        self.assertEqual(numbers(self.took(self.bob)), [11, 12])


class ChangeTests(HoledTestCase):
    """Messages that are changed, in a room in which not all read all."""

    def test_a_change_is_told_to_those_who_may_read_the_message(self):
        self.ann.ask(Edit(DEN, 5, "secret"), Edit(DEN, 8, "known"), Redact(DEN, 6), Redact(DEN, 9))
        self.took(self.ann)
        changes = [x for x in self.took(self.bob) if isinstance(x, Edited | Redacted)]
        self.assertEqual([each.number for each in changes], [8, 9])

    def test_a_reader_that_is_replaying_hears_no_more_than_others(self):
        self.log.hold_reads()
        self.bob.ask(JoinRoom(DEN, since=9))
        self.clock.settle()
        room_id = self.room.room_id
        self.happens(Edited(DEN, 5, 0, Nick("ann"), "secret", room_id))
        self.happens(Edited(DEN, 8, 0, Nick("ann"), "known", room_id))
        self.log.release_reads()
        changes = [x for x in self.took(self.bob) if isinstance(x, Edited)]
        self.assertEqual([each.number for each in changes], [8])

    def test_in_a_room_that_all_members_read_all_are_told(self):
        self.set("history", "members from 1")
        self.ann.ask(Edit(DEN, 5, "known"))
        self.took(self.ann)
        [change] = [x for x in self.took(self.bob) if isinstance(x, Edited)]
        self.assertEqual(change.number, 5)

    def test_nobody_changes_what_is_not_there_for_them(self):
        for command in (Redact(DEN, 5), Edit(DEN, 5, "x"), Redact(DEN, 11), Edit(DEN, 11, "x")):
            self.bob.ask(command)
            [refusal] = self.took(self.bob)
            self.assertEqual(refusal.sentence, NoSuchMessage(DEN, command.number).sentence)

    def test_a_moderator_takes_back_what_was_said_before_they_came(self):
        self.ann.ask(LeaveRoom(DEN))
        self.took(self.ann)
        self.ann.ask(JoinRoom(DEN), Redact(DEN, 5))
        self.assertIn(MessageRedacted(DEN, 5), self.took(self.ann))


class UnreadTests(HoledTestCase):
    def logs_in_again(self) -> LoggedInAs:
        self.bob.ask(LogIn(Nick("bob"), "secret"))
        [answer] = [each for each in self.took(self.bob) if isinstance(each, LoggedInAs)]
        return answer

    @property
    def account_key(self) -> NickKey:
        return nick_key(Nick("bob"))

    def logs_out(self) -> None:
        self.bob.ask(LogOut())
        self.took(self.bob)

    def test_only_what_may_be_read_is_unread(self):
        self.logs_out()
        self.say(4)
        self.trim(12)
        self.assertEqual(self.logs_in_again().rooms, (Unread(DEN, 14, 2),))

    def test_what_the_room_does_not_keep_is_not_unread(self):
        self.set("keep", "3")
        self.logs_out()
        self.say(9)
        self.assertEqual(self.logs_in_again().rooms, (Unread(DEN, 19, 3),))

    def test_what_lies_between_stays_is_not_unread_and_moves_no_position(self):
        self.logs_out()
        self.say(1)
        self.room.keepers[self.account_key].position = 2
        self.assertEqual(self.logs_in_again().rooms, (Unread(DEN, 11, 6),))
        self.assertEqual(self.bob.subscriber.unread, {self.room.key: 2})
        self.assertEqual(self.history(self.bob, 6), [3, 7, 8, 9, 10, 11])
        self.assertEqual(self.bob.subscriber.unread, {})

    def test_reading_on_from_where_one_was_is_reading_though_something_is_gone(self):
        self.logs_out()
        self.say(9)
        self.logs_in_again()
        self.trim(14)
        self.assertEqual(self.history(self.bob, 2, after=10), [15, 16])
        self.assertEqual(self.bob.subscriber.unread, {self.room.key: 16})
        self.assertEqual(self.history(self.bob, 9, after=17), [18, 19])
        self.assertEqual(self.bob.subscriber.unread, {})
