"""redact and edit at the line door: who is told what, and what later readers get."""

from twisted.trial.unittest import TestCase

from chatsvc.core.names import RoomName
from chatsvc.ports import LogError
from tests.protocols.conversation import NOW, Server
from tests.protocols.test_slow_readers import BIG, ENOUGH

GONE = f"said-redacted a 1 {NOW} ann {NOW} ann"
NEW = f"said-edited a 2 {NOW} ann {NOW} ann new  text"


class CorrectionTests(TestCase):
    def setUp(self) -> None:
        self.server = Server(self)
        self.ann, self.bob = self.server.client("ann", "a"), self.server.client("bob", "a")
        self.ann.says("send a #k one", "send a two")
        self.server.forget()

    def change(self) -> None:
        """Let ann take 1 back and edit 2."""
        self.ann.says("redact a 1", "edit a 2 new  text")

    def test_members_are_told_once_it_is_done(self) -> None:
        self.change()
        told = ["* redacted a 1 ann", f"* edited a 2 {NOW} ann new  text"]
        self.ann.gets("+ redacted a 1", told[0], "+ edited a 2", told[1])
        self.bob.gets(*told)

    def test_history_shows_that_it_was_done_and_has_no_hole(self) -> None:
        self.change()
        self.server.forget()
        self.bob.says("history a").gets(f"= {GONE}", f"= {NEW}", "+ history a 2")
        self.bob.says("history a 1 before 2").gets(f"= {GONE}", "+ history a 1")

    def test_search_finds_what_is_there_now(self) -> None:
        self.change()
        self.server.forget()
        self.bob.says("search a one").gets("+ search a 0")
        self.bob.says("search a two").gets("+ search a 0")
        self.bob.says("search a text").gets(f"= {NEW}", "+ search a 1")

    def test_who_resumes_gets_the_texts_as_they_are_now(self) -> None:
        self.change()
        self.server.forget()
        self.bob.says("join a since 0").gets("+ join a 2 2", f"* {GONE}", f"* {NEW}")

    def test_a_slow_reader_gets_the_texts_as_they_are_now(self) -> None:
        self.bob.stops_reading()
        for _ in range(ENOUGH + 50):
            self.ann.says(f"send a {BIG}")
        last = ENOUGH + 52
        self.ann.says(f"redact a {last}", f"edit a {last - 1} small")
        lines = self.bob.reads_on().takes()
        self.assertEqual(lines[-3], f"* said-edited a {last - 1} {NOW} ann {NOW} ann small")
        self.assertEqual(lines[-2], f"* said-redacted a {last} {NOW} ann {NOW} ann")
        self.assertEqual(lines[-1], f"* resumed a {last} 2", "it may have missed such events")

    def test_a_client_id_stays_used(self) -> None:
        self.change()
        self.ann.takes()
        self.ann.says("send a #k one").gets("+ sent a 1")

    def test_nobody_else_may_and_nothing_comes_back(self) -> None:
        self.change()
        self.server.forget()
        self.bob.says("redact a 2").gets_error("not-allowed")
        self.ann.says("redact a 1").gets_error("no-such-message")
        self.ann.says("edit a 1 back").gets_error("no-such-message")
        self.ann.says("redact a 3").gets_error("no-such-message")
        self.ann.says("redact a 2").gets("+ redacted a 2", "* redacted a 2 ann")

    def test_two_who_change_one_message_at_once(self) -> None:
        self.server.log.hold()
        self.ann.says("redact a 1")
        second = self.server.client("ann2")
        second.says("quit")
        self.ann.says("edit a 1 x", "ping").gets_nothing()
        self.server.log.release()
        ann = self.ann.takes()
        self.assertEqual(ann[:2], ["+ redacted a 1", "* redacted a 1 ann"])
        self.assertEqual(ann[2].split(" ")[1], "no-such-message")
        self.assertEqual(ann[3:], ["+ pong"])

    def test_a_change_that_was_decided_before_another_one_was_recorded(self) -> None:
        owner = self.server.client("olga")
        owner.says("create b", "join b", "send b x")
        author = self.server.client("carl", "b")
        author.says("send b y")
        self.server.forget()
        self.server.log.hold()
        author.says("redact b 2")
        owner.says("redact b 2")
        self.server.log.release()
        author.gets("+ redacted b 2", "* redacted b 2 carl")
        lines = owner.takes()
        self.assertEqual(lines[0], "* redacted b 2 carl")
        self.assertEqual([line.split(" ")[1] for line in lines[1:]], ["no-such-message"])

    def test_people_talk_on_while_a_change_is_under_way(self) -> None:
        self.server.log.hold()
        self.ann.says("redact a 1")
        self.bob.says("send a meanwhile")
        self.server.log.release()
        self.bob.gets("* redacted a 1 ann", "+ sent a 3", f"* said a 3 {NOW} bob meanwhile")

    def test_a_change_that_the_disk_refuses(self) -> None:
        self.server.log.fail_next()
        self.ann.says("redact a 1").gets_error("storage")
        self.server.log.fail_reads(LogError("Broken."))
        self.ann.says("redact a 1").gets_error("storage")
        self.server.log.fail_reads(None)
        self.bob.says("history a 1 before 2").gets(f"= said a 1 {NOW} ann one", "+ history a 1")

    def test_a_room_that_is_deleted_while_a_message_is_changed(self) -> None:
        eve = self.server.client("eve")
        eve.says("create c", "join c", "send c x")
        self.server.forget()
        self.server.log.hold()
        eve.says("delete c")
        self.ann.says("redact c 1")
        self.server.log.release()
        eve.gets("+ deleted c", "* deleted c eve")
        self.ann.gets_error("no-such-room")


