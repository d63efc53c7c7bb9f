"""Start the real server as a process of its own, and talk to it over real sockets.

    server = ServerProcess(self)                      # twistd -n chatsvc, a free port
    ann = server.client("ann", "tea")                 # a blocking socket with a time limit
    ann.asks("send tea hi")                           # -> ["+ sent tea 1"]

Nothing here sleeps: every wait is for a line, an exit or an end of file, and has `PATIENCE`.
"""

import atexit
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from twisted.trial.unittest import TestCase

from tests.end_to_end.line_socket import PATIENCE, LineSocket

ROOT = Path(__file__).resolve().parents[2]
TWISTD = (sys.executable, "-c", "from twisted.scripts.twistd import run; run()")
TWIST = (sys.executable, "-m", "twisted")
LOOPBACK = "tcp:0:interface=127.0.0.1"


def environment(**more: str) -> dict[str, str]:
    """Return the environment in which our programs find this source tree."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1", **more}


class Output:
    """The lines a process prints, read by a thread as they come."""

    def __init__(self, stream: Any) -> None:
        self.lines: list[str] = []
        self._ended = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def _read(self, stream: Any) -> None:
        with stream:
            for line in stream:
                with self._changed:
                    self.lines.append(line.rstrip("\n"))
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def find(self, pattern: str) -> "re.Match[str]":
        """Wait for a line in which `pattern` is found, and return the match."""

        def found() -> "re.Match[str] | None":
            return next(filter(None, (re.search(pattern, line) for line in self.lines)), None)

        with self._changed:
            self._changed.wait_for(lambda: found() or self._ended, PATIENCE)
            match = found()
        if match is None:
            raise AssertionError(f"no line like {pattern!r} in:\n{self.text()}")
        return match

    def text(self) -> str:
        """Return all lines so far."""
        return "\n".join(self.lines)

    def ended_text(self) -> str:
        """Wait for the end and return everything."""
        self._thread.join(PATIENCE)
        return self.text()


def temporary_folder(test: TestCase) -> str:
    """Return a new folder that is removed when the test ends."""
    folder = tempfile.mkdtemp(prefix="chatsvc-test-")
    test.addCleanup(shutil.rmtree, folder, ignore_errors=True)
    return folder


class ServerProcess:
    """A running server; it is killed when the test ends, if it still runs then.

    `options` are those of `chatsvc`; without a port among them it is a free one on
    loopback, without data it keeps everything in memory.
    """

    def __init__(
        self,
        test: TestCase | None,
        *options: str,
        runner: tuple[str, ...] = (*TWISTD, "--nodaemon", "--pidfile="),
        folder: str | None = None,
        before: tuple[str, ...] = (),
        wait: bool = True,
        **popen: Any,
    ) -> None:
        self._own_folder = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix="chatsvc-test-")
        words = [*options]
        if not any(word.startswith(("-p", "--port")) for word in words):
            words += ["--port", LOOPBACK]
        if not any(word.startswith("--data") for word in words):
            words += ["--data", ":memory:"]
        self.process = subprocess.Popen(
            [*before, *runner, "chatsvc", *words],
            cwd=self.folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            **popen,
        )
        self.output = Output(self.process.stdout)
        self.errors = Output(self.process.stderr)
        self._clients: list[LineSocket] = []
        if test is not None:
            test.addCleanup(self.end)
        if wait:
            self.output.find(r"is ready")

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    @property
    def port(self) -> int:
        """The first TCP port it listens on."""
        return int(self.output.find(r"Listening on \S+:(\d+) ")[1])

    @property
    def ports(self) -> list[int]:
        """All TCP ports it listens on, in the order of its doors: lines, TLS, IRC."""
        found = (re.search(r"Listening on \S+:(\d+) ", line) for line in self.output.lines)
        return [int(match[1]) for match in found if match]

    def client(self, nick: str = "", *rooms: str, host: str = "127.0.0.1") -> LineSocket:
        """Connect; with a nick, take it and join `rooms`, and forget what was said about it."""
        client = self.keep(LineSocket.tcp(host, self.port))
        if nick:
            client.greeted()
            client.asks(f"nick {nick}")
            for room in rooms:
                client.asks(f"join {room}")
            client.settle()
        return client

    def keep(self, client: LineSocket) -> LineSocket:
        """Close `client` when the server ends."""
        self._clients.append(client)
        return client

    def stop(self, number: int = signal.SIGINT) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait for the end and return the exit status."""
        return self.process.wait(PATIENCE)

    def descriptors(self) -> int:
        """Return how many files and sockets it has open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def end(self) -> None:
        """Make sure that nothing of it is left."""
        for client in self._clients:
            client.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        if self._own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def run(*words: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end."""
    options.setdefault("env", environment())
    if "input" not in options:
        options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run(
        words, capture_output=True, text=True, timeout=PATIENCE, check=False, **options
    )


_shared: dict[tuple[str, ...], ServerProcess] = {}


def shared_server(*options: str) -> ServerProcess:
    """Return a server that all tests use which ask for the same options.

    Each test keeps to rooms and nicks of its own.
    """
    if options not in _shared:
        server = _shared[options] = ServerProcess(None, *options)
        atexit.register(server.end)
    return _shared[options]


def skip_without(program: str) -> str | None:
    """Return why a test that needs `program` is skipped, None if it is there."""
    return None if shutil.which(program) else f"{program} is not installed here"
