"""Kill the server at every marked point, again and again, and see whether it kept its word.

    python -m tests.torture crash [--full]

A cycle: the crowd talks until the server has acknowledged its share of messages; the kill is
armed and comes within the next few steps, while the crowd goes on; the server is started
again and everybody resumes by number and says again what was in doubt. Rules change meanwhile
(keeper.py), and are compared with what was acknowledged after each kill. At the end every
message is read back and compared with what anybody was told.

Two points are marked in the process, by wrapping the log (rigged.py); at the others strace
sends SIGKILL on entering a system call: the n-th write to the log, the n-th fdatasync, the
n-th send to a client, for random n.
"""

import argparse
import asyncio
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import attrs

from chatsvc.core.events import RoomCreated
from chatsvc.core.names import Nick, RoomName
from chatsvc.storage.sqlite import SqliteLog
from tests.end_to_end.server_process import ServerProcess
from tests.torture.crowd import Builder, Client, Ledger, Talker
from tests.torture.gathering import PATIENCE, comes_to, must_come, staying
from tests.torture.keeper import Keeper
from tests.torture.logs import Inbox, read_all
from tests.torture.results import Results, say
from tests.torture.servers import (
    CALLS,
    DATA,
    RUNNER,
    Strace,
    faults_of,
    free_port,
    inject,
    only,
    paths_of_data,
    rigged,
    signal_traced,
    start,
    temporary_folder,
    verified,
    without_strace,
)

ROOMS = ["tea", "cake", "garden"]
TALKERS = (16, 16, 16, 1)
"""How many messages each talker has under way; readers have none."""
READERS = 2
BUILDERS = 2
CHANGES = 12
"""Changes of rules that are acknowledged in each cycle before the kill."""
POINT_PATIENCE = 5.0
"""Seconds under load after which a kill that has not come is helped along."""
VERIFY_EVERY = 20

SENDS = "sendto,sendmsg,writev"
READS = "pread64,openat"


@attrs.frozen
class Point:
    """A place to die at; `arm` brings a server that works there. `builds`: by making rooms."""

    name: str
    arm: "Callable[[Torture], Coroutine[Any, Any, None]]"
    runner: tuple[str, ...] = RUNNER
    needs_strace: bool = True
    builds: bool = False


