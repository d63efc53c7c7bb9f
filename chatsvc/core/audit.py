"""The audit log: what operators and moderators did, in words that stay the same.

A rule adds `audited(...)` to the events of such an act; both are written in one append, so
there is no act without its line. What a line may say is seen by who reads the audit log:
never put a password into it.
"""

from chatsvc.core.events import Audited
from chatsvc.core.names import RoomName
from chatsvc.core.people import Person

ACTS = (
    "kick",
    "ban",
    "unban",
    "mute",
    "unmute",
    "tryban",
    "role",
    "set",
    "invite",
    "uninvite",
)
"""Every word for an act."""


def audited(
    now: int,
    person: Person,
    act: str,
    target: str = "",
    room: RoomName | None = None,
    text: str = "",
) -> Audited:
    """Return the line that says that `person` did `act`, one of `ACTS`, to `target`."""
    assert act in ACTS, act
    return Audited(now, person.nick, act, target, room, text)
