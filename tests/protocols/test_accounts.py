"""Accounts at the line door: whose a nick is, and what is there after being away."""

from typing import Any

from twisted.internet.defer import fail, succeed
from twisted.trial.unittest import TestCase

from chatsvc.core.errors import NotAllowed
from chatsvc.core.names import Nick
from chatsvc.hub.positions import NOTE_SECONDS
from chatsvc.testing import FakeIdentity, FakeRoomPasswords
from tests.protocols.conversation import NOW, Client, Server

DROP_SECONDS = 120


class AccountCase(TestCase):
    """Has a server with a lobby; `ann` is registered with the password "s3cret"."""

    def setUp(self) -> None:
        self.server = Server(self, lobby="lobby")
        self.ann = self.server.client("ann", "den")
        self.ann.says("register s3cret").gets("+ registered ann")
        self.bob = self.server.client("bob", "den")
        self.server.forget()

    def logged_in(self, password: str = "s3cret", nick: str = "") -> Client:
        """Return one more connection of ann's, with nothing left to read."""
        client = self.server.client(nick)
        client.says(f"login ann {password}")
        self.server.forget()
        return client

    def restarted(self) -> Server:
        """Return another server over the same log."""
        log = self.server.faulty.log
        self.server._stop()
        return Server(self, lobby="lobby", log=log)


class RegisteringTests(AccountCase):
    def test_where_somebody_registers_or_logs_in_is_their_home(self):
        """And not where it is refused."""
        self.assertEqual(self.server.identity.homes, [("ann", "192.0.2.1")])
        self.logged_in()
        self.assertEqual(self.server.identity.homes[1:], [("ann", "192.0.2.1")])
        self.logged_in("wrong")
        self.ann.says("register other")
        self.assertEqual(len(self.server.identity.homes), 2)

    def test_a_registered_nick_is_refused_to_others_with_a_suggestion(self) -> None:
        eve = self.server.client()
        eve.says("nick ANN")
        _, refusal = eve.takes()
        self.assertEqual(
            refusal,
            '- nick-registered The nick "ANN" is registered; "ANN2" is free. '
            "If it is yours: login ANN PASSWORD.",
        )
        self.ann.hangs_up()
        self.server.forget()
        eve.says("nick ann").gets_error("nick-registered")
        self.bob.says("nick ann").gets_error("nick-registered")

    def test_what_was_said_and_joined_before_stays(self) -> None:
        self.ann.says("send den hi").takes()
        self.bob.takes()
        self.ann.says("who den")
        rows = [line.split()[2] for line in self.ann.takes() if line.startswith("= user")]
        self.assertEqual(rows, ["ann", "bob"])

    def test_it_takes_a_nick_and_no_account(self) -> None:
        nameless = self.server.client()
        nameless.takes()
        nameless.says("register s3cret").gets_error("no-nick")
        self.ann.says("register again").gets_error("not-allowed")

    def test_others_hear_nothing_of_it(self) -> None:
        self.bob.says("register oyster").gets("+ registered bob")
        self.ann.gets_nothing()

    def test_requests_behind_it_wait_for_the_password(self) -> None:
        self.server.identity.hold()
        self.bob.says("register oyster", "who den", "ping").gets_nothing()
        self.ann.says("ping 1").gets("+ pong 1")
        self.server.identity.release()
        self.assertEqual(self.bob.takes()[-1], "+ pong")

    def test_a_failing_disk_registers_nobody(self) -> None:
        self.server.faulty.fail_next()
        self.bob.says("register oyster").gets_error("storage")
        self.bob.says("logout").gets_error("not-logged-in")
        self.bob.says("register oyster").gets("+ registered bob")

    def test_who_is_gone_before_the_password_is_hashed_has_no_account(self) -> None:
        self.server.identity.hold()
        self.bob.says("register oyster").hangs_up()
        self.server.identity.release()
        self.server.settle()
        self.server.client("bob").says("ping").gets("+ pong")


