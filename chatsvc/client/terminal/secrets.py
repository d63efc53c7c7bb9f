"""Which part of a typed line is a password: it is not drawn, not remembered, not repeated.

A code that stands in place of a password is one too. `pair` without its slash is also an
ordinary word; what follows it then is a code as long as it is made of digits.
"""

import re

_BEFORE = re.compile(
    r"""
      /?(?:register|passwd|drop|claim|login\ +\S+)\ +
    | /pair\ +
    | pair\ +(?=[0-9]+\ *\Z)
    | /?join\ +\S+\ +(?:since\ +[0-9]+\ +)?password\ +
    | /?set\ +(?:\S+\ +)?kind\ +password\ +
    """,
    re.IGNORECASE | re.VERBOSE,
)

HIDDEN = "*"
"""What is drawn for a character of a password."""


def secrets_begin(line: str) -> int:
    """Return how many characters of a line are before its passwords: all, if it has none."""
    found = _BEFORE.match(line)
    return len(line) if found is None else found.end()


def has_secrets(line: str) -> bool:
    """Tell whether a line has a password in it."""
    return secrets_begin(line) < len(line)


def is_code(word: str) -> bool:
    """Tell whether a word looks like a pairing code."""
    return word.isascii() and word.isdigit()


def without_secrets(line: str) -> str:
    """Return a line with something else in place of its passwords."""
    return f"{line[: secrets_begin(line)]}{3 * HIDDEN}" if has_secrets(line) else line
