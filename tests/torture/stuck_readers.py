"""Readers that do not read: what a crowd of them costs, and whether the others notice.

    python -m tests.torture.stuck_readers [--full] [--irc]

With `--irc` it is IRC clients that do not read, in the same room.
A server of its own, with its log on the disk. In one room somebody says messages of 4,000
bytes at a steady pace, and healthy members read them and measure how long a small message
of theirs takes to come back: first alone, then with the stuck readers there too. Then some
of these read on, and the others are cut off by the server. `Trial.promise` says what must
hold; the exit status is 1 when a promise was broken.

Memory is what the server has resident, plus what TCP has in the kernel on the whole machine
(`mem` in /proc/net/sockstat). The readers run on the same machine, with the smallest receive
buffer there is; that little of theirs is counted too.
"""

import argparse
import os
import re
import resource
import selectors
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.end_to_end.line_socket import LineSocket
from tests.end_to_end.server_process import LOOPBACK, ServerProcess

ROOM = "hall"
BIG = "x" * 4000
HEALTHY = 5
PROBE_EVERY = 0.02
"""Seconds between two small messages; the healthy members take turns."""

MEMBERS_BACK = 5
"""Stuck readers that read on before their time."""

MEMORY_MIB = 300
"""What a thousand stuck readers may cost; a tenth of it is promised for any fewer."""

CACHED_MESSAGES, BATCH = 6000, 50
"""Big messages that fill the cache of new ones (16 MiB, `storage/recent.py`) and the database's."""

SLOWER = 2.0
SETTLING_SECONDS = 3.0
"""The first seconds of stuck readers: until they are full they are a crowd that is served."""

MESSAGE_ID = re.compile(rb"@(?:[^ ]*;)?msgid=" + ROOM.encode() + rb"/([0-9]+)/[^ ]* \S+ PRIVMSG ")

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def kernel_bytes() -> int:
    """Return what TCP sockets hold in the kernel, on the whole machine."""
    text = Path("/proc/net/sockstat").read_text()
    return sum(map(int, re.findall(r"TCP: .* mem (\d+)", text))) * PAGE_BYTES


def resident_bytes(pid: int) -> int:
    """Return what a process has resident."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES


def percentile(values: list[float], share: float) -> float:
    """Return the value below which `share` of `values` lie; 0 if there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Member:
    """A member that reads: it checks the numbers and times its own small messages."""

    def __init__(self, client: LineSocket, nick: str) -> None:
        self.socket = client.socket
        self.socket.setblocking(False)
        self.nick = nick
        self.last = 0
        self.wrong = 0
        self.has_ended = False
        self.delays: list[float] = []
        self._mark = f" {nick} at ".encode()
        self._rest = b""

    def probe(self) -> None:
        """Say the time."""
        self.socket.sendall(f"send {ROOM} at {time.monotonic()}\n".encode())

    def read(self) -> None:
        """Take what there is."""
        try:
            data = self.socket.recv(1 << 18)
        except BlockingIOError:
            return
        except ConnectionResetError:
            data = b""
        self.has_ended = not data
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b"* said "):
                self._heard(line)

    def _heard(self, line: bytes) -> None:
        number = int(line.split(b" ", 4)[3])
        self.wrong += bool(self.last) and number != self.last + 1
        self.last = number
        if self._mark in line[:120]:
            self.delays.append(time.monotonic() - float(line.rsplit(b" ", 1)[1]))


class IrcMember(Member):
    """A member by IRC: the number of a message is in its id; a long message is several lines."""

    def read(self) -> None:
        """Take what there is."""
        try:
            data = self.socket.recv(1 << 18)
        except BlockingIOError:
            return
        except ConnectionResetError:
            data = b""
        self.has_ended = not data
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            found = MESSAGE_ID.match(line)
            if found is not None:
                number = int(found[1])
                self.wrong += bool(self.last) and number not in (self.last, self.last + 1)
                self.last = number


