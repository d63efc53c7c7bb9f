"""The data folder: who may use it, and what file may be opened in it.

    lock            locked while a server runs, holds its process id
    chatsvc.db      the log; -wal and -shm beside it belong to SQLite
    chatsvc.db.new  a log that is being made; renamed when it is complete

Rule: nothing is ever made over something that is there. A log is made only
where there is none, so whatever cannot be opened is still there to be looked at.
"""

import fcntl
import os
from pathlib import Path

from chatsvc.ports import LogError
from chatsvc.storage import upgrades
from chatsvc.storage.database import connect_writer

DATABASE = "chatsvc.db"

_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_PIECE_BYTES = 1024 * 1024
_OFTEN_BESIDE = ("-wal", "-shm", "-journal")


class FolderLock:
    """The right to write in a data folder; one process has it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, folder: Path) -> "FolderLock":
        """Take the lock of `folder`, or raise `LogError` naming the process that has it."""
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise LogError(
                f'The data folder "{folder}" is in use by another chatsvc, process {holder}; '
                "stop it or use another folder."
            ) from None
        except BaseException:
            os.close(descriptor)
            raise
        return cls(descriptor)

    def release(self) -> None:
        """Let others take the lock. The file stays: removing it would break their lock."""
        os.close(self._descriptor)


def holder_of(folder: Path) -> int | None:
    """Return the id of the process that has the lock of `folder`, None if nobody has."""
    try:
        descriptor = os.open(folder / "lock", os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None
    except BlockingIOError:
        holder = os.pread(descriptor, 32, 0).strip()
        return int(holder) if holder.isdigit() else None
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make `folder` and those above it if they are missing, for their owner only.

    Its name is on the disk when this returns: a power cut does not take the folder
    away with all that is in it.
    """
    if folder.is_dir():
        return
    if not folder.parent.exists():
        make_folder(folder.parent)
    folder.mkdir(mode=0o700)
    synchronize(folder.parent)


def prepare_database(folder: Path) -> Path:
    """Return the path of a database that may be opened, made if there is none.

    Call it with the lock taken. Raises `LogError` for a file that is not a whole
    log of ours.
    """
    path = folder / DATABASE
    if os.path.lexists(path):
        examine(path)
        _rewrite_journal(path)
    else:
        _refuse_orphan(path)
        _create(path)
    return path


def examine(path: Path) -> None:
    """Raise `LogError` unless the file looks like a whole log of ours; change nothing.

    Only the first page is read. Nothing in this process may have the file open:
    closing it here would drop the locks that SQLite holds on it.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if not _MAGIC.startswith(header[: len(_MAGIC)]):
        raise LogError(f'"{path}" is not a chatsvc log; move it away or use another folder.')
    if len(header) < _HEADER_BYTES:
        raise LogError(f'"{path}" {"is empty" if not size else "is truncated"}; {_RESTORE}')
    if _integer(header, 68, 4) != upgrades.APPLICATION_ID:
        raise LogError(
            f'"{path}" is a database of another program; move it away or use another folder.'
        )
    upgrades.check_version(_integer(header, 60, 4))
    if size < _expected_size(header) and not _has_journal(path):
        raise LogError(f'"{path}" is truncated; {_RESTORE}')


_RESTORE = "restore a backup in its place, or move it away to begin an empty log."


def _integer(header: bytes, offset: int, length: int) -> int:
    return int.from_bytes(header[offset : offset + length], "big")


def _expected_size(header: bytes) -> int:
    page_size = _integer(header, 16, 2)
    return _integer(header, 28, 4) * (65536 if page_size == 1 else page_size)


def _has_journal(path: Path) -> bool:
    # While a checkpoint is under way the first page may be ahead of the last one,
    # and what is missing is in the write-ahead file.
    journal = path.with_name(f"{path.name}-wal")
    return journal.exists() and journal.stat().st_size > 0


def _rewrite_journal(path: Path) -> None:
    """Put the write-ahead file on the disk as we see it now, before anything is built on it.

    After an fsync that failed the kernel takes what was not written for written: we still
    see it, a later fsync passes it over, a power cut takes it back. A server that is
    killed then leaves such a file, and only writing it again brings it to the disk.
    """
    journal = path.with_name(f"{path.name}-wal")
    if not _has_journal(path):
        return
    with journal.open("r+b", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        for offset in range(0, size, _PIECE_BYTES):
            os.pwrite(file.fileno(), os.pread(file.fileno(), _PIECE_BYTES, offset), offset)
        os.fsync(file.fileno())


def _refuse_orphan(path: Path) -> None:
    if _has_journal(path):
        raise LogError(
            f'"{path}" is missing but the "{path.name}-wal" that belongs to it is there; '
            "bring the database back, or move that file away to begin an empty log."
        )


def _create(path: Path) -> None:
    new = path.with_name(f"{path.name}.new")
    for name in ("", *_OFTEN_BESIDE):
        new.with_name(new.name + name).unlink(missing_ok=True)
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    connection = connect_writer(new)
    try:
        upgrades.create(connection)
        # Closing would do it too, but would not say when it fails.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    synchronize(new)
    new.rename(path)
    synchronize(path.parent)


def synchronize(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
