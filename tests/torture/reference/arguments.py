"""The arguments that many requests share: words, names, numbers, texts, masks and times.

A parser takes what stands behind the verb and returns the request; what begins an argument
takes the rest of a line and returns the argument and what is left. Both raise `Refused`.
"""

import re
import unicodedata
from functools import cache

from precis_i18n import get_profile

from chatsvc.core.names.scripts import scripts_of
from tests.torture.reference import rules

Request = tuple[object, ...]

LONGEST_NAME, LONGEST_ID, MOST_DIGITS, USUAL_COUNT = 64, 64, 15, 50

_HIDDEN_LETTERS = set("\u115f\u1160\u2800\u3164\uffa0")
_HIDDEN_MARKS = set("\u034f\u17b4\u17b5\u180b\u180c\u180d\u180f")
_FORBIDDEN = (
    (0x202A, 0x202E), (0x2066, 0x2069), (0x206A, 0x206F), (0xFFF9, 0xFFFB), (0xE0000, 0xE001F),
    (0xFDD0, 0xFDEF),
)  # fmt: skip

_PRECIS = get_profile("UsernameCaseMapped")
_PILE = re.compile(r"[^ ]{5}|([^ ])\1")
_UNSEEN = re.compile(
    "[\U00013441\U00013442\U00016fe4]"
    "|[\u1039\u17d2\u1a60\U00010a3f\U0001107f\U00011133\U000113d0\U00011a47\U00011a99\U00011d45"
    "\U00011d97\U00011f42]M(?!.L)",
    re.DOTALL,
)
"""Letters without a shape, and marks that join, without a letter after them."""
_MIXTURES = [{"Latn", "Hani", "Hira", "Kana"}, {"Latn", "Hani", "Bopo"}, {"Latn", "Hani", "Hang"}]


class Refused(Exception):
    """Carry the code of a refusal."""


def refuse(code: str):  # type: ignore[no-untyped-def]
    raise Refused(code)


def cut(text: str) -> tuple[str, str]:
    """Return what stands before the first space and what stands after it."""
    found = re.match("([^ ]*) ?", text)
    assert found is not None
    return found[1], text[found.end() :]


def word_of(rest: str) -> tuple[str, str]:
    return cut(re.sub("^ +", "", rest))


def needed(rest: str) -> tuple[str, str]:
    word, rest = word_of(rest)
    return (word, rest) if word else refuse("usage")


def end(rest: str, request: Request) -> Request:
    return refuse("usage") if rest.strip(" ") else request


@cache
def may_be_shown(character: str) -> bool:
    code = ord(character)
    if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or code & 0xFFFE == 0xFFFE:
        return False
    return not any(first <= code <= last for first, last in _FORBIDDEN)


@cache
def _is_seen(character: str) -> bool:
    hidden = ("Cf", "Zs", "Mn", "Me", "Cn", "Co")
    return unicodedata.category(character) not in hidden and character not in _HIDDEN_LETTERS


@cache
def _in_name(character: str) -> bool:
    code = ord(character)
    if character in _HIDDEN_LETTERS or character in _HIDDEN_MARKS:
        return False
    if 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF:
        return False
    return character in "_-.[]{}^|`\\" or unicodedata.category(character)[0] in "LNM"


def is_harmless(text: str) -> bool:
    """Tell whether every character of `text` may be sent to a person."""
    return (text.isascii() and text.isprintable()) or all(map(may_be_shown, text))


def text_of(text: str) -> str:
    if not all(map(may_be_shown, text)) or not any(map(_is_seen, text)):
        refuse("bad-text")
    return text


def needed_text(rest: str) -> str:
    return text_of(rest) if rest else refuse("usage")


def optional_text(rest: str) -> str:
    return text_of(rest) if rest.strip(" ") else ""


def name_of(word: str, code: str) -> str:
    name = unicodedata.normalize("NFC", word)
    first = unicodedata.category(name[0])[0]
    if len(name) > LONGEST_NAME or first == "M" or name[0] in "-." or not all(map(_in_name, name)):
        refuse(code)
    return name


