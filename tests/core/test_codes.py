"""Pairing codes: two minutes, one use, few tries; guessing one is hopeless."""

import itertools

import attrs
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core import codes
from chatsvc.core.accounts import Account
from chatsvc.core.addresses import parse_network
from chatsvc.core.codes import (
    CODE_SECONDS,
    FORGIVEN_SECONDS,
    GUESSES,
    LONGEST_WAIT_SECONDS,
    TRIES,
    PairingCodes,
)
from chatsvc.core.errors import BadLogin, Busy, Refusal, TooManyLogins
from chatsvc.core.names import Nick

ANN, BOB = Account(Nick("ann"), 1, "$ann"), Account(Nick("bob"), 2, "$bob")
PHONE = "192.0.2.7"


class CodesTests(SynchronousTestCase):
    def setUp(self) -> None:
        numbers = itertools.count(1)
        self.codes = PairingCodes(lambda below: next(numbers) % below)
        self.accounts = {each.key: each for each in (ANN, BOB)}
        self.now = 50.0

    def redeem(self, code: str, host: str = PHONE, session: int = 1) -> Account:
        return self.codes.redeem(code, host, session, self.now, self.accounts)

    def assert_bad(self, code: str, host: str = PHONE, session: int = 1) -> str:
        return self.assertRaises(BadLogin, self.redeem, code, host, session).sentence

    def wait(self, code: str, host: str = PHONE) -> int:
        return self.assertRaises(TooManyLogins, self.redeem, code, host).wait

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
        second = self.codes.grant(attrs.evolve(ANN, name=Nick("ANN")), self.now)
        self.assert_bad(first)
        self.assertEqual(self.redeem(second), ANN)

    def test_a_code_is_for_the_account_that_asked(self) -> None:
        """Not for one with another password, nor for the next owner of its name."""
        changed, next_owner = attrs.evolve(ANN, secret="$new"), attrs.evolve(ANN, created_at=9)
        for account in (changed, next_owner):
            code = self.codes.grant(ANN, self.now)
            self.accounts[ANN.key] = account
            self.assert_bad(code)
            self.accounts[ANN.key] = ANN
            self.assert_bad(code)
        code = self.codes.grant(ANN, self.now)
        del self.accounts[ANN.key]
        self.assert_bad(code)

    def test_a_new_key_does_not_make_it_void(self) -> None:
        code = self.codes.grant(ANN, self.now)
        self.accounts[ANN.key] = attrs.evolve(ANN, keys=("ssh-ed25519 AAAA",))
        self.assertEqual(self.redeem(code).name, "ann")

    def test_whatever_is_wrong_with_a_code_the_answer_is_the_same(self) -> None:
        used, old = self.codes.grant(ANN, self.now), self.codes.grant(BOB, self.now)
        self.redeem(used)
        self.now += CODE_SECONDS
        void = self.codes.grant(ANN, self.now)
        del self.accounts[ANN.key]
        sentences = {self.assert_bad(code) for code in (used, old, void, "999999", "x")}
        self.assertEqual(len(sentences), 1)

    def test_two_accounts_never_have_the_same_code(self) -> None:
        same = PairingCodes(lambda below: below - 1)
        self.assertEqual(same.grant(ANN, 0), "999999")
        self.assertEqual(same.grant(BOB, 0), "000000")

    def test_an_address_has_five_tries_and_then_waits(self) -> None:
        code = self.codes.grant(ANN, self.now)
        for guess in range(TRIES):
            self.assert_bad(f"9{guess:05}", f"2001:db8::{guess}", guess)
        self.now += 20
        self.assertEqual(self.wait(code, "2001:db8::ffff"), 100)
        self.now += 99
        self.assertEqual(self.redeem(code), ANN)

    def test_the_wait_grows_and_has_an_end(self) -> None:
        for _ in range(TRIES):
            self.assert_bad("1")
        waits = []
        for _ in range(6):
            waits.append(self.wait("1"))
            self.now += waits[-1]
            self.assert_bad("1")
        self.assertEqual(waits, [120, 240, 480, 960, 960, 960])
        self.assertEqual(waits[-1], LONGEST_WAIT_SECONDS)

    def test_the_tries_come_back(self) -> None:
        for _ in range(TRIES):
            self.assert_bad("nonsense")
        self.now += TRIES * FORGIVEN_SECONDS
        for _ in range(TRIES):
            self.assert_bad("nonsense")
        self.wait("nonsense")

    def test_who_has_no_address_of_its_own_is_counted_by_session(self) -> None:
        exempt = PairingCodes(lambda _: 1, [parse_network("192.0.2.0/24")])
        for codes_, host in ((self.codes, ""), (exempt, PHONE)):
            self.codes = codes_
            for _ in range(TRIES):
                self.assert_bad("999999", host, 1)
            self.wait("999999", host)
            self.assert_bad("999999", host, 2)

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
            self.codes.grant(Account(Nick(name), 1, ""), self.now)
        self.now += 20
        self.assertEqual(self.assertRaises(Busy, self.codes.grant, ANN, self.now).wait, 100)
        self.codes.grant(Account(Nick("b"), 1, ""), self.now)
        self.now += 100
        self.codes.grant(ANN, self.now)
        self.assertEqual(len(self.codes), 2)

    def test_only_so_many_addresses_are_remembered(self) -> None:
        self.patch(codes, "ADDRESSES_KEPT", 3)
        for _ in range(TRIES):
            self.assert_bad("1", PHONE)
        self.wait("1", PHONE)
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
                pairing.redeem(f"{guess:06}", f"192.0.2.{address}", 1, 1, {ANN.key: ANN})
            except TooManyLogins:
                continue
            except Refusal:
                wrong.append(address)
            else:
                self.assertTrue(may_hit)
                self.assertEqual(guess, secret)
                return
