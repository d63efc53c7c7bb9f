"""What happened in rooms beside what was said: the newest of each room, in a table of its own.

An append adds a row, in the transaction in which it does everything else. Rows that are too
old, or too many, are not read any more; housekeeping removes them: those that are too many
when the next comes, those of trimmed messages and deleted rooms with these.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence

from chatsvc.core.events import Happened, TopicSet
from chatsvc.core.happenings import Sort, Span
from chatsvc.core.limits import HAPPENINGS_KEPT
from chatsvc.core.names import RoomName
from chatsvc.ports import LogError, Recorded

_COUNT = "UPDATE rooms SET happened = ? WHERE room_id = ?"

# Before the next is put there: what is removed was too much already, whatever becomes of that.
_FORGET = "DELETE FROM happenings WHERE room_id = ? AND place < ?"

_INSERT = "INSERT INTO happenings VALUES (?, ?, ?, ?, ?, ?, ?, ?)"

_COUNTS = "SELECT room_id, happened FROM rooms WHERE happened > 0"

_READ = """
    SELECT json_group_array(json_array(at, nick, sort, text, target, after_number, place)) FROM (
        SELECT happenings.* FROM happenings JOIN rooms USING (room_id)
        WHERE room_id = :room_id AND place > happened - :kept
            AND (after_number > gone OR gone = 0)
            AND (after_number, place) > (:after, :after_place)
            AND (after_number, place) < (:before, :before_place)
            AND at > :since AND at < :until
        ORDER BY place {order} LIMIT :count
    )
"""

_OLDEST, _NEWEST = _READ.format(order="ASC"), _READ.format(order="DESC")

_OLDEST_OF_ROOM = "SELECT * FROM happenings WHERE room_id = ? AND place < ?"

_TAKE_BACK = "DELETE FROM happenings WHERE room_id = ? AND place >= ?"

_FORGET_TRIMMED = "DELETE FROM happenings WHERE room_id = ? AND after_number <= ?"

_FORGET_ROOM = "DELETE FROM happenings WHERE room_id = ?"


def as_happened(event: TopicSet | Happened) -> Happened:
    """Return what is kept of an event to look back at."""
    if isinstance(event, Happened):
        return event
    return Happened(
        event.room,
        event.at,
        event.nick,
        Sort.TOPIC,
        event.text,
        event.room_id,
        after=event.after,
        place=event.place,
    )


def changes(happened: Happened) -> Iterable[tuple[str, Sequence[object]]]:
    """Return what keeps one happening, as the log has recorded it."""
    room_id, place = happened.room_id, happened.place
    yield _COUNT, (place, room_id)
    yield _FORGET, (room_id, place - HAPPENINGS_KEPT)
    row = (happened.at, happened.nick, happened.sort.value, happened.target, happened.text)
    yield _INSERT, (room_id, place, happened.after, *row)


def counts(connection: sqlite3.Connection) -> dict[int, int]:
    """Return how many things have happened in each room, where any did."""
    return dict(connection.execute(_COUNTS).fetchall())


def read(
    connection: sqlite3.Connection,
    room: RoomName,
    room_id: int,
    count: int,
    span: Span,
    from_the_oldest: bool,
) -> list[Happened]:
    """Return up to `count` happenings of a room; see `ports.Log.read_happenings`."""
    parameters = {
        "room_id": room_id,
        "kept": HAPPENINGS_KEPT,
        "after": span.after.number,
        "after_place": span.after.place,
        "before": span.before.number,
        "before_place": span.before.place,
        "since": span.since,
        "until": span.until,
        "count": max(count, 0),
    }
    statement = _OLDEST if from_the_oldest else _NEWEST
    rows = json.loads(connection.execute(statement, parameters).fetchone()[0])
    return [
        Happened(room, at, nick, _sort(sort), text, room_id, target, after, place)
        for at, nick, sort, text, target, after, place in sorted(rows, key=lambda row: row[-1])
    ]


def _sort(word: str) -> Sort:
    try:
        return Sort(word)
    except ValueError:
        raise LogError(f'The log holds "{word}", which a newer chatsvc has written.') from None


# Taking back, and tidying up


def added(recorded: Iterable[Recorded]) -> dict[int, int]:
    """Return the rooms in which something happened, each with the first new place."""
    found: dict[int, int] = {}
    for event in recorded:
        if isinstance(event, TopicSet | Happened):
            found.setdefault(event.room_id, event.place)
    return found


def may_be_forgotten(
    connection: sqlite3.Connection, recorded: Iterable[Recorded]
) -> Iterator[Sequence[object]]:
    """Return the rows that make room for what happens now."""
    newest = {
        event.room_id: event.place for event in recorded if isinstance(event, TopicSet | Happened)
    }
    for room_id, place in newest.items():
        yield from connection.execute(_OLDEST_OF_ROOM, (room_id, place - HAPPENINGS_KEPT))


def take_back(connection: sqlite3.Connection, places: Mapping[int, int]) -> None:
    """Remove what an append has `added`."""
    for room_id, place in places.items():
        connection.execute(_TAKE_BACK, (room_id, place))


def forget_trimmed(connection: sqlite3.Connection, room_id: int, gone: int) -> None:
    """Remove what followed messages that are trimmed, up to the number `gone`."""
    connection.execute(_FORGET_TRIMMED, (room_id, gone))


def forget_room(connection: sqlite3.Connection, room_id: int) -> None:
    """Remove all that happened in a room that is gone."""
    connection.execute(_FORGET_ROOM, (room_id,))
