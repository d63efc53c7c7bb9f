"""Direct messages at the line door: kept between accounts, live for guests; ignoring."""

import attrs
from twisted.trial.unittest import TestCase

from chatsvc.core.effects.accounts import change
from chatsvc.core.limits import Limits
from chatsvc.core.names import Nick
from tests.protocols.conversation import NOW, Client, Server


class DirectCase(TestCase):
    """Has a server with the accounts ann and bob, who are there, and the guest eve."""

    def setUp(self) -> None:
        self.server = Server(self)
        self.ann = self.registered("ann")
        self.bob = self.registered("bob")
        self.eve = self.server.client("eve")
        self.server.forget()

    def registered(self, nick: str) -> Client:
        """Return a connection of a new account, whose password is its name."""
        client = self.server.client(nick)
        client.says(f"register {nick}").gets(f"+ registered {nick}")
        return client

    def logged_in(self, name: str) -> Client:
        """Return one more connection of an account."""
        client = self.nameless()
        client.says(f"login {name} {name}").takes()
        return client

    def nameless(self) -> Client:
        """Return a connection that was greeted."""
        client = self.server.client()
        client.takes()
        return client

    def told(self, count: int, client_id: str = "") -> None:
        """Let ann tell bob "1" to `count`."""
        for number in range(1, count + 1):
            self.ann.says(f"tell bob {number}")
        self.server.forget()

    def gone(self, client: Client) -> None:
        """Let somebody be away."""
        client.hangs_up()
        self.server.forget()

    def restart(self) -> None:
        """Go on with another server over the same log, where only eve is named."""
        log = self.server.faulty.log
        self.server._stop()
        self.server = Server(self, log=log)


