"""Answers about accounts."""

import attrs

from chatsvc.core.names import Nick, RoomName


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
class Proven:
    """You have shown to be the owner of an account, and may log in."""


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
