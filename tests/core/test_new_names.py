"""What a new name has to keep to, so that it cannot be mistaken for another."""

import unicodedata

from hypothesis import given
from precis_i18n import get_profile
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.commands import CreateRoom, SetNick
from chatsvc.core.errors import BadNick, BadRoom, Refusal
from chatsvc.core.limits import LONGEST_NAME
from chatsvc.core.names import (
    Nick,
    RoomName,
    new_room_name,
    nick_key,
    parse_nick,
    parse_room_name,
    room_key,
)
from chatsvc.core.names.scripts import mixed_scripts, scripts_of
from chatsvc.core.text import check_text, printable
from chatsvc.wire.request import decode_line, format_request, parse_request
from tests.core.strategies import nicks, spellings

PUNCTUATION = "_-.[]{}^|`\\"

NAUGHTY = (
    # invisible or blank
    "a\u200bb", "a\u200cnn", "a\u200dnn", "\ufeff", "ann\u2060", "a\u00adnn", "\u180e", "\u3164",
    "a\u034fb", "ann\ufe0f", "ann\U000e0041", "\u2800", "\U00013441", "ann\u17b5",
    # directions and controls
    "\u202eann", "ann\u202c", "\u2066ann\u2069", "ann\u200f", "ann\u061c", "a\nb", "a\rb", "a\0b",
    "a\x1b[31m", "a\x7f", "a\x85", "\u2028", "a\u2029", "\ufff9a\ufffb", "\ufffe", "\ud800",
    # signs, spaces, markup, commands
    "", " ", "a b", "\u00a0", "\u3000", "#ann", "@ann", "/quit", "--help", "-", "*", "+", "=", "%s",
    "$(reboot)", "<b>ann</b>", "ann'--", "';drop", "a,b", "a;b", "a:b", "http://a", "../../etc",
    "😍", "👩🏽", "🇺🇸", "☃", "™", "½", "①b②㈱", "\uf8ff", "１＋１", "｀", "＜b＞", "ﷺ", "﷽",
    # piles of marks
    "Z\u0351\u036b\u0343\u036a\u0302", "x\u0301\u0301", "\u0301x", "x\u20dd", "ก\u0e48\u0e48\u0e48",
    "x" + "\u0315\u0300" * 30_000,
    # letters of several scripts
    "аnn", "Αnn", "annа", "раypal", "Ꭺnn", "ꓮnn", "аβ", "ann٣", "ann৪", "ωann", "名Жx", "カナ한글",
    "ひらㄅ", "अa", "กa", "אa", "aא", "1א", "٣٤", "א٣2", "ٱ۱١",
    # letters that nobody writes
    "ſſ\u0345", "\u0f0c", "\u1100\u1161\u1100", "ᛮ", "\U00010380\u0345", "ـann", "ٮـ", "\u17d2",
)  # fmt: skip
"""Texts that must never become a name; of our own choice, in the kinds of other such lists."""

GOOD = (
    "ann", "O_o", "Zoë", "Đặng", "Łukasz", "İnci", "Straße", "Жук", "Σίσυφος", "Ёж", "שלום", "علي٣",
    "नमस्ते", "ไทยแลนด์", "名前", "たろう", "カナ", "パーティー", "漢字かなabc", "한글",
    "한글字abc", "ㄅㄆ中文a",
    "ᏣᎳᎩ", "ქართული", "Հայերեն", "தமிழ்", "ကမ္ဘာ", "ខ្មែរ", "አማርኛ",
    "ߒߞߏ", "𞤀𞤣", "7of9", "x\u0331",
    "ᾠδή",
)  # fmt: skip


def is_refused(parse: type, text: str) -> bool:
    try:
        parse(text)
    except Refusal:
        return True
    return False


class NaughtyStrings(SynchronousTestCase):
    def test_none_is_a_nick_or_makes_a_room(self):
        for text in NAUGHTY:
            for make, error in ((parse_nick, BadNick), (new_room_name, BadRoom)):
                refusal = self.assertRaises(error, make, text)
                self.assertEqual(check_text(refusal.sentence), refusal.sentence, ascii(text))

    def test_names_in_many_languages_are_names(self):
        for name in GOOD:
            shown = unicodedata.normalize("NFC", name)
            self.assertEqual(parse_nick(name), shown)
            self.assertEqual(new_room_name(name), shown)

    def test_a_room_that_was_made_by_older_rules_can_be_named(self):
        for name in ("аnn", "Ꭺnn", "x\u0301\u0301", "½", "ann٣", "カナ한글"):
            self.assertRaises(BadRoom, new_room_name, name)
            self.assertEqual(room_key(parse_room_name(name)), room_key(RoomName(name)))


