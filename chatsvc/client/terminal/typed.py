"""What a line means that a person entered in the terminal.

    /WORD ...           a word of the table `WORDS`
    @USER TEXT          a direct message
    //TEXT, or a blank first    said as it is, without the first character
    join ROOM, leave_chatroom ROOM, send ROOM TEXT, disconnect
                        these four also without a slash, when they have exactly this
                        form and, for send, the room is one we are in; a room that
                        exists, but we are not in, is refused
    anything else       said in the current room

While there is no current room, nothing can be said, and every word of the table is
understood without its slash. Where a word takes [ROOM], a room we are in may be named
first; without it the current room is meant.
"""

from chatsvc.client.terminal.intents import Ask, Intent, Place, SayIn
from chatsvc.client.terminal.meanings import LONGEST_WORD_SHOWN
from chatsvc.client.terminal.secrets import is_code
from chatsvc.client.terminal.words import BY_NAME
from chatsvc.core import commands as c
from chatsvc.core.errors import BadRoom, UnknownCommand, Usage
from chatsvc.core.names import parse_nick, parse_room_name
from chatsvc.core.text import check_text, printable


def understand(line: str, place: Place) -> Intent:
    """Return what `line` means at `place`; raise a `Refusal` that says what is wrong."""
    if line.startswith((" ", "//")):
        return _say(line[1:], place)
    if line.startswith("/"):
        return _understand_word(line[1:], place)
    if line.startswith("@"):
        return _direct(line[1:])
    if _is_bare(line, place):
        return _understand_word(line, place)
    _check_is_not_for_another_room(line, place)
    _check_is_no_password(line)
    return _say(line, place)


def _say(text: str, place: Place) -> Intent:
    if place.current is None:
        raise Usage("You are in no room yet. Enter one: /join lobby - or see /help.")
    return SayIn(place.current, check_text(text))


def _direct(rest: str) -> Intent:
    name, _, text = rest.partition(" ")
    if not name or not text.strip():
        raise Usage("Usage: @USER TEXT")
    return Ask(c.Tell(parse_nick(name.rstrip(":,")), check_text(text)))


def _is_bare(line: str, place: Place) -> bool:
    if place.current is None:
        return line.partition(" ")[0].lower() in BY_NAME
    match line.split():
        case ["disconnect"] | ["leave_chatroom", _]:
            return True
        case ["join", room]:
            return _is_room_name(room)
        case ["send", room, _, *_]:
            return place.holds(room)
    return False


def _check_is_not_for_another_room(line: str, place: Place) -> None:
    """Refuse to say aloud here what was meant for a room we are not in."""
    match line.split():
        case ["send", room, _, *_] if place.misses(room):
            raise Usage(
                f'Nothing was said: you are not in "{room}"; /join {room} first. '
                "To say the line here as it is, put a blank before it."
            )


def _check_is_no_password(line: str) -> None:
    """Refuse to say a password or a code aloud for want of a slash."""
    match line.split():
        case ["login", _, _] | ["passwd", _, _] | ["register", _]:
            kind = "password"
        case ["join", _, "password", _, *_] | ["join", _, "since", _, "password", _, *_]:
            kind = "password"
        case ["set", "kind", "password", _, *_] | ["set", _, "kind", "password", _, *_]:
            kind = "password"
        case ["claim", _]:
            kind = "code"
        case ["pair", word] if is_code(word):
            kind = "code"
        case _:
            return
    raise Usage(
        f"Nothing was said: this looks like a {kind}; put a / before it to use it. "
        "To say the line here as it is, put a blank before it."
    )


def _is_room_name(word: str) -> bool:
    try:
        parse_room_name(word)
    except BadRoom:
        return False
    return True


def _understand_word(line: str, place: Place) -> Intent:
    name, _, rest = line.partition(" ")
    word = BY_NAME.get(name.lower())
    if word is None:
        shown = printable(name)[:LONGEST_WORD_SHOWN]
        raise UnknownCommand(f'There is no "/{shown}"; /help lists what there is.')
    try:
        return word.mean(rest.strip(" "), place)
    except Usage as refusal:
        if refusal.sentence and not refusal.sentence.startswith("Usage:"):
            raise
        raise Usage(f"Usage: {word.syntax}") from None
