"""What the RoomManager remembers: rooms and who is where; `people` has the rest.

Plain state without behaviour beyond looking itself up; the rules of `core.rules`
decide, `RoomManager.apply` is the only thing that changes it.
"""

from collections.abc import Iterator

import attrs

from chatsvc.core.access_table import Ownership
from chatsvc.core.accounts import Account, Membership, StoredMembership
from chatsvc.core.happenings import Spot
from chatsvc.core.invitations import Invitation, Invitations
from chatsvc.core.kinds import PUBLIC, Door, Kind
from chatsvc.core.limits import FORMER_MEMBERS_KEPT
from chatsvc.core.metadata import NO_METADATA, Metadata
from chatsvc.core.names import Nick, NickKey, RoomKey, RoomName, nick_key, room_key
from chatsvc.core.people import Person
from chatsvc.core.roles import Role
from chatsvc.core.sanctions import Means, Sanction, Sanctions
from chatsvc.core.server import NOTHING_SET, StoredServer
from chatsvc.core.stays import Stays
from chatsvc.core.subject import Subject


@attrs.frozen
class StoredRoom:
    """A room as a log returns it when it is opened.

    Times are milliseconds since 1970 UTC, 0 for "never". `last` is the number of
    the newest message. `topic_nick` None: no topic was ever set. `others` are the lists beside
    bans and mutes.
    """

    room_id: int
    room: RoomName
    created_at: int
    owner: Nick | None
    kept: bool
    last: int = 0
    last_at: int = 0
    topic: str = ""
    topic_nick: Nick | None = None
    topic_at: int = 0
    welcome: str = ""
    gone: int = 0
    kind: Kind = PUBLIC
    roles: tuple[tuple[Nick, Role], ...] = ()
    bans: tuple[Sanction, ...] = ()
    mutes: tuple[Sanction, ...] = ()
    others: tuple[tuple[Means, Sanction], ...] = ()
    invitations: tuple[Invitation, ...] = ()
    stays: tuple[tuple[Nick, Stays], ...] = ()
    metadata: Metadata = NO_METADATA


@attrs.frozen
class Stored:
    """Everything that a log returns when it is opened."""

    rooms: tuple[StoredRoom, ...] = ()
    accounts: tuple[Account, ...] = ()
    memberships: tuple[StoredMembership, ...] = ()
    server: StoredServer = NOTHING_SET


@attrs.define(eq=False)
class Member:
    """A person who is in a room.

    `automatic` has the ids of those of their sessions that the server put there and that
    have not asked for the room themselves yet. `role` is what a guest is for as long as it is
    here, None where nobody has said; `is_voiced`: has voice, for as long, whatever its role.
    """

    person: Person
    automatic: set[int] = attrs.field(factory=set)
    after: int = 0
    role: Role | None = None
    is_voiced: bool = False


