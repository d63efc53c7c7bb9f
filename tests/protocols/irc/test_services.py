"""NickServ and ChanServ: words for commands of the core, which decides as always."""

from tests.protocols.irc.conversation import IrcClient, IrcServer, command_of
from tests.protocols.irc.test_accounts import AccountCase, plain

PRINT = "AB" * 32
SHOWN = ":".join(["AB"] * 32)


def texts(lines: list[str]) -> list[str]:
    """Return what services said."""
    return [line.split(" ", 3)[3].removeprefix(":") for line in lines if " NOTICE " in line]


class ServiceCase(AccountCase):
    def said(self, client: IrcClient, line: str) -> list[str]:
        self.server.forget()
        client.says(line)
        return texts(client.takes())

    def assert_says(self, client: IrcClient, line: str, *parts: str) -> None:
        """Check the beginnings of the notices that come for a line."""
        said = self.said(client, line)
        self.assertEqual(len(said), len(parts), said)
        for text, part in zip(said, parts, strict=True):
            self.assertTrue(text.startswith(part), said)


class HelpTests(ServiceCase):
    def test_help(self) -> None:
        """All words, or one; what is not known or misused is answered in one sentence."""
        client = self.server.irc("ann")
        self.assertEqual(len(self.said(client, "PRIVMSG NickServ :help")), 11)
        self.assertEqual(len(self.said(client, "CS HELP")), 16)
        self.assert_says(client, "NS HELP cert", "CERT ADD [fingerprint] | LIST | DEL")
        self.assert_says(client, "NS", "REGISTER", *[""] * 10)
        self.assert_says(client, "NS dance", "That is no word of mine")
        self.assert_says(client, "CS OP", "Say: OP #room [nick]")
        self.assert_says(client, "NS CERT", "Say: CERT ADD")
        self.assert_says(client, "CS OP nochannel ann", "")

    def test_refusals_are_told_in_words_of_irc(self) -> None:
        self.server.irc("ann", "#tea").says("MODE #tea +k s3cret")
        told = '"tea" has a password; say: /join #tea PASSWORD.'
        self.assert_says(self.server.irc("bob"), "CS INFO #tea", told)

    def test_every_word_without_parameters_is_answered(self) -> None:
        """In bounds, to a guest and to who is logged in, and without a bug."""
        for client in (self.server.irc("ann"), self.logged_in("nick2")):
            for service in ("NS", "CS"):
                for line in (
                    "",
                    "x",
                    "#x",
                    "#x y",
                    "#x y z",
                    "\x02",
                    "ADD x",
                    "ADD",
                    "LIST",
                    "DEL 1",
                ):
                    for word in self.said(client, f"{service} HELP"):
                        verb = word.split()[0]
                        if verb != "LOGOUT":
                            lines = client.says(f"{service} {verb} {line}").takes()
                            self.assertLess(len(lines), 20)
        self.assertEqual(self.flushLoggedErrors(), [])

    def test_whois_shows_them(self) -> None:
        client = self.server.irc("ann").says("WHOIS chanserv")
        lines = client.gets_numerics("311", "312", "318")
        self.assertIn(" ChanServ ChanServ services.irc.test * ", lines[0])


