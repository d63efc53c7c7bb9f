"""Ask `access` about the people and rooms of the state: what every rule and every read calls.

    permitted(state, session, name, action, now)    the room, or the refusal
    is_visible(room, session)                       whether it may be shown at all
    visible_room(state, session, name)              the room, if it may be shown at all
    may_find(session, person)                       whether a search may find somebody
    may_see_address(session, person)                whether somebody's address may be shown
    rooms_shown(session, person, now)               the rooms somebody may be shown to be in
    readable_by(room, person)                       the numbers somebody may read
    members_without(room, number)                   who of those there may not read a number

A room that somebody may not know of and one that does not exist are refused alike, and after
the same steps: what is asked of a room that does not exist is asked of one that nobody knows.
"""

from collections.abc import Iterable, Iterator

from chatsvc.core import access
from chatsvc.core.access import Asker, Place
from chatsvc.core.access_table import OUTSIDE, Action, Ownership, Relation
from chatsvc.core.accounts import Account
from chatsvc.core.errors import Muted, NoSuchRoom, Refusal, RoomFull
from chatsvc.core.events import Happened
from chatsvc.core.happenings import shown
from chatsvc.core.kinds import History
from chatsvc.core.names import Nick, RoomName, room_key
from chatsvc.core.people import Mark, Person, Session
from chatsvc.core.roles import Actor, Role, is_exempt
from chatsvc.core.room import Room
from chatsvc.core.state import State
from chatsvc.core.stays import NO_STAYS, Ranges, holds, readable
from chatsvc.core.subject import Subject

_UNKNOWN = Room.unknown()
"""Looked at in place of a room that does not exist, so that the refusal takes as long."""


def subject_of(person: Person) -> Subject:
    """Return what masks see of somebody."""
    account = person.account
    hosts = (session.host for session in person.sessions.values())
    return Subject(
        person.nick,
        None if account is None else account.name,
        tuple(dict.fromkeys(host for host in hosts if host)),
        person.is_operator,
        tuple(dict.fromkeys(session.source for session in person.sessions.values())),
    )


def subject_at(
    session: Session, nick: Nick, account: Nick | None = None, is_operator: bool = False
) -> Subject:
    """Return what masks see of who is about to be `nick` at this one connection."""
    host = session.host
    return Subject(nick, account, (host,) if host else (), is_operator, (session.source,))


def subject_of_session(session: Session) -> Subject:
    """Return what masks see of one connection, with a nick or without."""
    account, host = session.account, session.host
    return Subject(
        session.nick,
        None if account is None else account.name,
        (host,) if host else (),
        account is not None and account.is_operator,
        (session.source,),
    )


def actor_in(room: Room, person: Person) -> Actor:
    """Return what somebody who does something in a room is there."""
    reaches_equals = room.ownership is Ownership.GUEST
    return Actor(room.role_of(person), person.is_operator, reaches_equals)


def permitted(
    state: State,
    session: Session,
    name: RoomName,
    action: Action,
    now: int,
    has_key: bool = False,
) -> Room:
    """Return the room called `name`, where whoever is behind `session` may do this.

    `has_key`: they have just said its password. Raises `NoSuchRoom` and what `access.check`
    raises.
    """
    room = state.rooms.get(room_key(name))
    try:
        check(room or _UNKNOWN, session, action, now, name, has_key)
    except Refusal:
        if room is not None:
            raise
    if room is None:
        raise NoSuchRoom(name)
    return room


def check(
    room: Room,
    session: Session,
    action: Action,
    now: int,
    asked: RoomName,
    has_key: bool = False,
) -> None:
    """Make sure that whoever is behind `session` may do this; raise the refusal.

    `asked` is the name of the room as it was asked for.
    """
    access.check(_place(room, session), _asker(room, session, has_key), action, now, asked)


def check_may_be_renamed(session: Session, now: int) -> None:
    """Make sure that nobody gets around a mute by another nick; raise `Muted`.

    Who is muted somewhere and stays there keeps the nick by which that is known.
    """
    room = muted_in(session, now)
    if room is not None:
        raise Muted(f'You may not speak in "{room.name}": keep your nick, or leave it first.')


def muted_in(session: Session, now: int) -> Room | None:
    """Return a room in which a mute keeps somebody quiet who is there; None if there is none."""
    for room in session.rooms.values():
        if room.mutes and _place(room, session).keeps_quiet(_asker(room, session), now):
            return room
    return None


def may(room: Room, session: Session, action: Action, now: int) -> bool:
    """Tell whether whoever is behind `session` may do this."""
    try:
        check(room, session, action, now, room.name)
    except Refusal:
        return False
    return True


def may_enter(
    room: Room, session: Session, account: Account, now: int, has_key: bool = False
) -> bool:
    """Tell whether `session` may enter a room when it is `account`'s.

    `has_key`: it was a member before, by whatever name.
    """
    subject = subject_at(session, account.name, account.name, account.is_operator)
    role = room.roles.get(account.key, Role.MEMBER)
    try:
        _check_entry(room, session, subject, role, now, room.name, has_key)
    except Refusal:
        return False
    return True


def check_newcomer(room: Room, session: Session, nick: Nick, now: int, asked: RoomName) -> None:
    """Make sure that `session`, which is about to be the guest `nick`, may enter a room.

    Raises what `access.check` raises; `asked` as in `check`.
    """
    _check_entry(room, session, subject_at(session, nick), Role.MEMBER, now, asked)


