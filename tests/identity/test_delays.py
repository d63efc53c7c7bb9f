"""Wrong logins make the next ones wait: longer and longer, not for ever, and nobody else."""

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.addresses import LOOPBACK
from chatsvc.core.errors import Busy, TooManyLogins
from chatsvc.core.limits import DEFAULT_LIMITS, Limits
from chatsvc.core.names import Nick
from chatsvc.identity import delays
from chatsvc.identity.delays import (
    ADDRESS_FORGIVEN_SECONDS,
    NAME_FORGIVEN_SECONDS,
    LoginDelays,
)

ANN = Nick("ann")
HOME = "192.0.2.1"
LIMITS = Limits(wrong_logins=2, address_wrong_logins=4, login_wait_seconds=10)


class DelaysTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.delays = LoginDelays(LIMITS)
        self.now = 1000.0

    def wrong(self, name: str = ANN, address: str = HOME, times: int = 1) -> None:
        for _ in range(times):
            self.delays.begin(Nick(name), address, self.now).wrong(self.now)

    def right(self, name: str = ANN, address: str = HOME) -> None:
        self.delays.begin(Nick(name), address, self.now).right()

    def wait(self, name: str = ANN, address: str = HOME) -> int:
        """Return how long a login would have to wait."""
        try:
            self.delays.begin(Nick(name), address, self.now).undecided()
        except TooManyLogins as refusal:
            return refusal.wait
        return 0

    def fill(self, name: str = ANN, address: str = HOME) -> list[int]:
        """Be wrong as soon as it is allowed, and return the waits."""
        waits = []
        for _ in range(8):
            self.wrong(name, address)
            waits.append(self.wait(name, address))
            self.now += waits[-1]
        return waits

    def test_a_name_is_free_at_first_and_then_waits_grow_to_their_end(self) -> None:
        self.assertEqual(self.fill(), [0, 1, 2, 4, 8, 10, 10, 10])

    def test_the_wait_holds_for_the_name_from_every_address_in_every_spelling(self) -> None:
        self.wrong(times=2)
        self.assertEqual(self.wait("ANN", "198.51.100.7"), 1)
        self.assertEqual(self.wait("bob"), 0)

    def test_an_address_waits_whatever_the_names(self) -> None:
        for name in "abcd":
            self.wrong(name)
        self.assertEqual((self.wait("e"), self.wait("e", "192.0.2.2")), (1, 0))

    def test_an_ipv6_address_counts_with_its_64(self) -> None:
        for number in range(4):
            self.wrong(f"n{number}", f"2001:db8::{number}")
        self.assertEqual((self.wait("e", "2001:db8::9"), self.wait("e", "2001:db8:1::")), (1, 0))

    def test_where_there_is_no_address_the_name_alone_counts(self) -> None:
        for name in "abcdefgh":
            self.wrong(name, "")
        self.assertEqual(self.wait("i", ""), 0)
        self.wrong("a", "")
        self.assertEqual(self.wait("a", ""), 1)

    def test_an_exempt_address_has_no_count_of_its_own(self) -> None:
        self.delays = LoginDelays(LIMITS, LOOPBACK)
        for name in "abcdefgh":
            self.wrong(name, "127.0.0.1")
        self.assertEqual(self.wait("i", "127.0.0.1"), 0)

    def test_time_forgives_one_after_the_other(self) -> None:
        self.fill()
        self.now += NAME_FORGIVEN_SECONDS
        self.wrong()
        self.assertEqual(self.wait(), 10)
        self.now += 3 * NAME_FORGIVEN_SECONDS
        self.wrong()
        self.assertEqual(self.wait(), 4)
        self.now += 100 * NAME_FORGIVEN_SECONDS
        self.wrong()
        self.assertEqual(self.wait(), 0)

    def test_an_address_is_forgiven_sooner(self) -> None:
        for name in "abcd":
            self.wrong(name)
        self.now += ADDRESS_FORGIVEN_SECONDS
        self.wrong("e")
        self.assertEqual(self.wait("f"), 1)
        self.now += 2 * ADDRESS_FORGIVEN_SECONDS
        self.wrong("f")
        self.assertEqual(self.wait("g"), 0)

    def test_who_was_right_here_before_is_not_kept_out_by_others(self) -> None:
        """Neither by somebody who guesses elsewhere, nor by somebody behind the same address."""
        self.right()
        self.fill(ANN, "198.51.100.7")
        self.wrong(ANN, "198.51.100.7")
        for name in "abcd":
            self.wrong(name)
        self.assertEqual((self.wait(), self.wait(ANN, "203.0.113.9")), (0, 10))
        self.assertEqual(self.wait("e"), 1)

    def test_who_was_right_here_before_may_not_guess_without_an_end(self) -> None:
        self.right()
        self.assertEqual(self.fill(), [0, 1, 2, 4, 8, 10, 10, 10])

    def test_a_right_login_does_not_help_to_guess_other_names(self) -> None:
        for name in "abc":
            self.wrong(name)
        self.right()
        self.wrong("d")
        self.assertEqual(self.wait("e"), 1)

    def test_a_refused_login_makes_nothing_worse(self) -> None:
        self.wrong(times=2)
        for _ in range(50):
            self.assertEqual(self.wait(), 1)

    def test_guesses_made_all_at_once_gain_nothing(self) -> None:
        """Beyond what is free, one is looked at after the other."""
        attempts = [self.delays.begin(ANN, HOME, self.now) for _ in range(2)]
        self.assertRaises(Busy, self.delays.begin, ANN, HOME, self.now)
        for attempt in attempts:
            attempt.wrong(self.now)
        self.now += self.wait()
        attempt = self.delays.begin(ANN, HOME, self.now)
        refusal = self.assertRaises(Busy, self.delays.begin, ANN, HOME, self.now)
        self.assertEqual(refusal.wait, 1)
        attempt.undecided()
        self.assertEqual(self.wait(), 0)

    def test_lifted_limits_are_no_delays(self) -> None:
        self.delays = LoginDelays(DEFAULT_LIMITS.lifted())
        self.wrong(times=500)
        self.assertEqual(self.wait(), 0)

    def test_only_so_many_are_remembered(self) -> None:
        self.patch(delays, "KEPT", 10)
        for number in range(100):
            self.wrong(f"n{number}", f"192.0.2.{number}")
            self.right(f"m{number}", f"198.51.100.{number}")
        self.assertEqual(len(self.delays), 30)

    def test_those_used_last_are_remembered(self) -> None:
        self.patch(delays, "KEPT", 10)
        self.wrong(times=2)
        for number in range(9):
            self.wrong(f"n{number}", "")
        self.assertEqual(self.wait(), 1)
        self.wrong("n9", "")
        self.wrong("n10", "")
        for number in range(11):
            self.assertEqual(self.wait(f"n{number}", ""), 0)
        self.assertEqual(self.wait(ANN, ""), 0)
