"""Rules for nicks and presence."""

from collections.abc import Iterator

import attrs

from chatsvc.core.access_table import Action
from chatsvc.core.accounts import Account
from chatsvc.core.commands import ListUsers, SetAway, SetBack, SetNick
from chatsvc.core.errors import NoSuchRoom, NotAllowed, Refusal
from chatsvc.core.events import CameBack, Event, Joined, Named, Renamed, WentAway
from chatsvc.core.names import Nick, RoomName, nick_key, parse_nick, room_key
from chatsvc.core.people import Person, Session
from chatsvc.core.permission import (
    check,
    check_may_be_renamed,
    check_newcomer,
    may_find,
    permitted,
    subject_at,
)
from chatsvc.core.replies import (
    WHOLE,
    AwayNoted,
    BackNoted,
    NickIs,
    UserList,
    UserPages,
    UserSummary,
)
from chatsvc.core.room import Room
from chatsvc.core.rules.accounts import arrival_of_owner
from chatsvc.core.rules.rooms import enter
from chatsvc.core.rules.rule import Rule
from chatsvc.core.state import State, nick_of


def _decide_nick(state: State, session: Session, command: SetNick, now: int) -> tuple[Event, ...]:
    nick = parse_nick(command.nick, state.limits.nick_length)
    if session.awaiting is not None and (owner := state.owners.get(session.awaiting.key)):
        nick = owner.nick  # They are here, and are one person.
        return arrival_of_owner(state, session, session.awaiting, nick, now)
    state.check_free(nick, session)
    _check_not_banned(state, session, nick, now)
    if session.account is not None and session.account.key != nick_key(nick):
        _check_may_differ(session, session.account, command)
    if session.person is None:
        return _first_nick(state, session, nick, now)
    old = session.person.nick
    if nick_key(nick) != nick_key(old):
        check_may_be_renamed(session, now)
    return () if nick == old else (Renamed(session.session_id, old, nick, now),)


def _check_may_differ(session: Session, account: Account, command: SetNick) -> None:
    """Make sure that the owner of an account may have a nick that is not its name.

    At a way in where both are shown, and while they are at no other one.
    """
    if not command.may_differ:
        raise NotAllowed(
            f'You are logged in as "{account.name}"; logout first to be somebody else.'
        )
    sessions = () if session.person is None else session.person.sessions.values()
    for other in sessions:
        if other.via != session.via:
            raise NotAllowed(
                f'You are also connected by {other.via}, where you are "{account.name}".'
            )


def _check_not_banned(state: State, session: Session, nick: Nick, now: int) -> None:
    account = session.account
    if account is None:
        subject = subject_at(session, nick)
    else:
        subject = subject_at(session, nick, account.name, account.is_operator)
    state.server.check_not_banned(subject, now)


def _first_nick(state: State, session: Session, nick: Nick, now: int) -> tuple[Event, ...]:
    """Name the session and put it where newcomers go: the room it aimed at, or the lobby."""
    if session.awaiting is not None:
        return arrival_of_owner(state, session, session.awaiting, nick, now)
    named = Named(session.session_id, nick, now)
    if state.server.registered_only:
        return (named,)  # Rooms are for those who are logged in.
    if session.aim is not None:
        room = _room_of_port(state, session, nick, session.aim, now)
        return (named, Joined(room.name, nick, session.session_id, automatic=True))
    if state.lobby is None or _is_kept_out(state.lobby, state, session, nick, now):
        return (named,)
    return (named, *enter(state, session, nick, state.lobby, now, automatic=True))


def _room_of_port(state: State, session: Session, nick: Nick, name: RoomName, now: int) -> Room:
    """Return the room by whose port a newcomer came; do not show the name of a secret one."""
    try:
        room = state.room(name)
        check_newcomer(room, session, nick, now, name)
    except NoSuchRoom:
        raise NoSuchRoom.of_port() from None
    return room


