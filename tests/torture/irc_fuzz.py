"""Fuzz the IRC door, over plain streams and WebSockets; exit status 1 if anything was wrong.

    python -m tests.torture.irc_fuzz --inputs 300000 --seed 1
    python -m tests.torture.irc_fuzz --only 1:17           one trial again, with its input

An input is a line; every command that the server knows comes, with parameters that are nearly
right, cleverly wrong, or noise. Several clients and one of the line protocol share a hub with a
log that waits or fails; they stop reading, hang up and come back. After every step each line
that was sent must be one line of IRC, within the limits, with no character that could harm; and
whenever all is quiet, PING is answered and rooms, people and sessions fit together. Nothing may
be logged as a failure. A trial is `SEED:NUMBER` and always does the same.
"""

import argparse
import multiprocessing
import re
import resource
import sys
import time
from collections import Counter
from random import Random
from typing import Any

import attrs
from twisted.logger import LogLevel, globalLogPublisher
from twisted.trial.unittest import TestCase
from wsproto import ConnectionType, WSConnection
from wsproto.events import BytesMessage, Event, Message, Ping, Request, TextMessage
from wsproto.utilities import LocalProtocolError

from chatsvc.core.limits import DEFAULT_LIMITS
from chatsvc.irc.capabilities import CAPABILITIES
from chatsvc.irc.commands import COMMANDS
from chatsvc.irc.message import LINE_BYTES, SERVER_TAG_BYTES
from chatsvc.protocols.websocket import Origins, WebSocketFactory
from tests.protocols.irc.conversation import IrcClient, IrcServer
from tests.torture.fuzz import say
from tests.torture.grammar import FOREIGN, MASKS, NICKS, NUMBERS, ROOMS, TELNET, Grammar
from tests.torture.reference import is_harmless
from tests.torture.world import Say, Wrong, check_state

FULL, SHORT = 10_000_000, 20_000
STEPS = 40
MOST_UNREAD = 4096
MOST_HELD = 2_000_000
"""Bytes that may be held for one client: long answers are given out by the page."""

_LINE = re.compile(
    r"(?:@[^ ]+ )?(?::[^ ]+ )?(?:[A-Z]+|[0-9]{3})(?: [^ :][^ ]*)*(?: :.*)?", re.DOTALL
)
CHANNELS = (*("#" + room for room in ROOMS), "#", "##", "&tea", "#tea,#den", "@#tea", "+#tea", "0")
TARGETS = (*CHANNELS, *NICKS, "*", "NickServ", "$*", "ann,bob,#tea", "irc.test", "ann!*@*")
MODES = ("+o", "-o", "+b", "+k", "-k", "+l", "+imnst", "-imnst+v", "b", "+e", "+I", "+ovb-l", "+Z")
TEXTS = ("hi", "", "\x01ACTION waves\x01", "\x01VERSION\x01", "\x02bold\x0f", "grüß ☕", "x" * 400)
WORDS = (
    "LS", "302", "REQ", "END", "LIST", "*", "PLAIN", "AHRlYQB0ZWE=", "LATEST", "BEFORE", "+", "-",
    "timestamp=2026-11-20T10:00:00.000Z", "msgid=tea/1/1", "BETWEEN", "AROUND", "TARGETS", "S", "C",
    "GET", "SET", "SUB", "draft/multiline", "+x", "-x", "%tcuhsnfdlaor,42", "REGISTER", "HELP",
)  # fmt: skip
TAGS = (
    "label=abc", "label=", "label=" + "x" * 70, "+typing=active", "+draft/reply=tea/1/1", "batch=1",
    "time=x", "+a=\\s\\:\\\\\\", ";;", "=", "+draft/react=☕", "msgid=1", "x" * 4090,
)  # fmt: skip


