"""The same server through nc, telnet, IPv6, UNIX sockets, TLS and HAProxy's header."""

import datetime
import socket
import ssl
import subprocess
from pathlib import Path

from twisted.trial.unittest import TestCase

from tests.end_to_end.line_socket import LineSocket
from tests.end_to_end.server_process import (
    ServerProcess,
    run,
    shared_server,
    skip_without,
    temporary_folder,
)


def has_ipv6() -> bool:
    """Tell whether this machine has an IPv6 loopback."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


class NetcatTests(TestCase):
    skip = skip_without("nc")

    def test_one_shot_use_prints_the_whole_answer(self) -> None:
        server = ServerProcess(self)
        done = run("nc", "127.0.0.1", str(server.port), input="nick bob\nlist\nquit\n")
        self.assertEqual(done.returncode, 0)
        lines = done.stdout.splitlines()
        self.assertRegex(lines[0], r"^\* hello chatsvc/1 ")
        self.assertEqual(lines[1:3], ["+ nick bob", "* joined lobby bob"])
        self.assertRegex(lines[3], r"^= room lobby 1 0 ")
        self.assertEqual(lines[4:], ["+ list 1", "+ bye"])

    def test_closing_one_s_side_instead_of_quit_is_enough(self) -> None:
        server = ServerProcess(self, "--lobby", "")
        words = ("nc", "-N", "127.0.0.1", str(server.port))
        done = run(*words, input="nick bob\njoin tea\nsend tea hi\nhistory tea\n")
        lines = done.stdout.splitlines()
        self.assertEqual(lines[-1], "+ history tea 1")

    def test_it_talks_through_a_unix_socket(self) -> None:
        server = ServerProcess(self, "--port", "unix:door.sock")
        server.output.find(r"Listening on .*door\.sock - try: nc -U .*door\.sock$")
        done = run("nc", "-U", f"{server.folder}/door.sock", input="nick bob\nquit\n")
        self.assertEqual(done.stdout.splitlines()[-1], "+ bye")


class TelnetTests(TestCase):
    skip = skip_without("telnet")

    def test_a_telnet_client_is_understood(self) -> None:
        server = shared_server()
        with subprocess.Popen(
            ["telnet", "127.0.0.1", str(server.port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        ) as telnet:  # fmt: skip
            telnet.stdin.write("nick tel\nsend lobby x\nquit\n")
            telnet.stdin.flush()
            shown = telnet.stdout.read()
        self.assertIn("+ nick tel", shown)
        self.assertIn("+ bye", shown)

    def test_return_as_cr_nul_and_option_negotiation(self) -> None:
        client = shared_server().client()
        client.sends(b"\xff\xfb\x01\xff\xfd\x03nick cr-nul\r\0ping x\r\0")
        self.assertEqual(client.until("+ pong x")[-1], "+ pong x")


class IPv6Tests(TestCase):
    skip = None if has_ipv6() else "this machine has no IPv6"

    def test_a_port_number_is_open_for_ipv4_and_ipv6(self) -> None:
        server = ServerProcess(self, "--port", "0")
        four, six = server.client("four", "tea"), server.client("six", "tea", host="::1")
        six.asks("send tea hi")
        self.assertIn(" six hi", four.until("* said tea 1 ")[-1])

    def test_an_ipv6_endpoint_says_how_to_reach_it(self) -> None:
        server = ServerProcess(self, "--port", r"tcp6:0:interface=\:\:1")
        found = server.output.find(r"Listening on \[::1\]:(\d+) - try: nc ::1 \d+$")
        client = server.keep(LineSocket.tcp("::1", int(found[1])))
        self.assertEqual(client.asks("ping"), ["+ pong"])


class TLSTests(TestCase):
    def test_an_ssl_endpoint_is_the_same_door_over_tls(self) -> None:
        folder = Path(temporary_folder(self))
        write_certificate(folder / "key.pem", folder / "certificate.pem")
        endpoint = "ssl:0:interface=127.0.0.1:privateKey=key.pem:certKey=certificate.pem"
        server = ServerProcess(self, "--port", endpoint, folder=str(folder))
        server.output.find(r"try: openssl s_client -quiet -connect 127\.0\.0\.1:\d+$")
        trusting = ssl.create_default_context(cafile=str(folder / "certificate.pem"))
        trusting.check_hostname = False
        client = server.keep(LineSocket.tcp("127.0.0.1", server.port, trusting))
        self.assertEqual(client.asks("nick ann"), ["+ nick ann"])
        sent = client.asks(f"send lobby {'é' * 1500}")
        self.assertEqual(sent, ["+ sent lobby 1"])
        client.says("quit").until("+ bye")
        self.assertEqual(client.rest(), [])

    def test_a_tls_client_hears_the_shutdown(self) -> None:
        folder = Path(temporary_folder(self))
        write_certificate(folder / "key.pem", folder / "certificate.pem")
        endpoint = "ssl:0:interface=127.0.0.1:privateKey=key.pem:certKey=certificate.pem"
        server = ServerProcess(self, "--port", endpoint, folder=str(folder))
        trusting = ssl.create_default_context(cafile=str(folder / "certificate.pem"))
        trusting.check_hostname = False
        client = server.keep(LineSocket.tcp("127.0.0.1", server.port, trusting))
        client.asks("nick ann")
        server.process.terminate()
        self.assertEqual(client.until("* closing")[-1], "* closing The server is shutting down.")
        client.close()
        self.assertEqual(server.wait(), 0)


class HAProxyTests(TestCase):
    def test_the_proxy_s_header_is_taken_off(self) -> None:
        server = ServerProcess(self, "--port", "haproxy:tcp:0:interface=127.0.0.1")
        client = server.client()
        client.sends(b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 8123\r\nnick ann\n")
        self.assertEqual(client.until("+ nick ann")[-1], "+ nick ann")
        self.assertEqual(client.asks("send lobby hi"), ["+ sent lobby 1"])
        client.says("quit").until("+ bye")
        self.assertEqual(client.rest(), [])


def write_certificate(key_file: Path, certificate_file: Path) -> None:
    """Make a throwaway certificate for localhost."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
