"""Export, list and back up a log, beside a running server or without one; stop the server.

Everything that reads does so through a read-only connection: it takes no lock that the
server needs and changes nothing. `storage.verify` checks a log in the same way.
"""

import contextlib
import json
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from chatsvc.core.conversations import is_direct
from chatsvc.core.events import Reworded, Said, TakenBack, more_of
from chatsvc.core.manner import Manner, shown
from chatsvc.core.names import RoomName, room_key
from chatsvc.core.room import StoredRoom
from chatsvc.core.text import printable
from chatsvc.ports import LogError
from chatsvc.storage import statements, upgrades
from chatsvc.storage.database import clear_errors, connect_reader, snapshot
from chatsvc.storage.folder import DATABASE, holder_of, synchronize
from chatsvc.storage.housekeeping import trim_all
from chatsvc.storage.loading import load_rooms
from chatsvc.storage.reader import page
from chatsvc.storage.scrubbing import scrub_copy
from chatsvc.wire.times import format_time

_PAGE = 1000

STOP_SECONDS = 15.0
"""Longest wait for a server to stop; it takes 5 seconds under load."""


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Read the log in the file `path`; raise `LogError` for whatever goes wrong inside."""
    if not path.is_file():
        raise LogError(f'There is no log "{path}".')
    with clear_errors(), contextlib.closing(connect_reader(path)) as connection:
        _check_ours(connection, path)
        yield connection


def log_in(folder: Path) -> Path:
    """Return the path of the log in a data folder."""
    return folder / DATABASE


def rooms(connection: sqlite3.Connection) -> list[StoredRoom]:
    """Return the rooms in the log, in the order of their names; no conversation of two users."""
    with snapshot(connection):
        found = [room for room, _ in load_rooms(connection) if not is_direct(room.room)]
    return sorted(found, key=lambda room: room_key(room.room))


def messages(connection: sqlite3.Connection, name: str) -> Iterator[Said]:
    """Return every message of the room called `name`, oldest first; raise `LogError` if none is.

    The server is not held up, however slowly they are taken: each page is read
    for itself. Messages said meanwhile are among them. Raises `LogError` on the way if the
    room is deleted meanwhile.
    """
    found = connection.execute(statements.FIND_ROOM, (room_key(RoomName(name)),)).fetchone()
    if found is None or is_direct(name):
        raise LogError(f'There is no room called "{printable(name)}" in the log.')
    return _pages(connection, *found)


def as_text(said: Said) -> str:
    """Return a message as a line to read: number, time, nick and text.

    In the place of the nick of a redacted one is "-", which is no nick.
    """
    if isinstance(said, TakenBack):
        who = f"{printable(said.nick)}'s message was redacted by {printable(said.changed_by)}"
        return f"{said.number} {format_time(said.at)} - {who}\n"
    text = shown(said.text, more_of(said))
    return f"{said.number} {format_time(said.at)} {printable(said.nick)} {printable(text)}\n"


def as_json(said: Said) -> str:
    """Return a message as a line of JSON, in ASCII: nothing in it can harm a terminal."""
    fields = {
        "number": said.number,
        "at": format_time(said.at),
        "nick": said.nick,
        "text": said.text,
        "client_id": said.client_id,
    }
    if isinstance(said, TakenBack):
        changed = {"text": None, "redacted": format_time(said.changed_at), "by": said.changed_by}
    elif isinstance(said, Reworded):
        changed = {"edited": format_time(said.changed_at), "by": said.changed_by}
    else:
        changed = {}
    return json.dumps(fields | changed | _manner(said)) + "\n"


def _manner(said: Said) -> dict[str, object]:
    """Return what a message has beside its text, where it has any."""
    more = more_of(said)
    if more is None:
        return {}
    found: dict[str, object] = {}
    if more.manner is not Manner.MESSAGE:
        found["manner"] = more.manner.value
    if more.tags:
        found["tags"] = dict(more.tags)
    return found


FORMATS: dict[str, Callable[[Said], str]] = {"text": as_text, "jsonl": as_json}
"""The formats of an export by name."""


def back_up(connection: sqlite3.Connection, target: Path) -> None:
    """Copy the log as it is at this moment to `target`, one file that can be opened.

    Raises `LogError` if something is there already or SQLite does not find the copy whole;
    a failure leaves nothing there.
    """
    part = target.with_name(f"{target.name}.part")
    with _reserved(target), _reserved(part):
        _copy(connection, part)
        _check_copy(part)
        part.rename(target)
        synchronize(target.parent)


def _check_ours(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("PRAGMA application_id").fetchone()[0] != upgrades.APPLICATION_ID:
        raise LogError(f'"{path}" is not a chatsvc log.')
    version = upgrades.schema_version(connection)
    upgrades.check_version(version)
    if version < upgrades.SCHEMA_VERSION:
        raise LogError(
            f'"{path}" was written by an older chatsvc; start the server once to upgrade it.'
        )


def _pages(connection: sqlite3.Connection, room_id: int, room: RoomName) -> Iterator[Said]:
    last = 0
    while found := _page(connection, room, room_id, last):
        yield from found
        last = found[-1].number


def _page(connection: sqlite3.Connection, room: RoomName, room_id: int, last: int) -> list[Said]:
    with snapshot(connection):
        if connection.execute(statements.INDEXED, (room_id,)).fetchone() is None:
            raise LogError(f'The room "{printable(room)}" was deleted while it was read.')
        return page(connection, room, room_id, _PAGE, last)


@contextlib.contextmanager
def _reserved(path: Path) -> Iterator[None]:
    """Make an empty file for this user only; remove it if what is done inside fails."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise LogError(f'"{path}" is there already; it is not overwritten.') from None
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _copy(source: sqlite3.Connection, path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as target:
        source.backup(target)
        # One file, with no write-ahead file to forget when it is carried away.
        target.execute("PRAGMA journal_mode = DELETE")
        trim_all(target)
        scrub_copy(target, path)
    synchronize(path)


def _check_copy(path: Path) -> None:
    try:
        with contextlib.closing(connect_reader(path)) as copy:
            found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        found = str(error)
    if found != "ok":
        raise LogError(
            f"The copy is damaged ({' '.join(found.split())}) and was not kept; "
            "look for faults in the log with chatsvc verify."
        )


def stop_server(folder: Path) -> None:
    """Stop the server that works in `folder`, gracefully, and wait until it is gone.

    Raises `LogError` if there is none, or if it takes more than `STOP_SECONDS`.
    """
    process = holder_of(folder)
    if process is None:
        raise LogError(f'No server works in the data folder "{folder}".')
    os.kill(process, signal.SIGTERM)
    end = time.monotonic() + STOP_SECONDS
    while holder_of(folder) == process:
        if time.monotonic() > end:
            raise LogError(f"The server, process {process}, is still stopping.")
        time.sleep(0.02)
