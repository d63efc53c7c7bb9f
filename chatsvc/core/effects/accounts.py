"""What becomes of accounts, and of what lasts of them, by an event."""

import attrs

from chatsvc.core.accounts import Account, Membership, StoredMembership
from chatsvc.core.conversations import is_direct, keep_part
from chatsvc.core.effects.effect import NOBODY, Effects, Recipients
from chatsvc.core.errors import NickRegistered
from chatsvc.core.events import (
    UNSTAMPED,
    AccountDropped,
    IgnoreAdded,
    IgnoreRemoved,
    KeyAdded,
    KeyRemoved,
    MembershipEnded,
    MembershipKept,
    PasswordSet,
    PositionsNoted,
    Registered,
)
from chatsvc.core.names import Nick, RoomName, nick_key, room_key
from chatsvc.core.room import Room
from chatsvc.core.state import State
from chatsvc.core.stays import Stays
from chatsvc.core.subject import Subject

NO_SESSION = 0
"""The id that no session has."""


def _registered(state: State, event: Registered) -> Recipients:
    if nick_key(event.name) in state.accounts:
        raise NickRegistered(event.name, state.suggestion(event.name))
    state.add_account(Account(event.name, event.at, event.secret))
    return NOBODY


def _password(state: State, event: PasswordSet) -> Recipients:
    account = state.account(event.name)
    if event.instead_of in ("", account.secret):
        change(state, attrs.evolve(account, secret=event.secret))
    return NOBODY


def _key_added(state: State, event: KeyAdded) -> Recipients:
    account = state.account(event.name)
    if event.key not in account.keys:
        change(state, attrs.evolve(account, keys=(*account.keys, event.key)))
    return NOBODY


def _key_removed(state: State, event: KeyRemoved) -> Recipients:
    account = state.account(event.name)
    keys = tuple(key for key in account.keys if key != event.key)
    change(state, attrs.evolve(account, keys=keys))
    return NOBODY


def _ignore_added(state: State, event: IgnoreAdded) -> Recipients:
    account = state.account(event.name)
    ignored = account.ignored.having(event.mask, len(account.ignored) + 1)
    change(state, attrs.evolve(account, ignored=ignored))
    return NOBODY


def _ignore_removed(state: State, event: IgnoreRemoved) -> Recipients:
    account = state.account(event.name)
    change(state, attrs.evolve(account, ignored=account.ignored.without(event.mask)))
    return NOBODY


def change(state: State, account: Account) -> None:
    """Put an account in the place of what it was."""
    state.change_account(account)
    person = state.owners.get(account.key)
    if person is not None:
        person.account = account
    for session in state.awaiting.values():
        if session.awaiting is not None and session.awaiting.key == account.key:
            session.awaiting = account


def depose(state: State, name: Nick) -> None:
    """Take from everybody here what they may as the operator called `name`."""
    for person in state.people.values():
        if person.operates_as is not None and nick_key(person.operates_as) == nick_key(name):
            person.operates_as = None
            state.operating.discard(person.person_id)


def _account_dropped(state: State, event: AccountDropped) -> Recipients:
    account = state.account(event.name)
    for membership in list(state.kept_by(account).values()):
        forget(state, membership)
    for room in state.rooms.values():
        room.forget_account(account.key)
    state.remove_account(account)
    depose(state, account.name)
    person = state.owners.pop(account.key, None)
    told: Recipients = NOBODY
    if person is not None:
        person.account = None
        told = tuple(state.those_concerned(person, NO_SESSION))
    for session in list(state.awaiting.values()):
        if session.awaiting is not None and session.awaiting.key == account.key:
            del state.awaiting[session.session_id]
            session.awaiting = None
    return told


def _place(state: State, name: RoomName) -> Room:
    """Return the room or conversation kept under `name`; raise `NoSuchRoom`."""
    return state.conversations.get(room_key(name)) or state.room(name)


def _membership_kept(state: State, event: MembershipKept) -> Recipients:
    room, account = _place(state, event.room), state.account(event.name)
    if account.key not in room.keepers:
        stored = StoredMembership(event.name, room.room_id, event.at, event.position)
        if is_direct(room.key):
            keep_part(room, stored)
        else:
            keep(state, room, stored)
        after = room.last if event.after == UNSTAMPED else event.after
        room.stays[account.key] = room.stays.get(account.key, Stays()).begun(after)
        room.invitations.take_back_from(Subject(account=account.name))
    return NOBODY


def _membership_ended(state: State, event: MembershipEnded) -> Recipients:
    room = _place(state, event.room)
    membership = room.keepers.get(nick_key(event.name))
    if membership is not None:
        if is_direct(room.key):
            del room.keepers[membership.account]
        else:
            forget(state, membership)
        until = room.last if event.until == UNSTAMPED else event.until
        room.end_stay(membership.account, until)
    return NOBODY


def _positions(state: State, event: PositionsNoted) -> Recipients:
    positions = dict(event.positions)
    account = nick_key(event.name)
    parts = (room.keepers.get(account) for room in state.conversations.of(account))
    kept = state.memberships.get(account, {}).values()
    for membership in (*kept, *(part for part in parts if part is not None)):
        noted = positions.get(membership.room.room_id, 0)
        membership.position = max(membership.position, noted)
    return NOBODY


def keep(state: State, room: Room, stored: StoredMembership) -> None:
    """Let a membership last."""
    account = nick_key(stored.account)
    membership = Membership(account, room, stored.since, stored.position)
    state.memberships.setdefault(account, {})[room.key] = membership
    room.keepers[account] = membership


def forget(state: State, membership: Membership) -> None:
    """Let a membership last no longer."""
    of_account = state.memberships[membership.account]
    del of_account[membership.room.key]
    if not of_account:
        del state.memberships[membership.account]
    membership.room.keepers.pop(membership.account, None)


EFFECTS: Effects = {
    Registered: _registered,
    PasswordSet: _password,
    KeyAdded: _key_added,
    KeyRemoved: _key_removed,
    IgnoreAdded: _ignore_added,
    IgnoreRemoved: _ignore_removed,
    AccountDropped: _account_dropped,
    MembershipKept: _membership_kept,
    MembershipEnded: _membership_ended,
    PositionsNoted: _positions,
}