class Torture:
    """One log, one crowd, many servers one after another."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder = folder
        self.chance = chance
        self.port = free_port()
        self.ledger = Ledger()
        self.server: ServerProcess | None = None
        self.reached: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self.faults: list[str] = []
        self.undelivered = 0
        self.late = 0
        self.cycles = 0
        windows = [*TALKERS, *[0] * READERS]
        self.talkers = [
            Talker(f"talker{number}", self.port, self.ledger, ROOMS, window)
            for number, window in enumerate(windows)
        ]
        self.keeper = Keeper(self.port, self.ledger)
        self.builders = [
            Builder(f"builder{number}", self.port, self.ledger) for number in range(BUILDERS)
        ]

    @property
    def clients(self) -> list[Client]:
        """Everybody."""
        return [*self.talkers, *self.builders, self.keeper]

    def make_rooms(self) -> None:
        """Make the rooms that stay."""
        inbox = Inbox()
        log = SqliteLog(self.folder / DATA, inbox)
        log.open()
        made = [RoomCreated(RoomName(room), 1, Nick("owner"), True) for room in ROOMS]
        inbox.wait(log.append([*made, *self.keeper.seed()]))
        inbox.wait(log.close())

    async def cycle(self, point: Point, share: int) -> None:
        """Work, die at `point`; the next cycle starts again."""
        for talker in self.talkers:
            talker.is_talking = not point.builds
        for builder in self.builders:
            builder.is_talking = point.builds
        self.keeper.compare(self.folder / DATA)
        self.keeper.is_talking = True
        self.server = await asyncio.to_thread(start, self.folder, self.port, runner=point.runner)
        await self.settled()
        enough = self.ledger.acknowledged + share
        ruled = self.keeper.changes + CHANGES
        await self.until(
            lambda: self.ledger.acknowledged >= enough and self.keeper.changes >= ruled,
            "acknowledgements",
        )
        await point.arm(self)
        self.note_end(point)
        self.cycles += 1

    async def settled(self) -> None:
        """Wait until everybody is back and knows all that was missed."""
        await self.until(lambda: all(client.is_settled for client in self.clients), "the crowd")
        for client in self.clients:
            if isinstance(client, Talker):
                client.talk()
            elif isinstance(client, Builder) and not client.buildings:
                client.build()
        self.keeper.go_on()

    async def until(self, is_so: Callable[[], bool], what: str) -> None:
        """Wait for something that must come; give up after `PATIENCE`."""
        await must_come(is_so, lambda: f"{what} did not come; {self.ledger.wrong[:3]}")

    async def died(self, seconds: float) -> bool:
        """Wait for the server's end; tell whether it came in time."""
        return await comes_to(lambda: self.server.process.poll() is not None, seconds)

    def note_end(self, point: Point) -> None:
        """Note how the server ended, and what was said and not yet shown."""
        if self.server.process.poll() is None:
            self.server.process.kill()
            self.missed[point.name] += 1
        elif self.server.process.returncode == -signal.SIGKILL:
            self.reached[point.name] += 1
        else:
            self.missed[point.name] += 1
        self.server.wait()
        self.server.end()
        last = {room: max(self.ledger.promised.get(room, {0: ""})) for room in ROOMS}
        self.undelivered += any(talker.last != last for talker in self.talkers)

    def check(self) -> None:
        """Look at the log between two servers."""
        self.faults += faults_of(verified(self.folder))

    async def compare(self) -> None:
        """Let everybody come back once more; then compare the log with what was told."""
        self.keeper.compare(self.folder / DATA)
        self.server = await asyncio.to_thread(start, self.folder, self.port)
        for client in (*self.talkers, *self.builders, self.keeper):
            client.is_talking = False
        await self.settled()
        await self.until(self.all_is_said, "the last answers")
        if self.server.stop() != 0:
            self.faults.append("the last server did not stop with 0")
        self.server.end()
        self.check()
        self.keeper.compare(self.folder / DATA)
        kept = read_all(self.folder / DATA)
        for room in ROOMS:
            self.ledger.compare(room, kept[room])

    def all_is_said(self) -> bool:
        """Tell whether nothing is in doubt and every talker was shown everything."""
        last = {room: max(numbers) for room, numbers in self.ledger.promised.items()}
        return all(
            not talker.unanswered and talker.last == {**dict.fromkeys(ROOMS, 0), **last}
            for talker in self.talkers
        )


# How to die


async def at_any_moment(torture: Torture) -> None:
    """Die while everything goes on, at no point in particular."""
    await asyncio.sleep(torture.chance.random() * 0.1)
    torture.server.process.kill()
    await torture.died(PATIENCE)


async def when_armed(torture: Torture) -> None:
    """Die at the point that the rigged server passes next."""
    torture.server.process.send_signal(signal.SIGUSR1)
    await torture.died(POINT_PATIENCE)


def at_call(calls: str, most: int, what: str = "") -> Callable[[Torture], Any]:
    """Return how to die on entering one of the next `most` calls.

    `what`: end of the names of the files that count; "-": no files, but sockets.
    """

    async def arm(torture: Torture) -> None:
        paths = [path for path in paths_of_data(torture.folder) if path.name.endswith(what)]
        when = torture.chance.randint(1, most)
        await attach(torture, calls, when, [] if what == "-" else only(paths))
        if not await torture.died(POINT_PATIENCE):
            # A checkpoint that has not come by itself comes at the end.
            torture.server.process.send_signal(signal.SIGTERM)
            await torture.died(PATIENCE)

    return arm


async def while_stopping(torture: Torture) -> None:
    """Die in the course of a graceful end."""
    when = torture.chance.randint(1, 12)
    await attach(torture, CALLS, when, only(paths_of_data(torture.folder)))
    if torture.server.process.poll() is None:
        torture.server.process.send_signal(signal.SIGTERM)
    await torture.died(PATIENCE)


