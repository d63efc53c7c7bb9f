"""Between a person's lines and a chat: carries out what is typed, and keeps the model current.

The terminal gives lines and draws the model; `Chat` is whatever the person is connected
with: `ChatClient` over a socket, or a session inside the server, behind SSH.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, assert_never

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatsvc.client.happenings import ClientClosed, ClientError, Happening
from chatsvc.client.terminal.intents import Ask, Clear, End, GoTo, Intent, SayIn, ShowAll, ShowHelp
from chatsvc.client.terminal.model import Model
from chatsvc.client.terminal.secrets import without_secrets
from chatsvc.client.terminal.typed import understand
from chatsvc.core.commands import Command, Say
from chatsvc.core.errors import LineTooLong, Refusal
from chatsvc.core.limits import CLIENT_ID_LENGTH, DEFAULT_LIMITS
from chatsvc.core.names import Nick, RoomName
from chatsvc.wire.request import format_request

CHAT_ENDS_WITHIN = 3.0
"""Seconds after which a chat that does not end is left behind."""

_LONGEST_ID = "x" * CLIENT_ID_LENGTH


class Chat(Protocol):
    """What a conversation needs; see `chatsvc.client.chat.ChatClient` for each method."""

    @property
    def nick(self) -> Nick:
        """One's own nick."""

    @property
    def server_name(self) -> str:
        """The name of the server."""

    @property
    def is_connected(self) -> bool:
        """Whether requests can be sent now."""

    @property
    def joined_rooms(self) -> tuple[RoomName, ...]:
        """The rooms one is in."""

    def ignores(self, nick: str, /) -> bool:
        """Tell whether one does not want to hear `nick`."""

    def add_listener(self, listener: Callable[[Happening], None], /) -> Callable[[], None]:
        """Call `listener` with all that happens; return a function that ends that."""

    def request(self, command: Command, /) -> Deferred[Any]:
        """Ask something; fails with `Refusal` or `ClientError`."""

    def say(self, room: str, text: str, /) -> Deferred[Any]:
        """Say something in a room; fails with `Refusal` or `ClientError`."""

    def close(self) -> Deferred[None]:
        """Leave every room and end."""


class Conversation:
    """Carry out what one person types.

    `changed` is called when the model is not what it was, `ended` when the person wants
    to end, and `broken` with what went wrong in our own code.
    """

    def __init__(
        self,
        chat: Chat,
        model: Model,
        changed: Callable[[], None],
        ended: Callable[[], None],
        broken: Callable[[Failure], object],
    ) -> None:
        self._chat = chat
        self._model = model
        self._changed = changed
        self._ended = ended
        self._broken = broken
        self._stop_listening: Callable[[], None] = lambda: None
        self._waiting: dict[Deferred[Any], str] = {}

    @property
    def unsaid(self) -> tuple[str, ...]:
        """What was entered without a connection and could not be said until now."""
        return tuple(self._waiting.values())

    def start(self) -> None:
        """Begin to listen; what happened before comes at once."""
        self._model.ignores = self._chat.ignores
        self._model.met(self._chat.server_name, self._chat.nick, self._chat.is_connected)
        for room in self._chat.joined_rooms:
            self._wonder(self._model.entered(room))
        self._stop_listening = self._chat.add_listener(self._happened)

    def stop(self) -> None:
        """Listen no more."""
        self._stop_listening()
        self._stop_listening = lambda: None

    def enter(self, text: str) -> str:
        """Carry out the lines of `text`; return those that were not, to be edited again.

        A line that cannot be carried out is shown with the reason. If it is too long, or
        others were to follow it, it comes back together with them.
        """
        self._model.used()
        lines = [line for line in text.split("\n") if line]
        for number, line in enumerate(lines):
            try:
                self._do(_fitting(understand(line, self._model.place)), line)
            except Refusal as refusal:
                self._model.problem(refusal.sentence)
                self._changed()
                keeps = len(lines) > 1 or isinstance(refusal, LineTooLong)
                return "\n".join(lines[number:]) if keeps else ""
        return ""

    def _do(self, intent: Intent, line: str) -> None:
        match intent:
            case Ask(command):
                self._ask(command, line)
            case SayIn(room, text):
                self._say(Say(room, text), line)
            case GoTo(room):
                self._model.go_to(room)
            case ShowAll():
                self._model.toggle_all()
            case ShowHelp(word):
                self._model.show_help(word)
            case Clear():
                self._model.clear()
            case End():
                self._ended()
            case _:
                assert_never(intent)
        self._changed()

    def _happened(self, happening: Happening) -> None:
        try:
            self._wonder(self._model.happened(happening))
        except Exception:
            self._broken(Failure())
        self._changed()

    def _say(self, command: Say, line: str) -> None:
        """Say something; what cannot be sent now is kept by the chat, and shown as waiting."""
        answer = self._chat.say(command.room, command.text)
        if not (self._chat.is_connected or answer.called):
            self._waiting[answer] = command.text
            self._model.waits(command.text)
            answer.addBoth(self._waited, answer)
        answer.addErrback(self._failed, command, line)

    def _waited(self, result: Any, answer: Deferred[Any]) -> Any:
        """Note that a waiting line was said, or refused; but not that the end came first."""
        if not (isinstance(result, Failure) and self._is_end(result)):
            self._waiting.pop(answer, None)
        return result

    def _is_end(self, failure: Failure) -> bool:
        return self._model.is_leaving or failure.check(ClientClosed) is not None

    def _ask(self, command: Command, line: str) -> None:
        """Ask what the person wants to know."""
        answer = self._chat.request(command)
        answer.addCallbacks(
            lambda reply: self._wonder(self._model.answered(command, reply)),
            self._failed,
            errbackArgs=(command, without_secrets(line)),
        )
        answer.addCallbacks(lambda _: self._changed(), self._broken)

    def _failed(self, failure: Failure, command: Command, line: str) -> None:
        if isinstance(failure.value, Refusal | ClientError):
            self._model.failed(command, failure.value, line)
            self._changed()
        else:
            self._broken(failure)

    def _wonder(self, questions: tuple[Command, ...]) -> None:
        """Ask what only the model wants to know; it can do without an answer."""
        for question in questions:
            answer = self._chat.request(question)
            answer.addCallbacks(
                partial(self._model.learned, question),
                lambda failure: failure.trap(Refusal, ClientError),
            )
            answer.addCallbacks(lambda _: self._changed(), self._broken)


def _fitting(intent: Intent) -> Intent:
    """Return `intent` if its request fits a line of the protocol; raise `LineTooLong`."""
    match intent:
        case Ask(command):
            size = len(format_request(command)) - 1
        case SayIn(room, text):
            size = len(format_request(Say(room, text, _LONGEST_ID))) - 1
        case _:
            return intent
    limit = DEFAULT_LIMITS.line_bytes
    if size > limit:
        raise _too_long(size - limit)
    return intent


def _too_long(surplus: int) -> LineTooLong:
    refusal = LineTooLong(DEFAULT_LIMITS.line_bytes)
    refusal.sentence = f"This line is {surplus} bytes too long to send. Shorten it, or send parts."
    return refusal
