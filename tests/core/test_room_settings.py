"""Setting what kind of room it is: by whom, told to whom, and no password anywhere."""

from chatsvc.core import commands as c
from chatsvc.core import replies as r
from chatsvc.core.errors import NoSuchRoom, NotAllowed, NotRegistered, Usage
from chatsvc.core.events import Audited, RoleSet, RoomSet
from chatsvc.core.kinds import Door, History, Keeping, Kind
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.roles import Role
from tests.core.moderated import ANN, DEN, ModeratedTestCase, lines
from tests.core.world import NOW

HALL, LOBBY = RoomName("hall"), RoomName("lobby")


class Settings(ModeratedTestCase):
    def test_owners_and_operators_set_it_and_members_are_told(self):
        outcome = self.does("ann", c.ChangeSetting(DEN, "kind", "unlisted"))
        unlisted = Kind(listed=False)
        self.assertEqual(outcome.reply, r.Settings(DEN, unlisted))
        self.assertEqual(outcome.events[0], RoomSet(DEN, NOW, ANN, unlisted, 1))
        self.assertEqual(outcome.told[0], self.sessions("ann", "max", "val", "bob", "gus"))
        self.assertEqual(
            lines(outcome.events), [Audited(NOW, ANN, "set", "", DEN, "kind unlisted")]
        )
        self.does("ole", c.ChangeSetting(DEN, "announce", "yes"))
        for name in ("max", "val", "bob", "gus", "eve"):
            kind = NoSuchRoom if name == "eve" else NotAllowed
            self.refuses(kind, name, c.ChangeSetting(DEN, "listed", "yes"))

    def test_each_setting_is_set(self):
        for key, value, kind in (
            ("kind", "invite-only", Kind(listed=False, door=Door.INVITATION)),
            ("listed", "no", Kind(listed=False)),
            ("announce", "yes", Kind(announce=True)),
            ("history", "joined", Kind(history=History.JOINED)),
            ("keep", "1000", Kind(keeping=Keeping(0, 1000))),
        ):
            self.setUp()
            self.does("ann", c.ChangeSetting(DEN, key, value))
            self.assertEqual(self.room.kind, kind)

    def test_what_changes_nothing_is_answered_and_told_nobody(self):
        self.assertEqual(self.does("ann", c.ChangeSetting(DEN, "kind", "public")).events, ())

    def test_it_is_shown_to_whoever_may_know_the_room(self):
        self.assertEqual(self.does("eve", c.ShowSettings(DEN)).reply, r.Settings(DEN, Kind()))

    def test_what_cannot_be_set_is_refused(self):
        for key, value in (("nosuch", "x"), ("kind", "odd"), ("kind", "password s3cret")):
            self.refuses(Usage, "ann", c.ChangeSetting(DEN, key, value))

    def test_opening_a_room_opens_no_past(self):
        self.does("ann", c.ChangeSetting(DEN, "kind", "unlisted"))
        self.does("ann", c.Say(DEN, "secret"))
        self.does("ann", c.ChangeSetting(DEN, "kind", "public"))
        self.assertEqual(self.room.kind.open_after, 1)

    def test_an_announcement_room_silences_members(self):
        self.does("ann", c.ChangeSetting(DEN, "announce", "yes"))
        self.refuses(NotAllowed, "bob", c.Say(DEN, "hi"))
        self.does("val", c.Say(DEN, "hi"))


class Passwords(ModeratedTestCase):
    def test_the_hash_is_set_and_seen_by_nobody(self):
        self.assertEqual(self.does("ann", c.SetRoomPassword(DEN, "s3cret")).events, ())
        outcome = self.does("ann", c.SetRoomSecret(DEN, "$hash"))
        self.assertEqual(self.room.kind.secret, "$hash")
        self.assertEqual(outcome.reply, r.Settings(DEN, Kind(listed=False, door=Door.PASSWORD)))
        self.assertEqual(
            lines(outcome.events), [Audited(NOW, ANN, "set", "", DEN, "kind password")]
        )
        self.assertNotIn("$hash", repr((outcome, c.SetRoomSecret(DEN, "$hash"))))
        self.assertNotIn("s3cret", repr(c.SetRoomPassword(DEN, "s3cret")))

    def test_another_kind_takes_the_hash_away(self):
        self.does("ann", c.SetRoomSecret(DEN, "$hash"))
        self.does("ann", c.ChangeSetting(DEN, "kind", "public"))
        self.assertEqual(self.room.kind.secret, "")


class GuestsRooms(ModeratedTestCase):
    def test_a_guest_sets_what_it_likes_in_a_room_that_ends(self):
        self.does("gus", c.JoinRoom(HALL))
        self.does("gus", c.ChangeSetting(HALL, "kind", "invite-only"))

    def test_a_guest_sets_nothing_in_a_room_that_stays_until_it_registers(self):
        self.does("gus", c.CreateRoom(HALL))
        self.does("gus", c.JoinRoom(HALL))
        setting = c.ChangeSetting(HALL, "kind", "unlisted")
        self.refuses(NotRegistered, "gus", setting)
        self.refuses(NotRegistered, "gus", c.SetRoomPassword(HALL, "s3cret"))
        self.does("gus", c.RegisterAccount("$hash"))
        self.does("gus", setting)

    def test_who_owned_it_by_nick_alone_owns_it_as_an_account_from_then_on(self):
        self.does("gus", c.CreateRoom(HALL))
        self.does("gus", c.RegisterAccount("$hash"))
        outcome = self.does("gus", c.ChangeSetting(HALL, "kind", "unlisted"))
        hall = self.world.state.room(HALL)
        self.assertEqual(
            outcome.events[0], RoleSet(HALL, NOW, None, Nick("gus"), Role.OWNER, hall.room_id)
        )
        self.assertEqual(hall.roles, {"gus": Role.OWNER})


class TheLobby(ModeratedTestCase):
    lobby = "lobby"

    def test_it_stays_public_whoever_asks(self):
        for command in (
            c.ChangeSetting(LOBBY, "kind", "unlisted"),
            c.ChangeSetting(LOBBY, "listed", "no"),
            c.SetRoomPassword(LOBBY, "s3cret"),
            c.SetRoomSecret(LOBBY, "$hash"),
        ):
            self.refuses(NotAllowed, "ole", command)
        self.does("ole", c.ChangeSetting(LOBBY, "announce", "yes"))
