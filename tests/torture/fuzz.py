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
import re
import resource
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import attrs
from twisted.internet.testing import StringTransport
from twisted.logger import LogLevel, globalLogPublisher
from twisted.trial.unittest import TestCase

from chatsvc.core.commands import Command, TalkIn
from chatsvc.core.errors import Refusal
from chatsvc.core.limits import DEFAULT_LIMITS, REPLY_LINE_BYTES, Limits
from chatsvc.core.names import nick_key, room_key
from chatsvc.core.replies import BackNoted, TalkingIn
from chatsvc.core.state import State
from chatsvc.protocols.line import LineFactory
from chatsvc.testing import TurnClock
from tests.protocols.conversation import Client, Server
from tests.torture.grammar import FOREIGN, Grammar
from tests.torture.reference import is_harmless, request_in, requests_of, understood

FULL, SHORT = 10_000_000, 100_000
PROGRESS = 250_000
"""After so many inputs a worker says where it is."""
PARSED_PART = 0.8
LINE_LIMIT = 512
STREAM_LINES = 60
WORLD_STEPS = 60
MOST_UNREAD = 4096
CODES = {kind.code for kind in Refusal.__subclasses__()}
ANSWERED = CODES - {"internal"}
"""The codes that may be seen; `internal` would be a bug."""


Say = Callable[..., None]
"""Takes a format and its values; formatted only when somebody reads it."""


class Wrong(Exception):
    """Say what was found."""


# The parser


@attrs.define(eq=False)
class Nobody:
    """Stand for the hub: take every request, answer each, and remember it."""

    limits: Limits
    running: bool = True
    requests: list[Command | Refusal] = attrs.field(factory=list)

    def connect(self, connection: Any, via: str, aim: object) -> Any:
        return connection

    def disconnect(self, connection: Any) -> None: ...

    def stall(self, connection: Any) -> None: ...

    def resume(self, connection: Any) -> None: ...

    def pump(self, connection: Any) -> None:
        while (request := connection.next_request()) is not None:
            self.requests.append(request)
            talks = isinstance(request, TalkIn)
            connection.answer(TalkingIn(request.room) if talks else BackNoted())


def flat(request: Command | Refusal) -> tuple[object, ...]:
    """Return a request in the form the reference gives."""
    if isinstance(request, Refusal):
        return (request.code,)
    values = [getattr(request, field.name) for field in attrs.fields(type(request))]
    return (type(request).__name__, *values)


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


# Sessions

_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
_NAME = r"[^\s*#@/:-][^\s*#@/:]*"
_LINES = re.compile(
    rf"""
    \* \  (?: hello\ chatsvc/1\ "[^"]*"\ -\ .+
        | said\ {_NAME}\ [1-9]\d*\ {_TIME}\ {_NAME}\ .+
        | tell\ {_TIME}\ {_NAME}\ .+
        | (?:joined|left|deleted)\ {_NAME}\ (?:{_NAME}|-)
        | renamed\ {_NAME}\ {_NAME} | away\ {_NAME}(?:\ .+)? | back\ {_NAME}
        | topic\ {_NAME}\ {_TIME}\ {_NAME}(?:\ .+)? | welcome\ {_NAME}\ .+
        | resumed\ {_NAME}\ \d+\ \d+ | closing\ .+ | (?:motd|notice)\ .+ | [a-z]+\ .+ )
    | \+ \  (?: (?:nick|told|left|deleted|created)\ {_NAME} | join\ {_NAME}\ \d+\ [1-9]\d*
        | (?:sent|history|search)\ {_NAME}\ \d+ | (?:away|back|bye|talking|pong)
        | (?:list|who|help)\ \d+ | talking\ {_NAME} | pong\ .+
        | topic\ {_NAME}(?:\ {_TIME}\ {_NAME}\ .+)? | welcome\ {_NAME}(?:\ .+)? | info\ {_NAME} )
    | = \  (?: said\ {_NAME}\ [1-9]\d*\ {_TIME}\ {_NAME}\ .+ | room\ {_NAME}\ \d+\ \d+\ .+
        | info\ {_NAME}\ [a-z-]+\ .+ | user\ {_NAME}\ (?:online|away)\ {_TIME}\ line(?:\ .+)?
        | help\ .+ )
    | - \  [a-z-]+ \  \S.+
    """,
    re.VERBOSE | re.DOTALL,
)


def check_line(line: str) -> None:
    """Check that a line is one that the document has."""
    if not _LINES.fullmatch(line):
        raise Wrong(f"no line of the protocol: {line!r}")
    if not is_harmless(line):
        raise Wrong(f"a character that could harm: {line!r}")
    if len(line.encode()) > REPLY_LINE_BYTES:
        raise Wrong(f"a line of {len(line.encode())} bytes")
    if line[0] == "-" and line.split(" ")[1] not in ANSWERED:
        raise Wrong(f"a code that may not be: {line!r}")


