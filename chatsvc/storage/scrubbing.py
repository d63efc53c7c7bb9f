"""Leave nothing of a text that was taken back in the files of the log.

When a redaction or an edit is committed, the old text is in no message any more. SQLite
overwrites what it deletes (`secure_delete`), but three places keep it:

* The search index. FTS5 only notes that terms are deleted; they stay until the segments
  that hold them are merged. Which ones these are cannot be asked, so one segment is made
  of all: some pages at a time, since a large index takes seconds.
* Pages that rows were moved out of, also of the index; see gaps.py.
* The write-ahead file, until it is emptied after that.

The table `scrubs` remembers, over a crash as well, that this is still to be done. A pass is
for all that was taken back before it began.
"""

import sqlite3
import time
from pathlib import Path

from chatsvc.storage import statements
from chatsvc.storage.checkpoints import Checkpoints
from chatsvc.storage.database import transaction
from chatsvc.storage.gaps import PAGE, TABLES, Leaf, Pages, fill

PAGES = 250
"""Pages of the index merged at once; a megabyte."""

LEAVES = 1000
"""Pages of a table looked at at once; four megabytes."""

FILLED = 100
"""Of these, so many are filled at most; each takes a tenth of a millisecond or two."""

RETRY_SECONDS = 0.5
"""Wait for somebody who reads an older state, before the file is to be emptied again."""

REST = 9
"""After a pass comes a rest, so many times as long as the pass has worked."""


Position = tuple[int, int]
"""A table, counted, and the last of its rows that was looked at."""


class Scrubbing:
    """How far the scrubbing of one database is. Every method may raise `sqlite3.Error`."""

    def __init__(self, path: Path, checkpoints: Checkpoints) -> None:
        self._pages = Pages(path)
        self._checkpoints = checkpoints
        self._is_asked = False
        self._covered: int | None = None
        self._is_merged = False
        self._filled: Position | None = (0, 0)
        self._worked = 0.0
        self._not_before = 0.0

    @property
    def patience(self) -> float | None:
        """In how many seconds there is something to do; None: there is nothing."""
        if not self._is_asked:
            return None
        return max(0.0, self._not_before - time.monotonic())

    def take_up(self, connection: sqlite3.Connection) -> None:
        """Find out whether there is something to do; what was begun begins anew."""
        self._covered = None
        self._is_asked = _last(connection) is not None

    def ask(self) -> None:
        """Note that a text was taken back."""
        self._is_asked = True

    def step(self, connection: sqlite3.Connection) -> None:
        """Do some of it."""
        began = time.monotonic()
        if self._covered is None:
            self._begin(connection)
        elif not self._is_merged:
            self._is_merged = not _merge(connection, PAGES)
            self._checkpoints.note_sweep()
        elif self._checkpoints.empty(connection):
            if self._filled is None:
                self._end(connection)
            else:
                self._filled = fill_gaps(connection, self._pages, self._filled)
        else:
            self._not_before = time.monotonic() + RETRY_SECONDS
        self._worked += time.monotonic() - began
        if self._covered is None:
            self._not_before = time.monotonic() + REST * self._worked
            self._worked = 0.0

    def close(self) -> None:
        """Give everything back; all connections of this process are closed."""
        self._pages.close()

    def _begin(self, connection: sqlite3.Connection) -> None:
        self._covered = _last(connection)
        if self._covered is None:
            self._is_asked = False
        else:
            _merge(connection, -PAGES)
            self._is_merged, self._filled = False, (0, 0)
            self._checkpoints.note_sweep()

    def _end(self, connection: sqlite3.Connection) -> None:
        connection.execute(statements.SCRUBBED, (self._covered,))
        self._covered = None
        self._is_asked = _last(connection) is not None


def fill_gaps(connection: sqlite3.Connection, pages: Pages, after: Position) -> Position | None:
    """Overwrite the gaps of some pages, from a position on.

    Returns the position after them, None at the end of the last table. The write-ahead file
    must be empty.
    """
    if connection.execute("PRAGMA page_size").fetchone()[0] != PAGE:
        return None  # Not made by any chatsvc.
    place, last = after
    table = TABLES[place]
    root = connection.execute(statements.ROOT_PAGE, (table.name,)).fetchone()[0]
    dirty: list[Leaf] = []
    is_all = False
    for count, leaf in enumerate(pages.leaves(root, last), 1):
        last = leaf.last
        if leaf.row_ids:
            dirty.append(leaf)
        if count == LEAVES or len(dirty) == FILLED:
            break
    else:
        is_all = True
    with transaction(connection):
        for leaf in dirty:
            fill(connection, table, leaf)
    if not is_all:
        return place, last
    return (place + 1, 0) if place + 1 < len(TABLES) else None


def scrub_copy(connection: sqlite3.Connection, path: Path) -> None:
    """Do all of it at once, in the copy at `path` that nobody else uses.

    It has no write-ahead file.
    """
    if _last(connection) is None:
        return
    connection.execute("PRAGMA secure_delete = ON")
    pages = -PAGES
    while _merge(connection, pages):
        pages = PAGES
    file = Pages(path)
    filled: Position | None = (0, 0)
    while filled is not None:
        filled = fill_gaps(connection, file, filled)
    file.close()
    connection.execute(statements.SCRUBBED, (_last(connection),))


def _last(connection: sqlite3.Connection) -> int | None:
    last: int | None = connection.execute(statements.LAST_SCRUB).fetchone()[0]
    return last


def _merge(connection: sqlite3.Connection, pages: int) -> bool:
    """Merge segments of the index; return whether there was anything to merge.

    The index counts a change when it is asked, and more when it does something.
    """
    before = connection.total_changes
    connection.execute(statements.MERGE_INDEX, (pages,))
    return connection.total_changes - before >= 2
