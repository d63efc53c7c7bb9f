"""The one who writes: appends, and behind them the housekeeping.

An append gets its numbers from memory and is one transaction; only after the
commit does memory follow. When anything fails, the numbers are read again on a new
connection: what a failed commit left behind is for the database to say, not for us
to guess. The old connection is closed after the new one is open; as long as there
is one, SQLite does not take up again what it could not commit.

Housekeeping is what nobody waits for, done in chunks of a few milliseconds: new
messages are put into the search index (until then a search reads them one by one,
see reader.py), and the messages of deleted rooms are removed. It is done when no
append has come for a moment, or between two appends when much of it is left; when
too much of it is left, the next append waits for it.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from twisted.logger import Logger

from chatsvc.core.events import DurableEvent, RoomDeleted, Said
from chatsvc.core.room import StoredRoom
from chatsvc.ports import Recorded
from chatsvc.storage import changes, housekeeping, upgrades
from chatsvc.storage.database import check_whole, clear_errors, connect_writer, transaction
from chatsvc.storage.layout import message_id, room_of
from chatsvc.storage.numbering import Draft, Numbers

IDLE_SECONDS = 0.2
"""Housekeeping begins when no append came for so long."""

RETRY_SECONDS = 2.0
"""After housekeeping failed it is tried again this much later."""

BACKLOG = 512
"""With so many messages not indexed, housekeeping does not wait for an idle moment."""

MOST_UNINDEXED = 4096
"""With so many messages not indexed, the next append waits until there are fewer."""

CHECK_SECONDS = 0.5
"""How long the first opening looks for damage."""

_log = Logger()


class Writer:
    """Write one database; used by one thread at a time.

    Tests pass a `factory` whose connections fail.
    """

    def __init__(self, path: Path, factory: type[sqlite3.Connection] = sqlite3.Connection) -> None:
        self._path = path
        self._factory = factory
        self._connection: sqlite3.Connection | None = None
        self._is_trusted = False
        self._is_in_trouble = False
        self._numbers = Numbers()
        self._unindexed: list[tuple[int, str]] = []
        self._may_sweep = True

    def open(self) -> tuple[StoredRoom, ...]:
        """Connect, upgrade, look for damage; return the rooms or raise `LogError`."""
        with clear_errors():
            return self._connect(is_first=True)

    def append(self, events: Sequence[DurableEvent]) -> list[Recorded]:
        """Make all `events` durable or raise `LogError`; see `ports.Log.append`."""
        with clear_errors():
            try:
                connection = self._connected()
                self._catch_up(connection)
                draft = Draft(self._numbers, changes.find_repeated(connection, events))
                recorded = [draft.record(event) for event in events]
                self._write(connection, recorded)
            except sqlite3.Error:
                self._is_trusted = False
                raise
        draft.keep()
        self._note(recorded)
        return recorded

    @property
    def patience(self) -> float | None:
        """How many seconds to wait for an append before `rest`; None: as long as it takes."""
        if len(self._unindexed) >= BACKLOG:
            return 0.0
        return IDLE_SECONDS if self._unindexed or self._may_sweep else None

    def rest(self) -> float | None:
        """Do a chunk of housekeeping; return how many seconds to wait before the next."""
        try:
            connection = self._connected()
            self._index(connection)
            self._may_sweep = self._may_sweep and housekeeping.sweep(connection)
        except Exception:
            self._is_trusted = False
            self._complain()
            return RETRY_SECONDS
        self._is_in_trouble = False
        return 0.0 if self._may_sweep else self.patience

    def close(self) -> None:
        """Write everything into the database file itself, as far as the disk lets us."""
        if self._connection is None:
            return
        try:
            while self._unindexed:
                self._index(self._connection)
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error:
            _log.failure("The log could not be tidied up; the next start will do it.")
        self._connection.close()
        self._connection = None

    def _connected(self) -> sqlite3.Connection:
        if not self._is_trusted:
            self._connect()
        assert self._connection is not None
        return self._connection

    def _connect(self, is_first: bool = False) -> tuple[StoredRoom, ...]:
        connection = connect_writer(self._path, self._factory)
        try:
            if is_first:
                upgrades.upgrade(connection)
                check_whole(connection, CHECK_SECONDS)
                _check_writable(connection)
            rooms = self._load(connection)
        except BaseException:
            connection.close()
            raise
        if self._connection is not None:
            self._connection.close()
        self._connection = connection
        self._is_trusted = True
        return rooms

    def _complain(self) -> None:
        if not self._is_in_trouble:
            _log.failure("Housekeeping of the log fails; it will be tried again.")
        self._is_in_trouble = True

    def _load(self, connection: sqlite3.Connection) -> tuple[StoredRoom, ...]:
        found = changes.load_rooms(connection)
        rooms = tuple(room for room, _ in found)
        last = {room.room_id: room.last for room in rooms}
        self._numbers = Numbers(last, changes.last_room_id(connection) + 1)
        self._unindexed = []
        for room, indexed in found:
            self._unindexed += housekeeping.texts_after(
                connection, room.room_id, indexed, room.last
            )
        self._may_sweep = True
        return rooms

    def _write(self, connection: sqlite3.Connection, recorded: Sequence[Recorded]) -> None:
        wanted = changes.changes(recorded)
        if len(wanted) == 1:
            connection.execute(*wanted[0])
        elif wanted:
            with transaction(connection):
                for change in wanted:
                    connection.execute(*change)

    def _note(self, recorded: Sequence[Recorded]) -> None:
        for event in recorded:
            if isinstance(event, Said):
                self._unindexed.append((message_id(event.room_id, event.number), event.text))
            elif isinstance(event, RoomDeleted):
                self._may_sweep = True

    def _catch_up(self, connection: sqlite3.Connection) -> None:
        while len(self._unindexed) >= MOST_UNINDEXED:
            self._index(connection)

    def _index(self, connection: sqlite3.Connection) -> None:
        chunk = self._unindexed[: housekeeping.CHUNK]
        kept = [item for item in chunk if room_of(item[0]) in self._numbers.last]
        if kept:
            housekeeping.index(connection, kept)
        del self._unindexed[: len(chunk)]


def _check_writable(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        pass