def _is_kept_out(lobby: RoomName, state: State, session: Session, nick: Nick, now: int) -> bool:
    """Tell whether a newcomer is not let into the lobby; a missing one lets in everybody."""
    room = state.rooms.get(room_key(lobby))
    if room is None:
        return False
    try:
        check_newcomer(room, session, nick, now, lobby)
    except Refusal:
        return True
    return False


def _answer_nick(
    _state: State, session: Session, _command: SetNick, _events: tuple[Event, ...]
) -> NickIs:
    return NickIs(nick_of(session))


def _decide_away(_state: State, session: Session, command: SetAway, _now: int) -> tuple[Event, ...]:
    return (WentAway(nick_of(session), command.text, session.session_id),)


def _answer_away(
    _state: State, _session: Session, _command: SetAway, _events: tuple[Event, ...]
) -> AwayNoted:
    return AwayNoted()


def _decide_back(
    _state: State, session: Session, _command: SetBack, _now: int
) -> tuple[Event, ...]:
    if session.away is None:
        return ()
    return (CameBack(nick_of(session), session.session_id),)


def _answer_back(
    _state: State, _session: Session, _command: SetBack, _events: tuple[Event, ...]
) -> BackNoted:
    return BackNoted()


def _check_users(state: State, session: Session, command: ListUsers, now: int) -> tuple[Event, ...]:
    if command.room is not None:
        permitted(state, session, command.room, Action.WHO, now)
    return ()


def _answer_users(
    state: State, session: Session, command: ListUsers, _events: tuple[Event, ...]
) -> UserList | UserPages:
    if command.room is None:
        rows = _found_by(state, session)
        if len(state.people) > WHOLE:
            return UserPages(rows)
        return UserList(tuple(row for row in rows if row is not None))
    room = state.room(command.room)
    if len(room.members) > WHOLE:
        return UserPages(_members_in_order(state, session, room, command.room))
    members = (_member_of(room, member.person) for member in room.members.values())
    return UserList(tuple(sorted(members, key=lambda row: nick_key(row.nick))))


def _found_by(state: State, session: Session) -> Iterator[UserSummary | None]:
    """Go through all users; None for who is not to be found without being named."""
    for person in state.people.walk():
        yield _summary_of(person) if may_find(session, person) else None


def _members_in_order(
    state: State, session: Session, room: Room, asked: RoomName
) -> Iterator[UserSummary | None]:
    """Go through all users, since those are in order; None for who is not in `room`.

    Raises the refusal of such a request once it would be refused: the answer may be long, and
    begin long after it was asked for.
    """
    checked_at = -1
    for person in state.people.walk():
        if person.person_id not in room.members:
            yield None
            continue
        if checked_at != state.applied:
            if state.rooms.get(room.key) is not room:
                raise NoSuchRoom(asked)
            check(room, session, Action.WHO, state.now, asked)
            checked_at = state.applied
        yield _member_of(room, person)


def _member_of(room: Room, person: Person) -> UserSummary:
    """Return the row of a member, with the role of an account in the room.

    A guest that is taken for the owner has none of its own: `info` names it.
    """
    row = _summary_of(person)
    return row if person.account is None else attrs.evolve(row, role=room.role_of(person))


def _summary_of(person: Person) -> UserSummary:
    sessions = person.sessions
    if len(sessions) == 1:  # As nearly all have; a room of many is listed for each who joins it.
        (only,) = sessions.values()
        return UserSummary(person.nick, person.since, only.via, person.away)
    ways_in = dict.fromkeys([session.via for session in sessions.values()])
    return UserSummary(person.nick, person.since, ",".join(ways_in), person.away)


RULES = {
    SetNick: Rule(_answer_nick, _decide_nick, needs_nick=False, for_guests=True),
    SetAway: Rule(_answer_away, _decide_away),
    SetBack: Rule(_answer_back, _decide_back),
    ListUsers: Rule(_answer_users, _check_users, needs_nick=False),
}
