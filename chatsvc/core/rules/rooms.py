"""Rules for making, entering, leaving, removing and listing rooms."""

from collections.abc import Iterator
from typing import Any

import attrs

from chatsvc.core.access_table import Action
from chatsvc.core.audit import audited
from chatsvc.core.commands import (
    CreateRoom,
    DeleteRoom,
    DescribeRoom,
    EnterRoom,
    JoinRoom,
    JoinWithPassword,
    LeaveRoom,
    ListRooms,
    VacateRoom,
)
from chatsvc.core.errors import (
    AlreadyAMember,
    RoomExists,
    TooMany,
    Usage,
    counted_seconds,
)
from chatsvc.core.events import (
    Event,
    Joined,
    Left,
    MembershipEnded,
    MembershipKept,
    RoomCreated,
    RoomDeleted,
    TopicSet,
    Welcomed,
)
from chatsvc.core.limits import TRY_AGAIN_SECONDS
from chatsvc.core.names import Nick, RoomKey, RoomName, new_room_name, room_key
from chatsvc.core.people import Session
from chatsvc.core.permission import (
    check,
    check_not_full,
    is_visible,
    may,
    permitted,
    shows_details,
    subject_of,
)
from chatsvc.core.replies import (
    WHOLE,
    Entered,
    RoomDetails,
    RoomGone,
    RoomLeft,
    RoomList,
    RoomMade,
    RoomPages,
    RoomSummary,
    TopicIs,
)
from chatsvc.core.room import Room
from chatsvc.core.rules.rule import Rule
from chatsvc.core.state import State, nick_of, person_of


def _decide_create(
    state: State, session: Session, command: CreateRoom, now: int
) -> tuple[Event, ...]:
    existing = state.rooms.get(room_key(command.room))
    if existing is not None:
        raise RoomExists(existing.name if is_visible(existing, session) else command.room)
    return (new_room(state, session, command.room, now, kept=True),)


def new_room(
    state: State, session: Session, name: RoomName, now: int, kept: bool, nick: Nick | None = None
) -> RoomCreated:
    """Return the event that makes a room owned by whoever is behind `session`.

    `nick`: as whom, where they have none yet. Raises `TooMany`, `BadRoom`, or `RoomExists`
    where another looks like it.

    The lobby is nobody's, kept, exempt from the limit of rooms, and has the name the
    server was started with, whoever needs it first and however that one spells it.
    """
    if state.lobby is not None and state.is_lobby(name):
        return RoomCreated(state.lobby, now, None, kept=True)
    if state.has_all_rooms:
        raise TooMany(
            f"There are {state.limits.rooms} rooms already; delete one first, "
            f"or wait {counted_seconds(TRY_AGAIN_SECONDS)} for others to end."
        )
    shown = new_room_name(name, state.limits.room_length)
    check_unlike(state, session, shown)
    if session.account is not None:
        return RoomCreated(shown, now, session.account.name, kept, by_account=True)
    return RoomCreated(shown, now, nick or nick_of(session), kept)


def check_unlike(
    state: State, session: Session, name: RoomName, own: RoomKey | None = None
) -> None:
    """Make sure that a room that is to be called `name` looks like no other.

    `own` is its key, if it is there. The name of a secret room is not shown. Raises `RoomExists`.
    """
    try:
        state.check_unlike(name, own)
    except RoomExists:
        like = state.room_like(name, own)
        if like is not None and not is_visible(like, session):
            raise RoomExists(name) from None
        raise


def _answer_create(
    state: State, _session: Session, command: CreateRoom, _events: tuple[Event, ...]
) -> RoomMade:
    return RoomMade(state.room(command.room).name)


