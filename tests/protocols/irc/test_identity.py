"""Who somebody is where the nick is not the account's name: nobody is taken for somebody else."""

import attrs

from chatsvc.core.effects.accounts import change
from tests.protocols.irc.conversation import IrcClient, command_of
from tests.protocols.irc.test_accounts import AccountCase, plain


class NamesCase(AccountCase):
    """val is here as nick2, in a room that boss owns."""

    def setUp(self) -> None:
        super().setUp()
        self.boss = self.server.irc("boss", "#tea", caps="draft/message-redaction")
        self.boss.says("REGISTER * * hat")
        self.client = self.logged_in("nick2").says("JOIN #tea")
        self.state = self.server.hub.manager.state
        self.room = self.state.rooms["tea"]
        self.server.forget()

    def is_inside(self) -> bool:
        return self.state.owners["val"].person_id in self.room.members


class ModerationTests(NamesCase):
    def test_a_ban_by_the_accounts_name(self) -> None:
        """Hits who is meant, at once and under any other nick."""
        line = self.server.client("").says("login boss hat")
        self.server.forget()
        line.says("ban tea val")
        self.assertIn("* kicked tea nick2 boss banned", " ".join(line.takes()))
        self.assertFalse(self.is_inside())
        self.server.forget()
        self.client.says("NICK nick3", "JOIN #tea")
        self.assertIn("474", [command_of(each) for each in self.client.takes()])

    def test_kick_op_and_voice_by_either_name(self) -> None:
        """The line names the nick that is here."""
        for name in ("nick2", "val"):
            self.boss.says(f"CS OP #tea {name}", f"CS DEOP #tea {name}")
            self.boss.takes()
            lines = [line for line in self.client.takes() if " MODE " in line]
            self.assertEqual(
                [line.split()[3:] for line in lines], [["+o", "nick2"], ["-o", "nick2"]]
            )
        self.boss.says("KICK #tea val :out")
        self.assertIn("KICK #tea nick2 out", self.client.takes()[0])
        self.assertFalse(self.is_inside())

    def test_a_mute_by_the_accounts_name(self) -> None:
        self.boss.says("MODE #tea +b ~m:val").takes()
        self.client.takes()
        self.client.says("PRIVMSG #tea :hi").gets_numerics("404")

    def test_a_server_ban_by_the_accounts_name(self) -> None:
        """Ends the connection of who is meant."""
        boss = self.state.accounts["boss"]
        change(self.state, attrs.evolve(boss, is_operator=True))
        self.server.client("").says("login boss hat", "server-ban val")
        self.assertTrue(self.client.is_closed)
        raw = self.server.raw().says("CAP REQ :sasl", "AUTHENTICATE PLAIN")
        raw.says(plain("", "val", "sesame")).gets_numerics("CAP", "AUTHENTICATE", "904")

    def test_ignored_under_any_nick(self) -> None:
        bob = self.server.client("bob", "tea").says("ignore nick2")
        self.client.says("NICK nick3")
        self.server.forget()
        self.client.says("PRIVMSG bob :hi", "PRIVMSG #tea :hi")
        self.assertNotIn("* told", " ".join(bob.takes()))

    def test_who_has_the_nick_of_an_inviter_has_not_invited(self) -> None:
        self.server.client("zed")
        self.client.says("INVITE zed #tea", "NICK nick4").takes()
        self.server.clock.advance(1)
        other = self.server.client("nick2", "tea").says("uninvite tea zed")
        self.assertTrue(other.takes()[-1].startswith("- not-allowed"))

    def test_invitations_find_who_is_here(self) -> None:
        self.client.says("PART #tea")
        self.boss.says("MODE #tea +i", "INVITE val #tea").takes()
        self.assertIn("INVITE nick2 #tea", " ".join(self.client.takes()))
        self.client.says("JOIN #tea").takes()
        self.assertTrue(self.is_inside())


