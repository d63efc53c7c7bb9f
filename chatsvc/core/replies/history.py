"""Answers about when something was said, and up to when somebody has read."""

import attrs

from chatsvc.core.events import Happened
from chatsvc.core.names import RoomName


@attrs.frozen
class Activity:
    """Rooms and conversations, each with the time of its newest message, in that order."""

    rows: tuple[tuple[RoomName, int], ...]


@attrs.frozen
class Happenings:
    """What happened in a room, oldest first."""

    room: RoomName
    happened: tuple[Happened, ...]


@attrs.frozen
class MarkerIs:
    """You have read this up to `at`, in milliseconds since 1970 UTC; None: that is not known."""

    room: RoomName
    at: int | None
