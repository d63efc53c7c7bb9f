"""The seams of the house: what the hub needs from stores and ways in, as typed Protocols.

    Log         keeps durable events; storage/sqlite.py, storage/memory.py
    Identity    checks and hashes passwords; identity/portal.py
    RoomPasswords   the same for rooms; identity/room_passwords.py
    Connection  one client at one way in; protocols/client.py
    Encoding    events -> the bytes of one way in; shared by all who get the same bytes
    Clock       the part of a reactor that the hub uses; twisted.internet.task.Clock in tests
    Claims      knows the code by which somebody becomes an operator; identity/claims.py
    Control     stops the process and has it read files again; serving.py
    RoomPorts   opens and closes the rooms' own ports; protocols/room_ports.py

Every implementation of a seam passes that seam's contract suite in tests/contracts/.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import attrs
from twisted.internet.defer import Deferred

from chatsvc.core.commands import Command
from chatsvc.core.errors import Refusal
from chatsvc.core.events import Audited, DurableEvent, Event, Happened, Said
from chatsvc.core.happenings import EVERYTHING, Span
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies import Reply
from chatsvc.core.room import Stored
from chatsvc.core.stays import Ranges


class DelayedCall(Protocol):
    """A call that is due later."""

    def active(self) -> bool:
        """Tell whether it is still to come."""

    def cancel(self) -> None:
        """Take it back."""


class Clock(Protocol):
    """Twisted's IReactorTime, as far as we use it."""

    def seconds(self) -> float:
        """Return seconds since some moment; only differences mean anything."""

    def callLater(
        self, delay: float, callable: Callable[..., object], *args: object, **kwargs: object
    ) -> DelayedCall:
        """Call `callable` after `delay` seconds."""


class LogError(Exception):
    """Say in one sentence why the log cannot be opened, read or written.

    After a failed `append` nothing of that batch is in the log, and the next
    append may succeed. After a failed `open` the log must not be used.
    """


class LogUncertain(LogError):
    """Say that an `append` failed and could not be taken back for certain.

    Nobody is shown its events, and if the process lives they are taken back before the
    next append. A crash before that may bring the batch back, whole and in its place.
    """


@attrs.frozen
class Repeated:
    """Stand in the result of `Log.append` for a message that was in the log already.

    `number` is the number the first one has.
    """

    number: int


@attrs.frozen
class Missing:
    """Stand in the result of `Log.append` for a change of a message that is not there.

    It never was, or it was redacted before, or its room is gone: nothing was changed.
    """

    number: int


Recorded = DurableEvent | Repeated | Missing


@attrs.frozen
class AuditEntry:
    """What was written down by one `Audited`; later ones have the higher `number`."""

    number: int
    what: Audited


