"""TLS with the real server and the real client, over loopback."""

import signal
import socket
import ssl
from pathlib import Path

from twisted.trial.unittest import TestCase

from chatsvc.core.fingerprints import fingerprint_of
from chatsvc.storage.certificate import files_in, fingerprint_in
from tests.certificates import Authority, Pair, self_signed
from tests.end_to_end.client_process import CLIENT
from tests.end_to_end.line_socket import LineSocket
from tests.end_to_end.server_process import (
    LOOPBACK,
    TWISTD,
    ServerProcess,
    environment,
    run,
    skip_without,
    temporary_folder,
)

FOREGROUND = (*TWISTD, "--nodaemon", "--pidfile=", "chatsvc")
SHOWN = r"SHA-256 fingerprint ([0-9A-F:]{95})"
TAKEN = "From now on the TLS certificate is"
REFUSED = "A new TLS certificate is not used, the old one stays: "


def trusting_everybody() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class SecureServer(ServerProcess):
    """A server that listens with TLS on a port of its own, and plainly on another."""

    def __init__(
        self, test: TestCase, *options: str, port: int = 0, folder: str | None = None
    ) -> None:
        where = f"tcp:{port}:interface=127.0.0.1"
        super().__init__(test, "--tls", where, "--port", LOOPBACK, *options, folder=folder)

    @property
    def secure_port(self) -> int:
        return int(self.output.find(r"Listening on \S+:(\d+) - try: openssl")[1])

    @property
    def fingerprint(self) -> str:
        """The fingerprint that the server printed when it started."""
        return str(self.output.find(f"The TLS certificate is .*{SHOWN}")[1])

    def secure_client(self, nick: str) -> LineSocket:
        client = self.keep(LineSocket.tcp("127.0.0.1", self.secure_port, trusting_everybody()))
        client.asks(f"nick {nick}")
        return client

    def shown(self) -> str:
        """Return the fingerprint of what a new connection is shown."""
        with (
            socket.create_connection(("127.0.0.1", self.secure_port)) as below,
            trusting_everybody().wrap_socket(below) as connection,
        ):
            certificate = connection.getpeercert(binary_form=True)
        assert certificate is not None
        return fingerprint_of(certificate)


class SelfSignedTests(TestCase):
    """Nothing is needed but --tls."""

    def setUp(self) -> None:
        self.folder = temporary_folder(self)

    def client(self, server: SecureServer, *options: str) -> tuple[int, str, str]:
        words = (*CLIENT, "-p", str(server.secure_port), "-n", "eve", *options)
        done = run(*words, input="ping\n", env=environment(XDG_DATA_HOME=self.folder))
        return done.returncode, done.stdout, done.stderr

    def server(self, port: int = 0) -> SecureServer:
        return SecureServer(self, "--data", f"{self.folder}/data", port=port)

    def test_first_use_and_a_certificate_that_changes(self) -> None:
        server = self.server()
        port, first = server.secure_port, server.fingerprint
        data = Path(self.folder, "data")
        self.assertEqual(fingerprint_in(files_in(data)[0]), first)
        status, output, errors = self.client(server, "--tls")
        self.assertEqual((status, errors.count("\n")), (0, 1))
        self.assertIn("The server is there.", output)
        self.assertIn(f"trusted from now on; SHA-256 fingerprint {first}\n", errors)
        server.stop()

        for file in data.glob("tls-*"):
            file.unlink()
        server = self.server(port)
        status, output, errors = self.client(server, "--tls")
        self.assertEqual((status, output, errors.count("\n")), (1, "", 1))
        self.assertIn("THE SERVER'S CERTIFICATE HAS CHANGED", errors)
        self.assertIn(first, errors)
        status, _, errors = self.client(server, "--fingerprint", server.fingerprint)
        self.assertEqual((status, errors), (0, ""))

    def test_in_memory_nothing_is_written_and_plain_text_ends_at_once(self) -> None:
        server = SecureServer(self, folder=self.folder)
        self.assertEqual(server.shown(), server.fingerprint)
        self.assertEqual(list(Path(self.folder).iterdir()), [])
        plain = server.keep(LineSocket.tcp("127.0.0.1", server.secure_port))
        [line] = plain.says("nick eve").rest()
        self.assertRegex(line, "^- wrong-protocol This port speaks TLS; ")


