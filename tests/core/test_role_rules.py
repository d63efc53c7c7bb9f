"""Giving and taking roles in a room, for every pair of people; and roles that follow an account."""

from chatsvc.core import commands as c
from chatsvc.core import replies as r
from chatsvc.core.errors import NoSuchRoom, NoSuchUser, NotAllowed, NotRegistered
from chatsvc.core.events import Audited, RoleSet
from chatsvc.core.masks import parse_mask
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.roles import Role
from chatsvc.core.sanctions import Terms
from tests.core.moderated import ANN, BOB, DEN, EVE, MAX, VAL, ModeratedTestCase, lines
from tests.core.world import NOW

MEMBER, VOICED, MODERATOR, OWNER = Role
HALL = RoomName("hall")


class GivingRoles(ModeratedTestCase):
    def test_a_role_is_given_told_and_written_down(self):
        outcome = self.does("ann", c.SetRole(DEN, Nick("BOB"), MODERATOR))
        self.assertEqual(outcome.reply, r.RoleIs(DEN, BOB, MODERATOR))
        self.assertEqual(
            outcome.events,
            (
                RoleSet(DEN, NOW, ANN, BOB, MODERATOR, 1),
                Audited(NOW, ANN, "role", "bob", DEN, "moderator"),
            ),
        )
        self.assertEqual(outcome.told[0], self.sessions("ann", "max", "val", "bob", "gus"))

    def test_every_pair_and_every_role(self):
        """Owners and operators give every role, but a room keeps an owner; others give none."""
        people = ("ann", "max", "val", "bob", "eve", "ole")
        for actor in people:
            for target in people:
                for role in (MEMBER, MODERATOR, OWNER):
                    self.setUp()
                    before = self.role(target)
                    command = c.SetRole(DEN, Nick(target), role)
                    loses_owner = target == "ann" and role is not OWNER
                    if actor in ("ann", "ole") and not loses_owner:
                        self.does(actor, command)
                        self.assertEqual(self.role(target), role)
                    else:
                        self.refuses(NotAllowed, actor, command)
                        self.assertEqual(self.role(target), before)

    def test_voice_is_given_and_taken_by_moderators(self):
        for actor in ("ann", "max", "ole"):
            self.setUp()
            given = self.does(actor, c.SetVoice(DEN, BOB, True))
            self.assertEqual(given.reply, r.RoleIs(DEN, BOB, VOICED))
            self.does(actor, c.SetVoice(DEN, VAL, False))
            self.assertEqual((self.role("bob"), self.role("val")), (VOICED, MEMBER))
        for actor in ("val", "bob", "gus", "eve"):
            self.refuses(NotAllowed, actor, c.SetVoice(DEN, BOB, True))

    def test_voice_takes_nothing_from_who_has_more(self):
        for target, role in (("ann", OWNER), ("max", MODERATOR)):
            for is_voiced in (True, False):
                self.does("ann", c.SetVoice(DEN, Nick(target), is_voiced))
                self.assertEqual(self.role(target), role)

    def test_who_has_the_role_already_has_it(self):
        outcome = self.does("ann", c.SetRole(DEN, MAX, MODERATOR))
        self.assertEqual((outcome.events, outcome.reply.role), ((), MODERATOR))

    def test_an_account_that_is_not_here_is_found(self):
        self.drop("eve")
        self.does("ann", c.SetRole(DEN, EVE, MODERATOR))
        self.assertEqual(self.role("eve"), MODERATOR)
        self.refuses(NoSuchUser, "ann", c.SetRole(DEN, Nick("nobody"), MODERATOR))

    def test_a_guest_has_a_role_for_as_long_as_it_is_there(self):
        gus = Nick("gus")
        self.refuses(NotRegistered, "ann", c.SetRole(DEN, gus, OWNER))
        self.does("ann", c.SetRole(DEN, gus, MODERATOR))
        self.does("gus", c.Kick(DEN, BOB))
        self.does("gus", c.LeaveRoom(DEN))
        self.refuses(NoSuchUser, "ann", c.SetRole(DEN, gus, MODERATOR))
        self.does("gus", c.JoinRoom(DEN))
        self.refuses(NotAllowed, "gus", c.Kick(DEN, BOB))

    def test_a_guest_that_registers_keeps_its_role(self):
        self.does("ann", c.SetRole(DEN, Nick("gus"), MODERATOR))
        self.does("gus", c.RegisterAccount("$hash"))
        self.assertEqual(self.role("gus"), MODERATOR)

    def test_an_owner_makes_another_and_goes(self):
        self.does("ann", c.SetRole(DEN, MAX, OWNER))
        self.assertEqual(self.does("ann", c.StepDown(DEN)).reply, r.RoleIs(DEN, ANN, MEMBER))
        self.refuses(NotAllowed, "max", c.StepDown(DEN))


class SteppingDown(ModeratedTestCase):
    def test_everybody_with_a_role_but_the_last_owner_may(self):
        for name in ("max", "val"):
            self.does(name, c.StepDown(DEN))
            self.assertEqual(self.role(name), MEMBER)
        for name in ("ann", "bob", "gus", "eve", "ole"):
            self.refuses(NotAllowed, name, c.StepDown(DEN))

    def test_an_operator_inside_has_no_role_to_give_up(self):
        self.does("ole", c.JoinRoom(DEN))
        self.refuses(NotAllowed, "ole", c.StepDown(DEN))

    def test_leaving_is_no_step_down(self):
        self.does("max", c.LeaveRoom(DEN))
        self.assertEqual(self.role("max"), MODERATOR)


