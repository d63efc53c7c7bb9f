"""The real server as a process, and strace to watch it or to spoil its system calls."""

import contextlib
import functools
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from chatsvc.storage.maintenance import log_in, reading
from chatsvc.storage.verify import Report, verify
from chatsvc.tap import Options
from tests.end_to_end.server_process import TWISTD, ServerProcess

RUNNER = (*TWISTD, "--nodaemon", "--pidfile=")
RIGGED = (sys.executable, "-m", "tests.torture.rigged")
DATA = "data"
START_ATTEMPTS = 5
CALLS = "pwrite64,write,fdatasync,fsync,ftruncate,unlink"
"""System calls that change what is on the disk."""


def free_port() -> int:
    """Return a TCP port that nobody uses just now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@functools.cache
def no_limits() -> tuple[str, ...]:
    """Return the options with which the server lets its clients go as fast as they can."""
    return ("--no-limits",) if "no-limits" in Options().longOpt else ()


def start(
    folder: Path,
    port: int,
    *,
    runner: tuple[str, ...] = RUNNER,
    before: tuple[str, ...] = (),
    wait: bool = True,
    **popen: Any,
) -> ServerProcess:
    """Start a server on `port` of this machine, with its data in `folder`/data."""
    server = ServerProcess(
        None,
        *("--port", f"tcp:{port}:interface=127.0.0.1", "--data", DATA, "--lobby", ""),
        *no_limits(),
        runner=runner,
        before=before,
        folder=str(folder),
        wait=False,
        **popen,
    )
    if wait:
        wait_until_ready(server)
    return server


def wait_until_ready(server: ServerProcess) -> None:
    """Wait for the start of a server, on a machine that may have much else to do."""
    for attempt in range(1, START_ATTEMPTS + 1):
        try:
            server.output.find(r"is ready")
            return
        except AssertionError:
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.process.wait(1)
            if server.process.poll() is not None or attempt == START_ATTEMPTS:
                server.end()
                raise


def rigged(*how: str) -> tuple[str, ...]:
    """Return a runner whose seams are wrapped; see rigged.py."""
    return (*RIGGED, *how, "--", "--nodaemon", "--pidfile=")


def verified(folder: Path) -> Report:
    """Check the log of a server that works in `folder`, or has."""
    with reading(log_in(folder / DATA)) as connection:
        return verify(connection)


def faults_of(report: Report) -> list[str]:
    """Return every fault in a report of verify, with its room."""
    rooms = [f"{room.room.room}: {fault}" for room in report.rooms for fault in room.faults]
    return [*report.faults, *rooms]


def paths_of_data(folder: Path) -> list[Path]:
    """Return the files that the log is made of: not the lock, not what is only shared memory."""
    found = sorted((folder / DATA).glob("chatsvc.db*"))
    return [path for path in found if not path.name.endswith("-shm")]


@functools.cache
def without_strace() -> str | None:
    """Return why strace cannot be used here, None if it can."""
    try:
        done = subprocess.run(
            ["strace", "-f", "-e", "trace=none", "true"], capture_output=True, check=False
        )
    except FileNotFoundError:
        return "strace is not installed here"
    return None if done.returncode == 0 else "strace may not trace processes here"


def only(paths: list[Path]) -> list[str]:
    """Return strace's options for: only calls that are about these files."""
    return [word for path in paths for word in ("-P", str(path))]


def inject(calls: str, what: str) -> list[str]:
    """Return strace's options for: do this to these calls."""
    return ["-e", f"trace={calls}", "-e", f"inject={calls}:{what}"]


class Strace:
    """strace, attached to a running process with all its threads; ends with it, or by `detach`."""

    def __init__(self, pid: int, *options: str, output: Path | None = None) -> None:
        where = str(output) if output else os.devnull
        self.process = subprocess.Popen(
            ["strace", "-f", "-o", where, *options, "-p", str(pid)],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        while "attached" not in (line := self.process.stderr.readline()):
            if not line:
                raise RuntimeError("strace could not attach")

    def detach(self) -> None:
        """Let the process go on alone."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.communicate()


def traced(server: ServerProcess) -> int | None:
    """Return the process id of a server that was started `before` by strace; None: it ended.

    strace itself passes no signals on, and when it is killed the server goes on.
    """
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children")
    try:
        found = children.read_text("ascii").split()
    except OSError:
        return None
    return int(found[0]) if found else None


def signal_traced(server: ServerProcess, number: int) -> None:
    """Send a signal to a server that was started by strace, if it still runs."""
    pid = traced(server)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def temporary_folder() -> "tempfile.TemporaryDirectory[str]":
    """Return a new folder; it is removed at the end of a `with`."""
    return tempfile.TemporaryDirectory(prefix="chatsvc-torture-", ignore_cleanup_errors=True)
