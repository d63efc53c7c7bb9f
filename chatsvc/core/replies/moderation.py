"""What owners and moderators are answered with."""

import attrs

from chatsvc.core.kinds import Kind
from chatsvc.core.masks import Mask
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.roles import Role
from chatsvc.core.sanctions import Means, Sanction


@attrs.frozen
class PutOut:
    """They are not in the room any more."""

    room: RoomName
    nick: Nick


@attrs.frozen
class SanctionIs:
    """The ban or mute is laid, until `until`, None for good; so many members are hit now."""

    room: RoomName
    means: Means
    mask: Mask
    until: int | None
    hit: int


@attrs.frozen
class SanctionGone:
    """The ban or mute is lifted."""

    room: RoomName
    means: Means
    mask: Mask


@attrs.frozen
class SanctionList:
    """The bans or mutes of a room, oldest first."""

    room: RoomName
    means: Means
    sanctions: tuple[Sanction, ...]


@attrs.frozen
class Hit:
    """Somebody whom a mask names; `is_here` False: a member who is not there now."""

    nick: Nick
    is_here: bool


@attrs.frozen
class WouldHit:
    """Whom a ban or mute with this mask would hit, in the order of their nicks."""

    room: RoomName
    mask: Mask
    hits: tuple[Hit, ...]


@attrs.frozen
class RoleIs:
    """They have this role in the room now."""

    room: RoomName
    nick: Nick
    role: Role


@attrs.frozen
class Settings:
    """All that is set in a room; the secret of its password is not in it."""

    room: RoomName
    kind: Kind


@attrs.frozen
class InvitationGiven:
    """They may come in."""

    room: RoomName
    nick: Nick


@attrs.frozen
class InvitationGone:
    """They are not invited any more."""

    room: RoomName
    nick: Nick


ModerationReply = (
    PutOut
    | SanctionIs
    | SanctionGone
    | SanctionList
    | WouldHit
    | RoleIs
    | Settings
    | InvitationGiven
    | InvitationGone
)
"""Any of these answers."""