class GuestsRooms(ModeratedTestCase):
    """gus, a guest, has made the hall, and is in it."""

    def setUp(self) -> None:
        super().setUp()
        self.does("gus", c.JoinRoom(HALL))
        self.hall = self.world.state.room(HALL)

    def test_the_guest_moderates_it_and_may_step_down(self):
        self.does("bob", c.JoinRoom(HALL))
        self.does("gus", c.Kick(HALL, BOB))
        self.does("gus", c.StepDown(HALL))
        self.does("bob", c.JoinRoom(HALL))
        self.refuses(NotAllowed, "gus", c.Kick(HALL, BOB))

    def test_who_registers_keeps_the_room(self):
        outcome = self.does("gus", c.RegisterAccount("$hash"))
        gus = Nick("gus")
        self.assertIn(RoleSet(HALL, NOW, None, gus, OWNER, self.hall.room_id), outcome.events)
        self.assertEqual(self.hall.roles, {"gus": OWNER})
        self.does("gus", c.LeaveRoom(HALL))
        self.assertEqual(self.hall.role_of(self.people["gus"].person), OWNER)

    def test_who_was_not_inside_when_it_registered_becomes_its_owner_by_its_first_act(self):
        """In a room that lasts."""
        inn = RoomName("inn")
        self.does("gus", c.CreateRoom(inn))
        self.does("bob", c.JoinRoom(inn))
        self.does("gus", c.RegisterAccount("$hash"))
        outcome = self.does("gus", c.SetRole(inn, BOB, OWNER))
        room = self.world.state.room(inn)
        self.assertEqual(
            outcome.events[0],
            RoleSet(inn, NOW, None, Nick("gus"), OWNER, room.room_id),
        )
        self.assertEqual(room.roles, {"gus": OWNER, "bob": OWNER})

    def test_nobody_is_put_above_those_in_a_room_that_ends_by_taking_the_nick_that_made_it(self):
        """Neither by coming back, nor from outside, nor by registering the nick."""
        self.does("bob", c.JoinRoom(HALL))
        self.does("gus", c.LeaveRoom(HALL))
        for command in (c.Kick(HALL, BOB), c.Ban(HALL, parse_mask("bob"), Terms())):
            self.refuses(NotAllowed, "gus", command)
        self.does("gus", c.JoinRoom(HALL))
        self.refuses(NotAllowed, "gus", c.Kick(HALL, BOB))
        self.does("gus", c.RegisterAccount("$hash"))
        self.refuses(NotAllowed, "gus", c.SetRole(HALL, Nick("gus"), OWNER))
        self.assertEqual(self.hall.roles, {})

    def test_the_first_who_comes_into_one_that_is_deserted_may_own_it_by_that_nick(self):
        """As after a start of the server, before such a room ends."""
        self.does("gus", c.LeaveRoom(HALL))
        self.does("gus", c.JoinRoom(HALL))
        self.does("bob", c.JoinRoom(HALL))
        self.does("gus", c.Kick(HALL, BOB))

    def test_the_nick_opens_no_door_that_an_operator_has_closed(self):
        """Anybody may take it."""
        for kind in ("unlisted", "invite-only"):
            self.does("ole", c.ChangeSetting(HALL, "kind", kind))
        self.assertEqual(self.hall.role_of(self.people["gus"].person), OWNER)
        self.does("gus", c.LeaveRoom(HALL))
        self.assertEqual(self.hall.role_of(self.people["gus"].person), MEMBER)
        for command in (c.JoinRoom(HALL), c.DescribeRoom(HALL)):
            self.refuses(NoSuchRoom, "gus", command)
        self.does("gus", c.RegisterAccount("$hash"))
        self.refuses(NoSuchRoom, "gus", c.JoinRoom(HALL))

    def test_a_guest_hands_a_room_over_for_good(self):
        self.does("gus", c.SetRole(HALL, BOB, OWNER))
        self.refuses(NotAllowed, "gus", c.SetRole(HALL, BOB, MEMBER))


class DroppingAccounts(ModeratedTestCase):
    def test_the_last_owner_of_a_room_cannot_go(self):
        for command in (c.DropAccount("pw"), c.RemoveAccount()):
            refusal = self.refuses(NotAllowed, "ann", command)
            self.assertIn('"den"', refusal.sentence)
        self.does("ann", c.SetRole(DEN, BOB, OWNER))
        self.does("ann", c.RemoveAccount())
        self.assertEqual(self.role("ann"), MEMBER)

    def test_it_steps_down_in_the_rooms_that_it_owns(self):
        self.does("ann", c.SetRole(DEN, BOB, OWNER))
        outcome = self.does("ann", c.RemoveAccount())
        self.assertIn(
            RoleSet(DEN, NOW, None, Nick("ann"), MEMBER, self.room.room_id), outcome.events
        )

    def test_every_change_is_written_down(self):
        outcome = self.does("ole", c.SetRole(DEN, EVE, OWNER))
        self.assertEqual(
            lines(outcome.events), [Audited(NOW, Nick("ole"), "role", "eve", DEN, "owner")]
        )
