"""Kicks, bans and mutes: whom they reach, what they end, and what is written down."""

from hypothesis import given, settings
from hypothesis import strategies as st

from chatsvc.core import commands as c
from chatsvc.core import replies as r
from chatsvc.core.errors import (
    BadMask,
    BadText,
    Banned,
    Muted,
    NoSuchUser,
    NotAllowed,
    TooMany,
)
from chatsvc.core.events import Audited, Kicked, SanctionLaid, SanctionLifted
from chatsvc.core.manager import RoomManager
from chatsvc.core.masks import parse_mask
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.roles import Role
from chatsvc.core.room import Stored, StoredRoom
from chatsvc.core.sanctions import Means, Sanction, Terms
from tests.core.moderated import ANN, BOB, DEN, EVE, MAX, ModeratedTestCase, ended, lines
from tests.core.world import NOW

HOUR = 3600
EVERYBODY = parse_mask("*")


def mask(word: str) -> object:
    return parse_mask(word)


class Kicks(ModeratedTestCase):
    def test_an_account_is_put_out_and_its_membership_ends(self):
        outcome = self.does("max", c.Kick(DEN, Nick("BOB"), " too loud "))
        self.assertEqual(outcome.reply, r.PutOut(DEN, BOB))
        self.assertNotIn("bob", self.inside())
        self.assertEqual(ended(outcome.events), [BOB])
        self.assertEqual(lines(outcome.events), [Audited(NOW, MAX, "kick", "bob", DEN, "too loud")])
        kicked = outcome.events[-1]
        assert isinstance(kicked, Kicked)
        self.assertEqual((kicked.by, kicked.reason, kicked.is_banned), (MAX, "too loud", False))
        self.assertEqual(outcome.told[-1], self.sessions("ann", "max", "val", "gus"))

    def test_a_guest_is_put_out(self):
        outcome = self.does("max", c.Kick(DEN, Nick("gus")))
        self.assertEqual(ended(outcome.events), [])
        self.assertNotIn("gus", self.inside())

    def test_all_connections_of_a_person_are_out(self):
        second = self.world.connect()
        self.world.do(second, c.BecomeAccount(BOB))
        self.does("max", c.Kick(DEN, BOB))
        for session in (second, self.people["bob"]):
            self.assertNotIn("den", session.rooms)

    def test_who_is_a_member_but_not_there_loses_that(self):
        self.drop("bob")
        outcome = self.does("max", c.Kick(DEN, BOB))
        self.assertEqual(ended(outcome.events), [BOB])
        back = self.world.connect()
        self.world.do(back, c.BecomeAccount(BOB))
        self.assertNotIn("den", back.rooms)

    def test_only_who_is_in_the_room_can_be_put_out(self):
        self.refuses(NoSuchUser, "max", c.Kick(DEN, EVE))
        self.refuses(NoSuchUser, "max", c.Kick(DEN, Nick("nobody")))

    def test_a_reason_has_an_end(self):
        self.refuses(BadText, "max", c.Kick(DEN, BOB, "x" * 201))

    def test_who_reaches_whom(self):
        """Owners reach all but owners, moderators those below them, operators everybody."""
        everybody = ("ann", "max", "val", "bob", "gus")
        reached = {"ann": {"max", "val", "bob", "gus"}, "max": {"val", "bob", "gus"}}
        for actor in (*everybody, "eve", "ole"):
            for target in everybody:
                self.setUp()
                command = c.Kick(DEN, Nick(target))
                if actor == "ole" or target in reached.get(actor, ()):
                    self.does(actor, command)
                    self.assertNotIn(target, self.inside())
                else:
                    self.refuses(NotAllowed, actor, command)

    def test_an_operator_is_reached_by_operators_alone(self):
        self.does("ole", c.JoinRoom(DEN))
        for actor in ("ann", "max"):
            self.refuses(NotAllowed, actor, c.Kick(DEN, Nick("ole")))

    def test_who_was_put_out_may_come_back(self):
        self.does("max", c.Kick(DEN, BOB))
        self.does("bob", c.JoinRoom(DEN))

    def test_who_changes_its_nick_meanwhile_is_put_out_all_the_same(self):
        gus = self.people["gus"]
        events = self.world.manager.decide(self.people["max"], c.Kick(DEN, Nick("gus")), NOW)
        self.world.do(gus, c.SetNick(Nick("gustav")))
        as_it_is = self.world.manager.as_it_is(events[-1])
        assert isinstance(as_it_is, Kicked)
        self.assertEqual(as_it_is.nick, "gustav")
        self.world.apply((as_it_is,))
        self.assertNotIn("den", gus.rooms)