def _decide_join(state: State, session: Session, command: JoinRoom, now: int) -> tuple[Event, ...]:
    name = room_to_join(state, command)
    room = state.rooms.get(room_key(name))
    person = person_of(session)
    if room is not None:
        if person.person_id in room.members:
            return _join_again(session, room, command)
        secret = command.secret if isinstance(command, EnterRoom) else ""
        has_key = secret != "" and secret == room.kind.secret
        check(room, session, Action.JOIN, now, name, has_key)
        check_not_full(room, subject_of(person), room.role_of(person), now)
    elif isinstance(command, EnterRoom):
        permitted(state, session, name, Action.JOIN, now)
    events = enter(state, session, person.nick, name, now)
    return events if command.since is None else tuple(_unread_since(events, command.since))


def _unread_since(events: tuple[Event, ...], since: int) -> Iterator[Event]:
    """Let a new member who asks for what came after `since` not have read it yet."""
    for event in events:
        if isinstance(event, MembershipKept):
            yield attrs.evolve(event, position=min(event.position, since))
        else:
            yield event


def room_to_join(state: State, command: JoinRoom) -> RoomName:
    """Return the room a join means: the one it names, else the lobby; raise `Usage`."""
    name = command.room or state.lobby
    if name is None:
        raise Usage("This server has no lobby; say which room: join ROOM.")
    return name


def _join_again(session: Session, room: Room, command: JoinRoom) -> tuple[Event, ...]:
    """Decide on a join by a member.

    Where the server put a session (the lobby, or where another session of the person is),
    its first own join is answered like any other, so that a client which always joins what
    it wants meets no error; and `since` always replays.
    """
    member = room.members[person_of(session).person_id]
    if session.session_id in member.automatic:
        return (Joined(room.name, nick_of(session), session.session_id),)
    if command.since is None:
        raise AlreadyAMember(room.name)
    return ()


def enter(
    state: State, session: Session, nick: Nick, name: RoomName, now: int, automatic: bool = False
) -> tuple[Event, ...]:
    """Return the events that make `nick` a member by `session`, and the room if it is missing.

    Whether they may is the caller's to ask. The lobby is kept, any other room made this way
    is temporary. What an account joins lasts. Raises what `new_room` raises.
    """
    if len(session.rooms) >= state.limits.rooms_per_session:
        limit = state.limits.rooms_per_session
        raise TooMany(f"You are in {limit} rooms, which is the limit; leave one first.")
    room = state.rooms.get(room_key(name))
    if room is not None:
        kept = kept_membership(state, session, room, now)
        return (*kept, Joined(room.name, nick, session.session_id, automatic))
    created = new_room(state, session, name, now, kept=False, nick=nick)
    joined = Joined(created.room, nick, session.session_id, automatic)
    if session.account is None:
        return (created, joined)
    return (created, MembershipKept(session.account.name, created.room, now, 0), joined)


def kept_membership(
    state: State, session: Session, room: Room, now: int
) -> tuple[MembershipKept, ...]:
    """Return what makes a membership last: nothing for a guest, or where it lasts already."""
    account = session.account
    if account is None or room.key in state.kept_by(account):
        return ()
    return (MembershipKept(account.name, room.name, now, room.last, room.room_id),)


def _answer_join(
    state: State, _session: Session, command: JoinRoom, _events: tuple[Event, ...]
) -> Entered:
    room = state.room(room_to_join(state, command))
    return Entered(room.name, room.last, len(room.members))


def arrival_notices(room: Room) -> tuple[Event, ...]:
    """Return what somebody who just joined is told about the room: topic and welcome."""
    notices: list[Event] = []
    if room.topic and room.topic_nick is not None:
        notices.append(TopicSet(room.name, room.topic_at, room.topic_nick, room.topic))
    if room.welcome:
        notices.append(Welcomed(room.name, room.welcome))
    return tuple(notices)


