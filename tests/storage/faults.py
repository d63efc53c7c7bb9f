"""Connections that fail when a test says so: the disk is full, breaks, is locked."""

import sqlite3


class Faults:
    """Decide over all connections made by its `factory`."""

    def __init__(self) -> None:
        self.is_full = False
        self.before: sqlite3.Error | None = None
        self.after: sqlite3.Error | None = None
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
        error = getattr(self, moment)
        if error is not None and is_write(sql):
            setattr(self, moment, None)
            raise error


def is_write(sql: str) -> bool:
    return sql.split()[0] in ("INSERT", "UPDATE", "DELETE", "COMMIT")


def disk_error() -> sqlite3.Error:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR_FSYNC"
    return error
