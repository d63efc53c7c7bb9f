"""What was said, and what became of it: the durable events of one message."""

import attrs

from chatsvc.core.names import Nick, RoomName
from chatsvc.core.values import lightly_frozen

UNNUMBERED = 0
"""The number of a message, or the id of a room, that the log has not seen yet."""

UNSTAMPED = -1
"""The number of the newest message, in an event that the log has not seen yet."""


@lightly_frozen
class Said:
    """A message was said; `number` counts 1, 2, 3 ... in its room."""

    room: RoomName
    number: int
    at: int
    nick: Nick
    text: str
    client_id: str = ""
    room_id: int = 0

    def numbered(self, number: int) -> "Said":
        """Return the same message with its number from the log."""
        return Said(self.room, number, self.at, self.nick, self.text, self.client_id, self.room_id)


@attrs.frozen
class Redacted:
    """The text of a message was taken back by `nick`; its number stays, the text is gone."""

    room: RoomName
    number: int
    at: int
    nick: Nick
    room_id: int = 0

    def applied_to(self, said: Said) -> "TakenBack":
        """Return what is left of the message."""
        return TakenBack(
            said.room,
            said.number,
            said.at,
            said.nick,
            "",
            said.client_id,
            said.room_id,
            self.at,
            self.nick,
        )


@attrs.frozen
class Edited:
    """A message has another text now, put there by `nick`; its number and author stay."""

    room: RoomName
    number: int
    at: int
    nick: Nick
    text: str
    room_id: int = 0

    def applied_to(self, said: Said) -> "Reworded":
        """Return the message as it reads now."""
        return Reworded(
            said.room,
            said.number,
            said.at,
            said.nick,
            self.text,
            said.client_id,
            said.room_id,
            self.at,
            self.nick,
        )


# Messages as they are now: what a log gives back for one that was changed


@lightly_frozen
class Reworded(Said):
    """A message whose text was changed last at `changed_at`, by `changed_by`."""

    changed_at: int = 0
    changed_by: Nick = Nick("")


@lightly_frozen
class TakenBack(Said):
    """A message whose text was taken back at `changed_at`, by `changed_by`; `text` is empty."""

    changed_at: int = 0
    changed_by: Nick = Nick("")