class Bans(ModeratedTestCase):
    def test_a_ban_is_laid_and_puts_out_whom_it_hits(self):
        outcome = self.does("max", c.Ban(DEN, mask("bob"), Terms(2 * HOUR, "spam")))
        until = NOW + 2 * HOUR * 1000
        sanction = Sanction(mask("bob"), MAX, NOW, until, "spam")
        self.assertEqual(outcome.reply, r.SanctionIs(DEN, Means.BAN, mask("bob"), until, 1))
        self.assertEqual(outcome.events[0], SanctionLaid(DEN, Means.BAN, sanction, 1))
        self.assertEqual(outcome.told[0], self.sessions("ann", "max"))
        self.assertEqual(lines(outcome.events), [Audited(NOW, MAX, "ban", "bob", DEN, "2h spam")])
        self.assertNotIn("bob", self.inside())
        refusal = self.refuses(Banned, "bob", c.JoinRoom(DEN))
        self.assertIn("spam", refusal.sentence)

    def test_a_ban_hits_accounts_that_are_not_there_and_ends_their_membership(self):
        self.drop("bob")
        outcome = self.does("max", c.Ban(DEN, mask("~b*")))
        self.assertEqual(ended(outcome.events), [BOB])
        self.assertEqual(self.room.keepers.keys() & {"bob"}, set())

    def test_a_ban_of_everybody_hits_no_moderator_owner_or_operator(self):
        self.does("ole", c.JoinRoom(DEN))
        self.does("max", c.Ban(DEN, EVERYBODY))
        self.assertEqual(self.inside(), {"ann", "max", "ole"})

    def test_guests_are_hit_by_a_ban_of_guests(self):
        self.does("max", c.Ban(DEN, mask("$guest")))
        self.assertEqual(self.inside(), {"ann", "max", "val", "bob"})

    def test_an_address_hits_whoever_has_a_connection_from_it(self):
        self.people["bob"].host = "192.0.2.7"
        outcome = self.does("max", c.Ban(DEN, mask("192.0.2.0/24")))
        self.assertEqual(ended(outcome.events), [BOB])

    def test_a_name_above_ones_own_cannot_be_named(self):
        for name in ("ann", "max", "~ann", "ole"):
            self.refuses(NotAllowed, "max", c.Ban(DEN, mask(name)))
            self.refuses(NotAllowed, "max", c.Mute(DEN, mask(name)))
        refusal = self.refuses(NotAllowed, "ann", c.Ban(DEN, mask("max")))
        self.assertIn("deop den max", refusal.sentence)
        for name in ("ole", "ann"):
            self.refuses(NotAllowed, "ole", c.Ban(DEN, mask(name)))

    def test_a_name_that_nobody_has_can_be_banned(self):
        self.assertEqual(self.does("max", c.Ban(DEN, mask("troll"))).reply.hit, 0)
        troll = self.world.arrive("troll")
        self.assertRefused(Banned, troll, c.JoinRoom(DEN))

    def test_a_second_ban_with_its_mask_takes_the_place_of_the_first(self):
        self.does("max", c.Ban(DEN, mask("bob"), Terms(None, "one")))
        self.does("ann", c.Ban(DEN, mask("BOB"), Terms(None, "two")))
        listed = self.does("max", c.ListSanctions(DEN, Means.BAN)).reply.sanctions
        self.assertEqual([(each.by, each.reason) for each in listed], [(ANN, "two")])

    def test_a_ban_that_is_lifted_is_gone(self):
        self.does("max", c.Ban(DEN, mask("bob")))
        outcome = self.does("ann", c.Unban(DEN, mask("bob")))
        self.assertEqual(outcome.reply, r.SanctionGone(DEN, Means.BAN, mask("bob")))
        self.assertEqual(lines(outcome.events), [Audited(NOW, ANN, "unban", "bob", DEN)])
        self.does("bob", c.JoinRoom(DEN))
        self.refuses(BadMask, "ann", c.Unban(DEN, mask("bob")))

    def test_a_ban_ends_by_itself_and_is_shown_no_longer(self):
        self.does("max", c.Ban(DEN, mask("bob"), Terms(HOUR)))
        self.world.now += HOUR * 1000
        self.assertEqual(self.does("max", c.ListSanctions(DEN, Means.BAN)).reply.sanctions, ())
        self.refuses(BadMask, "max", c.Unban(DEN, mask("bob")))
        self.does("bob", c.JoinRoom(DEN))

    def test_a_dry_run_says_whom_it_would_hit_and_does_nothing(self):
        self.drop("bob")
        self.people["gus"].host = "192.0.2.7"
        asked = c.TryBan(DEN, EVERYBODY)
        hits = (r.Hit(BOB, False), r.Hit(Nick("gus"), True), r.Hit(Nick("val"), True))
        outcome = self.assertAnswer(self.people["max"], asked, r.WouldHit(DEN, EVERYBODY, hits))
        self.assertEqual(outcome.events, ())
        network = c.TryBan(DEN, mask("192.0.2.0/24"))
        outcome = self.does("max", network)
        self.assertEqual(outcome.reply.hits, (r.Hit(Nick("gus"), True),))
        self.assertEqual(lines(outcome.events), [Audited(NOW, MAX, "tryban", "192.0.2.0/24", DEN)])
        self.assertEqual(self.does("ole", network).events, ())

    @settings(max_examples=40)
    @given(st.sampled_from(["*", "~*", "$guest", "b*", "?al", "gus", "~bob", "10.0.0.0/8"]))
    def test_a_dry_run_says_what_a_ban_does(self, word):
        self.setUp()
        self.people["val"].host = "10.1.2.3"
        before = self.inside()
        hits = self.does("max", c.TryBan(DEN, mask(word))).reply.hits
        self.does("max", c.Ban(DEN, mask(word)))
        self.assertEqual(before - self.inside(), {hit.nick for hit in hits})


