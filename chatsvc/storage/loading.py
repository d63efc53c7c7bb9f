"""What a log returns when it is opened: rooms, accounts and the server, out of their tables.

Raises `LogError` where a newer chatsvc has written what this one does not know.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

import attrs

from chatsvc.core.accounts import Account, StoredMembership
from chatsvc.core.ignoring import NOBODY_IGNORED
from chatsvc.core.invitations import Invitation
from chatsvc.core.metadata import NO_METADATA, Metadata
from chatsvc.core.names import Nick
from chatsvc.core.roles import Role
from chatsvc.core.room import Stored, StoredRoom
from chatsvc.core.sanctions import FAVOURS, Means, Sanction
from chatsvc.core.server import StoredServer
from chatsvc.core.stays import Stays
from chatsvc.storage import happenings, ignore_lists, metadata, statements
from chatsvc.storage.encoding import kind_of, mask_of, means_of, role_of, stays_of
from chatsvc.storage.layout import number_of

WHOLE_SERVER = 0
"""In the place of a room's id, where a ban is from the whole server."""


class Found(NamedTuple):
    """A room, and the number up to which its messages are in the search index."""

    room: StoredRoom
    indexed: int


def _lists() -> Any:
    return defaultdict(list)


@attrs.define
class _Lasting:
    """What is kept of rooms in tables of their own, by room id."""

    roles: dict[int, list[tuple[Nick, Role]]] = attrs.field(factory=_lists)
    sanctions: dict[tuple[int, Means], list[Sanction]] = attrs.field(factory=_lists)
    invitations: dict[int, list[Invitation]] = attrs.field(factory=_lists)
    stays: dict[int, list[tuple[Nick, Stays]]] = attrs.field(factory=_lists)
    metadata: dict[int, Metadata] = attrs.field(factory=dict)

    def put_into(self, room: StoredRoom) -> StoredRoom:
        """Return a room with all that is kept of it."""
        return attrs.evolve(
            room,
            roles=tuple(self.roles.get(room.room_id, ())),
            bans=self.bans(room.room_id),
            mutes=tuple(self.sanctions.get((room.room_id, Means.MUTE), ())),
            others=self.others(room.room_id),
            invitations=tuple(self.invitations.get(room.room_id, ())),
            stays=tuple(self.stays.get(room.room_id, ())),
            metadata=self.metadata.get(room.room_id, NO_METADATA),
        )

    def bans(self, room_id: int) -> tuple[Sanction, ...]:
        """Return the bans of a room, or of the whole server."""
        return tuple(self.sanctions.get((room_id, Means.BAN), ()))

    def others(self, room_id: int) -> tuple[tuple[Means, Sanction], ...]:
        """Return what is neither a ban nor a mute of a room."""
        return tuple(
            (means, each) for means in FAVOURS for each in self.sanctions.get((room_id, means), ())
        )


def load(connection: sqlite3.Connection) -> Stored:
    """Return everything that a server takes up; see `load_rooms`."""
    keys: dict[str, list[str]] = {}
    for account, key in connection.execute(statements.ACCOUNT_KEYS):
        keys.setdefault(account, []).append(key)
    ignored = ignore_lists.load(connection)
    said = metadata.of_accounts(connection)
    accounts = [
        Account(
            name,
            created_at,
            secret,
            tuple(keys.get(key, ())),
            bool(is_operator),
            ignored.get(key, NOBODY_IGNORED),
            said.get(key, NO_METADATA),
        )
        for key, name, created_at, secret, is_operator in connection.execute(statements.ACCOUNTS)
    ]
    memberships = [StoredMembership(*row) for row in connection.execute(statements.MEMBERSHIPS)]
    lasting = _lasting(connection)
    rooms = tuple(room for room, _ in _rooms(connection, lasting))
    sign_ups, registered_only = connection.execute(statements.SERVER).fetchone()
    server = StoredServer(bool(sign_ups), bool(registered_only), lasting.bans(WHOLE_SERVER))
    return Stored(rooms, tuple(accounts), tuple(memberships), server)


def load_rooms(connection: sqlite3.Connection) -> list[Found]:
    """Return every room, with the number up to which its messages are indexed.

    Its newest message may be in the journal. Call it inside a `snapshot` if somebody
    may be writing.
    """
    return _rooms(connection, _lasting(connection))


def last_room_id(connection: sqlite3.Connection) -> int:
    """Return the newest room id ever given out, 0 if none."""
    last: int = connection.execute(statements.LAST_ROOM_ID).fetchone()[0]
    return last


def happened(connection: sqlite3.Connection) -> dict[int, int]:
    """Return how many things have happened in each room, where any did."""
    return happenings.counts(connection)


def _rooms(connection: sqlite3.Connection, lasting: _Lasting) -> list[Found]:
    newest = {
        room_id: (number_of(row_id), at)
        for room_id, row_id, at in connection.execute(statements.JOURNAL_NEWEST)
    }
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    return [
        Found(lasting.put_into(_stored_room(row, newest)), row["indexed"])
        for row in cursor.execute(statements.ROOMS)
    ]


def _stored_room(row: sqlite3.Row, newest: Mapping[int, tuple[int, int]]) -> StoredRoom:
    in_table = number_of(row["last_id"]), row["last_at"]
    last, last_at = newest.get(row["room_id"], in_table)
    return StoredRoom(
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
        gone=row["gone"],
        kind=kind_of(row["kind"]),
    )


def _lasting(connection: sqlite3.Connection) -> _Lasting:
    lasting = _Lasting(metadata=metadata.of_rooms(connection))
    for room_id, name, role in connection.execute(statements.ROLES):
        lasting.roles[room_id].append((name, role_of(role)))
    for room_id, means, mask, *rest in connection.execute(statements.SANCTIONS):
        sanction = Sanction(mask_of(mask), *rest)
        lasting.sanctions[room_id, means_of(means)].append(sanction)
    for room_id, mask, *rest in connection.execute(statements.INVITATIONS):
        lasting.invitations[room_id].append(Invitation(mask_of(mask), *rest))
    for room_id, name, stays in connection.execute(statements.STAYS):
        lasting.stays[room_id].append((name, stays_of(stays)))
    return lasting
