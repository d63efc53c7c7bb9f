"""What happened beside what was said, what is kept of guests, and what is replayed."""

import re

from twisted.trial.unittest import TestCase

from chatsvc.core.commands import LogIn, Register
from chatsvc.core.names import Nick
from chatsvc.irc.asking import Ask
from chatsvc.protocols.irc import IrcProtocol
from tests.protocols.conversation import Client
from tests.protocols.irc.conversation import IrcServer, command_of

CAPS = "batch message-tags server-time draft/chathistory"
PLAYBACK = f"{CAPS} draft/event-playback"


def shown(client: Client) -> list[str]:
    """Return the commands and last words of the lines of a batch, without the batch."""
    lines = client.takes()[1:-1]
    return [f"{command_of(line)} {line.split(' ')[-1].lstrip(':')}" for line in lines]


class EventPlaybackTests(TestCase):
    def setUp(self) -> None:
        self.server = IrcServer(self)
        self.bob = self.server.client("bob", "tea")
        self.at: list[str] = []
        self.happens("topic tea t1", "send tea m1", "topic tea t2", "topic tea t3", "send tea m2")
        self.ann = self.server.irc("ann", "#tea", caps=PLAYBACK)

    def happens(self, *lines: str) -> None:
        """Let bob do something each second."""
        for line in lines:
            self.server.passes(1)
            self.at.append(self.server.now)
            self.bob.says(line)
        self.server.forget()

    def asks(self, words: str) -> list[str]:
        return [line.split(" ")[-1] for line in shown(self.ann.says(f"CHATHISTORY {words}"))]

    def test_topics_stand_among_the_messages(self) -> None:
        lines = self.ann.says("CHATHISTORY LATEST #tea * 9").takes()[1:-1]
        self.assertEqual([line.split(" ")[-1] for line in lines], ["t1", ":m1", "t2", "t3", ":m2"])
        self.assertRegex(lines[2], r"^@\S*batch=h\S* :bob!line@\S+ TOPIC #tea t2$")
        self.assertRegex(lines[2], r"[@;]msgid=tea/1\.2/\d+[; ]")
        self.assertIn(f"time={self.at[2]}", lines[2])

    def test_each_way_to_ask(self) -> None:
        """Points may be messages, topics and times; none of them counts itself but in AROUND."""
        at = self.at
        for words, expected in (
            ("LATEST #tea * 3", "t2 t3 m2"),
            ("LATEST #tea msgid=tea/1 9", "t2 t3 m2"),
            ("LATEST #tea msgid=tea/1.2 9", "t3 m2"),
            ("BEFORE #tea msgid=tea/2 2", "t2 t3"),
            ("BEFORE #tea msgid=tea/1.3 2", "m1 t2"),
            ("BEFORE #tea msgid=tea/0.1 9", ""),
            ("AFTER #tea msgid=tea/1 2", "t2 t3"),
            ("AFTER #tea msgid=tea/0.1 2", "m1 t2"),
            ("AROUND #tea msgid=tea/1 3", "t1 m1 t2"),
            ("AROUND #tea msgid=tea/1.2 1", "t2"),
            ("AROUND #tea msgid=tea/1.2 3", "m1 t2 t3"),
            ("BETWEEN #tea msgid=tea/0.1 msgid=tea/2 9", "m1 t2 t3"),
            ("BETWEEN #tea msgid=tea/2 msgid=tea/0.1 2", "t2 t3"),
            (f"BEFORE #tea timestamp={at[2]} 9", "t1 m1"),
            (f"AFTER #tea timestamp={at[2]} 9", "t3 m2"),
            (f"AROUND #tea timestamp={at[2]} 3", "m1 t2 t3"),
            (f"BETWEEN #tea timestamp={at[0]} timestamp={at[4]} 9", "m1 t2 t3"),
        ):
            self.assertEqual(" ".join(self.asks(words)), expected, words)

    def test_who_has_not_asked_for_it_is_shown_messages_alone(self) -> None:
        eve = self.server.irc("eve", "#tea", caps=CAPS)
        self.assertEqual(
            shown(eve.says("CHATHISTORY LATEST #tea * 9")), ["PRIVMSG m1", "PRIVMSG m2"]
        )
        around = eve.says("CHATHISTORY AROUND #tea msgid=tea/1.2 9")
        self.assertEqual(shown(around), ["PRIVMSG m1", "PRIVMSG m2"])

    def test_what_is_played_back_is_what_was_told(self) -> None:
        """Who sets a topic, who hears of it and who reads it later get one id and time."""
        eve = self.server.irc("eve", "#tea", caps=f"{PLAYBACK} echo-message")
        self.server.passes(1)
        (own,) = eve.says("TOPIC #tea :t4").takes()
        (heard,) = self.ann.takes()
        (_, read, _) = self.ann.says("CHATHISTORY LATEST #tea * 1").takes()
        self.assertEqual(own, heard)
        self.assertEqual(read.replace("batch=h;", ""), heard)
        self.assertIn("msgid=tea/2.4/", heard)
        self.bob.takes()[-1].endswith(" eve t4")

    def test_a_kick_is_played_back(self) -> None:
        self.bob.says("register s3cret", "create den", "join den", "send den hi")
        eve = self.server.irc("eve", "#den")
        self.bob.says("kick den eve noise")
        eve.takes()
        ann = self.server.irc("ann2", "#den", caps=PLAYBACK)
        lines = ann.says("CHATHISTORY LATEST #den * 9").takes()[1:-1]
        self.assertRegex(lines[-1], r"msgid=den/1\.1/\d+ :bob!line@\S+ KICK #den eve noise$")

    def test_what_happened_while_one_was_not_there_is_not_shown(self) -> None:
        """Where history is for those who were there, one has to have seen what came next too."""
        self.bob.says("register s3cret", "create den", "join den", "set den history joined")
        self.happens("topic den old", "send den one", "topic den older")
        ann = self.server.irc("ann3", "#den", caps=PLAYBACK)
        self.happens("topic den between", "send den two", "topic den seen", "send den three")
        asked = ann.says("CHATHISTORY LATEST #den * 9")
        self.assertEqual(shown(asked), ["PRIVMSG two", "TOPIC seen", "PRIVMSG three"])
        self.happens("topic den last")
        ann.takes()
        asked = ann.says("CHATHISTORY LATEST #den * 1")
        self.assertEqual(shown(asked), ["TOPIC last"])

    def test_opening_a_room_in_which_nothing_was_said_opens_no_past(self) -> None:
        """What was set there is read from then on only if its owner says so."""
        olga = self.server.client("olga")
        olga.says("register s3cret", "create den", "set den kind invite-only", "join den")
        olga.says("topic den s1", "topic den s2", "set den kind public").takes()
        self.ann.says("JOIN #den").takes()
        self.assertEqual(self.asks("LATEST #den * 9"), [])
        olga.says("send den m1", "topic den t1", "send den m2").takes()
        self.ann.takes()
        self.assertEqual(self.asks("LATEST #den * 9"), ["m1", "t1", "m2"])
        olga.says("set den history everyone from 1").takes()
        self.assertEqual(self.asks("LATEST #den * 9"), ["s1", "s2", "m1", "t1", "m2"])

    def test_what_followed_a_trimmed_message_is_gone(self) -> None:
        self.bob.says("register s3cret", "create den", "join den")
        self.happens("topic den t1", "send den one", "topic den t2", "send den two", "topic den t3")
        self.bob.says("set den keep 1").takes()
        ann = self.server.irc("ann4", "#den", caps=PLAYBACK)
        found = shown(ann.says("CHATHISTORY LATEST #den * 9"))
        self.assertEqual(found[0], "PRIVMSG two")
        self.assertNotIn("TOPIC t2", found)

    def test_a_room_that_is_not_there_has_no_happenings(self) -> None:
        (line,) = self.ann.says("CHATHISTORY AFTER #den msgid=den/0.1/7 9").takes()
        self.assertIn("FAIL CHATHISTORY INVALID_TARGET AFTER #den", line)
        (line,) = self.ann.says("CHATHISTORY AFTER #tea msgid=tea/0.1/77 9").takes()
        self.assertIn("FAIL CHATHISTORY INVALID_PARAMS AFTER #tea", line)


