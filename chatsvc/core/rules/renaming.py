"""The rule for giving a room another name.

All that is in a room stays: who is a member, what was said, what is set. The old name is free at
once. A name that is taken, or looks like one that is, is refused as where a room is made; what
only the spelling is changed of is the room's own.
"""

from chatsvc.core.access_table import Action
from chatsvc.core.audit import audited
from chatsvc.core.commands import RenameRoom
from chatsvc.core.durations import MILLISECONDS
from chatsvc.core.errors import Busy, NotAllowed, RoomExists, counted_seconds
from chatsvc.core.events import Event, RoomRenamed
from chatsvc.core.limits import RENAME_PAUSE_SECONDS
from chatsvc.core.names import RoomName, new_room_name, room_key
from chatsvc.core.people import Session
from chatsvc.core.permission import is_visible, permitted
from chatsvc.core.replies import RoomNameIs
from chatsvc.core.room import Room
from chatsvc.core.rules.rooms import check_unlike
from chatsvc.core.rules.rule import Rule
from chatsvc.core.sanctions import check_reason
from chatsvc.core.state import State, person_of


def _decide_rename(
    state: State, session: Session, command: RenameRoom, now: int
) -> tuple[Event, ...]:
    room, person = permitted(state, session, command.room, Action.RENAME, now), person_of(session)
    if state.is_lobby(room.name):
        raise NotAllowed(f'"{room.name}" is the lobby, which keeps the name it was started with.')
    new = new_room_name(command.new, state.limits.room_length)
    if new == room.name:
        return ()
    reason = check_reason(command.reason)
    _check_free(state, session, room, new)
    _check_not_just_renamed(room, now)
    return (
        RoomRenamed(room.name, now, person.nick, new, room.room_id, reason),
        audited(now, person, "rename", new, room.name, reason),
    )


def _check_free(state: State, session: Session, room: Room, new: RoomName) -> None:
    """Make sure that no other room is called so, or looks like it; raise `RoomExists`."""
    key = room_key(new)
    there = state.rooms.get(key)
    if there is not None and there is not room:
        raise RoomExists(there.name if is_visible(there, session) else new)
    if there is None:
        check_unlike(state, session, new, room.key)


def _check_not_just_renamed(room: Room, now: int) -> None:
    wait = room.renamed_at + RENAME_PAUSE_SECONDS * MILLISECONDS - now
    if room.renamed_at and wait > 0:
        shown = counted_seconds(-(-wait // MILLISECONDS))
        raise Busy(f'"{room.name}" was renamed just now. Wait {shown}, then rename it again.')


def _answer_rename(
    state: State, _session: Session, command: RenameRoom, events: tuple[Event, ...]
) -> RoomNameIs:
    for event in events:
        if isinstance(event, RoomRenamed):
            return RoomNameIs(event.room, event.new, event.reason)
    room = state.room(command.room)
    return RoomNameIs(room.name, room.name, command.reason)


RULES = {RenameRoom: Rule(_answer_rename, _decide_rename)}
