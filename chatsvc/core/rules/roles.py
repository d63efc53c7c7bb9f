"""Rules for roles: who gives and takes which, and what becomes of them with an account."""

from collections.abc import Iterable, Iterator

from chatsvc.core.access_table import Action, Ownership
from chatsvc.core.accounts import Account
from chatsvc.core.audit import audited
from chatsvc.core.commands import SetRole, SetVoice, StepDown
from chatsvc.core.errors import NoSuchUser, NotAllowed
from chatsvc.core.events import Event, Ranked, RoleSet
from chatsvc.core.names import Nick, nick_key
from chatsvc.core.people import Person, Session
from chatsvc.core.permission import actor_in, permitted
from chatsvc.core.replies import RoleIs
from chatsvc.core.roles import Change, Role, check_change
from chatsvc.core.room import Member, Room
from chatsvc.core.rules.rule import Rule
from chatsvc.core.rules.targets import Target, target_called
from chatsvc.core.state import State, person_of


def _decide_role(state: State, session: Session, command: SetRole, now: int) -> tuple[Event, ...]:
    room = permitted(state, session, command.room, Action.OP, now)
    target = target_called(state, command.nick)
    return _changed(room, person_of(session), target, command.role, now)


def _decide_voice(state: State, session: Session, command: SetVoice, now: int) -> tuple[Event, ...]:
    room = permitted(state, session, command.room, Action.VOICE, now)
    target = target_called(state, command.nick)
    person, role = person_of(session), target.role_in(room)
    is_guest = target.account is None
    if is_guest or role > Role.VOICED:
        return _voiced(room, person, target, command.is_voiced, now)
    given = _changed(room, person, target, _role_with(command.is_voiced), now)
    return given if command.is_voiced else (*given, *_voiced(room, person, target, False, now))


def _role_with(is_voiced: bool) -> Role:
    return Role.VOICED if is_voiced else Role.MEMBER


def _voiced(
    room: Room, person: Person, target: Target, is_voiced: bool, now: int
) -> tuple[Event, ...]:
    """Return what gives voice beside a role, or takes it: for as long as they are there."""
    member = member_of(room, target)
    if member is None:
        if target.role_in(room) > Role.VOICED:
            raise NotAllowed(f'"{target.nick}" moderates "{room.name}" and speaks anyway.')
        if is_voiced:
            raise NoSuchUser.in_room(target.nick, room.name)
        return ()
    if member.is_voiced is is_voiced:
        return ()
    return _ranked(room, person, target, member, rank_of(member, target, room), is_voiced, now)


def rank_of(member: Member, target: Target, room: Room) -> Role:
    """Return the role of a member without the voice that it has beside it."""
    role = target.role_in(room)
    return Role.MEMBER if role is Role.VOICED and member.is_voiced else role


def member_of(room: Room, target: Target) -> Member | None:
    """Return the member that somebody is in a room; None if they are not there."""
    return None if target.person is None else room.members.get(target.person.person_id)


def _ranked(
    room: Room,
    person: Person,
    target: Target,
    member: Member,
    role: Role,
    is_voiced: bool,
    now: int,
) -> tuple[Event, ...]:
    old = rank_of(member, target, room)
    name, person_id = target.nick, member.person.person_id
    shown = max(role, _role_with(is_voiced))
    return (
        audited(now, person, "role", name, room.name, shown.word),
        Ranked(
            room.name, now, person.nick, name, role, is_voiced, person_id, old, member.is_voiced
        ),
    )


def _decide_step(state: State, session: Session, command: StepDown, now: int) -> tuple[Event, ...]:
    room = permitted(state, session, command.room, Action.STEP_DOWN, now)
    person = person_of(session)
    role = room.role_of(person)
    if role is Role.MEMBER:
        raise NotAllowed(f'You have no role in "{room.name}" that you could give up.')
    target = Target(person.nick, person, person.account)
    return _changed(room, person, target, Role.MEMBER, now)


def _changed(room: Room, person: Person, target: Target, new: Role, now: int) -> tuple[Event, ...]:
    """Return what gives `target` the role `new`; nothing if it has that."""
    old = target.role_in(room)
    is_own = target.person is person
    is_registered = target.account is not None
    change = Change(old, new, _owners(room), is_own, is_registered)
    check_change(actor_in(room, person), change)
    if old is new:
        return ()
    if target.account is None:
        return _guest_changed(room, person, target, new, now)
    name = target.account.name
    return (
        *owned_from_now(room, person, now),
        RoleSet(room.name, now, person.nick, name, new, room.room_id, old),
        audited(now, person, "role", name, room.name, new.word),
    )


