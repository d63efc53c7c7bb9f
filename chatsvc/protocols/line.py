"""The native way in: the line protocol `chatsvc/1` over any byte stream.

This module splits nothing and decides nothing: `wire` knows the lines, the hub knows
what they do. What is left is a connection's life: greeting, lines waiting to be taken,
talk mode, and reading no faster than the client reads. What any way in needs is beside this
module: `outbox` sends, `pages` sends long answers, `ending` closes.
"""

from collections import deque
from collections.abc import Callable
from typing import cast

from twisted.internet.interfaces import (
    IAddress,
    IHalfCloseableProtocol,
    IHandshakeListener,
    IPushProducer,
)
from twisted.internet.protocol import Factory, Protocol
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from chatsvc.core.admission import Group, Hopeless
from chatsvc.core.commands import Command
from chatsvc.core.errors import Closing, LineTooLong, NoSuchRoom, Refusal, WrongProtocol
from chatsvc.core.events import Event, ServerClosing
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies import (
    LoggedInAs,
    LoggedOff,
    NickIs,
    Reply,
    RoomPages,
    Sent,
    TalkingIn,
    UserPages,
)
from chatsvc.hub import Hub
from chatsvc.hub.subscriber import Subscriber
from chatsvc.ports import Clock, DelayedCall
from chatsvc.protocols.doorkeeper import ADDRESS_SECONDS, Doorkeeper, tells_address_later
from chatsvc.protocols.encoding import LineEncoding
from chatsvc.protocols.ending import Ending
from chatsvc.protocols.half_close import forward_half_close
from chatsvc.protocols.outbox import SLICE_BYTES, Outbox, Turn
from chatsvc.protocols.pages import LongAnswer
from chatsvc.protocols.sockets import prepare, unsent_bytes
from chatsvc.protocols.transport import Transport, host_of
from chatsvc.wire.answer import (
    encode_event,
    encode_greeting,
    encode_pages,
    encode_refusal,
    encode_reply,
)
from chatsvc.wire.foreign import Opening
from chatsvc.wire.framing import LineBuffer, TooLong
from chatsvc.wire.request import decode_line, parse_request, parse_talk_line

BLANK_LINES_AT_ONCE = 1000
"""Blank lines skipped before a pause; so many stand between no two requests of people."""

BLANK_PAUSE_SECONDS = 0.05
"""How long no more lines are taken then."""

ROOM_PORT_OVER = "The room of this port is gone. Connect to the server's main port."
"""What is said to those who come by the port of a room that was removed meanwhile."""

_CHANGING_TALK = (TalkingIn, NickIs, LoggedInAs, LoggedOff)
"""The replies after which plain lines may mean something else."""


