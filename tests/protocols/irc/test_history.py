"""CHATHISTORY, MARKREAD, and what is replayed to who cannot ask."""

import itertools
import re
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from chatsvc.core.commands import Command, LogIn, Register
from chatsvc.core.events import Joined, RoomDeleted
from chatsvc.core.markers import Markers
from chatsvc.core.names import Nick, RoomName, nick_key
from chatsvc.core.rules import people
from chatsvc.irc.asking import Ask
from chatsvc.protocols import irc, pages
from chatsvc.protocols.irc import IrcProtocol
from tests.protocols.conversation import Client
from tests.protocols.irc.conversation import IrcServer

CAPS = "batch message-tags server-time draft/chathistory draft/read-marker"
EVER = "timestamp=2020-01-01T00:00:00.000Z timestamp=2030-01-01T00:00:00.000Z"


def texts(client: Client) -> list[str]:
    """Return the texts of the messages that came."""
    return [line.split(" ")[-1].lstrip(":") for line in client.takes() if " PRIVMSG " in line]


class HistoryTestCase(TestCase):
    """A room `tea` with the messages 1 to 6, one a second, said by the line protocol."""

    options: dict[str, int] = {}

    def setUp(self) -> None:
        self.server = IrcServer(self, **self.options)
        self.bob = self.server.client("bob", "tea")
        self.at = [self.server.now]
        for number in range(6):
            self.server.passes(1)
            self.at.append(self.server.now)
            self.bob.says(f"send tea m{number + 1}")
        self.server.forget()


