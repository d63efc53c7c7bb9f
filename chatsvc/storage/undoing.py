"""Take back an append that failed: make certain that nothing of it comes back.

When the disk does not confirm a commit, SQLite undoes it, but its pages may be in the
write-ahead file, whole and with valid checksums. As long as a connection is open they
are of no meaning. After a crash, recovery would take them for a commit. The next
commit is written over the first of them, and since the checksums of a write-ahead file
are a chain, none of the old pages after it is valid any more.

So one small transaction settles it, on a new connection, since a descriptor is not to be
trusted after a failed `fdatasync`. It removes the entry of the failed append from the
journal and puts back the rooms, texts and accounts that it changed, in case the commit
went through after all. And it always writes: an empty entry.
"""

import sqlite3
from collections.abc import Mapping, Sequence

import attrs

from chatsvc.core.events import ACCOUNT_EVENTS, ROOM_EVENTS
from chatsvc.core.names import NickKey, nick_key
from chatsvc.ports import Recorded
from chatsvc.storage import rewriting, statements
from chatsvc.storage.changes import as_json
from chatsvc.storage.database import transaction
from chatsvc.storage.journal import as_row
from chatsvc.storage.numbering import Place
from chatsvc.storage.rewriting import Text

EMPTY_ENTRY = as_row([])


Rows = Sequence[Sequence[object]]


@attrs.frozen
class Undo:
    """The rooms and accounts that an append is about to make or change, and their rows before.

    `rows` are those of the rooms; of an account there are its keys and memberships too, and
    of a room its memberships. `texts` are those of messages that it changes.
    """

    room_ids: Sequence[int] = ()
    rows: Rows = ()
    accounts: Sequence[NickKey] = ()
    account_rows: Rows = attrs.field(default=(), repr=False)
    key_rows: Rows = ()
    memberships: Rows = ()
    texts: Mapping[Place, Text] = attrs.field(factory=dict, repr=False)


def prepare(
    connection: sqlite3.Connection, recorded: Sequence[Recorded], texts: Mapping[Place, Text]
) -> Undo:
    """Return what undoes an append that changes `texts`, before it is written."""
    room_ids = [event.room_id for event in recorded if isinstance(event, ROOM_EVENTS)]
    accounts = [nick_key(event.name) for event in recorded if isinstance(event, ACCOUNT_EVENTS)]
    if not (room_ids or accounts):
        return Undo(texts=texts)

    def rows(statement: str, *keys: Sequence[object]) -> Rows:
        return connection.execute(statement, tuple(map(as_json, keys))).fetchall()

    return Undo(
        room_ids,
        rows(statements.ROOM_ROWS, room_ids),
        accounts,
        rows(statements.ACCOUNT_ROWS, accounts),
        rows(statements.KEY_ROWS, accounts),
        rows(statements.MEMBERSHIP_ROWS, accounts, room_ids),
        texts,
    )


def settle(connection: sqlite3.Connection, last: int, undo: Undo = Undo()) -> None:
    """Take back every entry after `last` and all other changes; add an empty entry."""
    with transaction(connection):
        connection.execute(statements.TAKE_BACK_ENTRIES, (last,))
        if undo.room_ids or undo.accounts:
            _put_back(connection, undo)
        rewriting.restore(connection, undo.texts)
        connection.execute(statements.INSERT_ENTRY, (last + 1, EMPTY_ENTRY))


def _put_back(connection: sqlite3.Connection, undo: Undo) -> None:
    room_ids, accounts = as_json(undo.room_ids), as_json(undo.accounts)
    connection.execute(statements.DELETE_ROOMS, (room_ids,))
    connection.execute(statements.UNMARK_FOR_SWEEPING, (room_ids,))
    connection.execute(statements.DELETE_ACCOUNTS, (accounts,))
    connection.execute(statements.DELETE_KEYS, (accounts,))
    connection.execute(statements.DELETE_MEMBERSHIPS, (accounts, room_ids))
    for statement, rows in (
        (statements.RESTORE_ROOM, undo.rows),
        (statements.RESTORE_ACCOUNT, undo.account_rows),
        (statements.RESTORE_KEY, undo.key_rows),
        (statements.RESTORE_MEMBERSHIP, undo.memberships),
    ):
        for row in rows:
            connection.execute(statement, row)
