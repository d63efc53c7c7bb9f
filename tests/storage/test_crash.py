"""A server that is killed in the middle of its work loses nothing it acknowledged.

This shows that the log recovers; that FULL survives a power cut it cannot show.
"""

import os
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import TestCase

from chatsvc.storage.maintenance import log_in, reading
from chatsvc.storage.sqlite import SqliteLog
from chatsvc.storage.verify import verify
from tests.contracts.log import LOBBY, numbers, said
from tests.storage.appender import BATCH
from tests.storage.folders import temporary_folder

HOUSE = Path(__file__).parents[2]


class KilledServerTests(TestCase):
    def append_and_kill(self, folder: Path, appends: int) -> int:
        """Kill an appender after so many appends; return the last number it acknowledged."""
        environment = {**os.environ, "PYTHONPATH": str(HOUSE)}
        command = [sys.executable, "-m", "tests.storage.appender", str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as appender:
            for _ in range(appends):
                appender.stdout.readline()
            appender.kill()
            rest = appender.stdout.read()
        acknowledged = [
            int(line) for line in rest.splitlines(keepends=True) if line.endswith(b"\n")
        ]
        return max(acknowledged, default=appends * BATCH)

    async def test_acknowledged_messages_are_there_without_a_hole(self):
        for appends in (1, 20, 400):
            folder = temporary_folder(self)
            acknowledged = self.append_and_kill(folder, appends)
            with reading(log_in(folder)) as connection:
                report = verify(connection)
            self.assertTrue(report.is_sound, report)
            log = SqliteLog(folder)
            [room] = log.open().rooms
            # One more batch may have been committed and not yet acknowledged.
            self.assertIn(room.last, (acknowledged, acknowledged + BATCH))
            messages = await log.read(LOBBY, room.room_id, 10_000)
            self.assertEqual(numbers(messages), list(range(1, room.last + 1)))
            self.assertEqual(numbers(await log.append([said(room.room_id)])), [room.last + 1])
            await log.close()
