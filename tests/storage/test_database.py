"""What a check of the database finds, and what it is called."""

from typing import Any

from twisted.trial.unittest import TestCase

from chatsvc.ports import LogError
from chatsvc.storage.database import check_whole


class Checked:
    """A connection whose check says `found`."""

    def __init__(self, found: str) -> None:
        self._found = found

    def set_progress_handler(self, *_: object) -> None:
        pass

    def execute(self, _statement: str) -> "Checked":
        return self

    def fetchone(self) -> tuple[str]:
        return (self._found,)


class CheckTests(TestCase):
    def refused(self, found: str) -> str:
        connection: Any = Checked(found)
        return str(self.assertRaises(LogError, check_whole, connection, 1.0))

    def test_a_disk_that_cannot_be_read_is_no_damage_to_the_data(self) -> None:
        for code in (266, 8458):
            said = self.refused(f"Page 8: unable to get the page. error code={code}")
            self.assertIn("disk that holds the log cannot be read", said)
            self.assertNotIn("backup", said)

    def test_anything_else_is_damage(self) -> None:
        for found in ("Page 8: never used", "Tree 2 page 2: error code=11"):
            self.assertIn("damaged", self.refused(found))
