"""One delayed call watches all connections, each at its own time."""

import attrs
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.protocols.irc_keepalive import INTERVAL_SECONDS, Keepalive


@attrs.define(eq=False)
class Quiet:
    """A connection that says nothing."""

    clock: Clock
    was_heard: bool = False
    is_busy: bool = False
    asked: list[float] = attrs.field(factory=list)
    given_up: list[float] = attrs.field(factory=list)

    def ask_for_life(self) -> None:
        """Note when it is asked."""
        self.asked.append(self.clock.seconds())

    def give_up(self, seconds: int) -> None:
        """Note when it is given up."""
        self.given_up.append(self.clock.seconds())


class KeepaliveTests(SynchronousTestCase):
    """Connections that came at different times."""

    def setUp(self) -> None:
        """Watch three that came ten seconds apart."""
        self.clock = Clock()
        self.keepalive = Keepalive(self.clock)
        self.all = [Quiet(self.clock) for _ in range(3)]
        for each in self.all:
            self.keepalive.watch(each)
            self.clock.advance(10)

    def passes(self, seconds: int) -> None:
        """Let time pass, a second at a time."""
        self.clock.pump([1] * seconds)

    def test_each_at_its_time(self) -> None:
        """They are asked an interval after they came, and given up an interval after that."""
        self.passes(3 * INTERVAL_SECONDS)
        for place, each in enumerate(self.all):
            self.assertEqual(each.asked, [10 * place + INTERVAL_SECONDS])
            self.assertEqual(each.given_up, [10 * place + 2 * INTERVAL_SECONDS])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_who_is_heard_is_asked_again_later(self) -> None:
        """One that answered begins anew; the others are none of its business."""
        self.passes(INTERVAL_SECONDS - 20)
        first = self.all[0]
        first.was_heard = True
        self.passes(2 * INTERVAL_SECONDS)
        self.assertEqual(first.asked, [INTERVAL_SECONDS, 3 * INTERVAL_SECONDS])
        self.assertEqual(first.given_up, [])

    def test_who_is_gone_is_forgotten(self) -> None:
        """No call is left of those who are gone, whenever they go."""
        first, second, third = self.all
        self.keepalive.forget(first)
        self.passes(INTERVAL_SECONDS - 20)
        self.keepalive.forget(second)
        self.keepalive.forget(third)
        self.keepalive.forget(third)
        self.assertEqual([each.asked for each in self.all], [[], [130.0], []])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_one_call_for_all(self) -> None:
        """However many there are."""
        for _ in range(100):
            self.keepalive.watch(Quiet(self.clock))
        self.assertEqual(len(self.clock.getDelayedCalls()), 1)
