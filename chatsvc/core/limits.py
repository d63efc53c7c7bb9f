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


def _limit(
    default: int,
    unit: str,
    reason: str,
    least: int = 1,
    most: int = 10**9,
    is_lifted: bool = False,
) -> Any:
    """Make a field that knows its unit, range and reason.

    `is_lifted`: a rate or a count, which `Limits.lifted` sets to `LIFTED`.
    """
    metadata = {
        "unit": unit,
        "reason": reason,
        "least": least,
        "most": most,
        "is_lifted": is_lifted,
    }
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
    rooms: int = _limit(
        10_000, "rooms", "rooms on the server; each costs about 2 KB of memory", is_lifted=True
    )
    rooms_per_session: int = _limit(
        100,
        "rooms",
        "rooms a guest, or an account with all its connections, may be in at once",
        is_lifted=True,
    )
    room_sanctions: int = _limit(
        250, "bans", "bans and mutes of one room, together; IRC networks allow 100 to 500"
    )
    server_bans: int = _limit(
        1000, "bans", "bans of the whole server; those with wildcards are all tried at each login"
    )
    room_invitations: int = _limit(
        125, "people", "who is invited into one room and has not come yet"
    )
    conversations: int = _limit(
        500, "users", "other accounts that one account may begin to tell something", is_lifted=True
    )
    ignored: int = _limit(150, "users", "users that one user ignores")
    sessions: int = _limit(
        20_000, "connections", "connections at once; mind `ulimit -n`", is_lifted=True
    )
    request_burst: int = _limit(
        1000,
        "requests",
        "requests one connection may send at once; pastes and scripts are welcome",
        is_lifted=True,
    )
    requests_per_second: int = _limit(
        50, "requests", "requests of one connection a second, in the long run", is_lifted=True
    )
    address_connections: int = _limit(
        500,
        "connections",
        "connections of one address at once; a school behind one address has so many",
        is_lifted=True,
    )
    address_connect_burst: int = _limit(
        500,
        "connections",
        "new connections of one address at once; a school comes back after a restart",
        is_lifted=True,
    )
    address_connects_per_minute: int = _limit(
        300,
        "connections",
        "new connections of one address a minute, in the long run",
        is_lifted=True,
    )
    wrong_logins: int = _limit(
        5,
        "logins",
        "wrong logins of one name before the next one has to wait; people mistype",
        is_lifted=True,
    )
    address_wrong_logins: int = _limit(
        50,
        "logins",
        "wrong logins of one address before the next one has to wait; a school shares one",
        is_lifted=True,
    )
    login_wait_seconds: int = _limit(
        30, "seconds", "longest wait after wrong logins; who knows a name locks nobody out", 1, 3600
    )
    waiting_logins: int = _limit(
        50,
        "logins",
        "passwords that wait to be checked or hashed, at most two at a time",
        1,
        10_000,
    )
    keys_per_account: int = _limit(
        20, "keys", "SSH public keys and certificates of one account", 1, 1000
    )
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
    send_buffer_bytes: int = _limit(
        65_536, "bytes", "sent to a client and not read yet, in the kernel, which doubles it", 4096
    )
    listed_members: int = _limit(
        200, "members", "in a larger room those who come and go are counted, not listed"
    )
    stuck_seconds: int = _limit(30, "seconds", "a reader stuck this long is disconnected")
    nameless_seconds: int = _limit(
        60, "seconds", "a connection that gives no nick is closed after this time"
    )

    def lifted(self) -> "Limits":
        """Return these limits with all rates and counts lifted, for a bench on one's own machine.

        What bounds the memory of a connection stays.
        """
        return attrs.evolve(self, **dict.fromkeys(LIFTABLE, LIFTED))


LIFTED = 10**9
"""What a rate or a count is when it is lifted."""

LIFTABLE = tuple(field.name for field in attrs.fields(Limits) if field.metadata["is_lifted"])
"""The limits that are rates or counts."""

DEFAULT_LIMITS = Limits()
"""What a server has when its command line says nothing else, and what the client assumes."""

TRY_AGAIN_SECONDS = 60
"""After this time it is worth trying again what was refused because a count was reached."""

PASSWORD_BYTES = 1024
"""Longest password, in bytes of UTF-8 after normalization; nothing of it is cut off."""

KEY_COMMENT_LENGTH = 64
"""Longest comment of an SSH public key, in characters; most are USER@HOST."""

REPLY_LINE_BYTES = LONGEST_REQUEST_LINE + 1024
"""Longest line a server sends: a full request line plus names, number and time."""

CLIENT_ID_LENGTH = 64
"""Longest client id of a `send`, in characters; a UUID has 36."""

HISTORY_DEFAULT = 50
"""Messages that a `history` without a count answers with; about a screenful."""

COUNTER_DIGITS = 15
"""Digits accepted in a number; room for 10**15 messages in a room."""

MASK_LENGTH = 2 * LONGEST_NAME
"""Longest mask, in characters: a whole name with a wildcard about each of its letters."""

MASK_STARS = 8
"""Most `*` in a mask; whoever needs more of them names nobody any more."""

REASON_LENGTH = 200
"""Longest reason of a kick, ban or mute, in characters; it is quoted in one line of a refusal."""

LONGEST_SANCTION_DAYS = 365
"""Longest time of a ban or mute, in days; longer ones are for good, and should say so."""

LONGEST_KEEPING_DAYS = 3650
"""Longest time for which a room keeps its messages, in days, if it does not keep all."""

WATCHED_NICKS = 100
"""Nicks whose coming and going one session can wait for; each costs some hundred bytes."""

STAYS_KEPT = 50
"""Stays of one person in one room that are remembered, the newest; each is two numbers."""

ROOM_PASSWORD_BYTES = 1024
"""Longest password of a room, in bytes of UTF-8; as for the passwords of accounts."""

FORMER_MEMBERS_KEPT = 1000
"""Accounts whose former stays in one room are remembered, the latest to go; who is forgotten
reads, if it comes back, no more than a newcomer."""

AUDIT_KEPT = 100_000
"""Acts of operators and moderators that stay written down, the newest; with a hundred a day they
reach back more than two years."""

READ_MARKERS = 100_000
"""Read markers of all accounts that are remembered, those of who set one last; each is two names
and a time, so they are some 20 MB at most."""

READ_MARKERS_OF_GUESTS = 10_000
"""The same of all guests, apart: so they take none from accounts."""

READ_MARKERS_OF_ONE = 1000
"""Read markers of one person that are remembered, the latest to be set: rooms that it may be in,
conversations that it may begin, and some."""

METADATA_KEYS = 25
"""Keys that one user, or one room, may have values for; with the longest they take 8 KB."""

METADATA_KEY_LENGTH = 32
"""Longest key of metadata, in characters, all ASCII; those that are registered have at most 15."""

METADATA_VALUE_BYTES = 300
"""Longest value of metadata, in bytes of UTF-8: with its key and the longest names of ASCII
letters it fits a line of IRC, which has 510."""

METADATA_SUBSCRIPTIONS = 50
"""Keys of metadata whose changes one connection can ask to be told of."""

RENAME_PAUSE_SECONDS = 10
"""Between two renamings of one room; each is told to all members, some of whom are sent the whole
list of members with it."""

HAPPENINGS_KEPT = 500
"""Happenings of one room, topics that were set and the like, that can be looked back at, the
newest; each is a text of some hundred bytes."""
