"""WHOIS, WHOWAS, USERHOST, ISON: what is known of somebody.

Source: https://modern.ircdocs.horse/#user-based-queries. Which rooms somebody is in, and from
which address, is shown to those only who may know (`core.permission`).
"""

from collections.abc import Iterator
from itertools import islice

from chatsvc.core.departures import Gone
from chatsvc.core.errors import BadNick
from chatsvc.core.names import Nick, nick_key, parse_nick
from chatsvc.core.people import Mark, Person
from chatsvc.core.permission import may_see_address, rooms_shown
from chatsvc.irc.asking import Line, Pages, Step, Steps
from chatsvc.irc.capabilities import in_lines
from chatsvc.irc.channels import channel_of
from chatsvc.irc.client import Client
from chatsvc.irc.commands.describing import in_whois
from chatsvc.irc.commands.joining import words_of
from chatsvc.irc.commands.names import iter_with, signs
from chatsvc.irc.commands.services import is_service
from chatsvc.irc.commands.serving import SERVICES, host_of_services
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.message import Message
from chatsvc.irc.numerics import (
    ERR_NONICKNAMEGIVEN,
    ERR_NOSUCHNICK,
    ERR_NOSUCHSERVER,
    ERR_WASNOSUCHNICK,
    RPL_AWAY,
    RPL_ENDOFWHOIS,
    RPL_ENDOFWHOWAS,
    RPL_ISON,
    RPL_USERHOST,
    RPL_WHOISACCOUNT,
    RPL_WHOISBOT,
    RPL_WHOISCERTFP,
    RPL_WHOISCHANNELS,
    RPL_WHOISHOST,
    RPL_WHOISIDLE,
    RPL_WHOISMODES,
    RPL_WHOISOPERATOR,
    RPL_WHOISSECURE,
    RPL_WHOISSERVER,
    RPL_WHOISUSER,
    RPL_WHOWASUSER,
)
from chatsvc.irc.replies import LONGEST_SHOWN, numeric
from chatsvc.irc.user_modes import modes_of
from chatsvc.wire.times import format_time

MOST_HOSTS = 5
"""Nicks of one USERHOST: "a list of up to 5 nicknames" (RFC 2812, section 4.8)."""


def person_named(client: Client, nick: str) -> Person | None:
    """Return who is here under a nick that a client wrote; None if nobody is, or can be."""
    try:
        return client.state.people.get(nick_key(parse_nick(nick)))
    except BadNick:
        return None


# WHOIS


def _whois(client: Client, message: Message) -> Iterator[Step]:
    """Show somebody: "WHOIS [<target>] <nick>", where the target is this server or anybody."""
    target, nick = message.param(0), message.param(len(message.params) - 1)
    if not nick:
        yield numeric(ERR_NONICKNAMEGIVEN)
        return
    if len(message.params) > 1 and not _is_here(client, target):
        yield numeric(ERR_NOSUCHSERVER, target[:LONGEST_SHOWN])
        return
    nick = words_of(nick)[0] if words_of(nick) else nick
    end = numeric(RPL_ENDOFWHOIS, nick[:LONGEST_SHOWN])
    person = person_named(client, nick)
    if is_service(nick):
        yield from _about_service(client, SERVICES[nick.lower()])
        yield end
    elif person is None:
        yield numeric(ERR_NOSUCHNICK, nick[:LONGEST_SHOWN])
        yield end
    else:
        yield Pages(iter_with(_about(client, person), end))


def _about_service(client: Client, name: str) -> Iterator[Step]:
    """Return what is known of a service, which is nobody and always there."""
    house = client.house
    host = host_of_services(client)
    yield numeric(RPL_WHOISUSER, name, name, host, "*", realname=f"A service: {name} HELP")
    yield numeric(RPL_WHOISSERVER, name, house.name, info=house.info)


def _is_here(client: Client, target: str) -> bool:
    is_server = target.casefold() == client.house.name.casefold()
    return is_server or person_named(client, target) is not None


def _about(client: Client, person: Person) -> Iterator[Line | None]:
    """Return what is known of somebody, in the order of "Modern"; None for work without a line.

    They may go while this is read, line by line: what is known then ends there.
    """
    if not person.sessions:
        yield numeric(ERR_NOSUCHNICK, person.nick)
        return
    house = client.house
    source, realname = house.source_of_person(person), house.realname_of(person.nick)
    yield numeric(RPL_WHOISUSER, person.nick, source.user, source.host, "*", realname=realname)
    yield from _rooms(client, person)
    if person.sessions:
        yield from tuple(_about_now(client, person))


