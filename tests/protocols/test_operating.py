"""Operators of the server at the line door: what they say, and what others get of it."""

from twisted.trial.unittest import TestCase

from chatsvc.core.limits import Limits
from chatsvc.core.names import Nick, nick_key
from chatsvc.hub.operating import WRONG_CLAIMS_SECONDS
from chatsvc.identity.claims import OneTimeClaims
from chatsvc.identity.delays import LoginDelays
from chatsvc.ports import LogError
from tests.protocols.conversation import NOW, Client, Server

CLOSED = "* closing"


class FakeControl:
    """Note what the process is asked for."""

    def __init__(self) -> None:
        self.stops = 0

    def shut_down(self) -> None:
        self.stops += 1

    def reload(self) -> tuple[str, ...]:
        return ("The certificate is the same.",)


class OperatingTestCase(TestCase):
    """Has a server whose operator is olga; `other` is an account without rights."""

    lobby: str | None = None

    def setUp(self) -> None:
        self.server = Server(self, self.lobby)
        delays = LoginDelays(Limits())
        self.claims = OneTimeClaims(delays, self.server.clock)
        self.control = FakeControl()
        self.server.hub.use_claims(self.claims)
        self.server.hub.use_control(self.control)
        self.code = self.claims.make()
        self.olga = self.registered("olga")
        self.olga.says(f"claim {self.code}").gets("+ oper olga")

    def registered(self, name: str) -> Client:
        """Return a client that is logged in to a new account."""
        client = self.server.client(name)
        client.says("register s3cret").gets(f"+ registered {name}")
        return client

    def at(self, host: str, nick: str = "") -> Client:
        """Return a client that comes from an address of its own."""
        client = Client(self.server, self.server.factory.buildProtocol(None))
        self.server._clients.append(client)
        client.wire.peerAddr = type(client.wire.peerAddr)("TCP", host, 4000)
        client.begin()
        if nick:
            client.says(f"nick {nick}")
            client.takes()
        return client

    def audit(self) -> list[str]:
        """Return who did what to whom, as the audit log has it."""
        *rows, last = self.olga.says("audit").takes()
        self.assertEqual(last, f"+ audit {len(rows)}")
        return [" ".join(row.split(" ")[4:]) for row in rows]


class ClaimTests(OperatingTestCase):
    """Who has the code becomes an operator, once."""

    def test_a_code_is_good_once(self) -> None:
        """Somebody else's claim with the same code is refused like any wrong one."""
        bob = self.registered("bob")
        used = bob.says(f"claim {self.code}").takes()
        wrong = bob.says("claim AAAA-BBBB-CCCC-DDDD").takes()
        self.assertEqual(used, wrong)
        self.assertTrue(used[0].startswith("- bad-login "), used)
        bob.says("operators").gets_error("not-allowed")

    def test_a_guest_cannot_claim(self) -> None:
        """An account is what becomes an operator."""
        self.server.client("guest").says(f"claim {self.claims.make()}").gets_error("not-logged-in")

    def test_case_and_hyphens_do_not_matter(self) -> None:
        """People copy a code by hand."""
        bob = self.registered("bob")
        code = self.claims.make().lower().replace("-", "").replace("0", "o").replace("1", "l")
        bob.says(f"claim {code}").gets("+ oper bob")

    def test_guessing_is_slowed_down(self) -> None:
        """After some wrong codes the next one has to wait, right or wrong."""
        code = self.claims.make()
        bob = self.registered("bob")
        for _ in range(5):
            bob.says("claim nonsense").gets_error("bad-login")
        bob.says(f"claim {code}").gets_error("too-many-logins")
        self.server.passes(2)
        bob.says(f"claim {code}").gets("+ oper bob")

    def test_wrong_codes_are_written_down_but_not_each(self) -> None:
        """The first at once, those of a minute together."""
        bob = self.registered("bob")
        for _ in range(4):
            bob.says("claim nonsense").gets_error("bad-login")
        wrong = "bob wrong-claim 192.0.2.1 -"
        self.assertEqual(self.audit()[1:], [f"{wrong} 1 wrong code"])
        self.server.passes(WRONG_CLAIMS_SECONDS)
        self.assertEqual(self.audit()[2:], [f"{wrong} 3 wrong codes"])

    def test_a_code_outlives_a_log_that_fails(self) -> None:
        """Who gave the right code may give it again, and nobody else may."""
        code = self.claims.make()
        bob, eve = self.registered("bob"), self.registered("eve")
        self.server.faulty.fail_next(LogError("The disk is full."))
        bob.says(f"claim {code}").gets_error("storage")
        eve.says(f"claim {code}").gets_error("bad-login")
        bob.says(f"claim {code}").gets("+ oper bob")


