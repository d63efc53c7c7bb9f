"""Invitations: who gives them, whom they let in, and when they end."""

from chatsvc.core import commands as c
from chatsvc.core import replies as r
from chatsvc.core.errors import NoSuchRoom, NoSuchUser, NotAllowed, NotAMember, TooMany
from chatsvc.core.events import Audited, Called, CalledIn, InvitationTakenBack, Invited
from chatsvc.core.invitations import Invitation
from chatsvc.core.masks import parse_mask
from chatsvc.core.names import Nick
from tests.core.moderated import ANN, BOB, DEN, EVE, MAX, ModeratedTestCase, lines
from tests.core.world import NOW

JIM = Nick("jim")


class InvitingTestCase(ModeratedTestCase):
    """The den takes the invited alone; jim is a guest."""

    def setUp(self) -> None:
        super().setUp()
        self.does("ann", c.ChangeSetting(DEN, "kind", "invite-only"))
        self.people["jim"] = self.world.arrive("jim")


class Inviting(InvitingTestCase):
    def test_an_account_is_told_and_comes_in_once(self):
        outcome = self.does("max", c.Invite(DEN, EVE))
        eve = self.people["eve"].session_id
        self.assertEqual(outcome.reply, r.InvitationGiven(DEN, EVE))
        self.assertEqual(
            outcome.events,
            (
                Invited(DEN, Invitation(parse_mask("~eve"), MAX, NOW), 1),
                Audited(NOW, MAX, "invite", "eve", DEN),
                CalledIn(DEN, EVE, MAX, NOW),
                Called(DEN, EVE, MAX, NOW, (eve,)),
            ),
        )
        moderators = frozenset(self.people[name].session_id for name in ("ann", "max"))
        self.assertEqual(outcome.told, (frozenset(), frozenset(), moderators, frozenset({eve})))
        self.does("eve", c.JoinRoom(DEN))
        self.does("eve", c.LeaveRoom(DEN))
        self.refuses(NoSuchRoom, "eve", c.JoinRoom(DEN))

    def test_an_account_that_is_not_here_finds_it_at_its_login(self):
        account = self.people["eve"].account
        self.drop("eve")
        self.does("max", c.Invite(DEN, EVE))
        told = list(self.world.manager.open_invitations(account))
        self.assertEqual(told, [Called(DEN, EVE, MAX, NOW)])
        back = self.world.connect()
        self.world.do(back, c.BecomeAccount(EVE))
        self.world.do(back, c.JoinRoom(DEN))
        self.assertEqual(list(self.world.manager.open_invitations(account)), [])

    def test_a_guest_comes_in_once(self):
        outcome = self.does("max", c.Invite(DEN, JIM))
        jim = self.people["jim"].session_id
        self.assertEqual(outcome.events[-1], Called(DEN, JIM, MAX, NOW, (jim,)))
        self.assertFalse(any(isinstance(event, Invited) for event in outcome.events))
        self.does("jim", c.JoinRoom(DEN))
        self.does("jim", c.LeaveRoom(DEN))
        self.refuses(NoSuchRoom, "jim", c.JoinRoom(DEN))

    def test_who_takes_the_nick_of_an_invited_guest_is_not_invited(self):
        self.does("max", c.Invite(DEN, JIM))
        self.does("jim", c.SetNick(Nick("james")))
        self.refuses(NoSuchRoom, "jim", c.JoinRoom(DEN))
        other = self.world.arrive("jim")
        self.assertRefused(NoSuchRoom, other, c.JoinRoom(DEN))
        self.does("max", c.Invite(DEN, JIM))
        self.world.disconnect(other)
        self.assertRefused(NoSuchRoom, self.world.arrive("jim"), c.JoinRoom(DEN))

    def test_who_may_invite(self):
        for name in ("ann", "max", "ole"):
            self.does(name, c.Invite(DEN, EVE))
        for name in ("val", "bob", "gus"):
            self.refuses(NotAllowed, name, c.Invite(DEN, EVE))
        for name in ("eve", "jim"):
            self.refuses(NotAMember if name == "eve" else NoSuchRoom, name, c.Invite(DEN, EVE))

    def test_in_a_room_for_everybody_any_member_may_and_nobody_writes_it_down(self):
        self.does("ann", c.ChangeSetting(DEN, "kind", "public"))
        self.assertEqual(lines(self.does("bob", c.Invite(DEN, EVE)).events), [])

    def test_members_are_not_invited(self):
        self.refuses(NotAllowed, "max", c.Invite(DEN, BOB))
        self.drop("bob")
        self.refuses(NotAllowed, "max", c.Invite(DEN, BOB))
        self.refuses(NoSuchUser, "max", c.Invite(DEN, Nick("nobody")))

    def test_who_is_banned_is_not_invited_and_a_ban_takes_the_invitation_back(self):
        self.does("max", c.Invite(DEN, EVE))
        self.does("max", c.Ban(DEN, parse_mask("~eve")))
        self.refuses(NotAllowed, "max", c.Invite(DEN, EVE))
        self.does("max", c.Unban(DEN, parse_mask("~eve")))
        self.refuses(NoSuchRoom, "eve", c.JoinRoom(DEN))

    def test_a_ban_takes_back_every_invitation_of_whom_it_hits(self):
        """By nick and address of those who are here, by name of those who are not."""
        for mask in ("eve", "e*", "~e*", "192.0.2.0/24"):
            self.people["eve"].host = "192.0.2.9"
            self.does("max", c.Invite(DEN, EVE))
            self.does("max", c.Invite(DEN, JIM))
            self.does("max", c.Ban(DEN, parse_mask(mask)))
            [left] = self.room.invitations.listed()
            self.assertEqual(left.mask, parse_mask("jim"), mask)
            self.does("max", c.Unban(DEN, parse_mask(mask)))
            self.refuses(NoSuchRoom, "eve", c.JoinRoom(DEN))
        self.does("max", c.Ban(DEN, parse_mask("$guest")))
        self.assertEqual(len(self.room.invitations), 0)
        self.drop("eve")
        self.does("max", c.Invite(DEN, EVE))
        self.does("max", c.Ban(DEN, parse_mask("198.51.100.0/24")))
        self.assertEqual(len(self.room.invitations), 1)
        self.does("max", c.Ban(DEN, parse_mask("eve")))
        self.assertEqual(len(self.room.invitations), 0)

    def test_no_invitation_is_shown_where_a_ban_is_in_the_way(self):
        self.drop("eve")
        self.does("max", c.Invite(DEN, EVE))
        self.does("max", c.Ban(DEN, parse_mask("192.0.2.0/24")))
        back = self.world.connect()
        back.host = "192.0.2.9"
        self.world.do(back, c.BecomeAccount(EVE))
        self.assertEqual(list(self.world.manager.open_invitations(back.account)), [])
        self.does("max", c.Unban(DEN, parse_mask("192.0.2.0/24")))
        self.assertEqual(len(list(self.world.manager.open_invitations(back.account))), 1)

    def test_an_invitation_that_is_late_is_not_for_who_has_the_name_next(self):
        self.world.apply((Called(DEN, JIM, MAX, NOW - 1),))
        self.assertEqual(len(self.room.invitations), 0)

    def test_an_account_that_is_dropped_is_not_invited_any_more(self):
        self.does("max", c.Invite(DEN, EVE))
        self.does("eve", c.RemoveAccount())
        self.assertEqual(len(self.room.invitations), 0)


