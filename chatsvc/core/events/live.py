"""Live events: told to whoever is there, and not kept."""

import attrs

from chatsvc.core.ignoring import Ignored
from chatsvc.core.manner import More, Tags
from chatsvc.core.metadata import Change
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.people import Mark
from chatsvc.core.roles import Role
from chatsvc.core.signals import SignalKind


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
class Ranked:
    """Somebody has this role in a room, and voice or not, for as long as it is there.

    `nick` has given it to who is behind `person`, an id, and was called `name`. The role is
    that of a guest; an account has its own, beside which it may have voice. `old` and
    `was_voiced` are what was so before.
    """

    room: RoomName
    at: int
    nick: Nick
    name: Nick
    role: Role
    is_voiced: bool = False
    person: int = 0
    old: Role = Role.MEMBER
    was_voiced: bool = False


@attrs.frozen
class Called:
    """Somebody was invited into a room by `by`; `to` are the sessions that are told."""

    room: RoomName
    nick: Nick
    by: Nick
    at: int = 0
    to: tuple[int, ...] = ()


@attrs.frozen
class CalledIn:
    """Somebody was invited into a room by `by`: what its moderators are told."""

    room: RoomName
    nick: Nick
    by: Nick
    at: int = 0


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
    """A direct message from `nick` for `target`, of whom one session, `to`, is told.

    `is_copy`: that is a session of who said it. What is kept nowhere has a `serial` in place of
    a number; it is the same for all who are told. What is kept for one of the two alone has its
    number in the conversation `kept`, an id.
    """

    at: int
    nick: Nick
    text: str
    to: int = 0
    target: Nick | None = None
    more: More | None = None
    is_copy: bool = False
    serial: int = 0
    kept: int = 0
    number: int = 0


@attrs.frozen
class Signalled:
    """Something that is kept nowhere was passed on from `nick`: to a room, or to `target`.

    `to` are the sessions that are told; None: all members of the room.
    """

    at: int
    nick: Nick
    kind: SignalKind
    text: str
    tags: Tags = ()
    room: RoomName | None = None
    target: Nick | None = None
    least: str = ""
    to: tuple[int, ...] | None = None
    serial: int = 0


@attrs.frozen
class Announced:
    """An operator, `nick`, says something to everybody who is connected."""

    at: int
    nick: Nick
    text: str


@attrs.frozen
class Expelled:
    """An operator ends connections: those of `sessions` are told `text` and closed.

    `farewell` is what others are told of why they go.
    """

    sessions: tuple[int, ...]
    text: str
    farewell: str = ""


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
class GuestMetadataSet:
    """What a guest says of itself, for as long as it is here, has changed by these changes."""

    nick: Nick
    changes: tuple[Change, ...]
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
class MarkerSet:
    """Who is `nick` has read up to `at` what they call `room`; told to their other sessions."""

    session: int
    nick: Nick
    room: RoomName
    at: int


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
