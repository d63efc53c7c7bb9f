"""Whom somebody does not want to hear: `ignore NICK`, `unignore NICK`.

An entry is an account where the ignored one has one, and else a nick: who is ignored by
account stays so under any nick, and a guest's nick is all there is of a guest. To ignore is
nobody's business but one's own: the ignored are not told, and their messages are refused to
nobody else. What is ignored is direct messages and invitations, at the server; messages in
rooms keep their numbers and come, marked or hidden by the client, or a reader would have
holes. Operators of the server are heard always.
"""

from collections.abc import Iterator

import attrs

from chatsvc.core.errors import TooMany
from chatsvc.core.masks import Mask, mask_of
from chatsvc.core.subject import Subject


@attrs.frozen
class Ignored:
    """The list of one person, in the order in which they were ignored."""

    masks: tuple[Mask, ...] = ()

    def __len__(self) -> int:
        return len(self.masks)

    def __iter__(self) -> Iterator[Mask]:
        return iter(self.masks)

    def having(self, mask: Mask, most: int) -> "Ignored":
        """Return this list with one more; raise `TooMany` beyond `most`."""
        if mask in self.masks:
            return self
        if len(self.masks) >= most:
            raise TooMany(f"You ignore {most} users already; unignore one first.")
        return Ignored((*self.masks, mask))

    def without(self, mask: Mask) -> "Ignored":
        """Return this list without one; the same if it is not in it."""
        return Ignored(tuple(one for one in self.masks if one != mask))

    def hides(self, subject: Subject) -> bool:
        """Tell whether `subject` is not to be heard."""
        return not subject.is_operator and any(mask.hits(subject) for mask in self.masks)


NOBODY_IGNORED = Ignored()
"""The list of whoever hears everybody."""


def ignoring(subject: Subject) -> Mask:
    """Return the entry for somebody: by account, or else by nick."""
    return mask_of(subject)
