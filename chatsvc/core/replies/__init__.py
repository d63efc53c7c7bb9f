"""What a request is answered with when it is not refused: one class an answer.

A refused request is answered with a `Refusal` (see `errors`). A `port` is the
room's own TCP port: None where rooms have none, 0 where none was free.

    moderation   what owners and moderators are answered with; the rest is here
"""

from collections.abc import Iterator

import attrs

from chatsvc.core.events import Said
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies.moderation import (
    Hit,
    InvitationGiven,
    InvitationGone,
    ModerationReply,
    PutOut,
    RoleIs,
    SanctionGone,
    SanctionIs,
    SanctionList,
    Settings,
    WouldHit,
)
from chatsvc.core.values import lightly_frozen

NO_PORT = 0
"""The port of a room for which the range of room ports had none left."""

WHOLE = 100
"""Rows of `list` or `who` that are answered at once; more come a page at a time."""


@attrs.frozen
class NickIs:
    """You have this nick now."""

    nick: Nick


@attrs.frozen
class RoomMade:
    """The room was made."""

    room: RoomName
    port: int | None = None


@attrs.frozen
class Entered:
    """You are a member; the last message has number `last`, 0 if there is none."""

    room: RoomName
    last: int
    members: int
    port: int | None = None


@attrs.frozen
class RoomLeft:
    """You are not a member any more."""

    room: RoomName


@attrs.frozen
class RoomGone:
    """The room was deleted."""

    room: RoomName


@lightly_frozen
class Sent:
    """Your message was kept under this number."""

    room: RoomName
    number: int


@attrs.frozen
class MessageRedacted:
    """The text of the message is taken back."""

    room: RoomName
    number: int


@attrs.frozen
class MessageEdited:
    """The message has another text now."""

    room: RoomName
    number: int


@attrs.frozen
class Delivered:
    """Your direct message was passed on; one that is kept has a number."""

    nick: Nick
    number: int | None = None


@attrs.frozen
class IgnoredNow:
    """You ignore this user."""

    nick: Nick


@attrs.frozen
class UnignoredNow:
    """You do not ignore this user any more."""

    nick: Nick


@attrs.frozen
class IgnoredUsers:
    """Whom you ignore, in the order in which you began to."""

    nicks: tuple[Nick, ...]


@attrs.frozen
class AwayNoted:
    """You are away."""


@attrs.frozen
class BackNoted:
    """You are back."""


@attrs.frozen
class TopicIs:
    """The room's topic, who set it and when; `nick` None: there is none."""

    room: RoomName
    at: int
    nick: Nick | None
    text: str


@attrs.frozen
class WelcomeIs:
    """The room's welcome line, perhaps empty."""

    room: RoomName
    text: str


@attrs.frozen
class RoomSummary:
    """A row of the list of rooms; `last_at` 0: nothing was said yet.

    `kind` is `Kind.name`. Of a room that shows no details all numbers are 0, and times too.
    """

    room: RoomName
    members: int
    last: int
    created_at: int
    last_at: int
    kept: bool
    topic: str
    kind: str = "public"


@attrs.frozen
class RoomList:
    """Every room, in the order of their names."""

    rooms: tuple[RoomSummary, ...]


@attrs.frozen(eq=False)
class RoomPages:
    """A list of many rooms, in the order of their names, each made when it is asked for."""

    rows: Iterator[RoomSummary | None]


@attrs.frozen
class RoomDetails:
    """All there is to know about one room."""

    summary: RoomSummary
    owner: Nick | None
    topic: TopicIs
    welcome: str
    port: int | None = None


@attrs.frozen
class UserSummary:
    """A row of the list of users: `via` is the way in, `away` None when online."""

    nick: Nick
    since: int
    via: str
    away: str | None


@attrs.frozen
class UserList:
    """Users, in the order of their nicks."""

    users: tuple[UserSummary, ...]


@attrs.frozen(eq=False)
class UserPages:
    """A list of many users, in the order of their nicks; None stands for work without a row."""

    rows: Iterator[UserSummary | None]


@attrs.frozen
class History:
    """Messages of a room, oldest first."""

    room: RoomName
    messages: tuple[Said, ...]


