"""Whom rules about people look at: the parts of a person that bans, mutes and roles ask for."""

import attrs

from chatsvc.core.names import Nick


@attrs.frozen
class Subject:
    """One person as a mask sees it.

    `account` None: a guest. `addresses`: the hosts of all its connections, as text; what is
    no network address (a UNIX socket) is passed over. `is_operator`: of the server.
    `sources` are the user names and shown hosts of the connections, in pairs.
    """

    nick: Nick | None = None
    account: Nick | None = None
    addresses: tuple[str, ...] = ()
    is_operator: bool = False
    sources: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> tuple[Nick, ...]:
        """What people call them: the nick, and the account's name, which nobody else can have."""
        if self.nick is None or self.nick == self.account:
            return () if self.account is None else (self.account,)
        return (self.nick,) if self.account is None else (self.nick, self.account)
