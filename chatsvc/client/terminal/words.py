"""The words that a person can say to the terminal, by subject; /help shows them so.

Most of them mean what they mean in the line protocol.
"""

from collections.abc import Iterator

import attrs

from chatsvc.client.terminal.intents import Clear, End, ShowAll, ShowHelp
from chatsvc.client.terminal.meanings import (
    Meaning,
    asks,
    asks_about,
    asks_in,
    go_to_room,
    join_room,
    moderates,
    read_history,
    say_there,
)


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


def _plain(name: str, arguments: str, summary: str, aliases: tuple[str, ...] = ()) -> Word:
    """Return a word that means the same in the line protocol."""
    return Word(name, aliases, arguments, summary, asks(name))


def _about(name: str, summary: str, aliases: tuple[str, ...] = ()) -> Word:
    return Word(name, aliases, "[ROOM]", summary, asks_about(name))


def _inside(name: str, arguments: str, summary: str) -> Word:
    return Word(name, (), f"[ROOM] {arguments}", summary, asks_in(name))


def _moderating(name: str, arguments: str, summary: str) -> Word:
    return Word(name, (), f"[ROOM] {arguments}", summary, moderates(name))


_TALKING = (
    Word(
        "msg",
        ("tell",),
        "USER TEXT",
        "Say something to one user only; also @USER TEXT.",
        asks("tell"),
    ),
    Word("send", (), "ROOM TEXT", "Say something in another room.", say_there),
    Word("history", (), "[ROOM] [COUNT] [before N]", "Read old messages.", read_history),
    _inside("search", "WORDS", "Find messages that hold all the words."),
    _inside("redact", "NUMBER", "Take back what was said; /history has its number."),
    _inside("edit", "NUMBER TEXT", "Give a message another text."),
)

_ROOMS = (
    Word("join", (), "[ROOM] [password PASSWORD]", "Enter a room, or go to it.", join_room),
    _about("leave", "Leave a room.", ("leave_chatroom",)),
    Word("room", (), "[ROOM]", "Go to another of your rooms; alone, to the next.", go_to_room),
    Word("all", (), "", "Show all your rooms, or again only one.", lambda _rest, _place: ShowAll()),
    Word("rooms", ("list",), "", "Show every room there is.", asks("list")),
    _plain("who", "[ROOM]", "Show who is here; ~ owner, @ moderator, + voiced."),
    _about("info", "Show the details of a room."),
    _inside("topic", "[TEXT]", "Show or set the topic; - clears it."),
    _inside("welcome", "[TEXT]", "Show or set the line for newcomers; - clears it."),
    _plain("create", "ROOM", "Make a room that stays until it is deleted."),
    _plain("rename", "ROOM NEW [REASON]", "Give a room another name."),
    _plain("delete", "ROOM", "Remove a room and everything said in it."),
)

_MODERATING = (
    _moderating("invite", "USER", "Let somebody into a room, once."),
    _moderating("uninvite", "USER", "Take an invitation back."),
    _moderating("kick", "USER [REASON]", "Put somebody out."),
    _moderating("ban", "MASK [TIME] [REASON]", "Keep out bob, spam*, ~account, 192.0.2.7."),
    _moderating("tryban", "MASK", "Show whom a ban or mute would hit."),
    _moderating("unban", "MASK", "Lift a ban."),
    _about("bans", "Show the bans."),
    _moderating("mute", "MASK [TIME] [REASON]", "Let them say nothing; TIME: 30m, 2h, 7d."),
    _moderating("unmute", "MASK", "Lift a mute."),
    _about("mutes", "Show the mutes."),
    _moderating("spare", "MASK", "Let no ban and no mute hit them."),
    _moderating("unspare", "MASK", "Take that back."),
    _about("spares", "Show whom no ban and no mute hits."),
    _moderating("hear", "MASK", "Let no mute hit them."),
    _moderating("unhear", "MASK", "Take that back."),
    _about("hears", "Show whom no mute hits."),
    _moderating("admit", "MASK", "Invite them for good."),
    _moderating("unadmit", "MASK", "Take that back."),
    _about("admits", "Show who is invited for good."),
    _moderating("voice", "USER", "Let somebody speak among announcements."),
    _moderating("devoice", "USER", "Take that back."),
    _moderating("op", "USER", "Make somebody a moderator."),
    _moderating("deop", "USER", "Make somebody a member without a role."),
    _moderating("owner", "USER", "Make somebody an owner."),
    _about("resign", "Give up your own role."),
    _inside("set", "[KEY VALUE]", "Change a setting of the room; alone, show them."),
)

