"""Limits: each has a unit, a range and a reason, and the rules keep to them."""

import attrs
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.commands import CreateRoom, JoinRoom, LeaveRoom, SetNick
from chatsvc.core.errors import BadNick, BadRoom, TooMany
from chatsvc.core.limits import (
    DEFAULT_LIMITS,
    HISTORY_DEFAULT,
    LONGEST_NAME,
    LONGEST_REQUEST_LINE,
    REPLY_LINE_BYTES,
    Limits,
)
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies import NickIs
from tests.core.world import World, WorldTestCase


class TheTableOfLimits(SynchronousTestCase):
    def test_every_limit_has_a_unit_and_a_reason(self):
        for field in attrs.fields(Limits):
            self.assertTrue(field.metadata["unit"], field.name)
            self.assertTrue(field.metadata["reason"], field.name)

    def test_every_default_lies_in_its_range(self):
        for field in attrs.fields(Limits):
            least, most = field.metadata["least"], field.metadata["most"]
            self.assertTrue(1 <= least <= field.default <= most, field.name)

    def test_a_default_page_fits_the_largest_page(self):
        self.assertLessEqual(HISTORY_DEFAULT, DEFAULT_LIMITS.history_page)

    def test_a_server_line_has_space_for_the_longest_text_and_names(self):
        names_number_and_time = 2 * 4 * LONGEST_NAME + 15 + 24 + len("* said     ")
        self.assertLessEqual(LONGEST_REQUEST_LINE + names_number_and_time, REPLY_LINE_BYTES)


class LimitsOnNames(WorldTestCase):
    limits = {"nick_length": 5, "room_length": 4}

    def test_a_nick_may_be_as_long_as_this_server_says(self):
        session = self.world.connect()
        self.assertRefused(BadNick, session, SetNick(Nick("annika")))
        self.assertAnswer(session, SetNick(Nick("annik")), NickIs(Nick("annik")))
        self.assertRefused(BadNick, session, SetNick(Nick("annika")))

    def test_a_server_may_allow_longer_names_than_by_default(self):
        world = World(nick_length=LONGEST_NAME, room_length=LONGEST_NAME)
        session = world.arrive("n" * LONGEST_NAME)
        world.do(session, CreateRoom(RoomName("r" * LONGEST_NAME)))
        self.assertEqual(session.nick, "n" * LONGEST_NAME)

    def test_a_room_may_be_called_as_long_as_this_server_says(self):
        ann = self.world.arrive("ann")
        for made_by in (CreateRoom, JoinRoom):
            self.assertRefused(BadRoom, ann, made_by(RoomName("rooms")))
        self.world.do(ann, CreateRoom(RoomName("room")))

    def test_the_lobby_is_called_what_the_operator_says(self):
        world = World("lounge", room_length=4)
        world.arrive("ann")
        self.assertEqual(world.members("lounge"), {"ann"})


class LimitsOnRooms(WorldTestCase):
    limits = {"rooms": 3, "rooms_per_session": 2}

    def test_one_session_may_be_in_so_many_rooms(self):
        ann = self.world.arrive("ann")
        for room in ("one", "two"):
            self.world.do(ann, JoinRoom(RoomName(room)))
        self.assertRefused(TooMany, ann, JoinRoom(RoomName("three")))
        self.world.do(ann, LeaveRoom(RoomName("one")))
        self.world.do(ann, JoinRoom(RoomName("three")))

    def test_a_server_has_so_many_rooms(self):
        ann = self.world.arrive("ann")
        for room in ("one", "two", "three"):
            self.world.do(ann, CreateRoom(RoomName(room)))
        self.assertRefused(TooMany, ann, CreateRoom(RoomName("four")))
        self.assertRefused(TooMany, ann, JoinRoom(RoomName("four")))
        self.world.do(ann, JoinRoom(RoomName("three")))