class TellingTests(DirectCase):
    def test_a_message_between_accounts_has_a_number_and_is_told_at_once(self) -> None:
        self.ann.says("tell bob hi").gets("+ told bob 1")
        self.bob.gets(f"* said @ann 1 {NOW} ann hi")
        self.bob.says("@ANN hello").gets("+ told ann 2")
        self.ann.gets(f"* said @bob 2 {NOW} bob hello")

    def test_all_sessions_of_both_hear_it_but_the_one_that_said_it(self) -> None:
        more_of_ann, more_of_bob = self.logged_in("ann"), self.logged_in("bob")
        self.ann.says("tell bob hi").gets("+ told bob 1")
        for each in (self.bob, more_of_bob):
            each.gets(f"* said @ann 1 {NOW} ann hi")
        more_of_ann.gets(f"* said @bob 1 {NOW} ann hi")
        self.eve.gets_nothing()

    def test_an_account_that_is_not_here_is_told_all_the_same(self) -> None:
        self.gone(self.bob)
        self.ann.says("tell bob hi", "tell BOB there").gets("+ told bob 1", "+ told bob 2")
        bob = self.nameless()
        bob.says("login bob bob").gets("= unread @ann 2 2", "+ login bob 1")
        bob.says("history @ann").gets(
            f"= said @ann 1 {NOW} ann hi", f"= said @ann 2 {NOW} ann there", "+ history @ann 2"
        )

    def test_an_account_keeps_for_itself_what_it_and_a_guest_tell_each_other(self) -> None:
        self.ann.says("tell eve hi").gets("+ told eve")
        self.eve.gets(f"* tell {NOW} ann hi")
        self.eve.says("tell ann hello").gets("+ told ann")
        self.ann.gets(f"* tell {NOW} eve hello")
        for place in ("@eve", "@~eve", "@EVE"):
            self.ann.says(f"history {place}").gets(
                f"= said @~eve 1 {NOW} ann hi",
                f"= said @~eve 2 {NOW} eve hello",
                "+ history @~eve 2",
            )
        self.ann.says("search @eve hello").gets(
            f"= said @~eve 2 {NOW} eve hello", "+ search @~eve 1"
        )
        self.eve.says("history @ann").gets_error("not-logged-in")
        self.bob.says("history @eve").gets("+ history @eve 0")

    def test_nothing_of_a_guest_is_kept_that_nobody_has_told_anything(self) -> None:
        self.eve.says("tell ann hello").gets("+ told ann")
        self.ann.gets(f"* tell {NOW} eve hello")
        self.ann.says("history @eve").gets("+ history @eve 0")
        self.ann.says("ignore eve", "tell eve go").takes()
        self.eve.says("tell ann why").gets(f"* tell {NOW} ann go", "+ told ann")
        self.ann.says("history @eve").gets(f"= said @~eve 1 {NOW} ann go", "+ history @~eve 1")

    def test_who_has_the_nick_of_a_guest_next_is_a_stranger(self) -> None:
        self.ann.says("tell eve hi").takes()
        self.gone(self.eve)
        eve = self.nameless()
        eve.says("nick eve", "tell ann its me").takes()
        self.ann.gets(f"* tell {NOW} eve its me")
        self.ann.says("history @eve").gets(f"= said @~eve 1 {NOW} ann hi", "+ history @~eve 1")

    def test_an_account_with_the_nick_of_a_guest_has_a_conversation_of_its_own(self) -> None:
        self.ann.says("tell eve hi").takes()
        self.eve.says("tell ann hello").takes()
        self.ann.takes()
        self.gone(self.eve)
        eve = self.registered("eve")
        eve.says("history @ann").gets("+ history @ann 0")
        eve.says("history @~ann").gets("+ history @~ann 0")
        self.ann.says("tell eve again").gets("+ told eve 1")
        self.ann.says("history @eve").gets(f"= said @eve 1 {NOW} ann again", "+ history @eve 1")
        self.assertEqual(self.ann.says("history @~eve").takes()[-1], "+ history @~eve 2")

    def test_guests_are_told_also_when_no_conversation_may_be_begun(self) -> None:
        self.server = Server(self, limits=Limits(conversations=1))
        ann, eve = self.registered("ann"), self.server.client("eve")
        ann.says("tell ann note").takes()
        ann.says("tell eve hi").gets("+ told eve")
        eve.gets(f"* tell {NOW} ann hi")
        ann.says("history @eve").gets("+ history @eve 0")

    def test_a_client_id_is_used_once_for_a_guest_too(self) -> None:
        self.ann.says("tell eve #a1 hi", "tell eve #a1 hi").gets("+ told eve", "+ told eve")
        self.eve.gets(f"* tell {NOW} ann hi")

    def test_a_guest_leaves_no_message_for_an_account_that_is_not_here(self) -> None:
        self.gone(self.bob)
        self.eve.says("tell bob hi").gets(
            '- not-registered "bob" is not here. '
            "Register first (register PASSWORD) to leave a message."
        )
        self.eve.says("tell nobody hi").gets_error("no-such-user")
        self.ann.says("tell nobody hi").gets_error("no-such-user")

    def test_a_client_id_is_used_once(self) -> None:
        self.ann.says("tell bob #a1 hi", "tell bob #a1 hi").gets("+ told bob 1", "+ told bob 1")
        self.bob.gets(f"* said @ann 1 {NOW} ann hi")
        self.bob.says("tell ann #a1 my own").gets("+ told ann 2")

    def test_what_one_tells_oneself_is_kept(self) -> None:
        self.ann.says("tell ann note").gets("+ told ann", f"* tell {NOW} ann note")
        self.ann.says("history @ann").gets(f"= said @ann 1 {NOW} ann note", "+ history @ann 1")

    def test_two_who_begin_at_the_same_time_have_one_conversation(self) -> None:
        self.server.faulty.hold()
        self.ann.says("tell bob hi")
        self.bob.says("tell ann hello")
        self.server.faulty.release()
        self.ann.gets("+ told bob 1", f"* said @bob 2 {NOW} bob hello")
        self.bob.gets(f"* said @ann 1 {NOW} ann hi", "+ told ann 2")

    def test_a_failing_disk_tells_nobody(self) -> None:
        self.server.faulty.fail_next()
        self.ann.says("tell bob hi").gets_error("storage")
        self.bob.gets_nothing()
        self.ann.says("tell bob hi").gets("+ told bob 1")

    def test_one_account_begins_so_many_conversations(self) -> None:
        self.server = Server(self, limits=Limits(conversations=1))
        ann, _, cid = self.registered("ann"), self.registered("bob"), self.registered("cid")
        ann.says("tell bob hi", "tell cid hi")
        self.assertEqual([line.split()[1] for line in ann.takes()], ["told", "too-many"])
        cid.says("tell ann hi").gets("+ told ann 1")

    def test_no_command_about_rooms_finds_a_conversation(self) -> None:
        self.ann.says("tell bob hi").takes()
        for line in (
            "join",
            "info",
            "who",
            "topic",
            "welcome",
            "delete",
            "leave",
            "talk",
            "create",
        ):
            for name in ("@bob", "@ann"):
                self.ann.says(f"{line} {name}").gets_error("bad-room")
        self.ann.says("send @bob hi").gets_error("bad-room")
        self.ann.says("list").gets("+ list 0")