class ImpersonationTests(NamesCase):
    def test_the_name_of_somebody_elses_account(self) -> None:
        """Nobody has it, logged in to another account or not, whether its owner is here or not."""
        self.boss.says("QUIT")
        self.server.forget()
        self.client.says("NICK boss").gets_numerics("433")
        self.server.irc("eve").says("NICK boss").gets_numerics("433")
        late = self.server.raw().says("CAP REQ :sasl", "NICK boss", "USER v 0 * :V")
        late.says("AUTHENTICATE PLAIN", plain("", "val", "sesame"), "CAP END")
        self.assertNotIn("boss", self.state.people)
        line = self.server.client("")
        line.takes()
        line.says("nick boss").gets_error("nick-registered")

    def test_an_account_is_not_made_of_a_nick_in_use(self) -> None:
        """Of somebody who is logged in to another, at no way in."""
        raw = self.server.raw().says("NICK nick2", "REGISTER * * secret")
        self.assertNotIn("nick2", self.state.accounts)
        raw.takes()
        self.server.client("").says("nick nick2").takes()
        self.assertEqual(self.state.people["nick2"].account.name, "val")

    def test_what_a_guest_said_is_not_tagged_as_the_accounts(self) -> None:
        """Not what was said before there was an account of this name, or by who had the nick."""
        guest = self.server.client("ned", "tea").says("send tea hello")
        guest.says("quit")
        self.server.clock.advance(1)
        self.server.client("ned").says("register secret", "quit")
        self.server.forget()
        caps = "batch draft/chathistory account-tag message-tags"
        reader = self.server.irc("rob", "#tea", caps=caps).says("CHATHISTORY LATEST #tea * 5")
        [line] = [each for each in reader.takes() if "PRIVMSG" in each]
        self.assertIn("hello", line)
        self.assertNotIn("account=", line)

    def test_what_an_account_says_is_tagged(self) -> None:
        reader = self.server.irc("rob", "#tea", caps="account-tag message-tags")
        self.client.says("PRIVMSG #tea :hi")
        self.assertIn("account=val", reader.takes()[0])

    def test_a_kept_direct_message_is_from_the_nick_that_is_here(self) -> None:
        self.client.says("PRIVMSG boss :hi")
        self.assertRegex(self.boss.takes()[0], r"^:nick2!\S+ PRIVMSG boss :?hi$")
        self.boss.says("PRIVMSG nick2 :ho")
        self.assertRegex(self.client.takes()[0], r"^:boss!\S+ PRIVMSG nick2 :?ho$")


class TwoConnectionsTests(NamesCase):
    def second(self) -> IrcClient:
        second = self.server.raw().says("CAP REQ :sasl", "NICK nick9", "USER v 0 * :V")
        second.says("AUTHENTICATE PLAIN", plain("", "val", "sesame"), "CAP END")
        self.server.forget()
        return second

    def test_they_have_one_nick(self) -> None:
        second = self.second().says("NICK nick5")
        self.assertRegex(second.takes()[0], r"^:nick2!\S+ NICK nick5$")
        self.assertRegex(self.client.takes()[0], r"^:nick2!\S+ NICK nick5$")
        self.assertEqual(self.state.owners["val"].nick, "nick5")

    def test_an_account_that_is_dropped_under_another_nick(self) -> None:
        """Its name is free, the nick stays, and what it might do is over; others are told."""
        watcher = self.server.irc("rob", "#tea", caps="account-notify")
        self.client.says("NS DROP sesame")
        code = self.client.takes()[0].split()[-1]
        self.client.says(f"NS DROP sesame {code}")
        self.assertIn("901", [command_of(each) for each in self.client.takes()])
        self.assertEqual(list(self.state.owners), ["boss"])
        self.assertIsNone(self.state.people["nick2"].account)
        self.assertRegex(watcher.takes()[0], r"^:nick2!\S+ ACCOUNT \*$")
        self.server.client("val")
        self.assertIn("val", self.state.people)

    def test_the_other_connections_of_a_dropped_account_are_told(self) -> None:
        second = self.second().says("NS DROP sesame")
        code = second.takes()[0].split()[-1]
        second.says(f"NS DROP sesame {code}").gets_numerics("NOTICE", "901")
        self.client.gets_numerics("901")
