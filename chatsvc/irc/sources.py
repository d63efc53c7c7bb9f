"""Who a line comes from: `nick!user@host`, without the address of anybody.

The host that is shown is a *cloak*: parts that are keyed hashes of ever larger networks around
the address, so that a mask with `*` in front names a network without anybody knowing which.

    192.0.2.7    -> 3pcxgmsc.q2b5ev7a.kz3nfw6m.ip      /32, /24, /16
    2001:db8::7  -> hc5uumxq.6ek4ax3d.2yq7rmsa.ip6     /64, /48, /32
    this machine -> localhost

The key is the server's own and secret: who has it can try all addresses. Sources:
https://modern.ircdocs.horse/#source, RFC 1459 section 2.3.1.
"""

import re
from base64 import b32encode
from hashlib import sha256
from hmac import digest

import attrs

from chatsvc.core.addresses import LOOPBACK, Address, address_of

USER_LENGTH = 16
"""Longest user name, in characters, as USERLEN tells."""

NOBODY = "user"
"""The user name of who gave none that can be shown."""

HERE = "localhost"
"""The host of who comes from this machine."""

UNKNOWN = "unknown"
"""The host of who has no network address, as on a UNIX socket."""

_PART_BYTES = 5
"""Bytes of a hash in each part: eight letters. Who has 2**20 addresses still has no two alike."""

LONGEST_HOST = 3 * len("abcdefgh.") + len("ip6")
"""Characters of what is shown in place of an address at most."""

_PREFIXES = {4: (32, 24, 16), 6: (64, 48, 32)}
_ENDINGS = {4: "ip", 6: "ip6"}
_NOT_IN_USER_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


@attrs.frozen
class Source:
    """Who a line comes from."""

    nick: str
    user: str
    host: str

    def __str__(self) -> str:
        return f"{self.nick}!{self.user}@{self.host}"


def user_name(text: str) -> str:
    """Return the user name that `USER text ...` gives: letters, digits and `._-` of it."""
    name = _NOT_IN_USER_NAMES.sub("", text).lstrip("-.")[:USER_LENGTH]
    return name or NOBODY


def cloak(host: str, key: bytes) -> str:
    """Return what is shown in place of the address `host`."""
    address = address_of(host)
    if address is None:
        return UNKNOWN
    if any(address in network for network in LOOPBACK):
        return HERE
    parts = [_part(address, bits, key) for bits in _PREFIXES[address.version]]
    return ".".join((*parts, _ENDINGS[address.version]))


def _part(address: Address, bits: int, key: bytes) -> str:
    network = int(address) >> (address.max_prefixlen - bits)
    hashed = digest(key, f"{address.version}/{bits}/{network}".encode(), sha256)
    return b32encode(hashed[:_PART_BYTES]).decode("ascii").lower()
