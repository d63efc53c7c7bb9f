"""The clients of `conversation`, over TLS: the same wire below, OpenSSL at the other end.

    credentials = Credentials(self_signed("localhost").loaded())
    ann = SecureClient.connect(server, credentials)
    ann.says("nick ann")

What a client takes is decrypted; `wire.received` is what was really sent.
"""

from typing import Any

from OpenSSL import SSL

from chatsvc.protocols.line import LineProtocol
from chatsvc.protocols.secure import AskingCredentials, Credentials, SecureFactory, SecureTransport
from tests.protocols.conversation import Client, Server, Wire


class SecureClient(Client):
    """One client over TLS. Without `shakes_hands` it connects and says nothing at all."""

    protocol: SecureTransport  # type: ignore[assignment]
    has_heard_goodbye = False

    @classmethod
    def connect(
        cls,
        server: Server,
        credentials: Credentials | AskingCredentials,
        shakes_hands: bool = True,
        context: SSL.Context | None = None,
        wire: Wire | None = None,
        door: Any = None,
        host_name: bytes = b"",
    ) -> "SecureClient":
        """Return a new client, after its greeting."""
        factory = SecureFactory(credentials, door or server.factory, server.clock)
        client = cls(server, factory.buildProtocol(None))
        client.wire = wire or client.wire
        server._clients.append(client)
        client.tls = SSL.Connection(context or SSL.Context(SSL.TLS_CLIENT_METHOD))
        client.tls.set_connect_state()
        if host_name:
            client.tls.set_tlsext_host_name(host_name)
        client.begin()
        if shakes_hands:
            client.shake_hands()
        return client

    tls: SSL.Connection

    @property
    def line(self) -> LineProtocol:
        """The server's protocol above TLS."""
        return self.protocol.wrappedProtocol

    def shake_hands(self) -> None:
        """Do the handshake; raises OpenSSL's errors."""
        for _ in range(10):
            try:
                self.tls.do_handshake()
            except SSL.WantReadError:
                self.exchange()
            else:
                self.exchange()
                return
        raise AssertionError("the handshake never ends")

    def exchange(self) -> None:
        """Carry what OpenSSL has to say to the server, and what the server sent to OpenSSL."""
        try:
            while not self.wire.lost:
                self.protocol.dataReceived(self.tls.bio_read(65536))
        except SSL.WantReadError:
            pass
        self._server.settle()
        data, self.wire.received = self.wire.received, b""
        if data:
            self.tls.bio_write(data)

    def sends(self, *chunks: bytes) -> "SecureClient":
        for chunk in chunks:
            self.tls.send(chunk)
            self.exchange()
        return self

    def takes(self) -> list[str]:
        self.exchange()
        data = b""
        try:
            while True:
                data += self.tls.recv(65536)
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self.has_heard_goodbye = True
        return data.decode().split(self.line_end)[:-1]

    def says_goodbye(self) -> "SecureClient":
        """End its side, as TLS has it."""
        self.tls.shutdown()
        self.exchange()
        return self
