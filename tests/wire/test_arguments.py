"""The arguments of commands: names, numbers, texts and message ids."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.commands import JoinRoom, ReadHistory, Say, SetAway, Tell
from chatsvc.core.errors import BadNick, BadRoom, BadText, Usage
from chatsvc.core.limits import CLIENT_ID_LENGTH, COUNTER_DIGITS, LONGEST_NAME
from chatsvc.core.names import Nick, RoomName
from chatsvc.wire.request import parse_request
from tests.core.strategies import texts

DEN = RoomName("den")


class NamesAsArguments(SynchronousTestCase):
    def test_a_bad_room_name_is_refused_by_every_command_that_takes_one(self):
        for line in ("create", "join", "info", "delete", "leave", "who", "topic", "welcome",
                     "history", "talk"):  # fmt: skip
            for name in ("#den", "-", "a/b", "x" * (LONGEST_NAME + 1)):
                self.assertRaises(BadRoom, parse_request, f"{line} {name}")
        self.assertRaises(BadRoom, parse_request, "send #den hi")
        self.assertRaises(BadRoom, parse_request, "search a/b hi")

    def test_a_bad_nick_is_refused(self):
        for line in ("nick @ann", "nick -", f"nick {'x' * (LONGEST_NAME + 1)}", "tell a/b hi"):
            self.assertRaises(BadNick, parse_request, line)

    def test_a_name_is_composed_on_its_way_in(self):
        self.assertEqual(parse_request("join zoe\u0301"), JoinRoom(RoomName("zoé")))


class NumbersAsArguments(SynchronousTestCase):
    def test_a_number_is_ascii_digits(self):
        for word, number in (("0", 0), ("7", 7), ("007", 7), ("9" * COUNTER_DIGITS, 10**15 - 1)):
            self.assertEqual(parse_request(f"join den since {word}"), JoinRoom(DEN, number))

    def test_anything_else_is_misuse(self):
        for word in (
            "-1",
            "+1",
            "1e9",
            "1.0",
            "0x10",
            "1_000",
            "1,000",
            "１２",
            "١٢",
            "²",
            "½",
            "∞",
        ):
            for line in (f"join den since {word}", f"history den {word}",
                         f"history den before {word}", f"history den 5 after {word}"):  # fmt: skip
                self.assertRaises(Usage, parse_request, line)

    def test_a_number_may_have_so_many_digits_and_no_more(self):
        for digits in (COUNTER_DIGITS + 1, 5000, 100_000):
            self.assertRaises(Usage, parse_request, f"join den since {'9' * digits}")
            self.assertRaises(Usage, parse_request, f"history den {'1' * digits}")

    def test_a_history_of_nothing_is_misuse(self):
        self.assertRaises(Usage, parse_request, "history den 0")
        self.assertRaises(Usage, parse_request, "history den 000 before 5")
        self.assertEqual(parse_request("history den 1 before 0"), ReadHistory(DEN, 1, before=0))


class TextsAsArguments(SynchronousTestCase):
    def test_row_d8_a_text_with_spaces_arrives_whole(self):
        """Row D8: text arrives whole, with the spaces before, in and after it."""
        for text in ("hi all", "  hi", "hi  all", "hi ", "a = b", "=", "- x", '"quoted"', "/list"):
            self.assertEqual(parse_request(f"send den {text}"), Say(DEN, text))
            self.assertEqual(parse_request(f"tell ann {text}"), Tell(Nick("ann"), text))

    def test_one_space_parts_the_text_from_the_name(self):
        self.assertEqual(parse_request("send  den hi"), Say(DEN, "hi"))
        self.assertEqual(parse_request("send den  hi"), Say(DEN, " hi"))

    def test_text_that_cannot_be_shown_safely_is_refused(self):
        for verb in (
            "send den",
            "tell ann",
            "away",
            "topic den",
            "welcome den",
            "search den",
            "ping",
        ):
            for text in ("a\x1b[2J", "a\rb", "\u202eabc", "a\u2028b", "\u200b", "a\x00"):
                self.assertRaises(BadText, parse_request, f"{verb} {text}")

    def test_text_of_spaces_alone_is_refused_where_text_is_needed(self):
        self.assertRaises(BadText, parse_request, "send den   ")
        self.assertRaises(BadText, parse_request, "tell ann   ")

    def test_text_of_spaces_alone_is_no_text_where_none_is_needed(self):
        self.assertEqual(parse_request("away    "), SetAway(""))

    @given(texts)
    def test_any_text_that_may_be_shown_arrives_whole(self, text: str):
        self.assertEqual(parse_request(f"tell ann # {text}"), Tell(Nick("ann"), text))
        self.assertEqual(parse_request(f"@ann {text}"), Tell(Nick("ann"), text))


class MessageIds(SynchronousTestCase):
    def assertSaid(self, words: str, text: str, client_id: str) -> None:
        self.assertEqual(parse_request(f"send den {words}"), Say(DEN, text, client_id))

    def test_a_word_after_a_hash_is_an_id_if_text_follows(self):
        self.assertSaid("#x1 hi all", "hi all", "x1")
        self.assertSaid("#x1  hi", " hi", "x1")
        self.assertSaid("## hi", "hi", "#")

    def test_a_word_after_a_hash_is_text_if_nothing_follows(self):
        self.assertSaid("#hello", "#hello", "")
        self.assertSaid("#hello ", "#hello ", "")

    def test_a_lone_hash_is_the_empty_id(self):
        self.assertSaid("# #hello world", "#hello world", "")
        self.assertSaid("# hi", "hi", "")

    def test_a_hash_further_on_is_text(self):
        self.assertSaid(" #x1 hi", " #x1 hi", "")
        self.assertSaid("hi #x1", "hi #x1", "")

    def test_an_id_may_be_so_long_and_no_longer(self):
        for length in (CLIENT_ID_LENGTH - 1, CLIENT_ID_LENGTH):
            self.assertSaid(f"#{'i' * length} hi", "hi", "i" * length)
        self.assertRaises(Usage, parse_request, f"send den #{'i' * (CLIENT_ID_LENGTH + 1)} hi")

    def test_an_id_that_cannot_be_shown_safely_is_refused(self):
        self.assertRaises(BadText, parse_request, "send den #\x07 hi")

    @given(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=64), texts)
    def test_any_word_may_be_an_id(self, client_id: str, text: str):
        self.assertSaid(f"#{client_id} {text}", text, client_id)
