"""Fuzz the line parser and the session behind it; exit status 1 if anything was wrong.

    python -m tests.torture.fuzz --inputs 10000000 --seed 1
    python -m tests.torture.fuzz --only sessions:1:17      one trial again, with its input

An input is a line. Four of five go through the *parser*: a `LineProtocol` with nothing
behind it, fed in random chunks, must make of each stream what `reference` makes of it.
The fifth goes through *sessions*: several `LineProtocol`s, a Hub and a MemoryLog, with
clients that stop reading, close half, hang up and come back, and a log that waits or fails.
Checked there after every step: each line sent is one that docs/protocol.md has, with no
character that could harm; and whenever all is quiet: one answer for each request, in each
room numbers without a hole, rooms and members that fit together, memory within its bound.
Nothing may be logged as a failure.

A trial is `LAYER:SEED:NUMBER` and always does the same.
"""

import argparse
import multiprocessing
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import attrs
from twisted.internet.testing import StringTransport

from chatsvc.core.commands import (
    ChangeSetting,
    Command,
    LogIn,
    Register,
    SetNick,
    SetRoomPassword,
    TalkIn,
)
from chatsvc.core.errors import Refusal
from chatsvc.core.limits import DEFAULT_LIMITS, Limits
from chatsvc.core.masks import Mask
from chatsvc.core.names import Nick, room_key
from chatsvc.core.people import Person, Session
from chatsvc.core.replies import BackNoted, TalkingIn
from chatsvc.core.roles import Role
from chatsvc.core.room import Room, StoredRoom
from chatsvc.core.sanctions import Means, Terms
from chatsvc.protocols.line import LineFactory
from chatsvc.testing import TurnClock
from tests.torture.grammar import Grammar
from tests.torture.reference import request_in, requests_of, understood
from tests.torture.world import LINE_LIMIT, Say, Wrong, try_sessions

FULL, SHORT = 10_000_000, 100_000
PROGRESS = 250_000
"""After so many inputs a worker says where it is."""
PARSED_PART = 0.8
STREAM_LINES = 60


# The parser


@attrs.define(eq=False)
class Nobody:
    """Stand for the hub: take every request, answer each, and remember it.

    Every connection is in the room that it talks in.
    """

    limits: Limits
    running: bool = True
    requests: list[Command | Refusal] = attrs.field(factory=list)
    session: Session = attrs.field(factory=lambda: Session(1, "line", 0))
    connection: Any = None

    def connect(self, connection: Any, via: str, aim: object, host: str) -> Any:
        self.session.person = Person(1, Nick("nobody"), 0)
        self.connection = connection
        return self

    def disconnect(self, connection: Any) -> None: ...

    def stall(self, connection: Any) -> None: ...

    def resume(self, connection: Any) -> None: ...

    def pump(self, _subscriber: Any) -> None:
        connection = self.connection
        while (request := connection.next_request()) is not None:
            self.requests.append(request)
            talks = isinstance(request, TalkIn)
            person = self.session.person
            if isinstance(request, TalkIn) and request.room is not None and person is not None:
                stored = StoredRoom(1, request.room, 0, None, kept=True)
                person.rooms[room_key(request.room)] = Room.from_stored(stored)
            connection.answer(TalkingIn(request.room) if talks else BackNoted())


NOT_IN_LINES = {
    SetNick: ("may_differ",), Register: ("nick",), LogIn: ("keeps_nick",),
    SetRoomPassword: ("stays_listed",), ChangeSetting: ("more",),
}  # fmt: skip
"""What a request of the line protocol cannot say, by command."""


def flat(request: Command | Refusal) -> tuple[object, ...]:
    """Return a request in the form the reference gives."""
    if isinstance(request, Refusal):
        return (request.code,)
    names = [field.name for field in attrs.fields(type(request))]
    values = [
        getattr(request, name) for name in names if name not in NOT_IN_LINES.get(type(request), ())
    ]
    return (type(request).__name__, *map(_plain, values))


def _plain(value: object) -> object:
    """Return a field in the form the reference gives."""
    match value:
        case Mask():
            return value.text
        case Terms():
            return (value.seconds, value.reason)
        case Role():
            return value.word
        case Means():
            return value.value
    return value


def parsed(chunks: list[bytes]) -> list[tuple[object, ...]]:
    """Return what the line protocol makes of chunks."""
    clock = TurnClock()
    hub = Nobody(attrs.evolve(DEFAULT_LIMITS, line_bytes=LINE_LIMIT))
    protocol = LineFactory(hub, "fuzz", clock).buildProtocol(None)  # type: ignore[arg-type]
    protocol.makeConnection(StringTransport())
    for chunk in chunks:
        protocol.dataReceived(chunk)
    clock.advance(0)
    return [flat(request) for request in hub.requests]


