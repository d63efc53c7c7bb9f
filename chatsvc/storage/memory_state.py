"""What a `MemoryLog` remembers besides messages: rooms, accounts, and the whole server.

It holds rooms as the core does, without members, so that what happens to them is done in one
way; but it knows them by their ids, as a log does.
"""

from collections.abc import Callable
from typing import Any

import attrs

from chatsvc.core.accounts import Account, Membership, StoredMembership
from chatsvc.core.events import (
    AccountDropped,
    AccountEvent,
    Audited,
    Happened,
    IgnoreAdded,
    IgnoreRemoved,
    InvitationTakenBack,
    Invited,
    KeyAdded,
    KeyRemoved,
    MembershipEnded,
    MembershipKept,
    MetadataSet,
    OperatorSet,
    PasswordSet,
    PositionsNoted,
    Registered,
    RoleSet,
    RoomCreated,
    RoomDeleted,
    RoomMetadataSet,
    RoomRenamed,
    RoomSet,
    SanctionLaid,
    SanctionLifted,
    ServerBanLaid,
    ServerBanLifted,
    ServerEvent,
    ServerSet,
    TopicSet,
    WelcomeSet,
)
from chatsvc.core.limits import AUDIT_KEPT
from chatsvc.core.names import Nick, NickKey, RoomName, nick_key, room_key
from chatsvc.core.roles import Role
from chatsvc.core.room import Room, Stored, StoredRoom
from chatsvc.core.sanctions import FAVOURS, Means
from chatsvc.core.server import Server, StoredServer
from chatsvc.core.stays import NO_STAYS
from chatsvc.core.subject import Subject
from chatsvc.ports import AuditEntry

SINCE_EVER = 0
"""A time before which nothing is over."""

StateEvent = (
    RoomCreated
    | RoomDeleted
    | TopicSet
    | Happened
    | WelcomeSet
    | RoomRenamed
    | RoomMetadataSet
    | RoomSet
    | RoleSet
    | SanctionLaid
    | SanctionLifted
    | Invited
    | InvitationTakenBack
    | AccountEvent
    | ServerEvent
)


@attrs.define
class MemoryState:
    """Rooms by id, accounts by name, what is set for the server, what was written down."""

    rooms: dict[int, Room] = attrs.field(factory=dict)
    accounts: dict[NickKey, Account] = attrs.field(factory=dict)
    server: Server = attrs.field(factory=Server)
    audit: list[AuditEntry] = attrs.field(factory=list)

    def apply(self, event: StateEvent) -> None:
        """Make an event true, as the log recorded it."""
        _EFFECTS[type(event)](self, event)

    def stored(self) -> Stored:
        """Return everything, as a log does when it is opened."""
        memberships = [
            StoredMembership(account.name, room_id, kept.since, kept.position)
            for key, account in sorted(self.accounts.items())
            for room_id, room in self.rooms.items()
            if (kept := room.keepers.get(key)) is not None
        ]
        bans = self.server.bans.listed(SINCE_EVER)
        return Stored(
            tuple(map(self._stored_room, self.rooms.values())),
            tuple(self.accounts.values()),
            tuple(memberships),
            StoredServer(self.server.sign_ups, self.server.registered_only, bans),
        )

    def audited(
        self, count: int, before: int | None = None, room: RoomName | None = None
    ) -> list[AuditEntry]:
        """Return what was written down, newest first; see `ports.Log.read_audit`."""
        found = [
            entry
            for entry in reversed(self.audit)
            if (before is None or entry.number < before) and _is_about(entry.what, room)
        ]
        return found[: max(count, 0)]

    def _stored_room(self, room: Room) -> StoredRoom:
        return StoredRoom(
            room_id=room.room_id,
            room=room.name,
            created_at=room.created_at,
            owner=room.owner_nick,
            kept=room.kept,
            last=room.last,
            last_at=room.last_at,
            topic=room.topic,
            topic_nick=room.topic_nick,
            topic_at=room.topic_at,
            welcome=room.welcome,
            gone=room.gone,
            kind=room.kind,
            roles=tuple((self._name(key), role) for key, role in room.roles.items()),
            bans=room.bans.listed(SINCE_EVER),
            mutes=room.mutes.listed(SINCE_EVER),
            others=tuple(
                (means, each)
                for means in FAVOURS
                for each in room.sanctions(means).listed(SINCE_EVER)
            ),
            invitations=room.invitations.listed(),
            stays=tuple((self._name(key), stays) for key, stays in room.stays.items()),
            metadata=room.metadata,
        )

    def _name(self, key: NickKey) -> Nick:
        return self.accounts[key].name


