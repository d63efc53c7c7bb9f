"""SCRAM-SHA-256 at the IRC door, spoken by who knows the password and by who guesses it."""

from base64 import b64decode, b64encode
from unittest.mock import patch

import attrs
from twisted.trial.unittest import TestCase

from chatsvc.core.errors import TooManyLogins
from chatsvc.core.names import nick_key
from chatsvc.irc.house import OFFERED
from chatsvc.irc.scram import verifier_for
from tests.irc.test_sasl import SALT, prove
from tests.protocols.irc.conversation import IrcClient, IrcServer

FIRST = "n,,n=val,r=abc"


def response(text: str) -> str:
    return "AUTHENTICATE " + b64encode(text.encode()).decode()


def challenge_in(line: str) -> str:
    return b64decode(line.split()[-1]).decode()


class ScramTests(TestCase):
    def setUp(self) -> None:
        self.server = IrcServer(self)
        self.server.house.offered = {**OFFERED, "sasl": "PLAIN,SCRAM-SHA-256"}
        self.server.client("val").says("register sesame", "quit")
        self.keep(verifier_for("sesame", SALT))
        self.server.forget()

    def keep(self, verifier: object) -> None:
        """Keep another verifier of val's password."""
        state = self.server.hub.manager.state
        account = state.accounts[nick_key("val")]
        state.change_account(attrs.evolve(account, secret=f"hash\n{verifier}"))

    def challenged(self) -> tuple[IrcClient, str]:
        """Return a client that has begun as val, and what the server said to it."""
        client = self.server.raw().says("CAP REQ :sasl", "AUTHENTICATE SCRAM-SHA-256")
        client.takes()
        [line] = client.says(response(FIRST)).takes()
        return client, challenge_in(line)

    def proved(self, password: str) -> IrcClient:
        """Return a client that has said its proof."""
        client, challenge = self.challenged()
        nonce = challenge.split(",", 1)[0]
        return client.says(response(prove(password, FIRST, challenge, f"c=biws,{nonce}")))

    @property
    def names_asked(self) -> list[str]:
        return [name for name, _ in self.server.identity.asked]

    def test_who_knows_the_password_is_logged_in_once_it_believes_the_server(self) -> None:
        client = self.proved("sesame")
        [line] = client.gets_numerics("AUTHENTICATE")
        self.assertTrue(challenge_in(line).startswith("v="))
        client.says("AUTHENTICATE +").gets_numerics("900", "903")
        client.says("NICK val", "USER v 0 * :V", "CAP END")
        self.assertIn(" 001 val ", client.takes()[0])

    def test_a_wrong_password_fails_and_is_counted(self) -> None:
        self.proved("millet").gets_numerics("904")
        self.assertEqual(self.names_asked, ["val"])

    def test_who_gives_up_before_believing_the_server_is_counted_and_nobody(self) -> None:
        client = self.proved("sesame")
        self.assertEqual(self.names_asked, ["val"])
        client.says("AUTHENTICATE *").gets_numerics("AUTHENTICATE", "906")
        client.says("NICK zed", "USER v 0 * :V", "CAP END").takes()
        self.assertEqual(dict(self.server.hub.manager.state.owners), {})

    def test_who_has_to_wait_learns_nothing_from_a_proof(self) -> None:
        """Else passwords could be tried as fast as one can compute."""
        wait = TooManyLogins(30)
        with patch.object(self.server.identity, "note_attempt", side_effect=wait):
            answers = [self.proved(word).gets_numerics("904") for word in ("sesame", "millet")]
        self.assertEqual(*answers)

    def test_a_proof_by_a_password_that_was_changed_meanwhile_is_wrong(self) -> None:
        client = self.proved("sesame")
        self.keep(verifier_for("apple", SALT))
        client.says("AUTHENTICATE +").gets_numerics("AUTHENTICATE", "904")
        client, challenge = self.challenged()
        self.keep(verifier_for("pear", SALT))
        proof = prove("apple", FIRST, challenge, f"c=biws,{challenge.split(',', 1)[0]}")
        client.says(response(proof)).gets_numerics("904")
