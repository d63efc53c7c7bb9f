"""A schema that was upgraded equals one that was made now, and what it holds is kept."""

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.access_table import Ownership
from chatsvc.core.kinds import PUBLIC
from chatsvc.core.manager import RoomManager
from chatsvc.core.server import StoredServer
from chatsvc.core.stays import Stay, Stays
from chatsvc.ports import LogError, Repeated
from chatsvc.storage import loading, upgrades
from chatsvc.storage.folder import make_folder, prepare_database
from chatsvc.storage.layout import message_id
from chatsvc.storage.reader import Reader
from chatsvc.storage.verify import verify
from chatsvc.storage.writer import Writer
from tests.contracts.log import LOBBY, said
from tests.storage.folders import temporary_folder

RELEASED = {
    1: "17155c3f69ad8576",
    2: "30719186546be3c0",
    3: "5c04dc0acb845ce8",
    4: "8482c2d5f563f06c",
    5: "c194f60abf165145",
    6: "ef1958db4aa31dfe",
    7: "29eb22cbec2cdd4c",
    8: "bf330a129a82fa2d",
    9: "cbe0e64d8b89298a",
}
"""What the released steps begin with when they are hashed: they are never edited."""

SIGNPOST = "CREATE TABLE signposts (sign TEXT);"


class UpgradeTests(SynchronousTestCase):
    def database(self) -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        self.addCleanup(connection.close)
        return connection

    def schema(self, connection: sqlite3.Connection) -> list[tuple[object, ...]]:
        return connection.execute(
            "SELECT type, name, sql FROM sqlite_schema ORDER BY name"
        ).fetchall()

    def test_upgrade_from_every_version_equals_a_fresh_schema(self):
        fresh = self.database()
        upgrades.create(fresh)
        for version in range(upgrades.SCHEMA_VERSION + 1):
            old = self.database()
            upgrades.upgrade(old, upgrades.steps()[:version])
            upgrades.upgrade(old)
            self.assertEqual(upgrades.schema_version(old), upgrades.SCHEMA_VERSION)
            self.assertEqual(self.schema(old), self.schema(fresh))

    def test_released_steps_are_never_edited(self):
        for version, script in enumerate(upgrades.steps(), 1):
            found = hashlib.sha256(script.encode()).hexdigest()
            self.assertTrue(found.startswith(RELEASED[version]), version)

    def test_fresh_database_is_marked_as_ours(self):
        fresh = self.database()
        upgrades.create(fresh)
        self.assertEqual(fresh.execute("PRAGMA application_id").fetchone(), (0x63686174,))

    def test_only_missing_steps_are_applied(self):
        database = self.database()
        upgrades.upgrade(database, [SIGNPOST])
        upgrades.upgrade(database, [SIGNPOST, "INSERT INTO signposts VALUES ('north');"])
        upgrades.upgrade(database, [SIGNPOST, "INSERT INTO signposts VALUES ('north');"])
        self.assertEqual(database.execute("SELECT * FROM signposts").fetchall(), [("north",)])
        self.assertEqual(upgrades.schema_version(database), 2)

    def test_failed_step_leaves_the_version_before_it(self):
        database = self.database()
        broken = f"{SIGNPOST} CREATE TABLE signposts (again);"
        self.assertRaises(sqlite3.OperationalError, upgrades.upgrade, database, ["", broken])
        self.assertEqual(upgrades.schema_version(database), 1)
        self.assertEqual(self.schema(database), [])

    def test_a_crash_anywhere_in_a_step_leaves_the_version_before_it(self):
        whole = upgrades.steps()
        fresh = self.database()
        upgrades.upgrade(fresh)
        folder = temporary_folder(self)
        folder.mkdir()
        for version in range(1, len(whole)):
            for count, begun in enumerate(beginnings(whole[version])):
                path = folder / f"{version}-{count}.db"
                connection = sqlite3.connect(path, isolation_level=None)
                self.addCleanup(connection.close)
                connection.execute("PRAGMA journal_mode = WAL")
                upgrades.upgrade(connection, whole[:version])
                connection.execute("PRAGMA cache_size = 1")  # What is not committed is on the disk.
                connection.executescript(f"BEGIN IMMEDIATE;{begun}")
                # What a kill leaves, while the one that is killed is still at it.
                left = folder / f"left-{path.name}"
                for ending in ("", "-wal"):
                    shutil.copy(f"{path}{ending}", f"{left}{ending}")
                found = sqlite3.connect(left, isolation_level=None)
                self.addCleanup(found.close)
                self.assertEqual(upgrades.schema_version(found), version)
                upgrades.upgrade(found)
                self.assertEqual(self.schema(found), self.schema(fresh))

    def test_newer_version_is_refused(self):
        database = self.database()
        upgrades.upgrade(database, ["", ""])
        error = self.assertRaises(LogError, upgrades.upgrade, database, [""])
        self.assertIn("newer chatsvc", str(error))