class RestartTests(OperatingTestCase):
    """What operators did lasts."""

    def test_it_is_there_after_a_restart(self) -> None:
        """Operators, bans, settings and the audit log; the code is not."""
        self.olga.says(
            "server-ban 198.51.100.0/24 1d flood", "server-set sign-ups closed", "quit"
        ).takes()
        self.server.hub.stopService()
        self.server.clock.advance(10)
        self.server = Server(self, log=self.server.log)
        self.server.hub.use_claims(self.claims)
        self.assertTrue(self.server.hub.has_operator)
        self.olga = self.server.client()
        self.olga.says("login olga s3cret").takes()
        self.olga.says("server-set").gets("+ server-set sign-ups closed registered-only no")
        self.assertEqual(
            self.audit(),
            [
                "olga claim - -",
                "olga server-ban 198.51.100.0/24 - 1d flood",
                "olga server-set - - sign-ups closed",
            ],
        )
        self.assertTrue(self.at("198.51.100.9").is_closed)


class RefusedTests(OperatingTestCase):
    """All this is for operators."""

    REQUESTS = (
        "oper bob",
        "deoper olga",
        "operators",
        "server-ban bob",
        "server-tryban bob",
        "server-unban bob",
        "server-bans",
        "server-set",
        "server-set sign-ups closed",
        "where olga",
        "where nobody",
        "kill olga",
        "announce hi",
        "audit",
        "reload",
        "shutdown",
    )

    def test_nobody_else_may_do_any_of_it(self) -> None:
        """A guest and an account are refused alike, and learn nothing."""
        guest, bob = self.server.client("guest"), self.registered("bob")
        for request in self.REQUESTS:
            (refusal,) = guest.says(request).takes()
            self.assertTrue(refusal.startswith("- not-allowed "), refusal)
            bob.says(request).gets(refusal)
        self.olga.gets_nothing()
        self.assertEqual(self.audit(), ["olga claim - -"])

    def test_without_a_nick(self) -> None:
        """Who is nobody is asked for a nick first, as always."""
        self.server.client().says("operators").takes()


class OperatorsTests(OperatingTestCase):
    """Operators make operators."""

    def test_making_and_unmaking(self) -> None:
        """It holds at once, for those who are there."""
        bob = self.registered("bob")
        self.olga.says("oper BOB", "operators").gets(
            "+ oper bob", "= operator bob here", "= operator olga here", "+ operators 2"
        )
        bob.says("deoper olga").gets("+ deoper olga")
        self.olga.says("operators").gets_error("not-allowed")
        bob.says("audit 2").gets(
            f"= audit 2 {NOW} olga oper bob -", f"= audit 3 {NOW} bob deoper olga -", "+ audit 2"
        )

    def test_the_last_one_stays(self) -> None:
        """Or nobody could do anything any more."""
        self.olga.says("deoper olga").gets_error("not-allowed")

    def test_only_accounts(self) -> None:
        """A guest cannot be an operator."""
        self.server.client("guest")
        self.olga.says("oper guest").gets_error("not-registered")

    def test_doing_it_again_changes_nothing(self) -> None:
        """And nothing is written down."""
        self.olga.says("oper olga").gets("+ oper olga")
        self.assertEqual(len(self.audit()), 1)


