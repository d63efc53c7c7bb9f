"""Slow jobs take turns."""

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.errors import Busy, Closing
from chatsvc.identity.turns import BUSY_SECONDS, Turns


class TurnsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.turns = Turns(2, 3)
        self.begun: list[Deferred[str]] = []

    def job(self) -> Deferred[str]:
        self.begun.append(Deferred())
        return self.begun[-1]

    def take(self, count: int) -> list[Deferred[str]]:
        return [self.turns.take(self.job) for _ in range(count)]

    def test_so_many_are_done_at_once_and_the_others_in_order(self) -> None:
        answers = self.take(5)
        self.assertEqual((len(self.begun), len(self.turns)), (2, 3))
        for number in (1, 0, 2, 4, 3):
            self.begun[number].callback(str(number))
            self.assertEqual(self.successResultOf(answers[number]), str(number))
        self.assertEqual((len(self.begun), len(self.turns)), (5, 0))

    def test_beyond_those_that_wait_everybody_is_told_to_come_back(self) -> None:
        answers = self.take(6)
        self.assertEqual(self.failureResultOf(answers[5], Busy).value.wait, BUSY_SECONDS)
        self.begun[0].callback("")
        self.take(1)
        self.assertEqual(len(self.turns), 3)

    def test_a_job_that_fails_makes_room_too(self) -> None:
        answers = self.take(3)
        self.begun[0].errback(ValueError())
        self.failureResultOf(answers[0], ValueError)
        self.assertEqual(len(self.begun), 3)
        answer = Turns(1, 1).take(lambda: 1 // 0)
        self.failureResultOf(answer, ZeroDivisionError)

    def test_closing_refuses_those_that_wait_and_lets_the_others_end(self) -> None:
        answers = self.take(3)
        self.turns.close()
        self.failureResultOf(answers[2], Closing)
        self.begun[0].callback("done")
        self.assertEqual(self.successResultOf(answers[0]), "done")
        [late] = self.take(1)
        self.failureResultOf(late, Closing)
        self.assertEqual(len(self.begun), 2)
