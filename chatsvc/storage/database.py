"""Connections to chatsvc.db, and one clear sentence for each way in which they fail.

A connection made here commits by itself unless a statement says BEGIN, waits at
most `BUSY_SECONDS` for a lock of another program, and may be made in one thread
and used in another.
"""

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from chatsvc.ports import LogError

BUSY_SECONDS = 0.3
"""Longest wait for a lock; housekeeping and an append after it stay below a second."""

JOURNAL_BYTES = 64 * 1024 * 1024
"""What is kept of the write-ahead file after it grew; a long backup makes it grow."""

_SENTENCES = {
    "SQLITE_FULL": "The disk that holds the log is full.",
    "SQLITE_BUSY": "Another program keeps the log's database locked.",
    "SQLITE_LOCKED": "Another program keeps the log's database locked.",
    "SQLITE_READONLY": "The log's database may not be written to; check its permissions.",
    "SQLITE_CANTOPEN": "The log's database cannot be opened; check its folder's permissions "
    "and the limit of open files.",
    # SQLite gives a read that the disk refuses (EIO) the same name.
    "SQLITE_CORRUPT": "The log's database cannot be read: its disk fails or the file is damaged; "
    "look at the kernel's log and run chatsvc verify.",
    "SQLITE_NOTADB": "The log's database is damaged or no database; restore a backup.",
    "SQLITE_IOERR": "The disk that holds the log reports an error",
}


def connect_writer(
    path: Path, factory: type[sqlite3.Connection] = sqlite3.Connection
) -> sqlite3.Connection:
    """Connect for writing: durable at every commit, readers never in the way.

    `path` must be there. Tests pass a `factory` whose connections fail. Raises
    `LogError` where the file system cannot do that.
    """
    connection = _connect(path, "rw", factory)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """Connect for reading only; `path` must be there."""
    return _connect(path, "ro", sqlite3.Connection)


def close_untouched(connection: sqlite3.Connection) -> None:
    """Close, and leave the database and its write-ahead file as they are.

    SQLite makes a checkpoint when the last connection is closed. Python can forbid it
    since 3.12. Before that: an interrupted checkpoint ends before its first page.
    """
    if hasattr(connection, "setconfig"):
        connection.setconfig(_NO_CHECKPOINT_ON_CLOSE)
    connection.interrupt()
    connection.close()


_NO_CHECKPOINT_ON_CLOSE = 1006
"""SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, which the module has no name for before Python 3.12."""


def sentence(error: sqlite3.Error) -> str:
    """Return what an error of SQLite means to whoever runs the server."""
    name = _name(error)
    family = "_".join(name.split("_")[:2])
    known = _SENTENCES.get(family)
    if known is None:
        return f"The log's database fails: {error}."
    return known if known.endswith(".") else f"{known} ({name})."


def is_busy(error: Exception) -> bool:
    """Tell whether only somebody else's lock was in the way; the connection is sound."""
    return _name(error).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def leaves_nothing(error: Exception) -> bool:
    """Tell whether a write that failed so cannot have left a commit in the write-ahead file.

    The last page of a transaction, which makes it a commit, was not written. After any
    other error it may be there, and only the disk's confirmation failed.
    """
    return _name(error).startswith(_BEFORE_THE_COMMIT)


_BEFORE_THE_COMMIT = (
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_FULL",
    "SQLITE_READONLY",
    "SQLITE_CANTOPEN",
    "SQLITE_CONSTRAINT",
    "SQLITE_IOERR_WRITE",
)


@contextmanager
def clear_errors() -> Iterator[None]:
    """Raise `LogError` in place of what SQLite raises."""
    try:
        yield
    except sqlite3.Error as error:
        raise LogError(sentence(error)) from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what is done inside as one, or undo it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Let all reads inside see the same moment."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.rollback()


def check_whole(connection: sqlite3.Connection, seconds: float) -> None:
    """Raise `LogError` when damage is found within `seconds`; a big log is checked in part."""
    end = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > end, 10_000)
    try:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorname", "") != "SQLITE_INTERRUPT":
            raise
    else:
        if found != "ok":
            damage = " ".join(found.split())
            if _is_disk_error(damage):
                raise LogError(
                    f"The disk that holds the log cannot be read ({damage}); nothing was changed: "
                    "look after the disk, then start again."
                )
            raise LogError(f"The log's database is damaged ({damage}); restore a backup.")
    finally:
        connection.set_progress_handler(None, 0)


def _name(error: Exception) -> str:
    name: str = getattr(error, "sqlite_errorname", "")
    return name


def _is_disk_error(damage: str) -> bool:
    """Tell whether a check met SQLITE_IOERR in one of its forms; the data may be whole."""
    code = re.search(r"error code=(\d+)", damage)
    return code is not None and int(code[1]) & 0xFF == sqlite3.SQLITE_IOERR


def _connect(path: Path, mode: str, factory: type[sqlite3.Connection]) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        factory=factory,
    )


def _prepare(connection: sqlite3.Connection) -> None:
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise LogError(
            "The file system of the data folder cannot share memory between programs; "
            "put the data on a local disk."
        )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
    # The writer does it, see checkpoints.py.
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("PRAGMA cache_size = -16000")
    # What is deleted is overwritten, so that a text that was taken back is nowhere.
    connection.execute("PRAGMA secure_delete = ON")
    # No files beside the database, for which there may be no descriptor left.
    connection.execute("PRAGMA temp_store = MEMORY")
