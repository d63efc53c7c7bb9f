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
    """A table that may hold texts: its id, its columns, and which of them can be made larger."""

    name: str
    row_id: str
    columns: tuple[str, ...]
    large: int

    @property
    def select(self) -> str:
        """Select the columns of the row with an id."""
        columns = ", ".join(self.columns)
        return f"SELECT {columns} FROM {self.name} WHERE {self.row_id} = ?"  # noqa: S608

    @property
    def update(self) -> str:
        """Set the column that can be made larger."""
        return f"UPDATE {self.name} SET {self.columns[self.large]} = ? WHERE {self.row_id} = ?"  # noqa: S608


TABLES = (
    Table(
        "messages",
        "id",
        ("at", "nick", "nick_key", "text", "client_id", "changed_at", "changed_by"),
        3,
    ),
    Table("search_data", "id", ("block",), 0),
    Table("journal", "entry", ("messages",), 0),
)


def fill(connection: sqlite3.Connection, table: Table, leaf: Leaf) -> None:
    """Overwrite the gap of a page of `table`; call it inside a transaction."""
    free = leaf.free
    enlarged: list[tuple[object, int]] = []
    for row_id in leaf.row_ids:
        if free <= 0:
            break
        row = connection.execute(table.select, (row_id,)).fetchone()
        if row is None or not isinstance(row[table.large], str | bytes):
            continue
        before = _bytes_in(row[table.large])
        length = _filling(row, table.large, free)
        if length > before:
            filler = b"x" * length
            is_text = isinstance(row[table.large], str)
            connection.execute(table.update, (filler.decode() if is_text else filler, row_id))
            enlarged.append((row[table.large], row_id))
            free -= _cell_size(row, table.large, length) - _cell_size(row, table.large, before)
    connection.executemany(table.update, enlarged)


def _filling(row: Sequence[object], large: int, free: int) -> int:
    """Return the bytes of its large column with which a row takes up what is free beside it."""
    length = _bytes_in(row[large])
    target = _cell_size(row, large, length) + free
    if _record_size(row, large, length) > _LARGEST_LOCAL:
        return length
    length += free
    while _record_size(row, large, length) > _LARGEST_LOCAL or (
        _cell_size(row, large, length) > target
    ):
        length -= 1
    return length


def _cell_size(row: Sequence[object], large: int, length: int) -> int:
    """Return the bytes of a row in its page, but for its id, when a column has `length`."""
    size = _record_size(row, large, length)
    return size + _varint_size(size)


def _record_size(row: Sequence[object], large: int, length: int) -> int:
    """Return the bytes of a row when a column has `length`; its id takes one in the header."""
    head, body = 2, 0
    for place, value in enumerate(row):
        size = length if place == large else _bytes_in(value)
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
