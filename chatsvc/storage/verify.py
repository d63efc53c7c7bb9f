"""Look for every fault a log can have, without changing it.

What must hold: SQLite finds its file whole; a room's messages are numbered
1, 2, 3 ... without a hole, from the first one on that was not trimmed; no message belongs
to no room; the search index holds the terms of the messages it says it holds, and nothing
else; memberships, keys, roles and stays belong to accounts, and memberships, roles, stays,
bans, mutes and invitations to rooms, that are there; everything in them is known here. What
is left of deleted rooms and of trimmed messages is no fault: it is being swept.

The index is compared by fingerprints: for each room the sum of a hash of every
(message, place, term), once from the texts and once from the index. That needs
one pass over each, in whatever order they come.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator

import attrs

from chatsvc.core.room import StoredRoom
from chatsvc.core.text import printable
from chatsvc.ports import LogError
from chatsvc.storage import metadata, statements
from chatsvc.storage.database import sentence, snapshot
from chatsvc.storage.layout import number_of, room_of
from chatsvc.storage.loading import load_rooms
from chatsvc.storage.terms import search_terms


@attrs.define
class RoomReport:
    """What was found in one room; `indexed` messages can be found through the index."""

    room: StoredRoom
    indexed: int
    messages: int = 0
    hole: int | None = None
    texts: int = 0
    terms: int = 0

    @property
    def faults(self) -> list[str]:
        """Return a sentence for each fault of this room."""
        found = []
        if self.hole is not None:
            found.append(f"message {self.hole} is missing")
        if self.indexed > self.room.last:
            found.append(f"the search index says it reaches to {self.indexed}")
        if self.texts != self.terms:
            found.append("the search index does not match the messages")
        return found


@attrs.define
class Report:
    """What was found in a log: `faults` of the whole, and its rooms."""

    faults: list[str]
    rooms: list[RoomReport]

    @property
    def is_sound(self) -> bool:
        """Tell whether there is no fault anywhere."""
        return not self.faults and not any(room.faults for room in self.rooms)


def verify(connection: sqlite3.Connection) -> Report:
    """Check the whole log; takes some ten seconds for a million messages."""
    report = Report([], [])
    try:
        with snapshot(connection):
            report.faults += _damage(connection)
            report.rooms += [RoomReport(*found) for found in load_rooms(connection)]
            report.faults += _walk(connection, report.rooms)
            report.faults += _strays(connection)
    except sqlite3.Error as error:
        report.faults.append(sentence(error))
    except LogError as error:
        report.faults.append(str(error))
    return report


def _damage(connection: sqlite3.Connection) -> Iterator[str]:
    for (line,) in connection.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield f"SQLite: {' '.join(line.split())}"


def _walk(connection: sqlite3.Connection, reports: Iterable[RoomReport]) -> list[str]:
    rooms = {report.room.room_id: report for report in reports}
    gone = {room_id for (room_id,) in connection.execute(statements.DELETED_ROOMS)}
    strangers = set(_walk_messages(connection, rooms)) - gone
    strangers |= set(_walk_index(connection, rooms)) - gone
    return [f"messages are left of room id {room_id}, which is not there" for room_id in strangers]


def _strays(connection: sqlite3.Connection) -> Iterator[str]:
    for account, room_id in connection.execute(statements.STRAY_MEMBERSHIPS):
        yield (
            f'the account "{printable(account)}" is a member of room id {room_id}, '
            "and one of the two is not there"
        )
    for (account,) in connection.execute(statements.STRAY_KEYS):
        yield f'keys are left of the account "{printable(account)}", which is not there'
    of_accounts = connection.execute(f"{statements.STRAYS_OF_ACCOUNTS} UNION {metadata.STRAYS}")
    for what, account in of_accounts:
        yield f'{what} are left of the account "{printable(account)}", which is not there'
    of_rooms = f"{statements.STRAYS_OF_ROOMS} UNION {metadata.STRAYS_OF_ROOMS}"
    for what, room_id in connection.execute(of_rooms):
        yield f"{what} are left of room id {room_id}, which is not there"


def _walk_messages(connection: sqlite3.Connection, rooms: dict[int, RoomReport]) -> Iterator[int]:
    """Note every message in its report; return the ids of rooms without one."""
    for row_id, text in connection.execute(statements.ALL_TEXTS):
        report = rooms.get(room_of(row_id))
        if report is None:
            yield room_of(row_id)
        else:
            _note_message(report, row_id, text)


def _note_message(report: RoomReport, row_id: int, text: str) -> None:
    number = number_of(row_id)
    if number > report.room.gone:
        report.messages += 1
        expected = report.room.gone + report.messages
        if report.hole is None and number != expected:
            report.hole = expected
    if number <= report.indexed:
        for place, term in enumerate(search_terms(text)):
            report.texts += hash((row_id, place, term))


def _walk_index(connection: sqlite3.Connection, rooms: dict[int, RoomReport]) -> set[int]:
    """Note every term in its report; return the ids of rooms without one."""
    fingerprints: defaultdict[int, int] = defaultdict(int)
    connection.execute(statements.SHOW_INDEX)
    for row_id, place, term in connection.execute(statements.ALL_TERMS):
        fingerprints[room_of(row_id)] += hash((row_id, place, term))
    for room_id in fingerprints.keys() & rooms.keys():
        rooms[room_id].terms = fingerprints[room_id]
    return fingerprints.keys() - rooms.keys()
