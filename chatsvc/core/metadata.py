"""Metadata: what somebody says of themselves, or of a room, under keys that programs agree on.

A key is a word such as `avatar` or `display-name`, a value any text of one line that may be
shown. That of an account or a room lasts as long as they do, that of a guest while it is here.
Source: https://ircv3.net/specs/extensions/metadata
"""

import re
from collections.abc import Iterable, Iterator

import attrs

from chatsvc.core.errors import BadText
from chatsvc.core.limits import METADATA_KEY_LENGTH, METADATA_VALUE_BYTES
from chatsvc.core.text import check_text

_KEY = re.compile(rf"[a-z0-9_./-]{{1,{METADATA_KEY_LENGTH}}}")

Change = tuple[str, str | None]
"""A key, and the value that it has from now on; None: it is not set any more."""


@attrs.frozen
class Metadata:
    """All that is set, in the order of the keys."""

    pairs: tuple[tuple[str, str], ...] = ()

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def get(self, key: str) -> str | None:
        """Return the value of a key; None if it is not set."""
        return next((value for name, value in self.pairs if name == key), None)

    def differing(self, changes: Iterable[Change]) -> tuple[Change, ...]:
        """Return those of `changes` that change anything; of two of one key the last."""
        values = dict(self.pairs)
        return tuple(each for each in dict(changes).items() if values.get(each[0]) != each[1])

    def changed(self, changes: Iterable[Change]) -> "Metadata":
        """Return what is set after these changes."""
        values: dict[str, str | None] = {**dict(self.pairs), **dict(changes)}
        return Metadata(
            tuple((key, value) for key, value in sorted(values.items()) if value is not None)
        )


NO_METADATA = Metadata()
"""What nothing is set in."""


def is_key(text: str) -> bool:
    """Tell whether this is a key: "restricted to the ranges a-z, 0-9, and _./-", not empty."""
    return _KEY.fullmatch(text) is not None


def check_value(text: str) -> str:
    """Return `text` unchanged if it may be a value; raise `BadText`.

    "The empty string is a valid value."
    """
    if len(text.encode()) > METADATA_VALUE_BYTES:
        raise BadText(f"A value has at most {METADATA_VALUE_BYTES} bytes.")
    return check_text(text) if text else text
