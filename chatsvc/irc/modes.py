"""Mode strings: `+ov-b ann bob *!*@*`, read and written.

    MODE #room                       what is set
    MODE #room b                     a list
    MODE #room +o-v+k ann bob key    changes, each with its parameter

The letters, by what parameter they take (https://modern.ircdocs.horse/#chanmodes-parameter):

    A  a list: put in or taken out with a parameter, shown without      b e I
    B  a parameter always                                               k
    C  a parameter when it is set                                       l
    D  none                                                             C i m n s t
    a member's rank: a nick always                                      o v
"""

import enum
from collections.abc import Iterable, Iterator, Sequence

import attrs

from chatsvc.irc.message import BODY_BYTES


class Kind(enum.Enum):
    """What parameter a mode takes."""

    LIST = "A"
    PARAMETER = "B"
    SETTING = "C"
    FLAG = "D"
    RANK = "prefix"


LISTS = "beI"
RANKS = {"o": "@", "v": "+"}
"""Modes of members with what stands before a nick, the highest first."""

CHANNEL_MODES: dict[str, Kind] = {
    **dict.fromkeys(LISTS, Kind.LIST),
    "k": Kind.PARAMETER,
    "l": Kind.SETTING,
    **dict.fromkeys("Cimnst", Kind.FLAG),
    **dict.fromkeys(RANKS, Kind.RANK),
}
"""What each letter is."""

USER_MODES = "Biow"
"""Modes of a user: bot, invisible, operator, gets WALLOPS."""

BOT_MODE = "B"
"""The mode of bots (https://ircv3.net/specs/extensions/bot-mode)."""

MOST_WITH_PARAMETER = 20
"""Changes with a parameter in one MODE; the token MODES tells it. More are passed over."""

ANY_KEY = "*"
"""What is shown in place of a key, and what `-k` may give."""


@attrs.frozen
class Change:
    """One letter: set or taken away, with its parameter; None where it has none.

    A list's letter without a parameter asks for the list.
    """

    letter: str
    is_set: bool = True
    parameter: str | None = None

    @property
    def asks_for_list(self) -> bool:
        """Tell whether this changes nothing and asks for a list."""
        return self.letter in LISTS and self.parameter is None


@attrs.frozen
class Changes:
    """What a mode string asks for: `unknown` letters, and those that `lack` a parameter."""

    changes: tuple[Change, ...] = ()
    unknown: str = ""
    lacking: str = ""


def parse_channel_modes(params: Sequence[str]) -> Changes:
    """Return what the parameters of `MODE #room` ask for; never fails.

    The first is the mode string, the others are the parameters of its letters.
    """
    rest = iter(params[1:])
    changes: list[Change] = []
    unknown = lacking = ""
    taken = 0
    for letter, is_set in _letters(params[0] if params else ""):
        kind = CHANNEL_MODES.get(letter)
        if kind is None:
            unknown += letter if letter not in unknown else ""
            continue
        parameter = None
        if _takes_parameter(kind, is_set):
            parameter = next(rest, None)
            taken += parameter is not None
        if taken > MOST_WITH_PARAMETER:
            break
        change = _change(letter, kind, is_set, parameter)
        if change is None:
            lacking += letter
        elif change not in changes or not change.asks_for_list:
            changes.append(change)
    return Changes(tuple(changes), unknown, lacking)


def _takes_parameter(kind: Kind, is_set: bool) -> bool:
    return kind is not Kind.FLAG and (is_set or kind is not Kind.SETTING)


def _change(letter: str, kind: Kind, is_set: bool, parameter: str | None) -> Change | None:
    """Return the change; None if it lacks its parameter."""
    if parameter is not None or kind is Kind.FLAG or kind is Kind.LIST:
        return Change(letter, is_set, parameter)
    if kind is Kind.SETTING and not is_set:
        return Change(letter, is_set)
    # A key is taken away whatever parameter there is.
    return Change(letter, is_set, ANY_KEY) if letter == "k" and not is_set else None


def parse_user_modes(text: str) -> Changes:
    """Return what `MODE nick text` asks for; never fails."""
    changes: list[Change] = []
    unknown = ""
    for letter, is_set in _letters(text):
        if letter in USER_MODES:
            changes.append(Change(letter, is_set))
        elif letter not in unknown:
            unknown += letter
    return Changes(tuple(changes), unknown)


def _letters(text: str) -> Iterator[tuple[str, bool]]:
    is_set = True
    for letter in text:
        if letter in "+-":
            is_set = letter == "+"
        else:
            yield letter, is_set


def format_modes(changes: Iterable[Change], room: int = BODY_BYTES) -> list[tuple[str, ...]]:
    """Return changes as the parameters of one MODE after the other: mode string, parameters.

    Each has at most `MOST_WITH_PARAMETER` parameters and, if that can be, `room` bytes.
    """
    lines: list[tuple[str, ...]] = []
    held: list[Change] = []
    for change in changes:
        if held and not _fits([*held, change], room):
            lines.append(_format(held))
            held = []
        held.append(change)
    return [*lines, _format(held)] if held else lines


def _fits(changes: list[Change], room: int) -> bool:
    words = _format(changes)
    return (
        len(words) - 1 <= MOST_WITH_PARAMETER
        and sum(len(word.encode()) + 1 for word in words) <= room
    )


def _format(changes: Iterable[Change]) -> tuple[str, ...]:
    text = ""
    sign = ""
    parameters = []
    for change in changes:
        new_sign = "+" if change.is_set else "-"
        text += change.letter if new_sign == sign else new_sign + change.letter
        sign = new_sign
        if change.parameter is not None:
            parameters.append(change.parameter)
    return (text, *parameters)
