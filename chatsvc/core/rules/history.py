"""Rules for what was said at some time, and for up to when somebody has read."""

from chatsvc.core.commands import (
    KeepMarker,
    ListActivity,
    MarkRead,
    ReadHappenings,
    ReadHistoryAt,
    ShowMarker,
)
from chatsvc.core.conversations import is_direct, peer_in, with_peer
from chatsvc.core.errors import NoSuchRoom
from chatsvc.core.events import Event, MarkerSet
from chatsvc.core.names import RoomName, room_key
from chatsvc.core.people import Session
from chatsvc.core.replies import MarkerIs
from chatsvc.core.rules.rule import Rule
from chatsvc.core.rules.talk import check_reading
from chatsvc.core.state import State, nick_of, person_of


def spelt(state: State, session: Session, name: RoomName) -> RoomName:
    """Return how a room or conversation is spelt that somebody asks about.

    A room that they are not in is spelt as they do it: they may not know of it.
    """
    if is_direct(name):
        return with_peer(state.spelt(peer_in(name)))
    room = session.rooms.get(room_key(name))
    return name if room is None else room.name


def _check_mark(
    _state: State, session: Session, command: MarkRead | KeepMarker, _now: int
) -> tuple[Event, ...]:
    """Let those mark a room who are in it; of any other it is not told whether it is there."""
    if not is_direct(command.room) and room_key(command.room) not in session.rooms:
        raise NoSuchRoom(command.room)
    return ()


def _decide_mark(
    state: State, session: Session, command: KeepMarker, now: int
) -> tuple[Event, ...]:
    """Raise the marker, at most to now; one that is as high already stays."""
    _check_mark(state, session, command, now)
    at = min(command.at, now)
    before = state.markers.of(person_of(session), room_key(command.room))
    if before is not None and at <= before:
        return ()
    name = spelt(state, session, command.room)
    return (MarkerSet(session.session_id, nick_of(session), name, at),)


def _answer_mark(
    state: State, session: Session, command: KeepMarker, _events: tuple[Event, ...]
) -> MarkerIs:
    at = state.markers.of(person_of(session), room_key(command.room))
    return MarkerIs(spelt(state, session, command.room), at)


RULES = {
    ReadHistoryAt: Rule(None, check_reading),
    ReadHappenings: Rule(None, check_reading),
    ListActivity: Rule(None),
    MarkRead: Rule(None, _check_mark),
    KeepMarker: Rule(_answer_mark, _decide_mark),
    ShowMarker: Rule(None),
}
