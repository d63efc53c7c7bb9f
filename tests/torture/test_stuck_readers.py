"""Tens of stuck readers on a real server: bounded, cut off, and nobody else loses anything."""

import socket
from pathlib import Path

from twisted.trial.unittest import TestCase

from tests.end_to_end.line_socket import LineSocket
from tests.end_to_end.server_process import ServerProcess
from tests.torture.stuck_readers import BIG, ROOM, resident_bytes

READERS = 30
MESSAGES = 1000
BATCH = 50


class StuckReaderTests(TestCase):
    skip = None if Path("/proc/self/statm").exists() else "needs Linux"

    def test_stuck_readers_cost_little_and_lose_nothing_when_they_read_on(self) -> None:
        server = ServerProcess(self, "--no-limits", "--stuck-seconds", "60")
        ann, bob = server.client("ann", ROOM), server.client("bob", ROOM)
        readers = [self.reader(server, number) for number in range(READERS)]
        ann.settle()
        before = resident_bytes(server.pid)
        for _ in range(0, MESSAGES, BATCH):
            ann.says(*[f"send {ROOM} {BIG}"] * BATCH)
            for _ in range(BATCH):
                ann.until(f"+ sent {ROOM} ")
            bob.settle()
        kept_by_log = MESSAGES * len(BIG) * 2
        grown = resident_bytes(server.pid) - before - kept_by_log
        self.assertLess(grown, READERS * 300_000 + 10_000_000)
        for reader in readers[:3]:
            reader.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            lines = reader.until(f"* said {ROOM} {MESSAGES} ")
            numbers = [int(line.split(" ")[3]) for line in lines if line.startswith("* said ")]
            self.assertEqual(numbers, list(range(1, MESSAGES + 1)))

    def reader(self, server: ServerProcess, number: int) -> LineSocket:
        """Return a member with a small receive buffer."""
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", server.port))
        reader = server.keep(LineSocket(connection))
        reader.says(f"nick stuck{number}", f"join {ROOM}").until(f"+ join {ROOM} ")
        return reader
