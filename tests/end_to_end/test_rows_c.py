"""Rows C1 to C7, tried in the running server: the self-tidying room."""

import re
import sys
import time

from twisted.trial.unittest import TestCase

from tests.end_to_end.client_process import piped
from tests.end_to_end.server_process import ROOT, ServerProcess, run, shared_server, skip_without


class RowsCTests(TestCase):
    def test_row_c1_the_name_stands_in_the_greeting_at_every_door(self) -> None:
        """Row C1: `--name`, `--port`; the client shows the name too."""
        server = ServerProcess(self, "--name", "Friday server", "--port", "unix:c1.sock",
                               "--port", "tcp:0:interface=127.0.0.1")  # fmt: skip
        self.assertIn('"Friday server"', server.client().greeted())
        through = run("nc", "-U", f"{server.folder}/c1.sock", input="quit\n")
        self.assertIn('"Friday server"', through.stdout)
        self.assertIn("Connected to Friday server", piped(server.port, "ann", "quit\n").stdout)

    def test_row_c2_the_first_client_is_in_the_lobby_without_a_command(self) -> None:
        """Row C2: the lobby is made on first need, and newcomers land in it."""
        server = ServerProcess(self, "--lobby", "foyer")
        ann, bob = server.client(), server.client()
        self.assertEqual(ann.asks("list"), ["+ list 0"])
        ann.says("nick ann")
        self.assertEqual(ann.until("* joined")[-2:], ["+ nick ann", "* joined foyer ann"])
        bob.asks("nick bob")
        self.assertEqual(ann.until("* joined")[-1], "* joined foyer bob")
        self.assertEqual(bob.asks("send foyer hi"), ["+ sent foyer 1"])

    def test_row_c3_welcome_messages_of_server_and_room_are_seen(self) -> None:
        """Row C3: per server and per room, and they can be set."""
        server = ServerProcess(self, "--welcome", "Be kind to each other.")
        ann = server.client()
        self.assertEqual(ann.until("* motd ")[-1], "* motd Be kind to each other.")
        for line in ("nick ann", "create tea", "welcome tea Mind the kettle"):
            ann.asks(line)
        bob = server.client("bob")
        bob.says("join tea")
        self.assertEqual(bob.until("* welcome ")[-1], "* welcome tea Mind the kettle")

    def test_row_c4_clients_that_leave_are_told_and_leak_no_descriptor(self) -> None:
        """Row C4: clean close, the others are told; connects come and go without a leak."""
        server = ServerProcess(self)
        ann = server.client("ann", "tea")
        before = server.descriptors()
        for number in range(100):
            bob = server.client(f"bob{number}", "tea")
            if number % 2:
                bob.says("quit")
                self.assertEqual(bob.rest()[-1], "+ bye")
            bob.close()
            self.assertEqual(ann.until("* left tea ")[-1], f"* left tea bob{number}")
        deadline = time.monotonic() + 20
        while server.descriptors() > before:
            ann.asks("ping")
            self.assertLess(time.monotonic(), deadline)

    def test_row_c5_a_temporary_room_vanishes_with_its_last_member(self) -> None:
        """Row C5: `list` before and after, for rooms made by `join` and by `create`."""
        server = shared_server()
        ann, bob = server.client("ann-c5"), server.client("bob-c5")
        ann.asks("create kept-c5")
        for client in (ann, bob):
            client.asks("join kept-c5")
            client.asks("join brief-c5")
        self.assertEqual(self.rooms_of(ann), ["brief-c5", "kept-c5"])
        ann.asks("leave brief-c5")
        self.assertEqual(self.rooms_of(ann), ["brief-c5", "kept-c5"])
        bob.says("quit").until("+ bye")
        ann.asks("leave kept-c5")
        ann.asks("create wait-c5")
        self.assertEqual(self.rooms_of(ann), ["kept-c5", "wait-c5"])

    def rooms_of(self, client) -> list[str]:
        return re.findall(r"= room (\S+-c5) ", "\n".join(client.asks("list")))

    def test_row_c6_the_server_closes_when_its_user_is_done(self) -> None:
        """Row C6: SIGINT, exit 0, also with clients connected."""
        server = ServerProcess(self)
        ann = server.client("ann")
        self.assertEqual(server.stop(), 0)
        self.assertEqual(ann.rest(), ["* closing The server is shutting down."])

    def test_row_c6_an_operator_shuts_it_down(self) -> None:
        """Row C6: `chatsvc shutdown` stops the server gracefully, and says if there is none."""
        server = ServerProcess(self, "--data", "kept")
        ann = server.client("ann")
        data = f"{server.folder}/kept"
        shutdown = (sys.executable, "-m", "chatsvc.command", "shutdown", "--data", data)
        done = run(*shutdown)
        self.assertEqual((done.returncode, done.stdout), (0, "The server has stopped.\n"))
        self.assertEqual(server.wait(), 0)
        self.assertEqual(ann.rest(), ["* closing The server is shutting down."])
        again = run(*shutdown)
        self.assertEqual(again.returncode, 1)
        self.assertTrue(again.stderr.startswith("chatsvc: No server works in "), again.stderr)

    def test_row_c7_the_readme_s_commands_do_what_it_says(self) -> None:
        """Row C7: a stranger who follows README.md sees what it shows."""
        if reason := skip_without("nc"):
            self.skipTest(reason)
        readme = (ROOT / "README.md").read_text(encoding="utf-8")
        found = re.search(r"^\$ (printf .*?) \| nc \S+ \d+\n(.*?)^```", readme, re.M | re.S)
        self.assertIsNotNone(found, "README.md shows no one-shot use through nc")
        typed, shown = found[1], found[2]
        server = ServerProcess(self)
        made = server.client("cook")
        for line in ("create garden", "join garden", "send garden x", "send garden y"):
            made.asks(line)
        done = run("sh", "-c", f"{typed} | nc 127.0.0.1 {server.port}")
        self.assertEqual(
            [line.split(" ")[:2] for line in done.stdout.splitlines()],
            [line.split(" ")[:2] for line in shown.splitlines()],
        )
        self.assertIn("Listening on ", readme)
        self.assertIn('chatsvc 0.1.0 "chatsvc" is ready', readme)
