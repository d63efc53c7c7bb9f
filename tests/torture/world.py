"""Sessions behind the line protocol, in one process, driven by chance and looked at.

Several `LineProtocol`s, a Hub and a MemoryLog. `try_sessions` does one trial; `fuzz` tells
what is checked, and runs many.
"""

import re
from collections import Counter, deque
from collections.abc import Callable
from random import Random
from typing import Any, Protocol

import attrs
from twisted.logger import LogLevel, globalLogPublisher
from twisted.trial.unittest import TestCase

from chatsvc.core.errors import Refusal
from chatsvc.core.limits import DEFAULT_LIMITS, REPLY_LINE_BYTES
from chatsvc.core.names import NickKey, nick_key, room_key
from chatsvc.core.people import Person
from chatsvc.core.state import State
from chatsvc.identity.claims import OneTimeClaims
from chatsvc.identity.delays import LoginDelays
from tests.protocols.conversation import Client, Server
from tests.torture.grammar import FOREIGN, Grammar
from tests.torture.reference import is_harmless, request_in, requests_of

LINE_LIMIT = 512
WORLD_STEPS = 60
MOST_UNREAD = 4096
CODES = {kind.code for kind in Refusal.__subclasses__()}
ANSWERED = CODES - {"internal"}
"""The codes that may be seen; `internal` would be a bug."""


Say = Callable[..., None]
"""Takes a format and its values; formatted only when somebody reads it."""


class Wrong(Exception):
    """Say what was found."""


