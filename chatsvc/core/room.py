"""What the RoomManager remembers: rooms and who is where; `people` has the rest.

Plain state without behaviour beyond looking itself up; the rules of `core.rules`
decide, `RoomManager.apply` is the only thing that changes it.
"""

from collections.abc import Iterator

import attrs

from chatsvc.core.accounts import Account, Membership, StoredMembership
from chatsvc.core.names import Nick, NickKey, RoomKey, RoomName, nick_key, room_key
from chatsvc.core.people import Person


@attrs.frozen
class StoredRoom:
    """A room as a log returns it when it is opened.

    Times are milliseconds since 1970 UTC, 0 for "never". `last` is the number of
    the newest message. `topic_nick` None: no topic was ever set.
    """

    room_id: int
    room: RoomName
    created_at: int
    owner: Nick | None
    kept: bool
    last: int = 0
    last_at: int = 0
    topic: str = ""
    topic_nick: Nick | None = None
    topic_at: int = 0
    welcome: str = ""


@attrs.frozen
class Stored:
    """Everything that a log returns when it is opened."""

    rooms: tuple[StoredRoom, ...] = ()
    accounts: tuple[Account, ...] = ()
    memberships: tuple[StoredMembership, ...] = ()


@attrs.define(eq=False)
class Member:
    """A person who is in a room.

    `automatic` has the ids of those of their sessions that the server put there and that
    have not asked for the room themselves yet.
    """

    person: Person
    automatic: set[int] = attrs.field(factory=set)


@attrs.define(eq=False)
class Room:
    """A room and its members, by person id.

    `keepers` are the accounts whose membership lasts, there or not.
    """

    room_id: int
    name: RoomName
    key: RoomKey
    created_at: int
    owner: NickKey | None
    owner_nick: Nick | None
    kept: bool
    last: int = 0
    last_at: int = 0
    topic: str = ""
    topic_nick: Nick | None = None
    topic_at: int = 0
    welcome: str = ""
    spare_until: int = 0
    members: dict[int, Member] = attrs.field(factory=dict)
    keepers: dict[NickKey, Membership] = attrs.field(factory=dict)

    @classmethod
    def from_stored(cls, stored: StoredRoom, spare_until: int = 0) -> "Room":
        """Make a room without members from what the log knows.

        A temporary one is not vacated before `spare_until`.
        """
        return cls(
            room_id=stored.room_id,
            name=stored.room,
            key=room_key(stored.room),
            created_at=stored.created_at,
            owner=None if stored.owner is None else nick_key(stored.owner),
            owner_nick=stored.owner,
            kept=stored.kept,
            last=stored.last,
            last_at=stored.last_at,
            topic=stored.topic,
            topic_nick=stored.topic_nick,
            topic_at=stored.topic_at,
            welcome=stored.welcome,
            spare_until=spare_until,
        )

    def is_vacant(self, now: int) -> bool:
        """Tell whether this is a temporary room that may be removed: it has no members left."""
        is_empty = not (self.kept or self.members or self.keepers)
        return is_empty and now >= self.spare_until

    def sessions(self) -> Iterator[int]:
        """Return the ids of all sessions that are in the room."""
        return (session for member in self.members.values() for session in member.person.sessions)
