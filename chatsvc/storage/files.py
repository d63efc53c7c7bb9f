"""The two files of the open database: whether they are still where they were.

A database that is deleted, moved or replaced while it is open goes on working, since
its descriptors do, and would be gone with the next start. So the writer asks after each
commit, before it answers, whether the paths still lead to the files that it opened: two
`stat`, about two microseconds.
"""

import os
from pathlib import Path

from chatsvc.ports import LogError


class Files:
    """A database file and its write-ahead file, as they were when they were noted."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._database = str(path)
        self._ahead = f"{path}-wal"
        self._noted: tuple[int, int, int, int] | None = None

    def note(self) -> None:
        """Take the files that are there for the right ones, unless they were noted before.

        Call it when a connection has just been made: then both are there.
        """
        if self._noted is None:
            self._noted = self._found()

    def check(self) -> None:
        """Raise `LogError` unless the files that were noted are there."""
        if self._noted is not None and self._found() != self._noted:
            raise LogError(
                f'"{self._name}" or "{self._name}-wal" was moved, deleted or replaced while the '
                "server runs; put back what was there, or restart the server to use what is there."
            )

    def _found(self) -> tuple[int, int, int, int] | None:
        try:
            database, ahead = os.stat(self._database), os.stat(self._ahead)
        except OSError:
            return None
        return database.st_dev, database.st_ino, ahead.st_dev, ahead.st_ino