def _about_now(client: Client, person: Person) -> Iterator[Line]:
    """Return what is known of somebody beside their rooms."""
    house, nick = client.house, person.nick
    yield numeric(RPL_WHOISSERVER, nick, house.name, info=house.info)
    if person.is_operator:
        yield numeric(RPL_WHOISOPERATOR, nick)
    if person.away is not None:
        yield numeric(RPL_AWAY, nick, reason=person.away)
    if person.account is not None:
        yield numeric(RPL_WHOISACCOUNT, nick, person.account.name)
    if person.has(Mark.BOT):
        yield numeric(RPL_WHOISBOT, nick)
    if person.is_secure:
        yield numeric(RPL_WHOISSECURE, nick)
    if may_see_address(client.session, person):
        yield from _private(person)
    yield from in_whois(client, person)
    since = str(person.since // 1000)
    yield numeric(RPL_WHOISIDLE, nick, str(house.idle_seconds(person)), since)


def _rooms(client: Client, person: Person) -> Iterator[Line | None]:
    """Return the rooms that somebody may be shown to be in, as many in a line as fit."""
    words: list[str] = []
    for room in rooms_shown(client.session, person, client.house.now()):
        if room is not None:
            words.append(f"{signs(client, room, person)}{channel_of(room.name)}")
        yield None
    overhead = len(f":{client.house.name} 319 {client.shown_nick} {person.nick} :\r\n".encode())
    for line in in_lines(words, overhead):
        if line:
            yield numeric(RPL_WHOISCHANNELS, person.nick, channels=line)


def _private(person: Person) -> Iterator[Line]:
    """Return what is shown to themselves and operators alone."""
    sessions = person.sessions.values()
    for certificate in dict.fromkeys(session.certificate for session in sessions):
        if certificate:
            shown = certificate.replace(":", "").lower()
            yield numeric(RPL_WHOISCERTFP, person.nick, fingerprint=shown)
    for host in dict.fromkeys(session.host for session in sessions):
        if host:
            yield numeric(RPL_WHOISHOST, person.nick, host=f"*@{host}")
    yield numeric(RPL_WHOISMODES, person.nick, modes=modes_of(person.oldest_session))


# WHOWAS


def _whowas(client: Client, message: Message) -> Iterator[Step]:
    """Show who had a nick, "the most recent entry first", up to a count.

    "If there are multiple entries, up to <count> replies will be returned"; "if a non-positive
    number is passed as being <count>, then a full search is done".
    """
    nick = message.param(0)
    if not nick:
        yield numeric(ERR_NONICKNAMEGIVEN)
        return
    gone = _gone_as(client, nick)
    if not gone:
        yield numeric(ERR_WASNOSUCHNICK, nick[:LONGEST_SHOWN])
    for each in islice(gone, _count(message.param(1)) or len(gone)):
        yield from _about_gone(client, each)
    yield numeric(RPL_ENDOFWHOWAS, nick[:LONGEST_SHOWN])


def _gone_as(client: Client, nick: str) -> tuple[Gone, ...]:
    try:
        return client.state.departures.of(nick_key(parse_nick(nick)))
    except BadNick:
        return ()


def _count(word: str) -> int:
    """Return the count that is asked for; 0 for all."""
    return int(word) if word.isascii() and word.isdigit() and len(word) < LONGEST_SHOWN else 0


def _about_gone(client: Client, gone: Gone) -> Iterator[Line]:
    """Return who somebody was, and when they went: what RPL_WHOISSERVER has after WHOWAS."""
    house = client.house
    source = house.source_of_gone(gone.nick, gone)
    realname = gone.realname or gone.nick
    yield numeric(RPL_WHOWASUSER, gone.nick, source.user, source.host, "*", realname=realname)
    yield numeric(RPL_WHOISSERVER, gone.nick, house.name, info=format_time(gone.at))
    if gone.account:
        yield numeric(RPL_WHOISACCOUNT, gone.nick, gone.account)


# Short questions


def _userhost(client: Client, message: Message) -> Steps:
    """Show "<nick>[*]=<+/-><user>@<host>" of each who is here, "-" of who is away."""
    people = (person_named(client, nick) for nick in message.params[:MOST_HOSTS])
    words = [_host(client, person) for person in people if person is not None]
    return (numeric(RPL_USERHOST, replies=" ".join(words)),)


def _host(client: Client, person: Person) -> str:
    source = client.house.source_of_person(person)
    sign = "*" if person.is_operator else ""
    presence = "+" if person.away is None else "-"
    return f"{person.nick}{sign}={presence}{source.user}@{source.host}"


def _ison(client: Client, message: Message) -> Steps:
    """Show which of some nicks are here (RFC 2812, section 4.9)."""
    people = (person_named(client, nick) for nick in _nicks(message))
    here = dict.fromkeys(person.nick for person in people if person is not None)
    return (numeric(RPL_ISON, nicks=" ".join(here)),)


def _nicks(message: Message) -> Iterator[Nick]:
    for param in message.params:
        yield from map(Nick, param.split())


COMMANDS = {
    "WHOIS": Verb(_whois, 1, help="WHOIS nick"),
    "WHOWAS": Verb(_whowas, 1, help="WHOWAS nick [count]"),
    "USERHOST": Verb(_userhost, 1, help="USERHOST nick [nick ...]"),
    "ISON": Verb(_ison, 1, help="ISON nick [nick ...]"),
}
