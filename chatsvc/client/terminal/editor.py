"""A line editor without a terminal: text, a cursor, and what keys do to them.

The text is a list of graphemes, so no key ever takes half of what a person sees as one
character. A pasted text of several lines stays one text with line breaks in it, which
are drawn as "⏎"; it is sent line by line when Enter is pressed. Passwords are drawn as
stars and not remembered. Nothing here knows rooms, colours or Twisted.
"""

from collections.abc import Callable

import attrs

from chatsvc.client.terminal.graphemes import Grapheme, graphemes
from chatsvc.client.terminal.history import InputHistory
from chatsvc.client.terminal.secrets import HIDDEN, has_secrets, secrets_begin

INPUT_BYTES = 16_384
"""Most bytes (UTF-8) in the editor; four request lines, so that a paste of a few lines fits."""

_LINE_BREAK = Grapheme("\n", "\N{RETURN SYMBOL}", 1)


@attrs.frozen
class EditorView:
    """The part of the line that fits a width: its text and the cursor's column in it."""

    text: str
    cursor: int


class LineEditor:
    """Edit one line.

    Invariants: the cursor is between two graphemes, 0 to the number of graphemes; the
    text holds no control character but LF and at most `limit` bytes.
    """

    def __init__(self, limit: int = INPUT_BYTES) -> None:
        self._limit = limit
        self._graphemes: list[Grapheme] = []
        self._cursor = 0
        self._left = 0
        self._killed = ""
        self._history = InputHistory()

    @property
    def text(self) -> str:
        """The whole text."""
        return _join(self._graphemes)

    @property
    def before(self) -> str:
        """The text before the cursor."""
        return _join(self._graphemes[: self._cursor])

    @property
    def after(self) -> str:
        """The text behind the cursor."""
        return _join(self._graphemes[self._cursor :])

    @property
    def cursor(self) -> int:
        """How many graphemes are before the cursor."""
        return self._cursor

    # Changing the text

    def insert(self, text: str) -> bool:
        """Put `text` in at the cursor; False if only its beginning fitted the limit."""
        room = self._limit - len(self.text.encode())
        fitting = _cut_bytes(text, room)
        self._set(self.before + fitting, self.after)
        return fitting == text

    def replace_before(self, length: int, text: str) -> None:
        """Put `text` in the place of the last `length` characters before the cursor."""
        before = self.before
        self._set(_cut_bytes(before[: len(before) - length] + text, self._limit), self.after)

    def restore(self, text: str) -> None:
        """Replace the whole text, with the cursor at its end."""
        self._set(_cut_bytes(text, self._limit), "")

    def submit(self) -> str:
        """Return the whole text, remember it in the history, and start a new line.

        A text with a password is not remembered.
        """
        text = self.text
        if not any(map(has_secrets, text.split("\n"))):
            self._history.add(text)
        self.restore("")
        return text

    def backspace(self) -> None:
        """Take away the grapheme before the cursor."""
        self._remove(self._cursor - 1, self._cursor)

    def delete(self) -> None:
        """Take away the grapheme behind the cursor."""
        self._remove(self._cursor, self._cursor + 1)

    # Moving

    def left(self) -> None:
        """Move one grapheme to the left."""
        self._cursor = max(0, self._cursor - 1)

    def right(self) -> None:
        """Move one grapheme to the right."""
        self._cursor = min(len(self._graphemes), self._cursor + 1)

    def home(self) -> None:
        """Move to the beginning."""
        self._cursor = 0

    def end(self) -> None:
        """Move behind the last grapheme."""
        self._cursor = len(self._graphemes)

    def word_left(self) -> None:
        """Move to the beginning of the word, or of the one before."""
        self._cursor = self._word_start(_is_word)

    def word_right(self) -> None:
        """Move to the end of the word, or of the next one."""
        self._cursor = self._word_end()

    # Killing and yanking

    def kill_to_end(self) -> None:
        """Cut what is behind the cursor."""
        self._kill(self._cursor, len(self._graphemes))

    def kill_to_start(self) -> None:
        """Cut what is before the cursor."""
        self._kill(0, self._cursor)

    def kill_blank_word(self) -> None:
        """Cut back to the last blank."""
        self._kill(self._word_start(_is_solid), self._cursor)

    def kill_word_left(self) -> None:
        """Cut back to the beginning of the word."""
        self._kill(self._word_start(_is_word), self._cursor)

    def kill_word_right(self) -> None:
        """Cut to the end of the word."""
        self._kill(self._cursor, self._word_end())

    def yank(self) -> None:
        """Put in what was cut last."""
        self.insert(self._killed)

    # History

    def older(self) -> None:
        """Show the line entered before this one."""
        self._recall(self._history.older(self.text))

    def newer(self) -> None:
        """Show the line entered after this one, at last the unsent draft."""
        self._recall(self._history.newer())

    # Looking

    def view(self, width: int) -> EditorView:
        """Return what is seen through a window of `width` columns that holds the cursor.

        The window moves as little as it can, but leaves no room unused; with a width of 0
        nothing is seen.
        """
        self._scroll(width)
        shown: list[str] = []
        room = width
        for grapheme in self._graphemes[self._left :]:
            room -= grapheme.width
            if room < 0:
                break
            shown.append(grapheme.shown)
        return EditorView("".join(shown), self._columns_before_cursor())

    def _scroll(self, width: int) -> None:
        self._left = min(self._left, self._cursor)
        surplus = self._columns_before_cursor() - max(0, width - 1)
        while self._left < self._cursor and surplus > 0:
            surplus -= self._graphemes[self._left].width
            self._left += 1
        room = width - 1 - sum(grapheme.width for grapheme in self._graphemes[self._left :])
        while self._left and (room := room - self._graphemes[self._left - 1].width) >= 0:
            self._left -= 1

    def _columns_before_cursor(self) -> int:
        return sum(grapheme.width for grapheme in self._graphemes[self._left : self._cursor])

    def _set(self, before: str, after: str) -> None:
        """Make the text `before` + `after`, the cursor behind the grapheme `before` ends in."""
        text = "".join(filter(_is_kept, before + after))
        offset = len(text) - len("".join(filter(_is_kept, after)))
        self._graphemes = _segmented(text)
        self._cursor = 0
        while offset > 0:
            offset -= len(self._graphemes[self._cursor].text)
            self._cursor += 1

    def _remove(self, start: int, end: int) -> None:
        if 0 <= start < end:
            self._set(_join(self._graphemes[:start]), _join(self._graphemes[end:]))

    def _kill(self, start: int, end: int) -> None:
        if start < end:
            self._killed = _join(self._graphemes[start:end])
            self._remove(start, end)

    def _recall(self, line: str | None) -> None:
        if line is not None:
            self.restore(line)

    def _word_start(self, belongs: Callable[[Grapheme], bool]) -> int:
        position = self._cursor
        while position and not belongs(self._graphemes[position - 1]):
            position -= 1
        while position and belongs(self._graphemes[position - 1]):
            position -= 1
        return position

    def _word_end(self) -> int:
        position, end = self._cursor, len(self._graphemes)
        while position < end and not _is_word(self._graphemes[position]):
            position += 1
        while position < end and _is_word(self._graphemes[position]):
            position += 1
        return position


def _segmented(text: str) -> list[Grapheme]:
    first, *others = text.split("\n")
    whole = _segmented_line(first)
    for line in others:
        whole.append(_LINE_BREAK)
        whole.extend(_segmented_line(line))
    return whole


def _segmented_line(line: str) -> list[Grapheme]:
    start = secrets_begin(line)
    hidden = (attrs.evolve(each, shown=HIDDEN, width=1) for each in graphemes(line[start:]))
    return [*graphemes(line[:start]), *hidden]


def _join(parts: list[Grapheme]) -> str:
    return "".join(part.text for part in parts)


def _cut_bytes(text: str, limit: int) -> str:
    data = text.encode("utf-8", "replace")
    return text if len(data) <= limit else data[: max(0, limit)].decode("utf-8", "ignore")


def _is_kept(character: str) -> bool:
    return character == "\n" or not (character < " " or "\x7f" <= character <= "\x9f")


def _is_word(grapheme: Grapheme) -> bool:
    return grapheme.text[0].isalnum() or grapheme.text[0] == "_"


def _is_solid(grapheme: Grapheme) -> bool:
    return not grapheme.text[0].isspace()