def new_nick(word: str) -> str:
    """Return a nick: a name in its plain form that cannot be taken for another."""
    name = name_of(unicodedata.normalize("NFKC", name_of(word, "bad-nick")), "bad-nick")
    if name.isascii():
        return name
    if _PILE.search("".join(map(_mark_or_letter, unicodedata.normalize("NFD", name)))):
        refuse("bad-nick")
    if _UNSEEN.search("".join(f"{character}{_category(character)}" for character in name)):
        refuse("bad-nick")
    try:
        _PRECIS.enforce(name)
    except UnicodeEncodeError:
        refuse("bad-nick")
    if not _is_of_one_script([scripts_of(character) for character in name]):
        refuse("bad-nick")
    return name


def _category(character: str) -> str:
    return unicodedata.category(character)[0]


def _mark_or_letter(character: str) -> str:
    """Return a mark as it is, anything else as a space."""
    return character if unicodedata.category(character) in ("Mn", "Me") else " "


def _is_of_one_script(sets: list[frozenset[str]]) -> bool:
    if not all(sets):
        return False
    particular = [each for each in sets if not each & {"Zyyy", "Zinh"}]
    choices = [{script} for each in particular for script in each] + _MIXTURES
    return not particular or any(all(each & choice for each in particular) for choice in choices)


def room_of(rest: str) -> tuple[str, str]:
    word, rest = needed(rest)
    return name_of(word, "bad-room"), rest


def number_of(word: str) -> int:
    found = re.fullmatch(f"[0-9]{{1,{MOST_DIGITS}}}", word)
    return int(word) if found else refuse("usage")


# Whole requests


def room_only(kind: str, *more: object):  # type: ignore[no-untyped-def]
    def parse(rest: str) -> Request:
        room, rest = room_of(rest)
        return end(rest, (kind, room, *more))

    return parse


def room_perhaps(kind: str):  # type: ignore[no-untyped-def]
    def parse(rest: str) -> Request:
        word, rest = word_of(rest)
        return end(rest, (kind, name_of(word, "bad-room") if word else None))

    return parse


def nothing(kind: str, *more: object):  # type: ignore[no-untyped-def]
    return lambda rest: end(rest, (kind, *more))


def nick_only(name: str):  # type: ignore[no-untyped-def]
    def parse(rest: str) -> Request:
        word, rest = needed(rest)
        return end(rest, (name, new_nick(word)))

    return parse


def place_of(rest: str) -> tuple[str, str]:
    word, rest = needed(rest)
    if word.startswith("@"):
        return "@" + new_nick(word[1:] or refuse("bad-nick")), rest
    return name_of(word, "bad-room"), rest


# Texts, masks and times


def text_with_id(rest: str) -> tuple[str, str]:
    found = re.match("#([^ ]*) (?=.)", rest, re.DOTALL)
    if found is None:
        return needed_text(rest), ""
    if len(found[1]) > LONGEST_ID:
        refuse("usage")
    if not all(map(may_be_shown, found[1])):
        refuse("bad-text")
    return text_of(rest[found.end() :]), found[1]


def mask_of(rest: str) -> tuple[str, str]:
    word, rest = needed(rest)
    return rules.mask(word, _is_name, may_be_shown) or refuse("bad-mask"), rest


def _is_name(word: str) -> bool:
    try:
        return bool(name_of(word, "bad-room"))
    except Refused:
        return False


def terms_of(rest: str) -> tuple[int | None, str]:
    found = rules.terms(optional_text(rest))
    if found is None:
        refuse("usage")
    seconds, reason = found
    if len(reason) > rules.LONGEST_REASON:
        refuse("bad-text")
    return seconds, optional_text(reason)


def reason_of(rest: str) -> str:
    reason = optional_text(rest)
    return reason if len(reason) <= rules.LONGEST_REASON else refuse("bad-text")