class FewSanctions(ModeratedTestCase):
    limits = {"room_sanctions": 2}

    def test_bans_and_mutes_have_a_limit_together(self):
        self.does("max", c.Ban(DEN, mask("one")))
        self.does("max", c.Mute(DEN, mask("two"), Terms(HOUR)))
        for command in (c.Ban(DEN, mask("three")), c.Mute(DEN, mask("three"))):
            self.refuses(TooMany, "max", command)
        self.does("max", c.Ban(DEN, mask("one")))
        self.world.now += HOUR * 1000
        self.does("max", c.Ban(DEN, mask("three")))


class Mutes(ModeratedTestCase):
    def test_who_has_voice_is_not_muted_by_name(self):
        self.refuses(NotAllowed, "max", c.Mute(DEN, mask("val")))

    def test_who_is_muted_stays_and_says_nothing_until_it_is_lifted(self):
        self.does("max", c.SetVoice(DEN, Nick("val"), False))
        outcome = self.does("max", c.Mute(DEN, mask("val"), Terms(HOUR, "too loud")))
        self.assertEqual(
            outcome.reply, r.SanctionIs(DEN, Means.MUTE, mask("val"), NOW + HOUR * 1000, 1)
        )
        self.assertIn("val", self.inside())
        self.refuses(Muted, "val", c.Say(DEN, "hi"))
        self.does("max", c.Unmute(DEN, mask("val")))
        self.does("val", c.Say(DEN, "hi"))

    def test_mutes_and_bans_are_told_apart(self):
        self.does("max", c.SetVoice(DEN, Nick("val"), False))
        self.does("max", c.Mute(DEN, mask("val")))
        self.assertEqual(self.does("max", c.ListSanctions(DEN, Means.BAN)).reply.sanctions, ())
        self.refuses(BadMask, "max", c.Unban(DEN, mask("val")))
        [listed] = self.does("max", c.ListSanctions(DEN, Means.MUTE)).reply.sanctions
        self.assertEqual(listed.mask, mask("val"))

    def test_only_moderators_are_told(self):
        self.does("ole", c.JoinRoom(DEN))
        self.does("max", c.SetVoice(DEN, Nick("val"), False))
        outcome = self.does("max", c.Mute(DEN, mask("val")))
        self.assertEqual(outcome.told[0], self.sessions("ann", "max", "ole"))


