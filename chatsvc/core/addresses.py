"""Network addresses: who is counted as one, and who is not counted at all.

An IPv6 address is counted with its whole /64, which is what one subscriber has; an
IPv4 address written as IPv6 (`::ffff:192.0.2.1`) is an IPv4 address.
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
"""This machine."""

_MAPPED = IPv6Network("::ffff:0:0/96")

_SUBSCRIBER_BITS = 64
"""The part of an IPv6 address that its owner chooses, and may change as often as it likes."""


def parse_network(word: str) -> Network:
    """Return the network that `word` names, as ADDRESS or ADDRESS/PREFIX.

    Raises `ValueError` with a sentence.
    """
    try:
        network = ip_network(word, strict=False)
    except ValueError:
        raise ValueError(
            f"an address or network such as 192.0.2.0/24 or 2001:db8::/32 is needed, not {word!r}."
        ) from None
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        mapped = int(network.network_address) & 0xFFFF_FFFF
        return IPv4Network((mapped, network.prefixlen - _MAPPED.prefixlen))
    return network


def group_of(host: str, exempt: Iterable[Network] = ()) -> str | int | None:
    """Return what `host` is counted as; None if it is exempt, or no network address."""
    address = address_of(host)
    if address is None:
        return None
    if any(address in network for network in exempt):
        return None
    if isinstance(address, IPv4Address):
        return str(address)
    return int(address) >> _SUBSCRIBER_BITS


@lru_cache(maxsize=8192)
def address_of(host: str) -> Address | None:
    """Return the address that `host` is; None if it is no network address.

    Remembered: masks are tried on the same addresses again and again.
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
