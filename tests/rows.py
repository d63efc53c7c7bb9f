"""Show, row by row, what the service must do and which tests try it in a running server.

    python tests/rows.py           the table; exit status 1 if a row has no test
    python tests/rows.py --run     run each row's tests too; 1 if one does not pass

A test shows a row when its docstring begins with the row's id: `Row A7: ...`.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent

ROWS = {
    "A1": "The server starts and listens on one main socket",
    "A2": "Every client has its own conversation with the server",
    "A3": "CREATE makes a room only if the name is free",
    "A4": "JOIN checks the name and returns what the client needs",
    "A5": "LIST sends every room name",
    "A6": "DELETE checks the name, then deletes",
    "A7": "A reply begins with a status byte",
    "A8": "The first byte of a request may be an action value",
    "A9": "One slow request never keeps others waiting",
    "A10": "The rooms are in a database",
    "A11": "A room has a listening socket of its own",
    "B1": "The client takes any host and port",
    "B2": "Create, join, delete, and list details of rooms",
    "B3": "Send to and receive from everyone else in that room only",
    "B4": "Ctrl+C ends client and server gracefully",
    "B5": "One command per connection also works",
    "B6": "Nobody waits for another's join, send or receive",
    "B7": "The client shows a menu and readable answers",
    "B8": "Send and receive at the same time",
    "C1": "The server has a name and a port",
    "C2": "If no room is there one is made; newcomers go to it",
    "C3": "A welcome message on joining",
    "C4": "As clients leave, the right sockets close",
    "C5": "A room is deleted when its last member leaves",
    "C6": "The server closes when its user is done",
    "C7": "How to run it, and what to expect, is written down",
    "D1": "JOIN makes a missing room",
    "D2": "A message reaches every member of the room",
    "D3": "leave_chatroom checks the room, then the membership",
    "D4": "disconnect leaves every room, then closes",
    "D5": "Server flag -p PORT, changeable interfaces",
    "D6": "Client flags -p PORT -h HOST -n NAME",
    "D7": "One client is in several rooms at once",
    "D8": "The words join, send, leave_chatroom, disconnect",
    "D9": "Incoming messages print by themselves on standard output",
    "E1": "Many clients across networks on one server",
    "E2": "Users can send and receive chat logs",
    "E3": "Seamless connect and disconnect",
    "E4": "Direct messages without leaving or joining anything",
    "E5": "View the server's users",
    "E6": "A direct message goes to that user only",
    "E7": "A user name on joining",
    "E8": "Per client: name, connection, status",
    "E9": "A protocol id; only members' packets count",
    "E10": "Timestamps and sequence on messages",
    "E11": "@user is parsed",
    "E12": "Packing and limits are shared by client and server",
}


def shown_rows() -> Iterator[tuple[str, str]]:
    """Yield each row id with the pytest id of a test that shows it."""
    for path in sorted(HERE.rglob("test_*.py")):
        for case in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(case, ast.ClassDef):
                for row, name in shown_by(case):
                    yield row, f"{path.relative_to(HERE.parent)}::{case.name}::{name}"


def shown_by(case: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Yield each row id with the name of a method of `case` that shows it."""
    for method in case.body:
        if isinstance(method, ast.FunctionDef):
            found = re.match(r"Row ([A-E]\d+):", ast.get_docstring(method) or "")
            if found:
                yield found[1], method.name


class Results:
    """A pytest plugin: what became of each test."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}

    def pytest_runtest_logreport(self, report) -> None:
        """Note the worst of a test's phases."""
        if report.when == "call" or report.outcome != "passed":
            self.of[report.nodeid] = report.outcome


def run(tests: list[str]) -> dict[str, str]:
    """Run the tests and return the outcome of each."""
    import pytest

    results = Results()
    pytest.main(["-q", "--rootdir", str(HERE.parent), *tests], plugins=[results])
    return results.of


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", action="store_true", help="run each row's tests")
    options = parser.parse_args(arguments)
    tests: dict[str, list[str]] = {row: [] for row in ROWS}
    for row, test in shown_rows():
        tests.setdefault(row, []).append(test)
    outcomes = run([name for names in tests.values() for name in names]) if options.run else {}
    is_complete = True
    for row, names in tests.items():
        is_complete = is_complete and row in ROWS and bool(names)
        sys.stdout.write(f"{row:<4} {ROWS.get(row, 'there is no such row')}\n")
        for name in names or ["no test"]:
            outcome = outcomes.get(name, "did not run") if options.run and names else ""
            is_complete = is_complete and outcome in ("", "passed", "skipped")
            sys.stdout.write(f"     {outcome:<8}{name}\n")
    return 0 if is_complete else 1


if __name__ == "__main__":
    sys.exit(main())
