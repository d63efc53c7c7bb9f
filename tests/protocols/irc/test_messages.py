"""What is said at the IRC door and how it is shown at both: manners, tags, signals, changes."""

from twisted.trial.unittest import TestCase

from chatsvc.core.events import LoggedIn
from chatsvc.core.names import Nick, nick_key
from chatsvc.irc.message import parse_line
from tests.protocols.irc.conversation import IrcClient, IrcServer

TAGS = "message-tags echo-message"


class MannerTests(TestCase):
    def setUp(self) -> None:
        self.server = IrcServer(self)
        self.now = self.server.now

    def test_an_action_and_a_notice_are_kept_as_such(self) -> None:
        """IRC shows them as IRC does, the line protocol in the text."""
        ann, eve = self.server.irc("ann", "#tea"), self.server.irc("eve", "#tea")
        bob = self.server.client("bob", "tea")
        self.server.forget()
        ann.says("PRIVMSG #tea :\x01ACTION waves\x01", "NOTICE #tea :soon")
        bob.gets(
            f"* said tea 1 {self.now} ann * waves", f"* said tea 2 {self.now} ann (notice) soon"
        )
        action, notice = eve.takes()
        self.assertTrue(action.endswith("PRIVMSG #tea :\x01ACTION waves\x01"), action)
        self.assertTrue(notice.endswith("NOTICE #tea :soon"), notice)
        bob.says("history tea 9").gets(
            f"= said tea 1 {self.now} ann * waves",
            f"= said tea 2 {self.now} ann (notice) soon",
            "+ history tea 2",
        )

    def test_tags_of_clients_reach_those_who_know_tags(self) -> None:
        """ "Servers MUST NOT" send tags to others; what is no client-only tag goes no further."""
        ann = self.server.irc("ann", "#tea", caps=TAGS)
        eve = self.server.irc("eve", "#tea", caps="message-tags")
        old = self.server.irc("old", "#tea")
        self.server.forget()
        ann.says("@+x=y;z=w PRIVMSG #tea :hi")
        for client in (ann, eve):
            [line] = client.takes()
            message = parse_line(line.encode())
            assert message is not None
            self.assertEqual(message.tags, {"msgid": "tea/1/1", "+x": "y"})
        self.assertTrue(old.takes()[0].startswith(":ann!"))

    def test_signals_are_passed_on_and_kept_nowhere(self) -> None:
        ann = self.server.irc("ann", "#tea", caps=TAGS)
        eve = self.server.irc("eve", "#tea", caps="message-tags")
        old, bob = self.server.irc("old", "#tea"), self.server.client("bob", "tea")
        self.server.forget()
        ann.says("@+typing=active TAGMSG #tea", "PRIVMSG #tea :\x01VERSION\x01")
        own, seen = ann.takes(), eve.takes()
        self.assertEqual(own, seen)
        self.assertIn("+typing=active", seen[0])
        self.assertTrue(seen[1].endswith("PRIVMSG #tea :\x01VERSION\x01"), seen)
        self.assertEqual(len(old.takes()), 1)
        bob.gets_nothing()
        bob.says("history tea 9").gets("+ history tea 0")
        eve.says("TAGMSG #tea", "@+a TAGMSG #nowhere", "@+a TAGMSG nobody")
        eve.gets_numerics("403", "401")

    def test_what_is_for_a_rank_is_for_those_who_have_it(self) -> None:
        """STATUSMSG is kept nowhere: a room's log has nothing that a member may not read."""
        ann = self.server.irc("ann", "#tea")
        eve, bob = self.server.irc("eve", "#tea"), self.server.client("bob", "tea")
        self.server.forget()
        eve.says("PRIVMSG @#tea :psst")
        self.assertTrue(ann.takes()[0].endswith("PRIVMSG @#tea :psst"))
        bob.gets_nothing()
        eve.gets_nothing()


