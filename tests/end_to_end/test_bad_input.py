"""A real server is sent what is no chat, in the short form of `tests/torture/bad_bytes.py`."""

from twisted.trial.unittest import TestCase

from tests.end_to_end.server_process import ServerProcess
from tests.torture.bad_bytes import MEGABYTE, assail
from tests.torture.fuzz import LAYERS, trial


class BadBytesTests(TestCase):
    def test_anything_gets_few_lines_of_the_protocol_costs_no_memory_and_harms_nobody(self) -> None:
        server = ServerProcess(self, "--no-limits")
        outcomes = list(assail(server, 20 * MEGABYTE))
        self.assertEqual((outcomes[0].sent, outcomes[0].lines), (20 * MEGABYTE, 1))
        self.assertLess(outcomes[0].grown, 2048, "KB")
        server.client("ann", "tea").asks("send tea still here")
        self.assertEqual(server.stop(), 0)
        log = server.output.ended_text() + server.errors.ended_text()
        self.assertNotIn("Traceback", log)


class FuzzTests(TestCase):
    def test_a_few_trials_of_the_fuzzer_find_nothing(self) -> None:
        for layer in LAYERS:
            for number in range(3):
                self.assertGreater(trial(f"{layer}:suite:{number}")["inputs"], 10)
