"""What names look like, and which of those in use a new one could be taken for."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.names import (
    LookAlikes,
    Nick,
    NickKey,
    _confusables,
    _scripts,
    look,
    looks,
    nick_key,
)
from chatsvc.core.names.looks import _shapes
from tests.core.strategies import nicks

LETTERS = {
    letter
    for letter in map(chr, range(0x20000))
    if letter.casefold() != letter or unicodedata.decomposition(letter)
}.union(map(chr, _shapes()))
"""Every character that its look may differ from."""


def looks_of(nick: str) -> tuple[str, ...]:
    return looks(nick, nick_key(Nick(nick)))


def are_alike(one: str, other: str) -> bool:
    return not set(looks_of(one)).isdisjoint(looks_of(other))


class Looks(SynchronousTestCase):
    def test_letters_of_other_scripts_look_like_latin_ones(self):
        for one, other in (
            ("cop", "сор"), ("ABC", "АВС"), ("abc", "АВС"), ("oo", "οο"), ("oxo", "охо"),
            ("paypal", "раура1"), ("ANN", "ᴀɴɴ"), ("o", "օ"), ("8", "৪"), ("工口", "エロ"),
        ):  # fmt: skip
            self.assertTrue(are_alike(one, other), (one, other))

    def test_ascii_has_lookalikes_of_its_own(self):
        for one, other in (
            ("tom", "torn"), ("Modern", "modem"), ("bill", "biII"), ("bill", "BiIl"),
            ("BILL", "BiIl"), ("paypal", "paypaI"), ("bob1", "bobl"), ("g00gle", "google"),
            ("al|y", "ally"),
        ):  # fmt: skip
            self.assertTrue(are_alike(one, other), (one, other))

    def test_a_dot_that_is_not_seen_makes_no_difference(self):
        for other in ("bi\u0307ll", "bıll", "bіll"):
            self.assertTrue(are_alike("bill", other), ascii(other))
        self.assertTrue(are_alike("İnci", "inci"))

    def test_names_that_look_different_stay_different(self):
        for one, other in (
            ("ella", "elia"), ("ali", "all"), ("ann", "änn"), ("ann", "anna"), ("max", "rnax2"),
            ("7of9", "7of8"), ("vv", "w"), ("ann_", "ann"), ("Жук", "жул"),
        ):  # fmt: skip
            self.assertFalse(are_alike(one, other), (one, other))

    def test_every_letter_reaches_its_look(self):
        """The number of rounds in `look` is enough, so that the look of a look is itself."""
        for letter in LETTERS:
            found = look(letter)
            self.assertEqual(look(found), found, ascii(letter))

    @given(nicks)
    def test_the_look_of_a_look_is_itself(self, nick: Nick):
        for each in looks_of(nick):
            self.assertEqual(look(each), each)
            self.assertTrue(each)

    @given(nicks, st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
    def test_names_with_one_key_share_a_look(self, nick: Nick, change):
        other = Nick(change(nick))
        if nick_key(nick) == nick_key(other):
            self.assertTrue(are_alike(nick, other))

    @given(st.text(st.sampled_from("abcIlimMrno01|`_.-ABC{}"), max_size=10))
    def test_plain_names_have_the_looks_that_unicode_says(self, name: str):
        """The small table for ASCII says what the large one says."""
        self.assertEqual(look(name), look(name + "é")[:-2])

    def test_both_tables_are_of_one_version(self):
        self.assertEqual(_confusables.VERSION, _scripts.VERSION)


class NamesInUse(SynchronousTestCase):
    def setUp(self) -> None:
        self.names: dict[NickKey, str] = {}
        self.alikes: LookAlikes[NickKey] = LookAlikes(self.names)

    def add(self, *names: str) -> None:
        for name in names:
            self.names[nick_key(Nick(name))] = name
            self.alikes.add(name, nick_key(Nick(name)))

    def remove(self, name: str) -> None:
        del self.names[nick_key(Nick(name))]
        self.alikes.discard(name, nick_key(Nick(name)))

    def like(self, name: str, own: str | None = None) -> str | None:
        key = None if own is None else nick_key(Nick(own))
        return self.alikes.like(name, nick_key(Nick(name)), key)

    def test_one_that_looks_the_same_is_found(self):
        self.add("Tom", "lobby", "сор")
        self.assertEqual(self.like("torn"), "tom")
        self.assertEqual(self.like("IobbY"), "lobby")
        self.assertEqual(self.like("cop"), "сор")
        self.assertIsNone(self.like("anna"))

    def test_a_name_is_not_like_itself_nor_like_the_one_given_up(self):
        self.add("Tom")
        self.assertIsNone(self.like("TOM"))
        self.assertIsNone(self.like("torn", own="tom"))

    def test_a_name_that_is_gone_is_not_found(self):
        self.add("tom", "bill")
        self.remove("tom")
        self.remove("bill")
        self.assertIsNone(self.like("torn"))
        self.assertIsNone(self.like("biIl"))

    def test_lookalikes_that_were_there_before_are_each_kept(self):
        self.add("tom", "torn", "t0m")
        self.remove("tom")
        self.assertEqual(self.like("tom"), "torn")
        self.remove("torn")
        self.assertEqual(self.like("tom"), "t0m")

    @given(st.lists(nicks, max_size=5), nicks)
    def test_it_says_what_comparing_with_each_says(self, names: list[Nick], new: Nick):
        self.setUp()
        self.add(*names)
        alike = {key for key, name in self.names.items() if are_alike(name, new)}
        found = self.like(new)
        self.assertIn(found, alike - {nick_key(new)} or {None})
        for name in list(self.names.values()):
            self.remove(name)
        self.assertEqual(self.alikes._by_look, {})
