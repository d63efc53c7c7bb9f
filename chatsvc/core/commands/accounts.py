"""Who somebody is: accounts, their passwords and keys, and what comes of those."""

import attrs

from chatsvc.core.names import Nick, RoomKey


@attrs.frozen
class Register:
    """Make one's nick the name of an account with this password.

    `nick` is the name where there is no nick yet; who is so logged in has none afterwards, too.
    """

    password: str = attrs.field(repr=False)
    nick: Nick | None = None


@attrs.frozen
class LogIn:
    """Be the owner of the account called `name`.

    `keeps_nick`: under the nick one has, which need not be the account's name; who has none is
    logged in without one, until a `SetNick`.
    """

    name: Nick
    password: str = attrs.field(repr=False)
    keeps_nick: bool = False


@attrs.frozen
class Prove:
    """Be the owner of the account called `name`, which was shown without saying a password.

    `is_right`: by what belongs to its `secret`, as that was then; otherwise it counts as a wrong
    password. The first time that is all; who `is_sure` that the server is no other has been told
    so, and logs in. The nick is kept, as with `LogIn.keeps_nick`.
    """

    name: Nick
    secret: str = attrs.field(repr=False)
    is_right: bool
    is_sure: bool = False


@attrs.frozen
class ShowCertificate:
    """Be the owner of the account called `name`, by the certificate that this connection has shown.

    None: of the one account that has this certificate. Of several it is the one that is called
    `preferred`. The nick is kept, as with `LogIn.keeps_nick`.
    """

    name: Nick | None = None
    preferred: Nick | None = None


@attrs.frozen
class LogOut:
    """Be nobody again at this connection."""


@attrs.frozen
class EndOthers:
    """End the other connections of one's account."""


@attrs.frozen
class ChangePassword:
    """Set the password of one's account; `old` is the one it has."""

    old: str = attrs.field(repr=False)
    new: str = attrs.field(repr=False)


@attrs.frozen
class DropAccount:
    """Give one's account up; without a `code`, ask for the one that confirms it."""

    password: str = attrs.field(repr=False)
    code: str = ""


# Other ways into an account than its password


@attrs.frozen
class AddKey:
    """Let one's account have a key: an SSH public key or a certificate, as `Key.line` has it."""

    key: str


@attrs.frozen
class ListKeys:
    """Ask for the keys of one's account."""


@attrs.frozen
class RemoveKey:
    """Take a key from one's account: its place in the list, from 1 on, or its fingerprint."""

    key: int | str


@attrs.frozen
class GrantCode:
    """Ask for a code by which another connection becomes one of one's account."""


@attrs.frozen
class Pair:
    """Be the owner of the account that gave this code."""

    code: str = attrs.field(repr=False)


# What the hub asks for when a password was checked or hashed


@attrs.frozen
class RegisterAccount:
    """Make one's nick the name of an account; `secret` is the password's hash.

    `nick` is the name where there is no nick yet.
    """

    secret: str = attrs.field(repr=False)
    nick: Nick | None = None


@attrs.frozen
class BecomeAccount:
    """Be the owner of the account called `name`, who has shown to be that.

    `positions` are the numbers up to which its sessions have read, by room; where one is
    missing, what was noted last holds. `may_be_new`: there was no such account when they
    were asked who they are; another program knew them.
    """

    name: Nick
    positions: tuple[tuple[RoomKey, int], ...] = ()
    may_be_new: bool = False
    keeps_nick: bool = False


@attrs.frozen
class ReplacePassword:
    """Set the password of one's account to the one whose hash is `secret`."""

    secret: str = attrs.field(repr=False)


@attrs.frozen
class RenewSecret:
    """Keep another hash of the password of an account, in place of `old`."""

    name: Nick
    old: str = attrs.field(repr=False)
    new: str = attrs.field(repr=False)


@attrs.frozen
class RemoveAccount:
    """Give one's account up."""


@attrs.frozen
class NotePositions:
    """Note up to which numbers the owner of an account has read its rooms."""

    name: Nick
    positions: tuple[tuple[RoomKey, int], ...]