class Sentences(SynchronousTestCase):
    def assertSays(self, name: str, sentence: str) -> None:
        self.assertEqual(self.assertRaises(BadNick, parse_nick, name).sentence, sentence)

    def test_scripts_are_named(self):
        self.assertSays(
            "аnn",
            '"аnn" mixes Cyrillic and Latin letters; in a nick use letters of one script, '
            "so that it is not taken for another.",
        )
        self.assertIn("Katakana and Hangul", self.refused("カナtest한"))
        self.assertIn("Latin and Bengali", self.refused("ann৪"))

    def test_a_character_that_is_not_allowed_is_named(self):
        self.assertSays("abᛮ", "A nick may not have the character U+16EE here; leave it out.")
        self.assertIn("U+17D2", self.refused("ក\u17d2"))

    def test_piles_of_marks_and_mixed_directions_say_what_is_wrong(self):
        self.assertIn("at most 4 marks", self.refused("x\u0301\u0301"))
        self.assertIn("right-to-left", self.refused("אa"))

    def refused(self, name: str) -> str:
        return self.assertRaises(BadNick, parse_nick, name).sentence


class Scripts(SynchronousTestCase):
    def test_the_usual_mixtures_are_one(self):
        for name in ("漢字かなカナabc", "中文ㄅㄆabc", "한글字abc", "abc1", "тест1", "ー", "123"):
            self.assertIsNone(mixed_scripts(name), name)

    def test_others_are_not(self):
        for name in ("aб", "aα", "бα", "かㄅ", "한か", "ㄅ한", "中б", "कক", "aà\u0e01"):
            self.assertIsNotNone(mixed_scripts(name), name)

    def test_a_mark_or_digit_goes_with_the_scripts_it_is_used_with(self):
        self.assertIsNone(mixed_scripts("ب\u064e"))
        self.assertIsNone(mixed_scripts("कि०\u0951"))
        self.assertIsNotNone(mixed_scripts("a\u0e48"))

    def test_what_unicode_does_not_know_has_no_script(self):
        self.assertEqual(scripts_of("\U000e0fff"), frozenset())
        self.assertEqual(scripts_of("\x00"), frozenset())
        self.assertEqual(scripts_of("a"), frozenset({"Latn"}))
        self.assertEqual(scripts_of("1"), frozenset({"Zyyy"}))


class EveryNewName(SynchronousTestCase):
    """What holds for whatever is let in."""

    @given(nicks)
    def test_it_is_stable(self, nick: Nick):
        self.assertEqual(parse_nick(nick), nick)
        self.assertEqual(new_room_name(nick), nick)
        self.assertTrue(unicodedata.is_normalized("NFC", nick))
        self.assertTrue(unicodedata.is_normalized("NFKC", nick))
        self.assertEqual(nick_key(Nick(nick_key(nick))), nick_key(nick))

    @given(spellings)
    def test_it_is_the_same_for_nicks_and_rooms(self, text: str):
        self.assertEqual(is_refused(parse_nick, text), is_refused(new_room_name, text))

    @given(spellings)
    def test_whoever_may_be_made_may_be_looked_up_and_is_found(self, text: str):
        if not is_refused(new_room_name, text):
            looked_up = parse_room_name(text)
            self.assertEqual(room_key(looked_up), room_key(new_room_name(text)))

    @given(nicks)
    def test_it_has_nothing_invisible_and_nothing_that_turns(self, nick: Nick):
        self.assertEqual(printable(nick), nick)
        for character in nick:
            is_letter = unicodedata.category(character)[0] in "LNM"
            self.assertTrue(is_letter or character in PUNCTUATION)
        self.assertLessEqual(len(nick), LONGEST_NAME)

    @given(nicks)
    def test_it_is_what_precis_says(self, nick: Nick):
        """RFC 8266 shows it as it is; our key is RFC 8265's, with case folded."""
        self.assertEqual(get_profile("NicknameCasePreserved").enforce(nick), nick)
        mapped = get_profile("UsernameCaseMapped").enforce(nick)
        self.assertEqual(nick_key(Nick(mapped)), nick_key(nick))
        folded = get_profile("UsernameCaseMapped:CaseFold").enforce(nick)
        self.assertEqual(nick_key(nick), unicodedata.normalize("NFKC", folded))

    @given(nicks)
    def test_it_comes_through_the_wire_as_it_is(self, nick: Nick):
        for command in (SetNick(nick), CreateRoom(RoomName(nick))):
            line = format_request(command)
            self.assertEqual(parse_request(decode_line(line[:-1])), command)

    def test_a_plain_name_has_the_key_it_always_had(self):
        for name in ("ann", "Ann-Marie", "x.y", "[bot]", "{x}^|`\\", "7of9", "COM1", "MODERN_0"):
            self.assertEqual(nick_key(parse_nick(name)), name.lower())
