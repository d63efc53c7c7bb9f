"""What follows the words of the terminal means: arguments become an intent.

Where a word takes [ROOM], a room we are in may be named first; without it the current room
is meant.
"""

from collections.abc import Callable

from chatsvc.client.terminal.intents import Ask, GoTo, Intent, Place, SayIn
from chatsvc.core.errors import BadRoom, Usage
from chatsvc.core.names import parse_room_name
from chatsvc.core.text import check_text, printable
from chatsvc.wire.request import parse_request

LONGEST_WORD_SHOWN = 32
"""Characters of a word that is repeated in a sentence."""

Meaning = Callable[[str, Place], Intent]
"""Arguments, and where they were entered -> what is meant."""


def asks(verb: str) -> Meaning:
    """Mean what the line protocol means with `verb` and the same arguments."""
    return lambda rest, _place: Ask(parse_request(f"{verb} {rest}"))


def asks_about(verb: str) -> Meaning:
    """Mean `verb` about the room that is named, or the current one if none is."""
    return lambda rest, place: Ask(parse_request(f"{verb} {rest or place.current or ''}"))


def asks_in(verb: str) -> Meaning:
    """Mean `verb` in the room that is named first, if we are in it, or in the current one."""

    def mean(rest: str, place: Place) -> Intent:
        first = rest.partition(" ")[0]
        named = (
            place.current is None or first.startswith("@") or (bool(first) and place.holds(first))
        )
        return Ask(parse_request(f"{verb} {rest}" if named else f"{verb} {place.current} {rest}"))

    return mean


def moderates(verb: str) -> Meaning:
    """Mean `verb`, which takes a room and somebody, in the room named first or the current one.

    A room that we are not in may be named too, if something follows it: owners and operators
    look after rooms also from outside.
    """

    def mean(rest: str, place: Place) -> Intent:
        first, _, others = rest.partition(" ")
        is_other = bool(others.strip(" ")) and place.misses(first)
        if place.current is None or (first and place.holds(first)) or is_other:
            return Ask(parse_request(f"{verb} {rest}"))
        return Ask(parse_request(f"{verb} {place.current} {rest}"))

    return mean


def join_room(rest: str, place: Place) -> Intent:
    """Mean to enter a room, or to go to one that we are in."""
    room = place.find(rest)
    return Ask(parse_request(f"join {rest}")) if room is None else GoTo(room)


def go_to_room(rest: str, place: Place) -> Intent:
    """Mean to look at another room that we are in."""
    if not rest:
        return GoTo(None)
    room = place.find(rest)
    if room is None:
        raise BadRoom(f'You are not in "{printable(rest)[:LONGEST_WORD_SHOWN]}"; /join it first.')
    return GoTo(room)


def read_history(rest: str, place: Place) -> Intent:
    """Mean to read old messages of a room, or with a user; of the current room if none is named."""
    first = rest.partition(" ")[0].lower()
    about_current = not first or first.isdigit() or first in ("before", "after")
    if about_current and place.current is not None:
        rest = f"{place.current} {rest}"
    return Ask(parse_request(f"history {rest}"))


def say_there(rest: str, _place: Place) -> Intent:
    """Mean to say something in a room that need not be the current one."""
    room, _, text = rest.partition(" ")
    if not text:
        raise Usage("")
    return SayIn(parse_room_name(room), check_text(text))
