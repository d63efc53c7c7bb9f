"""Pairing codes: two minutes, one use, few tries; guessing one is hopeless."""

import itertools

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core import codes
from chatsvc.core.codes import CODE_SECONDS, GUESSES, TRIES, PairingCodes
from chatsvc.core.errors import BadLogin, Busy, Refusal, TooManyLogins
from chatsvc.core.names import Nick

ANN, BOB = Nick("ann"), Nick("bob")
PHONE = "192.0.2.7"


class CodesTests(SynchronousTestCase):
    def setUp(self) -> None:
        numbers = itertools.count(1)
        self.codes = PairingCodes(lambda below: next(numbers) % below)
        self.now = 50.0

    def redeem(self, code: str, address: str = PHONE) -> Nick:
        return self.codes.redeem(code, address, self.now)

    def assert_bad(self, code: str, address: str = PHONE) -> None:
        self.assertRaises(BadLogin, self.redeem, code, address)

    def test_a_code_has_six_digits_and_is_good_once(self) -> None:
        code = self.codes.grant(ANN, self.now)
        self.assertEqual(code, "000001")
        self.assertEqual(self.redeem(code), ANN)
        self.assert_bad(code)
        self.assertEqual(len(self.codes), 0)

    def test_it_is_good_for_two_minutes(self) -> None:
        code = self.codes.grant(ANN, self.now)
        self.now += CODE_SECONDS - 0.001
        other = self.codes.grant(BOB, self.now)
        self.assertEqual(self.redeem(code), ANN)
        self.now += CODE_SECONDS
        self.assert_bad(other)

    def test_a_new_code_makes_the_account_s_old_one_void(self) -> None:
        first = self.codes.grant(ANN, self.now)
        second = self.codes.grant(Nick("ANN"), self.now)
        self.assert_bad(first)
        self.assertEqual(self.redeem(second), Nick("ANN"))

    def test_a_code_can_be_taken_back(self) -> None:
        code = self.codes.grant(ANN, self.now)
        self.codes.revoke(ANN)
        self.codes.revoke(BOB)
        self.assert_bad(code)

    def test_two_accounts_never_have_the_same_code(self) -> None:
        same = PairingCodes(lambda below: below - 1)
        self.assertEqual(same.grant(ANN, 0), "999999")
        self.assertEqual(same.grant(BOB, 0), "000000")

    def test_an_address_has_five_tries_in_two_minutes(self) -> None:
        code = self.codes.grant(ANN, self.now)
        for guess in range(TRIES):
            self.assert_bad(f"9{guess:05}", f"2001:db8::{guess}")
        self.now += 20
        refusal = self.assertRaises(TooManyLogins, self.redeem, code, "2001:db8::ffff")
        self.assertEqual(refusal.wait, 100)
        self.now += 99
        self.assertEqual(self.redeem(code), ANN)

    def test_the_tries_come_back(self) -> None:
        for _ in range(TRIES):
            self.assert_bad("nonsense", "line 17")
        self.assertRaises(TooManyLogins, self.redeem, "nonsense", "line 17")
        self.now += CODE_SECONDS
        self.assertEqual(self.redeem(self.codes.grant(ANN, self.now), "line 17"), ANN)

    def test_a_code_dies_with_the_20th_wrong_guess_of_anybody(self) -> None:
        first = self.codes.grant(ANN, self.now)
        for guess in range(GUESSES - 1):
            self.assert_bad("999999", f"192.0.2.{guess}")
        second = self.codes.grant(BOB, self.now)
        self.assert_bad("999999", "192.0.2.99")
        self.assert_bad(first)
        self.assertEqual(self.redeem(second, "192.0.2.100"), BOB)

    def test_only_so_many_codes_are_open(self) -> None:
        self.patch(codes, "OPEN_CODES", 3)
        for name in "abc":
            self.codes.grant(Nick(name), self.now)
        self.now += 20
        self.assertEqual(self.assertRaises(Busy, self.codes.grant, ANN, self.now).wait, 100)
        self.codes.grant(Nick("b"), self.now)
        self.now += 100
        self.codes.grant(ANN, self.now)
        self.assertEqual(len(self.codes), 2)

    def test_only_so_many_addresses_are_remembered(self) -> None:
        self.patch(codes, "ADDRESSES_KEPT", 3)
        for _ in range(TRIES):
            self.assert_bad("1", PHONE)
        self.assertRaises(TooManyLogins, self.redeem, "1", PHONE)
        for number in range(3):
            self.assert_bad("1", f"198.51.100.{number}")
        self.assert_bad("1", PHONE)


class GuessingTests(SynchronousTestCase):
    @given(
        st.integers(0, 999_999),
        st.lists(st.tuples(st.integers(0, 999_999), st.integers(0, 9)), max_size=60),
    )
    def test_no_order_of_guesses_has_more_than_its_share(
        self, secret: int, guesses: list[tuple[int, int]]
    ) -> None:
        """A hit is among the first 20 wrong guesses, and among the first 5 of its address."""
        pairing = PairingCodes(lambda _: secret)
        pairing.grant(ANN, 0)
        wrong: list[int] = []
        for guess, address in guesses:
            may_hit = len(wrong) < GUESSES and wrong.count(address) < TRIES
            try:
                pairing.redeem(f"{guess:06}", f"192.0.2.{address}", 1)
            except TooManyLogins:
                continue
            except Refusal:
                wrong.append(address)
            else:
                self.assertTrue(may_hit)
                self.assertEqual(guess, secret)
                return
