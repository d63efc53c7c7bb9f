"""Who hears what happens: listeners at once, iterators when they ask.

A listener is a function, called with every happening as it comes. An iterator has a
queue of its own, so that a program may take its time:

* at `STREAM_FULL` happenings the client stops reading from the server, which then
  notices that this reader is behind; nothing is dropped, and nothing grows;
* answers come over the same connection, so while the program waits for one the client
  must read on; then the queue may grow to `STREAM_OVERFULL`, where the connection is cut.
  Reconnecting brings what was missed, so even then nothing is lost but time.

The first listener or iterator also gets what happened before, up to `BACKLOG`
happenings, so that nothing falls between connecting and listening.
"""

import weakref
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from chatsvc.client.happenings import Happening

Listener = Callable[[Happening], None]
"""A function that is told of everything that happens."""

STREAM_FULL = 1000
"""Happenings of one iterator at which the client stops reading."""

STREAM_OVERFULL = 20_000
"""Happenings of one iterator at which the client cuts the connection."""

BACKLOG = 1000
"""Happenings kept for the first one to listen."""

_log = Logger()


class _Queue:
    """What happened and was not taken by one iterator yet."""

    def __init__(self, backlog: Iterable[Happening]) -> None:
        self._queue = deque(backlog)
        self._waiting: Deferred[None] | None = None
        self._has_ended = False

    def __len__(self) -> int:
        return len(self._queue)

    async def wait(self) -> bool:
        """Wait until there is something to take; return False when there never will be."""
        while not self._queue:
            if self._has_ended:
                return False
            self._waiting = Deferred()
            await self._waiting
        return True

    def take(self) -> Happening:
        """Return the oldest happening."""
        return self._queue.popleft()

    def put(self, happening: Happening) -> None:
        """Add a happening at the end."""
        self._queue.append(happening)
        self._wake()

    def end(self) -> None:
        """Let the iterator end once everything was taken."""
        self._has_ended = True
        self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(None)


class HappeningStream(AsyncIterator[Happening]):
    """An asynchronous iterator over what happens; it ends when the client is closed."""

    def __init__(self, queue: _Queue, taken: Callable[[], None]) -> None:
        self._queue = queue
        self._taken = taken

    async def __anext__(self) -> Happening:
        """Return the next happening, waiting for it if need be; one call at a time."""
        if not await self._queue.wait():
            raise StopAsyncIteration
        happening = self._queue.take()
        self._taken()
        return happening


class Audience:
    """All listeners and iterators of one client.

    `changed` is called when something was taken from an iterator.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._listeners: dict[object, Listener] = {}
        self._queues: list[_Queue] = []
        self._backlog: deque[Happening] | None = deque(maxlen=BACKLOG)
        self._has_ended = False

    @property
    def is_full(self) -> bool:
        """Tell whether some iterator has enough to do."""
        return any(len(queue) >= STREAM_FULL for queue in self._queues)

    @property
    def is_overfull(self) -> bool:
        """Tell whether some iterator has more than this client is ready to keep."""
        return any(len(queue) >= STREAM_OVERFULL for queue in self._queues)

    def add_listener(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with everything that happens; return a function that ends that."""
        for happening in self._take_backlog():
            self._tell(listener, happening)
        key = object()
        self._listeners[key] = listener
        return lambda: self._remove(key)

    def _remove(self, key: object) -> None:
        self._listeners.pop(key, None)

    def _take_backlog(self) -> Iterable[Happening]:
        backlog, self._backlog = self._backlog, None
        return backlog or ()

    def stream(self) -> HappeningStream:
        """Return a new iterator; it stops counting when the program drops it."""
        queue = _Queue(self._take_backlog())
        if self._has_ended:
            queue.end()
        self._queues.append(queue)
        stream = HappeningStream(queue, self._changed)
        weakref.finalize(stream, self._drop, queue)
        return stream

    def _drop(self, queue: _Queue) -> None:
        self._queues.remove(queue)
        self._changed()

    def publish(self, happening: Happening) -> None:
        """Tell everyone; a listener that fails is logged and does not disturb the others."""
        if self._backlog is not None:
            self._backlog.append(happening)
        for queue in self._queues:
            queue.put(happening)
        for listener in tuple(self._listeners.values()):
            self._tell(listener, happening)

    def _tell(self, listener: Listener, happening: Happening) -> None:
        with _log.failuresHandled("a listener failed on {happening}", happening=happening):
            listener(happening)

    def end(self) -> None:
        """End every iterator."""
        self._has_ended = True
        for queue in self._queues:
            queue.end()
