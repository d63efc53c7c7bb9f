"""What is asked of the kernel for each connection, on real sockets."""

import contextlib
import socket

from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransport
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.trial.unittest import TestCase

from chatsvc.core.limits import DEFAULT_LIMITS, Limits
from chatsvc.protocols import sockets


class SocketTests(TestCase):
    def tcp_pair(self) -> tuple[socket.socket, socket.socket]:
        """Return the two ends of a connection, the accepted one first."""
        listening, theirs = socket.create_server(("127.0.0.1", 0)), socket.socket()
        self.addCleanup(listening.close)
        theirs.connect(listening.getsockname())
        ours, _ = listening.accept()
        for end in (ours, theirs):
            self.addCleanup(end.close)
        return ours, theirs

    def accepted(self, limits: Limits = DEFAULT_LIMITS) -> socket.socket:
        """Return the socket of a prepared connection."""
        from twisted.internet import reactor
        from twisted.internet.tcp import Server

        connection, _ = self.tcp_pair()
        transport = Server(connection, None, connection.getpeername(), None, 0, reactor)
        transport.stopReading()
        sockets.prepare(transport, limits)
        return connection

    def test_the_kernel_keeps_little(self) -> None:
        kept = self.accepted(Limits(send_buffer_bytes=8192))
        for option, asked in ((socket.SO_SNDBUF, 8192), (socket.SO_RCVBUF, 65536)):
            self.assertIn(kept.getsockopt(socket.SOL_SOCKET, option), (asked, 2 * asked))

    def test_a_peer_that_is_gone_without_a_word_is_noticed_within_150_seconds(self) -> None:
        kept = self.accepted()
        self.assertEqual(kept.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE), 1)
        idle, between, probes, unacknowledged = (
            kept.getsockopt(socket.IPPROTO_TCP, option)
            for option in (
                socket.TCP_KEEPIDLE,
                socket.TCP_KEEPINTVL,
                socket.TCP_KEEPCNT,
                socket.TCP_USER_TIMEOUT,
            )
        )
        self.assertLessEqual(idle + between * probes, 150)
        self.assertLessEqual(unacknowledged, 150_000)

    def test_small_writes_go_at_once(self) -> None:
        kept = self.accepted()
        self.assertTrue(kept.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    def test_the_kernel_waits_for_a_stuck_reader_longer_than_we_do(self) -> None:
        for stuck, expected in ((30, 120), (600, 630), (10**9, 86_400)):
            self.assertEqual(sockets.unacknowledged_seconds(stuck), expected)

    def test_what_the_other_side_has_not_taken_is_known(self) -> None:
        from twisted.internet import reactor
        from twisted.internet.tcp import Server

        for make in (self.tcp_pair, socket.socketpair):
            ours, theirs = make()
            self.addCleanup(ours.close)
            self.addCleanup(theirs.close)
            transport = Server(ours, None, ("", 0), None, 0, reactor)
            transport.stopReading()
            self.assertEqual(sockets.unsent_bytes(transport), 0)
            ours.setblocking(False)
            transport.write(b"x" * 1000)
            self.assertEqual(sockets.unsent_bytes(transport), 1000)
            transport.stopWriting()
            for _ in range(40):
                with contextlib.suppress(BlockingIOError):
                    ours.send(b"x" * 65536)
            held = sockets.unsent_bytes(transport)
            self.assertGreater(held, 65536)
            theirs.recv(65536, socket.MSG_WAITALL)
            theirs.recv(65536, socket.MSG_WAITALL)
            self.assertLess(sockets.unsent_bytes(transport), held)

    def test_it_is_known_below_tls_too(self) -> None:
        from twisted.internet import reactor
        from twisted.internet.tcp import Server

        ours, _theirs = self.tcp_pair()
        transport = Server(ours, None, ("", 0), None, 0, reactor)
        transport.stopReading()
        secure = ProtocolWrapper(WrappingFactory(Factory()), Protocol())
        secure.makeConnection(transport)
        transport.write(b"x" * 1000)
        transport.stopWriting()
        self.assertEqual(sockets.unsent_bytes(secure), 1000)
        self.assertIs(sockets.socket_of(secure), ours)

    def test_a_socket_is_found_below_wrappers_and_what_is_none_is_left_alone(self) -> None:
        class Wrapper:
            def __init__(self, transport: object) -> None:
                self.transport = transport

        self.assertIsNone(sockets.socket_of(StringTransport()))
        self.assertEqual(sockets.unsent_bytes(Wrapper(StringTransport())), 0)
        sockets.prepare(Wrapper(StringTransport()), DEFAULT_LIMITS)


SocketTests.skip = None if hasattr(socket, "TCP_USER_TIMEOUT") else "needs Linux"
