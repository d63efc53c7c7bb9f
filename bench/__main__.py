"""Run the bench: `python -m bench --help`."""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import figures, machine, report
from bench.building import build
from bench.choosing import chosen_servers, fitted, options
from bench.measuring import Place, measure
from bench.scenarios import Scenario
from bench.servers import Kind

BEGIN = "<!-- The figures: made by the bench, do not edit. -->"
END = "<!-- End of the figures. -->"

Measurement = dict[str, Any]


def _line(number: int, scenario: Scenario, kind: Kind, raw: Measurement) -> str:
    start = f"{number} {scenario.name:8} {kind.name:15}"
    if "error" in raw:
        return f"{start} FAILED: {raw['error']}"
    found = figures.figures_of(raw)
    key = report.main_figure(scenario)
    name, form = report.COLUMNS[key]
    words = f"{form.format(found[key]):>9} {name}, {found['per_second']:,.0f} a second"
    words += f", cores: server {found['server_share']:.0%}"
    words += f", generator {found['generator_share']:.0%}"
    return "; ".join([f"{start} {words}", *figures.complaints_about(raw)])


def run(
    place: Place, servers: Sequence[Kind], scenarios: Sequence[Scenario], rounds: int
) -> dict[Scenario, dict[str, list[Measurement]]]:
    """Measure everything; in each round the servers take turns, in another order each time."""
    results: dict[Scenario, dict[str, list[Measurement]]] = {}
    for scenario in scenarios:
        fitting = [kind for kind in servers if scenario.fits(kind.name)]
        results[scenario] = {kind.name: [] for kind in fitting}
        for number in range(min(rounds, scenario.most_rounds)):
            turn = number % len(fitting) if fitting else 0
            for kind in fitting[turn:] + fitting[:turn]:
                raw = measure(place, kind, scenario)
                results[scenario][kind.name].append(raw)
                print(_line(number + 1, scenario, kind, raw), flush=True)
    return results


def medians_of(
    results: Mapping[Scenario, Mapping[str, Sequence[Measurement]]],
) -> dict[Scenario, dict[str, figures.Figures]]:
    """Return the medians of the rounds that did not fail."""
    found: dict[Scenario, dict[str, figures.Figures]] = {}
    for scenario, by_server in results.items():
        for name, rounds in by_server.items():
            good = [figures.figures_of(raw) for raw in rounds if "error" not in raw]
            if good:
                found.setdefault(scenario, {})[name] = figures.medians(good)
    return found


def problems_of(results: Mapping[Scenario, Mapping[str, Sequence[Measurement]]]) -> list[str]:
    """Return a line for each measurement that failed or in which something went wrong."""
    return [
        f"- {scenario.name}, {name}: {problem}"
        for scenario, by_server in results.items()
        for name, rounds in by_server.items()
        for raw in rounds
        for problem in ([raw["error"]] if "error" in raw else figures.complaints_about(raw))
    ]


def full_report(
    facts: Mapping[str, Any],
    versions: Mapping[str, str],
    results: Mapping[Scenario, Mapping[str, Sequence[Measurement]]],
) -> str:
    """Return everything that is to be read, as Markdown."""
    medians = medians_of(results)
    lines = report.machine_lines(facts, versions) + report.warnings(medians)
    lines += report.summary_lines(medians) + report.goal_lines(medians)
    for scenario, by_server in medians.items():
        lines += report.scenario_lines(scenario, by_server)
    problems = problems_of(results)
    lines += ["### What went wrong", "", *problems, ""] if problems else []
    return "\n".join(lines)


def write_document(path: Path, text: str) -> None:
    """Put the report between the two marks of a document."""
    before, _, rest = path.read_text().partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"{path} has no place for the figures: {BEGIN} ... {END}")
    path.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}")


def _command(words: Sequence[str]) -> str:
    return f'make bench ARGS="{" ".join(words)}"' if words else "make bench"


def measured(asked: argparse.Namespace, folder: Path) -> tuple[str, dict[str, Any], bool]:
    """Do what was asked for in `folder`; return the report, all raw figures, whether all is well.

    Raises RuntimeError with a sentence if nothing can be measured here.
    """
    programs = folder / "programs"
    programs.mkdir()
    floor = build("floor", programs)
    place = Place(build("load", programs), folder, *machine.cores())
    servers = chosen_servers(asked.servers, floor, not asked.no_install)
    most = max(scenario.connections for scenario in asked.scenarios)
    files = machine.raise_file_limit(most + machine.SPARE_FILES)
    scenarios = [fitted(scenario, files) for scenario in asked.scenarios]
    command = {"rounds": asked.rounds, "command": _command(asked.words)}
    facts = machine.describe(folder) | command
    versions = {kind.name: kind.version() for kind in servers}
    print("\n".join(report.machine_lines(facts, versions)), flush=True)
    results = run(place, servers, scenarios, asked.rounds)
    raw = {scenario.name: by_server for scenario, by_server in results.items()}
    whole = {"machine": facts, "versions": versions, "results": raw}
    return full_report(facts, versions, results), whole, not problems_of(results)


def main(words: Sequence[str] | None = None) -> int:
    """Measure, report, and return the exit status: 0 if every measurement went well."""
    asked = options(words)
    if not asked.no_install:
        machine.provide(["gcc"])
    asked.data_root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-data-", dir=asked.data_root)).resolve()
    folder.chmod(0o755)  # servers that give up root read their configuration here
    try:
        text, raw, well = measured(asked, folder)
    except RuntimeError as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; nothing is reported.", file=sys.stderr)
        return 130
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{text}")
    if asked.json:
        asked.json.write_text(json.dumps(raw, indent=1) + "\n")
    if asked.document:
        write_document(asked.document, text)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
