"""Out of file descriptors: newcomers wait, nobody else notices, and it ends by itself."""

import os
import socket
import tempfile
from pathlib import Path

from twisted.trial.unittest import TestCase

from tests.end_to_end.line_socket import LineSocket
from tests.end_to_end.server_process import ServerProcess, skip_without

MOST = 64


class DescriptorTests(TestCase):
    skip = skip_without("prlimit")

    def setUp(self) -> None:
        self.path = f"{tempfile.mkdtemp(dir=self.mktemp_root())}/socket"
        self.server = ServerProcess(
            self,
            "--port",
            "tcp:0:interface=127.0.0.1",
            "--port",
            f"unix:{self.path}",
            before=("prlimit", f"--nofile={MOST}"),
        )

    def mktemp_root(self) -> str:
        """Return a folder whose name is short enough for a socket."""
        return "/tmp" if os.path.isdir("/tmp") else tempfile.gettempdir()

    def test_newcomers_wait_until_others_go(self) -> None:
        ann = self.server.client("ann")
        crowd = [self.server.client() for _ in range(MOST)]
        self.server.output.find("No file descriptors are left")
        waiting = LineSocket.unix(self.path)
        self.server.keep(waiting)
        self.assertEqual(ann.asks("ping still"), ["+ pong still"])
        self.assertLess(self.server.descriptors(), MOST - 4)
        before = self.cpu_ticks()
        waiting.socket.settimeout(1.2)
        self.assertRaises(socket.timeout, waiting.line)
        waiting.socket.settimeout(20)
        self.assertLess(self.cpu_ticks() - before, 30)
        for each in crowd[: MOST // 2]:
            each.close()
        self.assertIn("hello", waiting.greeted())
        self.assertEqual(crowd[-1].greeted()[:7], "* hello")
        self.assertEqual(self.server.output.text().count("No file descriptors are left"), 1)
        self.assertNotIn("EMFILE", self.server.output.text())

    def cpu_ticks(self) -> int:
        """Return the processor time of the server in hundredths of a second."""
        fields = Path(f"/proc/{self.server.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])
