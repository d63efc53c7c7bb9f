"""The bell of the threads: one bad call does not silence the others."""

import os

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from chatsvc.storage.bell import EventBell


class Watcher:
    """A reactor that watches nothing by itself."""

    def addReader(self, reader: object) -> None:
        """Take a reader."""

    def removeReader(self, reader: object) -> None:
        """Forget a reader."""


class EventBellTests(SynchronousTestCase):
    def test_call_that_raises_is_logged_and_the_next_is_done(self):
        if not hasattr(os, "eventfd"):
            raise SkipTest("no eventfd")
        bell = EventBell(Watcher())
        self.addCleanup(bell.silence)
        heard: list[str] = []
        bell.ring(heard.append, "one")
        bell.ring([].remove, "what is not there")
        bell.ring(heard.append, "two")
        bell.doRead()
        self.assertEqual(heard, ["one", "two"])
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
