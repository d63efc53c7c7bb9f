"""METADATA by IRC: https://ircv3.net/specs/extensions/metadata."""

from twisted.trial.unittest import TestCase

from chatsvc.core.limits import METADATA_KEYS, METADATA_SUBSCRIPTIONS
from tests.protocols.irc.conversation import IrcClient, IrcServer, command_of

V2, V3 = "batch draft/metadata-2", "batch draft/metadata-3"


class MetadataTests(TestCase):
    def setUp(self) -> None:
        self.server = IrcServer(self)

    def irc(self, nick: str, *channels: str, caps: str = V3) -> IrcClient:
        return self.server.irc(nick, *channels, caps=caps)

    def test_what_is_set_is_shown(self) -> None:
        ann, bob = self.irc("ann"), self.irc("bob")
        ann.says("METADATA * SET url :http://x/ y").gets(":irc.test 761 ann ann url * :http://x/ y")
        bob.says("METADATA ann GET url other $x")
        bob.gets(
            ":irc.test BATCH +m metadata ann",
            "@batch=m :irc.test 761 bob ann url * :http://x/ y",
            "@batch=m :irc.test 766 bob ann other :key not set",
            "@batch=m :irc.test FAIL METADATA INVALID_KEY $x :This is no valid key",
            ":irc.test BATCH -m",
        )
        ann.says("METADATA ann SET url", "METADATA ann SET url")
        ann.gets(
            ":irc.test 766 ann ann url :key not set",
            ":irc.test FAIL METADATA KEY_NOT_SET ann url :This key is not set",
        )
        bob.says("METADATA ann LIST")
        bob.gets(":irc.test BATCH +m metadata ann", ":irc.test BATCH -m")

    def test_clearing_is_a_batch_of_what_was_set(self) -> None:
        ann = self.irc("ann").says("METADATA * SET b x", "METADATA * SET a :")
        ann.takes()
        ann.says("METADATA * CLEAR").gets(
            ":irc.test BATCH +m metadata ann",
            "@batch=m :irc.test 766 ann ann a :key not set",
            "@batch=m :irc.test 766 ann ann b :key not set",
            ":irc.test BATCH -m",
        )

    def test_what_is_no_value_or_not_ones_own_is_refused(self) -> None:
        ann, _ = self.irc("ann"), self.irc("bob")
        for line, code in (
            ("* SET url a\x02b", "INVALID_VALUE url"),
            ("* SET url \u202ea", "INVALID_VALUE url"),
            (f"* SET url {'x' * 301}", "INVALID_VALUE url"),
            ("* SET Url x", "INVALID_KEY Url"),
            ("bob SET url x", "KEY_NO_PERMISSION bob url"),
            ("bob CLEAR", "KEY_NO_PERMISSION bob *"),
            ("zoe SET url x", "INVALID_TARGET zoe"),
            ("$a LIST", "INVALID_TARGET $a"),
            ("#none GET url", "INVALID_TARGET #none"),
            ("#a:b LIST", "INVALID_TARGET #a:b"),
            ("* DESTROY", "SUBCOMMAND_INVALID DESTROY"),
        ):
            [reply] = ann.says(f"METADATA {line}").takes()
            self.assertTrue(reply.startswith(f":irc.test FAIL METADATA {code} :"), reply)
        ann.says("METADATA * SET", "METADATA *").gets_numerics("461", "461")

    def test_there_are_bounds(self) -> None:
        ann = self.irc("ann").says(*(f"METADATA * SET k{n} x" for n in range(METADATA_KEYS)))
        ann.takes()
        ann.says("METADATA * SET url x").gets_numerics("FAIL")
        keys = [f"k{n}" for n in range(METADATA_SUBSCRIPTIONS + 2)]
        for start in range(0, len(keys), 10):
            ann.says(f"METADATA * SUB {' '.join(keys[start : start + 10])}")
        told, refused = ann.takes()[-2:]
        self.assertNotIn(f"k{METADATA_SUBSCRIPTIONS}", told)
        self.assertIn(f"FAIL METADATA TOO_MANY_SUBS k{METADATA_SUBSCRIPTIONS} :", refused)

    def test_subscriptions_belong_to_the_connection(self) -> None:
        ann = self.irc("ann").says("METADATA * SUB b a $ a", "METADATA * UNSUB a c")
        ann.gets(
            ":irc.test 770 ann b a",
            ":irc.test FAIL METADATA INVALID_KEY $ :This is no valid key",
            ":irc.test 771 ann a c",
        )
        ann.says("METADATA * SUBS").gets(
            ":irc.test BATCH +m metadata-subs",
            "@batch=m :irc.test 772 ann b",
            ":irc.test BATCH -m",
        )

    def test_subscribers_are_told_of_whom_they_meet_and_of_their_rooms_alone(self) -> None:
        ann, bob, eve = self.irc("ann"), self.irc("bob"), self.irc("eve")
        for each in (bob, eve):
            each.says("METADATA * SUB url").takes()
        ann.says("METADATA * SET url one", "METADATA * SET other x").takes()
        bob.gets_nothing()
        for each in (ann, bob):
            each.says("JOIN #tea")
        self.assertEqual(
            bob.takes()[-3:],
            [
                ":irc.test BATCH +m metadata #tea",
                "@batch=m :irc.test 761 bob ann url * one",
                ":irc.test BATCH -m",
            ],
        )
        ann.takes()
        ann.says("METADATA * SET url two", "METADATA * SET other y", "METADATA #tea SET url three")
        bob.gets(":irc.test 761 bob ann url * two", ":irc.test 761 bob #tea url * three")
        ann.says("METADATA * SET url", "METADATA * SET url four")
        bob.gets(":irc.test 766 bob ann url :key not set", ":irc.test 761 bob ann url * four")
        eve.gets_nothing()
        eve.says("MONITOR + ann").takes()
        self.assertIn(":irc.test 761 eve ann url * four", eve.lines)
        ann.says("METADATA * SET url five", "METADATA #tea SET url six")
        eve.gets(":irc.test 761 eve ann url * five")

    def test_who_comes_later_is_found_by_who_waits(self) -> None:
        eve = self.irc("eve").says("METADATA * SUB url", "MONITOR + ann")
        eve.takes()
        ann = self.server.raw().says(f"CAP REQ :{V3}", "METADATA * SET url one")
        ann.says("NICK ann", "USER a 0 * :A", "CAP END").takes()
        self.assertEqual([command_of(line) for line in eve.takes()], ["730", "761"])
        eve.says("METADATA ann SYNC").gets(
            ":irc.test BATCH +m metadata ann",
            "@batch=m :irc.test 761 eve ann url * one",
            ":irc.test BATCH -m",
        )

    def test_before_registration_is_over(self) -> None:
        """What is set then is set with the nick, and shown in the burst before the MOTD."""
        ann = self.server.raw().says(f"CAP REQ :{V3}", "METADATA * SUB url")
        ann.says("METADATA * SET url one", "METADATA ann GET url", "METADATA * GET url")
        self.assertEqual(
            ann.takes()[1:],
            [
                ":irc.test 770 * url",
                ":irc.test 761 * * url * one",
                ":irc.test FAIL METADATA INVALID_TARGET ann "
                ":There is no such target, or it is not for you",
                ":irc.test BATCH +m metadata *",
                "@batch=m :irc.test 761 * * url * one",
                ":irc.test BATCH -m",
            ],
        )
        lines = ann.says("NICK ann", "USER a 0 * :A", "CAP END").takes()
        self.assertEqual(
            lines[-4:-1],
            [
                ":irc.test BATCH +m metadata ann",
                "@batch=m :irc.test 761 ann ann url * one",
                ":irc.test BATCH -m",
            ],
        )
        ann.says("METADATA * CLEAR", "METADATA * LIST")
        self.assertEqual(ann.takes()[1], "@batch=m :irc.test 766 ann ann url :key not set")

    def test_an_account_keeps_it(self) -> None:
        bob = self.server.client("bob").says("register s3cret")
        bob.says("quit").takes()
        bob.hangs_up()
        for value in ("one", "two"):
            ann = self.irc("ann2", caps=f"{V3} sasl")
            ann.says("NICKSERV IDENTIFY bob s3cret").takes()
            lines = ann.says("METADATA * LIST", f"METADATA * SET url {value}").takes()
            self.assertEqual(any(" url * one" in line for line in lines), True, lines)
            ann.says("QUIT").takes()
            ann.hangs_up()

    def test_rooms_are_their_owners_and_shown_to_who_may_know(self) -> None:
        bob = self.server.client("bob").says("register s3cret", "join den")
        ann, eve = self.irc("ann", "#den"), self.irc("eve")
        owner = self.irc("bob2").says("NICKSERV IDENTIFY bob s3cret")
        owner.says("METADATA #den SET url :a b")
        self.assertIn(" 761 bob #den url * :a b", owner.takes()[-1])
        self.assertIn("KEY_NO_PERMISSION #den url", ann.says("METADATA #den SET url c").takes()[-1])
        for each in (ann, eve):
            self.assertIn(":a b", "".join(each.says("METADATA #DEN LIST").takes()))
        bob.says("set den kind invite-only").takes()
        self.assertIn(":a b", "".join(ann.says("METADATA #den LIST").takes()))
        for line in ("GET url", "LIST", "SYNC", "SET url d", "CLEAR"):
            hidden = eve.says(f"METADATA #den {line}").takes()
            missing = eve.says(f"METADATA #dem {line}").takes()
            self.assertEqual(hidden, [each.replace("#dem", "#den") for each in missing])
            self.assertIn("INVALID_TARGET #den", hidden[0])

    def test_syncing_a_room_shows_it_and_all_others_in_it(self) -> None:
        ann, bob = self.irc("ann", "#tea"), self.irc("bob", "#tea")
        ann.says("METADATA * SET url one", "METADATA #tea SET url two", "METADATA * SET x y")
        bob.says("METADATA * SET url three", "METADATA * SUB url")
        bob.takes()
        bob.says("METADATA #tea SYNC").gets(
            ":irc.test BATCH +m metadata #tea",
            "@batch=m :irc.test 761 bob #tea url * two",
            "@batch=m :irc.test 761 bob ann url * one",
            ":irc.test BATCH -m",
        )

    def test_subscribing_shows_what_is_set_already(self) -> None:
        ann, bob = self.irc("ann", "#tea"), self.irc("bob", "#tea")
        ann.says("METADATA * SET url one", "METADATA #tea SET url two")
        bob.takes()
        bob.says("METADATA * SUB url").gets(
            ":irc.test 770 bob url",
            ":irc.test 761 bob #tea url * two",
            ":irc.test 761 bob ann url * one",
        )

    def test_whois_shows_it_to_who_knows_of_metadata(self) -> None:
        ann = self.irc("ann").says("METADATA * SET url one")
        ann.takes()
        bob, eve = self.irc("bob"), self.irc("eve", caps="batch")
        self.assertIn(":irc.test 760 bob ann url * one", bob.says("WHOIS ann").takes())
        self.assertNotIn("760", [command_of(line) for line in eve.says("WHOIS ann").takes()])

    def test_the_older_capability_has_a_message_of_its_own(self) -> None:
        """`draft/metadata-2`: changes come as METADATA, refusals have other codes."""
        ann, bob = self.irc("ann", "#tea"), self.irc("bob", "#tea", caps=V2)
        bob.says("METADATA * SUB url", "METADATA * SET $ x").gets(
            ":irc.test 770 bob url",
            ":irc.test FAIL METADATA KEY_INVALID $ :This is no valid key",
        )
        ann.says("METADATA * SET url :o ne", "METADATA * SET url")
        bob.gets(":irc.test METADATA ann url * :o ne", ":irc.test METADATA ann url *")

    def test_who_has_no_capability_may_ask_and_is_told_nothing(self) -> None:
        ann, bob = self.irc("ann", "#tea"), self.irc("bob", "#tea", caps="batch")
        bob.says("METADATA * SUB url").gets(":irc.test 770 bob url")
        ann.says("METADATA * SET url one")
        bob.gets_nothing()
        bob.says("METADATA ann LIST").gets_numerics("BATCH", "761", "BATCH")

    def test_an_answer_has_the_label(self) -> None:
        ann = self.irc("ann", "#tea", caps=f"{V3} labeled-response")
        ann.says("@label=1 METADATA * SET url x", "@label=2 METADATA * LIST")
        ann.says("@label=3 METADATA #tea SYNC")
        lines = ann.takes()
        self.assertEqual(lines[0], "@label=1 :irc.test 761 ann ann url * x")
        self.assertEqual(lines[1], "@label=2 :irc.test BATCH +m metadata ann")
        self.assertEqual(sum("label=" in line for line in lines), 3)
