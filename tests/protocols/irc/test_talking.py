"""What is said by IRC and by the line protocol is one conversation."""

from twisted.trial.unittest import TestCase

from tests.protocols.irc.conversation import IrcServer

LABELS = "labeled-response batch"


class TalkTests(TestCase):
    def setUp(self) -> None:
        self.server = IrcServer(self)

    def test_one_room_with_one_numbering(self) -> None:
        ann, bob = self.server.irc("ann", "#tea"), self.server.client("bob", "tea")
        eve = self.server.irc("eve", "#tea")
        self.server.forget()
        ann.says("PRIVMSG #tea :hi bob").gets_nothing()
        bob.gets(f"* said tea 1 {self.server.now} ann hi bob")
        [line] = eve.takes()
        self.assertRegex(line, r"^:ann!ann@\S+ PRIVMSG #tea :hi bob$")
        bob.says("send tea hello").gets("+ sent tea 2", f"* said tea 2 {self.server.now} bob hello")
        self.assertRegex(ann.takes()[0], r"^:bob!line@\S+ PRIVMSG #tea :hello$")

    def test_who_asks_for_it_gets_its_own_messages(self) -> None:
        """https://ircv3.net/specs/extensions/echo-message"""
        caps = "echo-message server-time message-tags"
        ann = self.server.irc("ann", "#tea", caps=caps)
        ann.says("PRIVMSG #tea :hi")
        [line] = ann.takes()
        self.assertTrue(line.startswith(f"@time={self.server.now};msgid=tea/1/1 :ann!"), line)

    def test_many_messages_at_once_keep_their_order(self) -> None:
        ann = self.server.irc("ann", "#tea", caps="echo-message")
        bob = self.server.client("bob", "tea")
        self.server.forget()
        ann.says(*(f"PRIVMSG #tea :{number}" for number in range(20)), "PING end")
        *echoes, pong = ann.takes()
        self.assertEqual([int(line.rpartition(" :")[2]) for line in echoes], list(range(20)))
        self.assertEqual(pong, ":irc.test PONG irc.test end")
        self.assertEqual([line.split(" ")[-1] for line in bob.takes()], list(map(str, range(20))))

    def test_others_messages_of_the_same_batch_are_not_lost(self) -> None:
        """Of what is committed together, each is spared its own only."""
        ann, eve = self.server.irc("ann", "#tea"), self.server.irc("eve", "#tea")
        self.server.forget()
        for client, text in ((ann, "1"), (eve, "2"), (ann, "3")):
            client.protocol.dataReceived(f"PRIVMSG #tea :{text}\r\n".encode())
        self.server.settle()
        self.assertEqual([line[-1] for line in ann.takes()], ["2"])
        self.assertEqual([line[-1] for line in eve.takes()], ["1", "3"])

    def test_several_targets(self) -> None:
        ann = self.server.irc("ann", "#a", "#b")
        bob = self.server.client("bob", "a", "b")
        self.server.forget()
        ann.says("PRIVMSG #a,#b,#a,bob :hi").gets_nothing()
        now = self.server.now
        self.assertEqual(
            sorted(bob.takes()),
            [f"* said a 1 {now} ann hi", f"* said b 1 {now} ann hi", f"* tell {now} ann hi"],
        )
        ann.says("PRIVMSG #a,#nowhere,nobody,#b :hi").gets_numerics("403", "401")
        ann.says("PRIVMSG a,b,c,d,e :hi").gets_numerics("407")

    def test_what_is_refused(self) -> None:
        ann = self.server.irc("ann", "#tea")
        self.server.client("bob", "den")
        ann.takes()
        ann.says("PRIVMSG", "PRIVMSG #tea", "PRIVMSG #tea :").gets_numerics("411", "412", "412")
        ann.says("PRIVMSG #den :hi", "PRIVMSG #tea :\u202e").gets_numerics("404", "404")

    def test_a_notice_is_never_refused_aloud(self) -> None:
        """RFC 2812, section 3.3.2: "automatic replies MUST NEVER be sent" to a NOTICE."""
        ann, bob = self.server.irc("ann", "#tea"), self.server.client("bob", "tea")
        self.server.forget()
        ann.says("NOTICE #nowhere :x", "NOTICE nobody :x", "NOTICE", "NOTICE #tea :hi")
        ann.gets_nothing()
        bob.gets(f"* said tea 1 {self.server.now} ann (notice) hi")

    def test_direct_messages(self) -> None:
        ann, bob = self.server.irc("ann"), self.server.client("bob")
        ann.says("PRIVMSG bob :psst").gets_nothing()
        bob.gets(f"* tell {self.server.now} ann psst")
        bob.says("tell ann what")
        self.assertRegex(ann.takes()[0], r"^:bob!line@\S+ PRIVMSG ann what$|PRIVMSG ann :what$")
        bob.says("away tea")
        ann.says("PRIVMSG bob :psst").gets(":irc.test 301 ann bob tea")

    def test_who_writes_to_itself_gets_it(self) -> None:
        ann = self.server.irc("ann")
        ann.says("PRIVMSG ann :remember")
        self.assertRegex(ann.takes()[0], r"^:ann!ann@\S+ PRIVMSG ann :remember$")

    def test_formatting_codes_are_not_kept(self) -> None:
        ann, bob = self.server.irc("ann", "#tea"), self.server.client("bob", "tea")
        self.server.forget()
        ann.says("PRIVMSG #tea :\x02bold\x02 and \x0304red")
        bob.gets(f"* said tea 1 {self.server.now} ann bold and red")

    def test_what_would_not_fit_when_it_is_passed_on_is_refused(self) -> None:
        """Nothing is cut silently."""
        ann = self.server.irc("ann", "#tea")
        ann.says(f"PRIVMSG #tea :{'x' * 480}").gets_numerics("417")


