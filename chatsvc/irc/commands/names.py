"""Who is in a room, as NAMES shows it.

Source: https://modern.ircdocs.horse/#rplnamreply-353; with `multi-prefix` all signs of a member
are shown, with `userhost-in-names` also user and host (https://ircv3.net/specs).
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TypeVar

from chatsvc.core.commands import ListUsers
from chatsvc.core.errors import Refusal
from chatsvc.core.names import RoomName, nick_key
from chatsvc.core.people import Person
from chatsvc.core.replies import UserList, UserPages, UserSummary
from chatsvc.core.room import Room
from chatsvc.irc.asking import Line, Pages, Step
from chatsvc.irc.channels import channel_of
from chatsvc.irc.client import Client
from chatsvc.irc.message import LINE_BYTES
from chatsvc.irc.numerics import RPL_ENDOFNAMES, RPL_NAMREPLY
from chatsvc.irc.replies import echoed, numeric
from chatsvc.irc.room_modes import signs_of

T = TypeVar("T")


def names(client: Client, room: RoomName, channel: str = "") -> Iterator[Step]:
    """Return the members of a room, and the end; `channel` is how the client wrote it.

    Raises the refusal of who may not know.
    """
    shown = echoed(channel) if channel else channel_of(client.state.room(room).name)
    end = numeric(RPL_ENDOFNAMES, shown)
    for step in members(client, room):
        if isinstance(step, Pages):
            yield Pages(iter_with(step.lines, end))
            return
        yield step
    yield end


def members(client: Client, room: RoomName) -> Iterator[Step]:
    """Return the members of a room; raise the refusal of who may not know."""
    reply: UserList | UserPages = client.read(ListUsers(room))
    there = client.state.room(room)
    if isinstance(reply, UserPages):
        yield Pages(until_refused(_rows(client, there, reply.rows)))
    else:
        yield from (line for line in _rows(client, there, reply.users) if line is not None)


def until_refused(rows: Iterable[T]) -> Iterator[T]:
    """Return rows up to where whoever reads them may not know more: they were put out meanwhile."""
    with suppress(Refusal):
        yield from rows


def iter_with(lines: Iterable[Line | None], last: Line) -> Iterator[Line | None]:
    """Return lines and another one after them."""
    yield from lines
    yield last


def _rows(client: Client, room: Room, users: Iterable[UserSummary | None]) -> Iterator[Line | None]:
    """Return lines with as many names as fit; None for work without a line."""
    symbol = "=" if room.kind.listed else "@"
    channel = channel_of(room.name)
    head = f":{client.house.name} 353 {client.shown_nick} {symbol} {channel} :\r\n"
    most = LINE_BYTES - len(head.encode())
    words: list[str] = []
    size = 0
    shown = _shown(client, room)
    for user in users:
        word = "" if user is None else shown(user)
        length = len(word.encode()) + 1
        if word and words and size + length > most:
            yield numeric(RPL_NAMREPLY, symbol, channel, names=" ".join(words))
            words, size = [], 0
        else:
            yield None
        if word:
            words.append(word)
            size += length
    if words:
        yield numeric(RPL_NAMREPLY, symbol, channel, names=" ".join(words))


def _shown(client: Client, room: Room) -> Callable[[UserSummary], str]:
    """Return what writes a member with their signs; "" for somebody who has gone meanwhile."""
    people, has_hosts = client.state.people, client.has("userhost-in-names")
    most_signs = None if client.has("multi-prefix") else 1

    def shown(user: UserSummary) -> str:
        person = people.get(nick_key(user.nick))
        if person is None or person.person_id not in room.members:
            return ""
        name = client.house.mask_of_person(person) if has_hosts else person.nick
        return f"{signs_of(room, person)[:most_signs]}{name}"

    return shown


def signs(client: Client, room: Room, person: Person) -> str:
    """Return what stands before a member's nick: the highest sign, or all (multi-prefix)."""
    every = signs_of(room, person)
    return every if client.has("multi-prefix") else every[:1]
