"""A server, clients at its IRC door driven by chance, and two members who see what comes of it.

What is checked is listed in `irc_fuzz`, who is there in `irc_talkers`.
"""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import attrs
from twisted.trial.unittest import TestCase
from wsproto import ConnectionType, WSConnection
from wsproto.events import Request

from chatsvc.core.limits import DEFAULT_LIMITS
from chatsvc.core.names import RoomName, room_key
from chatsvc.core.state import State
from chatsvc.identity.delays import LoginDelays
from chatsvc.identity.listed import OperatorFile, parse_operators
from chatsvc.irc.capabilities import CAPABILITIES
from chatsvc.irc.house import OFFERED
from chatsvc.irc.labels import NEEDS
from chatsvc.protocols.websocket import Origins, WebSocketFactory
from chatsvc.testing import FakeIdentity, FakeRoomPasswords
from tests.protocols.irc.conversation import IrcClient, IrcServer
from tests.torture.irc_grammar import (
    ACCOUNTS,
    PASSWORD,
    ROUNDS,
    VERIFIER,
    IrcGrammar,
    Line,
)
from tests.torture.irc_talkers import (
    LABEL,
    ROOM,
    IrcOnlooker,
    LineOnlooker,
    Onlooker,
    Talker,
    check_line,
)
from tests.torture.world import Say, Wrong, check_state

MOST_UNREAD = 4096
HTTP_ANSWER = b"HTTP/1.1 400 Bad Request"
"""The first line of what a browser gets that came to the wrong door."""
MOST_HELD = 2_000_000
"""Bytes that may be held for one client: long answers are given out by the page."""
TALKERS = 4
SPARED = frozenset({"QUIT", "DIE"})
"""Commands that are seldom said."""
SECRETS = ("xyzzy", "VauLt")
"""Said in the hidden room, and how it is really spelt: neither may come to who is outside."""


