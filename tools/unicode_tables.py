"""Make the tables of look-alikes and scripts in chatsvc/core/names from Unicode's own files.

python tools/unicode_tables.py FOLDER

FOLDER holds, of one version of Unicode, `confusables.txt` (from
https://www.unicode.org/Public/security/), `Scripts.txt`, `ScriptExtensions.txt` and
`PropertyValueAliases.txt` (from https://www.unicode.org/Public/UCD/). Where packages are at
hand: Debian's `unicode-data` has the last three, the source of `icu` has the first.

What can stand in no name is left out: characters that are no letter, number, mark or one of
the punctuation that names may have, and those that NFKC replaces.
"""

import re
import sys
import textwrap
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

TARGET = Path(__file__).parent.parent / "chatsvc" / "core" / "names"
PUNCTUATION = "_-.[]{}^|`\\"
WIDTH = 84
HEADER = '''"""{title}

Made by tools/unicode_tables.py; do not edit. The data are from
{files}
of Unicode {version}, copyright 1991-2025 Unicode, Inc.; see LICENSE-UNICODE.

{meaning}
"""

VERSION = "{version}"

'''
SMALL_CAPITAL = re.compile(r"LATIN LETTER SMALL CAPITAL ([A-Z])")


def rows(path: Path) -> Iterator[tuple[list[str], str]]:
    """Return the fields and the comment of every row of a file of Unicode's."""
    for line in path.read_text("utf-8-sig").splitlines():
        row, _, comment = line.partition("#")
        if row.strip():
            yield [field.strip() for field in row.split(";")], comment.strip()


def points(field: str) -> range:
    """Return the code points of "0041" or "0041..005A"."""
    first, _, last = field.partition("..")
    return range(int(first, 16), int(last or first, 16) + 1)


def version(path: Path) -> str:
    """Return the version that the head of a file names."""
    found = re.search(r"(?:Version: |-)(\d+\.\d+\.\d+)", path.read_text("utf-8-sig")[:600])
    if found is None:
        raise SystemExit(f"{path} does not say its version")
    return found[1]


def ranges(numbers: Iterable[int]) -> str:
    """Return "41-5a,5f" for the numbers of these characters."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(f"{a:x}" if a == b else f"{a:x}-{b:x}" for a, b in found)


def nameable(folder: Path) -> set[int]:
    """Return the characters that may stand in a name, as far as their category goes."""
    numbers = set(map(ord, PUNCTUATION))
    for (field, _script), comment in rows(folder / "Scripts.txt"):
        if comment[0] in "LNM":
            numbers.update(points(field))
    return {each for each in numbers if unicodedata.normalize("NFKC", chr(each)) == chr(each)}


def confusables(folder: Path, allowed: set[int]) -> str:
    """Return "61=251,3b1 ..." with every prototype and what looks like it."""
    sources: dict[str, set[int]] = defaultdict(set)
    known = set()
    for (source, target, *_), _ in rows(folder / "confusables.txt"):
        number = int(source, 16)
        known.add(number)
        if number in allowed:
            sources["+".join(f"{int(each, 16):x}" for each in target.split())].add(number)
    for number in allowed - known:
        capital = SMALL_CAPITAL.fullmatch(unicodedata.name(chr(number), ""))
        if capital is not None:
            sources[f"{ord(capital[1].lower()):x}"].add(number)
    return " ".join(f"{key}={ranges(sources[key])}" for key in sorted(sources))


def scripts(folder: Path, allowed: set[int]) -> str:
    """Return "Latn=41-5a ... Beng.Deva=964" with the characters of every set of scripts."""
    short = {}
    for fields, _ in rows(folder / "PropertyValueAliases.txt"):
        if fields[0] == "sc":
            short[fields[2]] = fields[1]
    script_of = {}
    for (field, script), _ in rows(folder / "Scripts.txt"):
        script_of.update(dict.fromkeys(points(field), short[script]))
    for (field, several), _ in rows(folder / "ScriptExtensions.txt"):
        script_of.update(dict.fromkeys(points(field), ".".join(sorted(several.split()))))
    numbers = defaultdict(set)
    for number in allowed:
        numbers[script_of[number]].add(number)
    return " ".join(f"{key}={ranges(numbers[key])}" for key in sorted(numbers))


def script_names(folder: Path, table: str) -> str:
    """Return "Arab=Arabic Latn=Latin ..." for the scripts in `table`."""
    used = {script for row in table.split() for script in row.partition("=")[0].split(".")}
    names = {}
    for fields, _ in rows(folder / "PropertyValueAliases.txt"):
        if fields[0] == "sc":
            names[fields[1]] = fields[2]
    return " ".join(f"{script}={names[script]}" for script in sorted(used))


def constant(name: str, table: str) -> str:
    """Return the lines that define a long string; a break may come after a space or comma."""
    lines, line = [], ""
    for piece in re.findall(r"[^ ,]*[ ,]?", table):
        if len(line) + len(piece) > WIDTH:
            lines.append(line)
            line = ""
        line += piece
    body = "".join(f'    "{each}"\n' for each in (*lines, line))
    return f"{name} = (\n{body})\n"


def write(module: str, title: str, files: str, meaning: str, body: str, version: str) -> None:
    """Write one module of tables."""
    meaning = textwrap.fill(f"{meaning}; characters are hexadecimal code points.", 90)
    head = HEADER.format(title=title, files=files, version=version, meaning=meaning)
    (TARGET / module).write_text(head + body, "utf-8")


def main(folder: Path) -> None:
    """Write both modules."""
    found = {version(folder / f"{name}.txt") for name in ("confusables", "Scripts")}
    if len(found) != 1:
        raise SystemExit(f"the files are of several versions: {', '.join(sorted(found))}")
    allowed = nameable(folder)
    write(
        "_confusables.py",
        "Letters that look like others.",
        "confusables.txt",
        "A row is a prototype and what looks like it (UTS #39, section 4), with the small capitals "
        "of Latin, which Unicode does not have there",
        constant("CONFUSABLES", confusables(folder, allowed)),
        min(found),
    )
    table = scripts(folder, allowed)
    write(
        "_scripts.py",
        "The scripts that letters, numbers and marks belong to.",
        "Scripts.txt, ScriptExtensions.txt and PropertyValueAliases.txt",
        "A row is a set of scripts and what is written with them",
        constant("SCRIPTS", table) + "\n" + constant("NAMES", script_names(folder, table)),
        min(found),
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
