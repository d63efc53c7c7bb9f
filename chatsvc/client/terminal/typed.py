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

from collections.abc import Callable

import attrs

from chatsvc.client.terminal.secrets import is_code
from chatsvc.core import commands as c
from chatsvc.core.errors import BadRoom, UnknownCommand, Usage
from chatsvc.core.names import RoomName, parse_nick, parse_room_name, room_key
from chatsvc.core.text import check_text, printable
from chatsvc.wire.request import parse_request

_LONGEST_WORD_SHOWN = 32


@attrs.frozen
class Ask:
    """Ask the server for something."""

    command: c.Command


@attrs.frozen
class SayIn:
    """Say a text in a room."""

    room: RoomName
    text: str


@attrs.frozen
class GoTo:
    """Make a room the current one; None is the next one."""

    room: RoomName | None


@attrs.frozen
class ShowAll:
    """Show all rooms together, or again only the current one."""


@attrs.frozen
class ShowHelp:
    """Show the words there are, or one of them."""

    word: str


@attrs.frozen
class Clear:
    """Forget the lines on the screen."""


@attrs.frozen
class End:
    """Leave every room and end."""


Intent = Ask | SayIn | GoTo | ShowAll | ShowHelp | Clear | End
"""What a line can mean."""


@attrs.frozen
class Place:
    """Where a line is entered: the current room, all rooms we are in, and others there are."""

    current: RoomName | None
    rooms: tuple[RoomName, ...]
    others: tuple[RoomName, ...] = ()

    def misses(self, word: str) -> bool:
        """Tell whether `word` names a room that we are not in."""
        key = room_key(RoomName(word))
        return not self.holds(word) and any(room_key(room) == key for room in self.others)

    def holds(self, word: str) -> bool:
        """Tell whether `word` names a room we are in."""
        return self.find(word) is not None

    def find(self, word: str) -> RoomName | None:
        """Return the room we are in that `word` names, whatever its case."""
        key = room_key(RoomName(word))
        return next((room for room in self.rooms if room_key(room) == key), None)


Meaning = Callable[[str, Place], Intent]


@attrs.frozen
class Word:
    """A row of the table: what follows the slash, its syntax, help, and its meaning."""

    name: str
    aliases: tuple[str, ...]
    arguments: str
    summary: str
    mean: Meaning

    @property
    def syntax(self) -> str:
        """How the word is used."""
        return f"/{self.name} {self.arguments}".rstrip()


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
        shown = printable(name)[:_LONGEST_WORD_SHOWN]
        raise UnknownCommand(f'There is no "/{shown}"; /help lists what there is.')
    try:
        return word.mean(rest.strip(" "), place)
    except Usage:
        raise Usage(f"Usage: {word.syntax}") from None


# Meanings


def _asks(verb: str) -> Meaning:
    """Mean what the line protocol means with `verb` and the same arguments."""
    return lambda rest, _place: Ask(parse_request(f"{verb} {rest}"))


def _asks_about(verb: str) -> Meaning:
    """Mean `verb` about the room that is named, or the current one if none is."""
    return lambda rest, place: Ask(parse_request(f"{verb} {rest or place.current or ''}"))


def _asks_in(verb: str) -> Meaning:
    """Mean `verb` in the room that is named first, if we are in it, or in the current one."""

    def mean(rest: str, place: Place) -> Intent:
        first = rest.partition(" ")[0]
        named = (
            place.current is None or first.startswith("@") or (bool(first) and place.holds(first))
        )
        return Ask(parse_request(f"{verb} {rest}" if named else f"{verb} {place.current} {rest}"))

    return mean


def _join(rest: str, place: Place) -> Intent:
    room = place.find(rest)
    return Ask(parse_request(f"join {rest}")) if room is None else GoTo(room)


def _room(rest: str, place: Place) -> Intent:
    if not rest:
        return GoTo(None)
    room = place.find(rest)
    if room is None:
        raise BadRoom(f'You are not in "{printable(rest)[:_LONGEST_WORD_SHOWN]}"; /join it first.')
    return GoTo(room)


def _history(rest: str, place: Place) -> Intent:
    first = rest.partition(" ")[0].lower()
    about_current = not first or first.isdigit() or first in ("before", "after")
    if about_current and place.current is not None:
        rest = f"{place.current} {rest}"
    return Ask(parse_request(f"history {rest}"))


def _send(rest: str, _place: Place) -> Intent:
    room, _, text = rest.partition(" ")
    if not text:
        raise Usage("")
    return SayIn(parse_room_name(room), check_text(text))