class OpenSSLTests(TestCase):
    skip = skip_without("openssl")

    def test_a_pipe_into_s_client_and_no_version_before_1_2(self) -> None:
        server = SecureServer(self)
        words = ("openssl", "s_client", "-connect", f"127.0.0.1:{server.secure_port}")
        done = run(*words, "-quiet", input="nick bob\njoin tea\nsend tea hi\nquit\n")
        self.assertEqual(done.stdout.splitlines()[-1], "+ bye")
        done = run(*words, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", input="")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("alert protocol version", done.stderr)


class GivenCertificateTests(TestCase):
    def setUp(self) -> None:
        self.folder = Path(temporary_folder(self))
        self.authority = Authority()

    def write(self, pair: Pair) -> Pair:
        pair.write(self.folder / "cert.pem", self.folder / "key.pem")
        return pair

    def server(self) -> SecureServer:
        words = ("--cert", "cert.pem", "--key", "key.pem")
        return SecureServer(self, *words, folder=str(self.folder))

    def test_a_client_that_knows_the_authority(self) -> None:
        self.write(self.authority.signed("localhost"))
        ca = self.folder / "ca.pem"
        ca.write_bytes(self.authority.pem)
        words = (*CLIENT, "-p", str(self.server().secure_port), "--ca", str(ca))
        done = run(*words, "-h", "localhost", input="ping\n")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_renewal_under_load_is_noticed_by_nobody(self) -> None:
        first = self.write(self.authority.signed("localhost"))
        server = self.server()
        clients = [server.secure_client(f"user{number}") for number in range(50)]
        speaker = server.client("speaker")
        for client in (speaker, *clients):
            client.asks("join tea")
        last = 0

        def says_more() -> None:
            nonlocal last
            last += 1
            speaker.asks(f"send tea message {last}")

        says_more()
        self.assertEqual(server.shown(), first.fingerprint)
        second = self.authority.signed("localhost")
        (self.folder / "cert.pem").write_bytes(second.certificate_pem)
        while TAKEN not in server.output.text():
            says_more()
            if last == 20:
                (self.folder / "key.pem").write_bytes(second.key_pem)
                server.process.send_signal(signal.SIGHUP)
        self.assertEqual(server.shown(), second.fingerprint)
        says_more()
        for client in clients:
            lines = client.until(f"* said tea {last} ")
            numbers = [int(line.split(" ")[3]) for line in lines if line.startswith("* said tea ")]
            self.assertEqual(numbers, list(range(1, last + 1)))
        self.assertNotIn("Traceback", server.output.text())

    def test_a_broken_renewal_is_refused_aloud_and_once(self) -> None:
        first = self.write(self_signed("localhost"))
        server = self.server()
        client = server.secure_client("ann")
        (self.folder / "cert.pem").write_bytes(b"broken")
        server.process.send_signal(signal.SIGHUP)
        server.output.find(f'{REFUSED}"cert.pem" holds no certificate in PEM form')
        self.assertEqual(server.shown(), first.fingerprint)
        self.assertEqual(client.asks("ping"), ["+ pong"])
        second = self.write(self_signed("localhost"))
        server.output.find(TAKEN)
        self.assertEqual(server.shown(), second.fingerprint)
        self.assertEqual(server.output.text().count(REFUSED), 1)
        self.assertEqual(client.asks("ping"), ["+ pong"])

    def test_what_is_wrong_at_the_start_is_one_sentence(self) -> None:
        self.write(self_signed("localhost"))
        (self.folder / "other.pem").write_bytes(self_signed("localhost").key_pem)
        words = ("--cert", "cert.pem", "--key", "other.pem")
        done = run(*FOREGROUND, "--tls", LOOPBACK, *words, cwd=str(self.folder))
        sentence = 'The key in "other.pem" does not belong to the certificate in "cert.pem".'
        self.assertEqual((done.returncode, done.stderr), (1, f"chatsvc: {sentence}\n"))