class NickServTests(ServiceCase):
    def test_logging_out(self) -> None:
        """Others see who leaves; the client is a guest in no room, under a nick of nobody."""
        client = self.logged_in("val").says("JOIN #tea")
        bob = self.server.irc("bob", "#tea")
        self.server.forget()
        client.says("NS LOGOUT")
        lines = client.takes()
        self.assertEqual([command_of(line) for line in lines], ["PART", "NICK", "901", "NOTICE"])
        self.assertRegex(lines[1], r"^:val!\S+ NICK guest$")
        self.assertIn("PART #tea", bob.takes()[0])
        state = self.server.hub.manager.state
        self.assertEqual((list(state.owners), state.people["guest"].account), ([], None))
        self.assert_says(client, "NS LOGOUT", "Log in first")
        other = self.logged_in("nick2")
        self.server.forget()
        other.says("NS LOGOUT")
        self.assertEqual([command_of(line) for line in other.takes()], ["PART", "901", "NOTICE"])
        self.assertIn("nick2", state.people)

    def test_logging_out_where_there_is_a_lobby(self) -> None:
        """The guest comes into it after its new nick is known."""
        self.server = IrcServer(self, lobby="lobby")
        self.server.client("val").says("register sesame", "quit")
        client = self.logged_in("val")
        self.server.forget()
        client.says("NS LOGOUT")
        lines = client.takes()
        self.assertEqual(
            [command_of(line) for line in lines],
            ["PART", "NICK", "901", "NOTICE", "JOIN", "353", "366"],
        )

    def test_ghosts(self) -> None:
        """One's other connections are ended, and nobody else's."""
        ghost, client = self.logged_in("val"), self.server.irc("nick2")
        self.assert_says(client, "NS GHOST val", "That is not you")
        self.assert_says(client, "NS GHOST val wrong", "There is no such name")
        self.server.client("eve").says("register apple")
        self.assert_says(client, "NS GHOST eve sesame", "There is no such name")
        self.assertFalse(ghost.is_closed)
        self.assert_says(client, "NS GHOST val sesame", "You are logged in", "Your other")
        self.assertTrue(ghost.is_closed)
        self.assertEqual(self.server.hub.manager.state.owners["val"].nick, "val")
        self.assert_says(client, "NS RELEASE val", "No nick is ever held here")

    def test_regaining(self) -> None:
        client = self.logged_in("nick2")
        self.server.forget()
        client.says("NS REGAIN val")
        self.assertRegex(client.takes()[0], r"^:nick2!\S+ NICK val$")
        guest = self.server.irc("gus")
        self.assert_says(guest, "NS REGAIN val", 'The nick "val" is registered')

    def test_certificates(self) -> None:
        client = self.logged_in("nick2")
        self.assert_says(client, "NS CERT LIST", "You have no certificate.")
        self.assert_says(client, "NS CERT ADD", "This connection has shown no certificate")
        self.assert_says(client, "NS CERT ADD xyz", "This is not a public key")
        self.assert_says(client, f"NS CERT ADD {PRINT}", f"{SHOWN} logs you in")
        self.assert_says(client, "NS CERT LIST", f"1: x509 {SHOWN}")
        self.assert_says(client, "NS CERT DEL 5", "There is no key")
        self.assert_says(client, f"NS CERT DEL {PRINT}", f"{SHOWN} is yours no more")
        self.assert_says(self.server.irc("ann"), f"NS CERT ADD {PRINT}", "Log in first")

    def test_info(self) -> None:
        client = self.logged_in("nick2")
        self.assert_says(client, "NS INFO", "val is registered since", "val is here", "Connections")
        ann = self.server.irc("ann")
        self.assert_says(ann, "NS INFO nick2", "val is registered since", "val is here")
        self.assert_says(ann, "NS INFO ann", '"ann" is no account')
        self.assert_says(ann, "NS INFO", "Log in first")