class OutsideTests(TestCase):
    def test_who_is_not_in_a_channel_reads_none_of_its_history(self) -> None:
        """Also where everybody may read by other ways in: it is what IRC's people expect."""
        server = IrcServer(self)
        server.client("bob", "tea").says("send tea hi")
        ann = server.irc("ann", caps=CAPS)
        (line,) = ann.says("CHATHISTORY LATEST #tea * 9").takes()
        self.assertIn("FAIL CHATHISTORY INVALID_TARGET LATEST #tea", line)


class GuestTests(TestCase):
    """An account keeps what it and a guest tell each other, and what it tells itself."""

    def setUp(self) -> None:
        self.server = IrcServer(self)
        self.ann = self.server.irc("ann", caps=f"{CAPS} echo-message")
        protocol = self.ann.protocol
        assert isinstance(protocol, IrcProtocol)
        protocol._ask_later(Ask(Register("s3cret")))
        self.server.settle()
        self.server.forget()

    def test_both_see_the_id_under_which_it_is_kept(self) -> None:
        eve = self.server.irc("Eve", caps=CAPS)
        (echo,) = self.ann.says("PRIVMSG eve :hi").takes()
        (heard,) = eve.takes()
        eve.says("PRIVMSG ann :hello")
        (answer,) = self.ann.takes()
        first, *lines, _ = self.ann.says("CHATHISTORY LATEST eve * 9").takes()
        self.assertTrue(first.endswith(" chathistory eve"), first)
        ids = [re.findall(r"msgid=(@\d+/\d+)", line) for line in (echo, answer)]
        self.assertEqual(ids[0], re.findall(r"msgid=(@\d+/\d+)", heard))
        self.assertEqual([re.findall(r"msgid=(@\d+/\d+)", line) for line in lines], ids)
        self.assertRegex(lines[0], r":ann!ann@\S+ PRIVMSG Eve :hi$")
        self.assertRegex(lines[1], r":Eve!guest@unknown PRIVMSG ann :hello$")
        rows = self.ann.says(
            "CHATHISTORY TARGETS timestamp=2020-01-01T00:00:00.000Z "
            "timestamp=2030-01-01T00:00:00.000Z 9"
        ).takes()
        self.assertIn(" CHATHISTORY TARGETS Eve ", rows[1])
        after = self.ann.says(f"CHATHISTORY AFTER eve msgid={ids[0][0]} 9")
        self.assertEqual(shown(after), ["PRIVMSG hello"])

    def test_who_takes_the_nick_of_another_guest_adds_nothing_to_what_is_kept_of_it(self) -> None:
        """Also who was told something, and is heard, under a nick of their own."""
        eve, mallory = (self.server.irc(nick, caps=CAPS) for nick in ("eve", "mallory"))
        self.ann.says("PRIVMSG eve :hi", "PRIVMSG mallory :hi")
        eve.says("PRIVMSG ann :hello", "QUIT")
        mallory.says("NICK eve", "PRIVMSG ann :liar")
        self.assertIn(" PRIVMSG ann :liar", self.ann.takes()[-1])
        last = shown(self.ann.says("CHATHISTORY LATEST eve * 9"))
        self.assertEqual(last, ["PRIVMSG hi", "PRIVMSG hello"])
        self.ann.says("PRIVMSG eve :you")
        mallory.says("PRIVMSG ann :yes")
        self.ann.takes()
        last = shown(self.ann.says("CHATHISTORY LATEST eve * 2"))
        self.assertEqual(last, ["PRIVMSG you", "PRIVMSG yes"])

    def test_who_is_the_account_of_that_name_later_is_not_taken_for_the_guest(self) -> None:
        eve = self.server.irc("eve", caps=CAPS)
        self.ann.says("PRIVMSG eve :hi")
        eve.says("PRIVMSG ann :hello", "QUIT")
        self.server.forget()
        line = self.server.client("eve").says("register s3cret")
        line.takes()
        self.assertEqual(shown(self.ann.says("CHATHISTORY LATEST eve * 9")), [])
        first, _, said, _ = self.ann.says("CHATHISTORY LATEST ~eve * 9").takes()
        self.assertTrue(first.endswith(" chathistory ~eve"), first)
        self.assertIn(":eve!guest@unknown PRIVMSG ann :hello", said)
        self.assertNotIn("account=", said)

    def test_what_one_tells_oneself(self) -> None:
        echo, heard = self.ann.says("PRIVMSG ann :note").takes()
        self.assertEqual(heard, echo)
        _, read, _ = self.ann.says("CHATHISTORY LATEST ann * 9").takes()
        self.assertEqual(read.replace("batch=h;", ""), echo)


