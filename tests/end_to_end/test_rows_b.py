"""Rows B1 to B8, tried in the running server and client: the Ctrl+C design."""

import signal
import time

from twisted.trial.unittest import TestCase

from tests.end_to_end.client_process import CLIENT, CTRL_C, CTRL_D, TerminalClient, piped
from tests.end_to_end.server_process import ServerProcess, run, shared_server, skip_without
from tests.end_to_end.test_doors import has_ipv6
from tests.end_to_end.test_stopping import CLOSING, stuck_client


class RowsBTests(TestCase):
    def setUp(self) -> None:
        self.server = shared_server()

    def test_row_b1_the_client_takes_a_name_an_ipv4_and_an_ipv6_address(self) -> None:
        """Row B1: `chatsvc-client -h HOST -p PORT` with each kind of host."""
        server = ServerProcess(self, "--port", "0")
        hosts = ["localhost", "127.0.0.1", *(["::1"] if has_ipv6() else [])]
        for number, host in enumerate(hosts):
            words = (*CLIENT, "-h", host, "-p", str(server.port), "-n", f"b1-{number}")
            done = run(*words, input="ping\nquit\n")
            self.assertIn(f"Connected to chatsvc as b1-{number}.", done.stdout, done.stderr)
            self.assertEqual(done.returncode, 0)

    def test_row_b2_list_shows_members_topic_age_and_last_activity(self) -> None:
        """Row B2: create, join, delete, and list details of rooms."""
        ann = self.server.client("ann-b2")
        ann.asks("create room-b2")
        ann.asks("join room-b2")
        ann.asks("topic room-b2 Leaves and more")
        ann.asks("send room-b2 hi")
        [row] = [line for line in ann.asks("list") if " room-b2 " in line]
        time_form = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
        self.assertRegex(row, rf"^= room room-b2 1 1 {time_form} {time_form} kept Leaves and more$")
        self.assertEqual(ann.asks("delete room-b2"), ["+ deleted room-b2"])

    def test_row_b3_a_member_of_another_room_gets_nothing(self) -> None:
        """Row B3: one sends to and receives from everyone in that room only."""
        ann, bob = self.server.client("ann-b3", "r-b3"), self.server.client("bob-b3", "r-b3")
        eve = self.server.client("eve-b3", "other-b3")
        ann.asks("send r-b3 hi")
        self.assertIn(" ann-b3 hi", bob.until("* said r-b3 1 ")[-1])
        self.assertNotIn("r-b3", "".join(eve.settle()))

    def test_row_b4_sigint_and_sigterm_end_the_server_gracefully(self) -> None:
        """Row B4: members are told, the last acknowledged message is on disk, exit 0."""
        folder = None
        for count, number in enumerate((signal.SIGINT, signal.SIGTERM), 1):
            server = ServerProcess(self, "--data", "data", folder=folder)
            folder = server.folder
            ann = server.client("ann", "tea")
            self.assertEqual(ann.asks("send tea last"), [f"+ sent tea {count}"])
            self.assertEqual(server.stop(number), 0)
            self.assertEqual(ann.rest()[-1], CLOSING)
        again = ServerProcess(self, "--data", "data", folder=folder)
        self.assertEqual(again.client("bob").asks("history tea")[-1], "+ history tea 2")

    def test_row_b4_a_second_ctrl_c_forces_the_server(self) -> None:
        """Row B4: a second Ctrl+C does not wait for clients that do not read."""
        server = ServerProcess(self)
        stuck_client(server)
        ann = server.client("ann")
        server.process.send_signal(signal.SIGINT)
        ann.until("* closing")
        self.assertEqual(server.stop(signal.SIGINT), 1)

    def test_row_b4_ctrl_c_and_ctrl_d_end_the_client(self) -> None:
        """Row B4: the client ends with status 0, and others see it leave."""
        ann = self.server.client("ann-b4", "room-b4")
        for number, key in enumerate((CTRL_C, CTRL_D)):
            client = TerminalClient(self, self.server.port, f"b4-{number}", "--room", "room-b4")
            client.shows("room-b4>")
            client.types(key)
            self.assertEqual(client.exit_status(), 0)
            self.assertEqual(ann.until("* left room-b4 ")[-1], f"* left room-b4 b4-{number}")

    def test_row_b5_one_shot_use_through_a_pipe_prints_the_whole_answer(self) -> None:
        """Row B5: `printf 'nick bob\\nlist\\nquit\\n' | nc HOST PORT`."""
        if reason := skip_without("nc"):
            self.skipTest(reason)
        words = f"printf 'nick bob-b5\\nlist\\nquit\\n' | nc 127.0.0.1 {self.server.port}"
        lines = run("sh", "-c", words).stdout.splitlines()
        self.assertRegex(lines[0], r"^\* hello chatsvc/1 ")
        self.assertIn("+ nick bob-b5", lines)
        self.assertRegex(lines[-2], r"^\+ list \d+$")
        self.assertEqual(lines[-1], "+ bye")

    def test_row_b6_one_client_that_never_reads_delays_nobody(self) -> None:
        """Row B6: the others' messages go on while one member does not read at all."""
        server = ServerProcess(self)
        stuck_client(server)
        ann, bob = server.client("ann"), server.client("bob")
        slowest = 0.0
        for number in range(1, 201):
            began = time.monotonic()
            ann.says(f"send lobby {'x' * 1000}")
            bob.until(f"* said lobby {number} ")
            ann.until(f"+ sent lobby {number}")
            slowest = max(slowest, time.monotonic() - began)
        self.assertLess(slowest, 2)

    def test_row_b7_the_client_shows_a_menu_and_readable_answers(self) -> None:
        """Row B7: a bare start shows what one can do; there are no raw codes."""
        client = TerminalClient(self, self.server.port, "ann-b7")
        client.shows("What you can do here:")
        client.enters("/join room-b7")
        client.shows("room-b7>")
        client.enters("hello there")
        screen = client.shows("ann-b7: hello there")
        for raw in ("+ sent", "* said", "+ join", "T00:", ".000Z"):
            self.assertNotIn(raw, screen)
        client.enters("/join -")
        self.assertNotIn("- bad-room", client.shows("room name"))

    def test_row_b8_incoming_text_never_eats_the_line_being_typed(self) -> None:
        """Row B8: type half a line, receive, the half line is still there."""
        bob = self.server.client("bob-b8", "room-b8")
        client = TerminalClient(self, self.server.port, "ann-b8", "--room", "room-b8")
        client.shows("room-b8>")
        client.types("half a li")
        client.waits(lambda: client.typing.endswith("half a li"))
        bob.asks("send room-b8 something comes in")
        client.shows("bob-b8: something comes in")
        self.assertTrue(client.typing.endswith("half a li"), client.typing)
        client.types("ne\r")
        self.assertIn(" ann-b8 half a line", bob.until("* said room-b8 2 ")[-1])

    def test_row_b7_in_a_pipe_answers_are_readable_too(self) -> None:
        """Row B7: no raw codes in a pipe either."""
        done = piped(self.server.port, "ann-b7p", "join room-b7p\nsend room-b7p hi\nlist\n")
        self.assertNotIn("= room", done.stdout)
        self.assertIn("members", done.stdout)
