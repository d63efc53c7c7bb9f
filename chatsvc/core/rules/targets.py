"""Whom a moderator means: somebody who is here, or an account that is not."""

from collections.abc import Iterator

import attrs

from chatsvc.core.accounts import Account
from chatsvc.core.errors import NoSuchUser
from chatsvc.core.events import Event, Kicked, MembershipEnded
from chatsvc.core.masks import Form, Mask
from chatsvc.core.names import Nick, nick_key
from chatsvc.core.people import Person
from chatsvc.core.permission import subject_of
from chatsvc.core.roles import Role, is_exempt
from chatsvc.core.room import Room
from chatsvc.core.state import State
from chatsvc.core.subject import Subject

NEVER_OVER = 0
"""A time at which every favour holds: they have no end."""


@attrs.frozen
class Target:
    """Somebody by nick: a person who is here, an account, or both."""

    nick: Nick
    person: Person | None = None
    account: Account | None = None

    @property
    def subject(self) -> Subject:
        """What masks see of them; an account that is not here has no address."""
        if self.person is not None:
            return subject_of(self.person)
        account = self.account
        is_operator = account is not None and account.is_operator
        return Subject(self.nick, None if account is None else account.name, (), is_operator)

    def role_in(self, room: Room) -> Role:
        """Return their role, there or not."""
        if self.person is not None:
            return room.role_of(self.person)
        return (
            Role.MEMBER if self.account is None else room.roles.get(self.account.key, Role.MEMBER)
        )

    def is_inside(self, room: Room) -> bool:
        """Tell whether they are in a room now."""
        return self.person is not None and self.person.person_id in room.members

    def is_keeper_of(self, room: Room) -> bool:
        """Tell whether their membership in a room lasts."""
        return self.account is not None and self.account.key in room.keepers


def target_called(state: State, nick: Nick) -> Target:
    """Return who has this nick, here or as the name of an account; raise `NoSuchUser`."""
    person = state.found(nick)
    if person is not None:
        return Target(person.nick, person, person.account)
    account = state.accounts.get(nick_key(nick))
    if account is None:
        raise NoSuchUser(nick)
    return Target(account.name, None, account)


def named_by(state: State, mask: Mask) -> Target | None:
    """Return the one person whom a mask names; None if it names nobody, or may name several."""
    if not mask.is_exact:
        return None
    try:
        target = target_called(state, Nick(mask.name))
    except NoSuchUser:
        return None
    is_by_account = mask.form is Form.ACCOUNT
    return None if is_by_account and target.account is None else target


def members_of(state: State, room: Room) -> Iterator[Target]:
    """Return everybody whose room it is: those inside, and those whose membership lasts."""
    inside = set()
    for member in room.members.values():
        person = member.person
        if person.account is not None:
            inside.add(person.account.key)
        yield Target(person.nick, person, person.account)
    for key in room.keepers:
        if key not in inside and key in state.accounts:
            account = state.accounts[key]
            yield Target(account.name, state.owners.get(key), account)


def hit_by(state: State, room: Room, mask: Mask) -> Iterator[Target]:
    """Return the members whom a ban or mute with this mask hits: none with a role above it."""
    return (target for target in members_of(state, room) if is_hit_by(room, target, mask))


def is_hit_by(room: Room, target: Target, mask: Mask) -> bool:
    """Tell whether a ban or mute with this mask in a room hits somebody, a member or not."""
    subject = target.subject
    if subject.is_operator or not mask.hits(subject) or is_exempt(target.role_in(room)):
        return False
    return room.spared.hit(subject, NEVER_OVER) is None


def put_out(
    room: Room, target: Target, by: Nick, now: int, reason: str, is_banned: bool
) -> Iterator[Event]:
    """Return what ends somebody's membership.

    Who is not there is put out as well: they may come in until it happens.
    """
    if target.account is not None and target.is_keeper_of(room):
        yield MembershipEnded(target.account.name, room.name, now, room.room_id)
    person = 0 if target.person is None else target.person.person_id
    yield Kicked(room.name, target.nick, by, reason, is_banned, person=person)
