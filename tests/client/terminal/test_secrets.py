"""Passwords that are typed: drawn as stars, not remembered, not repeated, not said aloud."""

from twisted.trial.unittest import TestCase

from chatsvc.client.terminal.editor import LineEditor
from chatsvc.client.terminal.intents import Ask, Place, SayIn
from chatsvc.client.terminal.secrets import has_secrets, without_secrets
from chatsvc.client.terminal.typed import understand
from chatsvc.core import commands as c
from chatsvc.core.errors import BadKey, Usage
from chatsvc.core.names import Nick, RoomName

LOBBY = RoomName("lobby")
IN_ROOM, NOWHERE = Place(LOBBY, (LOBBY,)), Place(None, ())

LINES = {
    "/login ann s3cret": "/login ann ***",
    "/LOGIN  ann  s3cret": "/LOGIN  ann  ***",
    "login ann s3cret": "login ann ***",
    "/register s3cret": "/register ***",
    "/passwd s3cret oyster": "/passwd ***",
    "/drop s3cret 123456": "/drop ***",
    "/pair 123456": "/pair ***",
    "/pair 12x": "/pair ***",
    "pair 123456": "pair ***",
    "/claim AB12-CD34": "/claim ***",
    "/join den password open sesame": "/join den password ***",
    "/join den since 7 password x": "/join den since 7 password ***",
    "join den password x": "join den password ***",
    "/set den kind password x y": "/set den kind password ***",
    "/set kind  password x": "/set kind  password ***",
    "/SET den KIND Password x": "/SET den KIND Password ***",
}


class SecretTests(TestCase):
    def drawn(self, text: str) -> str:
        editor = LineEditor()
        editor.insert(text)
        return editor.view(80).text

    def test_a_password_is_drawn_as_stars(self) -> None:
        self.assertEqual(self.drawn("/login ann s3cré漢"), "/login ann " + 6 * "*")
        self.assertEqual(self.drawn("/passwd a bc"), "/passwd ****")
        self.assertEqual(self.drawn("/drop it\nhello"), "/drop **⏎hello")

    def test_what_is_no_password_is_shown(self) -> None:
        for line in ("/login", "/login ann", "/login ann ", "hello", "/msg ann login bob x", ""):
            self.assertEqual(self.drawn(line), line)
        for line in ("/join den", "/join password", "/set den kind unlisted", "/set den keep 2"):
            self.assertEqual(self.drawn(line), line)
        for line in ("/grant-code", "/pair", "pair of shoes", "pair 2 shoes", "repair 123456"):
            self.assertEqual(self.drawn(line), line)

    def test_a_line_with_a_password_is_not_remembered(self) -> None:
        editor = LineEditor()
        editor.insert("hello")
        editor.submit()
        for line in LINES:
            editor.insert(line)
            self.assertEqual(editor.submit(), line)
        editor.older()
        self.assertEqual(editor.text, "hello")

    def test_a_line_is_repeated_without_its_password(self) -> None:
        for line, repeated in LINES.items():
            self.assertTrue(has_secrets(line))
            self.assertEqual(without_secrets(line), repeated)
        self.assertEqual(without_secrets("/login ann"), "/login ann")

    def test_a_password_without_its_slash_is_not_said_aloud(self) -> None:
        for line in ("login ann s3cret", "register s3cret", "passwd s3cret oyster"):
            refusal = self.assertRaises(Usage, understand, line, IN_ROOM)
            self.assertIn("Nothing was said", refusal.sentence)
            self.assertNotIn("s3cret", refusal.sentence)
        said = SayIn(LOBBY, "login is easy")
        self.assertEqual(understand(" login is easy", IN_ROOM), said)
        for line in (
            "join den password s3cret 2",
            "set den kind password s3cret",
            "join den since 1 password s3cret",
        ):
            refusal = self.assertRaises(Usage, understand, line, IN_ROOM)
            self.assertIn("looks like a password", refusal.sentence)
            self.assertNotIn("s3cret", refusal.sentence)
        refusal = self.assertRaises(Usage, understand, "pair 123456", IN_ROOM)
        self.assertIn("looks like a code", refusal.sentence)
        self.assertNotIn("123456", refusal.sentence)
        for line in ("login does not work", "register", "drop it", "pair up", "pair 2 shoes"):
            self.assertEqual(understand(line, IN_ROOM), SayIn(LOBBY, line))

    def test_a_private_key_goes_nowhere(self) -> None:
        line = "/keys add -----BEGIN OPENSSH PRIVATE KEY-----"
        refusal = self.assertRaises(BadKey, understand, line, IN_ROOM)
        self.assertIn("nobody else", refusal.sentence)

    def test_the_words_for_accounts(self) -> None:
        for line, command in (
            ("register s3cret", c.Register("s3cret")),
            ("login ann s3cret", c.LogIn(Nick("ann"), "s3cret")),
            ("logout", c.LogOut()),
            ("passwd s3cret oyster", c.ChangePassword("s3cret", "oyster")),
            ("drop s3cret 123456", c.DropAccount("s3cret", "123456")),
            ("keys list", c.ListKeys()),
            ("keys remove 2", c.RemoveKey(2)),
            ("grant-code", c.GrantCode()),
            ("pair 123456", c.Pair("123456")),
        ):
            self.assertEqual(understand(f"/{line}", IN_ROOM), Ask(command))
            self.assertEqual(understand(line, NOWHERE), Ask(command))
