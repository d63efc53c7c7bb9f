"""Run the programs of torture: python -m tests.torture [NAME ...] [--full]

Each runs in a process of its own. Prints one table of all results at the end; the exit
status is 1 if any promise was broken.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.torture.results import VARIABLE, Result, left_in, say, table

HERE = Path(__file__).parent
RUN = "import sys; from tests.torture.{name} import main; sys.exit(main(sys.argv[1:]))"


def programs() -> list[str]:
    """Return the names of the modules here that are programs."""
    return [
        path.stem
        for path in sorted(HERE.glob("[a-z]*.py"))
        if re.search(r"^def main\(argv\b", path.read_text("utf-8"), re.MULTILINE)
    ]


def run(name: str, options: list[str]) -> list[Result]:
    """Run a program; return its results, and one that says how it ended."""
    say(f"== {name} {' '.join(options)}")
    with tempfile.TemporaryDirectory(prefix="chatsvc-torture-") as folder:
        path = Path(folder, "results")
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", RUN.format(name=name), *options],
            cwd=HERE.parents[1],
            env={**os.environ, VARIABLE: str(path)},
            check=False,
        )
        seconds = time.monotonic() - began
        ended = Result(
            name, "exit status 0", f"{done.returncode} after {seconds:.0f} s", done.returncode == 0
        )
        return [*left_in(path), ended]


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description="Run the programs of torture.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(programs())}")
    parser.add_argument("--full", action="store_true", help="the full runs, which take long")
    options = parser.parse_args()
    unknown = set(options.names) - set(programs())
    if unknown:
        parser.error(f"there is no program {', '.join(sorted(unknown))}")
    forwarded = ["--full"] if options.full else []
    rows = [row for name in options.names or programs() for row in run(name, forwarded)]
    say(f"== all\n{table(rows)}")
    return 0 if all(row.kept for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
