"""What an append does to the tables of rooms and accounts, and how they come back out of them."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from chatsvc.core.accounts import Account, StoredMembership
from chatsvc.core.events import (
    ACCOUNT_EVENTS,
    ROOM_EVENTS,
    AccountDropped,
    AccountEvent,
    KeyAdded,
    KeyRemoved,
    MembershipEnded,
    MembershipKept,
    PasswordSet,
    PositionsNoted,
    Registered,
    RoomCreated,
    RoomDeleted,
    RoomEvent,
    TopicSet,
    WelcomeSet,
)
from chatsvc.core.names import nick_key, room_key
from chatsvc.core.room import Stored, StoredRoom
from chatsvc.ports import Recorded
from chatsvc.storage import statements
from chatsvc.storage.layout import number_of, room_of
from chatsvc.storage.numbering import ClientKey

Change = tuple[str, Sequence[object]]
"""A statement and what its question marks stand for."""


def as_json(rows: Sequence[object]) -> str:
    """Return rows as the one value that `json_each` takes apart."""
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def changes(recorded: Sequence[Recorded]) -> list[Change]:
    """Return what makes the events durable that change rooms, in their order."""
    return [
        change
        for event in recorded
        if isinstance(event, (*ROOM_EVENTS, *ACCOUNT_EVENTS))
        for change in _changes_of(event)
    ]


def find_repeated(
    connection: sqlite3.Connection, keys: Sequence[ClientKey]
) -> dict[ClientKey, int]:
    """Return the numbers of messages in the table that have these client ids."""
    found = connection.execute(statements.FIND_CLIENT_IDS, (as_json(keys),))
    return {
        ClientKey(room_of(row_id), nick, client_id): number_of(row_id)
        for row_id, nick, client_id in found
    }


def load(connection: sqlite3.Connection) -> Stored:
    """Return everything that a server takes up; see `load_rooms`."""
    keys: dict[str, list[str]] = {}
    for account, key in connection.execute(statements.ACCOUNT_KEYS):
        keys.setdefault(account, []).append(key)
    accounts = [
        Account(name, created_at, secret, tuple(keys.get(key, ())))
        for key, name, created_at, secret in connection.execute(statements.ACCOUNTS)
    ]
    memberships = [StoredMembership(*row) for row in connection.execute(statements.MEMBERSHIPS)]
    rooms = tuple(room for room, _ in load_rooms(connection))
    return Stored(rooms, tuple(accounts), tuple(memberships))


def load_rooms(connection: sqlite3.Connection) -> list[tuple[StoredRoom, int]]:
    """Return every room, with the number up to which its messages are indexed.

    Its newest message may be in the journal. Call it inside a `snapshot` if somebody
    may be writing.
    """
    newest = {
        room_id: (number_of(row_id), at)
        for room_id, row_id, at in connection.execute(statements.JOURNAL_NEWEST)
    }
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    return [_stored_room(row, newest) for row in cursor.execute(statements.ROOMS)]


def last_room_id(connection: sqlite3.Connection) -> int:
    """Return the newest room id ever given out, 0 if none."""
    last: int = connection.execute(statements.LAST_ROOM_ID).fetchone()[0]
    return last


def _changes_of(event: RoomEvent | AccountEvent) -> Iterator[Change]:
    return (
        _changes_of_rooms(event) if isinstance(event, ROOM_EVENTS) else _changes_of_accounts(event)
    )


def _changes_of_rooms(event: RoomEvent) -> Iterator[Change]:
    match event:
        case RoomCreated(room, at, owner, kept, room_id):
            yield statements.INSERT_ROOM, (room_id, room_key(room), room, at, owner, kept)
        case RoomDeleted(room_id=room_id):
            yield statements.MARK_FOR_SWEEPING, (room_id,)
            yield statements.DROP_MEMBERSHIPS_IN, (room_id,)
            yield statements.DELETE_ROOM, (room_id,)
        case TopicSet(_, at, nick, text, room_id):
            yield statements.SET_TOPIC, (text, nick, at, room_id)
        case WelcomeSet(text=text, room_id=room_id):
            yield statements.SET_WELCOME, (text, room_id)
        case _:
            assert_never(event)


def _changes_of_accounts(event: AccountEvent) -> Iterator[Change]:
    account = nick_key(event.name)
    match event:
        case Registered(name, at, secret):
            yield statements.REGISTER, (account, name, at, secret)
        case PasswordSet(secret=secret, instead_of=old):
            yield statements.SET_SECRET, (secret, account, old)
        case AccountDropped():
            yield statements.DROP_MEMBERSHIPS, (account,)
            yield statements.DROP_KEYS, (account,)
            yield statements.DROP_ACCOUNT, (account,)
        case KeyAdded(_, at, key):
            yield statements.ADD_KEY, (key, at, account)
        case KeyRemoved(key=key):
            yield statements.REMOVE_KEY, (account, key)
        case MembershipKept(at=at, position=position, room_id=room_id):
            yield statements.KEEP_MEMBERSHIP, (at, position, account, room_id)
        case MembershipEnded(room_id=room_id):
            yield statements.END_MEMBERSHIP, (account, room_id)
        case PositionsNoted(positions=positions):
            yield statements.NOTE_POSITIONS, (as_json(positions), account)
        case _:
            assert_never(event)


def _stored_room(row: sqlite3.Row, newest: Mapping[int, tuple[int, int]]) -> tuple[StoredRoom, int]:
    in_table = number_of(row["last_id"]), row["last_at"]
    last, last_at = newest.get(row["room_id"], in_table)
    room = StoredRoom(
        room_id=row["room_id"],
        room=row["name"],
        created_at=row["created_at"],
        owner=row["owner"],
        kept=bool(row["kept"]),
        last=last,
        last_at=last_at,
        topic=row["topic"],
        topic_nick=row["topic_nick"],
        topic_at=row["topic_at"],
        welcome=row["welcome"],
    )
    return room, row["indexed"]