class TakingBack(InvitingTestCase):
    def test_it_is_taken_back(self):
        for nick in (EVE, JIM):
            self.does("max", c.Invite(DEN, nick))
            outcome = self.does("ann", c.Uninvite(DEN, nick))
            self.assertEqual(outcome.reply, r.InvitationGone(DEN, nick))
            self.assertIsInstance(outcome.events[0], InvitationTakenBack)
            self.assertEqual(lines(outcome.events), [Audited(NOW, ANN, "uninvite", nick, DEN)])
            self.refuses(NoSuchRoom, nick, c.JoinRoom(DEN))
            self.refuses(NoSuchUser, "ann", c.Uninvite(DEN, nick))

    def test_a_member_takes_back_its_own_alone(self):
        self.does("ann", c.ChangeSetting(DEN, "kind", "public"))
        self.does("bob", c.Invite(DEN, EVE))
        self.refuses(NotAllowed, "gus", c.Uninvite(DEN, EVE))
        self.does("bob", c.Uninvite(DEN, EVE))


class FewInvitations(InvitingTestCase):
    limits = {"room_invitations": 1}

    def test_they_have_a_limit(self):
        self.does("max", c.Invite(DEN, EVE))
        self.refuses(TooMany, "max", c.Invite(DEN, JIM))
        self.does("max", c.Invite(DEN, EVE))
