"""Certificates kept with accounts: their lines, their spellings, and whose they are."""

import attrs
from twisted.trial.unittest import SynchronousTestCase as TestCase

from chatsvc.core.accounts import Account
from chatsvc.core.certificate_keys import CertificateKey, Holders
from chatsvc.core.errors import BadKey, TooMany
from chatsvc.core.fingerprints import fingerprint_of
from chatsvc.core.keys import keys_called, parse_key, stored_key, with_key
from chatsvc.core.names import Nick

PRINT = fingerprint_of(b"a certificate")
PLAIN = PRINT.replace(":", "").lower()


class LineTests(TestCase):
    def test_every_spelling_is_the_same_key(self) -> None:
        """And what is kept is read back as it was."""
        for text in (
            PRINT,
            PLAIN,
            f"SHA256:{PLAIN}",
            f"sha256 Fingerprint={PRINT}",
            f"x509 {PLAIN}",
        ):
            key = parse_key(text)
            self.assertEqual((key.line, key.fingerprint), (f"x509 {PRINT}", PRINT))
            self.assertEqual(stored_key(key.line), key)
        commented = parse_key(f"x509 {PLAIN} my laptop")
        self.assertEqual(commented.line, f"x509 {PRINT} my laptop")
        self.assertEqual(stored_key(commented.line).comment, "my laptop")

    def test_what_is_no_fingerprint(self) -> None:
        for text in ("x509", "x509 12:34", PRINT[:-1], f"{PRINT}:00", f"x509 {PRINT} a\u202eb"):
            self.assertRaises(BadKey, parse_key, text)

    def test_they_count_like_other_keys(self) -> None:
        lines = with_key((), CertificateKey(PRINT), 1)
        self.assertRaises(BadKey, with_key, lines, CertificateKey(PRINT, "again"), 5)
        self.assertRaises(TooMany, with_key, lines, CertificateKey(fingerprint_of(b"b")), 1)
        self.assertEqual(keys_called(lines, PLAIN), lines)
        self.assertRaises(BadKey, keys_called, lines, "SHA256:other")


class HolderTests(TestCase):
    def test_whose_a_certificate_is(self) -> None:
        """Of nobody it is not remembered."""
        holders = Holders()
        ann = Account(Nick("Ann"), 1, "", (CertificateKey(PRINT).line, "ssh-ed25519 AAAA"))
        bob = attrs.evolve(ann, name=Nick("bob"))
        holders.add(ann)
        holders.add(bob)
        self.assertEqual(holders.of(PRINT), {"ann", "bob"})
        holders.discard(bob)
        self.assertEqual(holders.of(PRINT), {"ann"})
        holders.discard(ann)
        self.assertEqual((holders.of(PRINT), holders._accounts), (frozenset(), {}))