def _check_entry(
    room: Room,
    session: Session,
    subject: Subject,
    role: Role,
    now: int,
    asked: RoomName,
    has_key: bool = False,
) -> None:
    """Make sure that who is about to be `subject` may enter a room."""
    is_invited = room.invitations.of(subject) is not None
    asker = Asker(subject, role=role, has_key=has_key or is_invited)
    access.check(_place(room, session), asker, Action.JOIN, now, asked)
    if not has_key:
        check_not_full(room, subject, role, now)


def check_not_full(room: Room, subject: Subject, role: Role, now: int) -> None:
    """Make sure that a room takes one more; raise `RoomFull`.

    Who is invited, has a role, or is an operator comes in anyway: "An INVITE message can be
    used by channel members to allow a user to join despite the limit"
    (https://modern.ircdocs.horse/#client-limit-channel-mode).
    """
    most = room.kind.most_members
    if not most or len(room.members) < most or subject.is_operator or is_exempt(role):
        return
    is_invited = room.invitations.of(subject) is not None
    if not is_invited and room.welcomed.hit(subject, now) is None:
        raise RoomFull(room.name)


def invited_into(state: State, session: Session) -> Iterator[Room]:
    """Return the rooms that whoever is behind `session` is invited into and is not in."""
    if session.person is None:
        return
    subject = subject_of(session.person)
    for room in state.rooms.values():
        if room.invitations and room.invitations.of(subject) is not None:
            yield room


def is_visible(room: Room, session: Session) -> bool:
    """Tell whether a room may be shown to whoever is behind `session`."""
    if room.kind.listed:
        return True
    return _relation(room, session) not in OUTSIDE


def visible_room(state: State, session: Session, name: RoomName) -> Room | None:
    """Return the room called `name`, None if there is none that `session` may be shown."""
    room = state.rooms.get(room_key(name))
    return room if is_visible(room or _UNKNOWN, session) else None


def shows_details(room: Room, session: Session) -> bool:
    """Tell whether more of a room may be shown than its name and kind."""
    if room.kind.is_public:
        return True
    return access.shows_details(room.kind, _relation(room, session))


def may_find(session: Session, person: Person) -> bool:
    """Tell whether `person` may be found by whoever is behind `session` and has not named them.

    Who is marked invisible is found by those alone who share a room with them, by themselves
    and by operators of the server.
    """
    own = session.person
    if not person.has(Mark.INVISIBLE) or own is person:
        return True
    return own is not None and (own.is_operator or shares_room(own, person))


def shares_room(one: Person, other: Person) -> bool:
    """Tell whether two people are in a room together."""
    return not one.rooms.keys().isdisjoint(other.rooms)


def may_see_address(session: Session, person: Person) -> bool:
    """Tell whether the addresses of `person` may be shown: to themselves and operators only."""
    own = session.person
    return own is not None and (own is person or own.is_operator)


def rooms_shown(session: Session, person: Person, now: int) -> Iterator[Room | None]:
    """Return the rooms that `person` may be shown to be in; None for one that is not shown.

    Those whose members whoever is behind `session` may ask for; of who is marked invisible the
    ones alone that both are in.
    """
    own = session.person
    is_found = not person.has(Mark.INVISIBLE) or (own is not None and own.is_operator)
    for room in list(person.rooms.values()):
        is_shared = own is not None and room.key in own.rooms
        is_shown = is_shared or (is_found and is_visible(room, session))
        yield room if is_shown and may(room, session, Action.WHO, now) else None


def readable_by(room: Room, person: Person | None, more: int = 0) -> Ranges:
    """Return the numbers of a room that somebody may read; nobody yet: as any stranger.

    With `more`, as if there were so many more messages. Bans are not looked at: `permitted`
    does that.
    """
    stays = NO_STAYS if person is None else room.stays_of(person)
    is_member = person is not None and person.person_id in room.members
    if stays.is_member and not is_member:
        stays = stays.ended(room.last)  # A member of the room who is not there just now.
    return readable(room.kind, stays, room.last + more, room.gone)


def may_be_shown(room: Room, person: Person | None, happened: Iterable[Happened]) -> list[Happened]:
    """Return those happenings of a room that somebody may be shown."""
    kind = room.kind
    is_whole = not (kind.open_after or kind.hides_beginning or room.gone)
    is_open = is_whole and kind.readers is not History.JOINED
    return list(shown(happened, readable_by(room, person, more=1), is_open))


def members_without(room: Room, number: int) -> Iterator[Person]:
    """Return the members of a room who may not read the message with this number."""
    is_shared = room.kind.readers is not History.JOINED and number > room.kind.open_after
    if is_shared and number > room.gone_after:
        return
    for member in room.members.values():
        was_there = member.after < number and number > room.gone_after
        if not (was_there or holds(readable_by(room, member.person), number)):
            yield member.person


def _relation(room: Room, session: Session) -> Relation:
    """Return what somebody is to a room, where a ban that is over counts until it is lifted."""
    return access.relation_of(_place(room, session), _asker(room, session), Action.INFO, now=0)


def _place(room: Room, session: Session) -> Place:
    person = session.person
    own = None if person is None else person.person_id
    return Place(
        room.name,
        room.kind,
        room.bans,
        room.mutes,
        room.ownership,
        room.spared,
        room.heard,
        room.welcomed,
        not room.kept,
        is_alone=all(member == own for member in room.members),
    )


def _asker(room: Room, session: Session, has_key: bool = False) -> Asker:
    person = session.person
    if person is None:
        return Asker(Subject(addresses=(session.host,) if session.host else ()), has_key=has_key)
    subject = subject_of(person)
    return Asker(
        subject,
        person.person_id in room.members,
        room.role_of(person),
        has_key=has_key or room.invitations.of(subject) is not None,
    )
