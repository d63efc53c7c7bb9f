"""Certificates of clients at the IRC door: SASL EXTERNAL, and what TLS changes besides."""

from base64 import b64encode
from typing import Any

from OpenSSL import SSL
from twisted.trial.unittest import TestCase

from chatsvc.irc.offers import Sts
from chatsvc.protocols.secure import AskingCredentials, Credentials
from tests.certificates import Pair, self_signed
from tests.protocols.irc.conversation import IrcServer, command_of
from tests.protocols.secure_conversation import SecureClient

SHOWN = self_signed("localhost").loaded()
VALS = self_signed("val")
OTHER = self_signed("other", days=-0.5)


class SecureIrcClient(SecureClient):
    line_end = "\r\n"

    def commands(self, *lines: str) -> list[str]:
        """Say lines and return the commands of what comes back."""
        self.says(*lines)
        return [command_of(line) for line in self.takes()]


def with_certificate(pair: Pair | None, version: int = SSL.TLS1_3_VERSION) -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(version)
    context.set_max_proto_version(version)
    if pair is not None:
        context.use_certificate(pair.certificate)
        context.use_privatekey(pair.private)
    return context


class CertificateCase(TestCase):
    def setUp(self) -> None:
        self.server = IrcServer(self)
        self.val = self.server.client("val").says("register sesame")
        self.server.forget()

    def client(self, pair: Pair | None = None, **options: Any) -> SecureIrcClient:
        options.setdefault("context", with_certificate(pair))
        credentials = AskingCredentials(Credentials(SHOWN))
        return SecureIrcClient.connect(
            self.server, credentials, door=self.server.irc_factory, **options
        )

    def begun(self, pair: Pair | None = VALS) -> SecureIrcClient:
        client = self.client(pair)
        client.says("CAP REQ :sasl", "AUTHENTICATE EXTERNAL").takes()
        return client


def response(name: str) -> str:
    return "AUTHENTICATE " + (b64encode(name.encode()).decode() or "+")


class ExternalTests(CertificateCase):
    def keeps(self, pair: Pair = VALS) -> None:
        self.val.says(f"keys add {pair.fingerprint}").gets(f"+ key-added {pair.fingerprint}")

    def test_a_certificate_logs_in(self) -> None:
        """To the account that has it, with or without its name."""
        self.keeps()
        for name in ("", "val", "VAL"):
            lines = self.begun().commands(response(name))
            self.assertEqual(lines, ["900", "903"])

    def test_by_either_version_of_tls(self) -> None:
        self.keeps()
        client = self.client(context=with_certificate(VALS, SSL.TLS1_2_VERSION))
        client.says("CAP REQ :sasl", "AUTHENTICATE EXTERNAL").takes()
        self.assertEqual(client.commands("AUTHENTICATE +"), ["900", "903"])

    def test_what_is_wrong_fails_alike(self) -> None:
        """An unknown certificate, the name of somebody else or of nobody, and no name at all."""
        self.keeps()
        self.server.client("eve").says("register apple")
        for pair, name in ((OTHER, ""), (OTHER, "val"), (VALS, "eve"), (VALS, "nobody")):
            lines = self.begun(pair).says(response(name)).takes()
            self.assertEqual(len(lines), 1)
            self.assertIn(" 904 * :There is no such name with this certificate", lines[0])
        for words in ("AUTHENTICATE !!!", response("a b"), "AUTHENTICATE /w=="):
            self.assertEqual(self.begun().commands(words), ["904"])

    def test_without_a_certificate_there_is_no_such_mechanism(self) -> None:
        self.assertEqual(
            self.client().commands("CAP REQ :sasl", "AUTHENTICATE EXTERNAL"), ["CAP", "908", "904"]
        )
        raw = self.server.raw().says("CAP REQ :sasl", "AUTHENTICATE EXTERNAL")
        raw.gets_numerics("CAP", "908", "904")

    def test_the_list_has_it_for_who_has_shown_one(self) -> None:
        with_one = " ".join(self.client(VALS).says("CAP LS 302").takes())
        without = " ".join(self.client().says("CAP LS 302").takes())
        self.assertIn(" sasl=PLAIN,EXTERNAL ", with_one)
        self.assertIn(" sasl=PLAIN ", without)

    def test_nobody_is_logged_in_without_asking(self) -> None:
        self.keeps()
        self.client(VALS).says("NICK zoe", "USER z 0 * :Z").takes()
        self.assertIsNone(self.server.hub.manager.state.people["zoe"].account)

    def test_what_is_taken_away_logs_in_no_more(self) -> None:
        self.keeps()
        self.val.says(f"keys remove {VALS.fingerprint.lower()}")
        self.assertEqual(self.begun().commands(response("")), ["904"])

    def test_a_certificate_of_several_accounts(self) -> None:
        """Whose is meant has to be said, by the name or by the nick."""
        self.keeps()
        self.server.client("eve").says("register apple", f"keys add {VALS.fingerprint}")
        self.assertEqual(self.begun().commands("AUTHENTICATE +"), ["904"])
        self.assertEqual(self.begun().commands(response("eve")), ["900", "903"])
        self.val.says("quit")
        client = self.begun()
        client.says("NICK val", "AUTHENTICATE +").takes()
        client.says("USER v 0 * :V", "CAP END").takes()
        self.assertEqual(self.server.hub.manager.state.owners["val"].nick, "val")

    def test_a_dropped_account_has_none(self) -> None:
        self.keeps()
        self.val.says("drop sesame")
        code = self.val.takes()[0].split()[2]
        self.val.says(f"drop sesame {code}").takes()
        self.assertEqual(self.begun().commands("AUTHENTICATE +"), ["904"])


