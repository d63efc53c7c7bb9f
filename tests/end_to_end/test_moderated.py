"""The real client of somebody who is invited, let in by a password, put out and kept out."""

from twisted.trial.unittest import TestCase

from tests.end_to_end.client_process import TerminalClient, piped
from tests.end_to_end.server_process import ServerProcess

CODE = r"claim ((?:[0-9A-Z]{4}-){3}[0-9A-Z]{4})"


class ModeratedTests(TestCase):
    def test_a_guest_in_a_terminal(self) -> None:
        """Each thing that is done to a guest is a sentence on its screen, and no password is."""
        server = ServerProcess(self, "--password-cost", "test")
        code = server.output.find(CODE)[1]
        ann = server.client("ann")
        for line in ("register s3cret", f"claim {code}", "create den", "join den"):
            self.assertEqual(ann.asks(line)[-1][0], "+")
        ann.asks("set den kind invite-only")
        bob = TerminalClient(self, server.port, "bob")
        bob.shows("connected")
        ann.asks("invite den bob")
        bob.shows("*** ann invites you into den; to accept: /join den")
        bob.enters("/join den")
        bob.shows("You are in: 2 people")
        bob.enters("/who den")
        bob.shows("~ann  online")
        ann.asks("kick den bob too loud")
        bob.shows("ann has put you out of den (too loud).")
        ann.asks("set den kind password open sesame")
        bob.types("/join den password open ses")
        bob.waits(lambda: bob.typing.endswith("/join den password ********"))
        bob.enters("ame")
        bob.waits(lambda: bob.typing == "den>")
        bob.types("\x1b[A")
        bob.waits(lambda: bob.typing.endswith("/who den"))
        self.assertNotIn("ses", bob.text)
        ann.asks("ban den bob 2h spam")
        bob.shows("ann has banned you from den (spam).")
        ann.asks("server-ban bob 2h spam")
        bob.shows("This client does not try again:")
        bob.enters("\x15/quit")
        self.assertEqual(bob.exit_status(), 0)
        refused = piped(server.port, "bob", "")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("You are banned from this server for another", refused.stderr)
