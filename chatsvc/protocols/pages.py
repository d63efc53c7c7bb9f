"""Answers that are too long for one piece: sent a page at a time, as fast as they are read.

`list` on a server with 10,000 rooms is a megabyte or, with long topics, forty. It is made
page by page while the client reads it, so what a client that does not read costs is one
page; and all connections together have half of the time for it, a page or two by turns
with as much for everything else, so those who ask for lists again and again wait for each other
and not others for them. In the other half the log's thread gets at what it needs as well. Who
was first is served to the end first: so each waits for those before it, and not for those
after it.
"""

from collections import deque
from collections.abc import Callable, Iterator

from twisted.logger import Logger

from chatsvc.hub.next_turn import NextTurn, rest_after
from chatsvc.ports import Clock
from chatsvc.protocols.outbox import Outbox

PAGES_PER_TURN = 16
"""Most pages made in one reactor turn; each takes some tenths of a millisecond."""

SECONDS_PER_TURN = 0.0003
"""After so long no other page is begun in this turn."""


class PageTurner:
    """Let connections with long answers send their pages in turns."""

    _log = Logger()

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: deque[Callable[[], object]] = deque()
        self._next_turn = NextTurn(clock, self._turn)
        self._is_in_turn = False
        self._rests_until = 0.0

    def add(self, send_page: Callable[[], object], is_begun: bool) -> None:
        """Call `send_page` once, when it is its turn; an answer that is begun comes first."""
        if is_begun:
            self._waiting.appendleft(send_page)
        else:
            self._waiting.append(send_page)
        if not self._is_in_turn:
            self._ask()

    def _ask(self) -> None:
        """Ask for a turn, once all others have had their time."""
        self._next_turn.ask(rest_after(self._rests_until - self._clock.seconds()))

    def _turn(self) -> None:
        began = now = self._clock.seconds()
        self._is_in_turn = True
        for _ in range(PAGES_PER_TURN):
            if not self._waiting or now - began >= SECONDS_PER_TURN:
                break
            self._send_one()
            now = self._clock.seconds()
        self._is_in_turn = False
        self._rests_until = now + rest_after(now - began)
        if self._waiting:
            self._ask()

    def _send_one(self) -> None:
        try:
            self._waiting.popleft()()
        except Exception:
            self._log.failure("Sending a page met a bug")


class LongAnswer:
    """One answer that its connection is sent page by page, and what has to wait for its end.

    While it lasts its reader counts as behind: no event comes between its rows, no request
    begins, and what the reader misses it is given afterwards. What it must be told at once
    (a direct message) waits here, up to the limit for unread bytes. `stall` is called before
    each page and puts the reader behind; `ended`, once everything is sent, takes it up
    again. Once the outbox is closed nothing more is sent and nothing called.
    """

    __slots__ = (
        "_ended",
        "_is_due",
        "_outbox",
        "_pages",
        "_stall",
        "_turner",
        "_waiting",
        "held_bytes",
    )

    def __init__(
        self,
        pages: Iterator[bytes],
        outbox: Outbox,
        turner: PageTurner,
        stall: Callable[[], object],
        ended: Callable[[], object],
    ) -> None:
        self._pages: Iterator[bytes] | None = pages
        self._outbox = outbox
        self._turner = turner
        self._stall = stall
        self._ended = ended
        self._is_due = False
        self._waiting: list[bytes] = []
        self.held_bytes = 0
        """How much waits here for the answer's end."""

    def begin(self) -> None:
        """Send the first page when it is this answer's turn."""
        self._send_later(is_begun=False)

    def go_on(self) -> None:
        """Send the next page when it is this answer's turn: the client has read."""
        self._send_later(is_begun=True)

    def send_after(self, data: bytes) -> None:
        """Send `data` when the answer is at its end."""
        self._waiting.append(data)
        self.held_bytes += len(data)

    def break_off(self, last: bytes) -> None:
        """Send `last` instead of the pages that are left, and then what waits."""
        self._outbox.send(last)
        self._end()

    def _send_later(self, is_begun: bool) -> None:
        if not self._is_due:
            self._is_due = True
            self._stall()
            self._turner.add(self._send_page, is_begun)

    def _send_page(self) -> None:
        """Send the next page, if the client has read the ones before."""
        self._is_due = False
        if self._pages is None or self._outbox.is_paused:
            return
        try:
            page = next(self._pages, None)
        except Exception:
            # The answer lacks its end, but the connection goes on.
            self._end()
            self._ended()
            raise
        if page is None:
            self._end()
            self._ended()
            return
        self._outbox.send(page)
        # At once, so that a client which does not read is noticed before the next page.
        self._outbox.flush()
        if not self._outbox.is_paused:
            self.go_on()

    def _end(self) -> None:
        self._pages = None
        for data in self._waiting:
            self._outbox.send(data)
