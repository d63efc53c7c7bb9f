"""What becomes of metadata by an event.

Told are those who share a room with somebody, or wait for them, and the members of a room.
"""

import attrs

from chatsvc.core.effects.accounts import change
from chatsvc.core.effects.effect import NOBODY, Effects, Recipients
from chatsvc.core.events import GuestMetadataSet, MetadataSet, RoomMetadataSet
from chatsvc.core.names import nick_key
from chatsvc.core.state import State


def _of_account(state: State, event: MetadataSet) -> Recipients:
    account = state.account(event.name)
    change(state, attrs.evolve(account, metadata=account.metadata.changed(event.changes)))
    person = state.owners.get(account.key)
    return NOBODY if person is None else tuple(state.those_concerned(person, event.session))


def _of_guest(state: State, event: GuestMetadataSet) -> Recipients:
    person = state.people.get(nick_key(event.nick))
    if person is None:
        return NOBODY
    person.metadata = person.metadata.changed(event.changes)
    return tuple(state.those_concerned(person, event.session))


def _of_room(state: State, event: RoomMetadataSet) -> Recipients:
    """Tell each member apart: what somebody is told of depends on what they asked for."""
    room = state.room(event.room)
    room.metadata = room.metadata.changed(event.changes)
    return tuple(each for each in room.sessions() if each != event.session)


EFFECTS: Effects = {
    MetadataSet: _of_account,
    GuestMetadataSet: _of_guest,
    RoomMetadataSet: _of_room,
}
