"""MemoryLog, and the FaultyLog around it, keep to the contract."""

from twisted.trial.unittest import TestCase

from chatsvc.ports import Log, LogError
from chatsvc.storage.memory import MemoryLog
from chatsvc.testing import FaultyLog
from tests.contracts.accounts import AccountContract
from tests.contracts.log import LOBBY, LogContract, SearchContract, created, said


class MemoryLogTests(LogContract, AccountContract, SearchContract, TestCase):
    def setUp(self) -> None:
        self.log = MemoryLog()

    def make_log(self) -> Log:
        return self.log


class FaultyLogContractTests(LogContract, AccountContract, TestCase):
    def setUp(self) -> None:
        self.log = FaultyLog()

    def make_log(self) -> Log:
        return self.log


class FaultyLogTests(TestCase):
    def setUp(self) -> None:
        self.log = FaultyLog()
        self.log.open()
        self.room_id = self.successResultOf(self.log.append([created()]))[0].room_id

    def read(self):
        return self.successResultOf(self.log.read(LOBBY, self.room_id, 10))

    def test_held_appends_wait_until_released(self):
        self.log.hold()
        first, second = self.log.append([said(self.room_id)]), self.log.append([said(self.room_id)])
        self.assertNoResult(first)
        self.assertEqual((self.log.held, self.read()), (2, []))
        self.log.release()
        self.assertEqual(self.successResultOf(first)[0].number, 1)
        self.assertEqual(self.successResultOf(second)[0].number, 2)

    def test_failure_hits_one_append_and_writes_nothing(self):
        error = LogError("Broken.")
        self.log.fail_next(error)
        failed = self.log.append([said(self.room_id)])
        self.assertIs(self.failureResultOf(failed, LogError).value, error)
        self.assertEqual(self.successResultOf(self.log.append([said(self.room_id)]))[0].number, 1)

    def test_failure_waits_with_the_append_that_is_held(self):
        self.log.hold()
        self.log.fail_next()
        held = self.log.append([said(self.room_id)])
        self.assertNoResult(held)
        self.log.release()
        self.failureResultOf(held, LogError)

    def test_reads_fail_until_told_otherwise(self):
        self.log.fail_reads(LogError("Broken."))
        self.failureResultOf(self.log.read(LOBBY, self.room_id, 10), LogError)
        self.failureResultOf(self.log.search(LOBBY, self.room_id, "a", 10), LogError)
        self.log.fail_reads(None)
        self.assertEqual(self.read(), [])
