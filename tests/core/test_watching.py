"""Who waits for whom, and what they are to be told."""

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core import commands as c
from chatsvc.core import replies as r
from chatsvc.core.limits import WATCHED_NICKS
from chatsvc.core.names import Nick, RoomName, nick_key
from chatsvc.core.people import Mark
from chatsvc.core.permission import may_find
from chatsvc.core.watching import News, Watching
from tests.core.world import World, WorldTestCase

ANN, BOB = Nick("ann"), Nick("Bob")
KEY = nick_key(BOB)


class WatchingTests(SynchronousTestCase):
    def setUp(self):
        self.watching = Watching()
        self.watching.add(1, [ANN, BOB])
        self.watching.add(2, [Nick("BOB")])

    def test_who_waits_is_told_once(self):
        self.watching.came(BOB, KEY)
        self.assertEqual(self.watching.take(), [News(BOB, True, (1, 2))])
        self.assertEqual(self.watching.take(), [])

    def test_who_goes_and_comes_back_at_once_has_not_gone(self):
        self.watching.went(BOB, KEY)
        self.watching.came(Nick("BOB"), KEY)
        self.assertFalse(self.watching.has_news)

    def test_who_is_not_waited_for_is_no_news(self):
        self.watching.remove(1, [Nick("bob")])
        self.watching.forget(2)
        self.watching.went(BOB, KEY)
        self.assertFalse(self.watching.has_news)
        self.assertEqual(list(self.watching.nicks_of(1)), [ANN])

    def test_only_so_many_can_be_waited_for(self):
        """What is waited for already does not count again."""
        nicks = [Nick(f"n{number}") for number in range(WATCHED_NICKS)]
        taken, too_many = self.watching.parted(1, [*nicks, BOB])
        self.assertEqual(taken, [*nicks[:-2], BOB])
        self.assertEqual(too_many, nicks[-2:])


class MarkTests(WorldTestCase):
    """What somebody says of a session, and who may find them."""

    def setUp(self):
        self.world = World()
        self.ann, self.bob = self.world.arrive("ann"), self.world.arrive("bob")

    def test_marks_are_set_and_taken_away(self):
        self.world.do(self.ann, c.SetMarks(frozenset({Mark.BOT, Mark.INVISIBLE})))
        outcome = self.world.do(self.ann, c.SetMarks(removed=frozenset({Mark.BOT})))
        self.assertEqual(outcome.reply, r.MarksAre(frozenset({Mark.INVISIBLE})))
        self.assertEqual(self.world.do(self.ann, c.SetMarks()).events, ())
        self.assertEqual(self.world.state.marked[Mark.INVISIBLE], {self.ann.session_id})
        self.world.disconnect(self.ann)
        self.assertEqual(self.world.state.marked[Mark.INVISIBLE], set())

    def listed(self, session):
        """Return the nicks that somebody is shown who asks for all users."""
        users = self.world.do(session, c.ListUsers()).reply.users
        return [user.nick for user in users]

    def test_who_is_invisible_is_found_in_a_room_they_share(self):
        self.world.do(self.ann, c.SetMarks(frozenset({Mark.INVISIBLE})))
        ann = self.ann.person
        self.assertTrue(may_find(self.ann, ann))
        self.assertFalse(may_find(self.bob, ann))
        self.assertFalse(may_find(self.world.connect(), ann))
        self.assertEqual(self.listed(self.bob), ["bob"])
        self.assertEqual(self.listed(self.ann), ["ann", "bob"])
        for session in (self.ann, self.bob):
            self.world.do(session, c.JoinRoom(RoomName("tea")))
        self.assertTrue(may_find(self.bob, ann))

    def test_a_real_name_is_that_of_the_person(self):
        """Told to those who share a room with them or wait for them, and not to themselves."""
        self.world.do(self.bob, c.Watch((ANN,)))
        outcome = self.world.do(self.ann, c.SetRealname("Ann A"))
        self.assertEqual(outcome.reply, r.RealnameIs("Ann A"))
        self.assertEqual(outcome.told, (frozenset({self.bob.session_id}),))
        self.assertEqual(self.ann.realname, "Ann A")
