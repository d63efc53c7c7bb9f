"""Cut the power at any moment of a server's life, and see whether it kept its word.

    python -m tests.torture power_cut [--full]

A real server works for a crowd under strace, is stopped and killed and started again, and
checkpoints in between. Its system calls are then replayed on the model of a disk (disk.py)
and cut off at 1,000 moments. Each time the files that such a disk would have left are opened
by `SqliteLog`, checked by `verify`, and compared with what clients had been told before that
moment. That strace shows both, the disk's calls and the clients', makes the order certain.

Two more runs: one whose fdatasync fails now and then with EIO, after which the kernel
remembers nothing of what it was to write; and, to see that the simulator finds faults where
there are some, servers whose connections are set to `synchronous` NORMAL and OFF.
"""

import argparse
import asyncio
import contextlib
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from chatsvc.core.events import Said
from chatsvc.core.room import Stored
from chatsvc.ports import LogError
from chatsvc.storage.maintenance import log_in, reading
from chatsvc.storage.sqlite import SqliteLog
from chatsvc.storage.verify import verify
from tests.torture import trace
from tests.torture.crowd import Builder, Ledger, Talker
from tests.torture.disk import MODES
from tests.torture.gathering import must_come, staying
from tests.torture.logs import Inbox, Kept, read_all
from tests.torture.replay import Replay, Step, steps
from tests.torture.results import Results, say
from tests.torture.rulings import Ruler, install
from tests.torture.servers import (
    DATA,
    RUNNER,
    faults_of,
    free_port,
    rigged,
    signal_traced,
    start,
    temporary_folder,
    without_strace,
)

ROOMS = ["tea", "cake"]
RULED = 30
"""Bans, roles and the like of each life, at least: the ruler's password takes a while."""
EIO = ("-e", "inject=fdatasync:error=EIO:when=4+5")
"""Every 5th fdatasync of a thread fails, from its 4th on; in every life but the first."""


# The run


@attrs.frozen
class Recording:
    """What a run left: its folder, the calls of each process, and the log at the end."""

    folder: Path
    lives: list[list[Step]]
    kept: Kept


async def record(
    folder: Path, acknowledged: int, lives: int = 3, runner: tuple[str, ...] = RUNNER, *more: str
) -> Recording:
    """Let a server work for a crowd, in several lives one after another; all but the last
    end gracefully or by a kill in turn."""
    port, ledger = free_port(), Ledger()
    share = acknowledged // lives
    traces = []
    talkers = [Talker(f"talker{number}", port, ledger, ROOMS, 8) for number in range(3)]
    builder, ruler = Builder("builder", port, ledger), Ruler(port, ledger)
    for life in range(lives):
        traces.append(folder / f"trace{life}")
        before = ("strace", "-o", str(traces[-1]), *trace.OPTIONS, *more[: life * len(more)])
        server = await asyncio.to_thread(start, folder, port, runner=runner, before=before)
        if life == 0:
            owner = server.client("owner")
            for room in ROOMS:
                create(owner, room)
            install(server)
        try:
            await work(talkers, builder, ruler, ledger, share * (life + 1))
            is_graceful = life % 2 == 0
            if not is_graceful:
                # Nothing is under way then: what strace saw is what the kernel has.
                await asyncio.sleep(1)
            signal_traced(server, signal.SIGTERM if is_graceful else signal.SIGKILL)
            server.wait()
        finally:
            signal_traced(server, signal.SIGKILL)
            server.end()
    calls = [list(steps(trace.read_calls(path))) for path in traces]
    for path in traces:
        path.unlink()
    return Recording(folder, calls, read_all(folder / DATA))


def create(owner: Any, room: str) -> None:
    """Make a room; where a fault is injected it may take several tries."""
    while owner.asks(f"create {room}")[0].startswith("- storage "):
        pass


