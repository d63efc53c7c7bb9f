"""Live events: told to whoever is there, and not kept."""

import attrs

from chatsvc.core.ignoring import Ignored
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.people import Mark


@attrs.frozen
class Named:
    """A session got its first nick: somebody is here."""

    session: int
    nick: Nick
    at: int = 0


@attrs.frozen
class Renamed:
    """Somebody changed their nick."""

    session: int
    old: Nick
    new: Nick
    at: int = 0


@attrs.frozen
class Joined:
    """Somebody became a member; `automatic`: the server put the session there."""

    room: RoomName
    nick: Nick
    session: int = 0
    automatic: bool = False


@attrs.frozen
class Left:
    """Somebody stopped being a member; `is_departing`: they are gone from everywhere."""

    room: RoomName
    nick: Nick
    session: int = 0
    reason: str = ""
    is_departing: bool = False


@attrs.frozen
class Departed:
    """Somebody's last session ended: told once, to all who were in a room with them.

    For ways in that say so in one line; the others are told of each room (`Left`).
    """

    nick: Nick
    session: int = 0
    reason: str = ""


@attrs.frozen
class Kicked:
    """Somebody was put out of a room by `by`; `is_banned`: and may not come back.

    It is who was behind `person`, an id, when that was decided, whatever their nick is when
    it happens; 0: who has this nick. Nothing happens if they have gone by themselves.
    """

    room: RoomName
    nick: Nick
    by: Nick
    reason: str = ""
    is_banned: bool = False
    session: int = 0
    person: int = 0


@attrs.frozen
class Called:
    """Somebody was invited into a room by `by`; `to` are the sessions that are told."""

    room: RoomName
    nick: Nick
    by: Nick
    at: int = 0
    to: tuple[int, ...] = ()


@attrs.frozen
class LoggedIn:
    """A session has become one of those of the account called `name`.

    `nick` is the one that it has or gets, where nobody of the account is here yet; None: the
    account's name.
    """

    session: int
    name: Nick
    nick: Nick | None = None
    at: int = 0


@attrs.frozen
class Authenticated:
    """A session that has no nick yet is logged in to the account called `name`."""

    session: int
    name: Nick


@attrs.frozen
class LoggedOut:
    """A session is nobody's any more and has no nick."""

    session: int
    at: int


@attrs.frozen
class Disconnected:
    """A session ended; if it was the last one, its person left all rooms before."""

    session: int


@attrs.frozen
class WentAway:
    """Somebody is away, perhaps with a reason."""

    nick: Nick
    text: str
    session: int = 0


@attrs.frozen
class CameBack:
    """Somebody is no longer away."""

    nick: Nick
    session: int = 0


@attrs.frozen
class IgnoresSet:
    """A guest ignores these, for as long as it is here."""

    session: int
    ignored: Ignored


@attrs.frozen
class Told:
    """A direct message for one session, `to`."""

    at: int
    nick: Nick
    text: str
    to: int = 0


@attrs.frozen
class Announced:
    """An operator, `nick`, says something to everybody who is connected."""

    at: int
    nick: Nick
    text: str


@attrs.frozen
class Expelled:
    """An operator ends connections: those of `sessions` are told `text` and closed."""

    sessions: tuple[int, ...]
    text: str


@attrs.frozen
class StopAsked:
    """An operator has the server stop; `reason` is told to everybody, "" for none."""

    reason: str


@attrs.frozen
class RealnameSet:
    """Somebody is called otherwise beside their nick."""

    nick: Nick
    realname: str
    session: int = 0


@attrs.frozen
class MarksSet:
    """A session says of itself what these marks say, and nothing else."""

    session: int
    marks: frozenset[Mark]


@attrs.frozen
class WatchSet:
    """A session waits for those who have these nicks, and no more for those `removed`."""

    session: int
    added: tuple[Nick, ...] = ()
    removed: tuple[Nick, ...] = ()


@attrs.frozen
class OperatorHere:
    """Who is behind a session is an operator while it is here: it is the one called `name`."""

    session: int
    name: Nick


@attrs.frozen
class Wallops:
    """One operator, `nick`, says something to all that are here."""

    at: int
    nick: Nick
    text: str
    session: int = 0
