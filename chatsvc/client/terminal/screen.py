"""The model as a screen: lines of the room, a status line, the line being typed.

    ! 10:03 [lobby] bob: ann, are you there?
     lobby: 42 messages, 3 here | dev 2 new | ann at Friday server | connected
    lobby> half a line_

`Window` remembers how far one has scrolled back; everything else is computed from the
model. Where there are few rows, the lines go first, then the status line.
"""

from collections.abc import Iterable, Iterator
from itertools import dropwhile, takewhile

from chatsvc.client.terminal.dress import dressed, status_row
from chatsvc.client.terminal.editor import LineEditor
from chatsvc.client.terminal.graphemes import columns
from chatsvc.client.terminal.model import Model
from chatsvc.client.terminal.paint import Frame
from chatsvc.client.terminal.rows import Row, Span, Style, wrap
from chatsvc.client.terminal.views import Entry

_NARROW = 40
"""Columns under which times are left out."""

_INDENT = 8
"""Columns by which the later rows of a line are indented: as wide as the time."""

_WRAPPED_LINES_KEPT = 2000


class Window:
    """A view of one model through a screen of any size; `colour`: it shows colours."""

    def __init__(self, model: Model, editor: LineEditor, colour: bool) -> None:
        self._model = model
        self._editor = editor
        self._filler = " " if colour else "-"
        self._width, self._height = 80, 24
        self._bottom: int | None = None
        self._wrapped: dict[int, list[Row]] = {}

    def resize(self, width: int, height: int) -> None:
        """Use a screen of `width` columns and `height` rows; at least one of each."""
        self._width, self._height = max(1, width), max(1, height)
        self._wrapped.clear()

    # Scrolling

    @property
    def is_scrolled(self) -> bool:
        """Whether there are newer lines below the screen."""
        return self._bottom is not None

    def to_end(self) -> None:
        """Look at the newest lines, and stay with them."""
        self._bottom = None

    def page_up(self) -> None:
        """Look at older lines: what is at the top goes to the bottom."""
        entries = list(self._from_bottom())
        top = list(self._filling(reversed(entries)))
        if self._height_of(top) <= self._room and len(top) == len(entries):
            return
        page = max(2, len(list(self._filling(iter(entries)))))
        # No further than to where the oldest line is at the top.
        whole = len(top) - (len(top) > 1 and self._height_of(top) > self._room)
        self._bottom = max(entries[min(page, len(entries)) - 1].order, top[whole - 1].order)

    def page_down(self) -> None:
        """Look at newer lines: what is at the bottom goes to the top."""
        if self._bottom is None:
            return
        bottom = self._bottom
        newer = list(takewhile(lambda entry: entry.order >= bottom, self._model.shown()))
        page = max(2, len(list(self._filling(reversed(newer)))))
        self._bottom = newer[-page].order if page < len(newer) else None

    @property
    def _room(self) -> int:
        """How many rows there are for lines."""
        return max(0, self._height - 2)

    def _from_bottom(self) -> Iterator[Entry]:
        """Return the entries from the lowest one on the screen upwards."""
        bottom = self._bottom
        if bottom is None:
            return self._model.shown()
        return dropwhile(lambda entry: entry.order > bottom, self._model.shown())

    def _filling(self, entries: Iterator[Entry]) -> Iterator[Entry]:
        """Yield entries until they fill the screen, at least one."""
        room = self._room
        for entry in entries:
            yield entry
            room -= len(self._rows_of(entry))
            if room <= 0:
                return

    def _height_of(self, entries: Iterable[Entry]) -> int:
        return sum(len(self._rows_of(entry)) for entry in entries)

    # Drawing

    def frame(self) -> Frame:
        """Return the screen as it should look now."""
        prompt = self._prompt()
        view = self._editor.view(self._width - columns(prompt))
        rows = [*self._line_rows(), (Span(prompt, Style.PROMPT), Span(view.text))]
        if self._height > 1:
            rows.insert(-1, self._status())
        cursor = min(self._width - 1, columns(prompt) + view.cursor)
        return Frame(self._width, tuple(rows), (cursor, self._height - 1))

    def _prompt(self) -> str:
        room = self._model.place.current
        prompt = f"{room or ''}> "
        if columns(prompt) * 3 <= self._width:
            return prompt
        return "> " if self._width >= 8 else ""

    def _status(self) -> Row:
        return status_row(self._model, self._width, self.is_scrolled, self._filler)

    def _line_rows(self) -> list[Row]:
        """Return the rows above the status line; lines stand at the bottom."""
        room = self._room
        rows: list[Row] = []
        for entry in self._filling(self._from_bottom()) if room else ():
            rows.extend(reversed(self._rows_of(entry)))
        blank: list[Row] = [()] * (room - len(rows))
        return [*blank, *reversed(rows[:room])]

    def _rows_of(self, entry: Entry) -> list[Row]:
        rows = self._wrapped.get(entry.order)
        if rows is None:
            if len(self._wrapped) >= _WRAPPED_LINES_KEPT:
                self._wrapped.clear()
            spans = dressed(entry, with_time=self._width >= _NARROW)
            rows = self._wrapped[entry.order] = wrap(spans, self._width, _INDENT)
        return rows
