"""The command table: what a client can type, once and for all."""

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.wire.table import BY_NAME, VERBS


class TableTests(SynchronousTestCase):
    def test_no_spelling_belongs_to_two_verbs(self):
        spellings = [name for verb in VERBS for name in (verb.name, *verb.aliases)]
        self.assertEqual(len(set(spellings)), len(spellings))
        self.assertEqual(set(BY_NAME), set(spellings))

    def test_spellings_are_lower_case_words(self):
        for name in BY_NAME:
            self.assertRegex(name, r"\A[a-z0-9_-]+\Z")

    def test_a_syntax_begins_with_its_verb(self):
        for verb in VERBS:
            self.assertEqual(verb.syntax.split()[0], verb.name)

    def test_a_summary_is_one_sentence(self):
        for verb in VERBS:
            self.assertTrue(verb.summary[0].isupper() and verb.summary.endswith("."), verb.name)
