"""Killed at three marked points, the server keeps its word; `make torture` has them all."""

import asyncio
from pathlib import Path

from twisted.trial.unittest import SkipTest, TestCase

from tests.end_to_end.server_process import temporary_folder
from tests.torture.crash import POINTS, torture
from tests.torture.crowd import Ledger
from tests.torture.servers import without_strace

SHORT = ("before the commit's fdatasync", "after the commit, before", "between acknowledgement")


class KillTests(TestCase):
    def test_nothing_that_was_told_is_lost_doubled_or_out_of_order(self):
        if reason := without_strace():
            raise SkipTest(reason)
        points = [point for point in POINTS if point.name.startswith(SHORT)]
        done = asyncio.run(torture(Path(temporary_folder(self)), points, len(points), 300, seed=1))
        ledger = done.ledger
        self.assertEqual(dict(done.reached), dict.fromkeys((point.name for point in points), 1))
        self.assertGreaterEqual(ledger.acknowledged, 300)
        self.assertEqual(
            [ledger.lost, ledger.doubled, ledger.holes, ledger.wrong, done.faults], [[]] * 5
        )


class LedgerTests(TestCase):
    """The clients' memory notices every way of breaking one's word."""

    def test_a_message_that_is_not_in_the_log_is_lost(self):
        ledger = Ledger()
        ledger.acknowledge("tea", 2, "b")
        ledger.compare("tea", {1: "a"})
        self.assertEqual(ledger.lost, ["tea 2 is not in the log"])

    def test_a_number_with_another_text_than_before_is_a_loss(self):
        ledger = Ledger()
        ledger.promise("tea", 1, "a")
        ledger.compare("tea", {1: "b"})
        self.assertEqual(len(ledger.lost), 1)

    def test_a_text_with_two_numbers_is_doubled(self):
        ledger = Ledger()
        ledger.acknowledge("tea", 1, "a")
        ledger.compare("tea", {1: "a", 2: "a"})
        self.assertEqual(len(ledger.doubled), 1)

    def test_a_missing_number_is_a_hole(self):
        ledger = Ledger()
        ledger.compare("tea", {1: "a", 3: "c"})
        self.assertEqual(len(ledger.holes), 1)
