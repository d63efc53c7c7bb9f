"""Throwaway certificates: self-signed ones, authorities, and what authorities sign.

pair = self_signed("localhost")
authority = Authority()
pair = authority.signed("localhost", days=5)
pair.write(folder / "cert.pem", folder / "key.pem")
"""

import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chatsvc.core.fingerprints import Fingerprint, fingerprint_of
from chatsvc.protocols.certificates import Certificate, parse_certificate

PEM = serialization.Encoding.PEM


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@attrs.frozen
class Pair:
    """A certificate and its key; `chain` stands behind it in the file."""

    certificate: x509.Certificate
    private: Any
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def certificate_pem(self) -> bytes:
        return b"".join(each.public_bytes(PEM) for each in (self.certificate, *self.chain))

    @property
    def key_pem(self) -> bytes:
        return self.private.private_bytes(
            PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @property
    def fingerprint(self) -> Fingerprint:
        return fingerprint_of(self.certificate.public_bytes(serialization.Encoding.DER))

    def write(self, certificate_file: Path, key_file: Path) -> None:
        certificate_file.write_bytes(self.certificate_pem)
        key_file.write_bytes(self.key_pem)

    def loaded(self) -> Certificate:
        """Return it as a server shows it."""
        return parse_certificate(self.certificate_pem, self.key_pem)


def self_signed(*names: str, days: float = 30, since: float = -1, key: Any = None) -> Pair:
    """Return a certificate that nobody vouches for, valid from `since` to `days` from now."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = _name(names[0])
    return Pair(_built(subject, subject, key, key, names, since, days, is_authority=False), key)


class Authority:
    """Somebody who signs certificates."""

    def __init__(self, name: str = "An authority for tests") -> None:
        self._name = _name(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = _built(
            self._name, self._name, self._key, self._key, (), -2, 100, is_authority=True
        )

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(PEM)

    def signed(self, *names: str, days: float = 30, since: float = -1) -> Pair:
        """Return a certificate for `names`."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _built(
            _name(names[0]), self._name, key, self._key, names, since, days, is_authority=False
        )
        return Pair(certificate, key, (self.certificate,))


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])


def _built(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signing_key: ec.EllipticCurvePrivateKey,
    names: tuple[str, ...],
    since: float,
    days: float,
    is_authority: bool,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() + datetime.timedelta(days=since))
        .not_valid_after(now() + datetime.timedelta(days=days))
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
    )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False
        )
    return builder.sign(signing_key, hashes.SHA256())


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
