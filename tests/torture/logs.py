"""Logs without a server: used from a plain thread, and read as a whole."""

import queue
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from chatsvc.core.room import Stored
from chatsvc.storage.maintenance import log_in, messages, reading, rooms
from chatsvc.storage.sqlite import SqliteLog

PATIENCE = 120.0
"""Seconds to wait for a log."""

Kept = dict[str, dict[int, str]]
"""Rooms, and the text under each number."""


class Inbox(Clock):
    """A reactor that is none: it takes calls from threads, and `wait` makes them.

    What is to be called later never is: its time stands still.
    """

    def __init__(self) -> None:
        super().__init__()
        self._calls: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()

    def callFromThread(self, callable: Callable[..., object], *args: object) -> None:
        """Take a call."""
        self._calls.put(lambda: callable(*args))

    def wait(self, deferred: Deferred[Any]) -> Any:
        """Return what `deferred` comes to."""
        results: list[Any] = []
        deferred.addBoth(results.append)
        while not results:
            self._calls.get(timeout=PATIENCE)()
        if isinstance(results[0], BaseException) or hasattr(results[0], "raiseException"):
            results[0].raiseException()
        return results[0]


def read_stored(folder: Path) -> Stored:
    """Return what a server would find in a log that nobody has open."""
    inbox = Inbox()
    log = SqliteLog(folder, inbox)
    stored = log.open()
    inbox.wait(log.close())
    return stored


def read_all(folder: Path) -> Kept:
    """Return every room of a log with its messages."""
    with reading(log_in(folder)) as connection:
        return {
            room.room: {said.number: said.text for said in messages(connection, room.room)}
            for room in rooms(connection)
        }
