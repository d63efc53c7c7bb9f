"""Whether the letters of a name belong together: UTS #39, "Highly Restrictive".

All of one script, or of one of the mixtures that Japanese, Chinese and Korean are written
in, Latin letters included. Digits, punctuation and marks that many scripts use go with
those scripts (the Script_Extensions of UAX #24).
"""

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

import attrs

Scripts = frozenset[str]

_ANY: Scripts = frozenset({"Zyyy", "Zinh"})
_JAPANESE, _CHINESE, _KOREAN = "Jpan", "Hanb", "Kore"
_WRITTEN_WITH = {
    "Hani": (_JAPANESE, _CHINESE, _KOREAN),
    "Hira": (_JAPANESE,),
    "Kana": (_JAPANESE,),
    "Bopo": (_CHINESE,),
    "Hang": (_KOREAN,),
}
_LATIN = "Latn"


@attrs.frozen
class _Table:
    """The starts and ends of ranges, in order, and which set of `sets` each range has."""

    starts: "array[int]"
    ends: "array[int]"
    which: "array[int]"
    sets: tuple[Scripts, ...]
    names: dict[str, str]


def scripts_of(character: str) -> Scripts:
    """Return the scripts that `character` is used with, by their codes; none if unknown.

    Common and Inherited are "Zyyy" and "Zinh". A script that is a part of a usual mixture
    brings the code of that mixture with it.
    """
    table = _table()
    number = ord(character)
    at = bisect_right(table.starts, number) - 1
    if at < 0 or number > table.ends[at]:
        return frozenset()
    return table.sets[table.which[at]]


def mixed_scripts(name: str) -> tuple[str, str] | None:
    """Return the names of two scripts that do not go together, None if all letters do."""
    sets = list(dict.fromkeys(each for each in map(scripts_of, name) if not each & _ANY))
    if _go_together(sets):
        return None
    pairs = (pair for pair in combinations(sets, 2) if not _go_together(pair))
    one, other = next(pairs, (sets[0], sets[-1]))
    return _name_of(one), _name_of(other)


def _go_together(sets: Sequence[Scripts]) -> bool:
    if not sets or frozenset.intersection(*sets):
        return True
    return any(
        all(_LATIN in each or mixture in each for each in sets)
        for mixture in (_JAPANESE, _CHINESE, _KOREAN)
    )


def _name_of(scripts: Scripts) -> str:
    """Return the name of one of `scripts`, always the same."""
    table = _table()
    return next(table.names[each] for each in sorted(scripts) if each in table.names)


@lru_cache(maxsize=1)
def _table() -> _Table:
    """Return Unicode's table; read when a name that is not plain ASCII is first met."""
    from chatsvc.core.names._scripts import NAMES, SCRIPTS
    from chatsvc.core.names.ranges import ranges_in

    sets: list[Scripts] = []
    ranges: list[tuple[int, int, int]] = []
    for row in SCRIPTS.split(" "):
        codes, _, points = row.partition("=")
        ranges += [(first, last, len(sets)) for first, last in ranges_in(points)]
        sets.append(_with_mixtures(codes.split(".")))
    ranges.sort()
    starts, ends, which = (array("L", column) for column in zip(*ranges, strict=True))
    pairs = (row.partition("=") for row in NAMES.split(" "))
    names = {code: name.replace("_", " ") for code, _, name in pairs}
    return _Table(starts, ends, which, tuple(sets), names)


def _with_mixtures(codes: list[str]) -> Scripts:
    return frozenset(codes).union(*(_WRITTEN_WITH.get(code, ()) for code in codes))
