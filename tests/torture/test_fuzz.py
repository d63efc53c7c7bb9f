"""The reference and the grammar of the fuzzer know every command that there is."""

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.wire.table import BY_NAME, VERBS
from tests.torture.fuzz import trial
from tests.torture.grammar import SHAPES
from tests.torture.reference import ALIASES, PARSERS


class KnowledgeTests(SynchronousTestCase):
    names = {verb.name for verb in VERBS}

    def test_the_reference_parses_every_verb_and_no_other(self):
        self.assertEqual(set(PARSERS), self.names)

    def test_the_reference_knows_every_alias(self):
        self.assertEqual(set(ALIASES), set(BY_NAME) - self.names)

    def test_the_grammar_has_a_shape_for_every_verb_and_no_other(self):
        self.assertEqual(set(SHAPES), self.names)


class TrialTests(SynchronousTestCase):
    def test_some_streams_are_read_as_the_reference_reads_them(self):
        for number in range(5):
            self.assertGreater(trial(f"parser:test:{number}")["understood"], 0)

    def test_a_world_keeps_its_rules(self):
        self.assertGreater(trial("sessions:test:0")["inputs"], 0)
