"""One hostile client that asks for what is dear, as fast as it can: do the others notice?

    python -m tests.torture.hostile [--full]

A real server with its usual limits, its log on the disk, and thousands of rooms of which every
other one is secret; the room in which everybody is has 250 bans by pattern. Somebody
pings and somebody talks, at a steady pace, and measure how long their answers take: first
alone, then beside a client that floods the server with one kind of request, then with the
next kind; by the line protocol, then by IRC. What is promised is that nobody waits more than
twice as long as before, at the median and at the 99th percentile.

The server has one core, the clients the other; the hostile one gives way to the measuring.
"""

import argparse
import multiprocessing
import os
import selectors
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import count

from tests.end_to_end.line_socket import LineSocket
from tests.end_to_end.server_process import LOOPBACK, ServerProcess
from tests.torture.results import Results, say
from tests.torture.stuck_readers import percentile

ROOM = "hall"
OWN = "court"
REGISTER = "register s3cret"
MESSAGES = 3000
"""Said in the room beforehand, so that there is something to search."""

PACE = 0.01
"""Seconds between two requests of one who measures."""

SLOWER = 2.0
TRIES = 3
"""How often a flood is tried that is slower: a machine that is shared has pauses of its own, of
ten milliseconds and more. The best try counts."""

Ratios = dict[str, tuple[float, float]]
"""For each asker, the median and the 99th percentile as multiples of those before."""

BANS = 250
"""As many as a room may have."""
AT_ONCE = 16
"""Requests that the hostile client has on the way."""

FLOODS: dict[str, Callable[[int], str]] = {
    "list": lambda _: "list",
    "who": lambda _: "who",
    "who of the room": lambda _: f"who {ROOM}",
    "search for what is nowhere": lambda number: f"search {ROOM} nowhere{number}",
    "search for what is everywhere": lambda _: f"search {ROOM} text",
    "history": lambda _: f"history {ROOM} 1000",
    "create": lambda number: f"create made{number}",
    "join new rooms": lambda number: f"join joined{number}",
    "lines that mean nothing": lambda number: f"nonsense {number}",
    "ping": lambda number: f"ping {number}",
    "join and leave a room with 250 bans": lambda number: f"{('leave', 'join')[number % 2]} {ROOM}",
    "ban and unban": lambda number: _ruling(
        number, f"{('ban', 'unban')[number % 2]} {OWN} spam{number // 2}*"
    ),
    "set": lambda number: _ruling(number, f"set {OWN} announce {('yes', 'no')[number % 2]}"),
    "invite": lambda number: _ruling(number, f"invite {OWN} pinger"),
    "kick": lambda number: _ruling(number, f"kick {OWN} pinger"),
    "tryban": lambda number: _ruling(number, f"tryban {OWN} 127.0.0.0/8"),
    "tell": lambda number: f"tell pinger {number}",
}

IRC_FLOODS: dict[str, Callable[[int], str]] = {
    "LIST": lambda _: "LIST",
    "WHO *": lambda _: "WHO *",
    "WHO #room %...": lambda _: f"WHO #{ROOM} %tcuhsnfdlaor,1",
    "NAMES": lambda _: "NAMES",
    "WHOIS": lambda _: "WHOIS pinger",
    "CHATHISTORY": lambda _: f"CHATHISTORY LATEST #{ROOM} * 100",
    "CHATHISTORY by time": lambda _: f"CHATHISTORY AROUND #{ROOM} timestamp={LONG_AGO} 100",
    "NICK": lambda number: f"NICK hostile{number}",
    "JOIN and PART": lambda number: f"{('PART', 'JOIN')[number % 2]} #{ROOM}",
    "MODE +b": lambda number: _by_irc(number, f"MODE #{OWN2} +b spam{number}!*@*"),
    "MODE b": lambda _: f"MODE #{ROOM} b",
    "MONITOR": lambda number: f"MONITOR + {','.join(f'w{number}x{each}' for each in range(40))}",
    "TAGMSG": lambda _: f"@+typing=active TAGMSG #{ROOM}",
    "labels": lambda number: f"@label={number} LUSERS",
    "many targets": lambda number: f"PRIVMSG {','.join(f'n{each}' for each in range(90))} :x",
    "batches left open": lambda number: f"BATCH +{number} draft/multiline #{ROOM}",
    "AUTHENTICATE": lambda number: ("AUTHENTICATE PLAIN", f"AUTHENTICATE {'A' * 400}")[number % 2],
    "OPER": lambda number: f"OPER nobody{number} wrong",
    "lines of 600 bytes": lambda _: "x" * 600,
    "tags of 4 KB": lambda _: f"@+x={'y' * 4000} PING x",
}
"""The same at the IRC door, where every request is followed by a PING."""

