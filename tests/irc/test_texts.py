"""What IRC clients put into texts is taken out, kept, or told apart."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.errors import BadText
from chatsvc.core.text import check_text
from chatsvc.irc.texts import (
    Manner,
    Spoken,
    format_action,
    format_ctcp,
    parse_spoken,
    plain,
    split_text,
)

texts = st.text(st.characters(codec="utf-8"), max_size=80)


class FormattingTests(SynchronousTestCase):
    """Formatting codes go, the text stays."""

    def test_every_code(self) -> None:
        """Bold, italics, colours with their numbers ... leave the text as it reads."""
        cases = {
            "\x02bold\x02 \x1ditalic\x0f": "bold italic",
            "\x0304,12red\x03 5 \x03,1": "red 5 ,1",
            "\x03123": "3",
            "\x04ff0000,00FF00hex": "hex",
            "\x1funder\x1estrike\x11mono\x16reverse": "understrikemonoreverse",
            "a\tb\x07": "a b",
            "plain": "plain",
        }
        for written, shown in cases.items():
            self.assertEqual(plain(written), shown)

    def test_other_control_characters_are_refused_by_the_core(self) -> None:
        """An escape or a line break is not taken out: who sends one is told."""
        for character in "\x00\x1b\n\r\x7f\x9b\u202e":
            self.assertRaises(BadText, check_text, plain(f"a{character}b"))

    @given(texts)
    def test_nothing_of_a_code_stays(self, text: str) -> None:
        """What is left holds no formatting code, and is left as it is the next time."""
        left = plain(text)
        self.assertFalse(set(left) & set("\x01\x02\x03\x04\x07\t\x0f\x11\x16\x1d\x1e\x1f"))
        self.assertEqual(plain(left), left)


class CtcpTests(SynchronousTestCase):
    """CTCP messages are told from others."""

    def test_manners(self) -> None:
        """An action, a request, one without its end, and what only looks like one."""
        cases = {
            "\x01ACTION is testing\x01": Spoken(Manner.ACTION, "is testing", ""),
            "\x01action \x02waves": Spoken(Manner.ACTION, "waves", ""),
            "\x01PING 123 4\x01": Spoken(Manner.CTCP, "123 4", "PING"),
            "\x01VERSION\x01": Spoken(Manner.CTCP, "", "VERSION"),
            "\x01": Spoken(Manner.MESSAGE, ""),
            "\x01\x01": Spoken(Manner.MESSAGE, ""),
            "\x01 x\x01": Spoken(Manner.MESSAGE, " x"),
            "a\x01ACTION b\x01": Spoken(Manner.MESSAGE, "aACTION b"),
            "\x01A\x01 \x01B\x01": Spoken(Manner.MESSAGE, "A B"),
            "\x01\x02\x01": Spoken(Manner.MESSAGE, ""),
        }
        for written, spoken in cases.items():
            self.assertEqual(parse_spoken(written), spoken, repr(written))

    def test_written_again(self) -> None:
        """What is passed on is what was sent."""
        for written in ("\x01PING 123 4\x01", "\x01VERSION\x01"):
            spoken = parse_spoken(written)
            self.assertEqual(format_ctcp(spoken.verb, spoken.text), written)
        self.assertEqual(format_action("waves"), "\x01ACTION waves\x01")

    @given(texts)
    def test_no_delimiter_is_left(self, text: str) -> None:
        """Whatever was sent, neither the verb nor the text has a delimiter in it."""
        for written in (text, f"\x01{text}", f"\x01{text}\x01"):
            spoken = parse_spoken(written)
            self.assertNotIn("\x01", spoken.text + spoken.verb)


class SplittingTests(SynchronousTestCase):
    """Long texts are cut into lines."""

    def test_at_spaces(self) -> None:
        """It is cut behind a space, unless that is too early."""
        self.assertEqual(split_text("one two three", 9), ["one two ", "three"])
        self.assertEqual(split_text("a bcdefghijkl", 8), ["a bcdefg", "hijkl"])

    def test_not_between_what_is_shown_as_one(self) -> None:
        """Marks stay with their letter, and families together."""
        self.assertEqual(split_text("abcde\u0301f", 6), ["abcd", "e\u0301f"])
        family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
        self.assertEqual(split_text(f"ab{family}", 19), ["ab", family])

    def test_a_pile_of_marks_is_cut_anyway(self) -> None:
        """Where nothing else helps, it is cut at any character."""
        pieces = split_text("e" + "\u0301" * 500, 100)
        self.assertLessEqual(max(len(piece.encode()) for piece in pieces), 100)

    @given(st.text(st.characters(codec="utf-8"), max_size=300), st.integers(4, 100))
    def test_nothing_is_lost(self, text: str, most: int) -> None:
        """The pieces make the text, and none but an empty text's is empty or too long."""
        pieces = split_text(text, most)
        self.assertEqual("".join(pieces), text)
        self.assertTrue(all(len(piece.encode()) <= most for piece in pieces))
        self.assertTrue(all(pieces) or not text)
