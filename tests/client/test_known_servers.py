"""What is known of servers, in a file of its own."""

import os
import stat
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.known_servers import (
    MOST_SERVERS,
    CannotKeep,
    Known,
    KnownServers,
    usual_file,
)
from chatsvc.core.fingerprints import fingerprint_of
from tests.storage.folders import temporary_folder

ONE, OTHER = fingerprint_of(b"one"), fingerprint_of(b"other")
DAY = "2026-11-21"


class KnownServersTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.path = Path(temporary_folder(self), "chatsvc", "known_servers")

    def servers(self) -> KnownServers:
        """Return what another process would see."""
        return KnownServers(self.path)

    def test_what_was_learned_is_known_later_by_host_and_port(self) -> None:
        self.servers().learn("Chat.example.org", 8124, Known(ONE, DAY))
        self.servers().learn("::1", 8124, Known(None, DAY))
        self.assertEqual(self.servers().get("chat.example.org.", 8124), Known(ONE, DAY))
        self.assertEqual(self.servers().get("::1", 8124), Known(None, DAY))
        self.assertIsNone(self.servers().get("chat.example.org", 8125))
        self.assertEqual(
            self.path.read_text(),
            f"chat.example.org 8124 {ONE} {DAY}\n::1 8124 authority {DAY}\n",
        )

    def test_what_is_learned_anew_takes_the_place_of_the_old(self) -> None:
        for fingerprint in (ONE, OTHER):
            self.servers().learn("a.example", 1, Known(fingerprint, DAY))
        self.assertEqual(self.path.read_text(), f"a.example 1 {OTHER} {DAY}\n")

    def test_it_is_for_its_owner_alone_and_leaves_nothing_beside_it(self) -> None:
        self.servers().learn("a.example", 1, Known(ONE, DAY))
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.path.parent.stat().st_mode), 0o700)
        self.assertEqual(list(self.path.parent.iterdir()), [self.path])

    def test_lines_that_are_not_understood_stay(self) -> None:
        self.path.parent.mkdir(parents=True)
        odd = b"# a comment of mine\n\xff\xfe\nhost port what\n"
        self.path.write_bytes(odd)
        self.servers().learn("a.example", 1, Known(ONE, DAY))
        self.assertTrue(self.path.read_bytes().startswith(odd))

    def test_a_damaged_line_is_not_taken_for_an_unknown_server(self) -> None:
        self.path.parent.mkdir(parents=True)
        self.path.write_text(f"a.example 1 {ONE[:-3]} {DAY}\n")
        error = self.assertRaises(CannotKeep, self.servers().get, "a.example", 1)
        self.assertIn("a.example port 1 is damaged; remove its line", str(error))

    def test_the_oldest_is_forgotten_when_there_are_too_many(self) -> None:
        self.path.parent.mkdir(parents=True)
        lines = [f"host{number} 1 {ONE} {DAY}\n" for number in range(MOST_SERVERS)]
        self.path.write_text("".join(lines))
        self.servers().learn("a.example", 1, Known(ONE, DAY))
        self.assertIsNone(self.servers().get("host0", 1))
        self.assertEqual(self.servers().get("host1", 1), Known(ONE, DAY))
        self.assertEqual(len(self.path.read_text().splitlines()), MOST_SERVERS)

    def test_a_process_keeps_what_it_knew_whatever_happens_to_the_file(self) -> None:
        self.servers().learn("a.example", 1, Known(ONE, DAY))
        reader = self.servers()
        reader.get("a.example", 1)
        self.path.unlink()
        self.assertEqual(reader.get("a.example", 1), Known(ONE, DAY))

    def test_without_a_file_it_is_known_as_long_as_the_process_lives(self) -> None:
        servers = KnownServers(None)
        servers.learn("a.example", 1, Known(ONE, DAY))
        self.assertEqual(servers.get("a.example", 1), Known(ONE, DAY))

    def test_a_file_that_cannot_be_used_is_a_sentence(self) -> None:
        self.path.mkdir(parents=True)
        error = self.assertRaises(CannotKeep, self.servers().get, "a.example", 1)
        self.assertEqual(str(error), f'"{self.path}" cannot be read: Is a directory.')
        blocked = KnownServers(Path(os.devnull, "chatsvc", "known_servers"))
        error = self.assertRaises(CannotKeep, blocked.learn, "a.example", 1, Known(ONE, DAY))
        self.assertRegex(str(error), r"cannot be written: Not a directory\.$")
        self.assertEqual(blocked.get("a.example", 1), Known(ONE, DAY))

    def test_where_it_is(self) -> None:
        here = usual_file({"XDG_DATA_HOME": "/data"})
        self.assertEqual(here, Path("/data/chatsvc/known_servers"))
        home = Path("~/.local/share/chatsvc/known_servers").expanduser()
        for environment in ({}, {"XDG_DATA_HOME": ""}, {"XDG_DATA_HOME": "relative"}):
            self.assertEqual(usual_file(environment), home)
