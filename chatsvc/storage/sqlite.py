"""The log in one SQLite database; the parts are listed in `chatsvc.storage`.

    reactor thread            writer thread            three reader threads
    SqliteLog.append    ->    Writer.append
    SqliteLog.read      (what is not recent) ---->     Reader.range
    SqliteLog.search    ------------------------->     Reader.search

Recent messages are read from memory, at once. SQLite's write-ahead mode lets readers
read while the writer writes; the writer waits for the disk at every commit
(`synchronous=FULL`), the reactor for nobody.
"""

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import attrs
from twisted.internet import defer
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IReactorFromThreads, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatsvc.core.events import DurableEvent, Happened, Said
from chatsvc.core.happenings import EVERYTHING, Span
from chatsvc.core.names import RoomName
from chatsvc.core.room import Stored
from chatsvc.core.stays import Ranges
from chatsvc.ports import AuditEntry, LogError, Recorded
from chatsvc.storage.crew import Crew
from chatsvc.storage.database import clear_errors
from chatsvc.storage.folder import FolderLock, make_folder, prepare_database
from chatsvc.storage.reader import Reader
from chatsvc.storage.recent import Recent
from chatsvc.storage.writer import Writer

CLOSE_SECONDS = 10.0
"""Longest wait for the threads to end; a disk that hangs does not keep the server from
stopping. What was acknowledged is on the disk, the next start tidies up."""

READERS = 3
"""Threads that read; a long search leaves two for everybody else's pages."""


_log = Logger()


@attrs.frozen
class _Running:
    """What an open log has and a closed one has not."""

    lock: FolderLock
    writer: Crew[Writer]
    readers: Crew[Reader]
    recent: Recent

    def stop(self) -> Deferred[None]:
        """Finish what was begun and every append; give the lock back when all is tidy."""
        stopped = self.readers.stop(drop=True)
        stopped.addCallback(lambda _: self.writer.stop())
        stopped.addCallback(lambda _: self.lock.release())
        return stopped

    def append(self, events: Sequence[DurableEvent]) -> Deferred[list[Recorded]]:
        """Make events durable and remember the newest messages."""
        return self.writer.call(lambda writer: writer.append(events)).addCallback(self._note)

    def read(
        self, room: RoomName, room_id: int, count: int, before: int | None, after: int | None
    ) -> Deferred[list[Said]]:
        """Return a page: what is not recent is asked of a reader."""
        page = self.recent.page(room, room_id, count, before, after)
        if page.older is None:
            return succeed(page.newer)
        first, last = page.older
        older = self.readers.call(lambda reader: reader.range(room, room_id, first, last))
        return older.addCallback(lambda found: self.recent.left(room_id, found, page))

    def older_than(self, room_id: int, at: int) -> Deferred[int]:
        """Return the newest message before a time; what is not recent is asked of a reader."""
        first, last = self.recent.older_than(room_id, at)
        if last < first:
            return succeed(self.recent.number_there(room_id, last))
        found = self.readers.call(lambda reader: reader.older_than(room_id, at, first, last))
        return found.addCallback(lambda number: self.recent.number_there(room_id, number))

    def _note(self, recorded: list[Recorded]) -> list[Recorded]:
        self.recent.note(recorded)
        return recorded


