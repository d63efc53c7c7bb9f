"""What an append does to the tables, and how the rooms come back out of them."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import assert_never

from chatsvc.core.events import DurableEvent, RoomCreated, RoomDeleted, Said, TopicSet, WelcomeSet
from chatsvc.core.names import nick_key, room_key
from chatsvc.core.room import StoredRoom
from chatsvc.ports import Recorded, Repeated
from chatsvc.storage import statements
from chatsvc.storage.layout import message_id, number_of, room_of
from chatsvc.storage.numbering import ClientKey, client_key

Change = tuple[str, Sequence[object]]
"""A statement and what its question marks stand for."""


def as_json(rows: Sequence[object]) -> str:
    """Return rows as the one value that `json_each` takes apart."""
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def changes(recorded: Sequence[Recorded]) -> list[Change]:
    """Return what makes these events durable: rooms in their order, then all messages at once."""
    others = [event for event in recorded if not isinstance(event, Said)]
    wanted = [change for event in others for change in _changes_of_rooms(event)]
    rows = [_row(event) for event in recorded if isinstance(event, Said)]
    if len(rows) == 1:
        wanted.append((statements.INSERT_MESSAGE, rows[0]))
    elif rows:
        rows.sort()
        wanted.append((statements.INSERT_MESSAGES, (as_json(rows),)))
    return wanted


def find_repeated(
    connection: sqlite3.Connection, events: Sequence[DurableEvent]
) -> dict[ClientKey, int]:
    """Return the numbers of messages in the log that have the client ids of `events`."""
    keys = [client_key(said) for said in events if isinstance(said, Said) and said.client_id]
    if not keys:
        return {}
    found = connection.execute(statements.FIND_CLIENT_IDS, (as_json(keys),))
    return {
        ClientKey(room_of(row_id), nick, client_id): number_of(row_id)
        for row_id, nick, client_id in found
    }


def load_rooms(connection: sqlite3.Connection) -> list[tuple[StoredRoom, int]]:
    """Return every room, with the number up to which its messages are indexed."""
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    return [_stored_room(row) for row in cursor.execute(statements.ROOMS)]


def last_room_id(connection: sqlite3.Connection) -> int:
    """Return the newest room id ever given out, 0 if none."""
    last: int = connection.execute(statements.LAST_ROOM_ID).fetchone()[0]
    return last


def _row(said: Said) -> tuple[object, ...]:
    row_id = message_id(said.room_id, said.number)
    return row_id, said.at, said.nick, nick_key(said.nick), said.text, said.client_id


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


def _stored_room(row: sqlite3.Row) -> tuple[StoredRoom, int]:
    room = StoredRoom(
        room_id=row["room_id"],
        room=row["name"],
        created_at=row["created_at"],
        owner=row["owner"],
        kept=bool(row["kept"]),
        last=number_of(row["last_id"]),
        last_at=row["last_at"],
        topic=row["topic"],
        topic_nick=row["topic_nick"],
        topic_at=row["topic_at"],
        welcome=row["welcome"],
    )
    return room, row["indexed"]
