"""Ask silent IRC clients for a sign of life, and send those away who give none.

    nothing in an interval     PING
    nothing in the next        the session quits: "Ping timeout: 240 seconds"

TCP's keepalive (`sockets`) notices peers that are gone; what it cannot notice is a proxy or a
bouncer in between whose client is gone, or a program that hangs. Besides, proxies close what is
silent, and some clients take a server for dead that never asks.

Source: https://modern.ircdocs.horse/#ping-message, "PING [...] is sent by either clients or
servers to check the other side of the connection is still connected".
"""

from typing import Protocol

import attrs

from chatsvc.ports import Clock, DelayedCall

INTERVAL_SECONDS = 120
"""People read for minutes, a phone may be in a tunnel; proxies wait a minute and more."""


class Watched(Protocol):
    """A connection. `is_busy`: it cannot be expected to answer, as it is slow or not read."""

    @property
    def is_busy(self) -> bool:
        """Whether a silence means nothing now."""

    def ask_for_life(self) -> None:
        """Send a PING."""

    def give_up(self, seconds: int) -> None:
        """End the session for a silence of so many seconds at least."""


@attrs.define(eq=False)
class Keepalive:
    """Watch one connection, which sets `was_heard` whenever it has asked for something."""

    clock: Clock
    client: Watched
    was_heard: bool = False
    _was_asked: bool = False
    _call: DelayedCall | None = None

    def begin(self) -> None:
        """Watch from now on."""
        self._call = self.clock.callLater(INTERVAL_SECONDS, self._look)

    def stop(self) -> None:
        """Watch no more: the connection is over."""
        if self._call is not None and self._call.active():
            self._call.cancel()
        self._call = None

    def _look(self) -> None:
        self._call = None
        is_silent = not (self.was_heard or self.client.is_busy)
        if is_silent and self._was_asked:
            self.client.give_up(2 * INTERVAL_SECONDS)
            return
        if is_silent:
            self.client.ask_for_life()
        self._was_asked, self.was_heard = is_silent, False
        self.begin()
