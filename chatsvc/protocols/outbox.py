"""Send to one connection: one system call per reactor turn, and nothing queued without a bound.

The contract:

* `send` never blocks, never raises, never reorders;
* all that is sent during one reactor turn goes out together when the turn ends;
* a plain socket with nothing left over is tried at once: `transport.write` would cost two
  more system calls, to ask the reactor for writability and to take that back. What the
  socket does not take, and everything for other transports (TLS, proxies), goes through
  `transport.write`, in slices of `SLICE_BYTES`: so a client that reads slowly but
  steadily is seen to read;
* once the transport is full (`pause`), nothing more is written to it until `resume`;
  what is sent meanwhile waits here, counted by `waiting_bytes`, and it is the caller's
  duty to send only what it bounds: answers to requests it chose to take, direct messages
  up to a limit. Room messages are never sent to a full connection; see `hub.delivery`.
"""

from collections.abc import Iterable
from typing import Any, Protocol

from twisted.internet.tcp import Connection as Socket

from chatsvc.ports import Clock
from chatsvc.protocols.sending import BEST, Sending
from chatsvc.protocols.transport import Transport

SLICE_BYTES = 65_537
"""One byte more than a Twisted transport buffers before it calls itself full."""


Data = bytes | memoryview


class HasOutbox(Protocol):
    """A connection that sends by an `Outbox`."""

    @property
    def outbox(self) -> "Outbox":
        """What it sends by."""


class Turn:
    """Flush, at the end of a reactor turn, the outboxes that were sent something in it.

    The loops over many outboxes are those of `sending`.
    """

    def __init__(self, clock: Clock, sending: Sending = BEST) -> None:
        self.clock = clock
        self._sending = sending
        self._outboxes: list[Outbox] = []

    def add(self, outbox: "Outbox") -> None:
        """Flush `outbox` when this turn ends."""
        if not self._outboxes:
            self.clock.callLater(0, self._flush)
        self._outboxes.append(outbox)

    def send_to_all(self, connections: Iterable[HasOutbox], data: bytes) -> None:
        """Send the same `data` to many connections of this turn."""
        if not self._outboxes:
            self.clock.callLater(0, self._flush)
        self._sending.collect(connections, data, self._outboxes)

    def _flush(self) -> None:
        outboxes, self._outboxes = self._outboxes, []
        for outbox, data, sent in self._sending.send(outboxes):
            outbox.send_rest(data, sent)


class Outbox:
    """Collect what one transport is to send.

    If `parts` holds anything, this outbox is in its turn's list or paused. `socket` is the
    transport's if that is a plain one which is known to have nothing left over, else None.
    """

    __slots__ = (
        "_is_closed",
        "_plain",
        "_transport",
        "_turn",
        "_waiting",
        "is_paused",
        "parts",
        "socket",
    )

    def __init__(self, transport: Transport, turn: Turn) -> None:
        self._transport = transport
        self._turn = turn
        self._waiting = 0
        self._is_closed = False
        self.is_paused = False
        self.parts: list[Data] = []
        self._plain = _plain(transport)
        self.socket: Any = None

    @property
    def waiting_bytes(self) -> int:
        """How many bytes wait here for the transport."""
        return self._waiting if self.is_paused else sum(map(len, self.parts))

    def send(self, data: bytes) -> None:
        """Send `data` when this turn ends, or when the transport takes data again."""
        if self._is_closed:
            return
        if self.is_paused:
            self._waiting += len(data)
        elif not self.parts:
            self._turn.add(self)
        self.parts.append(data)

    def flush(self) -> None:
        """Write what was collected, unless the transport is full."""
        if self.parts and not self.is_paused:
            data = b"".join(self.parts)
            self.parts.clear()
            sent = self._try_to_send(data)
            if sent != len(data):
                self.write(data, sent)

    def pause(self) -> None:
        """Hold everything back: the transport is full."""
        if not self.is_paused:
            self._waiting = sum(map(len, self.parts))
            self.is_paused = True

    def resume(self) -> None:
        """Write again, what was held back first."""
        if not self._is_closed:
            self.is_paused = False
            self.flush()

    def close(self) -> None:
        """Hand all that waits to the transport, full or not, and send nothing after that."""
        data = b"".join(self.parts)
        self.parts.clear()
        self._is_closed = self.is_paused = True
        self._waiting = 0
        if data:
            self._transport.write(data)

    def discard(self) -> None:
        """Send nothing more: the connection is lost, and its socket is gone."""
        self.socket = self._plain = None
        self.parts.clear()
        self._is_closed = self.is_paused = True
        self._waiting = 0

    def send_rest(self, data: Data, sent: int) -> None:
        """Send `data` after the first `sent` bytes, which the socket took, in this turn.

        If this outbox had no `socket`, it has tried nothing yet, and does so if it can.
        """
        if self.socket is None:
            sent = self._try_to_send(data)
        if sent != len(data):
            self.write(data, sent)

    def write(self, data: Data, start: int) -> None:
        """Hand `data` from `start` on to the transport, as far as it takes it."""
        self.socket = None
        if isinstance(data, bytes) and not start and len(data) <= SLICE_BYTES:
            self._transport.write(data)
            return
        rest = memoryview(data)[start:]
        while rest and not self.is_paused:
            self._transport.write(bytes(rest[:SLICE_BYTES]))
            rest = rest[SLICE_BYTES:]
        if rest:
            self.parts.insert(0, rest)
            self._waiting += len(rest)

    def _try_to_send(self, data: Data) -> int:
        """Send if there is a socket of which the transport has nothing left over.

        From then on `socket` is that one, until `write` is needed. Return how many bytes
        were taken.
        """
        plain = self._plain
        # These two are all that Twisted has not sent yet; each is empty most of the time.
        if plain is None or plain.dataBuffer or plain._tempDataBuffer:
            return 0
        self.socket = plain.getHandle()
        try:
            return int(self.socket.send(data))
        except OSError:
            return 0  # Full, or broken: the transport finds out which.


def _plain(transport: Any) -> Any:
    """Return the transport if it does nothing but send on a socket, else None."""
    return transport if isinstance(transport, Socket) and not transport.TLS else None