OWN2 = "yard"
LONG_AGO = "2020-01-01T00:00:00.000Z"
CAPS = "batch draft/chathistory draft/multiline labeled-response message-tags sasl"

KNOCK = "connections from a banned address"
"""A flood of its own kind: it comes to nothing but a refusal each."""
BANNED = "127.0.0.2"


def _ruling(number: int, request: str) -> str:
    """Return what is asked of the flooder's own room, which is made first."""
    return f"join {OWN}" if number == 0 else request


def _by_irc(number: int, request: str) -> str:
    """Return what is asked of the flooder's own channel, which is made first."""
    return f"JOIN #{OWN2}" if number == 0 else request


def irc_flood(port: int, nick: str, request: Callable[[int], str]) -> None:
    """Ask as fast as answers come, by IRC."""
    os.nice(19)
    for connection in count():
        with suppress(OSError):
            client = socket.create_connection(("127.0.0.1", port), 5)
            hello = f"CAP REQ :{CAPS}\nCAP END\nNICK {nick}{connection}x\nUSER u 0 * :u\n"
            client.sendall(f"{hello}JOIN #{ROOM}\n".encode())
            _ask(client, (f"{request(number)}\nPING x" for number in count()), (b" PONG ",))
        time.sleep(0.1)


def knock(port: int) -> None:
    """Connect from the banned address as fast as one is thrown out, for ever."""
    os.nice(19)
    while True:
        with suppress(OSError), socket.socket() as client:
            client.settimeout(5)
            client.bind((BANNED, 0))
            client.connect(("127.0.0.1", port))
            while client.recv(1 << 12):
                pass


def flood(port: int, nick: str, request: Callable[[int], str]) -> None:
    """Ask as fast as answers come, for ever; connect again when thrown out."""
    os.nice(19)
    for connection in count():
        with suppress(OSError):
            client = socket.create_connection(("127.0.0.1", port), 5)
            client.sendall(f"nick {nick}{connection}\n{REGISTER}\njoin {ROOM}\n".encode())
            _ask(client, map(request, count()))
        time.sleep(0.1)


def _ask(
    client: socket.socket, requests: Iterator[str], answers: tuple[bytes, ...] = (b"\n+", b"\n-")
) -> None:
    owed, last, kept = 0, b"\n", max(map(len, answers)) - 1
    while True:
        while owed < AT_ONCE:
            client.sendall(f"{next(requests)}\n".encode())
            owed += 1
        data = client.recv(1 << 18)
        if not data:
            return
        lines = last + data
        owed -= sum(map(lines.count, answers))
        last = lines[-kept:]


class Asker:
    """Somebody who asks the same again and again, and notes how long the answers take."""

    def __init__(self, client: LineSocket, request: str) -> None:
        self.socket = client.socket
        self.socket.setblocking(False)
        self._request = f"{request}\n".encode()
        self._rest = b""
        self._asked: list[float] = []
        self.waits: list[float] = []

    def ask(self) -> None:
        """Ask once."""
        self._asked.append(time.monotonic())
        self.socket.sendall(self._request)

    def read(self) -> None:
        """Take the answers that there are."""
        *lines, self._rest = (self._rest + self.socket.recv(1 << 18)).split(b"\n")
        for line in lines:
            if line[:1] in (b"+", b"-"):
                self.waits.append(time.monotonic() - self._asked.pop(0))


