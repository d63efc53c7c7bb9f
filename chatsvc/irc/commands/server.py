"""What the server tells of itself: MOTD LUSERS VERSION TIME INFO LINKS ADMIN HELP.

Source: https://modern.ircdocs.horse/#server-queries-and-commands
"""

from collections.abc import Iterator

from chatsvc.irc.asking import Step, Steps
from chatsvc.irc.client import Client
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.commands.welcoming import counts, isupport, message_of_the_day, tokens
from chatsvc.irc.message import Message
from chatsvc.irc.numerics import (
    ERR_HELPNOTFOUND,
    ERR_NOSUCHSERVER,
    RPL_ADMINLOC1,
    RPL_ADMINME,
    RPL_ENDOFHELP,
    RPL_ENDOFINFO,
    RPL_ENDOFLINKS,
    RPL_HELPSTART,
    RPL_HELPTXT,
    RPL_INFO,
    RPL_TIME,
    RPL_VERSION,
)
from chatsvc.irc.replies import LONGEST_SHOWN, Refused, numeric
from chatsvc.wire.times import format_time

WEB = "https://modern.ircdocs.horse"
"""Where IRC is described."""

HELP = "index"
"""The subject of HELP without one."""

HELP_WORDS = 10
"""Commands in one line of the list."""


def _check_target(client: Client, target: str) -> None:
    """Make sure that this server is meant: there are no others.

    A mask may mean it, and the client's own nick does.
    """
    if not target or "*" in target or target.casefold() == client.house.name.casefold():
        return
    if target == client.shown_nick:
        return
    raise Refused(numeric(ERR_NOSUCHSERVER, target[:LONGEST_SHOWN]))


def _motd(client: Client, message: Message) -> Iterator[Step]:
    _check_target(client, message.param(0))
    yield from message_of_the_day(client)


def _lusers(client: Client, _message: Message) -> Steps:
    return counts(client)


def _version(client: Client, message: Message) -> Iterator[Step]:
    """Tell the version; the tokens follow ("Clients may receive RPL_ISUPPORT [...] after")."""
    _check_target(client, message.param(0))
    house = client.house
    yield numeric(RPL_VERSION, house.version, house.name, comments=house.info)
    yield from tokens(client)


def _time(client: Client, message: Message) -> Iterator[Step]:
    _check_target(client, message.param(0))
    yield numeric(RPL_TIME, client.house.name, time=format_time(client.house.now()))


def _info(client: Client, message: Message) -> Iterator[Step]:
    _check_target(client, message.param(0))
    house = client.house
    yield numeric(RPL_INFO, line=f"{house.name}: {house.info}")
    yield numeric(RPL_INFO, line=f"This is {house.version}, a chat-room service.")
    yield numeric(RPL_INFO, line=f"It runs since {format_time(house.started_at)}.")
    yield numeric(RPL_ENDOFINFO)


def _links(_client: Client, _message: Message) -> Steps:
    """List no server: this one stands alone, and its name is known."""
    return (numeric(RPL_ENDOFLINKS, "*"),)


def _admin(client: Client, message: Message) -> Iterator[Step]:
    _check_target(client, message.param(0))
    yield numeric(RPL_ADMINME, client.house.name)
    yield numeric(RPL_ADMINLOC1, line=client.house.info)


def _help(_client: Client, message: Message) -> Iterator[Step]:
    """Tell how a command is used, or which there are (modern.ircdocs.horse/#help-message)."""
    from chatsvc.irc.commands import COMMANDS as ALL

    subject = message.param(0)
    if not subject:
        yield numeric(RPL_HELPSTART, HELP, line="Commands; HELP COMMAND tells more:")
        words = sorted(ALL)
        for start in range(0, len(words), HELP_WORDS):
            yield numeric(RPL_HELPTXT, HELP, line=" ".join(words[start : start + HELP_WORDS]))
        yield numeric(RPL_ENDOFHELP, HELP)
        return
    shown = subject[:LONGEST_SHOWN]
    verb = ALL.get(subject.upper())
    if verb is None:
        raise Refused(numeric(ERR_HELPNOTFOUND, shown))
    yield numeric(RPL_HELPSTART, shown, line=verb.help or subject.upper())
    yield numeric(RPL_HELPTXT, shown, line=f"Described at {WEB}")
    yield numeric(RPL_ENDOFHELP, shown)


COMMANDS = {
    "MOTD": Verb(_motd, help="MOTD"),
    "LUSERS": Verb(_lusers, help="LUSERS"),
    "VERSION": Verb(_version, help="VERSION"),
    "ISUPPORT": Verb(isupport, is_open=True, help="ISUPPORT"),
    "TIME": Verb(_time, help="TIME"),
    "INFO": Verb(_info, help="INFO"),
    "LINKS": Verb(_links, help="LINKS"),
    "ADMIN": Verb(_admin, help="ADMIN"),
    "HELP": Verb(_help, help="HELP [command]"),
    "HELPOP": Verb(_help, help="HELPOP [command]"),
}
