"""SCRAM-SHA-256: the server's half, without a password ever being sent.

    client: n,,n=NAME,r=NONCE
    server: r=NONCE+MORE,s=SALT,i=ITERATIONS
    client: c=biws,r=NONCE+MORE,p=PROOF
    server: v=SIGNATURE

What a server needs to check a client is a *verifier*, which is made with the password and kept
beside the account's other secret; nobody can log in with it. Sources: RFC 5802, RFC 7677.
No channel binding is offered, so `y` and `n` mean the same.
"""

import re
from base64 import b64decode, b64encode
from hashlib import pbkdf2_hmac, sha256
from hmac import compare_digest, digest

import attrs

ITERATIONS = 4096
"""How often the password is hashed: the least that RFC 7677 allows. The client does it too."""

SALT_BYTES = 16
NONCE_BYTES = 18

_SIGN = "SCRAM-SHA-256"
_LONGEST_NAME = 256
_FIRST = re.compile(r"([ny],(?:a=([^,]*))?,)(n=([^,]+),r=([\x21-\x2b\x2d-\x7e]{1,128}))(?:,.*)?")
_FINAL = re.compile(r"(c=([A-Za-z0-9+/=]+),r=([\x21-\x2b\x2d-\x7e]+)),p=([A-Za-z0-9+/=]+)")


class ScramFailed(Exception):
    """Say that the client's message is broken, or its proof wrong."""


@attrs.frozen
class Verifier:
    """What is kept of a password for SCRAM."""

    salt: bytes
    iterations: int
    stored_key: bytes = attrs.field(repr=False)
    server_key: bytes = attrs.field(repr=False)

    def __str__(self) -> str:
        keys = (self.salt, self.stored_key, self.server_key)
        return "$".join((_SIGN, str(self.iterations), *map(_written, keys)))


def verifier_for(password: str, salt: bytes, iterations: int = ITERATIONS) -> Verifier:
    """Return the verifier of a password, which is normalized already; takes milliseconds."""
    salted = pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    stored_key = sha256(digest(salted, b"Client Key", sha256)).digest()
    return Verifier(salt, iterations, stored_key, digest(salted, b"Server Key", sha256))


def parse_verifier(text: str) -> Verifier | None:
    """Return the verifier that `str` made; None for anything else."""
    sign, *fields = text.split("$")
    if sign != _SIGN or len(fields) != 4 or not (fields[0].isascii() and fields[0].isdigit()):
        return None
    try:
        salt, stored_key, server_key = map(_read, fields[1:])
    except ValueError:
        return None
    return Verifier(salt, int(fields[0]), stored_key, server_key)


def made_up(name: str, key: bytes, iterations: int) -> Verifier:
    """Return a verifier for a name that has none: always the same salt, and no proof fits."""
    salt = digest(key, b"salt " + name.encode(), sha256)[:SALT_BYTES]
    nobodys = digest(key, b"keys " + name.encode(), sha256)
    return Verifier(salt, iterations, nobodys, nobodys)


def name_in(first: bytes) -> str:
    """Return who a client's first message is from; raise `ScramFailed`."""
    return _opened(first)[2]


class Exchange:
    """One login: `first` is the client's first message, `nonce` the server's part of it.

    Raises `ScramFailed` when `first` is broken. For a name without an account give a verifier
    made up from the name, so that the answer tells nothing.
    """

    def __init__(self, first: bytes, verifier: Verifier, nonce: str) -> None:
        self._header, bare, self.name, client_nonce = _opened(first)
        self._verifier = verifier
        self._nonce = client_nonce + nonce
        self.challenge = f"r={self._nonce},s={_written(verifier.salt)},i={verifier.iterations}"
        self._said = f"{bare},{self.challenge}"

    def finish(self, final: bytes) -> bytes:
        """Return the server's last message; raise `ScramFailed` if the proof is wrong."""
        found = _FINAL.fullmatch(_decoded(final))
        if found is None or found[3] != self._nonce:
            raise ScramFailed
        try:
            header, proof = _read(found[2]), _read(found[4])
        except ValueError:
            raise ScramFailed from None
        if header != self._header.encode():
            raise ScramFailed
        said = f"{self._said},{found[1]}".encode()
        signature = digest(self._verifier.stored_key, said, sha256)
        if len(proof) != len(signature):
            raise ScramFailed
        key = bytes(one ^ other for one, other in zip(proof, signature, strict=True))
        if not compare_digest(sha256(key).digest(), self._verifier.stored_key):
            raise ScramFailed
        return b"v=" + b64encode(digest(self._verifier.server_key, said, sha256))


def _opened(first: bytes) -> tuple[str, str, str, str]:
    """Return the header, what follows it, the name and the nonce of a first message."""
    found = _FIRST.fullmatch(_decoded(first))
    if found is None:
        raise ScramFailed
    name = _name(found[4])
    if found[2] is not None and _name(found[2]) not in ("", name):
        raise ScramFailed
    # Extensions that follow the nonce belong to what is signed.
    bare = _decoded(first)[len(found[1]) :]
    return found[1], bare, name, found[5]


def _name(written: str) -> str:
    """Return a name as it is written: `=2C` is a comma, `=3D` an equals sign."""
    name = written.replace("=2C", ",").replace("=3D", "\0")
    if "=" in name or len(name) > _LONGEST_NAME:
        raise ScramFailed
    return name.replace("\0", "=")


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise ScramFailed from None
    if "\0" in text:
        raise ScramFailed
    return text


def _written(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def _read(text: str) -> bytes:
    return b64decode(text.encode("ascii"), validate=True)