class Trial:
    """A server with its rooms, those who measure, and the floods."""

    def __init__(self, rooms: int, seconds: float) -> None:
        self.results = Results("hostile")
        self._seconds = seconds
        filled = ServerProcess(None, "--data", "data", "--no-limits")
        self._fill(filled.client("filler", ROOM), rooms)
        filled.stop()
        self.filled = filled
        doors = ("--port", LOOPBACK, "--irc", LOOPBACK, "--irc-name", "irc.test")
        cores = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(cores)})
        self.server = ServerProcess(None, "--data", "data", *doors, folder=filled.folder)
        os.sched_setaffinity(0, {max(cores)})
        self._ban()
        self.askers = {
            "ping": Asker(self.server.client("pinger"), "ping"),
            "send": Asker(self.server.client("talker", ROOM), f"send {ROOM} hello"),
        }
        self._selector = selectors.DefaultSelector()
        for asker in self.askers.values():
            self._selector.register(asker.socket, selectors.EVENT_READ, asker)

    def _ban(self) -> None:
        """Make somebody an operator, and let them ban the address that knocks."""
        code = self.server.output.find(r"say: claim (\S+)").group(1)
        operator = self.server.client("operator")
        for line in (REGISTER, f"claim {code}", f"server-ban {BANNED}"):
            answer = operator.asks(line)[-1]
            assert answer.startswith("+ "), answer

    def _fill(self, client: LineSocket, rooms: int) -> None:
        # Only who is registered may make a room secret.
        requests = [REGISTER, *(f"create room{number}" for number in range(rooms))]
        requests += [f"set room{number} kind unlisted" for number in range(0, rooms, 2)]
        requests += [f"ban {ROOM} spam{number}*x?y" for number in range(BANS)]
        requests += [f"send {ROOM} text number {number}" for number in range(MESSAGES)]
        for start in range(0, len(requests), 50):
            some = requests[start : start + 50]
            client.says(*some)
            for _ in some:
                answer = client.lines_until(lambda line: line[0] in "+-")[-1]
                assert answer.startswith("+ "), answer

    def run(self, floods: Sequence[str]) -> int:
        """Measure alone, then beside each flood; return the exit status."""
        self._measure(1)
        alone = self._measure(2 * self._seconds)
        self._show("alone", alone)
        for what in floods:
            tried: list[Ratios] = []
            while len(tried) < TRIES and (not tried or _worst(tried[-1]) > SLOWER):
                beside = self._beside(what)
                self._show(what, beside)
                tried.append({name: _ratios(beside[name], alone[name]) for name in alone})
            self._report(what, min(tried, key=_worst))
        return self.results.finish()

    def _beside(self, what: str) -> dict[str, list[float]]:
        """Return the waits beside a flood, which is over afterwards."""
        flooder = self._flooder(what)
        flooder.start()
        self._measure(0.5)
        beside = self._measure(self._seconds)
        flooder.kill()
        flooder.join()
        self._measure(1)
        return beside

    def _flooder(self, what: str) -> multiprocessing.Process:
        port = self.server.port
        if what == KNOCK:
            return multiprocessing.Process(target=knock, args=(port,), daemon=True)
        if what in IRC_FLOODS:
            ask = (self.server.ports[-1], "hostile", IRC_FLOODS[what])
            return multiprocessing.Process(target=irc_flood, args=ask, daemon=True)
        arguments = (port, "hostile", FLOODS[what])
        return multiprocessing.Process(target=flood, args=arguments, daemon=True)

    def _measure(self, seconds: float) -> dict[str, list[float]]:
        """Ask for so long; return the waits of each asker, in order of length."""
        for asker in self.askers.values():
            asker.waits.clear()
        begin = time.monotonic()
        for turn in range(int(seconds / PACE)):
            for asker in self.askers.values():
                asker.ask()
            self._read_until(begin + (turn + 1) * PACE)
        self._read_until(time.monotonic() + 0.2)
        return {name: sorted(asker.waits) for name, asker in self.askers.items()}

    def _read_until(self, moment: float) -> None:
        while (left := moment - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                key.data.read()

    def _show(self, what: str, waits: dict[str, list[float]]) -> None:
        for name, found in waits.items():
            p50, p99 = (1000 * percentile(found, share) for share in (0.5, 0.99))
            say(f"{what}: {name} p50 {p50:.2f}, p99 {p99:.2f} ms")

    def _report(self, what: str, found: Ratios) -> None:
        for name, (p50, p99) in found.items():
            self.results.add(
                f"{name} beside a flood of: {what}, at most {SLOWER:g} times as slow",
                f"p50 {p50:.2f}, p99 {p99:.2f} times",
                max(p50, p99) <= SLOWER,
            )


def _ratios(beside: list[float], alone: list[float]) -> tuple[float, float]:
    """Return how many times as long the median took, and the 99th percentile."""
    p50, p99 = (percentile(beside, share) / percentile(alone, share) for share in (0.5, 0.99))
    return p50, p99


def _worst(found: Ratios) -> float:
    return max(max(ratios) for ratios in found.values())


def main(argv: list[str]) -> int:
    """Run the trial; return 1 when somebody was slowed down."""
    parser = argparse.ArgumentParser(description="A hostile client and those beside it.")
    parser.add_argument("--full", action="store_true", help="5,000 rooms, 10 seconds a flood")
    parser.add_argument("--irc", action="store_true", help="only the floods by IRC")
    options = parser.parse_args(argv)
    trial = Trial(5000, 10.0) if options.full else Trial(500, 2.0)
    try:
        return trial.run(tuple(IRC_FLOODS) if options.irc else (*FLOODS, *IRC_FLOODS, KNOCK))
    finally:
        trial.server.end()
        trial.filled.end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
