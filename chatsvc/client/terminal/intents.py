"""What a line can mean that a person entered, and where it was entered."""

import attrs

from chatsvc.core import commands as c
from chatsvc.core.names import RoomName, room_key


@attrs.frozen
class Ask:
    """Ask the server for something."""

    command: c.Command


@attrs.frozen
class SayIn:
    """Say a text in a room."""

    room: RoomName
    text: str


@attrs.frozen
class GoTo:
    """Make a room the current one; None is the next one."""

    room: RoomName | None


@attrs.frozen
class ShowAll:
    """Show all rooms together, or again only the current one."""


@attrs.frozen
class ShowHelp:
    """Show the words there are, or one of them."""

    word: str


@attrs.frozen
class Clear:
    """Forget the lines on the screen."""


@attrs.frozen
class End:
    """Leave every room and end."""


Intent = Ask | SayIn | GoTo | ShowAll | ShowHelp | Clear | End
"""What a line can mean."""


@attrs.frozen
class Place:
    """Where a line is entered: the current room, all rooms we are in, and others there are."""

    current: RoomName | None
    rooms: tuple[RoomName, ...]
    others: tuple[RoomName, ...] = ()

    def misses(self, word: str) -> bool:
        """Tell whether `word` names a room that we are not in."""
        key = room_key(RoomName(word))
        return not self.holds(word) and any(room_key(room) == key for room in self.others)

    def holds(self, word: str) -> bool:
        """Tell whether `word` names a room we are in."""
        return self.find(word) is not None

    def find(self, word: str) -> RoomName | None:
        """Return the room we are in that `word` names, whatever its case."""
        key = room_key(RoomName(word))
        return next((room for room in self.rooms if room_key(room) == key), None)
