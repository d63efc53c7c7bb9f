"""What every `ports.Log` keeps to. Mix `LogContract` into a TestCase and say how to make one.

The tests of searching are a suite of their own, `SearchContract`: a log that fills
an index behind the messages runs them twice, before and after. Accounts have theirs in
tests/contracts/accounts.py.
"""

from tests.contracts.log.case import (
    ANN,
    AT,
    BOB,
    GARDEN,
    LOBBY,
    NOWHERE,
    LogCase,
    created,
    edited,
    numbers,
    redacted,
    said,
    texts,
)
from tests.contracts.log.happenings import HappeningContract
from tests.contracts.log.lasting import LastingContract
from tests.contracts.log.numbering import NumberContract
from tests.contracts.log.pages import PageContract
from tests.contracts.log.rewriting import RewritingContract
from tests.contracts.log.rooms import RoomContract
from tests.contracts.log.searching import SearchContract
from tests.contracts.log.server import ServerContract
from tests.contracts.log.trimming import TrimmingContract


class LogContract(
    RoomContract,
    NumberContract,
    PageContract,
    RewritingContract,
    LastingContract,
    ServerContract,
    TrimmingContract,
    HappeningContract,
):
    """All of it, but for searching."""


__all__ = [
    "ANN",
    "AT",
    "BOB",
    "GARDEN",
    "LOBBY",
    "NOWHERE",
    "LogCase",
    "LogContract",
    "SearchContract",
    "created",
    "edited",
    "numbers",
    "redacted",
    "said",
    "texts",
]