class LoggingInTests(AccountCase):
    def test_after_being_away_the_rooms_are_there_with_what_is_unread(self) -> None:
        self.ann.hangs_up()
        self.bob.takes()
        self.bob.says("send den one", "send den two").takes()
        ann = self.server.client()
        ann.takes()
        ann.says("login ann s3cret").gets(
            "= unread den 2 2",
            "= unread lobby 0 0",
            "+ login ann 2",
            "* joined den ann",
            "* joined lobby ann",
        )
        self.bob.gets("* joined den ann", "* joined lobby ann")

    def test_after_a_restart_too(self) -> None:
        self.ann.says("send den hi").takes()
        self.bob.says("send den one", "send den two").takes()
        server = self.restarted()
        self.assertEqual(server.identity.asked, [])
        bob, ann = server.client("bob"), server.client()
        bob.says("join den", "send den three", "send den four")
        server.forget()
        ann.says("login ANN s3cret")
        self.assertEqual(
            ann.takes()[:3], ["= unread den 5 2", "= unread lobby 0 0", "+ login ann 2"]
        )

    def test_a_wrong_password_and_an_unknown_name_are_refused_alike(self) -> None:
        client = self.server.client()
        client.takes()
        client.says("login ann oyster")
        client.says("login nobody oyster")
        wrong, unknown = client.takes()
        self.assertEqual(wrong, "- bad-login There is no such name with this password.")
        self.assertEqual(unknown, wrong)

    def test_a_second_session_is_the_same_member(self) -> None:
        second = self.logged_in()
        self.bob.gets_nothing()
        second.says("who").takes()
        self.bob.says("who den", "list", "info den")
        lines = self.bob.takes()
        self.assertEqual(len([line for line in lines if line.startswith("= user ann ")]), 1)
        self.assertIn(f"= room den 2 0 {NOW} - temporary", lines)
        self.assertIn("= info den members 2", lines)

    def test_all_sessions_hear_the_rooms(self) -> None:
        second = self.logged_in()
        self.bob.says("send den hi").takes()
        for session in (self.ann, second):
            session.gets(f"* said den 1 {NOW} bob hi")
        self.ann.says("send den ho").takes()
        second.gets(f"* said den 2 {NOW} ann ho")

    def test_a_direct_message_reaches_all_sessions(self) -> None:
        second = self.logged_in()
        self.bob.says("tell ann hi").gets("+ told ann")
        for session in (self.ann, second):
            session.gets(f"* tell {NOW} bob hi")

    def test_a_direct_message_reaches_those_sessions_that_read(self) -> None:
        server = self.server
        second = self.logged_in().stops_reading()
        for _ in range(12):
            self.bob.says(f"tell ann {'x' * 3900}")
        server.forget()
        self.assertIsNotNone(second)
        self.bob.says("tell ann hi").gets("+ told ann")
        self.ann.gets(f"* tell {NOW} bob hi")

    def test_joining_and_leaving_is_for_all_sessions(self) -> None:
        second = self.logged_in()
        self.ann.says("join hall").gets("+ join hall 0 1")
        second.gets("* joined hall ann")
        second.says("send hall hi").gets("+ sent hall 1", f"* said hall 1 {NOW} ann hi")
        self.ann.gets(f"* said hall 1 {NOW} ann hi")
        second.says("leave den").gets("+ left den")
        self.ann.gets("* left den ann")
        self.bob.gets("* left den ann").says("send den hi").takes()
        self.ann.gets_nothing().says("send den hi").gets_error("not-a-member")

    def test_who_was_put_into_a_room_may_ask_for_it_once(self) -> None:
        second = self.logged_in()
        second.says("join den").gets("+ join den 0 2")
        second.says("join den").gets_error("already-a-member")
        self.ann.says("join den").gets_error("already-a-member")

    def test_one_session_goes_and_the_person_stays(self) -> None:
        second = self.logged_in()
        self.ann.says("quit")
        self.bob.gets_nothing()
        second.says("quit")
        self.bob.gets("* left lobby ann", "* left den ann")

    def test_away_and_back_are_those_of_the_person(self) -> None:
        second = self.logged_in()
        self.ann.says("away lunch").gets("+ away")
        second.gets("* away ann lunch").says("back").gets("+ back")
        self.ann.gets("* back ann")
        self.bob.gets("* away ann lunch", "* back ann")

    def test_a_guest_brings_the_rooms_it_joined(self) -> None:
        self.ann.hangs_up()
        guest = self.server.client("guest", "hall")
        self.server.forget()
        guest.says("login ann s3cret").gets(
            "= unread den 0 0",
            "= unread hall 0 0",
            "= unread lobby 0 0",
            "+ login ann 3",
            "* joined den ann",
            "* joined lobby ann",
        )
        self.bob.gets("* left lobby guest", "* joined den ann", "* joined lobby ann")
        guest.hangs_up()
        again = self.server.client()
        again.says("login ann s3cret")
        self.assertIn("+ login ann 3", again.takes())

    def test_a_guest_misses_nothing_in_a_room_it_brings(self) -> None:
        guest = self.server.client("guest", "hall")
        eve = self.server.client("eve", "hall")
        self.server.forget()
        guest.stops_reading()
        for _ in range(39):
            eve.says(f"send hall {'x' * 3000}")
        guest.sends(b"login ann s3cret\n")
        eve.says("send hall last").takes()
        guest.reads_on()
        said = [line.split()[3] for line in guest.takes() if line.startswith("* said hall")]
        self.assertEqual(said, [str(number) for number in range(1, 41)])

    def test_a_room_that_is_deleted_meanwhile_does_not_keep_one_from_logging_in(self) -> None:
        guest = self.server.client("guest", "hall", "zoo")
        self.bob.says("create kitchen").takes()
        self.ann.says("join kitchen").takes()
        self.ann.hangs_up()
        self.server.faulty.hold()
        self.server.forget()
        self.bob.sends(b"delete kitchen\n")
        guest.sends(b"login ann s3cret\n").gets_nothing()
        self.server.faulty.release()
        self.assertIn("+ login ann 4", guest.takes())
        self.assertNotIn("kitchen", self.server.hub.manager.state.rooms)

    def test_one_may_log_in_to_another_account(self) -> None:
        self.bob.says("register oyster").takes()
        self.ann.says("login bob oyster")
        self.assertIn("+ login bob 2", self.ann.takes())
        self.bob.gets("* left lobby ann", "* left den ann")
        self.ann.says("login bob oyster")
        self.assertIn("+ login bob 2", self.ann.takes())

    def test_who_is_logged_in_keeps_the_nick(self) -> None:
        self.ann.says("nick eve").gets_error("not-allowed")
        self.ann.says("nick Ann").gets("+ nick Ann")

    def test_the_room_of_a_port_is_one_of_the_account_s(self) -> None:
        self.bob.says("create port").takes()
        client = self.server.client(aim="port")
        client.says("login ann s3cret", "hi")
        self.assertIn(f"* said port 1 {NOW} ann hi", client.takes())

    def test_the_address_is_told_to_whoever_checks_the_password(self) -> None:
        self.logged_in()
        [(name, address)] = self.server.identity.asked
        self.assertEqual((name, address), ("ann", self.ann.wire.getPeer().host))


