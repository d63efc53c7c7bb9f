"""An account on a real server: made, there after a restart, with what is unread."""

from twisted.trial.unittest import TestCase

from tests.core.test_keys import ED25519, FINGERPRINTS
from tests.end_to_end.server_process import ServerProcess

PASSWORD = "correct-horse-battery"
CHEAP = ("--password-cost", "test")


class AccountTests(TestCase):
    def test_an_account_its_rooms_and_what_is_unread_are_there_after_a_restart(self) -> None:
        first = ServerProcess(self, "--data", "data", *CHEAP)
        ann, bob = first.client("ann", "tea"), first.client("bob", "tea")
        self.assertEqual(ann.asks(f"register {PASSWORD}"), ["+ registered ann"])
        added = ann.asks(f"keys add {ED25519} ann at home")
        self.assertEqual(added, [f"+ key-added {FINGERPRINTS[ED25519]}"])
        bob.asks("send tea one")
        ann.until("* said tea 1 ")
        ann.asks("quit")
        bob.until("* left tea ann")
        bob.asks("send tea two")
        bob.asks("send tea three")
        self.assertEqual(first.stop(), 0)
        second = ServerProcess(self, "--data", "data", *CHEAP, folder=first.folder)
        stranger = second.client()
        self.assertTrue(stranger.asks("nick Ann")[0].startswith("- nick-registered "))
        self.assertTrue(stranger.asks("login ann wrong")[0].startswith("- bad-login "))
        self.assertEqual(
            stranger.asks(f"login ann {PASSWORD}"),
            ["= unread lobby 0 0", "= unread tea 3 2", "+ login ann 2"],
        )
        stranger.says("join tea since 1").until("* said tea 3 ")
        self.assertEqual(
            stranger.asks("keys list"),
            [f"= key 1 {FINGERPRINTS[ED25519]} ssh-ed25519 ann at home", "+ keys 1"],
        )
        code = stranger.asks("grant-code")[-1].split()[2]
        phone = second.client()
        self.assertEqual(phone.asks(f"pair {code}")[-1], "+ login ann 2")
        self.assertEqual(second.stop(), 0)
        for server in (first, second):
            written = server.output.ended_text() + server.errors.ended_text()
            self.assertNotIn(PASSWORD, written)
            self.assertNotIn(code, written)
