"""Writes that fail: a clear error, nothing of the batch, and on it goes."""

import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable

from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from chatsvc.core.accounts import Account, StoredMembership
from chatsvc.core.events import (
    AccountDropped,
    KeyAdded,
    KeyRemoved,
    MembershipEnded,
    PasswordSet,
    PositionsNoted,
    RoomDeleted,
    TopicSet,
)
from chatsvc.ports import Log, LogError, LogUncertain
from chatsvc.storage import reader, sqlite, trouble
from chatsvc.storage.sqlite import SqliteLog
from tests.contracts.accounts import FIRST_KEY, SECOND_KEY, kept, registered
from tests.contracts.log import (
    ANN,
    AT,
    BOB,
    GARDEN,
    LOBBY,
    LogCase,
    created,
    numbers,
    said,
    texts,
)
from tests.storage.faults import Faults, disk_error, logged
from tests.storage.folders import temporary_folder


class FailedAppendTests(LogCase, TestCase):
    def setUp(self) -> None:
        self.folder = temporary_folder(self)
        self.faults = Faults()

    def make_log(self) -> Log:
        return SqliteLog(self.folder, factory=self.faults.factory)

    async def fails(self, log: Log, *events) -> str:
        return str(await self.assertFailure(log.append(events), LogError))

    def fail_after_commits(self, times: int) -> None:
        """Report failure of so many transactions that go through."""
        left = [disk_error() for _ in range(times)]

        def strike(moment: str, sql: str) -> sqlite3.Error | None:
            return left.pop() if left and (moment, sql) == ("after", "COMMIT") else None

        self.faults.script = strike

    async def test_full_disk(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, "before")
        self.faults.is_full = True
        large = [said(room_id, "x" * 1000) for _ in range(100)]
        self.assertIn("full", await self.fails(log, *large))
        self.assertEqual(texts(await log.read(LOBBY, room_id, 10)), ["before"])
        self.faults.is_full = False
        self.assertEqual(numbers(await log.append(large))[:2], [2, 3])

    async def test_failing_disk_says_so_and_work_goes_on(self):
        log, room_id = await self.log_with_room()
        self.faults.before = disk_error()
        self.assertIn("SQLITE_IOERR_FSYNC", await self.fails(log, said(room_id)))
        self.assertEqual(await log.read(LOBBY, room_id, 10), [])
        self.assertEqual(numbers(await log.append([said(room_id)])), [1])

    async def test_failure_in_the_middle_of_a_batch_undoes_all_of_it(self):
        log, room_id = await self.log_with_room()
        self.faults.after = disk_error()
        batch = [TopicSet(LOBBY, AT, ANN, "tea", room_id), created(GARDEN), said(room_id)]
        await self.fails(log, *batch)
        _, garden, message = await log.append(batch)
        self.assertEqual((garden.room_id, message.number), (room_id + 1, 1))

    async def test_commit_that_fails_after_all_is_taken_back(self):
        # The disk says no although it has done it. The sender was told that nothing was
        # changed, so nothing is: members would see a hole otherwise.
        log, room_id = await self.log_with_room()
        self.faults.after = disk_error()
        await self.fails(log, said(room_id, "ghost"))
        self.assertEqual(numbers(await log.append([said(room_id, "next")])), [1])
        self.assertEqual(texts(await log.read(LOBBY, room_id, 10)), ["next"])
        log, [room] = await self.reopened(log)
        self.assertEqual((room.last, texts(await log.read(LOBBY, room_id, 10))), (1, ["next"]))

    async def test_rooms_of_a_commit_that_fails_after_all_are_as_before(self):
        log, room_id = await self.log_with_room()
        await log.append([TopicSet(LOBBY, AT, ANN, "old", room_id), said(room_id, "tea")])
        for batch in (
            [created(GARDEN), TopicSet(LOBBY, AT, ANN, "new", room_id), said(room_id)],
            [RoomDeleted(LOBBY, AT, ANN, room_id), created(LOBBY)],
        ):
            for times in (1, 2):
                self.fail_after_commits(times)
                await self.fails(log, *batch)
                self.fail_after_commits(0)
                await log.append([])
        garden = await self.room_in(log, GARDEN)
        log, rooms = await self.reopened(log)
        self.assertEqual(
            [(room.room_id, room.last, room.topic) for room in rooms],
            [(room_id, 1, "old"), (garden, 0, "")],
        )
        self.assertEqual(len(await log.search(LOBBY, room_id, "tea", 10)), 1)

    async def test_accounts_of_a_commit_that_fails_after_all_are_as_before(self):
        log, room_id = await self.log_with_room()
        before = [registered(), KeyAdded(ANN, AT, FIRST_KEY), kept(room_id, position=3)]
        await log.append(before)
        for batch in (
            [registered(BOB), kept(room_id, BOB), PasswordSet(ANN, AT, "$two")],
            [KeyAdded(ANN, AT, SECOND_KEY), PositionsNoted(ANN, ((room_id, 9),))],
            [KeyRemoved(ANN, AT, FIRST_KEY), MembershipEnded(ANN, LOBBY, AT, room_id)],
            [AccountDropped(ANN, AT), registered(secret="$new")],
            [RoomDeleted(LOBBY, AT, ANN, room_id)],
        ):
            for times in (1, 2):
                self.fail_after_commits(times)
                await self.fails(log, *batch)
                self.fail_after_commits(0)
                await log.append([])
        await log.close()
        _, stored = self.opened_whole()
        self.assertEqual(stored.accounts, (Account(ANN, AT, "$one", (FIRST_KEY,)),))
        self.assertEqual(stored.memberships, (StoredMembership(ANN, room_id, AT + 1, 3),))

    async def test_doubt_that_cannot_be_removed_is_told_and_resolved_later(self):
        log, room_id = await self.log_with_room()
        self.faults.script = lambda moment, sql: disk_error() if moment == "after" else None
        error = await self.assertFailure(log.append([said(room_id, "ghost")]), LogError)
        self.assertIsInstance(error, LogUncertain)
        # Nothing of this one was written: what is in doubt is resolved first.
        error = await self.assertFailure(log.append([said(room_id)]), LogError)
        self.assertNotIsInstance(error, LogUncertain)
        self.faults.script = lambda moment, sql: None
        self.assertEqual(numbers(await log.append([said(room_id, "next")])), [1])
        self.assertEqual(texts(await log.read(LOBBY, room_id, 10)), ["next"])

    async def test_one_line_a_trouble(self):
        self.patch(trouble, "CALM_SECONDS", 0)
        log, room_id = await self.log_with_room()
        lines = logged(self)
        self.faults.script = lambda moment, sql: disk_error("SQLITE_FULL")
        for _ in range(5):
            await self.fails(log, said(room_id))
        self.faults.script = lambda moment, sql: None
        await log.append([said(room_id)])
        beginning, end = lines
        self.assertIn("refused until it can. The disk that holds the log is full.", beginning)
        self.assertEqual(end, "The log can be written again.")

    async def test_locked_database_fails_within_a_second(self):
        log, room_id = await self.log_with_room()
        other = sqlite3.connect(self.folder / "chatsvc.db", isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        self.assertIn("locked", await self.fails(log, said(room_id)))
        self.assertLess(time.monotonic() - begun, 1)
        self.assertEqual(await log.read(LOBBY, room_id, 10), [])
        other.execute("ROLLBACK")
        self.assertEqual(numbers(await log.append([said(room_id)])), [1])

    async def test_reads_go_on_while_writes_fail(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, "tea")
        self.faults.before = disk_error()
        await self.fails(log, said(room_id))
        self.assertEqual(len(await log.read(LOBBY, room_id, 10)), 1)
        self.assertEqual(len(await log.search(LOBBY, room_id, "tea", 10)), 1)

    async def test_failing_close_is_logged_and_loses_nothing(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, "tea")
        lines = logged(self)
        self.faults.before = disk_error()
        log, [room] = await self.reopened(log)
        self.assertEqual(room.last, 1)
        self.assertIn("the next start will do it", lines[0])


class FilesElsewhereTests(LogCase, TestCase):
    """The database is deleted, moved or replaced while the log is open."""

    def setUp(self) -> None:
        self.folder = temporary_folder(self)
        self.database = self.folder / "chatsvc.db"

    def make_log(self) -> Log:
        return SqliteLog(self.folder)

    async def assert_refused_until(self, move: Callable[[], None], back: Callable[[], None]):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, "before")
        move()
        before = sorted(os.listdir(self.folder))
        for _ in range(2):
            error = await self.assertFailure(log.append([said(room_id, "lost")]), LogError)
            self.assertIn("put back what was there, or restart", str(error))
        self.assertEqual(texts(await log.read(LOBBY, room_id, 10)), ["before"])
        self.assertEqual(len(await log.search(LOBBY, room_id, "before", 10)), 1)
        self.assertEqual(await log.search(LOBBY, room_id, "lost", 10), [])
        self.assertEqual(sorted(os.listdir(self.folder)), before)
        back()
        self.assertEqual(numbers(await log.append([said(room_id, "after")])), [2])
        log, _ = await self.reopened(log)
        self.assertEqual(texts(await log.read(LOBBY, room_id, 10)), ["before", "after"])

    async def test_database_is_moved_away(self):
        other = self.folder / "other"
        await self.assert_refused_until(
            lambda: self.database.rename(other), lambda: other.rename(self.database)
        )

    async def test_folder_is_moved_away(self):
        other = self.folder.with_name("other")

        def move() -> None:
            self.folder.rename(other)
            self.folder.mkdir()

        def back() -> None:
            self.folder.rmdir()
            other.rename(self.folder)

        await self.assert_refused_until(move, back)

    async def test_database_is_replaced(self):
        other = self.folder / "other"

        def move() -> None:
            self.database.rename(other)
            shutil.copy(other, self.database)

        await self.assert_refused_until(move, lambda: other.rename(self.database))

    async def test_something_shorter_is_copied_over_the_database(self):
        other = self.folder / "other"

        def move() -> None:
            shutil.copy(self.database, other)
            os.truncate(self.database, self.database.stat().st_size - 4096)

        await self.assert_refused_until(move, lambda: shutil.copyfile(other, self.database))

    async def assert_refused_without(self, name: str) -> None:
        path, other = self.folder / name, self.folder / "other"
        await self.assert_refused_until(lambda: path.rename(other), lambda: other.rename(path))

    def contents(self) -> dict[str, bytes]:
        return {
            path.name: path.read_bytes()
            for path in self.folder.iterdir()
            if path.name in ("chatsvc.db", "chatsvc.db-wal")
        }

    async def copied_over(self) -> tuple[Log, int]:
        """Return a log that has something to tidy up, with another database copied over it."""
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, *"abcdefgh")
        other = SqliteLog(self.folder / "of another", factory=sqlite3.Connection)
        other.open()
        await other.close()
        with self.database.open("r+b") as file:
            file.truncate()
            file.write((self.folder / "of another" / "chatsvc.db").read_bytes()[:-4096])
        return log, room_id

    async def test_closing_brings_nothing_into_a_database_that_is_not_ours(self):
        log, room_id = await self.copied_over()
        await self.assertFailure(log.append([said(room_id)]), LogError)
        before, lines = self.contents(), logged(self)
        await log.close()
        self.assertEqual(self.contents(), before)
        self.assertIn("left as it is", lines[-1])

    async def test_closing_at_once_brings_nothing_into_it_either(self):
        log, _ = await self.copied_over()
        before, lines = self.contents(), logged(self)
        await log.close()
        self.assertEqual(self.contents(), before)
        self.assertEqual(len(lines), 1)

    async def test_closing_leaves_a_database_that_was_moved_and_its_place(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, "tea")
        other = self.folder / "other"
        self.database.rename(other)
        shutil.copy(other, self.database)
        before, moved = self.contents(), other.read_bytes()
        await log.close()
        self.assertEqual((self.contents(), other.read_bytes()), (before, moved))
        other.rename(self.database)
        log = self.make_log()
        [room] = log.open().rooms
        self.assertEqual(room.last, 1)
        await log.close()

    async def test_write_ahead_file_is_moved_away(self):
        await self.assert_refused_without("chatsvc.db-wal")

    async def test_index_of_the_write_ahead_file_is_moved_away(self):
        await self.assert_refused_without("chatsvc.db-shm")

    async def test_deleted_database_is_never_made_anew(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, "before")
        for name in ("chatsvc.db", "chatsvc.db-wal", "chatsvc.db-shm"):
            (self.folder / name).unlink()
        await self.assertFailure(log.append([said(room_id)]), LogError)
        self.assertEqual(texts(await log.read(LOBBY, room_id, 10)), ["before"])
        await log.close()
        self.assertFalse(self.database.exists())


