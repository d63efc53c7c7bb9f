"""An append that is taken back leaves every table as it was."""

import sqlite3

import attrs
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core import limits
from chatsvc.core.events import DURABLE, Edited, Redacted, Said
from chatsvc.core.manager import RoomManager
from chatsvc.ports import Recorded
from chatsvc.storage import changes, happenings, staying, undoing
from chatsvc.storage.writer import Writer
from tests.contracts.log.lasting import Chance
from tests.storage.test_scrubbing import ScrubbingCase

UNDONE = ("journal", "sqlite_sequence", "search", "search_data", "search_idx", "search_config")
"""What is not the same afterwards, or is no table of ours."""


def tables(connection: sqlite3.Connection) -> dict[str, list[object]]:
    """Return what is in the tables, in the order of rows."""
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    return {
        name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr)
        for (name,) in names
        if name not in UNDONE
    }


class UndoingTests(ScrubbingCase):
    def test_every_batch_is_taken_back_wholly(self):
        self.patch(staying, "FORMER_MEMBERS_KEPT", 1)
        self.assertGreater(limits.FORMER_MEMBERS_KEPT, 1)
        for module in (changes, undoing):
            self.patch(module, "AUDIT_KEPT", 3)
        self.patch(happenings, "HAPPENINGS_KEPT", 2)
        state = RoomManager()
        self.writer.close()
        writer = Writer(self.path)
        state.load(writer.open())
        self.addCleanup(writer.close)
        chance = Chance(7, state)
        connection = sqlite3.connect(self.path, isolation_level=None)
        self.addCleanup(connection.close)
        for _ in range(250):
            batch = [event for event in chance.batch() if not isinstance(event, Said)]
            before = tables(connection)
            for event in self.append_twice(writer, batch, connection, before):
                state.apply(event)

    def append_twice(
        self, writer: Writer, batch: list, connection: sqlite3.Connection, before: dict
    ) -> list[Recorded]:
        """Append, take it back as if it had failed, and append again."""
        undos = []
        prepare = undoing.prepare

        def note(*args):
            undos.append(prepare(*args))
            return undos[-1]

        numbers = attrs.evolve(
            writer._numbers,
            last=dict(writer._numbers.last),
            happened=dict(writer._numbers.happened),
        )
        patch = self.patch(undoing, "prepare", note)
        writer.append(batch)
        patch.restore()
        writer._numbers = numbers
        for undo in undos:
            undoing.settle(writer._connection, writer.waiting.last, undo)
            writer.waiting.add([], 0)
        self.assertEqual(tables(connection), before, batch)
        return writer.append(batch)


class CompletenessTests(SynchronousTestCase):
    def test_every_durable_event_is_undone_somewhere(self):
        known = {*undoing.BY_ROOM, *undoing.BY_ACCOUNT, *undoing.ELSEWHERE}
        self.assertEqual(set(DURABLE) - {Said, Redacted, Edited}, known)