class LeavingTests(AccountCase):
    def test_who_logs_out_is_nameless_and_may_take_another_nick(self) -> None:
        self.ann.says("talk den", "/logout").gets("+ talking den", "+ logout")
        self.bob.gets("* left lobby ann", "* left den ann")
        self.ann.says("send den hi").gets_error("no-nick")
        self.ann.says("nick ann").gets_error("nick-registered")
        self.ann.says("nick eve").gets("+ nick eve", "* joined lobby eve")

    def test_a_nameless_one_has_as_long_as_a_newcomer(self) -> None:
        self.server.passes(200)
        self.ann.says("logout")
        self.server.passes(50)
        self.assertFalse(self.ann.is_closed)
        self.server.passes(20)
        self.assertTrue(self.ann.is_closed)

    def test_logging_out_at_one_session_leaves_the_others(self) -> None:
        second = self.logged_in()
        second.says("logout").gets("+ logout")
        self.bob.gets_nothing().says("send den hi").takes()
        self.ann.gets(f"* said den 1 {NOW} bob hi")
        second.gets_nothing()

    def test_leaving_a_room_is_for_good(self) -> None:
        self.ann.says("leave den").takes()
        self.ann.hangs_up()
        client = self.server.client()
        client.says("login ann s3cret")
        self.assertIn("+ login ann 1", client.takes())

    def test_a_temporary_room_waits_for_its_absent_members(self) -> None:
        self.bob.hangs_up()
        self.ann.hangs_up()
        self.server.passes(20)
        self.assertIn("den", self.server.hub.manager.state.rooms)
        ann = self.logged_in()
        ann.says("leave den").takes()
        self.server.settle()
        self.assertNotIn("den", self.server.hub.manager.state.rooms)

    def test_a_deleted_room_is_no_room_of_anybody(self) -> None:
        self.bob.says("create hall").takes()
        self.ann.says("join hall").takes()
        self.ann.hangs_up()
        self.bob.says("delete hall").takes()
        client = self.server.client()
        client.says("login ann s3cret")
        self.assertIn("+ login ann 2", client.takes())


