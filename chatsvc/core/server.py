"""What is set for the whole server, by its operators."""

import attrs

from chatsvc.core.sanctions import Sanction, Sanctions


@attrs.frozen
class StoredServer:
    """What is set for the server, as a log returns it when it is opened."""

    sign_ups: bool = True
    registered_only: bool = False
    bans: tuple[Sanction, ...] = ()


NOTHING_SET = StoredServer()
"""A server as it is at first: anybody may register, nobody has to."""


@attrs.define(eq=False)
class Server:
    """Whether anybody may register, whether everybody must, and who is banned."""

    sign_ups: bool = True
    registered_only: bool = False
    bans: Sanctions = attrs.field(factory=Sanctions)

    @classmethod
    def from_stored(cls, stored: StoredServer) -> "Server":
        """Take up what the log knows."""
        return cls(stored.sign_ups, stored.registered_only, Sanctions(stored.bans))
