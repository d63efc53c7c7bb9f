"""Passwords: what one may be, the secret that is kept of it, and comparing the two.

A password is prepared by the profile OpaqueString of RFC 8265: normalized with NFC, any
other space made a plain one, without control characters, characters that show as nothing
and code points without a meaning yet; empty is not allowed. Case and spaces count. So it is
the same on a keyboard that composes letters in another way.

A secret is the encoded form of argon2id (RFC 9106), which names its own parameters:

    $argon2id$v=19$m=65536,t=3,p=1$SALT$DIGEST

`secret_of` and `matches` take as long as the parameters say; call them in a thread.
"""

import secrets
from base64 import b64encode

import argon2
import attrs
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.low_level import Type
from precis_i18n import get_profile

from chatsvc.core.errors import BadPassword
from chatsvc.core.limits import PASSWORD_BYTES
from chatsvc.irc import scram

_OPAQUE = get_profile("OpaqueString")

_MOST_SHRUNK = 4
"""NFC and the mapping of spaces make text shorter by less than this factor (UAX #15). What is
longer is refused before, since putting a pile of marks in order takes quadratic time."""

SALT_BYTES = 16
DIGEST_BYTES = 32


@attrs.frozen
class Cost:
    """What a hash costs: KiB of memory, passes over it, and lanes, which are threads."""

    memory: int
    passes: int
    lanes: int = 1


COSTS = {
    # The second of the two choices of RFC 9106 section 4, but in one lane: a hash shall use
    # one core, and its four lanes are work for four.
    "normal": Cost(64 * 1024, 3),
    # The least that argon2 takes; for tests alone.
    "test": Cost(8, 1),
}


SCRAM_ROUNDS = {"normal": 100_000, "test": scram.ITERATIONS}
"""How often a password is hashed for SCRAM; whoever logs in does it as well."""


def prepared(password: str) -> bytes:
    """Return the bytes that are hashed for `password`; raise `BadPassword`."""
    if not password:
        raise BadPassword("A password has at least one character.")
    if len(password) > PASSWORD_BYTES * _MOST_SHRUNK:
        raise _too_long()
    try:
        enforced = _OPAQUE.enforce(password).encode("utf-8")
    except UnicodeEncodeError:
        raise BadPassword(
            "A password has no control characters and none that show as nothing, such as "
            "those that join emoji; choose another."
        ) from None
    if len(enforced) > PASSWORD_BYTES:
        raise _too_long()
    return enforced


def _too_long() -> BadPassword:
    return BadPassword(f"A password has at most {PASSWORD_BYTES:,} bytes; choose a shorter one.")


class Hasher:
    """Make and compare secrets; `cost` is that of new ones. Safe to use from several threads.

    With `scram` rounds a secret has a second line: what SCRAM-SHA-256 needs (`scram`).
    """

    def __init__(self, cost: Cost, scram: int = 0) -> None:
        self._cost = cost
        self._scram = scram
        self._argon2 = argon2.PasswordHasher(
            time_cost=cost.passes,
            memory_cost=cost.memory,
            parallelism=cost.lanes,
            hash_len=DIGEST_BYTES,
            salt_len=SALT_BYTES,
            type=Type.ID,
        )

    def secret_of(self, password: bytes) -> str:
        """Return a new secret for a prepared password; slow."""
        secret = self._argon2.hash(password)
        if not self._scram:
            return secret
        salt = secrets.token_bytes(scram.SALT_BYTES)
        return f"{secret}\n{scram.verifier_for(password.decode(), salt, self._scram)}"

    def matches(self, secret: str, password: bytes) -> bool:
        """Tell whether `secret` was made from the prepared password; slow.

        Raises `ValueError` for what is not a secret.
        """
        try:
            return self._argon2.verify(secret.partition("\n")[0], password)
        except VerifyMismatchError:
            return False
        except (InvalidHashError, VerificationError) as error:
            raise ValueError("This secret cannot be compared with anything.") from error

    def is_outdated(self, secret: str) -> bool:
        """Tell whether a secret was made with another cost than ours, or lacks a part."""
        first, _, second = secret.partition("\n")
        if self._scram:
            verifier = scram.parse_verifier(second)
            if verifier is None or verifier.iterations != self._scram:
                return True
        return self._argon2.check_needs_rehash(first)

    def dummy(self) -> str:
        """Return a secret that no password fits, and that costs as much to compare as ours.

        It is made up without hashing anything, so making one takes no time.
        """
        cost = f"m={self._cost.memory},t={self._cost.passes},p={self._cost.lanes}"
        salt, digest = (_encoded(secrets.token_bytes(n)) for n in (SALT_BYTES, DIGEST_BYTES))
        return f"$argon2id$v={argon2.low_level.ARGON2_VERSION}${cost}${salt}${digest}"


def _encoded(chance: bytes) -> str:
    return b64encode(chance).decode("ascii").rstrip("=")
