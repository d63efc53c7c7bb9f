"""What becomes of a room that gets another name: it is found by that from then on."""

from chatsvc.core.effects.effect import Effects, Recipients
from chatsvc.core.errors import NoSuchRoom, RoomExists
from chatsvc.core.events import RoomRenamed
from chatsvc.core.names import RoomKey, room_key
from chatsvc.core.room import Room
from chatsvc.core.state import State


def _renamed(state: State, event: RoomRenamed) -> Recipients:
    """Tell each member apart: some ways in have no word for it."""
    room, key = state.room(event.room), room_key(event.new)
    if room.room_id != event.room_id:
        raise NoSuchRoom(event.room)
    if state.rooms.get(key, room) is not room:
        raise RoomExists(event.new)
    old = room.key
    state.remove_room(room)
    room.name, room.key, room.renamed_at = event.new, key, event.at
    state.add_room(room)
    if key != old:
        _follow(state, room, old)
    return tuple(room.sessions())


def _follow(state: State, room: Room, old: RoomKey) -> None:
    """Let everything that knows the room by its key know it by the new one."""
    for member in room.members.values():
        rooms = member.person.rooms
        del rooms[old]
        rooms[room.key] = room
    for account in room.keepers:
        kept = state.memberships[account]
        kept[room.key] = kept.pop(old)
    for person in state.people.values():
        if old in person.invited:
            person.invited = person.invited - {old} | {room.key}
    for session in state.sessions.values():
        if session.aim is not None and room_key(session.aim) == old:
            session.aim = room.name
    state.markers.rename(old, room.key)


EFFECTS: Effects = {RoomRenamed: _renamed}
