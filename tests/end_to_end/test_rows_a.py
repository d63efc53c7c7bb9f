"""Rows A1 to A11, tried in the running server: rooms by action code."""

import shutil
import socket
import subprocess
import time

from twisted.trial.unittest import TestCase

from tests.end_to_end.line_socket import PATIENCE
from tests.end_to_end.server_process import ServerProcess, run, shared_server, skip_without
from tests.end_to_end.test_stopping import stuck_client


class RowsATests(TestCase):
    def setUp(self) -> None:
        self.server = shared_server()

    def test_row_a1_one_can_connect_as_soon_as_it_says_it_listens(self) -> None:
        """Row A1: `--port N` is open the moment "Listening on" is printed."""
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        server = ServerProcess(
            self, "--port", f"tcp:{port}:interface=127.0.0.1", "--data", "data", wait=False
        )
        server.output.find("Listening on")
        self.assertTrue(server.client().greeted().startswith("* hello chatsvc/1 "))
        self.assertEqual(server.port, port)

    def test_row_a2_two_clients_interleave_without_cross_talk(self) -> None:
        """Row A2: every client has its own conversation, also half a line at a time."""
        one, two = self.server.client(), self.server.client()
        one.sends(b"nick one-a2\npi")
        two.sends(b"nick two-a2\nping t")
        one.sends(b"ng 1\n")
        two.sends(b"wo\n")
        self.assertEqual(one.until("+ pong")[-1], "+ pong 1")
        self.assertEqual(two.until("+ pong")[-1], "+ pong two")
        self.assertNotIn("two", " ".join(one.asks("ping 2")))

    def test_row_a3_create_makes_a_room_only_if_the_name_is_free(self) -> None:
        """Row A3: a new name is listed; the same name again is `room-exists`, room untouched."""
        ann = self.server.client("ann-a3")
        self.assertEqual(ann.asks("create room-a3"), ["+ created room-a3"])
        before = [line for line in ann.asks("list") if " room-a3 " in line]
        self.assertEqual(len(before), 1)
        self.assertTrue(ann.asks("create ROOM-A3")[0].startswith("- room-exists "))
        self.assertEqual([line for line in ann.asks("list") if " room-a3 " in line], before)

    def test_row_a4_join_returns_room_last_number_and_who_is_there(self) -> None:
        """Row A4: the reply carries the room, the last number and the count of members."""
        ann = self.server.client("ann-a4", "room-a4")
        ann.asks("send room-a4 hi")
        bob = self.server.client("bob-a4")
        self.assertEqual(bob.asks("join room-a4"), ["+ join room-a4 1 2"])
        who = bob.asks("who room-a4")
        self.assertEqual([line.split(" ")[2] for line in who[:-1]], ["ann-a4", "bob-a4"])

    def test_row_a5_list_sends_every_room_once_and_in_order(self) -> None:
        """Row A5: each name once, in order."""
        ann = self.server.client("ann-a5")
        for room in ("b-a5", "c-a5", "a-a5"):
            ann.asks(f"create {room}")
        names = [line.split(" ")[2] for line in ann.asks("list")[:-1]]
        self.assertEqual([name for name in names if "-a5" in name], ["a-a5", "b-a5", "c-a5"])
        self.assertEqual(names, sorted(set(names)))

    def test_row_a6_delete_tells_members_and_moves_them_out(self) -> None:
        """Row A6: members are told and moved out; an unknown name is `no-such-room`."""
        ann = self.server.client("ann-a6")
        ann.asks("create room-a6")
        bob = self.server.client("bob-a6", "room-a6")
        self.assertEqual(ann.asks("delete room-a6"), ["+ deleted room-a6"])
        self.assertEqual(bob.settle(), ["* deleted room-a6 ann-a6"])
        self.assertTrue(bob.asks("send room-a6 x")[0].startswith("- no-such-room "))
        self.assertTrue(ann.asks("delete room-a6")[0].startswith("- no-such-room "))

    def test_row_a7_the_first_byte_of_every_line_is_its_status(self) -> None:
        """Row A7: `+` done, `-` refused, `*` something happened, `=` a row."""
        client = self.server.client()
        client.says("nick ann-a7", "list", "help", "nonsense", "join room-a7", "send room-a7 x")
        lines = client.says("quit").until("+ bye")
        self.assertEqual({line[0] for line in lines}, set("+-*="))
        self.assertTrue(all(line[1] == " " for line in lines))

    def test_row_a8_the_four_action_numbers_are_verbs(self) -> None:
        """Row A8: 1, 2, 3 and 4 work; an unknown byte gets an error, not a hang-up."""
        ann = self.server.client("ann-a8")
        self.assertEqual(ann.asks("1 room-a8"), ["+ created room-a8"])
        self.assertEqual(ann.asks("2 room-a8"), ["+ join room-a8 0 1"])
        self.assertIn(" room-a8 1 0 ", "\n".join(ann.asks("3")))
        self.assertEqual(ann.asks("4 room-a8"), ["+ deleted room-a8"])
        self.assertTrue(ann.asks("5 room-a8")[0].startswith("- unknown-command "))
        self.assertTrue(ann.asks("\x01")[0].startswith("- "))
        self.assertEqual(ann.asks("ping"), ["+ pong"])

    def test_row_a9_a_stuck_client_keeps_nobody_waiting(self) -> None:
        """Row A9: with one client stuck, another's `list` is answered at once."""
        stuck_client(self.server)
        bob = self.server.client("bob-a9")
        began = time.monotonic()
        bob.asks("list")
        self.assertLess(time.monotonic() - began, 2)

    def test_row_a9_a_slow_disk_keeps_no_reader_waiting(self) -> None:
        """Row A9: while a commit waits seconds for the disk, another's `list` is answered."""
        server = ServerProcess(self, "--data", "data")
        ann, bob = server.client("ann", "tea"), server.client("bob", "tea")
        self.slow_down_the_disk_of(server)
        ann.says("send tea slowly")
        began = time.monotonic()
        bob.asks("list")
        self.assertLess(time.monotonic() - began, 1)
        self.assertEqual(ann.until("+ ")[-1], "+ sent tea 1")
        self.assertGreater(time.monotonic() - began, 1)

    def slow_down_the_disk_of(self, server: ServerProcess) -> None:
        if shutil.which("strace") is None:
            self.skipTest("strace is not installed here")
        words = "strace -f -e trace=fdatasync,fsync -e inject=fdatasync,fsync:delay_enter=2000000"
        tracer = subprocess.Popen(
            [*words.split(), "-o", "/dev/null", "-p", str(server.pid)],
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.addCleanup(tracer.wait, 20)
        self.addCleanup(tracer.terminate)
        self.addCleanup(tracer.stderr.close)
        line = tracer.stderr.readline()
        if "attached" not in line:
            self.skipTest(f"strace may not trace here: {line}")

    def test_row_a10_rooms_survive_a_restart(self) -> None:
        """Row A10: rooms are in a database; restart, `list`."""
        server = ServerProcess(self, "--data", "data")
        server.client("ann").asks("create kept-a10")
        self.assertEqual(server.stop(), 0)
        again = ServerProcess(self, "--data", "data", folder=server.folder)
        self.assertIn("= room kept-a10 0 0 ", "\n".join(again.client().asks("list")))


class RoomPortTests(TestCase):
    def setUp(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.low = probe.getsockname()[1]
        self.server = ServerProcess(self, "--lobby", "", "--room-ports", f"{self.low}-{self.low}")

    def test_row_a11_two_nc_on_a_room_s_port_and_a_member_read_each_other(self) -> None:
        """Row A11: who connects to a room's port and gives a nick is in it and talks."""
        if reason := skip_without("nc"):
            self.skipTest(reason)
        ann = self.server.client("ann")
        self.assertEqual(ann.asks("create tea"), [f"+ created tea {self.low}"])
        self.assertEqual(ann.asks("join tea"), [f"+ join tea 0 1 {self.low}"])
        self.assertIn(f"= info tea port {self.low}", ann.asks("info tea"))
        waiting = subprocess.Popen(
            ["nc", "127.0.0.1", str(self.low)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        with waiting:
            waiting.stdin.write("nick bob\nhello from bob\n")
            waiting.stdin.flush()
            self.assertIn(" bob hello from bob", ann.until("* said tea 1 ")[-1])
            eve = run("nc", "127.0.0.1", str(self.low), input="nick eve\nhello from eve\n/quit\n")
            self.assertIn("+ sent tea 2", eve.stdout)
            ann.asks("send tea bye")
            ann.asks("delete tea")
            shown, _ = waiting.communicate("/quit\n", PATIENCE)
        for words in (" eve hello from eve\n", " ann bye\n", "* deleted tea ann\n"):
            self.assertIn(words, shown)

    def test_row_a11_a_range_used_up_is_no_port_and_a_gone_room_frees_its_port(self) -> None:
        """Row A11: `no-port`, the room still works; the port is free when the room is gone."""
        ann = self.server.client("ann")
        ann.asks("create tea")
        self.assertEqual(ann.asks("create milk"), ["+ created milk no-port"])
        self.assertEqual(ann.asks("join milk"), ["+ join milk 0 1 no-port"])
        self.assertEqual(ann.asks("send milk x"), ["+ sent milk 1"])
        ann.asks("delete tea")
        self.assertRaises(ConnectionRefusedError, socket.create_connection, ("127.0.0.1", self.low))
        self.assertEqual(ann.asks("create cake"), [f"+ created cake {self.low}"])
