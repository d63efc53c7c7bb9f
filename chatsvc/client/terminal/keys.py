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


class _Paste:
    """A paste on its way: the beginning of its text, and how far its end mark has come."""

    def __init__(self) -> None:
        self.is_over = False
        self._kept: list[str] = []
        self._room = PASTE_LIMIT
        self._tail = ""

    @property
    def text(self) -> str:
        """What was pasted so far, no more than is kept of a paste."""
        return "".join(self._kept) + _without_end(self._tail)[: self._room]

    def take(self, text: str, start: int) -> int:
        """Take `text` from `start` on, up to the end mark; return the position behind it."""
        whole = self._tail + text[start:]
        end = whole.find(_PASTE_END)
        self.is_over = end >= 0
        # The last few characters may be the first of the mark.
        inside = end if self.is_over else max(0, len(whole) - len(_PASTE_END) + 1)
        self._keep(whole[:inside])
        if not self.is_over:
            self._tail = whole[inside:]
            return len(text)
        behind = end + len(_PASTE_END) - len(self._tail)
        self._tail = ""
        return start + behind

    def _keep(self, text: str) -> None:
        if kept := text[: self._room]:
            self._kept.append(kept)
            self._room -= len(kept)


class KeyDecoder:
    """Turn chunks of bytes into keys."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = ""
        self._paste: _Paste | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether a sequence, a string or a paste is unfinished, which `flush` would end."""
        return bool(self._pending) or self.is_pasting

    @property
    def is_pasting(self) -> bool:
        """Whether a paste has begun and not ended."""
        return self._paste is not None

    def feed(self, data: bytes) -> list[Key]:
        """Take the next bytes and return the keys that are complete now."""
        text = self._decoder.decode(data)
        keys: list[Key] = []
        position = 0
        while position < len(text):
            if self._paste is None:
                keys.extend(self._take(text[position]))
                position += 1
            else:
                position = self._paste.take(text, position)
                keys.extend(self._pasted())
        return keys

    def flush(self) -> list[Key]:
        """End what is unfinished, as nothing more of it is coming.

        An Escape or a part of a sequence is forgotten; a paste is a key as far as it came.
        """
        self._pending = ""
        if self._paste is not None:
            self._paste.is_over = True
        return list(self._pasted())

    def _pasted(self) -> Iterator[Key]:
        if self._paste is not None and self._paste.is_over:
            text, self._paste = self._paste.text, None
            yield Pasted(_cleaned(text))

    def _take(self, character: str) -> Iterator[Key]:
        if self._pending or character == "\x1b":
            yield from self._take_pending(character)
        elif name := _CONTROLS.get(character):
            yield Pressed(name)
        elif not _is_control(character):
            yield Typed(character)

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
            self._paste = _Paste()
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
    """Return `text` without the beginning of an end mark that it ends in."""
    for length in range(len(_PASTE_END) - 1, 0, -1):
        if text.endswith(_PASTE_END[:length]):
            return text[:-length]
    return text


def _cleaned(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(
        character for character in text if character == "\n" or not _is_control(character)
    )