class ChanServTests(ServiceCase):
    def setUp(self) -> None:
        super().setUp()
        self.client = self.logged_in("val").says("JOIN #tea")
        self.bob = self.server.irc("bob", "#tea")
        self.server.client("eve").says("register apple")
        self.room = self.server.hub.manager.state.rooms["tea"]

    def test_ranks(self) -> None:
        """The change is shown to who made it and to the others alike."""
        for word, mode in (
            ("OP #tea bob", "+o bob"),
            ("DEOP #tea bob", "-o bob"),
            ("VOICE #tea bob", "+v bob"),
            ("DEVOICE #tea bob", "-v bob"),
        ):
            self.server.forget()
            self.client.says(f"CS {word}")
            lines = self.client.takes()
            self.assertTrue(lines[0].endswith(f" MODE #tea {mode}"), lines)
            self.assertEqual(lines[:1], [each for each in self.bob.takes() if " MODE " in each])
        self.assert_says(self.bob, "CS OP #tea bob", "")
        self.assertEqual(len(self.room.roles), 1)

    def test_voice_leaves_other_ranks_alone(self) -> None:
        self.assert_says(self.client, "CS OP #tea eve", "eve is moderator")
        self.said(self.client, "CS DEVOICE #tea eve")
        self.assertEqual(len(self.room.roles), 2)

    def test_handing_a_room_over(self) -> None:
        self.assert_says(self.client, "CS TRANSFER #tea val", "Say: TRANSFER")
        self.assert_says(self.client, "CS TRANSFER #tea bob", "")
        self.assertEqual(set(self.room.roles), {"val"})
        self.assert_says(self.client, "CS TRANSFER #tea eve", "eve is owner", "val is member")
        self.assertEqual(set(self.room.roles), {"eve"})

    def test_keeping_out(self) -> None:
        self.server.irc("mal", "#tea")
        self.assert_says(self.client, "CS KICK #tea mal go away", "mal is out of #tea")
        self.assertIn("KICK #tea mal :go away", " ".join(self.bob.takes()))
        self.assert_says(self.client, "CS BAN #tea bob!*@* spam", "bob is banned from #tea: 1")
        self.assert_says(self.client, "CS UNBAN #tea bob", "bob is not banned")
        self.assert_says(self.client, "CS INVITE #tea bob", "bob is invited into #tea")
        self.assert_says(self.bob, "CS BAN #tea val", "")

    def test_settings_and_topic(self) -> None:
        self.client.says("CS TOPIC #tea four o'clock").gets_numerics("TOPIC", "NOTICE")
        self.assert_says(self.client, "CS TOPIC #tea a\u202eb", "The text holds")
        self.assert_says(self.client, "CS SET #tea door invite-only", "#tea: kind")
        self.assert_says(self.client, "CS SET #tea password s3cret", "#tea: kind password")
        self.assertIn("kind", self.said(self.client, "CS SET #tea")[0])
        self.assertIn("#tea is", self.said(self.client, "CS INFO #tea")[0])
        self.assertIn("four o'clock", self.said(self.client, "CS INFO #tea")[-1])
        self.assert_says(self.client, "CS ACCESS #tea LIST", "val: owner")
        self.assert_says(self.client, "CS ACCESS #tea ADD x", "Say: ACCESS")

    def test_making_a_room(self) -> None:
        self.assert_says(self.client, "CS REGISTER #cake", "#cake is yours")
        self.assert_says(self.client, "CS REGISTER #tea", "There is a room called")

    def test_hidden_rooms_are_not_there(self) -> None:
        """Every word about one is answered as about a room that nobody has made."""
        self.client.says("JOIN #den", "MODE #den +is").takes()
        for word in (
            "OP {} bob",
            "DEOP {}",
            "VOICE {} bob",
            "DEVOICE {} val",
            "OWNER {} bob",
            "TRANSFER {} val",
            "KICK {} val",
            "BAN {} val",
            "UNBAN {} val",
            "INVITE {} bob",
            "TOPIC {} hi",
            "SET {}",
            "SET {} door open",
            "SET {} password x",
            "INFO {}",
            "ACCESS {} LIST",
        ):
            there = self.said(self.bob, f"CS {word.format('#den')}")
            nowhere = self.said(self.bob, f"CS {word.format('#nil')}")
            self.assertEqual([text.replace("den", "nil") for text in there], nowhere, word)


class ShownTests(ServiceCase):
    """WHOIS, CHGHOST and WALLOPS."""

    def test_the_next_session_is_what_others_see(self) -> None:
        """When the oldest one goes, user and real name are those of the next one."""
        first = self.logged_in("nick2").says("JOIN #tea")
        second = self.server.raw().says("CAP REQ :sasl chghost", "NICK n", "USER two 0 * :Two")
        second.says("AUTHENTICATE PLAIN", plain("", "val", "sesame"), "CAP END")
        bob = self.server.irc("bob", "#tea", caps="chghost setname")
        zed = self.server.irc("zed", "#tea")
        self.server.forget()
        first.says("QUIT")
        host = r"(\S+)"
        lines = bob.takes()
        self.assertRegex(lines[0], rf"^:nick2!v@{host} CHGHOST two \1$")
        self.assertRegex(lines[1], rf"^:nick2!two@{host} SETNAME Two$")
        self.assertIn("CHGHOST two", second.takes()[0])
        zed.gets_nothing()

    def test_nothing_changes_when_a_later_session_goes(self) -> None:
        self.logged_in("nick2").says("JOIN #tea")
        second = self.logged_in("nick2")
        bob = self.server.irc("bob", "#tea", caps="chghost setname")
        second.says("QUIT")
        bob.gets_nothing()

    def test_wallops_reach_who_wants_to_hear(self) -> None:
        state = self.server.hub.manager.state
        ann, bob = self.server.irc("ann").says("MODE ann +w"), self.server.irc("bob")
        client = self.logged_in("nick2")
        state.owners["val"].operates_as = state.accounts["val"].name
        self.server.forget()
        client.says("WALLOPS :tea is ready").gets_numerics("WALLOPS")
        self.assertIn("WALLOPS", ann.takes()[0])
        bob.gets_nothing()
