"""Masks: what names whom, in one canonical form, at the price of the name's length."""

import unicodedata
from collections.abc import Iterator
from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.addresses import parse_network
from chatsvc.core.errors import BadMask
from chatsvc.core.limits import LONGEST_NAME, MASK_LENGTH, MASK_STARS
from chatsvc.core.masks import Glob, mask_of, parse_mask
from chatsvc.core.names import Nick, nick_key
from chatsvc.core.subject import Subject
from tests.core.strategies import nicks

patterns = st.text("ab?*", min_size=1, max_size=12)
few_stars = patterns.filter(lambda text: text.count("*") <= MASK_STARS)
words = st.text("ab", max_size=12)
networks = st.one_of(
    st.builds("{}/{}".format, st.ip_addresses(v=4), st.integers(0, 32)),
    st.builds("{}/{}".format, st.ip_addresses(v=6), st.integers(0, 128)),
    st.ip_addresses().map(str),
)
masks = st.one_of(few_stars, few_stars.map("~{}".format), nicks, networks, st.just("$guest"))


class Steps:
    """Counts how often a character of a name is asked for."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.taken = 0

    def __iter__(self) -> Iterator[str]:
        for character in self.name:
            self.taken += 1
            yield character


def named(nick: str, account: str | None = None, *addresses: str) -> Subject:
    return Subject(Nick(nick), None if account is None else Nick(account), addresses)


class WhomAMaskNames(SynchronousTestCase):
    def assertHits(self, word: str, *subjects: Subject) -> None:
        for subject in subjects:
            self.assertTrue(parse_mask(word).hits(subject), f"{word} {subject}")

    def assertMisses(self, word: str, *subjects: Subject) -> None:
        for subject in subjects:
            self.assertFalse(parse_mask(word).hits(subject), f"{word} {subject}")

    def test_a_name_names_its_nick_in_any_spelling(self):
        self.assertHits("BOB", named("bob"), named("Bob"), named("\uff42ob"))
        self.assertMisses("bob", named("bobby"), named("ob"), Subject())

    def test_a_star_is_any_run_of_characters(self):
        self.assertHits("spam*", named("spam"), named("Spammer"))
        self.assertHits("*spam*", named("no-spam-here"))
        self.assertMisses("spam*", named("nospam"))
        self.assertHits("*", named("x"))

    def test_a_question_mark_is_one_character(self):
        self.assertHits("?ob", named("bob"), named("\u0416ob"))
        self.assertMisses("?ob", named("ob"), named("xbob"))

    def test_a_tilde_names_accounts_and_never_nicks(self):
        self.assertHits("~bob", named("away", "Bob"))
        self.assertHits("~*", named("x", "y"))
        self.assertMisses("~bob", named("bob"), named("bob", "ann"))

    def test_guests_are_those_without_an_account(self):
        self.assertHits("$Guest", named("x"), Subject())
        self.assertMisses("$guest", named("x", "x"))

    def test_a_nick_that_is_written_like_an_address_is_named_with_its_sign(self):
        likewise = named("192.0.2.7")
        self.assertHits("@192.0.2.7", likewise)
        self.assertHits("@192.*", likewise)
        self.assertMisses("192.0.2.7", likewise)
        self.assertEqual(mask_of(likewise).text, "@192.0.2.7")
        self.assertMisses("@192.0.2.7", named("x", None, "192.0.2.7"))

    def test_an_address_names_any_connection_from_it(self):
        self.assertHits("192.0.2.7", named("x", None, "198.51.100.1", "192.0.2.7"))
        self.assertHits("192.0.2.7", named("x", None, "::ffff:192.0.2.7"))
        self.assertHits("::1", named("x", None, "::1%lo"))
        self.assertMisses("192.0.2.7", named("x", None, "192.0.2.8", "a socket", ""))

    def test_a_network_names_all_its_addresses(self):
        self.assertHits("192.0.2.0/24", named("x", None, "192.0.2.255"))
        self.assertMisses("192.0.2.0/24", named("x", None, "192.0.3.0", "2001:db8::1"))
        self.assertHits("2001:db8::/32", named("x", None, "2001:db8:1::5"))

    def test_marks_of_names_need_no_escape(self):
        for name in ("[x]", "{a}", "a|b", "a\\b", "a^b", "`", "a-b", "a.b"):
            self.assertHits(name, named(name))
            self.assertHits(f"{name}*", named(f"{name}tail"))

    def test_the_mask_of_a_person_is_the_account_or_else_the_nick(self):
        self.assertEqual(mask_of(named("x", "Bob")).text, "~bob")
        self.assertEqual(mask_of(named("X")).text, "x")
        self.assertRaises(BadMask, mask_of, Subject())

    @given(nicks)
    def test_an_exact_mask_hits_who_it_was_made_for(self, nick: Nick):
        try:
            mask = mask_of(Subject(nick))
        except BadMask:
            return
        self.assertTrue(mask.hits(Subject(nick)))
        self.assertTrue(mask.is_exact)
        self.assertEqual(parse_mask(mask.text), mask)


class WhatIsAMask(SynchronousTestCase):
    def test_a_mask_has_one_canonical_form(self):
        for word, text in (
            ("BOB", "bob"),
            ("a**b", "a*b"),
            ("a*?*?b", "a??*b"),
            ("~Spam*", "~spam*"),
            ("@Bob", "bob"),
            ("@192.0.2.7", "@192.0.2.7"),
            ("@10.*", "@10.*"),
            ("$GUEST", "$guest"),
            ("192.0.2.7/24", "192.0.2.0/24"),
            ("192.0.2.7/32", "192.0.2.7"),
            ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
            ("2001:DB8:0::/32", "2001:db8::/32"),
        ):
            self.assertEqual(parse_mask(word).text, text)
            self.assertEqual(parse_mask(word), parse_mask(text))

    @given(masks)
    def test_parsing_the_canonical_form_gives_the_mask_again(self, word: str):
        try:
            mask = parse_mask(word)
        except BadMask:
            return
        again = parse_mask(mask.text)
        self.assertEqual((again.text, again.form), (mask.text, mask.form))
        self.assertEqual((again.name, again.network), (mask.name, mask.network))

    @given(st.text(max_size=MASK_LENGTH + 5))
    def test_any_text_is_a_mask_or_a_clear_refusal(self, word: str):
        try:
            mask = parse_mask(word)
        except BadMask as refusal:
            self.assertTrue(refusal.sentence.isprintable() or not word.isprintable())
            self.assertRegex(refusal.sentence, r"\.\Z")
        else:
            self.assertEqual(parse_mask(mask.text), mask)

    def test_what_is_no_mask_is_refused(self):
        for word in (
            "", "~", "$", "$all", "a b", "a/b", "x:y", "192.0.2.0/33", "192.0.2.*", "10.*",
            "192.0.2.300", "fe80::1%eth0", "-x", "@", "@~x", "#x", "~~x", "a\x1bb*", "\u202ex*",
            "nick!user", "a!@b", "!a@b", "a!b c@d", "\uff0a", "a\uff1f",
        ):  # fmt: skip
            self.assertRaises(BadMask, parse_mask, word)

    def test_a_mask_by_user_and_host_looks_at_each_connection(self):
        spec = parse_mask("*!*EVAN@*.ip")
        self.assertEqual(parse_mask(spec.text), spec)
        sources = (("line", "a.ip"), ("evan", "b.net"))
        self.assertFalse(spec.hits(Subject(Nick("bob"), sources=sources)))
        self.assertTrue(spec.hits(Subject(Nick("bob"), sources=(*sources, ("evan", "x.ip")))))
        self.assertEqual(parse_mask("bob!*@*"), parse_mask("bob"))

    def test_length_and_stars_are_bounded(self):
        parse_mask("?" * MASK_LENGTH)
        self.assertRaises(BadMask, parse_mask, "?" * (MASK_LENGTH + 1))
        parse_mask("a*" * MASK_STARS)
        self.assertRaises(BadMask, parse_mask, "a*" * (MASK_STARS + 1))
        parse_mask("*" * MASK_LENGTH)
        parse_mask("n" * LONGEST_NAME)
        self.assertRaises(BadMask, parse_mask, "n" * (LONGEST_NAME + 1))

    def test_no_character_of_a_name_folds_to_a_sign_of_masks(self):
        for code in range(0x110000):
            character = chr(code)
            if unicodedata.category(character)[0] in "LNM":
                folded = unicodedata.normalize("NFKC", character.casefold())
                self.assertFalse(set("*?~$/:") & set(folded), f"U+{code:04X}")


class Matching(SynchronousTestCase):
    @given(patterns, words)
    def test_it_agrees_with_the_standard_library(self, pattern: str, name: str):
        self.assertEqual(Glob.of(pattern).matches(name), fnmatchcase(name, pattern))
        self.assertEqual(Glob.of(pattern).walk(name), fnmatchcase(name, pattern))

    @given(few_stars, words)
    def test_the_canonical_form_matches_the_same_names(self, pattern: str, name: str):
        glob = parse_mask(pattern).glob
        expected = fnmatchcase(name, pattern)
        found = name == pattern if glob is None else glob.matches(name)
        self.assertEqual(found, expected)

    @given(patterns, words)
    def test_each_character_of_the_name_is_looked_at_once_at_most(self, pattern: str, name: str):
        steps = Steps(name)
        Glob.of(pattern).walk(steps)
        self.assertLessEqual(steps.taken, len(name))

    def test_what_makes_other_matchers_slow_takes_one_step_a_character(self):
        name = "a" * 10_000
        for word in ("a*" * MASK_STARS + "b", "*a" * MASK_STARS + "b", "*" + "?" * 100 + "b"):
            steps, glob = Steps(name), parse_mask(word).glob
            assert glob is not None
            self.assertFalse(glob.walk(steps))
            self.assertEqual(steps.taken, len(name))
            places = [glob.goal, glob.wild, glob.loops, *glob.accepts.values()]
            self.assertLessEqual(max(map(int.bit_length, places)), MASK_LENGTH + 1)

    def test_a_name_that_cannot_match_any_more_is_looked_at_no_further(self):
        steps, glob = Steps("b" * 1000), parse_mask("a*").glob
        assert glob is not None
        self.assertFalse(glob.walk(steps))
        self.assertEqual(steps.taken, 1)

    @given(networks, st.ip_addresses())
    def test_networks_are_what_the_standard_library_says(self, word: str, address: object):
        mask = parse_mask(word)
        if ":ffff:" not in str(address):
            inside = address in parse_network(word)  # type: ignore[operator]
            self.assertEqual(mask.hits(named("x", None, str(address))), inside)

    @given(nicks, st.data())
    def test_a_mask_made_from_a_name_hits_it(self, nick: Nick, data: st.DataObject):
        key = nick_key(nick)
        at = data.draw(st.integers(0, len(key)))
        for word in (f"{key[:at]}*", f"*{key[at:]}", f"{key[:at]}*{key[at:]}"):
            try:
                mask = parse_mask(word)
            except BadMask:
                continue
            if unicodedata.is_normalized("NFKC", key[:at] + "*" + key[at:]):
                self.assertTrue(mask.hits(Subject(nick)), word)
