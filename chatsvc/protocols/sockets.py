"""What we ask of the kernel for each accepted connection.

The kernel's memory counts too. Left alone, Linux lets a send buffer grow to 4 MiB and a
receive buffer to 6 MiB, for each connection. `SO_SNDBUF` and `SO_RCVBUF` end that growth
(Linux doubles what is asked for, the other half being for its own records).

A peer whose cable was cut says nothing, not even goodbye. TCP's keepalive asks it, which
needs nothing of the client, so it works for `nc` too: after `IDLE_SECONDS` of silence up to
`PROBES` times, `PROBE_SECONDS` apart, 140 seconds in all. Keepalive is silent while bytes of
ours are unacknowledged; `TCP_USER_TIMEOUT` covers that case.
"""

import fcntl
import socket
import struct
import termios
from typing import Any, cast

from twisted.internet.interfaces import ITCPTransport
from twisted.internet.tcp import Connection
from twisted.protocols.policies import ProtocolWrapper

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

_INT = struct.Struct("i")


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
    handle = getattr(_lowest(transport), "socket", None)
    return handle if isinstance(handle, socket.socket) else None


def unsent_bytes(transport: object) -> int:
    """Return how much of what was written has not been taken by the other side.

    Twisted's part and the kernel's (`SIOCOUTQ`, which is `TIOCOUTQ`; for UNIX sockets that
    is whole pieces with their records). 0 for what is no socket, and where a system cannot say.
    """
    lowest: Any = _lowest(transport)
    handle = socket_of(lowest)
    if handle is None or not isinstance(lowest, Connection):
        return 0
    try:
        answer = fcntl.ioctl(handle, termios.TIOCOUTQ, bytes(_INT.size))
    except OSError:
        return 0
    return int(_INT.unpack(answer)[0]) + len(lowest.dataBuffer) + lowest._tempDataLen


def _lowest(transport: Any) -> Any:
    """Return the first transport that has a socket, from `transport` down; None without one.

    Twisted's wrappers (TLS, PROXY protocol) pass on what they are asked for, so they seem to
    have a socket of their own.
    """
    while transport is not None and (
        isinstance(transport, ProtocolWrapper)
        or not isinstance(getattr(transport, "socket", None), socket.socket)
    ):
        transport = getattr(transport, "transport", None)
    return transport


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