class ManyLinesTests(TestCase):
    def setUp(self) -> None:
        self.server = IrcServer(self)

    def test_many_lines_are_one_message(self) -> None:
        """A batch for who knows it, lines for other IRC clients, one line with signs elsewhere."""
        caps = "batch message-tags echo-message labeled-response draft/multiline"
        ann, eve = self.server.irc("ann", "#tea", caps=caps), self.server.irc("eve", "#tea")
        bob = self.server.client("bob", "tea")
        self.server.forget()
        ann.says("@label=x BATCH +1 draft/multiline #tea", "@batch=1 PRIVMSG #tea :one")
        ann.gets_nothing()
        ann.says("@batch=1 PRIVMSG #tea :two ", "@batch=1;draft/multiline-concat PRIVMSG #tea :2")
        ann.says("BATCH -1")
        bob.gets(f"* said tea 1 {self.server.now} ann one \u23ce two 2")
        self.assertEqual([line.rpartition(":")[2] for line in eve.takes()], ["one", "two ", "2"])
        lines = ann.gets_numerics("BATCH", "PRIVMSG", "PRIVMSG", "PRIVMSG", "BATCH")
        self.assertIn("label=x", lines[0])
        self.assertIn("draft/multiline-concat", lines[3])

    def test_what_is_no_batch_is_refused_and_over(self) -> None:
        ann = self.server.irc("ann", "#tea", caps="batch draft/multiline")
        self.server.forget()
        ann.says("BATCH +1 draft/multiline #tea", "@batch=2 PRIVMSG #tea :x").gets_numerics("FAIL")
        ann.says("PRIVMSG #tea :said").gets_nothing()

    def test_a_batch_of_lines_that_show_nothing_is_refused(self) -> None:
        """ "Clients MUST NOT send messages consisting entirely of blank lines" (multiline)."""
        ann = self.server.irc("ann", "#tea", caps="batch draft/multiline")
        self.server.forget()
        for texts in (("", ""), ("\x01", "", "\x01\x01")):
            lines = (f"@batch=1 PRIVMSG #tea :{text}" for text in texts)
            ann.says("BATCH +1 draft/multiline #tea", *lines, "BATCH -1")
            (refused,) = ann.takes()
            self.assertIn(" FAIL BATCH MULTILINE_INVALID :", refused)
        self.assertEqual(self.server.hub.manager.state.rooms["tea"].last, 0)

    def test_what_comes_of_a_refused_batch_is_passed_over(self) -> None:
        """https://ircv3.net/specs/extensions/client-batch: "all past and future messages"."""
        ann = self.server.irc("ann", "#tea", caps="batch labeled-response draft/multiline")
        self.server.forget()
        line, end = "@batch=1 PRIVMSG #tea :x", "BATCH -1"
        for words, code in (
            ("+1 nonsense #tea", "UNKNOWN_TYPE 1 nonsense"),
            ("+1 draft/multiline #milk", "MULTILINE_INVALID_TARGET #milk #tea"),
            ("+1 draft/multiline", "MULTILINE_INVALID"),
        ):
            ann.says(f"@label=L BATCH {words}", line, line, end)
            (refused,) = ann.takes()
            self.assertTrue(refused.startswith(f"@label=L :irc.test FAIL BATCH {code} :"), refused)
        ann.says("BATCH +a_b draft/multiline #tea", "@batch=a_b PRIVMSG #tea :x")
        self.assertIn("FAIL BATCH INVALID_REFTAG a_b :", ann.takes()[0])
        ann.says("BATCH +1 draft/multiline #tea", line, end).gets_nothing()
        self.assertEqual(ann.says(line).gets_numerics("FAIL")[0].split(" ")[3], "MULTILINE_INVALID")
        ann.says(f"@label=M;{line[1:]}").gets("@label=M :irc.test ACK")

    def test_lines_for_a_rank_are_messages_of_their_own(self) -> None:
        """Nothing of them is cut, however many bytes they have together."""
        caps = "batch draft/multiline echo-message labeled-response"
        ann, bob = self.server.irc("ann", "#tea", caps=caps), self.server.irc("bob", "#tea")
        self.server.forget()
        texts = [f"{number}" + "x" * 300 for number in range(3)]
        lines = [f"@batch=1 NOTICE @#tea :{text}" for text in ("", *texts)]
        ann.says("@label=L BATCH +1 draft/multiline @#tea", *lines, "BATCH -1")
        echo = ann.gets_numerics("BATCH", "NOTICE", "NOTICE", "NOTICE", "BATCH")
        self.assertIn("label=L", echo[0])
        self.assertEqual([line.rpartition(" @#tea :")[2] for line in echo[1:-1]], texts)
        bob.gets_nothing()
        long = f"@batch=1 PRIVMSG @#tea :{'x' * 480}"
        ann.says("BATCH +1 draft/multiline @#tea", long, "BATCH -1").gets_numerics("417")

    def test_each_line_says_when_it_was_said(self) -> None:
        """Also in history: the time of the line is that of the message, and not now."""
        caps = "batch server-time echo-message draft/multiline draft/chathistory"
        ann = self.server.irc("ann", "#tea", caps=caps)
        lines = [f"@batch=1 PRIVMSG #tea :{text}" for text in ("one", "two")]
        echo = ann.says("BATCH +1 draft/multiline #tea", *lines, "BATCH -1").takes()[-5:]
        at = self.server.now
        self.server.passes(60)
        read = ann.says("CHATHISTORY LATEST #tea * 9").takes()[1:-1]
        for _begin, *said, _end in (echo, read):
            self.assertEqual([line.count(f"time={at}") for line in said], [1, 1], said)


