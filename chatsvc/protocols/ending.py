"""The end of a connection: so that its client gets every byte that it was sent, and soon.

Closing while the client's bytes are still coming in would be a reset, which takes from it
what it has not read yet. So where we can we close our side first, drop what comes, and wait
`LINGER_SECONDS` for the client to close its own. Nobody is waited for without a bound.
"""

from collections.abc import Callable

from chatsvc.ports import Clock, DelayedCall
from chatsvc.protocols.half_close import can_half_close
from chatsvc.protocols.outbox import Outbox
from chatsvc.protocols.transport import Transport

CLOSE_SECONDS = 10.0
"""How long a connection that is being closed may take to accept its last bytes."""

LINGER_SECONDS = 0.5
"""How long we wait for a client to close its side once it was sent its last bytes."""


class Ending:
    """Close one connection, whichever side begins.

    `has_begun`: we are closing, or it is over. `input_ended`: the client sends no more.
    """

    __slots__ = (
        "_clock",
        "_outbox",
        "_output_ended",
        "_timeout",
        "_transport",
        "has_begun",
        "input_ended",
    )

    def __init__(self, transport: Transport, outbox: Outbox, clock: Clock) -> None:
        self._transport = transport
        self._outbox = outbox
        self._clock = clock
        self._timeout: DelayedCall | None = None
        self._output_ended = False
        self.input_ended = False
        self.has_begun = False

    def begin(self, abort: Callable[[str], object], is_slow: bool) -> None:
        """Close when everything is sent; call `abort` with a reason if that takes too long.

        `is_slow`: the client needs more time than the transport lets us see.
        """
        self.has_begun = True
        may_half_close = can_half_close(self._transport)
        is_slow = is_slow or may_half_close or self._outbox.is_paused
        patience = CLOSE_SECONDS if is_slow else LINGER_SECONDS
        self._timeout = self._clock.callLater(patience, abort, "it did not take its last bytes")
        self._transport.unregisterProducer()
        self._outbox.close()
        if not self.input_ended:
            self._transport.resumeProducing()
        if may_half_close:
            self._transport.loseWriteConnection()
        else:
            self._transport.loseConnection()

    def input_lost(self) -> None:
        """Note that the client has closed its side."""
        self.input_ended = True
        if self.has_begun:
            self._end_if_over()

    def output_lost(self) -> None:
        """Note that all is sent and our side is closed."""
        self._output_ended = True
        self._end_if_over()

    def connection_lost(self) -> None:
        """Wait for nothing more: there is nothing left to close."""
        self.has_begun = True
        self._cancel_timeout()

    def _cancel_timeout(self) -> None:
        if self._timeout is not None and self._timeout.active():
            self._timeout.cancel()

    def _end_if_over(self) -> None:
        """Close for good when the client has closed its side too, or soon."""
        if not self._output_ended:
            return
        self._cancel_timeout()
        if self.input_ended:
            self._transport.loseConnection()
        else:
            self._timeout = self._clock.callLater(LINGER_SECONDS, self._transport.loseConnection)
