"""The one-time code of the first operator."""

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.errors import BadLogin, TooManyLogins
from chatsvc.core.limits import DEFAULT_LIMITS, Limits
from chatsvc.core.names import Nick
from chatsvc.identity.claims import ALPHABET, CHARACTERS, OneTimeClaims
from chatsvc.identity.delays import LoginDelays

ANN, BOB = Nick("ann"), Nick("bob")
HOME, AWAY = "192.0.2.1", "198.51.100.1"


class ClaimTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.claims = OneTimeClaims(LoginDelays(Limits()), self.clock)

    def refuses(self, code: str, name: Nick = BOB, address: str = AWAY) -> BadLogin:
        refusal = self.assertRaises(BadLogin, self.claims.check, name, code, address)
        assert isinstance(refusal, BadLogin)
        return refusal

    def test_codes_are_long_and_made_by_chance(self) -> None:
        codes = {self.claims.make() for _ in range(20)}
        self.assertEqual(len(codes), 20)
        for code in codes:
            self.assertRegex(code, rf"\A[{ALPHABET}]{{4}}(-[{ALPHABET}]{{4}}){{3}}\Z")
        self.assertGreaterEqual(len(ALPHABET) ** CHARACTERS, 2**80)

    def test_the_code_is_kept_nowhere(self) -> None:
        code = self.claims.make()
        for kept in (code, code.replace("-", "")):
            self.assertNotIn(kept, repr(vars(self.claims)))

    def test_only_the_newest_code_is_good(self) -> None:
        old, new = self.claims.make(), self.claims.make()
        self.refuses(old)
        self.claims.check(ANN, new, HOME)

    def test_it_is_for_who_gave_it_first_until_it_is_void(self) -> None:
        code = self.claims.make()
        self.claims.check(ANN, code, HOME)
        self.refuses(code)
        self.claims.check(ANN, code, HOME)
        self.claims.void()
        self.refuses(code, ANN, HOME)

    def test_all_that_is_wrong_is_refused_alike(self) -> None:
        without = self.refuses("")
        code = self.claims.make()
        self.assertEqual({without, self.refuses("x" * 4000), self.refuses(code[:-1])}, {without})

    def test_wrong_ones_have_to_wait(self) -> None:
        code = self.claims.make()
        for _ in range(DEFAULT_LIMITS.wrong_logins):
            self.refuses("wrong")
        self.assertRaises(TooManyLogins, self.claims.check, BOB, code, AWAY)
        self.claims.check(ANN, code, HOME)
