"""What the line door's connections have in common: their bytes, and the turns they are sent in."""

from collections.abc import Iterable

from chatsvc.core.events import Event
from chatsvc.protocols.outbox import HasOutbox, Turn
from chatsvc.protocols.pages import PageTurner
from chatsvc.wire.answer import encode_event


class LineEncoding:
    """The bytes of events at this way in; the same for all connections of one `turn`."""

    skips_author = False

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self.page_turner = PageTurner(turn.clock)

    def encode(self, event: Event) -> bytes:
        """Return the line of `event`."""
        return encode_event(event)

    def send_to_all(self, connections: Iterable[HasOutbox], data: bytes) -> None:
        """Send the same `data` to many connections."""
        self.turn.send_to_all(connections, data)