class ServerBanTests(OperatingTestCase):
    """Who is hit is out, and stays out."""

    def test_by_nick(self) -> None:
        """The sentence has the time that is left, and the reason."""
        bob = self.server.client("bob")
        self.olga.says("server-ban bob 2h spam").gets("+ server-ban bob 2026-11-20T12:00:00.123Z")
        bob.gets("* closing You are banned from this server for another 2h: spam")
        self.assertTrue(bob.is_closed)
        again = self.server.client()
        again.takes()
        again.says("nick Bob").gets("- banned You are banned from this server for another 2h: spam")
        again.says("nick bo").gets("+ nick bo")
        again.says("nick bob").gets_error("banned")

    def test_by_account(self) -> None:
        """It keeps out who logs in, wherever from, and no guest."""
        bob = self.registered("bob")
        self.olga.says("server-ban ~b*").gets("+ server-ban ~b* -")
        bob.gets("* closing You are banned from this server.")
        client = self.server.client("ben")
        client.says("login bob s3cret").gets_error("banned")
        self.server.client("bert").says("register s3cret").gets_error("banned")

    def test_by_network(self) -> None:
        """Nobody from there can connect; those who are there go, named or not."""
        named, nameless = self.at("198.51.100.7", "ann"), self.at("198.51.100.8")
        other = self.at("203.0.113.1", "zoe")
        nameless.takes()
        self.olga.says("server-ban 198.51.100.0/24 1d flood").takes()
        for hit in (named, nameless):
            hit.gets("* closing You are banned from this server for another 1d: flood")
            self.assertTrue(hit.is_closed)
        other.says("ping").gets("+ pong")
        late = self.at("198.51.100.9")
        _hello, refusal = late.takes()
        self.assertEqual(refusal, "- banned You are banned from this server for another 1d: flood")
        self.assertTrue(late.is_closed)

    def test_a_crowd(self) -> None:
        """All go, a few in each turn, and the others are served meanwhile."""
        crowd = self.server.clients(120)
        bob = self.registered("bob")
        self.olga.says("server-ban user*", "ping").takes()
        self.assertTrue(all(client.is_closed for client in crowd))
        bob.says("who").takes()
        self.assertEqual(set(self.server.hub.manager.state.people), {"bob", "olga"})

    def test_guests(self) -> None:
        """Who is not logged in goes, but may come to log in."""
        self.registered("bob").says("quit")
        guest = self.server.client("guest")
        self.olga.says("server-ban $guest").takes()
        guest.gets("* closing You are banned from this server.")
        late = self.server.client()
        late.takes()
        late.says("nick guest").gets_error("banned")
        late.says("login bob s3cret").gets("+ login bob 0")

    def test_operators_are_exempt(self) -> None:
        """Nobody bans themselves out."""
        self.olga.says("server-ban *").gets("+ server-ban * -")
        self.olga.says("server-ban 192.0.2.0/24", "ping").gets(
            "+ server-ban 192.0.2.0/24 -", "+ pong"
        )

    def test_an_operator_gets_in_in_spite_of_a_ban(self) -> None:
        """The name does not matter then."""
        self.olga.says("server-ban olga").takes()
        late = self.server.client()
        late.takes()
        late.says("login olga s3cret").gets("+ login olga 0")

    def test_a_dry_run(self) -> None:
        """It says whom it would hit, and changes nothing."""
        self.at("198.51.100.7", "ann")
        self.at("198.51.100.8").takes()
        self.olga.says("server-tryban 198.51.100.0/24").gets(
            "= would-hit ann", "+ server-tryban 198.51.100.0/24 1 2 0"
        )
        self.olga.says("server-tryban *").gets("= would-hit ann", "+ server-tryban * 1 1 1")
        self.olga.says("server-bans").gets("+ server-bans 0")
        # With networks one could search for somebody's address.
        self.assertEqual(self.audit()[1:], ["olga server-tryban 198.51.100.0/24 -"])

    def test_a_mask_that_names_an_operator_is_refused(self) -> None:
        """It would hit nobody; one that hits others too is not."""
        for mask in ("olga", "@OLGA", "~olga"):
            self.olga.says(f"server-ban {mask} 1h")
            [refusal] = self.olga.takes()
            sentence = '"olga" is an operator of this server, whom no ban hits; first say: '
            self.assertEqual(refusal, f"- not-allowed {sentence}deoper olga.")
        self.olga.says("server-ban ol* 1h").takes()
        self.olga.says("server-bans").takes()
        self.assertEqual(len(self.audit()), 2)

    def test_lifting(self) -> None:
        """Then they may come again."""
        self.olga.says("server-ban bob", "server-unban BOB", "server-unban bob").takes()
        self.server.client("bob").says("ping").gets("+ pong")
        self.assertEqual(
            self.audit()[1:], ["olga server-ban bob - perm", "olga server-unban bob -"]
        )

    def test_the_list(self) -> None:
        """Bans are shown with their terms."""
        self.olga.says("server-ban bob 1h spam and eggs", "server-ban ~eve", "server-bans").gets(
            "+ server-ban bob 2026-11-20T11:00:00.123Z",
            "+ server-ban ~eve -",
            f"= server-ban bob 2026-11-20T11:00:00.123Z {NOW} olga spam and eggs",
            f"= server-ban ~eve - {NOW} olga",
            "+ server-bans 2",
        )

    def test_a_ban_ends_by_itself(self) -> None:
        """The sweep clears it away."""
        self.olga.says("server-ban bob 1m").takes()
        self.server.passes(70)
        self.assertEqual(len(self.server.hub.manager.state.server.bans), 0)
        self.server.client("bob").says("ping").gets("+ pong")

    def test_there_may_be_only_so_many(self) -> None:
        """The memory is bounded."""
        server = self.server.hub.manager.state
        server.limits = Limits(server_bans=1)
        self.olga.says("server-ban bob", "server-ban bob 1h").takes()
        self.olga.says("server-ban eve").gets_error("too-many")


