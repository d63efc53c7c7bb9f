"""Commands about what was said at some time, and up to when somebody has read."""

import attrs

from chatsvc.core.happenings import EVERYTHING, Span
from chatsvc.core.names import RoomName


@attrs.frozen
class ReadHistoryAt:
    """Ask for messages like `ReadHistory`, by times instead of numbers.

    The newest `count` ones said before `before`, or the oldest said after `after`, both in
    milliseconds since 1970 UTC; exactly one of the two is given.
    """

    room: RoomName
    count: int
    before: int | None = None
    after: int | None = None


@attrs.frozen
class ReadHappenings:
    """Ask for what happened in a room, the newest up to `count` things within `span`.

    Or the oldest ones, if it is asked `from_the_oldest`.
    """

    room: RoomName
    count: int
    span: Span = EVERYTHING
    from_the_oldest: bool = False


@attrs.frozen
class ListActivity:
    """Ask in which of one's rooms and conversations the newest message is of some time.

    It was said after `after` and before `before`, in milliseconds since 1970 UTC. The first
    `count` ones in the order of time, or the last where that `is_backward`.
    """

    after: int
    before: int
    count: int
    is_backward: bool = False


@attrs.frozen
class MarkRead:
    """Say that one has read a room, or the conversation with `@nick`, up to a time."""

    room: RoomName
    at: int


@attrs.frozen
class KeepMarker:
    """Carry out a `MarkRead`, of which the log was asked; only the hub asks for this."""

    room: RoomName
    at: int


@attrs.frozen
class ShowMarker:
    """Ask up to when one has read a room, or the conversation with `@nick`."""

    room: RoomName
