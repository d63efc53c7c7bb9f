"""The one-time code by which somebody becomes the first operator of a server.

It is shown once, on the console of whoever started the server, and kept nowhere: what is
remembered is its hash. 16 characters out of 32 are 80 bits. Who may guess a million times
a second, from as many connections as a server takes and with no delay at all, needs 19
billion years for an even chance. So the delays are not what it rests upon: they keep
guessing from costing anything, and who owns the account from being locked out.

The alphabet is that of Crockford's Base 32: no I, L, O or U; what looks like one of its
characters is taken for it, and the case and hyphens do not matter.
"""

import hmac
import secrets
from collections.abc import Callable
from hashlib import sha256

from chatsvc.core.errors import BadLogin
from chatsvc.core.names import Nick, NickKey, nick_key
from chatsvc.identity.delays import LoginDelays
from chatsvc.ports import Clock

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHARACTERS = 16
GROUP = 4
"""Characters between two hyphens, for who reads it aloud or copies it by hand."""

_MEANT = str.maketrans("ILO", "110", "-")


class OneTimeClaims:
    """Know the code while it is good; as `ports.Claims`.

    `pick(n)` returns a number below n by chance, as `secrets.randbelow` does.
    """

    def __init__(
        self,
        delays: LoginDelays,
        clock: Clock,
        pick: Callable[[int], int] = secrets.randbelow,
    ) -> None:
        self._delays = delays
        self._clock = clock
        self._pick = pick
        self._hash: bytes | None = None
        self._taken_by: NickKey | None = None

    def make(self) -> str:
        """Return a new code; see `ports.Claims.make`."""
        code = "".join(ALPHABET[self._pick(len(ALPHABET))] for _ in range(CHARACTERS))
        self._hash, self._taken_by = _hashed(code), None
        return "-".join(code[at : at + GROUP] for at in range(0, CHARACTERS, GROUP))

    def check(self, name: Nick, code: str, address: str) -> None:
        """Make sure that `code` is the one; see `ports.Claims.check`.

        Who gave it may do so again until it is `void`: the log may have failed.
        """
        attempt = self._delays.begin(name, address, self._clock.seconds())
        if not self._is_right(nick_key(name), code):
            attempt.wrong(self._clock.seconds())
            raise BadLogin("This code is wrong, or used, or of an earlier start of the server.")
        attempt.right()
        self._taken_by = nick_key(name)

    def void(self) -> None:
        """Take no code any more; see `ports.Claims.void`."""
        self._hash = self._taken_by = None

    def _is_right(self, name: NickKey, code: str) -> bool:
        expected = _hashed("") if self._hash is None else self._hash
        is_equal = hmac.compare_digest(_hashed(code), expected)
        return is_equal and self._hash is not None and self._taken_by in (None, name)


def _hashed(code: str) -> bytes:
    """Return the hash of a code as it was meant."""
    meant = code.upper().translate(_MEANT)
    return sha256(meant.encode("utf-8", "surrogatepass")).digest()
