"""The server's own certificate: self-signed, made once, kept in the data folder.

    tls-key.pem           the private key; whoever has it can pretend to be the server
    tls-certificate.pem   the certificate; its fingerprint is what people compare

Each file gets its name when it is complete and on the disk, the key first. A key without
a certificate is what a crash between the two leaves, and gets one; a certificate without
its key is never made anew, since clients know it.
"""

import datetime
import os
import re
import socket
from ipaddress import ip_address
from pathlib import Path

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chatsvc.core.fingerprints import Fingerprint, fingerprint_of
from chatsvc.ports import LogError
from chatsvc.storage.folder import synchronize

KEY_FILE = "tls-key.pem"
CERTIFICATE_FILE = "tls-certificate.pem"

VALID_DAYS = 3650
"""Ten years: clients that know the certificate compare it, so a short life protects nobody
and would make everybody confirm a new one."""

BACKDATED = datetime.timedelta(days=1)
"""The certificate is valid for clients, too, whose clock is behind."""

_LONGEST_COMMON_NAME = 64  # RFC 5280, appendix A.1: ub-common-name
_HOST_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")


@attrs.frozen
class PemPair:
    """A certificate and its private key, both as PEM."""

    certificate: bytes
    key: bytes


def files_in(folder: Path) -> tuple[Path, Path]:
    """Return where the certificate and the key of a data folder are."""
    return folder / CERTIFICATE_FILE, folder / KEY_FILE


def ensure_certificate(folder: Path, now: datetime.datetime) -> None:
    """Make certificate and key in `folder` unless they are there. Raises `LogError`.

    Call it with the folder's lock taken.
    """
    certificate_file, key_file = files_in(folder)
    try:
        if certificate_file.exists():
            return
        if not key_file.exists():
            _write(key_file, _key_pem(_new_key()))
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("another kind of key")
        _write(certificate_file, _certificate_pem(key, now))
    except OSError as error:
        reason = f"cannot be made: {error.strerror}"
        raise LogError(f'The certificate in the data folder "{folder}" {reason}.') from error
    except (ValueError, TypeError) as error:
        raise LogError(
            f'"{key_file}" is no private key that was made here; move it away, and a new one is '
            "made, or give your own with --cert and --key."
        ) from error


def make_pair(now: datetime.datetime) -> PemPair:
    """Return a new key and certificate that are kept nowhere."""
    key = _new_key()
    return PemPair(_certificate_pem(key, now), _key_pem(key))


def fingerprint_in(path: Path) -> Fingerprint:
    """Return the fingerprint of the first certificate in a PEM file. Raises `LogError`."""
    try:
        certificate = x509.load_pem_x509_certificates(path.read_bytes())[0]
    except FileNotFoundError:
        raise LogError(
            f'There is no "{path}". A server with --tls makes it when it starts; for a '
            "certificate of your own say: chatsvc fingerprint FILE."
        ) from None
    except OSError as error:
        raise LogError(f'"{path}" cannot be read: {error.strerror}.') from error
    except ValueError as error:
        raise LogError(f'"{path}" holds no certificate in PEM form.') from error
    return fingerprint_of(certificate.public_bytes(serialization.Encoding.DER))


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _certificate_pem(key: ec.EllipticCurvePrivateKey, now: datetime.datetime) -> bytes:
    """Return a certificate for this machine's name, good for TLS servers alone."""
    host = _host_name()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:_LONGEST_COMMON_NAME])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + datetime.timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName(_names(host)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_SIGNING_ALONE, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


_SIGNING_ALONE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


def _host_name() -> str:
    """Return this machine's name, "localhost" if it has none that a certificate can hold."""
    name = socket.gethostname().lower().rstrip(".")
    return name if len(name) <= 253 and _HOST_NAME.fullmatch(name) else "localhost"


def _names(host: str) -> list[x509.GeneralName]:
    names = [x509.DNSName(each) for each in dict.fromkeys((host, "localhost"))]
    return [*names, *(x509.IPAddress(ip_address(each)) for each in ("127.0.0.1", "::1"))]


def _write(path: Path, content: bytes) -> None:
    """Write a file for its owner alone; it has its name only once it is on the disk."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    new.rename(path)
    synchronize(path.parent)
