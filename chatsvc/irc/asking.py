"""What a function for an IRC command gives back, step by step.

    Reply, Message   a line of the answer; Written: one that is bytes already
    Ask              a command for the core; what is `shown` comes in its place in the answer
    Pages            many lines, each made when the client has read those before
    End              the connection is over

A function is a generator of steps or returns a list of them. It is gone on with when the core
has answered what it asked last, so each step sees what the ones before it did. Steps that
`show` returns come before the rest. The functions know no socket and wait for nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs

from chatsvc.core.commands import Command
from chatsvc.core.errors import Refusal
from chatsvc.core.values import lightly_frozen
from chatsvc.irc.message import Message, Written
from chatsvc.irc.refusals import reply_to
from chatsvc.irc.replies import Refused, Reply

Line = Reply | Message | Written
"""A line of an answer: a `Reply` gets the server's name and the client's nick when it is sent."""


@lightly_frozen
class Ask:
    """Ask the core for `command`; `show` and `refuse` make steps of what it answers.

    `target` is the channel or nick that a refusal is about, where `refuse` is not given.
    """

    command: Command
    show: Callable[[Any], "Steps"] = lambda _reply: ()
    target: str = ""
    refuse: Callable[[Refusal], "Steps"] | None = None


@attrs.frozen(eq=False)
class Pages:
    """Many lines; None stands for work without a line. `is_batch`: they are one batch."""

    lines: Iterator[Line | None]
    is_batch: bool = False


@attrs.frozen
class End:
    """Close the connection, saying why."""

    reason: str


Step = Line | Ask | Pages | End
Steps = Iterable[Step]


@attrs.define(eq=False)
class Request:
    """One line that a client sent, and how far it is answered.

    `begin` is called once, when it is the request's turn; a request that `is_talk` need not wait
    for the answers of others that are. `asked` is what the core was asked
    and has not answered, the oldest first.
    """

    command: str
    label: str
    begin: Callable[[], Steps]
    is_talk: bool = False
    has_begun: bool = False
    asked: list[Ask] = attrs.field(factory=list)
    _steps: list[Iterator[Step]] = attrs.field(factory=list)
    _answers: list[Iterator[Step]] = attrs.field(factory=list)

    @classmethod
    def of(cls, command: str, ask: Ask) -> "Request":
        """Return a request that has asked the core one thing and does nothing more."""
        return cls(command, "", lambda: (), is_talk=True, has_begun=True, asked=[ask])

    def next_step(self) -> Step | None:
        """Return the next step; None if there is none, for now or ever.

        What a function raises as `Refused` or `Refusal` is its last step.
        """
        if self._answers:
            step = self._next_in(self._answers)
            if step is not None:
                return step
        if not self.has_begun:
            self.has_begun = True
            self._add(self._steps, self.begin)
        return self._next_in(self._steps)

    def next_of_answer(self) -> Step | None:
        """Return the next step that is made of answers; None if there is none."""
        return self._next_in(self._answers)

    def _next_in(self, steps: list[Iterator[Step]]) -> Step | None:
        while steps:
            try:
                step = next(steps[-1], None)
            except Refused as refused:
                steps.pop()
                return refused.reply
            except Refusal as refusal:
                steps.pop()
                return reply_to(refusal, self.command)
            if step is not None:
                return step
            steps.pop()
        return None

    def take(self, ask: Ask, answer: object) -> None:
        """Go on with what `ask` was answered."""
        if not isinstance(answer, Refusal):
            self._add(self._answers, ask.show, answer)
        elif ask.refuse is not None:
            self._add(self._answers, ask.refuse, answer)
        else:
            self._answers.append(iter((reply_to(answer, self.command, ask.target),)))

    def refuse(self, refusal: Refusal) -> None:
        """End the request: it is not carried out."""
        self.has_begun = True
        self._steps = [iter((reply_to(refusal, self.command),))]
        self._answers = []

    @property
    def has_steps(self) -> bool:
        """Whether `next_step` may return one."""
        return bool(self._steps or self._answers) or not self.has_begun

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it, once `next_step` has returned None."""
        return self.has_begun and not (self._steps or self._answers or self.asked)

    def _add(
        self, to: list[Iterator[Step]], make: Callable[..., Steps], *arguments: object
    ) -> None:
        """Add the steps of a function, which may refuse at once."""
        try:
            steps = make(*arguments)
        except Refused as refused:
            steps = (refused.reply,)
        except Refusal as refusal:
            steps = (reply_to(refusal, self.command),)
        if steps:
            to.append(iter(steps))


def closing(reason: str) -> Message:
    """Return the last line of a connection.

    "The ERROR command is [...] also used before terminating client connections."
    """
    return Message("ERROR", (f"Closing link: {reason}",))