class KeptTagsTests(TestCase):
    """A TAGMSG with `+draft/persist` is a message of which there are only tags."""

    TAGS = "@+draft/persist;+draft/react=:)"

    def setUp(self) -> None:
        self.server = IrcServer(self)
        self.bob = self.server.client("bob", "tea")
        self.ann = self.server.irc("ann", "#tea", caps=f"{PLAYBACK} echo-message")
        self.server.forget()

    def test_it_is_heard_and_played_back_as_it_was(self) -> None:
        eve = self.server.irc("eve", "#tea", caps=CAPS)
        plain = self.server.irc("plain", "#tea")
        self.ann.takes()
        (echo,) = self.ann.says(f"{self.TAGS} TAGMSG #tea").takes()
        self.assertRegex(echo, r"^@\S*msgid=tea/1/\d+;\S* :ann!ann@\S+ TAGMSG #tea$")
        self.assertIn("+draft/react=:)", echo)
        eve.gets(echo)
        plain.gets_nothing()
        self.bob.gets(f"* said tea 1 {self.server.now} ann (tags) +draft/react=:)")
        _, read, _ = self.ann.says("CHATHISTORY LATEST #tea * 9").takes()
        self.assertEqual(read.replace("batch=h;", ""), echo)
        self.assertEqual(shown(eve.says("CHATHISTORY LATEST #tea * 9")), [])

    def test_without_that_tag_nothing_is_kept(self) -> None:
        self.ann.says("@+draft/react=:) TAGMSG #tea").takes()
        self.assertEqual(shown(self.ann.says("CHATHISTORY LATEST #tea * 9")), [])
        self.bob.gets_nothing()

    def test_what_is_for_a_rank_is_not_kept(self) -> None:
        self.ann.says(f"{self.TAGS} TAGMSG @#tea").takes()
        self.assertEqual(shown(self.ann.says("CHATHISTORY LATEST #tea * 9")), [])


