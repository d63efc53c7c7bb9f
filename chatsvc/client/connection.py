"""One connection to a server, from its greeting to its end.

`Connection` knows the line protocol and nothing of nicks, rooms or reconnecting:

* what the server sends becomes, line by line and in order, a greeting or an event for
  the `Owner`, or the answer to the oldest unanswered request;
* requests are written in the order they were made, several of them in one write;
* a `ping` now and then shows whether the other end still lives; if not, or if it talks
  nonsense, the connection is cut and the owner gets one sentence that says why.
"""

import os
from collections.abc import Callable
from typing import Any
from typing import Protocol as Seam

from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectError, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import ISSLTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from chatsvc.client.happenings import ConnectionInterrupted, TooManyRequests
from chatsvc.client.requests import Answer, Asked, Requests
from chatsvc.core.commands import Command, Ping, Quit
from chatsvc.core.errors import LineTooLong, Refusal
from chatsvc.core.events import Event, ServerClosing
from chatsvc.core.limits import DEFAULT_LIMITS, REPLY_LINE_BYTES
from chatsvc.core.text import check_text, printable
from chatsvc.ports import Clock, DelayedCall
from chatsvc.wire.framing import LineBuffer, TooLong
from chatsvc.wire.reading import AnswerReader, Hello, ProtocolError
from chatsvc.wire.request import format_request

PING_EVERY = 30.0
"""Seconds between two pings; less than any common time-out of idle connections."""

GREETING_WITHIN = 10.0
"""Seconds in which a server must greet, and then give its first answer.

Another kind of server may wait for us instead.
"""

PONG_WITHIN = 20.0
"""Seconds in which a ping must be answered; requests before it are answered first."""

NOT_TLS = {"wrong version number", "packet length too long", "unknown protocol", "http request"}
"""What OpenSSL calls an answer that is no TLS record."""

KEEP_ALIVE = Ping()
"""Our own ping; it waits for no turn, as any answer is a sign of life."""

REQUESTS_UNDER_WAY = 1000
"""Unanswered requests of one connection, those that are not sent yet included."""


class Transport(Seam):
    """A transport of Twisted's, as far as a connection uses it."""

    def write(self, data: bytes) -> None:
        """Send `data` after what was written before."""

    def abortConnection(self) -> None:
        """Close now."""

    def pauseProducing(self) -> None:
        """Read no more."""

    def resumeProducing(self) -> None:
        """Read again."""


class Owner(Seam):
    """Whoever a connection belongs to."""

    def greeted(self, connection: "Connection", hello: Hello) -> None:
        """Take the greeting; comes once, before everything else."""

    def happened(self, event: Event) -> None:
        """Take an event."""

    def told_to_wait(self, seconds: int) -> None:
        """Note that the server is there, but takes nothing for so long."""

    def turned_away(self, refusal: Refusal) -> None:
        """Note that the server will not have this connection; it may name a time to wait."""

    def lost(self, connection: "Connection", reason: str) -> None:
        """Take the end of the connection; `reason` is a sentence."""


