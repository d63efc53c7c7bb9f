"""Commands about what is said, and was said before."""

import attrs

from chatsvc.core.events import Said
from chatsvc.core.manner import More, Tags
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.roles import Role
from chatsvc.core.signals import SignalKind
from chatsvc.core.values import lightly_frozen


@lightly_frozen
class Say:
    """Say something in a room.

    A second Say by the same nick in the same room with the same non-empty
    `client_id` is answered with the first one's number and says nothing.
    """

    room: RoomName
    text: str
    client_id: str = ""
    more: More | None = None


@attrs.frozen
class Tell:
    """Say something to one user only.

    Where that is kept, `client_id` means what it does in a `Say`.
    """

    nick: Nick
    text: str
    client_id: str = ""
    more: More | None = None


@attrs.frozen
class Signal:
    """Pass something on that nobody keeps: to a room, or to `nick`; one of both is given.

    `least` is the lowest role of those members who are told.
    """

    kind: SignalKind
    text: str = ""
    tags: Tags = ()
    room: RoomName | None = None
    nick: Nick | None = None
    least: Role | None = None


@attrs.frozen
class ReadHistory:
    """Ask for messages of a room, or of the conversation with `@nick`, oldest first.

    The newest `count` ones; or the newest before the number `before`; or the
    oldest after the number `after`. At most one of the two is given.
    """

    room: RoomName
    count: int
    before: int | None = None
    after: int | None = None


@attrs.frozen
class SearchRoom:
    """Ask for the newest messages of a room or conversation that hold all of `words`."""

    room: RoomName
    words: str


@attrs.frozen
class Redact:
    """Take back the text of a message; its number stays."""

    room: RoomName
    number: int
    reason: str = ""


@attrs.frozen
class Edit:
    """Give a message another text."""

    room: RoomName
    number: int
    text: str


@attrs.frozen
class ChangeMessage:
    """Carry out `change` on `message`, which the hub has read from the log for it.

    Only the hub asks for this.
    """

    change: Redact | Edit
    message: Said


@attrs.frozen
class TalkIn:
    """From now on say plain lines in `room`; None ends that."""

    room: RoomName | None
