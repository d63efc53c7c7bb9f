"""Identity with accounts of our own, with an external command, and with a plugin of cred."""

from typing import Any

from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.credentials import IUsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.internet.defer import fail
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase, TestCase

from chatsvc.core.errors import (
    BadLogin,
    BadPassword,
    Busy,
    Closing,
    Internal,
    NotAllowed,
    TooManyLogins,
)
from chatsvc.core.limits import DEFAULT_LIMITS, Limits
from chatsvc.core.names import Nick, nick_key
from chatsvc.identity.checkers import AccountChecker, CommandChecker, Passwords
from chatsvc.identity.delays import LoginDelays
from chatsvc.identity.passwords import COSTS, Cost, Hasher, prepared
from chatsvc.identity.portal import IAccountHolder, PortalIdentity, Realm
from chatsvc.identity.turns import Turns
from chatsvc.ports import Identity
from tests.contracts.identity import ANN, HOME, NOBODY, PASSWORDS, IdentityContract
from tests.identity.world import Accounts, FakeProcess, FakeReactor, HeldThreads, own_identity


class OwnAccountsContractTests(IdentityContract, TestCase):
    def setUp(self) -> None:
        self.clock = Clock()

    def identity(self) -> Identity:
        return own_identity(PASSWORDS, self.clock, LoginDelays(DEFAULT_LIMITS), HeldThreads())

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)


class CommandContractTests(IdentityContract, TestCase):
    def setUp(self) -> None:
        self.reactor = FakeReactor(answer_at_once)

    def identity(self) -> Identity:
        checker: Any = CommandChecker(self.reactor, ["true"], Turns(4, 5))
        return PortalIdentity(checker, lambda _: None, LoginDelays(DEFAULT_LIMITS), self.reactor)

    def advance(self, seconds: float) -> None:
        self.reactor.advance(seconds)


class PluginContractTests(IdentityContract, TestCase):
    """A checker of somebody else's, as `--auth` plugs it in; its names are compared as they are."""

    def setUp(self) -> None:
        self.clock = Clock()

    def identity(self) -> Identity:
        checker = InMemoryUsernamePasswordDatabaseDontUse()
        for name, password in PASSWORDS.items():
            checker.addUser(name.encode(), prepared(password))
        checker.addUser(b"ANN", prepared(PASSWORDS[ANN]))
        accounts = Accounts(Hasher(COSTS["test"]), PASSWORDS)
        delays = LoginDelays(DEFAULT_LIMITS)
        return PortalIdentity(checker, accounts.find, delays, self.clock)

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)


def answer_at_once(process: FakeProcess) -> None:
    """Be the program that knows `PASSWORDS`, and how a name is written."""
    name, password = process.stdin.decode().splitlines()
    for known, right in PASSWORDS.items():
        if nick_key(known) == nick_key(Nick(name)) and prepared(right).decode() == password:
            return process.end(0, out=known.encode() + b"\n")
    return process.end(1)


class OwnAccountsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.threads = HeldThreads()
        self.identity = own_identity(
            PASSWORDS, self.clock, LoginDelays(DEFAULT_LIMITS), self.threads
        )

    def test_a_hash_is_what_a_login_is_checked_against(self) -> None:
        secret = self.successResultOf(self.identity.hash("new"))
        self.assertTrue(Hasher(COSTS["test"]).matches(secret, b"new"))

    def test_what_cannot_be_a_password_is_not_hashed(self) -> None:
        for password in ("", "a\0b", "x" * 1025):
            self.failureResultOf(self.identity.hash(password), BadPassword)

    def test_two_are_done_at_once_some_wait_and_the_next_is_told_to_come_back(self) -> None:
        self.threads.hold()
        answers = [self.identity.hash(f"password {number}") for number in range(7)]
        self.assertEqual(len(self.threads.held), 2)
        self.failureResultOf(self.identity.hash("one more"), Busy)
        self.threads.release()
        for answer in answers:
            self.assertTrue(self.successResultOf(answer).startswith("$argon2id$"))

    def test_an_unknown_name_takes_a_thread_like_a_wrong_password(self) -> None:
        self.threads.hold()
        for name in (ANN, NOBODY):
            answer = self.identity.check(name, "wrong", HOME)
            self.assertNoResult(answer)
            self.assertEqual(len(self.threads.held), 1)
            self.threads.release()
            self.failureResultOf(answer, BadLogin)

    def test_a_login_that_finds_everybody_busy_is_not_a_wrong_one(self) -> None:
        self.threads.hold()
        answers = [self.identity.hash(f"password {number}") for number in range(7)]
        for _ in range(50):
            self.failureResultOf(self.identity.check(ANN, PASSWORDS[ANN], HOME), Busy)
        self.threads.release()
        list(map(self.successResultOf, answers))
        checked = self.identity.check(ANN, PASSWORDS[ANN], HOME)
        self.threads.release()
        self.assertEqual(self.successResultOf(checked), ANN)

    def test_many_guesses_at_once_are_one_after_the_other(self) -> None:
        self.threads.hold()
        answers = [self.identity.check(ANN, f"guess {number}", HOME) for number in range(20)]
        self.threads.release()
        kinds = [type(self.failureResultOf(answer).value) for answer in answers]
        self.assertEqual(kinds, [BadLogin] * 5 + [Busy] * 15)
        self.failureResultOf(self.identity.check(ANN, "guess", HOME), TooManyLogins)


