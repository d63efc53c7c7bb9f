"""What a client is told of metadata: values of the keys that it has subscribed to.

"Clients automatically receive metadata updates for" themselves, the channels they are in, those
who are there too, and those whom they MONITOR. Of who comes into a room later the others are
told nothing by itself: they hear what that one changes, and may ask.
"""

from collections.abc import Container, Iterable, Iterator

from chatsvc.core.commands import ListUsers, ShowMetadata, ShowRoomMetadata
from chatsvc.core.errors import Refusal
from chatsvc.core.events import GuestMetadataSet, MetadataSet, RoomMetadataSet
from chatsvc.core.metadata import Change
from chatsvc.core.names import Nick, RoomName, nick_key, room_key
from chatsvc.core.people import Person
from chatsvc.core.replies import WHOLE, MetadataIs, UserList, UserPages
from chatsvc.irc.asking import Line, Pages, Step
from chatsvc.irc.channels import channel_of
from chatsvc.irc.client import Client
from chatsvc.irc.commands.names import until_refused
from chatsvc.irc.labels import within
from chatsvc.irc.message import Message
from chatsvc.irc.metadata import COMMAND, OF_REQUEST, V2, V3, VISIBLE
from chatsvc.irc.numerics import (
    RPL_KEYNOTSET,
    RPL_KEYVALUE,
    RPL_METADATASYNCLATER,
    RPL_WHOISKEYVALUE,
)
from chatsvc.irc.replies import Reply, numeric

SYNC_SECONDS = "4"
"""After what time to ask for the metadata of a large room, in which others come just now, too."""

_REFERENCE = "m"
"""The reference of these batches: answers are whole, so no two of them are open."""


def is_told(client: Client) -> bool:
    """Tell whether a client asked to be told of metadata."""
    return client.has(V2) or client.has(V3)


def key_value(target: str, key: str, value: str | None) -> Reply:
    """Return the numeric that a key has this value, or none."""
    if value is None:
        return numeric(RPL_KEYNOTSET, target, key)
    return numeric(RPL_KEYVALUE, target, key, VISIBLE, value=value)


def in_batch(
    client: Client, lines: Iterable[Line | None], *params: str, kind: str = OF_REQUEST
) -> Iterator[Line | None]:
    """Return lines as a batch, "an empty batch" too; bare for a client without batches."""
    if not client.has("batch"):
        yield from lines
        return
    server = client.house.name
    yield Message("BATCH", (f"+{_REFERENCE}", kind, *params), server)
    for line in lines:
        yield None if line is None else within(client.finished(line), _REFERENCE)
    yield Message("BATCH", (f"-{_REFERENCE}",), server)


# Values of what a client has subscribed to


def told(
    client: Client, target: str, changes: Iterable[Change], keys: Container[str]
) -> list[Line]:
    """Return the lines about those of `changes` whose keys are among `keys`."""
    return [_told(client, target, key, value) for key, value in changes if key in keys]


def _told(client: Client, target: str, key: str, value: str | None) -> Line:
    """Return "METADATA <Target> <Key> <Visibility> <Value>", or the numeric of `V3`."""
    if client.has(V3):
        return key_value(target, key, value)
    words = (VISIBLE,) if value is None else (VISIBLE, value)
    return client.scribe.from_server(COMMAND, target, key, *words)


def of_person(client: Client, person: Person, keys: Container[str]) -> list[Line]:
    """Return the values that somebody has set."""
    return told(client, person.nick, person.shown_metadata, keys)


def of_room(client: Client, room: RoomName, keys: Container[str]) -> Iterator[Line | None]:
    """Return the values that are set of a room and of "all other users in that channel".

    None stands for work without a line. Raises the refusal of who may not know of the room; of
    its members nothing is told to who may not know them.
    """
    found: MetadataIs = client.read(ShowRoomMetadata(room))
    own = told(client, channel_of(RoomName(found.target)), found.metadata, keys)
    return _with_members(client, own, _members(client, room), keys)