class ReplayTests(TestCase):
    def test_as_it_reads_now(self) -> None:
        """What was edited is replayed with its new text, what was taken back not at all."""
        server = IrcServer(self, replayed=3)
        bob = server.client("bob", "tea")
        bob.says("send tea one", "send tea two", "send tea three", "send tea four")
        bob.says("edit tea 2 TWO", "redact tea 3")
        ann = server.irc("ann").says("JOIN #tea")
        said = [line for line in ann.takes() if command_of(line) == "PRIVMSG"]
        self.assertEqual([line.split(" ")[-1] for line in said], ["TWO", "four"])

    def test_without_batches_there_is_the_time_where_it_can_be_told(self) -> None:
        server = IrcServer(self, replayed=1)
        server.client("bob", "tea").says("send tea hi")
        for caps, expected in (
            ("server-time", rf"^@time={server.now} :bob!\S+ PRIVMSG #tea :hi$"),
            ("batch", r"^@batch=h :bob!\S+ PRIVMSG #tea :\[10:00\] hi$"),
            ("message-tags", r"^@msgid=tea/1/\d+ :bob!\S+ PRIVMSG #tea :\[10:00\] hi$"),
        ):
            client = server.irc(f"n{caps}", caps=caps).says("JOIN #tea")
            said = [line for line in client.takes() if command_of(line) == "PRIVMSG"]
            self.assertRegex(said[0], expected)

    def test_an_account_that_comes_back_is_shown_what_was_said_meanwhile(self) -> None:
        server = IrcServer(self, replayed=2)
        bob, ann = server.client("bob", "tea"), server.client("ann", "tea")
        ann.says("register s3cret", "quit")
        bob.says("send tea one", "send tea two", "send tea three")
        server.forget()
        back = server.irc("other")
        protocol = back.protocol
        assert isinstance(protocol, IrcProtocol)
        protocol._ask_later(Ask(LogIn(Nick("ann"), "s3cret")))
        server.settle()
        said = [line for line in back.takes() if command_of(line) == "PRIVMSG"]
        self.assertEqual([line.split(" ")[-1] for line in said], ["two", "three"])

    def test_topics_are_not_replayed(self) -> None:
        server = IrcServer(self, replayed=5)
        server.client("bob", "tea").says("send tea hi", "topic tea t1")
        ann = server.irc("ann", caps="batch").says("JOIN #tea")
        ann.gets_numerics("JOIN", "332", "333", "353", "366", "BATCH", "PRIVMSG", "BATCH")


