"""The ones who read: pages and searches, each on a connection of its own.

A search asks the index for what is indexed, and reads the few messages after that
one by one; both in one snapshot, so none is missed and none found twice.
"""

import json
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from chatsvc.core.events import Said
from chatsvc.core.names import RoomName
from chatsvc.storage import statements
from chatsvc.storage.database import clear_errors, connect_reader, snapshot
from chatsvc.storage.layout import LAST_NUMBER, message_id, number_of
from chatsvc.storage.terms import holds_all, search_phrases

_Answer = TypeVar("_Answer")


class Reader:
    """Read one database; used by one thread at a time. Every method may raise `LogError`."""

    patience = None

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def page(
        self, room: RoomName, room_id: int, count: int, before: int | None, after: int | None
    ) -> list[Said]:
        """Return a page of messages; see `ports.Log.read`."""
        return self._read(lambda connection: page(connection, room, room_id, count, before, after))

    def search(self, room: RoomName, room_id: int, words: str, count: int) -> list[Said]:
        """Return the newest messages that hold all `words`; see `ports.Log.search`."""
        return self._read(lambda connection: search(connection, room, room_id, words, count))

    def rest(self) -> float | None:
        """Do nothing: a reader has no housekeeping."""
        return None

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _read(self, question: Callable[[sqlite3.Connection], _Answer]) -> _Answer:
        with clear_errors():
            try:
                if self._connection is None:
                    self._connection = connect_reader(self._path)
                with snapshot(self._connection):
                    return question(self._connection)
            except sqlite3.Error:
                self.close()
                raise


def page(
    connection: sqlite3.Connection,
    room: RoomName,
    room_id: int,
    count: int,
    before: int | None = None,
    after: int | None = None,
) -> list[Said]:
    """Return a page of messages; see `ports.Log.read`."""
    first = 1 if after is None else min(after + 1, LAST_NUMBER)
    last = LAST_NUMBER if before is None else min(before - 1, LAST_NUMBER)
    statement = statements.NEWEST_MESSAGES if after is None else statements.OLDEST_MESSAGES
    bounds = message_id(room_id, first), message_id(room_id, max(last, 0))
    return _messages(connection, room, room_id, statement, (*bounds, room_id, count))


def search(
    connection: sqlite3.Connection, room: RoomName, room_id: int, words: str, count: int
) -> list[Said]:
    """Return the newest messages that hold all `words`; call it inside a `snapshot`."""
    phrases = search_phrases(words)
    known = connection.execute(statements.INDEXED, (room_id,)).fetchone()
    if not phrases or known is None:
        return []
    newest = _search_tail(connection, room, room_id, phrases, known[0])
    older = _search_index(connection, room, room_id, phrases, known[0], count)
    return (older + newest)[-count:] if count else []


def _search_index(
    connection: sqlite3.Connection,
    room: RoomName,
    room_id: int,
    phrases: list[str],
    indexed: int,
    count: int,
) -> list[Said]:
    # Quoted, so that nothing in them is an operator; terms hold no quotes.
    query = " ".join(f'"{phrase}"' for phrase in phrases)
    bounds = message_id(room_id, 1), message_id(room_id, indexed)
    return _messages(connection, room, room_id, statements.SEARCH, (query, *bounds, count))


def _search_tail(
    connection: sqlite3.Connection,
    room: RoomName,
    room_id: int,
    phrases: list[str],
    indexed: int,
) -> list[Said]:
    bounds = message_id(room_id, indexed + 1), message_id(room_id, LAST_NUMBER)
    tail = _messages(connection, room, room_id, statements.OLDEST_MESSAGES, (*bounds, room_id, -1))
    return [said for said in tail if holds_all(phrases, said.text)]


def _messages(
    connection: sqlite3.Connection,
    room: RoomName,
    room_id: int,
    statement: str,
    parameters: Sequence[object],
) -> list[Said]:
    rows = json.loads(connection.execute(statement, parameters).fetchone()[0])
    rows.sort()
    return [
        Said(room, number_of(row_id), at, nick, text, client_id, room_id)
        for row_id, at, nick, text, client_id in rows
    ]
