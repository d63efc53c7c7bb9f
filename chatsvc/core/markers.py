"""Read markers: up to which time somebody says that they have read something.

They are what a client knows of its user; how far sessions were sent something is another
matter (`hub.positions`). They only rise. Nobody but their owner is told of them. What lasts of
them is the position that is noted with the membership.
"""

import attrs

from chatsvc.core.limits import READ_MARKERS, READ_MARKERS_OF_GUESTS, READ_MARKERS_OF_ONE
from chatsvc.core.names import NickKey, RoomKey
from chatsvc.core.people import Person

_Owner = int | tuple[NickKey, int]


@attrs.define(eq=False)
class Shelf:
    """Markers, by whom and of what; the oldest of who set none for longest go first."""

    most: int
    most_of_one: int
    by_owner: dict[_Owner, dict[RoomKey, int]] = attrs.field(factory=dict)
    count: int = 0

    def set(self, owner: _Owner, key: RoomKey, at: int) -> None:
        """Raise a marker."""
        own = self.by_owner.pop(owner, {})
        self.by_owner[owner] = own
        self.count -= len(own)
        own[key] = max(at, own.pop(key, at))
        if len(own) > self.most_of_one:
            del own[next(iter(own))]
        self.count += len(own)
        if self.count > self.most:
            self._forget_one()

    def _forget_one(self) -> None:
        owner, own = next(iter(self.by_owner.items()))
        del own[next(iter(own))]
        self.count -= 1
        if not own:
            del self.by_owner[owner]

    def rename(self, old: RoomKey, new: RoomKey) -> None:
        """Give markers another key, in place of what has it."""
        for own in self.by_owner.values():
            self.count -= len(own)
            own.pop(new, None)
            if old in own:
                own[new] = own.pop(old)
            self.count += len(own)
        self.by_owner = {owner: own for owner, own in self.by_owner.items() if own}


@attrs.define(eq=False)
class Markers:
    """All markers; those of guests are apart, and bounded apart."""

    of_accounts: Shelf = attrs.field(factory=lambda: Shelf(READ_MARKERS, READ_MARKERS_OF_ONE))
    of_guests: Shelf = attrs.field(
        factory=lambda: Shelf(READ_MARKERS_OF_GUESTS, READ_MARKERS_OF_ONE)
    )

    def of(self, person: Person, key: RoomKey) -> int | None:
        """Return up to when somebody has read what `key` names; None if they did not say."""
        return self._shelf(person).by_owner.get(_owner(person), {}).get(key)

    def set(self, person: Person, key: RoomKey, at: int) -> None:
        """Let somebody have read up to `at`, if they have not read further."""
        self._shelf(person).set(_owner(person), key, at)

    def rename(self, old: RoomKey, new: RoomKey) -> None:
        """Let all markers of a room be those of the key that it has now; those of others go."""
        self.of_accounts.rename(old, new)
        self.of_guests.rename(old, new)

    def _shelf(self, person: Person) -> Shelf:
        return self.of_guests if person.account is None else self.of_accounts


def _owner(person: Person) -> _Owner:
    """Return what a person's markers belong to: their account, or the guest for a while.

    Whoever registers a name that was free again is somebody else.
    """
    account = person.account
    return person.person_id if account is None else (account.key, account.created_at)
