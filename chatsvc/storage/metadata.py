"""What accounts say of themselves, and owners of rooms, in two tables: see `core.metadata`."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from chatsvc.core.events import AccountDropped, MetadataSet, RoomDeleted, RoomMetadataSet
from chatsvc.core.metadata import Metadata
from chatsvc.core.names import nick_key

_SET_OF_ACCOUNT = """
    INSERT INTO account_metadata (account, key, value) SELECT key, ?, ? FROM accounts WHERE key = ?
    ON CONFLICT DO UPDATE SET value = excluded.value
"""

_TAKE_FROM_ACCOUNT = "DELETE FROM account_metadata WHERE key = ? AND account = ?"

_DROP = "DELETE FROM account_metadata WHERE account = ?"

_OF_ACCOUNTS = "SELECT account, key, value FROM account_metadata ORDER BY account, key"

_SET_OF_ROOM = "INSERT OR REPLACE INTO room_metadata (key, value, room_id) VALUES (?, ?, ?)"

_TAKE_FROM_ROOM = "DELETE FROM room_metadata WHERE key = ? AND room_id = ?"

_DELETE = "DELETE FROM room_metadata WHERE room_id = ?"

_OF_ROOMS = "SELECT room_id, key, value FROM room_metadata ORDER BY room_id, key"

STRAYS = """
    SELECT DISTINCT 'metadata', account FROM account_metadata
    WHERE account NOT IN (SELECT key FROM accounts)
"""
"""What is left of accounts that are not there."""

STRAYS_OF_ROOMS = """
    SELECT DISTINCT 'metadata', room_id FROM room_metadata
    WHERE room_id NOT IN (SELECT room_id FROM rooms)
"""
"""What is left of rooms that are not there."""


def changes(
    event: MetadataSet | RoomMetadataSet | AccountDropped | RoomDeleted,
) -> Iterator[tuple[str, Sequence[object]]]:
    """Return what makes an event durable, as far as it is about metadata."""
    match event:
        case MetadataSet(name, changes=changes):
            yield from _changed(changes, nick_key(name), _SET_OF_ACCOUNT, _TAKE_FROM_ACCOUNT)
        case RoomMetadataSet(changes=changes, room_id=room_id):
            yield from _changed(changes, room_id, _SET_OF_ROOM, _TAKE_FROM_ROOM)
        case AccountDropped(name):
            yield _DROP, (nick_key(name),)
        case RoomDeleted(room_id=room_id):
            yield _DELETE, (room_id,)


def _changed(
    changes: Iterable[tuple[str, str | None]], whose: object, put: str, take: str
) -> Iterator[tuple[str, Sequence[object]]]:
    for key, value in changes:
        yield (take, (key, whose)) if value is None else (put, (key, value, whose))


def of_accounts(connection: sqlite3.Connection) -> dict[str, Metadata]:
    """Return that of all accounts that have any, by the compared form of their names."""
    return _grouped(connection.execute(_OF_ACCOUNTS))


def of_rooms(connection: sqlite3.Connection) -> dict[int, Metadata]:
    """Return that of all rooms that have any, by their ids."""
    return _grouped(connection.execute(_OF_ROOMS))


def _grouped(rows: Iterable[tuple[Any, str, str]]) -> dict[Any, Metadata]:
    found: dict[Any, list[tuple[str, str]]] = {}
    for whose, key, value in rows:
        found.setdefault(whose, []).append((key, value))
    return {whose: Metadata(tuple(pairs)) for whose, pairs in found.items()}
