"""What LIST is asked for: names, masks and conditions (the token ELIST).

    LIST #a,#b       these channels
    LIST *chat*      M: by mask                    LIST !*chat*    N: by a mask that does not match
    LIST >5  <10     U: by the number of users     LIST C<60 C>60  C: made less, more than 60
    LIST T<60 T>60   T: topic set less, more than 60 minutes ago       minutes ago

Source: https://modern.ircdocs.horse/#elist-parameter, #list-message
"""

import re
from collections.abc import Callable

import attrs

from chatsvc.core.masks import Glob
from chatsvc.core.names import RoomKey, RoomName, room_key
from chatsvc.irc.channels import SIGN

CONDITIONS = "CMNTU"
"""The letters that are announced."""

MOST_CONDITIONS = 20
"""Conditions of one LIST; more are passed over."""

_LONGEST_MASK = 100
_MOST_STARS = 8
_MINUTE = 60_000
_COUNTED = re.compile(r"([CT]?)([<>])([0-9]{1,9})", re.IGNORECASE)
_WILD = re.compile(r"[*?]")


@attrs.frozen
class Listed:
    """What LIST looks at: times in milliseconds since 1970 UTC, `topic_at` 0: no topic."""

    room: RoomName
    members: int
    created_at: int
    topic_at: int = 0


Condition = Callable[[Listed, int], bool]
"""`condition(listed, now)` tells whether a room is meant."""


@attrs.frozen
class Wanted:
    """Which rooms are asked for: by name (None: any), and by all of the conditions."""

    names: tuple[str, ...] | None = None
    conditions: tuple[Condition, ...] = ()

    def includes(self, listed: Listed, now: int) -> bool:
        """Tell whether this room, which has been found by name if that matters, is meant."""
        return all(condition(listed, now) for condition in self.conditions)


def parse_elist(text: str) -> Wanted:
    """Return what the first parameter of LIST asks for; never fails."""
    names: list[str] = []
    conditions: list[Condition] = []
    for word in [word for word in text.split(",") if word][:MOST_CONDITIONS]:
        condition = _condition(word)
        if condition is not None:
            conditions.append(condition)
        else:
            names.append(word)
    return Wanted(tuple(names) if names else None, tuple(conditions))


def _condition(word: str) -> Condition | None:
    """Return the condition in a word; None if it is a name."""
    if counted := _COUNTED.fullmatch(word):
        return _by_count(counted[1].upper(), counted[2] == ">", int(counted[3]))
    is_not = word.startswith("!")
    mask = word[1:] if is_not else word
    if not is_not and not _WILD.search(mask):
        return None
    if len(mask) > _LONGEST_MASK or mask.count("*") > _MOST_STARS:
        return lambda _listed, _now: False
    return _by_mask(mask, is_not)


def _by_count(what: str, is_more: bool, count: int) -> Condition:
    def by_members(listed: Listed, _now: int) -> bool:
        return listed.members > count if is_more else listed.members < count

    def by_age(listed: Listed, now: int) -> bool:
        return _is_aged(listed.created_at, now, count, is_more)

    def by_topic(listed: Listed, now: int) -> bool:
        return bool(listed.topic_at) and _is_aged(listed.topic_at, now, count, is_more)

    return {"": by_members, "C": by_age, "T": by_topic}[what]


def _is_aged(at: int, now: int, minutes: int, is_more: bool) -> bool:
    age = now - at
    return age > minutes * _MINUTE if is_more else age < minutes * _MINUTE


def _by_mask(mask: str, is_not: bool) -> Condition:
    glob = Glob.of(_folded(mask))

    def by_mask(listed: Listed, _now: int) -> bool:
        return glob.matches(SIGN + room_key(listed.room)) is not is_not

    return by_mask


def _folded(mask: str) -> RoomKey:
    """Return a mask in the form in which names are compared; wildcards stay."""
    return room_key(RoomName(mask))
