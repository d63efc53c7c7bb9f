"""Owners and moderators, by the line protocol: who is told what, and what ends when."""

from twisted.trial.unittest import TestCase

from tests.protocols.conversation import NOW, Client, Server


class ModerationCase(TestCase):
    """ann owns the den; bob, an account with two connections, and gus, a guest, are in it."""

    def setUp(self) -> None:
        self.server = Server(self)
        self.ann = self.account("ann")
        self.ann.says("create den", "join den")
        self.bob = self.account("bob")
        self.bob.says("join den")
        self.bob2 = self.server.client()
        self.bob2.says("login bob s3cret")
        self.gus = self.server.client("gus", "den")
        self.server.forget()

    def account(self, name: str) -> Client:
        client = self.server.client(name)
        client.says("register s3cret")
        self.server.forget()
        return client

    def members(self) -> set[str | None]:
        members = self.server.hub.manager.state.rooms["den"].members.values()
        return {member.person.nick for member in members}

    def restart(self) -> None:
        """Stop the server and start another one on the same log."""
        stopped = self.server._stop()
        self.server.clock.advance(10)
        self.successResultOf(stopped)
        self.server = Server(self, log=self.server.log)


class RolesShownTests(ModerationCase):
    def test_who_of_a_room_tells_roles_and_who_of_the_server_does_not(self) -> None:
        self.ann.says("voice den bob", "who den")
        rows = [line.split()[2:4] for line in self.ann.takes() if line.startswith("= user")]
        self.assertEqual(
            rows, [["ann", "online,owner"], ["bob", "online,voiced"], ["gus", "online"]]
        )
        self.ann.says("who")
        rows = [line.split()[3] for line in self.ann.takes() if line.startswith("= user")]
        self.assertEqual(rows, ["online"] * 3)


class KickTests(ModerationCase):
    def test_all_connections_hear_why_and_then_nothing_more(self) -> None:
        self.ann.says("kick den bob too loud").gets(
            "+ kicked den bob", "* kicked den bob ann kicked too loud"
        )
        for client in (self.bob, self.bob2, self.gus):
            client.gets("* kicked den bob ann kicked too loud")
        self.ann.says("send den still here")
        self.gus.gets(f"* said den 1 {NOW} ann still here")
        self.bob.gets_nothing()
        self.bob2.gets_nothing()
        self.bob.says("send den hi").gets_error("not-a-member")

    def test_it_takes_effect_at_its_number(self) -> None:
        """What is written before the kick is heard, what comes after it is not."""
        self.server.faulty.hold()
        self.gus.says("send den one")
        self.ann.says("kick den bob")
        self.gus.says("send den two")
        self.server.faulty.release()
        one, kicked = f"* said den 1 {NOW} gus one", "* kicked den bob ann kicked"
        self.bob.gets(one, kicked)
        self.bob2.gets(one, kicked)
        self.gus.gets("+ sent den 1", one, kicked, "+ sent den 2", f"* said den 2 {NOW} gus two")

    def test_who_is_about_to_be_put_out_says_nothing_after_it(self) -> None:
        self.server.faulty.hold()
        self.ann.says("kick den gus")
        self.gus.says("send den hi")
        self.server.faulty.release()
        heard = self.gus.takes()
        self.assertEqual(heard[0], "* kicked den gus ann kicked")
        self.assertTrue(heard[1].startswith("- not-a-member"))
        self.assertEqual(self.server.hub.manager.state.rooms["den"].last, 0)

    def test_a_stalled_reader_gets_nothing_that_came_after(self) -> None:
        self.bob.stops_reading()
        for _ in range(30):
            self.ann.says(f"send den {'x' * 4000}")
        self.ann.says("kick den bob", "send den afterwards")
        self.bob.reads_on()
        lines = self.bob.takes()
        self.assertIn("* kicked den bob ann kicked", lines)
        self.assertFalse([line for line in lines if line.endswith("afterwards")])

    def test_who_has_gone_meanwhile_is_no_error(self) -> None:
        self.server.faulty.hold()
        self.ann.says("kick den gus")
        self.gus.hangs_up()
        self.server.faulty.release()
        self.assertIn("+ kicked den gus", self.ann.takes())
        self.assertEqual(self.members(), {"ann", "bob"})

    def test_a_temporary_room_ends_with_the_last_who_is_put_out(self) -> None:
        gus = self.gus.says("join hall")
        self.bob.says("join hall")
        gus.says("owner hall bob", "leave hall")
        self.assertIn("hall", self.server.hub.manager.state.rooms)
        self.bob.says("leave hall")
        self.server.passes(10)
        self.assertNotIn("hall", self.server.hub.manager.state.rooms)

    def test_a_disk_that_fails_puts_nobody_out(self) -> None:
        self.server.faulty.fail_next()
        self.ann.says("kick den bob").gets_error("storage")
        self.bob.gets_nothing()
        self.assertIn("bob", self.members())


