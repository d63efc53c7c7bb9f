"""The ones who read: pages and searches, each on a connection of its own.

A search reads the messages that are not indexed yet, most of them in the journal, from the
newest back, and asks the index for the rest; all in one snapshot, so none is missed or
found twice. It takes some hundred messages at once: what is made of JSON in one step,
nobody else can run meanwhile.

They connect when the log is opened: later there may be no descriptor left.
"""

import json
import sqlite3
from collections.abc import Callable
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

import attrs

from chatsvc.core.events import Audited, Happened, Said
from chatsvc.core.happenings import Span
from chatsvc.core.limits import AUDIT_KEPT
from chatsvc.core.names import Nick, RoomName, room_key
from chatsvc.core.stays import Ranges, holds, oldest
from chatsvc.ports import AuditEntry
from chatsvc.storage import happenings, statements
from chatsvc.storage.database import clear_errors, connect_reader, snapshot
from chatsvc.storage.files import Files
from chatsvc.storage.layout import LAST_NUMBER, message_id, number_of
from chatsvc.storage.manners import with_manner
from chatsvc.storage.rewriting import as_changed
from chatsvc.storage.terms import holds_all, search_phrases

STEP = 500
"""Messages of those that are not indexed that a search takes at once; a millisecond."""

LAST_ENTRY = (1 << 63) - 1
"""The highest number an entry of the journal can have."""

_Answer = TypeVar("_Answer")


class Reader:
    """Read one database; used by one thread at a time. Every method may raise `LogError`.

    It connects again only to the `files` that the writer has open.
    """

    patience = None

    def __init__(self, path: Path, files: Files | None = None) -> None:
        self._path = path
        self._files = files
        self._connection: sqlite3.Connection | None = None
        self._is_trusted = False

    def connect(self) -> None:
        """Open the connection, so that nothing has to be opened later."""
        with clear_errors():
            self._connected()

    def range(self, room: RoomName, room_id: int, first: int, last: int) -> list[Said]:
        """Return the messages with these numbers that are in the table."""
        return self._read(lambda connection: _stored(connection, room, room_id, first, last))

    def search(
        self,
        room: RoomName,
        room_id: int,
        words: str,
        count: int,
        within: Ranges | None = None,
    ) -> list[Said]:
        """Return the newest messages that hold all `words`; see `ports.Log.search`."""
        ranges = ((1, LAST_NUMBER),) if within is None else within
        return self._read(
            lambda connection: search(connection, room, room_id, words, count, ranges)
        )

    def older_than(self, room_id: int, at: int, first: int, last: int) -> int:
        """Return the highest number from `first` to `last` of a message said before `at`.

        `first - 1` if there is none. What is not there counts as older: it was trimmed.
        """
        return self._read(lambda connection: _older_than(connection, room_id, at, first, last))

    def audit(self, count: int, before: int | None, room: RoomName | None) -> list[AuditEntry]:
        """Return what was written down, newest first; see `ports.Log.read_audit`."""
        return self._read(lambda connection: _audit(connection, count, before, room))

    def happenings(
        self, room: RoomName, room_id: int, count: int, span: Span, from_the_oldest: bool
    ) -> list[Happened]:
        """Return what happened in a room, oldest first; see `ports.Log.read_happenings`."""
        return self._read(
            lambda connection: happenings.read(
                connection, room, room_id, count, span, from_the_oldest
            )
        )

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
                connection = self._connected()
                with snapshot(connection):
                    return question(connection)
            except sqlite3.Error:
                self._is_trusted = False
                raise

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None or not self._is_trusted:
            connection = self._connect()
            self.close()
            self._connection = connection
            self._is_trusted = True
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        if self._files is not None:
            self._files.check()
        connection = connect_reader(self._path)
        try:
            # SQLite opens its files at the first question.
            connection.execute(statements.LAST_ROOM_ID).fetchone()
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def page(
    connection: sqlite3.Connection, room: RoomName, room_id: int, count: int, after: int
) -> list[Said]:
    """Return up to `count` messages of a room after number `after`, oldest first.

    Call it inside a `snapshot`: the newest may be in the journal.
    """
    known = connection.execute(statements.INDEXED, (room_id,)).fetchone()
    after = max(after, 0 if known is None else known[1])
    found = _stored(connection, room, room_id, after + 1, after + count)
    if len(found) < count:
        wanted = count - len(found)
        found += _in_journal(connection, room, room_id, after + len(found) + 1, wanted)
    return found


