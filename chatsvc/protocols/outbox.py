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

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from twisted.internet.tcp import Connection as Socket

from chatsvc.ports import Clock
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

    `send_to_all` and `_flush` do for many outboxes what `Outbox.send` and `Outbox.flush`
    do for one, without a call of ours for each: this is what a message costs per member.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
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
        outboxes = self._outboxes
        for connection in connections:
            outbox = connection.outbox
            if outbox.is_paused:
                outbox.send(data)
                continue
            if not outbox.parts:
                outboxes.append(outbox)
            outbox.parts.append(data)

    def _flush(self) -> None:
        outboxes, self._outboxes = self._outboxes, []
        for outbox in outboxes:
            parts = outbox.parts
            if outbox.is_paused or not parts:
                continue
            data: Data = parts[0] if len(parts) == 1 else b"".join(parts)
            parts.clear()
            try:
                sent = outbox.try_to_send(data)
            except OSError:
                sent = 0  # Full, or broken: the transport finds out which.
            if sent != len(data):
                outbox.write(data, sent)


class Outbox:
    """Collect what one transport is to send.

    If `parts` holds anything, this outbox is in its turn's list or paused. `try_to_send`
    sends at once and returns how many bytes were taken, 0 where that is not possible; it
    may raise `OSError`.
    """

    __slots__ = (
        "_is_closed",
        "_socket",
        "_transport",
        "_turn",
        "_waiting",
        "is_paused",
        "parts",
        "try_to_send",
    )

    def __init__(self, transport: Transport, turn: Turn) -> None:
        self._transport = transport
        self._turn = turn
        self._waiting = 0
        self._is_closed = False
        self.is_paused = False
        self.parts: list[Data] = []
        self._socket = _plain_socket(transport)
        self.try_to_send: Callable[[Data], int] = self._try_to_send

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
            self.write(data, 0)

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
        self.parts.clear()
        self._is_closed = self.is_paused = True
        self._waiting = 0

    def write(self, data: Data, start: int) -> None:
        """Hand `data` from `start` on to the transport, as far as it takes it."""
        self.try_to_send = self._try_to_send
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

        From then on `try_to_send` is the socket's own method, until `write` is needed.
        """
        socket = self._socket
        # These two are all that Twisted has not sent yet; each is empty most of the time.
        if socket is None or socket.dataBuffer or socket._tempDataBuffer:
            return 0
        self.try_to_send = socket.getHandle().send
        return self.try_to_send(data)


def _plain_socket(transport: Any) -> Any:
    """Return the transport if it does nothing but send on a socket, else None."""
    return transport if isinstance(transport, Socket) and not transport.TLS else None
