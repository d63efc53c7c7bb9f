"""Texts: what may be shown to others, and how the rest is cleaned."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.errors import BadText
from chatsvc.core.text import check_text, printable
from tests.core.strategies import texts

CONTROLS = [*range(0x20), *range(0x7F, 0xA0)]
DIRECTIONS = [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]
LINE_ENDS = [0x0A, 0x0B, 0x0C, 0x0D, 0x1C, 0x1D, 0x1E, 0x85, 0x2028, 0x2029]
HIDING = [0x206A, 0xFFF9, 0xFFFB, 0xE0001, 0xD800, 0xDFFF, 0xFDD0, 0xFFFE, 0x1FFFF, 0x10FFFF]
UNSAFE = [*CONTROLS, *DIRECTIONS, *LINE_ENDS, *HIDING]


class WhatMayBeShown(SynchronousTestCase):
    def test_ordinary_text_passes_unchanged(self):
        for text in (
            "hi",
            "  two  spaces  ",
            "don't \\n",
            "naïve café",
            "Привет",
            "你好",
            "a\u00a0b",
        ):
            self.assertEqual(check_text(text), text)

    def test_emoji_sequences_pass_unchanged(self):
        for text in ("👍🏽", "👨‍👩‍👧‍👦", "❤️", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇫🇷"):
            self.assertEqual(check_text(text), text)

    def test_text_written_from_right_to_left_passes_with_its_marks(self):
        for text in (
            "שלום עולם",
            "مرحبا",
            "C#\u200e שלום",
            "\u200fאב",
            "\u061c123",
            "می\u200cخواهم",
        ):
            self.assertEqual(check_text(text), text)

    def test_every_unsafe_character_is_refused_wherever_it_stands(self):
        for code in UNSAFE:
            for text in (f"{chr(code)}ab", f"a{chr(code)}b", f"ab{chr(code)}", f"é{chr(code)}"):
                refusal = self.assertRaises(BadText, check_text, text)
                self.assertIn(f"U+{code:04X}", refusal.sentence)

    def test_of_all_characters_these_are_refused_and_no_others(self):
        """By category and by code point; what only has no width may stand in a text."""
        refused = {"Cc", "Cs", "Zl", "Zp"}
        hiding = {*range(0x202A, 0x202F), *range(0x2066, 0x2070), *range(0xFFF9, 0xFFFC)}
        hiding |= {*range(0xE0000, 0xE0020), *range(0xFDD0, 0xFDF0)}
        hiding |= {plane * 0x10000 + last for plane in range(17) for last in (0xFFFE, 0xFFFF)}
        # Other planes hold letters, and nothing that is a category of these.
        codes = {*range(0x20000), *range(0xE0000, 0xE1000), *hiding}
        found = {code for code in codes if printable(chr(code)) != chr(code)}
        unsafe = {code for code in codes if unicodedata.category(chr(code)) in refused}
        self.assertEqual(found - {0xFFFD}, unsafe | hiding)

    def test_text_with_nothing_to_see_is_refused(self):
        for text in (
            "",
            " ",
            "\u00a0\u3000",
            "\u200b",
            "\u200d\u200d",
            "\ufeff",
            "\ufe0f",
            "\u0301",
        ):
            self.assertRaises(BadText, check_text, text)

    def test_text_of_blank_letters_is_refused(self):
        for text in ("\u3164", "\u115f\u1160", "\u2800 \u2800", "\uffa0"):
            self.assertRaises(BadText, check_text, text)

    def test_a_blank_letter_beside_a_visible_one_passes(self):
        self.assertEqual(check_text("\u2800x"), "\u2800x")

    @given(st.text())
    def test_any_text_passes_unchanged_or_is_refused(self, text: str):
        try:
            self.assertEqual(check_text(text), text)
        except BadText:
            return
        self.assertEqual(len(text.splitlines()), 1)
        self.assertNotIn("Cc", map(unicodedata.category, text))


class HowTextIsCleaned(SynchronousTestCase):
    def test_every_unsafe_character_becomes_a_replacement_mark(self):
        for code in UNSAFE:
            self.assertEqual(printable(f"a{chr(code)}b"), "a\ufffdb")

    @given(texts)
    def test_text_that_may_be_shown_is_left_alone(self, text: str):
        self.assertEqual(printable(text), text)

    @given(st.text())
    def test_cleaned_text_holds_no_control_character(self, text: str):
        cleaned = printable(text)
        self.assertEqual(len(cleaned), len(text))
        self.assertFalse({"Cc", "Cs", "Zl", "Zp"} & set(map(unicodedata.category, cleaned)))
