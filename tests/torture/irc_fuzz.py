"""Fuzz the IRC door, over plain streams and WebSockets; exit status 1 if anything was wrong.

    python -m tests.torture.irc_fuzz --inputs 300000 --seed 1
    python -m tests.torture.irc_fuzz --only 1:17           one trial again, with its input

An input is a line; every command that the server knows comes, with parameters that are nearly
right, cleverly wrong, or noise, and so do whole exchanges (`irc_grammar`). Several clients share
a hub with members who watch (`irc_world`) and a log that waits or fails; they stop reading, hang
up and come back. Checked after every step: each line sent is one line of IRC, within the limits,
with no character that could harm; of what is hidden nothing comes out; each label is answered
once at most; a PONG comes after the answers to all that was asked before it. And whenever all is
quiet: each label has its one whole answer; no batch is open; what is held for a client is bounded;
and rooms, people and sessions fit together, and are what a member by IRC and one by the line
protocol have seen. Nothing may be logged as a failure. A trial is `SEED:NUMBER` and always does
the same.
"""

import argparse
import multiprocessing
import os
import resource
import sys
import time
from collections import Counter
from random import Random

from tests.torture.fuzz import say
from tests.torture.irc_world import IrcWorld
from tests.torture.stuck_readers import resident_bytes
from tests.torture.world import Say, drive

FULL, SHORT = 10_000_000, 20_000
STEPS = 60
PROGRESS = 250_000
"""After so many inputs a worker says where it is."""
MOST_WRONG = 20
GROWTH_MIB = 60
"""How much a worker may grow after its first `PROGRESS` inputs."""


def trial(name: str, show: Say = lambda text, *values: None) -> Counter[str]:
    """Drive one world through its steps; raises `Wrong`, or what the code under test let out."""
    return drive(lambda: IrcWorld(Random(name), show), STEPS)


def work(job: tuple[str, int, int, int, int, float]) -> tuple[Counter[str], list[str]]:
    """Do one worker's trials until there were so many inputs, or time is over."""
    seed, first, part, parts, inputs, until = job
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    most, number, began, early = 0, first + part, time.monotonic(), 0
    while counts["inputs"] < inputs and len(wrong) < MOST_WRONG and time.monotonic() < until:
        name = f"{seed}:{number}"
        try:
            found = trial(name)
        except Exception as error:
            wrong.append(f"{name}: {type(error).__name__}: {error}"[:3000])
            found = Counter(inputs=1)
            say(f"  WRONG {wrong[-1]}")
        most = max(most, found.pop("most unread", 0))
        if (counts["inputs"] + found["inputs"]) // PROGRESS > counts["inputs"] // PROGRESS:
            resident = resident_bytes(os.getpid()) // 2**20
            early = early or resident
            say(f"  {name}: {counts['inputs'] + found['inputs']:,} inputs, {len(wrong)} wrong, "
                f"{resident} MiB, {time.monotonic() - began:.0f} s")  # fmt: skip
            if resident > early + GROWTH_MIB:
                wrong.append(f"{name}: memory grew from {early} to {resident} MiB")
        counts += found
        number += parts
    counts["most unread"] = most
    counts["trials"] = (number - first - part) // parts
    counts["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return counts, wrong


def main(argv: list[str]) -> int:
    """Run as many trials as asked for; return the exit status."""
    parser = argparse.ArgumentParser(prog="irc_fuzz", description=__doc__.split("\n")[0])
    parser.add_argument("--inputs", type=int, default=0, help="lines to try in all")
    parser.add_argument("--full", action="store_true", help=f"{FULL:,} lines, not {SHORT:,}")
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after this time")
    parser.add_argument("--first", type=int, default=0, help="the number of the first trial")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", metavar="TRIAL", help="do one trial and show its input")
    options = parser.parse_args(argv)
    if options.only:
        say(str(dict(trial(options.only, say))))
        return 0
    inputs = options.inputs or (FULL if options.full else SHORT)
    began, parts = time.monotonic(), options.processes
    until = began + options.seconds
    jobs = [
        (options.seed, options.first, part, parts, inputs // parts, until) for part in range(parts)
    ]
    with multiprocessing.get_context("spawn").Pool(parts) as pool:
        results = list(pool.imap(work, jobs))
    counts = sum((counts for counts, _ in results), Counter[str]())
    memory = max(each["memory"] for each, _ in results) // 1024
    unread = max(each["most unread"] for each, _ in results)
    say(f"{counts.pop('inputs'):,} inputs in {counts.pop('trials'):,} trials, at most {memory} MB, "
        f"{unread:,} bytes unread")  # fmt: skip
    del counts["memory"], counts["most unread"]
    say("    " + ", ".join(f"{key} {number:,}" for key, number in sorted(counts.items())))
    wrong = [line for _, lines in results for line in lines]
    for line in wrong:
        say(f"WRONG {line}")
    say(f"seed {options.seed}: {len(wrong)} wrong in {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