def _is_about(what: Audited, room: RoomName | None) -> bool:
    if room is None:
        return True
    return what.room is not None and room_key(what.room) == room_key(room)


# Rooms


def _created(state: MemoryState, event: RoomCreated) -> None:
    stored = StoredRoom(event.room_id, event.room, event.at, event.owner, event.kept)
    room = state.rooms[event.room_id] = Room.from_stored(stored)
    if event.by_account and event.owner is not None and nick_key(event.owner) in state.accounts:
        room.roles[nick_key(event.owner)] = Role.OWNER


def _deleted(state: MemoryState, event: RoomDeleted) -> None:
    del state.rooms[event.room_id]


def _topic(state: MemoryState, event: TopicSet) -> None:
    room = state.rooms[event.room_id]
    room.topic, room.topic_nick, room.topic_at = event.text, event.nick, event.at


def _happened(_state: MemoryState, _event: Happened) -> None:
    """Change nothing: what happened is kept with the messages."""


def _welcome(state: MemoryState, event: WelcomeSet) -> None:
    state.rooms[event.room_id].welcome = event.text


def _room_renamed(state: MemoryState, event: RoomRenamed) -> None:
    room = state.rooms[event.room_id]
    room.name, room.key = event.new, room_key(event.new)


def _room_metadata(state: MemoryState, event: RoomMetadataSet) -> None:
    room = state.rooms[event.room_id]
    room.metadata = room.metadata.changed(event.changes)


def _set(state: MemoryState, event: RoomSet) -> None:
    state.rooms[event.room_id].kind = event.kind


def _role(state: MemoryState, event: RoleSet) -> None:
    roles, key = state.rooms[event.room_id].roles, nick_key(event.name)
    if event.role is Role.MEMBER:
        roles.pop(key, None)
    elif key in state.accounts:
        roles[key] = event.role


def _laid(state: MemoryState, event: SanctionLaid) -> None:
    room = state.rooms[event.room_id]
    room.sanctions(event.means).lay(event.sanction)
    if event.means is Means.BAN:
        room.invitations.take_back(event.sanction.mask)


def _lifted(state: MemoryState, event: SanctionLifted) -> None:
    state.rooms[event.room_id].sanctions(event.means).lift(event.mask)


def _invited(state: MemoryState, event: Invited) -> None:
    state.rooms[event.room_id].invitations.give(event.invitation)


def _taken_back(state: MemoryState, event: InvitationTakenBack) -> None:
    state.rooms[event.room_id].invitations.take_back(event.mask)


# Accounts


def _registered(state: MemoryState, event: Registered) -> None:
    account = Account(event.name, event.at, event.secret)
    state.accounts.setdefault(account.key, account)


def _change(state: MemoryState, name: Nick, **changes: Any) -> None:
    account = state.accounts.get(nick_key(name))
    if account is not None:
        state.accounts[account.key] = attrs.evolve(account, **changes)


def _password(state: MemoryState, event: PasswordSet) -> None:
    account = state.accounts.get(nick_key(event.name))
    if account is not None and event.instead_of in ("", account.secret):
        _change(state, event.name, secret=event.secret)


def _ignore_added(state: MemoryState, event: IgnoreAdded) -> None:
    account = state.accounts.get(nick_key(event.name))
    if account is not None:
        ignored = account.ignored.having(event.mask, len(account.ignored) + 1)
        _change(state, event.name, ignored=ignored)


