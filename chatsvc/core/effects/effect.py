"""The shape of an effect: what makes one event true."""

from collections.abc import Callable
from typing import Any

from chatsvc.core.names import RoomKey
from chatsvc.core.state import State

Recipients = RoomKey | tuple[int, ...]
"""Who is told of an event: all members of a room, or these sessions."""

NOBODY: tuple[int, ...] = ()

Effect = Callable[[State, Any], Recipients]
"""`effect(state, event)`: make the event true; raise a `Refusal` if it came too late."""

Effects = dict[type[Any], Effect]
