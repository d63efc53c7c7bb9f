"""Send to one connection: one write per reactor turn, and nothing queued without a bound.

The contract:

* `send` never blocks, never raises, never reorders;
* all that is sent during one reactor turn goes out in one `transport.write`, in slices of
  `SLICE_BYTES` if it is more: so a client that reads slowly but steadily is seen to read;
* once the transport is full (`pause`), nothing more is written to it until `resume`;
  what is sent meanwhile waits here, counted by `waiting_bytes`, and it is the caller's
  duty to send only what it bounds: answers to requests it chose to take, direct messages
  up to a limit. Room messages are never sent to a full connection; see `hub.delivery`.
"""

from collections import deque

from chatsvc.ports import Clock
from chatsvc.protocols.transport import Transport

SLICE_BYTES = 65_537
"""One byte more than a Twisted transport buffers before it calls itself full."""


class Turn:
    """Flush, at the end of a reactor turn, the outboxes that were sent something in it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._outboxes: list[Outbox] = []

    def add(self, outbox: "Outbox") -> None:
        """Flush `outbox` when this turn ends."""
        if not self._outboxes:
            self._clock.callLater(0, self._flush)
        self._outboxes.append(outbox)

    def _flush(self) -> None:
        outboxes, self._outboxes = self._outboxes, []
        for outbox in outboxes:
            outbox.flush()


class Outbox:
    """Collect what one transport is to send."""

    def __init__(self, transport: Transport, turn: Turn) -> None:
        self._transport = transport
        self._turn = turn
        self._parts: deque[bytes] = deque()
        self._waiting = 0
        self._scheduled = False
        self._paused = False

    @property
    def waiting_bytes(self) -> int:
        """How many bytes wait here for the transport."""
        return self._waiting

    def send(self, data: bytes) -> None:
        """Send `data` when this turn ends, or when the transport takes data again."""
        self._parts.append(data)
        self._waiting += len(data)
        if not self._scheduled and not self._paused:
            self._scheduled = True
            self._turn.add(self)

    def flush(self) -> None:
        """Write what was collected, unless the transport is full."""
        self._scheduled = False
        while self._parts and not self._paused:
            data = self._take_slice()
            self._waiting -= len(data)
            self._transport.write(data)

    def _take_slice(self) -> bytes:
        """Take what goes out in one write: all, or a slice of it."""
        if self._waiting > SLICE_BYTES:
            return self._cut(self._parts.popleft())
        if len(self._parts) == 1:
            return self._parts.popleft()
        data = b"".join(self._parts)
        self._parts.clear()
        return data

    def _cut(self, data: bytes) -> bytes:
        """Return the first slice of `data` and put the others back."""
        slices = [data[at : at + SLICE_BYTES] for at in range(0, len(data), SLICE_BYTES)]
        self._parts.extendleft(reversed(slices[1:]))
        return slices[0] if slices else b""

    def pause(self) -> None:
        """Hold everything back: the transport is full."""
        self._paused = True

    def resume(self) -> None:
        """Write again, what was held back first."""
        self._paused = False
        self.flush()
