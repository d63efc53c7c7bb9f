"""The fuzzer of the IRC door knows every command, and finds nothing in a few trials."""

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.irc.commands import COMMANDS
from tests.torture.irc_fuzz import trial
from tests.torture.irc_grammar import SHAPES


class KnowledgeTests(SynchronousTestCase):
    def test_the_grammar_has_a_shape_for_every_command(self) -> None:
        self.assertEqual(set(COMMANDS) - set(SHAPES), set())


class TrialTests(SynchronousTestCase):
    def test_a_world_keeps_its_rules(self) -> None:
        self.assertGreater(trial("test:0")["inputs"], 0)
