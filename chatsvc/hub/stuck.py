"""Readers whose transport is full: those that are only slow, and those that are cut off."""

from functools import partial

from chatsvc.hub.portions import Portions
from chatsvc.hub.subscriber import Subscriber
from chatsvc.ports import Clock

READ_BYTES = 65_536
"""Who takes so much in the time after which it counts as stuck, is slow and not stuck."""


class FullReaders:
    """Know the connections whose clients we wait for; cut off who reads nothing for `patience`.

    `patience` is in seconds.
    """

    def __init__(self, clock: Clock, patience: int) -> None:
        self._clock = clock
        self._patience = patience
        self._full: set[Subscriber] = set()
        self._aborts = Portions(clock)

    def add(self, subscriber: Subscriber) -> None:
        """Begin to wait for a client: it does not read what it was sent."""
        subscriber.unsent = subscriber.connection.unsent_bytes
        self._full.add(subscriber)

    def discard(self, subscriber: Subscriber) -> None:
        """Wait for a client no more: it has read all, or is gone."""
        self._full.discard(subscriber)

    def sweep(self) -> None:
        """Begin to cut off who is stuck."""
        for subscriber in list(self._full):
            if self._clock.seconds() - subscriber.full_since >= self._patience:
                self._aborts.add(partial(self._abort_if_stuck, subscriber))

    def _abort_if_stuck(self, subscriber: Subscriber) -> None:
        """Cut a stuck reader off, unless it does read, or did while others had their turn."""
        since = self._clock.seconds() - subscriber.full_since
        if subscriber not in self._full or since < self._patience:
            return
        unsent = subscriber.connection.unsent_bytes
        if subscriber.unsent - unsent >= READ_BYTES:
            # Twisted tells of a reader only when it has taken all, and that may be long.
            subscriber.full_since, subscriber.unsent = self._clock.seconds(), unsent
        else:
            subscriber.connection.abort(f"it read nothing for {self._patience} seconds")
