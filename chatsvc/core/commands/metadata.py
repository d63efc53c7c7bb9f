"""Commands about metadata: what users say of themselves, and owners of their rooms."""

import attrs

from chatsvc.core.metadata import Change
from chatsvc.core.names import Nick, RoomName


@attrs.frozen
class ShowMetadata:
    """Ask for all that somebody who is here has set."""

    nick: Nick


@attrs.frozen
class ChangeMetadata:
    """Change what one has set oneself; `nick` is whom one means by that.

    Keys and values have been checked (`core.metadata`).
    """

    nick: Nick
    changes: tuple[Change, ...]


@attrs.frozen
class ShowRoomMetadata:
    """Ask for all that is set of a room."""

    room: RoomName


@attrs.frozen
class ChangeRoomMetadata:
    """Change what is set of a room; keys and values have been checked (`core.metadata`)."""

    room: RoomName
    changes: tuple[Change, ...]
