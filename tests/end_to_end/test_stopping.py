"""Stopping: clients are told, all is committed, the exit status is 0; and what comes back."""

import signal
import socket
import sys
import time

from twisted.trial.unittest import TestCase

from tests.end_to_end.line_socket import LineSocket
from tests.end_to_end.server_process import ServerProcess

CLOSING = "* closing The server is shutting down."


def stuck_client(server: ServerProcess) -> LineSocket:
    """Return a client that asks for much more than it reads, until the server notices."""
    connection = socket.create_connection(("127.0.0.1", server.port))
    client = server.keep(LineSocket(connection))
    client.asks("nick stuck")
    connection.settimeout(0.5)
    try:
        while True:
            connection.sendall(b"help\n" * 1000)
    except TimeoutError:
        return client


class SignalTests(TestCase):
    def assert_stops(self, number: int, *options: str, **more: object) -> None:
        server = ServerProcess(self, *options, **more)
        ann, nameless = server.client("ann", "tea"), server.client()
        nameless.greeted()
        began = time.monotonic()
        self.assertEqual(server.stop(number), 0)
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(ann.rest(), [CLOSING])
        self.assertEqual(nameless.rest(), [CLOSING])
        self.assertNotIn("Traceback", server.output.ended_text() + server.errors.ended_text())

    def test_sigint(self) -> None:
        self.assert_stops(signal.SIGINT)

    def test_a_signal_right_after_the_start_is_graceful_too(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            self.assertEqual(ServerProcess(self).stop(number), 0)

    def test_a_stuck_client_does_not_keep_it_from_stopping(self) -> None:
        server = ServerProcess(self)
        stuck_client(server)
        self.assertEqual(server.stop(), 0)

    def test_under_load_everything_acknowledged_is_kept(self) -> None:
        server = ServerProcess(self, "--data", "data")
        clients = [server.client(f"user{number}", "tea") for number in range(5)]
        for client in clients:
            client.says(*[f"send tea {'x' * 200}"] * 400)
        clients[0].until("+ sent tea ")
        server.process.send_signal(signal.SIGTERM)
        lines = [client.rest() for client in clients]
        self.assertEqual(server.wait(), 0)
        self.assertEqual([each[-1] for each in lines], [CLOSING] * 5)
        acknowledged = {line.split(" ")[3] for each in lines for line in each if line[0] == "+"}
        again = ServerProcess(self, "--data", "data", folder=server.folder)
        last = int(again.client("ann").asks("join tea since 99999")[0].split(" ")[3])
        self.assertGreaterEqual(last, max(map(int, acknowledged)))


class HangingDiskTests(TestCase):
    """A disk that never confirms a commit: the stop has an end, and promises nothing."""

    program = """
import sqlite3, threading
from chatsvc import tap
from chatsvc.hub import shutdown
from chatsvc.storage.sqlite import SqliteLog

class Hanging(sqlite3.Connection):
    def execute(self, sql, parameters=()):
        if "hang" in str(parameters):
            threading.Event().wait()
        return super().execute(sql, parameters)

shutdown.COMMIT_SECONDS = 0.2
tap.SqliteLog = lambda folder, reactor: SqliteLog(folder, reactor, Hanging)
from twisted.scripts.twistd import run
run()
"""

    def test_it_ends_with_one_line_in_the_log_and_without_an_acknowledgement(self) -> None:
        runner = (sys.executable, "-c", self.program, "--nodaemon", "--pidfile=")
        server = ServerProcess(self, "--data", "data", "--lobby", "", runner=runner)
        ann, bob = server.client("ann", "tea"), server.client("bob")
        other = server.client("other")
        ann.settle()
        for client, line in ((ann, "send tea hang"), (bob, "create coffee")):
            client.says(line)
            other.asks("ping")
            other.asks("ping")
        self.assertEqual(server.stop(signal.SIGTERM), 0)
        for client in (ann, bob):
            refusal, closing = client.rest()
            self.assertRegex(refusal, "^- storage ")
            self.assertEqual(closing, CLOSING)
        lines = [line for line in server.output.ended_text().splitlines() if "#error" in line]
        self.assertEqual(len(lines), 1)
        self.assertIn("nothing of it was acknowledged", lines[0])
        again = ServerProcess(self, "--data", "data", folder=server.folder)
        self.assertEqual(again.client("ann").asks("join tea since 0"), ["+ join tea 0 1"])


class RestartTests(TestCase):
    def test_rooms_messages_topics_and_client_ids_are_there_again(self) -> None:
        first = ServerProcess(self, "--data", "data")
        ann = first.client("ann")
        for line in ("create tea", "join tea", "topic tea Leaves", "welcome tea Ho",
                     "send tea #k1 hi", "send tea again", "join brief"):  # fmt: skip
            ann.asks(line)
        listed = ann.asks("list")
        self.assertEqual(first.stop(), 0)
        second = ServerProcess(self, "--data", "data", folder=first.folder)
        bob = second.client("bob")
        without_members = [line.replace(" 1 0 ", " 0 0 ") for line in bob.asks("list")[:1]]
        self.assertEqual(without_members, [listed[0].replace(" 1 0 ", " 0 0 ")])
        self.assertIn("= room tea 0 2 ", "\n".join(bob.asks("list")))
        history = bob.asks("history tea")
        self.assertTrue(history[0].startswith("= said tea 1 "))
        self.assertEqual(history[-1], "+ history tea 2")
        self.assertRegex(bob.asks("topic tea")[0], r"^\+ topic tea \S+ ann Leaves$")
        self.assertEqual(bob.asks("welcome tea"), ["+ welcome tea Ho"])
        ann = second.client("ann", "tea")
        self.assertEqual(ann.asks("send tea #k1 hi"), ["+ sent tea 1"])
        self.assertEqual(ann.asks("send tea next"), ["+ sent tea 3"])
