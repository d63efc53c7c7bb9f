"""From frames to the bytes that draw them on a VT100-like terminal.

`Painter` remembers what is on the screen and sends only the rows that changed, each
one whole and at an absolute position: where our idea of a character's width and the
terminal's differ, nothing but that one row can look wrong, and wrapping is off so that
it stays in its row.
"""

import attrs

from chatsvc.client.terminal.rows import Row, Span, Style

ENTER_SCREEN = b"\x1b[?1049h\x1b[?7l\x1b[?2004h\x1b[2J"
"""Go to the alternate screen; do not wrap; mark what is pasted; start empty."""

LEAVE_SCREEN = b"\x1b[0m\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l"
"""Undo all that `ENTER_SCREEN` and a `Painter` did."""

_HIDE_CURSOR, _SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"

# Parameters of SGR (ECMA-48) in the sixteen colours that every palette defines.
_LOOKS = {
    Style.TIME: "90",
    Style.ROOM: "36",
    Style.NOTICE: "90",
    Style.OWN: "1",
    Style.DIRECT: "35",
    Style.MENTION: "1;33",
    Style.PROBLEM: "31",
    Style.PROMPT: "36",
    Style.STATUS: "7",
    Style.STATUS_ALERT: "1;7;33",
    Style.NICK_1: "32",
    Style.NICK_2: "34",
    Style.NICK_3: "33",
    Style.NICK_4: "92",
    Style.NICK_5: "94",
    Style.NICK_6: "96",
}


@attrs.frozen
class Frame:
    """A whole screen: its rows from the top, and the cursor (column and row from 0)."""

    width: int
    rows: tuple[Row, ...]
    cursor: tuple[int, int]


class Painter:
    """Draw frames one after the other."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour
        self._drawn: list[str] = []
        self._size = (0, 0)
        self._cursor = (-1, -1)

    def forget(self) -> None:
        """Draw everything anew next time, whatever is on the screen."""
        self._size = (0, 0)

    def paint(self, frame: Frame) -> bytes:
        """Return the bytes that turn the frame before into `frame`; empty if it is the same."""
        drawing: list[str] = []
        if self._size != (frame.width, len(frame.rows)):
            drawing.append("\x1b[2J")
            self._size, self._drawn = (frame.width, len(frame.rows)), [""] * len(frame.rows)
        for number, row in enumerate(frame.rows):
            drawing.extend(self._paint_row(number, row))
        if not drawing and frame.cursor == self._cursor:
            return b""
        self._cursor = frame.cursor
        column, line = frame.cursor
        move = f"\x1b[{line + 1};{column + 1}H"
        return "".join((_HIDE_CURSOR, *drawing, move, _SHOW_CURSOR)).encode()

    def _paint_row(self, number: int, row: Row) -> list[str]:
        text = "".join(map(self._paint_span, row))
        if self._drawn[number] == text:
            return []
        self._drawn[number] = text
        return [f"\x1b[{number + 1}H\x1b[K{text}"]

    def _paint_span(self, span: Span) -> str:
        look = _LOOKS.get(span.style)
        return f"\x1b[{look}m{span.text}\x1b[0m" if self._colour and look else span.text
