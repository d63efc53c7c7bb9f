"""The two files of the open database: whether they are still where they were.

A database that is deleted, moved or replaced while it is open goes on working, since
its descriptors do, and would be gone with the next start. So the writer asks after each
commit, before it answers, whether the paths still lead to the files that it opened. The
database is looked at each time, which takes about a microsecond; the write-ahead file,
which nobody moves alone, once a second.
"""

import os
import time
from pathlib import Path

from chatsvc.ports import LogError

AHEAD_SECONDS = 1.0
"""How often the write-ahead file is looked at, at most."""

_Identity = tuple[int, int]


class Files:
    """A database file and its write-ahead file, as they were when they were noted."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._database = str(path)
        self._ahead = f"{path}-wal"
        self._noted: tuple[_Identity | None, _Identity | None] | None = None
        self._looked_at = 0.0

    def note(self) -> None:
        """Take the files that are there for the right ones.

        Call it when the first connection has been made: then both are there.
        """
        self._noted = _identity(self._database), _identity(self._ahead)

    def check(self, is_opening: bool = False) -> None:
        """Raise `LogError` unless the files that were noted are there.

        `is_opening`: look at both in any case, because they are about to be opened.
        """
        if self._noted is None:
            return
        now = time.monotonic()
        is_due = is_opening or now - self._looked_at >= AHEAD_SECONDS
        if _identity(self._database) == self._noted[0] and not (
            is_due and _identity(self._ahead) != self._noted[1]
        ):
            if is_due:
                self._looked_at = now
            return
        raise LogError(
            f'"{self._name}" or "{self._name}-wal" was moved, deleted or replaced while the '
            "server runs; put back what was there, or restart the server to use what is there."
        )


def _identity(path: str) -> _Identity | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
