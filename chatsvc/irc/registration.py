"""What a client has said of itself before it is somebody: PASS, NICK, USER, CAP.

Registration is over when there is a nick and a user name, capabilities are not being negotiated,
and the core has taken the nick. Source: https://modern.ircdocs.horse/#connection-registration
"""

from hmac import compare_digest

import attrs

from chatsvc.core.names import Nick


@attrs.define(eq=False)
class Registration:
    """How far a client's registration has come.

    `is_negotiating`: CAP LS or CAP REQ came, CAP END did not; registration waits for it.
    `wanted` is the nick that was asked for last, whether it can be had or not. `has_asked`: the
    core was asked for the nick. `away` is why the client is away from the beginning; "": it is not.
    """

    password: str | None = attrs.field(default=None, repr=False)
    nick: Nick | None = None
    wanted: Nick | None = None
    user: str = ""
    realname: str = ""
    away: str = ""
    is_negotiating: bool = False
    has_asked: bool = False
    is_done: bool = False

    @property
    def is_ready(self) -> bool:
        """Whether the core can be asked for the nick."""
        has_all = self.nick is not None and bool(self.user)
        return has_all and not (self.is_negotiating or self.has_asked or self.is_done)

    def knows(self, password: str) -> bool:
        """Tell whether the client gave the server's `password`; takes the same time for all."""
        if not password:
            return True
        return compare_digest((self.password or "").encode(), password.encode())
