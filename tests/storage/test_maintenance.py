"""Export, backup and verify, beside an open log."""

import json
import os
import sqlite3
from pathlib import Path

from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from chatsvc.core.events import RoomDeleted
from chatsvc.ports import LogError
from chatsvc.storage.maintenance import as_json, as_text, back_up, log_in, messages, reading, rooms
from chatsvc.storage.sqlite import SqliteLog
from chatsvc.storage.verify import Report, verify
from tests.contracts.log import ANN, AT, GARDEN, LOBBY, LogCase, created, numbers, said
from tests.storage.folders import temporary_folder


def damage(path: Path) -> None:
    """Write over a page of messages of many x in the database `path`."""
    content = bytearray(path.read_bytes())
    # Where the messages are now: the pages in which they waited are free.
    page = content.rindex(b"x" * 500) // 4096 * 4096
    content[page : page + 4096] = b"\xa5" * 4096
    path.write_bytes(content)


class MaintenanceCase(LogCase):
    def setUp(self) -> None:
        self.folder = temporary_folder(self)

    def make_log(self) -> SqliteLog:
        return SqliteLog(self.folder)

    def report(self, path: Path | None = None) -> Report:
        with reading(path or log_in(self.folder)) as connection:
            return verify(connection)


class ExportTests(MaintenanceCase, TestCase):
    async def test_every_message_in_order(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, *map(str, range(2500)))
        with reading(log_in(self.folder)) as connection:
            exported = list(messages(connection, "LOBBY"))
        self.assertEqual(numbers(exported), list(range(1, 2501)))
        self.assertEqual(exported[-1].text, "2499")

    async def test_messages_said_meanwhile_follow(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, *map(str, range(1000)))
        with reading(log_in(self.folder)) as connection:
            exported = messages(connection, LOBBY)
            next(exported)
            await self.say(log, room_id, "late")
            self.assertEqual(list(exported)[-1].text, "late")

    async def test_room_that_is_deleted_meanwhile_does_not_seem_to_end(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, *map(str, range(1000)))
        with reading(log_in(self.folder)) as connection:
            exported = messages(connection, LOBBY)
            next(exported)
            await log.append([RoomDeleted(LOBBY, AT, ANN, room_id)])
            error = self.assertRaises(LogError, list, exported)
        self.assertIn('"lobby" was deleted while it was read', str(error))

    def test_unknown_room(self):
        self.opened()
        with reading(log_in(self.folder)) as connection:
            self.assertRaises(LogError, messages, connection, "nowhere")

    def test_line_of_text(self):
        message = said(1, "hi all", nick="ann", at=AT).numbered(42)
        self.assertEqual(as_text(message), "42 2026-11-20T10:00:00.123Z ann hi all\n")

    def test_line_of_text_cannot_harm_a_terminal(self):
        message = said(1, "a\x1b[2Jb\nc\u202ed").numbered(1)
        self.assertEqual(as_text(message).count("\ufffd"), 3)
        self.assertEqual(as_text(message).count("\n"), 1)

    def test_line_of_json_says_everything_in_ascii(self):
        message = said(1, "é\u202e\n", nick="Ann", client_id="c").numbered(7)
        line = as_json(message)
        self.assertTrue(line.isascii())
        self.assertEqual(line.count("\n"), 1)
        expected = {
            "number": 7,
            "at": "2026-11-20T10:00:00.123Z",
            "nick": "Ann",
            "text": "é\u202e\n",
            "client_id": "c",
        }
        self.assertEqual(json.loads(line), expected)


class ReadingTests(MaintenanceCase, TestCase):
    def refused(self, path: Path) -> str:
        with self.assertRaises(LogError) as caught, reading(path):
            pass
        return str(caught.exception)

    async def test_rooms_are_listed_by_name(self):
        log, _ = self.opened()
        await log.append([created("lobby"), created("Garden"), created("attic")])
        with reading(log_in(self.folder)) as connection:
            self.assertEqual([room.room for room in rooms(connection)], ["attic", "Garden", LOBBY])

    def test_missing_log(self):
        self.assertIn("There is no log", self.refused(log_in(self.folder)))

    def test_file_that_is_no_log(self):
        self.folder.mkdir()
        for content in (b"", b"Dear diary, " * 1000):
            log_in(self.folder).write_bytes(content)
            self.refused(log_in(self.folder))
            self.assertEqual(log_in(self.folder).read_bytes(), content)

    async def test_newer_and_older_logs_are_not_misread(self):
        log, _ = self.opened()
        await log.close()
        for version, word in ((99, "newer"), (0, "older")):
            connection = sqlite3.connect(log_in(self.folder))
            connection.execute(f"PRAGMA user_version = {version}")
            connection.close()
            self.assertIn(word, self.refused(log_in(self.folder)))

    async def test_reading_changes_nothing_and_needs_no_lock(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, "tea")
        await log.close()
        before = log_in(self.folder).read_bytes()
        (self.folder / "lock").unlink()
        self.assertTrue(self.report().is_sound)
        self.assertEqual(log_in(self.folder).read_bytes(), before)
        self.assertFalse((self.folder / "lock").exists())


