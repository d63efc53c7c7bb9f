"""Overwrite what SQLite leaves behind in the pages of tables.

When a page is full, SQLite moves some of its rows to another page. Where a row was, bytes of
it may be left in the gap of the page, between its list of cells and the cells themselves:
`secure_delete` overwrites what is deleted, and nothing was. So a message that was taken
back may stand in a page that it left long ago.

A gap is overwritten by making a row of its page so large that it fills the page, and then
as it was: freeing the large one fills its place with zeros. No row leaves the page. Which
pages need it is read from the database file, whose format is documented
(https://www.sqlite.org/fileformat2.html); the write-ahead file must be empty for that.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import attrs

PAGE = 4096
_INTERIOR, _LEAF = 5, 13
_LARGEST_LOCAL = PAGE - 35
"""Bytes of a row that fit into a page without an overflow page."""


_POINTERS = 8
"""Bytes at the beginning of a gap that are not looked at: making a row smaller again leaves
a place of the list of cells there."""


class Leaf(NamedTuple):
    """A leaf page: its last row, and, if its gap is not empty, its rows and its free bytes."""

    last: int
    row_ids: list[int]
    free: int


class Pages:
    """The pages of a database file that this process has open.

    The descriptor stays open: to close it would drop the locks that SQLite holds on the
    file. `close` comes after all connections.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def leaves(self, root: int, after: int) -> Iterator[Leaf]:
        """Return the leaf pages of a table that have rows after `after`, in their order."""
        page = self._read(root)
        kind, count = page[0], int.from_bytes(page[3:5], "big")
        if kind == _LEAF:
            if count and (leaf := _leaf(page, count)).last > after:
                yield leaf
        elif kind == _INTERIOR:
            for place in range(count):
                cell = int.from_bytes(page[12 + 2 * place : 14 + 2 * place], "big")
                if _varint(page, cell + 4)[0] > after:
                    yield from self.leaves(int.from_bytes(page[cell : cell + 4], "big"), after)
            yield from self.leaves(int.from_bytes(page[8:12], "big"), after)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
        self._file = None

    def _read(self, number: int) -> bytes:
        if self._file is None:
            self._file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        return os.pread(self._file, PAGE, (number - 1) * PAGE)


@attrs.frozen
class Table:
    """A table that may hold texts: its id and all its other columns.

    The first of the columns called `large` is made larger, the others have no value meanwhile.
    """

    name: str
    row_id: str
    columns: tuple[str, ...]
    large: tuple[str, ...]

    @property
    def select(self) -> str:
        """Select the columns of the row with an id."""
        columns = ", ".join(self.columns)
        return f"SELECT {columns} FROM {self.name} WHERE {self.row_id} = ?"  # noqa: S608

    @property
    def update(self) -> str:
        """Set the large columns of the row with an id."""
        columns = ", ".join(f"{column} = ?" for column in self.large)
        return f"UPDATE {self.name} SET {columns} WHERE {self.row_id} = ?"  # noqa: S608

    def large_of(self, row: Sequence[object]) -> list[object]:
        """Return the values of the large columns of a row."""
        return [row[self.columns.index(column)] for column in self.large]

    def others_of(self, row: Sequence[object]) -> list[object]:
        """Return the values that a row keeps when it is made larger."""
        named = zip(self.columns, row, strict=True)
        return [None if column in self.large[1:] else value for column, value in named]


TABLES = (
    Table(
        "messages",
        "id",
        ("at", "nick", "nick_key", "text", "client_id", "changed_at", "changed_by", "more"),
        ("text", "more"),
    ),
    Table("search_data", "id", ("block",), ("block",)),
    Table("journal", "entry", ("messages",), ("messages",)),
)


def fill(connection: sqlite3.Connection, table: Table, leaf: Leaf) -> None:
    """Overwrite the gap of a page of `table`; call it inside a transaction."""
    free = leaf.free
    enlarged: list[tuple[object, ...]] = []
    for row_id in leaf.row_ids:
        if free <= 0:
            break
        row = connection.execute(table.select, (row_id,)).fetchone()
        if row is None:
            continue
        was = table.large_of(row)
        if not isinstance(was[0], str | bytes):
            continue
        before = _cell_size(_record_size(row))
        filled = _filled(table, row, before + free)
        growth = _cell_size(_record_size(filled)) - before
        if growth > 0:
            connection.execute(table.update, (*table.large_of(filled), row_id))
            enlarged.append((*was, row_id))
            free -= growth
    connection.executemany(table.update, enlarged)


def _filled(table: Table, row: Sequence[object], target: int) -> Sequence[object]:
    """Return the row made so large that it takes `target` bytes of its page, or just less.

    It is never so large that it goes on in an overflow page.
    """
    place = table.columns.index(table.large[0])
    filled = table.others_of(row)
    empty = b"" if isinstance(row[place], bytes) else ""
    filled[place] = empty
    length = max(0, min(target, _LARGEST_LOCAL) - _record_size(filled))
    while True:
        filled[place] = b"x" * length if isinstance(empty, bytes) else "x" * length
        size = _record_size(filled)
        if length == 0 or (size <= _LARGEST_LOCAL and _cell_size(size) <= target):
            return filled
        length -= 1


def _cell_size(record: int) -> int:
    """Return the bytes in its page of a row with a record of so many bytes, but for its id."""
    local = record
    if record > _LARGEST_LOCAL:
        least = (PAGE - 12) * 32 // 255 - 23
        local = least + (record - least) % (PAGE - 4)
        local = (local if local <= _LARGEST_LOCAL else least) + 4
    return local + _varint_size(record)


def _record_size(row: Sequence[object]) -> int:
    """Return the bytes of a row; its id takes one in the header."""
    head, body = 2, 0
    for value in row:
        size = _bytes_in(value)
        head += _varint_size(13 + 2 * size) if isinstance(value, str | bytes) else 1
        body += size
    return head + body


def _bytes_in(value: object) -> int:
    """Return the bytes that a value takes in a row."""
    if value is None or value in (0, 1):
        return 0
    if isinstance(value, int):
        return next(size for size in (1, 2, 3, 4, 6, 8) if abs(value) < 1 << 8 * size - 1)
    return len(value) if isinstance(value, bytes) else len(str(value).encode())


def _leaf(page: bytes, count: int) -> Leaf:
    start, content = 8 + 2 * count, int.from_bytes(page[5:7], "big")
    if not page[start + _POINTERS : content].strip(b"\0"):
        return Leaf(_row_id(page, count - 1), [], 0)
    free = content - start + page[7]
    block = int.from_bytes(page[1:3], "big")
    while block:
        free += int.from_bytes(page[block + 2 : block + 4], "big")
        block = int.from_bytes(page[block : block + 2], "big")
    row_ids = [_row_id(page, place) for place in range(count)]
    return Leaf(row_ids[-1], row_ids, free)


def _row_id(page: bytes, place: int) -> int:
    cell = int.from_bytes(page[8 + 2 * place : 10 + 2 * place], "big")
    return _varint(page, _varint(page, cell)[1])[0]


def _varint(page: bytes, place: int) -> tuple[int, int]:
    """Return the number that stands at `place`, and where it ends."""
    value = 0
    for end in range(place, place + 8):
        value = value << 7 | page[end] & 0x7F
        if page[end] < 0x80:
            return value, end + 1
    return value << 8 | page[place + 8], place + 9


def _varint_size(value: int) -> int:
    return max(1, -(-value.bit_length() // 7))
