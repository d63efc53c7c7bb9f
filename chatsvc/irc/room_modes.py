"""What is set in a room, as mode letters, and what a change of it is.

    i  Door.INVITATION       m  announce            l  most_members
    k  Door.PASSWORD         n  not outsiders       C  plain
    s  not listed            t  topic_kept
    o  moderators and owners                        v  voice

The core has one door: `+i` where there is a key takes the key away, and the other way round;
both are told. Of a key only a hash is kept, so `*` stands for it.

Source: https://modern.ircdocs.horse/#channel-modes
"""

from collections.abc import Iterator

from chatsvc.core.kinds import Door, Kind
from chatsvc.core.masks import Mask
from chatsvc.core.people import Person
from chatsvc.core.roles import Role
from chatsvc.core.room import Room
from chatsvc.core.sanctions import Means
from chatsvc.irc.hostmasks import from_core
from chatsvc.irc.modes import ANY_KEY, RANKS, Change

LIST_OF = {
    Means.BAN: "b",
    Means.MUTE: "b",
    Means.SPARE: "e",
    Means.HEAR: "e",
    Means.ADMIT: "I",
}
"""The letter of the list that each of ours is in."""


def flags_of(kind: Kind) -> str:
    """Return the letters without a parameter that are set."""
    letters = {
        "C": kind.plain,
        "i": kind.door is Door.INVITATION,
        "m": kind.announce,
        "n": not kind.outsiders,
        "s": not kind.listed,
        "t": kind.topic_kept,
    }
    return "".join(letter for letter, is_set in letters.items() if is_set)


def modes_of(kind: Kind) -> tuple[str, ...]:
    """Return all that is set, and the parameters of it, as 324 shows it."""
    letters, params = flags_of(kind), []
    if kind.door is Door.PASSWORD:
        letters += "k"
        params.append(ANY_KEY)
    if kind.most_members:
        letters += "l"
        params.append(str(kind.most_members))
    return (f"+{''.join(sorted(letters))}", *params)


def setting_changes(old: Kind, new: Kind) -> Iterator[Change]:
    """Return how `old` becomes `new`; what has no letter is left out."""
    before, after = flags_of(old), flags_of(new)
    had_key, has_key = (kind.door is Door.PASSWORD for kind in (old, new))
    yield from (Change(letter) for letter in after if letter not in before)
    if has_key and (not had_key or old.secret != new.secret):
        yield Change("k", True, ANY_KEY)
    if new.most_members and new.most_members != old.most_members:
        yield Change("l", True, str(new.most_members))
    yield from (Change(letter, False) for letter in before if letter not in after)
    if had_key and not has_key:
        yield Change("k", False, ANY_KEY)
    if old.most_members and not new.most_members:
        yield Change("l", False)


def ranks(role: Role, is_voiced: bool = False) -> str:
    """Return the letters of a member, the highest first."""
    highest = "o" if role >= Role.MODERATOR else ""
    return highest + ("v" if is_voiced or role is Role.VOICED else "")


def ranks_of(room: Room, person: Person) -> str:
    """Return the letters of somebody in a room."""
    member = room.members.get(person.person_id)
    return ranks(room.role_of(person), member is not None and member.is_voiced)


def signs_of(room: Room, person: Person) -> str:
    """Return what stands before a member's nick, the highest first."""
    member, role = room.members.get(person.person_id), room.role_of(person)
    if role is Role.MEMBER and (member is None or not member.is_voiced):
        return ""  # As nearly all.
    return "".join([RANKS[letter] for letter in ranks_of(room, person)])


def rank_changes(old: str, new: str, nick: str) -> Iterator[Change]:
    """Return how letters of a member become others."""
    yield from (Change(letter, True, nick) for letter in new if letter not in old)
    yield from (Change(letter, False, nick) for letter in old if letter not in new)


def list_change(means: Means, mask: Mask, is_set: bool = True) -> Change:
    """Return what puts an entry into a list, or takes it out."""
    text = str(from_core(mask, means in (Means.MUTE, Means.HEAR)))
    return Change(LIST_OF[means], is_set, text)
