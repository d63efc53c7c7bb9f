"""When the disk fails or is slow, and when things happen at once: nobody sees what is not kept."""

from collections.abc import Sequence

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from chatsvc.core.events import DurableEvent
from chatsvc.ports import LogError, Recorded
from chatsvc.storage.memory import MemoryLog
from tests.protocols.conversation import NOW, Server

REFUSED = "- storage The disk with the log is full. Nothing was changed; try again."


class StorageFailureTests(TestCase):
    def setUp(self) -> None:
        self.server = Server(self)
        self.ann, self.bob = self.server.client("ann", "a"), self.server.client("bob", "a")
        self.server.forget()

    def test_the_sender_is_told_nobody_sees_it_and_the_next_one_works_without_a_hole(self) -> None:
        self.server.faulty.fail_next()
        self.ann.says("send a lost").gets(REFUSED)
        self.bob.gets_nothing()
        self.ann.says("send a kept").gets("+ sent a 1", f"* said a 1 {NOW} ann kept")
        self.bob.gets(f"* said a 1 {NOW} ann kept")

    def test_the_id_of_a_message_that_failed_may_be_used_again(self) -> None:
        self.server.faulty.fail_next()
        self.ann.says("send a #k x").gets(REFUSED)
        self.ann.says("send a #k x").gets("+ sent a 1", f"* said a 1 {NOW} ann x")

    def test_everything_of_a_failed_batch_is_refused_and_answers_keep_their_order(self) -> None:
        self.server.faulty.fail_next()
        self.ann.says("send a 1", "send a 2", "ping", "send a 3").gets(
            REFUSED, REFUSED, "+ pong", "+ sent a 1", f"* said a 1 {NOW} ann 3"
        )
        self.bob.gets(f"* said a 1 {NOW} ann 3")

    def test_a_room_that_could_not_be_kept_does_not_exist(self) -> None:
        self.server.faulty.fail_next()
        self.ann.says("create b").gets(REFUSED)
        self.bob.says("create b").gets("+ created b")

    def test_a_join_that_could_not_make_its_room_joins_nothing(self) -> None:
        self.server.faulty.fail_next()
        self.ann.says("join b").gets(REFUSED)
        self.ann.says("send b x").gets_error("no-such-room")

    def test_a_room_that_could_not_be_deleted_is_untouched(self) -> None:
        self.ann.says("create b", "join b")
        self.bob.says("join b")
        self.server.forget()
        self.server.faulty.fail_next()
        self.ann.says("delete b").gets(REFUSED)
        self.ann.says("send b x").gets("+ sent b 1", f"* said b 1 {NOW} ann x")
        self.bob.gets(f"* said b 1 {NOW} ann x")

    def test_a_topic_that_could_not_be_kept_is_not_shown(self) -> None:
        self.server.faulty.fail_next()
        self.ann.says("topic a x").gets(REFUSED)
        self.bob.gets_nothing()
        self.bob.says("topic a").gets("+ topic a")

    def test_a_nick_whose_lobby_could_not_be_made_is_still_free(self) -> None:
        server = Server(self, lobby="lobby")
        ann = server.client()
        ann.takes()
        server.faulty.fail_next()
        ann.says("nick ann").gets(REFUSED)
        ann.says("nick ann").gets("+ nick ann", "* joined lobby ann")

    def test_history_that_cannot_be_read_is_an_error_and_works_again_later(self) -> None:
        self.ann.says("send a x").takes()
        self.server.faulty.fail_reads(LogError("The disk is gone."))
        for line in ("history a", "search a x"):
            self.ann.says(line).gets("- storage The disk is gone. Nothing was changed; try again.")
        self.server.faulty.fail_reads(None)
        self.ann.says("history a").gets(f"= said a 1 {NOW} ann x", "+ history a 1")

    def test_a_bug_in_the_log_is_an_internal_error_and_is_written_down(self) -> None:
        self.server.faulty.fail_next(ZeroDivisionError("a bug"))  # type: ignore[arg-type]
        self.ann.says("send a x").gets_error("internal")
        self.ann.says("send a y").gets("+ sent a 1", f"* said a 1 {NOW} ann y")
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_a_vacant_room_that_could_not_be_removed_is_removed_later(self) -> None:
        self.ann.says("join b").takes()
        self.server.faulty.fail_next()
        self.ann.says("leave b").gets("+ left b")
        self.server.passes(6)
        self.assertEqual(self.ann.says("list").takes()[-1], "+ list 1")


