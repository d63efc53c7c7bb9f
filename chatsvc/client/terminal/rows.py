"""Rows of styled text: the only thing that is ever drawn.

A row is a sequence of spans; a span is text in one style. Text enters a row through
`wrap` or `fit`, which measure it in columns and take control characters out, so a row
is never wider than it was asked to be and cannot move the cursor.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto
from itertools import groupby

import attrs

from chatsvc.client.terminal.graphemes import Grapheme, graphemes


class Style(Enum):
    """What a span is; `paint` decides how that looks."""

    PLAIN = auto()
    TIME = auto()
    ROOM = auto()
    NOTICE = auto()
    OWN = auto()
    DIRECT = auto()
    MENTION = auto()
    PROBLEM = auto()
    PROMPT = auto()
    STATUS = auto()
    STATUS_ALERT = auto()
    NICK_1 = auto()
    NICK_2 = auto()
    NICK_3 = auto()
    NICK_4 = auto()
    NICK_5 = auto()
    NICK_6 = auto()


_NICKS = (Style.NICK_1, Style.NICK_2, Style.NICK_3, Style.NICK_4, Style.NICK_5, Style.NICK_6)


def nick_style(nick: str) -> Style:
    """Return the style of a nick; always the same for the same nick."""
    return _NICKS[zlib.crc32(nick.encode()) % len(_NICKS)]


@attrs.frozen
class Span:
    """Text in one style."""

    text: str
    style: Style = Style.PLAIN


Row = tuple[Span, ...]
"""One row of the screen."""

_Cell = tuple[Grapheme, Style]


def fit(spans: Iterable[Span], width: int) -> Row:
    """Return what fits into `width` columns from the beginning of `spans`."""
    cells = []
    for cell in _cells(spans):
        width -= cell[0].width
        if width < 0:
            break
        cells.append(cell)
    return _row(cells)


def wrap(spans: Iterable[Span], width: int, indent: int = 0) -> list[Row]:
    """Break `spans` into rows of at most `width` columns, at blanks where possible.

    Rows after the first begin with `indent` blanks, unless that takes half the width.
    A grapheme that is wider than a whole row is left out.
    """
    indent = indent if indent * 2 < width else 0
    cells = [cell for cell in _cells(spans) if cell[0].width <= width - indent]
    return list(_wrapped(cells, width, indent))


def row_width(row: Row) -> int:
    """Return how many columns `row` takes."""
    return sum(cell[0].width for cell in _cells(row))


def _cells(spans: Iterable[Span]) -> Iterator[_Cell]:
    for span in spans:
        for grapheme in graphemes(span.text):
            yield grapheme, span.style


def _wrapped(cells: Sequence[_Cell], width: int, indent: int) -> Iterator[Row]:
    start, margin = 0, 0
    while True:
        end = _row_end(cells, start, width - margin)
        yield _row(cells[start:end], margin)
        start, margin = end, indent
        while start < len(cells) and cells[start][0].text == " ":
            start += 1
        if start >= len(cells):
            return


def _row_end(cells: Sequence[_Cell], start: int, width: int) -> int:
    """Return where a row that begins at `start` ends: all, the last blank, or what fits."""
    end = start
    while end < len(cells) and (width := width - cells[end][0].width) >= 0:
        end += 1
    if end == len(cells):
        return end
    for blank in range(end, start, -1):
        if cells[blank][0].text == " ":
            return blank
    return end


def _row(cells: Sequence[_Cell], margin: int = 0) -> Row:
    row = [Span(" " * margin)] if margin else []
    for style, group in groupby(cells, key=lambda cell: cell[1]):
        row.append(Span("".join(grapheme.shown for grapheme, _ in group), style))
    return tuple(row)
