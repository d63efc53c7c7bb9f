"""The writer without threads: housekeeping and when it is done."""

import os
import shutil
import sqlite3

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.events import RoomDeleted
from chatsvc.ports import LogError, Repeated
from chatsvc.storage import checkpoints, housekeeping, trouble, waiting, writer
from chatsvc.storage import reader as reader_module
from chatsvc.storage.database import connect_writer
from chatsvc.storage.folder import make_folder, prepare_database
from chatsvc.storage.reader import Reader
from chatsvc.storage.verify import verify
from chatsvc.storage.writer import Writer
from tests.contracts.log import ANN, AT, LOBBY, created, said
from tests.storage.faults import Faults, disk_error, logged
from tests.storage.folders import temporary_folder


class HousekeepingTests(SynchronousTestCase):
    def setUp(self) -> None:
        folder = temporary_folder(self)
        make_folder(folder)
        self.path = prepare_database(folder)
        self.faults = Faults()
        self.patch(writer, "LATE_SECONDS", 1000)
        self.writer = self.open_writer()
        [room] = self.writer.append([created()])
        self.room_id = room.room_id
        self.writer.rest()

    def open_writer(self) -> Writer:
        opened = Writer(self.path, self.faults.factory)
        opened.open()
        self.addCleanup(opened.close)
        return opened

    def say(self, count: int, room_id: int | None = None) -> None:
        room_id = room_id or self.room_id
        self.writer.append([said(room_id, f"tea {number}") for number in range(count)])

    def row(self, sql: str) -> tuple[object, ...]:
        connection = sqlite3.connect(self.path)
        self.addCleanup(connection.close)
        return connection.execute(sql).fetchone()

    def indexed(self) -> object:
        return self.row("SELECT indexed FROM rooms")[0]

    def delete_room(self) -> None:
        self.writer.append([RoomDeleted(LOBBY, AT, ANN, self.room_id)])

    def assert_sound(self) -> None:
        connection = sqlite3.connect(self.path)
        self.addCleanup(connection.close)
        report = verify(connection)
        self.assertTrue(report.is_sound, report)

    def test_nothing_to_do_means_no_waking_up(self):
        self.assertIsNone(self.writer.patience)

    def test_few_messages_are_indexed_after_a_while(self):
        self.say(3)
        self.assertEqual(self.writer.patience, writer.IDLE_SECONDS)
        self.assertEqual(self.indexed(), 0)
        self.assertIsNone(self.writer.rest())
        self.assertEqual(self.indexed(), 3)

    def test_many_messages_are_moved_without_waiting_for_an_idle_moment(self):
        self.patch(writer, "BACKLOG", 100)
        self.patch(housekeeping, "MOVED", 60)
        for _ in range(4):
            self.say(25)
        self.assertEqual(self.writer.patience, 0)
        self.writer.rest()
        self.assertEqual(self.writer.patience, writer.IDLE_SECONDS)
        self.assertEqual(self.indexed(), 75)
        self.assert_sound()

    def test_messages_and_deletions_are_not_put_off_while_people_talk(self):
        self.patch(writer, "LATE_SECONDS", 0)
        self.say(1)
        self.assertEqual(self.writer.patience, 0)
        self.writer.rest()
        self.assertIsNone(self.writer.patience)
        self.delete_room()
        self.assertEqual(self.writer.patience, 0)
        self.writer.rest()
        self.assertIsNone(self.row("SELECT room_id FROM deleted_rooms"))

    def test_sweeping_and_moving_take_turns(self):
        self.patch(housekeeping, "CHUNK", 5)
        garden = self.writer.append([created("garden")])[0].room_id
        self.say(30)
        while self.writer.rest() is not None:
            pass
        self.say(3)
        self.delete_room()
        for _ in range(20):
            self.say(1, garden)
            self.writer.rest()
            self.assert_sound()
        self.assertEqual(self.row("SELECT count(*) FROM messages WHERE id >> 34 <> 2"), (0,))
        self.assertIsNone(self.row("SELECT room_id FROM deleted_rooms"))
        self.assertGreater(self.row("SELECT count(*) FROM messages"), (10,))

    def test_large_messages_are_moved_and_swept_fewer_at_a_time(self):
        self.patch(housekeeping, "MOVED_BYTES", 10_000)
        self.patch(housekeeping, "SWEPT_CHARACTERS", 3000)
        for _ in range(4):
            self.writer.append([said(self.room_id, "ä" * 1000) for _ in range(3)])
        self.writer.rest()
        self.assertEqual(self.indexed(), 6)
        while self.writer.rest() is not None:
            pass
        self.delete_room()
        self.writer.rest()
        self.assertEqual(self.row("SELECT count(*) FROM messages"), (9,))
        self.assert_sound()
        while self.writer.rest() is not None:
            pass
        self.assertEqual(self.row("SELECT count(*) FROM messages"), (0,))
        self.assert_sound()

    def test_messages_come_no_faster_than_they_can_be_moved(self):
        for name in ("MOST_WAITING", "MOST_WAITING_BYTES"):
            self.patch(waiting, name, 300)
            for _ in range(5):
                self.say(200)
            self.assertLess(self.writer.waiting.count, 500)
            self.patch(waiting, name, 10**6)

    def test_search_finds_the_same_wherever_the_journal_begins(self):
        self.patch(housekeeping, "MOVED", 200)
        for _ in range(6):
            self.writer.append([said(self.room_id, "tea") for _ in range(100)])
        reader = Reader(self.path)
        self.addCleanup(reader.close)
        for _ in range(4):
            found = reader.search(LOBBY, self.room_id, "tea", 1000)
            self.assertEqual([message.number for message in found], list(range(1, 601)))
            self.assert_sound()
            self.writer.rest()
        self.assertEqual(self.indexed(), 600)

    def test_search_takes_a_few_at_once_and_finds_the_newest(self):
        self.patch(reader_module, "STEP", 7)
        for text in ("tea", "a Tea-cup", "thé", "Straße 5", "STRASSE 5"):
            self.writer.append([said(self.room_id, text) for _ in range(10)])
        reader = Reader(self.path)
        self.addCleanup(reader.close)

        def found(words: str, count: int) -> list[int]:
            messages = reader.search(LOBBY, self.room_id, words, count)
            return [message.number for message in messages]

        for _ in range(2):
            self.assertEqual(found("tea", 1000), list(range(1, 21)))
            self.assertEqual(found("tea", 12), list(range(9, 21)))
            self.assertEqual(found("cup tea", 3), [18, 19, 20])
            self.assertEqual(found("the", 3), [28, 29, 30])
            self.assertEqual(found("strasse 5", 15), list(range(36, 51)))
            self.assertEqual(found("tea", 0), [])
            self.assertEqual(found("nothing", 10), [])
            self.writer.rest()

    def test_index_goes_on_after_a_crash(self):
        self.say(300)
        self.writer.rest()
        self.writer = self.open_writer()
        self.assertEqual(self.writer.patience, writer.IDLE_SECONDS)
        self.writer.rest()
        self.assertEqual(self.indexed(), 300)
        self.assert_sound()

    def test_trouble_is_logged_when_it_begins_and_when_it_is_over(self):
        self.patch(trouble, "CALM_SECONDS", 0)
        lines = logged(self)
        self.say(3)
        for _ in range(3):
            self.faults.before = disk_error()
            self.assertEqual(self.writer.rest(), writer.RETRY_SECONDS)
        self.assertEqual(self.writer.patience, writer.RETRY_SECONDS)
        # Housekeeping alone failed first; then it was seen that nothing can be written.
        self.assertEqual(len(lines), 2)
        self.assertIn("cannot be tidied up; ", lines[0])
        self.assertIn("cannot be written; ", lines[1])
        self.writer.rest()
        self.assertEqual(lines[2:], ["The log can be written again."])
        self.writer.rest()
        self.assertEqual((self.indexed(), len(lines)), (3, 3))
        self.assert_sound()

    def test_trouble_that_comes_and_goes_is_told_once(self):
        self.patch(trouble, "CALM_SECONDS", 1000)
        lines = logged(self)
        for _ in range(5):
            self.faults.before = disk_error("SQLITE_FULL")
            self.assertRaises(LogError, self.say, 1)
            self.say(1)
        self.assertEqual(len(lines), 1)
        while self.writer.rest() == 0:
            pass
        # The end is looked for although there is nothing else to do.
        self.assertIsNotNone(self.writer.patience)
        self.patch(trouble, "CALM_SECONDS", 0)
        self.assertEqual(self.writer.patience, 0)
        self.writer.rest()
        self.assertEqual(lines[1:], ["The log can be written again."])
        self.assertIsNone(self.writer.patience)
        # The same so soon again is not worth another line, another cause is.
        self.faults.before = disk_error("SQLITE_FULL")
        self.assertRaises(LogError, self.say, 1)
        self.say(1)
        self.assertEqual(len(lines), 2)
        self.faults.before = disk_error("SQLITE_READONLY")
        self.assertRaises(LogError, self.say, 1)
        self.assertIn("permissions", lines[2])

    def test_appends_go_on_while_housekeeping_fails_and_are_not_held_up(self):
        lines = logged(self)
        self.faults.script = lambda moment, sql: (
            disk_error() if "INTO messages" in sql and moment == "before" else None
        )
        self.say(1)
        self.writer.rest()
        self.assertEqual(len(lines), 1)
        self.assertIn("messages are taken", lines[0])
        self.patch(writer, "BACKLOG", 1)
        self.say(1)
        self.assertGreater(self.writer.patience, 0)
        self.assertGreater(self.writer.rest(), 0)
        self.faults.script = lambda moment, sql: None

    def test_lock_does_not_make_a_descriptor_trusted_again(self):
        self.say(3)
        self.faults.before = disk_error()
        self.writer.rest()
        made: list[object] = []

        def connect(*arguments) -> sqlite3.Connection:
            made.append(arguments)
            if len(made) == 1:
                raise disk_error("SQLITE_BUSY")
            return connect_writer(*arguments)

        self.patch(writer, "connect_writer", connect)
        self.writer.rest()
        self.writer.rest()
        self.assertEqual(len(made), 2)

    def checkpointed(self) -> bool:
        """Tell whether the database file itself has the newest message."""
        copy = self.path.with_name("copy.db")
        shutil.copy(self.path, copy)
        connection = sqlite3.connect(copy)
        self.addCleanup(connection.close)
        return bool(connection.execute("SELECT count(*) FROM messages").fetchone()[0])

    def test_checkpoint_is_made_in_the_time_of_housekeeping(self):
        self.say(1)
        self.writer.rest()
        self.assertFalse(self.checkpointed())
        self.patch(checkpoints, "FRAMES", 1)
        self.assertEqual(self.writer.patience, 0)
        self.assertIsNone(self.writer.rest())
        self.assertTrue(self.checkpointed())

    def test_failing_checkpoint_is_told_and_made_again_on_a_new_connection(self):
        lines = logged(self)
        make = checkpoints.Checkpoints.make
        used: list[sqlite3.Connection] = []

        def fail(self, connection: sqlite3.Connection) -> None:
            used.append(connection)
            if len(used) == 1:
                raise disk_error()
            make(self, connection)

        self.patch(checkpoints.Checkpoints, "make", fail)
        self.say(1)
        self.writer.rest()
        self.patch(checkpoints, "FRAMES", 1)
        while self.writer.rest():
            pass
        self.assertEqual(len(lines), 1)
        self.assertIn("cannot be tidied up", lines[0])
        self.writer.rest()
        self.assertEqual(len(set(used)), 2)
        self.assertTrue(self.checkpointed())

    def test_no_checkpoint_is_made_into_a_database_that_is_not_ours(self):
        self.say(1)
        self.patch(checkpoints, "FRAMES", 1)
        os.truncate(self.path, self.path.stat().st_size - 4096)
        before = self.path.read_bytes()
        lines = logged(self)
        self.writer.rest()
        self.assertIn("was moved, deleted or replaced", lines[0])
        self.writer.close()
        self.assertEqual(self.path.read_bytes(), before)

    def test_program_that_reads_for_long_is_told_of_once(self):
        self.patch(checkpoints, "FRAMES", 1)
        self.patch(checkpoints, "BEHIND_BYTES", 0)
        lines = logged(self)
        other = sqlite3.connect(self.path, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM rooms").fetchone()
        for _ in range(3):
            self.say(1)
            while self.writer.rest() is not None:
                pass
        self.assertEqual(len(lines), 1)
        self.assertIn("reading the log's database for long", lines[0])

    def test_journal_of_a_deleted_room_is_dropped(self):
        garden = self.writer.append([created("garden")])[0].room_id
        self.say(5)
        self.say(2, garden)
        self.delete_room()
        self.assert_sound()
        while self.writer.rest() is not None:
            pass
        self.assertEqual(self.row("SELECT count(*) FROM journal"), (0,))
        self.assertEqual(self.row("SELECT count(*), min(id >> 34) FROM messages"), (2, garden))
        self.assert_sound()

    def test_client_ids_in_the_journal_are_known_after_a_crash(self):
        message = said(self.room_id, client_id="c")
        self.writer.append([message])
        self.writer = self.open_writer()
        self.assertEqual(self.writer.append([message, said(self.room_id)])[0], Repeated(1))
        self.writer.rest()
        self.assertEqual(self.writer.append([message]), [Repeated(1)])

    def test_deleted_room_is_swept_a_chunk_at_a_time(self):
        self.say(700)
        self.writer.rest()
        self.delete_room()
        self.assert_sound()
        self.assertEqual(self.writer.rest(), 0)
        self.assertEqual(self.row("SELECT count(*) FROM messages"), (700 - housekeeping.CHUNK,))
        self.assert_sound()
        while self.writer.rest() is not None:
            pass
        self.assertEqual(self.row("SELECT count(*) FROM messages"), (0,))
        self.assertIsNone(self.row("SELECT room_id FROM deleted_rooms"))
        self.assertIsNone(self.row("SELECT rowid FROM search('tea')"))
        self.assert_sound()

    def test_sweeping_goes_on_after_a_crash(self):
        self.say(700)
        self.writer.rest()
        self.delete_room()
        self.writer.rest()
        self.writer = self.open_writer()
        while self.writer.rest() is not None:
            pass
        self.assertEqual(self.row("SELECT count(*) FROM messages"), (0,))
        self.assert_sound()

    def test_message_said_and_deleted_in_one_batch_is_swept(self):
        deletion = RoomDeleted(LOBBY, AT, ANN, self.room_id)
        self.writer.append([said(self.room_id), said(self.room_id), deletion])
        self.assert_sound()
        while self.writer.rest() is not None:
            pass
        self.assertEqual(self.row("SELECT count(*) FROM messages"), (0,))

    def test_id_of_the_newest_room_is_not_given_out_again(self):
        self.delete_room()
        self.writer.close()
        self.writer = self.open_writer()
        [room] = self.writer.append([created()])
        self.assertGreater(room.room_id, self.room_id)
