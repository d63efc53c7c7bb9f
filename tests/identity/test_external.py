"""An external command is asked, and whatever it does, there is one clear answer."""

import sys
from typing import Any

from twisted.internet import reactor
from twisted.logger import LogLevel, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase, TestCase

from chatsvc.core.errors import BadLogin, Busy
from chatsvc.core.limits import DEFAULT_LIMITS
from chatsvc.core.names import Nick
from chatsvc.identity.checkers import CommandChecker
from chatsvc.identity.delays import LoginDelays
from chatsvc.identity.external import OUTPUT_BYTES, SECONDS
from chatsvc.identity.portal import PortalIdentity
from chatsvc.identity.turns import Turns
from tests.identity.world import FakeReactor
from tests.storage.folders import temporary_folder

ANN = Nick("ann")
COMMAND = ("true", "--strict")
"""A program that is there; no test with the fake reactor runs it."""


def identity_of(clock: Any, command: tuple[str, ...] = COMMAND) -> PortalIdentity:
    checker: Any = CommandChecker(clock, command, Turns(2, 1))
    return PortalIdentity(checker, lambda _: None, LoginDelays(DEFAULT_LIMITS), clock)


class CommandTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.reactor = FakeReactor()
        self.identity = identity_of(self.reactor)
        self.logged: list[str] = []
        globalLogPublisher.addObserver(self.note)
        self.addCleanup(globalLogPublisher.removeObserver, self.note)

    def note(self, event: dict[str, Any]) -> None:
        if event["log_level"] == LogLevel.error:
            self.logged.append(formatEvent(event))
            self.assertNotIn("log_failure", event)

    def ask(self, password: str = "sesame", name: str = ANN) -> Any:
        """Begin a login, and return its answer and the process."""
        answer = self.identity.check(Nick(name), password, "")
        return answer, self.reactor.started[-1]

    def assert_trouble(self, answer: Any, sentence: str) -> None:
        """The client is told to come back, the operator what is wrong."""
        self.assertEqual(self.failureResultOf(answer, Busy).value.wait, 60)
        self.assertRegex(self.logged[-1], sentence)

    def test_name_and_password_are_two_lines_and_stand_nowhere_else(self) -> None:
        _, process = self.ask("Zu\u0308rich  1")
        self.assertEqual(process.stdin, "ann\nZ\u00fcrich  1\n".encode())
        self.assertTrue(process.is_stdin_closed)
        self.assertEqual((process.args, process.env), (COMMAND, None))

    def test_status_0_is_right(self) -> None:
        answer, process = self.ask()
        process.end(0)
        self.assertEqual(self.successResultOf(answer), ANN)

    def test_the_first_line_it_says_is_the_name_of_the_account(self) -> None:
        answer, process = self.ask()
        process.end(0, out=b"  Anna \nand more\n")
        self.assertEqual(self.successResultOf(answer), "Anna")

    def test_a_line_that_is_no_name_is_trouble(self) -> None:
        answer, process = self.ask()
        process.end(0, out=b"welcome, ann!\n")
        self.assert_trouble(answer, "named no account")

    def test_a_low_status_is_wrong(self) -> None:
        for status in (1, 2, 99):
            answer, process = self.ask()
            process.end(status, out=b"ann")
            self.failureResultOf(answer, BadLogin)
        self.assertEqual(self.logged, [])

    def test_a_high_status_or_a_signal_is_trouble_and_not_a_wrong_login(self) -> None:
        for status in (100, 111, 126, 127, 255, None) * 3:
            answer, process = self.ask()
            process.end(status, err=b"no \x1b[31mserver\nat all")
            self.assert_trouble(answer, 'said "no \ufffd\\[31mserver"')

    def test_a_password_that_it_says_is_not_logged(self) -> None:
        answer, process = self.ask("sesame")
        process.end(111, err=b"cannot ask for ann:sesame")
        self.assert_trouble(answer, "ended with status 111 and said something with the password")
        self.assertNotIn("sesame", self.logged[-1])

    def test_what_cannot_be_started_is_trouble(self) -> None:
        self.reactor.error = OSError(12, "Cannot allocate memory")
        self.assert_trouble(self.identity.check(ANN, "x", ""), "Cannot allocate memory")
        self.identity = identity_of(self.reactor, ("/nowhere/checker",))
        self.assert_trouble(self.identity.check(ANN, "x", ""), "no such program")
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_what_takes_too_long_is_killed_and_answered_at_once(self) -> None:
        answer, process = self.ask()
        self.reactor.advance(SECONDS - 0.1)
        self.assertNoResult(answer)
        self.reactor.advance(0.1)
        self.assert_trouble(answer, "did not end within 5 seconds")
        self.assertEqual((process.signals, process.is_lost), (["KILL"], True))
        process.end(None)

    def test_what_has_ended_but_left_its_output_open_is_not_waited_for(self) -> None:
        answer, process = self.ask()
        process.has_ended = True
        self.reactor.advance(SECONDS)
        self.assert_trouble(answer, "did not end")
        self.assertEqual(process.signals, [])

    def test_endless_output_is_not_kept(self) -> None:
        answer, process = self.ask()
        process.protocol.childDataReceived(1, b"x" * OUTPUT_BYTES)
        for _ in range(100):
            process.protocol.childDataReceived(1, b"y" * 65536)
        kept: Any = process.protocol
        self.assertEqual(kept._output[1], b"x" * OUTPUT_BYTES)
        process.end(1)
        self.failureResultOf(answer, BadLogin)

    def test_only_so_many_run_at_once(self) -> None:
        answers = [self.ask(name=f"n{number}")[0] for number in range(3)]
        self.assertEqual(len(self.reactor.started), 2)
        self.failureResultOf(self.identity.check(ANN, "x", ""), Busy)
        for process in self.reactor.started:
            process.end(0)
        self.assertEqual([self.successResultOf(a) for a in answers[:2]], ["n0", "n1"])
        self.assertEqual(len(self.reactor.started), 3)
        self.reactor.started[2].end(0)
        self.assertEqual(self.successResultOf(answers[2]), "n2")
        self.assertEqual(self.reactor.getDelayedCalls(), [])


SCRIPT = """
import sys
name, password = sys.stdin.buffer.read().decode().splitlines()
sys.exit(0 if (name, password) == ("ann", "open  sesame") else 1)
"""


class RealCommandTests(TestCase):
    """The same with a real process, once."""

    def identity(self, *command: str) -> PortalIdentity:
        return identity_of(reactor, command)

    async def test_a_script_says_yes_and_no(self) -> None:
        script = temporary_folder(self)
        script.write_text(SCRIPT)
        identity = self.identity(sys.executable, "-S", "-E", str(script))
        self.assertEqual(await identity.check(ANN, "open  sesame", ""), ANN)
        await self.assertFailure(identity.check(ANN, "open sesame", ""), BadLogin)

    async def test_a_program_that_does_not_read_is_no_trouble(self) -> None:
        await self.assertFailure(self.identity("false").check(ANN, "x", ""), BadLogin)
