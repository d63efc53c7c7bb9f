"""One way to cut text into terms, for what is said and for what is searched."""

import re

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.storage.terms import holds_all, search_line, search_phrases, search_terms


class TermTests(SynchronousTestCase):
    def test_examples(self):
        for text, terms in (
            ("", []),
            ("!?", []),
            ("Hello, World_2", ["hello", "world", "2"]),
            ("naïve café", ["naive", "cafe"]),
            ("日本語ABC", ["日", "本", "語", "abc"]),
            ("한국어", ["한", "국", "어"]),
            ("ﾊﾟﾝ", ["パ", "ン"]),
            ("人々は、", ["人", "々", "は"]),
            ("co\u00adoperate", ["cooperate"]),
            ("שָׁלוֹם", ["שלום"]),
            ("ﬁne ²", ["fine", "2"]),
            ("🎉 1️⃣", ["1"]),
        ):
            self.assertEqual(search_terms(text), terms, text)

    def test_phrases_are_named_once(self):
        self.assertEqual(search_phrases("tea  Tea e.g. !"), ["tea", "e g"])

    @given(st.text())
    def test_terms_hold_nothing_that_the_index_would_split_at(self, text: str):
        for term in search_terms(text):
            self.assertIsNone(re.search(r"[\x00-/:-@\[-`{-\x7f\s]", term))

    @given(st.text())
    def test_terms_of_a_line_of_terms_are_the_same(self, text: str):
        self.assertEqual(search_line(search_line(text)), search_line(text))

    @given(st.text(), st.text(), st.text())
    def test_text_holds_every_word_of_it(self, before: str, word: str, after: str):
        self.assertTrue(holds_all(search_phrases(word), f"{before} {word} {after}"))

    @given(st.text())
    def test_case_does_not_matter(self, text: str):
        self.assertEqual(search_terms(text.casefold()), search_terms(text))


class PileTests(SynchronousTestCase):
    def test_of_a_pile_of_marks_a_part_is_left_out_and_letters_stay(self):
        """Putting marks in order takes quadratic time, so no more than 30 are."""
        for marks in ("\u0315\u0300", "\u0f73", "\u0327\uff9e", "\u09bc\u09cd"):
            terms = search_terms("x" + marks * 50_000 + "y z")
            self.assertEqual(terms[-1], "z")
            self.assertEqual((terms[0][0], terms[-2][-1]), ("x", "y"))
            self.assertLess(sum(map(len, terms)), 100)

    def test_a_long_text_without_piles_has_all_its_terms(self):
        self.assertEqual(search_terms("zoe\u0301 が か\u3099 " * 100), ["zoe", "が", "が"] * 100)
