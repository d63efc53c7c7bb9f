"""How something was said: many lines in one text, and what is shown of a manner."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.manner import BREAK, Manner, More, Piece, joined, pieces_of, shown

pieces = st.builds(Piece, st.sampled_from(["", "a", "b c", BREAK, f"a{BREAK}", " "]), st.booleans())


class MannerTests(SynchronousTestCase):
    def test_many_lines_are_one_text_with_a_sign_between_them(self) -> None:
        parts = [Piece("hello"), Piece("how is "), Piece("everyone?", is_joined=True)]
        text, more = joined(parts, Manner.MESSAGE, ())
        self.assertEqual(text, f"hello{BREAK}how is everyone?")
        self.assertEqual(more, More(breaks=(5,), joints=(15,)))

    @given(st.lists(pieces, min_size=1, max_size=8))
    def test_a_text_is_taken_apart_where_it_was_joined(self, parts: list[Piece]) -> None:
        first = Piece(parts[0].text)
        text, more = joined([first, *parts[1:]], Manner.MESSAGE, ())
        self.assertNotIn("\n", text)
        whole = [first, *(part for part in parts[1:] if part.text or not part.is_joined)]
        self.assertEqual(list(pieces_of(text, more)), whole)

    def test_another_text_has_no_lines(self) -> None:
        more = More(Manner.NOTICE, (("+a", "b"),), (1,), (2,))
        self.assertEqual(more.of_other_text(), More(Manner.NOTICE, (("+a", "b"),)))

    def test_what_says_nothing_is_none(self) -> None:
        self.assertIsNone(More().or_none())
        self.assertEqual(More(Manner.ACTION).or_none(), More(Manner.ACTION))

    def test_manners_are_shown_in_the_text(self) -> None:
        self.assertEqual(shown("waves", More(Manner.ACTION)), "* waves")
        self.assertEqual(shown("hi", More(Manner.NOTICE)), "(notice) hi")
        self.assertEqual(shown("hi", More(tags=(("+a", ""),))), "hi")
        self.assertEqual(shown("hi", None), "hi")
