"""Who is here, and what is told of whom: WHO, WHOIS, WHOWAS, MONITOR, and marks of users."""

import attrs
from twisted.trial.unittest import SynchronousTestCase as TestCase

from chatsvc.core.limits import WATCHED_NICKS
from chatsvc.core.names import RoomName
from chatsvc.irc.sources import cloak
from tests.protocols.irc.conversation import IrcClient, IrcServer

HOST = cloak("192.0.2.1", b"key")
"""What is shown in place of the address that everybody has."""


class WhoTests(TestCase):
    def setUp(self) -> None:
        self.server = IrcServer(self)
        self.ann = self.server.irc("ann", "#tea")
        self.bob = self.server.client("bob", "tea")
        self.server.forget()

    def rows(self, client: IrcClient, asked: str) -> list[str]:
        """Return the rows that a WHO is answered with, without what is the same in all."""
        *rows, end = client.says(f"WHO {asked}").takes()
        self.assertEqual(end, f":irc.test 315 ann {asked.split(' ')[0]} :End of WHO list")
        return [row.split(" ", 3)[3] for row in rows]

    def test_a_mask_is_of_nick_user_host_realname_or_server(self) -> None:
        """Without case, each with `*` and `?`; people of other ways in are found as well."""
        ann = f"* ann {HOST} irc.test ann H :0 Real ann"
        bob = f"* line {HOST} irc.test bob H :0 bob"
        cases = {
            "*": [ann, bob],
            "0": [ann, bob],
            "A?N": [ann],
            "*AL*": [ann],
            "lin*": [bob],
            HOST[:9] + "*": [ann, bob],
            "irc.*": [ann, bob],
            "x*": [],
            "nobody": [],
            "BOB": [bob],
            "*a*a*a*a*a*a*a*a*a*": [],
        }
        for asked, rows in cases.items():
            self.assertEqual(self.rows(self.ann, asked), rows, asked)

    def test_the_flags(self) -> None:
        """Away, the sign in the room, a bot."""
        self.ann.says("AWAY :tea", "MODE ann +B").takes()
        self.assertEqual(
            self.rows(self.ann, "#tea"),
            [
                f"#tea ann {HOST} irc.test ann G@B :0 Real ann",
                f"#tea line {HOST} irc.test bob H :0 bob",
            ],
        )
        self.assertEqual(self.rows(self.ann, "* o"), [])

    def test_whox_gives_what_is_asked_for_in_its_order(self) -> None:
        """Addresses are not shown, and there is no rank outside of a room."""
        full = f"123 * ann 255.255.255.255 {HOST} irc.test ann H 0 0 0 n/a :Real ann"
        self.assertEqual(self.rows(self.ann, "ann %roaldfnshiuct,123"), [full])
        self.assertEqual(self.rows(self.ann, "#tea %cno"), ["#tea ann 999", "#tea bob 0"])

    def test_who_is_idle(self) -> None:
        """Counted is from what somebody did last."""
        self.ann.says("PRIVMSG #tea :hi").takes()
        self.server.clock.advance(90)
        self.assertEqual(self.rows(self.ann, "ann %l"), ["90"])

    def test_members_of_a_hidden_room_are_not_shown_by_it(self) -> None:
        """Neither does WHOIS say that somebody is there; a member is told both."""
        self.bob.says("create den", "join den").takes()
        den = self.server.hub.manager.state.room(RoomName("den"))
        den.kind = attrs.evolve(den.kind, listed=False)
        self.ann.says("WHO #den").gets(":irc.test 315 ann #den :End of WHO list")
        self.ann.says("WHOIS bob")
        self.assertIn(":irc.test 319 ann bob :#tea", self.ann.takes())
        self.ann.says("JOIN #den").takes()
        self.ann.says("WHO #den").gets_numerics("352", "352", "315")
        self.ann.says("WHOIS bob")
        self.assertIn("#den", self.ann.takes()[1])

    def test_who_is_invisible_is_found_by_nick_or_in_a_shared_room(self) -> None:
        """And by themselves."""
        eve = self.server.irc("eve", "#den")
        eve.says("MODE eve +i").gets(f":eve!eve@{HOST} MODE eve +i")
        self.assertEqual(self.rows(self.ann, "ev*"), [])
        self.assertEqual(len(self.rows(self.ann, "eve")), 1)
        eve.says("WHO ev*").gets_numerics("352", "315")
        self.ann.says("WHOIS eve").gets_numerics("311", "312", "317", "318")
        self.ann.says("LUSERS")
        self.assertIn(":There are 2 users and 1 invisible on 1 servers", self.ann.takes()[0])
        eve.says("JOIN #tea").takes()
        self.ann.takes()
        self.assertEqual(len(self.rows(self.ann, "ev*")), 1)
        self.ann.says("WHOIS eve")
        self.assertIn(":irc.test 319 ann eve :#tea", self.ann.takes())


