"""Accounts at the IRC door: SASL, REGISTER, nicks that are not the account's name, operators."""

from base64 import b64encode

from twisted.trial.unittest import TestCase

from chatsvc.identity.delays import LoginDelays
from chatsvc.identity.listed import OperatorFile, parse_operators
from tests.protocols.irc.conversation import IrcClient, IrcServer, command_of


def plain(*words: str) -> str:
    """Return an AUTHENTICATE line with these words, NUL between them."""
    return "AUTHENTICATE " + b64encode("\0".join(words).encode()).decode()


class AccountCase(TestCase):
    def setUp(self) -> None:
        self.server = IrcServer(self)
        self.server.client("val").says("register sesame", "quit")
        self.server.forget()

    def logged_in(self, nick: str, name: str = "val", password: str = "sesame") -> IrcClient:
        """Return a client that has logged in by SASL before its registration was over."""
        client = self.server.raw().says("CAP REQ :sasl", f"NICK {nick}", "USER v 0 * :V")
        client.says("AUTHENTICATE PLAIN", plain("", name, password), "CAP END")
        self.server.forget()
        return client


class SaslTests(AccountCase):
    def begun(self) -> IrcClient:
        client = self.server.raw().says("CAP REQ :sasl", "AUTHENTICATE PLAIN")
        client.gets_numerics("CAP", "AUTHENTICATE")
        return client

    def test_who_is_logged_in_is_told(self) -> None:
        lines = self.begun().says(plain("val", "val", "sesame")).gets_numerics("900", "903")
        self.assertRegex(
            lines[0], r"^:irc.test 900 \* \*!\*@\S+ val :You are now logged in as val$"
        )

    def test_what_is_wrong_fails(self) -> None:
        """A wrong password, a NUL too many, another's name and broken base64 are answered 904."""
        for words in (
            ("", "val", "sesam"),
            ("", "val", "sesame", ""),
            ("bob", "val", "sesame"),
            ("", "nobody", "sesame"),
            ("", "", "sesame"),
        ):
            self.begun().says(plain(*words)).gets_numerics("904")
        self.begun().says("AUTHENTICATE !!!").gets_numerics("904")

    def test_one_may_try_again_or_give_up(self) -> None:
        client = self.begun().says("AUTHENTICATE *")
        client.gets_numerics("906")
        client.says("AUTHENTICATE PLAIN", plain("", "val", "sesame"))
        client.gets_numerics("AUTHENTICATE", "900", "903")

    def test_mechanisms_and_the_capability(self) -> None:
        client = self.server.raw().says("AUTHENTICATE PLAIN")
        client.gets_numerics("904")
        client.says("CAP REQ :sasl", "AUTHENTICATE FOO").gets_numerics("CAP", "908", "904")

    def test_the_end_of_registration_ends_a_login(self) -> None:
        client = self.begun().says("NICK bob", "USER b 0 * :B", "CAP END")
        self.assertEqual(command_of(client.takes()[0]), "906")