def try_parser(rng: Random, say: Say) -> Counter[str]:
    """Compare the parser with the reference on one stream."""
    grammar = Grammar(rng, LINE_LIMIT)
    # The first line is ours: what other protocols begin with has a rule of its own.
    stream = b"ping\n" + grammar.stream(STREAM_LINES) + b"\n\n"
    chunks = grammar.chunks(stream)
    say("{!r}", chunks)
    expected = understood(requests_of(stream, LINE_LIMIT))
    found = parsed(chunks)
    if found != expected:
        raise Wrong(difference(stream, found, expected))
    counts = Counter("refused" if len(each) == 1 and "-" in str(each[0]) else "understood"
                     for each in found)  # fmt: skip
    counts["inputs"] = STREAM_LINES
    return counts


def difference(stream: bytes, found: list[Any], expected: list[Any]) -> str:
    """Say where two readings of a stream part, and what was read there."""
    pairs = zip([*found, None], [*expected, None], strict=False)
    place = next((at for at, (one, other) in enumerate(pairs) if one != other), 0)
    lines = [line for line in requests_of(stream, LINE_LIMIT) if request_in(line, None)]
    near = lines[max(0, place - 1) : place + 2]
    one, other = found[place : place + 1], expected[place : place + 1]
    return f"request {place}: {one} but expected {other}; near {near}"


# Trials


def _say_nothing(text: str, *values: object) -> None: ...


def say(text: str, *values: object) -> None:
    """Print a line, formatted if there is something to format."""
    sys.stdout.write(f"{text.format(*values) if values else text}\n")
    sys.stdout.flush()


LAYERS = {"parser": try_parser, "sessions": try_sessions}


def trial(name: str, say: Say = _say_nothing) -> Counter[str]:
    """Do one trial; raises `Wrong`, or whatever the code under test let out."""
    return LAYERS[name.split(":")[0]](Random(name), say)


def trials(layer: str, seed: str, part: int, parts: int) -> Iterator[str]:
    """Return the names of one worker's trials, without end."""
    number = part
    while True:
        yield f"{layer}:{seed}:{number}"
        number += parts


def work(job: tuple[str, str, int, int, int, float]) -> tuple[str, Counter[str], list[str]]:
    """Do trials of one layer until there were so many inputs, or time is over."""
    layer, seed, part, parts, inputs, until = job
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    most = 0
    for name in trials(layer, seed, part, parts):
        try:
            found = trial(name)
        except Exception as error:
            wrong.append(f"{name}: {type(error).__name__}: {error}"[:2000])
            found = Counter(inputs=1)
        most = max(most, found.pop("most unread", 0))
        if (counts["inputs"] + found["inputs"]) // PROGRESS > counts["inputs"] // PROGRESS:
            say(f"  {name}: {counts['inputs'] + found['inputs']:,} inputs, {len(wrong)} wrong")
        counts += found
        if counts["inputs"] >= inputs or time.monotonic() > until or len(wrong) >= 5:
            break
    counts["most unread"] = most
    counts["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return layer, counts, wrong


def report(results: list[tuple[str, Counter[str], list[str]]], seconds: float, seed: str) -> int:
    """Print what was done; return the exit status."""
    wrong = [line for _, _, lines in results for line in lines]
    for layer in LAYERS:
        parts = [counts for name, counts, _ in results if name == layer]
        counts = sum(parts, Counter[str]())
        memory = max((part["memory"] for part in parts), default=0) // 1024
        unread = max((part["most unread"] for part in parts), default=0)
        rest = {
            key: number for key, number in sorted(counts.items())
            if key not in ("inputs", "memory", "most unread")
        }  # fmt: skip
        say(f"{layer}: {counts['inputs']:,} inputs, at most {memory} MB, {unread:,} bytes unread")
        say("    " + ", ".join(f"{key} {number:,}" for key, number in rest.items()))
    for line in wrong:
        say(f"WRONG {line}")
    say(f"seed {seed}: {len(wrong)} wrong in {seconds:.0f} s")
    return 1 if wrong else 0


def main(argv: list[str]) -> int:
    """Run as many trials as asked for in two processes; return the exit status."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__.split("\n")[0])
    parser.add_argument("--inputs", type=int, default=0, help="lines to try in all")
    parser.add_argument("--full", action="store_true", help=f"{FULL:,} lines, not {SHORT:,}")
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after this time")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", metavar="TRIAL", help="do one trial and show its input")
    options = parser.parse_args(argv)
    if options.only:
        say(str(dict(trial(options.only, say))))
        return 0
    inputs = options.inputs or (FULL if options.full else SHORT)
    began = time.monotonic()
    until = began + options.seconds
    shares = {"parser": inputs * PARSED_PART, "sessions": inputs * (1 - PARSED_PART)}
    jobs = [
        (layer, options.seed, part, 2, int(share / 2), until)
        for layer, share in shares.items()
        for part in range(2)
    ]
    with multiprocessing.get_context("spawn").Pool(2, maxtasksperchild=1) as pool:
        results = list(pool.imap(work, jobs, chunksize=1))
    return report(results, time.monotonic() - began, options.seed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
