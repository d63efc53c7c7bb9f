"""The files of the open database: whether they are still where they were.

A database that is deleted, moved or replaced while it is open goes on working, since
its descriptors do, and would be gone with the next start. So the writer asks after each
commit, before it answers, whether the paths still lead to the files that it opened; each
takes about a microsecond. A database that was written over in its place (`cp`) is the
same file: it is known by being shorter than it was, since the log's never shrinks.
Another one that is as long, or longer, is not noticed: page 1 of an earlier copy of the
same log may be the same byte for byte, and the time of the last change says nothing
where a backup program makes checkpoints, or somebody says `touch`.

What is in the write-ahead file belongs to the database that it was written for. So as long
as the files are not ours, nothing is brought from one into the other.
"""

import os
from pathlib import Path

from chatsvc.ports import LogError

_Identity = tuple[int, int]


class Files:
    """A database, its write-ahead file and that file's index, as they were when noted."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._database = str(path)
        self._beside = (f"{path}-wal", f"{path}-shm")
        self._noted: list[_Identity | None] | None = None
        self._size = 0

    def note(self) -> None:
        """Take the files that are there for the right ones.

        Call it when the first connection has been made: then all are there.
        """
        found, self._size = self._look()
        self._noted = found

    def check(self) -> None:
        """Raise `LogError` unless the files that were noted are there."""
        if self._noted is None:
            return
        largest = self._size  # Before looking: another thread may note a later size.
        found, size = self._look()
        if found != self._noted or size < largest:
            raise LogError(
                f'"{self._name}", "{self._name}-wal" or "{self._name}-shm" was moved, deleted or '
                "replaced while the server runs; put back what was there, or restart the server "
                f'without "{self._name}-wal" and "{self._name}-shm" to use what is there.'
            )
        self._size = size

    def _look(self) -> tuple[list[_Identity | None], int]:
        database = _stat(self._database)
        found = [database, *map(_stat, self._beside)]
        identities = [None if each is None else (each.st_dev, each.st_ino) for each in found]
        return identities, 0 if database is None else database.st_size


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except OSError:
        return None
