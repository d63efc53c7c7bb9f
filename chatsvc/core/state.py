"""The state that rules read: every room, session and nick, with the look-ups they share."""

from collections.abc import Collection, Iterable

import attrs

from chatsvc.core.errors import (
    NickTaken,
    NoNick,
    NoSuchRoom,
    NoSuchUser,
    NotAMember,
    RoomExists,
)
from chatsvc.core.limits import Limits
from chatsvc.core.names import (
    LookAlikes,
    Nick,
    NickKey,
    RoomKey,
    RoomName,
    looks,
    nick_key,
    room_key,
    suggest_nick,
)
from chatsvc.core.order import OrderedKeys
from chatsvc.core.room import Room, Session


@attrs.define(eq=False)
class State:
    """Hold rooms by key, sessions by id and named sessions by nick.

    `changing` has the rooms that are being made, changed or removed by what is decided
    but not applied yet, and `making` what those that are being made look like; whoever
    appends decisions gives both. `room_looks` and `nick_looks` know what is in use.
    """

    limits: Limits
    lobby: RoomName | None
    rooms: OrderedKeys[RoomKey, Room] = attrs.field(factory=OrderedKeys)
    sessions: dict[int, Session] = attrs.field(factory=dict)
    nicks: OrderedKeys[NickKey, Session] = attrs.field(factory=OrderedKeys)
    changing: Collection[RoomKey] = ()
    making: LookAlikes[RoomKey] = attrs.field(factory=lambda: LookAlikes[RoomKey](()))
    room_looks: LookAlikes[RoomKey] = attrs.field(init=False)
    nick_looks: LookAlikes[NickKey] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.room_looks = LookAlikes(self.rooms)
        self.nick_looks = LookAlikes(self.nicks)

    def add_room(self, room: Room) -> None:
        """Take up a room that exists from now on."""
        self.rooms[room.key] = room
        self.room_looks.add(room.name, room.key)

    def remove_room(self, room: Room) -> None:
        """Forget a room that exists no more."""
        del self.rooms[room.key]
        self.room_looks.discard(room.name, room.key)

    def give_nick(self, session: Session, nick: Nick) -> None:
        """Make `nick` the nick of `session`, instead of the one it had."""
        self.take_nick(session)
        session.nick = nick
        self.nicks[nick_key(nick)] = session
        self.nick_looks.add(nick, nick_key(nick))

    def take_nick(self, session: Session) -> None:
        """Free the nick of `session`, if it has one; it is about to get another, or to end."""
        if session.nick is not None:
            del self.nicks[nick_key(session.nick)]
            self.nick_looks.discard(session.nick, nick_key(session.nick))

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
        """Tell whether nobody has this nick, or one that looks like it."""
        key = nick_key(nick)
        return key not in self.nicks and self.nick_looks.like(nick, key) is None

    def check_free(self, nick: Nick, session: Session) -> None:
        """Make sure that nobody but `session` has this nick, or one that looks like it.

        Raises `NickTaken`.
        """
        key = nick_key(nick)
        holder = self.nicks.get(key)
        if holder is not None:
            if holder is not session:
                raise NickTaken(nick, self._suggested(nick))
            return
        own = None if session.nick is None else nick_key(session.nick)
        like = self.nick_looks.like(nick, key, own)
        if like is not None:
            raise NickTaken.by_look(nick, nick_of(self.nicks[like]), self._suggested(nick))

    def _suggested(self, nick: Nick) -> Nick:
        return suggest_nick(nick, self.is_free, self.limits.nick_length)

    def check_unlike(self, name: RoomName) -> None:
        """Make sure that a new room called `name` looks like no other; raise `RoomExists`.

        The lobby counts before it is made, too.
        """
        key = room_key(name)
        like = self.room_looks.like(name, key)
        if like is not None:
            raise RoomExists.by_look(name, self.rooms[like].name)
        if self.lobby is not None and not set(looks(name, key)).isdisjoint(
            looks(self.lobby, room_key(self.lobby))
        ):
            raise RoomExists.by_look(name, self.lobby)

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
