"""Keeping a connection up: connect, and connect again with growing delays.

A thin layer over Twisted's `ClientService` that adds what people want to know: why there
is no connection, and in how many seconds the next attempt follows. An attempt counts as
a success only when `reached` is called, that is when the server has accepted us; a server
that hangs up at once is therefore not asked again and again without a pause. One that
names a time to wait is asked when it is over.
"""

from collections.abc import Callable
from typing import Any, cast

from twisted.application.internet import ClientService, backoffPolicy
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IAddress,
    IProtocolFactory,
    IStreamClientEndpoint,
)
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from chatsvc.client.connection import sentence_of
from chatsvc.ports import Clock

RetryPolicy = Callable[[int], float]
"""Number of failures in a row -> seconds until the next attempt."""

RETRY_POLICY: RetryPolicy = backoffPolicy(initialDelay=0.25, maxDelay=30.0, factor=2.0)
"""Half a second, one, two ... at most half a minute, and up to one second of chance."""

LONGEST_WAIT = 600
"""Seconds for which a server can make us wait; more would be a mistake, or malice."""


class Link:
    """Keep one connection made by `build` to `endpoint`.

    `gone(reason, delay)` is called after each lost connection or failed attempt; the next
    one follows `delay` seconds later.
    """

    def __init__(
        self,
        endpoint: IStreamClientEndpoint,
        build: Callable[[], Protocol],
        clock: Clock,
        retry_policy: RetryPolicy,
        gone: Callable[[str, float], None],
    ) -> None:
        self._clock = clock
        self._retry_policy = retry_policy
        self._gone = gone
        self._failures = 0
        self._least_delay = 0
        self._reason = ""
        self._is_stopped = False
        reporting: Any = _ReportingEndpoint(endpoint, self.failed)
        self._service = ClientService(
            reporting, cast(Any, _Builder(build)), self._delay, cast(Any, clock)
        )

    def start(self) -> None:
        """Make the first attempt."""
        self._service.startService()

    def stop(self) -> Deferred[None]:
        """Close the connection, once what was written is sent, and make no other."""
        self._is_stopped = True
        return self._service.stopService()

    def reached(self) -> None:
        """Note that the server is there and accepted us."""
        self._failures = 0

    def put_off(self, seconds: int) -> int:
        """Make the next attempt not earlier than that; return the seconds it is put off.

        It is `LONGEST_WAIT` at most, and counts from the loss of the connection.
        """
        self._least_delay = min(seconds, LONGEST_WAIT)
        return self._least_delay

    def failed(self, reason: str) -> None:
        """Note why there is no connection; `reason` is a sentence."""
        self._reason = reason

    def _delay(self, _attempt: int) -> float:
        self._failures += 1
        delay = max(self._retry_policy(self._failures), self._least_delay)
        self._least_delay = 0
        # Not now: ClientService is in the middle of a change of state, and whoever
        # hears of this may want to stop it.
        self._clock.callLater(0, self._tell, delay)
        return delay

    def _tell(self, delay: float) -> None:
        if not self._is_stopped:
            self._gone(self._reason, delay)


class _Builder(Factory):
    """A factory that asks a function for protocols, and does not log their coming and going."""

    noisy = False

    def __init__(self, build: Callable[[], Protocol]) -> None:
        self._build = build

    def buildProtocol(self, addr: IAddress | None) -> Protocol:  # noqa: ARG002 - Twisted's
        return self._build()


@implementer(IStreamClientEndpoint)
class _ReportingEndpoint:
    """Connect like `endpoint`, and tell why it failed."""

    def __init__(self, endpoint: Any, failed: Callable[[str], None]) -> None:
        self._endpoint = endpoint
        self._failed = failed

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[Any]:
        connected: Deferred[Any] = self._endpoint.connect(protocolFactory)
        return connected.addErrback(self._report)

    def _report(self, failure: Failure) -> Failure:
        self._failed(sentence_of(failure))
        return failure