class ScramIdentity(FakeIdentity):
    """Passwords that SCRAM can be used with, too."""

    @staticmethod
    def secret_of(password: str) -> str:
        """Return a secret with a verifier; those of other passwords have none that fits."""
        plain = FakeIdentity.secret_of(password)
        return f"{plain}\n{VERIFIER}" if password == PASSWORD else plain


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
        self.server = IrcServer(
            TestCase(), limits=limits, motd=("Hello", " "), replayed=rng.choice((0, 5))
        )
        self._prepare(limits)
        self.websockets = WebSocketFactory(
            self.server.irc_factory, self.server.clock, Origins(any_allowed=True)
        )
        # An operator who said DIE would end it all too soon.
        self.grammar = IrcGrammar(rng, SPARED if self.has_operator else SPARED - {"DIE"})
        self.talkers: list[Talker] = []
        self.inputs = self.numbers = self.came = self.most_unread = 0
        self.seen: Counter[str] = Counter()
        self.line_onlooker = LineOnlooker(self.server.client("lena"))
        self.irc_onlooker = IrcOnlooker(self.server.irc("iris", caps="message-tags"))
        self.onlookers: tuple[Onlooker, ...] = (self.line_onlooker, self.irc_onlooker)
        for number in range(TALKERS):
            self.connect(number == TALKERS - 1)

    def _prepare(self, limits: Any) -> None:
        """Make accounts, an operator's password, and what is hidden."""
        server = self.server
        server.identity = ScramIdentity(server.hub.manager.state.accounts)
        server.hub.use_identity(server.identity, FakeRoomPasswords())
        server.house.offered = {**OFFERED, "sasl": "PLAIN,SCRAM-SHA-256"}
        server.house.scram_rounds = ROUNDS
        server.house.nonce = lambda: "nonce"
        # Who has become an operator, and whoever is the same person, may see what is hidden.
        self.has_operator = self.rng.random() < 0.3
        words = parse_operators(["boss hat"] if self.has_operator else [])
        server.hub.use_listed_operators(OperatorFile(words, LoginDelays(limits), server.clock))
        for name in ACCOUNTS:
            server.client(name).says(f"register {PASSWORD}", "quit")
        word, room = SECRETS
        self.olga = server.client("olga", ROOM)
        self.olga.says(f"register {word}", "create den", f"send {ROOM} hi", "send den hi")
        self.olga.says(f"create {room}", f"set {room} kind invite-only", f"topic {room} {word}")
        self.olga.says(f"send {room} {word}", f"send {room} {word} again", f"ban {room} {word}*")
        server.forget()

    def connect(self, is_web: bool) -> None:
        """Let a client come, who mostly registers."""
        rng, server = self.rng, self.server
        factory: Any = self.websockets if is_web else server.irc_factory
        client = server.connect(IrcClient(server, factory.buildProtocol(None)))
        talker = Talker(client, frames=WSConnection(ConnectionType.CLIENT) if is_web else None)
        self.talkers.append(talker)
        self.came += 1
        if talker.frames is not None:
            client.protocol.dataReceived(talker.frames.send(Request("irc.test", "/")))
            server.settle()
            self.take(talker)
        caps: list[str] = []
        if rng.random() < 0.7:
            known = [cap for cap in CAPABILITIES if cap not in NEEDS]
            caps = rng.sample(known, rng.randrange(len(known) + 1))
            labels = sorted(NEEDS) if rng.random() < 0.8 else []
            self.say(
                talker, [Line("CAP LS 302"), *(Line(f"CAP REQ {cap}") for cap in (*labels, *caps))]
            )
            talker.has_labels = bool(labels)
        words = ["USER fuzz 0 * :Fuzz", f"NICK n{self.came}", "CAP END"]
        rng.shuffle(words)
        if rng.random() < 0.1:
            words = []
        early = self.grammar.lines(3) if rng.random() < 0.3 else []
        self.say(talker, [*early, *map(Line, words), Line(f"JOIN #{ROOM}")])

    def say(self, talker: Talker, lines: list[Line]) -> None:
        """Let a client say lines, some with a label."""
        self.inputs += len(lines)
        written = [self.written(talker, line) for line in lines]
        self.show("{} sends {!r}", self.talkers.index(talker), written)
        self.send(talker, written)

    def written(self, talker: Talker, line: Line) -> bytes:
        """Return a line with its tags; what has a label and is whole is owed an answer."""
        tags = list(line.tags)
        if talker.has_labels and isinstance(line.text, str) and self.rng.random() < 0.4:
            self.numbers += 1
            label = f"{LABEL}{self.numbers}"
            talker.asked[label] = False
            if line.is_whole:
                talker.owed[label] = self.numbers
            tags.insert(0, f"label={label}")
        text = line.text if isinstance(line.text, bytes) else line.text.encode("utf-8", "replace")
        return f"@{';'.join(tags)} ".encode() + text if tags else text

    def send(self, talker: Talker, lines: list[bytes]) -> None:
        """Send lines in pieces, once the client is read from."""
        rng = self.rng
        data = talker.bytes_of(lines, rng)
        size = rng.choice((1 << 20, 1 << 20, 5000, 1000, 100, 7))
        if len(data) > 100 * size:
            size = 1 << 20
        talker.waiting += [data[start : start + size] for start in range(0, len(data), size)]
        self.feed(talker)

    def feed(self, talker: Talker) -> None:
        """Hand on what waits, as far as the server reads."""
        wire = talker.client.wire
        while talker.waiting and wire.is_reading and not wire.lost and not wire.disconnecting:
            talker.client.protocol.dataReceived(talker.waiting.pop(0))

    def step(self) -> None:
        """Do one thing, and look at what everybody got for it."""
        rng = self.rng
        talker, way = rng.choice(self.talkers), rng.random()
        if way < 0.78:
            self.say(talker, self.grammar.lines(rng.choice((1, 5, 20, 60, 120))))
        elif way < 0.84:
            self.scram(talker)
        elif way < 0.88:
            self.olga.says(f"op {ROOM} n{self.came}", f"op den n{max(1, self.came - 1)}")
        else:
            self.disturb(talker, rng.randrange(10))
        self.server.settle() if rng.random() < 0.8 else self.server.clock.turn()
        self.look()

    def scram(self, talker: Talker) -> None:
        """Log in by SCRAM, in as many turns as that takes."""
        bare, lines = self.grammar.scram_first("fuzz")
        self.say(talker, lines)
        self.server.settle()
        self.take(talker)
        if talker.challenge:
            self.say(talker, self.grammar.scram_last(bare, talker.challenge))
            talker.challenge = ""

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
        elif way == 8 and talker.frames is None:
            talker.client.half_closes()
        else:
            self.server.passes(self.rng.choice((1, 6, 40)))

    def look(self) -> None:
        """Check what came, and let others come for those who are gone."""
        for talker in self.talkers:
            self.feed(talker)
            self.take(talker)
            self.most_unread = max(self.most_unread, unread_bytes(talker.client.protocol))
        for onlooker in self.onlookers:
            onlooker.take()
        self.olga.wire.received = b""
        self.talkers = [each for each in self.talkers if not each.is_gone]
        clients = self.server._clients
        if len(clients) > 3 * TALKERS:
            clients[:] = [client for client in clients if not client.wire.lost]
        while len(self.talkers) < TALKERS:
            self.connect(self.rng.random() < 0.25)

    def take(self, talker: Talker) -> None:
        """Check the lines one client got."""
        wire = talker.client.wire
        data, wire.received = wire.received, b""
        if not data:
            return
        for line in talker.lines_in(data):
            if line == HTTP_ANSWER:  # Nothing but its sentence comes behind it.
                self.seen["HTTP"] += 1
                return
            heard = check_line(line)
            talker.hear(heard)
            self.seen[heard.command] += 1
            if "msgid" in heard.tags and self.rng.random() < 0.2:
                self.grammar.msgids[self.rng.randrange(1, len(self.grammar.msgids))] = heard.tags[
                    "msgid"
                ]
            if not self.has_operator and any(secret.encode() in line for secret in SECRETS):
                raise Wrong(f"something hidden: {line!r}")

    def come_to_rest(self) -> None:
        """Let all that is under way come to its end, and check what must hold then."""
        self.show("come to rest")
        self.drain(lambda: not any(each.waiting for each in self.talkers))
        # Who was too fast is not refused any more.
        self.server.passes(30)
        numbers = {}
        for talker in self.talkers:
            self.numbers += 1
            numbers[talker] = self.numbers
            # What an unfinished or too long line before it makes of the first is its matter; the
            # second ends a batch that may be open.
            self.send(talker, [b"", b"BATCH -b0", f"PING rest{self.numbers}".encode()])
        self.drain(
            lambda: all(each.pongs >= number or each.is_gone for each, number in numbers.items())
        )
        self.server.settle()
        for talker, number in numbers.items():
            if talker.is_gone or talker.client.wire.disconnecting:
                continue
            if talker.pongs < number:
                raise Wrong(f"{self.talkers.index(talker)}: PING rest{number} is not answered")
            if talker.batches:
                raise Wrong(f"batches stay open: {talker.batches}")
            if unread_bytes(talker.client.protocol):
                raise Wrong(f"{unread_bytes(talker.client.protocol)} bytes are not sent")
            talker.asked.clear()
        if self.most_unread > MOST_HELD:
            raise Wrong(f"{self.most_unread} bytes were held for one client")
        self.compare()

    def drain(self, is_done: Callable[[], bool]) -> None:
        """Let everybody read, and time pass, until `is_done`, or for long enough."""
        for turn in range(200):
            self.server.faulty.release()
            for talker in self.talkers:
                talker.client.reads_on()
            self.server.settle()
            self.look()
            if is_done():
                break
            self.server.passes(1 if turn < 30 else 10)

    def compare(self) -> None:
        """Compare the core with what is seen at both doors."""
        self.server.settle()
        for onlooker in self.onlookers:
            onlooker.take()
        state = self.server.hub.manager.state
        check_state(state, len(self.server.hub._subscribers))
        inside, room = self.inside(), state.rooms.get(room_key(RoomName(ROOM)))
        last = 0 if room is None else room.last
        for onlooker in self.onlookers:
            if onlooker.client.wire.lost:
                continue  # An operator has said KILL.
            if onlooker.members is None:
                onlooker.come()
            elif onlooker.members != inside:
                differ = (sorted(onlooker.members - inside), sorted(inside - onlooker.members))
                raise Wrong(f"{type(onlooker).__name__} and the core disagree on {differ}")
            elif onlooker.last not in (0, last):
                raise Wrong(f"{type(onlooker).__name__} saw {onlooker.last} of {last}")
        if self.irc_onlooker.members is not None and not self.irc_onlooker.client.wire.lost:
            found = self.irc_onlooker.asks()
            if found != self.inside():
                raise Wrong(f"NAMES and the core disagree on {found ^ self.inside()}")

    def inside(self) -> set[str]:
        """Return who is in the room that is looked at; nobody while none has its name."""
        room = self.server.hub.manager.state.rooms.get(room_key(RoomName(ROOM)))
        return set() if room is None else {str(each.person.nick) for each in room.members.values()}

    def end(self) -> None:
        """Stop the server."""
        self.server._stop()
        self.server.passes(15)
        state: State = self.server.hub.manager.state
        if state.sessions or state.people:
            raise Wrong(f"sessions outlived the server: {state.sessions}")


def unread_bytes(protocol: Any) -> int:
    """Return what waits for a client; a WebSocket that has ended has nothing above it."""
    above = getattr(protocol, "wrappedProtocol", protocol)
    return 0 if above is None else int(above.unread_bytes)
