"""Make the tables of docs/access.md from chatsvc/core/access_table.py.

python docs/access_tables.py            write them
python docs/access_tables.py --check    exit with 1 if they are not up to date
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from chatsvc.core.access_table import (
    CONDITIONS,
    MEANINGS,
    TABLE,
    Action,
    Case,
    Condition,
    Relation,
    decide,
)
from chatsvc.core.kinds import Door, Kind

DOCUMENT = Path(__file__).with_name("access.md")
BEGIN = "<!-- The tables of access: made by docs/access_tables.py, do not edit. -->\n"
END = "<!-- End of the tables of access. -->\n"

KINDS = {
    "A public room": Kind(),
    "An unlisted room": Kind(listed=False),
    "An invite-only room": Kind(listed=False, door=Door.INVITATION),
    "A room with a password": Kind(listed=False, door=Door.PASSWORD),
    "An invite-only room that is in the list": Kind(door=Door.INVITATION),
    "A public room for announcements": Kind(announce=True),
}
"""The kinds that are written out; others are settings put together."""

Column = tuple[str, ...]


def tables() -> str:
    """Return all tables in Markdown."""
    return "".join(f"{line}\n" for line in _lines())


def with_tables(document: str) -> str:
    """Return `document` with the tables between their marks; `ValueError` without them."""
    before, _, rest = document.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not end:
        raise ValueError("the marks around the tables of access are missing")
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


def main(arguments: list[str]) -> int:
    """Write the tables, or check them; return the exit code."""
    old = DOCUMENT.read_text(encoding="utf-8")
    new = with_tables(old)
    if "--check" in arguments:
        if new != old:
            print("docs/access.md is out of date: run docs/access_tables.py without --check.")
        return int(new != old)
    DOCUMENT.write_text(new, encoding="utf-8")
    return 0


def _lines() -> Iterator[str]:
    yield from ("### What somebody is to a room", "", "| relation | who that is |", "|---|---|")
    yield from (f"| {relation.value} | {MEANINGS[relation]} |" for relation in Relation)
    yield from ("", "### The table", "")
    yield from _table({relation: tuple(map(_word, _cells(relation))) for relation in Relation})
    yield from ("", "| condition | meaning |", "|---|---|")
    yield from (f"| *{one.word}* | {one.meaning} |" for one in CONDITIONS)
    for title, kind in KINDS.items():
        yield from ("", f"### {title}", "")
        yield from _table({relation: _decided(kind, relation) for relation in Relation})


def _cells(relation: Relation) -> Iterator[object]:
    return (TABLE[action][relation] for action in Action)


def _word(cell: object) -> str:
    if isinstance(cell, Condition):
        return f"*{cell.word}*"
    return _code(getattr(cell, "value", ""))


def _decided(kind: Kind, relation: Relation) -> Column:
    """Return the verdicts on somebody with an account in a room that another account owns."""
    return tuple(_code(decide(Case(kind, relation), action).value) for action in Action)


def _code(word: str) -> str:
    return word if word == "yes" else f"`{word}`"


def _table(columns: dict[Relation, Column]) -> Iterator[str]:
    """Return a table; relations whose columns are equal share one, actions a row."""
    shared = _grouped((relation.value, column) for relation, column in columns.items())
    rows = zip((action.value for action in Action), zip(*shared, strict=True), strict=True)
    yield f"| | {' | '.join(shared.values())} |"
    yield "|---" * (len(shared) + 1) + "|"
    for cells, actions in _grouped(rows).items():
        yield f"| {actions} | {' | '.join(cells)} |"


def _grouped(named: Iterable[tuple[str, Column]]) -> dict[Column, str]:
    """Return the names of what is equal, put together."""
    groups: dict[Column, list[str]] = {}
    for name, cells in named:
        groups.setdefault(cells, []).append(name)
    return {cells: "; ".join(names) for cells, names in groups.items()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
