"""Text as a terminal shows it: graphemes, their columns, and breaking lines.

A *grapheme* is what a person takes for one character: a letter with its accents, a
family emoji, a flag. It is the unit of the cursor, of deleting and of line breaks.
Everything that other people wrote reaches the screen through `graphemes`, which is
where control characters are taken out.
"""

import unicodedata
from functools import lru_cache

import attrs
from wcwidth import iter_graphemes, wcswidth

from chatsvc.core.text import printable

_CARRIER = "\N{DOTTED CIRCLE}"


@attrs.frozen
class Grapheme:
    """One character for people: its text, what is drawn for it, and its width in columns.

    `shown` is safe for a terminal and exactly `width` columns wide (0 to 2, rarely more).
    """

    text: str
    shown: str
    width: int


def graphemes(text: str) -> list[Grapheme]:
    """Return the graphemes of `text`, unsafe characters shown as U+FFFD."""
    if text.isascii() and text.isprintable():
        return [_grapheme(character) for character in text]
    return [_grapheme(part) for part in iter_graphemes(text)]


@lru_cache(maxsize=4096)
def _grapheme(text: str) -> Grapheme:
    shown = printable(text)
    width = max(0, wcswidth(shown))
    if width == 0:
        shown = _carried(shown)
        width = len(shown[:1])
    return Grapheme(text, shown, width)


def _carried(shown: str) -> str:
    """Give a lone combining mark something to stand on; hide what has no shape at all."""
    if shown and unicodedata.category(shown[0]) in ("Mn", "Me"):
        return _CARRIER + shown
    return ""


def columns(text: str) -> int:
    """Return how many columns `text` takes."""
    return sum(grapheme.width for grapheme in graphemes(text))
