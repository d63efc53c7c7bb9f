"""Whom the client trusts: every judge, and what it says to people."""

import datetime
from pathlib import Path

import attrs
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.known_servers import KnownServers
from chatsvc.client.trust import (
    EXPIRED,
    NOT_YET_VALID,
    SELF_SIGNED,
    Authorities,
    Judge,
    OnFirstUse,
    Shown,
    ThisOne,
    Untrusted,
    listed,
)
from chatsvc.core.fingerprints import Fingerprint, fingerprint_of
from tests.storage.folders import temporary_folder

ONE, OTHER = fingerprint_of(b"one"), fingerprint_of(b"other")
NO_ISSUER = 20
"""X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY"""

VOUCHED = Shown(
    fingerprint=ONE,
    errors=frozenset(),
    issuer='"CN=Somebody"',
    names=("chat.example",),
    has_name=True,
    begins=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
    ends=datetime.datetime(2026, 12, 31, tzinfo=datetime.UTC),
)


def with_errors(*errors: int, fingerprint: Fingerprint = ONE) -> Shown:
    return attrs.evolve(VOUCHED, errors=frozenset(errors), fingerprint=fingerprint)


OWN = with_errors(SELF_SIGNED)
OTHER_OWN = with_errors(SELF_SIGNED, fingerprint=OTHER)
MISNAMED = attrs.evolve(VOUCHED, has_name=False)


class Bench(SynchronousTestCase):
    def refusal(self, judge: Judge, shown: Shown) -> str:
        return str(self.assertRaises(Untrusted, judge.judge, shown))


class FixedTests(Bench):
    """Judges that remember nothing."""

    def test_one_fingerprint_counts_and_nothing_else(self) -> None:
        remembered: list[Fingerprint] = []
        judge = ThisOne(ONE, remembered.append)
        for shown in (VOUCHED, OWN, MISNAMED, with_errors(EXPIRED, NO_ISSUER)):
            judge.judge(shown)
        self.assertEqual(remembered, [ONE] * 4)
        for shown in (OTHER_OWN, attrs.evolve(VOUCHED, fingerprint=OTHER)):
            said = self.refusal(judge, shown)
            self.assertIn("THIS IS NOT THE SERVER", said)
            self.assertIn(f"{OTHER}, and not {ONE}", said)
        self.assertEqual(len(remembered), 4)

    def test_authorities_in_a_file_must_vouch_for_name_and_time(self) -> None:
        judge = Authorities("chat.example", "ca.pem")
        judge.judge(VOUCHED)
        for shown, words in (
            (OWN, 'by "CN=Somebody", which is not among the authorities in "ca.pem"'),
            (with_errors(NO_ISSUER), 'not among the authorities in "ca.pem"'),
            (with_errors(NO_ISSUER, EXPIRED), 'not among the authorities in "ca.pem"'),
            (with_errors(EXPIRED), "has expired (its own end is 2026-12-31)"),
            (with_errors(NOT_YET_VALID), "not valid before 2026-01-01"),
            (MISNAMED, "is for chat.example, and not for chat.example"),
        ):
            self.assertIn(words, self.refusal(judge, shown))

    def test_names_are_listed_briefly(self) -> None:
        self.assertEqual(listed([]), "no host")
        self.assertEqual(listed("abc"), "a, b, c")
        self.assertEqual(listed("abcdef"), "a, b, c and 3 more")


class FirstUseTests(Bench):
    def setUp(self) -> None:
        self.path = Path(temporary_folder(self), "known_servers")
        self.told: list[str] = []
        self.day = "2026-11-21"

    def judge(self) -> OnFirstUse:
        """Return a judge of a new process."""
        return OnFirstUse(
            "chat.example", 8124, KnownServers(self.path), self.told.append, lambda: self.day
        )

    def test_a_self_signed_certificate_is_trusted_once_aloud_and_then_silently(self) -> None:
        self.judge().judge(OWN)
        [line] = self.told
        self.assertIn("trusted from now on; SHA-256 fingerprint " + ONE, line)
        self.judge().judge(OWN)
        self.assertEqual(self.told, [line])

    def test_another_one_is_refused_loudly_and_again_and_is_not_remembered(self) -> None:
        self.judge().judge(OWN)
        for judge in (self.judge(), self.judge()):
            for _ in range(2):
                said = self.refusal(judge, OTHER_OWN)
                self.assertIn("THE SERVER'S CERTIFICATE HAS CHANGED", said)
                self.assertIn(f"since 2026-11-21 it was {ONE}", said)
                self.assertIn(f"--fingerprint {OTHER}", said)
        self.judge().judge(OWN)

    def test_another_one_in_the_same_process_too_even_if_nothing_can_be_kept(self) -> None:
        self.path = Path("/dev/null/known_servers")
        judge = self.judge()
        judge.servers.path = None
        judge.judge(OWN)
        self.assertIn("HAS CHANGED", self.refusal(judge, OTHER_OWN))

    def test_that_nothing_can_be_kept_is_told(self) -> None:
        self.path.parent.mkdir()
        self.path.parent.chmod(0o700)
        judge = self.judge()
        self.path.mkdir()
        said = self.refusal(judge, OWN)
        self.assertIn("It is not known whether this server can be trusted: ", said)
        self.path.rmdir()
        judge.judge(OWN)
        self.path.unlink()
        self.path.mkdir()
        judge.learn(OTHER)
        self.assertRegex(self.told[-1], r"^The server's certificate is not remembered: ")

    def test_the_new_one_is_accepted_with_its_fingerprint(self) -> None:
        self.judge().judge(OWN)
        ThisOne(OTHER, self.judge().learn).judge(OTHER_OWN)
        self.judge().judge(OTHER_OWN)
        self.assertIn("HAS CHANGED", self.refusal(self.judge(), OWN))

    def test_what_authorities_vouch_for_is_trusted_silently(self) -> None:
        self.judge().judge(VOUCHED)
        self.judge().judge(attrs.evolve(VOUCHED, fingerprint=OTHER))
        self.assertEqual(self.told, [])

    def test_where_an_authority_vouched_once_nothing_less_will_do(self) -> None:
        self.judge().judge(VOUCHED)
        for shown, words in (
            (OWN, "on 2026-11-21 an authority vouched for it"),
            (MISNAMED, "and not for chat.example"),
            (with_errors(EXPIRED), "has expired"),
        ):
            self.assertIn(words, self.refusal(self.judge(), shown))

    def test_a_server_that_was_self_signed_may_get_an_authority_and_must_keep_it(self) -> None:
        self.judge().judge(OWN)
        self.judge().judge(attrs.evolve(VOUCHED, fingerprint=OTHER))
        self.assertIn("HAS CHANGED", self.refusal(self.judge(), OWN))

    def test_other_certificates_are_not_trusted_at_first_use(self) -> None:
        for shown, words in (
            (with_errors(NO_ISSUER), 'signed by "CN=Somebody", whom this machine does not know'),
            (with_errors(SELF_SIGNED, EXPIRED), "has expired"),
            (with_errors(SELF_SIGNED, NOT_YET_VALID), "is the clock of this machine right?"),
            (MISNAMED, "is for chat.example, and not for chat.example"),
        ):
            said = self.refusal(self.judge(), shown)
            self.assertIn(words, said)
            self.assertIn(f"--fingerprint {ONE}", said)
        self.assertEqual(self.told, [])
        self.assertFalse(self.path.exists())

    def test_a_known_one_may_grow_old(self) -> None:
        """Its dates were its own word, as all of it."""
        self.judge().judge(OWN)
        self.judge().judge(with_errors(SELF_SIGNED, EXPIRED))
