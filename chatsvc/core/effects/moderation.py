"""What becomes of who may do what in a room by an event."""

from chatsvc.core.effects.effect import NOBODY, Effects, Recipients
from chatsvc.core.events import (
    CalledIn,
    InvitationTakenBack,
    Invited,
    Ranked,
    RoleSet,
    RoomSet,
    SanctionLaid,
    SanctionLifted,
)
from chatsvc.core.names import nick_key
from chatsvc.core.roles import Role
from chatsvc.core.room import Room
from chatsvc.core.sanctions import Means
from chatsvc.core.state import State


def _room_set(state: State, event: RoomSet) -> Recipients:
    room = state.room(event.room)
    room.kind = event.kind
    state.note_settings(room)
    room.note_who_speaks()
    return room.key


def _role_set(state: State, event: RoleSet) -> Recipients:
    """Give a role; where nobody gave it, there is nothing new to be told."""
    room, key = state.room(event.room), nick_key(event.name)
    if event.role is Role.MEMBER:
        room.roles.pop(key, None)
    elif key in state.accounts:
        room.roles[key] = event.role
    return NOBODY if event.nick is None else room.key


def _ranked(state: State, event: Ranked) -> Recipients:
    room = state.room(event.room)
    member = room.members.get(event.person)
    if member is None:
        return NOBODY
    member.is_voiced = event.is_voiced
    if member.person.account is None:
        member.role = event.role
    return room.key


def _laid(state: State, event: SanctionLaid) -> Recipients:
    room = state.room(event.room)
    room.sanctions(event.means).lay(event.sanction)
    if event.means is Means.BAN:
        room.invitations.take_back(event.sanction.mask)
    room.note_who_speaks()
    state.note_sanctions(room)
    return moderators(room)


def _lifted(state: State, event: SanctionLifted) -> Recipients:
    room = state.room(event.room)
    room.sanctions(event.means).lift(event.mask)
    room.note_who_speaks()
    state.note_sanctions(room)
    return moderators(room)


def _invited(state: State, event: Invited) -> Recipients:
    room = state.room(event.room)
    room.invitations.give(event.invitation)
    return NOBODY


def _called_in(state: State, event: CalledIn) -> Recipients:
    return moderators(state.room(event.room))


def _taken_back(state: State, event: InvitationTakenBack) -> Recipients:
    state.room(event.room).invitations.take_back(event.mask)
    return NOBODY


def moderators(room: Room) -> tuple[int, ...]:
    """Return the sessions of the moderators, owners and operators who are in a room."""
    return tuple(
        session
        for member in room.members.values()
        if room.role_of(member.person) >= Role.MODERATOR or member.person.is_operator
        for session in member.person.sessions
    )


EFFECTS: Effects = {
    CalledIn: _called_in,
    RoomSet: _room_set,
    RoleSet: _role_set,
    Ranked: _ranked,
    SanctionLaid: _laid,
    SanctionLifted: _lifted,
    Invited: _invited,
    InvitationTakenBack: _taken_back,
}
