"""Bring what is in the write-ahead file into the database file, while nobody waits.

SQLite does it by itself when a commit makes the file too long, but then that commit pays
for it, and SQLite tells nobody when it fails. So the writer does it, in housekeeping's
time. SQLite does not say how long the file is before it is asked for a checkpoint; what
is written is estimated.
"""

import sqlite3
from contextlib import suppress
from pathlib import Path

from twisted.logger import Logger

from chatsvc.storage.database import BUSY_SECONDS

FRAMES = 1000
"""Pages written, estimated, after which it is time for a checkpoint."""

PAGE_BYTES = 4096

BEHIND_BYTES = 64 * 1024 * 1024
"""When so much cannot be taken over, another program has been reading for long."""

COMMIT_FRAMES = 2
"""Pages that a commit writes whatever it holds."""

MOVED_BYTES_A_FRAME = 1000
"""Bytes of journal rows that make one page when they are moved: table, indexes, search.

Measured 500 to 1200 with messages of 64 to 4000 characters.
"""

EMPTYING_MILLISECONDS = 20
"""How long emptying the file waits for readers; appends wait meanwhile."""

SWEPT_FRAMES = 250
"""Pages that sweeping a chunk is taken to write."""


class Checkpoints:
    """How much was written since the last checkpoint of one database."""

    _log = Logger()

    def __init__(self) -> None:
        self._frames = 0
        self._is_behind = False

    @property
    def is_due(self) -> bool:
        """Tell whether it is time."""
        return self._frames >= FRAMES

    def note_found(self, path: Path) -> None:
        """Take the write-ahead file at `path`, that a crash left, into account."""
        with suppress(OSError):
            self._frames += path.stat().st_size // PAGE_BYTES

    def note_commit(self, size: int) -> None:
        """Take an append of `size` bytes into account."""
        self._frames += COMMIT_FRAMES + size // PAGE_BYTES

    def note_move(self, size: int) -> None:
        """Take journal rows of `size` bytes that were moved into account."""
        self._frames += COMMIT_FRAMES + size // MOVED_BYTES_A_FRAME

    def note_sweep(self) -> None:
        """Take a chunk into account that was swept, or indexed alone."""
        self._frames += SWEPT_FRAMES

    def empty(self, connection: sqlite3.Connection) -> bool:
        """Bring everything over and make the write-ahead file empty; return whether it is.

        Whoever reads an older state keeps it from that. Raises `sqlite3.Error` if it fails.
        """
        connection.execute(f"PRAGMA busy_timeout = {EMPTYING_MILLISECONDS}")
        try:
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.execute(f"PRAGMA busy_timeout = {round(BUSY_SECONDS * 1000)}")
        if busy:
            return False
        self._frames = 0
        return True

    def make(self, connection: sqlite3.Connection) -> None:
        """Make a checkpoint as far as readers let us; raise `sqlite3.Error` if it fails."""
        _, frames, done = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        self._frames = 0
        is_behind = (frames - done) * PAGE_BYTES > BEHIND_BYTES
        if is_behind and not self._is_behind:
            self._log.warn(
                "Another program has been reading the log's database for long; "
                "chatsvc.db-wal grows until it ends."
            )
        self._is_behind = is_behind
