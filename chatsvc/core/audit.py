"""The audit log: what operators and moderators did, in words that stay the same.

A rule adds `audited(...)` to the events of such an act; both are written in one append, so
there is no act without its line. What a line may say is seen by who reads the audit log:
never put a password into it.
"""

from chatsvc.core.events import Audited
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.people import Person

OF_THE_SERVER = (
    "claim",
    "wrong-claim",
    "operate",
    "oper",
    "deoper",
    "server-ban",
    "server-tryban",
    "server-unban",
    "server-set",
    "where",
    "kill",
    "announce",
    "reload",
    "shutdown",
)
"""What operators of the server do, and who tries to become one."""

REDACTION = "redact"
"""A moderator or operator has taken back what somebody else said, whom the line names."""

ACTS = (
    *OF_THE_SERVER,
    "delete",
    REDACTION,
    "kick",
    "ban",
    "unban",
    "mute",
    "unmute",
    "spare",
    "unspare",
    "hear",
    "unhear",
    "admit",
    "unadmit",
    "tryban",
    "role",
    "set",
    "rename",
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
    """Return the line that says that `person` did `act`, one of `ACTS`, to `target`.

    An account is named by its own name, whatever its owner's nick is just now.
    """
    name = person.nick if person.account is None else person.account.name
    return audited_by(name, now, act, target, room, text)


def audited_by(
    nick: Nick | None,
    now: int,
    act: str,
    target: str = "",
    room: RoomName | None = None,
    text: str = "",
) -> Audited:
    """Return the same where only the nick is known; None: the server did it by itself."""
    assert act in ACTS, act
    return Audited(now, nick, act, target, room, text)
