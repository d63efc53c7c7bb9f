"""A text that was taken back is soon in no file of a real server, and in no backup."""

import io
import time
from pathlib import Path

from twisted.trial.unittest import TestCase

from chatsvc.command import main
from tests.end_to_end.line_socket import PATIENCE, LineSocket
from tests.end_to_end.server_process import ServerProcess

WORDS = ("xylophonist", "Quizmaster", "zürichsee")
SECRET = " ".join(WORDS)
TRACES = [form.encode() for word in (*WORDS, "zurichsee") for form in (word, word.lower())]


def files_with_traces(folder: Path) -> list[str]:
    """Return the names of the files that hold one of the words."""
    return [
        path.name
        for path in sorted(folder.iterdir())
        if any(trace in path.read_bytes() for trace in TRACES)
    ]


class RedactionTests(TestCase):
    def setUp(self) -> None:
        self.server = ServerProcess(self, "--data", "data", "--no-limits")
        self.data = Path(self.server.folder) / "data"
        self.ann = self.server.client("ann", "tea", "cake")

    def say(self, *texts: str) -> int:
        """Say texts in turn in two rooms, and return the number of the last in the first."""
        self.ann.says(*(f"send {room} {text}" for text in texts for room in ("cake", "tea")))
        answers = [line for line in self.ann.settle() if line.startswith("+ sent tea")]
        return int(answers[-1].split(" ")[3])

    def assert_gone(self, client: LineSocket) -> None:
        """Wait until no file has any trace."""
        end = time.monotonic() + PATIENCE
        while files_with_traces(self.data):
            self.assertLess(time.monotonic(), end, files_with_traces(self.data))
            client.settle()

    def command(self, *words: str) -> None:
        self.assertEqual(main([*words, "--data", str(self.data)], output=io.BytesIO()), 0)

    def test_new_and_old_texts_are_in_no_file_soon_after_and_in_no_backup(self) -> None:
        first = self.say(SECRET)
        self.say(*(f"something else {n}" for n in range(200)))
        last = self.say(SECRET)
        for room, number in (("cake", first), ("cake", last), ("tea", last)):
            self.ann.asks(f"redact {room} {number}")
        self.assertIn("+ edited", self.ann.asks(f"edit tea {first} nothing")[-1])
        copy = self.data.parent / "backup" / "chat.db"
        copy.parent.mkdir()
        self.command("backup", str(copy))
        self.assertEqual(files_with_traces(copy.parent), [])
        self.assert_gone(self.ann)
        later = copy.with_name("later.db")
        self.command("backup", str(later))
        self.assertEqual(files_with_traces(copy.parent), [])
        self.command("verify")
        for each in (copy, later):
            self.command("verify", str(each))
        rows = self.ann.asks(f"history tea 2 before {first + 2}")
        self.assertEqual(rows[0].split(" ")[:4], ["=", "said-edited", "tea", str(first)])
        self.server.stop()
        self.command("backup", str(copy.with_name("last.db")))
        self.assertEqual(files_with_traces(self.data) + files_with_traces(copy.parent), [])

    def test_server_that_is_killed_in_the_middle(self) -> None:
        number = self.say(SECRET)
        self.say(*(f"something else {n}" for n in range(200)))
        for room in ("tea", "cake"):
            self.assertIn("+ redacted", self.ann.asks(f"redact {room} {number}")[-1])
        self.server.process.kill()
        self.server.process.wait()
        again = ServerProcess(self, "--data", "data", folder=self.server.folder)
        reader = again.client("reader", "tea")
        rows = reader.asks(f"history tea 1 after {number - 1}")
        self.assertEqual(rows[0].split(" ")[:4], ["=", "said-redacted", "tea", str(number)])
        self.assert_gone(reader)
        self.command("verify")