class NickTests(AccountCase):
    def test_the_nick_need_not_be_the_accounts_name(self) -> None:
        """Others see the nick; the room is the account's."""
        bob = self.server.client("bob", "tea")
        client = self.logged_in("nick2")
        client.says("JOIN #tea", "PRIVMSG #tea :hi")
        lines = bob.takes()
        self.assertIn("* joined tea nick2", lines)
        state = self.server.hub.manager.state
        self.assertEqual(state.owners["val"].nick, "nick2")
        self.assertIn("tea", state.memberships["val"])

    def test_rooms_that_one_makes_are_the_accounts(self) -> None:
        """Neither who registers the nick later nor who has it then owns them."""
        self.logged_in("nick2").says("JOIN #cake")
        room = self.server.hub.manager.state.rooms["cake"]
        self.assertEqual(set(room.roles), {"val"})

    def test_the_nick_of_an_account_is_for_who_logs_in(self) -> None:
        client = self.server.raw().says("CAP LS 302", "NICK val", "USER v 0 * :V", "CAP END")
        self.assertEqual(client.takes()[-1].split()[1:4], ["433", "*", "val"])
        self.assertEqual(self.logged_in("val").says("PING x").takes()[0][:9], ":irc.test")

    def test_a_second_connection_is_the_same_person(self) -> None:
        """It gets the nick and the rooms of the first, whatever it asked for."""
        self.logged_in("nick2").says("JOIN #tea")
        second = self.server.raw().says("CAP REQ :sasl", "NICK nick3", "USER v 0 * :V")
        second.says("AUTHENTICATE PLAIN", plain("", "val", "sesame"), "CAP END")
        lines = second.takes()
        self.assertIn(":irc.test 001 nick2 :Welcome to TestNet, nick2", lines)
        self.assertTrue(any(line.endswith("JOIN #tea") for line in lines), lines)

    def test_a_login_by_lines_has_the_accounts_name(self) -> None:
        """And so have the connections that were here under another nick."""
        client = self.logged_in("nick2")
        line = self.server.client("").says("login val sesame")
        self.assertIn("+ login val 0", line.takes())
        self.assertTrue(client.takes()[0].endswith("NICK val"))
        [refused] = client.says("NICK nick2").gets_numerics("400")
        self.assertIn("You are also connected by line", refused)
        self.assertNotIn("nick2", self.server.hub.manager.state.people)

    def test_who_had_the_nick_later_has_not_said_it(self) -> None:
        """What an account said under a nick is not that of the next one who has it."""
        client = self.logged_in("nick2").says("JOIN #tea", "PRIVMSG #tea :mine")
        client.says("NICK val")
        self.server.clock.advance(1)
        other = self.server.client("nick2", "tea").says("redact tea 1")
        self.assertTrue(other.takes()[-1].startswith("- not-allowed"))

    def test_logging_in_later_keeps_nick_and_rooms(self) -> None:
        client = self.server.irc("ann", "#tea", caps="sasl")
        client.says("AUTHENTICATE PLAIN", plain("", "val", "sesame"))
        client.gets_numerics("AUTHENTICATE", "900", "903")
        self.assertIn("tea", self.server.hub.manager.state.memberships["val"])
        self.assertEqual(self.server.hub.manager.state.owners["val"].nick, "ann")

    def test_logging_in_as_another_leaves_the_rooms(self) -> None:
        self.server.client("eve").says("register apple", "quit")
        client = self.logged_in("nick2").says("CAP REQ :sasl", "JOIN #tea")
        self.server.forget()
        client.says("AUTHENTICATE PLAIN", plain("", "eve", "apple"))
        lines = client.gets_numerics("AUTHENTICATE", "PART", "900", "903")
        self.assertIn(" nick2!", lines[2])
        self.assertEqual(list(self.server.hub.manager.state.owners), ["eve"])

    def test_a_direct_message_reaches_who_has_another_nick(self) -> None:
        """By the nick and by the account's name; it is kept in one conversation."""
        client = self.logged_in("nick2")
        bob = self.server.client("bob").says("register pear", "tell nick2 one", "tell val two")
        self.assertEqual(len(client.takes()), 2)
        bob.takes()
        [room] = self.server.hub.manager.state.conversations.by_key.values()
        self.assertEqual(room.last, 2)


class RegisterTests(AccountCase):
    def test_not_before_the_password_of_the_server(self) -> None:
        """Who may not come in makes no account either."""
        server = IrcServer(self, password="sekret")
        client = server.raw().says("CAP LS 302", "NICK zoe", "USER z 0 * :Z")
        client.takes()
        [line] = client.says("REGISTER * * sesame").takes()
        self.assertIn("FAIL REGISTER COMPLETE_CONNECTION_REQUIRED", line)
        self.assertNotIn("zoe", server.hub.manager.state.accounts)
        client.says("PASS sekret", "REGISTER * * sesame").gets_numerics("REGISTER", "900")

    def test_before_connect(self) -> None:
        """The nick that was asked for becomes the account, and is nobody else's then."""
        client = self.server.raw().says("NICK ann", "REGISTER * * secret")
        client.gets_numerics("REGISTER", "900")
        self.assertIn("ann", self.server.hub.manager.state.accounts)
        client.says("USER a 0 * :A")
        self.assertEqual(client.takes()[0], ":irc.test 001 ann :Welcome to TestNet, ann")

    def test_what_is_refused(self) -> None:
        self.server.client("bob")
        for words, code in (
            (("REGISTER * * pw",), "NEED_NICK"),
            (("NICK bob", "REGISTER * * pw"), "ACCOUNT_EXISTS"),
            (("NICK eve", "REGISTER foo * pw"), "ACCOUNT_NAME_MUST_BE_NICK"),
            (("VERIFY ann 1",), "INVALID_CODE"),
        ):
            line = self.server.raw().says(*words).takes()[-1]
            self.assertIn(f" {code} ", line)

    def test_only_once(self) -> None:
        client = self.server.irc("ann").says("REGISTER ann * pw", "REGISTER ann * pw")
        lines = client.gets_numerics("REGISTER", "900", "FAIL")
        self.assertIn(" ALREADY_AUTHENTICATED ", lines[2])


