r"""What `strace -f -xx` wrote, as calls in the order in which they took effect.

    3288  pwrite64(11, "\x00\x01", 2, 32) = 2
    3287  sendto(15, "\x2b" <unfinished ...>
    3288  fdatasync(11) = 0
    3287  <... sendto resumed>, 1, 0, NULL, 0) = 1

Threads overlap, and what a call did may have happened at any moment between its two lines.
So the order is the one that makes the most of every promise and the least of every care:
what is sent counts from the first line on, what is written or synced from the last, and a
sync covers only writes that were done before it began.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

CALLS = (
    "openat,close,dup,dup2,dup3,mkdir,rename,unlink,unlinkat,ftruncate,fdatasync,fsync,"
    "write,pwrite64,writev,pwritev,accept4,sendto,sendmsg,recvfrom"
)
"""Everything that changes a file, and what comes from and goes to clients."""

OPTIONS = ("-f", "-xx", "-s", "100000000", "--seccomp-bpf", "-e", f"trace={CALLS}")

_LINE = re.compile(r"(\d+) +(\w+)\((.*)", re.DOTALL)
_RESUMED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)", re.DOTALL)
_RESULT = re.compile(r"\)\s+= (-?\d+)[^\"]*$")
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


@attrs.frozen
class Call:
    """A system call: its arguments as strace writes them, its result, its two lines."""

    name: str
    arguments: str
    result: int
    began: int
    ended: int

    def strings(self) -> list[bytes]:
        """Return every string among the arguments."""
        found = _STRING.findall(self.arguments)
        return [bytes.fromhex(one.replace("\\x", "")) for one in found]

    def numbers(self) -> list[str]:
        """Return the arguments, with nothing in the place of strings."""
        return [word.strip() for word in _STRING.sub("", self.arguments).split(",")]

    @property
    def descriptor(self) -> int:
        """The first argument."""
        return int(self.arguments.split(",", 1)[0].rstrip(")"))

    def data(self) -> bytes:
        """Return what was really written, sent or received."""
        return b"".join(self.strings())[: self.result]


def calls_in(lines: Iterable[str]) -> Iterator[Call]:
    """Return every call that came to its end, in the order of their ends."""
    open_calls: dict[str, tuple[str, str, int]] = {}
    for number, line in enumerate(lines):
        if begun := _LINE.match(line):
            process, name, rest = begun.groups()
            began = number
        elif resumed := _RESUMED.match(line):
            process, name, rest = resumed.groups()
            _, first, began = open_calls.pop(process)
            rest = first + rest
        else:
            continue
        if rest.endswith("<unfinished ...>\n"):
            open_calls[process] = name, rest.removesuffix("<unfinished ...>\n"), began
        elif result := _RESULT.search(rest):
            yield Call(name, rest[: result.start()], int(result[1]), began, number)


def read_calls(path: Path) -> list[Call]:
    """Return the calls in a file that strace wrote."""
    with path.open(encoding="ascii") as lines:
        return list(calls_in(lines))