async def work(
    talkers: list[Talker], builder: Builder, ruler: Ruler, ledger: Ledger, until: int
) -> None:
    """Let the crowd talk until so many messages are acknowledged, and then come to rest."""
    clients = [*talkers, builder, ruler]
    ruled = ruler.ruled + RULED
    for client in clients:
        client.is_talking = True
    async with staying(clients):
        await must_come(lambda: ledger.acknowledged >= until and ruler.ruled >= ruled)
        for client in clients:
            client.is_talking = False
        await must_come(lambda: all(not talker.unanswered for talker in talkers))


# What is found afterwards


@attrs.define
class Finding:
    """What was wrong after one cut; every list should be empty."""

    lost: list[str] = attrs.field(factory=list)
    doubled: list[str] = attrs.field(factory=list)
    faults: list[str] = attrs.field(factory=list)


def examine(folder: Path, replay: Replay, truth: Kept) -> Finding:
    """Open what a cut left in `folder`, say something more, and compare."""
    finding = Finding()
    try:
        finding.lost += replay.promises.rulings.broken_in(_go_on(folder, finding))
        with reading(log_in(folder)) as connection:
            finding.faults += faults_of(verify(connection))
        _compare(read_all(folder), replay, truth, finding)
    except LogError as error:
        finding.faults.append(str(error))
        finding.lost += [f"everything: {error}"] * bool(replay.promises.count)
    return finding


def _go_on(folder: Path, finding: Finding) -> Stored:
    """Open the log, say something in every room, and return what there was."""
    inbox = Inbox()
    log = SqliteLog(folder, inbox)
    stored = log.open()
    for room in stored.rooms:
        said = Said(room.room, 0, 1, "after", "after the cut", "", room.room_id)
        [recorded] = inbox.wait(log.append([said]))
        if recorded.number != room.last + 1:
            finding.faults.append(f"{room.room} went on with {recorded.number} after {room.last}")
    inbox.wait(log.close())
    return stored


def _compare(kept: Kept, replay: Replay, truth: Kept, finding: Finding) -> None:
    promises = replay.promises
    for room, texts in kept.items():
        last = texts.pop(max(texts))
        assert last == "after the cut"
        finding.doubled += [room] * (len(set(texts.values())) < len(texts))
    finding.lost += [
        f"the creation of {room}" for room in promises.made - promises.leaving - kept.keys()
    ]
    finding.lost += [f"the deletion of {room}" for room in promises.gone & kept.keys()]
    for room, number in promises.acknowledged:
        if room not in promises.leaving:
            text = kept.get(room, {}).get(number)
            if text is None or text != truth.get(room, {}).get(number, text):
                finding.lost.append(f"{room} {number}, acknowledged")
    for (room, number), text in promises.shown.items():
        if room not in promises.leaving and kept.get(room, {}).get(number) != text:
            finding.lost.append(f"{room} {number}, shown")


# The cuts


@attrs.define
class Cuts:
    """What was found over all cuts of a run."""

    count: int = 0
    with_losses: int = 0
    promises: int = 0
    rulings: int = 0
    failed_syncs: int = 0
    lost: list[str] = attrs.field(factory=list)
    doubled: list[str] = attrs.field(factory=list)
    faults: list[str] = attrs.field(factory=list)

    def add(self, where: str, replay: Replay, finding: Finding) -> None:
        """Add what was found at one cut."""
        self.count += 1
        self.with_losses += bool(finding.lost)
        self.promises = max(self.promises, replay.promises.count)
        rulings = replay.promises.rulings
        self.rulings = max(self.rulings, len(rulings.promised) + rulings.told)
        self.failed_syncs = replay.failed_syncs
        self.lost += [f"{where}: {one}" for one in finding.lost]
        self.doubled += [f"{where}: {one}" for one in finding.doubled]
        self.faults += [f"{where}: {one}" for one in finding.faults]


