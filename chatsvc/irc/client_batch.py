"""Batches that clients send: one text of many lines.

    @label=L;+tags BATCH +123 draft/multiline #room
    @batch=123 PRIVMSG #room :first line
    @batch=123 PRIVMSG #room :a long
    @batch=123;draft/multiline-concat PRIVMSG #room : line
    BATCH -123

Nothing of it is carried out before its end. Source:
https://ircv3.net/specs/extensions/multiline, https://ircv3.net/specs/extensions/client-batch
"""

import attrs

from chatsvc.irc.message import Message, Tags, client_only
from chatsvc.irc.replies import Refused, failure

MULTILINE = "draft/multiline"
CONCAT = "draft/multiline-concat"

MOST_BYTES = 4096
"""Longest text of all lines together, with a byte for each line break; as `line_bytes`."""

MOST_LINES = 32
"""Lines of one text; more are a flood."""

VALUE = f"max-bytes={MOST_BYTES},max-lines={MOST_LINES}"
"""What the capability tells."""

_BATCH = "BATCH"
_COMMANDS = frozenset({"PRIVMSG", "NOTICE"})
_LONGEST_REFERENCE = 64


@attrs.frozen
class Part:
    """One line as it was sent; `is_joined`: it goes on with the line before it."""

    text: str
    is_joined: bool = False


@attrs.frozen
class Multiline:
    """A text of many lines, with the tags and the label of the whole."""

    command: str
    target: str
    parts: tuple[Part, ...]
    tags: Tags
    label: str

    @property
    def text(self) -> str:
        """The whole text, with a line feed between lines."""
        text = ""
        for number, part in enumerate(self.parts):
            text += part.text if part.is_joined or not number else f"\n{part.text}"
        return text


class RefusedBatch:
    """A batch that was refused: "all past and future messages in this batch will be ignored"."""

    def __init__(self, reference: str) -> None:
        self._reference = reference

    def has(self, message: Message) -> bool:
        """Tell whether a line is in it, or ends it."""
        if message.command == _BATCH:
            return message.param(0) == f"-{self._reference}"
        return message.tags.get("batch") == self._reference


class ClientBatch:
    """A batch under way; made with the line that opens it, of which it holds a bounded amount.

    Raises `Refused`; what else comes of the batch then is for a `RefusedBatch`.
    """

    def __init__(self, opening: Message) -> None:
        self.reference = opening.param(0)[1:]
        self.target = opening.param(2)
        self.label = opening.label
        self._tags = client_only(opening.tags)
        self._command = ""
        self._parts: list[Part] = []
        self._size = 0
        kind = opening.param(1)
        if not self._is_reference():
            text = "A reference has letters, digits and -"
            raise self._refused("INVALID_REFTAG", self.reference, text=text)
        if kind != MULTILINE:
            text = "There is no such type of batch"
            raise self._refused("UNKNOWN_TYPE", self.reference, kind, text=text)
        if not self.target:
            raise self._refused("MULTILINE_INVALID", text="Say whom it is for")

    def _is_reference(self) -> bool:
        plain = self.reference.replace("-", "")
        return plain.isascii() and plain.isalnum() and len(self.reference) <= _LONGEST_REFERENCE

    def feed(self, message: Message) -> Multiline | None:
        """Take the next line; return the whole text when it was the last."""
        if message.command == _BATCH:
            return self._end(message)
        self._check(message)
        part = Part(message.param(1), CONCAT in message.tags)
        if part.is_joined and not part.text:
            raise self._refused("MULTILINE_INVALID", text="A blank line cannot be joined")
        self._size += len(part.text.encode()) + bool(self._parts and not part.is_joined)
        if self._size > MOST_BYTES:
            raise self._refused("MULTILINE_MAX_BYTES", str(MOST_BYTES), text="Too many bytes")
        if len(self._parts) >= MOST_LINES:
            raise self._refused("MULTILINE_MAX_LINES", str(MOST_LINES), text="Too many lines")
        self._parts.append(part)
        return None

    def _check(self, message: Message) -> None:
        """Make sure that a line belongs here."""
        if message.tags.get("batch") != self.reference:
            raise self._refused("MULTILINE_INVALID", text="A line is not of the batch begun")
        if message.command not in _COMMANDS or message.command != (
            self._command or message.command
        ):
            raise self._refused("MULTILINE_INVALID", text="All lines are PRIVMSG, or all NOTICE")
        if message.param(0) != self.target:
            raise self._refused(
                "MULTILINE_INVALID_TARGET",
                self.target,
                message.param(0),
                text="All lines go where the batch goes",
            )
        self._command = message.command

    def _end(self, message: Message) -> Multiline:
        if message.param(0) != f"-{self.reference}":
            raise self._refused("MULTILINE_INVALID", text="Another batch is under way")
        if not any(part.text for part in self._parts):
            raise self._refused("MULTILINE_INVALID", text="There is no text in it")
        return Multiline(self._command, self.target, tuple(self._parts), self._tags, self.label)

    def _refused(self, code: str, *context: str, text: str) -> Refused:
        return Refused(failure(_BATCH, code, *context, text=text), self.label)
