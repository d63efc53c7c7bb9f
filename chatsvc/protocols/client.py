"""What any way in over a byte stream has: the life of one connection.

A way in derives from `ClientProtocol` and says what is its own: how lines are cut
(`make_buffer`), what a line asks for (`understand`), what is sent (`greet`, `answer`,
`deliver` and the few words in between). Shared are what nobody should write twice: letting a
client in, lines waiting to be taken, reading no faster than the client reads, long answers,
and the end of it all. `outbox` sends, `pages` sends long answers, `ending` closes.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import ClassVar, Protocol, cast

from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IHandshakeListener,
    INegotiated,
    IPushProducer,
)
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from chatsvc.core.admission import Group, Hopeless
from chatsvc.core.commands import Command
from chatsvc.core.errors import Refusal, WrongProtocol
from chatsvc.core.events import Event
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies import Reply
from chatsvc.hub import Hub
from chatsvc.hub.subscriber import Subscriber
from chatsvc.ports import Clock, DelayedCall, Encoding
from chatsvc.protocols.doorkeeper import ADDRESS_SECONDS, Doorkeeper, tells_address_later
from chatsvc.protocols.ending import Ending
from chatsvc.protocols.half_close import forward_half_close
from chatsvc.protocols.outbox import Outbox, Turn
from chatsvc.protocols.pages import LongAnswer, PageTurner
from chatsvc.protocols.sockets import prepare, unsent_bytes
from chatsvc.protocols.transport import Transport, host_of
from chatsvc.wire.foreign import AT_LINES, Opening, Openings
from chatsvc.wire.framing import TooLong

BLANK_LINES_AT_ONCE = 1000
"""Blank lines skipped before a pause; so many stand between no two requests of people."""

BLANK_PAUSE_SECONDS = 0.05
"""How long no more lines are taken then."""


class Buffer(Protocol):
    """Collects chunks and gives out lines."""

    def feed(self, data: bytes) -> list[bytes | TooLong]:
        """Take the next chunk and return the lines that are complete now."""


class StreamEncoding(Encoding, Protocol):
    """An encoding whose connections are sent to in turns, long answers included."""

    turn: Turn
    page_turner: PageTurner


class ClientFactory(Protocol):
    """What a connection needs to know from its factory.

    `doorkeeper`, where given, counts connections by address.
    """

    hub: Hub
    clock: Clock
    doorkeeper: Doorkeeper | None


@implementer(IPushProducer, IHalfCloseableProtocol, IHandshakeListener)
class ClientProtocol(TwistedProtocol):
    """One client. Implements `ports.Connection`; is its transport's producer.

    `via` names the way in, `others` are noticed as other protocols. `aim`, where given, is the
    room that the client goes to when it has a nick.
    """

    _log = Logger()

    via: ClassVar[str]
    others: ClassVar[Openings] = AT_LINES

    def __init__(
        self, factory: ClientFactory, encoding: StreamEncoding, aim: RoomName | None = None
    ) -> None:
        self.encoding = encoding
        self.hub = factory.hub
        self.clock = factory.clock
        self.subscriber: Subscriber | None = None
        self.unanswered = 0
        self._doorkeeper = factory.doorkeeper
        self._buffer = self.make_buffer()
        self._opening: Opening | None = Opening(self.others)
        # The oldest is the last. No deque: an empty one takes 760 bytes.
        self._lines: list[bytes | TooLong] = []
        self._aim = aim
        self._group: Group | None = None
        self._awaits_address: DelayedCall | None = None
        self._blank_pause: DelayedCall | None = None
        self._nick: Nick | None = None
        self._pages: LongAnswer | None = None
        self._heard = False
        self._not_reading = False

    # What is a way in's own

    @abstractmethod
    def make_buffer(self) -> Buffer:
        """Return what cuts the stream into lines, within the way in's limits."""

    @abstractmethod
    def greet(self) -> None:
        """Send what is sent before anything is asked, if anything is."""

    @abstractmethod
    def understand(self, line: bytes | TooLong) -> Command | Refusal | None:
        """Return the request that a line is; None for one that is no request."""

    @abstractmethod
    def answer(self, answer: Reply | Refusal) -> None:
        """Send the answer to the oldest request; counts `unanswered` down."""

    @abstractmethod
    def deliver(self, event: Event) -> None:
        """Send one event."""

    @abstractmethod
    def goodbye(self, refusal: Refusal) -> bytes:
        """Return what is said to a client that is sent away."""

    @abstractmethod
    def broken_off(self) -> bytes:
        """Return what ends a long answer that will not be finished."""

    # The transport calls

    def connectionMade(self) -> None:
        """Greet the client and make it known to the hub."""
        self._transport = cast(Transport, self.transport)
        self.outbox = Outbox(self._transport, self.encoding.turn)
        self._ending = Ending(self._transport, self.outbox, self.clock)
        prepare(self._transport, self.hub.limits)
        forward_half_close(self._transport, self)
        self._transport.registerProducer(self, True)
        self.greet()
        if tells_address_later(self._transport):
            self._awaits_address = self.clock.callLater(ADDRESS_SECONDS, self._count_later)
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
            lines = self._buffer.feed(data)
            lines.reverse()
            self._lines = lines + self._lines if self._lines else lines
            if self.subscriber is not None:
                self.hub.pump(self.subscriber)
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
        if self._group is not None and self._doorkeeper is not None:
            self._doorkeeper.release(self._group)
            self._group = None
        self._pages = None
        self.outbox.discard()
        self._depart()

    def pauseProducing(self) -> None:
        """Be behind: the client does not read what it was sent."""
        self.outbox.pause()
        self._throttle()
        if self.subscriber is not None:
            self.hub.stall(self.subscriber)

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
            request = self.understand(self._lines.pop())
            if request is not None:
                self.unanswered += 1
                return request
            blank += 1
            if blank >= BLANK_LINES_AT_ONCE:
                self._pause_for_blanks()
        if self._not_reading:
            self._throttle()
        if self._ending.input_ended:
            self._close_when_done()
        return None

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
        self.break_off_pages()
        # Who was not heard yet may still be at its TLS handshake.
        self._ending.begin(self.abort, is_slow=not self._heard)
        if self.hub.running:
            self._depart()

    def abort(self, reason: str) -> None:
        """Cut the connection at once."""
        self._log.info("{peer} was cut off: {reason}", peer=self._peer(), reason=reason)
        self._transport.abortConnection()

    # Long answers

    def begin_pages(self, pages: Iterator[bytes]) -> None:
        """Answer with `pages`, as fast as they are read; what else is sent comes after them."""
        turner = self.encoding.page_turner
        self._pages = LongAnswer(pages, self.outbox, turner, self._stall, self._pages_ended)
        self._pages.begin()

    def break_off_pages(self) -> None:
        """End a long answer that will not be finished: the connection is about to close."""
        if self._pages is not None:
            self._pages.break_off(self.broken_off())
            self._pages = None

    def _stall(self) -> None:
        """Be behind while a long answer is read."""
        if self.subscriber is not None:
            self.hub.stall(self.subscriber, is_reading=True)

    def _pages_ended(self) -> None:
        """Go on after a long answer."""
        self._pages = None
        if self._ending.input_ended:
            self._close_when_done()
        if not self.outbox.is_paused:
            self._take_up()

    def _take_up(self) -> None:
        """Go on with a long answer, else be up to date again: the client reads."""
        if self._pages is not None:
            self._pages.go_on()
        elif self.subscriber is not None:
            self.hub.resume(self.subscriber)

    # Its life

    def _enter(self, *steps: Callable[[], None]) -> None:
        """Take steps into the server; who is refused is told why, but not for ever."""
        try:
            for step in steps:
                step()
        except Refusal as refusal:
            self.outbox.send(self.goodbye(refusal))
            self.close()
        except Hopeless:
            self._depart()
            self._transport.abortConnection()

    def _admit(self) -> None:
        if self._doorkeeper is not None:
            self._group = self._doorkeeper.admit(self._transport)

    def _count_later(self) -> None:
        """Count a client by the address that its balancer has told meanwhile."""
        self._awaits_address = None
        if not self._ending.has_begun:
            self._enter(self._admit, self._tell_address)

    def _tell_address(self) -> None:
        if self.subscriber is not None:
            self.hub.locate(self.subscriber, host_of(self._transport))

    def _connect(self) -> None:
        host = host_of(self._transport)
        self.subscriber = self.hub.connect(self, self.via, self._aim, host)
        self.subscriber.session.is_secure = INegotiated.providedBy(self._transport)
        self.connected_to_hub(self.subscriber)

    def connected_to_hub(self, subscriber: Subscriber) -> None:
        """Note that the hub knows this connection from now on."""

    def _pause_for_blanks(self) -> None:
        """Read blank lines slowly: they are not answered, so no rate bounds them."""
        self._blank_pause = self.clock.callLater(BLANK_PAUSE_SECONDS, self._pause_is_over)

    def _pause_is_over(self) -> None:
        self._blank_pause = None
        if self.subscriber is not None:
            self.hub.pump(self.subscriber)
        self._throttle()

    def _look_at_opening(self, opening: Opening, data: bytes) -> None:
        """Send a client that speaks another protocol away with one sentence."""
        foreign = opening.feed(data)
        if foreign:
            self.send(self.goodbye(WrongProtocol(foreign)))
            self.close()
        if opening.is_over:
            self._opening = None

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

    @property
    def is_ending(self) -> bool:
        """Whether the client sends no more, so that this is closed when all is answered."""
        return self._ending.input_ended

    def _close_when_done(self) -> None:
        """Close, once this turn is over and its events are sent, if no answer is owed."""
        if self._is_done():
            self.clock.callLater(0, self._close_if_done)

    def _close_if_done(self) -> None:
        if self._is_done() and self.subscriber is not None:
            self.close()

    def _is_done(self) -> bool:
        is_behind = self.subscriber is not None and bool(
            self.subscriber.behind or self.subscriber.missed
        )
        return not (self._lines or self.unanswered or self._pages is not None or is_behind)

    def _depart(self) -> None:
        """Let the hub forget the client."""
        if self.subscriber is not None:
            self._nick = self.subscriber.session.nick
            self._lines.clear()
            self.hub.disconnect(self.subscriber)
            self.subscriber = None

    def _peer(self) -> str:
        if self.subscriber is not None:
            self._nick = self.subscriber.session.nick
        return f"{self._nick or 'A nameless client'} ({self._transport.getPeer()})"
