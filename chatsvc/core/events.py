"""What happened: one class an event, named in the past tense.

*Durable* events are written to the log before anyone is told; the log gives
messages their number and rooms their id. *Live* events are told to whoever is
there and not kept. *Notices* change nothing: they tell one session about itself, or
the members of a room how many they are. Times (`at`) are milliseconds since 1970-01-01
UTC. A `session` is the id of the session that acted; it is 0 in what a client decodes
from the wire.
"""

import attrs

from chatsvc.core.names import Nick, RoomName
from chatsvc.core.values import lightly_frozen

UNNUMBERED = 0
"""The number of a message, or the id of a room, that the log has not seen yet."""


# Durable events


@attrs.frozen
class RoomCreated:
    """A room was made; `kept` ones stay when empty, `owner` may delete it."""

    room: RoomName
    at: int
    owner: Nick | None
    kept: bool
    room_id: int = UNNUMBERED


@attrs.frozen
class RoomDeleted:
    """A room and its messages were removed; `nick` None: it was vacant."""

    room: RoomName
    at: int
    nick: Nick | None
    room_id: int


@lightly_frozen
class Said:
    """A message was said; `number` counts 1, 2, 3 ... in its room."""

    room: RoomName
    number: int
    at: int
    nick: Nick
    text: str
    client_id: str = ""
    room_id: int = 0

    def numbered(self, number: int) -> "Said":
        """Return the same message with its number from the log."""
        return Said(self.room, number, self.at, self.nick, self.text, self.client_id, self.room_id)


@attrs.frozen
class TopicSet:
    """A room's topic was set; an empty text clears it."""

    room: RoomName
    at: int
    nick: Nick
    text: str
    room_id: int = 0


@attrs.frozen
class WelcomeSet:
    """A room's welcome line was set; an empty text clears it."""

    room: RoomName
    at: int
    nick: Nick
    text: str
    room_id: int = 0


# Live events


@attrs.frozen
class Named:
    """A session got its first nick."""

    session: int
    nick: Nick


@attrs.frozen
class Renamed:
    """A session changed its nick."""

    session: int
    old: Nick
    new: Nick


@attrs.frozen
class Joined:
    """A session became a member; `automatic`: the server put it there."""

    room: RoomName
    nick: Nick
    session: int = 0
    automatic: bool = False


@attrs.frozen
class Left:
    """A session stopped being a member."""

    room: RoomName
    nick: Nick
    session: int = 0


@attrs.frozen
class Disconnected:
    """A session ended and left all its rooms at once."""

    session: int


@attrs.frozen
class WentAway:
    """A session is away, perhaps with a reason."""

    nick: Nick
    text: str
    session: int = 0


@attrs.frozen
class CameBack:
    """A session is no longer away."""

    nick: Nick
    session: int = 0


@attrs.frozen
class Told:
    """A direct message for one session, `to`."""

    at: int
    nick: Nick
    text: str
    to: int = 0


# Notices


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


DurableEvent = RoomCreated | RoomDeleted | Said | TopicSet | WelcomeSet
LiveEvent = Named | Renamed | Joined | Left | Disconnected | WentAway | CameBack | Told
Notice = Greeted | Welcomed | Resumed | MembersCounted | ServerClosing
Event = DurableEvent | LiveEvent | Notice
"""Any event."""

DURABLE = (Said, RoomCreated, RoomDeleted, TopicSet, WelcomeSet)
"""The classes of `DurableEvent`, for `isinstance`."""
