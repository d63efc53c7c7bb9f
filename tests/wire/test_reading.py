"""Understanding a server: rows gather into answers, and nothing it sends can harm a client."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core import events as e
from chatsvc.core import replies as r
from chatsvc.core.errors import NoSuchRoom, Refusal
from chatsvc.core.names import Nick, RoomName
from chatsvc.wire.reading import AnswerReader, Hello, ProtocolError

DEN = RoomName("den")
AT, TIME = 1_795_168_800_123, "2026-11-20T10:00:00.123Z"
SAID = e.Said(DEN, 41, AT, Nick("bob"), "hello")

line_starts = st.sampled_from(
    ["+ ", "- ", "* ", "= ", "+ join ", "+ sent ", "= said ", "= room ", "= user ", "= info ",
     "* said ", "* tell ", "* hello ", "+ list", "+ topic ", "+ info ", "* resumed "]
)  # fmt: skip


class Answers(SynchronousTestCase):
    def setUp(self):
        self.reader = AnswerReader()

    def read(self, *lines: str) -> list[object]:
        """Return what each line completes."""
        return [self.reader.read(line) for line in lines]

    def test_rows_wait_for_the_last_line_of_their_answer(self):
        self.assertEqual(
            self.read(f"= said den 41 {TIME} bob hello", "+ history den 1", "+ history den 0"),
            [None, r.History(DEN, (SAID,)), r.History(DEN, ())],
        )

    def test_an_event_between_rows_does_not_disturb_them(self):
        self.assertEqual(
            self.read(f"= said den 41 {TIME} bob hello", "* joined den ann", "+ search den 1"),
            [None, e.Joined(DEN, Nick("ann")), r.SearchResult(DEN, (SAID,))],
        )

    def test_a_refusal_drops_the_rows_before_it(self):
        refusal = '- no-such-room There is no room called "den".'
        found = self.read(f"= said den 41 {TIME} bob hello", refusal, "+ history den 0")
        self.assertEqual(found, [None, NoSuchRoom("den"), r.History(DEN, ())])

    def test_a_refusal_with_an_unknown_code_is_still_one(self):
        (found,) = self.read("- brand-new Something new.")
        self.assertIsInstance(found, Refusal)

    def test_an_event_of_a_later_server_is_passed_over(self):
        self.assertEqual(self.read("* sparkled den ann"), [None])

    def test_a_greeting_says_who_speaks(self):
        self.assertEqual(
            self.read('* hello chatsvc/1 "Friday server" - say: nick NAME, then: help'),
            [Hello("chatsvc/1", "Friday server")],
        )

    def test_a_server_of_another_protocol_is_refused(self):
        for line in ("* hello chatsvc/2 - hi", "* hello", "* hello irc"):
            self.assertRaises(ProtocolError, self.read, line)

    def test_a_line_that_the_protocol_does_not_have_is_refused(self):
        for line in (
            "",
            "hello",
            "+",
            "=",
            "+ brewed coffee",
            "= tea leaf",
            "+ sent den",
            "+ sent den many",
            "+ join den 1",
            "* said den 41 yesterday bob hello",
            "* joined den",
            "+ info den",
            "= user ann online - line",
        ):
            self.assertRaises(ProtocolError, AnswerReader().read, line)

    def test_the_quoted_part_of_a_bad_line_is_short(self):
        error = self.assertRaises(ProtocolError, self.read, "x" * 5000)
        self.assertLess(len(str(error)), 200)

    def test_what_a_hostile_server_sends_is_cleaned(self):
        self.assertEqual(
            self.read(f"* said den 41 {TIME} bob \x1b[2J\u202ehello"),
            [e.Said(DEN, 41, AT, Nick("bob"), "\ufffd[2J\ufffdhello")],
        )

    @given(st.lists(st.text(max_size=60) | st.builds(str.__add__, line_starts, st.text())))
    def test_any_lines_are_understood_or_refused(self, lines: list[str]):
        reader = AnswerReader()
        for line in lines:
            try:
                reader.read(line)
            except ProtocolError:
                continue
