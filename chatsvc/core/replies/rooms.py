"""Answers about rooms."""

from collections.abc import Iterator

import attrs

from chatsvc.core.names import Nick, RoomName

NO_PORT = 0
"""The port of a room for which the range of room ports had none left."""


@attrs.frozen
class RoomMade:
    """The room was made."""

    room: RoomName
    port: int | None = None


@attrs.frozen
class Entered:
    """You are a member; the last message has number `last`, 0 if there is none."""

    room: RoomName
    last: int
    members: int
    port: int | None = None


@attrs.frozen
class RoomLeft:
    """You are not a member any more; `reason` is what the others were told of it."""

    room: RoomName
    reason: str = ""


@attrs.frozen
class RoomGone:
    """The room was deleted."""

    room: RoomName


@attrs.frozen
class RoomNameIs:
    """The room that was called `room` is called `new`."""

    room: RoomName
    new: RoomName
    reason: str = ""


@attrs.frozen
class TopicIs:
    """The room's topic, who set it and when; `nick` None: there is none."""

    room: RoomName
    at: int
    nick: Nick | None
    text: str


@attrs.frozen
class WelcomeIs:
    """The room's welcome line, perhaps empty."""

    room: RoomName
    text: str


@attrs.frozen
class RoomSummary:
    """A row of the list of rooms; `last_at` 0: nothing was said yet.

    `kind` is `Kind.name`. Of a room that shows no details all numbers are 0, and times too.
    """

    room: RoomName
    members: int
    last: int
    created_at: int
    last_at: int
    kept: bool
    topic: str
    kind: str = "public"


@attrs.frozen
class RoomList:
    """Every room, in the order of their names."""

    rooms: tuple[RoomSummary, ...]


@attrs.frozen(eq=False)
class RoomPages:
    """A list of many rooms, in the order of their names, each made when it is asked for."""

    rows: Iterator[RoomSummary | None]


@attrs.frozen
class RoomDetails:
    """All there is to know about one room."""

    summary: RoomSummary
    owner: Nick | None
    topic: TopicIs
    welcome: str
    port: int | None = None


@attrs.frozen
class TalkingIn:
    """Plain lines are said in `room` from now on; None: they are commands again."""

    room: RoomName | None