@attrs.define(eq=False)
class Room:
    """A room and its members, by person id.

    `keepers` are the accounts whose membership lasts, there or not. Roles and stays are
    those of accounts. `owner` is the nick of who made it, `gone` the number up to which no
    message is left. `topic_spot` is when the topic was set, where that was since the start.
    `all_speak`: nothing can keep a member from speaking. At `renamed_at` it got its name, 0
    where it has had that since the start. `rewritten` counts how often a message was changed.
    """

    room_id: int
    name: RoomName
    key: RoomKey
    created_at: int
    owner: NickKey | None
    owner_nick: Nick | None
    kept: bool
    last: int = 0
    last_at: int = 0
    topic: str = ""
    topic_nick: Nick | None = None
    topic_at: int = 0
    topic_spot: Spot | None = None
    welcome: str = ""
    spare_until: int = 0
    members: dict[int, Member] = attrs.field(factory=dict)
    keepers: dict[NickKey, Membership] = attrs.field(factory=dict)
    gone: int = 0
    kind: Kind = PUBLIC
    roles: dict[NickKey, Role] = attrs.field(factory=dict)
    bans: Sanctions = attrs.field(factory=Sanctions)
    mutes: Sanctions = attrs.field(factory=Sanctions)
    spared: Sanctions = attrs.field(factory=Sanctions)
    heard: Sanctions = attrs.field(factory=Sanctions)
    welcomed: Sanctions = attrs.field(factory=Sanctions)
    invitations: Invitations = attrs.field(factory=Invitations)
    stays: dict[NickKey, Stays] = attrs.field(factory=dict)
    all_speak: bool = True
    metadata: Metadata = NO_METADATA
    renamed_at: int = 0
    rewritten: int = 0

    @classmethod
    def from_stored(cls, stored: StoredRoom, spare_until: int = 0) -> "Room":
        """Make a room without members from what the log knows.

        A temporary one is not vacated before `spare_until`.
        """
        room = cls(
            room_id=stored.room_id,
            name=stored.room,
            key=room_key(stored.room),
            created_at=stored.created_at,
            owner=None if stored.owner is None else nick_key(stored.owner),
            owner_nick=stored.owner,
            kept=stored.kept,
            last=stored.last,
            last_at=stored.last_at,
            topic=stored.topic,
            topic_nick=stored.topic_nick,
            topic_at=stored.topic_at,
            welcome=stored.welcome,
            spare_until=spare_until,
            gone=stored.gone,
            kind=stored.kind,
            roles={nick_key(name): role for name, role in stored.roles},
            bans=Sanctions(stored.bans),
            mutes=Sanctions(stored.mutes),
            invitations=Invitations(stored.invitations),
            stays={nick_key(name): stays for name, stays in stored.stays},
            metadata=stored.metadata,
        )
        for means, sanction in stored.others:
            room.sanctions(means).lay(sanction)
        room.note_who_speaks()
        return room

    @classmethod
    def unknown(cls) -> "Room":
        """Make a room that is there for nobody: that of an account, for the invited, none yet."""
        name, owner = RoomName("unknown"), NickKey("")
        room = cls(0, name, room_key(name), 0, None, None, kept=True)
        room.kind = Kind(listed=False, door=Door.INVITATION)
        room.roles[owner] = Role.OWNER
        return room

    def is_vacant(self, now: int) -> bool:
        """Tell whether this is a temporary room that may be removed: it has no members left."""
        is_empty = not (self.kept or self.members or self.keepers)
        return is_empty and now >= self.spare_until

    def sessions(self) -> Iterator[int]:
        """Return the ids of all sessions that are in the room."""
        return (session for member in self.members.values() for session in member.person.sessions)

    # Who may do what

    @property
    def ownership(self) -> Ownership:
        """Whose the room is."""
        if Role.OWNER in self.roles.values():
            return Ownership.ACCOUNT
        return Ownership.NOBODY if self.owner is None else Ownership.GUEST

    def role_of(self, person: Person) -> Role:
        """Return the role of somebody, who need not be a member.

        A room that a guest made is owned by that guest while it is here, and if it hides nothing
        by whoever has that nick while it is not, until an account owns it.
        """
        account, member = person.account, self.members.get(person.person_id)
        role = Role.MEMBER if account is None else self.roles.get(account.key, Role.MEMBER)
        if account is None and member is not None and member.role is not None:
            role = member.role
        elif self.owner is not None and self.owner == nick_key(person.nick):
            role = Role.OWNER if self.is_of_nick(self.owner) else role
        if role is Role.MEMBER and member is not None and member.is_voiced:
            return Role.VOICED
        return role

    def is_of_nick(self, nick: NickKey) -> bool:
        """Tell whether a nick alone makes its owner: that of the guest who made the room.

        Not where the room is private, or hides what was said before, which anybody would open
        by that nick, and not while a guest who owns it is there. Nor in a room that ends by itself
        while it is anybody's: nobody is to be above those who are there by taking a nick.
        """
        if (
            self.owner != nick
            or not self.kind.hides_nothing
            or self.ownership is not Ownership.GUEST
        ):
            return False
        if not self.kept and (self.members or self.keepers):
            return False
        return all(member.role is not Role.OWNER for member in self.members.values())

    def sanctions(self, means: Means) -> Sanctions:
        """Return one of the lists of masks."""
        match means:
            case Means.BAN:
                return self.bans
            case Means.MUTE:
                return self.mutes
            case Means.SPARE:
                return self.spared
            case Means.HEAR:
                return self.heard
            case Means.ADMIT:
                return self.welcomed

    @property
    def has_passing(self) -> bool:
        """Whether any ban, mute or favour ends by itself."""
        return any(self.sanctions(means).may_end for means in Means)

    def note_who_speaks(self) -> None:
        """Bring `all_speak` up to date, after the kind or the mutes have changed."""
        self.all_speak = not (self.kind.announce or self.mutes)

    # What may be read

    @property
    def gone_after(self) -> int:
        """The number up to which nobody reads anything: those messages have had their time."""
        return max(self.gone, self.kind.keeping.gone_after(self.last))

    def stays_of(self, person: Person) -> Stays:
        """Return the stays of somebody; those of guests end with their membership."""
        account = person.account
        if account is not None and (kept := self.stays.get(account.key)) is not None:
            return kept
        member = self.members.get(person.person_id)
        return Stays() if member is None else Stays().begun(member.after)

    def end_stay(self, account: NickKey, last: int) -> None:
        """End the stay of an account; remember at most `FORMER_MEMBERS_KEPT` former members."""
        ended = self.stays.pop(account, Stays()).ended(last)
        if not ended.stays:
            return
        self.stays[account] = ended  # The newest former member is the last one.
        if len(self.stays) - len(self.keepers) > FORMER_MEMBERS_KEPT:
            del self.stays[next(key for key in self.stays if key not in self.keepers)]

    def forget_account(self, account: NickKey) -> None:
        """Forget what an account may do here: it is gone, and its name is free."""
        self.roles.pop(account, None)
        self.stays.pop(account, None)
        self.invitations.take_back_from(Subject(account=Nick(account)))