class SettingTests(OperatingTestCase):
    """Whether anybody may register, and whether everybody must."""

    lobby = "lobby"

    def test_showing_and_setting(self) -> None:
        """Both are answered alike."""
        self.olga.says("server-set").gets("+ server-set sign-ups open registered-only no")
        self.olga.says("server-set sign-ups closed").gets(
            "+ server-set sign-ups closed registered-only no"
        )
        self.olga.says("server-set sign-ups open", "server-set sign-ups open").takes()
        self.assertEqual(
            self.audit()[1:],
            ["olga server-set - - sign-ups closed", "olga server-set - - sign-ups open"],
        )
        self.olga.says("server-set sign-ups maybe").gets_error("usage")
        self.olga.says("server-set tea open").gets_error("usage")

    def test_closed_sign_ups(self) -> None:
        """Nobody registers; who is registered logs in."""
        bob = self.registered("bob")
        self.olga.says("server-set sign-ups closed").takes()
        self.server.client("guest").says("register s3cret").gets_error("not-allowed")
        bob.says("logout", "login bob s3cret").takes()
        bob.says("operators").gets_error("not-allowed")
        self.assertIsNotNone(self.server.hub.manager.state.accounts.get(nick_key(Nick("bob"))))

    def test_registered_only(self) -> None:
        """Guests stay connected, out of every room, and may register, log in, and go."""
        guest = self.server.client("guest", "den")
        bob = self.registered("bob")
        self.server.forget()
        self.olga.says("server-set registered-only yes").takes()
        guest.gets("* left lobby guest", "* left den guest")
        bob.gets("* left lobby guest")
        for request in ("list", "who", "join den", "history lobby", "tell bob hi", "info nope"):
            guest.says(request).gets_error("not-registered")
        guest.says("ping").gets("+ pong")
        late = self.server.client()
        late.takes()
        late.says("list").gets_error("not-registered")
        late.says("nick late").gets("+ nick late")
        late.says("send lobby hi").gets_error("not-registered")
        late.says("register s3cret", "join lobby").takes()
        late.says("send lobby hi").gets("+ sent lobby 1", f"* said lobby 1 {NOW} late hi")
        guest.gets_nothing()
        guest.says("quit").gets("+ bye")

    def test_registered_only_can_be_taken_back(self) -> None:
        """Then everything is as before."""
        self.olga.says("server-set registered-only yes", "server-set registered-only no").takes()
        self.server.client("guest").says("list").takes()


class PeopleTests(OperatingTestCase):
    """Where somebody is, and out with them."""

    def test_where(self) -> None:
        """Every connection has a row; that somebody looked is written down."""
        bob = self.at("198.51.100.7", "bob")
        self.server.passes(90)
        bob.says("ping")
        self.olga.says("where BOB").gets(f"= session line {NOW} 90 198.51.100.7", "+ where bob 1")
        self.assertEqual(self.audit()[1:], ["olga where bob -"])
        self.olga.says("where nobody").gets_error("no-such-user")

    def test_kill(self) -> None:
        """All connections of somebody end, and they are told why."""
        bob = self.registered("bob")
        other = self.server.client()
        other.says("login bob s3cret")
        self.server.forget()
        self.olga.says("kill bob enough").gets("+ kill bob 2")
        for client in (bob, other):
            client.gets("* closing olga has disconnected you: enough")
            self.assertTrue(client.is_closed)
        self.olga.says("kill bob").gets_error("no-such-user")
        self.assertEqual(self.audit()[1:], ["olga kill bob - enough"])


