"""Every limit of the service, with its unit and its reason.

The server's command line offers each field of `Limits` as an option, so a limit
added here can be set there without another line of code.
"""

from typing import Any

import attrs

LONGEST_NAME = 64
"""Longest name of any server, in characters; `Limits` may ask for shorter ones."""

LONGEST_REQUEST_LINE = 65_536
"""Longest request line of any server, in bytes; `Limits` may ask for shorter ones."""


def _limit(default: int, unit: str, reason: str, least: int = 1, most: int = 10**9) -> Any:
    """Make a field that knows its unit, range and reason."""
    metadata = {"unit": unit, "reason": reason, "least": least, "most": most}
    return attrs.field(default=default, metadata=metadata, kw_only=True)


@attrs.frozen
class Limits:
    """Hold the limits one server works with; each field's metadata says why."""

    line_bytes: int = _limit(
        4096,
        "bytes",
        "longest request line, without its end; eight IRC lines",
        512,
        LONGEST_REQUEST_LINE,
    )
    nick_length: int = _limit(
        32, "characters", "longest nick; IRC clients expect 9 to 32", 1, LONGEST_NAME
    )
    room_length: int = _limit(
        48, "characters", "longest room name; IRC allows 50 with #", 1, LONGEST_NAME
    )
    rooms: int = _limit(10_000, "rooms", "rooms on the server; each costs about 2 KB of memory")
    rooms_per_session: int = _limit(100, "rooms", "rooms one connection may be in at once")
    sessions: int = _limit(20_000, "connections", "connections at once; mind `ulimit -n`")
    history_page: int = _limit(
        1000, "messages", "most messages one `history` answers with", 1, 10_000
    )
    search_page: int = _limit(50, "messages", "most messages one `search` answers with", 1, 1000)
    pending_requests: int = _limit(
        64, "requests", "requests of one connection under way before it is read no further"
    )
    unread_bytes: int = _limit(
        262_144, "bytes", "answers and direct messages held for a reader that is behind", 4096
    )
    stuck_seconds: int = _limit(30, "seconds", "a reader stuck this long is disconnected")
    nameless_seconds: int = _limit(
        300, "seconds", "a connection that gives no nick is closed after this time"
    )


DEFAULT_LIMITS = Limits()
"""What a server has when its command line says nothing else, and what the client assumes."""

REPLY_LINE_BYTES = LONGEST_REQUEST_LINE + 1024
"""Longest line a server sends: a full request line plus names, number and time."""

CLIENT_ID_LENGTH = 64
"""Longest client id of a `send`, in characters; a UUID has 36."""

HISTORY_DEFAULT = 50
"""Messages that a `history` without a count answers with; about a screenful."""

COUNTER_DIGITS = 15
"""Digits accepted in a number; room for 10**15 messages in a room."""
