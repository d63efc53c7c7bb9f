"""The floor in Python: the least that a chat server on Twisted has to do, to compare ours with.

    python bench/bare.py PORT [DATABASE]

It speaks as floor.c does and does as little: no names, no limits, no answers. What comes in
during one turn of the reactor is joined once for each room and sent to each of its members
with one `send`, past the transport. With DATABASE all that is first one row of an SQLite
journal (`synchronous=FULL`, in a thread), and is sent after the commit: the least that a
chat server on Twisted which keeps messages has to do.
"""

import queue
import sqlite3
import sys
import threading
from collections import defaultdict

from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol

Batch = dict[bytes, list[bytes]]
"""The lines of each room."""

rooms: dict[bytes, list["Bare"]] = defaultdict(list)


class Bare(Protocol):
    """One member of one room."""

    room = b""
    partial = b""

    def connectionMade(self) -> None:
        """Remember how to send, and do not wait to send more at once."""
        self.transport.setTcpNoDelay(True)
        self.send = self.transport.getHandle().send

    def dataReceived(self, data: bytes) -> None:
        """Take lines: into a room, or to all who are in it."""
        lines = (self.partial + data).split(b"\n") if self.partial else data.split(b"\n")
        self.partial = lines.pop()
        for line in lines:
            if line.startswith(b"/join "):
                self.room = line[6:]
                rooms[self.room].append(self)
                self.transport.write(b"/joined\n")
            else:
                gathering.add(self.room, line)

    def connectionLost(self, _reason: object = None) -> None:
        """Leave."""
        if self.room:
            rooms[self.room].remove(self)


class Gathering:
    """Join what comes in during a turn, and send it when the turn ends."""

    def __init__(self) -> None:
        self.lines: Batch = defaultdict(list)

    def add(self, room: bytes, line: bytes) -> None:
        """Take a line."""
        if not self.lines:
            reactor.callLater(0, self.end_turn)
        self.lines[room].append(line)

    def end_turn(self) -> None:
        """Send all there is."""
        lines, self.lines = self.lines, defaultdict(list)
        deliver(lines)


class Logged(Gathering):
    """Commit it first; while one commit runs, the next batch gathers."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.jobs: queue.SimpleQueue[Batch] = queue.SimpleQueue()
        self.is_busy = False
        threading.Thread(target=self.write, args=(path,), daemon=True).start()

    def end_turn(self) -> None:
        """Begin a commit, unless one runs."""
        if self.lines and not self.is_busy:
            self.is_busy = True
            lines, self.lines = self.lines, defaultdict(list)
            self.jobs.put(lines)

    def write(self, path: str) -> None:
        """Write batches, in a thread."""
        database = sqlite3.connect(path, isolation_level=None)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute(
            "CREATE TABLE IF NOT EXISTS journal (entry INTEGER PRIMARY KEY, lines BLOB)"
        )
        while True:
            batch = self.jobs.get()
            row = b"\n".join(line for lines in batch.values() for line in lines)
            database.execute("INSERT INTO journal (lines) VALUES (?)", (row,))
            reactor.callFromThread(self.committed, batch)

    def committed(self, batch: Batch) -> None:
        """Send what is durable, and commit what has come meanwhile."""
        self.is_busy = False
        deliver(batch)
        self.end_turn()


def deliver(batch: Batch) -> None:
    """Send to each member what was said in its room."""
    for room, lines in batch.items():
        lines.append(b"")
        data = b"\n".join(lines)
        for member in rooms[room]:
            try:
                sent = member.send(data)
            except OSError:
                sent = 0
            if sent != len(data):
                member.transport.write(data[sent:])


gathering = Logged(sys.argv[2]) if len(sys.argv) > 2 else Gathering()

if __name__ == "__main__":
    reactor.listenTCP(int(sys.argv[1]), Factory.forProtocol(Bare), 1024, "127.0.0.1")
    reactor.run()