class CommitInFlightTests(TestCase):
    def setUp(self) -> None:
        self.server = Server(self)
        self.ann, self.bob = self.server.client("ann", "a"), self.server.client("bob", "a")
        self.server.forget()
        self.server.faulty.hold()

    def test_nothing_is_shown_or_acknowledged_before_the_commit(self) -> None:
        self.ann.says("send a x").gets_nothing()
        self.bob.gets_nothing()
        self.server.faulty.release()
        self.ann.gets("+ sent a 1", f"* said a 1 {NOW} ann x")
        self.bob.gets(f"* said a 1 {NOW} ann x")

    def test_what_came_during_a_commit_is_one_commit_afterwards(self) -> None:
        self.ann.says("send a 1")
        for number in range(2, 20):
            self.ann.says(f"send a {number}")
            self.bob.says(f"send a b{number}")
        self.assertEqual(self.server.faulty.held, 1)
        self.server.faulty.release()
        self.assertEqual(len(self.bob.takes()), 19 + 18 + 18)

    def test_a_sender_who_disconnects_is_shown_with_its_message_then_leaves(self) -> None:
        self.ann.says("send a x")
        self.ann.hangs_up()
        self.bob.gets_nothing()
        self.server.faulty.release()
        self.bob.gets(f"* said a 1 {NOW} ann x", "* left a ann")

    def test_its_nick_is_free_once_it_has_left(self) -> None:
        self.ann.says("send a x")
        self.ann.hangs_up()
        self.server.faulty.release()
        self.bob.says("nick ann")
        self.assertIn("+ nick ann", self.bob.takes())

    def test_a_message_before_the_deletion_of_its_room_is_seen_before_it(self) -> None:
        self.ann.says("send a x")
        self.bob.says("create b", "join b", "delete b")
        self.ann.says("send a y")
        self.server.faulty.release()
        self.assertEqual(self.ann.takes()[-1], f"* said a 2 {NOW} ann y")

    def test_sending_to_a_room_that_is_being_deleted_is_refused(self) -> None:
        self.server.faulty.release()
        self.ann.says("create b", "join b")
        self.bob.says("join b")
        self.server.forget()
        self.server.faulty.hold()
        self.ann.says("delete b")
        self.bob.says("send b late")
        self.server.faulty.release()
        self.ann.gets("+ deleted b", "* deleted b ann")
        self.bob.gets("* deleted b ann", '- no-such-room There is no room called "b".')

    def test_a_message_and_the_deletion_of_its_room_in_one_batch(self) -> None:
        self.server.faulty.release()
        self.ann.says("create b", "join b")
        self.bob.says("join b")
        self.server.forget()
        self.server.faulty.hold()
        self.bob.says("send a x")
        self.bob.says("send b y")
        self.ann.says("delete b")
        self.server.faulty.release()
        self.bob.gets(
            "+ sent a 1",
            f"* said a 1 {NOW} bob x",
            "+ sent b 1",
            f"* said b 1 {NOW} bob y",
            "* deleted b ann",
        )
        self.ann.gets(
            f"* said a 1 {NOW} bob x",
            f"* said b 1 {NOW} bob y",
            "+ deleted b",
            "* deleted b ann",
        )

    def test_of_two_who_create_the_same_room_at_once_one_is_refused(self) -> None:
        self.ann.says("create b")
        self.bob.says("create b", "ping")
        self.server.faulty.release()
        self.ann.gets("+ created b")
        self.assertEqual([line.split(" ")[1] for line in self.bob.takes()], ["room-exists", "pong"])

    def test_of_two_who_make_rooms_that_look_the_same_at_once_one_is_refused(self) -> None:
        self.ann.says("create barn")
        self.bob.says("join BAM", "create bam2", "ping")
        self.server.faulty.release()
        self.ann.gets("+ created barn")
        answers = [line.split(" ")[1] for line in self.bob.takes()]
        self.assertEqual(answers, ["room-exists", "created", "pong"])
        self.ann.says("delete barn")
        self.bob.says("create bam")
        self.bob.gets("+ created bam")

    def test_of_two_who_join_a_missing_room_at_once_both_are_in_it(self) -> None:
        self.ann.says("join b")
        self.bob.says("join b")
        self.server.faulty.release()
        self.bob.gets("+ join b 0 2")
        self.ann.gets("+ join b 0 1", "* joined b bob")

    def test_joining_a_room_while_it_vanishes_makes_it_anew(self) -> None:
        self.server.faulty.release()
        self.ann.says("join b", "send b x")
        self.server.forget()
        self.server.faulty.hold()
        self.ann.says("leave b")
        self.bob.says("join b")
        self.server.faulty.release()
        self.bob.gets("+ join b 0 1")

    def test_a_creator_who_disconnects_leaves_the_room_behind(self) -> None:
        self.ann.says("create b")
        self.ann.hangs_up()
        self.server.faulty.release()
        self.assertIn("= room b 0 0", "\n".join(self.bob.says("list").takes()))

    def test_a_joiner_who_disconnects_leaves_no_ghost(self) -> None:
        self.ann.says("join b")
        self.ann.hangs_up()
        self.server.faulty.release()
        self.assertEqual(self.bob.says("who").takes()[-1], "+ who 1")
        self.assertEqual(self.bob.says("list").takes()[-1], "+ list 1")


