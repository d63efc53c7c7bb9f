"""Commands about nicks, presence and who is here."""

import attrs

from chatsvc.core.names import Nick, RoomName
from chatsvc.core.people import Mark


@attrs.frozen
class SetNick:
    """Take a nick, or change it.

    `may_differ`: who is logged in may have another nick than the account's name, as long as
    they are connected by this way in alone.
    """

    nick: Nick
    may_differ: bool = False


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


@attrs.frozen
class SetRealname:
    """Say how one is called beside the nick."""

    realname: str


@attrs.frozen
class SetMarks:
    """Say more of the session that asks: `added` marks are set, `removed` ones taken away."""

    added: frozenset[Mark] = frozenset()
    removed: frozenset[Mark] = frozenset()


@attrs.frozen
class Watch:
    """Be told when somebody with one of these nicks comes or goes; of those `removed` no more."""

    added: tuple[Nick, ...] = ()
    removed: tuple[Nick, ...] = ()
