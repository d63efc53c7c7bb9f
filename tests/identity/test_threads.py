"""The real threads: passwords are hashed beside the reactor, and stopping leaves none behind."""

import os
import sys
import threading

from twisted.internet import reactor
from twisted.internet.defer import gatherResults
from twisted.trial.unittest import SkipTest, TestCase

from chatsvc.core.errors import Closing
from chatsvc.identity.threads import AT_ONCE, LOW_PRIORITY, PasswordThreads, cores


class PasswordThreadsTests(TestCase):
    def setUp(self) -> None:
        self.threads = PasswordThreads(reactor, 10)
        self.threads.startService()
        self.addCleanup(lambda: self.threads.running and self.threads.stopService())

    async def test_two_work_at_a_time_and_none_is_the_reactor_s(self) -> None:
        """Each waits for the other, so one alone would never end."""
        if cores() < AT_ONCE:
            raise SkipTest("There is one core only")
        both = threading.Barrier(AT_ONCE, timeout=60)

        def job() -> int:
            both.wait()
            return threading.get_ident()

        jobs = [self.threads.turns.take(lambda: self.threads.run(job)) for _ in range(6)]
        idents = set(await gatherResults(jobs))
        self.assertEqual(len(idents), AT_ONCE)
        self.assertNotIn(threading.get_ident(), idents)

    async def test_they_give_way_to_the_reactor_s(self) -> None:
        if sys.platform != "linux":
            raise SkipTest("Threads have no priorities here")

        def priority() -> int:
            return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

        before = priority()
        self.assertEqual(await self.threads.run(priority), LOW_PRIORITY)
        self.assertEqual(priority(), before)

    async def test_they_work_where_priorities_may_not_be_changed(self) -> None:
        def forbid(*_: object) -> None:
            raise PermissionError("Operation not permitted")

        self.patch(os, "setpriority", forbid)
        self.assertEqual(await self.threads.run(lambda: "hash"), "hash")

    async def test_stopping_ends_what_is_done_and_refuses_what_waits(self) -> None:
        go_on = threading.Event()
        jobs = [
            self.threads.turns.take(lambda: self.threads.run(lambda: go_on.wait(60)))
            for _ in range(AT_ONCE + 1)
        ]
        go_on.set()
        self.threads.stopService()
        self.assertEqual(await gatherResults(jobs[:AT_ONCE]), [True] * AT_ONCE)
        await self.assertFailure(jobs[AT_ONCE], Closing)
        self.assertEqual(password_threads(), [])

    def test_none_is_made_before_it_is_needed(self) -> None:
        self.assertEqual(password_threads(), [])


def password_threads() -> list[str]:
    """Return the names of the threads that hash passwords now."""
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if "passwords" in name]
