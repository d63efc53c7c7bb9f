"""Durable events of a room: that it is there, and what is set in it."""

import attrs

from chatsvc.core.events.messages import UNNUMBERED, UNSTAMPED
from chatsvc.core.happenings import Sort
from chatsvc.core.invitations import Invitation
from chatsvc.core.kinds import Kind
from chatsvc.core.masks import Mask
from chatsvc.core.metadata import Change
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.roles import Role
from chatsvc.core.sanctions import Means, Sanction


@attrs.frozen
class RoomCreated:
    """A room was made; `kept` ones stay when empty.

    `by_account`: `owner` is an account, whose role it is from then on; else it is the nick
    of a guest, None in a room that is nobody's.
    """

    room: RoomName
    at: int
    owner: Nick | None
    kept: bool
    room_id: int = UNNUMBERED
    by_account: bool = False


@attrs.frozen
class RoomDeleted:
    """A room and its messages were removed; `nick` None: it was vacant."""

    room: RoomName
    at: int
    nick: Nick | None
    room_id: int


@attrs.frozen
class TopicSet:
    """A room's topic was set; an empty text clears it.

    It is a happening as well, at the spot `after` and `place`, which the log gives.
    """

    room: RoomName
    at: int
    nick: Nick
    text: str
    room_id: int = 0
    after: int = attrs.field(default=UNSTAMPED, eq=False, repr=False)
    place: int = attrs.field(default=0, eq=False, repr=False)


@attrs.frozen
class Happened:
    """Something of some `sort` happened in a room, and is kept to be looked back at.

    It happened after the message numbered `after`, as the `place`th thing in its room: the log
    says so. `target` is to whom it happened. It changes nothing: another event does that.
    """

    room: RoomName
    at: int
    nick: Nick
    sort: Sort
    text: str
    room_id: int
    target: str = ""
    after: int = UNSTAMPED
    place: int = 0


@attrs.frozen
class WelcomeSet:
    """A room's welcome line was set; an empty text clears it."""

    room: RoomName
    at: int
    nick: Nick
    text: str
    room_id: int = 0


@attrs.frozen
class RoomRenamed:
    """The room that was called `room` is called `new` from now on; `nick` has renamed it."""

    room: RoomName
    at: int
    nick: Nick
    new: RoomName
    room_id: int
    reason: str = ""


@attrs.frozen
class RoomMetadataSet:
    """What is set of a room has changed by these changes (`core.metadata`).

    `session` is that of who has done it, whom nobody tells; it is not kept.
    """

    room: RoomName
    at: int
    nick: Nick
    changes: tuple[Change, ...]
    room_id: int
    session: int = attrs.field(default=0, eq=False)


@attrs.frozen
class Trimmed:
    """The messages of a room up to the number `number` are gone.

    Their numbers are never used again.
    """

    room: RoomName
    at: int
    number: int
    room_id: int


# Who may do what


@attrs.frozen
class RoomSet:
    """All that is set in a room is `kind` now; `nick` has set it.

    `old` is what was set before, for who tells what has changed; it is not kept.
    """

    room: RoomName
    at: int
    nick: Nick
    kind: Kind
    room_id: int
    old: Kind | None = attrs.field(default=None, eq=False, repr=False)


@attrs.frozen
class RoleSet:
    """The account called `name` has this role in a room now; `MEMBER` is none.

    `nick` has given it, None where nobody did: a guest has become an account. `old` is the
    role before, for who tells what has changed; it is not kept.
    """

    room: RoomName
    at: int
    nick: Nick | None
    name: Nick
    role: Role
    room_id: int
    old: Role = attrs.field(default=Role.MEMBER, eq=False, repr=False)


@attrs.frozen
class SanctionLaid:
    """A ban or mute was laid on a room, in place of an older one with its mask."""

    room: RoomName
    means: Means
    sanction: Sanction
    room_id: int


@attrs.frozen
class SanctionLifted:
    """The ban or mute with this mask is lifted; `nick` None: its time had come."""

    room: RoomName
    at: int
    nick: Nick | None
    means: Means
    mask: Mask
    room_id: int


@attrs.frozen
class Invited:
    """An account was invited into a room; who comes in has used it up.

    That it was used up is not told apart: `MembershipKept` takes the invitation back.
    """

    room: RoomName
    invitation: Invitation
    room_id: int


@attrs.frozen
class InvitationTakenBack:
    """An invitation does not hold any more; `nick` took it back."""

    room: RoomName
    at: int
    nick: Nick
    mask: Mask
    room_id: int