_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
_NAME = r"[^\s*#@/:-][^\s*#@/:]*"
_PLACE = rf"@?{_NAME}"
_WHEN = rf"(?:{_TIME}|-)"
_ROLE = "(?:owner|moderator|voiced|member)"
_SETTING = r"(?:kind|listed|announce|history|keep|topic|outsiders|most|plain)\ [^,]+"
_LAID = "(?:banned|muted|spared|heard|admitted)"
_LIST = "(?:ban|mute|spare|hear|admit)"
_LINES = re.compile(
    rf"""
    \* \  (?: hello\ chatsvc/1\ "[^"]*"\ -\ .+
        | said\ {_PLACE}\ [1-9]\d*\ {_TIME}\ {_NAME}\ .+
        | said-edited\ {_PLACE}\ [1-9]\d*\ {_TIME}\ {_NAME}\ {_TIME}\ {_NAME}\ .+
        | said-redacted\ {_PLACE}\ [1-9]\d*\ {_TIME}\ {_NAME}\ {_TIME}\ {_NAME}
        | redacted\ {_PLACE}\ [1-9]\d*\ {_NAME} | edited\ {_PLACE}\ [1-9]\d*\ {_TIME}\ {_NAME}\ .+
        | tell\ {_TIME}\ {_NAME}\ .+
        | (?:joined|left|deleted)\ {_NAME}\ (?:{_NAME}|-)
        | renamed\ {_NAME}\ {_NAME} | away\ {_NAME}(?:\ .+)? | back\ {_NAME}
        | renamed-room\ {_NAME}\ {_NAME}\ {_NAME}(?:\ .+)?
        | topic\ {_NAME}\ {_TIME}\ {_NAME}(?:\ .+)? | welcome\ {_NAME}\ .+
        | resumed\ {_NAME}\ \d+\ \d+ | members\ {_NAME}\ \d+
        | kicked\ {_NAME}\ {_NAME}\ {_NAME}\ (?:kicked|banned)(?:\ .+)?
        | role\ {_NAME}\ {_TIME}\ {_NAME}\ {_ROLE}\ (?:{_NAME}|-)
        | ranked\ {_NAME}\ {_TIME}\ {_NAME}\ {_ROLE}\ {_NAME}
        | set\ {_NAME}\ {_TIME}\ {_NAME}\ {_SETTING}(?:,\ {_SETTING}){{8}}
        | invited\ {_NAME}\ {_TIME}\ {_NAME}\ {_NAME}
        | {_LAID}\ {_NAME}\ \S+\ {_WHEN}\ {_TIME}\ {_NAME}(?:\ .+)?
        | un{_LAID}\ {_NAME}\ \S+\ {_TIME}\ (?:{_NAME}|-)
        | announce\ {_TIME}\ {_NAME}\ .+ | closing\ .+ | motd\ .+ )
    | \+ \  (?: (?:nick|told|left|deleted|created|registered|dropped)\ {_NAME}
        | join\ {_NAME}\ \d+\ [1-9]\d* | renamed-room\ {_NAME}\ {_NAME}
        | sent\ {_NAME}\ \d+ | (?:redacted|edited|history|search)\ {_PLACE}\ \d+
        | told\ {_NAME}\ [1-9]\d* | (?:ignore|unignore)\ {_NAME} | ignored\ \d+
        | (?:away|back|bye|talking|pong|logout|passwd)
        | login\ {_NAME}\ \d+ | (?:drop|code)\ \d{{6}}\ \d+
        | keys\ \d+ | key-(?:added|removed)\ SHA256:\S{{43}}
        | (?:list|who|help)\ \d+ | talking\ {_NAME} | pong\ .+
        | topic\ {_NAME}(?:\ {_TIME}\ {_NAME}\ .+)? | welcome\ {_NAME}(?:\ .+)? | info\ {_NAME}
        | (?:invited|uninvited|kicked)\ {_NAME}\ {_NAME}
        | {_LAID}\ {_NAME}\ \S+\ {_WHEN}\ \d+ | un{_LAID}\ {_NAME}\ \S+
        | {_LIST}s\ {_NAME}\ \d+ | tryban\ {_NAME}\ \S+\ \d+
        | role\ {_NAME}\ {_NAME}\ {_ROLE} | set\ {_NAME}
        | (?:oper|deoper)\ {_NAME} | (?:operators|server-bans|audit)\ \d+
        | server-ban\ \S+\ {_WHEN} | server-tryban\ \S+\ \d+\ \d+\ \d+ | server-unban\ \S+
        | server-set\ sign-ups\ (?:open|closed)\ registered-only\ (?:yes|no)
        | (?:where|kill)\ {_NAME}\ \d+ | announce\ \d+ | reload | shutdown )
    | = \  (?: key\ [1-9]\d*\ SHA256:\S{{43}}\ [a-z0-9-]+(?:\ .+)?
        | ignored\ {_NAME} | unread\ {_PLACE}\ \d+\ \d+
        | said-edited\ {_PLACE}\ [1-9]\d*\ {_TIME}\ {_NAME}\ {_TIME}\ {_NAME}\ .+
        | said-redacted\ {_PLACE}\ [1-9]\d*\ {_TIME}\ {_NAME}\ {_TIME}\ {_NAME}
        | said\ {_PLACE}\ [1-9]\d*\ {_TIME}\ {_NAME}\ .+ | room\ {_NAME}\ \d+\ \d+\ .+
        | info\ {_NAME}\ [a-z-]+\ .+
        | user\ {_NAME}\ (?:online|away)(?:,[a-z]+)?\ {_TIME}\ line(?:\ .+)?
        | help\ .+ | would-hit\ {_NAME}
        | hit\ {_NAME}\ {_NAME}\ (?:inside|absent) | set\ {_NAME}\ {_SETTING}
        | {_LIST}\ {_NAME}\ \S+\ {_WHEN}\ {_TIME}\ {_NAME}(?:\ .+)?
        | operator\ {_NAME}\ (?:here|absent)
        | server-ban\ \S+\ {_WHEN}\ {_TIME}\ {_NAME}(?:\ .+)?
        | session\ \S+\ {_TIME}\ \d+\ \S+
        | audit\ [1-9]\d*\ {_TIME}\ \S+\ [a-z-]+\ \S+\ \S+(?:\ .+)? | reload\ .+ )
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
    nick: str = ""

    def sends(self, stream: bytes, chunks: list[bytes]) -> None:
        """Send lines, and owe an answer for each but the blank ones."""
        for line in requests_of(stream, LINE_LIMIT):
            # Whether a line is blank does not depend on talk mode.
            self.owed += request_in(line, None) is not None if line is not None else 1
        for chunk in chunks:
            waiting = self.client.waiting  # type: ignore[attr-defined]
            if self.client.wire.lost or not self.client.wire.is_reading or waiting:
                waiting.append(chunk)
            else:
                self.client.protocol.dataReceived(chunk)


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
        # The first one is an operator; most of what she says is what everybody says.
        claims = OneTimeClaims(LoginDelays(limits), self.server.clock, rng.randrange)
        self.server.hub.use_claims(claims)
        self.connect(f"nick ann\nregister s3cret\nclaim {claims.make()}\njoin tea\n".encode())
        for number in range(1, 4):
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
            makes = self.grammar.rule if rng.random() < 0.3 else self.grammar.line
            stream = self.grammar.stream(count, makes)
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
            if words[:2] in (["+", "nick"], ["+", "login"]):
                talker.nick = words[2]
            if words[:2] == ["-", "wrong-protocol"] or words[:2] == ["+", "bye"]:
                talker.goodbye = True
            elif words[:2] in (["-", "too-many"], ["-", "busy"]) and talker.owed < 0:
                talker.goodbye, talker.owed = True, 0
        if words[:2] in (["+", "join"], ["+", "left"], ["*", "deleted"]):
            talker.last.pop(words[2], None)
        elif words[:2] in (["+", "login"], ["+", "logout"]):
            talker.last.clear()
        elif (
            words[:2] in (["*", "joined"], ["*", "left"], ["*", "kicked"])
            and words[3] == talker.nick
        ):
            # Another connection of the same account did it, or somebody else.
            talker.last.pop(words[2], None)
        elif words[1] in ("said", "said-edited", "said-redacted") and words[0] == "*":
            room, number = words[2], int(words[3])
            if room.startswith("@"):
                return  # Its own messages come to the other connections of an account alone.
            if talker.last.get(room, number - 1) != number - 1:
                raise Wrong(f"{line!r} after number {talker.last[room]}")
            talker.last[room] = number
        elif words[:2] == ["*", "closing"]:
            talker.goodbye = True
        elif words[:2] == ["*", "renamed-room"]:
            talker.last.pop(words[3], None)
            if words[2] in talker.last:
                talker.last[words[3]] = talker.last.pop(words[2])
        elif words[:2] == ["*", "renamed"] and words[2] == talker.nick:
            talker.nick = words[3]

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
        if state.sessions or state.people:
            raise Wrong(f"sessions outlived the server: {state.sessions}")


def check_state(state: State, connections: int) -> None:
    """Check that rooms, sessions and nicks fit together."""
    if len(state.sessions) != connections:
        raise Wrong(f"{len(state.sessions)} sessions of {connections} connections")
    if state.unlisted != {key for key, room in state.rooms.items() if not room.kind.listed}:
        raise Wrong(f"not the rooms that are not in the list: {state.unlisted}")
    for key, room in state.rooms.items():
        if room.key != key or room_key(room.name) != key:
            raise Wrong(f"room {room.name!r} stands under {key!r}")
        if state.room_looks.like(room.name, key) is not None:
            raise Wrong(f"another room looks like {room.name!r}")
        for person_id, member in room.members.items():
            person = member.person
            if person.person_id != person_id or not person.sessions:
                raise Wrong(f"a member of {room.name!r} has no session")
            if person.rooms.get(key) is not room:
                raise Wrong(f"{person.nick!r} does not know of {room.name!r}")
            if person.account is not None and member.role is not None:
                raise Wrong(f"{person.nick!r} has the role of a guest in {room.name!r}")
    for session in state.sessions.values():
        person_there = None if session.nick is None else state.people.get(nick_key(session.nick))
        if person_there is not session.person:
            raise Wrong(f"{session.nick!r} is somebody else")
    for key, person in state.people.items():
        check_person(state, key, person)


def check_person(state: State, key: NickKey, person: Person) -> None:
    """Check that a person, their sessions and their rooms fit together."""
    if nick_key(person.nick) != key:
        raise Wrong(f"{person.nick!r} stands under {key!r}")
    if state.nick_looks.like(person.nick, key) is not None:
        raise Wrong(f"somebody looks like {person.nick!r}")
    if any(state.sessions.get(number) is not each for number, each in person.sessions.items()):
        raise Wrong(f"{person.nick!r} has a session that is not there")
    for where, room in person.rooms.items():
        if state.rooms.get(where) is not room or person.person_id not in room.members:
            raise Wrong(f"{person.nick!r} is in a room that does not know it")


class Steps(Protocol):
    """A world that is driven: what it has seen, and how much it was told."""

    seen: Counter[str]
    inputs: int
    most_unread: int

    def step(self) -> None:
        """Do one thing."""

    def come_to_rest(self) -> None:
        """Let all that is under way come to its end, and check what must hold then."""

    def end(self) -> None:
        """Stop the server."""


def try_sessions(rng: Random, say: Say) -> Counter[str]:
    """Drive one world through its steps."""
    return drive(lambda: World(rng, say), WORLD_STEPS)


def drive(make: Callable[[], Steps], steps: int) -> Counter[str]:
    """Make a world and drive it; raise `Wrong` if anything was logged as a failure."""
    failures: list[str] = []

    def observe(event: dict[str, Any]) -> None:
        if event.get("log_failure") is not None or event["log_level"] == LogLevel.critical:
            failures.append(str(event.get("log_failure") or event))

    globalLogPublisher.addObserver(observe)
    try:
        world = make()
        for number in range(steps):
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
