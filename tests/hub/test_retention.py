"""Rooms that do not keep everything: what is due is trimmed, in turns, and nothing else."""

from twisted.internet.defer import Deferred

from chatsvc.core.commands import CreateRoom, DeleteRoom, JoinRoom, Say
from chatsvc.core.events import Trimmed
from chatsvc.core.names import RoomName
from chatsvc.core.replies import Sent
from chatsvc.hub import retention
from chatsvc.hub.retention import QUIET_SECONDS, ROOMS_AT_ONCE, SLACK
from chatsvc.hub.sweeping import SWEEP_SECONDS
from chatsvc.ports import LogError
from tests.hub.reading_case import DEN, ReadingTestCase

DAY = 86_400


class RetentionTestCase(ReadingTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.trims: list[Trimmed] = []
        append = self.log.append

        def noted(events):
            self.trims += [event for event in events if isinstance(event, Trimmed)]
            return append(events)

        self.log.append = noted

    def sweep(self, times: int = 1) -> None:
        """Let the hub sweep so often, and finish what comes of it."""
        for _ in range(times):
            self.clock.advance(SWEEP_SECONDS)
            self.clock.settle()

    def later(self, seconds: int) -> None:
        """Let time pass without a sweep."""
        self.hub._sweeper.stop()
        self.clock.advance(seconds)
        self.hub._sweeper.start()

    @property
    def trimmed(self) -> list[int]:
        """Up to which numbers rooms were trimmed since the last time."""
        trims, self.trims = self.trims, []
        return [event.number for event in trims]


class CountTests(RetentionTestCase):
    def test_what_is_too_many_is_trimmed_when_it_is_enough(self):
        self.set("keep", "5")
        self.say(5 + SLACK - 1)
        self.sweep()
        self.assertEqual(self.trimmed, [])
        self.assertEqual(len(self.history(self.ann, 99)), 5)
        self.say(1)
        self.sweep()
        self.assertEqual(self.trimmed, [SLACK])
        self.assertEqual(self.room.gone, SLACK)
        self.sweep()
        self.assertEqual(self.trimmed, [])

    def test_a_large_room_waits_for_a_hundredth(self):
        self.set("keep", "5000")
        self.room.last, self.room.last_at = 5049, self.hub.now()
        self.sweep()
        self.assertEqual(self.trimmed, [])
        self.room.last = 5050
        self.sweep()
        self.assertEqual(len(self.trims), 1)

    def test_the_rest_is_trimmed_when_the_room_is_quiet(self):
        self.set("keep", "5")
        self.say(7)
        self.sweep()
        self.assertEqual(self.trimmed, [])
        self.later(QUIET_SECONDS)
        self.sweep()
        self.assertEqual(self.trimmed, [2])

    def test_there_is_one_event_however_much_is_due(self):
        self.say(3 * SLACK)
        self.set("keep", "1")
        self.sweep(3)
        self.assertEqual(self.trimmed, [3 * SLACK - 1])

    def test_numbers_go_on(self):
        self.set("keep", "1")
        self.say(2)
        self.later(QUIET_SECONDS)
        self.sweep()
        self.ann.ask(Say(DEN, "on"))
        self.assertIn(Sent(DEN, 3), self.took(self.ann))
        self.assertEqual(self.history(self.ann, 9), [3])

    def test_what_is_trimmed_stays_gone_when_more_is_kept_again(self):
        self.set("keep", "1")
        self.say(3)
        self.later(QUIET_SECONDS)
        self.sweep()
        self.set("keep", "all")
        self.assertEqual(self.history(self.ann, 9), [3])

    def test_what_is_not_trimmed_yet_comes_back_when_more_is_kept_again(self):
        self.set("keep", "1")
        self.say(3)
        self.set("keep", "all")
        self.assertEqual(self.history(self.ann, 9), [1, 2, 3])

    def test_what_is_trimmed_is_gone_after_a_restart(self):
        self.set("keep", "1")
        self.say(3)
        self.later(QUIET_SECONDS)
        self.sweep()
        [stored] = [room for room in self.log.log.open().rooms if room.room == DEN]
        self.assertEqual((stored.gone, stored.last), (2, 3))


class AgeTests(RetentionTestCase):
    def test_what_is_too_old_is_trimmed_by_the_next_sweep(self):
        self.set("keep", "1d")
        self.say(3)
        self.later(DAY // 2)
        self.say(2)
        self.sweep()
        self.assertEqual(self.trimmed, [])
        self.later(DAY // 2)
        self.assertEqual(self.history(self.ann, 9), [1, 2, 3, 4, 5])
        self.sweep()
        self.assertEqual(self.trimmed, [3])
        self.assertEqual(self.history(self.ann, 9), [4, 5])

    def test_of_both_bounds_the_tighter_one_holds(self):
        self.set("keep", "1d 4")
        self.say(3)
        self.later(DAY + 1)
        self.say(2)
        self.sweep()
        self.assertEqual(self.trimmed, [3])
        self.say(SLACK + 4)
        self.sweep()
        self.assertEqual(self.trimmed, [3 + 2 + SLACK])

    def test_a_room_in_which_nothing_is_left_asks_the_log_nothing(self):
        self.set("keep", "1d")
        self.say(1)
        self.later(DAY + 1)
        self.sweep()
        self.log.fail_reads(LogError("It is not to be asked."))
        self.log.older_than = None
        self.sweep(2)
        self.assertEqual(self.trimmed, [1])


class RaceTests(RetentionTestCase):
    """The log takes long to say what is old, or to trim it."""

    def setUp(self) -> None:
        super().setUp()
        self.set("keep", "1d")
        self.say(3)
        self.asked: list[Deferred[int]] = []
        self.log.older_than = self.ask
        self.later(DAY + 1)
        self.sweep()

    def ask(self, _room_id: int, _at: int) -> Deferred[int]:
        self.asked.append(Deferred())
        return self.asked[-1]

    def answer(self, number: int) -> None:
        self.asked[-1].callback(number)
        self.clock.settle()

    def test_the_log_is_not_asked_again_before_it_has_answered(self):
        self.sweep(3)
        self.assertEqual(len(self.asked), 1)
        self.answer(0)
        self.sweep()
        self.assertEqual(len(self.asked), 2)

    def test_a_room_that_keeps_them_after_all_loses_nothing(self):
        self.set("keep", "2d")
        self.answer(3)
        self.assertEqual(self.trimmed, [])

    def test_a_room_that_is_made_anew_loses_nothing(self):
        self.ann.ask(DeleteRoom(DEN), CreateRoom(DEN), JoinRoom(DEN))
        self.took(self.ann)
        self.set("keep", "1d")
        self.say(3)
        self.answer(3)
        self.assertEqual(self.trimmed, [])

    def test_a_room_that_is_being_deleted_is_left_alone(self):
        self.log.hold()
        self.ann.ask(DeleteRoom(DEN))
        self.clock.settle()
        self.answer(3)
        self.log.release()
        self.clock.settle()
        self.assertEqual(self.trimmed, [])

    def test_who_deletes_a_room_that_is_being_trimmed_waits(self):
        self.log.hold()
        self.answer(3)
        self.ann.ask(DeleteRoom(DEN))
        self.clock.settle()
        self.assertEqual(self.log.held, 1)
        self.log.release()
        self.clock.settle()
        self.assertEqual(self.trimmed, [3])
        self.assertNotIn("den", self.hub.manager.state.rooms)

    def test_a_log_that_cannot_answer_is_asked_again(self):
        self.asked[-1].errback(LogError("The disk is odd."))
        self.clock.settle()
        self.sweep()
        self.answer(2)
        self.assertEqual(self.trimmed, [2])

    def test_a_failed_append_is_tried_again(self):
        self.log.fail_next()
        self.answer(3)
        self.assertEqual(self.room.gone, 0)
        self.sweep()
        self.answer(3)
        self.assertEqual(self.room.gone, 3)

    def test_a_server_that_stops_trims_nothing_more(self):
        stopped = self.hub.stopService()
        self.answer(3)
        self.assertEqual(self.trimmed, [])
        self.ann.lose()
        self.clock.settle()
        return stopped


class TurnTests(RetentionTestCase):
    def test_rooms_that_keep_everything_are_not_looked_at(self):
        self.say(3)
        self.assertEqual(self.hub.manager.state.forgetful, set())
        self.set("keep", "5")
        self.assertEqual(self.hub.manager.state.forgetful, {self.room.key})
        self.set("keep", "all")
        self.assertEqual(self.hub.manager.state.forgetful, set())
        self.set("keep", "5")
        self.ann.ask(DeleteRoom(DEN))
        self.took(self.ann)
        self.assertEqual(self.hub.manager.state.forgetful, set())

    def test_many_rooms_have_their_turn_some_at_a_time(self):
        self.patch(retention, "ROOMS_AT_ONCE", 2)
        self.assertGreater(ROOMS_AT_ONCE, 2)
        for number in range(5):
            name = RoomName(f"room{number}")
            self.ann.ask(CreateRoom(name), JoinRoom(name), Say(name, "a"), Say(name, "b"))
            self.took(self.ann)
        self.set("keep", "1")
        kind = self.room.kind
        for room in list(self.hub.manager.state.rooms.values()):
            room.kind = kind
            self.hub.manager.state.note_settings(room)
        self.later(QUIET_SECONDS)
        counts = []
        for _ in range(4):
            self.sweep()
            counts.append(len(self.trimmed))
        self.assertEqual(counts, [1, 2, 2, 0])