@attrs.frozen
class SearchResult:
    """Messages of a room that hold all the words, oldest first."""

    room: RoomName
    messages: tuple[Said, ...]


@attrs.frozen
class TalkingIn:
    """Plain lines are said in `room` from now on; None: they are commands again."""

    room: RoomName | None


@attrs.frozen
class Pong:
    """A sign of life."""

    token: str


@attrs.frozen
class HelpOn:
    """Help on one verb, or on all with an empty `verb`; each way in has its own words."""

    verb: str


@attrs.frozen
class AccountMade:
    """Your nick is the name of your account now."""

    nick: Nick


@attrs.frozen
class Unread:
    """A room you are in: its last number, and how many messages you have not read.

    Or a conversation in which there is something that you have not read.
    """

    room: RoomName
    last: int
    unread: int


@attrs.frozen
class LoggedInAs:
    """You are the owner of an account now, and in these rooms, in the order of their names."""

    nick: Nick
    rooms: tuple[Unread, ...]


@attrs.frozen
class LoggedOff:
    """You have no nick and no account at this connection now."""


@attrs.frozen
class PasswordChanged:
    """Your account has the new password."""


@attrs.frozen
class DropCode:
    """Your account is dropped if you ask once more, with `code`, within `seconds`."""

    code: str
    seconds: int


@attrs.frozen
class AccountGone:
    """You have no account any more; the nick is yours while you are here."""

    nick: Nick


@attrs.frozen
class KeyKept:
    """Your account has this SSH public key now."""

    fingerprint: str


@attrs.frozen
class KeySummary:
    """A row of the list of keys: its place, from 1 on, and what people know it by."""

    place: int
    fingerprint: str
    kind: str
    comment: str


@attrs.frozen
class KeyList:
    """The SSH public keys of your account, in the order in which they were added."""

    keys: tuple[KeySummary, ...]


@attrs.frozen
class KeyGone:
    """Your account does not have this key any more."""

    fingerprint: str


@attrs.frozen
class PairingCode:
    """Who says `code` within `seconds` at another connection is you there."""

    code: str = attrs.field(repr=False)
    seconds: int


@attrs.frozen
class Bye:
    """The connection closes now."""


Reply = (
    Sent
    | NickIs
    | RoomMade
    | Entered
    | RoomLeft
    | RoomGone
    | MessageRedacted
    | MessageEdited
    | Delivered
    | IgnoredNow
    | UnignoredNow
    | IgnoredUsers
    | AwayNoted
    | BackNoted
    | TopicIs
    | WelcomeIs
    | RoomList
    | RoomPages
    | RoomDetails
    | UserList
    | UserPages
    | History
    | SearchResult
    | TalkingIn
    | Pong
    | HelpOn
    | AccountMade
    | LoggedInAs
    | LoggedOff
    | PasswordChanged
    | DropCode
    | AccountGone
    | KeyKept
    | KeyList
    | KeyGone
    | PairingCode
    | Bye
    | ModerationReply
)
"""Any answer that is not a refusal."""

__all__ = [
    "NO_PORT",
    "WHOLE",
    "AccountGone",
    "AccountMade",
    "AwayNoted",
    "BackNoted",
    "Bye",
    "Delivered",
    "DropCode",
    "Entered",
    "HelpOn",
    "History",
    "Hit",
    "InvitationGiven",
    "InvitationGone",
    "KeyGone",
    "KeyKept",
    "KeyList",
    "KeySummary",
    "LoggedInAs",
    "LoggedOff",
    "MessageEdited",
    "MessageRedacted",
    "ModerationReply",
    "NickIs",
    "PairingCode",
    "PasswordChanged",
    "Pong",
    "PutOut",
    "Reply",
    "RoleIs",
    "RoomDetails",
    "RoomGone",
    "RoomLeft",
    "RoomList",
    "RoomMade",
    "RoomPages",
    "RoomSummary",
    "SanctionGone",
    "SanctionIs",
    "SanctionList",
    "SearchResult",
    "Sent",
    "Settings",
    "TalkingIn",
    "TopicIs",
    "Unread",
    "UserList",
    "UserPages",
    "UserSummary",
    "WelcomeIs",
    "WouldHit",
]
