"""What somebody may read of a room, asked anew whenever something is about to be shown.

Reading the log takes time, and meanwhile somebody is put out, the room is set to another
history, is trimmed, or is deleted and made anew. So what is asked of the log is bounded by
what may be read before, and what came of it is cut to what may be read now.
"""

from collections.abc import Callable, Sequence

import attrs

from chatsvc.core import permission
from chatsvc.core.access_table import Action
from chatsvc.core.errors import NoSuchRoom
from chatsvc.core.events import Said
from chatsvc.core.names import RoomName, room_key
from chatsvc.core.people import Session
from chatsvc.core.room import Room
from chatsvc.core.state import State
from chatsvc.core.stays import Ranges, holds

Now = Callable[[], int]
"""The time, in milliseconds since 1970 UTC."""


@attrs.frozen
class Reach:
    """What one session may do with one room; `asked` is its name as it was asked for.

    A room that is deleted and made anew under the name is another one.
    """

    state: State
    session: Session
    room: Room
    asked: RoomName
    now: Now

    @classmethod
    def of(cls, state: State, session: Session, asked: RoomName, now: Now) -> "Reach":
        """Return the reach into the room called `asked`; raise `NoSuchRoom`."""
        room = state.rooms.get(room_key(asked))
        if room is None:
            raise NoSuchRoom(asked)
        return cls(state, session, room, asked, now)

    def ranges(self, action: Action) -> Ranges:
        """Return the numbers that may be read now, by `action`.

        Raises the refusal that such a request would get now.
        """
        if self.state.rooms.get(self.room.key) is not self.room:
            raise NoSuchRoom(self.asked)
        permission.check(self.room, self.session, action, self.now(), self.asked)
        return permission.readable_by(self.room, self.session.person)


def cut(messages: Sequence[Said], ranges: Ranges) -> Sequence[Said]:
    """Return those of `messages`, which are in order, whose numbers are in `ranges`."""
    if not messages:
        return messages
    first, last = messages[0].number, messages[-1].number
    if any(low <= first and last <= high for low, high in ranges):
        return messages
    return [said for said in messages if holds(ranges, said.number)]
