"""A server whose storage can fail, the people in it, and every way to fail.

A fault lasts as long as its `with`, and is over without a trace after it. What must hold
meanwhile and then, `faults` knows.
"""

import contextlib
import itertools
import os
import resource
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import attrs

from chatsvc.storage.maintenance import back_up, log_in, reading
from tests.end_to_end.line_socket import LineSocket
from tests.torture.logs import read_stored
from tests.torture.rulings import PASSWORD, RULER, Rulings, install, requests
from tests.torture.servers import (
    DATA,
    Strace,
    free_port,
    inject,
    only,
    paths_of_data,
    start,
    temporary_folder,
    without_strace,
)

DISK_BYTES = 8 * 1024 * 1024
DELAY = 0.2
"""Seconds that each fdatasync takes on the slow disk."""


class House:
    """A server with its data in a folder, a sender, a reader, and somebody with other things."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept: list[str] = []
        self.shown: list[str] = []
        self.refused: list[str] = []
        self.uncertain: list[str] = []
        self._texts = itertools.count(1)
        self.server = start(folder, free_port())
        self.server.client("owner").asks("create tea")
        install(self.server)
        self.rulings = Rulings()
        self.broken_rulings: list[str] = []
        self._ruling = requests()
        self._move_in()

    def _move_in(self) -> None:
        self.ann, self.bob, self.eve = self.people()
        self.ruler = self.server.client("ruler-guest")
        answer = self.ruler.asks(f"login {RULER} {PASSWORD}")[-1]
        assert answer.startswith("+ login "), answer

    def people(self) -> list[LineSocket]:
        """Return new connections of everybody."""
        return [self.server.client(nick, "tea") for nick in ("ann", "bob", "eve")]

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / DATA

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self.server.pid

    def send(self, text: str) -> tuple[str, float]:
        """Let ann say something; return the answer, and how many seconds it took."""
        began = time.monotonic()
        answer = self.ann.asks(f"send tea #{text} {text}")[-1]
        if answer.startswith("+ sent "):
            self.kept.append(f"{answer.split(' ')[3]} {text}")
        else:
            self.refused.append(text)
            if "Nothing was changed" not in answer:
                self.uncertain.append(text)
        return answer, time.monotonic() - began

    def rule(self, line: str = "") -> str:
        """Let the ruler do something, or the next thing; return the answer."""
        line = line or next(self._ruling)
        self.rulings.request(line)
        answer = self.ruler.asks(line)[-1]
        self.rulings.answer(answer)
        return answer

    def new_text(self) -> str:
        """Return a text that was not said before."""
        return f"text-{next(self._texts)}"

    def look(self) -> None:
        """Note what bob was shown since he last looked."""
        self.shown += as_shown(self.bob.settle(), "* said tea ")

    def history(self) -> list[str]:
        """Return what bob reads."""
        return as_shown(self.bob.asks("history tea 1000"), "= said tea ")

    def pings(self, seconds: float) -> list[float]:
        """Return how long eve waited for each of many answers, in seconds."""
        end, waits = time.monotonic() + seconds, []
        while not waits or time.monotonic() < end:
            began = time.monotonic()
            self.eve.asks("ping")
            waits.append(time.monotonic() - began)
            time.sleep(0.005)
        return waits

    def restart(self) -> int:
        """Stop gracefully and start again; return the exit status."""
        status = self.server.stop()
        self.broken_rulings += self.rulings.broken_in(read_stored(self.data))
        self.start_again()
        return status

    def start_again(self) -> None:
        """Have another server in the place of one that ended."""
        self.server.end()
        self.server = start(self.folder, free_port())
        self._move_in()

    def end(self) -> None:
        """Leave nothing running."""
        self.server.end()


def as_shown(lines: list[str], start: str) -> list[str]:
    """Return number and text of every message among some lines."""
    found = [line.split(" ", 6) for line in lines if line.startswith(start)]
    return [f"{words[3]} {words[6]}" for words in found]


# The faults


@contextlib.contextmanager
def injected(house: House, calls: str, what: str) -> Iterator[None]:
    """Let strace spoil calls that are about the log's files."""
    strace = Strace(house.pid, *only(paths_of_data(house.data.parent)), *inject(calls, what))
    try:
        yield
    finally:
        strace.detach()


def calls_fail(calls: str, error: str) -> Callable[[House], AbstractContextManager[None]]:
    """Return the fault of calls that fail with `error`."""
    return lambda house: injected(house, calls, f"error={error}")


