"""Answers about nicks, presence and who is here."""

from collections.abc import Iterator

import attrs

from chatsvc.core.names import Nick
from chatsvc.core.people import Mark
from chatsvc.core.roles import Role
from chatsvc.core.values import lightly_frozen


@attrs.frozen
class NickIs:
    """You have this nick now."""

    nick: Nick


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


@lightly_frozen
class UserSummary:
    """A row of the list of users: `via` is the way in, `away` None when online.

    `role` is the one in the room that was asked about; `MEMBER` where none was.
    """

    nick: Nick
    since: int
    via: str
    away: str | None
    role: Role = Role.MEMBER


@attrs.frozen
class UserList:
    """Users, in the order of their nicks."""

    users: tuple[UserSummary, ...]


@attrs.frozen(eq=False)
class UserPages:
    """A list of many users, in the order of their nicks; None stands for work without a row."""

    rows: Iterator[UserSummary | None]


@attrs.frozen
class RealnameIs:
    """You are called this beside your nick."""

    realname: str


@attrs.frozen
class MarksAre:
    """Your session has these marks now."""

    marks: frozenset[Mark]


@attrs.frozen
class Watched:
    """Which of the nicks asked for are watched now, and which are `too_many`."""

    nicks: tuple[Nick, ...] = ()
    too_many: tuple[Nick, ...] = ()