class Trial:
    """One run: its server, its members and its figures."""

    def __init__(
        self, readers: int, megabytes: int, seconds: float, stuck_seconds: int, by_irc: bool
    ) -> None:
        self.by_irc = by_irc
        self.broken: list[str] = []
        self.readers_count, self.megabytes, self.seconds = readers, megabytes, seconds
        self.stuck_seconds = stuck_seconds
        options = (
            "--no-limits",
            "--data",
            "data",
            "--lobby",
            "",
            "--stuck-seconds",
            str(stuck_seconds),
        )
        doors = ("--port", LOOPBACK, "--irc", LOOPBACK, "--irc-name", "irc.test") if by_irc else ()
        self.server = ServerProcess(None, *options, *doors)
        # The door of those who do not read is the one opened last.
        self.stuck_port = self.server.ports[-1]
        self._fill_caches()
        self.selector = selectors.DefaultSelector()
        self.members = [self._member(f"healthy{number}") for number in range(HEALTHY)]
        self.talker = self._member("talker")
        self.said = 0

    def _fill_caches(self) -> None:
        """Say so much that the log's caches are full: what they take is not the readers' doing."""
        filler = self.server.client("filler", ROOM)
        for _ in range(CACHED_MESSAGES // BATCH):
            filler.says(*[f"send {ROOM} {BIG}"] * BATCH)
            for _ in range(BATCH):
                filler.until(f"+ sent {ROOM} ")
        filler.close()

    def _member(self, nick: str) -> Member:
        return self._watch(Member(self.server.client(nick, ROOM), nick))

    def _watch(self, member: Member) -> Member:
        self.selector.register(member.socket, selectors.EVENT_READ, member)
        return member

    # The story

    def run(self) -> list[str]:
        """Go through all of it and return the promises that were broken."""
        self._talk(self.seconds / 4)
        quiet = self._report("without stuck readers")
        readers = [self._stuck_reader(number) for number in range(self.readers_count)]
        self._wait(1.0)
        self._delays()
        before = self._used()
        self._talk(SETTLING_SECONDS)
        self._report("while they fill up")
        self._talk(self.seconds - SETTLING_SECONDS)
        stuck = self._report("with stuck readers")
        self._check_memory(before)
        self.promise(stuck <= SLOWER * quiet, f"p99 {stuck / quiet:.2f} times the quiet one (2)")
        self._come_back(readers[:MEMBERS_BACK])
        self._cut_off(readers[MEMBERS_BACK:], quiet)
        self._check_members()
        return self.broken

    def promise(self, is_kept: bool, sentence: str) -> None:
        """Print a figure, and whether it is as promised."""
        say(f"{'kept  ' if is_kept else 'BROKEN'}  {sentence}")
        if not is_kept:
            self.broken.append(sentence)

    def _stuck_reader(self, number: int) -> LineSocket:
        """Return a member that is not read from any more, with the smallest receive buffer."""
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.connect(("127.0.0.1", self.stuck_port))
        reader = LineSocket(connection)
        if self.by_irc:
            reader.says("CAP REQ :message-tags", "CAP END", f"NICK stuck{number}", "USER u 0 * :u")
            reader.says(f"JOIN #{ROOM}").lines_until(lambda line: " 366 " in line)
        else:
            reader.says(f"nick stuck{number}", f"join {ROOM}").until(f"+ join {ROOM} ")
        self._turn(0)
        return reader

    def _talk(self, seconds: float) -> None:
        """Let the talker say its share of the megabytes, and members their small messages."""
        pace = self.megabytes * 1e6 / len(BIG) / self.seconds
        begin, said = time.monotonic(), 0
        line = f"send {ROOM} {BIG}\n".encode()

        def say() -> bool:
            nonlocal said
            passed = time.monotonic() - begin
            while said < passed * pace and said < seconds * pace:
                self.talker.socket.setblocking(True)
                self.talker.socket.sendall(line)
                self.talker.socket.setblocking(False)
                said += 1
            return passed >= seconds

        self._until(say)

    def _come_back(self, readers: list[LineSocket]) -> None:
        for reader in readers:
            reader.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        kind = IrcMember if self.by_irc else Member
        back = [self._watch(kind(reader, "")) for reader in readers]
        newest = self.members[0]
        target = newest.last
        self._until(lambda: all(each.last >= target for each in back), 60)
        lost = sum(bool(each.wrong) or each.last < target for each in back)
        self.promise(lost == 0, f"{len(back)} stuck readers read on: {lost} of them missed a line")
        for each in back:
            self.selector.unregister(each.socket)
            each.socket.close()
        self._delays()

    def _cut_off(self, readers: list[LineSocket], quiet: float) -> None:
        """Wait until the server has cut off who is still stuck."""
        words = "was cut off: it read nothing for"

        def count() -> int:
            return sum(words in line for line in self.server.output.lines)

        done = self._until(lambda: count() >= len(readers), self.stuck_seconds + 15)
        self.promise(done, f"{count()} of {len(readers)} were cut off, with a reason in the log")
        self._wait(2.0)
        slow = self._report("while they were cut off")
        self.promise(slow <= SLOWER * quiet, f"p99 {slow / quiet:.2f} times the quiet one (2)")
        for reader in readers:
            reader.close()

    def _check_memory(self, before: int) -> None:
        resident, kernel = resident_bytes(self.server.pid), kernel_bytes()
        grown = (resident + kernel - before) / 2**20
        say(f"        resident {resident / 2**20:.0f} MiB, kernel {kernel / 2**20:.0f} MiB")
        most = MEMORY_MIB * max(0.1, self.readers_count / 1000)
        self.promise(grown <= most, f"memory grew by {grown:.0f} MiB (at most {most:.0f})")

    def _check_members(self) -> None:
        self._wait(1.0)
        newest = max(member.last for member in self.members)
        lost = sum(member.wrong or member.last != newest for member in self.members)
        self.promise(lost == 0, f"{lost} healthy members missed one of {newest} messages")

    # The loop

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        self._until(lambda: time.monotonic() >= end)

    def _until(self, is_done: Callable[[], bool], patience: float = 600.0) -> bool:
        """Read, and say small messages, until `is_done`; return whether it came to that."""
        end, probes = time.monotonic() + patience, 0
        begin = time.monotonic()
        while not is_done():
            if time.monotonic() > end:
                return False
            if time.monotonic() >= begin + probes * PROBE_EVERY:
                self.members[probes % HEALTHY].probe()
                probes += 1
            self._turn(0.001)
        return True

    def _turn(self, seconds: float) -> None:
        for key, _ in self.selector.select(seconds):
            key.data.read()

    def _used(self) -> int:
        return resident_bytes(self.server.pid) + kernel_bytes()

    def _delays(self) -> list[float]:
        delays = [delay for member in self.members for delay in member.delays]
        for member in self.members:
            member.delays.clear()
        return delays

    def _report(self, when: str) -> float:
        """Print what delays there were and return the p99, in seconds."""
        delays = [delay * 1000 for delay in self._delays()]
        p50, p99, most = (percentile(delays, share) for share in (0.5, 0.99, 1.0))
        say(
            f"        {when}: p50 {p50:.1f}, p99 {p99:.1f}, longest {most:.1f} ms "
            f"({len(delays)} messages)",
        )
        return p99 / 1000


def main(argv: list[str]) -> int:
    """Run the trial; return 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description="Stuck readers and those who are not.")
    parser.add_argument("--full", action="store_true", help="1,000 readers and 50 MB")
    parser.add_argument("--irc", action="store_true", help="IRC clients that do not read")
    parser.add_argument("--readers", type=int)
    parser.add_argument("--megabytes", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--stuck-seconds", type=int, default=30)
    options = parser.parse_args(argv)
    readers, megabytes, seconds = (1000, 50, 18.0) if options.full else (100, 10, 12.0)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    trial = Trial(
        options.readers or readers,
        options.megabytes or megabytes,
        options.seconds or seconds,
        options.stuck_seconds,
        options.irc,
    )
    try:
        return 1 if trial.run() else 0
    finally:
        trial.server.end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
