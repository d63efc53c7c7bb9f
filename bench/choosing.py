"""What is to be measured: the command line, and what of it this machine can do."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import machine
from bench.scenarios import SCENARIOS, Scenario, quicker
from bench.servers import USUAL, Kind, kinds


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def options(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure chatsvc beside other servers."
    )
    scenarios = ", ".join(scenario.name for scenario in SCENARIOS)
    parser.add_argument("--only", type=_names, default=[], help=f"scenarios: {scenarios}")
    parser.add_argument(
        "--servers", type=_names, default=[], help=f"servers: {', '.join(kinds(Path('floor')))}"
    )
    parser.add_argument("--rounds", type=int, default=0, help="rounds; 3, or 1 if --quick")
    parser.add_argument("--quick", action="store_true", help="short windows, fewer connections")
    parser.add_argument("--data-root", type=Path, default=Path(), help="a folder on a real disk")
    parser.add_argument("--json", type=Path, help="write all raw figures to this file")
    parser.add_argument("--document", type=Path, help="write the report into this document")
    parser.add_argument("--no-install", action="store_true", help="never call apt-get")
    asked = parser.parse_args(words)
    asked.words = sys.argv[1:] if words is None else words
    asked.rounds = asked.rounds or (1 if asked.quick else 3)
    asked.scenarios = chosen_scenarios(asked.only, asked.quick)
    chosen_kinds(asked.servers, Path("floor"))
    return asked


def chosen_scenarios(names: Sequence[str], quick: bool) -> list[Scenario]:
    """Return the scenarios of these names, all if there are none."""
    known = {scenario.name: scenario for scenario in SCENARIOS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"No such scenario: {', '.join(unknown)}. There are: {', '.join(known)}.")
    chosen = [known[name] for name in names] or list(SCENARIOS)
    return [quicker(scenario) for scenario in chosen] if quick else chosen


def chosen_kinds(names: Sequence[str], floor: Path) -> list[Kind]:
    """Return the servers of these names, the usual ones if there are none."""
    known = kinds(floor)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"No such server: {', '.join(unknown)}. There are: {', '.join(known)}.")
    return [known[name] for name in names or USUAL]


def chosen_servers(names: Sequence[str], floor: Path, install: bool) -> list[Kind]:
    """Return those of the chosen servers that this machine has."""
    wanted = chosen_kinds(names, floor)
    if install:
        machine.provide([kind.program for kind in wanted])
    for kind in wanted:
        if kind.missing():
            print(f"{kind.name} is left out: there is no {kind.program} here.")
    return [kind for kind in wanted if not kind.missing()]


def fitted(scenario: Scenario, files: int) -> Scenario:
    """Return a scenario with no more connections than the limit of open files allows."""
    room = (files - machine.SPARE_FILES) // scenario.members
    if scenario.rooms <= room:
        return scenario
    print(f"{scenario.name}: {room} rooms only, as {files} open files are allowed (ulimit -n).")
    return Scenario(**{**vars(scenario), "rooms": max(1, room)})
