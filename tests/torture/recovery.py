"""From a million messages to the first acknowledgement, after a kill.

    python -m tests.torture recovery [--full]

Makes a log of a million messages in 100 rooms, by a process that is killed with the last
acknowledgement. Then, several times: start the server, say something, take the time from the
start of the process to `+ sent`; let it work under load and kill it again. Every second time
the kernel is told to forget the files, so that they come from the disk. For comparison an
empty log is measured in the same rounds: what it takes is Python and its imports.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import attrs

from chatsvc.core.events import (
    DurableEvent,
    Registered,
    RoleSet,
    RoomCreated,
    Said,
    SaidMore,
    SanctionLaid,
)
from chatsvc.core.manner import Manner, More
from chatsvc.core.masks import parse_mask
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.roles import Role
from chatsvc.core.sanctions import Means, Sanction
from chatsvc.storage.sqlite import SqliteLog
from tests.end_to_end.line_socket import LineSocket
from tests.end_to_end.server_process import ServerProcess, environment
from tests.torture.logs import Inbox, read_stored
from tests.torture.results import Results, say
from tests.torture.servers import (
    DATA,
    faults_of,
    free_port,
    paths_of_data,
    start,
    temporary_folder,
    verified,
)

ROOMS = 100
BATCH = 1000
GOAL_SECONDS = 2.0
ROUNDS = 6
RULINGS, ACCOUNTS = 25, 20
"""Bans, and mutes, of each room; accounts that are moderators in each."""
LOAD = 2000
"""Messages said before each kill."""
IN_MEMORY, ON_DISK, EMPTY = "files in memory", "files on the disk", "an empty log"
BUILD = "import sys; from tests.torture.recovery import build; build(sys.argv[1], int(sys.argv[2]))"


def build(folder: str, count: int) -> None:
    """Make a log with `count` messages, and die with the last acknowledgement."""
    inbox = Inbox()
    log = SqliteLog(folder, inbox)
    log.open()
    names = [RoomName(f"room{number}") for number in range(ROOMS)]
    made = inbox.wait(log.append([RoomCreated(name, 1, Nick("ann"), True, 0) for name in names]))
    inbox.wait(log.append([Registered(Nick(f"user{each}"), 1, "x") for each in range(ACCOUNTS)]))
    for room in made:
        inbox.wait(log.append(rulings(room)))
    for first in range(0, count, BATCH):
        batch = [
            said(room, number)
            for number in range(first, first + BATCH)
            for room in [made[number % ROOMS]]
        ]  # fmt: skip
        inbox.wait(log.append(batch))
    os.kill(os.getpid(), signal.SIGKILL)


def said(room: RoomCreated, number: int) -> Said:
    """Return a message; every fourth has more than its text: a manner, tags, many lines."""
    what = (room.room, 0, number, Nick("ann"), f"message {number} of many, on tea and cake")
    if number % 4:
        return Said(*what, f"id{number}", room.room_id)
    more = More(Manner.NOTICE, (("+draft/reply", f"{room.room}/1"),), breaks=(7,))
    return SaidMore(*what, f"id{number}", room.room_id, more)


def rulings(room: RoomCreated) -> list[DurableEvent]:
    """Return bans and mutes of a room, as many as it may have, and roles of people."""
    ann, there = Nick("ann"), (room.room, room.room_id)
    events: list[DurableEvent] = [
        SanctionLaid(there[0], means, Sanction(parse_mask(f"spam{each}*"), ann, 1), there[1])
        for each in range(RULINGS)
        for means in (Means.BAN, Means.MUTE)
    ]
    events += [
        RoleSet(there[0], 1, ann, Nick(f"user{each}"), Role.MODERATOR, there[1])
        for each in range(ACCOUNTS)
    ]
    return events


@attrs.frozen
class Start:
    """Seconds from the start of the process to `+ sent`, and seconds of its CPU in them."""

    seconds: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.seconds:.2f} ({self.cpu:.2f} of CPU)"


def first_acknowledgement(folder: Path) -> tuple[ServerProcess, LineSocket, Start]:
    """Start a server; return it, a client, and how long it took."""
    port = free_port()
    began = time.monotonic()
    server = start(folder, port, wait=False)
    client = None
    while client is None:
        try:
            client = server.keep(LineSocket.tcp("127.0.0.1", port))
        except ConnectionRefusedError:
            time.sleep(0.005)
            if time.monotonic() - began > 60 or server.process.poll() is not None:
                raise RuntimeError("the server does not answer") from None
    client.says("nick ann", "join room7", "send room7 here again").until("+ sent room7 ")
    return server, client, Start(time.monotonic() - began, cpu_of(server.pid))


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def empty_log() -> Start:
    """Return how long a server takes without any log."""
    with temporary_folder() as name:
        server, _, taken = first_acknowledgement(Path(name))
        server.end()
        return taken


def forget(paths: list[Path]) -> None:
    """Let the kernel drop what it has in memory of these files."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def measure(folder: Path, rounds: int) -> dict[str, list[Start]]:
    """Return how long each round took, with the files in memory and without."""
    found: dict[str, list[Start]] = {IN_MEMORY: [], ON_DISK: [], EMPTY: []}
    for number in range(rounds):
        kind = ON_DISK if number % 2 else IN_MEMORY
        if number % 2:
            forget(paths_of_data(folder))
        server, client, taken = first_acknowledgement(folder)
        found[kind].append(taken)
        client.says(*["send room7 and on we go"] * LOAD)
        for _ in range(LOAD):
            client.until("+ sent room7 ")
        server.process.kill()
        server.wait()
        server.end()
        found[EMPTY].append(empty_log())
    return found


def main(argv: list[str]) -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(prog="recovery", description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--messages", type=int)
    options = parser.parse_args(argv)
    count = options.messages or (1_000_000 if options.full else 100_000)
    results = Results("recovery")
    with temporary_folder() as name:
        folder = Path(name)
        began = time.monotonic()
        command = [sys.executable, "-c", BUILD, str(folder / DATA), str(count)]
        subprocess.run(command, env=environment(), check=False)
        say(f"  {count} messages made in {time.monotonic() - began:.0f} s")
        found = measure(folder, ROUNDS)
        results.add("messages in the log", count)
        stored = read_stored(folder / DATA)
        wrong = [
            room.room for room in stored.rooms
            if (len(room.bans), len(room.mutes), len(room.roles)) != (RULINGS, RULINGS, ACCOUNTS)
        ]  # fmt: skip
        results.none("rooms whose bans, mutes or roles are not all there", wrong)
        results.none("faults found by verify", faults_of(verified(folder)))
    for kind, starts in found.items():
        median = statistics.median(start.seconds for start in starts)
        results.add(
            f"seconds from start to `+ sent`, {kind}",
            f"median {median:.2f} of {', '.join(map(str, starts))}",
            kind == EMPTY or median < GOAL_SECONDS,
        )
    return results.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
