"""Ask silent IRC clients for a sign of life, and send those away who give none.

    nothing in an interval     PING
    nothing in the next        the session quits: "Ping timeout: 240 seconds"

TCP's keepalive (`sockets`) notices peers that are gone; what it cannot notice is a proxy or a
bouncer in between whose client is gone, or a program that hangs. Besides, proxies close what is
silent, and some clients take a server for dead that never asks.

Source: https://modern.ircdocs.horse/#ping-message, "PING [...] is sent by either clients or
servers to check the other side of the connection is still connected".
"""

from itertools import takewhile
from typing import Protocol

import attrs

from chatsvc.ports import Clock, DelayedCall

INTERVAL_SECONDS = 120
"""People read for minutes, a phone may be in a tunnel; proxies wait a minute and more."""

LOOK_SECONDS = 1.0
"""How often is looked at most: ten thousand connections are not ten thousand delayed calls."""

_ROUNDING = 1e-3
"""Seconds that times as floating-point numbers may be off."""


class Watched(Protocol):
    """A connection. `is_busy`: it cannot be expected to answer, as it is slow or not read.

    It sets `was_heard` whenever its client has asked for something.
    """

    was_heard: bool

    @property
    def is_busy(self) -> bool:
        """Whether a silence means nothing now."""

    def ask_for_life(self) -> None:
        """Send a PING."""

    def give_up(self, seconds: int) -> None:
        """End the session for a silence of so many seconds at least."""


@attrs.define(eq=False)
class Keepalive:
    """Watch the connections of one way in.

    `_due` says when each is to be looked at, in seconds of the clock, the next one first: all
    wait equally long. `_asked` are those that were sent a PING and were not heard since.
    """

    clock: Clock
    _due: dict[Watched, float] = attrs.field(factory=dict)
    _asked: set[Watched] = attrs.field(factory=set)
    _call: DelayedCall | None = None

    def watch(self, client: Watched) -> None:
        """Watch a connection from now on."""
        self._wait_for(client)
        if self._call is None:
            self._call = self.clock.callLater(INTERVAL_SECONDS, self._look)

    def forget(self, client: Watched) -> None:
        """Watch a connection no more: it is over."""
        self._due.pop(client, None)
        self._asked.discard(client)
        if not self._due and self._call is not None:
            self._call.cancel()
            self._call = None

    def _look(self) -> None:
        self._call = None
        now = self.clock.seconds() + _ROUNDING
        due = [client for client, _ in takewhile(lambda each: each[1] <= now, self._due.items())]
        for client in due:
            if self._due.pop(client, None) is not None:
                self._look_at(client)
        if self._due:
            wait = next(iter(self._due.values())) - self.clock.seconds()
            self._call = self.clock.callLater(max(LOOK_SECONDS, wait), self._look)

    def _look_at(self, client: Watched) -> None:
        is_silent = not (client.was_heard or client.is_busy)
        was_asked = client in self._asked
        self._asked.discard(client)
        client.was_heard = False
        if is_silent and was_asked:
            client.give_up(2 * INTERVAL_SECONDS)
            return
        if is_silent:
            self._asked.add(client)
            client.ask_for_life()
        self._wait_for(client)

    def _wait_for(self, client: Watched) -> None:
        self._due[client] = self.clock.seconds() + INTERVAL_SECONDS
