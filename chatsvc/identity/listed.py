"""Operators that a server was started with: `NAME PASSWORD` in each line of a file.

They are no accounts: who gives name and password is an operator as long as they are here. A
name and a password are one word each; empty lines and those that begin with `#` are passed over.
"""

import hmac
from collections.abc import Iterable, Mapping

from chatsvc.core.errors import BadLogin
from chatsvc.core.names import Nick, NickKey, nick_key, parse_nick
from chatsvc.identity.delays import LoginDelays
from chatsvc.ports import Clock


def parse_operators(lines: Iterable[str]) -> dict[NickKey, str]:
    """Return the passwords by name; raise `ValueError`, or `BadNick` for what is no name."""
    passwords: dict[NickKey, str] = {}
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 2:
            raise ValueError(f"line {number} is not NAME PASSWORD, two words.")
        passwords[nick_key(parse_nick(words[0]))] = words[1]
    return passwords


class OperatorFile:
    """Check those passwords; as `ports.ListedOperators`."""

    def __init__(self, passwords: Mapping[NickKey, str], delays: LoginDelays, clock: Clock) -> None:
        self._passwords = passwords
        self._delays = delays
        self._clock = clock

    def check(self, name: Nick, password: str, address: str) -> bool:
        """Tell whether this is one of them; see `ports.ListedOperators.check`."""
        expected = self._passwords.get(nick_key(name))
        if expected is None:
            return False
        attempt = self._delays.begin(name, address, self._clock.seconds())
        if not hmac.compare_digest(password.encode(), expected.encode()):
            attempt.wrong(self._clock.seconds())
            raise BadLogin
        attempt.right()
        return True
