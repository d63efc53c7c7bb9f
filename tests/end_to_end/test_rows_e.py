"""Rows E1 to E12, tried in the running server: names, private messages, logs."""

import re
import ssl
import sys
from pathlib import Path

from twisted.trial.unittest import TestCase

from tests.end_to_end.client_process import piped
from tests.end_to_end.line_socket import LineSocket
from tests.end_to_end.server_process import (
    LOOPBACK,
    ServerProcess,
    run,
    shared_server,
    temporary_folder,
)
from tests.end_to_end.test_doors import write_certificate
from tests.end_to_end.test_load import numbers

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


class RowsETests(TestCase):
    def setUp(self) -> None:
        self.server = shared_server()

    def test_row_e1_many_clients_on_one_server_by_tcp_and_tls(self) -> None:
        """Row E1: many clients across networks, over TCP and over TLS, in one room."""
        folder = Path(temporary_folder(self))
        write_certificate(folder / "key.pem", folder / "certificate.pem")
        tls = "ssl:0:interface=127.0.0.1:privateKey=key.pem:certKey=certificate.pem"
        server = ServerProcess(self, "-p", LOOPBACK, "-p", tls, folder=str(folder))
        tls_port = int(server.output.find(r"Listening on \S+:(\d+) - try: openssl")[1])
        trusting = ssl.create_default_context(cafile=str(folder / "certificate.pem"))
        trusting.check_hostname = False
        clients = [server.client(f"user{number}", "tea") for number in range(20)]
        secure = server.keep(LineSocket.tcp("127.0.0.1", tls_port, trusting))
        secure.asks("nick secure")
        secure.asks("join tea")
        secure.asks("send tea hello")
        for client in (secure, *clients):
            self.assertTrue(client.until("* said tea 1 ")[-1].endswith(" secure hello"))

    def test_row_e2_logs_are_read_searched_replayed_and_exported(self) -> None:
        """Row E2: history, replay on join and export, also after a restart."""
        first = ServerProcess(self, "--data", "data")
        ann = first.client("ann")
        for line in ("create tea", "join tea", "send tea green leaves", "send tea black leaves"):
            ann.asks(line)
        first.stop()
        server = ServerProcess(self, "--data", "data", folder=first.folder)
        bob = server.client("bob")
        self.assertRegex(bob.asks("history tea 1")[0], rf"^= said tea 2 {TIME} ann black leaves$")
        self.assertEqual(bob.asks("search tea green")[-1], "+ search tea 1")
        bob.says("join tea since 0")
        self.assertEqual(numbers(bob.until("* said tea 2 "), "tea"), [1, 2])
        exported = self.export(server, "tea")
        self.assertEqual(
            [line.split(" ", 2)[2] for line in exported.splitlines()],
            ["ann green leaves", "ann black leaves"],
        )

    def export(self, server: ServerProcess, room: str) -> str:
        words = (sys.executable, "-m", "chatsvc.command", "export", room, "--data", "data")
        done = run(*words, cwd=server.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_row_e3_seamless_reconnects_lose_and_double_nothing(self) -> None:
        """Row E3: resume by number while others talk; 100 cuts are in test_load.py."""
        ann = self.server.client("ann-e3", "room-e3")
        seen: list[int] = []
        for cut in range(10):
            ann.says(*["send room-e3 x"] * 20)
            reader = self.server.client()
            since = seen[-1] if seen else 0
            reader.says(f"nick reader{cut}-e3", f"join room-e3 since {since}")
            for _ in range(15):
                seen += numbers(reader.until("* said room-e3 "), "room-e3")
            reader.cut()
        self.assertEqual(seen, list(range(1, 151)))

    def test_row_e4_direct_messages_need_no_room(self) -> None:
        """Row E4: `@user text` and `tell USER TEXT`."""
        ann, bob = self.server.client("ann-e4"), self.server.client("bob-e4")
        self.assertEqual(ann.asks("@bob-e4 hello there"), ["+ told bob-e4"])
        self.assertRegex(bob.until("* tell ")[-1], rf"^\* tell {TIME} ann-e4 hello there$")
        self.assertEqual(bob.asks("tell ann-e4 hello back"), ["+ told ann-e4"])
        self.assertTrue(ann.until("* tell ")[-1].endswith(" bob-e4 hello back"))

    def test_row_e5_who_shows_the_server_s_and_a_room_s_users(self) -> None:
        """Row E5: `who`, `who ROOM`."""
        ann = self.server.client("ann-e5", "room-e5")
        self.server.client("bob-e5")
        everybody = "\n".join(ann.asks("who"))
        self.assertIn("= user ann-e5 online ", everybody)
        self.assertIn("= user bob-e5 online ", everybody)
        self.assertEqual([line.split(" ")[2] for line in ann.asks("who room-e5")[:-1]], ["ann-e5"])

    def test_row_e6_a_direct_message_goes_to_that_user_only(self) -> None:
        """Row E6: a third user, in the same room, sees nothing, nor does history."""
        ann, bob, eve = (self.server.client(f"{nick}-e6", "room-e6") for nick in ("a", "b", "c"))
        ann.asks("@b-e6 secret words")
        self.assertIn("secret words", bob.until("* tell ")[-1])
        self.assertNotIn("secret", "".join(eve.settle()))
        self.assertNotIn("secret", "".join(eve.asks("history room-e6")))
        self.assertEqual(eve.asks("search room-e6 secret"), ["+ search room-e6 0"])

    def test_row_e7_a_taken_name_is_a_clear_error_with_a_suggestion(self) -> None:
        """Row E7: `nick NAME`, or the client's `-n`."""
        self.server.client("ann-e7")
        other = self.server.client()
        [refused] = other.asks("nick ann-e7")
        self.assertEqual(refused, '- nick-taken The nick "ann-e7" is taken; "ann-e72" is free.')
        self.assertEqual(other.asks("nick ann-e72"), ["+ nick ann-e72"])
        done = piped(self.server.port, "ann-e7", "ping\n")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("taken", done.stderr)

    def test_row_e8_who_shows_name_connection_and_status(self) -> None:
        """Row E8: online and away."""
        ann = self.server.client("ann-e8", "room-e8")
        ann.asks("away making tea")
        [row] = ann.asks("who room-e8")[:-1]
        self.assertRegex(row, rf"^= user ann-e8 away {TIME} line making tea$")
        ann.asks("back")
        self.assertRegex(ann.asks("who room-e8")[0], rf"^= user ann-e8 online {TIME} line$")

    def test_row_e9_before_a_nick_only_looking_around_is_answered(self) -> None:
        """Row E9: the greeting names protocol and version; `send` before `nick` is `no-nick`."""
        client = self.server.client()
        self.assertTrue(client.greeted().startswith("* hello chatsvc/1 "))
        self.assertTrue(client.asks("send lobby hi")[0].startswith("- no-nick "))
        self.assertTrue(client.asks("list")[-1].startswith("+ list "))
        self.assertTrue(client.asks("help")[-1].startswith("+ help "))
        self.assertEqual(client.asks("quit"), ["+ bye"])

    def test_row_e10_messages_have_a_time_and_a_number_at_every_door(self) -> None:
        """Row E10: server time and a number per room, at the line door and in the client."""
        ann = self.server.client("ann-e10", "room-e10")
        for number in (1, 2, 3):
            ann.asks(f"send room-e10 m{number}")
        said = ann.asks("history room-e10")
        times = [re.findall(TIME, line)[0] for line in said[:-1]]
        self.assertEqual([line.split(" ")[3] for line in said[:-1]], ["1", "2", "3"])
        self.assertEqual(times, sorted(times))
        done = piped(self.server.port, "bob-e10", "join room-e10 since 0\nping\n")
        for number in (1, 2, 3):
            self.assertRegex(done.stdout, rf"room-e10 {number}\] \d\d:\d\d ann-e10: m{number}")

    def test_row_e11_at_user_is_a_direct_message_at_the_start_and_a_mention_inside(self) -> None:
        """Row E11: both uses of @user."""
        ann = self.server.client("ann-e11", "room-e11")
        bob = self.server.client("bob-e11", "room-e11")
        ann.asks("talk room-e11")
        self.assertEqual(ann.asks("@bob-e11 just you"), ["+ told bob-e11"])
        self.assertEqual(ann.asks("look, @bob-e11 is here"), ["+ sent room-e11 1"])
        lines = bob.until("* said room-e11 1 ")
        self.assertTrue(lines[-1].endswith(" ann-e11 look, @bob-e11 is here"))
        self.assertTrue(any(line.endswith(" ann-e11 just you") for line in lines))

    def test_row_e12_a_line_one_byte_over_the_limit_is_an_error_and_the_connection_lives(
        self,
    ) -> None:
        """Row E12: client and server share the limits; 4,096 bytes pass, 4,097 do not."""
        ann = self.server.client("ann-e12")
        token = "x" * (4096 - len("ping "))
        self.assertEqual(ann.asks(f"ping {token}"), [f"+ pong {token}"])
        self.assertTrue(ann.asks(f"ping {token}x")[0].startswith("- line-too-long "))
        self.assertEqual(ann.asks("ping"), ["+ pong"])
        done = piped(self.server.port, "bob-e12", f"ping {token}x\nping y\n")
        self.assertIn("4096 bytes", done.stderr)
