"""TLS below a protocol: who is shown which certificate, and how such a connection closes.

`Credentials` holds the certificate that new connections are shown; taking another one
leaves the old connections alone. `SecureTransport` is Twisted's TLS transport and can also
be closed one direction after the other (RFC 8446, section 6.1), which a server that answers
what was asked, and then closes, needs:

    the client's close_notify, or its FIN   -> readConnectionLost, as without TLS
    loseWriteConnection()                   -> all that waits, close_notify, then a FIN
    our FIN is on its way                   -> writeConnectionLost

A client that ends its side before the handshake is over is cut off: nothing can be said to it.
One that begins with anything but a handshake is told so in plain text, which it speaks, and closed.
"""

from collections.abc import Callable
from typing import Any, cast

import attrs
from OpenSSL import SSL
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IHalfCloseableDescriptor,
    IHalfCloseableProtocol,
    IOpenSSLServerConnectionCreator,
    IStreamServerEndpoint,
)
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from zope.interface import implementer

from chatsvc.ports import Clock
from chatsvc.protocols.certificates import Certificate
from chatsvc.protocols.half_close import can_half_close, forward_half_close
from chatsvc.protocols.listening import ServerEndpoint

HANDSHAKE = b"\x16"
"""How every TLS connection begins: the type of its first record (RFC 8446, section 5.1)."""

FOR_PLAIN_TEXT = (
    b"- wrong-protocol This port speaks TLS; connect with chatsvc-client --tls, or to a port "
    b"without it.\n"
)


@implementer(IOpenSSLServerConnectionCreator)
@attrs.define(eq=False)
class Credentials:
    """What new connections are shown; `certificate` may be replaced at any time."""

    certificate: Certificate | None = None

    def serverConnectionForTLS(self, tlsProtocol: "SecureTransport") -> SSL.Connection:
        """Return OpenSSL's part of a new connection."""
        assert self.certificate is not None, "nobody connects before there is a certificate"
        return _Session(self.certificate.context, tlsProtocol)


@implementer(IOpenSSLServerConnectionCreator)
@attrs.frozen(eq=False)
class AskingCredentials:
    """Show the same, and ask the client for a certificate, which it need not have.

    Nobody has to vouch for it: that the client has its private key is all that matters.
    """

    credentials: Credentials

    def serverConnectionForTLS(self, tlsProtocol: "SecureTransport") -> SSL.Connection:
        """Return OpenSSL's part of a new connection."""
        connection = self.credentials.serverConnectionForTLS(tlsProtocol)
        connection.set_verify(SSL.VERIFY_PEER, _take_any)
        return connection


def _take_any(_connection: SSL.Connection, _shown: object, *_problem: int) -> bool:
    """Take any certificate, expired or of an unknown authority."""
    return True


class _Session(SSL.Connection):
    """OpenSSL's part of a connection, which tells its transport how closing goes on."""

    def __init__(self, context: SSL.Context, transport: "SecureTransport") -> None:
        super().__init__(context)
        self._transport = transport

    def recv(self, bufsiz: int, flags: int | None = None) -> bytes:
        """Return what the client said; its goodbye ends one direction only."""
        try:
            return super().recv(bufsiz, flags)
        except SSL.ZeroReturnError:
            if self._transport.closes_at_once:
                raise
            self._transport.heard_goodbye()
            raise SSL.WantReadError from None

    def shutdown(self) -> bool:
        """Say goodbye; return whether the client has done so too."""
        is_over = super().shutdown()
        if not is_over:
            self._transport.said_goodbye()
        return is_over


