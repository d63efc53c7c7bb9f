"""Encodings of the IRC door: one object for each shape, shared by all clients that have it.

Clients with different shapes may still be sent the same bytes for a message: those differ by
a few capabilities only (`OF_MESSAGES`). What was written last is kept for each combination of
them, so ten shapes cost no more than there are combinations.
"""

from collections.abc import Iterable

from chatsvc.core.events import Event, Said, SaidMore
from chatsvc.irc.capabilities import Shape
from chatsvc.irc.encode import encode
from chatsvc.irc.encode.talk import said as bytes_of_message
from chatsvc.irc.house import House
from chatsvc.irc.scribe import Scribe
from chatsvc.protocols.outbox import HasOutbox, Turn
from chatsvc.protocols.pages import PageTurner

OF_MESSAGES = frozenset({"account-tag", "draft/multiline", "message-tags", "server-time"})
"""The capabilities that change the bytes of a message."""


class LastMessage:
    """The bytes of the message that was written last, for clients that get the same."""

    __slots__ = ("_bytes", "_said", "_scribe")

    def __init__(self, scribe: Scribe) -> None:
        self._scribe = scribe
        self._said: Said | None = None
        self._bytes = b""

    def encode(self, said: Said) -> bytes:
        """Return the bytes of a message."""
        if said is not self._said:
            self._said, self._bytes = said, bytes_of_message(said, self._scribe)
        return self._bytes


class IrcEncoding:
    """The bytes of events for clients of one shape; see `ports.Encoding`."""

    skips_author = True

    def __init__(self, scribe: Scribe, messages: LastMessage, encodings: "Encodings") -> None:
        self.scribe = scribe
        self.turn = encodings.turn
        self.page_turner = encodings.page_turner
        self._messages = messages

    def encode(self, event: Event) -> bytes:
        """Return the lines of `event`."""
        if type(event) is Said or type(event) is SaidMore:
            return self._messages.encode(event)
        return encode(event, self.scribe)

    def send_to_all(self, connections: Iterable[HasOutbox], data: bytes) -> None:
        """Send the same `data` to many connections."""
        self.turn.send_to_all(connections, data)


class Encodings:
    """All encodings of one server; there are as many as there are shapes in use, ever."""

    def __init__(self, house: House, turn: Turn) -> None:
        self.turn = turn
        self.page_turner = PageTurner(turn.clock)
        self._house = house
        self._of_shape: dict[Shape, IrcEncoding] = {}
        self._messages: dict[Shape, LastMessage] = {}

    def of(self, shape: Shape) -> IrcEncoding:
        """Return the encoding of a shape, the same one each time."""
        encoding = self._of_shape.get(shape)
        if encoding is None:
            scribe = Scribe(self._house, shape)
            encoding = IrcEncoding(scribe, self._last_message(shape & OF_MESSAGES), self)
            self._of_shape[shape] = encoding
        return encoding

    def _last_message(self, shape: Shape) -> LastMessage:
        last = self._messages.get(shape)
        if last is None:
            last = self._messages[shape] = LastMessage(Scribe(self._house, shape))
        return last
