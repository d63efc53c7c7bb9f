"""Trimmed messages are in none of the log's files when housekeeping has come to them."""

import itertools
import sqlite3

from chatsvc.core.events import Trimmed
from chatsvc.ports import LogError
from chatsvc.storage import housekeeping
from chatsvc.storage.maintenance import back_up, log_in, messages, reading
from chatsvc.storage.reader import Reader
from chatsvc.storage.verify import verify
from tests.contracts.log import AT, LOBBY
from tests.storage.faults import disk_error
from tests.storage.test_scrubbing import ScrubbingCase, secret


class TrimmingTests(ScrubbingCase):
    def trim(self, number: int) -> None:
        self.writer.append([Trimmed(LOBBY, AT, number, self.room_id)])

    def counted(self, table: str) -> int:
        connection = sqlite3.connect(self.path)
        self.addCleanup(connection.close)
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

    def search(self, number: int) -> list[int]:
        reader = Reader(self.path)
        self.addCleanup(reader.close)
        word = secret(number).split()[0]
        return [found.number for found in reader.search(LOBBY, self.room_id, word, 9)]

    def test_text_that_was_not_moved_yet(self):
        self.say(secret(1), secret(2))
        self.trim(1)
        self.settle()
        self.assertEqual((self.found(1), self.scrubs(), self.counted("trims")), ([], 0, 0))
        self.assertNotEqual(self.found(2), [])
        self.assertEqual((self.search(1), self.search(2)), ([], [2]))
        self.assert_sound()

    def test_texts_that_were_indexed_long_ago(self):
        for batch in range(8):
            self.say(*(secret(100 * batch + number) for number in range(100)))
            self.settle()
        self.trim(578)
        self.settle()
        gone = {number: found for number in range(578) if (found := self.found(number))}
        self.assertEqual((gone, self.scrubs()), ({}, 0))
        self.assertNotEqual(self.found(578), [])
        self.assertEqual(self.counted("messages"), 222)
        self.assert_sound()

    def test_many_are_removed_a_portion_at_a_time_and_read_by_nobody_meanwhile(self):
        self.patch(housekeeping, "CHUNK", 10)
        self.say(*map(secret, range(1, 101)))
        self.settle()
        self.trim(95)
        self.assertEqual((self.counted("messages"), self.counted("trims")), (100, 1))
        left = []
        while self.counted("trims"):
            self.writer.rest()
            left.append(self.counted("messages"))
            self.assertEqual(self.search(95), [])
            with reading(self.path) as connection:
                exported = [said.number for said in messages(connection, "lobby")]
            self.assertEqual(exported, [96, 97, 98, 99, 100])
            self.assert_sound()
        self.assertTrue(all(a - b <= 10 for a, b in itertools.pairwise(left)), left)
        self.settle()
        self.assertEqual((self.found(95), left[-1]), ([], 5))

    def test_trimming_goes_on_after_a_crash(self):
        self.say(secret(1), secret(2))
        self.settle()
        self.trim(1)
        again = self.open_writer()
        while again.rest() is not None:
            pass
        self.assertEqual((self.found(1), self.counted("messages")), ([], 1))

    def test_backup_before_it_was_done_is_clean(self):
        for number in range(1, 51):
            self.say(secret(number))
            self.settle()
        self.trim(8)
        copy = self.folder / "copy.db"
        with reading(log_in(self.folder)) as connection:
            back_up(connection, copy)
        self.assertNotIn("copy.db", self.found(1) + self.found(8))
        self.assertIn("copy.db", self.found(9))
        with reading(copy) as connection:
            self.assertTrue(verify(connection).is_sound)

    def test_trimming_that_fails_when_it_is_confirmed_is_taken_back(self):
        self.say(secret(1), secret(2))
        self.settle()
        strikes = [disk_error()]
        self.faults.script = lambda moment, sql: (
            strikes.pop() if strikes and (moment, sql) == ("after", "COMMIT") else None
        )
        self.assertRaises(LogError, self.trim, 1)
        for _ in range(9):
            self.writer.rest()
        self.assertEqual((self.search(1), self.search(2)), ([1], [2]))
        self.assertEqual(self.counted("trims"), 0)
        self.assert_sound()