def _decide_leave(
    state: State, session: Session, command: LeaveRoom, now: int
) -> tuple[Event, ...]:
    """Leave with all sessions of the person, and for good; who may not speak gives no reason."""
    room, person = permitted(state, session, command.room, Action.LEAVE, now), person_of(session)
    is_heard = command.reason and may(room, session, Action.SAY, now)
    reason = command.reason if is_heard else ""
    left = Left(room.name, person.nick, session.session_id, reason)
    if person.account is None:
        return (left,)
    return (MembershipEnded(person.account.name, room.name, now, room.room_id), left)


def _answer_leave(
    _state: State, _session: Session, _command: LeaveRoom, events: tuple[Event, ...]
) -> RoomLeft:
    left = events[-1]
    assert isinstance(left, Left)
    return RoomLeft(left.room, left.reason)


def _decide_delete(
    state: State, session: Session, command: DeleteRoom, now: int
) -> tuple[Event, ...]:
    room = permitted(state, session, command.room, Action.DELETE, now)
    return (
        RoomDeleted(room.name, now, nick_of(session), room.room_id),
        audited(now, person_of(session), "delete", "", room.name),
    )


def _decide_vacate(
    state: State, _session: Session, command: VacateRoom, now: int
) -> tuple[Event, ...]:
    room = state.rooms.get(room_key(command.room))
    if room is None or not room.is_vacant(now):
        return ()
    return (RoomDeleted(room.name, now, None, room.room_id),)


def _answer_delete(
    _state: State, _session: Session, command: Any, events: tuple[Event, ...]
) -> RoomGone:
    return RoomGone(_room_in(events[0]) if events else command.room)


def _room_in(event: Event) -> RoomName:
    assert isinstance(event, Left | RoomDeleted)
    return event.room


def summary_of(room: Room, has_details: bool = True) -> RoomSummary:
    """Return the row that lists `room`; without details, its name and that it is there."""
    if not has_details:
        return RoomSummary(room.name, 0, 0, 0, 0, room.kept, "", room.kind.name)
    return RoomSummary(
        room.name,
        len(room.members),
        room.last,
        room.created_at,
        room.last_at,
        room.kept,
        room.topic,
        room.kind.name,
    )


def topic_of(room: Room) -> TopicIs:
    """Return the room's topic as a reply."""
    nick = room.topic_nick if room.topic else None
    return TopicIs(room.name, room.topic_at if nick else 0, nick, room.topic)


def _answer_list(
    state: State, session: Session, _command: ListRooms, _events: tuple[Event, ...]
) -> RoomList | RoomPages:
    rows = (_row_for(room, session) for room in state.rooms.walk())
    if len(state.rooms) > WHOLE:
        return RoomPages(rows)
    return RoomList(tuple(row for row in rows if row is not None))


def _row_for(room: Room, session: Session) -> RoomSummary | None:
    """Return the row of a room; None where `session` may not know of it."""
    if room.kind.is_public:
        return summary_of(room)
    if not is_visible(room, session):
        return None
    return summary_of(room, shows_details(room, session))


def _decide_describe(
    state: State, session: Session, command: DescribeRoom, now: int
) -> tuple[Event, ...]:
    permitted(state, session, command.room, Action.INFO, now)
    return ()


def _answer_describe(
    state: State, _session: Session, command: DescribeRoom, _events: tuple[Event, ...]
) -> RoomDetails:
    room = state.room(command.room)
    return RoomDetails(summary_of(room), room.owner_nick, topic_of(room), room.welcome)


RULES = {
    CreateRoom: Rule(_answer_create, _decide_create),
    JoinRoom: Rule(_answer_join, _decide_join),
    JoinWithPassword: Rule(None),
    EnterRoom: Rule(_answer_join, _decide_join),
    LeaveRoom: Rule(_answer_leave, _decide_leave),
    DeleteRoom: Rule(_answer_delete, _decide_delete),
    VacateRoom: Rule(_answer_delete, _decide_vacate, needs_nick=False),
    ListRooms: Rule(_answer_list, needs_nick=False),
    DescribeRoom: Rule(_answer_describe, _decide_describe, needs_nick=False),
}
