"""What may be opened, what is refused, and that nothing is ever made over a file."""

import os
import sqlite3
import struct
from pathlib import Path
from unittest import skipIf

from twisted.trial.unittest import TestCase

from chatsvc.ports import LogError
from chatsvc.storage.folder import prepare_database
from chatsvc.storage.sqlite import SqliteLog
from tests.contracts.log import LOBBY, created, said
from tests.storage.folders import temporary_folder


class FolderTestCase(TestCase):
    def setUp(self) -> None:
        self.folder = temporary_folder(self)
        self.database = self.folder / "chatsvc.db"

    def opened(self) -> SqliteLog:
        log = SqliteLog(self.folder)
        log.open()
        self.addCleanup(log.close)
        return log

    async def make_whole_log(self) -> bytes:
        log = self.opened()
        [room] = await log.append([created()])
        await log.append([said(room.room_id, f"text {n} " + "x" * 200) for n in range(500)])
        await log.close()
        return self.database.read_bytes()

    def assert_refused(self, content: bytes, *words: str) -> None:
        """Put a file there: it is refused with a sentence, untouched, and the lock is free."""
        self.folder.mkdir(exist_ok=True)
        self.database.write_bytes(content)
        for _ in range(2):
            error = self.assertRaises(LogError, SqliteLog(self.folder).open)
            for word in words:
                self.assertIn(word, str(error))
            self.assertNotIn("\n", str(error))
        self.assertEqual(self.database.read_bytes(), content)


class MakingTests(FolderTestCase):
    def test_folder_and_files_are_for_their_owner_only(self):
        self.opened()
        self.assertEqual(self.folder.stat().st_mode & 0o777, 0o700)
        for name in ("chatsvc.db", "lock"):
            self.assertEqual((self.folder / name).stat().st_mode & 0o077, 0)

    async def test_crash_while_the_log_is_made_is_no_harm(self):
        self.folder.mkdir()
        for ending in ("", "-wal", "-journal"):
            (self.folder / f"chatsvc.db.new{ending}").write_bytes(b"half a database")
        await self.opened().close()
        self.assertEqual(set(os.listdir(self.folder)), {"chatsvc.db", "lock"})

    async def test_a_write_ahead_file_that_is_found_is_written_once_more_as_it_is(self):
        """After a failed fsync it may be in the kernel's memory only; see folder.py."""
        await self.opened().append([created()])
        copy = temporary_folder(self)
        copy.mkdir()
        for name in ("chatsvc.db", "chatsvc.db-wal"):
            (copy / name).write_bytes((self.folder / name).read_bytes())
            os.utime(copy / name, (1, 1))
        ahead = copy / "chatsvc.db-wal"
        before = ahead.read_bytes()
        prepare_database(copy)
        self.assertEqual(ahead.read_bytes(), before)
        self.assertNotEqual(before, b"")
        self.assertGreater(ahead.stat().st_mtime, 1)
        self.assertEqual((copy / "chatsvc.db").stat().st_mtime, 1)

    async def test_clean_close_leaves_one_file(self):
        await self.make_whole_log()
        self.assertEqual(set(os.listdir(self.folder)), {"chatsvc.db", "lock"})

    def test_folder_that_is_a_file(self):
        self.folder.write_bytes(b"")
        self.assertRaises(LogError, SqliteLog(self.folder).open)

    @skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_folder_without_permission_to_write(self):
        self.folder.mkdir(mode=0o500)
        error = self.assertRaises(LogError, SqliteLog(self.folder).open)
        self.assertIn("Permission denied", str(error))

    def test_folder_where_nothing_can_be_made(self):
        error = self.assertRaises(LogError, SqliteLog("/proc/chatsvc").open)
        self.assertIn('"/proc/chatsvc" cannot be used', str(error))

    async def test_reactor_is_the_installed_one_unless_given(self):
        log = self.opened()
        self.assertEqual(await log.append([]), [])


class SecondServerTests(FolderTestCase):
    def test_second_server_is_refused_with_the_process_of_the_first(self):
        self.opened()
        error = self.assertRaises(LogError, SqliteLog(self.folder).open)
        self.assertIn(f"process {os.getpid()};", str(error))

    async def test_folder_is_free_after_closing(self):
        await self.opened().close()
        self.opened()

    async def test_first_server_goes_on(self):
        log = self.opened()
        self.assertRaises(LogError, SqliteLog(self.folder).open)
        [room] = await log.append([created()])
        self.assertEqual(await log.read(LOBBY, room.room_id, 1), [])


class RefusedFileTests(FolderTestCase):
    def test_empty_file(self):
        self.assert_refused(b"", "is empty", "backup")

    def test_file_of_something_else(self):
        self.assert_refused(b"Dear diary, " * 1000, "is not a chatsvc log")

    def test_database_of_another_program(self):
        other = temporary_folder(self)
        with sqlite3.connect(other) as connection:
            connection.execute("CREATE TABLE notes (note)")
        connection.close()
        self.assert_refused(other.read_bytes(), "another program")

    async def test_truncated_file(self):
        whole = await self.make_whole_log()
        for size in (10, 60, 4096, len(whole) // 2, len(whole) - 1):
            self.assert_refused(whole[:size], "truncated", "backup")

    async def test_newer_schema(self):
        whole = await self.make_whole_log()
        self.assert_refused(whole[:60] + struct.pack(">I", 99) + whole[64:], "newer", "99")

    async def test_damage_in_the_middle(self):
        whole = await self.make_whole_log()
        # Where the messages are now: the pages in which they waited are free.
        middle = whole.rindex(b"text 250 ") // 4096 * 4096
        self.assert_refused(whole[:middle] + b"\xa5" * 8192 + whole[middle + 8192 :], "damaged")

    async def test_damaged_schema(self):
        whole = await self.make_whole_log()
        self.assert_refused(whole[:100] + b"\xa5" * 3000 + whole[3100:], "damaged")

    async def test_write_ahead_file_without_its_database(self):
        await self.make_whole_log()
        self.database.unlink()
        journal = Path(f"{self.database}-wal")
        journal.write_bytes(b"x" * 100)
        self.assertIn("missing", str(self.assertRaises(LogError, SqliteLog(self.folder).open)))
        self.assertFalse(self.database.exists())
        self.assertEqual(journal.read_bytes(), b"x" * 100)

    async def test_file_that_was_put_back_is_opened_again(self):
        whole = await self.make_whole_log()
        self.assert_refused(whole[:5000], "truncated")
        self.database.write_bytes(whole)
        self.opened()
