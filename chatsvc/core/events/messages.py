"""What was said, and what became of it: the durable events of one message."""

import attrs

from chatsvc.core.manner import NOTHING_MORE, More
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


@lightly_frozen
class SaidMore(Said):
    """A message that has more than its text: see `core.manner`."""

    more: More = NOTHING_MORE

    def numbered(self, number: int) -> "SaidMore":
        """Return the same message with its number from the log."""
        return SaidMore(
            self.room,
            number,
            self.at,
            self.nick,
            self.text,
            self.client_id,
            self.room_id,
            self.more,
        )


@attrs.frozen
class Redacted:
    """The text of a message was taken back by `nick`; its number stays, the text is gone.

    The `reason` is told to those who are there, and kept nowhere.
    """

    room: RoomName
    number: int
    at: int
    nick: Nick
    room_id: int = 0
    reason: str = ""

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
            more_after_edit(said),
        )


# Messages as they are now: what a log gives back for one that was changed


@lightly_frozen
class Reworded(Said):
    """A message whose text was changed last at `changed_at`, by `changed_by`."""

    changed_at: int = 0
    changed_by: Nick = Nick("")
    more: More | None = None


@lightly_frozen
class TakenBack(Said):
    """A message whose text was taken back at `changed_at`, by `changed_by`; `text` is empty."""

    changed_at: int = 0
    changed_by: Nick = Nick("")


def with_more(said: Said, more: More) -> SaidMore:
    """Return a message with more than its text."""
    return SaidMore(
        said.room,
        said.number,
        said.at,
        said.nick,
        said.text,
        said.client_id,
        said.room_id,
        more,
    )


def more_of(said: Said) -> More | None:
    """Return what a message has beside its text; None for nothing."""
    return said.more if isinstance(said, SaidMore | Reworded) else None


def bytes_of(said: Said) -> int:
    """Return how many bytes the text of a message has in UTF-8, and about how many its tags."""
    more = more_of(said)
    return len(said.text.encode()) + (0 if more is None else more.tag_bytes)


def more_after_edit(said: Said) -> More | None:
    """Return what stays of that when the message gets another text."""
    more = more_of(said)
    return None if more is None else more.of_other_text().or_none()
