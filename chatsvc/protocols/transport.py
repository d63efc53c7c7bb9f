"""The parts of Twisted's transports and ports that we use, as types.

Twisted declares them as zope interfaces, which mypy cannot check calls against.
"""

from typing import Protocol


class Transport(Protocol):
    """ITransport, IConsumer, IPushProducer and the abort of a TCP or UNIX connection."""

    def write(self, data: bytes) -> None:
        """Send `data` after what was written before."""

    def loseConnection(self) -> None:
        """Close once all is sent; never happens for a peer that does not read."""

    def loseWriteConnection(self) -> None:
        """Close our direction once all is sent; where `IHalfCloseableDescriptor` is provided."""

    def abortConnection(self) -> None:
        """Close now."""

    def registerProducer(self, producer: object, streaming: bool) -> None:
        """Call `producer` when the send buffer fills up and when it empties."""

    def unregisterProducer(self) -> None:
        """Stop doing so."""

    def pauseProducing(self) -> None:
        """Read no more."""

    def resumeProducing(self) -> None:
        """Read again."""

    def getPeer(self) -> object:
        """Return the address of the other end."""


def host_of(transport: Transport) -> str:
    """Return the other end's network address; "" where there is none, as at a UNIX socket."""
    host = getattr(transport.getPeer(), "host", "")
    return host if isinstance(host, str) else ""


class ListeningPort(Protocol):
    """IListeningPort."""

    def startListening(self) -> None:
        """Begin to accept connections."""

    def stopListening(self) -> object:
        """Accept no more; returns None or a Deferred that fires when it is done."""

    def getHost(self) -> object:
        """Return the address it listens on."""
