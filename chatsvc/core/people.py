"""Who is there: sessions, and the persons behind them.

A *session* is one connection. A *person* is who is behind one nick: a guest, who has one
session, or the owner of an account, who has as many as they like, of any ways in. Rooms
have persons as members: who comes by two sessions is shown once and counted once, and all
their sessions hear the rooms they are in, each from a position of its own.
"""

import enum
from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from chatsvc.core.accounts import Account
from chatsvc.core.fingerprints import Fingerprint
from chatsvc.core.ignoring import NOBODY_IGNORED, Ignored
from chatsvc.core.metadata import NO_METADATA, Metadata
from chatsvc.core.names import Nick, NickKey, RoomKey, RoomName, nick_key

if TYPE_CHECKING:
    from chatsvc.core.room import Room


class Mark(enum.Enum):
    """What somebody says of a session of theirs.

    `BOT`: a program speaks there. `INVISIBLE`: only who names them, or shares a room with them,
    finds them. `HEARS_OPERATORS`: it wants to hear what operators tell each other.
    """

    BOT = "bot"
    INVISIBLE = "invisible"
    HEARS_OPERATORS = "hears operators"


@attrs.define(eq=False)
class Person:
    """Who is behind one nick; `account` None: a guest. The nick need not be the account's name.

    `person_id` is never given out twice. `since` is when the first session of those that
    are here connected, `named_at` since when the nick is theirs, in milliseconds since 1970
    UTC: that of who logs in since the account was made. `away` is None when online.
    `operates_as` is the operator as whom it has identified itself while being somebody else,
    for as long as it is here. `sessions` are by id. `invited` has the rooms that somebody was
    invited into while a guest.
    `known_to` are the accounts that have told a guest something under the nick that it has, who
    keep what it answers.
    `ignored` are those that a guest does not want to hear, `metadata` is what it says of itself;
    those of an account are its own.
    """

    person_id: int
    nick: Nick
    since: int
    named_at: int = 0
    account: Account | None = None
    away: str | None = None
    operates_as: Nick | None = None
    ignored: Ignored = NOBODY_IGNORED
    sessions: dict[int, "Session"] = attrs.field(factory=dict)
    rooms: dict[RoomKey, "Room"] = attrs.field(factory=dict)
    invited: frozenset[RoomKey] = frozenset()
    metadata: Metadata = NO_METADATA
    known_to: frozenset[NickKey] = frozenset()

    @property
    def oldest_session(self) -> "Session":
        """The session that is here longest; the others do not change how they are shown."""
        return next(iter(self.sessions.values()))

    def has(self, mark: Mark) -> bool:
        """Tell whether any session of this person has a mark."""
        return any(mark in session.marks for session in self.sessions.values())

    @property
    def shown_metadata(self) -> Metadata:
        """What this person says of themselves."""
        return self.metadata if self.account is None else self.account.metadata

    @property
    def is_secure(self) -> bool:
        """Whether nobody on the way can read along, at any of their connections."""
        return all(session.is_secure for session in self.sessions.values())

    @property
    def has_own_name(self) -> bool:
        """Tell whether the nick is the name of the account, which nobody else ever has."""
        return self.account is not None and self.account.key == nick_key(self.nick)

    @property
    def is_operator(self) -> bool:
        """Tell whether this is an operator of the server."""
        is_account = self.account is not None and self.account.is_operator
        return is_account or self.operates_as is not None


@attrs.define(eq=False)
class Session:
    """One connected client: `via` names its way in, `person` who is behind it.

    `person` is None until it has a nick, and again after it logged out; it has had no nick
    since `nameless_since`, and asked for nothing since `asked_at`, in seconds of the hub's
    clock; a ping does not count. `aim`, where given, is the room it goes to when it gets its
    nick, instead of the lobby. `host` is where the client is, as its transport names it;
    "" where it has no address. `awaiting` is the account that it is logged in to while it has no
    nick yet. `user` and `realname` are what it says of itself where its way in has such words,
    else ""; `marks` what else it says of itself. `cloak` is what is shown of `host`, "" where
    nothing is. `is_secure`: nobody on the way can read along; `certificate` is what the client
    has shown in doing so, if it did.
    """

    session_id: int
    via: str
    since: int
    aim: RoomName | None = None
    host: str = ""
    user: str = ""
    realname: str = ""
    marks: frozenset[Mark] = frozenset()
    cloak: str = ""
    person: Person | None = None
    awaiting: Account | None = None
    nameless_since: int = attrs.field(
        default=attrs.Factory(lambda session: session.since, takes_self=True)
    )
    asked_at: float | None = None
    is_secure: bool = False
    certificate: Fingerprint | None = None

    @property
    def source(self) -> tuple[str, str]:
        """Its user name and the host that is shown of it, for masks.

        Where no way in shows hosts there is none.
        """
        return (self.user or self.via, self.cloak)

    @property
    def nick(self) -> Nick | None:
        """The nick of the person behind it."""
        return None if self.person is None else self.person.nick

    @property
    def account(self) -> Account | None:
        """The account that it is logged in to."""
        return self.awaiting if self.person is None else self.person.account

    @property
    def away(self) -> str | None:
        """Why the person behind it is away; None when online."""
        return None if self.person is None else self.person.away

    @property
    def rooms(self) -> Mapping[RoomKey, "Room"]:
        """Where the person behind it is a member."""
        return {} if self.person is None else self.person.rooms
