"""The rule for messages whose time has come; only the hub asks for it."""

from chatsvc.core.commands import TrimRoom
from chatsvc.core.events import Event, Trimmed
from chatsvc.core.names import room_key
from chatsvc.core.people import Session
from chatsvc.core.rules.rule import Rule
from chatsvc.core.state import State


def _decide_trim(state: State, _session: Session, command: TrimRoom, now: int) -> tuple[Event, ...]:
    """Trim what is there; nothing of another room that has the name by now."""
    room = state.rooms.get(room_key(command.room))
    if room is None or room.room_id != command.room_id:
        return ()
    number = min(command.number, room.last)
    return (Trimmed(room.name, now, number, room.room_id),) if number > room.gone else ()


RULES = {TrimRoom: Rule(None, _decide_trim, needs_nick=False)}
