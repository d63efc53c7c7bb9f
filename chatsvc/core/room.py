"""What the RoomManager remembers: rooms, sessions and who is where.

Plain state without behaviour beyond looking itself up; the rules of `core.rules`
decide, `RoomManager.apply` is the only thing that changes it.
"""

import attrs

from chatsvc.core.names import Nick, NickKey, RoomKey, RoomName, nick_key, room_key


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


@attrs.define(eq=False)
class Member:
    """One session's membership in one room.

    `automatic`: the server put it there and it has not asked for the room itself yet.
    """

    session: "Session"
    automatic: bool = False


@attrs.define(eq=False)
class Room:
    """A room and its members, by session id."""

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
        """Tell whether this is a temporary room that may be removed."""
        return not self.kept and not self.members and now >= self.spare_until


@attrs.define(eq=False)
class Session:
    """One connected client: `via` names its way in, `rooms` where it is a member.

    `aim`, where given, is the room it goes to when it gets its nick, instead of
    the lobby. `nick` is None until it has one; `away` is None when online.
    """

    session_id: int
    via: str
    since: int
    aim: RoomName | None = None
    nick: Nick | None = None
    away: str | None = None
    rooms: dict[RoomKey, Room] = attrs.field(factory=dict)
