"""Rows of options whose errors name the option and say what is wrong in one sentence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.python import usage

from chatsvc.core.errors import Refusal


def option(
    name: str, default: object, help_text: str, check: Callable[[str], Any] = str
) -> list[Any]:
    """Return a row of `optParameters`; `check` makes the value, or raises `ValueError`."""

    def checked(word: str) -> Any:
        try:
            return check(word)
        except Refusal as refusal:
            raise usage.UsageError(f"--{name}: {refusal.sentence}") from None
        except ValueError as error:
            raise usage.UsageError(f"--{name}: {error}") from None

    return [name, None, default, help_text, checked]


def number(word: str) -> int:
    """Return a whole number of at most ten digits."""
    if not (word.isascii() and word.isdigit() and len(word) <= 10):
        raise ValueError(f"a whole number is needed, not {word!r}.")
    return int(word)


def file(word: str) -> Path:
    """Return the name of a file, which need not be there."""
    if not word:
        raise ValueError("the name of a file is needed.")
    return Path(word)