class OldLogTests(SynchronousTestCase):
    def test_log_of_version_1_that_crashed_while_indexing(self):
        folder = temporary_folder(self)
        make_folder(folder)
        path = prepare_database(folder)
        path.unlink()
        make_version_1(path)
        opened = Writer(path)
        [room] = opened.open().rooms
        self.addCleanup(opened.close)
        self.assertEqual(room.last, 600)
        again = said(room.room_id, client_id="c")
        self.assertEqual(opened.append([again, said(room.room_id, "tea")])[0], Repeated(600))
        reader = Reader(path)
        self.addCleanup(reader.close)
        while opened.rest() is not None:
            self.assertEqual(len(reader.search(LOBBY, room.room_id, "tea", 1000)), 601)
        connection = sqlite3.connect(path)
        self.addCleanup(connection.close)
        self.assertEqual(connection.execute("SELECT indexed FROM rooms").fetchall(), [(601,)])
        self.assertTrue(verify(connection).is_sound)

    def test_log_of_version_4_with_owners_and_members(self):
        folder = temporary_folder(self)
        make_folder(folder)
        path = prepare_database(folder)
        path.unlink()
        make_version_4(path)
        opened = Writer(path)
        stored = opened.open()
        self.addCleanup(opened.close)
        lobby, garden = stored.rooms
        self.assertEqual((lobby.owner, lobby.roles, lobby.kind, lobby.gone), ("ann", (), PUBLIC, 0))
        self.assertEqual(lobby.stays, (("ann", Stays((Stay(0),))), ("bob", Stays((Stay(0),)))))
        self.assertEqual(garden.stays, (("bob", Stays((Stay(0),))),))
        self.assertEqual([account.is_operator for account in stored.accounts], [False, False])
        self.assertEqual((stored.server, len(stored.memberships)), (StoredServer(), 3))
        manager = RoomManager()
        manager.load(stored)
        ownerships = [room.ownership for room in manager.state.rooms.values()]
        self.assertEqual(ownerships, [Ownership.GUEST, Ownership.NOBODY])

    def test_what_a_newer_chatsvc_has_written_is_refused(self):
        for change, word in (
            ("""UPDATE rooms SET kind = '{"door":"riddle"}'""", "riddle"),
            ("""UPDATE rooms SET kind = '{"colour":"red"}'""", "colour"),
            ("""UPDATE rooms SET kind = '{"open_after":"x"}'""", "settings of a room"),
            ("INSERT INTO roles VALUES ('ann', 1, 'bard')", "bard"),
            ("INSERT INTO sanctions VALUES (1, 1, 'exile', 'bob', 'ann', 1, NULL, '')", "exile"),
            ("INSERT INTO sanctions VALUES (1, 0, 'ban', '$r:[', 'ann', 1, NULL, '')", "$r:["),
            ("INSERT INTO invitations VALUES (1, 1, '!x!', 'ann', 1)", "!x!"),
        ):
            connection = sqlite3.connect(":memory:", isolation_level=None)
            make_tables_4(connection)
            upgrades.upgrade(connection)
            self.assertEqual(len(loading.load(connection).rooms), 2)
            connection.execute(change)
            error = self.assertRaises(LogError, loading.load, connection)
            self.assertIn(word, str(error))
            self.assertIn("newer one; install that.", str(error))
            self.assertIn(str(error), verify(connection).faults)
            connection.close()


def beginnings(script: str) -> Iterator[str]:
    """Return what of a script was done when it was cut off, after each of its statements."""
    done = ""
    for line in script.splitlines(keepends=True):
        done += line
        if sqlite3.complete_statement(done) and line.rstrip().endswith(";"):
            yield done


def make_version_4(path: Path) -> None:
    """Make a log of schema 4 with rooms, accounts and memberships."""
    connection = sqlite3.connect(path, isolation_level=None)
    make_tables_4(connection)
    connection.close()


def make_tables_4(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA application_id = {upgrades.APPLICATION_ID}")
    upgrades.upgrade(connection, upgrades.steps()[:4])
    connection.executescript(
        """
        INSERT INTO rooms (room_id, key, name, created_at, owner, kept) VALUES
            (1, 'lobby', 'lobby', 1, 'ann', 1), (2, 'garden', 'garden', 1, NULL, 0);
        INSERT INTO accounts VALUES ('ann', 'ann', 1, '$1'), ('bob', 'bob', 1, '$2');
        INSERT INTO memberships VALUES ('ann', 1, 5, 0), ('bob', 1, 5, 0), ('bob', 2, 5, 0);
        """
    )


def make_version_1(path: Path) -> None:
    """Make a log of schema 1 with 600 messages of which 100 are indexed."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA application_id = {upgrades.APPLICATION_ID}")
    upgrades.upgrade(connection, upgrades.steps()[:1])
    connection.execute("BEGIN")
    connection.execute(
        "INSERT INTO rooms (room_id, key, name, created_at, kept, indexed)"
        " VALUES (1, 'lobby', 'lobby', 1, 1, 100)"
    )
    connection.executemany(
        "INSERT INTO messages VALUES (?, 1, 'ann', 'ann', 'tea', ?)",
        [(message_id(1, number), "c" if number == 600 else "") for number in range(1, 601)],
    )
    connection.executemany(
        "INSERT INTO search (rowid, terms) VALUES (?, 'tea')",
        [(message_id(1, number),) for number in range(1, 101)],
    )
    connection.execute("COMMIT")
    connection.close()