class PasswordTests(AccountCase):
    def test_a_new_password_holds_and_the_old_one_does_not(self) -> None:
        self.ann.says("passwd oyster pearl").gets_error("bad-login")
        self.ann.says("passwd s3cret pearl").gets("+ passwd")
        self.bob.says("login ann s3cret").gets_error("bad-login")
        self.bob.says("login ann pearl")
        self.assertIn("+ login ann 2", self.bob.takes())

    def test_a_renewed_hash_never_brings_an_old_password_back(self) -> None:
        hub, accounts = self.server.hub, self.server.hub.manager.state.accounts
        old = accounts["ann"].secret
        self.server.faulty.hold()
        self.ann.sends(b"passwd s3cret pearl\n")
        hub.renew_secret(Nick("ann"), old, "$another hash of s3cret")
        self.server.faulty.release()
        self.ann.gets("+ passwd")
        self.assertEqual(accounts["ann"].secret, FakeIdentity.secret_of("pearl"))
        hub.renew_secret(Nick("ann"), accounts["ann"].secret, "$another hash of pearl")
        self.server.settle()
        self.assertEqual(accounts["ann"].secret, "$another hash of pearl")

    def gives_the_den_away(self) -> None:
        """Let somebody else own the room that ann has made."""
        self.bob.says("register oyster")
        self.ann.says("owner den bob")
        self.server.forget()

    def test_an_account_is_dropped_when_it_is_said_twice(self) -> None:
        self.gives_the_den_away()
        self.ann.says("drop oyster").gets_error("bad-login")
        self.ann.says("drop s3cret")
        [line] = self.ann.takes()
        self.assertRegex(line, rf"\A\+ drop \d{{6}} {DROP_SECONDS}\Z")
        code = line.split()[2]
        self.ann.says(f"drop s3cret {code}").gets("+ dropped ann")
        self.bob.gets_nothing()
        self.ann.says("send den hi").gets("+ sent den 1", f"* said den 1 {NOW} ann hi")
        self.ann.hangs_up()
        self.server.client("ann").says("ping").gets("+ pong")

    def test_the_last_owner_of_a_room_is_not_dropped(self) -> None:
        self.ann.says("drop s3cret").gets_error("not-allowed")
        self.bob.says("leave den")
        self.server.forget()
        self.ann.says("drop s3cret")
        self.assertRegex(self.ann.takes()[0], r"\A\+ drop ")

    def test_a_code_is_good_once_and_not_for_long(self) -> None:
        self.gives_the_den_away()
        self.ann.says("drop s3cret")
        code = self.ann.takes()[0].split()[2]
        wrong = "000000" if code != "000000" else "111111"
        self.ann.says(f"drop s3cret {wrong}").gets_error("bad-login")
        self.ann.says(f"drop s3cret {code}").gets_error("bad-login")
        self.ann.says("drop s3cret")
        code = self.ann.takes()[0].split()[2]
        self.server.clock.advance(DROP_SECONDS)
        self.ann.says(f"drop s3cret {code}").gets_error("bad-login")

    def test_too_long_a_password_is_refused(self) -> None:
        self.bob.says(f"register {'x' * 1025}").gets_error("bad-password")
        self.bob.says(f"register {'x' * 1024}").gets("+ registered bob")

    def test_without_identity_there_are_no_accounts(self) -> None:
        self.server.hub._credentials.identity = None
        self.bob.says("register oyster").gets_error("not-allowed")


