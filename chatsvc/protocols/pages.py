"""Answers that are too long for one piece: sent a page at a time, as fast as they are read.

`list` on a server with 10,000 rooms is a megabyte or, with long topics, forty. It is made
page by page while the client reads it, so what a client that does not read costs is one
page; and all connections together have a share of each reactor turn for it, so those who
ask for lists again and again wait for each other and not others for them. Who was first is
served to the end first: so each waits for those before it, and not for those after it.
"""

from collections import deque
from collections.abc import Callable

from twisted.logger import Logger

from chatsvc.ports import Clock

PAGES_PER_TURN = 16
"""Most pages made in one reactor turn; each takes some tenths of a millisecond."""

SECONDS_PER_TURN = 0.002
"""After so long no other page is begun in this turn."""


class PageTurner:
    """Let connections with long answers send their pages in turns."""

    _log = Logger()

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: deque[Callable[[], object]] = deque()
        self._is_scheduled = False

    def add(self, send_page: Callable[[], object], is_begun: bool) -> None:
        """Call `send_page` once, when it is its turn; an answer that is begun comes first."""
        if is_begun:
            self._waiting.appendleft(send_page)
        else:
            self._waiting.append(send_page)
        if not self._is_scheduled:
            self._is_scheduled = True
            self._clock.callLater(0, self._turn)

    def _turn(self) -> None:
        end = self._clock.seconds() + SECONDS_PER_TURN
        for _ in range(PAGES_PER_TURN):
            self._send_one()
            if not self._waiting or self._clock.seconds() >= end:
                break
        self._is_scheduled = bool(self._waiting)
        if self._is_scheduled:
            self._clock.callLater(0, self._turn)

    def _send_one(self) -> None:
        try:
            self._waiting.popleft()()
        except Exception:
            self._log.failure("Sending a page met a bug")
