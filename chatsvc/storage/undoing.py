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
from typing import Any, NamedTuple

import attrs

from chatsvc.core.events import (
    AccountDropped,
    Audited,
    Happened,
    IgnoreAdded,
    IgnoreRemoved,
    InvitationTakenBack,
    Invited,
    KeyAdded,
    KeyRemoved,
    MembershipEnded,
    MembershipKept,
    MetadataSet,
    OperatorSet,
    PasswordSet,
    PositionsNoted,
    Registered,
    RoleSet,
    RoomCreated,
    RoomDeleted,
    RoomMetadataSet,
    RoomRenamed,
    RoomSet,
    SanctionLaid,
    SanctionLifted,
    ServerBanLaid,
    ServerBanLifted,
    ServerSet,
    TopicSet,
    Trimmed,
    WelcomeSet,
)
from chatsvc.core.limits import AUDIT_KEPT
from chatsvc.core.masks import Form, text_for
from chatsvc.core.names import nick_key
from chatsvc.ports import Recorded
from chatsvc.storage import happenings, rewriting, statements
from chatsvc.storage.database import transaction
from chatsvc.storage.encoding import as_json
from chatsvc.storage.journal import as_row
from chatsvc.storage.loading import WHOLE_SERVER
from chatsvc.storage.numbering import Place
from chatsvc.storage.rewriting import Text

EMPTY_ENTRY = as_row([])

BY_ROOM: dict[type[Any], tuple[str, ...]] = {
    RoomCreated: ("rooms", "roles"),
    RoomDeleted: (
        "rooms",
        "deleted_rooms",
        "trims",
        "roles",
        "sanctions",
        "invitations",
        "memberships",
        "stays",
        "room_metadata",
    ),
    RoomRenamed: ("rooms",),
    RoomMetadataSet: ("room_metadata",),
    TopicSet: ("rooms",),
    Happened: ("rooms",),
    WelcomeSet: ("rooms",),
    RoomSet: ("rooms",),
    Trimmed: ("rooms", "trims"),
    RoleSet: ("roles",),
    SanctionLaid: ("sanctions", "invitations"),
    SanctionLifted: ("sanctions",),
    Invited: ("invitations",),
    InvitationTakenBack: ("invitations",),
    MembershipKept: ("invitations",),
    ServerBanLaid: ("sanctions",),
    ServerBanLifted: ("sanctions",),
}
"""The tables in which an event may change rows of its room."""

BY_ACCOUNT: dict[type[Any], tuple[str, ...]] = {
    Registered: ("accounts",),
    PasswordSet: ("accounts",),
    OperatorSet: ("accounts",),
    KeyAdded: ("account_keys",),
    KeyRemoved: ("account_keys",),
    IgnoreAdded: ("ignored",),
    IgnoreRemoved: ("ignored",),
    MembershipKept: ("memberships", "stays"),
    MembershipEnded: ("memberships", "stays"),
    PositionsNoted: ("memberships",),
    MetadataSet: ("account_metadata",),
    AccountDropped: (
        "accounts",
        "account_keys",
        "memberships",
        "stays",
        "roles",
        "ignored",
        "account_metadata",
    ),
}
"""The tables in which an event may change rows of its account."""

ELSEWHERE = (AccountDropped, MembershipEnded, ServerSet, Audited, TopicSet, Happened)
"""Events that change other rows, too, or only others."""


class Part(NamedTuple):
    """The rows of a table in which a column has one of some values, a JSON array."""

    table: str
    column: str
    keys: str


@attrs.frozen
class Undo:
    """The parts of tables that an append is about to change, and their rows before.

    `rows` are of the tables called so. `texts` are those of messages that it changes, `audit`
    is the newest entry of the audit log if it adds to that, `happened` the first place of what
    it adds to what happened in rooms.
    """

    parts: Sequence[Part] = ()
    rows: Sequence[tuple[str, Sequence[object]]] = attrs.field(default=(), repr=False)
    texts: Mapping[Place, Text] = attrs.field(factory=dict, repr=False)
    audit: int | None = None
    happened: Mapping[int, int] = attrs.field(factory=dict)


def prepare(
    connection: sqlite3.Connection, recorded: Sequence[Recorded], texts: Mapping[Place, Text]
) -> Undo:
    """Return what undoes an append that changes `texts`, before it is written."""
    parts = _parts(recorded)
    rows = [
        (part.table, row)
        for part in parts
        for row in connection.execute(statements.rows_of(part.table, part.column), (part.keys,))
    ]
    rows += [("stays", row) for row in _may_be_forgotten(connection, recorded)]
    rows += [("happenings", row) for row in happenings.may_be_forgotten(connection, recorded)]
    audit = None
    if count := sum(isinstance(event, Audited) for event in recorded):
        audit = connection.execute(statements.LAST_AUDIT).fetchone()[0]
        oldest = connection.execute(statements.OLDEST_AUDIT, (audit + count - 1 - AUDIT_KEPT,))
        rows += [("audit", row) for row in oldest]
    return Undo(parts, rows, texts, audit, happenings.added(recorded))


def settle(connection: sqlite3.Connection, last: int, undo: Undo = Undo()) -> None:
    """Take back every entry after `last` and all other changes; add an empty entry."""
    with transaction(connection):
        connection.execute(statements.TAKE_BACK_ENTRIES, (last,))
        for part in undo.parts:
            connection.execute(statements.delete_rows_of(part.table, part.column), (part.keys,))
        for table, row in undo.rows:
            connection.execute(statements.put_row(table, len(row)), row)
        if undo.audit is not None:
            connection.execute(statements.TAKE_BACK_AUDIT, (undo.audit,))
        happenings.take_back(connection, undo.happened)
        rewriting.restore(connection, undo.texts)
        connection.execute(statements.INSERT_ENTRY, (last + 1, EMPTY_ENTRY))


def _parts(recorded: Sequence[Recorded]) -> list[Part]:
    keys: dict[tuple[str, str], list[object]] = {}
    for event in recorded:
        for table in BY_ROOM.get(type(event), ()):
            room_id = getattr(event, "room_id", WHOLE_SERVER)
            keys.setdefault((table, "room_id"), []).append(room_id)
        for table in BY_ACCOUNT.get(type(event), ()):
            assert hasattr(event, "name")
            column = "key" if table == "accounts" else "account"
            keys.setdefault((table, column), []).append(nick_key(event.name))
        if isinstance(event, AccountDropped):
            invitation = text_for(Form.ACCOUNT, nick_key(event.name))
            keys.setdefault(("invitations", "mask"), []).append(invitation)
        elif isinstance(event, ServerSet):
            keys["server", "rowid"] = [1]
    return [Part(*place, as_json(values)) for place, values in keys.items()]


def _may_be_forgotten(
    connection: sqlite3.Connection, recorded: Sequence[Recorded]
) -> list[Sequence[object]]:
    """Return the stays of former members who make room for those that go now."""
    rooms = [event.room_id for event in recorded if isinstance(event, MembershipEnded)]
    return [
        row
        for room_id in set(rooms)
        for row in connection.execute(statements.FIRST_FORMER, (room_id, rooms.count(room_id)))
    ]
