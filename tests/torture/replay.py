"""Replay a server's system calls on the model of a disk, and know what was promised when.

for step in steps(calls): replay.take(step)
replay.disk.after_cut(mode, chance)     what the power cut left, at any moment between
replay.promises                         what clients had been told by then
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from tests.torture.disk import File, Folder, Write
from tests.torture.rulings import Rulings
from tests.torture.trace import Call

SENDING = ("sendto", "sendmsg", "writev")
SYNCING = ("fsync", "fdatasync")


@attrs.define
class Promises:
    """What clients were told: messages by number and on screens, rooms made and gone, rulings.

    A room may be missing from the moment on in which somebody asks to delete it.
    """

    acknowledged: set[tuple[str, int]] = attrs.field(factory=set)
    shown: dict[tuple[str, int], str] = attrs.field(factory=dict)
    made: set[str] = attrs.field(factory=set)
    leaving: set[str] = attrs.field(factory=set)
    gone: set[str] = attrs.field(factory=set)
    rulings: Rulings = attrs.field(factory=Rulings)

    @property
    def count(self) -> int:
        """How many promises there are."""
        messages = len(self.acknowledged) + len(self.shown) + self.rulings.told
        return messages + len(self.made) + len(self.gone) + len(self.rulings.promised)

    def answer(self, line: str) -> None:
        """Take a line that the server sent."""
        self.rulings.answer(line)
        match line.split(" "):
            case ["+", "sent", room, number]:
                self.acknowledged.add((room, int(number)))
            case ["*", "said", room, number, *_]:
                self.shown[room, int(number)] = line.split(" ", 6)[6]
            case ["+", "created", room, *_]:
                self.made.add(room)
            case ["+", "deleted", room]:
                self.gone.add(room)

    def request(self, line: str) -> None:
        """Take a line that a client sent."""
        self.rulings.request(line)
        match line.split(" "):
            case ["delete", room]:
                self.leaving.add(room)


@attrs.frozen
class Step:
    """A call, or for a sync its beginning."""

    call: Call
    begins: bool = False


def steps(calls: list[Call]) -> Iterator[Step]:
    """Return the calls in the order in which they count; see trace.py."""
    placed = []
    for call in calls:
        place = call.began if call.name in SENDING else call.ended
        placed.append((place, 1, Step(call)))
        if call.name in SYNCING:
            placed.append((call.began, 0, Step(call, begins=True)))
    placed.sort(key=lambda one: one[:2])
    return (step for _, _, step in placed)


class Replay:
    """A folder on a disk without power for long, and the servers that worked there.

    `folder` is where they ran; it is safe itself, what they made in it is not. What lies
    outside is not looked at.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.disk = Folder()
        self.promises = Promises()
        self.failed_syncs = 0
        self._open: dict[int, File | Folder] = {}
        self._streams: dict[tuple[int, str], bytes] = {}
        self._syncs: dict[int, Any] = {}

    def new_process(self) -> None:
        """Forget what the process before had open; what it wrote is as safe as it was."""
        self._open.clear()
        self._streams.clear()

    def take(self, step: Step) -> None:
        """Replay one step."""
        call = step.call
        if call.name in SYNCING:
            self._sync(step)
        elif call.result >= 0:
            handler = getattr(self, f"_{call.name}", None)
            if handler is not None:
                handler(call)

    # Names

    def _find(self, path: str) -> tuple[Folder, str] | None:
        """Return the folder in which a path is a name; None outside."""
        full = os.path.normpath(os.path.join(self.folder, path))
        if not full.startswith(f"{self.folder}/"):
            return None
        *above, name = full[len(str(self.folder)) + 1 :].split("/")
        folder = self.disk
        for part in above:
            below = folder.names.get(part)
            if not isinstance(below, Folder):
                return None
            folder = below
        return folder, name

    def _openat(self, call: Call) -> None:
        path = call.strings()[0].decode()
        self._open.pop(call.result, None)
        if os.path.normpath(os.path.join(self.folder, path)) == str(self.folder):
            self._open[call.result] = self.disk
        if (found := self._find(path)) is None:
            return
        folder, name = found
        if name not in folder.names:
            folder.change(name, File())
        node = folder.names[name]
        if "O_TRUNC" in call.arguments and isinstance(node, File):
            node.writes.append(Write(0, None))
        self._open[call.result] = node

    def _mkdir(self, call: Call) -> None:
        if found := self._find(call.strings()[0].decode()):
            found[0].change(found[1], Folder())

    def _rename(self, call: Call) -> None:
        old, new = (self._find(path.decode()) for path in call.strings())
        if old and new:
            assert old[0] is new[0], "renamed from one folder into another"
            old[0].rearrange({old[1]: None, new[1]: old[0].names[old[1]]})

    def _unlink(self, call: Call) -> None:
        if found := self._find(call.strings()[0].decode()):
            found[0].change(found[1], None)

    _unlinkat = _unlink

    # Contents

    def _close(self, call: Call) -> None:
        self._open.pop(call.descriptor, None)
        for way in ("in", "out"):
            self._streams.pop((call.descriptor, way), None)

    def _dup(self, call: Call) -> None:
        if call.descriptor in self._open:
            self._open[call.result] = self._open[call.descriptor]

    _dup2 = _dup3 = _dup

    def _pwrite64(self, call: Call) -> None:
        file = self._open.get(call.descriptor)
        if isinstance(file, File):
            file.writes.append(Write(int(call.numbers()[-1]), call.data()))

    def _write(self, call: Call) -> None:
        assert call.descriptor not in self._open, "a file is written without an offset"

    _pwritev = _write

    def _ftruncate(self, call: Call) -> None:
        file = self._open.get(call.descriptor)
        if isinstance(file, File):
            file.writes.append(Write(int(call.numbers()[-1]), None))

    def _sync(self, step: Step) -> None:
        node = self._open.get(step.call.descriptor)
        if node is None:
            return
        if step.begins:
            self._syncs[step.call.ended] = node.begin_sync()
        else:
            has_succeeded = step.call.result == 0
            self.failed_syncs += not has_succeeded
            node.end_sync(self._syncs.pop(step.call.ended), has_succeeded)

    # Clients

    def _accept4(self, call: Call) -> None:
        self._open.pop(call.result, None)

    def _sendto(self, call: Call) -> None:
        for line in self._lines(call, "out"):
            self.promises.answer(line)

    _sendmsg = _sendto

    def _writev(self, call: Call) -> None:
        assert call.descriptor not in self._open, "a file is written without an offset"
        self._sendto(call)

    def _recvfrom(self, call: Call) -> None:
        for line in self._lines(call, "in"):
            self.promises.request(line)

    def _lines(self, call: Call, way: str) -> list[str]:
        key = call.descriptor, way
        *lines, rest = (self._streams.get(key, b"") + call.data()).split(b"\n")
        self._streams[key] = rest
        return [line.decode() for line in lines]
