"""What a name looks like: the skeleton of UTS #39, section 4, whatever case it is shown in.

Two names may have different keys and still be taken for each other: "bill" and "biII",
"tom" and "torn", "cop" in Latin and in Cyrillic letters. Looks decide on one thing alone, whether
a new name may stand beside those in use; who is meant by a name is decided by its key.

Unicode's table knows shapes, not case. As names are shown in the case they were given in,
and are the same in any, a name has two looks: of its shown form, and of its key. For nearly
every name they are one. Names with one key always share a look.
"""

import re
import unicodedata
from collections.abc import Container
from functools import lru_cache
from typing import Generic, TypeVar, cast

K = TypeVar("K", bound=str)

_ASCII = str.maketrans({"0": "o", "1": "l", "I": "l", "|": "l", "m": "rn", "M": "rn", "`": "'"})
"""All that Unicode's table has of ASCII, as far as it can be in a name, in lower case."""

_MOST_ROUNDS = 8
"""Rounds of taking shapes and folding case; no character of Unicode 17 needs more than 4."""

_DOTTED = re.compile("([ij][\u0316-\u0333]*)\u0307")
_DOTTED_BAR = re.compile("l([\u0316-\u0333]*)\u0307")


def look(text: str) -> str:
    """Return what `text` looks like, in lower case: equal looks can be taken for each other.

    The look of a look is itself. It is for comparing, never for showing.
    """
    if text.isascii():
        return text.translate(_ASCII).casefold()
    for _ in range(_MOST_ROUNDS):
        before, text = text, _shaped(text).casefold()
        if text == before:
            break
    return text


def looks(name: str, key: str) -> tuple[str, ...]:
    """Return the one or two looks of `name`, which has this `key`."""
    shown, folded = look(name), look(key)
    return (shown,) if shown == folded else (shown, folded)


def _shaped(text: str) -> str:
    shapes = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).translate(_shapes()))
    # What Unicode's table does not have: a dot over a letter that has one is not seen, and
    # an upright bar with a dot is an "i".
    return _DOTTED.sub(r"\1", _DOTTED_BAR.sub(r"i\1", shapes))


@lru_cache(maxsize=1)
def _shapes() -> dict[int, str]:
    """Return Unicode's table; read when a name that is not plain ASCII is first met."""
    from chatsvc.core.names._confusables import CONFUSABLES
    from chatsvc.core.names.ranges import numbers_in

    table = {}
    for row in CONFUSABLES.split(" "):
        prototype, _, sources = row.partition("=")
        shape = "".join(chr(int(point, 16)) for point in prototype.split("+"))
        table.update(dict.fromkeys(numbers_in(sources), shape))
    return table


class LookAlikes(Generic[K]):
    """Find the name in use that a new one could be taken for.

    `names` has the keys in use. A name whose only look is its key needs no entry here: it
    is found in `names`.
    """

    def __init__(self, names: Container[K]) -> None:
        self._names = names
        self._by_look: dict[str, tuple[K, ...]] = {}

    def add(self, name: str, key: K) -> None:
        """Take up a name that is in use from now on."""
        for each in looks(name, key):
            if each != key:
                self._by_look[each] = (*self._by_look.get(each, ()), key)

    def discard(self, name: str, key: K) -> None:
        """Forget a name that was added in the same spelling."""
        for each in looks(name, key):
            left = tuple(other for other in self._by_look.get(each, ()) if other != key)
            if left:
                self._by_look[each] = left
            else:
                self._by_look.pop(each, None)

    def like(self, name: str, key: K, own: K | None = None) -> K | None:
        """Return the key of another name in use that looks like `name`, None if none does.

        `own` is not looked at: the key that is given up for `name`.
        """
        for each in looks(name, key):
            for other in self._with_look(each):
                if other not in (key, own):
                    return other
        return None

    def _with_look(self, look: str) -> tuple[K, ...]:
        found = self._by_look.get(look, ())
        # A look that is a key is the look of that key, since looks do not change any more.
        return (cast(K, look), *found) if look in self._names else found
