"""What operators of the server are answered; a part of `replies`, which has them all."""

import attrs

from chatsvc.core.events import Audited
from chatsvc.core.names import Nick
from chatsvc.core.sanctions import Sanction


@attrs.frozen
class OperatorIs:
    """The account is an operator now, or no longer."""

    name: Nick
    is_operator: bool


@attrs.frozen
class OperatorSummary:
    """A row of the list of operators."""

    name: Nick
    is_here: bool


@attrs.frozen
class OperatorList:
    """The operators, in the order of their names."""

    operators: tuple[OperatorSummary, ...]


@attrs.frozen
class ServerBanned:
    """Whom the mask names is kept out until `until`, in milliseconds; None: for good."""

    mask: str
    until: int | None


@attrs.frozen
class ServerWouldHit:
    """A ban would hit so many people at so many connections, the nameless ones included.

    `nicks` are the first of them. `exempt` operators are named by the mask and not hit.
    """

    mask: str
    nicks: tuple[Nick, ...]
    people: int
    connections: int
    exempt: int


@attrs.frozen
class ServerUnbanned:
    """The ban with this mask is lifted."""

    mask: str


@attrs.frozen
class ServerBanList:
    """The bans from the server, oldest first."""

    bans: tuple[Sanction, ...]


@attrs.frozen
class ServerSettings:
    """What is set for the server."""

    sign_ups: bool
    registered_only: bool


@attrs.frozen
class SessionSummary:
    """One connection: its way in, since when, idle for so many seconds, and from where.

    `address` "" where it has none.
    """

    via: str
    since: int
    idle: int
    address: str


@attrs.frozen
class Whereabouts:
    """The connections of somebody, oldest first."""

    nick: Nick
    sessions: tuple[SessionSummary, ...]


@attrs.frozen
class KillDone:
    """So many connections of somebody are being closed."""

    nick: Nick
    sessions: int


@attrs.frozen
class AnnouncementMade:
    """So many connections are told."""

    sessions: int


@attrs.frozen
class AuditEntry:
    """One act in the audit log, by its number."""

    number: int
    event: Audited


@attrs.frozen
class AuditPage:
    """Entries of the audit log, oldest first."""

    entries: tuple[AuditEntry, ...]


@attrs.frozen
class ReloadDone:
    """Files were read again; each line is a sentence about what came of it."""

    lines: tuple[str, ...]


@attrs.frozen
class StopBegun:
    """The server stops now."""


OperatorReply = (
    OperatorIs
    | OperatorList
    | ServerBanned
    | ServerWouldHit
    | ServerUnbanned
    | ServerBanList
    | ServerSettings
    | Whereabouts
    | KillDone
    | AnnouncementMade
    | AuditPage
    | ReloadDone
    | StopBegun
)
"""Any of them."""