def _guest_changed(
    room: Room, person: Person, target: Target, new: Role, now: int
) -> tuple[Event, ...]:
    """Return what gives a guest a role for as long as it is there; raise `NoSuchUser`.

    To be a mere member is to have no voice either, to moderate leaves voice as it is.
    """
    member = member_of(room, target)
    if member is None:
        if target.role_in(room) is Role.OWNER:
            raise NotAllowed(f'"{room.name}" is of who has this nick; they may join and step down.')
        raise NoSuchUser.in_room(target.nick, room.name)
    role = Role.MEMBER if new is Role.VOICED else new
    is_voiced = new is Role.VOICED or (new is not Role.MEMBER and member.is_voiced)
    return _ranked(room, person, target, member, role, is_voiced, now)


def _owners(room: Room) -> int:
    """Return how many accounts own a room; a guest who made it is the only one."""
    return max(1, sum(role is Role.OWNER for role in room.roles.values()))


def owned_from_now(room: Room, person: Person, now: int) -> tuple[Event, ...]:
    """Return what makes a room that of an account, whose nick alone has made it its owner.

    Nothing where that is not so.
    """
    account = person.account
    is_by_nick = room.ownership is Ownership.GUEST and room.role_of(person) is Role.OWNER
    if account is None or not is_by_nick:
        return ()
    return (RoleSet(room.name, now, None, account.name, Role.OWNER, room.room_id),)


def _answer_role(
    state: State, _session: Session, command: SetRole | SetVoice, events: tuple[Event, ...]
) -> RoleIs:
    for event in events:
        if isinstance(event, RoleSet) and nick_key(event.name) == nick_key(command.nick):
            return RoleIs(event.room, event.name, event.role)
    room, target = state.room(command.room), target_called(state, command.nick)
    return RoleIs(room.name, target.nick, target.role_in(room))


def _answer_step(
    state: State, session: Session, command: StepDown, _events: tuple[Event, ...]
) -> RoleIs:
    room, person = state.room(command.room), person_of(session)
    return RoleIs(room.name, person.nick, room.role_of(person))


# What becomes of roles with an account


def roles_kept(session: Session, name: Nick, now: int) -> tuple[RoleSet, ...]:
    """Return the roles that a guest keeps who becomes the account called `name`.

    It owns from then on the rooms that it made and is in, and moderates where it did.
    """
    person = session.person
    if person is None:
        return ()
    return tuple(
        RoleSet(room.name, now, None, name, role, room.room_id)
        for room in session.rooms.values()
        if (role := room.role_of(person)) >= Role.MODERATOR
        and (role is Role.MODERATOR or room.ownership is Ownership.GUEST)
    )


def rooms_owned_from_now(
    person: Person, account: Account, rooms: Iterable[Room], now: int
) -> tuple[RoleSet, ...]:
    """Return what makes the rooms that a guest owns those of the account it logs in to."""
    return tuple(
        RoleSet(room.name, now, None, account.name, Role.OWNER, room.room_id)
        for room in rooms
        if _is_owned_by_guest(room, person)
    )


def ranks_changed(
    person: Person, account: Account, rooms: Iterable[Room], now: int
) -> tuple[Ranked, ...]:
    """Return what tells where a guest has another role as the account that it logs in to."""
    target, nick, changes = Target(person.nick, person), person.nick, []
    for room in rooms:
        member = member_of(room, target)
        if member is None or _is_owned_by_guest(room, person):
            continue
        old, new = rank_of(member, target, room), room.roles.get(account.key, Role.MEMBER)
        if old is not new:
            voiced = member.is_voiced
            changes.append(
                Ranked(room.name, now, nick, nick, new, voiced, person.person_id, old, voiced)
            )
    return tuple(changes)


def _is_owned_by_guest(room: Room, person: Person) -> bool:
    is_inside = person.person_id in room.members
    return is_inside and room.ownership is Ownership.GUEST and room.role_of(person) is Role.OWNER


def check_may_drop(state: State, account: Account) -> None:
    """Make sure that no room loses its last owner with an account.

    Raises `NotAllowed`.
    """
    for room in state.rooms.values():
        if room.roles.get(account.key) is not Role.OWNER:
            continue
        if _owners(room) == 1 and not _ends_with(room, account):
            raise NotAllowed(
                f'"{room.name}" has no other owner: make somebody else owner first, '
                "or delete the room."
            )


def roles_given_up(state: State, account: Account, now: int) -> Iterator[RoleSet]:
    """Return what ends, with an account, that it owns rooms.

    It goes with the account in any case. But these events mark the rooms as changing, or
    their other owner would be the last one twice.
    """
    for room in state.rooms.values():
        if room.roles.get(account.key) is Role.OWNER:
            yield RoleSet(room.name, now, None, account.name, Role.MEMBER, room.room_id)


def _ends_with(room: Room, account: Account) -> bool:
    """Tell whether a room is a temporary one that nobody else is a member of."""
    others = any(member.person.account is not account for member in room.members.values())
    return not (room.kept or others or room.keepers.keys() - {account.key})


RULES = {
    SetRole: Rule(_answer_role, _decide_role),
    SetVoice: Rule(_answer_role, _decide_voice),
    StepDown: Rule(_answer_step, _decide_step),
}
