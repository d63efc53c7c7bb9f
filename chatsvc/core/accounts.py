"""What lasts of a person: the account, and the rooms it is a member of.

An account belongs to whoever can log in to it. Its name is a nick that nobody else may
take, whether its owner is there or not.
"""

from typing import TYPE_CHECKING

import attrs

from chatsvc.core.ignoring import NOBODY_IGNORED, Ignored
from chatsvc.core.metadata import NO_METADATA, Metadata
from chatsvc.core.names import Nick, NickKey, nick_key

if TYPE_CHECKING:
    from chatsvc.core.room import Room


@attrs.frozen
class Account:
    """A name that belongs to somebody; made at `created_at`, in milliseconds since 1970 UTC.

    `secret` is the password's hash, of which the core knows nothing more; `keys` are the
    SSH public keys, each as a line of `authorized_keys`. `is_operator`: of the server.
    `ignored` are those it does not want to hear, `metadata` is what it says of itself.
    """

    name: Nick
    created_at: int
    secret: str = attrs.field(repr=False)
    keys: tuple[str, ...] = ()
    is_operator: bool = False
    ignored: Ignored = NOBODY_IGNORED
    metadata: Metadata = NO_METADATA

    @property
    def key(self) -> NickKey:
        """The form in which names are compared."""
        return nick_key(self.name)


@attrs.frozen
class StoredMembership:
    """A membership as a log returns it when it is opened.

    The owner of `account` has read the room up to the number `position`, and is a member
    since `since`, in milliseconds since 1970 UTC.
    """

    account: Nick
    room_id: int
    since: int
    position: int


@attrs.define(eq=False)
class Membership:
    """An account's membership in one room: it lasts while nobody of the account is there.

    `position` is the number up to which its owner has read, as it was noted last.
    """

    account: NickKey
    room: "Room"
    since: int
    position: int
