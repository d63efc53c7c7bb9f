"""The power is cut in a simulator: what it forgets, and that the server's word is kept."""

import asyncio
import random
from pathlib import Path

from twisted.trial.unittest import SkipTest, SynchronousTestCase, TestCase

from tests.end_to_end.server_process import temporary_folder
from tests.torture.disk import MODES, SECTOR, File, Folder, Write
from tests.torture.power_cut import cut, record
from tests.torture.replay import SYNCING
from tests.torture.servers import without_strace
from tests.torture.trace import calls_in


class RunTests(TestCase):
    def test_nothing_that_was_told_is_lost_and_without_syncs_it_would_be(self):
        if reason := without_strace():
            raise SkipTest(reason)
        recording = asyncio.run(record(Path(temporary_folder(self)), 150, 1))
        cuts = cut(recording, 15, random.Random(1))
        self.assertEqual([cuts.lost, cuts.doubled, cuts.faults], [[], [], []])
        self.assertGreater(cuts.promises, 100)
        self.assertGreater(cuts.rulings, 5)
        # The same run by a server that does not sync: the simulator finds it out.
        for life in recording.lives:
            life[:] = [step for step in life if step.call.name not in SYNCING]
        self.assertNotEqual(cut(recording, 5, random.Random(1)).lost, [])


class DiskTests(SynchronousTestCase):
    def contents(self, file):
        """Return everything that may be there after a cut."""
        chance = random.Random(1)
        return {file.after_cut(mode, chance) for mode in MODES for _ in range(50)}

    def sync(self, file, has_succeeded=True):
        file.end_sync(file.begin_sync(), has_succeeded)

    def test_what_was_synced_is_there(self):
        file = File()
        file.writes.append(Write(0, b"tea"))
        self.sync(file)
        self.assertEqual(self.contents(file), {b"tea"})

    def test_what_was_not_synced_may_be_there_or_not(self):
        file = File()
        file.writes += [Write(0, b"t"), Write(1, b"e")]
        self.assertEqual(self.contents(file), {b"", b"t", b"\0e", b"te"})

    def test_a_write_after_the_beginning_of_a_sync_is_not_covered(self):
        file = File()
        file.writes.append(Write(0, b"tea"))
        covered = file.begin_sync()
        file.writes.append(Write(0, b"TEA"))
        file.end_sync(covered, has_succeeded=True)
        self.assertEqual(self.contents(file), {b"tea", b"TEA"})

    def test_a_write_may_be_torn_between_sectors_but_not_inside_one(self):
        file = File()
        file.writes.append(Write(SECTOR - 1, b"ab"))
        endings = {data.lstrip(b"\0") for data in self.contents(file)}
        self.assertEqual(endings, {b"", b"a", b"b", b"ab"})
        file = File()
        file.writes.append(Write(0, b"ab"))
        self.assertEqual(self.contents(file), {b"", b"ab"})

    def test_after_a_failed_sync_a_later_one_makes_nothing_of_it_safe(self):
        file = File()
        file.writes.append(Write(0, b"tea"))
        self.sync(file, has_succeeded=False)
        self.sync(file)
        self.assertEqual(self.contents(file), {b"", b"tea"})

    def test_what_is_written_again_after_a_failed_sync_is_safe(self):
        file = File()
        file.writes.append(Write(0, b"tea"))
        self.sync(file, has_succeeded=False)
        file.writes.append(Write(0, b"tea"))
        self.sync(file)
        self.assertEqual(self.contents(file), {b"tea"})

    def test_a_shorter_length_may_be_forgotten(self):
        file = File(bytearray(b"tea"))
        file.writes.append(Write(1, None))
        self.assertEqual(self.contents(file), {b"tea", b"t"})

    def test_a_name_is_safe_when_its_folder_is_synced(self):
        folder = Folder()
        folder.change("a", File())
        folder.rearrange({"a": None, "b": folder.names["a"]})
        chance = random.Random(1)
        found = {tuple(folder.after_cut("some", chance)) for _ in range(50)}
        self.assertEqual(found, {(), ("a",), ("b",)})
        folder.end_sync(folder.begin_sync(), has_succeeded=True)
        self.assertEqual(list(folder.after_cut("none", chance)), ["b"])


class TraceTests(SynchronousTestCase):
    def test_calls_of_several_threads_are_put_together(self):
        lines = [
            '12  pwrite64(3, "\\x61\\x62", 2, 32) = 2\n',
            '11  sendto(15, "\\x2b" <unfinished ...>\n',
            "12  fdatasync(3)                      = -1 EIO (Input/output error) (INJECTED)\n",
            "11  <... sendto resumed>, 1, 0, NULL, 0) = 1\n",
            "12  +++ exited with 0 +++\n",
        ]
        write, sync, send = calls_in(lines)
        self.assertEqual((write.descriptor, write.data(), write.numbers()[-1]), (3, b"ab", "32"))
        self.assertEqual((sync.result, sync.began, sync.ended), (-1, 2, 2))
        self.assertEqual((send.data(), send.began, send.ended), (b"+", 1, 3))