class IrcGrammar:
    """Make lines of IRC; deterministic."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self._noise = Grammar(rng, LINE_BYTES, quits=False)
        self._commands = (*COMMANDS, *("PRIVMSG", "NOTICE", "JOIN") * 4, "FOO", "001")

    def param(self) -> str:
        """Return one parameter."""
        choices = (CHANNELS, CHANNELS, TARGETS, MODES, TEXTS, WORDS, NUMBERS, MASKS, CAPABILITIES)
        return str(self.rng.choice(tuple(self.rng.choice(choices))))

    def line(self) -> bytes:
        """Return a line without its end."""
        rng = self.rng
        way = rng.random()
        if way < 0.03:
            return rng.choice((*FOREIGN, *TELNET))
        if way < 0.08:
            return self._noise.line().replace(b"\n", b"")
        command = rng.choice(self._commands)
        if command == "QUIT" and rng.random() < 0.9:
            command = "PRIVMSG"
        params = [self.param() for _ in range(rng.choice((0, 1, 1, 2, 2, 2, 3, 4, 15)))]
        if params and rng.random() < 0.5:
            params[-1] = f":{params[-1]}"
        words = [command if rng.random() < 0.9 else command.lower(), *params]
        if rng.random() < 0.2:
            words.insert(0, "@" + ";".join(rng.choices(TAGS, k=rng.randrange(1, 4))))
        line = " ".join(words).encode("utf-8", "replace")
        if rng.random() < 0.1 and line:
            at = rng.randrange(len(line))
            line = line[:at] + bytes((rng.randrange(256),)) + line[at + rng.randrange(2) :]
        return line.replace(b"\n", b"")


@attrs.define(eq=False)
class Talker:
    """A client, what waits until it is read from, and its frames if it has some."""

    client: IrcClient
    frames: WSConnection | None = None
    waiting: list[bytes] = attrs.field(factory=list)
    rest: bytes = b""
    pongs: set[str] = attrs.field(factory=set)

    def bytes_of(self, lines: list[bytes], rng: Random) -> bytes:
        """Return lines as they go over the wire."""
        if self.frames is None:
            return b"".join(line + rng.choice((b"\r\n", b"\r\n", b"\n")) for line in lines)
        try:
            return b"".join(self.frames.send(event) for event in map(self._event, lines))
        except LocalProtocolError:
            return b""  # It is closed.

    @staticmethod
    def _event(line: bytes) -> Event:
        try:
            return TextMessage(line.decode())
        except UnicodeDecodeError:
            return BytesMessage(line) if len(line) % 8 else Ping(line[:100])


class IrcWorld:
    """A server and its clients, driven by one random number generator."""

    def __init__(self, rng: Random, show: Say) -> None:
        self.rng, self.show = rng, show
        limits = attrs.evolve(
            DEFAULT_LIMITS if rng.random() < 0.3 else DEFAULT_LIMITS.lifted(),
            unread_bytes=MOST_UNREAD,
            rooms_per_session=rng.choice((2, 30)),
            pending_requests=rng.choice((1, 4, 64)),
        )
        self.server = IrcServer(TestCase(), limits=limits, motd=("Hello", " "))
        self.websockets = WebSocketFactory(
            self.server.irc_factory, self.server.clock, Origins(any_allowed=True)
        )
        self.grammar = IrcGrammar(rng)
        self.talkers: list[Talker] = []
        self.inputs = self.pings = self.most_unread = 0
        self.seen: Counter[str] = Counter()
        self.server.client("olga", "tea").says("register s3cret", "create den", "send tea hi")
        for number in range(4):
            self.connect(number == 3)

    def connect(self, is_web: bool) -> None:
        """Let a client come, who mostly registers."""
        factory: Any = self.websockets if is_web else self.server.irc_factory
        frames = WSConnection(ConnectionType.CLIENT) if is_web else None
        client = self.server.connect(IrcClient(self.server, factory.buildProtocol(None)))
        talker = Talker(client, frames)
        self.talkers.append(talker)
        if frames is not None:
            client.protocol.dataReceived(frames.send(Request("irc.test", "/")))
            self.server.settle()
            self.take(talker)
        lines = [b"USER fuzz 0 * :Fuzz"]
        if self.rng.random() < 0.5:
            caps = self.rng.sample(list(CAPABILITIES), self.rng.randrange(len(CAPABILITIES) + 1))
            lines += [f"CAP REQ :{cap}".encode() for cap in caps] + [b"CAP END"]
        nick = f"n{len(self.talkers)}"
        self.send(talker, [*lines, f"NICK {nick}".encode(), b"JOIN #tea"])

    def send(self, talker: Talker, lines: list[bytes]) -> None:
        """Let a client say lines, once it is read from."""
        data = talker.bytes_of(lines, self.rng)
        self.show("{} sends {!r}", self.talkers.index(talker), lines)
        while data:
            size = self.rng.choice((1, 7, 100, 5000))
            talker.waiting.append(data[:size])
            data = data[size:]
        self.feed(talker)

    def feed(self, talker: Talker) -> None:
        """Hand on what waits, as far as the server reads."""
        wire = talker.client.wire
        while talker.waiting and wire.is_reading and not wire.lost and not wire.disconnecting:
            talker.client.protocol.dataReceived(talker.waiting.pop(0))

    def step(self) -> None:
        """Do one thing, and look at what everybody got for it."""
        rng = self.rng
        talker = rng.choice(self.talkers)
        if rng.random() < 0.8:
            lines = [self.grammar.line() for _ in range(rng.choice((1, 2, 5, 20, 60)))]
            self.inputs += len(lines)
            self.send(talker, lines)
        else:
            self.disturb(talker, rng.randrange(9))
        self.server.settle() if rng.random() < 0.8 else self.server.clock.turn()
        self.look()

    def disturb(self, talker: Talker, way: int) -> None:
        """Let something else happen than a line."""
        self.show("{} disturbs {}", self.talkers.index(talker), way)
        faulty = self.server.faulty
        if way < 2:
            talker.client.stops_reading()
        elif way < 4:
            talker.client.reads_on()
        elif way < 7:
            (faulty.hold, faulty.release, faulty.fail_next)[way - 4]()
        elif way == 7:
            talker.client.hangs_up()
        else:
            self.server.passes(rng_seconds(self.rng))

    def look(self) -> None:
        """Check what came, and let others come for those who are gone."""
        for talker in self.talkers:
            self.feed(talker)
            self.take(talker)
            self.most_unread = max(self.most_unread, unread_bytes(talker.client.protocol))
        self.talkers = [each for each in self.talkers if not each.client.wire.lost]
        while len(self.talkers) < 4:
            self.connect(self.rng.random() < 0.3)

    def take(self, talker: Talker) -> None:
        """Check the lines one client got."""
        wire = talker.client.wire
        data, wire.received = wire.received, b""
        if talker.frames is None:
            *lines, talker.rest = (talker.rest + data).split(b"\r\n")
        else:
            lines = self.messages(talker.frames, data)
        for line in lines:
            check_line(line)
            words = line.decode().split(" ")
            command = next(word for word in words if word[0] not in "@:")
            self.seen[command] += 1
            if command == "PONG":
                talker.pongs.add(words[-1].lstrip(":"))

    @staticmethod
    def messages(frames: WSConnection, data: bytes) -> list[bytes]:
        """Return the lines in frames, each of which must be whole and without its end."""
        if not data:
            return []
        frames.receive_data(data)
        events = [event for event in frames.events() if isinstance(event, Message)]
        return [
            event.data.encode() if isinstance(event.data, str) else event.data for event in events
        ]

    def come_to_rest(self) -> None:
        """Let all that is under way come to its end; then PING is answered, and all fits."""
        self.show("come to rest")
        for turn in range(60):
            self.server.faulty.release()
            for talker in self.talkers:
                talker.client.reads_on()
            self.server.passes(1 if turn < 30 else 10)
            self.look()
            if turn > 2 and not any(talker.waiting for talker in self.talkers):
                break
        self.server.passes(60)
        for talker in list(self.talkers):
            self.pings += 1
            token = f"rest{self.pings}"
            # What an unfinished or too long line of before it makes of the first is its matter.
            self.send(talker, [b"", f"PING {token}".encode()])
            self.server.settle()
            self.server.passes(2)
            self.feed(talker)
            self.take(talker)
            if token not in talker.pongs and not talker.client.wire.lost:
                raise Wrong(f"{self.talkers.index(talker)}: PING {token} is not answered")
        self.look()
        state = self.server.hub.manager.state
        check_state(state, len(self.server.hub._subscribers))
        if self.most_unread > MOST_HELD:
            raise Wrong(f"{self.most_unread} bytes were held for one client")

    def end(self) -> None:
        """Stop the server."""
        self.server._stop()
        self.server.passes(15)
        state = self.server.hub.manager.state
        if state.sessions or state.people:
            raise Wrong(f"sessions outlived the server: {state.sessions}")


def rng_seconds(rng: Random) -> int:
    """Return how many seconds pass."""
    return rng.choice((1, 6, 40))


def unread_bytes(protocol: Any) -> int:
    """Return what waits for a client; a WebSocket that has ended has nothing above it."""
    above = getattr(protocol, "wrappedProtocol", protocol)
    return 0 if above is None else int(above.unread_bytes)


def check_line(line: bytes) -> None:
    """Check that a line is one of IRC."""
    text = line.decode("utf-8")
    tags = len(line.partition(b" ")[0]) + 1 if line.startswith(b"@") else 0
    if not _LINE.fullmatch(text) or "\r" in text or "\0" in text:
        raise Wrong(f"no line of IRC: {text!r}")
    if tags > SERVER_TAG_BYTES or len(line) - tags > LINE_BYTES - 2:
        raise Wrong(f"a line of {len(line)} bytes: {text!r}")
    if not is_harmless(text.replace("\x01", "")):
        raise Wrong(f"a character that could harm: {text!r}")


def trial(name: str, show: Say = lambda text, *values: None) -> Counter[str]:
    """Drive one world through its steps; raises `Wrong`, or what the code under test let out."""
    failures: list[str] = []

    def observe(event: dict[str, Any]) -> None:
        if event.get("log_failure") is not None or event["log_level"] == LogLevel.critical:
            failures.append(str(event.get("log_failure") or event))

    globalLogPublisher.addObserver(observe)
    try:
        world = IrcWorld(Random(name), show)
        for number in range(STEPS):
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


def work(job: tuple[str, int, int, int]) -> tuple[Counter[str], list[str]]:
    """Do one worker's trials until there were so many inputs."""
    seed, part, parts, inputs = job
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    most, number = 0, part
    while counts["inputs"] < inputs and len(wrong) < 5:
        name = f"{seed}:{number}"
        try:
            found = trial(name)
        except Exception as error:
            wrong.append(f"{name}: {type(error).__name__}: {error}"[:3000])
            found = Counter(inputs=1)
        most = max(most, found.pop("most unread", 0))
        counts += found
        number += parts
    counts["most unread"] = most
    counts["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return counts, wrong


def main(argv: list[str]) -> int:
    """Run as many trials as asked for in two processes; return the exit status."""
    parser = argparse.ArgumentParser(prog="irc_fuzz", description=__doc__.split("\n")[0])
    parser.add_argument("--inputs", type=int, default=0, help="lines to try in all")
    parser.add_argument("--full", action="store_true", help=f"{FULL:,} lines, not {SHORT:,}")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", metavar="TRIAL", help="do one trial and show its input")
    options = parser.parse_args(argv)
    if options.only:
        say(str(dict(trial(options.only, say))))
        return 0
    inputs = options.inputs or (FULL if options.full else SHORT)
    began = time.monotonic()
    jobs = [(options.seed, part, 2, inputs // 2) for part in range(2)]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        results = list(pool.imap(work, jobs))
    counts = sum((counts for counts, _ in results), Counter[str]())
    memory = max(each["memory"] for each, _ in results) // 1024
    unread = max(each["most unread"] for each, _ in results)
    say(f"{counts.pop('inputs'):,} inputs, at most {memory} MB, {unread:,} bytes unread")
    del counts["memory"], counts["most unread"]
    say("    " + ", ".join(f"{key} {number:,}" for key, number in sorted(counts.items())))
    wrong = [line for _, lines in results for line in lines]
    for line in wrong:
        say(f"WRONG {line}")
    say(f"seed {options.seed}: {len(wrong)} wrong in {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
