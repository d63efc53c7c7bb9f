"""What a program promised, what it measured, and whether that is kept."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import attrs

VARIABLE = "CHATSVC_TORTURE_RESULTS"
"""Names the file in which a program leaves its results for the table of all programs."""


@attrs.frozen
class Result:
    """One line of the table."""

    program: str
    promise: str
    measured: str
    kept: bool

    def columns(self) -> tuple[str, ...]:
        """Return what the table shows."""
        return self.program, self.promise, self.measured, "kept" if self.kept else "BROKEN"


@attrs.define
class Results:
    """Collect the results of one program."""

    program: str
    rows: list[Result] = attrs.field(factory=list)

    def add(self, promise: str, measured: object, kept: bool = True) -> None:
        """Note a promise, or a figure that only informs."""
        self.rows.append(Result(self.program, promise, str(measured), kept))

    def none(self, promise: str, found: Sequence[object]) -> None:
        """Note that something should not have happened; show the first that did."""
        self.add(promise, len(found), not found)
        for one in found[:5]:
            say(f"  {promise}: {one}")

    def finish(self) -> int:
        """Print the table, leave it for the table of all programs, return the exit status."""
        say(table(self.rows))
        if VARIABLE in os.environ:
            with Path(os.environ[VARIABLE]).open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(attrs.asdict(row)) + "\n" for row in self.rows)
        return 0 if all(row.kept for row in self.rows) else 1


def left_in(path: Path) -> list[Result]:
    """Return the results that programs left in a file."""
    if not path.exists():
        return []
    return [Result(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]


def table(rows: Sequence[Result]) -> str:
    """Return the results as lines of Markdown."""
    lines = [("program", "promise", "measured", ""), ("---",) * 4, *(row.columns() for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text.rstrip()}\n")
    sys.stdout.flush()