@contextlib.contextmanager
def full_disk(house: House) -> Iterator[None]:
    """Fill the small disk on which the data is."""
    filler = house.data / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (1 << 20, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(size))
    try:
        yield
    finally:
        filler.unlink()


@contextlib.contextmanager
def no_bigger_files(house: House) -> Iterator[None]:
    """Allow the process no byte in any file: `ulimit -f 0`."""
    before = resource.prlimit(house.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(house.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(house.pid, resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def immutable(house: House) -> Iterator[None]:
    """Forbid everybody, root as well, to write to the files that are there: `chattr +i`."""
    paths = [str(path) for path in paths_of_data(house.folder)]
    subprocess.run(["chattr", "+i", *paths], check=True)
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", *paths], check=True)


def can_make_immutable(folder: Path) -> bool:
    """Tell whether files in a folder can be made immutable, and changed back."""
    probe = folder / "probe"
    probe.touch()
    try:
        tried = [
            subprocess.run(["chattr", sign, str(probe)], capture_output=True, check=False)
            for sign in ("+i", "-i")
        ]
    except FileNotFoundError:
        return False
    return all(done.returncode == 0 for done in tried)


@contextlib.contextmanager
def locked(house: House) -> Iterator[None]:
    """Keep the database locked from this process."""
    connection = sqlite3.connect(log_in(house.data), isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
    finally:
        connection.close()


def gone(*endings: str) -> Callable[[House], AbstractContextManager[None]]:
    """Return the fault of files that somebody took away, and brings back in the end."""

    @contextlib.contextmanager
    def fault(house: House) -> Iterator[None]:
        paths = [log_in(house.data).with_name(f"chatsvc.db{ending}") for ending in endings]
        away = house.folder / "away"
        away.mkdir(exist_ok=True)
        for path in paths:
            path.rename(away / path.name)
        try:
            yield
        finally:
            for path in paths:
                path.unlink(missing_ok=True)
                (away / path.name).rename(path)

    return fault


@contextlib.contextmanager
def replaced(house: House) -> Iterator[None]:
    """Put an older copy in the place of the database; bring the right one back in the end."""
    copy = house.folder / "copy.db"
    with reading(log_in(house.data)) as connection:
        back_up(connection, copy)
    with gone("")(house):
        copy.rename(log_in(house.data))
        yield


@attrs.frozen
class Fault:
    """A way to fail; `strike` lasts as long as its `with`."""

    name: str
    strike: Callable[[House], AbstractContextManager[None]]
    needs_strace: bool = True
    needs_disk: bool = False
    needs_attributes: bool = False


SLOW = Fault("slow disk, 200 ms", lambda house: injected(house, "fdatasync", "delay_enter=200000"))

FAULTS = (
    Fault("disk full", full_disk, needs_strace=False, needs_disk=True),
    Fault("ENOSPC on write", calls_fail("pwrite64", "ENOSPC")),
    Fault("file size limit", no_bigger_files, needs_strace=False),
    Fault("EIO on write", calls_fail("pwrite64", "EIO")),
    Fault("EIO on fdatasync", calls_fail("fdatasync", "EIO")),
    Fault("EROFS on write", calls_fail("pwrite64,ftruncate,unlink", "EROFS")),
    Fault("files made read-only", immutable, needs_strace=False, needs_attributes=True),
    Fault("locked by a program", locked, needs_strace=False),
    Fault("database deleted", gone(""), needs_strace=False),
    Fault("database and its -wal, -shm deleted", gone("", "-wal", "-shm"), needs_strace=False),
    Fault("database replaced", replaced, needs_strace=False),
)


# A house for a fault


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Put a small file system where the data will be; tell whether that is possible here."""
    data = folder / DATA
    data.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(data)]
    can = shutil.which("mount") is not None and os.geteuid() == 0
    can = can and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield can
    finally:
        if can:
            subprocess.run(["umount", "--lazy", str(data)], check=False)


@contextlib.contextmanager
def housed(fault: Fault) -> Iterator[House | None]:
    """Return a house in which the fault can strike, None if it cannot here."""
    with temporary_folder() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        can = not fault.needs_disk or stack.enter_context(small_disk(folder))
        can = can and (not fault.needs_attributes or can_make_immutable(folder))
        if can and not (fault.needs_strace and without_strace()):
            house = House(folder)
            stack.callback(house.end)
            yield house
        else:
            yield None