class ReadingTests(DirectCase):
    def test_history_and_search_read_what_the_two_said(self) -> None:
        self.told(5)
        self.bob.says("history @ann 2").gets(
            f"= said @ann 4 {NOW} ann 4", f"= said @ann 5 {NOW} ann 5", "+ history @ann 2"
        )
        self.ann.says("history @bob 1 before 3", "history @bob 1 after 3").gets(
            f"= said @bob 2 {NOW} ann 2",
            "+ history @bob 1",
            f"= said @bob 4 {NOW} ann 4",
            "+ history @bob 1",
        )
        self.bob.says("search @ann 3").gets(f"= said @ann 3 {NOW} ann 3", "+ search @ann 1")

    def test_a_third_one_reads_nothing_and_learns_nothing(self) -> None:
        self.told(1)
        cid = self.registered("cid")
        for name in ("bob", "ann", "nobody"):
            cid.says(f"history @{name}", f"search @{name} 1").gets(
                f"+ history @{name} 0", f"+ search @{name} 0"
            )
            cid.says(f"redact @{name} 1").gets_error("no-such-message")
            cid.says(f"edit @{name} 1 x").gets_error("no-such-message")
        for line in ("history @bob", "search @bob 1", "redact @bob 1", "edit @bob 1 x"):
            self.eve.says(line).gets_error("not-logged-in")

    def test_it_is_there_after_a_restart(self) -> None:
        self.gone(self.bob)
        self.told(2)
        self.restart()
        bob = self.nameless()
        bob.says("login bob bob").gets("= unread @ann 2 2", "+ login bob 1")
        ann = self.logged_in("ann")
        ann.says("tell bob 3").gets("+ told bob 3")
        bob.gets(f"* said @ann 3 {NOW} ann 3")

    def test_what_was_read_is_not_unread(self) -> None:
        self.told(2)
        self.gone(self.bob)
        self.told(1)
        bob = self.nameless()
        bob.says("login bob bob").gets("= unread @ann 3 1", "+ login bob 1")
        self.gone(bob)
        bob = self.nameless()
        bob.says("login bob bob").gets("= unread @ann 3 1", "+ login bob 1")
        bob.says("history @ann 1").takes()
        self.gone(bob)
        bob = self.nameless()
        bob.says("login bob bob").gets("+ login bob 0")

    def test_who_answers_has_read(self) -> None:
        self.gone(self.bob)
        self.told(2)
        bob = self.logged_in("bob")
        bob.says("tell ann yes").takes()
        self.gone(bob)
        bob = self.nameless()
        bob.says("login bob bob").gets("+ login bob 0")

    def test_a_reader_that_was_full_gets_each_message_once(self) -> None:
        self.bob.stops_reading()
        for number in range(1, 131):
            self.ann.says(f"tell bob {number} {'x' * 1000}")
        self.ann.takes()
        self.ann.says("tell bob last").gets("+ told bob 131")
        self.bob.reads_on()
        numbers = [int(line.split()[3]) for line in self.bob.takes()]
        self.assertEqual(numbers, list(range(1, 132)))
        self.ann.says("tell bob more").takes()
        self.bob.gets(f"* said @ann 132 {NOW} ann more")


