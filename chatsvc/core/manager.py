"""The RoomManager: the state, the one thing that changes it, and the way to the rules.

    decide(session, command, now) -> events      asks the command's rule; changes nothing
    apply(event) -> recipients                   changes the state; also refuses late
    answer(session, command, events) -> reply    once the events are applied

On one server the three follow each other, with the log's `append` between decide and
apply. Where several servers share a log, its order decides: an event that lost (two
servers made one room) is refused by `apply`, and the requester gets that refusal.
"""

from collections.abc import Callable, Iterable
from typing import Any

from chatsvc.core.commands import Command, JoinRoom, SetNick
from chatsvc.core.errors import NoNick, NoSuchRoom, RoomExists
from chatsvc.core.events import (
    CameBack,
    Disconnected,
    Event,
    Joined,
    Left,
    Named,
    Renamed,
    RoomCreated,
    RoomDeleted,
    Said,
    Told,
    TopicSet,
    WelcomeSet,
    WentAway,
)
from chatsvc.core.limits import DEFAULT_LIMITS, Limits
from chatsvc.core.names import RoomKey, RoomName, room_key
from chatsvc.core.replies import Reply
from chatsvc.core.room import Member, Room, Session, StoredRoom
from chatsvc.core.rules import RULES
from chatsvc.core.rules.rooms import arrival_notices
from chatsvc.core.state import State, nick_of

Recipients = RoomKey | tuple[int, ...]
"""Who is told of an event: all members of a room, or these sessions."""

NOBODY: tuple[int, ...] = ()


