"""Tab completion of verbs, rooms and nicks, as pure functions and one small cycle.

What a word can become depends on where it stands: `/` at the beginning of a line asks
for a verb, the first argument of a verb for what that verb's syntax says, "@" for a
nick; anything else in a sentence is a nick or a room.
"""

from collections.abc import Iterable, Mapping

import attrs

ROOM, USER, VERB = "ROOM", "USER", "VERB"
"""The kinds of argument a verb can ask for, as the syntax writes them."""


@attrs.frozen
class Names:
    """What there is to choose from, each in the order it is offered.

    `verbs` tells for every verb which kind of argument it takes first ("" for none of
    them); `bare` says whether verbs are also understood without a slash.
    """

    verbs: Mapping[str, str]
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
    kind = _argument_kind(before, names)
    return Offer(len(word), tuple(_later_words(word, kind, names)))


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


def _later_words(word: str, kind: str, names: Names) -> Iterable[str]:
    if word.startswith("@"):
        return (f"@{nick} " for nick in _matching(word[1:], names.nicks))
    if kind:
        choices = {ROOM: names.rooms, USER: names.nicks, VERB: tuple(names.verbs)}[kind]
        return (f"{choice} " for choice in _matching(word, choices))
    if not word:
        return ()
    return (f"{name} " for name in _matching(word, (*names.nicks, *names.rooms)))


def _argument_kind(before: str, names: Names) -> str:
    """Return the kind of argument that is being typed; "" in a sentence."""
    verb, _, rest = before.partition(" ")
    is_verb = verb.startswith("/") or names.bare
    if not is_verb or " " in rest:
        return ""
    return names.verbs.get(verb.removeprefix("/").lower(), "")


def _matching(word: str, choices: Iterable[str]) -> list[str]:
    start = word.casefold()
    return [choice for choice in choices if choice.casefold().startswith(start)]
