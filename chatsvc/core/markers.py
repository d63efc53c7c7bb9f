"""Read markers: up to which time somebody says that they have read something.

They are what a client knows of its user; how far sessions were sent something is another
matter (`hub.positions`). They only rise. Nobody but their owner is told of them. What lasts of
them is the position that is noted with the membership.
"""

import attrs

from chatsvc.core.limits import READ_MARKERS
from chatsvc.core.names import NickKey, RoomKey
from chatsvc.core.people import Person

_Owner = int | tuple[NickKey, int]


@attrs.define(eq=False)
class Markers:
    """All markers, by whom and of what; those that were set longest ago go first."""

    most: int = READ_MARKERS
    _at: dict[tuple[_Owner, RoomKey], int] = attrs.field(factory=dict)

    def of(self, person: Person, key: RoomKey) -> int | None:
        """Return up to when somebody has read what `key` names; None if they did not say."""
        return self._at.get((_owner(person), key))

    def set(self, person: Person, key: RoomKey, at: int) -> None:
        """Let somebody have read up to `at`, if they have not read further."""
        place = (_owner(person), key)
        before = self._at.pop(place, at)
        self._at[place] = max(at, before)
        if len(self._at) > self.most:
            del self._at[next(iter(self._at))]

    def rename(self, old: RoomKey, new: RoomKey) -> None:
        """Let all markers of a room be those of the key that it has now; those of others go."""
        if any(key == old for _, key in self._at):
            markers = {place: at for place, at in self._at.items() if place[1] != new}
            self._at = {(who, new if key == old else key): at for (who, key), at in markers.items()}


def _owner(person: Person) -> _Owner:
    """Return what a person's markers belong to: their account, or the guest for a while.

    Whoever registers a name that was free again is somebody else.
    """
    account = person.account
    return person.person_id if account is None else (account.key, account.created_at)
