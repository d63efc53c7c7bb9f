"""The RoomManager: the state, the one thing that changes it, and the way to the rules.

    decide(session, command, now) -> events      asks the command's rule; changes nothing
    apply(event) -> recipients                   changes the state; also refuses late
    answer(session, command, events) -> reply    once the events are applied

On one server the three follow each other, with the log's `append` between decide and
apply. Where several servers share a log, its order decides: an event that lost (two
servers made one room) is refused by `apply`, and the requester gets that refusal.
"""

from collections.abc import Iterator

import attrs

from chatsvc.core.accounts import Account
from chatsvc.core.commands import (
    ChangeMessage,
    Command,
    EnterRoom,
    JoinRoom,
    RenameRoom,
    SetNick,
    Tell,
)
from chatsvc.core.conversations import is_direct, keep_part, name_of
from chatsvc.core.effects import EFFECTS, Recipients
from chatsvc.core.effects.accounts import keep
from chatsvc.core.effects.people import put_out_by
from chatsvc.core.errors import NoNick
from chatsvc.core.events import Called, Departed, Disconnected, Event, Joined, Kicked, Left
from chatsvc.core.limits import DEFAULT_LIMITS, Limits
from chatsvc.core.marks import needs
from chatsvc.core.names import RoomKey, RoomName, room_key
from chatsvc.core.people import Session
from chatsvc.core.permission import is_visible
from chatsvc.core.replies import Reply
from chatsvc.core.room import Room, Stored
from chatsvc.core.rules import RULES
from chatsvc.core.rules.inviting import open_invitations
from chatsvc.core.rules.rooms import arrival_notices
from chatsvc.core.server import Server
from chatsvc.core.state import State, person_of


class RoomManager:
    """Decide what commands do and keep what is true: who is where, and what rooms there are.

    `lobby` is where newcomers go, None for nowhere.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS, lobby: RoomName | None = None) -> None:
        self.state = State(limits, lobby)
        self._next_session = 1

    def load(self, stored: Stored, spare_until: int = 0) -> None:
        """Take up what a log returns; temporary rooms are not vacated before `spare_until`."""
        by_id = {each.room_id: Room.from_stored(each, spare_until) for each in stored.rooms}
        for room in by_id.values():
            if is_direct(room.key):
                self.state.conversations.add(room)
            else:
                self.state.add_room(room)
        for account in stored.accounts:
            self.state.add_account(account)
        self.state.server = Server.from_stored(stored.server)
        for each in stored.memberships:
            room = by_id[each.room_id]
            if is_direct(room.key):
                keep_part(room, each)
            else:
                keep(self.state, room, each)

    def connect(self, via: str, now: int, aim: RoomName | None = None, host: str = "") -> Session:
        """Start a session for a client that came in by `via`, from `host`."""
        shown = self.state.cloak(host)
        session = Session(self._next_session, via, now, aim, host, cloak=shown)
        self._next_session += 1
        self.state.sessions[session.session_id] = session
        return session

    def decide(self, session: Session, command: Command, now: int) -> tuple[Event, ...]:
        """Return the events that carry out `command`; raise a `Refusal`; change nothing."""
        rule = RULES[type(command)]
        self.state.now = now
        if session.person is None and rule.needs_nick:
            raise NoNick
        server = self.state.server
        if server.registered_only and not rule.for_guests:
            server.check_registered(session)
        return rule.decide(self.state, session, command, now)

    def answer(self, session: Session, command: Command, events: tuple[Event, ...]) -> Reply:
        """Return the reply once `events` are applied.

        Not for commands that the hub answers (`Rule.answer` is None).
        """
        answer = RULES[type(command)].answer
        assert answer is not None, f"{type(command).__name__} is answered by the hub"
        return answer(self.state, session, command, events)

    def disconnect(self, session: Session, reason: str = "") -> tuple[Event, ...]:
        """Return the events that end `session`, perhaps for a `reason`.

        With the last session of a person goes the person, out of every room at once.
        """
        person = session.person
        disconnected = Disconnected(session.session_id)
        if person is None or len(person.sessions) > 1:
            return (disconnected,)
        rooms = person.rooms.values()
        nick, session_id = person.nick, session.session_id
        departed = Departed(nick, session_id, reason)
        lefts = (Left(room.name, nick, session_id, reason, is_departing=True) for room in rooms)
        return (departed, *lefts, disconnected)

    def room_of(self, session: Session, command: Command) -> RoomKey | None:
        """Return the room whose existence `command` depends on, None if there is none."""
        room = self._room_meant(session, command)
        return None if room is None else room_key(room)

    def must_wait(self, session: Session, command: Command) -> bool:
        """Tell whether `command` depends on what is being changed: see `marks`."""
        changing = self.state.changing
        if not changing:
            return False
        room = self.room_of(session, command)
        if room in changing and not self.hides(session, room, command):
            return True
        if any(mark in changing for mark in needs(self.state, session, command)):
            return True
        return self._is_like_one_being_made(session, command)

    def hides(self, session: Session, room: RoomKey | None, command: Command) -> bool:
        """Tell whether `command` about a room that is there is refused because nobody may know.

        What is under way in that room makes no difference then.
        """
        there = None if room is None else self.state.rooms.get(room)
        if there is None or is_visible(there, session):
            return False
        if isinstance(command, EnterRoom) and command.secret:
            return command.secret != there.kind.secret
        return not (there.kind.is_open and isinstance(command, JoinRoom | SetNick))

    def _is_like_one_being_made(self, session: Session, command: Command) -> bool:
        """Tell whether `command` may make a room that looks like one that is being made."""
        room = (
            command.new if isinstance(command, RenameRoom) else self._room_meant(session, command)
        )
        if room is None or is_direct(room) or room_key(room) in self.state.rooms:
            return False
        return self.state.making.like(room, room_key(room)) is not None

    def _room_meant(self, session: Session, command: Command) -> RoomName | None:
        room: RoomName | None = getattr(command, "room", None)
        if room is None:
            if isinstance(command, ChangeMessage):
                return command.change.room
            if isinstance(command, Tell) and session.account is not None:
                receiver = self.state.account_called(command.nick)
                return None if receiver is None else name_of(session.account.key, receiver.key)
            if isinstance(command, SetNick) and session.person is None:
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

    def open_invitations(self, account: Account) -> Iterator[Called]:
        """Return what an account is told when it logs in: where it is invited."""
        return open_invitations(self.state, account)

    def as_it_is(self, event: Event) -> Event:
        """Return `event` with the nick that who comes, goes or is put out has by now.

        Another of their connections may have taken a nick while the log was waited for.
        """
        if isinstance(event, Joined | Left):
            session = self.state.sessions.get(event.session)
            if session is None or session.nick in (None, event.nick):
                return event
            return attrs.evolve(event, nick=person_of(session).nick)
        if isinstance(event, Kicked) and room_key(event.room) in self.state.rooms:
            person = put_out_by(self.state, event)
            if person is not None:
                return attrs.evolve(event, nick=person.nick)
        return event

    def apply(self, event: Event) -> Recipients:
        """Make `event` true and return who is told of it; raise a `Refusal` if it came too late.

        A durable event must come from the log: numbered, with its room id.
        """
        self.state.applied += 1
        return EFFECTS[type(event)](self.state, event)