class HangingDiskTests(LogCase, TestCase):
    """Closing and reading when the system gives nothing more."""

    def setUp(self) -> None:
        self.folder = temporary_folder(self)
        self.goes_on = threading.Event()
        self.addCleanup(self.goes_on.set)
        goes_on = self.goes_on

        class Hanging(sqlite3.Connection):
            def execute(self, sql, parameters=()):
                if sql.startswith("PRAGMA wal_checkpoint"):
                    goes_on.wait()
                return super().execute(sql, parameters)

        self.factory = Hanging

    def make_log(self) -> Log:
        return SqliteLog(self.folder, factory=self.factory)

    async def test_closing_ends_though_the_disk_does_not(self):
        self.patch(sqlite, "CLOSE_SECONDS", 0.01)
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, "tea")
        lines = logged(self)
        await log.close()
        self.assertIn("too slow to close the log", lines[0])
        threads = [thread for thread in threading.enumerate() if thread.name == "log writer"]
        self.goes_on.set()
        for thread in threads:
            # The thread rings the reactor when it has ended: let it be heard.
            while thread.is_alive():
                await deferLater(reactor, 0)
        await deferLater(reactor, 0)

    async def test_reading_opens_nothing_later(self):
        self.goes_on.set()
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, "tea")
        log, _ = await self.reopened(log)

        def fail(path: object) -> None:
            raise AssertionError("no descriptor is left")

        self.patch(reader, "connect_reader", fail)
        self.assertEqual(texts(await log.read(LOBBY, room_id, 10)), ["tea"])
        self.assertEqual(len(await log.search(LOBBY, room_id, "tea", 10)), 1)
