"""What the writer does when nobody waits: empty the journal, sweep deleted rooms, trim.

Each function here does one chunk in one transaction, so that an append which comes
meanwhile waits some tens of milliseconds at most, and a crash loses nothing.
"""

import enum
import json
import sqlite3
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from chatsvc.core.events import Said
from chatsvc.storage import happenings, statements
from chatsvc.storage.database import transaction
from chatsvc.storage.encoding import as_json
from chatsvc.storage.journal import as_columns
from chatsvc.storage.layout import LAST_NUMBER, message_id, number_of, room_of
from chatsvc.storage.rows import insert
from chatsvc.storage.terms import search_line

MOVED = 1024
"""Messages moved at once. With chunks of 256 a message costs twice as much, with chunks
of 4096 hardly less, and others wait for 100 ms."""

MOVED_BYTES = 256 * 1024
"""Of their rows in the journal, for large messages take longer. A chunk takes 15 to 20 ms
for messages of 64 characters and 35 to 55 ms for larger ones; a commit is
moved as a whole, so one comes on top (see hub/committer.py)."""

CHUNK = 256
"""Messages swept, or indexed alone, at once."""

SWEPT_CHARACTERS = 256 * 1024
"""Of the texts that are swept at once; one more text comes on top."""

COLUMNS = 7
"""Columns of a message that was not changed yet."""

Text = tuple[int, str]
"""The row id of a message and its text."""


def move(connection: sqlite3.Connection, entry: int, messages: Sequence[Said]) -> None:
    """Move what the journal holds up to `entry` into the table and the search index.

    `messages` are those of rooms that are still there; the others are dropped.
    """
    # In the order of their ids: each table is then written from one end to the other.
    moved = sorted(map(_all_columns, messages), key=itemgetter(0))
    with transaction(connection):
        insert(connection, statements.INSERT_MESSAGES, moved)
        _insert_terms(connection, [(columns[0], columns[4]) for columns in moved])
        connection.execute(statements.DELETE_ENTRIES, (entry,))


def _all_columns(said: Said) -> Sequence[Any]:
    columns = as_columns(said)
    return columns if len(columns) == COLUMNS else (*columns, None)


def unindexed(connection: sqlite3.Connection) -> list[Text]:
    """Return the messages in the table that are not in the search index.

    There are none but in a log that an older chatsvc left in a crash.
    """
    bounds = connection.execute(statements.UNINDEXED).fetchall()
    return [text for first, last in bounds for text in _texts(connection, first, last, -1)]


def index(connection: sqlite3.Connection, texts: Sequence[Text]) -> None:
    """Put messages into the search index.

    They must be in the order of their ids, and in each room follow directly on those that
    are indexed already.
    """
    with transaction(connection):
        _insert_terms(connection, texts)


def sweep(connection: sqlite3.Connection) -> bool:
    """Remove some messages of a deleted room; return whether there may be more to remove.

    What the journal still holds of the room does not matter: it is never moved, since
    `move` looks whether the room is there.
    """
    deleted = connection.execute(statements.DELETED_ROOM).fetchone()
    if deleted is None:
        return False
    room_id, indexed = deleted
    with transaction(connection):
        if _remove(connection, room_id, LAST_NUMBER, indexed):
            happenings.forget_room(connection, room_id)
            connection.execute(statements.FORGET_DELETED_ROOM, (room_id,))
    return True


class Trimming(enum.Enum):
    """What came of an attempt to remove trimmed messages: there were none, some, or the last."""

    NOTHING = enum.auto()
    SOME = enum.auto()
    DONE = enum.auto()


def trim(connection: sqlite3.Connection) -> Trimming:
    """Remove some messages of a room that were trimmed; they are in the table and indexed.

    With the last of them it is asked that nothing of their texts stays in the files.
    """
    trimmed = connection.execute(statements.TRIMMED_ROOM).fetchone()
    if trimmed is None:
        return Trimming.NOTHING
    room_id, gone = trimmed
    with transaction(connection):
        if not _remove(connection, room_id, gone, gone):
            return Trimming.SOME
        happenings.forget_trimmed(connection, room_id, gone)
        connection.execute(statements.FORGET_TRIM, (room_id,))
        connection.execute(statements.ASK_TO_SCRUB)
    return Trimming.DONE


def trim_all(connection: sqlite3.Connection) -> None:
    """Remove all trimmed messages, in a copy that nobody else uses."""
    connection.execute("PRAGMA secure_delete = ON")
    while trim(connection) is not Trimming.NOTHING:
        pass


def _remove(connection: sqlite3.Connection, room_id: int, last: int, indexed: int) -> bool:
    """Remove a chunk of the messages up to the number `last`; return whether it was the last."""
    bounds = message_id(room_id, 0), message_id(room_id, last)
    found = _texts(connection, *bounds, CHUNK)
    texts = _beginning(found)
    is_last = len(texts) == len(found) < CHUNK
    terms = [(row_id, search_line(text)) for row_id, text in texts if number_of(row_id) <= indexed]
    connection.execute(statements.DELETE_TERMS, (as_json(terms),))
    end = bounds[1] if is_last else texts[-1][0]
    connection.execute(statements.DELETE_MESSAGES, (bounds[0], end))
    return is_last


def _insert_terms(connection: sqlite3.Connection, texts: Sequence[Text]) -> None:
    """Index texts, which are in the order of their ids.

    FTS5 begins a new segment whenever a row id is below the one before.
    """
    indexed = {room_of(row_id): number_of(row_id) for row_id, _ in texts}
    terms = [(row_id, search_line(text)) for row_id, text in texts]
    insert(connection, statements.INSERT_TERMS, terms)
    connection.execute(statements.SET_INDEXED, (as_json(list(indexed.items())),))


def _beginning(texts: Sequence[Text]) -> Sequence[Text]:
    """Return the first texts, as many as are swept at once."""
    size = 0
    for place, (_, text) in enumerate(texts, 1):
        size += len(text)
        if size >= SWEPT_CHARACTERS:
            return texts[:place]
    return texts


def _texts(connection: sqlite3.Connection, first: int, last: int, count: int) -> list[Text]:
    found = connection.execute(statements.TEXTS, (first, last, count)).fetchone()[0]
    return [(row_id, text) for row_id, text in json.loads(found)]
