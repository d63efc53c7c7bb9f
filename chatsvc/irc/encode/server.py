"""The server itself, and what lasts of accounts."""

from typing import Any

from chatsvc.core.events import (
    ACCOUNT_EVENTS,
    SERVER_EVENTS,
    AccountDropped,
    Announced,
    Appeared,
    Expelled,
    Greeted,
    OperatorHere,
    Resumed,
    ServerClosing,
    StopAsked,
    Vanished,
    Wallops,
)
from chatsvc.irc.encode.encoder import Encoder
from chatsvc.irc.scribe import Scribe, written

EVERYBODY = "$*"
"""The target of what is said to all (RFC 2812, section 3.3.1: a mask of servers)."""


def _announced(event: Announced, scribe: Scribe) -> bytes:
    return written(scribe.by(event.nick, "NOTICE", EVERYBODY, event.text, at=event.at))


def _wallops(event: Wallops, scribe: Scribe) -> bytes:
    """Return what operators say to each other; others are not told."""
    return written(scribe.by(event.nick, "WALLOPS", event.text, at=event.at))


EVENTS: dict[type[Any], Encoder] = {Announced: _announced, Wallops: _wallops}

NOT_SHOWN: frozenset[type[Any]] = frozenset(
    {
        *(each for each in ACCOUNT_EVENTS if each is not AccountDropped),
        *SERVER_EVENTS,
        Greeted,  # the message of the day has it
        Resumed,  # to one client: see `telling`
        ServerClosing,  # the same
        Expelled,  # the same, as `ServerClosing`
        StopAsked,
        Appeared,  # to one client: see `telling`
        Vanished,
        OperatorHere,  # to the client itself, by its answer
    }
)
