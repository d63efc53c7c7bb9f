"""How an IRC connection begins and ends."""

from twisted.trial.unittest import TestCase

from chatsvc.core.limits import DEFAULT_LIMITS, Limits
from tests.protocols.irc.conversation import IrcServer, command_of

BURST = (
    "001",
    "002",
    "003",
    "004",
    "005",
    "005",
    "005",
    "251",
    "252",
    "253",
    "254",
    "255",
    "265",
    "266",
)


class RegistrationTests(TestCase):
    def setUp(self) -> None:
        self.server = IrcServer(self)

    def test_the_server_waits_for_the_client(self) -> None:
        self.server.raw().gets_nothing()

    def test_nick_and_user_in_any_order(self) -> None:
        """https://modern.ircdocs.horse/#connection-registration: "the server MUST send" these."""
        for words in (("NICK ann", "USER a 0 * :Ann"), ("USER b 0 * :Bob", "NICK bob")):
            client = self.server.raw().says(*words)
            client.gets_numerics(*BURST, "422")

    def test_the_message_of_the_day(self) -> None:
        server = IrcServer(self, motd=("Tea is", "at four."))
        client = server.raw().says("NICK ann", "USER a 0 * :Ann")
        lines = client.gets_numerics(*BURST, "375", "372", "372", "376")
        self.assertEqual(lines[-2], ":irc.test 372 ann :at four.")

    def test_registration_waits_for_the_end_of_negotiation(self) -> None:
        """Registration ends with CAP END, once CAP LS or CAP REQ came."""
        client = self.server.raw().says("CAP LS 302", "NICK ann", "USER a 0 * :Ann")
        self.assertEqual({command_of(line) for line in client.takes()}, {"CAP"})
        client.says("CAP REQ :server-time").gets_numerics("CAP")
        client.says("CAP END")
        self.assertTrue(all(line.startswith("@time=") for line in client.takes()))

    def test_nobody_sees_who_is_not_registered(self) -> None:
        bob = self.server.client("bob")
        self.server.raw().says("NICK ann")
        bob.says("who").gets(f"= user bob online {self.server.now} line", "+ who 1")

    def test_a_nick_that_is_taken_is_refused_at_once(self) -> None:
        self.server.client("bob")
        client = self.server.raw().says("NICK bob")
        client.gets_numerics("433")
        client.says("NICK bo b", "NICK", "NICK :", "NICK #x")
        client.gets_numerics("431", "431", "432")

    def test_who_is_too_late_is_asked_for_another_nick(self) -> None:
        first, second = self.server.raw(), self.server.raw()
        for client in (first, second):
            client.says("NICK ann")
        for client in (first, second):
            client.says("USER a 0 * :Ann")
        first.gets_numerics(*BURST, "422")
        second.gets_numerics("433")
        second.says("NICK eve").gets_numerics(*BURST, "422")

    def test_an_empty_user_or_real_name_is_refused(self) -> None:
        client = self.server.raw().says("USER a 0 * :", "USER a")
        self.assertEqual(client.takes(), [":irc.test 461 * USER :Not enough parameters"] * 2)

    def test_what_needs_registration_is_refused_before(self) -> None:
        client = self.server.raw().says("JOIN #tea", "PING x", "FOO", "PONG y")
        client.gets_numerics("451", "PONG", "421")

    def test_what_belongs_to_registration_is_refused_after(self) -> None:
        client = self.server.irc("ann").says("USER a 0 * :Ann", "PASS x")
        client.gets_numerics("462", "462")

    def test_the_lobby_is_entered_by_itself(self) -> None:
        server = IrcServer(self, lobby="lobby")
        client = server.raw().says("NICK ann", "USER a 0 * :Ann")
        lines = client.gets_numerics(*BURST, "422", "JOIN", "353", "366")
        self.assertRegex(lines[-3], r"^:ann!a@\S+ JOIN #lobby$")

    def test_a_server_with_a_password(self) -> None:
        """A wrong password is answered with 464 and the end of the connection."""
        server = IrcServer(self, password="tea time")
        client = server.raw().says("PASS :tea time", "NICK ann", "USER a 0 * :Ann")
        client.gets_numerics(*BURST, "422")
        for words in ((), ("PASS tea",)):
            client = server.raw().says(*words, "NICK bob", "USER a 0 * :Ann")
            lines = client.gets_numerics("464", "ERROR")
            self.assertEqual(lines[-1], "ERROR :Closing link: Password incorrect")
            self.assertTrue(client.is_closed)

    def test_who_gives_no_nick_is_sent_away(self) -> None:
        client = self.server.raw()
        self.server.passes(DEFAULT_LIMITS.nameless_seconds + 10)
        client.gets_numerics("ERROR")
        self.assertTrue(client.is_closed)


