"""A whole server whose storage fails, in every way, and gets well again.

    python -m tests.torture faults [--full]

For each fault: a sender is refused with `storage` within a second, nobody is shown what was
refused, reading goes on, everybody else is answered at once, the server's log says it in a
line or two and without a traceback; when the cause is gone writing
comes back by itself, the numbers have neither hole nor double, now or after a restart, and
bans, roles, settings and direct messages are as they were acknowledged.
Then the fault strikes once more and the server is killed meanwhile: what was refused does
not come back, unless the refusal said that it may.
A slow disk is no fault: answers take longer, and nothing else changes.

Then some of the faults once more, coming and going under the load of a crowd.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path

import attrs

from tests.end_to_end.server_process import ServerProcess
from tests.torture.crowd import Ledger, Talker
from tests.torture.gathering import must_come, staying
from tests.torture.house import DELAY, FAULTS, SLOW, Fault, House, housed
from tests.torture.logs import read_all, read_stored
from tests.torture.results import Results, say
from tests.torture.rulings import COURT, VASSAL
from tests.torture.servers import (
    DATA,
    Strace,
    faults_of,
    free_port,
    inject,
    only,
    paths_of_data,
    start,
    temporary_folder,
    verified,
    without_strace,
)

RULINGS = 12
"""Bans, roles, settings and the like that are done before it."""
REFUSED = (
    f"ban {COURT} fault*", f"mute {COURT} fault*",
    f"set {COURT} kind unlisted", f"tell {VASSAL} hello", "server-ban 192.0.2.0/24 2h",
)  # fmt: skip
"""What is refused beside messages while it lasts."""
ATTEMPTS = 4
"""Messages that are tried while the fault lasts."""
LONGEST_REFUSAL = 1.0
"""Seconds in which a refusal must come."""
LONGEST_RECOVERY = 5.0
"""Seconds in which writing must be back."""
SETTLE_SECONDS = 0.5
"""For so long a fault lasts after the last attempt, so that housekeeping meets it, too."""


# What must hold


@attrs.define
class Record:
    """What one fault came to; `broken` should be empty."""

    fault: str
    refused: int = 0
    slowest_answer: float = 0.0
    slowest_ping: float = 0.0
    recovery: float = 0.0
    lines: list[str] = attrs.field(factory=list)
    broken: list[str] = attrs.field(factory=list)

    def must(self, holds: bool, what: str) -> None:
        """Note what does not hold."""
        if not holds:
            self.broken.append(what)

    def __str__(self) -> str:
        return "; ".join([
            f"{self.refused} refused, the slowest after {self.slowest_answer * 1000:.0f} ms",
            f"ping {self.slowest_ping * 1000:.0f} ms at most",
            f"back after {self.recovery * 1000:.0f} ms",
            f"{len(self.lines)} lines in the log",
            *self.broken,
        ])  # fmt: skip


def suffer(
    house: House, fault: Fault, attempts: int = ATTEMPTS, seconds: float = SETTLE_SECONDS
) -> Record:
    """Let the fault come and go, and see what becomes of it."""
    record = Record(fault.name)
    house.send(house.new_text())
    for _ in range(RULINGS):
        house.rule()
    lines_before = len(house.server.output.lines)
    with fault.strike(house):
        for _ in range(attempts):
            _be_refused(house, record)
        record.must(bool(house.ann.asks("topic tea hot")[-1].startswith("- storage ")),
                    "a topic was set")  # fmt: skip
        for line in REFUSED:
            answer = house.rule(line)
            record.must(answer.startswith("- storage "), f"{line}: {answer}")
        house.look()
        record.must(house.history() == house.kept, "reading does not work, or shows another log")
        record.slowest_ping = max(house.pings(seconds))
    _get_well(house, record)
    record.lines = [
        line for line in house.server.output.lines[lines_before:] if "#info]" not in line
    ]
    tracebacks = [line for line in record.lines if "Traceback" in line]
    record.must(not tracebacks, "a traceback in the log")
    record.must(
        tracebacks or 1 <= len(record.lines) <= 2,
        f"{len(record.lines)} lines in the log: {record.lines[:3]}",
    )
    agree(house, record)
    return record


def _be_refused(house: House, record: Record) -> None:
    answer, seconds = house.send(house.new_text())
    record.must(answer.startswith("- storage "), f"not refused: {answer}")
    record.must(seconds < LONGEST_REFUSAL, f"refused after {seconds:.2f} s")
    record.refused += answer.startswith("- ")
    record.slowest_answer = max(record.slowest_answer, seconds)


def _get_well(house: House, record: Record) -> None:
    """Say the last refused text again until it is taken, and something more."""
    text = house.refused[-1] if house.refused else house.new_text()
    began = time.monotonic()
    while not house.send(text)[0].startswith("+ sent "):
        if time.monotonic() - began > LONGEST_RECOVERY:
            record.must(False, f"writing did not come back in {LONGEST_RECOVERY:.0f} s")
            break
        time.sleep(0.02)
    record.recovery = time.monotonic() - began
    house.send(house.new_text())


def agree(house: House, record: Record) -> None:
    """Compare what was acknowledged, shown and kept."""
    house.look()
    numbers = [int(line.split(" ")[0]) for line in house.kept]
    record.must(numbers == list(range(1, len(numbers) + 1)), f"numbers {numbers}")
    record.must(house.shown == house.kept, "shown is not what was acknowledged")
    record.must(house.history() == house.kept, "history is not what was acknowledged")


def agree_after_restart(house: House, record: Record) -> None:
    """Compare what was acknowledged and kept, on another server."""
    record.must(house.restart() == 0, "it did not stop gracefully")
    record.must(house.history() == house.kept, "after a restart it is not what was acknowledged")
    record.must(len(house.rulings.promised) >= RULINGS, "nothing was ruled")
    record.broken += house.broken_rulings
    record.broken += faults_of(verified(house.folder))


def die_meanwhile(house: House, fault: Fault, record: Record) -> None:
    """Let the fault strike, and kill the server while it lasts."""
    with fault.strike(house):
        for _ in range(2):
            _be_refused(house, record)
        house.server.process.kill()
        house.server.wait()
    record.broken += house.rulings.broken_in(read_stored(house.data))
    house.start_again()
    found = house.history()
    come_back = [line.split(" ")[1] for line in found[len(house.kept) :]]
    record.must(found[: len(house.kept)] == house.kept, "killed meanwhile, it lost something")
    record.must(
        set(come_back) <= set(house.uncertain), f"killed meanwhile, it brought back {come_back}"
    )
    record.broken += faults_of(verified(house.folder))


def be_slow(house: House) -> Record:
    """Have a slow disk: everything is taken, and nobody else waits."""
    record = Record(SLOW.name)
    with SLOW.strike(house):
        for _ in range(ATTEMPTS):
            text = house.new_text()
            house.ann.says(f"send tea #{text} {text}")
            record.slowest_ping = max(record.slowest_ping, *house.pings(DELAY))
            answer = house.ann.until("+ ")[-1]
            record.must(answer.startswith("+ sent "), answer)
            house.kept.append(f"{answer.split(' ')[-1]} {text}")
        house.look()
        record.slowest_answer = house.send(house.new_text())[1]
    record.must(record.slowest_answer >= DELAY, "the disk was not slow")
    record.must(record.slowest_ping < DELAY, "somebody else waited for the disk")
    agree(house, record)
    return record


def shown_of_slow(record: Record) -> str:
    """Return what the table says of the slow disk."""
    return "; ".join([
        f"nothing refused, an answer after {record.slowest_answer * 1000:.0f} ms",
        f"ping {record.slowest_ping * 1000:.0f} ms at most",
        *record.broken,
    ])  # fmt: skip


# Under load


async def flap(folder: Path, calls: str, what: str, acknowledged: int) -> Ledger:
    """Let a crowd talk while a fault comes and goes, until so much is acknowledged."""
    ledger, port = Ledger(), free_port()
    server = await asyncio.to_thread(start, folder, port)
    server.client("owner").asks("create tea")
    talkers = [Talker(f"talker{number}", port, ledger, ["tea"], 4) for number in range(4)]
    talkers.append(Talker("reader", port, ledger, ["tea"]))
    async with staying(talkers):
        options = [*only(paths_of_data(folder)), *inject(calls, what)]
        strace = await asyncio.to_thread(Strace, server.pid, *options)
        await must_come(_while_up(server, lambda: ledger.acknowledged >= acknowledged))
        await asyncio.to_thread(strace.detach)
        for talker in talkers:
            talker.is_talking = False
        last = ledger.promised["tea"]
        await must_come(_while_up(server, lambda: all(
            not talker.unanswered and talker.last["tea"] == max(last) for talker in talkers
        )))  # fmt: skip
    server.stop()
    server.end()
    ledger.compare("tea", read_all(folder / DATA)["tea"])
    ledger.wrong += faults_of(verified(folder))
    return ledger


def _while_up(server: ServerProcess, is_so: Callable[[], bool]) -> Callable[[], bool]:
    def is_so_and_up() -> bool:
        if server.process.poll() is not None:
            raise RuntimeError("the server ended")
        return is_so()

    return is_so_and_up


FLAPPING = (
    ("fdatasync", "error=EIO:when=3+4"),
    ("pwrite64", "error=ENOSPC:when=30+40"),
    ("pwrite64", "error=EIO:when=17+29"),
)


# The program


def run_fault(results: Results, fault: Fault) -> None:
    """Try one fault."""
    with housed(fault) as house:
        if house is None:
            say(f"  {fault.name}: cannot be tried here")
        elif fault is SLOW:
            record = be_slow(house)
            agree_after_restart(house, record)
            results.add(fault.name, shown_of_slow(record), not record.broken)
        else:
            record = suffer(house, fault)
            agree_after_restart(house, record)
            die_meanwhile(house, fault, record)
            results.add(fault.name, record, not record.broken)
            for line in record.lines[:6]:
                say(f"  {fault.name}: {line}")


def run_flapping(results: Results, calls: str, what: str, acknowledged: int) -> None:
    """Try one fault under load."""
    with temporary_folder() as folder:
        ledger = asyncio.run(flap(Path(folder), calls, what, acknowledged))
    name = f"under load, {calls} {what}"
    results.add(f"{name}: acknowledged, refused", [ledger.acknowledged, ledger.refused],
                ledger.refused > 0)  # fmt: skip
    found = [*ledger.lost, *ledger.doubled, *ledger.holes, *ledger.wrong]
    results.none(f"{name}: lost, doubled, holes, faults", found)


def main(argv: list[str]) -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(prog="faults", description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", help="a part of the names of faults")
    options = parser.parse_args(argv)
    results = Results("faults")
    for fault in (*FAULTS, SLOW):
        if options.only is None or options.only in fault.name:
            run_fault(results, fault)
    if not without_strace() and options.only is None:
        for calls, what in FLAPPING:
            run_flapping(results, calls, what, 10_000 if options.full else 1_000)
    return results.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