class AnnouncementTests(OperatingTestCase):
    """Everybody gets the line."""

    def test_everybody_is_told(self) -> None:
        """Also who has no nick, and who announces."""
        clients = self.server.clients(120)
        nameless = self.server.client()
        nameless.takes()
        line = f"* announce {NOW} olga tea is ready"
        self.olga.says("announce tea is ready").gets("+ announce 122", line)
        for client in (nameless, *clients):
            client.gets(line)
        self.assertEqual(self.audit()[1:], ["olga announce - - tea is ready"])

    def test_a_reader_that_is_behind(self) -> None:
        """It gets it when it reads again."""
        bob = self.server.client("bob", "den").stops_reading()
        ann = self.server.client("ann", "den")
        for _ in range(40):
            ann.says(f"send den {'x' * 3000}")
        self.olga.says("announce hi").takes()
        bob.reads_on()
        lines = bob.takes()
        self.assertIn(f"* announce {NOW} olga hi", lines)
        self.assertEqual(sum(line.startswith("* said") for line in lines), 40)


class ProcessTests(OperatingTestCase):
    """The process itself."""

    def test_reload(self) -> None:
        """What came of it is told, and written down."""
        self.olga.says("reload").gets("= reload The certificate is the same.", "+ reload")
        self.server.hub.reload()
        self.server.settle()
        reloaded = "reload - - The certificate is the same."
        self.assertEqual(self.audit()[1:], [f"olga {reloaded}", f"- {reloaded}"])

    def test_shutdown(self) -> None:
        """Everybody is told the reason."""
        bob = self.server.client("bob")
        self.olga.says("shutdown new disk").gets("+ shutdown")
        self.assertEqual(self.control.stops, 1)
        self.server.hub.stopService()
        bob.gets("* closing The server is shutting down: new disk")


class AuditTests(OperatingTestCase):
    """The audit log is read like a history."""

    def test_pages(self) -> None:
        """The newest ones, or those before a number; oldest first."""
        for text in ("one", "two", "three"):
            self.olga.says(f"announce {text}").takes()
        row = f"{NOW} olga announce - -"
        self.olga.says("audit 2").gets(
            f"= audit 3 {row} two", f"= audit 4 {row} three", "+ audit 2"
        )
        self.olga.says("audit 1 before 3").gets(f"= audit 2 {row} one", "+ audit 1")
        for wrong in ("audit 0", "audit x", "audit 1 after 3", "audit before"):
            self.olga.says(wrong).gets_error("usage")

    def test_what_owners_and_operators_remove_from_rooms(self) -> None:
        """A room that is deleted, and somebody else's words; not what is one's own."""
        ann, bob = self.registered("ann"), self.server.client("bob")
        ann.says("create a", "create b", "join a", "send a mine")
        bob.says("join a", "send a first", "send a second", "redact a 3")
        ann.says("redact a 1", "redact a 2", "delete b")
        self.olga.says("delete a")
        self.server.forget()
        removed = ["ann redact bob a 2", "ann delete - b", "olga delete - a"]
        self.assertEqual(self.audit()[1:], removed)

    def test_a_temporary_room_that_ends_is_nobodys_act(self) -> None:
        """The server removes it when everybody has left."""
        ann = self.registered("ann")
        ann.says("join t", "leave t").takes()
        self.server.passes(3600)
        ann.says("info t").gets_error("no-such-room")
        self.assertEqual(len(self.audit()), 1)

    def test_two_who_redact_one_message_at_once(self) -> None:
        """Only what was done is written down; the second is told that nothing is there."""
        ann, bob = self.registered("ann"), self.server.client("bob")
        ann.says("create a", "join a")
        bob.says("join a", "send a first")
        self.server.forget()
        self.server.faulty.hold()
        for each in (bob, ann, self.olga):
            each.says("redact a 1")
        self.server.faulty.release()
        bob.gets("+ redacted a 1", "* redacted a 1 bob")
        told, refusal = ann.takes()
        self.assertEqual(told, "* redacted a 1 bob")
        self.assertEqual(refusal.split(" ")[1], "no-such-message")
        self.olga.gets_error("no-such-message")
        self.assertEqual(len(self.audit()), 1)

    def test_a_log_that_cannot_be_read(self) -> None:
        """It is refused like any read."""
        self.server.faulty.fail_reads(LogError("The disk fails."))
        self.olga.says("audit").gets_error("storage")

    def test_what_cannot_be_written_down_is_not_done(self) -> None:
        """No act without its entry."""
        bob = self.server.client("bob")
        self.server.faulty.fail_next(LogError("The disk is full."))
        self.olga.says("kill bob").gets_error("storage")
        bob.says("ping").gets("+ pong")