class OverlapTests(TestCase):
    """What was read before a change is not shown after it."""

    def test_what_is_read_while_a_message_is_changed(self) -> None:
        rewrites = Server(self).hub._delivery.rewrites
        from chatsvc.core.events import Edited, Redacted, Said

        room = RoomName("a")
        messages = [Said(room, number, 1, "ann", "old", "", 7) for number in (1, 2, 3)]
        with rewrites.watch() as watch:
            self.assertEqual(watch.as_now(messages), messages)
            rewrites.note(Edited(room, 1, 5, "ann", "new", 7))
            rewrites.note(Edited(room, 2, 5, "ann", "new", 7))
            rewrites.note(Redacted(room, 2, 6, "ann", 7))
            rewrites.note(Redacted(room, 3, 6, "ann", 8))
            texts = [said.text for said in watch.as_now(messages)]
        self.assertEqual(texts, ["new", "", "old"])
        rewrites.note(Redacted(room, 1, 7, "ann", 7))
        self.assertEqual(watch.as_now(messages)[0].text, "new", "nobody watches any more")


class AuthorTests(TestCase):
    """bob, a guest, said 1 and has gone; the name is free."""

    def setUp(self) -> None:
        self.server = Server(self)
        self.ann = self.server.client("ann", "a")
        bob = self.server.client("bob", "a")
        bob.says("send a one").hangs_up()
        self.server.passes(1)
        self.bob = self.server.client("bob", "a")
        self.server.forget()

    def refused(self, number: int) -> None:
        self.bob.says(f"edit a {number} x").gets_error("not-allowed")
        self.bob.says(f"redact a {number}").gets_error("not-allowed")

    def changed(self, number: int) -> None:
        self.bob.says(f"edit a {number} x")
        self.assertEqual(self.bob.takes()[0], f"+ edited a {number}")

    def again(self) -> None:
        """Let bob come back with another connection."""
        self.bob.hangs_up()
        self.server.passes(1)
        self.bob = self.server.client()
        self.bob.says("login bob s3cret")
        self.server.forget()

    def test_nobody_registers_the_words_of_an_earlier_guest(self) -> None:
        self.bob.says("register s3cret").gets("+ registered bob")
        self.refused(1)
        self.again()
        self.refused(1)

    def test_who_registers_stays_the_author_of_what_they_just_said(self) -> None:
        self.bob.says("send a two", "register s3cret", "send a three").takes()
        self.changed(2)
        self.server.passes(1)
        self.again()
        self.changed(3)

    def test_another_spelling_changes_no_author(self) -> None:
        self.bob.says("send a two")
        self.server.passes(1)
        self.bob.says("nick BOB").takes()
        self.changed(2)
        self.bob.says("register s3cret", "send a three")
        self.server.passes(1)
        self.bob.says("nick Bob").takes()
        self.changed(3)

    def test_who_takes_the_name_of_a_dropped_account_has_none_of_its_words(self) -> None:
        self.bob.says("register s3cret", "send a two", "drop s3cret")
        code = self.bob.takes()[-1].split()[2]
        self.bob.says(f"drop s3cret {code}").takes()
        self.changed(2)
        self.bob.hangs_up()
        self.server.passes(1)
        self.bob = self.server.client("bob", "a")
        self.bob.says("register s3cret").takes()
        self.refused(2)
