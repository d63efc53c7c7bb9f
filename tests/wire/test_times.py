"""Times go out as text and come back the same."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.wire.times import format_time, parse_time

YEAR_1 = -62_135_596_800_000
YEAR_9999 = 253_402_300_799_999


class TimeTests(SynchronousTestCase):
    def test_time_is_utc_with_milliseconds(self):
        self.assertEqual(format_time(1_795_168_800_123), "2026-11-20T10:00:00.123Z")
        self.assertEqual(format_time(0), "1970-01-01T00:00:00.000Z")
        self.assertEqual(format_time(7), "1970-01-01T00:00:00.007Z")

    @given(st.integers(YEAR_1, YEAR_9999))
    def test_every_time_comes_back(self, milliseconds: int):
        self.assertEqual(parse_time(format_time(milliseconds)), milliseconds)

    def test_times_that_are_no_times(self):
        for text in (
            "",
            "now",
            "2026-11-20",
            "2026-11-20T10:00:00Z",
            "2026-11-20 10:00:00.123Z",
            "2026-11-20T10:00:00.123",
            "2026-11-20T10:00:00.123Z\n",
            "2026-13-20T10:00:00.123Z",
            "2026-11-20T25:00:00.123Z",
            "٢٠٢٦-11-20T10:00:00.123Z",
        ):
            self.assertRaises(ValueError, parse_time, text)

    def test_time_after_the_year_9999_overflows(self):
        self.assertRaises(OverflowError, format_time, YEAR_9999 + 1)
