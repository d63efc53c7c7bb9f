"""Nicks that nobody takes: people would tell their passwords to whoever has them."""

from chatsvc.core.names.looks import looks

RESERVED = frozenset(
    {
        "botserv",
        "chanserv",
        "global",
        "histserv",
        "hostserv",
        "memoserv",
        "nickserv",
        "operserv",
        "saslserv",
    }
)
"""Names of IRC's services, in the form that is compared."""

_LOOKS = frozenset(look for name in RESERVED for look in looks(name, name))


def is_reserved(nick: str, key: str) -> bool:
    """Tell whether a nick, with its `key`, is one of them or looks like one."""
    return key in RESERVED or not _LOOKS.isdisjoint(looks(nick, key))