@attrs.define(eq=False)
class Talker:
    """A client, what it is owed, and the number of the last message it saw in each room."""

    client: Client
    owed: int = 0
    goodbye: bool = False
    last: dict[str, int] = attrs.field(factory=dict)
    talking: bool = False

    def sends(self, stream: bytes, chunks: list[bytes]) -> None:
        """Send lines, and owe an answer for each but the blank ones."""
        for line in requests_of(stream, LINE_LIMIT):
            # Whether a line is blank does not depend on talk mode.
            self.owed += request_in(line, None) is not None if line is not None else 1
        for chunk in chunks:
            if not self.client.wire.lost and self.client.wire.is_reading:
                self.client.protocol.dataReceived(chunk)
            else:
                self.client.waiting.append(chunk)  # type: ignore[attr-defined]


class World:
    """A server and its talkers, driven by one random number generator."""

    def __init__(self, rng: Random, say: Say) -> None:
        self.rng = rng
        self.say = say
        self.test = TestCase()
        limits = attrs.evolve(
            DEFAULT_LIMITS if rng.random() < 0.3 else DEFAULT_LIMITS.lifted(),
            line_bytes=LINE_LIMIT,
            unread_bytes=MOST_UNREAD,
            rooms=rng.choice((4, 30)),
            rooms_per_session=rng.choice((2, 30)),
            sessions=rng.choice((5, 40)),
            pending_requests=rng.choice((1, 4, 64)),
        )
        lobby = rng.choice((None, "lobby"))
        self.server = Server(self.test, lobby, limits)
        self.grammar = Grammar(rng, LINE_LIMIT, quits=rng.random() < 0.3)
        self.talkers: list[Talker] = []
        self.inputs = 0
        self.most_unread = 0
        self.seen: Counter[str] = Counter()
        for number in range(4):
            self.connect(f"nick {('ann', 'bob', 'cyd', 'dee')[number]}\njoin tea\n".encode())

    def connect(self, first: bytes = b"ping\n") -> None:
        """Let a client come, and say something ours first."""
        talker = Talker(self.server.client())
        talker.client.waiting = deque()  # type: ignore[attr-defined]
        self.talkers.append(talker)
        self.say("{} comes with {!r}", len(self.talkers) - 1, first)
        talker.sends(first, self.grammar.chunks(first))

    def step(self) -> None:
        """Do one thing, and look at what everybody got for it."""
        rng = self.rng
        talker, way = rng.choice(self.talkers), rng.random()
        wire = talker.client.wire
        if way < 0.75:
            count = rng.choice((1, 1, 2, 5, 20, 60))
            stream = self.grammar.stream(count)
            # A lone IAC or an unfinished line would make the next step's lines part of ours.
            stream += b"\n"
            chunks = self.grammar.chunks(stream)
            self.say("{} sends {!r}", self.talkers.index(talker), chunks)
            if not wire.lost and not talker.goodbye:
                talker.sends(stream, chunks)
                self.inputs += count
        else:
            self.disturb(talker, wire, rng.randrange(10))
        if rng.random() < 0.8:
            self.server.settle()
        else:
            self.server.clock.turn()
        self.look()

    def disturb(self, talker: Talker, wire: Any, way: int) -> None:
        """Let something else happen than a line."""
        self.say("{} disturbs {}", self.talkers.index(talker), way)
        if way < 2:
            wire.is_read = False
        elif way < 4:
            talker.client.reads_on()
        elif way == 4:
            self.server.faulty.hold()
        elif way == 5:
            self.server.faulty.release()
        elif way == 6:
            self.server.faulty.fail_next()
        elif way == 7 and not wire.lost:
            talker.goodbye = True
            if not talker.client.waiting:  # type: ignore[attr-defined]
                talker.client.half_closes()
            else:
                talker.client.hangs_up()
        elif way == 8:
            talker.goodbye = True
            talker.client.hangs_up()
        else:
            self.server.passes(self.rng.choice((1, 6, 40)))
        if len([each for each in self.talkers if not each.client.wire.lost]) < 4:
            self.connect(self.opening())

    def opening(self) -> bytes:
        """Return what a client says first: perhaps in another protocol."""
        if self.rng.random() < 0.3:
            return self.rng.choice(FOREIGN) + b"\r\n" + self.grammar.stream(3) + b"\n"
        return self.grammar.stream(3) + b"\n"

    def look(self) -> None:
        """Feed what was held back for lack of reading, and check what came."""
        for talker in self.talkers:
            waiting = talker.client.waiting  # type: ignore[attr-defined]
            while waiting and talker.client.wire.is_reading and not talker.client.wire.lost:
                talker.client.protocol.dataReceived(waiting.popleft())
            self.most_unread = max(self.most_unread, talker.client.protocol.unread_bytes)
            self.take(talker)

    def take(self, talker: Talker) -> None:
        """Check the lines one client got."""
        wire = talker.client.wire
        data, wire.received = wire.received, b""
        if data and not data.endswith(b"\n") and not wire.lost and wire.is_read:
            raise Wrong(f"half a line: {data[-80:]!r}")
        for line in data.decode("utf-8").split("\n")[:-1]:
            check_line(line)
            self.follow(talker, line)

    def follow(self, talker: Talker, line: str) -> None:
        """Count answers, and follow the numbers of each room."""
        words = line.split(" ")
        if line[0] in "+-":
            talker.owed -= 1
            self.seen[" ".join(words[:2])] += 1
            if words[:2] == ["-", "wrong-protocol"] or words[:2] == ["+", "bye"]:
                talker.goodbye = True
            elif words[:2] in (["-", "too-many"], ["-", "busy"]) and talker.owed < 0:
                talker.goodbye, talker.owed = True, 0
        if words[:2] in (["+", "join"], ["+", "left"], ["*", "joined"], ["*", "deleted"]):
            if words[1] != "joined" or words[3] == "?":
                talker.last.pop(words[2], None)
        elif words[1] == "said" and words[0] == "*":
            room, number = words[2], int(words[3])
            if talker.last.get(room, number - 1) != number - 1:
                raise Wrong(f"{line!r} after number {talker.last[room]}")
            talker.last[room] = number
        elif words[:2] == ["*", "closing"]:
            talker.goodbye = True

    def come_to_rest(self) -> None:
        """Let all that is under way come to its end, and check what must hold then."""
        self.say("come to rest")
        for _ in range(200):
            self.server.faulty.release()
            for talker in self.talkers:
                talker.client.reads_on()
            self.server.settle()
            self.look()
            if not any(talker.client.waiting for talker in self.open_ones()):  # type: ignore[attr-defined]
                break
        # Who was too fast is read on after a while.
        for _ in range(30):
            self.server.passes(2)
            self.look()
            if not any(each.owed or each.client.waiting for each in self.open_ones()):  # type: ignore[attr-defined]
                break
        for talker in self.open_ones():
            if talker.owed != 0 or talker.client.protocol.unread_bytes:
                raise Wrong(f"{talker.owed} answers too few; {talker.client.protocol.unread_bytes}")
        self.talkers = self.open_ones()
        while len(self.talkers) < 3:
            self.connect()
        check_state(self.server.hub.manager.state, len(self.open_ones()))
        if self.most_unread > 2 * 262_144 + MOST_UNREAD:
            raise Wrong(f"{self.most_unread} bytes were held for one client")

    def open_ones(self) -> list[Talker]:
        """Return those whose connection lives and who have not said goodbye."""
        return [each for each in self.talkers if not each.client.wire.lost and not each.goodbye]

    def end(self) -> None:
        """Stop the server."""
        self.say("stop")
        self.server._stop()
        self.server.passes(15)
        if not all(talker.client.wire.lost for talker in self.talkers):
            raise Wrong("a connection outlived the server")
        state = self.server.hub.manager.state
        if state.sessions or state.nicks:
            raise Wrong(f"sessions outlived the server: {state.sessions}")


