"""Nobody takes a name, or makes a room, that could be taken for another one in use."""

from chatsvc.core.commands import (
    BecomeAccount,
    CreateRoom,
    DeleteRoom,
    DescribeRoom,
    JoinRoom,
    RegisterAccount,
    RemoveAccount,
    Say,
    SetNick,
)
from chatsvc.core.errors import (
    BadNick,
    BadRoom,
    NickRegistered,
    NickTaken,
    NoSuchRoom,
    NotAMember,
    RoomExists,
)
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies import Entered, NickIs, RoomMade
from chatsvc.core.room import Stored, StoredRoom
from tests.core.world import NOW, WorldTestCase

CYRILLIC_COP = "сор"


class NicksThatLookLikeOthers(WorldTestCase):
    def test_one_that_looks_like_somebodys_is_refused_with_a_free_one(self):
        self.world.arrive("cop")
        self.world.arrive("Bill")
        bob = self.world.arrive("bob")
        for nick in (CYRILLIC_COP, "BiIl", "biII", "COP"):
            refusal = self.assertRefused(NickTaken, bob, SetNick(Nick(nick)))
            self.world.do(self.world.connect(), SetNick(Nick(refusal.suggestion)))

    def test_the_refusal_names_whom_it_looks_like(self):
        self.world.arrive("Tom")
        refusal = self.assertRefused(NickTaken, self.world.connect(), SetNick(Nick("torn")))
        self.assertEqual(
            refusal.sentence,
            'The nick "torn" looks too much like "Tom", who is here; "torn2" is free.',
        )

    def test_invisible_and_mixed_spellings_are_no_nicks(self):
        self.world.arrive("ann")
        for nick in ("аnn", "a\u200cnn", "ann\u200b", "Αnn", "ann\u0301\u0301"):
            self.assertRefused(BadNick, self.world.connect(), SetNick(Nick(nick)))

    def test_one_may_take_what_ones_own_nick_looks_like(self):
        tom = self.world.arrive("tom")
        self.assertAnswer(tom, SetNick(Nick("torn")), NickIs(Nick("torn")))
        self.assertAnswer(tom, SetNick(Nick("TOM")), NickIs(Nick("TOM")))

    def test_it_is_free_again_when_the_other_is_gone_or_renamed(self):
        tom, bill = self.world.arrive("tom"), self.world.arrive("bill")
        self.world.disconnect(tom)
        self.world.do(bill, SetNick(Nick("max")))
        self.world.arrive("torn")
        self.world.arrive("biII")
        self.assertEqual(len(self.world.state.people), 3)

    def test_nobody_looks_like_the_owner_of_an_account_there_or_away(self):
        tom = self.world.arrive("Tom")
        self.world.do(tom, RegisterAccount("$hash"))
        bob = self.world.arrive("bob")
        for _ in range(2):
            refusal = self.assertRefused(NickRegistered, bob, SetNick(Nick("torn")))
            self.assertEqual(
                refusal.sentence,
                'The nick "torn" looks too much like "Tom", which is registered; "torn2" is free.',
            )
            if tom.person is not None:
                self.world.disconnect(tom)
        again = self.world.connect()
        self.world.do(again, BecomeAccount(Nick("tom")))
        self.world.do(again, RemoveAccount())
        self.assertRefused(NickTaken, bob, SetNick(Nick("torn")))
        self.world.disconnect(again)
        self.world.do(bob, SetNick(Nick("torn")))

    def test_a_new_nick_is_shown_in_its_plain_form(self):
        self.assertAnswer(self.world.connect(), SetNick(Nick("Ａｎｎ")), NickIs(Nick("Ann")))


class RoomsThatLookLikeOthers(WorldTestCase):
    lobby = "Lobby"

    def setUp(self) -> None:
        super().setUp()
        self.ann = self.world.arrive("ann")
        self.bob = self.world.arrive("bob")

    def test_one_is_neither_created_nor_joined_into_being(self):
        self.world.do(self.ann, CreateRoom(RoomName("cop")))
        for command in (CreateRoom, JoinRoom):
            refusal = self.assertRefused(RoomExists, self.bob, command(RoomName(CYRILLIC_COP)))
            self.assertEqual(
                refusal.sentence,
                f'A room called "{CYRILLIC_COP}" would look too much like "cop"; '
                "join that one, or pick another name.",
            )

    def test_a_name_that_looks_the_same_does_not_mean_the_room(self):
        self.world.do(self.ann, CreateRoom(RoomName("cop")))
        self.world.do(self.ann, JoinRoom(RoomName("cop")))
        for command in (Say(RoomName(CYRILLIC_COP), "hi"), DescribeRoom(RoomName("c0p"))):
            self.assertRefused(NoSuchRoom, self.ann, command)

    def test_it_may_be_made_when_the_other_is_gone(self):
        self.world.do(self.ann, CreateRoom(RoomName("cop")))
        self.world.do(self.ann, DeleteRoom(RoomName("cop")))
        self.assertAnswer(self.bob, CreateRoom(RoomName("c0p")), RoomMade(RoomName("c0p")))

    def test_the_lobby_counts_even_before_it_is_made(self):
        self.world.state.remove_room(self.world.state.room(RoomName("Lobby")))
        self.assertRefused(RoomExists, self.bob, CreateRoom(RoomName("Iobby")))
        self.assertRefused(RoomExists, self.bob, JoinRoom(RoomName("L0BBY")))

    def test_mixed_and_invisible_names_make_no_room(self):
        for name in ("lоbby", "lob\u200bby", "x\u0301\u0301", "½"):
            for command in (CreateRoom, JoinRoom):
                self.assertRefused(BadRoom, self.bob, command(RoomName(name)))

    def test_a_new_room_is_shown_in_its_plain_form(self):
        self.assertAnswer(self.bob, JoinRoom(RoomName("ＤＥＮ")), Entered(RoomName("DEN"), 0, 1))


class RoomsOfOlderRules(WorldTestCase):
    """Rooms that a log holds from a time when less was asked of names."""

    def setUp(self) -> None:
        super().setUp()
        names = ("аnn", "ann", "tom", "torn", "½", "ＤＥＮ")
        rooms = (
            StoredRoom(number, RoomName(name), NOW, None, kept=True, last=7)
            for number, name in enumerate(names, 1)
        )
        self.world.manager.load(Stored(tuple(rooms)))
        self.bob = self.world.arrive("bob")

    def test_each_can_be_joined_and_spoken_in_by_its_own_name(self):
        for name in ("аnn", "ann", "tom", "torn", "½", "ＤＥＮ"):
            self.assertAnswer(self.bob, JoinRoom(RoomName(name)), Entered(RoomName(name), 7, 1))
            self.world.do(self.bob, Say(RoomName(name), "hi"))
        self.assertRefused(NotAMember, self.world.arrive("eve"), Say(RoomName("den"), "hi"))

    def test_no_new_one_may_look_like_any_of_them(self):
        self.assertRefused(RoomExists, self.bob, CreateRoom(RoomName("t0m")))
        self.world.do(self.bob, DeleteRoom(RoomName("tom")))
        self.assertRefused(RoomExists, self.bob, CreateRoom(RoomName("TOM")))