class BackupTests(MaintenanceCase, TestCase):
    def back_up(self, target: Path) -> None:
        with reading(log_in(self.folder)) as connection:
            back_up(connection, target)

    async def test_backup_while_the_server_writes_is_whole(self):
        log, room_id = await self.log_with_room()
        target = temporary_folder(self) / "chatsvc.db"
        target.parent.mkdir()
        copied = deferToThread(self.back_up, target)
        appends = 0
        while not copied.called or appends < 50:
            await self.say(log, room_id, "tea", "cake")
            appends += 1
        await copied
        self.assertEqual(os.listdir(target.parent), ["chatsvc.db"])
        self.assertTrue(self.report(target).is_sound)
        copy = SqliteLog(target.parent)
        [room] = copy.open().rooms
        self.assertEqual(numbers(await copy.append([said(room.room_id)])), [room.last + 1])
        await copy.close()

    async def test_backup_is_not_written_over_anything(self):
        self.opened()
        target = self.folder / "other"
        target.write_bytes(b"precious")
        self.assertRaises(LogError, self.back_up, target)
        self.assertRaises(LogError, self.back_up, log_in(self.folder))
        self.assertEqual(target.read_bytes(), b"precious")

    async def test_failed_backup_leaves_nothing(self):
        self.opened()
        target = self.folder / "copy"
        target.with_name("copy.part").write_bytes(b"precious")
        self.assertRaises(LogError, self.back_up, target)
        self.assertFalse(target.exists())
        self.assertEqual(target.with_name("copy.part").read_bytes(), b"precious")

    async def test_damaged_copy_is_not_kept(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, *("x" * 500 for _ in range(100)))
        await log.close()
        damage(log_in(self.folder))
        target = self.folder / "copy"
        with self.assertRaises(LogError) as caught:
            self.back_up(target)
        self.assertIn("was not kept", str(caught.exception))
        self.assertEqual([name for name in os.listdir(self.folder) if "copy" in name], [])


class VerifyTests(MaintenanceCase, TestCase):
    async def broken_by(self, *commands: str) -> Report:
        """Return the report on a log of two rooms that was changed by hand."""
        log, _ = self.opened()
        lobby, garden = await self.room_in(log, LOBBY), await self.room_in(log, GARDEN)
        await self.say(log, lobby, "tea 1", "tea 2", "tea 3", "tea 4")
        await self.say(log, garden, "cake")
        await log.close()
        connection = sqlite3.connect(log_in(self.folder))
        for command in commands:
            connection.execute(command)
        connection.commit()
        connection.close()
        return self.report()

    def faults(self, report: Report) -> list[list[str]]:
        self.assertFalse(report.is_sound)
        return [room.faults for room in report.rooms]

    async def test_sound_log(self):
        report = await self.broken_by()
        self.assertTrue(report.is_sound)
        found = [(room.room.room, room.messages, room.indexed) for room in report.rooms]
        self.assertEqual(found, [(LOBBY, 4, 4), (GARDEN, 1, 1)])

    async def test_hole(self):
        report = await self.broken_by("DELETE FROM messages WHERE text = 'tea 2'")
        lobby, garden = self.faults(report)
        self.assertIn("message 2 is missing", lobby)
        self.assertEqual(garden, [])

    async def test_missing_beginning(self):
        report = await self.broken_by("DELETE FROM messages WHERE text = 'tea 1'")
        self.assertIn("message 1 is missing", self.faults(report)[0])

    async def test_missing_end_is_seen_by_the_index(self):
        report = await self.broken_by("DELETE FROM messages WHERE text = 'tea 4'")
        self.assertIn("the search index says it reaches to 4", self.faults(report)[0])

    async def test_index_that_does_not_match(self):
        report = await self.broken_by("UPDATE messages SET text = 'tee' WHERE text = 'cake'")
        mismatch = ["the search index does not match the messages"]
        self.assertEqual(self.faults(report), [[], mismatch])

    async def test_messages_of_no_room(self):
        report = await self.broken_by("DELETE FROM rooms WHERE name = 'garden'")
        self.assertFalse(report.is_sound)
        self.assertIn("which is not there", report.faults[0])

    async def test_memberships_and_keys_of_nobody(self):
        report = await self.broken_by(
            "INSERT INTO memberships VALUES ('ann', 1, 0, 0)",
            "INSERT INTO account_keys VALUES ('ann', 'ssh-rsa AAAA', 1, 0)",
        )
        self.assertFalse(report.is_sound)
        self.assertEqual(len(report.faults), 2)
        for fault in report.faults:
            self.assertIn('the account "ann"', fault)

    async def test_what_lasts_in_rooms_and_belongs_to_nothing(self):
        report = await self.broken_by(
            "INSERT INTO roles VALUES ('ann', 99, 'voiced')",
            "INSERT INTO stays VALUES ('ann', 99, '[[0,null]]', 0)",
            "INSERT INTO sanctions VALUES (1, 99, 'mute', 'bob', 'ann', 1, NULL, '')",
            "INSERT INTO sanctions VALUES (2, 0, 'ban', 'bob', 'ann', 1, NULL, '')",
            "INSERT INTO invitations VALUES (1, 99, '~bob', 'ann', 1)",
        )
        words = {fault.split()[0]: 0 for fault in report.faults}
        self.assertEqual(set(words), {"roles", "stays", "mutes", "invitations"})
        self.assertEqual(len(report.faults), 6)

    async def test_damaged_file(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, *("x" * 500 for _ in range(100)))
        await log.close()
        damage(log_in(self.folder))
        self.assertTrue(self.report().faults)
