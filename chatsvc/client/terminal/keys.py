r"""From the bytes a terminal sends to keys, without any I/O.

    key      = text / control / ESC text            (the last is Alt+text)
    sequence = ESC "[" parameters final / ESC "O" final / ESC ESC sequence
    string   = ESC one-of("]" "P" "X" "^" "_") ... (BEL / ESC "\")
    paste    = ESC "[200~" ... ESC "[201~"          (bracketed paste)

UTF-8 is put together across chunks. A sequence nobody knows gives no key at all; its
bytes are never taken for typed text. Names of keys are `enter`, `left`, `page-up`,
`ctrl-a`, `alt-b`, with modifiers in the order ctrl, alt, shift: `ctrl-alt-left`.
"""

import codecs
import re
from collections.abc import Iterator

import attrs

PASTE_LIMIT = 65_536
"""Characters of one paste that are kept; the rest is dropped."""

_LONGEST_SEQUENCE = 32
_LONGEST_STRING = 1024
_PASTE_START, _PASTE_END = "\x1b[200~", "\x1b[201~"
_UNFINISHED = re.compile(r"\x1b{1,2}(\[\[?[0-?]*[ -/]*|O)?|\x1b[]PX^_]")
_UNFINISHED_STRING = re.compile(r"\x1b[]PX^_].*", re.DOTALL)


@attrs.frozen
class Typed:
    """One printable character (code point) that was typed."""

    text: str


@attrs.frozen
class Pasted:
    """What was pasted: line breaks are LF, other control characters are gone."""

    text: str


@attrs.frozen
class Pressed:
    """A key that is not text."""

    name: str


Key = Typed | Pasted | Pressed
"""Anything a person can do on a keyboard."""

_CONTROLS = {
    "\r": "enter",
    "\n": "enter",
    "\t": "tab",
    "\x7f": "backspace",
    "\x08": "backspace",
    "\x1f": "ctrl-_",
} | {
    chr(number): f"ctrl-{chr(number + 96)}"
    for number in range(1, 27)
    if number not in (8, 9, 10, 13)
}

_FINALS = {
    "A": "up",
    "B": "down",
    "C": "right",
    "D": "left",
    "F": "end",
    "H": "home",
    "M": "enter",
    "Z": "shift-tab",
}

_TILDES = {
    "1": "home",
    "2": "insert",
    "3": "delete",
    "4": "end",
    "5": "page-up",
    "6": "page-down",
    "7": "home",
    "8": "end",
}


class KeyDecoder:
    """Turn chunks of bytes into keys."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = ""
        self._pasted: list[str] | None = None
        self._pasted_length = 0

    @property
    def is_waiting(self) -> bool:
        """Whether there is an Escape or an unfinished string that `flush` would forget."""
        return self._pasted is None and (self._pending == "\x1b" or self._in_string())

    def feed(self, data: bytes) -> list[Key]:
        """Take the next bytes and return the keys that are complete now."""
        keys: list[Key] = []
        for character in self._decoder.decode(data):
            keys.extend(self._take(character))
        return keys

    def flush(self) -> None:
        """Forget a lone Escape or an unfinished string: nothing more of it is coming."""
        if self.is_waiting:
            self._pending = ""

    def _take(self, character: str) -> Iterator[Key]:
        if self._pasted is not None:
            yield from self._take_pasted(character)
        elif self._pending or character == "\x1b":
            yield from self._take_pending(character)
        elif name := _CONTROLS.get(character):
            yield Pressed(name)
        elif not _is_control(character):
            yield Typed(character)

    def _take_pasted(self, character: str) -> Iterator[Key]:
        assert self._pasted is not None
        self._pending = (self._pending + character)[-len(_PASTE_END) :]
        self._pasted_length += 1
        if self._pasted_length <= PASTE_LIMIT:
            self._pasted.append(character)
        if self._pending == _PASTE_END:
            text = _without_end("".join(self._pasted))
            self._pasted, self._pending = None, ""
            yield Pasted(_cleaned(text))

    def _take_pending(self, character: str) -> Iterator[Key]:
        if self._in_string():
            yield from self._take_string(character)
            return
        if _is_control(character) and "[" in self._pending:
            self._pending = ""
            yield from self._take(character)
            return
        self._pending += character
        if not _UNFINISHED.fullmatch(self._pending) or len(self._pending) > _LONGEST_SEQUENCE:
            yield from self._complete()

    def _complete(self) -> Iterator[Key]:
        sequence, self._pending = self._pending, ""
        if sequence == _PASTE_START:
            self._pasted, self._pasted_length = [], 0
        elif key := _key_of(sequence):
            yield key

    def _in_string(self) -> bool:
        return _UNFINISHED_STRING.fullmatch(self._pending) is not None

    def _take_string(self, character: str) -> Iterator[Key]:
        """Skip what terminals say about themselves; any other control character ends it."""
        before, self._pending = self._pending, ""
        if before.endswith("\x1b") and character != "\\":
            self._pending = "\x1b"
            yield from self._take(character)
        elif character == "\x1b" or not (_is_control(character) or before.endswith("\x1b")):
            self._pending = (before + character) if len(before) < _LONGEST_STRING else ""
        elif character not in ("\x07", "\x9c", "\\"):
            yield from self._take(character)


def _is_control(character: str) -> bool:
    return character < " " or "\x7f" <= character <= "\x9f"


def _key_of(sequence: str) -> Key | None:
    """Return the key that a complete sequence stands for, None if it is not known."""
    body = sequence[1:]
    alt = body[:1] == "\x1b" and len(body) > 1
    body = body[1:] if alt else body
    if body[0] in "[O" and len(body) > 1:
        return _named(body[1:-1], body[-1], alt)
    if name := _CONTROLS.get(body):
        return Pressed(f"alt-{name}")
    return None if _is_control(body[0]) else Pressed(f"alt-{body}")


def _named(parameters: str, final: str, alt: bool) -> Key | None:
    first, _, modifier = parameters.partition(";")
    name = _TILDES.get(first) if final == "~" else _FINALS.get(final)
    if name is None:
        return None
    return Pressed(_modifiers(modifier, alt) + name)


def _modifiers(parameter: str, alt: bool) -> str:
    """Return the prefix for xterm's modifier parameter: 1 + shift 1 + alt 2 + control 4."""
    bits = int(parameter) - 1 if parameter.isascii() and parameter.isdigit() else 0
    words = [("ctrl-", bits & 4), ("alt-", bits & 2 or alt), ("shift-", bits & 1)]
    return "".join(word for word, held in words if held)


def _without_end(text: str) -> str:
    """Return `text` without the mark that ended it, or the part of it that was kept."""
    for length in range(len(_PASTE_END), 0, -1):
        if text.endswith(_PASTE_END[:length]):
            return text[:-length]
    return text


def _cleaned(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(
        character for character in text if character == "\n" or not _is_control(character)
    )
