"""The one who writes: appends, and behind them the housekeeping.

*An append* gets its numbers from memory and is one transaction, and only after the
commit does memory follow. Its messages are one row of the `journal`, whatever rooms they
are in: a row at the end of a table touches one page, rows in the tables of 200 rooms
touch 200. What changes rooms and accounts goes straight into their tables, in the same
transaction.

*Housekeeping* is what nobody waits for. It moves the journal into the table of messages
and the search index, a large chunk at a time, sorted by room and number; and it removes
the messages of deleted rooms, and trimmed ones; where there is both to do, they take turns.
Before both come checkpoints (checkpoints.py). It is done when no append has come for a moment,
or between two appends when much is waiting, or has been for a second: the journal stays small,
for searches read all of it. When too much is waiting, the next append waits for it.
What is in the journal is read from memory (recent.py) and, by searches and other
programs, from its rows.

*When a write fails*, the connection is not used again, for no descriptor is trusted
after a failed `fdatasync`. The old one is closed after the new one is open: as long as
there is one, SQLite does not take up again what it could not commit. Memory holds what
was acknowledged, and the database is made to say the same: before anything is answered,
what the failed append may have left is taken back (undoing.py). If that fails too, the
answer is `LogUncertain`, and it is done before the next write. So the numbers are never
ahead of what the hub was told. An append that could not begin to commit leaves nothing.

*After a commit*, before it is answered, the writer looks whether the files are still the
ones that it opened (files.py).

While there is trouble, housekeeping tries to write every few seconds, so that the end of
the trouble is noticed and logged, whether somebody says something or not.
"""

import sqlite3
import time
from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from pathlib import Path

from twisted.logger import Logger

from chatsvc.core.events import DurableEvent, Edited, Redacted, RoomDeleted, Said, Trimmed
from chatsvc.core.room import Stored
from chatsvc.ports import LogError, LogUncertain, Missing, Recorded, Repeated
from chatsvc.storage import (
    changes,
    housekeeping,
    journal,
    loading,
    rewriting,
    statements,
    undoing,
    upgrades,
)
from chatsvc.storage.checkpoints import Checkpoints
from chatsvc.storage.database import (
    check_whole,
    close_untouched,
    connect_writer,
    is_busy,
    leaves_nothing,
    sentence,
    transaction,
)
from chatsvc.storage.files import Files
from chatsvc.storage.layout import room_of
from chatsvc.storage.numbering import (
    ClientKey,
    Draft,
    Numbers,
    Place,
    client_key,
    places_changed,
    trims,
)
from chatsvc.storage.rewriting import Text
from chatsvc.storage.scrubbing import Scrubbing
from chatsvc.storage.trouble import Trouble
from chatsvc.storage.undoing import Undo
from chatsvc.storage.waiting import Waiting

IDLE_SECONDS = 0.2
"""Housekeeping begins when no append came for so long."""

RETRY_SECONDS = 2.0
"""While writing fails, it is tried again this often."""

BACKLOG = 2048
"""With so many messages in the journal, housekeeping does not wait for an idle moment."""

LATE_SECONDS = 1.0
"""Nor when the oldest message, or a room to be swept, has waited for so long."""

CHECK_SECONDS = 0.5
"""How long the first opening looks for damage."""

CLOSE_SECONDS = 1.0
"""How long closing moves what is in the journal; the rest is moved after the next start.

Clients have 3 seconds to take their last bytes: a stop under load stays below 5.
"""

_log = Logger()


