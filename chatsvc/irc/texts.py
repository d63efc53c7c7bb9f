r"""Texts as IRC clients write them and as they are shown: formatting codes, CTCP, long ones.

Our core takes no control characters: nothing that a user typed reaches a terminal as one.
IRC clients send some, so at this way in (https://modern.ircdocs.horse/formatting.html):

    what                                        becomes
    bold, italics, underline, strikethrough,    nothing; the text stays
      monospace, reverse, reset (02 1D 1F 1E
      11 16 0F), bell (07)
    colours (03, 04) with their numbers         nothing
    tabulator (09)                              a space
    \x01ACTION text\x01                         an action (/me)
    \x01VERSION\x01 and other CTCP              passed on to IRC clients, kept nowhere
    \x01 anywhere else                          nothing
    any other control character                 refused by the core, as at every way in
"""

import enum
import re
import unicodedata

import attrs

from chatsvc.core.text import printable

DELIMITER = "\x01"
"""What stands about a CTCP message (https://modern.ircdocs.horse/ctcp.html)."""

ACTION = "ACTION"
"""The CTCP command that is `/me`."""

_CODES = re.compile(
    "\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?"
    "|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?"
    "|[\x01\x02\x07\x0f\x11\x16\x1d\x1e\x1f]"
)
_CTCP = re.compile("\x01([^\x01 ]+)(?: ([^\x01]*))?\x01?")

_JOINERS = frozenset("\u200d\ufe0e\ufe0f")
_MOST_STEPS_BACK = 32
"""Characters that a cut is moved back at most, for marks and joined emoji."""


class Manner(enum.Enum):
    """How something is said."""

    MESSAGE = "message"
    ACTION = "action"
    CTCP = "ctcp"


@attrs.frozen
class Spoken:
    """What a client said: `verb` is the CTCP command, "" where it is none."""

    manner: Manner
    text: str
    verb: str = ""


def plain(text: str) -> str:
    """Return `text` without formatting codes; other control characters stay, to be refused."""
    if text.isprintable():
        return text
    return _CODES.sub("", text).replace("\t", " ")


def presentable(text: str) -> str:
    """Return `text` as it may be shown; for what is not refused, such as why somebody goes."""
    return printable(plain(text))


def parse_spoken(text: str) -> Spoken:
    """Return what is said by the text of a PRIVMSG or NOTICE.

    "CTCP [...] messages [...] begin with a CTCP delimiter"; the one at the end may be missing.
    """
    if not text.startswith(DELIMITER):
        return Spoken(Manner.MESSAGE, plain(text))
    found = _CTCP.fullmatch(text)
    if found is None:
        return Spoken(Manner.MESSAGE, plain(text))
    verb, rest = plain(found[1]).upper(), plain(found[2] or "")
    if not verb:
        return Spoken(Manner.MESSAGE, rest)
    if verb == ACTION:
        return Spoken(Manner.ACTION, rest)
    return Spoken(Manner.CTCP, rest, verb)


def format_ctcp(verb: str, text: str) -> str:
    """Return the text of a PRIVMSG or NOTICE that is a CTCP message."""
    return f"{DELIMITER}{verb} {text}{DELIMITER}" if text else f"{DELIMITER}{verb}{DELIMITER}"


def format_action(text: str) -> str:
    """Return the text of a PRIVMSG that is an action."""
    return f"{DELIMITER}{ACTION} {text}{DELIMITER}"


def split_text(text: str, most: int) -> list[str]:
    """Cut `text` into pieces of at most `most` bytes of UTF-8, four at least; nothing is lost.

    It is cut behind a space where there is one in the second half of a piece, and not before
    a mark that belongs to the letter before it, as far as that can be helped.
    """
    pieces = []
    while len(text.encode()) > most:
        place = _place_to_cut(text, most)
        pieces.append(text[:place])
        text = text[place:]
    return [*pieces, text]


def _place_to_cut(text: str, most: int) -> int:
    fitting = len(text[:most].encode()[:most].decode("utf-8", "ignore"))
    space = text.rfind(" ", fitting // 2, fitting)
    if space >= 0:
        return space + 1
    for place in range(fitting, max(0, fitting - _MOST_STEPS_BACK), -1):
        if not _belongs_to_last(text, place):
            return place
    return fitting


def _belongs_to_last(text: str, place: int) -> bool:
    """Tell whether the character at `place` is shown with the one before it."""
    if text[place - 1] == "\u200d" or text[place] in _JOINERS:
        return True
    return unicodedata.category(text[place])[0] == "M"
