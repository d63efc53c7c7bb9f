"""The requests of one connection, from being asked to being answered.

    later ..... asked, not sent yet: so many are on their way already, or the server said "wait"
    sent ...... sent, not answered
    again ..... refused as too fast: sent again, before all that are later, when the wait is over

All requests are answered in the order they were asked. A server that refuses one as too fast
refuses all that come after it until the wait is over, so their order is kept.
"""

from collections import deque
from collections.abc import Callable, Iterable

import attrs
from twisted.internet.defer import Deferred

from chatsvc.client.happenings import ClientError
from chatsvc.core.errors import Refusal, TooFast
from chatsvc.core.replies import Reply
from chatsvc.ports import Clock, DelayedCall
from chatsvc.wire.reading import HelpText

Answer = Reply | HelpText
"""What a request that was not refused is answered with."""

SENT_AT_ONCE = 200
"""Requests on their way; a server has more refusals than that for one that is too fast."""


@attrs.frozen(eq=False)
class Asked:
    """A request: its line, with its end, and its answer to come.

    `is_urgent`: it is sent at once, and not again.
    """

    line: bytes
    answer: Deferred[Answer] = attrs.field(factory=Deferred)
    is_urgent: bool = False


class Requests:
    """Send requests with `write`, no faster than the server takes them.

    `told_to_wait` is called with the seconds that a server asks to wait.
    """

    def __init__(
        self,
        write: Callable[[bytes], None],
        clock: Clock,
        told_to_wait: Callable[[int], None],
    ) -> None:
        self._write = write
        self._clock = clock
        self._told_to_wait = told_to_wait
        self._sent: deque[Asked] = deque()
        self._again: deque[Asked] = deque()
        self._later: deque[Asked] = deque()
        self._wait: DelayedCall | None = None

    def __len__(self) -> int:
        return len(self._sent) + len(self._again) + len(self._later)

    @property
    def is_awaiting(self) -> bool:
        """Tell whether the server owes an answer."""
        return bool(self._sent)

    def ask(self, requests: Iterable[Asked]) -> None:
        """Send requests, several in one write, when their turn has come."""
        urgent: list[bytes] = []
        for asked in requests:
            if asked.is_urgent:
                urgent.append(asked.line)
                self._sent.append(asked)
            else:
                self._later.append(asked)
        self._send(urgent)

    def _send(self, urgent: Iterable[bytes] = ()) -> None:
        lines = [*urgent]
        if self._wait is None and not (self._again and self._sent):
            for waiting in (self._again, self._later):
                while waiting and len(self._sent) < SENT_AT_ONCE:
                    asked = waiting.popleft()
                    self._sent.append(asked)
                    lines.append(asked.line)
        if lines:
            self._write(b"".join(lines))

    def answered(self, answer: Answer | Refusal) -> None:
        """Hand an answer to the oldest request that was sent."""
        asked = self._sent.popleft()
        if isinstance(answer, TooFast) and answer.wait and not asked.is_urgent:
            self._again.append(asked)
            self._begin_waiting(answer.wait)
        elif isinstance(answer, Refusal):
            asked.answer.errback(answer)
        else:
            asked.answer.callback(answer)
        self._send()

    def _begin_waiting(self, seconds: int) -> None:
        if self._wait is None:
            self._told_to_wait(seconds)
            self._wait = self._clock.callLater(seconds, self._go_on)

    def _go_on(self) -> None:
        self._wait = None
        self._send()

    def fail(self, why: Callable[[], ClientError]) -> None:
        """Fail all requests; `why` makes the error of each."""
        if self._wait is not None:
            self._wait.cancel()
            self._wait = None
        for waiting in (self._sent, self._again, self._later):
            while waiting:
                waiting.popleft().answer.errback(why())
