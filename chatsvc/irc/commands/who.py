"""WHO and WHOX: who is here, by room, by nick, or by a mask.

Sources: https://modern.ircdocs.horse/#who-message, https://ircv3.net/specs/extensions/whox.
Who is marked invisible is found by their nick, and by a mask only if the client shares a room
with them. A search shows no rooms: "If the mask is not a channel name [...] `*`" stands there.
"""

from collections.abc import Callable, Iterable, Iterator

import attrs

from chatsvc.core.commands import ListUsers
from chatsvc.core.errors import BadNick, Refusal
from chatsvc.core.masks import Glob
from chatsvc.core.names import nick_key, parse_nick
from chatsvc.core.people import Mark, Person
from chatsvc.core.permission import may_find
from chatsvc.core.replies import UserList, UserPages, UserSummary
from chatsvc.core.roles import Role
from chatsvc.core.room import Room
from chatsvc.irc.asking import Line, Pages, Step
from chatsvc.irc.channels import channel_of, is_channel, room_of
from chatsvc.irc.client import Client
from chatsvc.irc.commands.names import iter_with, signs, until_refused
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.message import Message
from chatsvc.irc.modes import BOT_MODE
from chatsvc.irc.numerics import RPL_ENDOFWHO, RPL_WHOREPLY, RPL_WHOSPCRPL
from chatsvc.irc.replies import NOTHING_GIVEN, Reply, echoed, numeric, shown
from chatsvc.irc.whox import (
    HIDDEN_ADDRESS,
    NO_ACCOUNT,
    NO_CHANNEL,
    Whox,
    parse_whox,
    wants_operators,
)

HERE, GONE = "H", "G"
OPERATOR = "*"
EVERYBODY = "0"
"""What RFC 2812 (section 3.6.1) has for a mask that matches everybody."""

MOST_STARS = 8
"""Runs of `*` in a mask; who writes more finds nobody."""

_RANKS = {Role.OWNER: "999", Role.MODERATOR: "500", Role.VOICED: "1", Role.MEMBER: "0"}
NO_RANK = "n/a"
"""What WHOX has where there is no rank to show."""

Row = Callable[[Room | None, Person], Line | None]
"""Returns the line for somebody, perhaps in a room; None for who is not asked for."""


@attrs.frozen
class _Rows:
    """How the rows of one WHO are made."""

    client: Client
    whox: Whox | None
    operators_only: bool

    def row(self, room: Room | None, person: Person) -> Line | None:
        """Return somebody's line; None if only operators are asked for, and they are none."""
        if self.operators_only and not person.is_operator:
            return None
        if self.whox is None:
            return _reply(self.client, room, person)
        return _special(self.client, self.whox, room, person)


def _who(client: Client, message: Message) -> Iterator[Step]:
    """Show the members of a room, somebody, or who matches; at last the mask as it came.

    "`<mask>` MUST be exactly the `<mask>` parameter sent by the client".
    """
    mask, asked = message.param(0), message.param(1)
    rows = _Rows(client, parse_whox(asked), wants_operators(asked))
    end = numeric(RPL_ENDOFWHO, echoed(mask))
    try:
        lines = _rows(client, rows.row, mask)
    except Refusal:
        yield end
    else:
        yield Pages(iter_with(lines, end))


def _rows(client: Client, row: Row, mask: str) -> Iterator[Line | None]:
    """Return the rows for a mask; raise the refusal of who may not know."""
    if is_channel(mask):
        return _in_room(client, row, mask)
    named = _named(client, mask)
    return iter((row(None, named),)) if named else _matching(client, row, mask)


def _in_room(client: Client, row: Row, mask: str) -> Iterator[Line | None]:
    """Return the members of a room; raise the refusal of who may not know."""
    reply: UserList | UserPages = client.read(ListUsers(room_of(mask)))
    room = client.state.room(room_of(mask))
    users = reply.rows if isinstance(reply, UserPages) else reply.users
    return until_refused(_members(client, row, room, users))


def _members(
    client: Client, row: Row, room: Room, users: Iterable[UserSummary | None]
) -> Iterator[Line | None]:
    for user in users:
        person = None if user is None else client.state.people.get(nick_key(user.nick))
        is_there = person is not None and person.person_id in room.members
        yield row(room, person) if is_there and person is not None else None


def _named(client: Client, mask: str) -> Person | None:
    try:
        return client.state.people.get(nick_key(parse_nick(mask)))
    except BadNick:
        return None


def _matching(client: Client, row: Row, mask: str) -> Iterator[Line | None]:
    """Return who matches by nick, user, host, real name or server; None for who does not.

    All names are compared without case. Each takes a step a character, whatever the mask.
    It weighs what the list of all users weighs.
    """
    folded = "*" if mask == EVERYBODY else mask.casefold()
    if folded.count("*") > MOST_STARS:
        return iter(())
    reply: UserList | UserPages = client.read(ListUsers())
    users = reply.rows if isinstance(reply, UserPages) else reply.users
    return _hit(client, row, Glob.of(folded), users)


def _hit(
    client: Client, row: Row, glob: Glob, users: Iterable[UserSummary | None]
) -> Iterator[Line | None]:
    for user in users:
        person = None if user is None else client.state.people.get(nick_key(user.nick))
        if person is None or not may_find(client.session, person):
            yield None
        else:
            yield row(None, person) if _hits(client, glob, person) else None


def _hits(client: Client, glob: Glob, person: Person) -> bool:
    source = client.house.source_of_person(person)
    realname = person.oldest_session.realname
    names = (nick_key(person.nick), source.user, source.host, realname, client.house.name)
    return any(glob.matches(name.casefold()) for name in names)


# Rows


def flags_of(client: Client, room: Room | None, person: Person) -> str:
    """Return "H" or "G" for away, "*" for an operator, the signs in a room, "B" for a bot."""
    flags = HERE if person.away is None else GONE
    flags += OPERATOR if person.is_operator else ""
    flags += "" if room is None else signs(client, room, person)
    return flags + (BOT_MODE if person.has(Mark.BOT) else "")


def _reply(client: Client, room: Room | None, person: Person) -> Line:
    """Return "<channel> <username> <host> <server> <nick> <flags> :<hopcount> <realname>"."""
    source = client.house.source_of_person(person)
    channel = NOTHING_GIVEN if room is None else channel_of(room.name)
    words = (channel, source.user, source.host, client.house.name, person.nick)
    realname = client.house.realname_of(person.nick)
    return numeric(RPL_WHOREPLY, *words, flags_of(client, room, person), realname=realname)


def _special(client: Client, whox: Whox, room: Room | None, person: Person) -> Line:
    """Return the fields that are asked for; of addresses "255.255.255.255" is shown."""
    house = client.house
    source = house.source_of_person(person)
    values = {
        "c": NO_CHANNEL if room is None else channel_of(room.name),
        "u": source.user,
        "i": HIDDEN_ADDRESS,
        "h": source.host,
        "s": house.name,
        "n": person.nick,
        "f": flags_of(client, room, person),
        "d": "0",
        "l": str(house.idle_seconds(person)),
        "a": NO_ACCOUNT if person.account is None else person.account.name,
        "o": NO_RANK if room is None else _RANKS[room.role_of(person)],
    }
    safe = {field: shown(value) for field, value in values.items()}
    realname = house.realname_of(person.nick)
    return Reply(RPL_WHOSPCRPL.number, whox.row({**safe, "r": realname}), is_numeric=True)


COMMANDS = {
    "WHO": Verb(_who, 1, help="WHO #channel / nick / *mask* [%fields,token / o]"),
}
