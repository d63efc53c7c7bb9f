"""Rows and paint: nothing is ever wider than asked, nothing steers the terminal."""

import re

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import TestCase
from wcwidth import wcswidth

from chatsvc.client.terminal.paint import Frame, Painter
from chatsvc.client.terminal.rows import Row, Span, Style, fit, nick_style, row_width, wrap

SPANS = st.lists(st.builds(Span, st.text(max_size=30), st.sampled_from(Style)), max_size=4)


def text_of(row: Row) -> str:
    return "".join(span.text for span in row)


class WrapTests(TestCase):
    """Lines are broken by columns, at blanks where there are any."""

    def wrapped(self, text: str, width: int, indent: int = 0) -> list[str]:
        return [text_of(row) for row in wrap([Span(text)], width, indent)]

    def test_at_blanks(self) -> None:
        """A row ends with a whole word."""
        self.assertEqual(["one two", "three"], self.wrapped("one two three", 9))

    def test_long_word(self) -> None:
        """A word longer than a row is broken anywhere."""
        self.assertEqual(["abcd", "efgh", "i"], self.wrapped("abcdefghi", 4))

    def test_wide(self) -> None:
        """A wide character is not cut in half."""
        self.assertEqual(["漢", "字"], self.wrapped("漢字", 3))

    def test_indent(self) -> None:
        """Later rows are indented, unless that would take too much."""
        self.assertEqual(["one", "  two"], self.wrapped("one two", 5, 2))
        self.assertEqual(["one", "two"], self.wrapped("one two", 4, 3))

    def test_empty(self) -> None:
        """An empty text is one empty row."""
        self.assertEqual([""], self.wrapped("", 5))

    @given(SPANS, st.integers(1, 20), st.integers(0, 8))
    def test_never_too_wide(self, spans: list[Span], width: int, indent: int) -> None:
        """No row is wider than asked, as wcwidth measures it, or holds a control character."""
        for row in [*wrap(spans, width, indent), fit(spans, width)]:
            self.assertLessEqual(row_width(row), width)
            for span in row:
                self.assertGreaterEqual(wcswidth(span.text), 0)
                self.assertFalse(any(ord(c) < 32 or 127 <= ord(c) < 160 for c in span.text))

    def test_nick_colours_are_stable(self) -> None:
        """A nick has the same colour everywhere."""
        self.assertEqual(nick_style("ann"), nick_style("ann"))


class PaintTests(TestCase):
    """Only what changed is drawn."""

    def frame(self, *texts: str, cursor: tuple[int, int] = (0, 0)) -> Frame:
        return Frame(20, tuple((Span(text, Style.MENTION),) for text in texts), cursor)

    def test_changed_rows_only(self) -> None:
        """A row that is on the screen already is not sent again."""
        painter = Painter(colour=True)
        painter.paint(self.frame("one", "two"))
        painted = painter.paint(self.frame("one", "three"))
        self.assertIn(b"\x1b[2H\x1b[K\x1b[1;33mthree\x1b[0m", painted)
        self.assertNotIn(b"one", painted)

    def test_nothing_new(self) -> None:
        """The same frame again costs nothing."""
        painter = Painter(colour=True)
        painter.paint(self.frame("one"))
        self.assertEqual(b"", painter.paint(self.frame("one")))

    def test_cursor_alone(self) -> None:
        """A moved cursor is moved."""
        painter = Painter(colour=True)
        painter.paint(self.frame("one"))
        self.assertIn(b"\x1b[1;3H", painter.paint(self.frame("one", cursor=(2, 0))))

    def test_forget(self) -> None:
        """After forgetting, everything is drawn."""
        painter = Painter(colour=True)
        painter.paint(self.frame("one"))
        painter.forget()
        self.assertIn(b"one", painter.paint(self.frame("one")))

    @given(SPANS)
    def test_without_colour(self, spans: list[Span]) -> None:
        """With colours off no SGR is sent at all."""
        painted = Painter(colour=False).paint(Frame(20, (fit(spans, 20),), (0, 0)))
        self.assertIsNone(re.search(rb"\x1b\[[0-9;]*m", painted))
