"""Notices: they change nothing, and tell a session about itself, or members how many they are."""

import attrs

from chatsvc.core.names import Nick, RoomName


@attrs.frozen
class Greeted:
    """The server-wide welcome text, after the greeting."""

    text: str


@attrs.frozen
class Welcomed:
    """A room's welcome line, for somebody who just joined it."""

    room: RoomName
    text: str


@attrs.frozen
class Resumed:
    """The reader was behind and is at the head again; presence may have been left out."""

    room: RoomName
    last: int
    members: int


@attrs.frozen
class MembersCounted:
    """A large room has so many members now; who they are is not told."""

    room: RoomName
    members: int


@attrs.frozen
class ServerClosing:
    """The server is about to close the connection; `text` says why."""

    text: str


@attrs.frozen
class SourceChanged:
    """Somebody has another user name or shown host, `new`, in place of `old`."""

    nick: Nick
    old: tuple[str, str]
    new: tuple[str, str]


@attrs.frozen
class Appeared:
    """Somebody is here whom the session waits for."""

    nick: Nick


@attrs.frozen
class Vanished:
    """Somebody is gone, or has another nick, whom the session waits for."""

    nick: Nick