@implementer(IHalfCloseableDescriptor, IHalfCloseableProtocol)
class SecureTransport(TLSMemoryBIOProtocol):
    """TLS over another transport; see the module's docstring.

    Twisted's own default gathers small writes for a turn, which our outbox has done already.
    """

    is_half_closeable = True
    _has_input_ended = _is_ending_output = _has_output_ended = _is_cut = False
    _has_begun = _is_plain = False

    @property
    def closes_at_once(self) -> bool:
        """Whether both directions are being closed together."""
        return bool(self.disconnecting) and not self._is_ending_output

    def makeConnection(self, transport: Any) -> None:
        """Begin, over a transport that is connected."""
        forward_half_close(transport, self)
        super().makeConnection(transport)

    # The protocol above calls

    def loseWriteConnection(self) -> None:
        """Close our direction once all is sent."""
        self._is_ending_output = can_half_close(self.transport)
        super().loseConnection()

    def loseConnection(self) -> None:
        """Close once all is sent."""
        if self._has_output_ended:
            cast(Any, self.transport).loseConnection()
        else:
            super().loseConnection()

    def abortConnection(self) -> None:
        """Close now."""
        if self.connected:
            self._is_cut = True
            super().abortConnection()

    # What is below calls

    def dataReceived(self, data: bytes) -> None:
        """Take what came, if it is TLS."""
        if not self._has_begun:
            self._has_begun = True
            self._is_plain = not data.startswith(HANDSHAKE)
            if self._is_plain:
                below = cast(Any, self.transport)
                below.write(cast(Any, self.factory).for_plain_text)
                below.loseConnection()
        if not self._is_plain:
            super().dataReceived(data)

    def heard_goodbye(self) -> None:
        """Note that the client says nothing more, once what it said before is taken."""
        self._later(self._end_input)

    def said_goodbye(self) -> None:
        """Close our direction of the transport too, behind the bytes of the goodbye."""
        if self._is_ending_output:
            self._later(self._end_output)

    def _later(self, call: Callable[[], None]) -> None:
        """Make a call that may lose the connection, which must not happen below Twisted's TLS."""
        cast(Any, self.factory).clock.callLater(0, call)

    def _end_input(self) -> None:
        """Tell the protocol above that nothing more comes."""
        if self._has_input_ended or not self.connected:
            return
        self._has_input_ended = True
        protocol = cast(Any, self.wrappedProtocol)
        if IHalfCloseableProtocol.providedBy(protocol):
            protocol.readConnectionLost()
        else:
            self.loseConnection()

    def readConnectionLost(self, reason: object = None) -> None:
        """Note that the client has closed its direction, with or without a goodbye."""
        if not self._handshakeDone:
            self.abortConnection()
        else:
            self._end_input()

    def writeConnectionLost(self, reason: object = None) -> None:
        """Note that everything has left us."""
        self._has_output_ended = True
        protocol = cast(Any, self.wrappedProtocol)
        if IHalfCloseableProtocol.providedBy(protocol):
            protocol.writeConnectionLost()

    def _end_output(self) -> None:
        if self.connected and not self._is_cut and not self._has_output_ended:
            cast(Any, self.transport).loseWriteConnection()


class SecureFactory(TLSMemoryBIOFactory):
    """Put TLS below the protocols of another factory.

    `for_plain_text` is what a client is sent that speaks no TLS.
    """

    protocol = SecureTransport

    def __init__(
        self,
        credentials: Credentials | AskingCredentials,
        factory: Any,
        clock: Clock,
        for_plain_text: bytes = FOR_PLAIN_TEXT,
    ) -> None:
        super().__init__(cast(Any, credentials), False, factory, cast(Any, clock))
        self.clock = clock
        self.for_plain_text = for_plain_text


@implementer(IStreamServerEndpoint)
@attrs.frozen(eq=False)
class SecureEndpoint:
    """Listen where `endpoint` does, with TLS; who speaks none is sent `for_plain_text`."""

    endpoint: ServerEndpoint
    credentials: Credentials | AskingCredentials
    clock: Clock
    for_plain_text: bytes = FOR_PLAIN_TEXT

    def listen(self, protocolFactory: object) -> Deferred[Any]:
        """Begin to listen; fires with an IListeningPort."""
        return self.endpoint.listen(
            SecureFactory(self.credentials, protocolFactory, self.clock, self.for_plain_text)
        )