class ChathistoryTests(HistoryTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.ann = self.server.irc("ann", "#tea", caps=CAPS)

    def asks(self, words: str) -> str:
        """Return the numbers of the messages that CHATHISTORY answers with."""
        return "".join(text[1:] for text in texts(self.ann.says(f"CHATHISTORY {words}")))

    def test_an_answer_is_a_batch_of_messages_as_they_were_sent(self) -> None:
        at = self.at
        lines = self.ann.says("CHATHISTORY LATEST #TEA * 1").takes()
        first, said, last = lines
        self.assertRegex(first, r"^@time=\S+ :irc.test BATCH \+h chathistory #tea$")
        self.assertRegex(said, r"^@\S*batch=h\S* :bob!line@\S+ PRIVMSG #tea :m6$")
        self.assertRegex(said, r"[@;]msgid=tea/6/\d+[; ]")
        self.assertIn(f"time={at[6]}", said)
        self.assertRegex(last, r":irc.test BATCH -h$")

    def test_each_way_to_ask(self) -> None:
        """Points are left out, save for AROUND; the order is that of time, whatever is asked."""
        at = self.at
        for words, expected in (
            ("LATEST #tea * 3", "456"),
            ("LATEST #tea msgid=tea/4 9", "56"),
            (f"LATEST #tea timestamp={at[4]} 9", "56"),
            ("BEFORE #tea msgid=tea/4 2", "23"),
            (f"BEFORE #tea timestamp={at[4]} 2", "23"),
            (f"BEFORE #tea timestamp={at[5]} 2", "34"),
            ("AFTER #tea msgid=tea/2 3", "345"),
            (f"AFTER #tea timestamp={at[2]} 3", "345"),
            ("AROUND #tea msgid=tea/4 1", "4"),
            ("AROUND #tea msgid=tea/4 3", "345"),
            (f"AROUND #tea timestamp={at[4]} 3", "345"),
            ("BETWEEN #tea msgid=tea/1 msgid=tea/6 3", "234"),
            ("BETWEEN #tea msgid=tea/6 msgid=tea/1 3", "345"),
            (f"BETWEEN #tea timestamp={at[1]} timestamp={at[6]} 3", "234"),
            (f"BETWEEN #tea timestamp={at[6]} timestamp={at[1]} 9", "2345"),
            ("AFTER #tea msgid=tea/6 9", ""),
            ("LATEST #tea * 0", ""),
        ):
            self.assertEqual(self.asks(words), expected, words)

    def test_what_cannot_be_asked(self) -> None:
        at = self.at
        for words, expected in (
            ("", "INVALID_PARAMS *"),
            ("NEWEST #tea * 5", "INVALID_PARAMS NEWEST"),
            ("LATEST #tea *", "INVALID_PARAMS LATEST"),
            ("LATEST #nowhere * 5", "INVALID_TARGET LATEST #nowhere"),
            ("LATEST ##a * 5", "INVALID_TARGET LATEST ##a"),
            ("LATEST bob * 5", "INVALID_TARGET LATEST bob"),
            ("AFTER #tea msgid=tea/4/99 5", "INVALID_PARAMS AFTER #tea"),
            ("AFTER #tea msgid=milk/4 5", "INVALID_PARAMS AFTER #tea"),
            ("AFTER #tea msgid=@7/4 5", "INVALID_PARAMS AFTER #tea"),
            (f"BETWEEN #tea msgid=tea/1 timestamp={at[1]} 5", "INVALID_PARAMS BETWEEN"),
        ):
            (line,) = self.ann.says(f"CHATHISTORY {words}").takes()
            self.assertIn(f" FAIL CHATHISTORY {expected} :", line)

    def test_what_was_taken_back_is_left_out(self) -> None:
        self.bob.says("redact tea 5")
        self.server.forget()
        self.assertEqual(self.asks("LATEST #tea * 3"), "46")

    def reads_slowly(self, meanwhile: Callable[[], object], caps: str = CAPS) -> list[str]:
        """Return the lines of an answer of which the client has read a page when that happens."""
        self.patch(irc, "PAGE_LINES", 3)
        self.patch(pages, "PAGES_PER_TURN", 1)
        eve = self.server.irc("eve", "#tea", caps=caps)
        eve.takes()
        eve.protocol.dataReceived(b"@label=x CHATHISTORY LATEST #tea * 6\r\n")
        while not eve.wire.received:
            self.server.clock.turn()
        eve.protocol.pauseProducing()
        meanwhile()
        self.server.settle()
        eve.protocol.resumeProducing()
        return eve.takes()

    def test_what_is_taken_back_while_the_answer_is_read_is_left_out(self) -> None:
        lines = self.reads_slowly(lambda: self.bob.says("redact tea 5", "send tea m7"))
        shown = [line.rpartition(":")[2] for line in lines if " PRIVMSG " in line]
        self.assertEqual(sorted(shown), ["m1", "m2", "m3", "m4", "m6", "m7"])
        inside = [line for line in lines if line.startswith("@batch=h")]
        self.assertEqual(len(inside), 5)
        batches = [line.partition(" BATCH ")[2] for line in lines if " BATCH " in line]
        self.assertEqual(batches, ["+h chathistory #tea", "-h"])

    def test_the_label_is_given_once_though_the_answer_is_read_again(self) -> None:
        caps = f"{CAPS} labeled-response"
        lines = self.reads_slowly(lambda: self.bob.says("redact tea 5"), caps)
        self.assertEqual([index for index, line in enumerate(lines) if "label=" in line], [0])
        self.assertIn("BATCH -h", "".join(lines))

    def test_who_is_put_out_while_they_read_gets_no_more(self) -> None:
        lines = self.reads_slowly(lambda: self.bob.says("kick tea eve"))
        shown = [line.rpartition(":")[2] for line in lines if " PRIVMSG " in line]
        self.assertLess(len(shown), 6)
        kick = next(index for index, line in enumerate(lines) if " KICK " in line)
        self.assertNotIn(" PRIVMSG ", "".join(lines[kick:]))
        self.assertIn("BATCH -h", "".join(lines))

    def test_a_room_that_is_made_again_while_they_read_is_another_one(self) -> None:
        """Who has come into that one meanwhile is shown no more of what was removed."""

        def make_again() -> None:
            manager = self.server.hub.manager
            (session,) = manager.state.people[nick_key("eve")].sessions
            tea = RoomName("tea")
            manager.apply(RoomDeleted(tea, 0, None, manager.state.room(tea).room_id))
            self.bob.says("create tea", *(f"send tea n{number}" for number in range(1, 9)))
            manager.apply(Joined(tea, Nick("eve"), session))

        lines = self.reads_slowly(make_again)
        shown = [line.rpartition(":")[2] for line in lines if line.startswith("@batch=h")]
        self.assertEqual(shown, ["m1", "m2"])
        self.assertIn("BATCH -h", "".join(lines))

    def test_what_they_may_not_read_any_more_while_they_read_is_left_out(self) -> None:
        self.bob.says("register s3cret")
        lines = self.reads_slowly(lambda: self.bob.says("set tea history joined", "send tea m7"))
        shown = [line.rpartition(":")[2] for line in lines if line.startswith("@batch=h")]
        self.assertEqual(shown, ["m1", "m2"])
        self.assertIn("BATCH -h", "".join(lines))

    def test_a_client_without_batches_gets_bare_lines(self) -> None:
        eve = self.server.irc("eve", "#tea", caps="draft/chathistory")
        (line,) = eve.says("CHATHISTORY LATEST #tea * 1").takes()
        self.assertRegex(line, r"^:bob!line@\S+ PRIVMSG #tea :m6$")

    def test_a_label_is_on_the_batch(self) -> None:
        eve = self.server.irc("eve", "#tea", caps=f"{CAPS} labeled-response")
        first, *rest = eve.says("@label=x CHATHISTORY LATEST #tea * 2").takes()
        self.assertIn("label=x", first)
        self.assertEqual([line for line in rest if "label" in line], [])

    def test_targets_are_rooms_and_people_by_the_time_of_their_newest_message(self) -> None:
        at = self.at
        self.server.passes(1)
        at.append(self.server.now)
        self.bob.says("join milk", "send milk hi")
        eve = self.server.irc("eve", "#milk", "#tea", caps=CAPS)
        first, *rows, _ = eve.says(f"CHATHISTORY TARGETS {EVER} 10").takes()
        self.assertIn("BATCH +h draft/chathistory-targets", first)
        shown = [re.sub(r"^.* TARGETS ", "", row) for row in rows]
        self.assertEqual(shown, [f"#tea {at[6]}", f"#milk {at[7]}"])
        after = f"timestamp={at[6]} timestamp=2030-01-01T00:00:00.000Z"
        self.assertEqual(len(eve.says(f"CHATHISTORY TARGETS {after} 10").takes()), 3)
        back = " ".join(reversed(EVER.split(" ")))
        self.assertIn("#milk", eve.says(f"CHATHISTORY TARGETS {back} 1").takes()[1])

    def test_what_is_not_shown_to_others_is_no_target(self) -> None:
        eve = self.server.irc("eve", caps=CAPS)
        self.assertEqual(len(eve.says(f"CHATHISTORY TARGETS {EVER} 10").takes()), 2)


class ConversationTests(TestCase):
    """What is told to a person is read by their nick, by the two alone."""

    def setUp(self) -> None:
        self.server = IrcServer(self)
        self.bob = self.server.client("bob").says("register s3cret")
        self.ann = self.server.irc("ann", caps=CAPS)
        protocol = self.ann.protocol
        assert isinstance(protocol, IrcProtocol)
        protocol._ask_later(Ask(Register("s3cret")))
        self.server.settle()
        for number in range(1, 3):
            self.server.passes(1)
            self.bob.says(f"tell ann b{number}")
            self.ann.says(f"PRIVMSG bob a{number}")
        self.server.forget()

    def test_each_message_is_from_who_said_it_to_the_other(self) -> None:
        lines = self.ann.says("CHATHISTORY LATEST BOB * 2").takes()
        self.assertIn(" BATCH +h chathistory BOB", lines[0])
        self.assertRegex(lines[1], r"msgid=@\d+/3 :bob!line@\S+ PRIVMSG ann :b2$")
        self.assertRegex(lines[2], r"msgid=@\d+/4 :ann!ann@\S+ PRIVMSG bob :a2$")
        msgid = re.search(r"msgid=(\S+)", lines[1])
        assert msgid is not None
        asked = self.ann.says(f"CHATHISTORY BEFORE bob msgid={msgid[1]} 9")
        self.assertEqual(texts(asked), ["b1", "a1"])
        self.assertEqual(texts(self.ann.says("CHATHISTORY LATEST bob * 9"))[-1], "a2")
        foreign = self.ann.says(f"CHATHISTORY BEFORE cat msgid={msgid[1]} 9").takes()
        self.assertIn("FAIL CHATHISTORY INVALID_PARAMS", foreign[0])

    def test_people_are_targets_too(self) -> None:
        rows = self.ann.says(f"CHATHISTORY TARGETS {EVER} 9").takes()
        self.assertRegex(rows[1], rf" CHATHISTORY TARGETS bob {self.server.now}$")

    def test_others_read_nothing(self) -> None:
        eve = self.server.irc("eve", caps=CAPS)
        for nick in ("ann", "bob", "nobody"):
            (line,) = eve.says(f"CHATHISTORY LATEST {nick} * 9").takes()
            self.assertIn(f"FAIL CHATHISTORY INVALID_TARGET LATEST {nick} ", line)


class AccessTests(HistoryTestCase):
    """Who may not read a room gets the answer of a room that is not there."""

    POINTS = (
        "LATEST {} * 9",
        "AFTER {} msgid=tea/1 9",
        "BEFORE {} msgid=x/9/9 9",
        "AROUND {} timestamp=2026-11-20T10:00:03.000Z 9",
    )

    def test_a_secret_room(self) -> None:
        at = self.at
        ann = self.server.irc("ann", caps=CAPS)
        self.bob.says("leave tea", "register s3cret", "create den", "send den secret")
        self.bob.says("set den kind invite-only")
        self.server.forget()
        for words in self.POINTS:
            there = ann.says(f"CHATHISTORY {words.format('#den')}").takes()
            missing = ann.says(f"CHATHISTORY {words.format('#nowhere')}").takes()
            self.assertEqual([line.replace("#den", "#nowhere") for line in there], missing, words)
            self.assertIn("INVALID_TARGET", there[0])
        there = ann.says("MARKREAD #den").takes()
        missing = ann.says("MARKREAD #nowhere").takes()
        self.assertEqual([line.replace("#den", "#nowhere") for line in there], missing)
        mark = f"timestamp={at[4]}"
        there = ann.says(f"MARKREAD #den {mark}").takes()
        missing = ann.says(f"MARKREAD #nowhere {mark}").takes()
        self.assertEqual([line.replace("#den", "#nowhere") for line in there], missing)

    def test_history_since_one_joined(self) -> None:
        """Nothing of what was said before is shown, however it is asked for."""
        self.bob.says("register s3cret", "create den", "join den", "set den history joined")
        self.bob.says("send den old1", "send den old2")
        ann = self.server.irc("ann", "#den", caps=CAPS)
        self.server.passes(1)
        self.bob.says("send den new3")
        self.server.forget()
        for words in (
            "LATEST #den * 9",
            "BEFORE #den msgid=den/9 9",
            "AFTER #den msgid=den/1 9",
            "AFTER #den timestamp=2020-01-01T00:00:00.000Z 9",
            "BEFORE #den timestamp=2030-01-01T00:00:00.000Z 9",
            "AROUND #den msgid=den/2 9",
            "BETWEEN #den msgid=den/1 msgid=den/9 9",
        ):
            self.assertEqual(texts(ann.says(f"CHATHISTORY {words}")), ["new3"], words)
        self.assertEqual(texts(ann.says("CHATHISTORY BEFORE #den msgid=den/3 9")), [])

    def test_who_left_reads_nothing_that_is_for_members(self) -> None:
        self.bob.says(
            "register s3cret", "create den", "join den", "set den history members", "send den one"
        )
        ann = self.server.irc("ann", "#den", caps=CAPS)
        self.assertEqual(texts(ann.says("CHATHISTORY LATEST #den * 9")), ["one"])
        ann.says("PART #den").takes()
        self.assertEqual(texts(ann.says("CHATHISTORY LATEST #den * 9")), [])


class WhileItIsReadTests(HistoryTestCase):
    """An answer is read in parts, and shows nothing that was taken back before its last one."""

    def holds_second(self, name: str) -> Callable[[], None]:
        """Let the second read of this kind wait until what is returned is called."""
        read, waiting, count = getattr(self.server.log, name), Deferred[None](), itertools.count(1)

        def held(*words: Any, **more: Any) -> Deferred[Any]:
            if next(count) != 2:
                return read(*words, **more)
            return waiting.addCallback(lambda _: read(*words, **more))

        self.patch(self.server.log, name, held)

        def release() -> None:
            waiting.callback(None)
            self.server.settle()

        return release

    def test_what_is_taken_back_between_two_parts_is_not_shown(self) -> None:
        ann = self.server.irc("ann", "#tea", caps=f"{CAPS} draft/event-playback")
        for kind in ("read", "read_happenings"):
            release = self.holds_second(kind)
            ann.says("CHATHISTORY AROUND #tea msgid=tea/4 6").gets_nothing()
            self.bob.says("redact tea 1" if kind == "read" else "edit tea 2 tea").takes()
            release()
            told = texts(ann)
            self.assertNotIn("m1", told, kind)
            self.assertIn("m6", told, kind)
        self.assertNotIn("m2", told)

    def test_the_names_of_a_large_room_are_shown_while_an_answer_is_read(self) -> None:
        """Another session of the same person has joined it."""
        self.patch(people, "WHOLE", 2)
        self.bob.says("register s3cret", "create big")
        for nick in ("ann", "cat", "dan"):
            self.server.client(nick, "big")
        other = self.server.irc("other", caps=CAPS)
        protocol = other.protocol
        assert isinstance(protocol, IrcProtocol)
        protocol._ask_later(Ask(LogIn(Nick("bob"), "s3cret")))
        self.server.settle()
        other.takes()
        release = self.holds_second("read")
        other.says("CHATHISTORY AROUND #tea msgid=tea/4 2").gets_nothing()
        self.bob.protocol.dataReceived(b"join big\n")
        for _ in range(20):
            if protocol._pages is None:
                self.server.clock.turn()
        release()
        lines = other.takes()
        self.assertEqual(len([line for line in lines if " 366 bob #big " in line]), 1)
        self.assertIn("BATCH -h", "".join(lines))


class ReplayTests(HistoryTestCase):
    options = {"replayed": 2}

    def test_who_cannot_ask_is_shown_the_last_messages(self) -> None:
        """After the names: with the time in front, or as a tag in a batch."""
        at = self.at
        ann = self.server.irc("ann").says("JOIN #tea")
        lines = ann.gets_numerics("JOIN", "353", "366", "PRIVMSG", "PRIVMSG")
        self.assertRegex(lines[-1], r"^:bob!line@\S+ PRIVMSG #tea :\[10:00\] m6$")
        eve = self.server.irc("eve", caps="batch server-time").says("JOIN #tea")
        lines = eve.gets_numerics("JOIN", "353", "366", "BATCH", "PRIVMSG", "PRIVMSG", "BATCH")
        self.assertRegex(lines[-2], rf"^@batch=h;time={at[6]} :bob!\S+ PRIVMSG #tea :m6$")

    def test_who_can_ask_is_shown_nothing(self) -> None:
        eve = self.server.irc("eve", caps="draft/chathistory").says("JOIN #tea")
        eve.gets_numerics("JOIN", "353", "366")

    def test_what_may_not_be_read_is_not_replayed(self) -> None:
        self.bob.says(
            "register s3cret", "create den", "join den", "set den history joined", "send den old"
        )
        self.server.irc("ann").says("JOIN #den").gets_numerics("JOIN", "353", "366")


class ReplayAtTheBeginning(TestCase):
    def test_the_lobby_is_replayed_too(self) -> None:
        """Also a room that one has not asked for is replayed."""
        server = IrcServer(self, lobby="lobby", replayed=5)
        server.client("bob").says("send lobby one", "send lobby two")
        ann = server.raw().says("NICK ann", "USER ann 0 * :Ann")
        server.clock.advance(0)
        self.assertEqual(texts(ann)[-2:], ["one", "two"])


class MarkreadTests(HistoryTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.ann = self.server.irc("ann", "#tea", caps="draft/read-marker")

    def test_a_marker_is_set_and_shown_and_only_rises(self) -> None:
        at = self.at
        for words, expected in (
            ("#TEA", "#tea *"),
            (f"#Tea timestamp={at[3]}", f"#tea timestamp={at[3]}"),
            (f"#tea timestamp={at[2]}", f"#tea timestamp={at[3]}"),
            ("#tea", f"#tea timestamp={at[3]}"),
            ("#tea timestamp=2030-01-01T00:00:00.000Z", f"#tea timestamp={at[6]}"),
            ("bob", "bob *"),
            (f"bob timestamp={at[3]}", f"bob timestamp={at[3]}"),
        ):
            self.ann.says(f"MARKREAD {words}").gets(f":irc.test MARKREAD {expected}")

    def test_what_cannot_be_marked(self) -> None:
        at = self.at
        for words, code in (
            ("", "NEED_MORE_PARAMS :Missing parameters"),
            ("#tea *", "INVALID_PARAMS #tea * :Invalid parameters"),
            ("#tea timestamp=now", "INVALID_PARAMS #tea timestamp=now :Invalid parameters"),
            (f"#milk timestamp={at[3]}", "INVALID_PARAMS #milk :Invalid parameters"),
        ):
            self.ann.says(f"MARKREAD {words}".strip()).gets(f":irc.test FAIL MARKREAD {code}")

    def test_a_marker_is_shown_before_the_names(self) -> None:
        at = self.at
        self.ann.says(f"MARKREAD #tea timestamp={at[3]}", "PART #tea", "JOIN #tea")
        lines = self.ann.gets_numerics("MARKREAD", "PART", "JOIN", "MARKREAD", "353", "366")
        self.assertEqual(lines[3], f":irc.test MARKREAD #tea timestamp={at[3]}")

    def test_other_sessions_of_one_are_told_and_what_was_noted_is_shown_at_a_login(self) -> None:
        """After a restart nothing is known but what was noted with the membership."""
        self.logs_in(self.ann, Register("s3cret"))
        self.server.passes(61)
        self.server.hub.manager.state.markers = Markers()
        other = self.server.irc("other", caps="draft/read-marker")
        self.logs_in(other, LogIn(Nick("ann"), "s3cret"))
        shown = [line for line in other.takes() if "MARKREAD" in line]
        noted = f":irc.test MARKREAD #tea timestamp={self.at[6]}"
        self.assertEqual(shown, [":irc.test MARKREAD #tea *", noted])
        self.assertIn(noted, self.ann.takes())
        self.ann.says(f"MARKREAD #tea timestamp={self.server.now}").takes()
        other.gets(f":irc.test MARKREAD #tea timestamp={self.server.now}")

    def logs_in(self, client: Client, command: Command) -> None:
        protocol = client.protocol
        assert isinstance(protocol, IrcProtocol)
        protocol._ask_later(Ask(command))
        self.server.settle()

    def test_the_marker_of_somebody_else_is_another_one(self) -> None:
        at = self.at
        self.ann.says(f"MARKREAD #tea timestamp={at[3]}").takes()
        eve = self.server.irc("eve", "#tea", caps="draft/read-marker")
        eve.says("MARKREAD #tea").gets(":irc.test MARKREAD #tea *")
        self.ann.says("QUIT").takes()
        other = self.server.irc("ann", "#tea", caps="draft/read-marker")
        other.says("MARKREAD #tea").gets(":irc.test MARKREAD #tea *")
