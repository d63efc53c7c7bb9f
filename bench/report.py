"""The report: a table for each scenario, the goals, the machine; as text that is Markdown."""

from collections.abc import Iterable, Mapping
from typing import Any

from bench.figures import Figures, generator_limits
from bench.goals import Goal, goals_of
from bench.scenarios import Scenario

Medians = Mapping[str, Figures]
"""The medians of one scenario, by the name of the server."""

COLUMNS = {
    "cpu_us": ("CPU us", "{:.2f}"),
    "bytes_each": ("bytes/connection", "{:,.0f}"),
    "per_second": ("per second", "{:,.0f}"),
    "p50_ms": ("p50 ms", "{:.2f}"),
    "p99_ms": ("p99 ms", "{:.2f}"),
    "ack_p50_ms": ("ack p50 ms", "{:.2f}"),
    "resident_mb": ("resident MiB", "{:.1f}"),
    "socket_mb": ("sockets MiB", "{:.1f}"),
    "idle_cpu_percent": ("CPU % at rest", "{:.2f}"),
    "server_share": ("server core", "{:.0%}"),
    "generator_share": ("generator core", "{:.0%}"),
}
QUIET = 0.2
"""What other programs, and threads of the kernel, may take of a core while we measure."""

IRC = ("ngircd", "inspircd")


def main_figure(scenario: Scenario) -> str:
    """Return the name of the figure that servers are compared by."""
    return "bytes_each" if scenario.mode == "idle" else "cpu_us"


def cheaper_peer(medians: Medians, figure: str) -> float | None:
    """Return the lower figure of the IRC servers, None if neither was measured."""
    return min((medians[name][figure] for name in IRC if name in medians), default=None)


def table(rows: Iterable[Iterable[str]]) -> list[str]:
    """Return a Markdown table; the first row is the heading."""
    cells = [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]


def _ratio(value: float, base: float | None) -> str:
    return f"{value / base:.2f}" if base else "-"


def _row(name: str, scenario: Scenario, medians: Medians, columns: list[str]) -> list[str]:
    figures, main = medians[name], main_figure(scenario)
    floor = medians.get("floor", {}).get(main)
    cells = [COLUMNS[key][1].format(figures[key]) if key in figures else "-" for key in columns]
    ratios = [_ratio(figures[main], floor), _ratio(figures[main], cheaper_peer(medians, main))]
    return [name + (" (!)" if generator_limits(figures) else ""), cells[0], *ratios, *cells[1:]]


def scenario_lines(scenario: Scenario, medians: Medians) -> list[str]:
    """Return heading and table of one scenario."""
    present = {key for figures in medians.values() for key in figures}
    main = main_figure(scenario)
    columns = [main, *(key for key in COLUMNS if key in present and key != main)]
    first, *rest = (COLUMNS[key][0] for key in columns)
    heading = ["server", first, "x floor", "x cheaper IRC", *rest]
    rows = [_row(name, scenario, medians, columns) for name in medians]
    return [f"### {scenario.name}: {scenario.title}", "", *table([heading, *rows]), ""]


def _goal_row(goal: Goal) -> list[str]:
    words = "met" if goal.met else f"missed by {goal.value / goal.limit - 1:.0%}"
    return [goal.scenario, goal.server, goal.words, f"{goal.value:.2f}", f"{goal.limit:.2f}", words]


def goal_lines(results: Mapping[Scenario, Medians]) -> list[str]:
    """Return the table of the goals, met and missed."""
    goals = list(goals_of(results))
    if not goals:
        return []
    heading = ["scenario", "server", "goal", "value", "limit", "result"]
    return ["### Goals", "", *table([heading, *map(_goal_row, goals)]), ""]


def machine_lines(machine: Mapping[str, Any], versions: Mapping[str, str]) -> list[str]:
    """Return what the figures were measured on and with."""
    facts = [f"{name} {value}" for name, value in machine.items()]
    programs = [f"- {name}: {version}" for name, version in versions.items() if version]
    return ["Measured on: " + "; ".join(facts) + ".", "", *programs, ""]


def _noise_lines(results: Mapping[Scenario, Medians]) -> list[str]:
    """Return where other programs took more of the machine than a measurement stands."""
    shares = {
        scenario.name: max(figures["others_share"] for figures in medians.values())
        for scenario, medians in results.items()
    }
    noisy = [f"{name} ({share:.0%})" for name, share in shares.items() if share > QUIET]
    if not noisy:
        return []
    where = ", ".join(noisy)
    return [f"**The machine was not quiet**: other programs took a part of a core in {where}.", ""]


def warnings(results: Mapping[Scenario, Medians]) -> list[str]:
    """Return what makes the figures doubtful: others at work, a generator at its limit."""
    every = [figures for medians in results.values() for figures in medians.values()]
    lines = _noise_lines(results)
    if any(map(generator_limits, every)):
        lines += [
            "(!) The load generator was at the limit of its core, the server was not: its CPU us "
            "hold, what it did per second is the generator's figure.",
            "",
        ]
    return lines


def summary_lines(results: Mapping[Scenario, Medians]) -> list[str]:
    """Return the one table that counts: the main figure of all servers in all scenarios."""
    names = list(dict.fromkeys(name for medians in results.values() for name in medians))
    rows = [["scenario", "figure", *names]]
    for scenario, medians in results.items():
        key = main_figure(scenario)
        unit, form = COLUMNS[key]
        cells = [form.format(medians[n][key]) if n in medians else "-" for n in names]
        rows.append([scenario.name, unit, *cells])
    return ["### In short", "", *table(rows), ""]
