"""Messages that are changed while the log is being read.

A page that was read before a message was redacted must not be shown after its members were
told so. So whoever reads the log watches what is changed meanwhile, and puts it into what
was read. Nothing is kept while nobody reads.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from chatsvc.core.events import Edited, Redacted, Said


class Watch:
    """What was changed since somebody began to read."""

    def __init__(self) -> None:
        self._changes: dict[tuple[int, int], Redacted | Edited] = {}

    def note(self, event: Redacted | Edited) -> None:
        """Note a change; a later one of the same message takes its place."""
        self._changes[event.room_id, event.number] = event

    def as_now(self, messages: Sequence[Said]) -> list[Said]:
        """Return `messages` as they are now."""
        if not self._changes:
            return list(messages)
        return [self._now(said) for said in messages]

    def _now(self, said: Said) -> Said:
        event = self._changes.get((said.room_id, said.number))
        return said if event is None else event.applied_to(said)


class Rewrites:
    """Tell everybody who reads the log what is changed meanwhile."""

    def __init__(self) -> None:
        self._watches: set[Watch] = set()

    @contextmanager
    def watch(self) -> Iterator[Watch]:
        """Watch until the end of the block; begin before the log is asked."""
        watch = Watch()
        self._watches.add(watch)
        try:
            yield watch
        finally:
            self._watches.discard(watch)

    def note(self, event: Redacted | Edited) -> None:
        """Note what the log has recorded, before anyone is told."""
        for watch in self._watches:
            watch.note(event)
