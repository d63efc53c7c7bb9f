"""What comes back from the log: each decision of a batch is concluded, or refused."""

from collections.abc import Sequence
from typing import Any

from twisted.logger import Logger
from twisted.python.failure import Failure

from chatsvc.core.commands import Tell
from chatsvc.core.errors import Internal, Refusal
from chatsvc.core.events import Said
from chatsvc.core.names import RoomKey
from chatsvc.core.replies import Reply
from chatsvc.hub.committer import Decision, RecordedAll, refusal_of
from chatsvc.hub.conclusion import Conclusion
from chatsvc.hub.reading import no_such_message
from chatsvc.hub.requests import Requests
from chatsvc.hub.subscriber import Subscriber
from chatsvc.ports import Missing, Repeated


class Outcomes:
    """Conclude what the committer reports, then go on with the requests that waited for it."""

    _log = Logger()

    def __init__(self, conclusion: Conclusion, requests: Requests) -> None:
        self._conclusion = conclusion
        self._requests = requests

    def committed(self, batch: list[Decision], recorded: Sequence[RecordedAll]) -> None:
        """Conclude a batch; who disconnected meanwhile leaves after its messages are told."""
        said: dict[RoomKey, list[Said]] = {}
        for decision, event in zip(batch, recorded, strict=True):
            try:
                self._conclude(decision, event, said)
            except Exception:
                self._log.failure("What was committed met a bug")
                _answer(decision.subscriber, Internal())
        self._conclusion.deliver_said(said)
        self._all_finished(batch)

    def failed(self, batch: list[Decision], failure: Failure) -> None:
        """Refuse a batch of which nothing is in the log."""
        refusal = refusal_of(failure)
        for decision in batch:
            _answer(decision.subscriber, refusal)
        self._all_finished(batch)

    def _conclude(
        self, decision: Decision, recorded: RecordedAll, said: dict[RoomKey, list[Said]]
    ) -> None:
        if type(decision.command) is Tell:
            self._conclusion.conclude_told(decision, recorded)
        elif isinstance(recorded, (Said, Repeated)):
            message: Any = decision.durable
            author = decision.subscriber
            if author is not None and author.gone:
                author = None
            answer = self._conclusion.conclude_said(message.room, recorded, said, author)
            if author is not None:  # Not `_answer`: every message comes by here.
                author.connection.answer(answer)
        elif isinstance(recorded, Missing) or _has_missing(recorded):
            _answer(decision.subscriber, no_such_message(decision.command, decision.durable))
        else:
            self._conclusion.deliver_said(said)
            events = decision.events_as(recorded)
            self._conclusion.conclude(decision.subscriber, decision.command, events)

    def _all_finished(self, batch: list[Decision]) -> None:
        for decision in batch:
            if decision.subscriber is not None:
                self._requests.finished(decision.subscriber)
        self._requests.pump_waiting()


def _has_missing(recorded: RecordedAll) -> bool:
    """Tell whether a change came too late that would have a line in the audit log."""
    return isinstance(recorded, tuple) and any(isinstance(each, Missing) for each in recorded)


def _answer(subscriber: Subscriber | None, answer: Reply | Refusal) -> None:
    """Answer who asked, if it was not the hub itself and is still there."""
    if subscriber is not None and not subscriber.gone:
        subscriber.connection.answer(answer)
