"""NickServ and ChanServ: words that people know, for commands of the core; they are no persons.

    PRIVMSG NickServ :IDENTIFY name password        NS IDENTIFY name password
    PRIVMSG ChanServ :OP #tea ann                   CS OP #tea ann

They answer with NOTICEs, and do nothing that the core would not let who asks do anyway.
"""

from collections.abc import Callable, Iterator
from typing import Any

from chatsvc.core.commands import ChangePassword, Command, DropAccount, LogIn, Register, SetRole
from chatsvc.core.errors import Refusal
from chatsvc.core.names import Nick, parse_nick
from chatsvc.core.replies import AccountGone, AccountMade, DropCode, LoggedInAs, RoleIs
from chatsvc.core.roles import Role
from chatsvc.irc.asking import Ask, Step, Steps
from chatsvc.irc.channels import channel_of, room_of
from chatsvc.irc.client import Client
from chatsvc.irc.commands.accounts import Before, logged_in
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.message import Message

NICKSERV = "NickServ"
CHANSERV = "ChanServ"
_HELP = "HELP"

Serving = Callable[[Client, list[str]], Steps]
"""Carries a word out with what follows it; raises `IndexError` where that is too little."""


def is_service(target: str) -> bool:
    """Tell whether a message to `target` is for a service."""
    return target.lower() in _SERVICES


def served(client: Client, target: str, text: str) -> Iterator[Step]:
    """Carry out what somebody says to a service."""
    name, words = _SERVICES[target.lower()]
    word, *rest = text.split() or [_HELP]
    word = word.upper()
    serving = _help(name, words) if word == _HELP else words.get(word)
    if serving is None:
        yield _notice(client, name, f"That is no word of mine; say: {_HELP}")
        return
    try:
        yield from serving(client, rest)
    except IndexError:
        yield _notice(client, name, f"Say: {_USAGE[word]}")
    except Refusal as refusal:
        yield _notice(client, name, refusal.sentence)


def _help(name: str, words: dict[str, Serving]) -> Serving:
    return lambda client, _words: [_notice(client, name, _USAGE[word]) for word in words]


def _notice(client: Client, name: str, text: str) -> Message:
    """Return what a service says."""
    source = f"{name}!{name}@services.{client.house.name}"
    return Message("NOTICE", (client.shown_nick, text), source, client.scribe.tags())


def _ask(
    client: Client, name: str, command: Command, show: Callable[[Any], Steps]
) -> Iterator[Step]:
    """Ask the core; the service tells what is refused."""
    yield Ask(command, show, refuse=lambda refusal: (_notice(client, name, refusal.sentence),))


# NickServ


def _register(client: Client, words: list[str]) -> Steps:
    def show(reply: AccountMade) -> Steps:
        text = f'"{reply.nick}" is yours from now on.'
        return (_notice(client, NICKSERV, text), logged_in(client))

    return _ask(client, NICKSERV, Register(words[0]), show)


def _identify(client: Client, words: list[str]) -> Steps:
    """Log in, to the account that has one's nick for its name where none is given."""
    name = parse_nick(words[0]) if len(words) > 1 else client.nick or Nick("")
    before = Before(client)

    def show(_reply: LoggedInAs) -> Iterator[Step]:
        yield from before.changes()
        yield logged_in(client)
        yield _notice(client, NICKSERV, "You are logged in.")

    return _ask(client, NICKSERV, LogIn(name, words[-1], keeps_nick=True), show)


def _set(client: Client, words: list[str]) -> Steps:
    if words[0].upper() != "PASSWORD":
        raise IndexError
    command = ChangePassword(words[1], words[2])
    done = _notice(client, NICKSERV, "Your password is changed.")
    return _ask(client, NICKSERV, command, lambda _reply: (done,))


def _drop(client: Client, words: list[str]) -> Steps:
    """Give one's account up, by a code that is asked for first."""

    def show(reply: DropCode | AccountGone) -> Steps:
        if isinstance(reply, AccountGone):
            return (_notice(client, NICKSERV, f'"{reply.nick}" is nobody\'s any more.'),)
        text = f"To give your account up for good, say: DROP password {reply.code}"
        return (_notice(client, NICKSERV, text),)

    return _ask(client, NICKSERV, DropAccount(words[0], "".join(words[1:2])), show)


# ChanServ


def _role(role: Role) -> Serving:
    """Return what gives somebody a role in a room."""

    def serve(client: Client, words: list[str]) -> Steps:
        room = room_of(words[0], client.state.limits.room_length)
        command = SetRole(room, parse_nick(words[1]), role)

        def show(reply: RoleIs) -> Steps:
            text = f"{reply.nick} is {reply.role.word} in {channel_of(reply.room)}."
            return (_notice(client, CHANSERV, text),)

        return _ask(client, CHANSERV, command, show)

    return serve


_NICKSERV: dict[str, Serving] = {
    "REGISTER": _register,
    "IDENTIFY": _identify,
    "SET": _set,
    "DROP": _drop,
}
_CHANSERV: dict[str, Serving] = {
    "OP": _role(Role.MODERATOR),
    "DEOP": _role(Role.MEMBER),
    "VOICE": _role(Role.VOICED),
    "DEVOICE": _role(Role.MEMBER),
    "OWNER": _role(Role.OWNER),
}
_USAGE = {
    "REGISTER": "REGISTER password",
    "IDENTIFY": "IDENTIFY [name] password",
    "SET": "SET PASSWORD old new",
    "DROP": "DROP password [code]",
    "OP": "OP #room nick",
    "DEOP": "DEOP #room nick",
    "VOICE": "VOICE #room nick",
    "DEVOICE": "DEVOICE #room nick",
    "OWNER": "OWNER #room nick",
}
_SERVICES = {
    NICKSERV.lower(): (NICKSERV, _NICKSERV),
    CHANSERV.lower(): (CHANSERV, _CHANSERV),
}


def _direct(name: str) -> Callable[[Client, Message], Steps]:
    """Return the command that stands for a message to a service."""
    return lambda client, message: served(client, name, " ".join(message.params))


COMMANDS = {
    "NICKSERV": Verb(_direct(NICKSERV), help="NICKSERV words, as to NickServ"),
    "NS": Verb(_direct(NICKSERV), help="NS words, as to NickServ"),
    "CHANSERV": Verb(_direct(CHANSERV), help="CHANSERV words, as to ChanServ"),
    "CS": Verb(_direct(CHANSERV), help="CS words, as to ChanServ"),
}