class BanTests(ModerationCase):
    def test_who_is_hit_is_out_and_stays_out_and_moderators_are_told(self) -> None:
        self.ann.says("op den bob")
        self.server.forget()
        self.bob.says("ban den gus 2h spam").gets(
            "+ banned den gus 2026-11-20T12:00:00.123Z 1",
            f"* banned den gus 2026-11-20T12:00:00.123Z {NOW} bob spam",
            "* kicked den gus bob banned spam",
        )
        self.ann.gets(
            f"* banned den gus 2026-11-20T12:00:00.123Z {NOW} bob spam",
            "* kicked den gus bob banned spam",
        )
        self.gus.gets("* kicked den gus bob banned spam")
        self.gus.says("join den").gets_error("banned")
        self.ann.says("bans den").gets(
            f"= ban den gus 2026-11-20T12:00:00.123Z {NOW} bob spam", "+ bans den 1"
        )
        self.ann.says("unban den gus").gets("+ unbanned den gus", f"* unbanned den gus {NOW} ann")
        self.gus.says("join den").gets("+ join den 0 3")

    def test_a_join_that_is_being_written_does_not_slip_by(self) -> None:
        eve = self.account("eve")
        self.server.faulty.hold()
        eve.says("join den")
        self.ann.says("ban den eve")
        self.server.faulty.release()
        self.server.settle()
        self.assertNotIn("eve", self.members())
        self.assertEqual(eve.takes()[-1], "* kicked den eve ann banned")

    def test_a_dry_run_names_whom_it_would_hit(self) -> None:
        self.bob.hangs_up()
        self.bob2.hangs_up()
        self.server.forget()
        self.ann.says("tryban den *").gets(
            "= hit den bob absent", "= hit den gus inside", "+ tryban den * 2"
        )
        self.ann.says("tryban den 192.0.2.0/24").gets(
            "= hit den gus inside", "+ tryban den 192.0.2.0/24 1"
        )
        self.gus.gets_nothing()

    def test_a_ban_that_is_over_is_lifted(self) -> None:
        self.ann.says("ban den troll 1m")
        self.server.forget()
        self.server.passes(66)
        [line] = self.ann.takes()
        self.assertRegex(line, r"\A\* unbanned den troll 2026-11-20T10:01:\d\d\.123Z -\Z")

    def test_it_lasts_over_a_restart(self) -> None:
        self.ann.says("ban den bob", "mute den gus")
        self.restart()
        bob, ann = self.server.client(), self.server.client()
        bob.says("login bob s3cret").takes()
        bob.says("join den").gets_error("banned")
        ann.says("login ann s3cret").takes()
        self.assertEqual(ann.says("mutes den").takes()[-1], "+ mutes den 1")


class MuteTests(ModerationCase):
    def test_who_is_muted_hears_and_says_nothing(self) -> None:
        self.ann.says("mute den gus 30m too loud").gets(
            "+ muted den gus 2026-11-20T10:30:00.123Z 1",
            f"* muted den gus 2026-11-20T10:30:00.123Z {NOW} ann too loud",
        )
        self.bob.gets_nothing()
        self.gus.says("send den hi").gets_error("muted")
        self.ann.says("send den hi")
        self.gus.gets(f"* said den 1 {NOW} ann hi")
        self.ann.says("unmute den gus").takes()
        self.gus.says("send den hi").gets("+ sent den 2", f"* said den 2 {NOW} gus hi")

    def test_who_is_muted_keeps_the_nick_by_which_that_is_known(self) -> None:
        self.ann.says("mute den gus")
        self.gus.says("nick gustav").gets_error("muted")
        self.assertIn("+ nick GUS", self.gus.says("nick GUS").takes())
        self.gus.says("leave den").takes()
        self.gus.says("nick gustav").gets("+ nick gustav")

    def test_who_has_voice_all_the_same_may_change_it(self) -> None:
        self.ann.says("mute den gus", "voice den gus")
        self.gus.takes()
        self.assertIn("+ nick gustav", self.gus.says("nick gustav").takes())


class RoleTests(ModerationCase):
    def test_members_are_told_of_roles(self) -> None:
        told = f"* role den {NOW} bob moderator ann"
        self.ann.says("op den BOB").gets("+ role den bob moderator", told)
        for client in (self.bob, self.bob2, self.gus):
            client.gets(told)
        self.bob.says("resign den").gets(
            "+ role den bob member", f"* role den {NOW} bob member bob"
        )

    def test_they_last_over_a_restart(self) -> None:
        self.ann.says("op den bob")
        self.restart()
        bob = self.server.client()
        bob.says("login bob s3cret").takes()
        bob.says("bans den").gets("+ bans den 0")


