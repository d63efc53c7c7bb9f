"""Clients that remember all they were told, through every crash, and compare.

Ledger    what was acknowledged or shown, and whatever contradicts it
Talker    says numbered texts with client ids, or only reads; resumes by number
Builder   makes rooms, says something in them, deletes them

Both live on one port for as long as `stay` is not cancelled: when the connection ends they
connect again until somebody answers, and go on where they were.
"""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Callable

import attrs

RETRY_SECONDS = 0.02
LONGEST_LINE = 1 << 20


@attrs.define
class Ledger:
    """What the service has promised, and where it broke its word.

    `promised` holds, room by room, what stands under each number. `lost`, `doubled`, `holes`
    and `wrong` are sentences, none of which should be there.
    """

    promised: dict[str, dict[int, str]] = attrs.field(factory=dict)
    numbers: dict[tuple[str, str], int] = attrs.field(factory=dict)
    acknowledged: int = 0
    refused: int = 0
    lost: list[str] = attrs.field(factory=list)
    doubled: list[str] = attrs.field(factory=list)
    holes: list[str] = attrs.field(factory=list)
    wrong: list[str] = attrs.field(factory=list)

    def acknowledge(self, room: str, number: int, text: str) -> None:
        """Note that a sender was told the number of its message."""
        self.acknowledged += 1
        self.promise(room, number, text)

    def promise(self, room: str, number: int, text: str) -> None:
        """Note that a text stands under a number, by an acknowledgement or on a screen."""
        known = self.promised.setdefault(room, {}).setdefault(number, text)
        if known != text:
            self.lost.append(f"{room} {number} was {known[:40]!r} and is {text[:40]!r}")
        first = self.numbers.setdefault((room, text), number)
        if first != number:
            self.doubled.append(f"{text[:40]!r} is {room} {first} and {number}")

    def compare(self, room: str, kept: dict[int, str]) -> None:
        """Compare a room as it is in the log with all that was promised."""
        if sorted(kept) != list(range(1, len(kept) + 1)):
            self.holes.append(f"{room} has {len(kept)} messages up to {max(kept, default=0)}")
        for number in self.promised.get(room, {}):
            if number not in kept:
                self.lost.append(f"{room} {number} is not in the log")
        for number, text in kept.items():
            self.promise(room, number, text)


class Client:
    """One nick that comes back whenever its connection ends."""

    def __init__(self, nick: str, port: int, ledger: Ledger) -> None:
        self.nick = nick
        self.port = port
        self.ledger = ledger
        self.connections = 0
        self.is_settled = False
        self._awaited: deque[Callable[[str], None]] = deque()
        self._writer: asyncio.StreamWriter | None = None

    async def stay(self) -> None:
        """Connect and talk, again and again, until cancelled."""
        while True:
            with contextlib.suppress(OSError):
                await self._live()
            self.is_settled = False
            await asyncio.sleep(RETRY_SECONDS)

    async def _live(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=LONGEST_LINE)
        self._writer = writer
        self._awaited.clear()
        self.connections += 1
        try:
            self.ask(f"nick {self.nick}", self._named)
            while (line := await reader.readline()).endswith(b"\n"):
                self._take(line[:-1].decode())
                await writer.drain()
        finally:
            writer.close()

    def ask(self, request: str, answered: Callable[[str], None]) -> None:
        """Send a request; `answered` gets the line that ends its answer."""
        assert self._writer is not None
        self._awaited.append(answered)
        self._writer.write(f"{request}\n".encode())

    def _take(self, line: str) -> None:
        match line[0]:
            case "+" | "-":
                self._awaited.popleft()(line)
            case "=":
                self.row(line)
            case _:
                self.event(line)

    def _named(self, line: str) -> None:
        if self.expect(line, "+ nick "):
            self.arrive()

    def expect(self, line: str, start: str) -> bool:
        """Tell whether an answer begins as it should; note it if not."""
        if line.startswith("- closing "):
            return False
        if not line.startswith(start):
            self.ledger.wrong.append(f"{self.nick} expected {start!r} and got {line!r}")
        return line.startswith(start)

    def arrive(self) -> None:
        """Go on with what was interrupted; the nick is taken."""

    def row(self, line: str) -> None:
        """Take a row of an answer."""

    def event(self, line: str) -> None:
        """Take an event."""