class OperatorTests(AccountCase):
    def setUp(self) -> None:
        super().setUp()
        passwords = parse_operators(["# ours", "", "boss hat"])
        delays = LoginDelays(self.server.hub.limits)
        listed = OperatorFile(passwords, delays, self.server.clock)
        self.server.hub.use_listed_operators(listed)

    def test_oper_by_the_file(self) -> None:
        client = self.server.irc("ann").says("OPER boss cap")
        client.gets_numerics("464")
        self.server.clock.advance(60)
        client.says("OPER boss hat")
        self.assertTrue(client.gets_numerics("381", "MODE")[1].endswith("MODE ann +o"))

    def test_operators_are_counted(self) -> None:
        """Also who is a guest besides, under whatever nick, for as long as they are here."""
        house = self.server.house
        client = self.server.irc("ann").says("OPER boss hat", "NICK amy")
        self.assertEqual(house.operators, 1)
        client.says("QUIT")
        self.assertEqual(house.operators, 0)

    def test_an_account_has_to_be_an_operators(self) -> None:
        self.server.irc("ann").says("OPER val sesame").gets_numerics("464")

    def test_others_may_not(self) -> None:
        client = self.server.irc("ann").says("KILL bob :x", "WALLOPS :x", "REHASH", "DIE")
        client.gets_numerics("481", "481", "481", "481")

    def test_kill_and_wallops(self) -> None:
        ann, bob = self.server.irc("ann"), self.server.irc("bob")
        ann.says("OPER boss hat", "KILL irc.test", "KILL bob :enough", "WALLOPS :done")
        ann.gets_numerics("381", "MODE", "483", "WALLOPS")
        bob.gets_numerics("ERROR")

    def test_others_see_a_kill(self) -> None:
        """ "KILL [...] the user's QUIT message" (https://modern.ircdocs.horse/#kill-message)."""
        ann, _bob = self.server.irc("ann", "#tea"), self.server.irc("bob", "#tea")
        ann.takes()
        ann.says("OPER boss hat", "KILL bob :enough")
        seen = next(line for line in ann.takes() if " QUIT " in line)
        self.assertTrue(seen.endswith(" QUIT :Killed (boss (enough))"), seen)

    def test_a_file_of_operators(self) -> None:
        self.assertRaises(ValueError, parse_operators, ["boss"])


class ReservedTests(TestCase):
    def test_nobody_is_called_like_a_service(self) -> None:
        """Nor by a name that looks like that of one, at any way in."""
        server = IrcServer(self)
        server.raw().says("NICK NickServ").gets_numerics("432")
        for nick in ("chanserv", "Nіckserv"):
            client = server.client()
            client.takes()
            client.says(f"nick {nick}").gets_error("bad-nick")


class ServiceTests(AccountCase):
    def test_identify_by_a_message(self) -> None:
        """NickServ answers as such, and nobody is called so."""
        client = self.server.irc("ann").says("PRIVMSG NickServ :IDENTIFY val sesame")
        lines = client.gets_numerics("900", "NOTICE")
        self.assertTrue(lines[1].startswith(":NickServ!NickServ@services.irc.test NOTICE ann :"))
        self.assertEqual(self.server.hub.manager.state.owners["val"].nick, "ann")

    def test_what_goes_wrong_is_told(self) -> None:
        client = self.server.irc("ann")
        for words in ("NS IDENTIFY val no", "NS IDENTIFY", "NS DANCE", "CS OP tea", "CS OP #x bob"):
            client.says(words).gets_numerics("NOTICE")

    def test_registering_changing_the_password_and_dropping(self) -> None:
        client = self.server.irc("ann").says("NS REGISTER one", "NS SET PASSWORD one two")
        client.gets_numerics("NOTICE", "900", "NOTICE")
        [line] = client.says("NS DROP two").gets_numerics("NOTICE")
        client.says(f"NS DROP two {line.split()[-1]}").gets_numerics("NOTICE", "901")
        self.assertNotIn("ann", self.server.hub.manager.state.accounts)

    def test_roles_by_chanserv(self) -> None:
        ann = self.logged_in("ann").says("JOIN #tea")
        self.server.client("bob", "tea").says("register pear")
        self.server.forget()
        ann.says("CS VOICE #tea bob")
        self.assertIn("bob is voiced in #tea.", " ".join(ann.takes()))
