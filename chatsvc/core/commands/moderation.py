"""What owners and moderators ask for.

Who is named by a nick need not be there: an account is found as well.
"""

import attrs

from chatsvc.core.masks import Mask
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.roles import Role
from chatsvc.core.sanctions import Means, Terms

FOR_GOOD = Terms()
"""Without an end, and without a reason."""

# Out of the room, and quiet in it


@attrs.frozen
class Kick:
    """Put somebody out of a room."""

    room: RoomName
    nick: Nick
    reason: str = ""


@attrs.frozen
class Ban:
    """Keep out of a room whom `mask` names, and put out who is in."""

    room: RoomName
    mask: Mask
    terms: Terms = FOR_GOOD


@attrs.frozen
class Unban:
    """Lift the ban with exactly this mask."""

    room: RoomName
    mask: Mask


@attrs.frozen
class Mute:
    """Let whom `mask` names say nothing in a room."""

    room: RoomName
    mask: Mask
    terms: Terms = FOR_GOOD


@attrs.frozen
class Unmute:
    """Lift the mute with exactly this mask."""

    room: RoomName
    mask: Mask


@attrs.frozen
class TryBan:
    """Ask whom a ban or mute with this mask would hit; nothing is done."""

    room: RoomName
    mask: Mask


@attrs.frozen
class ListSanctions:
    """Ask for the bans of a room, its mutes, or its favours."""

    room: RoomName
    means: Means


@attrs.frozen
class Favour:
    """Spare whom `mask` names from bans or mutes, or invite them for good: `means` says which."""

    room: RoomName
    mask: Mask
    means: Means


@attrs.frozen
class Unfavour:
    """Take back the favour with exactly this mask."""

    room: RoomName
    mask: Mask
    means: Means


# Roles


@attrs.frozen
class SetRole:
    """Give somebody exactly this role, whatever it had before."""

    room: RoomName
    nick: Nick
    role: Role


@attrs.frozen
class SetVoice:
    """Give a member voice, or take it."""

    room: RoomName
    nick: Nick
    is_voiced: bool


@attrs.frozen
class StepDown:
    """Give one's own role up."""

    room: RoomName


# Settings


@attrs.frozen
class ShowSettings:
    """Ask what is set in a room."""

    room: RoomName


@attrs.frozen
class ChangeSetting:
    """Set one of `kinds.SETTINGS`; a password has a command of its own.

    `more` are keys and values that are set together with it: all of them or none.
    """

    room: RoomName
    key: str
    value: str
    more: tuple[tuple[str, str], ...] = ()


@attrs.frozen
class SetRoomPassword:
    """Let only those into a room who know this password, or are invited.

    It is not in the list from then on, unless it has a password already, or `stays_listed`.
    """

    room: RoomName
    password: str = attrs.field(repr=False)
    stays_listed: bool = False


@attrs.frozen
class SetRoomSecret:
    """Set the password of a room to the one whose hash is `secret`; only the hub asks."""

    room: RoomName
    secret: str = attrs.field(repr=False)
    stays_listed: bool = False


# Invitations


@attrs.frozen
class Invite:
    """Let somebody into a room, once."""

    room: RoomName
    nick: Nick


@attrs.frozen
class Uninvite:
    """Take an invitation back."""

    room: RoomName
    nick: Nick


# What the hub asks for by itself


@attrs.frozen
class LiftWhatIsOver:
    """Lift bans and mutes whose time has come, some of them at once; only the hub asks."""


ModerationCommand = (
    Kick
    | Ban
    | Unban
    | Mute
    | Unmute
    | Favour
    | Unfavour
    | TryBan
    | ListSanctions
    | SetRole
    | SetVoice
    | StepDown
    | ShowSettings
    | ChangeSetting
    | SetRoomPassword
    | SetRoomSecret
    | Invite
    | Uninvite
    | LiftWhatIsOver
)
"""Any of these commands."""
