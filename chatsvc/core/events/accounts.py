"""Durable events of accounts: who somebody is, and what lasts of them."""

import attrs

from chatsvc.core.events.messages import UNNUMBERED, UNSTAMPED
from chatsvc.core.masks import Mask
from chatsvc.core.metadata import Change
from chatsvc.core.names import Nick, RoomName


@attrs.frozen
class Registered:
    """A nick became the name of an account; `secret` is the hash of its password."""

    name: Nick
    at: int
    secret: str = attrs.field(repr=False)


@attrs.frozen
class PasswordSet:
    """An account has another password, whose hash is `secret`.

    With `instead_of` it is another hash of the same password: it counts only if the account
    has the hash `instead_of`, and has not got another password meanwhile.
    """

    name: Nick
    at: int
    secret: str = attrs.field(repr=False)
    instead_of: str = attrs.field(default="", repr=False)


@attrs.frozen
class AccountDropped:
    """An account is gone, with its keys and lasting memberships; its name is free.

    Who had it is here as `nick`, a guest from now on; that is not kept.
    """

    name: Nick
    at: int
    nick: Nick | None = None


@attrs.frozen
class KeyAdded:
    """An account has one more SSH public key, a line of `authorized_keys`."""

    name: Nick
    at: int
    key: str


@attrs.frozen
class KeyRemoved:
    """An account no longer has this SSH public key."""

    name: Nick
    at: int
    key: str


@attrs.frozen
class IgnoreAdded:
    """An account ignores whom this mask names."""

    name: Nick
    at: int
    mask: Mask


@attrs.frozen
class IgnoreRemoved:
    """An account does not ignore any more whom this mask names."""

    name: Nick
    at: int
    mask: Mask


@attrs.frozen
class MetadataSet:
    """What an account says of itself has changed by these changes (`core.metadata`).

    `session` is the one that has done it, whom nobody tells; it is not kept.
    """

    name: Nick
    at: int
    changes: tuple[Change, ...]
    session: int = attrs.field(default=0, eq=False)


@attrs.frozen
class MembershipKept:
    """An account became a member of a room for as long as it does not leave.

    It has read the room up to the number `position`. Without a `room_id`, the room is the
    one of that name that is made in the same append. Its stay begins after the number
    `after`, which the log gives, unless it was there as a guest before (`stays`).
    """

    name: Nick
    room: RoomName
    at: int
    position: int
    room_id: int = UNNUMBERED
    after: int = UNSTAMPED


@attrs.frozen
class MembershipEnded:
    """An account is no longer a member of a room; its stay ends with the number `until`.

    The log gives that number: what was kept after it is not for this account.
    """

    name: Nick
    room: RoomName
    at: int
    room_id: int
    until: int = UNSTAMPED


@attrs.frozen
class PositionsNoted:
    """An account has read its rooms so far: pairs of a room's id and a number.

    It goes never back: a lower number than was noted before changes nothing.
    """

    name: Nick
    positions: tuple[tuple[int, int], ...]
