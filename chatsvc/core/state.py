"""The state that rules read: every room, session and nick, with the look-ups they share."""

from collections.abc import Collection, Iterable

import attrs

from chatsvc.core.errors import NickTaken, NoNick, NoSuchRoom, NoSuchUser, NotAMember
from chatsvc.core.limits import Limits
from chatsvc.core.names import Nick, NickKey, RoomKey, RoomName, nick_key, room_key, suggest_nick
from chatsvc.core.order import OrderedKeys
from chatsvc.core.room import Room, Session


@attrs.define(eq=False)
class State:
    """Hold rooms by key, sessions by id and named sessions by nick.

    `changing` has the rooms that are being made, changed or removed by what is decided
    but not applied yet; whoever appends decisions gives it.
    """

    limits: Limits
    lobby: RoomName | None
    rooms: OrderedKeys[RoomKey, Room] = attrs.field(factory=OrderedKeys)
    sessions: dict[int, Session] = attrs.field(factory=dict)
    nicks: OrderedKeys[NickKey, Session] = attrs.field(factory=OrderedKeys)
    changing: Collection[RoomKey] = ()

    def room(self, name: RoomName) -> Room:
        """Return the room called `name`; raise `NoSuchRoom`."""
        room = self.rooms.get(room_key(name))
        if room is None:
            raise NoSuchRoom(name)
        return room

    def joined_room(self, session: Session, name: RoomName) -> Room:
        """Return the room called `name` if `session` is in it.

        Raises `NoSuchRoom` or `NotAMember`.
        """
        room = session.rooms.get(room_key(name))
        if room is None:
            raise NotAMember(self.room(name).name)
        return room

    def user(self, nick: Nick) -> Session:
        """Return the session called `nick`; raise `NoSuchUser`."""
        session = self.nicks.get(nick_key(nick))
        if session is None:
            raise NoSuchUser(nick)
        return session

    @property
    def has_all_rooms(self) -> bool:
        """Tell whether there are as many rooms as may be, with those that are being made."""
        most, known = self.limits.rooms, len(self.rooms)
        if known + len(self.changing) < most:
            return False
        return known + sum(key not in self.rooms for key in self.changing) >= most

    def is_lobby(self, name: RoomName) -> bool:
        """Tell whether `name` is the lobby, in any spelling."""
        return self.lobby is not None and room_key(self.lobby) == room_key(name)

    def is_free(self, nick: Nick) -> bool:
        """Tell whether nobody has this nick."""
        return nick_key(nick) not in self.nicks

    def check_free(self, nick: Nick, session: Session) -> None:
        """Make sure that nobody but `session` has this nick; raise `NickTaken`."""
        holder = self.nicks.get(nick_key(nick))
        if holder is not None and holder is not session:
            raise NickTaken(nick, suggest_nick(nick, self.is_free, self.limits.nick_length))

    def neighbours(self, session: Session) -> Iterable[int]:
        """Return the ids of all who share a room with `session` that is not a large one.

        `session` itself is not among them. In a room with more than `listed_members` nobody
        is told names.
        """
        ids: set[int] = set()
        for room in session.rooms.values():
            if len(room.members) <= self.limits.listed_members:
                ids.update(room.members)
        ids.discard(session.session_id)
        return ids


def nick_of(session: Session) -> Nick:
    """Return the session's nick; raise `NoNick` when it has none yet."""
    if session.nick is None:
        raise NoNick
    return session.nick
