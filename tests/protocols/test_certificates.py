"""Certificates that are given: what can be used, and one sentence for what cannot."""

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.protocols.certificates import BadCertificate, parse_certificate, read_certificate
from tests.certificates import PEM, Authority, self_signed
from tests.storage.folders import temporary_folder


class CertificateTests(SynchronousTestCase):
    def refused(self, certificate: bytes, key: bytes) -> str:
        error = self.assertRaises(
            BadCertificate, parse_certificate, certificate, key, "c.pem", "k.pem"
        )
        return str(error)

    def test_a_chain_and_its_key(self) -> None:
        pair = Authority().signed("chat.example.org", "192.0.2.7")
        certificate = pair.loaded()
        self.assertEqual(certificate.fingerprint, pair.fingerprint)
        self.assertEqual(certificate.names, "chat.example.org")
        self.assertFalse(certificate.is_self_signed)
        self.assertEqual(certificate.ends, pair.certificate.not_valid_after_utc)

    def test_the_order_in_the_file_does_not_matter(self) -> None:
        authority = Authority()
        pair = authority.signed("chat.example.org")
        reversed_ = authority.pem + pair.certificate.public_bytes(PEM)
        certificate = parse_certificate(reversed_, pair.key_pem)
        self.assertEqual(certificate.fingerprint, pair.fingerprint)

    def test_one_file_may_hold_both(self) -> None:
        pair = self_signed("localhost")
        path = temporary_folder(self)
        path.write_bytes(pair.key_pem + pair.certificate_pem)
        self.assertEqual(read_certificate(path, path).fingerprint, pair.fingerprint)

    def test_a_key_of_another_certificate(self) -> None:
        one, other = self_signed("localhost"), self_signed("localhost")
        self.assertEqual(
            self.refused(one.certificate_pem, other.key_pem),
            'The key in "k.pem" does not belong to the certificate in "c.pem".',
        )

    def test_what_is_no_pem(self) -> None:
        pair = self_signed("localhost")
        broken = pair.certificate_pem.replace(b"M", b"N", 5)
        for certificate in (b"", b"text", b"\0\xff", pair.certificate_pem[:200], broken):
            self.assertIn(
                '"c.pem" holds no certificate in PEM form.',
                self.refused(certificate, pair.key_pem),
            )
        for key in (b"", b"text", pair.key_pem[:100], pair.certificate_pem):
            self.assertEqual(
                self.refused(pair.certificate_pem, key), '"k.pem" holds no private key in PEM form.'
            )

    def test_a_key_with_a_password(self) -> None:
        pair = self_signed("localhost")
        locked = pair.private.private_bytes(
            PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
        self.assertIn("needs a password", self.refused(pair.certificate_pem, locked))

    def test_a_key_that_openssl_finds_too_weak(self) -> None:
        weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
        pair = self_signed("localhost", key=weak)
        reason = self.refused(pair.certificate_pem, pair.key_pem)
        self.assertRegex(reason, r'^The certificate in "c.pem" cannot be used: .*too small\.$')

    def test_files_that_cannot_be_read(self) -> None:
        folder = temporary_folder(self)
        folder.mkdir()
        for path, reason in (
            (folder / "none.pem", "No such file or directory"),
            (folder, "Is a directory"),
        ):
            error = self.assertRaises(BadCertificate, read_certificate, path, path)
            self.assertEqual(str(error), f'"{path}" cannot be read: {reason}.')
        path = Path("/dev/zero")
        error = self.assertRaises(BadCertificate, read_certificate, path, path)
        self.assertEqual(str(error), '"/dev/zero" is too large to hold a certificate or a key.')
