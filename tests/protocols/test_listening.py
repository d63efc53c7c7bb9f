"""Where the server listens, and how patiently."""

from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactor
from twisted.trial.unittest import TestCase

from chatsvc.protocols.listening import BACKLOG, endpoint_for


class BacklogTests(TestCase):
    """Many may come at once: the kernel holds them until we accept them."""

    def backlog(self, where: str) -> int:
        reactor = MemoryReactor()
        endpoint_for(reactor, where).listen(Factory())
        [server] = reactor.tcpServers + reactor.unixServers
        return server[2]

    def test_an_endpoint_string_without_a_backlog_gets_ours(self) -> None:
        for where in ("tcp:8123", "tcp:8123:interface=127.0.0.1", "unix:/tmp/socket"):
            self.assertEqual(self.backlog(where), BACKLOG, where)

    def test_a_backlog_that_is_given_counts(self) -> None:
        self.assertEqual(self.backlog("tcp:8123:backlog=7"), 7)

    def test_a_proxy_passes_it_on(self) -> None:
        self.assertEqual(self.backlog("haproxy:tcp:8123"), BACKLOG)
