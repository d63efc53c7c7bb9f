"""What the hub is told when it is made."""

import attrs

from chatsvc.core.addresses import Network
from chatsvc.core.limits import DEFAULT_LIMITS, Limits
from chatsvc.core.names import RoomName

RESTART_GRACE_SECONDS = 600
"""How long temporary rooms wait for their members to come back after a restart."""


@attrs.frozen
class HubOptions:
    """Say how a hub behaves: its limits, lobby (None: none), welcome text and grace.

    Addresses in `exempt` have no count of their own for wrong pairing codes.
    """

    limits: Limits = DEFAULT_LIMITS
    lobby: RoomName | None = None
    welcome: str = ""
    restart_grace: int = RESTART_GRACE_SECONDS
    exempt: tuple[Network, ...] = ()


DEFAULT_OPTIONS = HubOptions()
"""What a hub is told when nobody says anything else."""