class LastOwnerTests(ModerationCase):
    """ann and bob own the den; of what both do at the same moment, one comes second."""

    def setUp(self) -> None:
        super().setUp()
        self.ann.says("owner den bob")
        self.codes = {client: self.drop_code(client) for client in (self.ann, self.bob)}
        self.server.forget()
        self.server.faulty.hold()

    def drop_code(self, client: Client) -> str:
        self.server.forget()
        [line] = client.says("drop s3cret").takes()
        return line.split()[2]

    def drop(self, client: Client) -> Client:
        return client.says(f"drop s3cret {self.codes[client]}")

    def owners(self) -> set[str]:
        return set(self.server.hub.manager.state.rooms["den"].roles)

    def test_two_that_drop_their_accounts(self) -> None:
        self.drop(self.ann)
        self.drop(self.bob).gets_nothing()
        self.server.faulty.release()
        self.assertEqual(self.ann.takes()[-1], "+ dropped ann")
        self.assertEqual(self.owners(), {"bob"})
        self.assertIn("- not-allowed ", self.bob.takes()[-1])

    def test_one_that_resigns_while_the_other_drops_the_account(self) -> None:
        self.drop(self.bob)
        self.ann.says("resign den")
        self.server.faulty.release()
        self.ann.gets_error("not-allowed")
        self.assertEqual(self.owners(), {"ann"})

    def test_two_that_resign(self) -> None:
        self.ann.says("resign den")
        self.bob.says("resign den")
        self.server.faulty.release()
        self.assertEqual(self.owners(), {"bob"})

    def test_a_room_that_is_made_for_an_account_that_is_gone_is_nobody_elses(self) -> None:
        """Who registers the name next owns nothing by it."""
        self.drop(self.bob)
        self.bob2.says("create nook")
        self.server.faulty.release()
        self.bob2.gets("+ created nook")
        self.assertEqual(self.server.hub.manager.state.rooms["nook"].roles, {})

    def test_a_disk_that_fails_leaves_owner_and_account(self) -> None:
        self.server.faulty.release()
        self.server.faulty.fail_next()
        self.drop(self.bob).gets_error("storage")
        self.assertEqual(self.owners(), {"ann", "bob"})


class SettingTests(ModerationCase):
    SET = (
        "listed no, announce no, history everyone from 1, keep all, "
        "topic members, outsiders no, most all, plain no"
    )

    def test_members_are_told_what_is_set(self) -> None:
        rows = self.ann.says("set den kind unlisted").takes()
        self.assertEqual(rows[0], "= set den kind unlisted")
        self.assertEqual(rows[9:], ["+ set den", f"* set den {NOW} ann kind unlisted, {self.SET}"])
        self.gus.gets(f"* set den {NOW} ann kind unlisted, {self.SET}")
        self.assertEqual(len(self.gus.says("set den").takes()), 10)

    def test_a_password_is_hashed_first_and_shown_nowhere(self) -> None:
        lines = self.ann.says("set den kind password two words").takes()
        self.assertEqual(lines[0], "= set den kind password")
        room = self.server.hub.manager.state.rooms["den"]
        self.assertTrue(room.kind.secret)
        everything = "".join((*lines, *self.gus.takes(), repr(room.kind)))
        self.assertNotIn("two words", everything)
        self.assertNotIn(room.kind.secret, everything)
        eve = self.server.client("eve")
        eve.says("join den").gets_error("no-such-room")
        eve.says("join den password two words").gets("+ join den 0 4")

    def test_what_is_set_lasts_over_a_restart(self) -> None:
        self.ann.says("set den kind invite-only")
        self.restart()
        eve = self.server.client("eve")
        eve.says("join den").gets_error("no-such-room")


class InvitationTests(ModerationCase):
    def setUp(self) -> None:
        super().setUp()
        self.ann.says("set den kind invite-only")
        self.eve = self.account("eve")
        self.server.forget()

    def test_who_is_invited_is_told_and_comes_in(self) -> None:
        self.ann.says("invite den eve").gets("+ invited den eve")
        self.eve.gets(f"* invited den {NOW} eve ann")
        self.eve.says("join den").gets("+ join den 0 4")

    def test_an_account_that_is_away_is_told_at_its_login(self) -> None:
        self.eve.hangs_up()
        self.ann.says("invite den eve").gets("+ invited den eve")
        eve = self.server.client()
        eve.takes()
        eve.says("login eve s3cret").gets("+ login eve 0", f"* invited den {NOW} eve ann")

    def test_it_lasts_over_a_restart_and_is_used_up(self) -> None:
        self.ann.says("invite den eve")
        self.restart()
        eve = self.server.client()
        eve.says("login eve s3cret", "join den", "leave den")
        self.assertEqual(eve.takes()[-1], "+ left den")
        self.restart()
        eve = self.server.client()
        eve.says("login eve s3cret").takes()
        eve.says("join den").gets_error("no-such-room")

    def test_an_invitation_is_taken_back(self) -> None:
        self.ann.says("invite den eve")
        self.ann.says("uninvite den eve").gets("+ invited den eve", "+ uninvited den eve")
        self.eve.takes()
        self.eve.says("join den").gets_error("no-such-room")

    def test_who_gave_it_takes_it_back_under_another_spelling(self) -> None:
        self.ann.says("set den kind public")
        self.bob.says("invite den eve", "nick BOB")
        self.server.forget()
        self.bob.says("uninvite den eve").gets("+ uninvited den eve")
