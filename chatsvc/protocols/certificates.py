"""Certificates that a server shows: read from PEM, checked, and made ready for connections.

Whatever is wrong with one is a `BadCertificate`, whose text is a sentence for the operator.
"""

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from OpenSSL import SSL

from chatsvc.core.fingerprints import Fingerprint, fingerprint_of

CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20"
"""What is spoken in TLS 1.2: forward secrecy and authenticated encryption, nothing else.
TLS 1.3 has no others; OpenSSL picks among them."""

LARGEST_FILE_BYTES = 1_048_576
"""No chain of certificates is as long; a device or a log file given by mistake may be."""


class BadCertificate(Exception):
    """Say in one sentence why a certificate cannot be used."""


@attrs.frozen
class Certificate:
    """A certificate with its chain, for people, and the context that shows it to clients."""

    leaf: x509.Certificate
    context: SSL.Context

    @property
    def fingerprint(self) -> Fingerprint:
        """The SHA-256 of the certificate."""
        return fingerprint_of(self.leaf.public_bytes(serialization.Encoding.DER))

    @property
    def ends(self) -> datetime.datetime:
        """When it expires, UTC."""
        return self.leaf.not_valid_after_utc

    @property
    def is_self_signed(self) -> bool:
        """Whether nobody but itself vouches for it."""
        return self.leaf.issuer == self.leaf.subject

    @property
    def names(self) -> str:
        """The host names it is for, or else its subject."""
        try:
            extension = self.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
            return self.leaf.subject.rfc4514_string()
        return ", ".join(extension.value.get_values_for_type(x509.DNSName)) or "no host name"


def read_certificate(certificate_file: Path, key_file: Path) -> Certificate:
    """Return what two PEM files hold; they may be one and the same. Raises `BadCertificate`."""
    certificate_pem, key_pem = _read(certificate_file), _read(key_file)
    return parse_certificate(certificate_pem, key_pem, str(certificate_file), str(key_file))


def parse_certificate(
    certificate_pem: bytes,
    key_pem: bytes,
    certificate_name: str = "the certificate",
    key_name: str = "the key",
) -> Certificate:
    """Return a certificate that is given as PEM. Raises `BadCertificate`.

    The names are for errors. The server's own certificate is the one that the key belongs
    to, usually the first; the others are its chain, in their order.
    """
    chain, key = _certificates(certificate_pem, certificate_name), _key(key_pem, key_name)
    try:
        leaf = _belonging(chain, key)
        if leaf is not None:
            context = _context(leaf, [each for each in chain if each is not leaf], key)
            return Certificate(leaf, context)
    except (SSL.Error, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadCertificate(
            f'The certificate in "{certificate_name}" cannot be used: {_reason(error)}.'
        ) from error
    raise BadCertificate(
        f'The key in "{key_name}" does not belong to the certificate in "{certificate_name}".'
    )


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise BadCertificate(f'"{path}" cannot be read: {error.strerror}.') from error
    if len(content) > LARGEST_FILE_BYTES:
        raise BadCertificate(f'"{path}" is too large to hold a certificate or a key.')
    return content


def _certificates(pem: bytes, name: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise BadCertificate(f'"{name}" holds no certificate in PEM form.') from error


def _key(pem: bytes, name: str) -> Any:
    try:
        return serialization.load_pem_private_key(pem, None)
    except TypeError as error:
        raise BadCertificate(
            f'The key in "{name}" needs a password, and nobody is there to type it; '
            "store it without one."
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadCertificate(f'"{name}" holds no private key in PEM form.') from error


def _belonging(chain: Sequence[x509.Certificate], key: Any) -> x509.Certificate | None:
    ours = _public_bytes(key.public_key())
    return next((each for each in chain if _public_bytes(each.public_key()) == ours), None)


def _public_bytes(key: Any) -> bytes:
    encoded: bytes = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return encoded


def _context(leaf: x509.Certificate, chain: list[x509.Certificate], key: Any) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(CIPHERS)
    # A client must not make the server do handshake after handshake on one connection.
    context.set_options(
        SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_COMPRESSION | SSL.OP_CIPHER_SERVER_PREFERENCE
    )
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)  # An idle connection needs no buffers.
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)  # Tickets are kept by the clients.
    # Where clients are asked for a certificate, OpenSSL resumes sessions of a named server only.
    context.set_session_id(b"chatsvc")
    context.use_certificate(leaf)
    context.use_privatekey(key)
    for each in chain:
        context.add_extra_chain_cert(each)
    context.check_privatekey()
    return context


def _reason(error: Exception) -> str:
    if error.args and isinstance(error.args[0], list) and error.args[0]:
        # OpenSSL's own: a list of (library, function, reason).
        return str(error.args[0][-1][-1])
    return str(error).rstrip(".") or type(error).__name__
