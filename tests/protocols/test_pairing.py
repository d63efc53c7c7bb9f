"""Pairing at the line door: a code from one connection makes another the same person."""

from twisted.internet.address import IPv4Address
from twisted.logger import globalLogPublisher

from chatsvc.core.codes import CODE_SECONDS, GUESSES, TRIES
from tests.protocols.conversation import NOW, Client, Server
from tests.protocols.test_accounts import AccountCase

WRONG = "- bad-login This code is wrong, or used, or too old; ask for a new one with grant-code."


class PairingCase(AccountCase):
    def code(self, client: Client) -> str:
        """Return a code that a client asks for."""
        client.says("grant-code")
        (line,) = client.takes()
        word, seconds = line.removeprefix("+ code ").split()
        self.assertRegex(word, r"\A[0-9]{6}\Z")
        self.assertEqual(int(seconds), CODE_SECONDS)
        return word

    def newcomer(self, host: str = "192.0.2.7", nick: str = "", *rooms: str) -> Client:
        """Return another client, at an address of its own."""
        server = self.server
        client = Client(server, server.factory.buildProtocol(None))
        client.wire.peerAddr = IPv4Address("TCP", host, 4000)
        server._clients.append(client)
        client.begin()
        if nick:
            client.says(f"nick {nick}", *(f"join {room}" for room in rooms))
        server.forget()
        return client

    def other_than(self, code: str) -> str:
        return "999999" if code != "999999" else "999998"


class PairingTests(PairingCase):
    def test_who_says_the_code_is_the_same_person_there(self) -> None:
        code = self.code(self.ann)
        phone = self.newcomer()
        phone.says(f"pair {code}").gets(
            "= unread den 0 0",
            "= unread lobby 0 0",
            "+ login ann 2",
            "* joined den ann",
            "* joined lobby ann",
        )
        self.ann.gets_nothing()
        self.assertEqual(self.server.identity.homes[-1], ("ann", "192.0.2.7"))
        self.bob.gets_nothing().says("send den hi").takes()
        for client in (self.ann, phone):
            client.gets(f"* said den 1 {NOW} bob hi")

    def test_it_shows_what_is_unread_as_login_does(self) -> None:
        self.ann.stops_reading()
        self.bob.says("send den one", "send den two").takes()
        self.ann.reads_on().takes()
        code = self.code(self.ann)
        self.bob.says("send den three").takes()
        self.assertIn("= unread den 3 0", self.newcomer().says(f"pair {code}").takes())

    def test_a_guest_brings_the_rooms_it_joined(self) -> None:
        code = self.code(self.ann)
        guest = self.newcomer("192.0.2.7", "guest", "hall")
        guest.says(f"pair {code}")
        self.assertIn("+ login ann 3", guest.takes())
        self.ann.gets("* left lobby guest", "* left hall guest", "* joined hall ann")
        self.bob.gets("* left lobby guest")

    def test_somebody_who_is_somebody_else_may_pair_too(self) -> None:
        self.bob.says("register oyster").takes()
        self.bob.says(f"pair {self.code(self.ann)}")
        self.assertIn("+ login ann 2", self.bob.takes())
        self.ann.gets("* left lobby bob", "* left den bob")

    def test_who_is_that_person_already_stays_it_and_uses_the_code_up(self) -> None:
        code = self.code(self.ann)
        self.ann.says(f"pair {code}")
        self.assertIn("+ login ann 2", self.ann.takes())
        self.newcomer().says(f"pair {code}").gets(WRONG)

    def test_the_code_is_still_good_when_who_asked_is_gone(self) -> None:
        code = self.code(self.ann)
        self.ann.hangs_up()
        self.assertIn("+ login ann 2", self.newcomer().says(f"pair {code}").takes())

    def test_a_guest_has_nothing_to_give(self) -> None:
        self.bob.says("grant-code").gets_error("not-logged-in")
        self.newcomer().says("grant-code").gets_error("no-nick")

    def test_a_failing_disk_makes_nobody_anybody(self) -> None:
        code = self.code(self.ann)
        guest = self.newcomer("192.0.2.7", "guest", "hall")
        self.server.faulty.fail_next()
        guest.says(f"pair {code}").gets_error("storage")
        guest.says("grant-code").gets_error("not-logged-in")

    def test_requests_behind_it_are_those_of_the_account(self) -> None:
        code = self.code(self.ann)
        phone = self.newcomer().says(f"pair {code}", "send den hi")
        self.assertIn(f"* said den 1 {NOW} ann hi", phone.takes())


