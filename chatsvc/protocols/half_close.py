"""Closing one direction of a connection: where that is possible, and hearing of it."""

from typing import Any, Protocol, cast

from twisted.internet.interfaces import (
    IHalfCloseableDescriptor,
    IHalfCloseableProtocol,
    ISSLTransport,
)
from twisted.protocols.policies import ProtocolWrapper
from zope.interface import alsoProvides


class HalfCloseable(Protocol):
    """IHalfCloseableProtocol."""

    def readConnectionLost(self) -> None:
        """Note that the peer sends no more."""

    def writeConnectionLost(self) -> None:
        """Note that our side is closed."""


def forward_half_close(transport: object, protocol: HalfCloseable) -> None:
    """Let a wrapper (of `haproxy:` endpoints) tell us that one direction is closed.

    Twisted asks the wrapper, which does not pass it on by itself.
    """
    if isinstance(transport, ProtocolWrapper) and not ISSLTransport.providedBy(transport):
        wrapper = cast(Any, transport)
        wrapper.readConnectionLost = protocol.readConnectionLost
        wrapper.writeConnectionLost = protocol.writeConnectionLost
        alsoProvides(wrapper, IHalfCloseableProtocol)


def can_half_close(transport: object) -> bool:
    """Tell whether one direction can be closed alone; with Twisted's own TLS it cannot."""
    if ISSLTransport.providedBy(transport):
        return bool(getattr(transport, "is_half_closeable", False))
    return bool(IHalfCloseableDescriptor.providedBy(transport))
