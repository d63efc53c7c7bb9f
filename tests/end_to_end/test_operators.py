"""Operators on a real server: the code in its log, SIGHUP, and a stop with exit status 0."""

import signal
from pathlib import Path

from twisted.trial.unittest import TestCase

from tests.certificates import self_signed
from tests.end_to_end.server_process import LOOPBACK, ServerProcess, temporary_folder

CODE = r"claim ((?:[0-9A-Z]{4}-){3}[0-9A-Z]{4})"


class OperatorTests(TestCase):
    def test_from_the_first_start_to_a_stop(self) -> None:
        """The code of the log makes an operator, who has the server reload and stop."""
        pem = Path(temporary_folder(self)) / "cert.pem"
        pair = self_signed("localhost")
        pem.write_bytes(pair.certificate_pem + pair.key_pem)
        server = ServerProcess(
            self, "--password-cost", "test", "--tls", LOOPBACK, "--cert", str(pem)
        )
        code = server.output.find(CODE)[1]
        olga, bob = server.client("olga"), server.client("bob")
        self.assertEqual(olga.asks("register s3cret")[-1], "+ registered olga")
        self.assertEqual(olga.asks(f"claim {code}")[-1], "+ oper olga")
        server.output.find("Audit: olga claim")
        self.assertEqual(
            olga.asks("reload"),
            ["= reload The TLS certificate is the same as before.", "+ reload"],
        )
        server.process.send_signal(signal.SIGHUP)
        server.output.find("Audit: the server reload The TLS certificate is the same as before.")
        self.assertEqual(olga.asks("shutdown new disk"), ["+ shutdown"])
        self.assertEqual(server.wait(), 0)
        self.assertEqual(bob.rest()[-1:], ["* closing The server is shutting down: new disk"])
        self.assertEqual(server.output.text().count(code), 1)
        self.assertNotIn("Traceback", server.output.ended_text() + server.errors.ended_text())

    def test_sighup_without_tls(self) -> None:
        """It does not end the server."""
        server = ServerProcess(self)
        server.process.send_signal(signal.SIGHUP)
        server.output.find("Audit: the server reload There is no certificate to read again")
        self.assertEqual(server.stop(), 0)