def moments(recording: Recording, chance: random.Random, count: int) -> set[tuple[int, int]]:
    """Return at which steps of which lives to cut: where something is written or promised."""
    interesting = [
        (life, place)
        for life, found in enumerate(recording.lives)
        for place, step in enumerate(found)
        if step.call.name not in ("openat", "close", "recvfrom", "accept4")
    ]
    return set(chance.sample(interesting, min(count, len(interesting))))


def replays(recording: Recording, places: set[tuple[int, int]]) -> Iterator[tuple[str, Replay]]:
    """Replay a run, and stop at the given places."""
    replay = Replay(recording.folder)
    for life, found in enumerate(recording.lives):
        replay.new_process()
        for place, step in enumerate(found):
            replay.take(step)
            if (life, place) in places:
                yield f"life {life}, step {place} of {len(found)}, {step.call.name}", replay


def cut(recording: Recording, count: int, chance: random.Random) -> Cuts:
    """Cut the power `count` times."""
    cuts = Cuts()
    for where, replay in replays(recording, moments(recording, chance, count)):
        mode = chance.choice(MODES)
        with _written(replay.disk.after_cut(mode, chance)) as folder:
            cuts.add(f"{where}, {mode}", replay, examine(folder, replay, recording.kept))
    return cuts


@contextlib.contextmanager
def _written(files: dict[str, bytes]) -> Iterator[Path]:
    # In memory if there is room: a thousand logs of some megabytes are no work for a disk.
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as name:
        for path, data in files.items():
            file = Path(name, path)
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(data)
        yield Path(name, DATA)


# The program


@attrs.frozen
class Run:
    """A server to cut the power of; `is_careless`: the simulator must find something."""

    name: str
    cuts: int
    acknowledged: int
    runner: tuple[str, ...] = RUNNER
    strace: tuple[str, ...] = ()
    is_careless: bool = False


def runs(is_full: bool) -> list[Run]:
    """Return what is run."""
    many, some, few, messages = (1000, 300, 200, 3000) if is_full else (40, 20, 10, 600)
    return [
        Run("power cut", many, messages),
        Run("power cut after failed fdatasyncs", some, messages, strace=EIO),
        *(
            Run(f"synchronous={level}", few, messages // 2, rigged("--synchronous", level),
                is_careless=True)
            for level in ("NORMAL", "OFF")
        ),
    ]  # fmt: skip


def cut_run(run: Run, chance: random.Random) -> Cuts:
    """Record a run and cut it."""
    with temporary_folder() as folder:
        recording = asyncio.run(record(Path(folder), run.acknowledged, 3, run.runner, *run.strace))
        steps_of_run = sum(len(life) for life in recording.lives)
        say(f"  {run.name}: {steps_of_run} steps recorded")
        return cut(recording, run.cuts, chance)


def add_results(results: Results, run: Run, cuts: Cuts) -> None:
    """Put what was found into the table."""
    if run.is_careless:
        found = f"{cuts.with_losses} of {cuts.count} cuts, {len(cuts.lost)} in all"
        results.add(f"{run.name} (a server made careless): losses found", found, bool(cuts.lost))
        return
    counts = [cuts.count, cuts.promises, cuts.rulings]
    results.add(f"{run.name}: cuts; most promises, and rulings, at one", counts)
    if run.strace:
        results.add(f"{run.name}: syncs that failed", cuts.failed_syncs, cuts.failed_syncs > 0)
    results.none(f"{run.name}: acknowledged or shown, and lost", cuts.lost)
    results.none(f"{run.name}: doubled", cuts.doubled)
    results.none(f"{run.name}: not sound, or cannot be opened", cuts.faults)


def main(argv: list[str]) -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(prog="power_cut", description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args(argv)
    results = Results("power_cut")
    if reason := without_strace():
        say(f"skipped: {reason}")
        return 0
    say(f"seed {options.seed}")
    for run in runs(options.full):
        add_results(results, run, cut_run(run, random.Random(options.seed)))
    return results.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