class Log(Protocol):
    """Keep durable events, number messages 1, 2, 3 ... in each room, find them again.

    One `append` is under way at a time. Reads may overlap with it and see only
    what is durable.
    """

    def open(self) -> Stored:
        """Open or create the log and return what it holds; blocks, before the reactor runs.

        Raises `LogError` when the log is corrupt, truncated, newer than this program, holds
        settings it does not know, is not ours, or used by another process; never creates
        anything over it.
        """

    def append(self, events: Sequence[DurableEvent]) -> Deferred[list[Recorded]]:
        """Make all `events` durable, or none; return them as recorded, in order.

        A `RoomCreated` comes back with its `room_id`, a `Said` with its `number`. A
        `Said` whose non-empty `client_id` its nick has used in its room before comes
        back as `Repeated`. A `RoomDeleted` removes the room's messages and memberships too,
        an `AccountDropped` the account's. A `Redacted` or `Edited` changes a message of an
        earlier append, or comes back as `Missing`, and so does an `Audited` of the act
        `audit.REDACTION` that comes next; the client id of a redacted message stays
        used, its text is nowhere in the log's files some seconds later. An event for a room
        made by an earlier event of the same batch is not allowed (its id is not known yet),
        save a `MembershipKept` or `Said` without an id. What is noted of an account or
        membership that is not there, or is registered a second time, changes nothing. Fails
        with `LogError`.

        An unstamped `MembershipKept` or `MembershipEnded` comes back with the number that the
        room's newest message has at its place among `events`. Who becomes a member has used up
        the account's invitation; a ban takes the invitation with its mask back. A `Trimmed`
        comes back with the number of the newest message that was there before this append, if
        it named a higher one; nothing up to its number is read or found from then on, and the
        texts are nowhere in the log's files when housekeeping has come to them, some at a
        time. The client ids of these messages may be new again. A `TopicSet` and a `Happened`
        come back with their spot: after which message they were, and which happening of their
        room they are.
        """

    def read(
        self,
        room: RoomName,
        room_id: int,
        count: int,
        before: int | None = None,
        after: int | None = None,
    ) -> Deferred[list[Said]]:
        """Return up to `count` messages, oldest first.

        The newest ones with a number below `before`; or the oldest ones above
        `after`; with neither, the newest of all. `room` is the name put into them.
        One that was changed is `Reworded` or `TakenBack`; a read that overlaps with
        the append of the change may find it as it was.
        Fails with `LogError`.
        """

    def search(
        self,
        room: RoomName,
        room_id: int,
        words: str,
        count: int,
        within: Ranges | None = None,
    ) -> Deferred[list[Said]]:
        """Return the newest up to `count` messages that hold all `words`, oldest first.

        Only those whose numbers are in `within`, where that is given.
        Words are separated by white space and match whole words, case-folded and
        without diacritics; in Chinese, Japanese and Korean text they match anywhere.
        Nothing in `words` has a special meaning. Fails with `LogError`.
        """

    def older_than(self, room_id: int, at: int) -> Deferred[int]:
        """Return the highest number of a room whose message was said before `at`.

        0 if there is none, or no such room. `at` is milliseconds since 1970 UTC; times never
        decrease within a room. Looks at a few messages only. Fails with `LogError`.
        """

    def read_happenings(
        self,
        room: RoomName,
        room_id: int,
        count: int,
        span: Span = EVERYTHING,
        from_the_oldest: bool = False,
    ) -> Deferred[list[Happened]]:
        """Return up to `count` of what happened in a room within `span`, oldest first.

        The newest ones, or the oldest. Each `TopicSet` and `Happened` that was appended is
        one, the newest `HAPPENINGS_KEPT` of a room are there, and none that followed a message
        which is trimmed. Fails with `LogError`.
        """

    def read_audit(
        self, count: int, before: int | None = None, room: RoomName | None = None
    ) -> Deferred[list[AuditEntry]]:
        """Return up to `count` of what was written down, newest first.

        Only what is numbered below `before`, and only what was about rooms of the name `room`,
        where these are given. The newest `AUDIT_KEPT` are there. Fails with `LogError`.
        """

    def close(self) -> Deferred[None]:
        """Finish every append and close; reads that were not begun, and later calls, fail.

        They fail with `LogError`.
        """


class Identity(Protocol):
    """Say who somebody is, and make secrets out of passwords; a password is kept nowhere.

    `check` and `hash` may take a second, and are done in the order in which they came, some at
    a time.
    """

    def check(self, name: Nick, password: str, address: str) -> Deferred[Nick]:
        """Return the account's name as it is written, if `password` is that of `name`.

        `address` is where the client is, as the transport names its host; "" where it has
        none. Fails with `BadLogin`, the same and after the same time for an unknown name and
        a wrong password; with `TooManyLogins` or `Busy`, which name the time to wait; with
        `Closing` when the server stops.
        """

    def note_attempt(self, name: Nick, is_right: bool, address: str) -> None:
        """Note that somebody has shown without a password to be `name`, or tried to.

        Raises `BadLogin` where they have not, and `TooManyLogins` as `check` does.
        """

    def hash(self, password: str) -> Deferred[str]:
        """Return the secret to keep for an account whose password this is to be.

        Fails with `BadPassword`, `Busy`, `Closing`; with `NotAllowed` where another program
        keeps the passwords.
        """

    def at_home(self, name: Nick, address: str) -> None:
        """Note that the owner of `name` is at `address`, as a right `check` does.

        For whoever has come to be the account in another way: by registering it, by a code.
        """