def check_state(state: State, connections: int) -> None:
    """Check that rooms, sessions and nicks fit together."""
    if len(state.sessions) != connections:
        raise Wrong(f"{len(state.sessions)} sessions of {connections} connections")
    for key, room in state.rooms.items():
        if room.key != key or room_key(room.name) != key:
            raise Wrong(f"room {room.name!r} stands under {key!r}")
        if state.room_looks.like(room.name, key) is not None:
            raise Wrong(f"another room looks like {room.name!r}")
        for session_id, member in room.members.items():
            if state.sessions.get(session_id) is not member.session:
                raise Wrong(f"a member of {room.name!r} has no session")
            if member.session.rooms.get(key) is not room:
                raise Wrong(f"{member.session.nick!r} does not know of {room.name!r}")
    for session_id, session in state.sessions.items():
        if session.nick is not None and state.nicks.get(nick_key(session.nick)) is not session:
            raise Wrong(f"{session.nick!r} is somebody else")
        for key, room in session.rooms.items():
            if state.rooms.get(key) is not room or session_id not in room.members:
                raise Wrong(f"{session.nick!r} is in a room that does not know it")
    for key, session in state.nicks.items():
        if session.nick is None or nick_key(session.nick) != key:
            raise Wrong(f"{session.nick!r} stands under {key!r}")
        if state.nick_looks.like(session.nick, key) is not None:
            raise Wrong(f"somebody looks like {session.nick!r}")


def try_sessions(rng: Random, say: Say) -> Counter[str]:
    """Drive one world through its steps."""
    failures: list[str] = []

    def observe(event: dict[str, Any]) -> None:
        if event.get("log_failure") is not None or event["log_level"] == LogLevel.critical:
            failures.append(str(event.get("log_failure") or event))

    globalLogPublisher.addObserver(observe)
    try:
        world = World(rng, say)
        for number in range(WORLD_STEPS):
            world.step()
            if number % 20 == 19:
                world.come_to_rest()
        world.end()
    finally:
        globalLogPublisher.removeObserver(observe)
    if failures:
        raise Wrong(f"logged: {failures[0]}")
    counts = world.seen + Counter(inputs=world.inputs)
    counts["most unread"] = world.most_unread
    return counts


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
