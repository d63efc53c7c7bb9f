"""How the doors treat who is silent, and who came to the wrong one."""

from twisted.trial.unittest import TestCase

from chatsvc.protocols.irc_keepalive import INTERVAL_SECONDS
from chatsvc.protocols.line import FOR_IRC
from tests.protocols.irc.conversation import IrcServer


class SignsOfLifeTests(TestCase):
    """https://modern.ircdocs.horse/#ping-message."""

    def setUp(self) -> None:
        self.server = IrcServer(self)
        self.ann = self.server.irc("ann", "#tea")

    def test_who_is_silent_is_asked_and_stays_by_answering(self) -> None:
        for _ in range(3):
            self.server.passes(2 * INTERVAL_SECONDS)
            lines = self.ann.takes()
            self.assertIn(":irc.test PING irc.test", lines)
            self.ann.says("PONG irc.test").gets()
        self.assertFalse(self.ann.is_closed)

    def test_who_asks_for_something_now_and_then_is_not_asked(self) -> None:
        for _ in range(5):
            self.ann.says("PING x").gets(":irc.test PONG irc.test x")
            self.server.passes(INTERVAL_SECONDS - 1)
        self.ann.gets()

    def test_who_gives_no_sign_quits(self) -> None:
        bob = self.server.client("bob", "tea")
        self.server.forget()
        self.server.passes(3 * INTERVAL_SECONDS)
        self.ann.gets(":irc.test PING irc.test", "ERROR :Closing link: Ping timeout: 240 seconds")
        self.assertTrue(self.ann.is_closed)
        bob.gets("* left tea ann")

    def test_who_is_still_reading_is_not_sent_away(self) -> None:
        self.ann.stops_reading()
        self.server.passes(3 * INTERVAL_SECONDS)
        self.assertNotIn("Ping timeout", str(self.ann.wire.received))


class WrongDoorTests(TestCase):
    """What came to the IRC port and is something else gets a sentence that it can show."""

    def sent(self, opening: bytes) -> str:
        client = IrcServer(self).raw()
        client.sends(opening)
        self.assertTrue(client.is_closed, opening)
        return client.wire.received.decode()

    def test_http_gets_an_answer_in_http(self) -> None:
        answer = self.sent(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertRegex(
            answer, r"\AHTTP/1\.1 400 Bad Request\r\n(?s:.*)\r\n\r\nThis port speaks IRC"
        )

    def test_tls_is_told_that_there_is_none(self) -> None:
        answer = self.sent(b"\x16\x03\x01\x02\x00\x01")
        self.assertRegex(answer, r"\AERROR :Closing link: .*turn TLS off.*\r\n\Z")

    def test_lines_of_ours_are_told_which_port_this_is(self) -> None:
        for line in (b"send tea hi\n", b"history tea\r\n", b"login ann\n", b"create x\n"):
            self.assertRegex(self.sent(line), r"\AERROR :Closing link: This port speaks IRC, and")

    def test_what_is_a_command_here_is_none_of_them(self) -> None:
        for line in (b"nick ann\n", b"join #tea\n", b"help\n", b"PING send\n", b"SEND tea\n"):
            client = IrcServer(self).raw()
            client.sends(line)
            self.assertFalse(client.is_closed, line)

    def test_irc_at_the_door_of_lines_gets_its_own_word(self) -> None:
        for opening in (
            b"CAP LS 302\r\n",
            b"NICK ann\r\nUSER ann 0 * :ann\r\n",
            b"PASS tea\r\nNICK ann\r\n",
            b"USER ann 0 * ann\r\n",
        ):
            client = IrcServer(self).client()
            client.takes()
            client.sends(opening)
            client.gets(FOR_IRC.decode().rstrip("\n"))
            self.assertTrue(client.is_closed)
