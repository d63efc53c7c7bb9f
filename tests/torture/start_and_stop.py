"""A fault at every step of opening and of closing the log.

    python -m tests.torture start_and_stop [--full]

strace lets the n-th call that touches the data fail, for n = 1, 2, 3 ... until no call is left
to fail: while a new log is made, while one is recovered that a killed server left, while a
server shuts down. A start must succeed, or end with status 1 and one sentence; a stop must end
by itself without a traceback. A start without faults afterwards must find every message.
"""

import argparse
import itertools
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import attrs

from tests.end_to_end.server_process import ServerProcess
from tests.torture.house import as_shown
from tests.torture.results import Results, say
from tests.torture.servers import (
    DATA,
    Strace,
    free_port,
    inject,
    only,
    signal_traced,
    start,
    temporary_folder,
    wait_until_ready,
    without_strace,
)

CALLS = "openat,mkdir,pwrite64,fdatasync,fsync,ftruncate,rename,unlink,unlinkat,pread64,read"
CLOSING_CALLS = "pwrite64,fdatasync,fsync,ftruncate,unlink,unlinkat"
ERRORS = ("EIO", "ENOSPC")
PATIENCE = 60.0
MESSAGES = 5
"""Said by each server that starts; all of them fit into one page of history."""
SHORT_STEPS = 3
"""Steps that are tried in the short form, far apart."""


@attrs.define
class Sweep:
    """What came of a fault at one step after another."""

    name: str
    steps: int = 0
    refused: int = 0
    sentences: set[str] = attrs.field(factory=set)
    broken: list[str] = attrs.field(factory=list)

    def must(self, holds: object, what: str) -> None:
        """Note what does not hold."""
        if not holds:
            self.broken.append(what)


def paths_touched(folder: Path) -> list[Path]:
    """Return every path under which the server may name its data."""
    names = ["chatsvc.db", "chatsvc.db.new"]
    files = [f"{name}{ending}" for name in names for ending in ("", "-wal", "-shm", "-journal")]
    found = [Path(DATA), *(Path(DATA, name) for name in ["lock", *files])]
    return [*found, *(folder / path for path in found)]


def has_struck(output: Path) -> bool:
    """Tell whether strace let a call fail."""
    return "(INJECTED)" in output.read_text("ascii", "replace")


def history(server: ServerProcess) -> list[str]:
    """Return what is in the room."""
    return as_shown(server.client("reader").asks("history tea 1000"), "= said tea ")


def work(folder: Path, kept: list[str]) -> ServerProcess:
    """Start a server, compare what it has with `kept`, say something more."""
    server = start(folder, free_port())
    ann = server.client("ann")
    ann.asks("create tea")
    found = history(server)
    if found != kept:
        server.end()
        raise AssertionError(f"{found[-3:]} is not {kept[-3:]}")
    ann.asks("join tea")
    for _ in range(MESSAGES):
        text = f"text-{len(kept) + 1}"
        number = ann.asks(f"send tea {text}")[0].split(" ")[3]
        kept.append(f"{number} {text}")
    return server


def start_with_fault(folder: Path, sweep: Sweep, what: str) -> bool:
    """Start while one call fails; return whether one did."""
    output = folder / "strace"
    strace = ("strace", "-f", "-o", str(output), *only(paths_touched(folder)))
    server = start(folder, free_port(), before=(*strace, *inject(CALLS, what)), wait=False)
    try:
        wait_until_ready(server)
    except AssertionError:
        said = _without_strace(server.errors.ended_text())
        sweep.refused += 1
        sweep.sentences.add(said.replace(str(folder), "..."))
        sweep.must(server.wait() == 1, f"{what}: exit status {server.wait()}")
        sweep.must(said.count("\n") == 0 and said.startswith("chatsvc: "), f"{what}: {said}")
    else:
        signal_traced(server, signal.SIGTERM)
        server.wait()
    finally:
        signal_traced(server, signal.SIGKILL)
    sweep.must("Traceback" not in server.output.text(), f"{what}: a traceback")
    server.end()
    return has_struck(output)


def _without_strace(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("strace: "))


def steps(is_full: bool) -> Iterator[tuple[int, str]]:
    """Return which call fails, and how; all of them, or a few."""
    for number in (
        itertools.count(1) if is_full else itertools.islice(itertools.count(2, 7), SHORT_STEPS)
    ):
        for error in ERRORS if is_full else ERRORS[:1]:
            yield number, f"error={error}:when={number}"


def creating(is_full: bool) -> Sweep:
    """Let a step of making a new log fail."""
    sweep = Sweep("making a log")
    for _, what in steps(is_full):
        with temporary_folder() as name:
            folder = Path(name)
            if not start_with_fault(folder, sweep, what):
                return sweep
            sweep.steps += 1
            _find_all(sweep, folder, [], what)
    return sweep


def recovering(is_full: bool) -> Sweep:
    """Let a step of recovering after a kill fail."""
    sweep, kept = Sweep("recovering"), []
    with temporary_folder() as name:
        folder = Path(name)
        for _, what in steps(is_full):
            _find_all(sweep, folder, kept, what, is_killed=True)
            if not start_with_fault(folder, sweep, what):
                break
            sweep.steps += 1
        _find_all(sweep, folder, kept, "at the end")
    return sweep


def closing(is_full: bool) -> Sweep:
    """Let a step of shutting down fail."""
    sweep, kept = Sweep("shutting down"), []
    with temporary_folder() as name:
        folder = Path(name)
        output = folder / "strace"
        for _, what in steps(is_full):
            server = work(folder, kept)
            Strace(server.pid, *only(paths_touched(folder)), *inject(CLOSING_CALLS, what),
                   output=output)  # fmt: skip
            began = time.monotonic()
            status = server.stop(signal.SIGTERM)
            sweep.must(status == 0, f"{what}: exit status {status}")
            sweep.must(time.monotonic() - began < PATIENCE, f"{what}: it did not end")
            log = server.output.ended_text() + server.errors.ended_text()
            sweep.must("Traceback" not in log, f"{what}: a traceback")
            server.end()
            if not has_struck(output):
                break
            sweep.steps += 1
        _find_all(sweep, folder, kept, "at the end")
    return sweep


def _find_all(
    sweep: Sweep, folder: Path, kept: list[str], what: str, is_killed: bool = False
) -> None:
    """Start without faults and look for everything; end by a kill, or gracefully."""
    try:
        server = work(folder, kept)
    except (AssertionError, IndexError) as error:
        sweep.broken.append(f"after {what}: {error}")
        return
    server.stop(signal.SIGKILL if is_killed else signal.SIGTERM)
    server.end()


def main(argv: list[str]) -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(prog="start_and_stop", description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args(argv)
    results = Results("start_and_stop")
    if reason := without_strace():
        say(f"skipped: {reason}")
        return 0
    for run in (creating, recovering, closing):
        sweep = run(options.full)
        for sentence in sorted(sweep.sentences):
            say(f"  {sweep.name}: {sentence}")
        results.add(f"{sweep.name}: faults, starts refused", [sweep.steps, sweep.refused],
                    sweep.steps > 0)  # fmt: skip
        results.none(f"{sweep.name}: messages lost, tracebacks, odd ends", sweep.broken)
    return results.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
