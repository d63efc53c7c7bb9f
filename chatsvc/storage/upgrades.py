"""Bring a database to the schema of this program, one numbered step at a time.

`PRAGMA user_version` holds the number of the last step. Each step is one
transaction: a crash leaves the database at one version or at the next.
"""

import sqlite3
from collections.abc import Sequence
from importlib import resources

from chatsvc.ports import LogError

APPLICATION_ID = 0x63686174
"""Marks the file as ours, in `PRAGMA application_id`: "chat" in ASCII."""


def steps() -> tuple[str, ...]:
    """Return the SQL of every step, the first one first."""
    files = resources.files("chatsvc.storage.schema").iterdir()
    scripts = sorted((file for file in files if file.name.endswith(".sql")), key=lambda f: f.name)
    return tuple(script.read_text(encoding="utf-8") for script in scripts)


SCHEMA_VERSION = len(steps())
"""The schema this program reads and writes."""


def create(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty database and mark it as ours."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    upgrade(connection)


def upgrade(connection: sqlite3.Connection, scripts: Sequence[str] | None = None) -> None:
    """Apply the steps that the database has not seen; `scripts` are all there are.

    Raises `LogError` when the database has seen more than there are.
    """
    scripts = steps() if scripts is None else scripts
    version = schema_version(connection)
    check_version(version, len(scripts))
    for number, script in enumerate(scripts[version:], version + 1):
        _apply(connection, number, script)


def schema_version(connection: sqlite3.Connection) -> int:
    """Return the number of the last step that the database has seen."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def check_version(version: int, known: int = SCHEMA_VERSION) -> None:
    """Raise `LogError` when a schema is newer than this program."""
    if version > known:
        raise LogError(
            f"The database has schema {version} and was written by a newer chatsvc; this one "
            f"knows schemas up to {known}: install the newer one or restore an older backup."
        )


def _apply(connection: sqlite3.Connection, number: int, script: str) -> None:
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{script}\n;PRAGMA user_version = {number};\nCOMMIT;"
        )
    except sqlite3.Error:
        connection.rollback()
        raise
