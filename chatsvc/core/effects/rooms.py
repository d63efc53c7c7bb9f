"""What rooms, their messages and their settings become by an event."""

from chatsvc.core.conversations import is_direct
from chatsvc.core.effects.accounts import forget
from chatsvc.core.effects.effect import NOBODY, Effects, Recipients
from chatsvc.core.errors import NoSuchRoom, RoomExists
from chatsvc.core.events import (
    Edited,
    Happened,
    Redacted,
    RoomCreated,
    RoomDeleted,
    Said,
    SaidMore,
    TopicSet,
    Trimmed,
    WelcomeSet,
)
from chatsvc.core.happenings import Spot
from chatsvc.core.names import nick_key, room_key
from chatsvc.core.roles import Role
from chatsvc.core.room import Room, StoredRoom
from chatsvc.core.state import State


def _said(state: State, event: Said) -> Recipients:
    key = room_key(event.room)
    room = state.rooms.get(key) or state.conversations.get(key)
    if room is None or room.room_id != event.room_id:
        raise NoSuchRoom(event.room)
    room.last = event.number
    room.last_at = event.at
    return key


def _change_of_message(state: State, event: Redacted | Edited) -> Recipients:
    key = room_key(event.room)
    room = state.rooms.get(key) or state.conversations.get(key)
    if room is None or room.room_id != event.room_id:
        raise NoSuchRoom(event.room)
    room.rewritten += 1
    return key


def _room_created(state: State, event: RoomCreated) -> Recipients:
    if room_key(event.room) in state.rooms:
        raise RoomExists(event.room)
    owner = event.owner if event.by_account else None
    is_gone = owner is None or nick_key(owner) not in state.accounts  # Dropped meanwhile.
    roles = () if owner is None or is_gone else ((owner, Role.OWNER),)
    stored = StoredRoom(event.room_id, event.room, event.at, event.owner, event.kept, roles=roles)
    if is_direct(event.room):
        state.conversations.add(Room.from_stored(stored))
    else:
        state.add_room(Room.from_stored(stored))
    return NOBODY


def _room_deleted(state: State, event: RoomDeleted) -> Recipients:
    conversation = state.conversations.get(room_key(event.room))
    if conversation is not None:
        state.conversations.remove(conversation)
        return NOBODY
    room = state.room(event.room)
    sessions = tuple(room.sessions())
    for member in room.members.values():
        del member.person.rooms[room.key]
    for membership in list(room.keepers.values()):
        forget(state, membership)
    state.remove_room(room)
    return sessions


def _trimmed(state: State, event: Trimmed) -> Recipients:
    room = state.rooms.get(room_key(event.room))
    if room is not None and room.room_id == event.room_id:
        room.gone = max(room.gone, event.number)
    return NOBODY


def _topic(state: State, event: TopicSet) -> Recipients:
    room = state.room(event.room)
    room.topic, room.topic_nick, room.topic_at = event.text, event.nick, event.at
    room.topic_spot = Spot(event.after, event.place)
    return room.key


def _happened(_state: State, _event: Happened) -> Recipients:
    """Change nothing, and tell nobody: another event does both."""
    return NOBODY


def _welcome(state: State, event: WelcomeSet) -> Recipients:
    state.room(event.room).welcome = event.text
    return NOBODY


EFFECTS: Effects = {
    Said: _said,
    SaidMore: _said,
    Redacted: _change_of_message,
    Edited: _change_of_message,
    RoomCreated: _room_created,
    RoomDeleted: _room_deleted,
    Trimmed: _trimmed,
    TopicSet: _topic,
    Happened: _happened,
    WelcomeSet: _welcome,
}
