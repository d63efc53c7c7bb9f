"""What the writer does when nobody waits: fill the search index, sweep deleted rooms.

Each function here does one chunk in one transaction, so that an append which comes
meanwhile waits a few milliseconds at most, and a crash loses nothing.
"""

import json
import sqlite3
from collections.abc import Sequence

from chatsvc.storage import statements
from chatsvc.storage.changes import as_json
from chatsvc.storage.database import transaction
from chatsvc.storage.layout import LAST_NUMBER, message_id, number_of, room_of
from chatsvc.storage.terms import search_line

CHUNK = 256
"""Messages in a chunk; a few milliseconds."""

Text = tuple[int, str]
"""The row id of a message and its text."""


def texts_after(connection: sqlite3.Connection, room_id: int, after: int, last: int) -> list[Text]:
    """Return the messages of a room with numbers above `after`, up to `last`."""
    if after >= last:
        return []
    return _texts(connection, message_id(room_id, after + 1), message_id(room_id, last), -1)


def index(connection: sqlite3.Connection, texts: Sequence[Text]) -> None:
    """Put messages into the search index.

    In each room they must follow directly on those that are indexed already.
    """
    # FTS5 begins a new segment whenever a row id is below the one before.
    terms = sorted((row_id, search_line(text)) for row_id, text in texts)
    indexed = {room_of(row_id): number_of(row_id) for row_id, _ in terms}
    with transaction(connection):
        connection.execute(statements.INSERT_TERMS, (as_json(terms),))
        connection.execute(statements.SET_INDEXED, (as_json(list(indexed.items())),))


def sweep(connection: sqlite3.Connection) -> bool:
    """Remove some messages of a deleted room; return whether there may be more to remove."""
    deleted = connection.execute(statements.DELETED_ROOM).fetchone()
    if deleted is None:
        return False
    room_id, indexed = deleted
    first, last = message_id(room_id, 0), message_id(room_id, LAST_NUMBER)
    texts = _texts(connection, first, last, CHUNK)
    terms = [(row_id, search_line(text)) for row_id, text in texts if number_of(row_id) <= indexed]
    with transaction(connection):
        connection.execute(statements.DELETE_TERMS, (as_json(terms),))
        if len(texts) < CHUNK:
            connection.execute(statements.DELETE_MESSAGES, (first, last))
            connection.execute(statements.FORGET_DELETED_ROOM, (room_id,))
        else:
            connection.execute(statements.DELETE_MESSAGES, (first, texts[-1][0]))
    return True


def _texts(connection: sqlite3.Connection, first: int, last: int, count: int) -> list[Text]:
    found = connection.execute(statements.TEXTS, (first, last, count)).fetchone()[0]
    return [(row_id, text) for row_id, text in json.loads(found)]
