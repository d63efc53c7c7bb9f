"""The shape of the house: who may import what, and tables that must be complete."""

import ast
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from chatsvc.core import replies
from chatsvc.core.commands import HUBS_OWN, NOT_IN_LINES, Command
from chatsvc.core.effects import EFFECTS
from chatsvc.core.events import (
    DURABLE,
    Changed,
    DurableEvent,
    Event,
    LiveEvent,
    Notice,
    SaidMore,
)
from chatsvc.core.replies import Reply
from chatsvc.core.rules import RULES
from chatsvc.wire import answer
from chatsvc.wire.request import FORMATTERS

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "chatsvc"
LONGEST_MODULE = 500
PURE = ("core", "wire")
ONLY_PURE_MODULES = {
    "array", "attrs", "base64", "bisect", "chatsvc", "collections", "datetime", "enum",
    "functools", "hashlib", "ipaddress", "itertools", "math", "precis_i18n", "re", "typing",
    "unicodedata",
}  # fmt: skip
"""What the pure floors import today. To add one, make sure that it has no clock, no chance
and no I/O; `datetime` is here for writing times down, and `now` is looked for apart."""
IMPURE_CALLS = {"now", "utcnow", "today", "open", "print", "input", "exec", "eval", "__import__"}
LINT = (
    "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
)


def modules(*floors: str) -> Iterator[tuple[str, ast.Module]]:
    """Return path and syntax tree of every module, or of those on `floors`."""
    folders = [PACKAGE / floor for floor in floors] or [PACKAGE]
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))


def imports(tree: ast.AST) -> Iterator[str]:
    """Return the full name of every module that is imported, wherever that is done."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def calls(tree: ast.AST) -> Iterator[str]:
    """Return the last name of everything that is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            yield getattr(called, "attr", getattr(called, "id", ""))


class Imports(SynchronousTestCase):
    def test_the_import_contracts_are_kept(self):
        if importlib.util.find_spec("importlinter") is None:
            raise SkipTest("import-linter is not installed")
        linted = subprocess.run(
            [sys.executable, "-c", LINT], cwd=ROOT, capture_output=True, text=True, check=False
        )
        self.assertEqual(linted.returncode, 0, linted.stdout + linted.stderr)

    def test_the_pure_floors_import_only_what_is_pure(self):
        for path, tree in modules(*PURE):
            for name in imports(tree):
                self.assertIn(name.partition(".")[0], ONLY_PURE_MODULES, path)

    def test_the_core_imports_only_itself_and_the_wire_only_the_core(self):
        for floor, allowed in (("core", {"core"}), ("wire", {"core", "wire"})):
            for path, tree in modules(floor):
                ours = {name for name in imports(tree) if name.startswith("chatsvc.")}
                self.assertLessEqual({name.split(".")[1] for name in ours}, allowed, path)

    def test_the_pure_floors_read_no_clock_and_no_file(self):
        for path, tree in modules(*PURE):
            self.assertEqual(IMPURE_CALLS & set(calls(tree)), set(), path)

    def test_nobody_imports_the_reactor_at_import_time(self):
        for path, tree in modules():
            for node in tree.body:
                if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    self.assertNotIn("twisted.internet.reactor", set(imports(node)), path)


class Modules(SynchronousTestCase):
    def test_no_module_is_too_long(self):
        for path in sorted(PACKAGE.rglob("*.py")):
            lines = len(path.read_text("utf-8").splitlines())
            self.assertLessEqual(lines, LONGEST_MODULE, path)

    def test_the_namespace_of_twisteds_plugins_stays_open(self):
        self.assertEqual(list((ROOT / "twisted").rglob("__init__.py")), [])


class Tables(SynchronousTestCase):
    def test_every_command_has_a_rule(self):
        self.assertEqual(set(RULES), set(get_args(Command)))

    def test_every_command_but_the_hubs_own_can_be_written(self):
        self.assertEqual(set(FORMATTERS), set(get_args(Command)) - {*HUBS_OWN, *NOT_IN_LINES})

    def test_every_event_is_applied_or_a_notice(self):
        applied = set(EFFECTS) - {SaidMore}  # It is a `Said`.
        self.assertEqual(applied, set(get_args(DurableEvent)) | set(get_args(LiveEvent)))
        others = set(get_args(Notice)) | set(get_args(Changed))
        self.assertEqual(applied | others | {SaidMore}, set(get_args(Event)))

    def test_the_durable_classes_are_the_durable_events(self):
        self.assertEqual(set(DURABLE), set(get_args(DurableEvent)))

    def test_every_reply_has_an_encoder(self):
        self.assertEqual(set(answer._REPLIES), set(get_args(Reply)) - set(replies.NOT_IN_LINES))

    def test_every_encoder_of_an_event_is_of_an_event_there_is(self):
        self.assertLessEqual(set(answer._EVENTS), set(get_args(Event)))
