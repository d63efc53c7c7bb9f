"""The server's own certificate in the data folder."""

import datetime
import stat
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.ports import LogError
from chatsvc.protocols.certificates import parse_certificate, read_certificate
from chatsvc.storage.certificate import (
    VALID_DAYS,
    ensure_certificate,
    files_in,
    fingerprint_in,
    make_pair,
)
from tests.certificates import now
from tests.storage.folders import temporary_folder


class OwnCertificateTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = temporary_folder(self)
        self.folder.mkdir()
        self.certificate_file, self.key_file = files_in(self.folder)

    def make(self) -> x509.Certificate:
        ensure_certificate(self.folder, now())
        return x509.load_pem_x509_certificate(self.certificate_file.read_bytes())

    def test_it_is_made_once(self) -> None:
        first = self.make()
        self.assertEqual(self.make(), first)

    def test_a_key_on_p_256_for_ten_years_and_for_this_machine(self) -> None:
        made = self.make()
        self.assertIsInstance(made.public_key().curve, ec.SECP256R1)
        names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        self.assertIn("localhost", names.get_values_for_type(x509.DNSName))
        self.assertEqual(len(names.get_values_for_type(x509.IPAddress)), 2)
        left = made.not_valid_after_utc - now()
        self.assertGreater(left, datetime.timedelta(days=VALID_DAYS - 1))
        self.assertLess(made.not_valid_before_utc, now())

    def test_its_files_are_for_their_owner_alone_and_nothing_else_is_left(self) -> None:
        self.make()
        self.assertEqual(set(self.folder.iterdir()), {self.certificate_file, self.key_file})
        for path in self.folder.iterdir():
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)

    def test_a_key_that_a_crash_left_alone_gets_a_certificate(self) -> None:
        self.make()
        key = self.key_file.read_bytes()
        self.certificate_file.unlink()
        self.folder.joinpath("tls-certificate.pem.new").write_bytes(b"half")
        self.make()
        self.assertEqual(self.key_file.read_bytes(), key)
        read_certificate(self.certificate_file, self.key_file)

    def test_a_certificate_that_clients_may_know_is_never_made_anew(self) -> None:
        first = self.make()
        self.key_file.unlink()
        self.assertEqual(self.make(), first)
        self.assertFalse(self.key_file.exists())

    def test_what_is_no_key_is_left_alone(self) -> None:
        self.key_file.write_bytes(b"not a key")
        error = self.assertRaises(LogError, ensure_certificate, self.folder, now())
        self.assertRegex(str(error), r'^"\S+tls-key.pem" is no private key that was made here; ')
        self.assertEqual(self.key_file.read_bytes(), b"not a key")

    def test_a_folder_that_takes_no_file_is_a_sentence(self) -> None:
        self.folder.joinpath("tls-key.pem.new").mkdir()
        error = self.assertRaises(LogError, ensure_certificate, self.folder, now())
        self.assertRegex(str(error), r"^The certificate in the data folder .* cannot be made: ")

    def test_one_in_memory_is_as_good(self) -> None:
        pair = make_pair(now())
        certificate = parse_certificate(pair.certificate, pair.key)
        self.assertTrue(certificate.is_self_signed)
        self.assertNotEqual(make_pair(now()).key, pair.key)

    def test_its_fingerprint_is_the_one_that_openssl_shows(self) -> None:
        self.make()
        words = ["openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in"]
        try:
            shown = subprocess.run(
                [*words, self.certificate_file], capture_output=True, text=True, check=True
            ).stdout
        except FileNotFoundError:
            self.skipTest("openssl is not installed here")
        self.assertEqual(shown.strip().partition("=")[2], fingerprint_in(self.certificate_file))

    def test_no_certificate_is_a_sentence(self) -> None:
        for content, sentence in (
            (None, "A server with --tls makes it"),
            (b"text", "holds no certificate in PEM form"),
        ):
            path = self.folder / "other.pem"
            if content is not None:
                path.write_bytes(content)
            error = self.assertRaises(LogError, fingerprint_in, path)
            self.assertIn(sentence, str(error))
