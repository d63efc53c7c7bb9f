"""One row for each commit: how the messages of a commit are written and read back.

A row is a JSON array with one array for each message, in the columns of the table
`messages`. So SQLite can search it, and any program read it. A packed blob would be encoded
in two thirds of the time, a third of a microsecond a message less, and allow neither.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from chatsvc.core.events import Said
from chatsvc.core.names import RoomName, nick_key
from chatsvc.storage import statements
from chatsvc.storage.layout import NUMBER_BITS, number_of, room_of
from chatsvc.storage.manners import manner_of, with_manner

# One encoder for all rows: making one costs more than encoding a message.
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def as_row(messages: Iterable[Said]) -> str:
    """Return numbered messages as the text of a journal row."""
    return _encode(list(map(as_columns, messages)))


def as_columns(said: Said) -> tuple[int | str | None, ...]:
    """Return a numbered message as the columns of the table `messages`.

    The last one, what it has beside its text, is left out where there is nothing.
    """
    if type(said) is not Said:
        return *_columns(said), manner_of(said)
    return (
        said.room_id << NUMBER_BITS | said.number,
        said.at,
        said.nick,
        nick_key(said.nick),
        said.text,
        said.client_id,
    )


def _columns(said: Said) -> tuple[int, int, str, str, str, str]:
    return (
        said.room_id << NUMBER_BITS | said.number,
        said.at,
        said.nick,
        nick_key(said.nick),
        said.text,
        said.client_id,
    )


def size_of(row: str) -> int:
    """Return how many bytes a row takes in UTF-8."""
    return len(row) if row.isascii() else len(row.encode())


def entries(
    connection: sqlite3.Connection, names: Mapping[int, RoomName]
) -> Iterator[tuple[int, list[Said], int]]:
    """Return each entry of the journal, its messages, and the bytes of its text.

    `names` has the rooms there are.

    Messages of rooms that are not there are left out: their room was deleted.
    """
    for entry, row in connection.execute(statements.JOURNAL).fetchall():
        yield entry, list(_messages(json.loads(row), names)), size_of(row)


def _messages(rows: Sequence[Sequence[Any]], names: Mapping[int, RoomName]) -> Iterator[Said]:
    for row_id, at, nick, _, text, client_id, *more in rows:
        room_id = room_of(row_id)
        if room_id in names:
            said = Said(names[room_id], number_of(row_id), at, nick, text, client_id, room_id)
            yield with_manner(said, more[0]) if more else said
