"""What the service does to the process that it is in."""

import gc

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.serving import collected_once


class CollectedOnceTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.addCleanup(gc.unfreeze)

    def test_what_was_made_at_the_start_is_not_looked_at_again(self) -> None:
        before = gc.get_freeze_count()
        with collected_once():
            self.assertFalse(gc.isenabled())
            made = [[number] for number in range(1000)]
        self.assertGreaterEqual(gc.get_freeze_count() - before, len(made))
        self.assertTrue(gc.isenabled())

    def test_a_start_that_fails_leaves_things_as_they_were(self) -> None:
        with self.assertRaises(ValueError), collected_once():
            raise ValueError
        self.assertTrue(gc.isenabled())
