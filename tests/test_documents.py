"""The documents say what the code says: commands, codes, options, limits, links."""

import importlib.util
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import attrs
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.access_table import Action, Relation
from chatsvc.core.commands import NOT_IN_LINES, Quit
from chatsvc.core.errors import Refusal
from chatsvc.core.kinds import SETTINGS
from chatsvc.core.limits import (
    DEFAULT_LIMITS,
    HAPPENINGS_KEPT,
    LIFTABLE,
    LONGEST_SANCTION_DAYS,
    MASK_LENGTH,
    MASK_STARS,
    METADATA_KEY_LENGTH,
    METADATA_KEYS,
    METADATA_SUBSCRIPTIONS,
    METADATA_VALUE_BYTES,
    RENAME_PAUSE_SECONDS,
    WATCHED_NICKS,
    Limits,
)
from chatsvc.core.rules import RULES
from chatsvc.core.weights import WEIGHTS
from chatsvc.irc.capabilities import CAPABILITIES
from chatsvc.irc.commands import COMMANDS
from chatsvc.irc.modes import CHANNEL_MODES, USER_MODES
from chatsvc.tap import Options
from chatsvc.wire.request import parse_request
from chatsvc.wire.table import VERBS

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*.md")])
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
ACCESS = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
IRC = (ROOT / "docs" / "irc.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


class ProtocolDocumentTests(SynchronousTestCase):
    """docs/protocol.md defines what the line protocol does."""

    def test_table_of_commands_is_up_to_date(self) -> None:
        """The table is what `python docs/command_table.py` makes."""
        maker = module_at(ROOT / "docs" / "command_table.py")
        self.assertEqual(maker.with_table(PROTOCOL), PROTOCOL)

    def test_every_verb_has_its_answer_defined(self) -> None:
        """Each verb begins a line of one of the blocks that show requests and answers."""
        shown = {line.split(" ")[0] for block in code_blocks(PROTOCOL) for line in block}
        self.assertEqual({verb.name for verb in VERBS} - shown, set())

    def test_every_error_code_is_defined(self) -> None:
        """The table of refusals has exactly the codes of `core.errors`."""
        codes = {kind.code for kind in Refusal.__subclasses__()}
        table = section(PROTOCOL, "Refusals").partition("\n### ")[0]
        self.assertEqual(first_cells(table), codes)

    def test_what_needs_no_nick(self) -> None:
        """The sentence about requests before a nick names exactly those the rules allow.

        `register` needs a nick where it names none, which is always so in lines.
        """
        sentence = re.search(r"Before a connection has a nick,(.*?)are answered", PROTOCOL, re.S)
        assert sentence is not None
        named = set(re.findall(r"`(\w+)`", sentence[1]))
        self.assertEqual(
            named, {verb.name for verb in VERBS if not needs_nick(verb.name)} - {"register"}
        )

    def test_every_weight_is_told(self) -> None:
        """The table of weights names each request that weighs more than 1, with its weight."""
        rows = "\n".join(re.findall(r"^\| `.*", section(PROTOCOL, "Refusals"), re.M))
        verbs = {type(parse_request(line)): line.split(" ")[0] for line in EXAMPLES}
        for command, weight in WEIGHTS.items():
            if command in NOT_IN_LINES:
                continue
            if command is not Quit:
                self.assertRegex(rows, rf"`{verbs[command]}`.*")
            if weight.most > 1 and weight.less is None:
                self.assertRegex(rows, rf"`{verbs[command]}`[^|]*\| {weight.most:g} \|")

    def test_limits_are_the_defaults(self) -> None:
        """The table of limits has the number of every limit that a client can meet."""
        numbers = set(re.findall(r"\d[\d,]*", section(PROTOCOL, "Limits").replace(",", "")))
        for field in attrs.fields(Limits):
            self.assertIn(str(getattr(DEFAULT_LIMITS, field.name)), numbers, field.name)


EXAMPLES = (
    *("list", "who", "search a b", "delete a", "history a", "create a", "join a"),
    *("redact a 1", "edit a 1 b", "quit", "register a", "login a b", "passwd a b", "drop a"),
    *("ban a b", "mute a b", "tryban a b", "bans a", "set a kind password b"),
    "join a password b",
)
"""A line for each verb that has a weight of its own."""


class OperationsDocumentTests(SynchronousTestCase):
    """docs/operations.md tells the operator everything that can be set."""

    def test_every_option_is_explained_with_its_default(self) -> None:
        """The tables of options have exactly the server's options, and their defaults."""
        options = {f"--{row[0]}": row[2] for row in Options.optParameters}
        flags = {f"--{row[0]}" for row in Options.optFlags}
        rows = dict(option_rows(section(OPERATIONS, "Options")))
        others = {
            "--irc",
            "--irc-tls",
            "--irc-websocket",
            "--irc-origin",
            "--irc-register-after-connect",
            "--scram",
            "--port",
            "--tls",
            "--exempt",
            "--auth",
            "--help-auth",
            "--help",
            "--version",
        }
        self.assertEqual(set(rows), {*options, *flags, *others})
        for name, default in options.items():
            expected = "" if default is None else str(default)
            self.assertEqual(rows[name].replace(",", ""), expected, name)

    def test_what_no_limits_lifts(self) -> None:
        """The paragraph about --no-limits names exactly the limits that it lifts."""
        paragraph = section(OPERATIONS, "Options").partition("`--no-limits` lifts")[2]
        named = set(re.findall(r"`--([\w-]+)`", paragraph.partition("\n\n")[0]))
        self.assertEqual(named, {name.replace("_", "-") for name in LIFTABLE})


class AccessDocumentTests(SynchronousTestCase):
    """docs/access.md says who may do what."""

    def test_tables_of_access_are_up_to_date(self) -> None:
        """The tables are what `python docs/access_tables.py` makes."""
        maker = module_at(ROOT / "docs" / "access_tables.py")
        self.assertEqual(maker.with_tables(ACCESS), ACCESS)

    def test_every_action_and_every_relation_is_in_it(self) -> None:
        """The first table names each of them."""
        table = ACCESS.partition("### The table")[2].partition("### ")[0]
        for word in (*Action, *Relation):
            self.assertIn(word.value, table)

    def test_every_setting_is_explained(self) -> None:
        """The table of settings names exactly those that can be set."""
        self.assertEqual(first_cells(section(ACCESS, "Kinds of rooms")), set(SETTINGS))

    def test_the_limits_of_masks_are_true(self) -> None:
        """The numbers about masks and times are those of the code."""
        told = section(ACCESS, "Bans and mutes")
        for words in (f"{MASK_LENGTH} characters", f"{MASK_STARS} `*`"):
            self.assertIn(words, told)
        self.assertIn(f"`{LONGEST_SANCTION_DAYS}d`", told)


class IrcDocumentTests(SynchronousTestCase):
    """docs/irc.md says what there is."""

    def test_every_command_capability_and_mode_is_named(self) -> None:
        """Each stands there in code."""
        words = set(re.findall(r"[^\s`,.;()]+", " ".join(re.findall(r"`([^`]+)`", IRC))))
        modes = {*CHANNEL_MODES, *USER_MODES}
        self.assertEqual({*COMMANDS, *CAPABILITIES, *modes} - words, set())

    def test_its_bounds_are_true(self) -> None:
        """What it says of numbers is what `core.limits` says."""
        text = " ".join(IRC.split())
        for sentence in (
            f"{METADATA_KEYS} keys of up to {METADATA_KEY_LENGTH} letters",
            f"values have up to {METADATA_VALUE_BYTES} bytes",
            f"subscribes to {METADATA_SUBSCRIPTIONS} keys",
            f"`MONITOR` {WATCHED_NICKS} nicks",
            f"The newest {HAPPENINGS_KEPT} of a channel",
            f"renamed again after {RENAME_PAUSE_SECONDS} seconds",
        ):
            self.assertIn(sentence, text)


class LinkTests(SynchronousTestCase):
    """Links between the documents lead somewhere."""

    def test_relative_links_exist(self) -> None:
        """Each link to a file finds the file, each link to a heading the heading."""
        for document in DOCUMENTS:
            for target in links(document.read_text(encoding="utf-8")):
                with self.subTest(document=document.name, target=target):
                    path, _, anchor = target.partition("#")
                    found = document.parent / path if path else document
                    self.assertTrue(found.exists(), f"{document.name}: {target}")
                    if anchor:
                        self.assertIn(anchor, anchors(found.read_text(encoding="utf-8")), target)


def module_at(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def needs_nick(verb: str) -> bool:
    for arguments in ("", " a", " a b", " a 1", " a 1 b", " list"):
        try:
            return RULES[type(parse_request(verb + arguments))].needs_nick
        except Refusal:
            continue
    raise AssertionError(f"no arguments fit {verb}")


def section(document: str, title: str) -> str:
    """Return what stands under a heading of the second level."""
    return document.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def code_blocks(document: str) -> Iterator[list[str]]:
    for block in re.findall(r"^```\w*\n(.*?)^```$", document, re.S | re.M):
        yield block.splitlines()


def first_cells(text: str) -> set[str]:
    return set(re.findall(r"^\| `([^`]+)` \|", text, re.M))


def option_rows(text: str) -> Iterator[tuple[str, str]]:
    """Return the name and the default in each row of the tables of options."""
    for name, default in re.findall(r"^\| `(--[\w-]+)[^|]*\|([^|]*)\|", text, re.M):
        yield name, default.strip(" `")


def links(text: str) -> list[str]:
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.S | re.M)
    found = re.findall(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"", prose)
    return [one or other for one, other in found if not re.match(r"[a-z]+:", one or other)]


def anchors(text: str) -> set[str]:
    """Return the anchors that a viewer makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    return {anchor(heading) for heading in headings}


def anchor(heading: str) -> str:
    kept = (
        character
        for character in heading.lower()
        if character in "- _" or unicodedata.category(character)[0] in "LN"
    )
    return "".join(kept).replace(" ", "-")
