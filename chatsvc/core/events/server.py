"""Durable events of the whole server: what its operators set, and what they did."""

import attrs

from chatsvc.core.masks import Mask
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.sanctions import Sanction


@attrs.frozen
class OperatorSet:
    """An account is an operator of the server now, or no longer.

    `nick` has made it one; None: it has claimed that with the code of the console.
    """

    name: Nick
    at: int
    nick: Nick | None
    is_operator: bool


@attrs.frozen
class ServerSet:
    """Whether anybody may register, and whether everybody must; `nick` has set it."""

    at: int
    nick: Nick
    sign_ups: bool
    registered_only: bool


@attrs.frozen
class ServerBanLaid:
    """A ban from the whole server was laid, in place of an older one with its mask."""

    sanction: Sanction


@attrs.frozen
class ServerBanLifted:
    """A ban from the whole server is lifted; `nick` None: its time had come."""

    at: int
    nick: Nick | None
    mask: Mask


@attrs.frozen
class Audited:
    """`nick` did `act` to `target`, in `room` where it was about one; `text` says more.

    Written down and never changed. `act` is one of `audit.ACTS`.
    """

    at: int
    nick: Nick | None
    act: str
    target: str = ""
    room: RoomName | None = None
    text: str = ""
