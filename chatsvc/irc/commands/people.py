"""WHO and AWAY: who is here, and who looks.

Source: https://modern.ircdocs.horse/#user-based-queries
"""

from collections.abc import Iterable, Iterator

from chatsvc.core.commands import ListUsers, SetAway, SetBack
from chatsvc.core.errors import Refusal
from chatsvc.core.names import nick_key, parse_nick
from chatsvc.core.people import Person
from chatsvc.core.replies import UserList, UserPages, UserSummary
from chatsvc.core.room import Room
from chatsvc.core.text import check_text
from chatsvc.irc.asking import Ask, Line, Pages, Step, Steps
from chatsvc.irc.channels import channel_of, is_channel, room_of
from chatsvc.irc.client import Client
from chatsvc.irc.commands.names import iter_with, signs
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.isupport import TEXT_LENGTH
from chatsvc.irc.message import Message, cut
from chatsvc.irc.numerics import (
    RPL_ENDOFWHO,
    RPL_NOWAWAY,
    RPL_UNAWAY,
    RPL_WHOREPLY,
)
from chatsvc.irc.replies import LONGEST_SHOWN, NOTHING_GIVEN, numeric
from chatsvc.irc.texts import plain

HERE, GONE = "H", "G"
OPERATOR = "*"


def _who(client: Client, message: Message) -> Iterator[Step]:
    """Show the members of a room, or somebody; of what may not be known only the end."""
    mask = message.param(0)
    end = numeric(RPL_ENDOFWHO, mask[:LONGEST_SHOWN] or NOTHING_GIVEN)
    try:
        if not is_channel(mask):
            yield from _who_person(client, mask)
            yield end
            return
        room = room_of(mask)
        reply: UserList | UserPages = client.read(ListUsers(room))
    except Refusal:
        yield end
        return
    there = client.state.room(room)
    if isinstance(reply, UserPages):
        yield Pages(iter_with(_rows(client, there, reply.rows), end))
    else:
        yield from (line for line in _rows(client, there, reply.users) if line is not None)
        yield end


def _who_person(client: Client, mask: str) -> Iterator[Step]:
    person = client.state.people.get(nick_key(parse_nick(mask)))
    if person is not None:
        yield _row(client, None, person)


def _rows(client: Client, room: Room, users: Iterable[UserSummary | None]) -> Iterator[Line | None]:
    for user in users:
        person = None if user is None else client.state.people.get(nick_key(user.nick))
        is_there = person is not None and person.person_id in room.members
        yield _row(client, room, person) if is_there and person is not None else None


def _row(client: Client, room: Room | None, person: Person) -> Line:
    """Return "<channel> <username> <host> <server> <nick> <flags> :<hopcount> <realname>"."""
    source = client.house.source_of_person(person)
    flags = (HERE if person.away is None else GONE) + (OPERATOR if person.is_operator else "")
    flags += "" if room is None else signs(client, room, person)
    channel = NOTHING_GIVEN if room is None else channel_of(room.name)
    realname = person.oldest_session.realname or person.nick
    words = (channel, source.user, source.host, client.house.name, person.nick, flags)
    return numeric(RPL_WHOREPLY, *words, realname=realname)


def _away(_client: Client, message: Message) -> Steps:
    """Be away with a reason, or back without one."""
    reason = cut(plain(message.param(0)).encode(), TEXT_LENGTH).decode()
    if not reason:
        return (Ask(SetBack(), lambda _reply: (numeric(RPL_UNAWAY),)),)
    return (Ask(SetAway(check_text(reason)), lambda _reply: (numeric(RPL_NOWAWAY),)),)


COMMANDS = {
    "WHO": Verb(_who, 1, help="WHO #channel / nick"),
    "AWAY": Verb(_away, help="AWAY [:reason]"),
}
