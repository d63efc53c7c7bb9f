"""Answers that are too long for one piece: sent a page at a time, as fast as they are read.

`list` on a server with 10,000 rooms is a megabyte or, with long topics, forty. It is made
page by page while the client reads it, so what a client that does not read costs is one
page; and all connections together make `PAGES_PER_TURN` pages in a reactor turn, so those
who ask for lists again and again wait for each other and not others for them.
"""

from collections import deque
from collections.abc import Callable

from chatsvc.ports import Clock

PAGES_PER_TURN = 1
"""Pages made in one reactor turn; each takes some tenths of a millisecond."""


class PageTurner:
    """Let connections with long answers send their pages in turns."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: deque[Callable[[], object]] = deque()

    def add(self, send_page: Callable[[], object]) -> None:
        """Call `send_page` once, when it is its turn."""
        if not self._waiting:
            self._clock.callLater(0, self._turn)
        self._waiting.append(send_page)

    def _turn(self) -> None:
        for _ in range(min(PAGES_PER_TURN, len(self._waiting))):
            # It is taken off afterwards, so that what it adds schedules nothing twice.
            self._waiting[0]()
            self._waiting.popleft()
        if self._waiting:
            self._clock.callLater(0, self._turn)
