"""Rows D1 to D9, tried in the running server and client: many rooms at once."""

from twisted.trial.unittest import TestCase

from tests.end_to_end.client_process import CLIENT, piped
from tests.end_to_end.server_process import ServerProcess, run, shared_server


class RowsDTests(TestCase):
    def setUp(self) -> None:
        self.server = shared_server()

    def test_row_d1_join_makes_a_missing_room(self) -> None:
        """Row D1: `join` creates a temporary room."""
        ann = self.server.client("ann-d1")
        self.assertEqual(ann.asks("join room-d1"), ["+ join room-d1 0 1"])
        self.assertIn("= info room-d1 kind temporary", ann.asks("info room-d1"))

    def test_row_d2_a_message_reaches_every_member(self) -> None:
        """Row D2: everyone in the room gets it, and the sender learns its number."""
        members = [self.server.client(f"user{n}-d2", "room-d2") for n in range(5)]
        members[0].says("send room-d2 hello")
        self.assertEqual(members[0].until("+ ")[-1], "+ sent room-d2 1")
        heard = {member.until("* said room-d2 1 ")[-1] for member in members}
        self.assertEqual(len(heard), 1)

    def test_row_d3_leave_chatroom_knows_three_answers(self) -> None:
        """Row D3: left, `not-a-member`, `no-such-room`."""
        ann = self.server.client("ann-d3", "room-d3")
        ann.asks("create other-d3")
        self.assertEqual(ann.asks("leave_chatroom room-d3"), ["+ left room-d3"])
        self.assertTrue(ann.asks("leave_chatroom other-d3")[0].startswith("- not-a-member "))
        self.assertTrue(ann.asks("leave_chatroom never-d3")[0].startswith("- no-such-room "))

    def test_row_d4_disconnect_leaves_every_room_then_closes(self) -> None:
        """Row D4: no ghost members, also after a cut cable."""
        server = ServerProcess(self)
        ann = server.client("ann-d4", "a-d4", "b-d4")
        for nick, cut in (("bob-d4", False), ("eve-d4", True)):
            other = server.client(nick, "a-d4", "b-d4")
            if cut:
                other.cut()
            else:
                other.says("disconnect")
                self.assertEqual(other.rest()[-1], "+ bye")
            self.assertEqual(
                sorted(ann.until("* left ")[-1] for _ in range(3)),
                [f"* left {room} {nick}" for room in ("a-d4", "b-d4", "lobby")],
            )
            for room in ("a-d4", "b-d4"):
                self.assertEqual(ann.asks(f"who {room}")[-1], "+ who 1")

    def test_row_d5_p_takes_a_number_or_an_endpoint(self) -> None:
        """Row D5: `-p` is short for `--port`; a number is open on all interfaces."""
        server = ServerProcess(self, "-p", "0", "-p", "unix:d5.sock")
        server.output.find(r"Listening on 0\.0\.0\.0:\d+ ")
        server.output.find(r"Listening on .*d5\.sock ")
        self.assertEqual(server.client("ann").asks("ping"), ["+ pong"])

    def test_row_d6_the_client_s_command_line_works(self) -> None:
        """Row D6: `-p PORT -h HOST -n NAME`, and `--help`."""
        words = (*CLIENT, "-p", str(self.server.port), "-h", "127.0.0.1", "-n", "ann-d6")
        done = run(*words, input="ping\n")
        self.assertIn("Connected to chatsvc as ann-d6.", done.stdout)
        self.assertEqual(done.returncode, 0)
        self.assertIn("usage: chatsvc-client", run(*CLIENT, "--help").stdout)

    def test_row_d7_one_client_is_in_several_rooms_at_once(self) -> None:
        """Row D7: three rooms, each line labelled."""
        rooms = ("a-d7", "b-d7", "c-d7")
        ann, bob = self.server.client("ann-d7", *rooms), self.server.client("bob-d7", *rooms)
        for room in rooms:
            bob.asks(f"send {room} to {room}")
        for room in rooms:
            self.assertTrue(ann.until(f"* said {room} 1 ")[-1].endswith(f" bob-d7 to {room}"))

    def test_row_d8_the_words_work_at_the_line_door(self) -> None:
        """Row D8: join R, send R TEXT, leave_chatroom R, disconnect; text arrives whole."""
        bob, ann = self.server.client("bob-d8", "room-d8"), self.server.client("ann-d8")
        ann.asks("join room-d8")
        ann.asks("send room-d8 text with  two spaces")
        self.assertTrue(bob.until("* said ")[-1].endswith(" ann-d8 text with  two spaces"))
        self.assertEqual(ann.asks("leave_chatroom room-d8"), ["+ left room-d8"])
        self.assertEqual(ann.asks("disconnect"), ["+ bye"])
        self.assertEqual(ann.rest(), [])

    def test_row_d8_the_words_work_in_the_client(self) -> None:
        """Row D8: the same words typed into the client."""
        bob = self.server.client("bob-d8c", "room-d8c")
        typed = "join room-d8c\nsend room-d8c text with  two spaces\n"
        done = piped(self.server.port, "ann-d8c", f"{typed}leave_chatroom room-d8c\ndisconnect\n")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue(bob.until("* said ")[-1].endswith(" ann-d8c text with  two spaces"))
        self.assertEqual(bob.until("* left room-d8c")[-1], "* left room-d8c ann-d8c")

    def test_row_d9_piped_output_is_plain_text(self) -> None:
        """Row D9: incoming messages print by themselves, without escape codes."""
        bob = self.server.client("bob-d9", "room-d9")
        for number in range(3):
            bob.asks(f"send room-d9 number {number}")
        words = " ".join(f"'{word}'" for word in CLIENT)
        command = (
            f"printf 'join room-d9 since 0\\nping\\n' | {words} -h 127.0.0.1 "
            f"-p {self.server.port} -n ann-d9 | cat"
        )
        done = run("sh", "-c", command)
        for number in range(3):
            self.assertIn(f"bob-d9: number {number}", done.stdout)
        self.assertNotIn("\x1b", done.stdout + done.stderr)
        self.assertNotIn("\r", done.stdout)
