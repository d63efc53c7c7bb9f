r"""WebSocket below IRC: each line is a message, each message a line.

    TCP (or TLS) -> WebSocketTransport -> the same IrcProtocol as on any other stream

Sources: RFC 6455; https://ircv3.net/specs/extensions/websocket: "each message MUST consist of
a single IRC line, except that servers and clients MUST NOT include trailing `\r` or `\n`
characters in the message". The frames and the handshake are wsproto's, which is what Twisted's
own `twisted.web.websocket` is made of; that one can neither agree on a subprotocol nor bound a
message. Nothing is compressed. Who says nothing for a while is sent a Ping (RFC 6455, section
5.5.2), since proxies close what is silent, and is cut off if nothing comes back.

The protocol above sees a transport like any other: what it writes before the handshake is the
reason why there is none; closing says goodbye with a Close frame. Lines have the rates of any way
in; what costs work and is no line (pings, pieces of messages, empty ones) has a pace here.
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, cast

import attrs
from twisted.internet.interfaces import (
    IAddress,
    IHalfCloseableProtocol,
    IHandshakeListener,
    IProtocolNegotiationFactory,
)
from twisted.internet.protocol import Factory
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Message,
    Ping,
    Request,
    TextMessage,
)
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import RemoteProtocolError
from zope.interface import implementer

from chatsvc.irc.asking import closing
from chatsvc.irc.manners import http_answer
from chatsvc.irc.message import INPUT_BYTES
from chatsvc.irc.scribe import written
from chatsvc.ports import Clock, DelayedCall
from chatsvc.protocols.client import BLANK_PAUSE_SECONDS, ClientProtocol
from chatsvc.protocols.half_close import forward_half_close
from chatsvc.wire.foreign import AT_LINES, IRC, LINES, Opening, at_irc
from chatsvc.wire.table import BY_NAME

BINARY, TEXT = "binary.ircv3.net", "text.ircv3.net"
"""The subprotocols: what kind of messages the client is sent. Without one: text."""

HANDSHAKE_SECONDS = 10.0
"""How long a client may take to ask for a WebSocket: its first request is a kilobyte."""

PING_SECONDS = 45.0
"""After so long without a byte of the client there is a Ping; proxies wait a minute and more.
When nothing has come so long after it, the client is gone."""

PIECE_BYTES = 4096
"""How much is taken apart at once; the smallest frames are 6 bytes, a millisecond for 60."""

MESSAGE_BYTES = 65_536
"""Longest message that is read to its end, to be refused as a line that is too long."""

IDLE_AT_ONCE = 1000
"""Frames that are no line after which there is a pause, as after so many blank lines."""

_NO_WEBSOCKET = (
    "This port speaks IRC over WebSockets, for chat clients that are web pages; no WebSocket was "
    "asked for."
)

FOR_NO_WEBSOCKET = written(
    closing(
        "This port speaks IRC over WebSockets; connect to the server's port for IRC, "
        "or turn WebSockets on in your client."
    )
)
"""What a client is sent that speaks IRC, or lines of ours, without a WebSocket below."""

_OTHERS = (*AT_LINES, *at_irc(BY_NAME))

_NO_BREAKS = bytes.maketrans(b"\r\n", b"\0\0")


@attrs.frozen
class Origins:
    """The web pages whose scripts may connect, as `Origin` names them (RFC 6454, section 7).

    A browser always says it, and nothing else has to: who says none may connect. Else any page
    that somebody looks at could speak from inside their network.
    """

    allowed: frozenset[str] = frozenset()
    any_allowed: bool = False

    def allow(self, origin: str | None) -> bool:
        """Tell whether a page from there may connect; None: the client is no page."""
        return origin is None or self.any_allowed or origin.lower() in self.allowed


@implementer(IHalfCloseableProtocol, IHandshakeListener)
class WebSocketTransport(ProtocolWrapper):
    """One WebSocket; the transport of one `ClientProtocol`.

    `_is_open` between the handshake and the first Close frame, `_is_over` from then on;
    `_has_said_goodbye`: the client has sent one, or what is no frame.
    """

    def __init__(self, factory: "WebSocketFactory", protocol: ClientProtocol) -> None:
        super().__init__(cast(Any, factory), cast(Any, protocol))
        self._above = protocol
        self._clock = factory.clock
        self._origins = factory.origins
        self._frames = WSConnection(ConnectionType.SERVER)
        self._is_open = self._is_over = self._has_said_goodbye = False
        self._message = TextMessage
        self._input = b""
        self._is_reading = True
        self._work: DelayedCall | None = None
        self._line = bytearray()
        self._idle = 0
        self._unsent = b""
        self._timeout: DelayedCall | None = None
        self._opening: Opening | None = Opening(_OTHERS)
        self._is_silent = self._was_pinged = False

    @property
    def _below(self) -> Any:
        return cast(Any, self.transport)

    def makeConnection(self, transport: Any) -> None:
        """Begin, over a transport that is connected."""
        self._timeout = self._clock.callLater(HANDSHAKE_SECONDS, self._is_too_late)
        forward_half_close(transport, self)
        super().makeConnection(transport)

    # What is below calls

    def handshakeCompleted(self) -> None:
        """Go on after the handshake of TLS."""
        self._above.handshakeCompleted()

    def dataReceived(self, data: bytes) -> None:
        """Take apart what came, as fast as the protocol above takes it."""
        self._is_silent = False
        if self._opening is not None:
            self._look_at_opening(self._opening, data)
        self._input += data
        if self._work is None:
            self._take_piece()

    def readConnectionLost(self) -> None:
        """Note that the client sends no more."""
        self._above.readConnectionLost()

    def writeConnectionLost(self) -> None:
        """Note that everything has left us."""
        self._above.writeConnectionLost()

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Note the end."""
        self._is_open, self._is_over = False, True
        for call in (self._timeout, self._work):
            if call is not None and call.active():
                call.cancel()
        self._input = b""
        super().connectionLost(reason)

    # The protocol above calls

    def write(self, data: bytes) -> None:
        """Send whole lines, each as a message; before the handshake keep them as a reason."""
        *lines, self._unsent = (self._unsent + data).split(b"\n")
        if self._is_open:
            self._below.write(b"".join(map(self._framed, filter(None, lines))))
        elif not self._is_over and lines:
            self._unsent = lines[-1].rstrip(b"\r") + b"\n"

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Send pieces."""
        self.write(b"".join(data))

    def loseWriteConnection(self) -> None:
        """Say goodbye and close our direction."""
        self._say_goodbye()
        self._below.loseWriteConnection()

    def loseConnection(self) -> None:
        """Say goodbye and close."""
        self._say_goodbye()
        super().loseConnection()

    def pauseProducing(self) -> None:
        """Take nothing more apart."""
        self._is_reading = False
        self._below.pauseProducing()

    def resumeProducing(self) -> None:
        """Go on, with what waits here first."""
        self._is_reading = True
        if self._input:
            self._take_piece_later()
        elif self._work is None:
            self._below.resumeProducing()

    def stopProducing(self) -> None:
        """Read nothing any more."""
        self._is_reading = False
        self._below.stopProducing()

    # What comes in

    def _take_piece_later(self, seconds: float = 0.0) -> None:
        if self._work is None:
            self._below.pauseProducing()
            self._work = self._clock.callLater(seconds, self._take_next_piece)

    def _take_next_piece(self) -> None:
        self._work = None
        self._take_piece()
        if self._work is None and self._is_reading and not self._input:
            self._below.resumeProducing()

    def _take_piece(self) -> None:
        """Take so much apart that others need not wait, and leave the rest for later."""
        if self._is_over:
            self._input = b""
        if not self._is_reading or not self._input:
            return
        piece, self._input = self._input[:PIECE_BYTES], self._input[PIECE_BYTES:]
        lines = self._lines_in(piece)
        if lines:
            self._above.dataReceived(lines)
        if self._has_said_goodbye:
            self._above.readConnectionLost()
        if self._idle >= IDLE_AT_ONCE:
            self._idle = 0
            self._take_piece_later(BLANK_PAUSE_SECONDS)
        elif self._input and self._is_reading:
            self._take_piece_later()

    def _lines_in(self, piece: bytes) -> bytes:
        """Return the lines that end in a piece, each with its end."""
        lines = []
        try:
            self._frames.receive_data(piece)
            for event in self._frames.events():
                line = self._take(event)
                lines.append(line)
                self._idle += not line
                if self._is_over:
                    break
        except (RemoteProtocolError, UnicodeError) as error:
            self._refuse(HTTPStatus.BAD_REQUEST, f"{_NO_WEBSOCKET} ({error})")
        return b"".join(lines)

    def _take(self, event: Event) -> bytes:
        """Carry out an event; return the line it is for the protocol above, if it is one."""
        if isinstance(event, Message):
            return self._line_of(event)
        if isinstance(event, Request):
            self._shake_hands(event)
            return b""
        if isinstance(event, Ping):
            self._below.write(self._frames.send(event.response()))
        elif isinstance(event, CloseConnection):
            self._has_said_goodbye = True
            self._end(event.response())
        return b""

    def _line_of(self, message: "Message[Any]") -> bytes:
        data = message.data
        if len(self._line) <= MESSAGE_BYTES:
            self._line += data.encode() if isinstance(data, str) else data
        if len(self._line) > MESSAGE_BYTES:
            self._end(CloseConnection(CloseReason.MESSAGE_TOO_BIG, "That is too long for a line"))
            self._above.close()
            return b""
        if not message.message_finished:
            return b""
        line = bytes(self._line[: INPUT_BYTES + 3])
        self._line.clear()
        line = line.removesuffix(b"\n").removesuffix(b"\r").translate(_NO_BREAKS)
        return line + b"\n" if line else b""

    # The handshake

    def _look_at_opening(self, opening: Opening, data: bytes) -> None:
        """Tell a client that speaks IRC and nothing below it where it is."""
        spoken = opening.feed(data)
        if spoken in (IRC, LINES):
            self._is_over = True
            self._has_shaken_hands()
            self._below.write(FOR_NO_WEBSOCKET)
            self._above.close()
        if opening.is_over:
            self._opening = None

    def _shake_hands(self, request: Request) -> None:
        """Agree, or say why not; a client's first choice of a subprotocol counts."""
        origin = _origin_in(request)
        if not self._origins.allow(origin):
            self._refuse(HTTPStatus.FORBIDDEN, f"Pages from {origin!r} may not connect here.")
            return
        chosen = next((each for each in request.subprotocols if each in (BINARY, TEXT)), None)
        if chosen == BINARY:
            self._message = BytesMessage  # type: ignore[assignment]
        self._below.write(self._frames.send(AcceptConnection(subprotocol=chosen)))
        self._is_open = True
        self._unsent = b""
        self._has_shaken_hands()
        self._timeout = self._clock.callLater(PING_SECONDS, self._look_for_life)
        self._above.handshakeCompleted()

    def _has_shaken_hands(self) -> None:
        if self._timeout is not None and self._timeout.active():
            self._timeout.cancel()

    def _is_too_late(self) -> None:
        self._above.abort("it did not ask for a WebSocket")

    def _look_for_life(self) -> None:
        """Ask who was silent for a Pong, and cut off who was asked and is silent still."""
        self._timeout = None
        if self._is_over:
            return
        if self._is_silent and self._was_pinged:
            self._above.abort("it did not answer a Ping")
            return
        self._was_pinged = self._is_silent and self._is_reading and not self._input
        if self._was_pinged:
            self._below.write(self._frames.send(Ping()))
        self._is_silent = True
        self._timeout = self._clock.callLater(PING_SECONDS, self._look_for_life)

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        """Answer a request that is none for us, and close."""
        if self._is_over or self._is_open:
            return
        self._is_over = True
        self._has_shaken_hands()
        self._below.write(http_answer(status, reason))
        self._above.close()

    # What goes out

    def _framed(self, line: bytes) -> bytes:
        """Return a line, with or without its CR, as a message."""
        line = line.removesuffix(b"\r")
        if self._message is TextMessage:
            return self._frames.send(TextMessage(line.decode("utf-8", "replace")))
        return self._frames.send(BytesMessage(line))

    def _end(self, goodbye: CloseConnection) -> None:
        """Send a Close frame, after which nothing may follow."""
        self._is_open, self._is_over = False, True
        self._below.write(self._frames.send(goodbye))

    def _say_goodbye(self) -> None:
        if self._is_open:
            self._end(CloseConnection(CloseReason.NORMAL_CLOSURE))
        elif not self._is_over:
            self._is_over = True
            self._has_shaken_hands()
            reason = self._unsent.decode("utf-8", "replace").strip()
            status = HTTPStatus.SERVICE_UNAVAILABLE if reason else HTTPStatus.BAD_REQUEST
            self._below.write(http_answer(status, reason or _NO_WEBSOCKET))


def _origin_in(request: Request) -> str | None:
    """Return where the page comes from that asks; None if nothing says it is a page."""
    names = (value for name, value in request.extra_headers if name.lower() == b"origin")
    origin = next(names, None)
    return None if origin is None else origin.decode("ascii", "replace")


@implementer(IProtocolNegotiationFactory)
class WebSocketFactory(WrappingFactory):
    """Put a WebSocket below the protocols of another factory.

    Browsers say in the TLS handshake that they want HTTP/1.1 (RFC 7301); a Twisted `ssl:`
    endpoint refuses what nobody accepts.
    """

    protocol = WebSocketTransport
    noisy = False

    def __init__(self, factory: Factory, clock: Clock, origins: Origins) -> None:
        super().__init__(factory)
        self.clock = clock
        self.origins = origins

    def acceptableProtocols(self) -> list[bytes]:
        """Return what TLS may agree on."""
        return [b"http/1.1"]

    def buildProtocol(self, addr: IAddress | None) -> WebSocketTransport:
        """Return the transport for a new connection, with its protocol."""
        above = cast(Any, self.wrappedFactory).buildProtocol(addr)
        above.security = attrs.evolve(above.security, is_page=True)
        return WebSocketTransport(self, above)