class PositionTests(AccountCase):
    def unread(self, client: Client) -> dict[str, int]:
        rows = [line.split() for line in client.takes() if line.startswith("= unread")]
        return {room: int(unread) for _, _, room, _, unread in rows}

    def unread_at_login(self) -> dict[str, int]:
        client = self.server.client()
        client.says("login ann s3cret")
        found = self.unread(client)
        client.says("quit")
        return found

    def test_what_nobody_looked_at_stays_unread(self) -> None:
        self.ann.hangs_up()
        self.bob.says("send den one", "send den two")
        self.assertEqual(self.unread_at_login()["den"], 2)
        self.bob.says("send den three")
        self.assertEqual(self.unread_at_login()["den"], 3)

    def read_by(self, *lines: str) -> int:
        self.ann.hangs_up()
        self.bob.says("send den one", "send den two", "send den three")
        client = self.server.client()
        client.says("login ann s3cret", *lines, "quit")
        return self.unread_at_login()["den"]

    def test_it_is_read_when_it_is_replayed(self) -> None:
        self.assertEqual(self.read_by("join den since 0"), 0)

    def test_replaying_a_part_leaves_the_rest(self) -> None:
        self.assertEqual(self.read_by("join den since 1"), 3)

    def test_it_is_read_when_the_newest_were_shown(self) -> None:
        self.assertEqual(self.read_by("history den 1"), 0)

    def test_what_was_shown_of_the_oldest_is_read(self) -> None:
        self.assertEqual(self.read_by("history den 2 after 0"), 1)

    def test_older_history_reads_nothing(self) -> None:
        self.assertEqual(self.read_by("history den 1 before 3"), 3)

    def test_it_is_read_when_one_says_something(self) -> None:
        self.assertEqual(self.read_by("send den four"), 0)

    def test_what_a_newcomer_asked_for_and_was_not_sent_is_unread(self) -> None:
        self.bob.says("create hall", "join hall")
        for _ in range(60):
            self.bob.says(f"send hall {'x' * 3000}")
        self.ann.stops_reading()
        self.ann.sends(b"join hall since 0\n")
        self.ann.hangs_up()
        self.assertGreater(self.unread_at_login()["hall"], 0)

    def test_another_session_that_reads_counts(self) -> None:
        self.bob.says("send den one")
        second = self.server.client()
        second.says("login ann s3cret")
        self.assertEqual(self.unread(second)["den"], 0)

    def test_what_a_session_that_is_behind_was_not_sent_is_unread(self) -> None:
        self.ann.stops_reading()
        for _ in range(40):
            self.bob.says(f"send den {'x' * 3000}")
        self.ann.hangs_up()
        self.assertGreater(self.unread_at_login()["den"], 0)

    def test_it_is_noted_while_a_session_lasts(self) -> None:
        self.bob.says("send den one")
        self.server.passes(2 * NOTE_SECONDS)
        [note] = [each for each in self.server.faulty.log.open().memberships if each.position]
        self.assertEqual(note.position, 1)
        self.assertEqual(note.account, "ann")

    def test_nothing_is_noted_that_is_known(self) -> None:
        self.server.passes(2 * NOTE_SECONDS)
        self.server.faulty.hold()
        self.server.passes(2 * NOTE_SECONDS)
        self.assertEqual(self.server.faulty.held, 0)


class OtherIdentity(FakeIdentity):
    """Another program that knows everybody."""

    def check(self, name: Any, password: Any, address: Any) -> Any:
        return succeed(name)

    def hash(self, password: str) -> Any:
        return fail(NotAllowed("Set it there."))


class OtherProgramTests(AccountCase):
    """Where another program knows who somebody is, accounts are made by the first login."""

    def setUp(self) -> None:
        super().setUp()
        self.server.hub.use_identity(OtherIdentity({}), FakeRoomPasswords())

    def test_the_first_login_makes_the_account(self) -> None:
        eve = self.server.client()
        eve.takes()
        eve.says("login eve x", "join den").gets("+ login eve 0", "+ join den 0 3")
        eve.hangs_up()
        self.bob.says("nick eve")
        self.assertIn("nick-registered", self.bob.takes()[-1])
        again = self.server.client()
        again.takes()
        again.says("login eve x").gets("= unread den 0 0", "+ login eve 1", "* joined den eve")

    def test_a_guest_of_that_name_becomes_the_owner_without_leaving(self) -> None:
        self.bob.says("login bob x").gets("= unread den 0 0", "= unread lobby 0 0", "+ login bob 2")
        self.ann.gets_nothing()

    def test_a_name_that_a_guest_has_is_taken(self) -> None:
        eve = self.server.client()
        eve.takes()
        eve.says("login bob x").gets_error("nick-taken")

    def test_no_password_is_set_here(self) -> None:
        self.bob.says("register oyster").gets_error("not-allowed")
        self.ann.says("passwd s3cret oyster").gets_error("not-allowed")


class SecrecyTests(AccountCase):
    def test_no_password_is_in_the_words_for_a_request(self) -> None:
        from chatsvc.wire.request import parse_request

        for line in (
            "register s3cret",
            "login ann s3cret",
            "passwd s3cret s3cret",
            "drop s3cret",
        ):
            self.assertNotIn("s3cret", repr(parse_request(line)))

    def test_no_password_is_in_the_report_of_a_bug(self) -> None:
        class Broken(FakeIdentity):
            def check(self, name: Any, password: Any, address: Any) -> Any:
                raise ZeroDivisionError

        self.server.hub.use_identity(Broken({}), FakeRoomPasswords())
        self.bob.says("login ann s3cret").gets_error("internal")
        [failure] = self.flushLoggedErrors(ZeroDivisionError)
        self.assertNotIn("s3cret", failure.getTraceback())
