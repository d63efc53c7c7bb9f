"""A schema that was upgraded equals one that was made now."""

import sqlite3

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.ports import LogError
from chatsvc.storage import upgrades

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

    def test_newer_version_is_refused(self):
        database = self.database()
        upgrades.upgrade(database, ["", ""])
        error = self.assertRaises(LogError, upgrades.upgrade, database, [""])
        self.assertIn("newer chatsvc", str(error))
