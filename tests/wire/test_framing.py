"""Cutting a stream of bytes into lines."""

import re

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.wire.framing import LineBuffer, TooLong
from tests.wire.chunks import Lines, cut_up, every_cut, lines_of

LIMIT = 8
LONG = TooLong.LINE
ENDINGS = (b"\n", b"\r\n", b"\r\0")
CRITICAL = b"ab\r\n\0\xff\xfa\xf0\xfb\xfe\x01 "
"""Bytes that mean something to the buffer, and a few that do not."""

streams = st.binary(max_size=60) | st.lists(st.sampled_from(CRITICAL), max_size=60).map(bytes)


class LineEnds(SynchronousTestCase):
    def assertLines(self, data: bytes, *lines: bytes | TooLong, limit: int = LIMIT) -> None:
        """Check what `data` gives, however it is cut."""
        for chunks in every_cut(data):
            self.assertEqual(lines_of(chunks, limit), list(lines), chunks)

    def test_each_line_end_ends_a_line(self):
        for ending in ENDINGS:
            self.assertLines(b"one" + ending + b"two" + ending, b"one", b"two")

    def test_line_ends_may_be_mixed(self):
        self.assertLines(b"1\n2\r\n3\r\x004\n", b"1", b"2", b"3", b"4")

    def test_a_line_without_its_end_is_not_given_out(self):
        self.assertLines(b"one\ntw", b"one")
        self.assertLines(b"one\r", *[])

    def test_empty_lines_are_dropped(self):
        for ending in ENDINGS:
            self.assertLines(ending * 3 + b"one" + ending * 2, b"one")

    def test_of_two_carriage_returns_before_a_line_end_one_is_text(self):
        for ending in (b"\n", b"\0"):
            self.assertLines(b"a\r\r" + ending, b"a\r")

    def test_a_carriage_return_inside_a_line_stays(self):
        self.assertLines(b"a\rb\n", b"a\rb")

    def test_a_zero_byte_inside_a_line_stays(self):
        self.assertLines(b"a\0b\n\0\n", b"a\0b", b"\0")

    def test_every_other_byte_arrives_as_it_is(self):
        line = bytes(byte for byte in range(256) if byte not in b"\r\n\xff")
        self.assertEqual(lines_of([line + b"\n"], 300), [line])

    def test_row_e12_a_line_may_be_as_long_as_the_limit_and_no_longer(self):
        """Row E12: a line one byte over the limit is reported, and the next one is fine."""
        for ending in ENDINGS:
            for length in (LIMIT - 1, LIMIT):
                self.assertLines(b"x" * length + ending + b"ok\n", b"x" * length, b"ok")
            for length in (LIMIT + 1, LIMIT + 2, LIMIT * 5):
                self.assertLines(b"x" * length + ending + b"ok\n", LONG, b"ok")

    def test_a_line_that_is_too_long_is_reported_before_it_ends_and_once(self):
        buffer = LineBuffer(LIMIT)
        self.assertEqual(buffer.feed(b"x" * LIMIT), [])
        self.assertEqual(buffer.feed(b"x"), [LONG])
        for _ in range(3):
            self.assertEqual(buffer.feed(b"x" * LIMIT), [])
        self.assertEqual(buffer.feed(b"x\r"), [])
        self.assertEqual(buffer.feed(b"\0ok\n"), [b"ok"])

    def test_each_line_that_is_too_long_is_reported(self):
        self.assertLines((b"x" * 20 + b"\n") * 3 + b"ok\n", LONG, LONG, LONG, b"ok")

    def test_a_carriage_return_counts_unless_it_belongs_to_the_line_end(self):
        self.assertLines(b"x" * LIMIT + b"\r\r\nok\n", LONG, b"ok")
        self.assertLines(b"x" * LIMIT + b"\ry\nok\n", LONG, b"ok")
        self.assertLines(b"x" * (LIMIT - 1) + b"\r\r\n", b"x" * (LIMIT - 1) + b"\r")

    def test_a_zero_byte_after_a_line_that_is_too_long_is_no_line_end_alone(self):
        self.assertLines(b"x" * 20 + b"\0x\nok\n", LONG, b"ok")


class AnyBytes(SynchronousTestCase):
    @given(streams, st.data())
    def test_how_a_stream_is_cut_never_matters(self, stream: bytes, data: st.DataObject):
        whole = lines_of([stream], LIMIT)
        self.assertEqual(lines_of(data.draw(cut_up(stream)), LIMIT), whole)
        self.assertEqual(lines_of([bytes([byte]) for byte in stream], LIMIT), whole)

    @given(streams)
    def test_a_line_holds_no_line_end_and_keeps_to_the_limit(self, stream: bytes):
        for line in lines_of([stream], LIMIT):
            if line is not LONG:
                self.assertTrue(1 <= len(line) <= LIMIT)
                self.assertIsNone(re.search(rb"\n|\r\0", line))

    @given(
        st.lists(
            st.tuples(
                st.text(st.sampled_from("xyé€😀 "), max_size=8).map(str.encode),
                st.sampled_from(ENDINGS),
            ),
            max_size=8,
        )
    )
    def test_every_line_comes_out_once_and_in_order(self, written: list[tuple[bytes, bytes]]):
        stream = b"".join(line + ending for line, ending in written)
        expected: Lines = [line if len(line) <= LIMIT else LONG for line, _ in written if line]
        self.assertEqual(lines_of([stream], LIMIT), expected)

    @given(streams)
    def test_after_any_stream_a_line_end_sets_all_right(self, stream: bytes):
        buffer = LineBuffer(LIMIT)
        buffer.feed(stream)
        buffer.feed(b"\n")
        self.assertEqual(buffer.feed(b"ok\n"), [b"ok"])
