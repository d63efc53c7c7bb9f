"""Commands about nicks, presence and who is here."""

import attrs

from chatsvc.core.names import Nick, RoomName


@attrs.frozen
class SetNick:
    """Take a nick, or change it."""

    nick: Nick


@attrs.frozen
class Ignore:
    """Hear no more of a user."""

    nick: Nick


@attrs.frozen
class Unignore:
    """Hear a user again."""

    nick: Nick


@attrs.frozen
class ListIgnored:
    """Ask whom one ignores."""


@attrs.frozen
class SetAway:
    """Say that one is away, and perhaps why."""

    text: str = ""


@attrs.frozen
class SetBack:
    """Say that one is back."""


@attrs.frozen
class ListUsers:
    """Ask who is here, or who is in a room."""

    room: RoomName | None = None