class VoidCodeTests(PairingCase):
    def test_a_code_is_good_once_and_for_two_minutes(self) -> None:
        used, phone = self.code(self.ann), self.newcomer()
        phone.says(f"pair {used}").takes()
        self.newcomer().says(f"pair {used}").gets(WRONG)
        old, tablet = self.code(self.ann), self.newcomer("192.0.2.8", "guest")
        self.server.passes(CODE_SECONDS)
        tablet.takes()
        tablet.says(f"pair {old}").gets(WRONG)

    def test_a_new_code_makes_the_old_one_void(self) -> None:
        first, second = self.code(self.ann), self.code(self.ann)
        phone = self.newcomer()
        if first != second:
            phone.says(f"pair {first}").gets(WRONG)
        self.assertIn("+ login ann 2", phone.says(f"pair {second}").takes())

    def test_a_new_password_makes_it_void(self) -> None:
        code = self.code(self.ann)
        self.ann.says("passwd s3cret oyster").gets("+ passwd")
        self.newcomer().says(f"pair {code}").gets(WRONG)

    def test_it_is_not_for_the_next_owner_of_the_name(self) -> None:
        self.bob.says("leave den")
        self.server.forget()
        code = self.code(self.ann)
        self.ann.says("drop s3cret")
        (line,) = self.ann.takes()
        self.ann.says(f"drop s3cret {line.split()[2]}").gets("+ dropped ann")
        phone = self.newcomer().says(f"pair {code}").gets(WRONG)
        self.server.passes(1)
        again = self.newcomer("192.0.2.8", "eve")
        self.ann.says("logout").takes()
        self.ann.hangs_up()
        again.says("nick ann", "register s3cret").takes()
        phone.says(f"pair {code}").gets(WRONG)


class GuessingTests(PairingCase):
    def test_an_address_has_five_tries_by_however_many_connections(self) -> None:
        code = self.code(self.ann)
        for _ in range(TRIES):
            self.newcomer().says(f"pair {self.other_than(code)}").gets(WRONG)
        phone = self.newcomer().says(f"pair {code}")
        (line,) = phone.takes()
        self.assertRegex(line, r"\A- too-many-logins .* Wait 120 seconds, ")
        elsewhere = self.newcomer("198.51.100.1").says(f"pair {code}")
        self.assertIn("+ login ann 2", elsewhere.takes())

    def test_a_code_dies_of_guesses_from_everywhere(self) -> None:
        code = self.code(self.ann)
        for number in range(GUESSES):
            guesser = self.newcomer(f"198.51.100.{number}")
            guesser.says(f"pair {self.other_than(code)}").gets(WRONG)
        self.newcomer().says(f"pair {code}").gets(WRONG)

    def test_wrong_codes_do_not_keep_anybody_from_logging_in(self) -> None:
        phone = self.newcomer()
        for _ in range(TRIES + 1):
            phone.says("pair nonsense").takes()
        self.assertIn("+ login ann 2", phone.says("login ann s3cret").takes())


class SecrecyTests(PairingCase):
    def test_a_code_is_in_no_line_of_the_server_s_log(self) -> None:
        """Not when it is given out or taken, nor when a bug of ours meets it."""
        events: list[object] = []
        globalLogPublisher.addObserver(events.append)
        self.addCleanup(globalLogPublisher.removeObserver, events.append)
        code = self.code(self.ann)
        phone = self.newcomer()
        phone.says(f"pair {self.other_than(code)}").takes()
        self.patch(self.server.hub.manager.state, "accounts", None)
        phone.says(f"pair {code}").gets_error("internal")
        self.assertEqual(len(self.flushLoggedErrors(AttributeError)), 1)
        self.assertTrue(events)
        self.assertNotIn(code, repr(events))

    def test_nobody_else_is_told(self) -> None:
        code = self.code(self.ann)
        self.newcomer().says(f"pair {code}").takes()
        told = "".join([*self.bob.lines, *self.bob.takes()])
        self.assertNotIn(code, told)

    def test_a_restart_makes_codes_void(self) -> None:
        code = self.code(self.ann)
        server: Server = self.restarted()
        server.client().says(f"pair {code}").takes()
        self.server = server
        self.newcomer().says(f"pair {code}").gets(WRONG)
