"""SqliteLog keeps to the contract: with an index that lags behind, and with a whole one."""

from twisted.trial.unittest import TestCase

from chatsvc.ports import Log
from chatsvc.storage.sqlite import SqliteLog
from tests.contracts.accounts import AccountContract
from tests.contracts.log import LogCase, LogContract, SearchContract
from tests.storage.folders import temporary_folder


class SqliteCase(LogCase):
    def setUp(self) -> None:
        self.folder = temporary_folder(self)

    def make_log(self) -> Log:
        return SqliteLog(self.folder)


class SqliteLogTests(SqliteCase, LogContract, AccountContract, TestCase):
    pass


class UnindexedSearchTests(SqliteCase, SearchContract, TestCase):
    """The index is filled when the log is idle; these tests are done before that."""


class IndexedSearchTests(SqliteCase, SearchContract, TestCase):
    async def settled(self, log: Log) -> Log:
        # Closing fills the index.
        log, _ = await self.reopened(log)
        return log
