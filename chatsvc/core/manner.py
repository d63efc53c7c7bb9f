"""How something was said, beside its text: as an action, as a notice, in several lines.

The text itself stays one line without control characters, as every way in shows it. Of a text
that was written in several lines, `BREAK` stands between them, and `More.breaks` tells where
that is; a way in that has lines takes it apart there. So what is searched, exported and shown
anywhere else needs to know nothing of lines.
"""

import enum
from collections.abc import Iterable, Iterator

import attrs

BREAK = " \u23ce "
"""What stands between two lines of one text: a return symbol between spaces."""

ACTION_SIGN = "* "
NOTICE_SIGN = "(notice) "
TAGS_SIGN = "(tags) "
"""What a text begins with where it is shown in one line: an action, a notice, tags alone."""

Tags = tuple[tuple[str, str], ...]
"""What clients say to each other about a message, by key; the server knows no meaning of it."""


class Manner(enum.Enum):
    """How a message is meant; of `TAGS` nothing but its tags, its text only writes them down."""

    MESSAGE = "message"
    ACTION = "action"
    NOTICE = "notice"
    TAGS = "tags"


@attrs.frozen
class More:
    """What a message has beside its text.

    `breaks` are the places in the text where a `BREAK` begins that stands for the end of a line;
    `joints` those where its client had cut a line that belongs together. Both rise.
    """

    manner: Manner = Manner.MESSAGE
    tags: Tags = ()
    breaks: tuple[int, ...] = ()
    joints: tuple[int, ...] = ()

    def or_none(self) -> "More | None":
        """Return None in place of what says nothing."""
        return None if self is NOTHING_MORE or self == NOTHING_MORE else self

    def of_other_text(self) -> "More":
        """Return what is left of it when the message gets another text, in one line."""
        return More(self.manner, self.tags)

    @property
    def tag_bytes(self) -> int:
        """About how many bytes the tags take."""
        return sum(len(key) + len(value) for key, value in self.tags)


NOTHING_MORE = More()

_SIGNS = {
    Manner.MESSAGE: "",
    Manner.ACTION: ACTION_SIGN,
    Manner.NOTICE: NOTICE_SIGN,
    Manner.TAGS: TAGS_SIGN,
}


def shown(text: str, more: More | None) -> str:
    """Return a text as it is shown where there are no manners: `* waves`, `(notice) ...`.

    It is what people write there themselves, so it means the same to readers.
    """
    return text if more is None else f"{_SIGNS[more.manner]}{text}"


@attrs.frozen
class Piece:
    """A part of a text as its client sent it; `is_joined`: it goes on with the one before."""

    text: str
    is_joined: bool = False


def joined(pieces: Iterable[Piece], manner: Manner, tags: Tags) -> tuple[str, More]:
    """Return a text of many lines as one, and what tells how it was cut.

    What is joined and empty is left out.
    """
    text = ""
    breaks, joints = [], []
    for place, piece in enumerate(pieces):
        if place and piece.is_joined and not piece.text:
            continue
        if place and piece.is_joined:
            joints.append(len(text))
        elif place:
            breaks.append(len(text))
            text += BREAK
        text += piece.text
    return text, More(manner, tags, tuple(breaks), tuple(joints))


def pieces_of(text: str, more: More) -> Iterator[Piece]:
    """Return the parts of a text as its client sent them; undoes `joined`."""
    start, is_joined = 0, False
    joints = frozenset(more.joints)
    for place in sorted((*more.breaks, *more.joints)):
        yield Piece(text[start:place], is_joined)
        is_joined = place in joints
        start = place if is_joined else place + len(BREAK)
    yield Piece(text[start:], is_joined)
