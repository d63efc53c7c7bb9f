"""IRC as a way in: lines over any byte stream, translated for the core and back.

    bytes -> irc.message -> a function of irc.commands -> a command of the core -> the hub
    reply -> the function's next steps -> lines;  event -> irc.encode or irc.telling -> lines

What is here is the order of things. Requests are answered in the order in which they came. Only
messages (`Verb.is_talk`) begin before the others are answered; anything else begins in its
turn: the hub is asked for a sign of life first (`_TURN`), which also makes it count for the
rate. What a client is told of its own doings is a part of its answers (`skips_author`), so that
it comes once, in its place, and with the label of the request.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import ClassVar, cast

import attrs
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from chatsvc.core.commands import Command, Ping, Say
from chatsvc.core.errors import Internal, Refusal, WrongProtocol
from chatsvc.core.events import Event
from chatsvc.core.replies import Reply, Sent
from chatsvc.hub import Hub
from chatsvc.hub.subscriber import Subscriber
from chatsvc.irc.asking import Ask, End, Pages, Request, Step, Steps, closing
from chatsvc.irc.capabilities import shape_of
from chatsvc.irc.client import Client
from chatsvc.irc.commands import refused_request, request_for
from chatsvc.irc.commands.connecting import quitting
from chatsvc.irc.commands.plainly import COMMAND, plain_say
from chatsvc.irc.commands.talking import ask_to_say
from chatsvc.irc.house import House
from chatsvc.irc.labels import closed, labeled, opened, within
from chatsvc.irc.manners import OTHERS, sent_away
from chatsvc.irc.message import INPUT_BYTES, Message, Written, parse_line, too_long
from chatsvc.irc.offers import IN_THE_OPEN
from chatsvc.irc.replies import Refused
from chatsvc.irc.scribe import written
from chatsvc.irc.telling import tell
from chatsvc.ports import Clock
from chatsvc.protocols.client import ClientProtocol
from chatsvc.protocols.doorkeeper import Doorkeeper
from chatsvc.protocols.handshakes import shown_in
from chatsvc.protocols.irc_encoding import Encodings, IrcEncoding
from chatsvc.protocols.irc_keepalive import Keepalive
from chatsvc.protocols.outbox import SLICE_BYTES, Turn
from chatsvc.wire.foreign import Openings
from chatsvc.wire.framing import LineBuffer, TooLong

PAGE_LINES = 25
"""Lines of a page of a long answer, with those that were worked for in vain: half a millisecond
or so, for which everybody else waits."""

_TURN = Ask(Ping())
"""What the hub is asked for before a request begins: its turn."""


@attrs.define(eq=False)
class _Answer:
    """The lines of one request that are not sent yet.

    `batch` is the reference of the batch they are in, "" before it was opened. `is_labeled`: a
    batch of its own has the label already.
    """

    request: Request
    lines: list[Message | Written] = attrs.field(factory=list)
    batch: str = ""
    is_labeled: bool = False


class IrcProtocol(ClientProtocol):
    """One IRC client. Implements `ports.Connection`; is its transport's producer.

    `_answers` are the requests under way, the oldest first; one of them that says
    plain text is that `Say` alone (`plain_say`). `_next` is what the newest of them
    asks the hub for next. `_asked_for` is what events make us ask. `_is_held`: the hub was told
    that there is nothing, though there is.
    """

    # With more than 30 attributes in its dictionary a connection would take 1.4 KB more.
    __slots__ = (
        "_answers",
        "_asked_for",
        "_batches",
        "_encodings",
        "_house",
        "_is_held",
        "_keepalive",
        "_next",
        "_reader",
        "_shaped_for",
        "client",
        "security",
        "was_heard",
    )

    via: ClassVar[str] = "irc"
    others: ClassVar[Openings] = OTHERS

    def __init__(self, factory: "IrcFactory") -> None:
        super().__init__(factory, factory.encodings.of(frozenset()))
        self.client: Client | None = None
        self._house = factory.house
        self._encodings = factory.encodings
        self._answers: list[_Answer | Say] = []
        self._next: Ask | None = None
        self._asked_for: tuple[Request, ...] = ()
        self._is_held = False
        self._keepalive = factory.keepalive
        self.was_heard = False
        self._batches = 0
        self.security = IN_THE_OPEN
        self._shaped_for: frozenset[str] = frozenset()

    def make_buffer(self) -> LineBuffer:
        """Return what cuts the stream into lines."""
        return LineBuffer(INPUT_BYTES)

    def greet(self) -> None:
        """Say nothing: the client speaks first."""

    def connected_to_hub(self, subscriber: Subscriber) -> None:
        """Begin, as nobody."""
        self._reader = subscriber
        self.client = Client(self._house, subscriber.session, self._read, security=self.security)
        self._keepalive.watch(self)

    def _read(self, command: Command) -> Reply:
        """Carry out a command that only asks, at once."""
        return self.hub.read(self._reader, command)

    def handshakeCompleted(self) -> None:
        """Note what the client has shown in the handshake of TLS; nobody is logged in by that."""
        shown = shown_in(self._transport)
        self.security = attrs.evolve(self.security, asked_for=shown.asked_for)
        if self.client is not None:
            self.client.security = self.security
            self.client.session.certificate = shown.certificate
        super().handshakeCompleted()

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Tell the hub that the client is gone."""
        self._keepalive.forget(self)
        super().connectionLost(reason)

    def goodbye(self, refusal: Refusal) -> bytes:
        """Return what is said to a client that is sent away."""
        if isinstance(refusal, WrongProtocol):
            return sent_away(refusal.spoken)
        return written(closing(refusal.sentence))

    def broken_off(self) -> bytes:
        """Return what ends a long answer that will not be finished: a whole line does."""
        return b""

    # Signs of life

    @property
    def is_busy(self) -> bool:
        """Whether it has more to read, or is not read itself."""
        return bool(self.outbox.is_paused or self._answers or self._lines or self._ending.has_begun)

    def ask_for_life(self) -> None:
        """Send a PING."""
        self.send(written(Message("PING", (self._house.name,), source=self._house.name)))

    def give_up(self, seconds: int) -> None:
        """Quit for a client that gives no sign of life."""
        self._do_later(lambda: quitting(f"Ping timeout: {seconds} seconds"))

    # Requests

    def next_request(self) -> Command | Refusal | None:
        """Return what the hub is to be asked next: for a request under way, or the next line."""
        self._is_held = False
        newest = self._answers[-1] if self._answers else None
        if type(newest) is _Answer:
            if self._next is None and newest.request.is_talk and newest.request.has_steps:
                self._next = self._advance(newest)
            if self._next is not None:
                self.unanswered += 1
                return self._hand_out(newest)
            if not newest.request.is_talk:
                self._is_held = True
                return None
        if self._asked_for:
            self.unanswered += 1
            first, *rest = self._asked_for
            self._asked_for = tuple(rest)
            return self._begin(first)
        return super().next_request()

    def understand(self, line: bytes | TooLong) -> Command | Refusal | None:
        """Return the first thing the hub is asked for a line; None for a blank line."""
        assert self.client is not None
        if self._pages is None and type(line) is bytes:
            say = plain_say(self.client, line)
            if say is not None:
                self.was_heard = True
                self._answers.append(say)
                return say
        request = self._request_in(line)
        return None if request is None else self._begin(request)

    def _begin(self, request: Request) -> Command:
        """Return the first thing the hub is asked for a request."""
        self.was_heard = True
        answer = _Answer(request)
        self._answers.append(answer)
        if request.is_talk:
            self._next = self._advance(answer)
        if self._next is None:
            self._next = _TURN
        return self._hand_out(answer)

    def _request_in(self, line: bytes | TooLong) -> Request | None:
        assert self.client is not None
        try:
            if isinstance(line, TooLong):
                raise Refused(too_long())
            message = parse_line(line)
        except Refused as refused:
            return refused_request(self.client, refused)
        return None if message is None else request_for(self.client, message)

    def _hand_out(self, newest: _Answer) -> Command:
        assert self._next is not None
        ask, self._next = self._next, None
        newest.request.asked.append(ask)
        return ask.command

    # Answers

    def answer(self, answer: Reply | Refusal) -> None:
        """Go on with the oldest request, which was answered."""
        assert self.client is not None
        self.unanswered -= 1
        if self._pages is not None:  # The server is stopping.
            self.break_off_pages()
        oldest = self._answers[0]
        if type(oldest) is _Answer:
            self._answered(oldest, answer)
        elif type(answer) is Sent and "echo-message" not in self.client.enabled:
            del self._answers[0]
        else:
            ask = ask_to_say(self.client, cast(Say, oldest))
            self._answers[0] = whole = _Answer(Request.of(COMMAND, ask))
            self._answered(whole, answer)
        if self._is_held:
            self._is_held = False
            self.clock.callLater(0, self._pump)
        if self._ending.input_ended:
            self._close_when_done()

    def _answered(self, oldest: _Answer, answer: Reply | Refusal) -> None:
        ask = oldest.request.asked.pop(0)
        if ask is not _TURN:
            oldest.request.take(ask, answer)
        elif isinstance(answer, Refusal):
            oldest.lines.clear()
            oldest.request.refuse(answer)
        self._go_on(oldest)

    def _pump(self) -> None:
        """Let the hub go on, which thinks that there is nothing to ask."""
        if self.subscriber is not None:
            self.hub.pump(self.subscriber)

    def _go_on(self, oldest: _Answer) -> None:
        """Take the next steps of the oldest request, as far as it goes now."""
        request = oldest.request
        if request.has_steps:
            if request.is_talk and request.asked:
                self._advance(oldest, is_answered=False)
            elif self._next is None:
                self._next = self._advance(oldest)
        is_over = self._next is None and self._pages is None and request.is_over
        if self._ending.has_begun:
            return
        if oldest.lines or request.label:
            self._flush(oldest, is_over)
        if is_over:
            self._answers.pop(0)
        if self.client is not None and self.client.enabled is not self._shaped_for:
            self._reshape()

    def _advance(self, answer: _Answer, is_answered: bool = True) -> Ask | None:
        """Collect the lines of a request up to what it asks for next; None at its end.

        Long answers are begun; it is gone on with at their end. Of a request with answers to
        come (not `is_answered`) those that came are gone on with only.
        """
        assert self.client is not None
        while self._pages is None and not self._ending.has_begun:
            step = self._step(answer.request, is_answered)
            if step is None or isinstance(step, Ask):
                return step
            if isinstance(step, End):
                self._end(answer, step.reason)
            elif isinstance(step, Pages):
                self._begin_long(answer, step)
            else:
                answer.lines.append(self.client.finished(step))
        return None

    def _step(self, request: Request, is_answered: bool) -> Step | None:
        try:
            return request.next_step() if is_answered else request.next_of_answer()
        except Exception:
            self._log.failure("A request met a bug: {command}", command=request.command)
            request.refuse(Internal())
            return request.next_step()

    def _flush(self, answer: _Answer, is_over: bool, is_long: bool = False) -> None:
        """Send the lines there are; those of a request with a label as one answer."""
        lines: Iterable[Message | Written] = answer.lines
        if answer.request.label and not answer.is_labeled:
            assert self.client is not None
            labeled_lines = self._with_label(answer, is_over, is_long)
            lines = list(map(self.client.finished, labeled_lines))
        if lines:
            data = b"".join(map(written, lines))
            self.send(data)
            if len(data) > SLICE_BYTES:
                # So that a client which does not read is noticed before its next request.
                self.outbox.flush()
            answer.lines = []

    def _with_label(
        self, answer: _Answer, is_over: bool, is_long: bool
    ) -> Iterable[Message | Written]:
        """Return lines as a part of an answer with a label; one line alone waits for the end."""
        label, server = answer.request.label, self._house.name
        if not answer.batch and is_over and not is_long:
            return labeled(answer.lines, label, self._new_batch(), server)
        if not answer.batch and len(answer.lines) < 2 and not is_long:
            return ()
        lines: list[Message | Written] = []
        if not answer.batch:
            answer.batch = self._new_batch()
            lines.append(opened(label, answer.batch, server))
        lines += [within(line, answer.batch) for line in answer.lines]
        if is_over:
            lines.append(closed(answer.batch, server))
        return lines

    def _new_batch(self) -> str:
        """Return a reference that no open batch of this connection has."""
        self._batches += 1
        return f"a{self._batches}"

    def _end(self, answer: _Answer, reason: str) -> None:
        """Close, with the reason as the last line."""
        answer.lines.append(closing(reason))
        self._flush(answer, is_over=True)
        self.close()

    def close(self) -> None:
        """Close when everything is sent; what is under way is not answered any more."""
        if not self._ending.has_begun and self.hub.running:
            self._next = None
        super().close()

    def _is_done(self) -> bool:
        return not self._answers and super()._is_done()

    # Long answers

    def _begin_long(self, answer: _Answer, pages: Pages) -> None:
        if pages.is_batch and answer.request.label and not (answer.batch or answer.lines):
            answer.is_labeled = True
            self.begin_pages(self._pages_of(_with_first(pages, answer.request.label)))
            return
        self._flush(answer, is_over=False, is_long=True)
        batch = answer.batch
        self.begin_pages(self._pages_of(pages, lambda line: within(line, batch) if batch else line))

    def _pages_of(
        self,
        pages: Pages,
        tagged: Callable[[Message | Written], Message | Written] = lambda line: line,
    ) -> Iterator[bytes]:
        """Return lines a page at a time."""
        assert self.client is not None
        lines: list[bytes] = []
        for count, line in enumerate(pages.lines, 1):
            if line is not None:
                lines.append(written(tagged(self.client.finished(line))))
            if count % PAGE_LINES == 0:
                yield b"".join(lines)
                lines = []
        yield b"".join(lines)

    def _pages_ended(self) -> None:
        """Go on with the request whose long answer this was, then with the others."""
        self._pages = None
        oldest = self._answers[0] if self._answers else None
        if type(oldest) is _Answer:
            self._go_on(oldest)
        if self._pages is None:
            super()._pages_ended()

    # Events

    def deliver(self, event: Event) -> None:
        """Tell the client of one event."""
        if self.client is None:
            return  # Greeted, while the hub takes the connection: the message of the day has it.
        told = tell(self.client, event)
        if isinstance(told, bytes):
            self.send(told)
            return
        for step in told:
            if isinstance(step, Pages):
                self._tell_pages(step)
            elif isinstance(step, Ask):
                self._ask_later(step)
            elif not isinstance(step, End):
                self.send(written(self.client.finished(step)))

    def _ask_later(self, ask: Ask) -> None:
        """Ask the hub for something that belongs to an event, as if the client had asked."""
        self._do_later(lambda: (ask,))

    def _do_later(self, begin: Callable[[], Steps]) -> None:
        """Go on with something of our own once the client's requests are answered."""
        self._asked_for += (Request("", "", begin, is_talk=True),)
        self.clock.callLater(0, self._pump)

    def _tell_pages(self, pages: Pages) -> None:
        """Send many lines, as fast as they are read if nothing else is sent so just now.

        Nor about to be: an answer that is under way waits for nothing but its turn.
        """
        if self._pages is None and not self._answers:
            self.begin_pages(self._pages_of(pages))
        else:
            self.send(b"".join(self._pages_of(pages)))

    def _reshape(self) -> None:
        """Get events as the client asks for them from now on."""
        assert self.client is not None
        self._shaped_for = self.client.enabled
        encoding = self._encodings.of(shape_of(self.client.enabled))
        if encoding is not self.encoding and self.subscriber is not None:
            self.hub.reshape(self.subscriber, partial(self._use, encoding))

    def _use(self, encoding: IrcEncoding) -> None:
        self.encoding = encoding


def _with_first(pages: Pages, label: str) -> Pages:
    """Return lines of which the first has the label: it opens the batch that all others are in."""
    first = next(pages.lines)
    assert isinstance(first, Message)
    return Pages(chain((first.tagged("label", label),), pages.lines))


class IrcFactory(Factory):
    """Build an `IrcProtocol` for each connection.

    `doorkeeper`, where given, counts connections by address.
    """

    noisy = False

    def __init__(
        self, hub: Hub, house: House, clock: Clock, doorkeeper: Doorkeeper | None = None
    ) -> None:
        self.hub = hub
        self.house = house
        self.clock = clock
        self.doorkeeper = doorkeeper
        self.encodings = Encodings(house, Turn(clock))
        self.keepalive = Keepalive(clock)

    def buildProtocol(self, addr: IAddress | None) -> IrcProtocol:
        """Return the protocol for a new connection."""
        return IrcProtocol(self)
