"""Pages of the newest messages from memory: where they are cut, and what is held."""

import attrs
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.events import RoomDeleted, Trimmed
from chatsvc.core.names import RoomName
from chatsvc.core.room import StoredRoom
from chatsvc.storage import recent
from chatsvc.storage.recent import Recent
from tests.contracts.log import ANN, AT, LOBBY, numbers, said


class RecentTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.moved = 0
        rooms = [StoredRoom(1, LOBBY, AT, ANN, True, last=10), StoredRoom(2, LOBBY, AT, ANN, True)]
        waiting = [[said(1).numbered(9), said(1).numbered(10)]]
        self.recent = Recent(rooms, waiting, lambda: self.moved, most=10 * recent.MESSAGE_BYTES)

    def say(self, room_id: int, first: int, last: int) -> None:
        for number in range(first, last + 1):
            self.recent.note([said(room_id).numbered(number)])

    def page(self, count: int, before: int | None = None, after: int | None = None):
        page = self.recent.page(LOBBY, 1, count, before, after)
        return page.older, numbers(page.newer)

    def test_page_that_is_held_needs_nothing_else(self):
        self.assertEqual(self.page(2), (None, [9, 10]))
        self.assertEqual(self.page(1, before=10), (None, [9]))
        self.assertEqual(self.page(5, after=8), (None, [9, 10]))
        self.assertEqual(self.page(1, after=8), (None, [9]))

    def test_page_beyond_either_end_is_empty(self):
        for bounds in ({"after": 10}, {"after": 10**15}, {"before": 1}, {"before": -5}):
            self.assertEqual(self.page(5, **bounds), (None, []))
        self.assertEqual(self.page(0), (None, []))
        self.assertEqual(self.recent.page(LOBBY, 3, 5, None, None).newer, [])

    def test_page_is_cut_where_memory_begins(self):
        self.assertEqual(self.page(4), ((7, 8), [9, 10]))
        self.assertEqual(self.page(2, before=10), ((8, 8), [9]))
        self.assertEqual(self.page(100, after=5), ((6, 8), [9, 10]))
        self.assertEqual(self.page(2, after=0), ((1, 2), []))
        self.assertEqual(self.page(3, before=5), ((2, 4), []))
        self.assertEqual(self.page(3, after=-7), ((1, 3), []))

    def test_messages_that_wait_are_never_dropped(self):
        self.say(1, 11, 100)
        self.assertEqual(self.page(100)[0], (1, 8))
        self.assertGreater(self.recent.size, 92 * recent.MESSAGE_BYTES)

    def test_oldest_that_were_moved_are_dropped(self):
        self.say(2, 1, 5)
        self.moved = 5
        self.say(1, 11, 15)
        # Room is for eight: 9 and 10 of room 1 are dropped, and 1 and 2 of room 2.
        self.assertEqual(self.page(100), ((1, 10), [11, 12, 13, 14, 15]))
        self.assertEqual(numbers(self.recent.page(LOBBY, 2, 9, None, None).newer), [3, 4, 5])
        self.moved = 12
        self.say(1, 16, 30)
        self.assertLess(self.recent.size, 20 * recent.MESSAGE_BYTES)
        self.assertEqual(self.page(100)[1][-1], 30)

    def test_deleted_room_is_not_known_and_its_messages_are_forgotten(self):
        self.recent.note([said(1).numbered(11), RoomDeleted(LOBBY, AT, ANN, 1)])
        self.assertFalse(self.recent.knows(1))
        self.assertEqual(self.page(5), (None, []))
        self.moved = 3
        self.say(2, 1, 30)
        self.assertTrue(self.recent.knows(2))

    def test_trimmed_messages_are_forgotten_and_the_others_evicted_in_their_turn(self):
        self.say(1, 11, 14)
        self.recent.note([Trimmed(LOBBY, AT, 12, 1)])
        self.assertEqual(self.page(9), (None, [13, 14]))
        self.assertEqual(self.page(9, after=3), (None, [13, 14]))
        self.assertEqual(self.page(9, before=13), (None, []))
        self.moved = 4
        self.say(2, 1, 9)
        # Of what was moved 9 to 12 were evicted, which are forgotten; 13 and 14 still wait.
        self.assertEqual(self.page(9), (None, [13, 14]))
        self.moved = 6
        self.say(2, 10, 15)
        self.assertEqual(self.page(9), ((13, 14), []))

    def test_page_of_which_a_part_is_trimmed_while_it_is_read(self):
        page = self.recent.page(LOBBY, 1, 4, None, None)
        found = [said(1).numbered(7), said(1).numbered(8)]
        self.assertEqual(numbers(self.recent.left(1, found, page)), [7, 8, 9, 10])
        self.recent.note([Trimmed(LOBBY, AT, 7, 1)])
        self.assertEqual(numbers(self.recent.left(1, found, page)), [8, 9, 10])
        self.recent.note([Trimmed(LOBBY, AT, 9, 1)])
        self.assertEqual(numbers(self.recent.left(1, [], page)), [10])

    def test_messages_have_the_name_that_was_asked_for(self):
        [message] = self.recent.page(RoomName("LOBBY"), 1, 1, None, None).newer
        self.assertEqual(message, attrs.evolve(said(1).numbered(10), room=RoomName("LOBBY")))
