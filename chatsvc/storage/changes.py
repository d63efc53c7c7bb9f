"""What an append does to the tables of rooms, of accounts and of the server."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import assert_never

from chatsvc.core.events import (
    ACCOUNT_EVENTS,
    ROOM_EVENTS,
    SERVER_EVENTS,
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
    RoomEvent,
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
    Trimmed,
    WelcomeSet,
)
from chatsvc.core.limits import AUDIT_KEPT
from chatsvc.core.masks import Form, text_for
from chatsvc.core.names import nick_key, room_key
from chatsvc.core.roles import Role
from chatsvc.core.sanctions import Means, Sanction
from chatsvc.ports import Recorded
from chatsvc.storage import happenings, ignore_lists, metadata, statements, staying
from chatsvc.storage.encoding import as_json, kind_as_text
from chatsvc.storage.layout import number_of, room_of
from chatsvc.storage.loading import WHOLE_SERVER
from chatsvc.storage.numbering import ClientKey

Change = (
    tuple[str, Sequence[object] | Mapping[str, object]] | Callable[[sqlite3.Connection], object]
)
"""A statement and what its places stand for; or what is done with a connection."""


def changes(recorded: Sequence[Recorded]) -> list[Change]:
    """Return what makes the events durable that are no messages, in their order."""
    return [
        change
        for event in recorded
        if isinstance(event, (*ROOM_EVENTS, *ACCOUNT_EVENTS, *SERVER_EVENTS))
        for change in _changes_of(event)
    ]


def find_repeated(
    connection: sqlite3.Connection, keys: Sequence[ClientKey]
) -> dict[ClientKey, int]:
    """Return the numbers of messages in the table that have these client ids."""
    found = connection.execute(statements.FIND_CLIENT_IDS, (as_json(keys),))
    return {
        ClientKey(room_of(row_id), nick, client_id): number_of(row_id)
        for row_id, nick, client_id in found
    }


def apply(connection: sqlite3.Connection, wanted: Sequence[Change]) -> None:
    """Make changes, in their order; call it inside a transaction."""
    for change in wanted:
        if isinstance(change, tuple):
            connection.execute(*change)
        else:
            change(connection)


def _changes_of(event: RoomEvent | AccountEvent | ServerEvent) -> Iterator[Change]:
    if isinstance(event, ROOM_EVENTS):
        return _changes_of_rooms(event)
    if isinstance(event, ACCOUNT_EVENTS):
        return _changes_of_accounts(event)
    return _changes_of_server(event)


def _changes_of_rooms(event: RoomEvent) -> Iterator[Change]:
    match event:
        case RoomCreated(room, at, owner, kept, room_id, by_account):
            yield statements.INSERT_ROOM, (room_id, room_key(room), room, at, owner, kept)
            if by_account and owner is not None:
                yield statements.SET_ROLE, (room_id, Role.OWNER.word, nick_key(owner))
        case RoomDeleted(room_id=room_id):
            yield statements.MARK_FOR_SWEEPING, (room_id,)
            for statement in statements.OF_DELETED_ROOM:
                yield statement, (room_id,)
            yield from metadata.changes(event)
            yield statements.DELETE_ROOM, (room_id,)
        case TopicSet(_, at, nick, text, room_id):
            yield statements.SET_TOPIC, (text, nick, at, room_id)
            yield from happenings.changes(happenings.as_happened(event))
        case Happened():
            yield from happenings.changes(event)
        case WelcomeSet(text=text, room_id=room_id):
            yield statements.SET_WELCOME, (text, room_id)
        case RoomSet(kind=kind, room_id=room_id):
            yield statements.SET_KIND, (kind_as_text(kind), room_id)
        case RoomRenamed(new=new, room_id=room_id):
            yield statements.RENAME_ROOM, (room_key(new), new, room_id)
        case RoomMetadataSet():
            yield from metadata.changes(event)
        case Trimmed(number=number, room_id=room_id):
            yield statements.TRIM, {"room_id": room_id, "number": number}
            yield statements.MARK_FOR_TRIMMING, (room_id,)
        case _:
            yield from _changes_of_rights(event)


def _changes_of_rights(
    event: RoleSet | SanctionLaid | SanctionLifted | Invited | InvitationTakenBack,
) -> Iterator[Change]:
    match event:
        case RoleSet(name=name, role=Role.MEMBER, room_id=room_id):
            yield statements.TAKE_ROLE, (nick_key(name), room_id)
        case RoleSet(name=name, role=role, room_id=room_id):
            yield statements.SET_ROLE, (room_id, role.word, nick_key(name))
        case SanctionLaid(means=means, sanction=sanction, room_id=room_id):
            yield _lay(room_id, means, sanction)
            if means is Means.BAN:
                yield statements.TAKE_INVITATION_BACK, (room_id, sanction.mask.text)
        case SanctionLifted(means=means, mask=mask, room_id=room_id):
            yield statements.LIFT_SANCTION, (room_id, means.value, mask.text)
        case Invited(invitation=invitation, room_id=room_id):
            row = (room_id, invitation.mask.text, invitation.by, invitation.at)
            yield statements.INVITE, row
        case InvitationTakenBack(mask=mask, room_id=room_id):
            yield statements.TAKE_INVITATION_BACK, (room_id, mask.text)
        case _:
            assert_never(event)


def _lay(room_id: int, means: Means, laid: Sanction) -> Change:
    row = (room_id, means.value, laid.mask.text, laid.by, laid.at, laid.until, laid.reason)
    return statements.LAY_SANCTION, row


def _changes_of_server(event: ServerEvent) -> Iterator[Change]:
    match event:
        case OperatorSet(name=name, is_operator=is_operator):
            yield statements.SET_OPERATOR, (is_operator, nick_key(name))
        case ServerSet(sign_ups=sign_ups, registered_only=registered_only):
            yield statements.SET_SERVER, (sign_ups, registered_only)
        case ServerBanLaid(sanction):
            yield _lay(WHOLE_SERVER, Means.BAN, sanction)
        case ServerBanLifted(mask=mask):
            yield statements.LIFT_SANCTION, (WHOLE_SERVER, Means.BAN.value, mask.text)
        case Audited(at, nick, act, target, room, text):
            key = None if room is None else room_key(room)
            yield statements.FORGET_AUDIT, (AUDIT_KEPT,)
            yield statements.WRITE_DOWN, (at, nick, act, target, key, room, text)
        case _:
            assert_never(event)


def _changes_of_accounts(event: AccountEvent) -> Iterator[Change]:
    account = nick_key(event.name)
    match event:
        case Registered(name, at, secret):
            yield statements.REGISTER, (account, name, at, secret)
        case PasswordSet(secret=secret, instead_of=old):
            yield statements.SET_SECRET, (secret, account, old)
        case IgnoreAdded() | IgnoreRemoved():
            yield from ignore_lists.changes(event)
        case AccountDropped():
            yield from ignore_lists.changes(event)
            yield from metadata.changes(event)
            yield statements.DROP_INVITATIONS, (text_for(Form.ACCOUNT, account),)
            for statement in statements.OF_DROPPED_ACCOUNT:
                yield statement, (account,)
        case MetadataSet():
            yield from metadata.changes(event)
        case KeyAdded(_, at, key):
            yield statements.ADD_KEY, (key, at, account)
        case KeyRemoved(key=key):
            yield statements.REMOVE_KEY, (account, key)
        case MembershipKept():
            yield partial(staying.keep, event=event)
        case MembershipEnded():
            yield partial(staying.end, event=event)
        case PositionsNoted(positions=positions):
            yield statements.NOTE_POSITIONS, (as_json(positions), account)
        case _:
            assert_never(event)
