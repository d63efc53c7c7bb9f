"""What a request weighs against its connection's rate, and why.

A request of which nothing is said here weighs 1: its answer is a line, its cost that of a
message. So does one that is refused: how many are in a room is not for everybody to know.
"""

from collections.abc import Callable
from typing import Any

import attrs

from chatsvc.core.access import ACTIONS
from chatsvc.core.commands import (
    Ban,
    ChangePassword,
    Command,
    CreateRoom,
    DeleteRoom,
    DropAccount,
    Edit,
    JoinRoom,
    JoinWithPassword,
    ListActivity,
    ListRooms,
    ListSanctions,
    ListUsers,
    LogIn,
    Mute,
    Quit,
    ReadHappenings,
    ReadHistory,
    ReadHistoryAt,
    Redact,
    Register,
    SearchRoom,
    SetRoomPassword,
    TryBan,
)
from chatsvc.core.errors import Refusal
from chatsvc.core.names import RoomName, room_key
from chatsvc.core.people import Session
from chatsvc.core.permission import permitted
from chatsvc.core.replies import WHOLE
from chatsvc.core.room import Room
from chatsvc.core.state import State

ORDINARY = 1.0
"""The weight of a request without a reason of its own."""

ROWS_OF_ONE = 50
"""Messages, rooms or bans shown at the weight of one: about a millisecond of a processor by IRC,
where they are dearest."""


@attrs.frozen
class Weight:
    """Say what a command weighs at most, and why; `less` says when it weighs less."""

    most: float
    reason: str
    less: Callable[[State, Session, Any, float], float] | None = None


def _if_made(state: State, _session: Session, command: JoinRoom, most: float) -> float:
    """Weigh the making of a room; to enter one that exists is ordinary."""
    is_there = command.room is None or room_key(command.room) in state.rooms
    return ORDINARY if is_there else most


def _by_rooms(state: State, _session: Session, _command: ListRooms, most: float) -> float:
    return _by_rows(len(state.rooms), most, ROWS_OF_ONE)


def _by_users(state: State, session: Session, command: ListUsers, most: float) -> float:
    """Weigh a large room's list like that of all users: they are looked through for it."""
    if command.room is not None:
        room = _allowed(state, session, command.room, command)
        if room is None or len(room.members) <= WHOLE:
            return ORDINARY
    return _by_rows(len(state.people), most)


def _by_members(state: State, session: Session, command: Ban | Mute | TryBan, most: float) -> float:
    room = _allowed(state, session, command.room, command)
    return ORDINARY if room is None else _by_rows(len(room.members) + len(room.keepers), most)


def _allowed(state: State, session: Session, name: RoomName, command: Command) -> Room | None:
    """Return the room that `command` is about, if it is allowed there."""
    try:
        return permitted(state, session, name, ACTIONS[type(command)], state.now)
    except Refusal:
        return None


def _by_sanctions(state: State, session: Session, command: ListSanctions, most: float) -> float:
    room = _allowed(state, session, command.room, command)
    if room is None:
        return ORDINARY
    return _by_rows(len(room.sanctions(command.means)), most, ROWS_OF_ONE)


def _by_rows(rows: int, most: float, of_one: int = WHOLE) -> float:
    return min(most, max(ORDINARY, rows / of_one))


def _by_pages(
    state: State,
    _session: Session,
    command: ReadHistory | ReadHistoryAt | ReadHappenings,
    _most: float,
) -> float:
    rows = min(command.count, state.limits.history_page)
    return float(max(1, -(-rows // ROWS_OF_ONE)))


WEIGHTS: dict[type[Any], Weight] = {
    ListRooms: Weight(200, "1 for each 50 rooms of the server", _by_rooms),
    ListUsers: Weight(40, "1 for each 100 users of the server", _by_users),
    SearchRoom: Weight(20, "the log is searched"),
    ReadHistory: Weight(20, "1 for each 50 messages asked for", _by_pages),
    ReadHistoryAt: Weight(20, "1 for each 50 messages asked for", _by_pages),
    ReadHappenings: Weight(20, "1 for each 50 happenings asked for", _by_pages),
    ListSanctions: Weight(6, "1 for each 50 bans or mutes of the room", _by_sanctions),
    ListActivity: Weight(5, "all one's rooms and conversations are looked at"),
    DeleteRoom: Weight(5, "every message of the room is removed"),
    Redact: Weight(5, "the log is tidied up after it"),
    Edit: Weight(5, "the same"),
    CreateRoom: Weight(1.5, "memory for good; one may still make a hundred rooms at once"),
    JoinRoom: Weight(1.5, "the same, if the room has to be made; else 1", _if_made),
    JoinWithPassword: Weight(5, "the password is checked; as dear as hashing it"),
    Register: Weight(5, "the password is hashed; a tenth of a second of a processor"),
    LogIn: Weight(5, "the same"),
    ChangePassword: Weight(10, "one password is checked and one hashed"),
    DropAccount: Weight(5, "the password is checked"),
    Ban: Weight(40, "1 for each 100 members, who are looked at", _by_members),
    Mute: Weight(40, "the same", _by_members),
    TryBan: Weight(40, "the same", _by_members),
    SetRoomPassword: Weight(5, "the password is hashed"),
    Quit: Weight(0, "nothing comes after it"),
}
"""Every command whose weight is not `ORDINARY`."""


def weight_of(state: State, session: Session, request: Command | Refusal) -> float:
    """Return what `request` of a session weighs; a line not understood weighs 1 as well."""
    weight = WEIGHTS.get(type(request))
    if weight is None:
        return ORDINARY
    return weight.most if weight.less is None else weight.less(state, session, request, weight.most)
