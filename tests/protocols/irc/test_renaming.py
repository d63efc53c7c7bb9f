"""RENAME by IRC and `rename` at the line protocol, in one room."""

from twisted.trial.unittest import TestCase

from tests.protocols.irc.conversation import IrcServer, command_of

CAPS = "draft/channel-rename"


class RenamingTests(TestCase):
    def setUp(self) -> None:
        self.server = IrcServer(self)
        self.ann = self.server.irc("ann", "#tea", caps=CAPS)
        self.bob = self.server.irc("bob", "#tea")
        self.cid = self.server.client("cid", "tea")
        self.ann.says("TOPIC #tea :at four")
        self.server.forget()

    def test_everybody_is_told_in_their_way(self) -> None:
        self.ann.says("RENAME #TEA #Coffee :so tired")
        [line] = self.ann.takes()
        self.assertRegex(line, r"^:ann!ann@\S+ RENAME #tea #Coffee :so tired$")
        part, join, *rest = self.bob.takes()
        self.assertRegex(part, r"^:bob!bob@\S+ PART #tea :so tired$")
        self.assertRegex(join, r"^:bob!bob@\S+ JOIN #Coffee$")
        self.assertEqual([command_of(each) for each in rest], ["332", "333", "353", "366"])
        self.assertIn(" #Coffee :@ann bob cid", rest[2])
        self.cid.gets("* renamed-room tea Coffee ann so tired")
        self.cid.says("send coffee hi").gets(
            "+ sent Coffee 1", f"* said Coffee 1 {self.now} cid hi"
        )
        self.assertIn(" PRIVMSG #Coffee :hi", self.ann.takes()[0])
        self.assertIn(" PRIVMSG #Coffee :hi", self.bob.takes()[0])

    @property
    def now(self) -> str:
        return self.server.now

    def test_who_renames_without_the_capability_is_told_the_other_way(self) -> None:
        self.ann.says("MODE #tea +o bob", "CAP REQ :-draft/channel-rename").takes()
        self.ann.says("RENAME #tea #cake")
        lines = [command_of(line) for line in self.ann.takes()]
        self.assertEqual(lines, ["PART", "JOIN", "332", "333", "353", "366"])

    def test_only_the_case_is_told_to_who_knows_the_word(self) -> None:
        self.ann.says("RENAME #tea #TEA").gets_numerics("RENAME")
        self.bob.gets_nothing()
        self.bob.says("PRIVMSG #tea :hi").gets_nothing()
        self.assertIn(" PRIVMSG #TEA :hi", self.ann.takes()[0])
        self.ann.says("RENAME #tea #TEA").gets_nothing()

    def test_refusals(self) -> None:
        self.bob.says("RENAME #tea #cake").gets_numerics("482")
        self.server.irc("eve", "#cake")
        for line, code in (
            ("#tea #CAKE", "CHANNEL_NAME_IN_USE #tea #CAKE"),
            ("#tea %cake", "CANNOT_RENAME #tea %cake"),
            ("#tea #a@b", "CANNOT_RENAME #tea #a@b"),
        ):
            [reply] = self.ann.says(f"RENAME {line}").takes()
            self.assertTrue(reply.startswith(f":irc.test FAIL RENAME {code} :"), reply)
        self.ann.says("RENAME #nowhere #x", "RENAME #tea").gets_numerics("403", "461")
        self.ann.says("RENAME #tea #soup", "RENAME #soup #tea").takes()
        self.assertIn("FAIL RENAME CANNOT_RENAME #soup #tea", self.ann.lines[-1])

    def test_a_hidden_room_tells_nothing(self) -> None:
        owner = self.server.client("olga").says("register s3cret", "create den", "join den")
        owner.says("set den kind invite-only").takes()
        eve = self.server.irc("eve", caps=CAPS)
        missing = [line.replace("#dem", "#den") for line in eve.says("RENAME #dem #x").takes()]
        self.assertEqual(eve.says("RENAME #den #x").takes(), missing)
        owner.says("rename den cave why").gets(
            "+ renamed-room den cave", "* renamed-room den cave olga why"
        )
        for each in (eve, self.ann, self.bob, self.cid):
            each.gets_nothing()
        [taken] = self.ann.says("RENAME #tea #CAVE").takes()
        self.assertIn("CHANNEL_NAME_IN_USE #tea #CAVE", taken)
        self.assertNotIn("cave", taken)

    def test_old_ids_of_messages_are_understood(self) -> None:
        """The name in an id may be an older one: what counts is the id of the room."""
        caps = "batch draft/chathistory draft/message-redaction message-tags echo-message"
        eve = self.server.irc("eve", "#tea", caps=caps)
        for text in ("one", "two", "three"):
            eve.says(f"PRIVMSG #tea :{text}")
        msgid = eve.takes()[0].split("msgid=")[1].split(" ")[0].split(";")[0]
        self.assertTrue(msgid.startswith("tea/1/"))
        self.ann.says("RENAME #tea #cake")
        self.server.irc("zoe", "#tea")
        eve.takes()
        lines = eve.says(f"CHATHISTORY AFTER #cake msgid={msgid} 10").takes()
        said = [line.split(" PRIVMSG ")[1] for line in lines if " PRIVMSG " in line]
        self.assertEqual(said, ["#cake :two", "#cake :three"])
        eve.says(f"CHATHISTORY AFTER #tea msgid={msgid} 10").gets_numerics("FAIL")
        eve.says(f"REDACT #tea {msgid}").gets_numerics("FAIL")
        eve.says(f"REDACT #cake {msgid}").gets_numerics("REDACT")

    def test_talk_mode_follows(self) -> None:
        self.cid.says("/talk tea", "hi").takes()
        self.ann.says("RENAME #tea #cake")
        self.cid.gets("* renamed-room tea cake ann")
        self.cid.says("still here").gets(
            "+ sent cake 2", f"* said cake 2 {self.now} cid still here"
        )

    def test_who_reads_slowly_misses_nothing(self) -> None:
        """A reader that is behind is told of the new name, and gets what it missed under it."""
        self.cid.stops_reading()
        self.bob.says("PRIVMSG #tea :one")
        self.ann.says("RENAME #tea #cake")
        self.bob.says("PRIVMSG #cake :two")
        self.cid.reads_on()
        lines = self.cid.takes()
        self.assertIn("* renamed-room tea cake ann", lines)
        said = [line.split(" ")[2:4] for line in lines if line.startswith("* said")]
        self.assertEqual([number for _, number in said], ["1", "2"])
