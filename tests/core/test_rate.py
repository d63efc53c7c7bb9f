"""A client may ask so fast: exactly the burst at once, then the rate, and waiting always helps."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.commands import (
    Ban,
    CreateRoom,
    JoinRoom,
    ListRooms,
    ListSanctions,
    ListUsers,
    Ping,
    Quit,
    ReadHistory,
    Say,
)
from chatsvc.core.errors import BadText
from chatsvc.core.events import RoomCreated
from chatsvc.core.kinds import Door, Kind
from chatsvc.core.limits import DEFAULT_LIMITS
from chatsvc.core.masks import parse_mask
from chatsvc.core.names import RoomName
from chatsvc.core.rate import REFUSALS_PER_WAIT, Allowance, Rate
from chatsvc.core.sanctions import Means, Sanction
from chatsvc.core.weights import WEIGHTS, weight_of
from tests.core.world import World


class AllowanceTests(SynchronousTestCase):
    def setUp(self):
        self.allowance = Allowance(Rate(burst=5, per_second=2))

    def take(self, count, now, weight=1.0):
        return [self.allowance.take(weight, now) for _ in range(count)]

    def test_exactly_the_burst_passes_at_once(self):
        self.assertEqual(self.take(6, 100.0), [0, 0, 0, 0, 0, 1])

    def test_after_the_wait_as_much_passes_as_has_come_in(self):
        self.take(6, 100.0)
        self.assertEqual(self.take(3, 101.0), [0, 0, 1])

    def test_nothing_passes_during_the_wait(self):
        self.take(6, 100.0)
        self.assertEqual(self.take(1, 100.75), [1])

    def test_a_wait_is_never_longer_than_it_was(self):
        self.take(5, 100.0)
        self.assertEqual(self.take(1, 100.0, weight=5), [3])
        self.assertEqual(self.take(1, 101.5, weight=5), [2])
        self.assertEqual(self.take(1, 103.0, weight=5), [0])

    def test_a_steady_client_at_the_rate_is_never_refused(self):
        waits = [self.allowance.take(1, 100 + turn / 2) for turn in range(1000)]
        self.assertEqual(set(waits), {0})

    def test_a_client_that_never_waits_still_gets_its_rate(self):
        passed = sum(self.allowance.take(1, 100 + turn / 64) == 0 for turn in range(64 * 100))
        self.assertLessEqual(abs(passed - (5 + 2 * 100)), 3)

    def test_what_weighs_more_than_the_burst_weighs_the_burst(self):
        self.assertEqual(self.take(2, 100.0, weight=1000), [0, 3])
        self.assertEqual(self.take(1, 103.0, weight=1000), [0])

    def test_a_pause_brings_no_more_than_the_burst(self):
        self.take(5, 100.0)
        self.assertEqual(self.take(6, 10_000.0), [0, 0, 0, 0, 0, 1])

    def test_a_clock_that_is_set_back_refuses_nobody_for_long(self):
        self.take(6, 1_000_000.0)
        self.take(1, 100.0)
        self.assertEqual(self.take(1, 102.0), [0])

    def test_one_wait_has_so_many_refusals(self):
        self.take(5, 100.0)
        self.take(REFUSALS_PER_WAIT - 1, 100.0)
        self.assertFalse(self.allowance.is_exhausted)
        self.take(1, 100.0)
        self.assertTrue(self.allowance.is_exhausted)
        self.take(3, 101.0)
        self.assertFalse(self.allowance.is_exhausted)

    def test_the_rest_of_what_was_on_its_way_is_refused_after_the_wait_too(self):
        waits = [self.allowance.take_in_order(weight, 100.0) for weight in (4, 2, 1)]
        self.assertEqual(waits, [0, 1, 1])
        self.assertEqual(self.allowance.take_in_order(1, 105.0), 1)
        self.assertEqual(self.allowance.take_in_order(1, 110.0), 1)
        self.allowance.rest_is_taken()
        self.assertEqual(self.allowance.take_in_order(1, 110.5), 1)
        self.assertEqual(self.allowance.take_in_order(1, 115.0), 1)
        self.allowance.rest_is_taken()
        self.assertEqual(self.allowance.take_in_order(1, 116.0), 0)

    @given(
        st.integers(1, 300),
        st.integers(1, 300),
        st.lists(st.tuples(st.floats(0, 3), st.floats(0, 20)), max_size=60),
    )
    def test_waiting_as_long_as_was_said_always_helps(self, burst, per_second, steps):
        allowance, now = Allowance(Rate(burst, per_second)), 0.0
        for pause, weight in steps:
            now += pause
            wait = allowance.take(weight, now)
            if wait:
                now += wait
                self.assertEqual(allowance.take(weight, now), 0)


class WeightTests(SynchronousTestCase):
    def setUp(self):
        self.world = World()
        self.state = self.world.manager.state
        self.ann = self.world.arrive("ann")
        self.world.do(self.ann, CreateRoom(RoomName("tea")))

    def weigh(self, request):
        return weight_of(self.state, self.ann, request)

    def test_every_weight_has_a_reason(self):
        for weight in WEIGHTS.values():
            self.assertTrue(weight.reason)

    def test_what_is_said_and_what_is_not_understood_weighs_one(self):
        for request in (Say(RoomName("tea"), "x"), Ping(), BadText("No.")):
            self.assertEqual(self.weigh(request), 1)

    def test_quit_weighs_nothing(self):
        self.assertEqual(self.weigh(Quit()), 0)

    def test_long_answers_weigh_more(self):
        self.assertEqual(self.weigh(ListRooms()), 1)
        self.assertEqual(self.weigh(ListUsers()), 1)
        for number in range(1000):
            room = RoomName(f"room{number}")
            self.world.manager.apply(RoomCreated(room, 0, None, True, 100 + number))
        self.assertEqual(self.weigh(ListRooms()), len(self.state.rooms) / 50)
        self.assertEqual(self.weigh(ListUsers(RoomName("tea"))), 1)

    def test_only_who_may_have_it_pays_for_the_size_of_a_room(self):
        eve = self.world.arrive("eve")
        for number in range(300):
            self.world.do(self.world.arrive(f"user{number}"), JoinRoom(RoomName("den")))
        self.state.rooms["den"].kind = Kind(listed=False, door=Door.INVITATION)
        member = self.world.manager.state.people["user1"].sessions
        mask = parse_mask("eve*")
        for request in (ListUsers(RoomName("den")), Ban(RoomName("den"), mask)):
            self.assertEqual(weight_of(self.state, eve, request), 1)
        insider = next(iter(member.values()))
        self.assertGreater(weight_of(self.state, insider, ListUsers(RoomName("den"))), 3)

    def test_only_a_join_that_makes_the_room_weighs_more(self):
        self.assertEqual(self.weigh(JoinRoom(RoomName("TEA"))), 1)
        self.assertEqual(self.weigh(JoinRoom(None)), 1)
        self.assertGreater(self.weigh(JoinRoom(RoomName("den"))), 1)

    def test_history_weighs_by_its_length(self):
        room = RoomName("tea")
        weights = [self.weigh(ReadHistory(room, count)) for count in (1, 50, 51, 1000, 10**9)]
        self.assertEqual(weights, [1, 1, 2, 20, 20])

    def test_a_list_of_bans_weighs_by_its_length_for_who_may_see_it(self):
        eve, room = self.world.arrive("eve"), self.state.rooms["tea"]
        for number in range(150):
            room.bans.lay(Sanction(parse_mask(f"x{number}"), "ann", 0))
        request = ListSanctions(RoomName("tea"), Means.BAN)
        self.assertEqual(self.weigh(request), 3)
        self.assertEqual(self.weigh(ListSanctions(RoomName("tea"), Means.MUTE)), 1)
        room.kind = Kind(listed=False, door=Door.INVITATION)
        self.assertEqual(weight_of(self.state, eve, request), 1)

    def test_a_newcomer_may_make_as_many_rooms_as_it_may_be_in(self):
        rooms = DEFAULT_LIMITS.rooms_per_session
        weight = 1 + rooms * self.weigh(JoinRoom(RoomName("den")))
        self.assertLess(weight, DEFAULT_LIMITS.request_burst)