class SqliteLog:
    """Keep durable events in the folder `folder`; see `ports.Log`.

    `reactor` None: the installed one. Tests pass a `factory` whose connections fail.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        reactor: IReactorFromThreads | None = None,
        factory: type[sqlite3.Connection] = sqlite3.Connection,
    ) -> None:
        self._folder = Path(folder)
        self._reactor = reactor
        self._factory = factory
        self._running: _Running | None = None
        self._closed: Deferred[None] = succeed(None)

    def open(self) -> Stored:
        """Open or make the log, start the threads, return what is there; see `ports.Log.open`.

        Call it after a fork, not before.
        """
        try:
            make_folder(self._folder)
            lock = FolderLock.take(self._folder)
            try:
                return self._open(lock)
            except BaseException:
                lock.release()
                raise
        except OSError as error:
            raise LogError(
                f'The data folder "{self._folder}" cannot be used: {error.strerror}.'
            ) from error

    def append(self, events: Sequence[DurableEvent]) -> Deferred[list[Recorded]]:
        """Make all `events` durable, or none; see `ports.Log.append`."""
        if self._running is None:
            return _not_open()
        return self._running.append(tuple(events))

    def read(
        self,
        room: RoomName,
        room_id: int,
        count: int,
        before: int | None = None,
        after: int | None = None,
    ) -> Deferred[list[Said]]:
        """Return a page of messages; see `ports.Log.read`."""
        if self._running is None:
            return _not_open()
        return self._running.read(room, room_id, count, before, after)

    def search(
        self,
        room: RoomName,
        room_id: int,
        words: str,
        count: int,
        within: Ranges | None = None,
    ) -> Deferred[list[Said]]:
        """Return the newest messages that hold all `words`; see `ports.Log.search`."""
        if self._running is None:
            return _not_open()
        return self._running.readers.call(
            lambda reader: reader.search(room, room_id, words, count, within)
        )

    def older_than(self, room_id: int, at: int) -> Deferred[int]:
        """Return the highest number of a message said before `at`; see `ports.Log.older_than`."""
        if self._running is None:
            return _not_open()
        return self._running.older_than(room_id, at)

    def read_audit(
        self, count: int, before: int | None = None, room: RoomName | None = None
    ) -> Deferred[list[AuditEntry]]:
        """Return what was written down, newest first; see `ports.Log.read_audit`."""
        if self._running is None:
            return _not_open()
        return self._running.readers.call(lambda reader: reader.audit(count, before, room))

    def read_happenings(
        self,
        room: RoomName,
        room_id: int,
        count: int,
        span: Span = EVERYTHING,
        from_the_oldest: bool = False,
    ) -> Deferred[list[Happened]]:
        """Return what happened in a room; see `ports.Log.read_happenings`."""
        if self._running is None:
            return _not_open()
        return self._running.readers.call(
            lambda reader: reader.happenings(room, room_id, count, span, from_the_oldest)
        )

    def close(self) -> Deferred[None]:
        """Finish what is under way and close; may be called again."""
        if self._running is not None:
            self._closed = self._running.stop()
            self._closed.addTimeout(CLOSE_SECONDS, cast(IReactorTime, self._the_reactor()))
            self._closed.addErrback(self._left_behind)
            self._running = None
        return _following(self._closed)

    def _open(self, lock: FolderLock) -> Stored:
        with clear_errors():
            path = prepare_database(self._folder)
        writer = Writer(path, self._factory)
        stored = writer.open()
        readers = [Reader(path, writer.files) for _ in range(READERS)]
        for reader in readers:
            reader.connect()
        self._running = self._start(lock, writer, readers, stored)
        return stored

    def _start(
        self, lock: FolderLock, writer: Writer, readers: list[Reader], stored: Stored
    ) -> _Running:
        reactor = self._the_reactor()
        waiting = writer.waiting
        messages = [entry.messages for entry in waiting.entries]
        recent = Recent(stored.rooms, messages, lambda: waiting.moved)
        writers = Crew(reactor, "log writer", [writer])
        readers_crew = Crew(reactor, "log reader", readers)
        writers.start()
        readers_crew.start()
        return _Running(lock, writers, readers_crew, recent)

    def _the_reactor(self) -> IReactorFromThreads:
        return self._reactor or _installed_reactor()

    def _left_behind(self, failure: Failure) -> None:
        failure.trap(defer.TimeoutError)
        _log.error("The disk is too slow to close the log; the next start will tidy it up.")


def _installed_reactor() -> IReactorFromThreads:
    from twisted.internet import reactor  # Importing it installs it: not before it is needed.

    return cast(IReactorFromThreads, reactor)


def _not_open() -> Deferred[Any]:
    return fail(LogError("The log is not open."))


def _following(first: Deferred[None]) -> Deferred[None]:
    """Return a Deferred of its own that fires when `first` does."""
    second: Deferred[None] = Deferred()

    def fire(result: object) -> object:
        second.callback(None)
        return result

    first.addBoth(fire)
    return second
