"""Names: what is one, when two are the same, and what to take instead of a taken one."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.errors import BadNick, BadRoom
from chatsvc.core.limits import LONGEST_NAME
from chatsvc.core.names import (
    Nick,
    new_room_name,
    nick_key,
    parse_nick,
    parse_room_name,
    room_key,
    suggest_nick,
)
from tests.core.strategies import nicks


class WhatIsAName(SynchronousTestCase):
    def test_letters_digits_and_some_marks_make_a_name(self):
        for name in ("ann", "Ann-Marie", "x.y", "_", "[bot]", "{x}^|`\\", "7of9", "名前", "Ёж"):
            self.assertEqual(parse_nick(name), name)
            self.assertEqual(parse_room_name(name), name)

    def test_placeholders_and_prefixes_of_the_wire_are_no_names(self):
        for name in ("-", "*", "+", "=", "@ann", "#room", "/x", ".x", "-x", "&x", "~x", '"x"'):
            self.assertRaises(BadNick, parse_nick, name)
            self.assertRaises(BadRoom, parse_room_name, name)

    def test_an_empty_name_is_refused(self):
        self.assertRaises(BadNick, parse_nick, "")
        self.assertRaises(BadRoom, parse_room_name, "")

    def test_space_of_any_kind_is_not_part_of_a_name(self):
        for space in " \t\n\u00a0\u2003\u3000\u2028\u200b\ufeff":
            self.assertRaises(BadNick, parse_nick, f"a{space}b")

    def test_control_and_direction_characters_are_not_part_of_a_name(self):
        for character in "\x00\x07\x1b\x7f\x85\u202e\u2066\u200e\u200d\ud800\ufffe":
            self.assertRaises(BadNick, parse_nick, f"a{character}b")

    def test_letters_and_marks_that_show_as_nothing_are_not_part_of_a_name(self):
        for blank in "\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u180b\ufe00\ufe0f\U000e0100":
            self.assertRaises(BadNick, parse_nick, blank)
            self.assertRaises(BadRoom, parse_room_name, f"ann{blank}")

    def test_a_mark_may_follow_a_letter_but_not_begin_a_name(self):
        self.assertEqual(parse_nick("x\u0331"), "x\u0331")
        self.assertRaises(BadNick, parse_nick, "\u0331x")

    def test_a_refusal_quotes_a_bad_name_only_in_part_and_cleaned(self):
        refusal = self.assertRaises(BadNick, parse_nick, "\x1b[31m" + "x" * 50)
        self.assertNotIn("\x1b", refusal.sentence)
        self.assertNotIn("x" * 41, refusal.sentence)

    def test_a_name_may_be_as_long_as_the_limit_and_no_longer(self):
        for parse, error in ((parse_nick, BadNick), (parse_room_name, BadRoom)):
            for longest in (1, 9, LONGEST_NAME):
                self.assertEqual(parse("x" * longest, longest), "x" * longest)
                self.assertEqual(parse("x" * max(1, longest - 1), longest)[0], "x")
                self.assertRaises(error, parse, "x" * (longest + 1), longest)

    def test_length_counts_composed_characters(self):
        self.assertEqual(parse_nick("e\u0301" * 3, 3), "\u00e9" * 3)

    def test_a_pile_of_marks_is_too_long_before_it_is_put_in_order(self):
        refusal = self.assertRaises(BadNick, parse_nick, "x" + "\u0315\u0300" * 30_000)
        self.assertEqual(refusal.sentence, f"A nick has at most {LONGEST_NAME} characters.")

    def test_as_many_characters_as_may_become_one_are_counted_as_one(self):
        longest = unicodedata.normalize("NFD", "\u1faf") * LONGEST_NAME
        self.assertEqual(parse_nick(longest), "\u1faf" * LONGEST_NAME)

    @given(st.text())
    def test_any_text_is_a_name_or_refused(self, text: str):
        try:
            name = parse_nick(text)
        except BadNick:
            return
        self.assertEqual(parse_nick(name), name)
        self.assertTrue(unicodedata.is_normalized("NFC", name))
        self.assertFalse({" ", "\n", "\0", "\r"} & set(name))


class WhenNamesAreTheSame(SynchronousTestCase):
    def assertSame(self, one: str, other: str) -> None:
        self.assertEqual(nick_key(parse_nick(one)), nick_key(parse_nick(other)))
        self.assertEqual(room_key(parse_room_name(one)), room_key(parse_room_name(other)))

    def test_case_does_not_tell_names_apart(self):
        for one, other in (("ann", "ANN"), ("straße", "STRASSE"), ("Σίσυφος", "ΣΊΣΥΦΟΣ")):
            self.assertSame(one, other)

    def test_full_width_and_half_width_do_not_tell_names_apart(self):
        self.assertSame("ann", "ＡＮＮ")
        self.assertSame("カナ", "ｶﾅ")
        self.assertSame("no1", "no１")

    def test_composition_does_not_tell_names_apart(self):
        self.assertSame("zoé", "zoe\u0301")
        self.assertSame("oﬃce", "office")

    def test_the_shown_form_keeps_its_case_and_not_its_width(self):
        for make in (parse_nick, new_room_name):
            self.assertEqual(make("Lobby"), "Lobby")
            self.assertEqual(make("ＡＮＮ"), "ANN")
            self.assertEqual(make("oﬃce"), "office")

    def test_a_room_is_looked_up_as_it_is_spelled(self):
        self.assertEqual(parse_room_name("ＡＮＮ"), "ＡＮＮ")

    def test_different_letters_stay_different(self):
        self.assertNotEqual(nick_key(Nick("ann")), nick_key(Nick("anne")))
        self.assertNotEqual(nick_key(Nick("ann")), nick_key(Nick("änn")))

    @given(nicks)
    def test_a_name_is_the_same_in_upper_and_lower_case(self, nick: Nick):
        key = nick_key(Nick(nick.casefold()))
        self.assertEqual(nick_key(nick), key)


class WhatToTakeInstead(SynchronousTestCase):
    def suggestion(self, nick: str, taken: set[str], longest: int = LONGEST_NAME) -> str:
        return suggest_nick(Nick(nick), lambda each: each not in taken, longest)

    def test_the_lowest_free_number_is_added(self):
        self.assertEqual(self.suggestion("ann", {"ann"}), "ann2")
        self.assertEqual(self.suggestion("ann", {"ann", "ann2", "ann3"}), "ann4")

    def test_a_long_nick_is_cut_to_make_room(self):
        self.assertEqual(self.suggestion("abcdefgh", {"abcdefgh"}, 8), "abcdefg2")
        taken = {f"abcdefg{number}" for number in range(10)}
        self.assertEqual(self.suggestion("abcdefgh", taken, 8), "abcdef10")

    def test_a_nick_that_thousands_want_costs_few_questions(self):
        taken = {"ann", *(f"ann{number}" for number in range(2, 20_000))}
        asked: list[Nick] = []

        def is_free(nick: Nick) -> bool:
            asked.append(nick)
            return nick not in taken

        self.assertEqual(suggest_nick(Nick("ann"), is_free), "ann20000")
        self.assertLess(len(asked), 60)

    def test_the_shortest_limit_still_gives_a_short_suggestion(self):
        taken = {str(number) for number in range(10)}
        self.assertEqual(self.suggestion("a", taken, 1), "10")

    def test_where_no_number_may_follow_something_else_goes(self):
        self.assertEqual(self.suggestion("علي٣", {"علي٣"}), "علي2")
        self.assertEqual(self.suggestion("علي", {"علي"}), "علي2")

    @given(nicks, st.sets(st.integers(2, 12)))
    def test_a_suggestion_is_a_free_nick(self, nick: Nick, numbers: set[int]):
        taken = {nick, *(f"{nick}{number}" for number in numbers)}
        suggestion = self.suggestion(nick, taken)
        self.assertNotIn(suggestion, taken)
        self.assertEqual(parse_nick(suggestion), suggestion)

    @given(nicks, st.integers(3, 12), st.integers(0, 99))
    def test_a_suggestion_that_was_cut_is_a_nick_too(self, nick: Nick, longest: int, taken: int):
        cut = nick[:longest]
        names = {f"{cut[: longest - len(str(number))]}{number}" for number in range(taken)}
        suggestion = self.suggestion(nick, names, longest)
        self.assertEqual(parse_nick(suggestion, longest), suggestion)

    def test_a_nick_is_not_cut_between_what_belongs_together(self):
        self.assertEqual(self.suggestion("កម្ម", {"កម្ម"}, 4), "កម2")
