"""The client over TLS, with a server in memory: nothing is read from whom it does not trust."""

from pathlib import Path
from typing import Any

from OpenSSL import SSL
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client import ChatClient, CouldNotConnect, Disconnected
from chatsvc.client.endpoints import WrongEndpoint
from chatsvc.client.known_servers import KnownServers
from chatsvc.client.secure import secured
from chatsvc.client.trust import Authorities, Judge, OnFirstUse, ThisOne
from chatsvc.core.fingerprints import fingerprint_of
from chatsvc.protocols.secure import Credentials, SecureFactory
from chatsvc.wire.answer import encode_greeting
from tests.certificates import Authority, Pair, self_signed
from tests.client.network import Ears, Network, World
from tests.storage.folders import temporary_folder

HOST, PORT = "chat.example", 8124


class SecureWorld(World):
    """A server with TLS, and a client that comes to it by a judge."""

    def __init__(self, pair: Pair) -> None:
        super().__init__()
        self.credentials = Credentials(pair.loaded())
        self.told: list[str] = []
        self.servers = KnownServers(None)

    def shows(self, pair: Pair) -> None:
        self.credentials.certificate = pair.loaded()

    def first_use(self, host: str = HOST) -> OnFirstUse:
        return OnFirstUse(host, PORT, self.servers, self.told.append, lambda: "2026-11-21")

    def secure(self, judge: Judge, host: str = HOST, authorities: Path | None = None) -> ChatClient:
        """Return a client that has connected."""
        network = Network(lambda: self._secure_factory().buildProtocol(None))
        self.networks["ann"] = network
        endpoint: Any = secured(network, self.clock, host, judge, authorities)
        self.network = lambda nick: endpoint  # type: ignore[method-assign]
        return self.client("ann")

    def _secure_factory(self) -> Any:
        return SecureFactory(self.credentials, self.factory, self.clock)


class SecureClientTests(SynchronousTestCase):
    def file(self, content: bytes) -> Path:
        path = temporary_folder(self)
        path.write_bytes(content)
        return path

    def refusal(self, world: SecureWorld, *arguments: Any, **more: Any) -> str:
        error = self.assertRaises(CouldNotConnect, world.secure, *arguments, **more)
        for wire in world.networks["ann"].wires:
            self.assertTrue(wire.client.is_lost)
        return str(error)

    def test_it_talks_once_the_server_is_trusted(self) -> None:
        world = SecureWorld(self_signed("anything"))
        client = world.secure(world.first_use())
        self.assertEqual(world.result(client.say("lobby", "hi")), 1)
        self.assertEqual(len(world.told), 1)

    def test_a_changed_certificate_is_not_accepted_by_a_reconnect_either(self) -> None:
        first = self_signed("anything")
        world = SecureWorld(first)
        client = world.secure(world.first_use())
        ears = Ears(client)
        world.shows(self_signed("anything"))
        world.cut("ann")
        world.advance(1)
        reasons = [each.reason for each in ears.of(Disconnected)]
        self.assertGreater(len(reasons), 2)
        for reason in reasons[1:]:
            self.assertIn("THE SERVER'S CERTIFICATE HAS CHANGED", reason)
        self.assertFalse(client.is_connected)
        self.assertEqual(len(world.told), 1)
        world.shows(first)
        world.advance(1)
        self.assertTrue(client.is_connected)

    def test_whoever_is_not_trusted_hears_nothing_of_us(self) -> None:
        heard: list[bytes] = []

        class Trap(Protocol):
            def connectionMade(self) -> None:
                self.transport.write(encode_greeting("trap"))  # type: ignore[union-attr]

            def dataReceived(self, data: bytes) -> None:
                heard.append(data)

        world = SecureWorld(self_signed("anything"))
        world.factory = Factory.forProtocol(Trap)  # type: ignore[assignment]
        wrong = ThisOne(fingerprint_of(b"another"))
        self.assertIn("THIS IS NOT THE SERVER", self.refusal(world, wrong))
        self.assertEqual(heard, [])

    def test_an_authority_s_word_is_enough_for_its_names(self) -> None:
        authority = Authority()
        world = SecureWorld(authority.signed(HOST, "192.0.2.7", "*.wild.example"))
        file = self.file(authority.pem)
        for host in (HOST, "CHAT.example", "chat.example.", "192.0.2.7", "a.wild.example"):
            world.secure(Authorities(host, "ca.pem"), host, file).close()
            world.settle()
        for host in ("other.example", "192.0.2.8", "wild.example", "::1"):
            said = self.refusal(world, Authorities(host, "ca.pem"), host, file)
            self.assertIn(f"and not for {host}", said)

    def test_another_authority_or_an_old_certificate_will_not_do(self) -> None:
        authority, other = Authority(), Authority("Another")
        file = self.file(authority.pem)
        for pair, words in (
            (other.signed(HOST), 'was signed by "CN=Another", which is not among'),
            (self_signed(HOST), "which is not among the authorities"),
            (authority.signed(HOST, days=-1, since=-2), "has expired"),
            (authority.signed(HOST, days=9, since=5), "is not valid before"),
        ):
            world = SecureWorld(pair)
            self.assertIn(words, self.refusal(world, Authorities(HOST, "ca.pem"), HOST, file))

    def test_a_file_may_hold_the_server_s_own_certificate(self) -> None:
        for pair in (self_signed(HOST), Authority().signed(HOST)):
            world = SecureWorld(pair)
            file = self.file(pair.certificate_pem)
            world.secure(Authorities(HOST, "cert.pem"), HOST, file)

    def test_at_first_use_an_unknown_authority_is_not_trusted(self) -> None:
        world = SecureWorld(Authority().signed(HOST))
        said = self.refusal(world, world.first_use())
        self.assertIn('signed by "CN=An authority for tests", whom this machine', said)
        self.assertEqual(world.told, [])

    def test_a_server_without_tls_is_named_as_such(self) -> None:
        world = SecureWorld(self_signed(HOST))
        world._secure_factory = lambda: world.factory  # type: ignore[method-assign]
        said = self.refusal(world, world.first_use())
        self.assertRegex(said, r"^What answers there does not speak TLS: ")

    def test_versions_before_1_2_are_not_spoken(self) -> None:
        world = SecureWorld(self_signed(HOST))
        assert world.credentials.certificate is not None
        context = world.credentials.certificate.context
        context.set_cipher_list(b"ALL:@SECLEVEL=0")
        context.set_min_proto_version(SSL.TLS1_VERSION)
        context.set_max_proto_version(SSL.TLS1_1_VERSION)
        self.assertRegex(self.refusal(world, world.first_use()), "^TLS: ")

    def test_what_cannot_be_used_is_said_before_anything_is_connected(self) -> None:
        judge = Authorities(HOST, "ca.pem")
        for host, file, words in (
            (HOST, Path("/no/such/file"), '"/no/such/file" cannot be read: No such file'),
            (HOST, self.file(b"text"), "holds no certificate in PEM form"),
            ("a..b", None, '"a..b" is no name of a host.'),
        ):
            error = self.assertRaises(WrongEndpoint, secured, None, None, host, judge, file)
            self.assertIn(words, str(error))