def search(
    connection: sqlite3.Connection,
    room: RoomName,
    room_id: int,
    words: str,
    count: int,
    within: Ranges,
) -> list[Said]:
    """Return the newest messages that hold all `words`; call it inside a `snapshot`.

    Those that are indexed are looked for in each of the ranges `within`, the highest first,
    so that what lies between them costs nothing; the few others in all of them at once.
    """
    phrases = search_phrases(words)
    known = connection.execute(statements.INDEXED, (room_id,)).fetchone()
    if not phrases or known is None:
        return []
    indexed, gone = known
    within = oldest(within, LAST_NUMBER, after=gone)
    if not within:
        return []
    unindexed = _Unindexed(connection, room, room_id, phrases, indexed + 1, within)
    found = unindexed.newest(statements.SEARCH_JOURNAL, count)
    if len(found) < count:
        found = unindexed.newest(statements.SEARCH_MESSAGES, count - len(found)) + found
    for first, last in reversed(within):
        if len(found) < count and first <= indexed:
            wanted = count - len(found)
            bounds = message_id(room_id, first), message_id(room_id, min(last, indexed))
            found = _search_index(connection, room, room_id, phrases, bounds, wanted) + found
    return found


def _search_index(
    connection: sqlite3.Connection,
    room: RoomName,
    room_id: int,
    phrases: list[str],
    bounds: tuple[int, int],
    count: int,
) -> list[Said]:
    # Quoted, so that nothing in them is an operator; terms hold no quotes.
    query = " ".join(f'"{phrase}"' for phrase in phrases)
    rows = connection.execute(statements.SEARCH, (query, *bounds, count)).fetchone()[0]
    return _messages(rows, room, room_id)


def _older_than(
    connection: sqlite3.Connection, room_id: int, at: int, first: int, last: int
) -> int:
    """Look in the middle of what is left, again and again."""
    while first <= last:
        middle = (first + last) // 2
        row = connection.execute(statements.SAID_AT, (message_id(room_id, middle),)).fetchone()
        if row is None or row[0] < at:
            first = middle + 1
        else:
            last = middle - 1
    return last


def _audit(
    connection: sqlite3.Connection, count: int, before: int | None, room: RoomName | None
) -> list[AuditEntry]:
    below = LAST_ENTRY if before is None else before
    count = max(count, 0)
    if room is None:
        rows = connection.execute(statements.AUDIT, (below, AUDIT_KEPT, count))
    else:
        parameters = (below, AUDIT_KEPT, room_key(room), count)
        rows = connection.execute(statements.AUDIT_OF_ROOM, parameters)
    return [AuditEntry(entry, Audited(*columns)) for entry, *columns in rows.fetchall()]


@attrs.frozen
class _Unindexed:
    """The messages of a room from number `first` on, which the index does not know.

    Only those in the ranges `within` are found.
    """

    connection: sqlite3.Connection
    room: RoomName
    room_id: int
    phrases: list[str]
    first: int
    within: Ranges

    def newest(self, statement: str, count: int) -> list[Said]:
        """Return the newest up to `count` that hold the phrases, `STEP` looked at at once."""
        found: list[Said] = []
        entry, last = LAST_ENTRY, self.within[-1][1]
        while len(found) < count and last >= max(self.first, self.within[0][0]):
            piece, entry = self._step(statement, entry, last)
            found = [said for said in piece if self._is_meant(said)] + found
            if len(piece) < STEP:
                break
            last = piece[0].number - 1
        return found[-count:] if count else []

    def _is_meant(self, said: Said) -> bool:
        return holds(self.within, said.number) and holds_all(self.phrases, said.text)

    def _step(self, statement: str, entry: int, last: int) -> tuple[list[Said], int]:
        parameters = {
            "entry": entry,
            "first": message_id(self.room_id, max(self.first, self.within[0][0])),
            "last": message_id(self.room_id, last),
            "room_id": self.room_id,
            "term": max(" ".join(self.phrases).split(), key=len),
            "count": STEP,
        }
        rows, oldest = self.connection.execute(statement, parameters).fetchone()
        return _messages(rows, self.room, self.room_id), oldest


def _stored(
    connection: sqlite3.Connection, room: RoomName, room_id: int, first: int, last: int
) -> list[Said]:
    bounds = message_id(room_id, first), message_id(room_id, min(last, LAST_NUMBER))
    rows = connection.execute(statements.MESSAGES, (*bounds, room_id)).fetchone()[0]
    return _messages(rows, room, room_id)


def _in_journal(
    connection: sqlite3.Connection, room: RoomName, room_id: int, first: int, count: int
) -> list[Said]:
    bounds = message_id(room_id, first), message_id(room_id, LAST_NUMBER)
    parameters = (*bounds, room_id, count)
    rows = connection.execute(statements.JOURNAL_MESSAGES, parameters).fetchone()[0]
    return _messages(rows, room, room_id)


def _messages(found: str, room: RoomName, room_id: int) -> list[Said]:
    rows = json.loads(found)
    rows.sort(key=itemgetter(0))
    return [
        Said(room, number_of(row_id), at, nick, text, client_id, room_id)
        if changed_at is more is None
        else _more_than_said(
            Said(room, number_of(row_id), at, nick, text, client_id, room_id),
            changed_at,
            changed_by,
            more,
        )
        for row_id, at, nick, text, client_id, changed_at, changed_by, more in rows
    ]


def _more_than_said(said: Said, changed_at: int | None, changed_by: Nick, more: str | None) -> Said:
    if changed_at is None:
        return with_manner(said, more)
    return as_changed(said, changed_at, changed_by, more)
