"""Writes that fail: a clear error, nothing of the batch, and on it goes."""

import sqlite3
import time

from twisted.trial.unittest import TestCase

from chatsvc.core.events import TopicSet
from chatsvc.ports import Log, LogError
from chatsvc.storage.sqlite import SqliteLog
from tests.contracts.log import ANN, AT, GARDEN, LOBBY, LogCase, created, numbers, said, texts
from tests.storage.faults import Faults, disk_error
from tests.storage.folders import temporary_folder


class FailedAppendTests(LogCase, TestCase):
    def setUp(self) -> None:
        self.folder = temporary_folder(self)
        self.faults = Faults()

    def make_log(self) -> Log:
        return SqliteLog(self.folder, factory=self.faults.factory)

    async def fails(self, log: Log, *events) -> str:
        return str(await self.assertFailure(log.append(events), LogError))

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

    async def test_commit_that_fails_after_all_is_not_numbered_over(self):
        # The disk says no although it has done it: the numbers are read again.
        log, room_id = await self.log_with_room()
        self.faults.after = disk_error()
        await self.fails(log, said(room_id, "ghost"))
        self.assertEqual(numbers(await log.append([said(room_id, "next")])), [2])

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
        self.faults.before = disk_error()
        log, [room] = await self.reopened(log)
        self.assertEqual(room.last, 1)
        self.assertEqual(len(self.flushLoggedErrors(sqlite3.OperationalError)), 1)
