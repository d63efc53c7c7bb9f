"""The bench works: its programs compile, and count right on the floor and on a real server."""

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase, TestCase

from bench import figures, report
from bench.__main__ import BEGIN, END, full_report, write_document
from bench.building import build
from bench.choosing import chosen_scenarios
from bench.goals import goals_of
from bench.measuring import Place, measure
from bench.scenarios import SCENARIOS, Scenario, quicker
from bench.servers import kinds
from tests.end_to_end.server_process import skip_without

TINY = Scenario("tiny", "1 x 2", members=2, seconds=0.1, warm_up=0.05)

FIGURES = {
    "cpu_us": 2.0,
    "per_second": 1000.0,
    "p50_ms": 1.0,
    "p99_ms": 3.0,
    "server_share": 0.5,
    "generator_share": 0.2,
    "others_share": 0.0,
}


@cache
def programs() -> Path:
    """Return the folder with the compiled programs; it goes when the tests end."""
    folder = Path(tempfile.mkdtemp(prefix="chatsvc-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in ("floor", "load"):
        build(name, folder)
    return folder


class RunningTests(TestCase):
    """A scenario is run on servers that are started for it."""

    skip = skip_without("gcc") or skip_without("taskset")

    def setUp(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="chatsvc-bench-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        core = min(os.sched_getaffinity(0))
        self.kinds = kinds(programs() / "floor")
        self.place = Place(programs() / "load", folder, core, core)

    def measured(self, name: str, scenario: Scenario) -> dict[str, Any]:
        raw = measure(self.place, self.kinds[name], scenario)
        self.assertNotIn("error", raw)
        self.assertEqual(figures.complaints_about(raw), [])
        return raw

    def test_floor(self) -> None:
        """Everything said on the floor arrives at both members, once."""
        raw = self.measured("floor", TINY)
        self.assertGreater(raw["window"]["messages"], 0)
        self.assertEqual(raw["received"] % 2, 0)
        self.assertIsNone(raw["acknowledged_us"])

    def test_chatsvc(self) -> None:
        """The same on chatsvc, which also says when a message is on the disk."""
        raw = self.measured("chatsvc", TINY)
        self.assertGreater(raw["acknowledged_us"]["count"], 0)
        self.assertGreater(figures.figures_of(raw)["cpu_us"], 0)

    def test_backlog(self) -> None:
        """Old messages are written by one server, and fetched from the next."""
        backlog = Scenario("old", "5 old ones", mode="fetch", members=1, senders=0, count=5)
        self.assertEqual(self.measured("chatsvc", backlog)["received"], 5)

    def test_mixed(self) -> None:
        """Members of every kind get each message once, whoever of them speaks."""
        mixed = Scenario("any", "5", members=5, senders=5, seconds=0.1, warm_up=0, is_mixed=True)
        raw = self.measured("chatsvc-irc", mixed)
        self.assertGreater(raw["window"]["messages"], 5)
        self.assertGreater(raw["acknowledged_us"]["count"], 0)

    def test_backlog_over_irc(self) -> None:
        """Old messages are fetched by CHATHISTORY, a page after the other."""
        backlog = Scenario("old", "120", mode="fetch", members=1, senders=0, count=120)
        self.assertEqual(self.measured("chatsvc-irc", backlog)["received"], 120)

    def test_no_start(self) -> None:
        """A server that does not start is a failure with what it said, not an end of the bench."""
        broken = kinds(Path("/bin/false"))["floor"]
        self.assertIn("floor did not start", measure(self.place, broken, TINY)["error"])


class ReportTests(SynchronousTestCase):
    """Medians, ratios and goals are reckoned right."""

    def test_medians(self) -> None:
        """One odd round does not change a figure."""
        rounds = [{"cpu_us": 1.0}, {"cpu_us": 9.0}, {"cpu_us": 2.0}]
        self.assertEqual(figures.medians(rounds), {"cpu_us": 2.0})

    def test_goals(self) -> None:
        """Each goal is compared with the servers of the same run."""
        room1 = next(scenario for scenario in SCENARIOS if scenario.name == "room1")
        medians = {
            "floor": {**FIGURES, "cpu_us": 1.0},
            "chatsvc": FIGURES,
            "ngircd": {**FIGURES, "cpu_us": 4.0},
        }
        lines = "\n".join(report.goal_lines({room1: medians}))
        self.assertIn("| met ", lines)
        self.assertIn("missed by 60%", lines)
        table = "\n".join(report.scenario_lines(room1, medians))
        self.assertRegex(table, r"\| chatsvc +\| 2.00 +\| 2.00 +\| 0.50 ")

    def test_goals_over_irc(self) -> None:
        """The IRC door has the same goals, and one more: that members share their bytes."""
        found = {scenario.name: scenario for scenario in SCENARIOS}
        results = {
            found["room10"]: {"chatsvc": FIGURES, "chatsvc-irc": FIGURES, "ngircd": FIGURES},
            found["mixed"]: {"chatsvc-irc": {**FIGURES, "cpu_us": 5.0}},
            found["quiet"]: {"chatsvc-irc": FIGURES},
        }
        goals = [(goal.scenario, goal.server, goal.met) for goal in goals_of(results)]
        self.assertEqual(
            goals,
            [
                ("room10", "chatsvc", True),
                ("room10", "chatsvc-irc", True),
                ("quiet", "chatsvc-irc", True),
                ("mixed", "chatsvc-irc", False),
            ],
        )

    def test_failures_are_shown(self) -> None:
        """A measurement that failed stands in the report, and in no median."""
        text = full_report({}, {}, {TINY: {"floor": [{"error": "it fell over"}]}})
        self.assertIn("- tiny, floor: it fell over", text)
        self.assertNotIn("| floor", text)

    def test_a_generator_at_its_limit(self) -> None:
        """It is said when the generator, and not the server, was the limit."""
        tired = {**FIGURES, "generator_share": 0.97}
        self.assertTrue(figures.generator_limits(tired))
        self.assertIn("(!)", "\n".join(report.warnings({TINY: {"floor": tired}})))
        self.assertFalse(figures.generator_limits({**tired, "server_share": 0.99}))

    def test_document(self) -> None:
        """The report replaces what stood between its marks, and nothing else."""
        folder = Path(tempfile.mkdtemp(prefix="chatsvc-bench-"))
        self.addCleanup(shutil.rmtree, folder)
        path = folder / "document.md"
        path.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
        write_document(path, "new")
        self.assertEqual(path.read_text(), f"before\n{BEGIN}\n\nnew\n{END}\nafter\n")

    def test_choice(self) -> None:
        """Scenarios are chosen by name, and an unknown name is answered with those there are."""
        self.assertEqual([s.name for s in chosen_scenarios(["idle"], quick=False)], ["idle"])
        self.assertEqual(chosen_scenarios(["idle"], quick=True)[0].connections, 1000)
        self.assertRaises(SystemExit, chosen_scenarios, ["idel"], quick=False)
        self.assertEqual(quicker(SCENARIOS[0]).members, 1000)
