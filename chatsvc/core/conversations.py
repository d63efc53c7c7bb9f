"""Conversations: the kept direct messages of accounts, as a log of their own.

A conversation is kept like a room, so that messages are numbered, read, searched, redacted
and repeated by their client ids as everywhere. Its name is one that no parser of names
accepts: the sign `@` and the two accounts' names in their compared form, in order, with a
space between them. It is among `State.conversations` and never among the rooms, so nothing
that shows, lists or changes rooms can come across it.

What an account tells a guest, and what that guest says to it then, is kept for the account
alone, and so is what it tells itself: such a conversation has one *party*. A guest stands there as
`~` and its nick, which no account is called like: whoever has the nick later, as a guest or as an
account, has no part in it.

Each of the two knows it by the other's name, as `@bob`: so it is spelt in every command,
answer and event. A *part* in a conversation is what a membership is in a room: it begins with
the first message, and ends where its owner ignores the other and is told something (see
`rules.direct`). Who has a part reads the numbers of its stays, and nobody else reads any.
"""

from collections.abc import Iterator

import attrs

from chatsvc.core.accounts import Membership, StoredMembership
from chatsvc.core.names import Nick, NickKey, RoomKey, RoomName, nick_key, parse_nick, room_key
from chatsvc.core.room import Room
from chatsvc.core.stays import NO_STAYS, Ranges

SIGN = "@"
"""What the name of a conversation begins with; it is no character of names."""


GUEST = "~"
"""What a guest's name begins with in the name of a conversation; no nick begins so."""


def is_direct(name: str) -> bool:
    """Tell whether this names a conversation, by one of the two or by both."""
    return name.startswith(SIGN)


def with_peer(nick: Nick) -> RoomName:
    """Return how a conversation is spelt for whoever has it with `nick`."""
    return RoomName(SIGN + nick)


def peer_in(name: RoomName) -> Nick:
    """Return with whom a conversation is that is spelt so."""
    return Nick(name.removeprefix(SIGN))


def name_of(one: NickKey, other: NickKey) -> RoomName:
    """Return the name under which the conversation of two accounts is kept."""
    return RoomName(f"{SIGN}{min(one, other)} {max(one, other)}")


def parse_direct(word: str) -> RoomName:
    """Return the conversation that `@NICK` names, or `@~NICK` with a guest; raise `BadNick`."""
    nick = word.removeprefix(SIGN)
    if nick.startswith(GUEST):
        return with_peer(Nick(GUEST + parse_nick(nick.removeprefix(GUEST))))
    return with_peer(parse_nick(nick))


def as_guest(nick: Nick) -> NickKey:
    """Return how a guest stands in the name of a conversation."""
    return NickKey(GUEST + nick_key(nick))


def guest_in(name: RoomName) -> Nick | None:
    """Return the nick of the guest with whom a conversation is that is spelt so; None: no guest."""
    peer = peer_in(name)
    return Nick(peer.removeprefix(GUEST)) if peer.startswith(GUEST) else None


def parties(name: RoomName | RoomKey) -> tuple[NickKey, ...]:
    """Return the accounts whose conversation is kept under `name`: two, or one."""
    named = dict.fromkeys(_both(name))
    return tuple(key for key in named if not key.startswith(GUEST))


def other_party(room: Room, account: NickKey) -> NickKey:
    """Return with whom `account` has this conversation: another account, a guest, itself."""
    one, other = _both(room.key)
    return other if account == one else one


def _both(name: RoomName | RoomKey) -> tuple[NickKey, NickKey]:
    one, _, other = name.removeprefix(SIGN).partition(" ")
    return NickKey(one), NickKey(other)


def readable_in(room: Room, account: NickKey) -> Ranges:
    """Return the numbers of a conversation that an account may read; none for third ones."""
    return room.stays.get(account, NO_STAYS).ranges(room.last)


@attrs.define(eq=False)
class Conversations:
    """All conversations, by key and by account."""

    by_key: dict[RoomKey, Room] = attrs.field(factory=dict)
    _of: dict[NickKey, dict[RoomKey, Room]] = attrs.field(factory=dict)

    def __len__(self) -> int:
        return len(self.by_key)

    def get(self, key: RoomKey) -> Room | None:
        """Return the conversation kept under `key`, if there is one."""
        return self.by_key.get(key)

    def between(self, one: NickKey, other: NickKey) -> Room | None:
        """Return the conversation of two accounts, if they have one."""
        return self.by_key.get(room_key(name_of(one, other)))

    def of(self, account: NickKey) -> Iterator[Room]:
        """Return the conversations of an account."""
        return iter(tuple(self._of.get(account, {}).values()))

    def begun_by(self, account: NickKey) -> int:
        """Return how many conversations an account has begun."""
        return sum(room.owner == account for room in self._of.get(account, {}).values())

    def add(self, room: Room) -> None:
        """Take up a conversation that exists from now on."""
        self.by_key[room.key] = room
        for account in parties(room.key):
            self._of.setdefault(account, {})[room.key] = room

    def remove(self, room: Room) -> None:
        """Forget a conversation that exists no more."""
        del self.by_key[room.key]
        for account in parties(room.key):
            of_account = self._of.get(account, {})
            of_account.pop(room.key, None)
            if not of_account:
                self._of.pop(account, None)


def keep_part(room: Room, stored: StoredMembership) -> None:
    """Let an account have a part in a conversation; one it has already stays as it is."""
    account = nick_key(stored.account)
    room.keepers.setdefault(account, Membership(account, room, stored.since, stored.position))
