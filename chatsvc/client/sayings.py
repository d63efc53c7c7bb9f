"""Messages on their way: kept until the server answers, repeated after a reconnect.

Each has an id of its own. The server keeps a message of one nick, room and id once and
answers a repeated one with the first one's number, so that a lost answer neither loses
nor doubles what was said. A text so long that no id fits on its line goes without one, and
is not repeated.
"""

from collections.abc import Callable, Iterator

import attrs
from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure

from chatsvc.client.happenings import (
    ClientClosed,
    ClientError,
    ConnectionInterrupted,
    TooManyRequests,
)
from chatsvc.client.requests import Answer
from chatsvc.core.commands import Say
from chatsvc.core.errors import Closing
from chatsvc.core.limits import DEFAULT_LIMITS
from chatsvc.core.names import Nick, nick_key
from chatsvc.ports import Clock, DelayedCall
from chatsvc.wire.request import format_request

SAYINGS_KEPT = 500
"""Messages that may be on their way at once."""

SAY_WITHIN = 60.0
"""Seconds after which a message without an answer is given up; a server may restart in them."""

_MAYBE = "It may have been said."

_LONGEST_LINE = DEFAULT_LIMITS.line_bytes - len("/")
"""Bytes of a request without its end; every one is sent with a slash before it."""


@attrs.define(eq=False)
class Saying:
    """A message on its way; `sent_as` is the nick it was first sent as, None before that."""

    command: Say
    answer: Deferred[Answer] = attrs.field(factory=Deferred)
    sent_as: Nick | None = None
    deadline: DelayedCall | None = None

    def can_be_sent_as(self, nick: Nick) -> bool:
        """Tell whether sending this as `nick`, perhaps once more, cannot say it twice."""
        return self.sent_as is None or nick_key(self.sent_as) == nick_key(nick)

    @property
    def is_repeatable(self) -> bool:
        """Tell whether the server would notice that it has this message already."""
        return bool(self.command.client_id)

    def given_up(self, reason: str) -> str:
        """Return `reason`, and that the message may have been said, if it may."""
        return reason if self.sent_as is None else f"{reason} {_MAYBE}"


class Sayings:
    """All messages on their way, in the order they were said. `new_id` makes ids."""

    def __init__(self, clock: Clock, new_id: Callable[[], str]) -> None:
        self._clock = clock
        self._new_id = new_id
        self._sayings: dict[Saying, None] = {}

    def add(self, command: Say) -> Saying | Deferred[Answer]:
        """Keep `command` until it is answered; return a failed Deferred if there are too many."""
        if len(self._sayings) >= SAYINGS_KEPT:
            return fail(TooManyRequests(f"{SAYINGS_KEPT} messages are on their way; wait."))
        saying = Saying(command if command.client_id else _with_id(command, self._new_id()))
        self._sayings[saying] = None
        self._watch(saying, SAY_WITHIN)
        saying.answer.addBoth(self._forget, saying)
        return saying

    def _watch(self, saying: Saying, seconds: float) -> None:
        if saying.deadline is not None:
            saying.deadline.cancel()
        saying.deadline = self._clock.callLater(seconds, self._too_late, saying)

    def put_off(self, seconds: int) -> None:
        """Begin all time-outs anew, after the time for which the server takes nothing."""
        for saying in self._sayings:
            self._watch(saying, seconds + SAY_WITHIN)

    def _too_late(self, saying: Saying) -> None:
        what = "It could not be sent" if saying.sent_as is None else "No answer"
        self._fail(saying, ConnectionInterrupted, f"{what} in {SAY_WITHIN:.0f} s.")

    def _forget(self, result: Answer | Failure, saying: Saying) -> Answer | Failure:
        self._sayings.pop(saying, None)
        if saying.deadline is not None and saying.deadline.active():
            saying.deadline.cancel()
        return result

    def to_send(self, nick: Nick) -> Iterator[Saying]:
        """Return what is to be sent on a new connection, where this client is `nick`.

        What was sent under another nick fails: the server would take it for a new message.
        """
        for saying in tuple(self._sayings):
            if saying.can_be_sent_as(nick):
                saying.sent_as = nick
                yield saying
            else:
                reason = "The connection was lost and the nick is another one now."
                self._fail(saying, ConnectionInterrupted, reason)

    def answered(self, result: Answer | Failure, saying: Saying) -> None:
        """Pass on the answer, unless the message can be repeated on the next connection."""
        if isinstance(result, Failure) and result.check(ConnectionInterrupted, Closing):
            self._interrupted(result, saying)
        elif saying in self._sayings:
            saying.answer.callback(result)

    def _interrupted(self, failure: Failure, saying: Saying) -> None:
        """Keep a message for the next connection, if sending it again cannot say it twice."""
        if saying.is_repeatable:
            return
        if failure.check(Closing):
            saying.sent_as = None
        else:
            self._fail(saying, ConnectionInterrupted, str(failure.value))

    def interrupt(self, reason: str) -> None:
        """Give up everything that is on its way."""
        for saying in tuple(self._sayings):
            self._fail(saying, ConnectionInterrupted, reason)

    def close(self) -> None:
        """Give up everything, as the client is closed."""
        for saying in tuple(self._sayings):
            self._fail(saying, ClientClosed, "The client was closed.")

    def _fail(self, saying: Saying, error: type[ClientError], reason: str) -> None:
        if saying in self._sayings:
            saying.answer.errback(error(saying.given_up(reason)))


def _with_id(command: Say, new_id: str) -> Say:
    """Return `command` with an id if its line is not too long for one."""
    with_id = attrs.evolve(command, client_id=new_id)
    return with_id if len(format_request(with_id)) - 1 <= _LONGEST_LINE else command