class WhatIsOver(ModeratedTestCase):
    def test_it_is_lifted_for_good_and_nothing_else(self):
        self.does("max", c.Ban(DEN, mask("x"), Terms(HOUR)))
        self.does("max", c.Mute(DEN, mask("y"), Terms(HOUR)))
        self.does("max", c.Ban(DEN, mask("z")))
        sweep = c.LiftWhatIsOver()
        decide = self.world.manager.decide
        hub = self.world.connect()
        self.assertEqual(decide(hub, sweep, NOW), ())
        later = NOW + HOUR * 1000
        events = decide(hub, sweep, later)
        self.assertEqual(
            events,
            (
                SanctionLifted(DEN, later, None, Means.BAN, mask("x"), 1),
                SanctionLifted(DEN, later, None, Means.MUTE, mask("y"), 1),
            ),
        )
        self.world.apply(events)
        self.assertEqual((len(self.room.bans), len(self.room.mutes)), (1, 0))

    def test_a_sweep_has_an_end_and_leaves_rooms_alone_that_are_changing(self):
        for number in range(120):
            self.room.bans.lay(Sanction(mask(f"x{number}"), MAX, NOW, NOW + 1))
        self.world.state.note_sanctions(self.room)
        hub = self.world.connect()
        events = self.world.manager.decide(hub, c.LiftWhatIsOver(), NOW + 1)
        self.assertEqual(len(events), 100)
        self.world.state.changing = {self.room.key}
        self.assertEqual(self.world.manager.decide(hub, c.LiftWhatIsOver(), NOW + 1), ())

    def test_only_rooms_are_looked_at_where_something_ends(self):
        """The sweep comes every few seconds, to servers with thousands of rooms."""
        passing = self.world.state.passing
        self.does("max", c.Ban(DEN, mask("z")))
        self.assertEqual(passing, set())
        self.does("max", c.Mute(DEN, mask("y"), Terms(HOUR)))
        self.assertEqual(passing, {self.room.key})
        self.does("ann", c.RenameRoom(DEN, RoomName("lair")))
        self.assertEqual(passing, {"lair"})
        self.does("max", c.Unmute(RoomName("lair"), mask("y")))
        self.assertEqual(passing, set())
        self.does("max", c.Mute(RoomName("lair"), mask("y"), Terms(HOUR)))
        self.does("ann", c.DeleteRoom(RoomName("lair")))
        self.assertEqual(passing, set())

    def test_a_start_finds_the_rooms_where_something_ends(self):
        until = Sanction(mask("x"), MAX, NOW, NOW + 1)
        for sanctions, expected in (((until,), {"den"}), ((), set())):
            manager = RoomManager()
            room = StoredRoom(1, RoomName("den"), 0, None, True, mutes=sanctions)
            manager.load(Stored((room,)))
            self.assertEqual(manager.state.passing, expected)


class Roles(ModeratedTestCase):
    def test_a_moderator_who_is_absent_moderates(self):
        self.does("max", c.LeaveRoom(DEN))
        self.does("max", c.Kick(DEN, BOB))
        self.assertEqual(self.role("max"), Role.MODERATOR)
