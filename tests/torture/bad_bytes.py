"""Send a real server everything that is no chat, while somebody else goes on chatting.

    python -m tests.torture.bad_bytes            a few seconds
    python -m tests.torture.bad_bytes --full     a gigabyte without a line end, and so on

One attack after the other comes from a connection of its own; it reads what it is sent.
Each must be answered with lines of the protocol alone, and not with more of them than
`most`; the server's memory may grow by 1 MB at most; another client's `ping` is answered
all the time, and how long that took is shown. At the end there is no traceback in the log.
"""

import argparse
import os
import selectors
import socket
import sys
import time
from collections.abc import Iterable, Iterator
from random import Random

import attrs

from chatsvc.core.limits import DEFAULT_LIMITS
from tests.end_to_end.line_socket import PATIENCE, LineSocket
from tests.end_to_end.server_process import ServerProcess
from tests.torture.fuzz import say
from tests.torture.grammar import Grammar
from tests.torture.world import Wrong, check_line

KILOBYTE, MEGABYTE = 1024, 1024 * 1024
PIECE = 65536
TLS_HELLO = bytes.fromhex(
    "16030100f1010000ed0303" + "5a" * 32 + "20" + "0a" * 32 + "0062" + "130213031301" * 16 + "0100"
    "0042000a000c000a001d0017001e00190018000b00020100000d0006000404030804"
)
RDP_HELLO = b"\x03\0\0\x2c\x27\xe0\0\0\0\0\0Cookie: mstshash=user\r\n\x01\0\x08\0\x03\0\0\0"
HTTP = (
    b"GET / HTTP/1.1\r\nHost: localhost:8123\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n"
    b"nick mallory\r\nsend tea hello\r\n"
)
MARKS = "\u0315\u0300\u0327".encode() * 600


@attrs.frozen
class Attack:
    """Bytes to send, and the most lines that may come back for them.

    `closes`: the server closes the connection by itself. `piecewise`: each chunk is sent
    by a system call of its own.
    """

    name: str
    chunks: Iterable[bytes]
    most: int = 1
    closes: bool = False