class ChangeTests(TestCase):
    def setUp(self) -> None:
        self.server = IrcServer(self)

    def test_who_asked_for_it_is_told_what_is_taken_back(self) -> None:
        caps = f"{TAGS} draft/message-redaction"
        ann, eve = self.server.irc("ann", "#tea", caps=caps), self.server.irc("eve", "#tea")
        sue, bob = self.server.irc("sue", "#tea", caps=caps), self.server.client("bob", "tea")
        bob.says("send tea oops")
        self.server.forget()
        ann.says("REDACT #tea tea/1/1 :no")
        for client in (ann, sue):
            self.assertTrue(client.takes()[0].endswith("REDACT #tea tea/1/1 no"))
        eve.gets_nothing()
        bob.gets("* redacted tea 1 ann")
        sue.says("REDACT #tea tea/1/1", "REDACT #nowhere x", "REDACT #tea !1.1", "REDACT sue @1/1")
        self.assertEqual(
            [line.split(" ")[3:5] for line in sue.gets_numerics("FAIL", "FAIL", "FAIL", "FAIL")],
            [
                ["UNKNOWN_MSGID", "#tea"],
                ["INVALID_TARGET", "#nowhere"],
                ["UNKNOWN_MSGID", "#tea"],
                ["UNKNOWN_MSGID", "sue"],
            ],
        )

    def test_an_edit_is_a_notice_with_the_new_text(self) -> None:
        ann, bob = self.server.irc("ann", "#tea", caps=TAGS), self.server.client("bob", "tea")
        bob.says("send tea helo")
        self.server.forget()
        bob.says("edit tea 1 hello")
        [line] = ann.takes()
        self.assertTrue(line.startswith("@+draft/reply=tea/1/1 :bob!"), line)
        self.assertTrue(line.endswith("NOTICE #tea :[edited] hello"), line)


class DirectTests(TestCase):
    def setUp(self) -> None:
        self.server = IrcServer(self)

    def test_a_guest_tells_a_guest(self) -> None:
        """Echo and delivery have the same id."""
        eve, sue = self.server.irc("eve", caps=TAGS), self.server.irc("sue", caps=TAGS)
        eve.says("@+a=b PRIVMSG sue :psst")
        [echo], [heard] = eve.takes(), sue.takes()
        self.assertEqual(echo.replace(" psst", " :psst"), heard)
        self.assertIn("msgid=!", heard)
        self.assertTrue(heard.endswith("PRIVMSG sue :psst"), heard)

    def test_what_accounts_tell_each_other_is_kept(
        self,
    ) -> None:
        """With one id in the echo, for the receiver, and for the sender's other connections."""
        caps = f"{TAGS} draft/message-redaction"
        ann, also_ann = self.account("ann", caps), self.account("ann", caps)
        bob = self.account("bob", caps)
        ann.says("PRIVMSG bob :psst")
        [echo], [copy], [heard] = ann.takes(), also_ann.takes(), bob.takes()
        self.assertEqual((echo, heard), (copy, copy))
        self.assertRegex(heard, r"^@msgid=@\d+/1 :ann!\S+ PRIVMSG bob :psst$")
        bob.says("PRIVMSG ann :\x01ACTION nods\x01")
        for client in (ann, also_ann, bob):
            [line] = client.takes()
            self.assertRegex(line, r"/2 :bob!\S+ PRIVMSG ann :\x01ACTION nods\x01$")
        msgid = heard.split(" ")[0].removeprefix("@msgid=")
        bob.says(f"REDACT ann {msgid}").gets_numerics("FAIL")
        ann.says(f"REDACT bob {msgid} :no")
        for client in (ann, also_ann, bob):
            [line] = client.takes()
            self.assertTrue(line.endswith(f"REDACT bob {msgid} no"), line)

    def test_what_was_missed_comes_later(self) -> None:
        ann, bob = self.account("ann", "echo-message"), self.account("bob", "")
        bob.protocol.pauseProducing()
        ann.says("NOTICE bob :one")
        bob.protocol.resumeProducing()
        self.server.settle()
        self.assertTrue(bob.takes()[0].endswith("NOTICE bob :one"))

    def account(self, name: str, caps: str) -> IrcClient:
        """Return a connection of an account, which is made if it is not there."""
        manager = self.server.hub.manager
        if nick_key(Nick(name)) not in manager.state.accounts:
            self.server.client(name).says("register s3cret").takes()
        client = self.server.irc(f"guest{len(manager.state.sessions)}", caps=caps)
        subscriber = client.protocol.subscriber
        assert subscriber is not None
        manager.apply(LoggedIn(subscriber.session.session_id, Nick(name)))
        self.server.forget()
        return client