class SameNickAtOnceTests(TestCase):
    """The first nick waits for the lobby to be made; meanwhile others want the same nick."""

    def setUp(self) -> None:
        self.server = Server(self, lobby="lobby")

    def test_of_two_newcomers_one_gets_it(self) -> None:
        one, two = self.server.client(), self.server.client()
        self.server.forget()
        self.server.faulty.hold()
        one.says("nick ann")
        two.says("nick ann")
        self.server.faulty.release()
        one.gets("+ nick ann", "* joined lobby ann")
        two.gets_error("nick-taken")

    def test_of_two_newcomers_with_nicks_that_look_the_same_one_gets_it(self) -> None:
        one, two = self.server.client(), self.server.client()
        self.server.forget()
        self.server.faulty.hold()
        one.says("nick tom")
        two.says("nick torn")
        self.server.faulty.release()
        one.gets("+ nick tom", "* joined lobby tom")
        two.gets(
            '- nick-taken The nick "torn" looks too much like "tom", who is here; "torn2" is free.'
        )

    def test_somebody_who_renames_meanwhile_gets_it_and_the_newcomer_is_refused(self) -> None:
        old = self.server.client("old", "a")
        old.says("leave lobby", "delete lobby")
        new = self.server.client()
        self.server.forget()
        self.server.faulty.hold()
        new.says("nick ann")
        old.says("nick ann").gets("+ nick ann")
        self.server.faulty.release()
        new.gets_error("nick-taken")
        new.says("nick eve").gets("+ nick eve", "* joined lobby eve")
        self.assertEqual(old.says("who").takes()[-1], "+ who 2")


class EarlyLog(MemoryLog):
    """A log that has what is appended at once, but says so only when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.is_holding = False
        self._answers: list[tuple[Deferred[list[Recorded]], list[Recorded]]] = []

    def append(self, events: Sequence[DurableEvent]) -> Deferred[list[Recorded]]:
        if not self.is_holding:
            return super().append(events)
        answer: Deferred[list[Recorded]] = Deferred()
        super().append(events).addCallback(
            lambda recorded: self._answers.append((answer, recorded))
        )
        return answer

    def release(self) -> None:
        self.is_holding = False
        answers, self._answers = self._answers, []
        for answer, recorded in answers:
            answer.callback(recorded)


class ReadBeforeToldTests(TestCase):
    def test_a_page_that_holds_what_is_not_announced_yet_doubles_nothing(self) -> None:
        """A reader's thread may see a commit before the writer's thread reports it."""
        log = EarlyLog()
        server = Server(self, log=log)
        ann = server.client("ann", "a")
        ann.says("send a 1", "send a 2")
        bob = server.client("bob")
        log.is_holding = True
        ann.says("send a 3")
        bob.says("join a since 0")
        log.release()
        bob.gets("+ join a 2 2", *(f"* said a {number} {NOW} ann {number}" for number in (1, 2, 3)))