class KeyTests(CertificateCase):
    def test_keys_of_both_kinds(self) -> None:
        """A fingerprint is taken in any spelling, once, and shown in one."""
        plain = VALS.fingerprint.replace(":", "").lower()
        self.val.says(f"keys add x509 {plain} my laptop", "keys list").gets(
            f"+ key-added {VALS.fingerprint}",
            f"= key 1 {VALS.fingerprint} x509 my laptop",
            "+ keys 1",
        )
        self.val.says(f"keys add SHA256:{plain}").gets_error("bad-key")
        self.val.says("keys add x509 12:34").gets_error("bad-key")
        self.val.says("keys remove 1").gets(f"+ key-removed {VALS.fingerprint}")


class StsTests(CertificateCase):
    def offered(self, client: Any, version: str = "302") -> list[str]:
        words = " ".join(client.says(f"CAP LS {version}").takes()).split()
        return [word for word in words if word.startswith("sts")]

    def test_off_unless_asked_for(self) -> None:
        self.assertEqual(self.offered(self.server.raw()), [])
        self.assertEqual(self.offered(self.client(host_name=b"irc.test")), [])

    def test_the_port_without_tls_and_the_duration_with_it(self) -> None:
        """Who says no host name is promised nothing, as is who is on this machine already."""
        self.server.house.sts = Sts(6697, 3600)
        self.assertEqual(self.offered(self.server.raw()), ["sts=port=6697"])
        self.assertEqual(self.offered(self.server.raw(), "301"), [])
        self.assertEqual(self.offered(self.client(host_name=b"irc.test")), ["sts=duration=3600"])
        self.assertEqual(self.offered(self.client()), [])
        local = self.server.raw()
        local.protocol.client.session.host = "127.0.0.1"
        self.assertEqual(self.offered(local), [])

    def test_a_promise_taken_back(self) -> None:
        """Who was told before hears that it is over; nobody else is told anything."""
        self.server.house.sts = Sts(6697, 0)
        self.assertEqual(self.offered(self.client(host_name=b"irc.test")), ["sts=duration=0"])
        self.assertEqual(self.offered(self.server.raw()), [])

    def test_nobody_can_ask_for_it(self) -> None:
        self.server.house.sts = Sts(6697, 3600)
        [line] = self.server.raw().says("CAP REQ :sts").takes()
        self.assertIn(" NAK ", line)
