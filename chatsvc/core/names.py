r"""The only place where nicks and room names are made.

A name has two forms: the one people see (`Nick`, `RoomName`) and the one that
is compared (`NickKey`, `RoomKey`: NFKC and case-folded, so "Ann" and "ANN" and
their full-width spellings are one name). Functions elsewhere take these types,
so that an unchecked string cannot be passed for a name.

    name = first *rest
    first = letter / number / one of _ [ ] { } ^ | ` \
    rest  = first / combining mark / one of - .

`*` and `-` are therefore never names and serve as placeholders on the wire.
Letters and marks that show as nothing are not allowed: with them two different names
could look the same. The rules hold names to `Limits` where a nick is taken or a room
is made.
"""

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import NewType

from chatsvc.core.errors import BadNick, BadRoom, Refusal
from chatsvc.core.limits import LONGEST_NAME
from chatsvc.core.text import BLANK, printable

Nick = NewType("Nick", str)
NickKey = NewType("NickKey", str)
RoomName = NewType("RoomName", str)
RoomKey = NewType("RoomKey", str)

_FIRST_MARKS = frozenset("_[]{}^|`\\")
_REST_MARKS = _FIRST_MARKS | frozenset("-.")
# Marks by category that show as nothing: the grapheme joiner, two Khmer vowels, and
# the Mongolian and the general variation selectors.
_BLANK = BLANK.union(
    "\u034f\u17b4\u17b5\u180b\u180c\u180d\u180f",
    map(chr, range(0xFE00, 0xFE10)),
    map(chr, range(0xE0100, 0xE01F0)),
)
_LONGEST_SHOWN = 40
_MOST_COMPOSED = 4
"""Characters that NFC makes one of at most (UAX #15): one that has more times the limit stays
too long. Looked at first, since putting a pile of marks in order takes quadratic time."""

NUMBERS_TRIED = 20
"""The number up to which `suggest_nick` asks for each one."""


def parse_nick(text: str, longest: int = LONGEST_NAME) -> Nick:
    """Return `text` as a nick of at most `longest` characters; raise `BadNick`."""
    return Nick(_checked(text, longest, BadNick, "nick"))


def parse_room_name(text: str, longest: int = LONGEST_NAME) -> RoomName:
    """Return `text` as a room name of at most `longest` characters; raise `BadRoom`."""
    return RoomName(_checked(text, longest, BadRoom, "room name"))


def nick_key(nick: Nick) -> NickKey:
    """Return the form in which two nicks are compared."""
    return NickKey(_folded(nick))


def room_key(room: RoomName) -> RoomKey:
    """Return the form in which two room names are compared."""
    return RoomKey(_folded(room))


def suggest_nick(nick: Nick, is_free: Callable[[Nick], bool], longest: int = LONGEST_NAME) -> Nick:
    """Return a free nick near `nick`: the same with a number, a low one where that is free.

    Beyond `NUMBERS_TRIED` the number doubles until it is free, and then halves the distance
    to one that is taken: thousands who want one nick cost some thirty questions each.
    """

    def numbered(number: int) -> Nick:
        ending = str(number)
        return Nick(nick[: max(0, longest - len(ending))] + ending)

    for number in range(2, NUMBERS_TRIED):
        if is_free(numbered(number)):
            return numbered(number)
    taken, free = NUMBERS_TRIED - 1, NUMBERS_TRIED
    while not is_free(numbered(free)):
        taken, free = free, 2 * free
    while free - taken > 1:
        middle = (taken + free) // 2
        taken, free = (taken, middle) if is_free(numbered(middle)) else (middle, free)
    return numbered(free)


@lru_cache(maxsize=8192)
def _checked(text: str, longest: int, error: type[Refusal], what: str) -> str:
    if len(text) > longest * _MOST_COMPOSED:
        raise error(f"A {what} has at most {longest} characters.")
    name = unicodedata.normalize("NFC", text)
    if not name:
        raise error(f"A {what} has at least one character.")
    if len(name) > longest:
        raise error(f"A {what} has at most {longest} characters; this one has {len(name)}.")
    if not _may_begin(name[0]) or not all(map(_may_follow, name)):
        raise error(
            f'"{printable(name)[:_LONGEST_SHOWN]}" cannot be a {what}: use letters, digits and '
            "_-.[]{}^|`\\ and begin with a letter, a digit or _."
        )
    return name


def _may_begin(character: str) -> bool:
    return character in _FIRST_MARKS or unicodedata.category(character)[0] in "LN"


def _may_follow(character: str) -> bool:
    if character in _BLANK:
        return False
    return character in _REST_MARKS or unicodedata.category(character)[0] in "LNM"


@lru_cache(maxsize=8192)
def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
