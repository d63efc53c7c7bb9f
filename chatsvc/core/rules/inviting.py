"""Rules for inviting: an invitation opens every door of a room, once.

That of an account lasts until it is used or taken back, and is shown at its next login. That
of a guest is for as long as the guest is here under its nick: anybody may have that later.
"""

from collections.abc import Iterator

from chatsvc.core.access_table import Action
from chatsvc.core.accounts import Account
from chatsvc.core.audit import audited
from chatsvc.core.commands import Invite, Uninvite
from chatsvc.core.errors import NoSuchUser, NotAllowed
from chatsvc.core.events import Called, CalledIn, Event, InvitationTakenBack, Invited
from chatsvc.core.invitations import Invitation
from chatsvc.core.masks import mask_of
from chatsvc.core.names import nick_key
from chatsvc.core.people import Person, Session
from chatsvc.core.permission import actor_in, permitted
from chatsvc.core.replies import InvitationGiven, InvitationGone
from chatsvc.core.roles import Role, is_exempt
from chatsvc.core.room import Room
from chatsvc.core.rules import direct
from chatsvc.core.rules.rule import Rule
from chatsvc.core.rules.targets import Target, target_called
from chatsvc.core.state import State, person_of


def _decide_invite(state: State, session: Session, command: Invite, now: int) -> tuple[Event, ...]:
    room = permitted(state, session, command.room, Action.INVITE, now)
    person, target = person_of(session), target_called(state, command.nick)
    _check_invited(room, person, target, now)
    mask = mask_of(target.subject)
    room.invitations.check_space(mask, state.limits.room_invitations)
    is_told = target.person is not None and not direct.is_ignored(target.person, person)
    sessions = tuple(target.person.sessions) if target.person is not None and is_told else ()
    called = Called(room.name, target.nick, person.nick, now, sessions)
    told = CalledIn(room.name, target.nick, person.nick, now)
    lasting = _audited(room, person, "invite", target, now)
    if target.account is not None:
        invitation = Invitation(mask, person.nick, now)
        lasting = (Invited(room.name, invitation, room.room_id), *lasting)
    return (*lasting, told, called)


def _check_invited(room: Room, person: Person, target: Target, now: int) -> None:
    """Make sure that an invitation is of use; raise `NotAllowed`.

    Only moderators are told of bans.
    """
    if target.is_inside(room) or target.is_keeper_of(room):
        raise NotAllowed(f'"{target.nick}" is in "{room.name}" already.')
    if _moderates(room, person) and room.bans.hit(target.subject, now) is not None:
        raise NotAllowed(f'"{target.nick}" is banned from "{room.name}"; lift the ban first.')


def _moderates(room: Room, person: Person) -> bool:
    return actor_in(room, person).is_above(Role.VOICED)


def _audited(room: Room, person: Person, act: str, target: Target, now: int) -> tuple[Event, ...]:
    """Return the line in the audit log; what any member may do is not written down."""
    if not _moderates(room, person):
        return ()
    return (audited(now, person, act, target.nick, room.name),)


def _answer_invite(
    _state: State, _session: Session, _command: Invite, events: tuple[Event, ...]
) -> InvitationGiven:
    called = events[-1]
    assert isinstance(called, Called)
    return InvitationGiven(called.room, called.nick)


def _decide_uninvite(
    state: State, session: Session, command: Uninvite, now: int
) -> tuple[Event, ...]:
    """Take an invitation back; who gave it may, and who moderates the room."""
    room = permitted(state, session, command.room, Action.INVITE, now)
    person, target = person_of(session), target_called(state, command.nick)
    invitation = room.invitations.of(target.subject)
    if invitation is None:
        raise NoSuchUser.invited(target.nick, room.name)
    is_own = nick_key(invitation.by) == nick_key(person.nick) and invitation.at >= person.named_at
    if not is_own and not _moderates(room, person):
        raise NotAllowed(f'"{invitation.by}" has invited "{target.nick}", and moderators may act.')
    return (
        InvitationTakenBack(room.name, now, person.nick, invitation.mask, room.room_id),
        *_audited(room, person, "uninvite", target, now),
    )


def _answer_uninvite(
    state: State, _session: Session, command: Uninvite, _events: tuple[Event, ...]
) -> InvitationGone:
    return InvitationGone(state.room(command.room).name, command.nick)


def open_invitations(state: State, account: Account) -> Iterator[Called]:
    """Return what an account is told at login: the rooms that it is invited into.

    Where it is banned as it is here now, it cannot come in.
    """
    target = Target(account.name, state.owners.get(account.key), account)
    subject = target.subject
    for room in state.rooms.values():
        if room.invitations and (invitation := room.invitations.of(subject)) is not None:
            if direct.is_ignored_by(state, account, invitation.by):
                continue
            if room.bans.hit(subject, state.now) and not is_exempt(target.role_in(room)):
                continue
            yield Called(room.name, account.name, invitation.by, invitation.at)


RULES = {
    Invite: Rule(_answer_invite, _decide_invite),
    Uninvite: Rule(_answer_uninvite, _decide_uninvite),
}
