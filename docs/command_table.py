"""Make the table of commands in docs/protocol.md from chatsvc/wire/table.py.

python docs/command_table.py            write it
python docs/command_table.py --check    exit with 1 if it is not up to date
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from chatsvc.wire.arguments import Verb
from chatsvc.wire.table import VERBS

PROTOCOL = Path(__file__).with_name("protocol.md")
BEGIN = "<!-- The table of commands: made by docs/command_table.py, do not edit. -->\n"
END = "<!-- End of the table of commands. -->\n"


def table() -> str:
    """Return the table in Markdown."""
    return "".join(f"{line}\n" for line in _lines())


def with_table(document: str) -> str:
    """Return `document` with the table between its two marks; `ValueError` without them."""
    before, _, rest = document.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not end:
        raise ValueError("the marks around the table of commands are missing")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main(arguments: list[str]) -> int:
    """Write the table, or check it; return the exit code."""
    old = PROTOCOL.read_text(encoding="utf-8")
    new = with_table(old)
    if "--check" in arguments:
        if new != old:
            print("docs/protocol.md is out of date: run docs/command_table.py without --check.")
        return int(new != old)
    PROTOCOL.write_text(new, encoding="utf-8")
    return 0


def _lines() -> Iterator[str]:
    yield "| request | also | what it does |"
    yield "|---|---|---|"
    yield from map(_row, VERBS)


def _row(verb: Verb) -> str:
    also = ", ".join(f"`{alias}`" for alias in verb.aliases)
    syntax = verb.syntax.replace("|", "\\|")
    return f"| `{syntax}` | {also} | {verb.summary} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
