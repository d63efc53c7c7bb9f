"""A text that was taken back is in none of the log's files some steps of housekeeping later."""

import random
import sqlite3

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.events import with_more
from chatsvc.core.manner import More
from chatsvc.storage import gaps, housekeeping, scrubbing, statements
from chatsvc.storage.database import connect_writer
from chatsvc.storage.folder import make_folder, prepare_database
from chatsvc.storage.gaps import Leaf, Pages
from chatsvc.storage.maintenance import back_up, log_in, reading
from chatsvc.storage.verify import verify
from chatsvc.storage.writer import Writer
from tests.contracts.log import created, edited, redacted, said
from tests.storage.faults import Faults
from tests.storage.folders import temporary_folder


def secret(number: int) -> str:
    """Return a text of words that are nowhere else."""
    return f"plainly{number:05} Secretly{number:05} ünsaid{number:05}"


class ScrubbingCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = temporary_folder(self, in_memory=True)
        make_folder(self.folder)
        self.path = prepare_database(self.folder)
        self.faults = Faults()
        self.patch(scrubbing, "REST", 0)
        self.writer = self.open_writer()
        self.room_id = self.writer.append([created()])[0].room_id

    def open_writer(self) -> Writer:
        opened = Writer(self.path, self.faults.factory)
        opened.open()
        self.addCleanup(opened.close)
        return opened

    def say(self, *texts: str, room_id: int | None = None) -> None:
        self.writer.append([said(room_id or self.room_id, text) for text in texts])

    def settle(self) -> None:
        while self.writer.rest() is not None:
            pass

    def found(self, number: int) -> list[str]:
        """Return the files in which one of the words of a secret is."""
        words = [
            form.encode()
            for word in (*secret(number).split(), f"unsaid{number:05}")
            for form in (word, word.lower())
        ]
        return [
            path.name
            for path in self.folder.iterdir()
            if any(word in path.read_bytes() for word in words)
        ]

    def scrubs(self) -> int:
        connection = sqlite3.connect(self.path)
        self.addCleanup(connection.close)
        return connection.execute("SELECT count(*) FROM scrubs").fetchone()[0]

    def assert_sound(self) -> None:
        connection = sqlite3.connect(self.path)
        self.addCleanup(connection.close)
        report = verify(connection)
        self.assertTrue(report.is_sound, report)


