"""The fuzzer of the IRC door runs, and finds nothing in a few trials."""

from twisted.trial.unittest import SynchronousTestCase

from tests.torture.irc_fuzz import trial


class TrialTests(SynchronousTestCase):
    def test_a_world_keeps_its_rules(self) -> None:
        for number in range(2):
            self.assertGreater(trial(f"test:{number}")["inputs"], 0)