def attacks(size: int) -> Iterator[Attack]:
    """Return every attack; the largest send `size` bytes."""
    noise = Random(1).randbytes(min(size, 4 * MEGABYTE) // 4)
    yield Attack("a line without an end", _pieces(b"x", size))
    yield Attack("a line of zero bytes without an end", _pieces(b"\0", size // 10))
    yield Attack("an HTTP request", [HTTP], closes=True)
    yield Attack("a TLS greeting", [TLS_HELLO], closes=True)
    yield Attack("a TLS greeting, byte by byte", _bytewise(TLS_HELLO), closes=True)
    yield Attack("an SSH greeting", [b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n" + noise], closes=True)
    yield Attack("an RDP greeting", [RDP_HELLO], closes=True)
    yield Attack("noise", [noise], noise.count(b"\n") + noise.count(b"\r\0"))
    yield Attack("empty lines", _pieces(b"\n", size // 10), 0)
    # These are read slowly, a thousand at a time.
    yield Attack("lines of a space", [b" \n" * (size // 4096)], 0)
    yield Attack("lines of carriage returns", _pieces(b"\r\n\r\0", size // 10), 0)
    yield Attack("telnet negotiations", _pieces(b"\xff\xfd\x03\xff\xfb\x18", size // 40), 0)
    yield Attack("telnet commands", _pieces(b"\xff\xf1", size // 40), 0)
    yield Attack("a telnet block without an end", [b"\xff\xfa\x18", *_pieces(b"x", size // 10)], 0)
    grammar = Grammar(Random(2), DEFAULT_LIMITS.line_bytes, quits=False)
    requests = b"nick noisy\njoin tea\n" + grammar.stream(size // 32768)
    yield Attack("requests of every kind, right and wrong", grammar.chunks(requests), size)
    yield Attack("a number of 100,000 digits", [b"history tea " + b"9" * 100_000 + b"\n"])
    yield Attack("a number of 3,000 digits", [b"join tea since " + b"9" * 3000 + b"\n"])
    yield Attack("piles of marks as names", [b"join a" + MARKS + b"\n"] * 200, 200)
    # In a room of its own: in the one above something might be found.
    searches = [b"nick m\njoin marks\n"] + [b"search marks a" + MARKS + b"\n"] * 200
    yield Attack("piles of marks as words", searches, 204)
    yield Attack("10,000 tiny chunks", _bytewise(b"ping 1234\n" * 1000), 1000)
    yield Attack("a byte every now and then", _drip(b"ping 1\n" * 2), 2)


def _pieces(pattern: bytes, size: int) -> Iterator[bytes]:
    piece = pattern * (PIECE // len(pattern))
    for _ in range(max(1, size // len(piece))):
        yield piece


def _bytewise(data: bytes) -> Iterator[bytes]:
    for place in range(len(data)):
        yield data[place : place + 1]


def _drip(data: bytes) -> Iterator[bytes]:
    """Return byte after byte, and nothing in between: each nothing is a moment's wait."""
    for byte in _bytewise(data):
        yield byte
        yield b""


@attrs.define
class Outcome:
    """What an attack came to."""

    name: str
    sent: int = 0
    lines: int = 0
    closed: bool = False
    grown: int = 0
    seconds: float = 0.0
    pings: list[float] = attrs.field(factory=list)

    def __str__(self) -> str:
        pings = sorted(self.pings)
        return (
            f"{self.name:38} {self.sent / MEGABYTE:8.2f} MB, {self.lines:6,} lines back, "
            f"{self.seconds:6.2f} s, memory {self.grown:+6,} KB; "
            f"{len(pings):6,} pings of the other: "
            f"median {pings[len(pings) // 2] * 1000:5.1f} ms, longest {pings[-1] * 1000:6.1f} ms"
        )


class Witness:
    """A client that does nothing but ask for a sign of life, one after the other."""

    def __init__(self, client: LineSocket) -> None:
        self.socket = client.socket
        self.socket.setblocking(False)
        self.pings: list[float] = []
        self._rest = b""
        self.ask()

    def ask(self) -> None:
        """Send the next ping."""
        self._asked = time.monotonic()
        self.socket.send(b"ping\n")

    def take(self) -> None:
        """Take what came; after an answer ask again."""
        self._rest += self.socket.recv(PIECE)
        if b"+ pong\n" in self._rest:
            self.pings.append(time.monotonic() - self._asked)
            self._rest = b""
            self.ask()


class Assault:
    """One attack while a witness is watching."""

    def __init__(self, server: ServerProcess, attack: Attack, witness: Witness) -> None:
        self.server = server
        self.attack = attack
        self.witness = witness
        self.outcome = Outcome(attack.name)
        self.socket = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._chunks = iter(attack.chunks)
        self._left = b""
        self._received = b""
        self._selector = selectors.DefaultSelector()

    def run(self) -> Outcome:
        """Send everything, wait for an answer to a last ping or for the end, and judge."""
        before, began = memory_of(self.server.pid), time.monotonic()
        with self.socket, self._selector:
            self.socket.setblocking(False)
            self._selector.register(self.socket, selectors.EVENT_READ | selectors.EVENT_WRITE)
            self._selector.register(self.witness.socket, selectors.EVENT_READ)
            # However the attack left its line: this ends it, and is answered.
            last = b"" if self.attack.closes else b"\xff\xf0\n/ping the-end\n"
            self._send_all(last)
            self._see_the_witness_answered()
        self.outcome.seconds = time.monotonic() - began
        self.outcome.grown = memory_of(self.server.pid) - before
        self.outcome.pings, self.witness.pings = self.witness.pings, []
        self._judge()
        return self.outcome

    def _send_all(self, last: bytes) -> None:
        sending, is_over = True, False
        patience = time.monotonic() + PATIENCE
        while not is_over:
            for key, events in self._selector.select(0.01 if sending else PATIENCE):
                if key.fileobj is self.witness.socket:
                    self.witness.take()
                    continue
                if events & selectors.EVENT_READ:
                    is_over = self._read()
                    patience = time.monotonic() + PATIENCE
                if events & selectors.EVENT_WRITE and not is_over:
                    sending = self._write()
                    patience = time.monotonic() + PATIENCE
                    if not sending:
                        self._selector.modify(self.socket, selectors.EVENT_READ)
                        self._left = last
                        if last:
                            self.socket.send(last)
            if time.monotonic() > patience:
                raise Wrong(f"{self.attack.name}: no end; got {self._received[-200:]!r}")

    def _see_the_witness_answered(self) -> None:
        self._selector.unregister(self.socket)
        while not self.witness.pings:
            if not self._selector.select(PATIENCE):
                raise Wrong(f"{self.attack.name}: the other client's ping is not answered")
            self.witness.take()

    def _write(self) -> bool:
        """Send the next piece; return whether there is more."""
        if not self._left:
            piece = next(self._chunks, None)
            if piece is None:
                return False
            if not piece:
                time.sleep(0.01)
            self._left = piece
        try:
            count = self.socket.send(self._left)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self.outcome.sent += count
        self._left = self._left[count:]
        return True

    def _read(self) -> bool:
        """Take what came; return whether that was all."""
        try:
            data = self.socket.recv(PIECE)
        except ConnectionError:
            data = b""
        self._received += data
        self.outcome.closed = not data
        *lines, self._received = self._received.split(b"\n")
        for line in lines:
            if line == b"+ pong the-end":
                return True
            check_line(line.decode("utf-8"))
            if line.startswith(b"- storage "):
                raise Wrong(f"{self.attack.name}: {line!r}")
            self.outcome.lines += not line.startswith(b"*")
        return not data

    def _judge(self) -> None:
        name = self.attack.name
        # One line more is allowed for what ends the attack's last line.
        if self.outcome.lines > self.attack.most + (not self.attack.closes):
            raise Wrong(f"{name}: {self.outcome.lines} lines for at most {self.attack.most}")
        if self.outcome.closed != self.attack.closes:
            raise Wrong(f"{name}: {'closed' if self.outcome.closed else 'not closed'}")


def memory_of(pid: int) -> int:
    """Return how much memory a process has, in KB."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // KILOBYTE


def assail(server: ServerProcess, size: int) -> Iterator[Outcome]:
    """Try every attack on a running server, one after the other."""
    witness = Witness(server.client("witness", "tea"))
    for attack in attacks(size):
        yield Assault(server, attack, witness).run()


def main(argv: list[str]) -> int:
    """Try everything on a server of our own; return the exit status."""
    parser = argparse.ArgumentParser(prog="bad_bytes", description=__doc__.split("\n")[0])
    parser.add_argument("--full", action="store_true", help="a gigabyte, not 20 megabytes")
    options = parser.parse_args(argv)
    server = ServerProcess(None, "--data", "data", "--no-limits")
    try:
        for outcome in assail(server, 1024 * MEGABYTE if options.full else 20 * MEGABYTE):
            say(str(outcome))
        status = server.stop()
        log = server.output.ended_text() + server.errors.ended_text()
    finally:
        server.end()
    if "Traceback" in log or status != 0:
        say(log)
        return 1
    say(f"no traceback in {len(log.splitlines())} lines of the log; stopped with status {status}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
