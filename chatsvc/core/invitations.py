"""Who is invited into a room and has not come yet.

An invitation is for an account, or for the nick of a guest. It opens every door once: who
comes in has used it up, and who is put out needs another. Who lays a ban on somebody takes
the invitation back; a ban is stronger in any case. `Limits.room_invitations` bounds them.
"""

from collections.abc import Iterable

import attrs

from chatsvc.core.errors import BadMask, TooMany
from chatsvc.core.masks import Mask, mask_of
from chatsvc.core.names import Nick
from chatsvc.core.subject import Subject


@attrs.frozen
class Invitation:
    """One invitation: whom it names, and who gave it when, in milliseconds since 1970 UTC."""

    mask: Mask
    by: Nick
    at: int


class Invitations:
    """The invitations of one room, oldest first."""

    def __init__(self, invitations: Iterable[Invitation] = ()) -> None:
        self._by_mask = {invitation.mask.text: invitation for invitation in invitations}

    def __len__(self) -> int:
        return len(self._by_mask)

    def check_space(self, mask: Mask, most: int) -> None:
        """Make sure that there is room for one more; raise `TooMany`."""
        if len(self._by_mask) >= most and mask.text not in self._by_mask:
            raise TooMany(
                f"{most} people are invited already and have not come; take one back first."
            )

    def give(self, invitation: Invitation) -> None:
        """Put one in; an older one for the same person is replaced."""
        self.take_back(invitation.mask)
        self._by_mask[invitation.mask.text] = invitation

    def take_back(self, mask: Mask) -> Invitation | None:
        """Take one out, because it was used or is not meant any more; None if there is none."""
        return self._by_mask.pop(mask.text, None)

    def take_back_from(self, subject: Subject) -> None:
        """Take out the invitation of somebody, if there is one: it was used."""
        if self._by_mask and (invitation := self.of(subject)) is not None:
            self.take_back(invitation.mask)

    def of(self, subject: Subject) -> Invitation | None:
        """Return the invitation of somebody, None if there is none.

        A guest's is by nick, an account's by account alone: who takes the nick of an invited
        account is not invited.
        """
        try:
            return self._by_mask.get(mask_of(subject).text)
        except BadMask:
            return None

    def listed(self) -> tuple[Invitation, ...]:
        """Return all of them, oldest first."""
        return tuple(self._by_mask.values())
