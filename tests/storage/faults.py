"""Connections that fail when a test says so: the disk is full, breaks, is locked."""

import sqlite3
from collections.abc import Callable

from twisted.logger import ILogObserver, LogLevel, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import directlyProvides


class Faults:
    """Decide over all connections made by its `factory`.

    `before` and `after` fail one statement that writes, before or after it was done;
    `script` is asked about each of them.
    """

    def __init__(self) -> None:
        self.is_full = False
        self.before: sqlite3.Error | None = None
        self.after: sqlite3.Error | None = None
        self.script: Callable[[str, str], sqlite3.Error | None] = lambda moment, sql: None
        faults = self

        class Connection(sqlite3.Connection):
            def execute(self, sql, parameters=()):
                faults.strike("before", sql)
                if faults.is_full and is_write(sql):
                    # The least that SQLite accepts is the size the file has.
                    super().execute("PRAGMA max_page_count = 1")
                cursor = super().execute(sql, parameters)
                faults.strike("after", sql)
                return cursor

        self.factory = Connection

    def strike(self, moment: str, sql: str) -> None:
        if not is_write(sql):
            return
        error = getattr(self, moment)
        if error is not None:
            setattr(self, moment, None)
            raise error
        error = self.script(moment, sql)
        if error is not None:
            raise error


def is_write(sql: str) -> bool:
    return sql.split()[0] in ("INSERT", "UPDATE", "DELETE", "COMMIT")


def disk_error(name: str = "SQLITE_IOERR_FSYNC") -> sqlite3.Error:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = name
    return error


def logged(case: SynchronousTestCase) -> list[str]:
    """Return a list to which the lines logged during the test are added."""
    lines: list[str] = []

    def note(event) -> None:
        if event["log_level"] in (LogLevel.info, LogLevel.warn, LogLevel.error):
            lines.append(formatEvent(event))

    directlyProvides(note, ILogObserver)
    globalLogPublisher.addObserver(note)
    case.addCleanup(globalLogPublisher.removeObserver, note)
    return lines
