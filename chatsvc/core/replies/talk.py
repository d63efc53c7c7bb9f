"""Answers about what is said, and was said before."""

import attrs

from chatsvc.core.events import Said
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.values import lightly_frozen


@lightly_frozen
class Sent:
    """Your message was kept under this number, as said `at` milliseconds since 1970 UTC.

    `at` is 0 where that is not known: the message was kept before.
    """

    room: RoomName
    number: int
    at: int = attrs.field(default=0, eq=False)


@attrs.frozen
class MessageRedacted:
    """The text of the message is taken back."""

    room: RoomName
    number: int


@attrs.frozen
class MessageEdited:
    """The message has another text now."""

    room: RoomName
    number: int


@attrs.frozen
class Delivered:
    """Your direct message was passed on `at` this time; one that is kept has a number.

    `conversation` is the id of where it is kept; what is kept nowhere has a `serial`. What is kept
    for one of the two alone was told as what is kept nowhere, and is the message `kept` there.
    """

    nick: Nick
    number: int | None = None
    at: int = attrs.field(default=0, eq=False)
    conversation: int = attrs.field(default=0, eq=False)
    serial: int = attrs.field(default=0, eq=False)
    kept: int = attrs.field(default=0, eq=False)


@attrs.frozen
class Passed:
    """Your signal was passed on to a room, or to `nick`, under this `serial`."""

    room: RoomName | None
    nick: Nick | None
    at: int
    serial: int


@attrs.frozen
class History:
    """Messages of a room, oldest first."""

    room: RoomName
    messages: tuple[Said, ...]


@attrs.frozen
class SearchResult:
    """Messages of a room that hold all the words, oldest first."""

    room: RoomName
    messages: tuple[Said, ...]