class ChangingTests(DirectCase):
    def test_authors_alone_edit_and_redact(self) -> None:
        self.told(2)
        self.bob.says("redact @ann 1").gets_error("not-allowed")
        self.bob.says("edit @ann 1 no").gets_error("not-allowed")
        self.ann.says("edit @bob 1 one").gets("+ edited @bob 1", f"* edited @bob 1 {NOW} ann one")
        self.bob.gets(f"* edited @ann 1 {NOW} ann one")
        self.ann.says("redact @bob 2").gets("+ redacted @bob 2", "* redacted @bob 2 ann")
        self.bob.gets("* redacted @ann 2 ann")
        self.bob.says("history @ann").gets(
            f"= said-edited @ann 1 {NOW} ann {NOW} ann one",
            f"= said-redacted @ann 2 {NOW} ann {NOW} ann",
            "+ history @ann 2",
        )
        self.ann.says("redact @bob 2").gets(
            '- no-such-message There is no message 2 in "@bob", or it is redacted already.'
        )

    def test_two_sessions_redact_one_message_once(self) -> None:
        self.told(1)
        more = self.logged_in("ann")
        self.server.faulty.hold()
        self.ann.says("redact @bob 1")
        more.says("redact @bob 1")
        self.server.faulty.release()
        self.ann.gets("+ redacted @bob 1", "* redacted @bob 1 ann")
        (_, refusal) = more.takes()
        self.assertIn('in "@bob"', refusal)


class DroppingTests(DirectCase):
    def drop(self, client: Client, name: str) -> None:
        client.says(f"drop {name}")
        code = client.takes()[0].split()[2]
        client.says(f"drop {name} {code}").gets(f"+ dropped {name}")

    def test_what_one_side_keeps_goes_with_its_account(self) -> None:
        self.ann.says("tell eve hi", "tell ann note").takes()
        state = self.server.hub.manager.state
        self.assertEqual(len(state.conversations), 2)
        self.drop(self.ann, "ann")
        self.assertEqual(len(state.conversations), 0)

    def test_who_takes_the_name_next_reads_nothing(self) -> None:
        self.told(2)
        self.drop(self.bob, "bob")
        self.ann.says("history @bob").gets("+ history @bob 0")
        self.bob.says("register bob").gets("+ registered bob")
        self.bob.says("history @ann").gets("+ history @ann 0")
        self.ann.says("tell bob new").gets("+ told bob 1")

    def test_it_is_gone_from_the_log(self) -> None:
        self.told(2)
        self.drop(self.bob, "bob")
        self.bob.says("register bob").takes()
        self.restart()
        bob = self.nameless()
        bob.says("login bob bob").gets("+ login bob 0")
        bob.says("history @ann").gets("+ history @ann 0")

    def test_nobody_tells_an_account_while_it_is_being_dropped(self) -> None:
        self.bob.says("drop bob")
        code = self.bob.takes()[0].split()[2]
        self.server.faulty.hold()
        self.bob.says(f"drop bob {code}")
        self.ann.says("tell bob hi").gets_nothing()
        self.server.faulty.release()
        self.bob.takes()
        self.ann.gets("+ told bob")

    def test_nobody_is_dropped_while_somebody_begins_to_tell_them(self) -> None:
        self.bob.says("drop bob")
        code = self.bob.takes()[0].split()[2]
        self.server.faulty.hold()
        self.ann.says("tell bob hi")
        self.bob.says(f"drop bob {code}").gets_nothing()
        self.server.faulty.release()
        self.ann.gets("+ told bob 1")
        self.assertEqual(self.bob.takes()[-1], "+ dropped bob")
        self.ann.says("history @bob").gets("+ history @bob 0")


