"""The server itself, and what lasts of accounts."""

from typing import Any

from chatsvc.core.events import (
    ACCOUNT_EVENTS,
    SERVER_EVENTS,
    Greeted,
    Resumed,
    ServerClosing,
)
from chatsvc.irc.encode.encoder import Encoder

EVENTS: dict[type[Any], Encoder] = {}

NOT_SHOWN: frozenset[type[Any]] = frozenset(
    {
        *ACCOUNT_EVENTS,
        *SERVER_EVENTS,
        Greeted,  # the message of the day has it
        Resumed,  # to one client: see `telling`
        ServerClosing,  # the same
    }
)
