"""Tab completion of verbs, rooms and nicks, as pure functions and one small cycle.

What a word can become depends on where it stands: `/` at the beginning of a line asks
for a verb, the first argument of a verb for what that verb's syntax says, "@" for a
nick; anything else in a sentence is a nick or a room.
"""

from collections.abc import Iterable, Mapping

import attrs

OPTIONAL_ROOM = "[ROOM]"
"""A first argument that may be left out: what follows it may stand in its place."""

_NICKS = ("USER", "MASK", "ACCOUNT")

_SETTINGS = {
    "kind": ("public", "unlisted", "invite-only", "password"),
    "listed": ("yes", "no"),
    "announce": ("yes", "no"),
    "history": ("everyone", "members", "joined"),
    "keep": ("all",),
}

_SERVER_SETTINGS = {"sign-ups": ("open", "closed"), "registered-only": ("yes", "no")}

_VALUES = {**_SETTINGS, **_SERVER_SETTINGS}
"""What can be set, and to what."""


@attrs.frozen
class Names:
    """What there is to choose from, each in the order it is offered.

    `verbs` tells for every verb which kinds of arguments it takes, as its syntax writes them;
    `bare` says whether verbs are also understood without a slash.
    """

    verbs: Mapping[str, tuple[str, ...]]
    rooms: tuple[str, ...]
    nicks: tuple[str, ...]
    bare: bool = False


@attrs.frozen
class Offer:
    """What the last `length` characters before the cursor can be replaced with."""

    length: int
    choices: tuple[str, ...]


class Cycle:
    """Go through the choices of an offer, round and round; each replaces the last."""

    def __init__(self, offer: Offer) -> None:
        self._choices = offer.choices
        self._length = offer.length
        self._at = -1

    def step(self, forward: bool) -> tuple[int, str]:
        """Return how many characters to replace now, and with what."""
        length = self._length
        self._at = self._next(forward) % len(self._choices)
        self._length = len(self._choices[self._at])
        return length, self._choices[self._at]

    def _next(self, forward: bool) -> int:
        if forward:
            return self._at + 1
        return max(self._at, 0) - 1


def offer(before: str, names: Names) -> Offer:
    """Return what the word that ends at the cursor can become; perhaps nothing."""
    word = before[before.rfind(" ") + 1 :]
    first = before == word
    if first:
        return Offer(len(word), tuple(_first_words(word, names)))
    return Offer(len(word), tuple(_later_words(word, _choices(before, names), names)))


def _first_words(word: str, names: Names) -> Iterable[str]:
    if not word:
        return
    if word.startswith("/"):
        yield from (f"/{verb} " for verb in _matching(word[1:], names.verbs))
        return
    if names.bare:
        yield from (f"{verb} " for verb in _matching(word, names.verbs))
    if word.startswith("@"):
        yield from (f"@{nick} " for nick in _matching(word[1:], names.nicks))
    else:
        yield from (f"{nick}: " for nick in _matching(word, names.nicks))


def _later_words(word: str, choices: tuple[str, ...] | None, names: Names) -> Iterable[str]:
    if word.startswith("@"):
        return (f"@{nick} " for nick in _matching(word[1:], names.nicks))
    if choices is not None:
        return (f"{choice} " for choice in _matching(word, choices))
    if not word:
        return ()
    return (f"{name} " for name in _matching(word, (*names.nicks, *names.rooms)))


def _choices(before: str, names: Names) -> tuple[str, ...] | None:
    """Return what can stand at the end of `before` as an argument; None in a sentence."""
    verb, _, rest = before.partition(" ")
    if not (verb.startswith("/") or names.bare):
        return None
    kinds = names.verbs.get(verb.removeprefix("/").lower(), ())
    given = rest.split()
    if not before.endswith(" "):
        given = given[:-1]
    offered = [_of_kind(kind, given, names) for kind in _kinds_at(kinds, given, names)]
    known = [choices for choices in offered if choices is not None]
    return tuple(choice for choices in known for choice in choices) if known else None


def _kinds_at(kinds: tuple[str, ...], given: list[str], names: Names) -> tuple[str, ...]:
    """Return the kinds of the argument that follows those that are `given`."""
    if kinds[:1] == (OPTIONAL_ROOM,):
        if not given:
            return (*kinds[1:2], "ROOM")
        if given[0].casefold() not in {room.casefold() for room in names.rooms}:
            kinds = kinds[1:]
    return kinds[len(given) : len(given) + 1]


def _of_kind(kind: str, given: list[str], names: Names) -> tuple[str, ...] | None:
    """Return all that is of a kind; None for what nobody can know."""
    if kind in _NICKS:
        return names.nicks
    if kind == "VALUE":
        return _VALUES.get(given[-1].lower()) if given else None
    return {
        "ROOM": names.rooms,
        "WORD": tuple(names.verbs),
        "KEY": tuple(_SETTINGS),
        "SETTING": tuple(_SERVER_SETTINGS),
    }.get(kind)


def _matching(word: str, choices: Iterable[str]) -> list[str]:
    start = word.casefold()
    return [choice for choice in choices if choice.casefold().startswith(start)]
