"""A text that was taken back is in none of the log's files some steps of housekeeping later."""

import random
import sqlite3

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.storage import housekeeping, scrubbing
from chatsvc.storage.folder import make_folder, prepare_database
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
        for number in range(3000):
            room_id = chance.choice(rooms)
            padding = " ".join(["pad"] * chance.choice([0, 1, 5, 200]))
            self.say(f"{secret(number)} {padding}".strip(), room_id=room_id)
            last[room_id] += 1
            where.append((room_id, last[room_id]))
            if not number % 50:
                self.settle()
        gone = chance.sample(range(3000), 300)
        for number in gone:
            self.writer.append([redacted(*where[number])])
        self.settle()
        self.assertEqual({number: self.found(number) for number in gone if self.found(number)}, {})
        self.assert_sound()
