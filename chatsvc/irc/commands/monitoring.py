"""MONITOR: be told who comes and goes.

    MONITOR + nick,nick    wait for these; who is here of them, and who is not, comes at once
    MONITOR - nick,nick    wait for these no more
    MONITOR C              wait for nobody
    MONITOR L              list them
    MONITOR S              show of each of them whether they are here

Source: https://ircv3.net/specs/extensions/monitor. With `extended-monitor` the client is told
of them what it is told of those it shares a room with (https://ircv3.net/specs/extensions/extended-monitor).
"""

from collections.abc import Iterable, Iterator
from functools import partial

from chatsvc.core.commands import Watch
from chatsvc.core.errors import BadNick
from chatsvc.core.limits import WATCHED_NICKS
from chatsvc.core.names import Nick, nick_key, parse_nick
from chatsvc.core.replies import Watched
from chatsvc.irc.asking import Ask, Line, Step, Steps
from chatsvc.irc.client import Client
from chatsvc.irc.commands.describing import of_nick
from chatsvc.irc.commands.joining import words_of
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.message import LINE_BYTES, Message
from chatsvc.irc.numerics import (
    ERR_ERRONEUSNICKNAME,
    ERR_MONLISTFULL,
    ERR_NEEDMOREPARAMS,
    RPL_ENDOFMONLIST,
    RPL_MONLIST,
    RPL_MONOFFLINE,
    RPL_MONONLINE,
    Numeric,
)
from chatsvc.irc.replies import LONGEST_SHOWN, numeric


def _monitor(client: Client, message: Message) -> Iterator[Step]:
    match message.param(0).upper(), message.param(1):
        case "+" | "-", "":
            yield numeric(ERR_NEEDMOREPARAMS, message.command)
        case "+", targets:
            yield from _add(client, targets)
        case "-", targets:
            yield Ask(Watch(removed=tuple(_nicks(targets))))
        case "C", _:
            yield Ask(Watch(removed=tuple(client.state.watching.nicks_of(_id(client)))))
        case "L", _:
            watched = client.state.watching.nicks_of(_id(client))
            yield from _in_lines(client, RPL_MONLIST, watched)
            yield numeric(RPL_ENDOFMONLIST)
        case "S", _:
            yield from _statuses(client, client.state.watching.nicks_of(_id(client)))


def _add(client: Client, targets: str) -> Iterator[Step]:
    """Wait for more: "if any of the targets being added are online" or offline, say so.

    "'target' MUST be a valid nick as determined by the IRC daemon": what is none is refused.
    """
    nicks: list[Nick] = []
    for target in words_of(targets):
        try:
            nicks.append(parse_nick(target, client.state.limits.nick_length))
        except BadNick as refusal:
            shown = target[:LONGEST_SHOWN]
            yield numeric(ERR_ERRONEUSNICKNAME, shown, sentence=refusal.sentence)
    if nicks:
        yield Ask(Watch(added=tuple(nicks)), partial(_added, client))


def _added(client: Client, reply: Watched) -> Iterator[Step]:
    yield from _statuses(client, reply.nicks)
    for nick in reply.nicks:
        yield from of_nick(client, nick)
    if reply.too_many:
        yield numeric(ERR_MONLISTFULL, str(WATCHED_NICKS), ",".join(reply.too_many))


def _nicks(targets: str) -> Iterator[Nick]:
    for target in words_of(targets):
        try:
            yield parse_nick(target)
        except BadNick:
            continue


def _id(client: Client) -> int:
    return client.session.session_id


def _statuses(client: Client, nicks: Iterable[Nick]) -> Iterator[Line]:
    """Return who of these is here, and who is not."""
    here: list[str] = []
    gone: list[str] = []
    for nick in dict.fromkeys(nicks):
        if nick_key(nick) in client.state.people:
            here.append(str(client.house.source_of(nick)))
        else:
            gone.append(nick)
    yield from _in_lines(client, RPL_MONONLINE, here)
    yield from _in_lines(client, RPL_MONOFFLINE, gone)


def appeared(client: Client, nick: Nick) -> Steps:
    """Return that somebody is here, and what they say of themselves."""
    here = numeric(RPL_MONONLINE, targets=str(client.house.source_of(nick)))
    return (here, *of_nick(client, nick))


def vanished(_client: Client, nick: Nick) -> Steps:
    """Return that somebody is gone, with the nick as they wrote it."""
    return (numeric(RPL_MONOFFLINE, targets=nick),)


def _in_lines(client: Client, what: Numeric, targets: Iterable[str]) -> Iterator[Line]:
    """Return targets between commas, as many in a line as fit."""
    most = LINE_BYTES - len(f":{client.house.name} 730 {client.shown_nick} :\r\n".encode())
    held, size = list[str](), 0
    for target in targets:
        length = len(target.encode()) + len(",")
        if held and size + length > most:
            yield numeric(what, targets=",".join(held))
            held, size = [], 0
        held.append(target)
        size += length
    if held:
        yield numeric(what, targets=",".join(held))


COMMANDS = {
    "MONITOR": Verb(_monitor, 1, help="MONITOR + / - nick,nick, or C, L, S"),
}
