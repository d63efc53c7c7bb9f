"""Messages on their way: kept until the server answers, repeated after a reconnect.

Each has an id of its own. The server keeps a message of one nick, room and id once and
answers a repeated one with the first one's number, so that a lost answer neither loses
nor doubles what was said.
"""

from collections.abc import Callable, Iterator

import attrs
from twisted.internet.defer import Deferred, fail
from twisted.internet.defer import TimeoutError as TimedOut
from twisted.python.failure import Failure

from chatsvc.client.connection import Answer
from chatsvc.client.happenings import ClientClosed, ConnectionInterrupted, TooManyRequests
from chatsvc.client.waiting import within
from chatsvc.core.commands import Say
from chatsvc.core.errors import Closing
from chatsvc.core.names import Nick, nick_key
from chatsvc.ports import Clock

SAYINGS_KEPT = 500
"""Messages that may be on their way at once."""

SAY_WITHIN = 60.0
"""Seconds after which a message without an answer is given up; a server may restart in them."""

_MAYBE = "It may have been said."


@attrs.define(eq=False)
class Saying:
    """A message on its way; `sent_as` is the nick it was first sent as, None before that."""

    command: Say
    answer: Deferred[Answer] = attrs.field(factory=Deferred)
    sent_as: Nick | None = None


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
        saying = Saying(attrs.evolve(command, client_id=command.client_id or self._new_id()))
        self._sayings[saying] = None
        within(saying.answer, SAY_WITHIN, self._clock)
        saying.answer.addBoth(self._forget, saying)
        return saying

    def _forget(self, result: Answer | Failure, saying: Saying) -> Answer | Failure:
        self._sayings.pop(saying, None)
        if isinstance(result, Failure) and result.check(TimedOut):
            return Failure(ConnectionInterrupted(f"No answer in {SAY_WITHIN:.0f} s. {_MAYBE}"))
        return result

    def to_send(self, nick: Nick) -> Iterator[Saying]:
        """Return what is to be sent on a new connection, where this client is `nick`.

        What was sent under another nick fails: the server would take it for a new message.
        """
        for saying in tuple(self._sayings):
            if saying.sent_as is None or nick_key(saying.sent_as) == nick_key(nick):
                saying.sent_as = nick
                yield saying
            else:
                reason = f"The connection was lost and the nick is another one now. {_MAYBE}"
                self._fail(saying, ConnectionInterrupted(reason))

    def answered(self, result: Answer | Failure, saying: Saying) -> None:
        """Pass on the answer, unless the message can be repeated on the next connection."""
        if isinstance(result, Failure) and result.check(ConnectionInterrupted, Closing):
            return
        if saying in self._sayings:
            saying.answer.callback(result)

    def interrupt(self, reason: str) -> None:
        """Give up everything that is on its way."""
        for saying in tuple(self._sayings):
            self._fail(saying, ConnectionInterrupted(f"{reason} {_MAYBE}"))

    def close(self) -> None:
        """Give up everything, as the client is closed."""
        for saying in tuple(self._sayings):
            self._fail(saying, ClientClosed(f"The client was closed. {_MAYBE}"))

    def _fail(self, saying: Saying, error: Exception) -> None:
        saying.answer.errback(error)