class CapabilityTests(TestCase):
    def setUp(self) -> None:
        self.server = IrcServer(self)

    def test_all_or_nothing(self) -> None:
        """ "The server MUST [...] either ACK all of them or NAK"."""
        client = self.server.raw().says("CAP REQ :batch nonsense", "CAP LIST", "CAP REQ :batch")
        client.gets(
            ":irc.test CAP * NAK :batch nonsense",
            ":irc.test CAP * LIST :",
            ":irc.test CAP * ACK batch",
        )

    def test_what_is_no_subcommand(self) -> None:
        self.server.raw().says("CAP FOO", "CAP").gets_numerics("410", "461")

    def test_cap_notify_belongs_to_version_302(self) -> None:
        client = self.server.raw().says("CAP LS 302", "CAP LIST", "CAP REQ -cap-notify")
        self.assertEqual(
            client.takes()[-2:],
            [":irc.test CAP * LIST cap-notify", ":irc.test CAP * NAK -cap-notify"],
        )

    def test_capabilities_change_what_is_shown_from_then_on(self) -> None:
        """A client that is in a room gets its events in another form, and loses none."""
        ann, bob = self.server.irc("ann", "#tea"), self.server.client("bob", "tea")
        ann.takes()
        bob.says("send tea 1")
        ann.says("CAP REQ :server-time message-tags")
        bob.says("send tea 2")
        ann.says("CAP REQ :-server-time -message-tags")
        bob.says("send tea 3")
        lines = [line for line in ann.takes() if "PRIVMSG" in line]
        tagged = f"@time={self.server.now};msgid=tea/2/1 :bob!line@"
        self.assertEqual(lines[0][:10], ":bob!line@")
        self.assertTrue(lines[1].startswith(tagged), lines[1])
        self.assertEqual(lines[2][:10], ":bob!line@")
        self.assertEqual([line[-1] for line in lines], ["1", "2", "3"])


class EndTests(TestCase):
    def setUp(self) -> None:
        self.server = IrcServer(self)

    def test_quit_is_acknowledged_with_error(self) -> None:
        """RFC 2812, section 3.1.7: "The server acknowledges this by sending an ERROR message"."""
        client = self.server.irc("ann").says("QUIT :tea is ready")
        client.gets("ERROR :Closing link: Quit: tea is ready")
        self.assertTrue(client.is_closed)
        self.server.raw().says("QUIT :chkport").gets("ERROR :Closing link: Quit: chkport")

    def test_no_formatting_is_in_reasons_and_real_names(self) -> None:
        """As in messages: it is taken out, and makes no sign of something unsafe."""
        ann = self.server.irc("ann", "#a")
        eve = self.server.raw().says("NICK eve", "USER eve 0 * :\x02E\x02ve", "JOIN #a")
        self.server.forget()
        eve.says("PART #a :\x0304tea\x03 \x1dtime", "JOIN #a", "QUIT :\x02bye\x02\tall")
        part, _, quitting = ann.gets_numerics("PART", "JOIN", "QUIT")
        self.assertRegex(part, "PART #a :tea time$")
        self.assertRegex(quitting, "QUIT :Quit: bye all$")
        self.assertRegex(ann.says("WHOWAS eve").takes()[0], "Eve$")

    def test_who_quits_is_told_once_to_each(self) -> None:
        """Somebody in several rooms is gone with one line; the line protocol has one a room."""
        eve = self.server.irc("eve", "#a", "#b")
        ann, bob = self.server.irc("ann", "#a", "#b"), self.server.client("bob", "a", "b")
        self.server.forget()
        eve.says("QUIT :bye")
        [line] = ann.takes()
        self.assertRegex(line, r"^:eve!eve@\S+ QUIT :Quit: bye$")
        bob.gets("* left a eve", "* left b eve")

    def test_who_vanishes_and_comes_back_in_one_turn(self) -> None:
        ann, eve = self.server.irc("ann", "#a"), self.server.irc("eve", "#a")
        ann.takes()
        eve.hangs_up()
        self.server.irc("eve", "#a")
        ann.gets_nothing()  # `irc` forgets what came
        lines = [line.split(" ")[1] for line in ann.lines if ":eve!" in line]
        self.assertEqual(lines, ["JOIN", "QUIT", "JOIN"])

    def test_the_end_of_the_server(self) -> None:
        client = self.server.irc("ann")
        self.server.hub.stopService()
        self.server.settle()
        self.assertEqual(client.takes(), ["ERROR :Closing link: The server is shutting down."])

    def test_what_was_asked_is_answered_before_the_connection_is_closed(self) -> None:
        client = self.server.irc("ann")
        client.sends(b"JOIN #tea\r\nPRIVMSG #tea :hi\r\nPING x\r\n").half_closes()
        client.gets_numerics("JOIN", "353", "366", "PONG")
        self.assertTrue(client.is_closed)

    def test_a_full_server_says_so(self) -> None:
        server = IrcServer(self, limits=Limits(sessions=1))
        server.raw()
        refused = server.raw()
        refused.gets_numerics("ERROR")
        self.assertTrue(refused.is_closed)