class WhoisTests(TestCase):
    def setUp(self) -> None:
        self.server = IrcServer(self)
        self.ann = self.server.irc("ann", "#tea")
        self.bob = self.server.client("bob", "tea")
        self.server.forget()

    def test_somebody_of_another_way_in(self) -> None:
        self.bob.says("away lunch")
        self.ann.says("WHOIS BOB").gets(
            f":irc.test 311 ann bob line {HOST} * bob",
            ":irc.test 319 ann bob :#tea",
            ":irc.test 312 ann bob irc.test :A test server",
            ":irc.test 301 ann bob lunch",
            self.idle("bob"),
            ":irc.test 318 ann BOB :End of WHOIS list",
        )

    def idle(self, nick: str) -> str:
        since = self.server.hub.manager.state.people[nick].since // 1000  # type: ignore[index]
        return f":irc.test 317 ann {nick} 0 {since} :seconds idle, signon time"

    def test_oneself(self) -> None:
        """What is private is shown to oneself."""
        self.ann.says("MODE ann +wB").gets(f":ann!ann@{HOST} MODE ann +Bw")
        self.ann.says("WHOIS irc.test ann").gets(
            f":irc.test 311 ann ann ann {HOST} * :Real ann",
            ":irc.test 319 ann ann :@#tea",
            ":irc.test 312 ann ann irc.test :A test server",
            ":irc.test 335 ann ann :is a bot",
            ":irc.test 378 ann ann :is connecting from *@192.0.2.1",
            ":irc.test 379 ann ann :is using modes +Bw",
            self.idle("ann"),
            ":irc.test 318 ann ann :End of WHOIS list",
        )

    def test_nobody(self) -> None:
        self.ann.says("WHOIS eve", "WHOIS :", "WHOIS no.server bob", "WHOIS")
        self.ann.gets_numerics("401", "318", "431", "402", "461")

    def test_userhost_and_ison(self) -> None:
        self.bob.says("away")
        self.ann.says("USERHOST bob eve ANN", "ISON ann :eve bob").gets(
            f":irc.test 302 ann :bob=-line@{HOST} ann=+ann@{HOST}",
            ":irc.test 303 ann :ann bob",
        )

    def test_who_was_here(self) -> None:
        """The last one first; who took another nick was here under the old one, too."""
        eve = self.server.irc("eve")
        eve.says("NICK adam").takes()
        other = self.server.raw()
        other.says("NICK eve", "USER two 0 * Second")
        self.server.forget()
        other.says("QUIT :bye")
        self.ann.says("WHOWAS eve").takes()
        self.ann.says("WHOWAS eve 0")
        lines = [line for line in self.ann.takes() if " 314 " in line]
        self.assertEqual(
            lines,
            [
                f":irc.test 314 ann eve two {HOST} * Second",
                f":irc.test 314 ann eve eve {HOST} * :Real eve",
            ],
        )
        self.ann.says("WHOWAS eve 1").gets_numerics("314", "312", "369")
        self.ann.says("WHOWAS nobody").gets_numerics("406", "369")


