"""Rooms that get another name: who may, which names, and what follows."""

from chatsvc.core.audit import audited_by
from chatsvc.core.commands import (
    BecomeAccount,
    CreateRoom,
    Invite,
    JoinRoom,
    KeepMarker,
    LogOut,
    RegisterAccount,
    RenameRoom,
    Say,
)
from chatsvc.core.errors import (
    BadRoom,
    BadText,
    Busy,
    NoSuchRoom,
    NotAllowed,
    NotRegistered,
    RoomExists,
)
from chatsvc.core.events import RoomRenamed
from chatsvc.core.kinds import Kind
from chatsvc.core.limits import REASON_LENGTH, RENAME_PAUSE_SECONDS
from chatsvc.core.marks import marks_of, needs
from chatsvc.core.names import LookAlikes, Nick, NickKey, RoomKey, RoomName, room_key
from chatsvc.core.people import Session
from chatsvc.core.replies import RoomNameIs
from chatsvc.core.roles import Role
from tests.core.world import World, WorldTestCase

ANN, DEN, PUB = Nick("ann"), RoomName("den"), RoomName("Pub")


class RenamingTests(WorldTestCase):
    def setUp(self) -> None:
        self.world = World(lobby="lobby")
        self.state = self.world.state
        self.ann, self.bob = self.arrives("ann"), self.world.arrive("bob")
        self.world.do(self.ann, CreateRoom(DEN))
        for each in (self.ann, self.bob):
            self.world.do(each, JoinRoom(DEN))

    def arrives(self, nick: str) -> Session:
        session = self.world.arrive(nick)
        self.world.do(session, RegisterAccount("$hash"))
        return session

    def test_the_owner_renames_and_all_members_are_told(self) -> None:
        outcome = self.world.do(self.ann, RenameRoom(DEN, PUB, "thirst"))
        self.assertEqual(outcome.reply, RoomNameIs(DEN, PUB, "thirst"))
        renamed = RoomRenamed(DEN, self.world.now, ANN, PUB, 2, "thirst")
        line = audited_by(ANN, self.world.now, "rename", "Pub", DEN, "thirst")
        self.assertEqual(outcome.events, (renamed, line))
        self.assertEqual(outcome.told[0], {self.ann.session_id, self.bob.session_id})
        self.assertEqual(self.state.room(PUB).name, "Pub")
        self.assertRefused(NoSuchRoom, self.bob, Say(DEN, "hi"))
        self.world.do(self.bob, Say(PUB, "hi"))

    def test_a_reason_is_a_text_like_any_other(self) -> None:
        for reason in ("\u202eevil", "a\x7fb", "x" * (REASON_LENGTH + 1)):
            self.assertRefused(BadText, self.ann, RenameRoom(DEN, PUB, reason))

    def test_everything_follows(self) -> None:
        gus = self.world.arrive("gus")
        self.world.do(self.ann, Invite(DEN, Nick("gus")))
        self.world.do(self.bob, KeepMarker(DEN, 5))
        aimed = self.world.connect(aim="DEN")
        before = self.state.room(DEN)
        self.world.do(self.ann, RenameRoom(DEN, PUB))
        room = self.state.room(PUB)
        self.assertIs(room, before)
        key = RoomKey("pub")
        self.assertEqual(room.key, key)
        for session in (self.ann, self.bob):
            self.assertEqual([each for each in session.rooms if each != "lobby"], [key])
        self.assertIs(self.state.memberships[NickKey("ann")][key].room, room)
        self.assertEqual(room.roles, {"ann": Role.OWNER})
        self.assertEqual(aimed.aim, "Pub")
        assert gus.person is not None and self.bob.person is not None
        self.assertEqual(gus.person.invited, {key})
        self.assertEqual(self.state.markers.of(self.bob.person, key), 5)
        self.assertIsNone(self.state.markers.of(self.bob.person, RoomKey("den")))
        self.world.do(self.ann, LogOut())
        self.world.do(self.ann, BecomeAccount(ANN))
        self.assertIn(key, self.ann.rooms)

    def test_the_old_name_is_free_and_the_new_one_taken(self) -> None:
        self.world.do(self.ann, RenameRoom(DEN, PUB))
        self.world.do(self.bob, CreateRoom(DEN))
        self.assertEqual(self.state.room(DEN).room_id, 3)
        self.assertRefused(RoomExists, self.bob, CreateRoom(RoomName("PUB")))

    def test_only_owners_rename_and_a_guest_only_what_ends(self) -> None:
        self.assertRefused(NotAllowed, self.bob, RenameRoom(DEN, PUB))
        self.assertRefused(NoSuchRoom, self.bob, RenameRoom(PUB, DEN))
        self.world.do(self.bob, CreateRoom(RoomName("kept")))
        self.assertRefused(NotRegistered, self.bob, RenameRoom(RoomName("kept"), PUB))
        self.world.do(self.bob, JoinRoom(RoomName("short")))
        self.world.do(self.bob, RenameRoom(RoomName("short"), PUB))

    def test_names_that_are_taken_or_look_so_or_are_none_are_refused(self) -> None:
        self.world.do(self.bob, CreateRoom(RoomName("small")))
        for name in ("SMALL", "sma11", "lobby", "Iobby"):
            self.assertRefused(RoomExists, self.ann, RenameRoom(DEN, RoomName(name)))
        self.assertRefused(BadRoom, self.ann, RenameRoom(DEN, RoomName("d\u0435n")))

    def test_the_name_of_a_secret_room_is_not_shown(self) -> None:
        self.world.do(self.bob, CreateRoom(RoomName("Small")))
        self.state.room(RoomName("small")).kind = Kind(listed=False)
        for name in ("small", "sma11"):
            refusal = self.assertRefused(RoomExists, self.ann, RenameRoom(DEN, RoomName(name)))
            self.assertNotIn("Small", str(refusal))

    def test_only_the_spelling_may_change(self) -> None:
        outcome = self.world.do(self.ann, RenameRoom(DEN, RoomName("DeN")))
        self.assertEqual(outcome.reply, RoomNameIs(DEN, RoomName("DeN")))
        self.assertEqual(self.state.room(DEN).name, "DeN")
        self.assertEqual(self.world.do(self.ann, RenameRoom(DEN, RoomName("DeN"))).events, ())

    def test_not_at_once_again(self) -> None:
        self.world.do(self.ann, RenameRoom(DEN, PUB))
        self.assertRefused(Busy, self.ann, RenameRoom(PUB, DEN))
        self.world.now += RENAME_PAUSE_SECONDS * 1000
        self.world.do(self.ann, RenameRoom(PUB, DEN))

    def test_the_lobby_keeps_its_name(self) -> None:
        self.state.accounts[NickKey("ann")] = account = self.ann.account
        assert account is not None and self.ann.person is not None
        self.ann.person.operates_as = ANN
        self.assertRefused(NotAllowed, self.ann, RenameRoom(RoomName("lobby"), PUB))

    def test_both_names_wait_until_it_is_written(self) -> None:
        event = RoomRenamed(DEN, self.world.now, ANN, PUB, 1)
        self.assertEqual(list(marks_of(event)), ["den", "pub"])
        self.assertIn("pub", needs(self.state, self.ann, RenameRoom(DEN, PUB)))
        self.state.changing = {room_key(RoomName("small")): 1}
        self.state.making = LookAlikes(self.state.changing)
        self.state.making.add("small", RoomKey("small"))
        self.assertTrue(self.world.manager.must_wait(self.ann, RenameRoom(DEN, RoomName("sma11"))))
        self.assertFalse(self.world.manager.must_wait(self.ann, RenameRoom(DEN, PUB)))