class BeforeRegistrationTests(TestCase):
    def setUp(self) -> None:
        self.server = IrcServer(self)

    def test_tokens_may_be_asked_for(self) -> None:
        client = self.server.raw()
        client.says("ISUPPORT").gets_numerics("451")
        client.says("CAP REQ :batch draft/extended-isupport", "ISUPPORT")
        ack, first, *tokens, last = client.takes()
        self.assertIn(" ACK ", ack)
        self.assertRegex(first, r"BATCH \+h draft/isupport$")
        self.assertRegex(last, r"BATCH -h$")
        self.assertTrue(all(re.match(r"^@batch=h :irc.test 005 \* ", line) for line in tokens))
        client.says("CAP END", "NICK ann", "USER ann 0 * :Ann")
        commands = [command_of(line) for line in client.takes()]
        self.assertEqual(commands[4], "BATCH")
        ann = self.server.irc("bob").says("ISUPPORT")
        self.assertEqual({command_of(line) for line in ann.takes()}, {"005"})

    def test_somebody_may_be_away_from_the_beginning(self) -> None:
        client = self.server.raw()
        client.says("AWAY :fishing").gets_numerics("451")
        client.says("CAP REQ draft/pre-away", "AWAY :fishing")
        client.gets_numerics("CAP", "306")
        client.says("CAP END", "NICK ann", "USER ann 0 * :Ann").takes()
        bob = self.server.irc("bob").says("PRIVMSG ann :hi")
        bob.gets(":irc.test 301 bob ann fishing")
        back = self.server.raw()
        back.says("CAP REQ draft/pre-away", "AWAY :fishing", "AWAY", "CAP END")
        back.says("NICK cat", "USER cat 0 * :Cat").takes()
        bob.says("PRIVMSG cat :hi").gets_nothing()

    def test_a_client_behind_which_nobody_sits_hides_nobody(self) -> None:
        client = self.server.raw()
        client.says("CAP REQ draft/pre-away", "AWAY *", "CAP END")
        client.says("NICK ann", "USER ann 0 * :Ann").takes()
        protocol = client.protocol
        assert isinstance(protocol, IrcProtocol)
        protocol._ask_later(Ask(Register("s3cret")))
        self.server.settle()
        people = self.server.hub.manager.state.people
        self.assertEqual(people["ann"].away, "*")
        client.says("AWAY").takes()
        self.server.client().says("login ann s3cret").takes()
        client.says("AWAY *").gets_numerics("306")
        self.assertEqual(people["ann"].away, None)
        client.says("AWAY :fishing").takes()
        self.assertEqual(people["ann"].away, "fishing")
