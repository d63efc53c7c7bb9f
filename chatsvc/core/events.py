"""What happened: one class an event, named in the past tense.

*Durable* events are written to the log before anyone is told; the log gives
messages their number and rooms their id. *Live* events are told to whoever is
there and not kept. *Notices* change nothing: they tell one session about itself, or
the members of a room how many they are. Messages that were changed have classes of
their own, `Reworded` and `TakenBack`, so that `Said` stays as light as it is. Times (`at`)
are milliseconds since 1970-01-01 UTC. What is said to be done by a nick is done by the
person who has it (`people`); a `session` is the id of the one of their sessions that
acted; it is 0 in what a client decodes from the wire.
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


@attrs.frozen
class Registered:
    """A nick became the name of an account; `secret` is the hash of its password."""

    name: Nick
    at: int
    secret: str = attrs.field(repr=False)


@attrs.frozen
class PasswordSet:
    """An account has another password, whose hash is `secret`.

    With `instead_of` it is another hash of the same password: it counts only if the account
    has the hash `instead_of`, and has not got another password meanwhile.
    """

    name: Nick
    at: int
    secret: str = attrs.field(repr=False)
    instead_of: str = attrs.field(default="", repr=False)


@attrs.frozen
class AccountDropped:
    """An account is gone, with its keys and lasting memberships; its name is free."""

    name: Nick
    at: int


@attrs.frozen
class KeyAdded:
    """An account has one more SSH public key, a line of `authorized_keys`."""

    name: Nick
    at: int
    key: str


@attrs.frozen
class KeyRemoved:
    """An account no longer has this SSH public key."""

    name: Nick
    at: int
    key: str


@attrs.frozen
class MembershipKept:
    """An account became a member of a room for as long as it does not leave.

    It has read the room up to the number `position`. Without a `room_id`, the room is the
    one of that name that is made in the same append.
    """

    name: Nick
    room: RoomName
    at: int
    position: int
    room_id: int = UNNUMBERED


@attrs.frozen
class MembershipEnded:
    """An account is no longer a member of a room."""

    name: Nick
    room: RoomName
    at: int
    room_id: int


@attrs.frozen
class PositionsNoted:
    """An account has read its rooms so far: pairs of a room's id and a number.

    It goes never back: a lower number than was noted before changes nothing.
    """

    name: Nick
    positions: tuple[tuple[int, int], ...]


@attrs.frozen
class Redacted:
    """The text of a message was taken back by `nick`; its number stays, the text is gone."""

    room: RoomName
    number: int
    at: int
    nick: Nick
    room_id: int = 0

    def applied_to(self, said: Said) -> "TakenBack":
        """Return what is left of the message."""
        return TakenBack(
            said.room,
            said.number,
            said.at,
            said.nick,
            "",
            said.client_id,
            said.room_id,
            self.at,
            self.nick,
        )


@attrs.frozen
class Edited:
    """A message has another text now, put there by `nick`; its number and author stay."""

    room: RoomName
    number: int
    at: int
    nick: Nick
    text: str
    room_id: int = 0

    def applied_to(self, said: Said) -> "Reworded":
        """Return the message as it reads now."""
        return Reworded(
            said.room,
            said.number,
            said.at,
            said.nick,
            self.text,
            said.client_id,
            said.room_id,
            self.at,
            self.nick,
        )


# Messages as they are now: what a log gives back for one that was changed


@lightly_frozen
class Reworded(Said):
    """A message whose text was changed last at `changed_at`, by `changed_by`."""

    changed_at: int = 0
    changed_by: Nick = Nick("")


@lightly_frozen
class TakenBack(Said):
    """A message whose text was taken back at `changed_at`, by `changed_by`; `text` is empty."""

    changed_at: int = 0
    changed_by: Nick = Nick("")


# Live events


@attrs.frozen
class Named:
    """A session got its first nick: somebody is here."""

    session: int
    nick: Nick


@attrs.frozen
class Renamed:
    """Somebody changed their nick."""

    session: int
    old: Nick
    new: Nick


@attrs.frozen
class Joined:
    """Somebody became a member; `automatic`: the server put the session there."""

    room: RoomName
    nick: Nick
    session: int = 0
    automatic: bool = False


@attrs.frozen
class Left:
    """Somebody stopped being a member."""

    room: RoomName
    nick: Nick
    session: int = 0


@attrs.frozen
class LoggedIn:
    """A session has become one of those of the account called `name`."""

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


AccountEvent = (
    Registered
    | PasswordSet
    | AccountDropped
    | KeyAdded
    | KeyRemoved
    | MembershipKept
    | MembershipEnded
    | PositionsNoted
)
RoomEvent = RoomCreated | RoomDeleted | TopicSet | WelcomeSet
DurableEvent = Said | Redacted | Edited | RoomEvent | AccountEvent
LiveEvent = (
    Named
    | Renamed
    | Joined
    | Left
    | LoggedIn
    | LoggedOut
    | Disconnected
    | WentAway
    | CameBack
    | Told
)
Notice = Greeted | Welcomed | Resumed | MembersCounted | ServerClosing
Changed = Reworded | TakenBack
Event = DurableEvent | LiveEvent | Notice | Changed
"""Any event."""

ROOM_EVENTS = (RoomCreated, RoomDeleted, TopicSet, WelcomeSet)
"""What makes, changes or removes a room."""

ACCOUNT_EVENTS = (
    Registered,
    PasswordSet,
    AccountDropped,
    KeyAdded,
    KeyRemoved,
    MembershipKept,
    MembershipEnded,
    PositionsNoted,
)
"""What changes an account and what lasts of it."""

DURABLE = (Said, Redacted, Edited, *ROOM_EVENTS, *ACCOUNT_EVENTS)
"""The classes of `DurableEvent`, for `isinstance`."""