class RoomPasswords(Protocol):
    """Make secrets out of the passwords of rooms, and compare; a password is kept nowhere.

    As `Identity`: it may take a second, and some are done at a time.
    """

    def hash(self, password: str) -> Deferred[str]:
        """Return the secret to keep for a room; fails with `BadPassword`, `Busy`, `Closing`."""

    def fits(self, room: RoomName, secret: str, password: str, address: str, /) -> Deferred[bool]:
        """Tell whether `secret` was made from `password`; takes the same time whatever it is.

        `room` is the name that was asked for, and `secret` empty where there is none.
        Fails with `TooManyLogins` when a room's password, or many from an `address`, are
        being guessed; with `Busy`; with `Closing`.
        """


class ListedOperators(Protocol):
    """Know the operators that a server was started with, beside those that are accounts."""

    def check(self, name: Nick, password: str, address: str) -> bool:
        """Tell whether `name` is one of them and the password right; False: no such name.

        Raises `BadLogin` where the password is wrong, `TooManyLogins` when it is guessed.
        """


class Claims(Protocol):
    """Know the one-time code by which somebody becomes an operator of the server."""

    def make(self) -> str:
        """Return a new code; one that there was before is void."""

    def check(self, name: Nick, code: str, address: str) -> None:
        """Make sure that `code` is the one, and keep it for the account `name` alone.

        `address` is where the client is, "" where it has none. Raises `BadLogin`, the same
        where there is no code at all; `TooManyLogins` or `Busy` after wrong ones.
        """

    def void(self) -> None:
        """Take no code any more: somebody has become an operator by it."""


class Control(Protocol):
    """Act on the process that the server is."""

    def shut_down(self) -> None:
        """Begin to stop the server, gracefully; it ends with exit status 0."""

    def reload(self) -> tuple[str, ...]:
        """Read again what may change meanwhile; return sentences about what came of it."""


class Encoding(Protocol):
    """Turn an event into the bytes of one way in.

    Connections that would send the same bytes share one Encoding object: the hub
    encodes once for all of them.
    """

    @property
    def skips_author(self) -> bool:
        """Whether a connection tells itself of what its session did, out of its answers.

        Then it is not sent what its own session said or set in a room, nor what a room is
        like that it enters; and of who goes for good it is told once (`Departed`).
        """

    def encode(self, event: Event) -> bytes:
        """Return the bytes of `event`; empty if this way in does not show it."""

    def send_to_all(self, connections: Iterable[Any], data: bytes) -> None:
        """Send what `encode` made to connections of this encoding that are up to date.

        Not for one that is behind or gets a long answer: only `Connection.send` minds that.
        """


class Connection(Protocol):
    """One client at one way in, as the hub sees it. No method blocks or raises."""

    @property
    def encoding(self) -> Encoding:
        """The encoding in which this connection is sent events."""

    def next_request(self) -> Command | Refusal | None:
        """Return the next request, taking it off the queue; None when there is none.

        A Refusal is a request that could not be understood; it is answered in its turn.
        """

    def answer(self, answer: Reply | Refusal) -> None:
        """Send the answer to the oldest unanswered request."""

    def deliver(self, event: Event) -> None:
        """Send one event that is for this connection alone."""

    def send(self, data: bytes) -> None:
        """Send bytes that `encoding` made."""

    def caught_up(self) -> None:
        """Note that everything it missed was sent."""

    @property
    def unread_bytes(self) -> int:
        """How much is waiting here because the client does not read."""

    @property
    def unsent_bytes(self) -> int:
        """How much was handed over and is not taken by the client yet; 0 if that is not known.

        While the connection is full it becomes less only because the client reads.
        """

    def close(self) -> None:
        """Close when everything is sent."""

    def abort(self, reason: str) -> None:
        """Cut the connection at once; `reason` goes to the server's log."""


class RoomPorts(Protocol):
    """Give rooms listening sockets of their own."""

    def open(self, room: RoomName) -> int:
        """Listen for `room` and return the port; `NO_PORT` when none is free."""

    def port_of(self, room: RoomName) -> int:
        """Return the port of `room`, `NO_PORT` when it has none."""

    def rename(self, room: RoomName, new: RoomName) -> None:
        """Go on listening for `room`, which is called `new` from now on."""

    def close(self, room: RoomName) -> None:
        """Stop listening for `room`; its port is free again."""