def _ignore_removed(state: MemoryState, event: IgnoreRemoved) -> None:
    account = state.accounts.get(nick_key(event.name))
    if account is not None:
        _change(state, event.name, ignored=account.ignored.without(event.mask))


def _metadata(state: MemoryState, event: MetadataSet) -> None:
    account = state.accounts.get(nick_key(event.name))
    if account is not None:
        _change(state, event.name, metadata=account.metadata.changed(event.changes))


def _key_added(state: MemoryState, event: KeyAdded) -> None:
    account = state.accounts.get(nick_key(event.name))
    if account is not None and event.key not in account.keys:
        _change(state, event.name, keys=(*account.keys, event.key))


def _key_removed(state: MemoryState, event: KeyRemoved) -> None:
    account = state.accounts.get(nick_key(event.name))
    if account is not None:
        keys = tuple(key for key in account.keys if key != event.key)
        _change(state, event.name, keys=keys)


def _dropped(state: MemoryState, event: AccountDropped) -> None:
    account = nick_key(event.name)
    if state.accounts.pop(account, None) is not None:
        for room in state.rooms.values():
            room.keepers.pop(account, None)
            room.forget_account(account)


def _kept(state: MemoryState, event: MembershipKept) -> None:
    room, account = state.rooms.get(event.room_id), nick_key(event.name)
    if room is None or account not in state.accounts or account in room.keepers:
        return
    room.keepers[account] = Membership(account, room, event.at, event.position)
    room.stays[account] = room.stays.get(account, NO_STAYS).begun(event.after)
    room.invitations.take_back_from(Subject(account=event.name))


def _ended(state: MemoryState, event: MembershipEnded) -> None:
    room, account = state.rooms.get(event.room_id), nick_key(event.name)
    if room is not None and room.keepers.pop(account, None) is not None:
        room.end_stay(account, event.until)


def _positions(state: MemoryState, event: PositionsNoted) -> None:
    for room_id, position in event.positions:
        room = state.rooms.get(room_id)
        membership = None if room is None else room.keepers.get(nick_key(event.name))
        if membership is not None:
            membership.position = max(membership.position, position)


# The server


def _operator(state: MemoryState, event: OperatorSet) -> None:
    _change(state, event.name, is_operator=event.is_operator)


def _server(state: MemoryState, event: ServerSet) -> None:
    state.server.sign_ups = event.sign_ups
    state.server.registered_only = event.registered_only


def _server_ban(state: MemoryState, event: ServerBanLaid) -> None:
    state.server.bans.lay(event.sanction)


def _server_ban_lifted(state: MemoryState, event: ServerBanLifted) -> None:
    state.server.bans.lift(event.mask)


def _audited(state: MemoryState, event: Audited) -> None:
    number = state.audit[-1].number + 1 if state.audit else 1
    state.audit.append(AuditEntry(number, event))
    del state.audit[: max(len(state.audit) - AUDIT_KEPT, 0)]


_EFFECTS: dict[type[Any], Callable[[MemoryState, Any], None]] = {
    RoomCreated: _created,
    RoomDeleted: _deleted,
    TopicSet: _topic,
    Happened: _happened,
    WelcomeSet: _welcome,
    RoomRenamed: _room_renamed,
    RoomMetadataSet: _room_metadata,
    RoomSet: _set,
    RoleSet: _role,
    SanctionLaid: _laid,
    SanctionLifted: _lifted,
    Invited: _invited,
    InvitationTakenBack: _taken_back,
    Registered: _registered,
    PasswordSet: _password,
    MetadataSet: _metadata,
    KeyAdded: _key_added,
    KeyRemoved: _key_removed,
    IgnoreAdded: _ignore_added,
    IgnoreRemoved: _ignore_removed,
    AccountDropped: _dropped,
    MembershipKept: _kept,
    MembershipEnded: _ended,
    PositionsNoted: _positions,
    OperatorSet: _operator,
    ServerSet: _server,
    ServerBanLaid: _server_ban,
    ServerBanLifted: _server_ban_lifted,
    Audited: _audited,
}