class IgnoringTests(DirectCase):
    def test_who_is_ignored_is_not_told_so(self) -> None:
        self.told(1)
        self.bob.says("ignore ann").gets("+ ignore ann")
        self.ann.gets_nothing()
        self.ann.says("tell bob 2", "history @bob 1").gets(
            "+ told bob 2", f"= said @bob 2 {NOW} ann 2", "+ history @bob 1"
        )
        self.bob.gets_nothing()

    def test_what_was_told_meanwhile_is_never_shown(self) -> None:
        self.told(1)
        self.bob.says("ignore ann").takes()
        self.told(1)
        self.bob.says("history @ann", "search @ann 1").gets(
            f"= said @ann 1 {NOW} ann 1",
            "+ history @ann 1",
            f"= said @ann 1 {NOW} ann 1",
            "+ search @ann 1",
        )
        self.bob.says("unignore ann").gets("+ unignore ann")
        self.ann.says("tell bob 3").takes()
        self.bob.gets(f"* said @ann 3 {NOW} ann 3")
        self.bob.says("history @ann").gets(
            f"= said @ann 1 {NOW} ann 1", f"= said @ann 3 {NOW} ann 3", "+ history @ann 2"
        )

    def test_it_is_not_counted_and_its_change_is_not_told(self) -> None:
        self.bob.says("ignore ann").takes()
        self.told(2)
        self.ann.says("edit @bob 1 other", "redact @bob 2").takes()
        self.bob.gets_nothing()
        self.gone(self.bob)
        bob = self.nameless()
        bob.says("login bob bob").gets("+ login bob 0")
        bob.says("history @ann").gets("+ history @ann 0")

    def test_one_tells_nothing_to_whom_one_ignores(self) -> None:
        self.bob.says("ignore ann", "tell ann hi")
        self.assertEqual(
            self.bob.takes()[-1], '- not-allowed You ignore "ann"; say first: unignore ann.'
        )

    def test_guests_are_ignored_by_nick_and_live(self) -> None:
        self.bob.says("ignore eve").takes()
        self.eve.says("tell bob hi").gets("+ told bob")
        self.bob.gets_nothing()
        self.eve.says("ignore bob", "ignored").gets("+ ignore bob", "= ignored bob", "+ ignored 1")
        self.ann.says("tell eve hi").takes()
        self.eve.gets(f"* tell {NOW} ann hi")

    def test_invitations_of_who_is_ignored_are_not_told(self) -> None:
        self.bob.says("ignore ann").takes()
        self.ann.says("create den", "join den").takes()
        self.ann.says("invite den bob")
        self.assertEqual(self.ann.takes()[-1].split()[0], "+")
        self.bob.gets_nothing()
        self.gone(self.bob)
        self.nameless().says("login bob bob").gets("+ login bob 0")

    def test_operators_are_heard_always(self) -> None:
        self.bob.says("ignore ann").takes()
        state = self.server.hub.manager.state
        change(state, attrs.evolve(state.account(Nick("ann")), is_operator=True))
        self.ann.says("tell bob hi").gets("+ told bob 1")
        self.bob.gets(f"* said @ann 1 {NOW} ann hi")
        self.bob.says("tell ann yes").gets("+ told ann 2")

    def test_an_account_keeps_its_list(self) -> None:
        self.bob.says("ignore ann", "ignore eve", "ignored").gets(
            "+ ignore ann", "+ ignore eve", "= ignored ann", "= ignored eve", "+ ignored 2"
        )
        self.restart()
        bob = self.logged_in("bob")
        bob.says("unignore ann", "unignore ann", "ignored").gets(
            "+ unignore ann", "+ unignore ann", "= ignored eve", "+ ignored 1"
        )

    def test_a_guest_that_registers_keeps_its_list(self) -> None:
        self.eve.says("ignore ann", "register eve", "ignored").gets(
            "+ ignore ann", "+ registered eve", "= ignored ann", "+ ignored 1"
        )

    def test_nobody_ignores_themselves(self) -> None:
        self.bob.says("ignore bob").gets_error("not-allowed")

    def test_who_is_not_here_can_be_ignored(self) -> None:
        self.bob.says("ignore zed").gets("+ ignore zed")
        self.server.client("zed").says("tell bob hi").gets("+ told bob")
        self.bob.gets_nothing()

    def test_the_list_has_an_end(self) -> None:
        self.server = Server(self, limits=Limits(ignored=1))
        ann = self.server.client("ann")
        self.server.client("bob"), self.server.client("cid")
        ann.says("ignore bob", "ignore bob").gets("+ ignore bob", "+ ignore bob")
        ann.says("ignore cid").gets_error("too-many")