@implementer(IPushProducer, IHalfCloseableProtocol, IHandshakeListener)
class LineProtocol(Protocol):
    """One client. Implements `ports.Connection`; is its transport's producer.

    `aim`, where given, is the room whose own port this connection came in by: after
    its nick it is in that room and in talk mode.
    """

    _log = Logger()

    def __init__(self, factory: "LineFactory") -> None:
        self.encoding = factory.encoding
        self._factory = factory
        self._buffer = LineBuffer(factory.hub.limits.line_bytes)
        self._opening: Opening | None = Opening()
        self._lines: deque[bytes | TooLong] = deque()
        self._talking: RoomName | None = None
        self._aim = factory.aim
        self._subscriber: Subscriber | None = None
        self._group: Group | None = None
        self._awaits_address: DelayedCall | None = None
        self._blank_pause: DelayedCall | None = None
        self._nick: Nick | None = None
        self._unanswered = 0
        self._pages: LongAnswer | None = None
        self._heard = False
        self._not_reading = False

    # The transport calls

    def connectionMade(self) -> None:
        """Greet the client and make it known to the hub."""
        self._transport = cast(Transport, self.transport)
        self.outbox = Outbox(self._transport, self.encoding.turn)
        self._ending = Ending(self._transport, self.outbox, self._factory.clock)
        prepare(self._transport, self._factory.hub.limits)
        forward_half_close(self._transport, self)
        self._transport.registerProducer(self, True)
        self.outbox.send(encode_greeting(self._factory.server_name))
        if tells_address_later(self._transport):
            self._awaits_address = self._factory.clock.callLater(ADDRESS_SECONDS, self._count_later)
            self._enter(self._connect)
        else:
            self._enter(self._admit, self._connect)

    def handshakeCompleted(self) -> None:
        """Read from now on only while the client reads; until now its TLS needed both."""
        self._heard = True
        self._throttle()

    def dataReceived(self, data: bytes) -> None:
        """Take a chunk of bytes and let the hub carry out what is complete."""
        self._heard = True
        if self._awaits_address is not None:
            self._awaits_address.cancel()
            self._count_later()
        if self._opening is not None:
            self._look_at_opening(self._opening, data)
        if not self._ending.has_begun:
            self._lines.extend(self._buffer.feed(data))
            if self._subscriber is not None:
                self._factory.hub.pump(self._subscriber)
            if self._lines:
                self._throttle()

    def readConnectionLost(self) -> None:
        """Answer what the client has asked before it closed its side, then close ours."""
        self._ending.input_lost()
        if not self._ending.has_begun:
            self._close_when_done()

    def writeConnectionLost(self) -> None:
        """Go on with closing: all is sent."""
        self._ending.output_lost()

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Tell the hub that the client is gone."""
        self._ending.connection_lost()
        for call in (self._blank_pause, self._awaits_address):
            if call is not None and call.active():
                call.cancel()
        if self._group is not None and self._factory.doorkeeper is not None:
            self._factory.doorkeeper.release(self._group)
            self._group = None
        self._pages = None
        self.outbox.discard()
        self._depart()

    def pauseProducing(self) -> None:
        """Be behind: the client does not read what it was sent."""
        self.outbox.pause()
        self._throttle()
        if self._subscriber is not None:
            self._factory.hub.stall(self._subscriber)

    def resumeProducing(self) -> None:
        """Go on: the client has read."""
        self.outbox.resume()
        if not self.outbox.is_paused:
            self._take_up()
        self._throttle()

    def stopProducing(self) -> None:
        """Produce nothing more; `connectionLost` follows."""

    # The hub calls

    def next_request(self) -> Command | Refusal | None:
        """Take the next line and return what it asks for."""
        blank = 0
        while self._lines and self._blank_pause is None:
            request = self._understand(self._lines.popleft())
            if request is not None:
                self._unanswered += 1
                return request
            blank += 1
            if blank >= BLANK_LINES_AT_ONCE:
                self._pause_for_blanks()
        if self._not_reading:
            self._throttle()
        if self._ending.input_ended:
            self._close_when_done()
        return None

    def answer(self, answer: Reply | Refusal) -> None:
        """Send the answer to the oldest request."""
        self._unanswered -= 1
        if self._pages is not None:  # The server is stopping.
            self._break_off_pages()
        if type(answer) is Sent:  # Nearly every answer of a busy server.
            self.send(encode_reply(answer))
        elif isinstance(answer, (RoomPages, UserPages)):
            self._begin_pages(answer)
        else:
            self._send_answer(answer)
        if self._ending.input_ended:
            self._close_when_done()

    def _send_answer(self, answer: Reply | Refusal) -> None:
        if isinstance(answer, Refusal):
            data = encode_refusal(answer)
        else:
            data = encode_reply(answer)
            if type(answer) in _CHANGING_TALK:
                self._follow_talk(answer)
        self.send(data)
        if self._aim is not None and answer == NoSuchRoom(self._aim):
            self._end_aimless()
        if len(data) > SLICE_BYTES:
            # So that a client which does not read is noticed before its next request.
            self.outbox.flush()

    def deliver(self, event: Event) -> None:
        """Send one event."""
        self.send(encode_event(event))

    def caught_up(self) -> None:
        """Close, if only the messages it missed were left to be sent."""
        if self._ending.input_ended:
            self._close_when_done()

    def send(self, data: bytes) -> None:
        """Send what `encoding` made; nothing comes after a goodbye."""
        if self._pages is None:
            self.outbox.send(data)
        else:
            self._pages.send_after(data)

    @property
    def unread_bytes(self) -> int:
        """How much waits here for a client that does not read."""
        held = 0 if self._pages is None else self._pages.held_bytes
        return self.outbox.waiting_bytes + held

    @property
    def unsent_bytes(self) -> int:
        """How much the transport and the kernel have for a client that does not read."""
        return unsent_bytes(self._transport)

    def close(self) -> None:
        """Close when everything is sent, or after `ending.CLOSE_SECONDS`.

        The session ends at once; only a hub that stops waits for the connection itself.
        """
        if self._ending.has_begun:
            return
        self._lines.clear()
        self._break_off_pages()
        # Who was not heard yet may still be at its TLS handshake.
        self._ending.begin(self.abort, is_slow=not self._heard)
        if self._factory.hub.running:
            self._depart()

    def abort(self, reason: str) -> None:
        """Cut the connection at once."""
        self._log.info("{peer} was cut off: {reason}", peer=self._peer(), reason=reason)
        self._transport.abortConnection()

    # Long answers

    def _begin_pages(self, answer: RoomPages | UserPages) -> None:
        pages, turner = encode_pages(answer), self.encoding.page_turner
        self._pages = LongAnswer(pages, self.outbox, turner, self._stall, self._pages_ended)
        self._pages.begin()

    def _stall(self) -> None:
        """Be behind while a long answer is read."""
        if self._subscriber is not None:
            self._factory.hub.stall(self._subscriber, is_reading=True)

    def _pages_ended(self) -> None:
        """Go on after a long answer."""
        self._pages = None
        if self._ending.input_ended:
            self._close_when_done()
        if not self.outbox.is_paused:
            self._take_up()

    def _break_off_pages(self) -> None:
        """End a long answer that will not be finished: the connection is about to close."""
        if self._pages is not None:
            self._pages.break_off(encode_refusal(Closing()))
            self._pages = None

    def _take_up(self) -> None:
        """Go on with a long answer, else be up to date again: the client reads."""
        if self._pages is not None:
            self._pages.go_on()
        elif self._subscriber is not None:
            self._factory.hub.resume(self._subscriber)

    # Our own

    def _enter(self, *steps: Callable[[], None]) -> None:
        """Take steps into the server; who is refused is told why, but not for ever."""
        try:
            for step in steps:
                step()
        except Refusal as refusal:
            self.outbox.send(encode_refusal(refusal))
            self.close()
        except Hopeless:
            self._depart()
            self._transport.abortConnection()

    def _admit(self) -> None:
        if self._factory.doorkeeper is not None:
            self._group = self._factory.doorkeeper.admit(self._transport)

    def _count_later(self) -> None:
        """Count a client by the address that its balancer has told meanwhile."""
        self._awaits_address = None
        if not self._ending.has_begun:
            self._enter(self._admit, self._tell_address)

    def _tell_address(self) -> None:
        if self._subscriber is not None:
            self._factory.hub.locate(self._subscriber, host_of(self._transport))

    def _connect(self) -> None:
        host = host_of(self._transport)
        self._subscriber = self._factory.hub.connect(self, "line", self._factory.aim, host)

    def _pause_for_blanks(self) -> None:
        """Read blank lines slowly: they are not answered, so no rate bounds them."""
        self._blank_pause = self._factory.clock.callLater(BLANK_PAUSE_SECONDS, self._go_on)

    def _go_on(self) -> None:
        self._blank_pause = None
        if self._subscriber is not None:
            self._factory.hub.pump(self._subscriber)
        self._throttle()

    def _end_aimless(self) -> None:
        """Close a connection to the port of a room that is gone: it can get no nick here."""
        self.deliver(ServerClosing(ROOM_PORT_OVER))
        self.close()

    def _look_at_opening(self, opening: Opening, data: bytes) -> None:
        """Send a client that speaks another protocol away with one sentence."""
        foreign = opening.feed(data)
        if foreign:
            self.send(encode_refusal(WrongProtocol(foreign)))
            self.close()
        if opening.is_over:
            self._opening = None

    def _understand(self, line: bytes | TooLong) -> Command | Refusal | None:
        """Return the request that `line` is; None for a blank line."""
        if isinstance(line, TooLong):
            return LineTooLong(self._factory.hub.limits.line_bytes)
        try:
            text = decode_line(line)
            if text[0] == " " and not text.strip(" "):
                return None
            if self._talking is not None:
                return parse_talk_line(text, self._talking)
            return parse_request(text)
        except Refusal as refusal:
            return refusal

    def _follow_talk(self, answer: Reply) -> None:
        if isinstance(answer, TalkingIn):
            self._talking = answer.room
        elif isinstance(answer, LoggedOff):
            self._talking = None
        elif isinstance(answer, NickIs | LoggedInAs) and self._aim is not None:
            self._talking, self._aim = self._aim, None

    def _throttle(self) -> None:
        """Read from the client only while it reads from us and its lines are being taken.

        A TLS transport is full until its handshake is done, which needs reading.
        """
        not_reading = bool(self._lines) or (self.outbox.is_paused and self._heard)
        if not_reading != self._not_reading and not self._ending.has_begun:
            self._not_reading = not_reading
            if not_reading:
                self._transport.pauseProducing()
            elif not self._ending.input_ended:
                self._transport.resumeProducing()

    def _close_when_done(self) -> None:
        """Close, once this turn is over and its events are sent, if no answer is owed."""
        if self._is_done():
            self._factory.clock.callLater(0, self._close_if_done)

    def _close_if_done(self) -> None:
        if self._is_done() and self._subscriber is not None:
            self.close()

    def _is_done(self) -> bool:
        is_behind = self._subscriber is not None and bool(
            self._subscriber.behind or self._subscriber.missed
        )
        return not (self._lines or self._unanswered or self._pages is not None or is_behind)

    def _depart(self) -> None:
        """Let the hub forget the client."""
        if self._subscriber is not None:
            self._nick = self._subscriber.session.nick
            self._lines.clear()
            self._factory.hub.disconnect(self._subscriber)
            self._subscriber = None

    def _peer(self) -> str:
        if self._subscriber is not None:
            self._nick = self._subscriber.session.nick
        return f"{self._nick or 'A nameless client'} ({self._transport.getPeer()})"


class LineFactory(Factory):
    """Build a `LineProtocol` for each connection.

    `aim` is the room that connections go to, for a room's own port; `doorkeeper`, where
    given, counts connections by address.
    """

    noisy = False

    def __init__(
        self,
        hub: Hub,
        server_name: str,
        clock: Clock,
        encoding: LineEncoding | None = None,
        aim: RoomName | None = None,
        doorkeeper: Doorkeeper | None = None,
    ) -> None:
        self.hub = hub
        self.server_name = server_name
        self.clock = clock
        self.encoding = encoding or LineEncoding(Turn(clock))
        self.aim = aim
        self.doorkeeper = doorkeeper

    def aimed_at(self, room: RoomName) -> "LineFactory":
        """Return a factory for the room's own port; both have one encoding."""
        return LineFactory(
            self.hub, self.server_name, self.clock, self.encoding, room, self.doorkeeper
        )

    def buildProtocol(self, addr: IAddress | None) -> LineProtocol:
        """Return the protocol for a new connection."""
        return LineProtocol(self)
