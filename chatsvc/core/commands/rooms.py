"""Commands about rooms: making, entering, leaving, removing, describing."""

import attrs

from chatsvc.core.names import RoomName


@attrs.frozen
class CreateRoom:
    """Make a room that stays until it is deleted; does not join it."""

    room: RoomName


@attrs.frozen
class JoinRoom:
    """Become a member; `room` None means the lobby.

    With `since`, every message after that number follows before the live ones.
    """

    room: RoomName | None
    since: int | None = None


@attrs.frozen
class JoinWithPassword:
    """Become a member of a room that takes a password; with `since` as for `JoinRoom`.

    Makes no room.
    """

    room: RoomName
    password: str = attrs.field(repr=False)
    since: int | None = None


@attrs.frozen
class EnterRoom(JoinRoom):
    """Become a member of a room that is there, having said a password.

    `secret` is the hash that it fits, "" if it did not fit that of the room.
    """

    secret: str = attrs.field(default="", repr=False)


@attrs.frozen
class LeaveRoom:
    """Stop being a member, perhaps with a reason."""

    room: RoomName
    reason: str = ""


@attrs.frozen
class DeleteRoom:
    """Remove a room and everything said in it."""

    room: RoomName


@attrs.frozen
class RenameRoom:
    """Give a room another name, perhaps with a reason; everything in it stays."""

    room: RoomName
    new: RoomName
    reason: str = ""


@attrs.frozen
class VacateRoom:
    """Remove a temporary room that nobody is in; only the hub asks for this."""

    room: RoomName


@attrs.frozen
class TrimRoom:
    """Remove the messages of a room up to a number; only the hub asks for this.

    The room with this id: another may have its name by now.
    """

    room: RoomName
    room_id: int
    number: int


@attrs.frozen
class SetTopic:
    """Set a room's topic; an empty text clears it."""

    room: RoomName
    text: str


@attrs.frozen
class ShowTopic:
    """Ask for a room's topic."""

    room: RoomName


@attrs.frozen
class SetWelcome:
    """Set the line shown to whoever joins; an empty text clears it."""

    room: RoomName
    text: str


@attrs.frozen
class ShowWelcome:
    """Ask for a room's welcome line."""

    room: RoomName


@attrs.frozen
class ListRooms:
    """Ask for every room."""


@attrs.frozen
class DescribeRoom:
    """Ask for the details of a room."""

    room: RoomName
