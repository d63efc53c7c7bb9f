"""What operators of the server can ask for; a part of `commands`, which has them all."""

import attrs

from chatsvc.core.masks import Mask
from chatsvc.core.names import Nick
from chatsvc.core.replies.operating import ServerWouldHit, Whereabouts
from chatsvc.core.sanctions import Terms


@attrs.frozen
class Claim:
    """Become an operator by the one-time code of the server's console."""

    code: str = attrs.field(repr=False)


@attrs.frozen
class Operate:
    """Be an operator while one is here, by the name and password of one."""

    name: Nick
    password: str = attrs.field(repr=False)


@attrs.frozen
class TellOperators:
    """Say something to all operators that are here."""

    text: str


@attrs.frozen
class SetOperator:
    """Make the account called `name` an operator, or take that away."""

    name: Nick
    is_operator: bool


@attrs.frozen
class ListOperators:
    """Ask who is an operator."""


@attrs.frozen
class ServerBan:
    """Keep out of the server whom a mask names."""

    mask: Mask
    terms: Terms = attrs.field(factory=Terms)


@attrs.frozen
class TryServerBan:
    """Ask whom a ban from the server would hit."""

    mask: Mask


@attrs.frozen
class ServerUnban:
    """Lift the ban from the server that has this mask."""

    mask: Mask


@attrs.frozen
class ListServerBans:
    """Ask for the bans from the server."""


@attrs.frozen
class SetServer:
    """Say whether anybody may register, or whether everybody must; None: as it is."""

    sign_ups: bool | None = None
    registered_only: bool | None = None


@attrs.frozen
class ShowServer:
    """Ask what is set for the server."""


@attrs.frozen
class Locate:
    """Ask for the connections of somebody who is here, with their addresses."""

    nick: Nick


@attrs.frozen
class Kill:
    """End all connections of somebody."""

    nick: Nick
    reason: str = ""


@attrs.frozen
class Announce:
    """Say something to everybody who is connected."""

    text: str


@attrs.frozen
class ReadAudit:
    """Ask for the newest `count` entries of the audit log, those before the number `before`."""

    count: int
    before: int | None = None


@attrs.frozen
class Reload:
    """Have the files read again that may change while the server runs."""


@attrs.frozen
class ShutDown:
    """Stop the server."""

    reason: str = ""


# What the hub asks for itself


@attrs.frozen
class BecomeOperator:
    """Be an operator: the code was right."""


@attrs.frozen
class OperateAs:
    """Be an operator while one is here: the password was right.

    `is_listed`: the name is one that the server was started with, not an account's.
    """

    name: Nick
    is_listed: bool = False


@attrs.frozen
class ShowWhereabouts:
    """Answer a `Locate` with what the hub has found."""

    whereabouts: Whereabouts


@attrs.frozen
class ShowWouldHit:
    """Answer a `TryServerBan` with what the hub has found."""

    mask: Mask
    found: ServerWouldHit


@attrs.frozen
class NoteReload:
    """Write down that files were read again; `lines` are sentences about what came of it."""

    lines: tuple[str, ...]


@attrs.frozen
class NoteWrongClaims:
    """Write down that somebody at `address` gave `count` wrong codes."""

    nick: Nick
    address: str
    count: int


@attrs.frozen
class LiftServerBans:
    """Lift the bans from the server whose time has come."""


OperatorCommand = (
    Claim
    | Operate
    | OperateAs
    | TellOperators
    | SetOperator
    | ListOperators
    | ServerBan
    | TryServerBan
    | ServerUnban
    | ListServerBans
    | SetServer
    | ShowServer
    | Locate
    | Kill
    | Announce
    | ReadAudit
    | Reload
    | ShutDown
    | BecomeOperator
    | ShowWhereabouts
    | ShowWouldHit
    | NoteReload
    | NoteWrongClaims
    | LiftServerBans
)
"""Any of them."""

HUBS_OWN_FOR_OPERATORS = (
    BecomeOperator,
    OperateAs,
    ShowWhereabouts,
    ShowWouldHit,
    NoteReload,
    NoteWrongClaims,
    LiftServerBans,
)
"""Those that only the hub asks for."""