class Talker(Client):
    """A member of rooms that says texts of its own while `is_talking`, `window` at a time."""

    def __init__(
        self, nick: str, port: int, ledger: Ledger, rooms: list[str], window: int = 0
    ) -> None:
        super().__init__(nick, port, ledger)
        self.last = dict.fromkeys(rooms, 0)
        self.window = window
        self.is_talking = True
        self.unanswered: deque[tuple[str, str]] = deque()
        self._count = 0
        self._random = random.Random(nick)

    def arrive(self) -> None:
        """Join every room after the last number that was seen; say again what is in doubt."""
        for room, last in self.last.items():
            self.ask(f"join {room} since {last}", lambda line: self._joined(line))
        for room, text in self.unanswered:
            self._say(room, text)
        self.ask("ping", self._settled)

    def _joined(self, line: str) -> None:
        if self.expect(line, "+ join "):
            _, _, room, last, *_ = line.split(" ")
            if int(last) < self.last[room]:
                self.ledger.lost.append(f"{room} ends at {last}, {self.last[room]} was shown")

    def _settled(self, line: str) -> None:
        self.is_settled = True
        self.talk()

    def talk(self) -> None:
        """Have `window` messages under way."""
        if not self.is_settled or not self.is_talking:
            return
        while len(self.unanswered) < self.window:
            self._count += 1
            room = self._random.choice(list(self.last))
            padding = "x" * self._random.choice((0, 10, 100, 1000))
            self.unanswered.append((room, f"{self.nick}.{self._count}.{padding}"))
            self._say(*self.unanswered[-1])

    def _say(self, room: str, text: str) -> None:
        client_id = text.rpartition(".")[0]
        self.ask(f"send {room} #{client_id} {text}", self._said)

    def _said(self, line: str) -> None:
        if line.startswith("- storage "):
            self.ledger.refused += 1
            self.unanswered.rotate(-1)
            self._say(*self.unanswered[-1])
        elif self.expect(line, "+ sent "):
            room, text = self.unanswered.popleft()
            self.ledger.acknowledge(room, int(line.split(" ")[3]), text)
            self.talk()

    def event(self, line: str) -> None:
        """Take a message that is shown; it must be the next of its room."""
        if line.startswith("* said "):
            _, _, room, word, _, _, text = line.split(" ", 6)
            number = int(word)
            if number != self.last[room] + 1:
                kind = self.ledger.holes if number > self.last[room] else self.ledger.doubled
                kind.append(f"{self.nick} was shown {room} {number} after {self.last[room]}")
            self.last[room] = number
            self.ledger.promise(room, number, text)


@attrs.define
class Building:
    """How far a room has come that a Builder makes and deletes."""

    is_made: bool = False
    is_leaving: bool = False
    is_gone: bool = False
    is_spoiled: bool = False
    last: int = 0


class Builder(Client):
    """Make rooms with two messages each and delete them, one after another.

    After a crash it asks for the list: a room must be there from the answer to `create` on
    until `delete` is asked, and must not be after the answer to `delete`.
    """

    def __init__(self, nick: str, port: int, ledger: Ledger) -> None:
        super().__init__(nick, port, ledger)
        self.is_talking = True
        self.buildings: dict[str, Building] = {}
        self.made = self.deleted = 0
        self._count = 0
        self._listed: dict[str, int] = {}

    def arrive(self) -> None:
        """Look what there is."""
        self._listed = {}
        self.ask("list", self._compare)

    def row(self, line: str) -> None:
        """Take a room of the list."""
        words = line.split(" ")
        self._listed[words[2]] = int(words[4])

    def _compare(self, line: str) -> None:
        for room, building in self.buildings.items():
            self._check(room, building)
        for room in self.buildings.keys() & self._listed.keys():
            self.ask(f"delete {room}", lambda line: None)
        self.buildings = {}
        self.is_settled = True
        self.build()

    def _check(self, room: str, building: Building) -> None:
        if building.is_gone and room in self._listed:
            self.ledger.lost.append(f"the deletion of {room}")
        if building.is_made and not building.is_leaving:
            if room not in self._listed:
                self.ledger.lost.append(f"the creation of {room}")
            elif self._listed[room] < building.last:
                self.ledger.lost.append(f"{room} {building.last}")

    def build(self) -> None:
        """Make the next room, speak in it, and delete it when all is answered."""
        if not self.is_talking:
            return
        self._count += 1
        room = f"{self.nick}.{self._count}"
        building = self.buildings[room] = Building()
        self.ask(f"create {room}", lambda line: self._made(line, building))
        self.ask(f"join {room}", lambda line: self._joined(line, building))
        self.ask(f"send {room} #1 {room}.1.", lambda line: self._said(line, building))
        self.ask(f"send {room} #2 {room}.2.", lambda line: self._tear_down(line, room, building))

    def _is_done(self, line: str, start: str, building: Building) -> bool:
        """Tell whether a step was taken; after one that the disk refused, none counts."""
        if line.startswith("- storage "):
            self.ledger.refused += 1
            building.is_spoiled = True
        return not building.is_spoiled and self.expect(line, start)

    def _made(self, line: str, building: Building) -> None:
        building.is_made = self._is_done(line, "+ created ", building)
        self.made += building.is_made

    def _joined(self, line: str, building: Building) -> None:
        self._is_done(line, "+ join ", building)

    def _said(self, line: str, building: Building) -> None:
        if self._is_done(line, "+ sent ", building):
            building.last = int(line.split(" ")[3])
            self.ledger.acknowledged += 1

    def _tear_down(self, line: str, room: str, building: Building) -> None:
        self._said(line, building)
        if line[0] == "+":
            building.is_leaving = True
            self.ask(f"delete {room}", lambda line: self._deleted(line, building))
        elif building.is_spoiled:
            self.build()

    def _deleted(self, line: str, building: Building) -> None:
        if self._is_done(line, "+ deleted ", building):
            building.is_gone = True
            self.deleted += 1
        elif not building.is_spoiled:
            return
        if len(self.buildings) > 20:  # Some stay to be looked for after the crash.
            self.buildings.pop(next(iter(self.buildings)))
        self.build()