def _members(client: Client, room: RoomName) -> Iterator[Nick | None]:
    try:
        reply: UserList | UserPages = client.read(ListUsers(room))
    except Refusal:
        return iter(())
    rows = reply.rows if isinstance(reply, UserPages) else reply.users
    return (None if row is None else row.nick for row in rows)


def _with_members(
    client: Client, own: Iterable[Line], members: Iterator[Nick | None], keys: Container[str]
) -> Iterator[Line | None]:
    yield from own
    for nick in until_refused(members):
        yield None
        person = None if nick is None else client.state.people.get(nick_key(nick))
        if person is not None and person is not client.session.person:
            yield from of_person(client, person, keys)


# What comes by itself


def changed(
    client: Client, event: MetadataSet | GuestMetadataSet | RoomMetadataSet
) -> Iterator[Step]:
    """Return what a client is told of a change."""
    if not is_told(client):
        return
    if isinstance(event, RoomMetadataSet):
        target: str = channel_of(event.room)
    elif isinstance(event, MetadataSet):
        target = client.state.nick_of_owner(event.name)
    else:
        target = event.nick
    yield from told(client, target, event.changes, client.subscribed)


def on_arrival(client: Client, room: RoomName) -> Iterator[Step]:
    """Return what is told of a room that the client has come into, if anything.

    In a large room "the server MUST respond with a RPL_METADATASYNCLATER numeric instead".
    """
    there = client.state.rooms.get(room_key(room))
    if there is None or not (is_told(client) and client.subscribed):
        return
    if len(there.members) > WHOLE:
        yield numeric(RPL_METADATASYNCLATER, channel_of(there.name), SYNC_SECONDS)
        return
    lines = [each for each in of_room(client, room, client.subscribed) if each is not None]
    if lines:
        yield from filter(None, in_batch(client, lines, channel_of(there.name)))


def of_nick(client: Client, nick: Nick) -> Iterator[Step]:
    """Return what is told of somebody whom the client waits for, and who is here."""
    person = client.state.people.get(nick_key(nick))
    if person is not None and is_told(client):
        yield from of_person(client, person, client.subscribed)


def at_registration(client: Client) -> Iterator[Step]:
    """Return what is set of the client itself: "If none exists, [...] an empty batch".

    It is sent "as part of the registration burst, i.e. before RPL_ENDOFMOTD or ERR_NOMOTD".
    """
    if not is_told(client) or client.nick is None:
        return
    found: MetadataIs = client.read(ShowMetadata(client.nick))
    lines = (_told(client, found.target, key, value) for key, value in found.metadata)
    yield from filter(None, in_batch(client, lines, found.target))


def in_whois(client: Client, person: Person) -> Iterator[Line]:
    """Return what somebody has set, in the answer to WHOIS."""
    if is_told(client):
        for key, value in person.shown_metadata:
            yield numeric(RPL_WHOISKEYVALUE, person.nick, key, VISIBLE, value=value)


def everything(client: Client, keys: Container[str]) -> Pages:
    """Return all values of `keys` that the client would be told of if they changed now."""
    return Pages(_everything(client, keys))


def _everything(client: Client, keys: Container[str]) -> Iterator[Line | None]:
    own = client.session.person
    seen: set[int] = set() if own is None else {own.person_id}
    for room in list(client.session.rooms.values()):
        if room.key not in client.session.rooms:
            continue
        yield from told(client, channel_of(room.name), room.metadata, keys)
        if len(room.members) > WHOLE:
            yield numeric(RPL_METADATASYNCLATER, channel_of(room.name), SYNC_SECONDS)
            continue
        for member in list(room.members.values()):
            yield None
            if member.person.person_id not in seen:
                seen.add(member.person.person_id)
                yield from of_person(client, member.person, keys)
    for nick in list(client.state.watching.nicks_of(client.session.session_id)):
        person = client.state.people.get(nick_key(nick))
        if person is not None and person.person_id not in seen:
            seen.add(person.person_id)
            yield from of_person(client, person, keys)
