"""Where to listen: endpoints made from options, and what to tell the operator about them."""

import errno
import re
import socket
from collections.abc import Sequence
from typing import Any, Protocol, cast

import attrs
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred, DeferredList, fail, succeed
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IStreamServerEndpoint
from zope.interface import implementer

from chatsvc.protocols.transport import ListeningPort

BACKLOG = 4096
"""Connections the kernel holds for us while we are busy; 5,000 may come at once."""

_WITH_BACKLOG = {"tcp", "tcp6", "ssl", "unix"}
"""The kinds of endpoint that have such a queue to set."""

_NO_IPV6 = {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT}


class ServerEndpoint(Protocol):
    """IStreamServerEndpoint."""

    def listen(self, protocolFactory: object) -> Deferred[Any]:
        """Begin to listen; fires with an IListeningPort."""


@implementer(IListeningPort)
@attrs.frozen(eq=False)
class ListeningPorts:
    """Several listening ports that are used as one."""

    ports: Sequence[ListeningPort]

    def startListening(self) -> None:
        """Do nothing: they listen already."""

    def stopListening(self) -> Deferred[Any]:
        """Stop all of them."""
        return DeferredList([_deferred(port.stopListening()) for port in self.ports])

    def getHost(self) -> object:
        """Return the address of the first one."""
        return self.ports[0].getHost()


def _deferred(result: object) -> Deferred[Any]:
    return result if isinstance(result, Deferred) else succeed(result)


@implementer(IStreamServerEndpoint)
@attrs.frozen(eq=False)
class DualStackEndpoint:
    """Listen on one TCP port with IPv4, and with IPv6 where the machine has it.

    The IPv6 socket takes IPv6 alone (IPV6_V6ONLY), so that IPv4 addresses stay what
    they are. Port 0 picks a free one for both; an empty `ipv6` leaves IPv6 out.
    """

    reactor: Any
    port: int
    ipv4: str
    ipv6: str

    @classmethod
    def everywhere(cls, reactor: Any, port: int) -> "DualStackEndpoint":
        """Listen on all interfaces."""
        return cls(reactor, port, "0.0.0.0", "::")  # noqa: S104 - what was asked for

    @classmethod
    def loopback(cls, reactor: Any, port: int) -> "DualStackEndpoint":
        """Listen for this machine only."""
        return cls(reactor, port, "127.0.0.1", "::1")

    def listen(self, protocolFactory: object) -> Deferred[ListeningPorts]:
        """Listen at once; fails with `CannotListenError`."""
        try:
            return succeed(self.listen_now(protocolFactory))
        except CannotListenError:
            return fail()

    def listen_now(self, factory: object) -> ListeningPorts:
        """Listen and return the ports; raise `CannotListenError`."""
        first = self.reactor.listenTCP(self.port, factory, backlog=BACKLOG, interface=self.ipv4)
        port = first.getHost().port
        try:
            return ListeningPorts([first, *self._listen_ipv6(port, factory)])
        except OSError as error:
            first.stopListening()
            raise CannotListenError(self.ipv6, port, error) from error

    def _listen_ipv6(self, port: int, factory: object) -> list[ListeningPort]:
        if not (self.ipv6 and socket.has_ipv6) or not hasattr(self.reactor, "adoptStreamPort"):
            return []
        try:
            listener = socket.socket(socket.AF_INET6)
        except OSError as error:
            return _unless_no_ipv6(error)
        with listener:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setblocking(False)
            try:
                listener.bind((self.ipv6, port))
            except OSError as error:
                return _unless_no_ipv6(error)
            listener.listen(BACKLOG)
            return [self.reactor.adoptStreamPort(listener.fileno(), socket.AF_INET6, factory)]


def _unless_no_ipv6(error: OSError) -> list[ListeningPort]:
    if error.errno in _NO_IPV6:
        return []
    raise error


def is_number(where: str) -> bool:
    """Tell whether `where` is a port number, and leaves open which interfaces are meant."""
    return where.isascii() and where.isdigit()


def endpoint_for(reactor: Any, where: str, is_local: bool = False) -> ServerEndpoint:
    """Return the endpoint that `where` names: a port number, or an endpoint string.

    A number alone means all interfaces, or this machine alone if `is_local`. Raises
    `ValueError` with a sentence.
    """
    if is_number(where):
        if int(where) > 65535:
            raise ValueError(f"{where} is not a port; a port is a number from 0 to 65535.")
        if is_local:
            return DualStackEndpoint.loopback(reactor, int(where))
        return DualStackEndpoint.everywhere(reactor, int(where))
    try:
        return cast(ServerEndpoint, serverFromString(reactor, _patient(where)))
    except Exception as error:
        raise ValueError(
            f'"{where}" is neither a port number nor an endpoint such as '
            f"tcp:8123:interface=127.0.0.1 ({error})."
        ) from error


def secure_endpoint_for(reactor: Any, where: str) -> ServerEndpoint:
    """Return the endpoint below TLS that `where` names, like `endpoint_for`."""
    if where.removeprefix("haproxy:").startswith(("ssl:", "tls:")):
        raise ValueError(
            f'"{where}" has TLS of its own; --tls needs a port number or an endpoint such as '
            "tcp:8124:interface=127.0.0.1, and takes the certificate from --cert and --key."
        )
    return endpoint_for(reactor, where)


def _patient(where: str) -> str:
    """Return an endpoint string that asks for a backlog as long as ours; Twisted's has 50."""
    kind = where.removeprefix("haproxy:").partition(":")[0]
    if kind not in _WITH_BACKLOG or ":backlog=" in where:
        return where
    return f"{where}:backlog={BACKLOG}"


def same_interfaces(reactor: Any, where: str) -> DualStackEndpoint:
    """Return an endpoint, its port still to be chosen, on the interfaces that `where` names.

    What is neither a port number nor a `tcp:` endpoint names none: loopback.
    """
    host = re.search(r":interface=([\d.]+)", where)
    if where.isdigit() or (where.startswith("tcp:") and host is None):
        return DualStackEndpoint.everywhere(reactor, 0)
    if host is None or host[1].startswith("127."):
        return DualStackEndpoint.loopback(reactor, 0)
    return DualStackEndpoint(reactor, 0, host[1], "")


def how_to_reach(
    port: ListeningPort, where: str, is_secure: bool = False, is_web: bool = False
) -> str:
    """Return where `port` listens and a line to paste that connects to it.

    `is_secure`: it speaks TLS, which for an `ssl:` endpoint is known. `is_web`: only WebSockets
    are spoken there, so it is an address for clients.
    """
    address = port.getHost()
    if isinstance(address, UNIXAddress):
        path = address.name
        shown = path.decode(errors="replace") if isinstance(path, bytes) else str(path)
        paste = f"openssl s_client -quiet -unix {shown}" if is_secure else f"nc -U {shown}"
        return f"{shown} - try: {paste}"
    if isinstance(address, IPv4Address | IPv6Address):
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.host, address.host)  # noqa: S104
        shown = f"[{address.host}]" if ":" in address.host else address.host
        is_secure = is_secure or where.startswith("ssl:")
        if is_web:
            host = f"[{host}]" if ":" in host else host
            scheme = "wss" if is_secure else "ws"
            return f"{shown}:{address.port} - WebSockets: {scheme}://{host}:{address.port}/"
        if is_secure:
            paste = f"openssl s_client -quiet -connect {host}:{address.port}"
        else:
            paste = f"nc {host} {address.port}"
        return f"{shown}:{address.port} - try: {paste}"
    return str(address)
