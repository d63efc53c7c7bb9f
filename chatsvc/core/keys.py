"""SSH public keys, as they stand in a line of `id_ed25519.pub` (RFC 4253 section 6.6).

    line = type " " base64-of-blob [" " comment]

The blob is a row of strings, each behind its length in four bytes; the first one is the
type again. What follows depends on the type:

    ssh-ed25519            32 bytes                                   RFC 8709
    ecdsa-sha2-nistp*      the curve's name, an uncompressed point    RFC 5656
    ssh-rsa                e, n: positive integers without padding    RFC 4253

Other types (DSS, SSH's certificates, security keys) and options before the type are refused.
Only the form is looked at here; whether somebody has the private half shows when they log in.
The fingerprint of a TLS certificate is a key as well (`certificate_keys`).
"""

from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256

import attrs

from chatsvc.core.certificate_keys import KIND, CertificateKey, parse_certificate
from chatsvc.core.errors import BadKey, BadText, TooMany
from chatsvc.core.fingerprints import Fingerprint, looks_like_fingerprint
from chatsvc.core.limits import KEY_COMMENT_LENGTH
from chatsvc.core.text import check_text, printable

LEAST_RSA_BITS = 2048
"""Shorter ones are no longer thought safe (NIST SP 800-57)."""

MOST_RSA_BITS = 16_384
"""What OpenSSH takes at most; a longer one costs much time to check."""

_LONGEST_ENCODED = 4096
"""Characters of base64; the longest RSA key has about 2,800."""

_MOST_EXPONENT_BITS = 64
"""What OpenSSL takes at most for a key of this length."""

_LENGTH_BYTES = 4
_ED25519_BYTES = 32
_LONGEST_SHOWN = 60
_UNCOMPRESSED = b"\x04"

_TYPICAL = '"ssh-ed25519 AAAA... me@home", the line of a file such as id_ed25519.pub'
_NOT_A_KEY = f"This is not a public key; one looks like {_TYPICAL}."


@attrs.frozen
class SshKey:
    """One public key: its type, its blob, and a comment for people, which may be empty."""

    kind: str
    blob: bytes
    comment: str = attrs.field(default="", eq=False)

    @property
    def line(self) -> str:
        """The key in its one canonical form, as `authorized_keys` has it."""
        words = (self.kind, b64encode(self.blob).decode("ascii"), self.comment)
        return " ".join(word for word in words if word)

    @property
    def fingerprint(self) -> str:
        """The key's short name, as `ssh-keygen -l` shows it."""
        digest = b64encode(sha256(self.blob).digest()).decode("ascii")
        return "SHA256:" + digest.rstrip("=")

    def is_called(self, name: str) -> bool:
        """Tell whether this is its fingerprint."""
        return name == self.fingerprint


Key = SshKey | CertificateKey


def parse_key(text: str) -> Key:
    """Return the key in a line of a `.pub` file, or with a fingerprint; raise `BadKey`.

    A certificate's fingerprint may have the word `x509` in front, and a comment then.
    """
    if "PRIVATE KEY" in text:
        raise BadKey("This is a private key, which nobody else should ever see; make a new one.")
    kind, _, rest = text.strip().partition(" ")
    if kind == KIND:
        fingerprint, _, comment = rest.strip().partition(" ")
        return parse_certificate(fingerprint, _comment(comment.strip()))
    check = _KINDS.get(kind)
    if check is None:
        if looks_like_fingerprint(text):
            return parse_certificate(text)
        raise BadKey(_unknown(kind))
    encoded, _, comment = rest.strip().partition(" ")
    fields = _fields(_decoded(encoded))
    if fields[0] != kind.encode("ascii"):
        raise BadKey("The key says another type inside than in its first word; copy it again.")
    check(fields[1:])
    return SshKey(kind, b64decode(encoded), _comment(comment.strip()))


def stored_key(line: str) -> Key:
    """Return the key that `Key.line` gave; it was looked at when it was added."""
    kind, encoded, *comment = line.split(" ", 2)
    if kind == KIND:
        return CertificateKey(Fingerprint(encoded), *comment)
    return SshKey(kind, b64decode(encoded), *comment)


def with_key(lines: tuple[str, ...], key: Key, most: int) -> tuple[str, ...]:
    """Return the keys of an account, each as its `line`, and `key`.

    Raises `BadKey` if it is there already, `TooMany` beyond `most`.
    """
    if key in map(stored_key, lines):
        raise BadKey(f"The key {key.fingerprint} is there already.")
    if len(lines) >= most:
        raise TooMany(f"An account has at most {most} keys; remove one first.")
    return (*lines, key.line)