class MonitorTests(TestCase):
    def setUp(self) -> None:
        self.server = IrcServer(self)
        self.ann = self.server.irc("ann", caps="extended-monitor away-notify setname")

    def test_who_comes_and_goes(self) -> None:
        """A nick in other letters is the same one; what others do by other ways in is told, too."""
        self.ann.says("MONITOR + bob,*!x@y,ann")
        self.ann.gets_numerics("432", "730", "731")
        bob = self.server.client("adam")
        bob.says("nick Bob")
        self.ann.gets(f":irc.test 730 ann Bob!line@{HOST}")
        bob.says("nick BOB")
        self.ann.gets()
        bob.says("nick eve")
        self.ann.gets(":irc.test 731 ann BOB")
        bob.says("nick bob")
        self.ann.gets(f":irc.test 730 ann bob!line@{HOST}")
        bob.says("quit")
        self.ann.gets(":irc.test 731 ann bob")

    def test_the_list(self) -> None:
        self.ann.says("MONITOR + x,y", "MONITOR - X,z").takes()
        self.ann.says("MONITOR l", "MONITOR S").gets(
            ":irc.test 732 ann y",
            ":irc.test 733 ann :End of MONITOR list",
            ":irc.test 731 ann y",
        )
        self.ann.says("MONITOR C", "MONITOR L").gets_numerics("733")
        self.ann.says("MONITOR +", "MONITOR").gets_numerics("461", "461")

    def test_no_more_than_so_many(self) -> None:
        """The rest is named; what is on the list already does not count."""
        for start in range(0, WATCHED_NICKS, 20):
            names = ",".join(f"n{number}" for number in range(start, start + 20))
            self.ann.says(f"MONITOR + {names}").takes()
        self.ann.says("MONITOR + n7,more,most").gets(
            ":irc.test 731 ann n7",
            f":irc.test 734 ann {WATCHED_NICKS} more,most :Monitor list is full",
        )

    def test_the_list_goes_with_its_session(self) -> None:
        self.ann.says("MONITOR + bob", "QUIT")
        watching = self.server.hub.manager.state.watching
        self.assertEqual(watching.sessions_for("bob"), frozenset())  # type: ignore[arg-type]

    def test_what_is_told_of_who_is_watched(self) -> None:
        """Away and real names, where extended-monitor and their own capability ask for it."""
        less = self.server.irc("less", caps="away-notify setname")
        for client in (self.ann, less):
            client.says("MONITOR + bob").takes()
        bob = self.server.irc("bob", caps="setname")
        bob.says("AWAY :tea", "SETNAME :Bob B", "AWAY").gets(
            ":irc.test 306 bob :You have been marked as being away",
            f":bob!bob@{HOST} SETNAME :Bob B",
            ":irc.test 305 bob :You are no longer marked as being away",
        )
        self.ann.gets(
            f":bob!bob@{HOST} AWAY tea",
            f":bob!bob@{HOST} SETNAME :Bob B",
            f":bob!bob@{HOST} AWAY",
        )
        less.gets()


class AccountTests(TestCase):
    """Who becomes the owner of an account is told of to those who asked for that."""

    def test_a_guest_registers(self) -> None:
        server = IrcServer(self)
        room, watcher, less = (
            server.irc(nick, *channels, caps=caps)
            for nick, channels, caps in (
                ("ann", ["#tea"], "account-notify"),
                ("eve", [], "account-notify extended-monitor"),
                ("les", ["#tea"], ""),
            )
        )
        watcher.says("MONITOR + bob")
        bob = server.client("bob", "tea")
        server.forget()
        bob.says("register s3cret-oyster")
        self.assertTrue(any(line.startswith("+ registered") for line in bob.takes()))
        room.gets(f":bob!line@{HOST} ACCOUNT bob")
        watcher.gets(f":bob!line@{HOST} ACCOUNT bob")
        less.gets()


class MarkTests(TestCase):
    def setUp(self) -> None:
        self.server = IrcServer(self)
        self.ann = self.server.irc("ann", "#tea")

    def test_modes_of_a_user(self) -> None:
        """Nothing is told of what was so before; nobody becomes an operator so."""
        self.ann.says("MODE ann +io-w", "MODE ann +i", "MODE ann", "MODE ann -i+x").gets(
            f":ann!ann@{HOST} MODE ann +i",
            ":irc.test 221 ann +i",
            ":irc.test 501 ann :Unknown MODE flag",
            f":ann!ann@{HOST} MODE ann -i",
        )

    def test_what_a_bot_says_is_tagged(self) -> None:
        bob = self.server.irc("bob", "#tea", caps="message-tags")
        eve = self.server.irc("eve", "#tea")
        self.server.forget()
        self.ann.says("MODE ann +B", "PRIVMSG #tea :hi")
        [line] = bob.takes()
        self.assertTrue(line.startswith("@bot;msgid="), line)
        eve.gets(f":ann!ann@{HOST} PRIVMSG #tea :hi")

    def test_setname(self) -> None:
        """Told to those in a room together who asked for it; to no others."""
        bob = self.server.irc("bob", "#tea", caps="setname")
        self.server.forget()
        self.ann.says("SETNAME :Ann A").gets()
        bob.gets(f":ann!ann@{HOST} SETNAME :Ann A")
        self.ann.says("SETNAME :", "SETNAME " + 129 * "x")
        for line in self.ann.takes():
            self.assertTrue(line.startswith(":irc.test FAIL SETNAME INVALID_REALNAME :"), line)


class GoneMeanwhileTests(TestCase):
    def test_who_goes_before_whois_has_told_of_them_is_not_here(self) -> None:
        server = IrcServer(self)
        ann, bob = server.irc("ann"), server.irc("bob")
        ann.protocol.dataReceived(b"WHOIS bob\r\nPING 1\r\n")
        bob.hangs_up()
        ann.gets_numerics("401", "318", "PONG")
