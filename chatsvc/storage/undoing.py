"""Take back an append that failed: make certain that nothing of it comes back.

When the disk does not confirm a commit, SQLite undoes it, but its pages may be in the
write-ahead file, whole and with valid checksums. As long as a connection is open they
are of no meaning. After a crash, recovery would take them for a commit. The next
commit is written over the first of them, and since the checksums of a write-ahead file
are a chain, none of the old pages after it is valid any more.

So one small transaction settles it, on a new connection, since a descriptor is not to be
trusted after a failed `fdatasync`. It removes the entry of the failed append from the
journal and puts back the rooms that it changed, in case the commit went through after
all. And it always writes: an empty entry.
"""

import sqlite3
from collections.abc import Sequence

import attrs

from chatsvc.core.events import Said
from chatsvc.ports import Recorded, Repeated
from chatsvc.storage import statements
from chatsvc.storage.changes import as_json
from chatsvc.storage.database import transaction
from chatsvc.storage.journal import as_row

EMPTY_ENTRY = as_row([])


@attrs.frozen
class Undo:
    """The rooms that an append is about to make or change, and their rows before that."""

    room_ids: Sequence[int] = ()
    rows: Sequence[Sequence[object]] = ()


def prepare(connection: sqlite3.Connection, recorded: Sequence[Recorded]) -> Undo:
    """Return what undoes an append, before it is written."""
    room_ids = [event.room_id for event in recorded if not isinstance(event, Said | Repeated)]
    if not room_ids:
        return Undo()
    rows = connection.execute(statements.ROOM_ROWS, (as_json(room_ids),)).fetchall()
    return Undo(room_ids, rows)


def settle(connection: sqlite3.Connection, last: int, undo: Undo = Undo()) -> None:
    """Take back every entry after `last` and the change of rooms; add an empty entry."""
    with transaction(connection):
        connection.execute(statements.TAKE_BACK_ENTRIES, (last,))
        if undo.room_ids:
            room_ids = as_json(undo.room_ids)
            connection.execute(statements.DELETE_ROOMS, (room_ids,))
            connection.execute(statements.UNMARK_FOR_SWEEPING, (room_ids,))
            for row in undo.rows:
                connection.execute(statements.RESTORE_ROOM, row)
        connection.execute(statements.INSERT_ENTRY, (last + 1, EMPTY_ENTRY))