FOR_OPERATORS = (
    ("claim", (), "CODE", "Become an operator by the code in the server's log."),
    ("oper", (), "ACCOUNT", "For operators, as all up to /shutdown: one more."),
    ("deoper", (), "ACCOUNT", "Make somebody an operator no longer."),
    ("operators", (), "", "Show the operators."),
    ("server-ban", (), "MASK [TIME] [REASON]", "Ban from the server."),
    ("server-tryban", (), "MASK", "Show whom a ban of the server would hit."),
    ("server-unban", (), "MASK", "Lift a ban of the server."),
    ("server-bans", (), "", "Show the bans of the server."),
    ("server-set", (), "[NAME VALUE]", "sign-ups open|closed; registered-only yes|no."),
    ("where", (), "USER", "Show somebody's connections."),
    ("kill", (), "USER [REASON]", "Disconnect somebody."),
    ("announce", (), "TEXT", "Say something to everybody."),
    ("audit", (), "[COUNT] [before N]", "Read what operators and moderators did."),
    ("reload", (), "", "Have the server read its certificate again."),
    ("shutdown", (), "[REASON]", "Stop the server."),
)
"""Words for operators of the server; each means what it does at the line protocol."""

WORDS = (
    Word("join", (), "[ROOM]", "Enter a room, or go to one you are in.", _join),
    Word("leave", ("leave_chatroom",), "[ROOM]", "Leave a room.", _asks_about("leave")),
    Word("room", (), "[ROOM]", "Go to another room you are in; alone, to the next.", _room),
    Word(
        "all",
        (),
        "",
        "Show all your rooms together, or again only one.",
        lambda _rest, _place: ShowAll(),
    ),
    Word("rooms", ("list",), "", "Show every room there is.", _asks("list")),
    Word("who", (), "[ROOM]", "Show who is here, or who is in a room.", _asks("who")),
    Word(
        "msg",
        ("tell",),
        "USER TEXT",
        "Say something to one user only; also @USER TEXT.",
        _asks("tell"),
    ),
    Word("ignore", (), "USER", "Hear no more of a user.", _asks("ignore")),
    Word("unignore", (), "USER", "Hear a user again.", _asks("unignore")),
    Word("ignored", (), "", "Show whom you ignore.", _asks("ignored")),
    Word("send", (), "ROOM TEXT", "Say something in another room than the current one.", _send),
    Word(
        "history",
        (),
        "[ROOM] [COUNT] [before N]",
        "Read what was said before.",
        _history,
    ),
    Word(
        "search", (), "[ROOM] WORDS", "Find messages that hold all the words.", _asks_in("search")
    ),
    Word(
        "redact",
        (),
        "[ROOM] NUMBER",
        "Take back what was said; /history has its number.",
        _asks_in("redact"),
    ),
    Word("edit", (), "[ROOM] NUMBER TEXT", "Give a message another text.", _asks_in("edit")),
    Word("topic", (), "[ROOM] [TEXT]", "Show or set the topic; - clears it.", _asks_in("topic")),
    Word("info", (), "[ROOM]", "Show the details of a room.", _asks_about("info")),
    Word("away", (), "[TEXT]", "Say that you are away, and perhaps why.", _asks("away")),
    Word("back", (), "", "Say that you are back.", _asks("back")),
    Word("nick", (), "NAME", "Take another nick.", _asks("nick")),
    Word("register", (), "PASSWORD", "Make your nick an account of yours.", _asks("register")),
    Word("login", (), "NAME PASSWORD", "Be the owner of an account.", _asks("login")),
    Word("logout", (), "", "Be nobody again; then take a /nick.", _asks("logout")),
    Word("passwd", (), "OLD NEW", "Change the password of your account.", _asks("passwd")),
    Word("drop", (), "PASSWORD [CODE]", "Give up your account.", _asks("drop")),
    Word("keys", (), "add KEY | list | remove N", "Your SSH public keys.", _asks("keys")),
    Word("grant-code", (), "", "Get a code to be yourself elsewhere too.", _asks("grant-code")),
    Word("pair", (), "CODE", "Be who said /grant-code elsewhere.", _asks("pair")),
    *(Word(*row, _asks(row[0])) for row in FOR_OPERATORS),
    Word("create", (), "ROOM", "Make a room that stays until it is deleted.", _asks("create")),
    Word("delete", (), "ROOM", "Remove a room and everything said in it.", _asks("delete")),
    Word(
        "welcome",
        (),
        "[ROOM] [TEXT]",
        "Show or set the line for newcomers; - clears it.",
        _asks_in("welcome"),
    ),
    Word(
        "clear", (), "", "Clear the screen; /history reads it again.", lambda _rest, _place: Clear()
    ),
    Word(
        "help",
        (),
        "[WORD]",
        "Show this list, or one word of it.",
        lambda rest, _place: ShowHelp(rest.removeprefix("/").lower()),
    ),
    Word(
        "quit", ("disconnect", "exit"), "", "Leave every room and end.", lambda _rest, _place: End()
    ),
)
"""The words one can say to the client, in the order /help shows them."""

BY_NAME = {name: word for word in WORDS for name in (word.name, *word.aliases)}
"""Every spelling of every word, in lower case."""


def argument_kinds() -> dict[str, str]:
    """Return for every spelling which kind of argument it takes first: ROOM, USER, VERB or ""."""
    return {name: _argument_kind(word) for name, word in BY_NAME.items()}


def _argument_kind(word: Word) -> str:
    first = word.arguments.partition(" ")[0].strip("[]")
    return {"ROOM": "ROOM", "USER": "USER", "WORD": "VERB"}.get(first, "")
