"""Fingerprints, in every spelling that people paste."""

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.fingerprints import fingerprint_of, parse_fingerprint

ABC = (
    "BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:"
    "B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD"
)
"""The SHA-256 of b"abc", FIPS 180-4."""


class FingerprintTests(SynchronousTestCase):
    def test_it_is_the_sha_256_as_openssl_writes_it(self) -> None:
        self.assertEqual(fingerprint_of(b"abc"), ABC)

    def test_it_is_read_however_it_is_pasted(self) -> None:
        for text in (
            ABC,
            ABC.lower(),
            ABC.replace(":", ""),
            ABC.replace(":", " "),
            f" {ABC}\n",
            f"{ABC}.",
            f"sha256 Fingerprint={ABC}",
            f"SHA-256: {ABC}",
            f"sha256:{ABC.lower()}",
        ):
            self.assertEqual(parse_fingerprint(text), ABC, text)

    def test_anything_else_is_refused_with_a_sentence(self) -> None:
        for text in ("", "abc", ABC[:-3], f"{ABC}:00", ABC.replace("B", "G"), f"{ABC[:-1]}١", "é"):
            error = self.assertRaises(ValueError, parse_fingerprint, text)
            self.assertIn("32 pairs of hexadecimal digits", str(error))