class RoomManager:
    """Decide what commands do and keep what is true: who is where, and what rooms there are.

    `lobby` is where newcomers go, None for nowhere.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS, lobby: RoomName | None = None) -> None:
        self.state = State(limits, lobby)
        self._next_session = 1

    def load(self, stored: Iterable[StoredRoom], spare_until: int = 0) -> None:
        """Take up the rooms of a log; temporary ones are not vacated before `spare_until`."""
        for each in stored:
            self.state.add_room(Room.from_stored(each, spare_until))

    def connect(self, via: str, now: int, aim: RoomName | None = None) -> Session:
        """Start a session for a client that came in by `via`."""
        session = Session(self._next_session, via, now, aim)
        self._next_session += 1
        self.state.sessions[session.session_id] = session
        return session

    def decide(self, session: Session, command: Command, now: int) -> tuple[Event, ...]:
        """Return the events that carry out `command`; raise a `Refusal`; change nothing."""
        rule = RULES[type(command)]
        if session.nick is None and rule.needs_nick:
            raise NoNick
        return rule.decide(self.state, session, command, now)

    def answer(self, session: Session, command: Command, events: tuple[Event, ...]) -> Reply:
        """Return the reply once `events` are applied.

        Not for commands that the log answers (`ReadHistory`, `SearchRoom`).
        """
        answer = RULES[type(command)].answer
        assert answer is not None, f"{type(command).__name__} is answered from the log"
        return answer(self.state, session, command, events)

    def disconnect(self, session: Session) -> tuple[Event, ...]:
        """Return the events that end `session`: it leaves every room at once."""
        lefts = (
            Left(room.name, nick_of(session), session.session_id) for room in session.rooms.values()
        )
        return (*lefts, Disconnected(session.session_id))

    def room_of(self, session: Session, command: Command) -> RoomKey | None:
        """Return the room whose existence `command` depends on, None if there is none."""
        room = self._room_meant(session, command)
        return None if room is None else room_key(room)

    def is_like_one_being_made(self, session: Session, command: Command) -> bool:
        """Tell whether `command` may make a room that looks like one that is being made."""
        room = self._room_meant(session, command)
        if room is None or room_key(room) in self.state.rooms:
            return False
        return self.state.making.like(room, room_key(room)) is not None

    def _room_meant(self, session: Session, command: Command) -> RoomName | None:
        room: RoomName | None = getattr(command, "room", None)
        if room is None:
            if isinstance(command, SetNick) and session.nick is None:
                room = session.aim or self.state.lobby
            elif isinstance(command, JoinRoom):
                room = self.state.lobby
        return room

    def vacant_rooms(self, now: int) -> list[RoomName]:
        """Return the temporary rooms that are due for removal."""
        return [room.name for room in self.state.rooms.values() if room.is_vacant(now)]

    def arrival_notices(self, room: RoomName) -> tuple[Event, ...]:
        """Return what somebody who just joined `room` is told about it; raise `NoSuchRoom`."""
        return arrival_notices(self.state.room(room))

    def apply(self, event: Event) -> Recipients:
        """Make `event` true and return who is told of it; raise a `Refusal` if it came too late.

        A durable event must come from the log: numbered, with its room id.
        """
        return _APPLY[type(event)](self.state, event)


def _apply_said(state: State, event: Said) -> Recipients:
    key = room_key(event.room)
    room = state.rooms.get(key)
    if room is None or room.room_id != event.room_id:
        raise NoSuchRoom(event.room)
    room.last = event.number
    room.last_at = event.at
    return key


def _apply_room_created(state: State, event: RoomCreated) -> Recipients:
    if room_key(event.room) in state.rooms:
        raise RoomExists(event.room)
    stored = StoredRoom(event.room_id, event.room, event.at, event.owner, event.kept)
    state.add_room(Room.from_stored(stored))
    return NOBODY


def _apply_room_deleted(state: State, event: RoomDeleted) -> Recipients:
    room = state.room(event.room)
    for member in room.members.values():
        del member.session.rooms[room.key]
    state.remove_room(room)
    return tuple(room.members)


def _apply_topic(state: State, event: TopicSet) -> Recipients:
    room = state.room(event.room)
    room.topic, room.topic_nick, room.topic_at = event.text, event.nick, event.at
    return room.key


def _apply_welcome(state: State, event: WelcomeSet) -> Recipients:
    state.room(event.room).welcome = event.text
    return NOBODY


def _apply_named(state: State, event: Named) -> Recipients:
    session = state.sessions[event.session]
    state.check_free(event.nick, session)
    state.give_nick(session, event.nick)
    return NOBODY


def _apply_renamed(state: State, event: Renamed) -> Recipients:
    session = state.sessions[event.session]
    state.check_free(event.new, session)
    state.give_nick(session, event.new)
    return tuple(state.neighbours(session))


def _apply_joined(state: State, event: Joined) -> Recipients:
    session = state.sessions[event.session]
    room = state.room(event.room)
    member = room.members.get(event.session)
    if member is not None:
        member.automatic = event.automatic
        return NOBODY
    room.members[event.session] = Member(session, event.automatic)
    session.rooms[room.key] = room
    return room.key


def _apply_left(state: State, event: Left) -> Recipients:
    session = state.sessions[event.session]
    room = state.room(event.room)
    del room.members[event.session]
    del session.rooms[room.key]
    return room.key


def _apply_disconnected(state: State, event: Disconnected) -> Recipients:
    session = state.sessions.pop(event.session)
    state.take_nick(session)
    return NOBODY


def _apply_away(state: State, event: WentAway) -> Recipients:
    session = state.sessions[event.session]
    session.away = event.text
    return tuple(state.neighbours(session))


def _apply_back(state: State, event: CameBack) -> Recipients:
    session = state.sessions[event.session]
    session.away = None
    return tuple(state.neighbours(session))


def _apply_told(_state: State, event: Told) -> Recipients:
    return (event.to,)


_APPLY: dict[type[Any], Callable[[State, Any], Recipients]] = {
    Said: _apply_said,
    RoomCreated: _apply_room_created,
    RoomDeleted: _apply_room_deleted,
    TopicSet: _apply_topic,
    WelcomeSet: _apply_welcome,
    Named: _apply_named,
    Renamed: _apply_renamed,
    Joined: _apply_joined,
    Left: _apply_left,
    Disconnected: _apply_disconnected,
    WentAway: _apply_away,
    CameBack: _apply_back,
    Told: _apply_told,
}
