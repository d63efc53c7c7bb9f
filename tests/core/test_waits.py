"""Waits after wrong tries grow, have an end, and are forgiven."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.waits import Growth


class GrowthTests(SynchronousTestCase):
    @given(st.integers(1, 1000), st.integers(1, 3600), st.integers(1, 500))
    def test_waits_grow_and_end(self, free: int, most: int, first: int) -> None:
        """The first wait is `first` seconds, unless that is too long; the last one `most`."""
        growth = Growth(free, most, 1, first)
        waits = [growth.wait(wrong) for wrong in range(growth.worst + 1)]
        self.assertEqual(waits, sorted(waits))
        self.assertEqual((waits[free - 1], waits[free]), (0, min(first, most)))
        self.assertEqual((waits[-1], growth.wait(growth.worst + 1)), (most, most))
        self.assertNotIn(most, waits[:-1])
