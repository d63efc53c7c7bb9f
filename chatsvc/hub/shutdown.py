"""The end of the service: commit what is under way, say goodbye to everybody, close the log."""

from collections.abc import Set as AbstractSet

from twisted.internet.defer import Deferred

from chatsvc.core.errors import Closing
from chatsvc.core.events import ServerClosing
from chatsvc.hub.committer import Committer
from chatsvc.hub.delivery import Delivery
from chatsvc.hub.subscriber import Subscriber
from chatsvc.ports import Clock, Log

COMMIT_SECONDS = 5.0
"""How long a shutdown waits for what is being written; a disk may hang for ever.

With the goodbye it stays below the 10 seconds after which containers are killed.
"""

NOTING_SECONDS = 1.5
"""How long it waits then for what is noted of those who were there until the end."""

GOODBYE_SECONDS = 3.0
"""How long a shutdown waits for clients to take their last bytes."""


class Shutdown:
    """End the service once; from then on, as `has_begun`, nobody begins anything new.

    `subscribers` are all connections whose sessions are not over.
    """

    def __init__(
        self,
        log: Log,
        clock: Clock,
        committer: Committer,
        delivery: Delivery,
        subscribers: AbstractSet[Subscriber],
    ) -> None:
        self.has_begun = False
        self.reason = ""
        """Why the server stops, if an operator said so; told to everybody."""
        self._store = log
        self._clock = clock
        self._committer = committer
        self._delivery = delivery
        self._subscribers = subscribers
        self._all_gone: Deferred[None] = Deferred()

    def begin(self) -> Deferred[None]:
        """Commit what is under way, say goodbye to everybody, close the log.

        Fires when all is done: `COMMIT_SECONDS`, `GOODBYE_SECONDS` and what the log takes
        to close, at the latest. A log that has not committed in that time is left as it
        is: what it was asked for is refused, and it is not waited for again.
        """
        self.has_begun = True
        return Deferred.fromCoroutine(self._say_goodbye())

    def note_left(self) -> None:
        """Note that a connection was taken out of `subscribers`: it may have been the last."""
        if self.has_begun and not self._subscribers:
            self._wait_no_more()

    async def _say_goodbye(self) -> None:
        is_committed = await self._committer.finish(COMMIT_SECONDS)
        self._delivery.stop()
        goodbye = f"The server is shutting down{f': {self.reason}' if self.reason else '.'}"
        for subscriber in list(self._subscribers):
            _refuse_the_rest(subscriber)
            subscriber.connection.deliver(ServerClosing(goodbye))
            subscriber.connection.close()
        timeout = self._clock.callLater(GOODBYE_SECONDS, self._cut_off)
        if self._subscribers:
            await self._all_gone
        if timeout.active():
            timeout.cancel()
        if is_committed:
            is_committed = await self._committer.finish(NOTING_SECONDS)
        closed = self._store.close()
        if is_committed:
            await closed

    def _cut_off(self) -> None:
        for subscriber in list(self._subscribers):
            subscriber.connection.abort("it did not take the goodbye")
        self._wait_no_more()

    def _wait_no_more(self) -> None:
        if not self._all_gone.called:
            self._all_gone.callback(None)


def _refuse_the_rest(subscriber: Subscriber) -> None:
    """Answer what was asked but not begun; a request still under way gets no answer."""
    while subscriber.running == 0:
        if subscriber.next_request() is None:
            return
        subscriber.connection.answer(Closing())
