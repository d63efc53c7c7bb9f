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


def is_reserved(nick: str, key: str, server: str = "") -> bool:
    """Tell whether a nick, with its `key`, is one of them, or the server's, or looks like one.

    `server` is the key of the server's own name, "" where it has none.
    """
    found = looks(nick, key)
    if key in RESERVED or not _LOOKS.isdisjoint(found):
        return True
    return bool(server) and (key == server or not set(looks(server, server)).isdisjoint(found))