_OURSELVES = (
    _plain("nick", "NAME", "Take another nick."),
    _plain("away", "[TEXT]", "Say that you are away, and perhaps why."),
    _plain("back", "", "Say that you are back."),
    _plain("ignore", "USER", "Hear no more of a user."),
    _plain("unignore", "USER", "Hear a user again."),
    _plain("ignored", "", "Show whom you ignore."),
    _plain("register", "PASSWORD", "Make your nick an account of yours."),
    _plain("login", "NAME PASSWORD", "Be the owner of an account."),
    _plain("logout", "", "Be nobody again; then take a /nick."),
    _plain("passwd", "OLD NEW", "Change the password of your account."),
    _plain("drop", "PASSWORD [CODE]", "Give up your account."),
    _plain("keys", "add KEY | list | remove N", "Your SSH public keys."),
    _plain("grant-code", "", "Get a code to be yourself elsewhere too."),
    _plain("pair", "CODE", "Be who said /grant-code elsewhere."),
)

_OPERATING = (
    _plain("claim", "CODE", "Become an operator by the code in the server's log."),
    _plain("oper", "ACCOUNT", "Make somebody an operator."),
    _plain("deoper", "ACCOUNT", "Make somebody an operator no longer."),
    _plain("operators", "", "Show the operators."),
    _plain("server-ban", "MASK [TIME] [REASON]", "Ban from the server."),
    _plain("server-tryban", "MASK", "Show whom a ban of the server would hit."),
    _plain("server-unban", "MASK", "Lift a ban of the server."),
    _plain("server-bans", "", "Show the bans of the server."),
    _plain("server-set", "[SETTING VALUE]", "sign-ups open|closed; registered-only yes|no."),
    _plain("where", "USER", "Show somebody's connections."),
    _plain("kill", "USER [REASON]", "Disconnect somebody."),
    _plain("announce", "TEXT", "Say something to everybody."),
    _plain("audit", "[COUNT] [before N]", "Read what operators and moderators did."),
    _plain("reload", "", "Have the server read its certificate again."),
    _plain("shutdown", "[REASON]", "Stop the server."),
)

_PROGRAM = (
    Word("clear", (), "", "Clear the screen; /history reads it again.", lambda _r, _p: Clear()),
    Word(
        "help",
        (),
        "[WORD]",
        "Show this list, or one word of it.",
        lambda rest, _place: ShowHelp(rest.removeprefix("/").lower()),
    ),
    Word("quit", ("disconnect", "exit"), "", "Leave every room and end.", lambda _r, _p: End()),
)

SUBJECTS = (
    ("Talking", _TALKING),
    ("Rooms", _ROOMS),
    ("Looking after a room, for its owners and moderators", _MODERATING),
    ("You", _OURSELVES),
    ("Looking after the server, for its operators", _OPERATING),
    ("This program", _PROGRAM),
)
"""The words one can say to the client, in the order /help shows them."""

WORDS = tuple(word for _, words in SUBJECTS for word in words)

BY_NAME = {name: word for word in WORDS for name in (word.name, *word.aliases)}
"""Every spelling of every word, in lower case."""


def argument_kinds() -> dict[str, tuple[str, ...]]:
    """Return for every spelling which kinds of arguments it takes, as `completion` has them."""
    return {name: tuple(_kinds(word)) for name, word in BY_NAME.items()}


def _kinds(word: Word) -> Iterator[str]:
    """Yield the kinds in order; a first room that may be left out keeps its brackets."""
    if "|" in word.arguments:
        return
    for place, argument in enumerate(word.arguments.split(" ")):
        yield argument if place == 0 and argument == "[ROOM]" else argument.strip("[]")
