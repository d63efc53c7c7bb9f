"""Fingerprints of certificates: the SHA-256 of the whole certificate (DER), for people.

Written as OpenSSL does (`openssl x509 -noout -fingerprint -sha256`): 32 bytes in
hexadecimal capitals with colons between. Read with or without the colons, in any case,
and with the words that OpenSSL and others put before it.
"""

import re
from hashlib import sha256
from typing import NewType

Fingerprint = NewType("Fingerprint", str)
"""A checked fingerprint in the one spelling that is compared."""

_BYTES = 32
_WORDS = re.compile(r"^\s*sha-?256(?:\s+fingerprint)?\s*[:= ]\s*", re.IGNORECASE)
_FORM = re.compile(r"[0-9a-f]{2}(?:[: ]?[0-9a-f]{2}){31}", re.IGNORECASE)


def fingerprint_of(certificate: bytes) -> Fingerprint:
    """Return the fingerprint of a certificate, which is given as DER."""
    return Fingerprint(sha256(certificate).digest().hex(":").upper())


def looks_like_fingerprint(text: str) -> bool:
    """Tell whether `text` spells a fingerprint."""
    return _FORM.fullmatch(_digits(text)) is not None


def _digits(text: str) -> str:
    return _WORDS.sub("", text).strip(" \t\r\n.")


def parse_fingerprint(text: str) -> Fingerprint:
    """Return the fingerprint that `text` spells; raise `ValueError` with a sentence."""
    digits = _digits(text)
    if not _FORM.fullmatch(digits):
        raise ValueError(f"A SHA-256 fingerprint has {_BYTES} pairs of hexadecimal digits.")
    return Fingerprint(bytes.fromhex(digits.replace(":", "")).hex(":").upper())
