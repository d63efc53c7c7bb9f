"""The RoomManager: the state, the one thing that changes it, and the way to the rules.

    decide(session, command, now) -> events      asks the command's rule; changes nothing
    apply(event) -> recipients                   changes the state; also refuses late
    answer(session, command, events) -> reply    once the events are applied

On one server the three follow each other, with the log's `append` between decide and
apply. Where several servers share a log, its order decides: an event that lost (two
servers made one room) is refused by `apply`, and the requester gets that refusal.
"""

from collections.abc import Callable
from typing import Any

import attrs

from chatsvc.core.accounts import Account, Membership, StoredMembership
from chatsvc.core.commands import Command, JoinRoom, SetNick
from chatsvc.core.errors import BadLogin, NickRegistered, NoNick, NoSuchRoom, NotAMember, RoomExists
from chatsvc.core.events import (
    AccountDropped,
    CameBack,
    Disconnected,
    Edited,
    Event,
    Joined,
    KeyAdded,
    KeyRemoved,
    Left,
    LoggedIn,
    LoggedOut,
    MembershipEnded,
    MembershipKept,
    Named,
    PasswordSet,
    PositionsNoted,
    Redacted,
    Registered,
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
from chatsvc.core.names import Nick, RoomKey, RoomName, nick_key, room_key
from chatsvc.core.people import Person, Session
from chatsvc.core.replies import Reply
from chatsvc.core.room import Member, Room, Stored, StoredRoom
from chatsvc.core.rules import RULES
from chatsvc.core.rules.rooms import arrival_notices
from chatsvc.core.state import State

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

    def load(self, stored: Stored, spare_until: int = 0) -> None:
        """Take up what a log returns; temporary rooms are not vacated before `spare_until`."""
        by_id = {each.room_id: Room.from_stored(each, spare_until) for each in stored.rooms}
        for room in by_id.values():
            self.state.add_room(room)
        for account in stored.accounts:
            self.state.add_account(account)
        for each in stored.memberships:
            _keep(self.state, by_id[each.room_id], each)

    def connect(self, via: str, now: int, aim: RoomName | None = None, host: str = "") -> Session:
        """Start a session for a client that came in by `via`, from `host`."""
        session = Session(self._next_session, via, now, aim, host)
        self._next_session += 1
        self.state.sessions[session.session_id] = session
        return session

    def decide(self, session: Session, command: Command, now: int) -> tuple[Event, ...]:
        """Return the events that carry out `command`; raise a `Refusal`; change nothing."""
        rule = RULES[type(command)]
        if session.person is None and rule.needs_nick:
            raise NoNick
        return rule.decide(self.state, session, command, now)

    def answer(self, session: Session, command: Command, events: tuple[Event, ...]) -> Reply:
        """Return the reply once `events` are applied.

        Not for commands that the hub answers (`Rule.answer` is None).
        """
        answer = RULES[type(command)].answer
        assert answer is not None, f"{type(command).__name__} is answered by the hub"
        return answer(self.state, session, command, events)

    def disconnect(self, session: Session) -> tuple[Event, ...]:
        """Return the events that end `session`.

        With the last session of a person goes the person, out of every room at once.
        """
        person = session.person
        disconnected = Disconnected(session.session_id)
        if person is None or len(person.sessions) > 1:
            return (disconnected,)
        rooms = person.rooms.values()
        lefts = (Left(room.name, person.nick, session.session_id) for room in rooms)
        return (*lefts, disconnected)

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


def _apply_change_of_message(state: State, event: Redacted | Edited) -> Recipients:
    key = room_key(event.room)
    room = state.rooms.get(key)
    if room is None or room.room_id != event.room_id:
        raise NoSuchRoom(event.room)
    return key


def _apply_room_created(state: State, event: RoomCreated) -> Recipients:
    if room_key(event.room) in state.rooms:
        raise RoomExists(event.room)
    stored = StoredRoom(event.room_id, event.room, event.at, event.owner, event.kept)
    state.add_room(Room.from_stored(stored))
    return NOBODY


def _apply_room_deleted(state: State, event: RoomDeleted) -> Recipients:
    room = state.room(event.room)
    sessions = tuple(room.sessions())
    for member in room.members.values():
        del member.person.rooms[room.key]
    for membership in list(room.keepers.values()):
        _forget(state, membership)
    state.remove_room(room)
    return sessions


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
    _arrive(state, session, event.nick)
    return NOBODY


def _apply_renamed(state: State, event: Renamed) -> Recipients:
    state.check_free(event.new, state.sessions[event.session])
    person = state.person(event.old)
    state.remove_person(person)
    person.nick = event.new
    state.add_person(person)
    return tuple(state.neighbours(person, event.session))


def _apply_joined(state: State, event: Joined) -> Recipients:
    room, person = state.room(event.room), state.person(event.nick)
    member = room.members.get(person.person_id)
    if member is None:
        # Their other sessions have not asked for it.
        room.members[person.person_id] = member = Member(person, set(person.sessions))
        person.rooms[room.key] = room
        recipients: Recipients = room.key
    else:
        recipients = NOBODY
    if not event.automatic:
        member.automatic.discard(event.session)
    return recipients


def _apply_left(state: State, event: Left) -> Recipients:
    room, person = state.room(event.room), state.person(event.nick)
    if person.person_id not in room.members:
        raise NotAMember(room.name)
    del room.members[person.person_id]
    del person.rooms[room.key]
    return room.key


def _apply_disconnected(state: State, event: Disconnected) -> Recipients:
    _depart(state, state.sessions.pop(event.session))
    return NOBODY


def _apply_away(state: State, event: WentAway) -> Recipients:
    person = state.person(event.nick)
    person.away = event.text
    return tuple(state.neighbours(person, event.session))


def _apply_back(state: State, event: CameBack) -> Recipients:
    person = state.person(event.nick)
    person.away = None
    return tuple(state.neighbours(person, event.session))


def _apply_told(_state: State, event: Told) -> Recipients:
    return (event.to,)


def _apply_logged_in(state: State, event: LoggedIn) -> Recipients:
    account, session = _account(state, event.name), state.sessions[event.session]
    if session.person is None or nick_key(session.person.nick) != account.key:
        _depart(state, session)
        person = state.people.get(account.key)
        if person is None:
            _arrive(state, session, account.name)
        else:
            _accompany(person, session)
    assert session.person is not None
    session.person.account = account
    return NOBODY


def _apply_logged_out(state: State, event: LoggedOut) -> Recipients:
    session = state.sessions[event.session]
    _depart(state, session)
    session.nameless_since = event.at
    return NOBODY


def _arrive(state: State, session: Session, nick: Nick) -> None:
    """Make a person of a session that nobody is behind."""
    state.last_person += 1
    person = Person(state.last_person, nick, session.since)
    state.add_person(person)
    _accompany(person, session)


def _accompany(person: Person, session: Session) -> None:
    """Make a session one of those of a person; the server puts it into their rooms."""
    session.person = person
    person.sessions[session.session_id] = session
    for room in person.rooms.values():
        room.members[person.person_id].automatic.add(session.session_id)


def _depart(state: State, session: Session) -> None:
    """Take a session from whoever is behind it; a person without any session is gone."""
    person, session.person = session.person, None
    if person is None:
        return
    del person.sessions[session.session_id]
    for room in person.rooms.values():
        room.members[person.person_id].automatic.discard(session.session_id)
    if not person.sessions:
        state.remove_person(person)


# Accounts


def _account(state: State, name: Nick) -> Account:
    """Return the account called `name`; raise `BadLogin` if it is gone meanwhile."""
    account = state.accounts.get(nick_key(name))
    if account is None:
        raise BadLogin
    return account


def _apply_registered(state: State, event: Registered) -> Recipients:
    if nick_key(event.name) in state.accounts:
        raise NickRegistered(event.name, state.suggestion(event.name))
    state.add_account(Account(event.name, event.at, event.secret))
    return NOBODY


def _apply_password(state: State, event: PasswordSet) -> Recipients:
    account = _account(state, event.name)
    if event.instead_of in ("", account.secret):
        _change(state, attrs.evolve(account, secret=event.secret))
    return NOBODY


def _apply_key_added(state: State, event: KeyAdded) -> Recipients:
    account = _account(state, event.name)
    if event.key not in account.keys:
        _change(state, attrs.evolve(account, keys=(*account.keys, event.key)))
    return NOBODY


def _apply_key_removed(state: State, event: KeyRemoved) -> Recipients:
    account = _account(state, event.name)
    keys = tuple(key for key in account.keys if key != event.key)
    _change(state, attrs.evolve(account, keys=keys))
    return NOBODY


def _change(state: State, account: Account) -> None:
    state.accounts[account.key] = account
    person = state.people.get(account.key)
    if person is not None and person.account is not None:
        person.account = account


def _apply_account_dropped(state: State, event: AccountDropped) -> Recipients:
    account = _account(state, event.name)
    for membership in list(state.kept_by(account).values()):
        _forget(state, membership)
    state.remove_account(account)
    person = state.people.get(account.key)
    if person is not None:
        person.account = None
    return NOBODY


def _apply_membership_kept(state: State, event: MembershipKept) -> Recipients:
    room, account = state.room(event.room), _account(state, event.name)
    if account.key not in room.keepers:
        kept = StoredMembership(event.name, room.room_id, event.at, event.position)
        _keep(state, room, kept)
    return NOBODY


def _apply_membership_ended(state: State, event: MembershipEnded) -> Recipients:
    membership = state.room(event.room).keepers.get(nick_key(event.name))
    if membership is not None:
        _forget(state, membership)
    return NOBODY


def _apply_positions(state: State, event: PositionsNoted) -> Recipients:
    positions = dict(event.positions)
    for membership in state.memberships.get(nick_key(event.name), {}).values():
        noted = positions.get(membership.room.room_id, 0)
        membership.position = max(membership.position, noted)
    return NOBODY


def _keep(state: State, room: Room, stored: StoredMembership) -> None:
    account = nick_key(stored.account)
    membership = Membership(account, room, stored.since, stored.position)
    state.memberships.setdefault(account, {})[room.key] = membership
    room.keepers[account] = membership


def _forget(state: State, membership: Membership) -> None:
    of_account = state.memberships[membership.account]
    del of_account[membership.room.key]
    if not of_account:
        del state.memberships[membership.account]
    membership.room.keepers.pop(membership.account, None)


_APPLY: dict[type[Any], Callable[[State, Any], Recipients]] = {
    Said: _apply_said,
    Redacted: _apply_change_of_message,
    Edited: _apply_change_of_message,
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
    LoggedIn: _apply_logged_in,
    LoggedOut: _apply_logged_out,
    Registered: _apply_registered,
    PasswordSet: _apply_password,
    KeyAdded: _apply_key_added,
    KeyRemoved: _apply_key_removed,
    AccountDropped: _apply_account_dropped,
    MembershipKept: _apply_membership_kept,
    MembershipEnded: _apply_membership_ended,
    PositionsNoted: _apply_positions,
}
