"""Start a real client: in a pipe, or in a terminal that we can look at."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable

import pyte
from twisted.trial.unittest import TestCase

from tests.end_to_end.line_socket import PATIENCE
from tests.end_to_end.server_process import environment, run

CLIENT = (
    sys.executable,
    "-c",
    "import sys; from chatsvc.client.main import main; sys.exit(main())",
)
COLUMNS, ROWS = 80, 24
CTRL_C, CTRL_D = "\x03", "\x04"


def piped(port: int, name: str, typed: str, *options: str) -> "subprocess.CompletedProcess[str]":
    """Run the client in a pipe until it ends."""
    words = (*CLIENT, "-h", "127.0.0.1", "-p", str(port), "-n", name, *options)
    return run(*words, input=typed)


class Terminal:
    """A program in a terminal of `size` characters."""

    size = (COLUMNS, ROWS)

    def __init__(self, test: TestCase, *words: str, **variables: str) -> None:
        ours, its = pty.openpty()
        columns, rows = self.size
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            words,
            stdin=its,
            stdout=its,
            stderr=its,
            env=environment(**{"TERM": "xterm-256color", **variables}),
            start_new_session=True,
        )
        os.close(its)
        self._terminal = ours
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        test.addCleanup(self._end)

    def types(self, text: str) -> None:
        """Press keys."""
        os.write(self._terminal, text.encode())

    def enters(self, line: str) -> None:
        """Type a line and press Return."""
        self.types(f"{line}\r")

    @property
    def text(self) -> str:
        """All that is on the screen."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def typing(self) -> str:
        """The lowest line, where one types."""
        return self._screen.display[-1].rstrip()

    def shows(self, text: str) -> str:
        """Wait until `text` is on the screen."""
        return self.waits(lambda: text in self.text)

    def waits(self, is_so: Callable[[], bool]) -> str:
        """Wait until `is_so`, and return the screen."""
        deadline = time.monotonic() + PATIENCE
        while not is_so():
            ready, _, _ = select.select([self._terminal], [], [], deadline - time.monotonic())
            if not ready or not self._read():
                raise AssertionError(f"never came to be on this screen:\n{self.text}")
        return self.text

    def exit_status(self) -> int:
        """Wait for the end."""
        while self._read():
            pass
        return self.process.wait(PATIENCE)

    def _read(self) -> bool:
        try:
            data = os.read(self._terminal, 65536)
        except OSError:
            return False
        self._stream.feed(data)
        return bool(data)

    def _end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        os.close(self._terminal)


class TerminalClient(Terminal):
    """Our own client in such a terminal."""

    def __init__(self, test: TestCase, port: int, name: str, *options: str) -> None:
        super().__init__(test, *CLIENT, "-h", "127.0.0.1", "-p", str(port), "-n", name, *options)