class Connection(Protocol):
    """Speak the client's half of `chatsvc/1` over one transport."""

    transport: Transport  # type: ignore[assignment]  # mypy cannot check calls to an Interface

    def __init__(self, owner: Owner, clock: Clock) -> None:
        self._owner = owner
        self._clock = clock
        self._lines = LineBuffer(REPLY_LINE_BYTES)
        self._reader = AnswerReader()
        self._requests = Requests(self._write, clock, owner.told_to_wait)
        self._reason = ""
        self._is_over = False
        self._is_paused = self._is_starting = self._was_greeted = False
        self._alarm: DelayedCall | None = None

    @property
    def is_paused(self) -> bool:
        """Tell whether nothing is read just now."""
        return self._is_paused

    def connectionMade(self) -> None:
        """Start to watch over the connection; the server speaks first."""
        self._watch(GREETING_WITHIN, self._too_late)

    def request(self, *commands: Command) -> list[Deferred[Answer]]:
        """Send `commands` in one write; return their answers, in the same order.

        What the server refuses as too fast is sent again when it said. A Deferred fails
        with the `Refusal` the server gave, `BadText` or `LineTooLong` for what cannot be
        sent, `TooManyRequests`, or `ConnectionInterrupted`.
        """
        asked: list[Asked] = []
        answers = [self._prepare(command, asked) for command in commands]
        self._requests.ask(asked)
        return answers

    def _write(self, data: bytes) -> None:
        self.transport.write(data)

    def _prepare(self, command: Command, requests: list[Asked]) -> Deferred[Answer]:
        if self._is_over:
            return fail(ConnectionInterrupted(self._reason))
        if len(self._requests) + len(requests) >= REQUESTS_UNDER_WAY:
            return fail(TooManyRequests(f"{REQUESTS_UNDER_WAY} requests are unanswered; wait."))
        # The slash makes it a command on a room's own port too, where plain lines are said.
        line = b"/" + format_request(command)
        try:
            check_text(line[:-1].decode())
            _check_length(line)
        except Refusal as refusal:
            return fail(refusal)
        requests.append(Asked(line, is_urgent=command is KEEP_ALIVE or isinstance(command, Quit)))
        return requests[-1].answer

    def dataReceived(self, data: bytes) -> None:
        """Hand on every line that is complete."""
        for line in self._lines.feed(data):
            if self._is_over:
                return
            self._read(line)

    def _read(self, line: bytes | TooLong) -> None:
        try:
            if isinstance(line, TooLong):
                raise ProtocolError("The server sent a line that is too long.")
            incoming = self._reader.read(line.decode())
        except UnicodeDecodeError:
            self.give_up("The server sent a line that is not UTF-8.")
        except ProtocolError as error:
            self.give_up(printable(str(error)))
        else:
            if incoming is not None:
                self._hand_on(incoming)

    def _hand_on(self, incoming: Answer | Refusal | Event | Hello) -> None:
        if isinstance(incoming, Hello):
            self._greet(incoming)
        elif isinstance(incoming, Answer | Refusal):
            self._answer(incoming)
        else:
            self._note_closing(incoming)
            self._owner.happened(incoming)

    def _greet(self, hello: Hello) -> None:
        """Hand on the greeting; what is asked then is to be answered as soon as that came."""
        self._was_greeted = True
        self._watch(PING_EVERY, self._ping)
        self._owner.greeted(self, hello)
        if self._requests.is_awaiting:
            self._is_starting = True
            self._watch(GREETING_WITHIN, self._too_late)

    def _answer(self, answer: Answer | Refusal) -> None:
        if self._is_starting:
            self._is_starting = False
            self._watch(PING_EVERY, self._ping)
        if self._requests.is_awaiting:
            self._requests.answered(answer)
        elif isinstance(answer, Refusal):
            self._owner.turned_away(answer)
            self.give_up(answer.sentence)
        else:
            self.give_up("The server answered something that was not asked.")

    def _note_closing(self, event: Event) -> None:
        if isinstance(event, ServerClosing):
            self._reason = f"The server ended the connection: {event.text}"

    # Keeping alive

    def _watch(self, seconds: float, then: Callable[[], None]) -> None:
        self._stop_watching()
        self._alarm = self._clock.callLater(seconds, then)

    def _stop_watching(self) -> None:
        if self._alarm is not None and self._alarm.active():
            self._alarm.cancel()

    def _ping(self) -> None:
        if self._is_paused:
            self._watch(PING_EVERY, self._ping)
            return
        self._watch(PONG_WITHIN, self._too_late)
        (pong,) = self.request(KEEP_ALIVE)
        pong.addBoth(self._ponged)

    def _ponged(self, _answer: object) -> None:
        if not self._is_over:
            self._watch(PING_EVERY, self._ping)

    def _too_late(self) -> None:
        """Cut the connection, unless it is us who did not listen."""
        if self._is_paused:
            self._watch(PONG_WITHIN, self._too_late)
        elif self._was_greeted or ISSLTransport.providedBy(self.transport):
            self.give_up("The server did not answer in time.")
        else:
            # A server that speaks TLS waits for us to begin.
            self.give_up("The server did not answer in time; a port that speaks TLS needs --tls.")

    # Pausing and ending

    def pause(self) -> None:
        """Stop reading, so that the server notices that this reader is behind."""
        if not self._is_paused:
            self._is_paused = True
            self.transport.pauseProducing()

    def resume(self) -> None:
        """Read on."""
        if self._is_paused:
            self._is_paused = False
            self.transport.resumeProducing()

    def say_goodbye(self) -> Deferred[Answer]:
        """Ask the server to end the connection; what is unanswered then fails."""
        self._reason = "This client was closed."
        (bye,) = self.request(Quit())
        return bye

    def give_up(self, reason: str) -> None:
        """Cut the connection at once; `reason` is a sentence for people."""
        if not self._is_over:
            self._reason = reason
            self._end()
            self.transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Fail what is unanswered and tell the owner."""
        self._reason = self._reason or _sentence(reason)
        self._end()
        self._owner.lost(self, self._reason)

    def _end(self) -> None:
        self._is_over = True
        self._stop_watching()
        self._requests.fail(lambda: ConnectionInterrupted(self._reason))


def _check_length(line: bytes) -> None:
    """Make sure that a request, without its end, is not too long for a server.

    What was typed may fit a line by itself, and not with the verb and room before it.
    """
    over = len(line) - 1 - DEFAULT_LIMITS.line_bytes
    if over > 0:
        raise LineTooLong.by(over, DEFAULT_LIMITS.line_bytes)


def _sentence(failure: Failure) -> str:
    """Return why a connection ended, for people."""
    if failure.check(ConnectionDone):
        return "The server closed the connection."
    if failure.check(ConnectionLost):
        return "The connection was lost."
    return sentence_of(failure)


def sentence_of(failure: Failure) -> str:
    """Return what an operating system, name server or TLS error says, as one sentence."""
    error: Any = failure.value
    if isinstance(error, ConnectError) and isinstance(error.osError, int):
        return f"{os.strerror(error.osError)}."
    if error.args and isinstance(error.args[0], list):
        # OpenSSL's own: a list of (library, function, reason).
        reasons = [str(each[-1]) for each in error.args[0]]
        if NOT_TLS.intersection(reasons):
            return "What answers there does not speak TLS: take the server's TLS port, or no TLS."
        return f"TLS: {', '.join(reasons)}."
    text = printable(" ".join(str(error).split())) or type(error).__name__
    return text if text.endswith(".") else f"{text}."
