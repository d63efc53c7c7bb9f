"""A disk that can lose its power: it knows what a sync has covered, and forgets the rest.

The model. A write, or a change of a file's length, is safe once an `fsync` or `fdatasync` of
that file which began after it has succeeded. Until then it may be on the disk or not, each
write for itself and in any order; and a write may be torn: each 512-byte sector of it is old
or new for itself. A sync that *failed* makes nothing safe, and no later sync makes safe what
it was to cover (the kernel takes those pages for clean), unless it is written again. Making,
renaming and removing files is safe once their folder is synced; until then those steps are
lost from some step on, in order, as file systems with a journal of names do it. No sync of a
file makes its name safe. Names and contents are lost independently of each other.

What is not modelled: a disk that lies about its syncs, or that destroys what it does not write.
"""

import random
from collections.abc import Callable

import attrs

SECTOR = 512
MODES = ("all", "none", "first", "some", "torn")
"""Which of the writes in doubt survive: all, none, those before some moment, any, sectors."""


@attrs.define(eq=False)
class Write:
    """Bytes at an offset; or, with None for bytes, a new length."""

    offset: int
    data: bytes | None
    is_safe: bool = False
    is_forsaken: bool = False

    def apply(self, image: bytearray) -> None:
        """Do it."""
        if self.data is None:
            set_length(image, self.offset)
        else:
            _put(image, self.offset, self.data)

    def apply_torn(self, image: bytearray, chance: random.Random) -> None:
        """Do it to some of its sectors only."""
        if self.data is None:
            return self.apply(image)
        end = self.offset + len(self.data)
        at = self.offset
        while at < end:
            stop = min(end, (at // SECTOR + 1) * SECTOR)
            if chance.random() < 0.5:
                _put(image, at, self.data[at - self.offset : stop - self.offset])
            at = stop
        return None

    @property
    def end(self) -> float:
        """Where it ends; a new length reaches to the end of everything."""
        return float("inf") if self.data is None else self.offset + len(self.data)

    def hides(self, earlier: "Write") -> bool:
        """Tell whether nothing of an earlier write can be seen after this one."""
        return self.offset <= earlier.offset and earlier.end <= self.end

    def meets(self, other: "Write") -> bool:
        """Tell whether the order of the two counts."""
        return self.offset < other.end and other.offset < self.end


@attrs.define(eq=False)
class File:
    """A file: what is safe of it, and what was written since."""

    safe: bytearray = attrs.field(factory=bytearray)
    writes: list[Write] = attrs.field(factory=list)

    def begin_sync(self) -> list[Write]:
        """Return the writes that a sync which begins now is to cover."""
        return [write for write in self.writes if not write.is_safe]

    def end_sync(self, covered: list[Write], has_succeeded: bool) -> None:
        """Make writes safe, or forsake them."""
        for write in covered:
            if has_succeeded and not write.is_forsaken:
                write.is_safe = True
            else:
                write.is_forsaken = True
        self._fold()

    def _fold(self) -> None:
        """Put into the image what is safe, unless something in doubt comes before it."""
        doubtful: list[Write] = []
        for write in self.writes:
            if write.is_safe:
                doubtful = [one for one in doubtful if one.is_safe or not write.hides(one)]
            if not write.is_safe or any(write.meets(one) for one in doubtful):
                doubtful.append(write)
            else:
                write.apply(self.safe)
        self.writes = doubtful

    def after_cut(self, mode: str, chance: random.Random) -> bytes:
        """Return what is found when the power is back."""
        in_doubt = [write for write in self.writes if not write.is_safe]
        first = set(in_doubt[: chance.randint(0, len(in_doubt))])
        survives: dict[str, Callable[[Write], bool]] = {
            "all": lambda write: True,
            "none": lambda write: False,
            "first": lambda write: write in first,
            "some": lambda write: chance.random() < 0.5,
        }
        image = bytearray(self.safe)
        for write in self.writes:
            if write.is_safe or (mode != "torn" and survives[mode](write)):
                write.apply(image)
            elif mode == "torn":
                write.apply_torn(image, chance)
        return bytes(image)


@attrs.define(eq=False)
class Folder:
    """Names; what is safe of them, and what happened to them since."""

    names: "dict[str, File | Folder]" = attrs.field(factory=dict)
    safe: "dict[str, File | Folder]" = attrs.field(factory=dict)
    steps: "list[dict[str, File | Folder]]" = attrs.field(factory=list)

    def change(self, name: str, node: "File | Folder | None") -> None:
        """Give a name to something, or remove it with None."""
        self.rearrange({name: node})

    def rearrange(self, changes: "dict[str, File | Folder | None]") -> None:
        """Change several names in one step."""
        for name, node in changes.items():
            if node is None:
                self.names.pop(name, None)
            else:
                self.names[name] = node
        self.steps.append(dict(self.names))

    def begin_sync(self) -> int:
        """Return how many steps a sync that begins now is to cover."""
        return len(self.steps)

    def end_sync(self, covered: int, has_succeeded: bool) -> None:
        """Make steps safe."""
        if has_succeeded and covered:
            self.safe = self.steps[covered - 1]
            del self.steps[:covered]

    def after_cut(self, mode: str, chance: random.Random) -> "dict[str, bytes]":
        """Return the contents of the files below this folder when the power is back."""
        kept = {"all": len(self.steps), "none": 0}.get(mode, chance.randint(0, len(self.steps)))
        names = self.steps[kept - 1] if kept else self.safe
        found: dict[str, bytes] = {}
        for name, node in names.items():
            if isinstance(node, File):
                found[name] = node.after_cut(mode, chance)
            else:
                below = node.after_cut(mode, chance)
                found |= {f"{name}/{path}": data for path, data in below.items()}
        return found


def set_length(image: bytearray, length: int) -> None:
    """Cut off, or fill up with zeros."""
    if length < len(image):
        del image[length:]
    else:
        image.extend(bytes(length - len(image)))


def _put(image: bytearray, offset: int, data: bytes) -> None:
    if len(image) < offset:
        set_length(image, offset)
    image[offset : offset + len(data)] = data