class LabelTests(TestCase):
    """https://ircv3.net/specs/extensions/labeled-response"""

    def setUp(self) -> None:
        self.server = IrcServer(self)

    def test_one_line_carries_the_label(self) -> None:
        ann = self.server.irc("ann", "#tea", caps=f"{LABELS} echo-message")
        ann.says("@label=1 PING x", "@label=2 PRIVMSG #tea :hi", "@label=3 FOO")
        lines = ann.takes()
        self.assertEqual([line.split(" ")[0] for line in lines], [f"@label={n}" for n in "123"])

    def test_no_line_is_acknowledged(self) -> None:
        ann = self.server.irc("ann", "#tea", caps=LABELS)
        ann.says("@label=1 PONG x", "@label=2 PRIVMSG #tea :hi", "@label=3 JOIN #tea")
        ann.gets(*(f"@label={number} :irc.test ACK" for number in "123"))

    def test_several_lines_are_a_batch(self) -> None:
        ann = self.server.irc("ann", caps=LABELS)
        ann.says("@label=1 JOIN #a,#b")
        first, *rest, last = ann.takes()
        reference = first.split(" ")[3].removeprefix("+")
        self.assertEqual(first, f"@label=1 :irc.test BATCH +{reference} labeled-response")
        self.assertEqual(last, f":irc.test BATCH -{reference}")
        self.assertEqual(len(rest), 6)
        self.assertTrue(all(line.startswith(f"@batch={reference} ") for line in rest))

    def test_a_line_that_is_no_message_keeps_its_label(self) -> None:
        ann = self.server.irc("ann", caps=LABELS)
        ann.sends(b"@label=1 PRIVMSG ann :\xff\r\n")
        self.assertRegex(ann.takes()[0], "^@label=1 :irc.test FAIL ")

    def test_without_the_capability_a_label_is_nothing(self) -> None:
        self.server.irc("ann").says("@label=1 PING x").gets(":irc.test PONG irc.test x")
