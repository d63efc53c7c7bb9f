"""Rooms by IRC: coming, going, topics, and what is asked about them."""

from twisted.trial.unittest import TestCase

from tests.protocols.irc.conversation import IrcServer


class RoomTests(TestCase):
    def setUp(self) -> None:
        self.server = IrcServer(self)

    def test_join_shows_topic_and_names(self) -> None:
        bob = self.server.client("bob", "tea")
        bob.says("topic tea at four")
        ann = self.server.irc("ann")
        self.server.forget()
        ann.says("JOIN #TEA")
        join, topic, setter, names, end = ann.takes()
        self.assertRegex(join, r"^:ann!ann@\S+ JOIN #tea$")
        self.assertEqual(topic, ":irc.test 332 ann #tea :at four")
        self.assertRegex(setter, r"^:irc.test 333 ann #tea bob!line@\S+ \d+$")
        self.assertEqual(names, ":irc.test 353 ann = #tea :ann @bob")
        self.assertEqual(end, ":irc.test 366 ann #tea :End of NAMES list")
        bob.gets("* joined tea ann")

    def test_others_are_shown_who_comes_and_goes(self) -> None:
        ann, eve = self.server.irc("ann", "#tea"), self.server.irc("eve")
        self.server.forget()
        eve.says("JOIN #tea", "PART #tea :no time")
        join, part = ann.takes()
        self.assertRegex(join, r"^:eve!eve@\S+ JOIN #tea$")
        self.assertRegex(part, r"^:eve!eve@\S+ PART #tea :no time$")
        self.assertRegex(eve.takes()[-1], r"^:eve!eve@\S+ PART #tea :no time$")

    def test_who_may_not_speak_says_nothing_on_the_way_out(self) -> None:
        """Nor gets around a mute by another nick."""
        ann = self.server.irc("ann", "#tea").says("MODE #tea +b ~m:eve!*@*")
        eve = self.server.irc("eve", "#tea")
        eve.takes()
        eve.says("NICK adam").gets_numerics("435")
        self.server.forget()
        eve.says("PART #tea :buy pills")
        for client in (ann, eve):
            self.assertRegex(client.takes()[-1], r"^:eve!eve@\S+ PART #tea$")
        eve.says("JOIN #tea", "QUIT :buy pills")
        self.assertRegex(ann.takes()[-1], r"^:eve!eve@\S+ QUIT Quit$")

    def test_joining_again_is_nothing(self) -> None:
        self.server.irc("ann", "#tea").says("JOIN #tea").gets_nothing()

    def test_several_rooms_and_bad_names(self) -> None:
        ann = self.server.irc("ann").says("JOIN #a,##b,#c")
        ann.gets_numerics("JOIN", "353", "366", "476", "JOIN", "353", "366")
        ann.says("PART #a,#c,#nowhere,#b c").gets_numerics("PART", "PART", "403", "403")

    def test_join_0_leaves_all(self) -> None:
        ann = self.server.irc("ann", "#a", "#b").says("JOIN 0")
        ann.gets_numerics("PART", "PART")

    def test_a_key_opens_a_room(self) -> None:
        """A room with a password is entered with JOIN #room key; it is hidden from others."""
        bob = self.server.client("bob").says("register s3cret", "join den")
        bob.says("set den kind password tea")
        self.assertIn("* set den", bob.takes()[-1])
        ann = self.server.irc("ann").says("JOIN #den", "JOIN #den milk", "JOIN #den tea")
        ann.gets_numerics("403", "403", "JOIN", "353", "366")
        self.assertEqual(ann.says("MODE #den").takes()[0], ":irc.test 324 ann #den +kns *")
        ann.says("JOIN #new key").gets_numerics("JOIN", "353", "366")

    def test_a_private_room_is_not_shown(self) -> None:
        """Who may not know of a room gets the answers of a room that is not there."""
        bob = self.server.client("bob").says("register s3cret", "join den")
        bob.says("set den kind invite-only")
        self.assertIn("* set den", bob.takes()[-1])
        ann = self.server.irc("ann")
        for command in ("NAMES", "WHO", "MODE", "TOPIC", "PART"):
            there = ann.says(f"{command} #den").takes()
            missing = ann.says(f"{command} #nowhere").takes()
            self.assertEqual([x.replace("den", "nowhere") for x in there], missing, command)
        ann.says("LIST").gets_numerics("321", "323")

    def test_topics(self) -> None:
        ann, eve = self.server.irc("ann", "#tea"), self.server.irc("eve", "#tea")
        self.server.forget()
        ann.says("TOPIC #tea", "TOPIC #tea :at four", "TOPIC #tea", "TOPIC #tea :")
        ann.gets_numerics("331", "TOPIC", "332", "333", "TOPIC")
        told = eve.takes()
        self.assertEqual([line.split(" ", 2)[2] for line in told], ["#tea :at four", "#tea :"])

    def test_names(self) -> None:
        ann = self.server.irc("ann", "#tea")
        ann.says("NAMES #tea", "NAMES", "NAMES #nowhere,#tea")
        ann.gets_numerics("353", "366", "366", "353", "366")

    def test_names_with_user_and_host(self) -> None:
        ann = self.server.irc("ann", "#tea", caps="userhost-in-names")
        self.assertRegex(ann.says("NAMES #tea").takes()[0], r"353 ann = #tea :@ann!ann@\S+$")

    def test_many_names_are_several_lines(self) -> None:
        """All members are shown, in lines that are not too long, page by page."""
        for number in range(150):
            self.server.client(f"somebody{number}", "tea")
        ann = self.server.irc("ann").says("JOIN #tea")
        lines = ann.takes()
        names = [line.partition(" :")[2].split(" ") for line in lines if " 353 " in line]
        self.assertEqual(sum(map(len, names)), 151)
        self.assertTrue(all(len(line) <= 510 for line in lines))
        self.assertIn(" 366 ", lines[-1])
        ann.says("WHO #tea", "PING x")
        lines = ann.takes()
        self.assertEqual(sum(" 352 " in line for line in lines), 151)
        self.assertEqual(lines[-1], ":irc.test PONG irc.test x")

    def test_long_answers_with_a_label_are_one_batch(self) -> None:
        for number in range(150):
            self.server.client(f"somebody{number}", "tea")
        ann = self.server.irc("ann", caps="labeled-response batch")
        first, *rest, last = ann.says("@label=x NAMES #tea").takes()
        self.assertTrue(first.startswith("@label=x :irc.test BATCH +"))
        self.assertTrue(last.startswith(":irc.test BATCH -"))
        self.assertTrue(all(line.startswith("@batch=") for line in rest))

    def test_list(self) -> None:
        ann = self.server.irc("ann", "#tea", "#coffee")
        ann.says("LIST", "LIST #tea", "LIST *off*", "LIST >5")
        rows = [line.split(" ")[3] for line in ann.takes() if " 322 " in line]
        self.assertEqual(rows, ["#coffee", "#tea", "#tea", "#coffee"])

    def test_long_lists_come_page_by_page(self) -> None:
        bob = self.server.client("bob")
        bob.says(*(f"create room{number}" for number in range(150))).takes()
        lines = self.server.irc("ann").says("LIST").takes()
        self.assertEqual(len(lines), 152)

    def test_a_room_that_is_deleted_is_left(self) -> None:
        ann, bob = self.server.irc("ann"), self.server.client("bob", "tea")
        ann.says("JOIN #tea").takes()
        bob.says("delete tea")
        self.assertRegex(ann.takes()[0], r"^:bob!line@\S+ KICK #tea ann :The room was removed$")

    def test_who_is_put_out_is_shown_it(self) -> None:
        bob, ann = self.server.client("bob", "tea"), self.server.irc("ann", "#tea")
        ann.takes()
        bob.says("kick tea ann too loud")
        self.assertRegex(ann.takes()[0], r"^:bob!line@\S+ KICK #tea ann :too loud$")

    def test_nicks_change(self) -> None:
        ann, eve = self.server.irc("ann", "#tea"), self.server.irc("eve", "#tea")
        bob = self.server.client("bob", "tea")
        self.server.forget()
        ann.says("NICK Ann", "NICK Ann", "NICK anne", "NICK eve")
        first, second, refused = ann.takes()
        self.assertRegex(first, r"^:ann!ann@\S+ NICK Ann$")
        self.assertRegex(second, r"^:Ann!ann@\S+ NICK anne$")
        self.assertRegex(refused, r"^:irc.test 433 anne eve :")
        self.assertEqual(eve.takes(), [first, second])
        bob.gets("* renamed ann Ann", "* renamed Ann anne")

    def test_away(self) -> None:
        ann = self.server.irc("ann", "#tea", caps="away-notify")
        bob = self.server.client("bob", "tea")
        ann.takes()
        bob.says("away tea", "back")
        away, back = ann.takes()
        self.assertRegex(away, r"^:bob!line@\S+ AWAY tea$|AWAY :tea$")
        self.assertRegex(back, r"^:bob!line@\S+ AWAY$")
        ann.says("AWAY :x", "AWAY").gets_numerics("306", "305")
        bob.takes()


class ServerTests(TestCase):
    def test_what_the_server_tells_of_itself(self) -> None:
        ann = IrcServer(self).irc("ann")
        ann.says("TIME", "INFO", "LINKS", "ADMIN", "MOTD", "MODE ann", "VERSION irc.test")
        ann.gets_numerics(
            *("391", "371", "371", "371", "374", "365", "256", "257", "422", "221"),
            *("351", "005", "005", "005"),
        )
        ann.says("TIME other.server").gets_numerics("402")

    def test_help_knows_every_command(self) -> None:
        ann = IrcServer(self).irc("ann")
        lines = ann.says("HELP").takes()
        self.assertIn("PRIVMSG", " ".join(lines))
        ann.says("HELP join", "HELP nonsense").gets_numerics("704", "705", "706", "524")

    def test_counts(self) -> None:
        server = IrcServer(self)
        ann = server.irc("ann", "#tea")
        server.raw()
        lines = ann.says("LUSERS").takes()
        self.assertIn(":irc.test 253 ann 1 :unknown connection(s)", lines)
        self.assertIn(":irc.test 265 ann 1 1 :Current local users 1, max 1", lines)
