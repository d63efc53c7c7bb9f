"""What an append does to the tables of rooms, and how the rooms come back out of them."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from chatsvc.core.events import RoomCreated, RoomDeleted, Said, TopicSet, WelcomeSet
from chatsvc.core.names import room_key
from chatsvc.core.room import StoredRoom
from chatsvc.ports import Recorded, Repeated
from chatsvc.storage import statements
from chatsvc.storage.layout import number_of, room_of
from chatsvc.storage.numbering import ClientKey

Change = tuple[str, Sequence[object]]
"""A statement and what its question marks stand for."""


def as_json(rows: Sequence[object]) -> str:
    """Return rows as the one value that `json_each` takes apart."""
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def changes(recorded: Sequence[Recorded]) -> list[Change]:
    """Return what makes the events durable that are no messages, in their order."""
    return [
        change
        for event in recorded
        if not isinstance(event, Said)
        for change in _changes_of_rooms(event)
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


def _changes_of_rooms(
    event: RoomCreated | RoomDeleted | TopicSet | WelcomeSet | Repeated,
) -> Iterator[Change]:
    match event:
        case RoomCreated(room, at, owner, kept, room_id):
            yield statements.INSERT_ROOM, (room_id, room_key(room), room, at, owner, kept)
        case RoomDeleted(room_id=room_id):
            yield statements.MARK_FOR_SWEEPING, (room_id,)
            yield statements.DELETE_ROOM, (room_id,)
        case TopicSet(_, at, nick, text, room_id):
            yield statements.SET_TOPIC, (text, nick, at, room_id)
        case WelcomeSet(text=text, room_id=room_id):
            yield statements.SET_WELCOME, (text, room_id)
        case Repeated():
            pass
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