class ScrubbingTests(ScrubbingCase):
    def test_text_that_was_not_moved_yet(self):
        self.say(secret(1), secret(2))
        self.writer.append([redacted(self.room_id, 1)])
        self.settle()
        self.assertEqual((self.found(1), self.scrubs()), ([], 0))
        self.assertNotEqual(self.found(2), [])
        self.assert_sound()

    def test_tags_that_were_taken_back_with_their_message(self):
        for number in range(1, 40):
            tags = (("+draft/x", secret(number).split()[0] + "v" * 40 * number),)
            self.writer.append([with_more(said(self.room_id, "hi"), More(tags=tags))])
            if not number % 7:
                self.settle()
        for number in (3, 20, 39):
            self.writer.append([redacted(self.room_id, number)])
        self.settle()
        self.assertEqual([self.found(number) for number in (3, 20, 39)], [[]] * 3)
        self.assertNotEqual(self.found(4), [])
        self.assert_sound()

    def test_text_among_many_that_was_indexed_long_ago(self):
        for batch in range(20):
            self.say(*(secret(100 * batch + number) for number in range(100)))
            self.settle()
        self.writer.append([redacted(self.room_id, 778), edited(self.room_id, 1001, "x")])
        self.settle()
        self.assertEqual((self.found(777), self.found(1000), self.scrubs()), ([], [], 0))
        self.assertNotEqual(self.found(776), [])
        self.assert_sound()

    def test_every_text_that_was_taken_back_in_any_order(self):
        chance = random.Random(1)
        rooms = [self.writer.append([created(f"room{n}")])[0].room_id for n in range(7)]
        self.patch(housekeeping, "MOVED", 60)
        where: list[tuple[int, int]] = []
        last = dict.fromkeys(rooms, 0)
        for number in range(1200):
            room_id = chance.choice(rooms)
            padding = " ".join(["pad"] * chance.choice([0, 1, 5, 200]))
            self.say(f"{secret(number)} {padding}".strip(), room_id=room_id)
            last[room_id] += 1
            where.append((room_id, last[room_id]))
            if not number % 50:
                self.settle()
        gone = chance.sample(range(1200), 200)
        for number in gone:
            self.writer.append([redacted(*where[number])])
        self.settle()
        self.assertEqual({number: self.found(number) for number in gone if self.found(number)}, {})
        self.assert_sound()

    def test_pages_that_rows_were_moved_out_of_are_filled(self):
        self.patch(scrubbing, "LEAVES", 3)
        self.patch(scrubbing, "FILLED", 2)
        rooms = [self.writer.append([created(f"room{n}")])[0].room_id for n in range(5)]
        for number in range(1000):
            self.say(f"{secret(number)} {'pad ' * (number % 13)}", room_id=rooms[number % 5])
            if not number % 100:
                self.settle()
        self.assertTrue(self.dirty_pages())
        self.writer.append([redacted(rooms[0], 1)])
        self.settle()
        self.assertEqual(self.dirty_pages(), [])
        self.assert_sound()

    def test_pages_of_messages_with_tags_are_filled(self):
        chance = random.Random(2)
        self.patch(scrubbing, "FILLED", 5)
        rooms = [self.writer.append([created(f"room{n}")])[0].room_id for n in range(5)]
        for number in range(600):
            tags = (("+x", "v" * chance.choice([0, 100, 1500, 2600, 3700, 3950])),)
            said_so = said(rooms[number % 5], secret(number) + "x" * chance.randrange(200))
            self.writer.append([with_more(said_so, More(tags=tags))])
            if not number % 60:
                self.settle()
        self.assertTrue(self.dirty_pages())
        self.writer.append([redacted(rooms[0], 1)])
        self.settle()
        self.patch(gaps, "_POINTERS", 32)  # A page with one large row cannot be filled up.
        self.assertEqual(self.dirty_pages(), [])
        self.assert_sound()

    def test_the_columns_of_a_row_are_all_known(self):
        connection = sqlite3.connect(self.path)
        self.addCleanup(connection.close)
        for table in gaps.TABLES:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table.name})")]
            self.assertEqual(columns, [table.row_id, *table.columns])

    def dirty_pages(self) -> list[Leaf]:
        connection = connect_writer(self.path)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [root] = connection.execute(statements.ROOT_PAGE, ("messages",)).fetchone()
        pages = Pages(self.path)
        dirty = [leaf for leaf in pages.leaves(root, 0) if leaf.row_ids]
        connection.close()
        pages.close()
        return dirty

    def test_after_a_crash_and_with_a_program_that_reads_an_older_state(self):
        self.say(secret(1))
        self.settle()
        other = sqlite3.connect(self.path, isolation_level=None)
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM rooms").fetchone()
        self.writer.append([redacted(self.room_id, 1)])
        for _ in range(20):
            self.writer.rest()
        self.assertEqual(self.scrubs(), 1)
        other.close()
        again = self.open_writer()
        self.patch(scrubbing, "RETRY_SECONDS", 0)
        while again.rest() is not None:
            pass
        self.assertEqual((self.found(1), self.scrubs()), ([], 0))

    def test_backup_before_it_was_done_is_clean(self):
        for number in range(50):
            self.say(secret(number))
            self.settle()
        self.writer.append([redacted(self.room_id, 8), edited(self.room_id, 9, "x")])
        copy = self.folder / "copy.db"
        with reading(log_in(self.folder)) as connection:
            back_up(connection, copy)
        self.assertNotIn("copy.db", self.found(7) + self.found(8))
        self.assertIn("copy.db", self.found(6))
        with reading(copy) as connection:
            self.assertTrue(verify(connection).is_sound)