async def while_recovering(torture: Torture) -> None:
    """Die, start again, and die again in the course of it."""
    torture.server.process.kill()
    await torture.died(PATIENCE)
    torture.server.end()
    calls = f"{CALLS},{READS}"
    when = torture.chance.randint(1, 60)
    paths = paths_of_data(torture.folder)
    strace = ("strace", "-f", "-o", "/dev/null", *only(paths))
    torture.server = await asyncio.to_thread(
        start,
        torture.folder,
        torture.port,
        before=(*strace, *inject(calls, f"signal=KILL:when={when}")),
        wait=False,
    )
    if not await torture.died(POINT_PATIENCE) or "is ready" in torture.server.output.ended_text():
        # It had recovered before it came to that call.
        torture.late += 1
        signal_traced(torture.server, signal.SIGKILL)
        await torture.died(PATIENCE)


async def attach(torture: Torture, calls: str, when: int, paths: list[str]) -> None:
    """Let strace kill the server at a call."""
    options = [*paths, *inject(calls, f"signal=KILL:when={when}")]
    await asyncio.to_thread(Strace, torture.server.pid, *options)


POINTS = (
    Point("before anything is written", when_armed, rigged("--die", "before-append"), False),
    Point("in the middle of writing", at_call("pwrite64", 16, "-wal")),
    Point("before the commit's fdatasync", at_call("fdatasync", 8, "-wal")),
    Point(
        "after the commit, before anybody knows", when_armed, rigged("--die", "after-append"), False
    ),
    Point("between acknowledgement and delivery", at_call(SENDS, 12, "-")),
    Point("during a checkpoint", at_call("pwrite64,ftruncate,fdatasync", 12, ".db")),
    Point("while it recovers", while_recovering),
    Point("while it shuts down", while_stopping),
    Point("a room made or deleted, writing", at_call("pwrite64,fdatasync", 16), builds=True),
    Point("a room made or deleted, answering", at_call(SENDS, 12, "-"), builds=True),
    Point("any moment", at_any_moment, needs_strace=False),
)


async def torture(
    folder: Path, points: Sequence[Point], cycles: int, acknowledged: int, seed: int
) -> Torture:
    """Go through `points` for so many cycles, with so many messages acknowledged at least."""
    points = [point for point in points if not (point.needs_strace and without_strace())]
    torture = Torture(folder, random.Random(seed))
    torture.make_rooms()
    async with staying(torture.clients):
        for cycle in range(cycles):
            point = points[cycle % len(points)]
            left = max(0, acknowledged - torture.ledger.acknowledged) / (cycles - cycle)
            # Where rooms are made and deleted a message costs far more: fewer of them.
            await torture.cycle(point, 40 if point.builds else int(left * 1.25) + 1)
            if cycle % VERIFY_EVERY == VERIFY_EVERY - 1:
                torture.check()
                say(f"  {cycle + 1} cycles, {torture.ledger.acknowledged} acknowledged")
        await torture.compare()
    return torture


def results_of(torture: Torture, acknowledged: int) -> Results:
    """Return the table."""
    results, ledger = Results("crash"), torture.ledger
    results.add("cycles of kill and recovery", torture.cycles)
    results.add("messages acknowledged", ledger.acknowledged, ledger.acknowledged >= acknowledged)
    results.add("rooms made, deleted", [
        sum(builder.made for builder in torture.builders),
        sum(builder.deleted for builder in torture.builders),
    ])  # fmt: skip
    changes = torture.keeper.changes
    results.add("changes of rules acknowledged", changes, changes > 0)
    results.none("acknowledged or shown, and lost", ledger.lost)
    results.none("doubled", ledger.doubled)
    results.none("holes", ledger.holes)
    results.none("answers that should not be", ledger.wrong)
    results.none("faults found by verify", torture.faults)
    for point in POINTS:
        reached, missed = torture.reached[point.name], torture.missed[point.name]
        if reached or missed:
            results.add(f"killed: {point.name}", f"{reached} of {reached + missed}", reached > 0)
    results.add("kills with a message kept and not yet shown to all", torture.undelivered)
    results.add("kills that came after the recovery they were meant for", torture.late)
    return results


def main(argv: list[str]) -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(prog="crash", description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--cycles", type=int)
    parser.add_argument("--acknowledged", type=int)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args(argv)
    cycles = options.cycles or (200 if options.full else len(POINTS))
    acknowledged = options.acknowledged or (100_000 if options.full else 2_000)
    say(f"seed {options.seed}; {without_strace() or 'all points'}")
    with temporary_folder() as folder:
        done = asyncio.run(torture(Path(folder), POINTS, cycles, acknowledged, options.seed))
    return results_of(done, acknowledged).finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
