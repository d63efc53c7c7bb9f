"""Bans and mutes: whom they hit, for how long, and how many there may be."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.durations import (
    DAY,
    HOUR,
    MINUTE,
    WEEK,
    format_duration,
    parse_duration,
    rough_duration,
)
from chatsvc.core.errors import BadText, TooMany, Usage
from chatsvc.core.limits import LONGEST_SANCTION_DAYS, REASON_LENGTH
from chatsvc.core.masks import parse_mask
from chatsvc.core.names import Nick
from chatsvc.core.sanctions import Sanction, Sanctions, Terms, parse_terms, would_hit
from chatsvc.core.subject import Subject

ANN = Nick("ann")
MASKS = (
    "@192.0.2.7",
    "bob",
    "BO*",
    "?ob",
    "~bob",
    "~b*",
    "$guest",
    "192.0.2.0/24",
    "192.0.2.7",
    "::/0",
    "*",
)
PEOPLE = (
    Subject(Nick("bob"), None, ("192.0.2.7",)),
    Subject(Nick("Bob"), Nick("bob"), ("198.51.100.1", "2001:db8::1")),
    Subject(Nick("ann"), Nick("ann"), ("/run/chat.sock",)),
    Subject(None, None, ("192.0.2.9",)),
    Subject(Nick("192.0.2.7"), None, ("192.0.2.9",)),
    Subject(Nick("root"), Nick("root"), ("192.0.2.7",), is_operator=True),
)


def sanction(word: str, until: int | None = None, at: int = 0, reason: str = "") -> Sanction:
    return Sanction(parse_mask(word), ANN, at, until, reason)


class Durations(SynchronousTestCase):
    def test_a_duration_is_a_number_and_a_unit(self):
        for word, seconds in (
            ("30m", 30 * MINUTE), ("2h", 2 * HOUR), ("7D", 7 * DAY), ("1w", WEEK), ("PERM", None)
        ):  # fmt: skip
            self.assertEqual(parse_duration(word), seconds)

    def test_it_lies_between_a_minute_and_a_year(self):
        parse_duration("1m")
        parse_duration(f"{LONGEST_SANCTION_DAYS}d")
        for word in ("0m", f"{LONGEST_SANCTION_DAYS + 1}d", "53w", "999999w"):
            self.assertRaises(Usage, parse_duration, word)

    def test_odd_shapes_are_refused(self):
        for word in (
            "",
            "2",
            "h",
            "-2h",
            "+2h",
            "1.5h",
            "1_0m",
            "１h",
            "2 h",
            "1e2h",
            "9" * 7 + "m",
        ):
            self.assertRaises(Usage, parse_duration, word)

    @given(st.integers(1, LONGEST_SANCTION_DAYS * DAY // MINUTE))
    def test_what_is_written_reads_the_same(self, minutes: int):
        self.assertEqual(parse_duration(format_duration(minutes * MINUTE)), minutes * MINUTE)

    @given(st.integers(0, 10**8))
    def test_a_rough_duration_is_never_too_short_and_never_twice_too_long(self, seconds: int):
        rough = parse_duration(rough_duration(seconds), most_days=10**6)
        assert rough is not None
        self.assertTrue(seconds <= rough <= max(MINUTE, 2 * seconds))

    def test_for_good_is_written_perm(self):
        self.assertEqual(format_duration(None), "perm")


class TermsOfABan(SynchronousTestCase):
    def test_time_and_reason_may_be_left_out(self):
        for rest, terms in (
            ("", Terms()),
            ("  2h ", Terms(2 * HOUR)),
            ("2h spam and more", Terms(2 * HOUR, "spam and more")),
            ("perm  spam", Terms(None, "spam")),
            ("spam", Terms(None, "spam")),
            ("hours of spam", Terms(None, "hours of spam")),
        ):
            self.assertEqual(parse_terms(rest), terms)

    def test_what_was_meant_as_a_time_does_not_become_a_reason(self):
        for rest in (
            "2x spam",
            "20 spam",
            "1.5h spam",
            "-2h",
            "2hours",
            "30minutes x",
            "1h30m spam",
        ):
            self.assertRaises(Usage, parse_terms, rest)

    def test_a_reason_is_bounded_and_safe(self):
        self.assertEqual(len(parse_terms("x" * REASON_LENGTH).reason), REASON_LENGTH)
        self.assertRaises(BadText, parse_terms, "x" * (REASON_LENGTH + 1))
        self.assertRaises(BadText, parse_terms, "2h \x1b[31m")

    def test_the_end_is_counted_from_now(self):
        self.assertEqual(parse_terms("1m").until(5_000), 65_000)
        self.assertIsNone(parse_terms("perm").until(5_000))

    def test_the_terms_say_how_much_longer_and_why(self):
        self.assertEqual(sanction("x", reason="spam").terms(0), ": spam")
        self.assertEqual(sanction("x", 90_000).terms(0), " for another 2m.")
        self.assertEqual(sanction("x", 1).terms(5), " for another 1m.")


class Hits(SynchronousTestCase):
    def test_each_mask_hits_whom_it_names(self):
        bob, account, ann, nameless, odd, _ = PEOPLE
        for word, expected in (
            ("bob", {bob, account}), ("bo*", {bob, account}), ("~b*", {account}),
            ("$guest", {bob, nameless, odd}), ("192.0.2.0/24", {bob, nameless, odd}),
            ("2001:db8::/32", {account}), ("*", {bob, account, ann, odd}), ("@192.0.2.7", {odd}),
            ("192.0.2.7", {bob}),
        ):  # fmt: skip
            sanctions = Sanctions([sanction(word)])
            hit = {person for person in PEOPLE if sanctions.hit(person, 0)}
            self.assertEqual(hit, expected, word)

    def test_operators_of_the_server_are_never_hit(self):
        sanctions = Sanctions(sanction(word) for word in MASKS)
        self.assertIsNone(sanctions.hit(PEOPLE[-1], 0))

    def test_a_sanction_is_over_at_its_time(self):
        sanctions = Sanctions([sanction("bob", until=100)])
        self.assertIsNotNone(sanctions.hit(PEOPLE[0], 99))
        self.assertIsNone(sanctions.hit(PEOPLE[0], 100))
        self.assertEqual(sanctions.listed(100), ())
        self.assertEqual(len(sanctions.over(100)), 1)
        self.assertIsNone(sanctions.get(parse_mask("bob"), 100))
        self.assertIsNotNone(sanctions.get(parse_mask("BOB"), 99))

    def test_it_is_known_whether_any_ends(self):
        sanctions = Sanctions([sanction("bob"), sanction("ann", until=100)])
        self.assertTrue(sanctions.may_end)
        sanctions.lay(sanction("eve", until=50))
        self.assertEqual([found.mask.text for found in sanctions.over(50)], ["eve"])
        sanctions.lift(parse_mask("eve"))
        self.assertEqual(sanctions.over(99), ())
        self.assertEqual(len(sanctions.over(100)), 1)
        sanctions.lay(sanction("ann"))  # From now on for good.
        self.assertFalse(sanctions.may_end)
        self.assertEqual(sanctions.over(10**15), ())

    def test_what_is_empty_again_hits_nobody(self):
        sanctions = Sanctions(sanction(word) for word in MASKS)
        for word in MASKS:
            sanctions.lift(parse_mask(word))
        self.assertEqual(len(sanctions), 0)
        self.assertTrue(all(sanctions.hit(person, 0) is None for person in PEOPLE))
        self.assertIsNone(sanctions.hit_at("192.0.2.7", 0))

    def test_of_several_the_one_that_lasts_longest_is_told(self):
        short, long, good = sanction("bob", 10), sanction("b*", 20), sanction("192.0.2.7")
        self.assertEqual(Sanctions([long, short]).hit(PEOPLE[0], 0), long)
        self.assertEqual(Sanctions([long, good, short]).hit(PEOPLE[0], 0), good)
        self.assertEqual(Sanctions([long, good, short]).hit(PEOPLE[0], 0), good)

    def test_a_second_one_with_the_same_mask_replaces_the_first(self):
        sanctions = Sanctions([sanction("bob", 10), sanction("x"), sanction("BOB", 99)])
        self.assertEqual([one.mask.text for one in sanctions.listed(0)], ["x", "bob"])
        self.assertEqual(sanctions.listed(0)[1].until, 99)

    def test_lifting_takes_out_exactly_one(self):
        sanctions = Sanctions(sanction(word) for word in ("192.0.2.0/24", "192.0.2.7", "bob", "b*"))
        lifted = sanctions.lift(parse_mask("192.0.2.200/24"))
        assert lifted is not None
        self.assertEqual(lifted.mask.text, "192.0.2.0/24")
        self.assertIsNone(sanctions.lift(parse_mask("192.0.2.0/24")))
        self.assertEqual(len(sanctions), 3)

    @given(
        st.lists(st.tuples(st.sampled_from(MASKS), st.none() | st.integers(1, 9), st.booleans())),
        st.sampled_from(PEOPLE),
        st.integers(0, 10),
    )
    def test_the_index_agrees_with_looking_at_every_one(self, steps, person: Subject, now: int):
        sanctions, plain = Sanctions(), dict[str, Sanction]()
        for word, until, is_lifted in steps:
            one = sanction(word, until)
            if is_lifted:
                self.assertEqual(sanctions.lift(one.mask), plain.pop(one.mask.text, None))
            else:
                sanctions.lay(one)
                plain[one.mask.text] = one
        hits = {
            one for one in plain.values()
            if one.mask.hits(person) and not one.is_over(now) and not person.is_operator
        }  # fmt: skip
        found = sanctions.hit(person, now)
        self.assertEqual(found is None, not hits)
        if found is not None:
            self.assertIn(found, hits)
            self.assertTrue(all(lasts(one) <= lasts(found) for one in hits))
        self.assertEqual(len(sanctions), len(plain))

    def test_exact_masks_and_networks_are_not_gone_through(self):
        class Counted(Sanction):
            def is_over(self, now: int) -> bool:
                looked_at.append(self)
                return super().is_over(now)

        looked_at: list[Sanction] = []
        words = [f"nick{number}" for number in range(100)]
        words += [f"10.0.{number}.0/24" for number in range(100)]
        sanctions = Sanctions(Counted(parse_mask(word), ANN, 0) for word in words)
        sanctions.hit(Subject(Nick("nick7"), None, ("10.0.9.1",)), 0)
        self.assertEqual([one.mask.text for one in looked_at], ["nick7", "10.0.9.0/24"])


def lasts(one: Sanction) -> float:
    return float("inf") if one.until is None else one.until


class Bounds(SynchronousTestCase):
    def test_a_list_is_bounded(self):
        sanctions = Sanctions(sanction(f"n{number}", until=10) for number in range(3))
        self.assertRaises(TooMany, sanctions.check_space, parse_mask("x"), 0, 3)
        sanctions.check_space(parse_mask("x"), 0, 4)
        self.assertRaises(TooMany, sanctions.check_space, parse_mask("x"), 0, 4, others=1)

    def test_changing_one_that_is_there_needs_no_space(self):
        Sanctions([sanction("x")]).check_space(parse_mask("X"), 0, 1)

    def test_what_is_over_is_not_counted(self):
        sanctions = Sanctions(sanction(f"n{number}", until=10) for number in range(3))
        sanctions.check_space(parse_mask("x"), 10, 3)


class DryRun(SynchronousTestCase):
    @given(st.sampled_from(MASKS))
    def test_it_says_whom_the_sanction_would_hit(self, word: str):
        told = would_hit(parse_mask(word), PEOPLE)
        laid = Sanctions([sanction(word)])
        self.assertEqual(told, tuple(person for person in PEOPLE if laid.hit(person, 0)))
