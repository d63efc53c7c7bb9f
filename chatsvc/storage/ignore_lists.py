"""Whom the owners of accounts ignore, in the table `ignored`."""

import sqlite3
from collections.abc import Iterator, Sequence

from chatsvc.core.events import AccountDropped, AccountEvent, IgnoreAdded, IgnoreRemoved
from chatsvc.core.ignoring import Ignored
from chatsvc.core.masks import parse_mask
from chatsvc.core.names import nick_key

ROWS = "SELECT * FROM ignored WHERE account IN (SELECT value FROM json_each(?))"

DELETE_ROWS = "DELETE FROM ignored WHERE account IN (SELECT value FROM json_each(?))"

RESTORE_ROW = "INSERT INTO ignored VALUES (?, ?, ?, ?)"

_ADD = """
    INSERT INTO ignored (account, mask, place, added_at)
    SELECT key, ?, (SELECT coalesce(max(place), 0) + 1 FROM ignored WHERE account = key), ?
    FROM accounts WHERE key = ? ON CONFLICT DO NOTHING
"""

_REMOVE = "DELETE FROM ignored WHERE account = ? AND mask = ?"

_DROP = "DELETE FROM ignored WHERE account = ?"

_ALL = "SELECT account, mask FROM ignored ORDER BY account, place"


def changes(event: AccountEvent) -> Iterator[tuple[str, Sequence[object]]]:
    """Return what makes an event durable, as far as it is about these lists."""
    account = nick_key(event.name)
    match event:
        case IgnoreAdded(_, at, mask):
            yield _ADD, (mask.text, at, account)
        case IgnoreRemoved(mask=mask):
            yield _REMOVE, (account, mask.text)
        case AccountDropped():
            yield _DROP, (account,)


def load(connection: sqlite3.Connection) -> dict[str, Ignored]:
    """Return the lists of all accounts that have one, by the compared form of their names."""
    masks: dict[str, list[str]] = {}
    for account, mask in connection.execute(_ALL):
        masks.setdefault(account, []).append(mask)
    return {account: Ignored(tuple(map(parse_mask, each))) for account, each in masks.items()}
