"""What we ask of the kernel for each accepted connection.

The kernel's memory counts too. Left alone, Linux lets a send buffer grow to 4 MiB and a
receive buffer to 6 MiB, for each connection. `SO_SNDBUF` and `SO_RCVBUF` end that growth
(Linux doubles what is asked for, the other half being for its own records).

A peer whose cable was cut says nothing, not even goodbye. TCP's keepalive asks it, which
needs nothing of the client, so it works for `nc` too: after `IDLE_SECONDS` of silence up to
`PROBES` times, `PROBE_SECONDS` apart, 140 seconds in all. Keepalive is silent while bytes of
ours are unacknowledged; `TCP_USER_TIMEOUT` covers that case.
"""

import socket
from typing import Any, cast

from twisted.internet.interfaces import ITCPTransport

from chatsvc.core.limits import Limits

RECEIVE_BUFFER_BYTES = 65_536
"""What a client may send before it is read; a thousand requests, or sixteen longest lines."""

IDLE_SECONDS = 60
PROBE_SECONDS = 20
PROBES = 4

UNACKNOWLEDGED_SECONDS = 120
"""How long sent bytes may stay unacknowledged. The kernel counts a window that stays shut
as well, so it is never less than a stuck reader's own time and `SPARE_SECONDS`."""

SPARE_SECONDS = 30
LONGEST_SECONDS = 86_400


def prepare(transport: object, limits: Limits) -> None:
    """Bound what the kernel keeps for `transport` and let it notice a peer that is gone.

    Does nothing for what is no socket. Options that a system lacks are left out.
    """
    handle = socket_of(transport)
    if handle is None:
        return
    _set(handle, socket.SOL_SOCKET, "SO_SNDBUF", limits.send_buffer_bytes)
    _set(handle, socket.SOL_SOCKET, "SO_RCVBUF", RECEIVE_BUFFER_BYTES)
    if ITCPTransport.providedBy(transport):
        _keep_alive(handle, limits.stuck_seconds)


def socket_of(transport: object) -> socket.socket | None:
    """Return the socket below `transport`, through wrappers such as TLS; None if there is none."""
    while transport is not None:
        handle = getattr(transport, "socket", None)
        if isinstance(handle, socket.socket):
            return handle
        transport = getattr(transport, "transport", None)
    return None


def unacknowledged_seconds(stuck_seconds: int) -> int:
    """Return how long sent bytes may stay unacknowledged, in seconds."""
    return min(max(UNACKNOWLEDGED_SECONDS, stuck_seconds + SPARE_SECONDS), LONGEST_SECONDS)


def _keep_alive(handle: socket.socket, stuck_seconds: int) -> None:
    _set(handle, socket.IPPROTO_TCP, "TCP_NODELAY", 1)
    _set(handle, socket.SOL_SOCKET, "SO_KEEPALIVE", 1)
    _set(handle, socket.IPPROTO_TCP, "TCP_KEEPIDLE", IDLE_SECONDS)
    _set(handle, socket.IPPROTO_TCP, "TCP_KEEPINTVL", PROBE_SECONDS)
    _set(handle, socket.IPPROTO_TCP, "TCP_KEEPCNT", PROBES)
    patience = unacknowledged_seconds(stuck_seconds) * 1000
    _set(handle, socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", patience)


def _set(handle: socket.socket, level: int, name: str, value: int) -> None:
    option = cast(Any, getattr(socket, name, None))
    if option is not None:
        try:
            handle.setsockopt(level, option, min(value, 2**31 - 1))
        except OSError:
            return