def keys_called(lines: tuple[str, ...], name: int | str) -> tuple[str, ...]:
    """Return the keys of an account that are meant by a fingerprint, or by a place from 1 on.

    There is more than one only if they were added at the same moment. Raises `BadKey`.
    """
    if isinstance(name, int):
        called = lines[name - 1 : name] if name else ()
    else:
        called = tuple(line for line in lines if stored_key(line).is_called(name))
    if not called:
        shown = printable(str(name))[:_LONGEST_SHOWN]
        raise BadKey(f'There is no key "{shown}"; keys list shows yours.')
    return called


def _unknown(kind: str) -> str:
    if kind.startswith(("sk-", "ssh-dss")) or "cert" in kind:
        return f"Keys of this type cannot be used here; take one of {', '.join(_KINDS)}."
    return _NOT_A_KEY


def _decoded(encoded: str) -> bytes:
    """Return the blob; only the one canonical spelling of it is taken."""
    if len(encoded) > _LONGEST_ENCODED:
        raise BadKey("The key is too long; copy the one line of the .pub file.")
    try:
        blob = b64decode(encoded, validate=True)
    except ValueError:
        raise BadKey(f"The key's second word is not base64; it looks like {_TYPICAL}.") from None
    if b64encode(blob) != encoded.encode("ascii"):
        raise BadKey("The end of the key's second word is damaged; copy it again.")
    return blob


def _fields(blob: bytes) -> list[bytes]:
    """Return the strings in `blob`, at least one."""
    fields = []
    while blob:
        end = _LENGTH_BYTES + int.from_bytes(blob[:_LENGTH_BYTES], "big")
        if end > len(blob) or len(blob) < _LENGTH_BYTES:
            break
        fields.append(blob[_LENGTH_BYTES:end])
        blob = blob[end:]
    if blob or not fields:
        raise _incomplete()
    return fields


def _incomplete() -> BadKey:
    return BadKey("The key is not complete; copy the whole line of the .pub file.")


def _comment(comment: str) -> str:
    if len(comment) > KEY_COMMENT_LENGTH:
        raise BadKey(f"A key's comment has at most {KEY_COMMENT_LENGTH} characters.")
    try:
        return check_text(comment) if comment else ""
    except BadText as error:
        raise BadKey(f"In the key's comment: {error.sentence}") from None


def _check_ed25519(fields: list[bytes]) -> None:
    if [len(field) for field in fields] != [_ED25519_BYTES]:
        raise _incomplete()


def _check_ecdsa(curve: str, size: int) -> Callable[[list[bytes]], None]:
    """Return a check of a point with coordinates of `size` bytes."""

    def check(fields: list[bytes]) -> None:
        if [len(field) for field in fields] != [len(curve), 1 + 2 * size]:
            raise _incomplete()
        name, point = fields
        if name != curve.encode("ascii") or not point.startswith(_UNCOMPRESSED):
            raise _incomplete()

    return check


def _check_rsa(fields: list[bytes]) -> None:
    if len(fields) != 2:
        raise _incomplete()
    exponent, modulus = map(_positive, fields)
    if not LEAST_RSA_BITS <= modulus.bit_length() <= MOST_RSA_BITS:
        raise BadKey(
            f"This RSA key has {modulus.bit_length()} bits; {LEAST_RSA_BITS} to "
            f"{MOST_RSA_BITS} are needed, or better an ssh-ed25519 key."
        )
    is_usable = exponent > 1 and exponent.bit_length() <= _MOST_EXPONENT_BITS
    if not (is_usable and exponent % 2 and modulus % 2):
        raise BadKey("The numbers in this RSA key cannot be those of a key; make a new one.")


def _positive(field: bytes) -> int:
    """Return the number in `field`, which must be positive and without needless zeros."""
    number = int.from_bytes(field, "big", signed=True)
    if number <= 0 or len(field) != number.bit_length() // 8 + 1:
        raise _incomplete()
    return number


_KINDS: dict[str, Callable[[list[bytes]], None]] = {
    "ssh-ed25519": _check_ed25519,
    "ecdsa-sha2-nistp256": _check_ecdsa("nistp256", 32),
    "ecdsa-sha2-nistp384": _check_ecdsa("nistp384", 48),
    "ecdsa-sha2-nistp521": _check_ecdsa("nistp521", 66),
    "ssh-rsa": _check_rsa,
}