class Writer:
    """Write one database; used by one thread at a time.

    `files` and `waiting` may be looked at by others. Tests pass a `factory` whose
    connections fail.
    """

    def __init__(self, path: Path, factory: type[sqlite3.Connection] = sqlite3.Connection) -> None:
        self._path = path
        self._factory = factory
        self.files = Files(path)
        self.waiting = Waiting()
        self._connection: sqlite3.Connection | None = None
        self._is_trusted = False
        self._undo: Undo | None = None
        self._trouble = Trouble()
        self._checkpoints = Checkpoints()
        self._scrubbing = Scrubbing(path, self._checkpoints)
        self._numbers = Numbers()
        self._unindexed: list[housekeeping.Text] = []
        self._retry_at = 0.0
        self._may_sweep = True
        self._deleted_at = time.monotonic()
        self._swept_last = True
        self._scrubbed_last = False

    def open(self) -> Stored:
        """Connect, upgrade, look for damage; return what is there or raise `LogError`."""
        try:
            connection = connect_writer(self._path, self._factory)
            try:
                stored = self._take_up(connection)
            except BaseException:
                connection.close()
                raise
        except sqlite3.Error as error:
            raise LogError(sentence(error)) from error
        self._use(connection)
        return stored

    def append(self, events: Sequence[DurableEvent]) -> list[Recorded]:
        """Make all `events` durable; raise `LogError` or `LogUncertain` if they are not.

        See `ports.Log.append`.
        """
        try:
            connection = self._ready()
            while self.waiting.is_full:
                self._move(connection)
            texts = self._texts(connection, events)
            draft = Draft(self._numbers, self._repeated(connection, events), _there(texts))
        except sqlite3.Error as error:
            raise self._failed(error) from error
        recorded = [draft.record(event) for event in events]
        self._write(connection, recorded, texts)
        draft.keep()
        return recorded

    @property
    def patience(self) -> float | None:
        """How many seconds to wait for an append before `rest`; None: as long as it takes."""
        if self._trouble.is_failing:
            return RETRY_SECONDS
        waits = [self._trouble.patience]
        if self._has_work:
            waits.append(max(self._idle_patience(), self._retry_at - time.monotonic()))
        scrubbing = self._scrubbing.patience
        if scrubbing is not None:
            waits.append(max(scrubbing, self._retry_at - time.monotonic()))
        return min((wait for wait in waits if wait is not None), default=None)

    def rest(self) -> float | None:
        """Do a chunk of housekeeping; return how many seconds to wait before the next."""
        try:
            self._rest()
        except sqlite3.Error as error:
            self._failed(error)
        except LogError:
            pass  # It was logged where it was raised.
        except Exception:
            self._is_trusted = False
            _log.failure("Housekeeping of the log met a bug")
            return RETRY_SECONDS
        else:
            return self.patience if self._is_put_off or not self._has_work else 0.0
        return RETRY_SECONDS

    def close(self) -> None:
        """Write everything into the database file itself, as far as time and disk let us.

        When the files are no longer ours, nothing is written.
        """
        if self._connection is None:
            return
        try:
            self.files.check()
        except LogError as error:
            _log.error("The log is left as it is, without tidying up. {error}", error=error)
            close_untouched(self._connection)
        else:
            self._tidy_up()
            assert self._connection is not None
            self._connection.close()
        self._scrubbing.close()
        self._connection = None

    def _tidy_up(self) -> None:
        end = time.monotonic() + CLOSE_SECONDS
        try:
            connection = self._ready()
            while self.waiting.entries and time.monotonic() < end:
                self._move(connection)
            while self._scrubbing.patience == 0.0 and time.monotonic() < end:
                self._scrubbing.step(connection)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except (sqlite3.Error, LogError) as error:
            _log.error(
                "The log could not be tidied up; the next start will do it. {error}", error=error
            )

    def _rest(self) -> None:
        connection = self._ready()
        if self._trouble.is_failing:
            self._settle(connection)
            self._retry_at = 0.0
        elif self._has_work and not self._is_put_off:
            try:
                self.files.check()
                self._tidy(connection)
            except LogError as error:
                raise self._failed(error) from error
            except sqlite3.Error as error:
                self._failed(error, is_refused=False)
                # Appends may go through all the same, and should not be held up by this.
                self._retry_at = time.monotonic() + RETRY_SECONDS
                return
        self._trouble.works()

    @property
    def _is_put_off(self) -> bool:
        return time.monotonic() < self._retry_at

    def _idle_patience(self) -> float:
        if self.waiting.count >= BACKLOG or self._checkpoints.is_due:
            return 0.0
        since = [entry.came for entry in islice(self.waiting.entries, 1)]
        if self._may_sweep:
            since.append(self._deleted_at)
        now = time.monotonic()
        late = min(since, default=now) + LATE_SECONDS
        return max(0.0, min(IDLE_SECONDS, late - now))

    @property
    def _has_work(self) -> bool:
        return bool(
            self.waiting.entries
            or self._unindexed
            or self._may_sweep
            or self._checkpoints.is_due
            or self._scrubbing.patience == 0.0
        )

    # Connecting

    def _take_up(self, connection: sqlite3.Connection) -> Stored:
        """Bring a database up to date and remember what it holds."""
        upgrades.upgrade(connection)
        check_whole(connection, CHECK_SECONDS)
        self.files.note()
        with transaction(connection):
            pass  # It can be written to.
        stored = loading.load(connection)
        last = {room.room_id: room.last for room in stored.rooms}
        next_id = loading.last_room_id(connection) + 1
        self._numbers = Numbers(last, next_id, loading.happened(connection))
        names = {room.room_id: room.room for room in stored.rooms}
        for entry, messages, size in journal.entries(connection, names):
            self.waiting.last = entry - 1
            self.waiting.add(messages, size)
        self._unindexed = housekeeping.unindexed(connection)
        self._scrubbing.take_up(connection)
        self._checkpoints.note_found(self._path.with_name(f"{self._path.name}-wal"))
        return stored

    def _ready(self) -> sqlite3.Connection:
        """Return a connection to write with; all that had failed before is taken back."""
        if not self._is_trusted:
            self._reconnect()
        assert self._connection is not None
        if self._undo is not None:
            self._settle(self._connection)
        return self._connection

    def _reconnect(self) -> None:
        try:
            self.files.check()
            connection = connect_writer(self._path, self._factory)
        except LogError as error:
            self._trouble.begins(str(error))
            raise
        try:
            self._recall(connection)
        except BaseException:
            connection.close()
            raise
        self._use(connection)

    def _recall(self, connection: sqlite3.Connection) -> None:
        """Find out how far housekeeping came that failed, or seemed to."""
        oldest = connection.execute(statements.OLDEST_ENTRY).fetchone()[0]
        self.waiting.drop(self.waiting.last if oldest is None else oldest - 1)
        if self._unindexed:
            self._unindexed = housekeeping.unindexed(connection)
        self._scrubbing.take_up(connection)
        self._may_sweep = True

    def _use(self, connection: sqlite3.Connection) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = connection
        self._is_trusted = True

    # Appending

    def _repeated(
        self, connection: sqlite3.Connection, events: Sequence[DurableEvent]
    ) -> dict[ClientKey, int]:
        """Return the numbers of messages in the log that have the client ids of `events`."""
        keys = [
            client_key(event) for event in events if isinstance(event, Said) and event.client_id
        ]
        if not keys:
            return {}
        waiting = self.waiting.client_ids
        found = {key: waiting[key] for key in keys if key in waiting}
        elsewhere = [key for key in keys if key not in found]
        return found | changes.find_repeated(connection, elsewhere) if elsewhere else found

    def _texts(
        self, connection: sqlite3.Connection, events: Sequence[DurableEvent]
    ) -> dict[Place, Text]:
        """Return the texts that `events` change.

        They, and what is trimmed, are all in the table and indexed.
        """
        others = [event for event in events if type(event) is not Said]
        if not others:
            return {}
        places, trimmed = places_changed(others), trims(others)
        while (places or trimmed) and (
            self._unindexed or self.waiting.holds(places) or self.waiting.reaches(trimmed)
        ):
            self._move(connection)
        return rewriting.texts_at(connection, list(places))

    def _write(
        self,
        connection: sqlite3.Connection,
        recorded: Sequence[Recorded],
        texts: Mapping[Place, Text],
    ) -> None:
        messages = [event for event in recorded if isinstance(event, Said)]
        row = journal.as_row(messages) if messages else ""
        undo = Undo()
        try:
            if len(messages) == len(recorded):
                if messages:
                    connection.execute(statements.INSERT_ENTRY, (self.waiting.last + 1, row))
            else:
                undo = undoing.prepare(connection, recorded, texts)
                self._write_all(connection, recorded, row, texts)
            self.files.check()
        except (sqlite3.Error, LogError) as error:
            raise self._failed(error, undo) from error
        size = journal.size_of(row)
        self._checkpoints.note_commit(size)
        if messages:
            self.waiting.add(messages, size)
        if any(not isinstance(event, (Repeated, Missing)) for event in recorded):
            self._trouble.works()

    def _write_all(
        self,
        connection: sqlite3.Connection,
        recorded: Sequence[Recorded],
        row: str,
        texts: Mapping[Place, Text],
    ) -> None:
        rewritten = [event for event in recorded if isinstance(event, Redacted | Edited)]
        wanted = changes.changes(recorded)
        wanted += rewriting.changes(rewritten, texts)
        if row:
            wanted.append((statements.INSERT_ENTRY, (self.waiting.last + 1, row)))
        if wanted:
            with transaction(connection):
                changes.apply(connection, wanted)
        if rewritten:
            self._scrubbing.ask()
        if any(isinstance(event, RoomDeleted | Trimmed) for event in recorded):
            if not self._may_sweep:
                self._deleted_at = time.monotonic()
            self._may_sweep = True

    # When it fails

    def _failed(
        self,
        error: sqlite3.Error | LogError,
        undo: Undo | None = None,
        is_refused: bool = True,
    ) -> LogError:
        """Take back what failed; return what is to be raised. `undo` None: nothing was written."""
        cause = str(error) if isinstance(error, LogError) else sentence(error)
        self._trouble.begins(cause, is_refused)
        # A lock in the way does not make a descriptor good that was not trusted before.
        self._is_trusted = self._is_trusted and is_busy(error)
        if undo is None or leaves_nothing(error):
            return LogError(cause)
        self._undo = undo
        try:
            if isinstance(error, LogError) and self._connection is not None:
                # The files are elsewhere, and so is what was written.
                self._settle(self._connection)
            else:
                self._ready()
        except (sqlite3.Error, LogError):
            return LogUncertain(cause)
        return LogError(cause)

    def _settle(self, connection: sqlite3.Connection) -> None:
        # If it fails it is in doubt itself, and to be done again.
        self._undo = self._undo or Undo()
        try:
            undoing.settle(connection, self.waiting.last, self._undo)
        except sqlite3.Error:
            self._is_trusted = False
            raise
        self.waiting.add([], 0)
        self._undo = None

    # Housekeeping

    def _tidy(self, connection: sqlite3.Connection) -> None:
        """Do one chunk: move, or sweep deleted rooms and trim; they take turns.

        A checkpoint comes before both, when it is time.
        """
        if self._checkpoints.is_due:
            self._checkpoints.make(connection)
            return
        if self._scrubbing.patience == 0.0 and not self._scrubbed_last:
            self._scrubbed_last = True
            self._scrubbing.step(connection)
            return
        self._scrubbed_last = False
        is_behind = bool(self.waiting.entries or self._unindexed)
        if is_behind and (self._swept_last or not self._may_sweep):
            self._move(connection)
            self._swept_last = False
        else:
            self._swept_last = True
            self._may_sweep = housekeeping.sweep(connection) or self._trim(connection)
            if self._may_sweep:
                self._checkpoints.note_sweep()

    def _trim(self, connection: sqlite3.Connection) -> bool:
        """Remove some trimmed messages; return whether there may be more."""
        done = housekeeping.trim(connection)
        if done is housekeeping.Trimming.DONE:
            self._scrubbing.ask()
        return done is not housekeeping.Trimming.NOTHING

    def _move(self, connection: sqlite3.Connection) -> None:
        """Move one chunk; what was indexed less far by an older chatsvc comes first."""
        if self._unindexed:
            self._index(connection)
            return
        chunk = self.waiting.chunk(housekeeping.MOVED, housekeeping.MOVED_BYTES, self._numbers.last)
        housekeeping.move(connection, chunk.last, chunk.messages)
        self.waiting.drop(chunk.last)
        self._checkpoints.note_move(chunk.size)

    def _index(self, connection: sqlite3.Connection) -> None:
        chunk = self._unindexed[: housekeeping.CHUNK]
        rooms = self._numbers.last
        kept = [text for text in chunk if room_of(text[0]) in rooms]
        if kept:
            housekeeping.index(connection, kept)
            self._checkpoints.note_sweep()
        del self._unindexed[: len(chunk)]


def _there(texts: Mapping[Place, Text]) -> Collection[Place]:
    """Return the places of the messages that were not taken back."""
    return [place for place, text in texts.items() if text.text]
