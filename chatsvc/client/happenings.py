"""What a client tells its program besides the server's own events, and its errors.

A *happening* is either an event of `chatsvc.core.events`, as the server sent it, or one
of the classes here, which say how the connection fares:

    Connected       greeted, and the nick is ours
    Disconnected    the link is gone, or an attempt failed; another one follows
    CaughtUp        a room is joined again and everything missed has been handed over
    RoomReplaced    the room of that name is a new one; its numbers begin again at 1
    RoomLost        a room could not be joined (again)
    MessagesMissing some messages are not there, or not for this client
    NickChanged     the client's own nick is another one now
    DirectWaiting   while the client was away somebody told it something
    TurnedAway      the server keeps this client out; no other attempt follows

    ClientError               the tree of errors; refusals are `chatsvc.core.errors.Refusal`
      CouldNotConnect         the very first attempt failed
      ConnectionInterrupted   the link went before the answer came
      TooManyRequests         more is under way than the client keeps
      ClientClosed            the client was closed
"""

import attrs

from chatsvc.core.events import Event
from chatsvc.core.names import Nick, RoomName


@attrs.frozen
class Connected:
    """The server called `server_name` knows this client as `nick`."""

    server_name: str
    nick: Nick


@attrs.frozen
class Disconnected:
    """There is no connection, `reason` is a sentence; the next attempt is in `retry_in` seconds."""

    reason: str
    retry_in: float


@attrs.frozen
class CaughtUp:
    """`room` was joined again; the `missed` messages in between have been handed over.

    Those that the client may not read do not count; `MessagesMissing` tells of them.
    """

    room: RoomName
    missed: int


@attrs.frozen
class RoomReplaced:
    """The room that was known as `room` is gone, and another one has its name."""

    room: RoomName


@attrs.frozen
class RoomLost:
    """`room` could not be joined, `reason` is the server's sentence."""

    room: RoomName
    reason: str


@attrs.frozen
class MessagesMissing:
    """The server did not give the messages `first` to `last` of `room`.

    The room does not keep them, or they were said while the client was no member.
    """

    room: RoomName
    first: int
    last: int


@attrs.frozen
class NickChanged:
    """The client's own nick was `old` and is `new`; `reason` is empty if it asked for that."""

    old: Nick
    new: Nick
    reason: str = ""


@attrs.frozen
class DirectWaiting:
    """In the conversation `room`, that is `@NICK`, so many messages are `unread`."""

    room: RoomName
    unread: int


@attrs.frozen
class TurnedAway:
    """The server keeps this client out, `reason` is its sentence; the client is closed."""

    reason: str


OfConnection = (
    Connected
    | Disconnected
    | CaughtUp
    | RoomReplaced
    | RoomLost
    | MessagesMissing
    | NickChanged
    | DirectWaiting
    | TurnedAway
)
"""What happens to the connection; the server sends none of them."""

Happening = Event | OfConnection
"""Anything that listeners and iterators of a client are given."""


class ClientError(Exception):
    """Say in one sentence what went wrong between this client and its server."""


class CouldNotConnect(ClientError):
    """Say why the first attempt to connect failed."""


class ConnectionInterrupted(ClientError):
    """Say that the connection went before the answer came; what was asked may have been done."""


class TooManyRequests(ClientError):
    """Say that this client has more unanswered requests than it keeps."""


class ClientClosed(ClientError):
    """Say that the client was closed."""
