"""What the hub remembers of one connection."""

import attrs

from chatsvc.core.commands import Command, Say
from chatsvc.core.errors import Refusal
from chatsvc.core.names import RoomKey
from chatsvc.core.people import Session
from chatsvc.core.rate import Allowance
from chatsvc.ports import Connection


@attrs.frozen
class DropAsked:
    """The code that confirms the dropping of an account, good until `until` seconds."""

    code: str = attrs.field(repr=False)
    until: float


@attrs.define(eq=False)
class Subscriber:
    """A session, its connection, its work under way and its positions in the logs.

    A reader that is up to date has no positions at all: it is in its rooms' live
    audiences. `hears` are the rooms whose audience it is in, live or behind. `unread` holds,
    for rooms in which its person has not read everything, the number up to which they have
    (`positions`). `behind` holds a room only while this reader is not: the number of the
    last message it was sent. `stalled` holds, for rooms whose events it could not take
    for a while, how many of their presence events it had heard before. `emptied` is the
    room it left last; if that is being removed, its next request waits for it. While
    `shut_for` is not 0, it asked much too fast and is not heard for so many seconds.
    At `full_since` it was full, and had not taken `unsent` bytes of what was handed over.
    `page` is how many messages it is fed at once, 0 before the first time. While it
    `is_preparing` a password nothing more is taken: what the next line means may depend on
    what comes of it. `drop_code` is what it was given to confirm that its account is dropped.
    `missed` holds a conversation while not all of it was sent: the last number that was.
    `farewell` is why it goes, where it has said so. What its session says is not sent to one
    that `skips_author`; `own` are the numbers of that in rooms where it is behind.
    """

    session: Session
    connection: Connection
    allowance: Allowance
    running: int = 0
    only_says: bool = True
    held: Command | Refusal | None = None
    pump_scheduled: bool = False
    emptied: RoomKey | None = None
    gone: bool = False
    full: bool = False
    full_since: float = 0.0
    unsent: int = 0
    behind: dict[RoomKey, int] = attrs.field(factory=dict)
    stalled: dict[RoomKey, int] = attrs.field(factory=dict)
    hears: set[RoomKey] = attrs.field(factory=set)
    unread: dict[RoomKey, int] = attrs.field(factory=dict)
    is_preparing: bool = False
    drop_code: DropAsked | None = None
    missed: dict[RoomKey, int] = attrs.field(factory=dict)
    feeding: bool = False
    feeding_direct: bool = False
    shut_for: int = 0
    page: int = 0
    farewell: str = ""
    own: dict[RoomKey, set[int]] = attrs.field(factory=dict)
    skips_author: bool = attrs.field(
        default=attrs.Factory(lambda self: self.connection.encoding.skips_author, takes_self=True)
    )

    def rename_room(self, old: RoomKey, new: RoomKey) -> None:
        """Know a room by another key."""
        for places in (self.behind, self.stalled, self.unread):
            if old in places:
                places[new] = places.pop(old)
        if old in self.own:
            self.own[new] = self.own.pop(old)
        if old in self.hears:
            self.hears.remove(old)
            self.hears.add(new)

    def next_request(self) -> Command | Refusal | None:
        """Take the request that was held back, else the connection's next one."""
        request, self.held = self.held, None
        return request or self.connection.next_request()

    def may_start(self, request: Command | Refusal, most: int) -> bool:
        """Tell whether `request` may begin now without its answer overtaking another.

        Messages may be under way together, up to `most`, since the log keeps their
        order; anything else waits until all before it is answered.
        """
        if self.running == 0:
            return True
        return self.only_says and isinstance(request, Say) and self.running < most

    def started(self, command: Command) -> None:
        """Note that `command` is under way."""
        self.only_says = isinstance(command, Say)
        self.running += 1
