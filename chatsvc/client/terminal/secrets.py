"""Which part of a typed line is a password: it is not drawn, not remembered, not repeated."""

import re

_BEFORE = re.compile(r"/?(?:(?:register|passwd|drop)|login +\S+) +", re.IGNORECASE)

HIDDEN = "*"
"""What is drawn for a character of a password."""


def secrets_begin(line: str) -> int:
    """Return how many characters of a line are before its passwords: all, if it has none."""
    found = _BEFORE.match(line)
    return len(line) if found is None else found.end()


def has_secrets(line: str) -> bool:
    """Tell whether a line has a password in it."""
    return secrets_begin(line) < len(line)


def without_secrets(line: str) -> str:
    """Return a line with something else in place of its passwords."""
    return f"{line[: secrets_begin(line)]}{3 * HIDDEN}" if has_secrets(line) else line
