"""Message ids: made of what a message is anyway, so that every way in can quote it.

    room "/" number ["/" id of the room]        lobby/42/7
    "@" id of the conversation "/" number       @12/3           a direct message that is kept
    room "/" number "." count ["/" id]          lobby/42.3/7    the 3rd thing that happened there,
                                                                after message 42: TOPIC
    "!" anything                                !mf0k2x.1a      what is kept nowhere

A room's name may be taken by another room one day, its id never; so an id is part of what the
server gives out, and where it is given it decides. A person may leave it away. `/`, `@` and `!`
are in no room name. https://ircv3.net/specs/extensions/message-ids: "MUST be unique".
"""

import re

import attrs

from chatsvc.core.errors import BadRoom
from chatsvc.core.limits import COUNTER_DIGITS
from chatsvc.core.names import RoomName, parse_room_name

_NUMBER = rf"([1-9][0-9]{{0,{COUNTER_DIGITS - 1}}})"
_IN_ROOM = re.compile(rf"([^/@!]+)/{_NUMBER}(?:/{_NUMBER})?")
_HAPPENED = re.compile(rf"([^/@!]+)/(0|{_NUMBER[1:-1]})\.{_NUMBER}(?:/{_NUMBER})?")
_DIRECT = re.compile(rf"@{_NUMBER}/{_NUMBER}")


@attrs.frozen
class RoomMessage:
    """A message of a room; `room_id` 0: of the room that has this name now."""

    room: RoomName
    number: int
    room_id: int = 0


@attrs.frozen
class DirectMessage:
    """A message of the conversation of two people."""

    conversation: int
    number: int


@attrs.frozen
class RoomHappening:
    """What happened in a room after message `number`, as the `place`th thing; as above."""

    room: RoomName
    number: int
    place: int
    room_id: int = 0


def room_msgid(room: RoomName, number: int, room_id: int) -> str:
    """Return the id of a message of a room."""
    return f"{room}/{number}/{room_id}"


def happening_msgid(room: RoomName, number: int, place: int, room_id: int) -> str:
    """Return the id of what happened in a room."""
    return f"{room}/{number}.{place}/{room_id}"


def direct_msgid(conversation: int, number: int) -> str:
    """Return the id of a direct message."""
    return f"@{conversation}/{number}"


def passing_msgid(started: int, count: int) -> str:
    """Return the id of what is kept nowhere, the `count`th since the server `started`."""
    return f"!{started:x}.{count:x}"


def parse_msgid(text: str) -> RoomMessage | DirectMessage | None:
    """Return the message that an id means; None for one that is kept nowhere, or no id."""
    if found := _DIRECT.fullmatch(text):
        return DirectMessage(int(found[1]), int(found[2]))
    found = _IN_ROOM.fullmatch(text)
    if found is None:
        return None
    try:
        room = parse_room_name(found[1])
    except BadRoom:
        return None
    return RoomMessage(room, int(found[2]), int(found[3] or 0))


def parse_happening(text: str) -> RoomHappening | None:
    """Return what happened that an id means; None for the id of anything else, or no id."""
    found = _HAPPENED.fullmatch(text)
    if found is None:
        return None
    try:
        room = parse_room_name(found[1])
    except BadRoom:
        return None
    return RoomHappening(room, int(found[2]), int(found[3]), int(found[4] or 0))
