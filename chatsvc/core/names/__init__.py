r"""The only place where nicks and room names are made.

A name has two forms: the one people see (`Nick`, `RoomName`) and the one that
is compared (`NickKey`, `RoomKey`: NFKC and case-folded, so "Ann" and "ANN" and
their full-width spellings are one name). Functions elsewhere take these types,
so that an unchecked string cannot be passed for a name.

    name = first *rest
    first = letter / number / one of _ [ ] { } ^ | ` \
    rest  = first / combining mark / one of - .

`*` and `-` are therefore never names and serve as placeholders on the wire.
Letters and marks that show as nothing are not allowed.

That is all that is asked of a room that is looked up (`parse_room_name`), since rooms
outlive the rules they were made by. A nick, and the name of a room that is being made
(`new_room_name`), must also be one that cannot be mistaken: see `profile` and `scripts`. Which
names look like each other is found by `looks`.

What is asked of letters other than ASCII's is loaded when the first of them is met.
"""

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import NewType

from chatsvc.core.errors import BadNick, BadRoom, Refusal
from chatsvc.core.limits import LONGEST_NAME
from chatsvc.core.names.looks import LookAlikes, look, looks
from chatsvc.core.names.reserved import is_reserved
from chatsvc.core.text import BLANK, printable

__all__ = [
    "LONGEST_NAME",
    "NUMBERS_TRIED",
    "LookAlikes",
    "Nick",
    "NickKey",
    "RoomKey",
    "RoomName",
    "is_reserved",
    "look",
    "looks",
    "new_room_name",
    "nick_key",
    "parse_nick",
    "parse_room_name",
    "room_key",
    "suggest_nick",
]

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

_ANYBODY = "guest"

NUMBERS_TRIED = 20
"""The number up to which `suggest_nick` asks for each one."""


def parse_nick(text: str, longest: int = LONGEST_NAME) -> Nick:
    """Return `text` as a nick of at most `longest` characters; raise `BadNick`."""
    return Nick(_made(text, longest, BadNick, "nick"))


def parse_room_name(text: str, longest: int = LONGEST_NAME) -> RoomName:
    """Return `text` as the name a room may have, perhaps one made by older rules.

    It has at most `longest` characters; raises `BadRoom`.
    """
    return RoomName(_checked(text, longest, BadRoom, "room name"))


def new_room_name(text: str, longest: int = LONGEST_NAME) -> RoomName:
    """Return the name of a room made for `text`, as it is shown; raise `BadRoom`."""
    return RoomName(_made(text, longest, BadRoom, "room name"))


def nick_key(nick: Nick) -> NickKey:
    """Return the form in which two nicks are compared."""
    return NickKey(_folded(nick))


def room_key(room: RoomName) -> RoomKey:
    """Return the form in which two room names are compared."""
    return RoomKey(_folded(room))


def suggest_nick(nick: Nick, is_free: Callable[[Nick], bool], longest: int = LONGEST_NAME) -> Nick:
    """Return a free nick near `nick`: the same with a number, a low one where that is free.

    Where a number may not follow (a nick with Arabic digits), something else in it has to go.
    Beyond `NUMBERS_TRIED` the number doubles until it is free, and then halves the distance
    to one that is taken: thousands who want one nick cost some thirty questions each.
    """
    base = _to_be_numbered(nick, longest)

    def numbered(number: int) -> Nick:
        ending = str(number)
        return Nick(_beginning_of(base, max(0, longest - len(ending))) + ending)

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


def _beginning_of(name: str, length: int) -> str:
    """Return at most `length` characters; where it is cut, no marks stay that join or pile up."""
    if len(name) <= length:
        return name
    cut = name[:length]
    while cut and unicodedata.category(cut[-1])[0] == "M":
        cut = cut[:-1]
    return cut


def _to_be_numbered(nick: Nick, longest: int) -> str:
    """Return what a number can be put to: `nick`, or as much of it as allows that."""
    if nick.isascii():
        return nick
    digitless = "".join(each for each in nick if unicodedata.category(each) != "Nd")
    for base in (nick, digitless):
        try:
            parse_nick(f"{_beginning_of(base, longest - 1)}2", longest)
        except BadNick:
            continue
        return base
    return _ANYBODY


@lru_cache(maxsize=8192)
def _made(text: str, longest: int, error: type[Refusal], what: str) -> str:
    """Return the shown form of a new name."""
    name = _grammatical(text, longest, error, what)
    if name.isascii():
        return name
    from chatsvc.core.names.profile import check_profile, shown_form

    shown = _grammatical(shown_form(name), longest, error, what)
    if not shown.isascii():
        check_profile(shown, error, what)
    return shown


def _grammatical(text: str, longest: int, error: type[Refusal], what: str) -> str:
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


_checked = lru_cache(maxsize=8192)(_grammatical)


def _may_begin(character: str) -> bool:
    return character in _FIRST_MARKS or unicodedata.category(character)[0] in "LN"


def _may_follow(character: str) -> bool:
    if character in _BLANK:
        return False
    return character in _REST_MARKS or unicodedata.category(character)[0] in "LNM"


@lru_cache(maxsize=8192)
def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
