"""Two storage faults on a whole server; `make torture` has them all."""

from pathlib import Path

from twisted.trial.unittest import SkipTest, TestCase

from tests.end_to_end.server_process import temporary_folder
from tests.torture.faults import suffer
from tests.torture.house import FAULTS, House
from tests.torture.servers import without_strace


class FaultTests(TestCase):
    def test_a_sender_is_refused_nobody_sees_it_and_writing_comes_back_by_itself(self):
        if reason := without_strace():
            raise SkipTest(reason)
        house = House(Path(temporary_folder(self)))
        self.addCleanup(house.end)
        for fault in FAULTS:
            if fault.name in ("EIO on fdatasync", "file size limit"):
                record = suffer(house, fault, attempts=1, seconds=0.02)
                self.assertEqual(record.broken, [], fault.name)
