"""Channel names and room names: `#lobby` is the room `lobby`.

    channel = "#" room
    target  = ["@" / "+"] channel / nick

What a room name may be (`core.names`), a channel name may be as well, so every room has one
channel name: no space, comma, colon or control character is in either. What IRC allows besides
(`##chat`, `#c++`) is no room and is refused as a bad name.

Who cannot type or show a letter writes its UTF-8 as `%` and two digits, as in addresses of the
web: `#k%C3%B6ln` is the room `köln`. `%` is in no room name, so nothing else can be meant.

CASEMAPPING is announced as `ascii`: of the mappings that clients know, it is the one that takes
no two of our names for one. Our own comparison (NFKC and case folding) takes more spellings for
one; the server therefore always answers with the spelling that the room or nick has.
"""

import re
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

from chatsvc.core.errors import BadRoom
from chatsvc.core.limits import LONGEST_NAME
from chatsvc.core.names import RoomName, parse_room_name
from chatsvc.core.text import printable

SIGN = "#"
"""What channel names begin with; the whole of CHANTYPES."""

CASEMAPPING = "ascii"
"""How clients are told to compare names."""

STATUS_SIGNS = "@+"
"""What a target may begin with: only those of this rank or above get it (STATUSMSG)."""

_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_LONGEST_SHOWN = 50


def is_channel(target: str) -> bool:
    """Tell whether a target is a channel, as opposed to a nick; it may begin with a status."""
    return target[:1] == SIGN or target.lstrip(STATUS_SIGNS).startswith(SIGN)


def channel_of(room: RoomName) -> str:
    """Return the channel name of a room."""
    return SIGN + room


def ascii_channel_of(room: RoomName) -> str:
    """Return the channel name of a room in ASCII, for who cannot type it otherwise."""
    return SIGN + quote(room, safe="[]{}^|`\\")


@lru_cache(maxsize=4096)
def room_of(channel: str, longest: int = LONGEST_NAME) -> RoomName:
    """Return the room that a channel name means; raise `BadRoom`."""
    if not channel.startswith(SIGN):
        shown = printable(channel)[:_LONGEST_SHOWN]
        raise BadRoom(f'"{shown}" is no channel: channel names begin with {SIGN}.')
    name = channel[len(SIGN) :]
    if "%" not in name:
        return parse_room_name(name, longest)
    try:
        return parse_room_name(_unquoted(name), longest)
    except UnicodeDecodeError:
        raise BadRoom("What is written with % in a channel name has to be UTF-8.") from None


def _unquoted(name: str) -> str:
    """Return a name with its escapes replaced; a `%` that begins none stays, to be refused."""
    if "%" in _ESCAPE.sub("", name):
        return name
    return unquote_to_bytes(name).decode("utf-8")


def split_status(target: str) -> tuple[str, str]:
    """Return the status that a target begins with ("@", "+" or "") and the channel."""
    if target[:1] == SIGN:
        return "", target
    channel = target.lstrip(STATUS_SIGNS)
    status = target[: len(target) - len(channel)]
    # "@+#room" reaches who is voiced or more, as "+#room" does.
    return ("+" if "+" in status else status[:1]), channel