class RenewalTests(SynchronousTestCase):
    """A secret that was made at another cost is made anew at the next login."""

    def setUp(self) -> None:
        self.threads = HeldThreads()
        self.renewed: list[tuple[str, str, str]] = []
        old = Hasher(COSTS["test"])
        self.accounts = Accounts(old, PASSWORDS)
        self.new = Hasher(Cost(16, 1))
        self.turns = Turns(2, 5)
        crew = Passwords(self.new, self.turns, self.threads.run)
        checker: Any = AccountChecker(
            crew, self.accounts.find, lambda *renewal: self.renewed.append(renewal)
        )
        delays = LoginDelays(DEFAULT_LIMITS)
        self.identity = PortalIdentity(checker, self.accounts.find, delays, Clock(), crew)

    def test_the_answer_does_not_wait_for_the_new_secret(self) -> None:
        self.threads.hold()
        answer = self.identity.check(ANN, PASSWORDS[ANN], HOME)
        self.threads.held.pop(0)()
        self.assertEqual(self.successResultOf(answer), ANN)
        self.assertEqual(self.renewed, [])
        self.threads.release()
        [(name, old, new)] = self.renewed
        self.assertEqual((name, old), (ANN, self.accounts.find(ANN).secret))
        self.assertTrue(self.new.matches(new, prepared(PASSWORDS[ANN])))
        self.assertFalse(self.new.is_outdated(new))

    def test_a_wrong_password_renews_nothing_and_neither_does_a_secret_of_today(self) -> None:
        self.failureResultOf(self.identity.check(ANN, "wrong", HOME), BadLogin)
        account = self.accounts.find(ANN)
        account.secret = self.new.secret_of(b"x")
        self.successResultOf(self.identity.check(ANN, "x", HOME))
        self.assertEqual(self.renewed, [])

    def test_when_there_is_no_time_the_old_secret_stays(self) -> None:
        self.threads.hold()
        answer = self.identity.check(ANN, PASSWORDS[ANN], HOME)
        waiting = [self.identity.hash(f"password {number}") for number in range(6)]
        self.threads.held.pop(0)()
        self.turns.close()
        self.threads.release()
        self.assertEqual(self.successResultOf(answer), ANN)
        self.assertEqual(self.renewed, [])
        for result in waiting[2:]:
            self.failureResultOf(result, Closing)

    def test_an_account_without_a_password_lets_nobody_in(self) -> None:
        self.accounts.find(ANN).secret = ""
        for password in ("", "x", PASSWORDS[ANN]):
            self.failureResultOf(self.identity.check(ANN, password, HOME), BadLogin)


class OtherCheckerTests(SynchronousTestCase):
    def identity(self, error: Exception) -> PortalIdentity:
        checker = OneAnswer(error)
        delays = LoginDelays(Limits(wrong_logins=2))
        return PortalIdentity(checker, lambda _: None, delays, Clock())

    def test_passwords_that_another_program_keeps_are_not_set_here(self) -> None:
        self.failureResultOf(self.identity(UnauthorizedLogin()).hash("x"), NotAllowed)

    def test_a_bug_of_a_checker_is_logged_and_is_no_wrong_login(self) -> None:
        identity = self.identity(ZeroDivisionError())
        for _ in range(5):
            self.failureResultOf(identity.check(ANN, "x", HOME), Internal)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 5)

    def test_a_refusal_of_a_checker_is_passed_on_and_is_no_wrong_login(self) -> None:
        identity = self.identity(Busy("Wait 3 seconds."))
        for _ in range(5):
            self.failureResultOf(identity.check(ANN, "x", HOME), Busy)

    def test_there_is_one_kind_of_avatar(self) -> None:
        realm = Realm(lambda _: None)
        kind, avatar, log_out = realm.requestAvatar(b"ann", None, IAccountHolder)
        self.assertEqual((kind, avatar.name), (IAccountHolder, "ann"))
        log_out()
        self.assertRaises(NotImplementedError, realm.requestAvatar, b"ann", None, IUsernamePassword)


class OneAnswer:
    """A checker that always fails in the same way."""

    credentialInterfaces = (IUsernamePassword,)

    def __init__(self, error: Exception) -> None:
        self._error = error

    def requestAvatarId(self, credentials: object) -> Any:
        return fail(self._error)
