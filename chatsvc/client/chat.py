"""The client as programs use it: `connect` and `ChatClient`.

    async def main(reactor):
        client = await connect("tcp:chat.example.org:8123", "bob", rooms=["lobby"])
        print(await client.say("lobby", "hello"))       # the number it got
        async for happening in client.events():
            match happening:
                case Said(room, number, at, nick, text):
                    ...
                case Disconnected(reason, retry_in):    # it comes back by itself
                    ...

    twisted.internet.task.react(main)

Every method that asks the server returns a Deferred, to be awaited or not. It fails with
the `Refusal` the server gave, or with a `ClientError`: `ConnectionInterrupted` when the
connection went before the answer came, or when there is none. Only `say` waits for the
next connection and is repeated there, for a minute, and is never said twice.
"""

import secrets
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IStreamClientEndpoint

from chatsvc.client.audience import HappeningStream, Listener
from chatsvc.client.endpoints import described_endpoint
from chatsvc.client.happenings import ClientError
from chatsvc.client.link import RETRY_POLICY, RetryPolicy
from chatsvc.client.requests import Answer
from chatsvc.client.session import Session
from chatsvc.core import commands as c
from chatsvc.core import replies as r
from chatsvc.core.conversations import is_direct, parse_direct
from chatsvc.core.errors import Refusal, Usage
from chatsvc.core.events import Said
from chatsvc.core.limits import HISTORY_DEFAULT
from chatsvc.core.names import Nick, RoomName, nick_key, parse_nick, parse_room_name
from chatsvc.core.text import check_text
from chatsvc.wire.request import FORMATTERS

T = TypeVar("T")


def random_id() -> str:
    """Return an id for a message that no other message has."""
    return secrets.token_hex(8)


def connect(
    endpoint: IStreamClientEndpoint | str,
    nick: str,
    *,
    rooms: Iterable[str] = (),
    reactor: Any = None,
    other_nicks: bool = False,
    retry_policy: RetryPolicy = RETRY_POLICY,
    new_id: Callable[[], str] = random_id,
) -> "Deferred[ChatClient]":
    """Connect to a server as `nick`, join `rooms`, and return the client.

    `endpoint` is a Twisted client endpoint or its description ("tcp:HOST:PORT",
    "tls:HOST:PORT", "unix:PATH"). `rooms` may be the name of one. `other_nicks`: if `nick`
    is taken, NAME2, NAME3 ... will do. `retry_policy` gives the seconds to wait after so
    many failures in a row. `reactor` None means the one of this process.

    Fails with a `Refusal` (`NickTaken`, `BadNick` ...) or `CouldNotConnect`. A room that
    cannot be joined does not fail the whole: it shows as `RoomLost` among the events.
    """
    return Deferred.fromCoroutine(
        _connect(endpoint, nick, rooms, reactor, other_nicks, retry_policy, new_id)
    )


async def _connect(
    endpoint: IStreamClientEndpoint | str,
    nick: str,
    rooms: Iterable[str],
    reactor: Any,
    other_nicks: bool,
    retry_policy: RetryPolicy,
    new_id: Callable[[], str],
) -> "ChatClient":
    reactor = reactor or _reactor()
    names = [parse_room_name(room) for room in ([rooms] if isinstance(rooms, str) else rooms)]
    session = Session(
        _endpoint(reactor, endpoint),
        reactor,
        parse_nick(nick),
        names,
        other_nicks,
        retry_policy,
        new_id,
    )
    session.start()
    try:
        await session.ready
    except BaseException:
        await session.close()
        raise
    return ChatClient(session)


def _reactor() -> Any:
    from twisted.internet import reactor

    return reactor


def _endpoint(reactor: Any, endpoint: IStreamClientEndpoint | str) -> IStreamClientEndpoint:
    if not isinstance(endpoint, str):
        return endpoint
    return described_endpoint(reactor, endpoint)


class ChatClient:
    """One user of one server, who comes back after every lost connection.

    Made by `connect`. Nicks and room names are given as ordinary strings.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._closed: Deferred[None] | None = None

    @property
    def nick(self) -> Nick:
        """The nick of this client; it may be another one than was wanted."""
        return self._session.nick

    @property
    def server_name(self) -> str:
        """The name the server gave itself in its last greeting."""
        return self._session.server_name

    @property
    def is_connected(self) -> bool:
        """Tell whether there is a connection now on which this client has its nick."""
        return self._session.is_connected

    @property
    def joined_rooms(self) -> tuple[RoomName, ...]:
        """The rooms this client is in, in the order it joined them."""
        return self._session.memberships.rooms

    def is_in(self, room: str) -> bool:
        """Tell whether this client is in `room`, whatever the case of its letters."""
        return RoomName(room) in self._session.memberships

    def ignores(self, nick: str) -> bool:
        """Tell whether this client does not want to hear `nick`.

        The server keeps back direct messages; what is said in rooms comes, so that no number
        is missing, and is for the program to hide.
        """
        return nick_key(Nick(nick)) in self._session.ignored

    # Hearing

    def events(self) -> HappeningStream:
        """Return an asynchronous iterator over all that happens, also across reconnects.

        Messages of a room come in the order of their numbers, none missing, none twice; of
        those that this client may not read, or that are not kept, `MessagesMissing` tells.
        The first iterator also gets what happened since the client was made. A program
        that is slow to take what comes loses nothing: from 1,000 waiting happenings on,
        nothing more is read from the server unless an answer is being waited for, and
        what was missed by then is read from the server's log. The iterator ends when the
        client is closed. An iterator that is made must be used, or dropped.
        """
        return self._session.audience.stream()

    def add_listener(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with all that happens, as it comes; return a function that ends that.

        The first listener is called at once with what happened since the client was made.
        """
        return self._session.audience.add_listener(listener)

    # Asking

    def request(self, command: c.Command) -> Deferred[Answer]:
        """Send any command of `chatsvc.core.commands` and return the answer to it.

        At most 1,000 requests may be unanswered, else `TooManyRequests`. `TalkIn` is
        refused: it changes what the lines of a connection mean. `Quit` closes the client.
        """
        if isinstance(command, c.TalkIn):
            return fail(Usage("A client says in each request which room it means."))
        if isinstance(command, c.Quit):
            return self.close().addCallback(lambda _: r.Bye())
        if type(command) not in FORMATTERS:
            return fail(Usage("This is no command that a client may send."))
        return self._session.request(command)

    def say(self, room: str, text: str) -> Deferred[int]:
        """Say `text` in `room`; return its number there."""
        command = _checked(lambda: c.Say(parse_room_name(room), check_text(text)))
        return self._ask(command, r.Sent).addCallback(lambda sent: sent.number)

    def tell(self, nick: str, text: str) -> Deferred[r.Delivered]:
        """Say `text` to one user only."""
        return self._ask(_checked(lambda: c.Tell(parse_nick(nick), check_text(text))), r.Delivered)

    def join(self, room: str, password: str | None = None) -> Deferred[r.Entered]:
        """Enter a room; one that does not exist is made, unless there is a `password` to it."""
        return self._ask(_checked(lambda: _way_into(room, password)), r.Entered)

    def leave(self, room: str) -> Deferred[r.RoomLeft]:
        """Leave a room."""
        return self._ask(_checked(lambda: c.LeaveRoom(parse_room_name(room))), r.RoomLeft)

    def history(
        self,
        room: str,
        count: int = HISTORY_DEFAULT,
        before: int | None = None,
        after: int | None = None,
    ) -> Deferred[tuple[Said, ...]]:
        """Return up to `count` old messages of a room, or with a user as `@NICK`, oldest first.

        The newest ones; or the newest before the number `before`; or the oldest after the
        number `after`; not both.
        """
        if before is not None and after is not None:
            return fail(Usage("Ask for the messages before a number or after one, not both."))
        command = _checked(lambda: c.ReadHistory(_place(room), count, before, after))
        return self._ask(command, r.History).addCallback(lambda reply: reply.messages)

    def search(self, room: str, words: str) -> Deferred[tuple[Said, ...]]:
        """Return the newest messages of a room, or with `@NICK`, that hold all of `words`."""
        command = _checked(lambda: c.SearchRoom(_place(room), check_text(words)))
        return self._ask(command, r.SearchResult).addCallback(lambda reply: reply.messages)

    def rooms(self) -> Deferred[tuple[r.RoomSummary, ...]]:
        """Return every room of the server."""
        return self._ask(c.ListRooms(), r.RoomList).addCallback(lambda reply: reply.rooms)

    def who(self, room: str | None = None) -> Deferred[tuple[r.UserSummary, ...]]:
        """Return who is on the server, or in one room."""
        command = _checked(lambda: c.ListUsers(parse_room_name(room) if room else None))
        return self._ask(command, r.UserList).addCallback(lambda reply: reply.users)

    def _ask(self, command: c.Command | Refusal, kind: type[T]) -> Deferred[T]:
        if isinstance(command, Refusal):
            return fail(command)
        return self.request(command).addCallback(_expect, kind)

    # Ending

    def close(self) -> Deferred[None]:
        """Say goodbye and end, within a second; unanswered requests fail."""
        result: Deferred[None] = Deferred()
        if self._closed is None:
            self._closed = Deferred.fromCoroutine(self._session.close())
        self._closed.addBoth(lambda _: result.callback(None))
        return result


def _place(name: str) -> RoomName:
    """Return the name of a room, or of a conversation; raise `BadRoom` or `BadNick`."""
    if not is_direct(name):
        return parse_room_name(name)
    return parse_direct(name)


def _way_into(room: str, password: str | None) -> c.Command:
    name = parse_room_name(room)
    return c.JoinRoom(name) if password is None else c.JoinWithPassword(name, password)


def _checked(build: Callable[[], c.Command]) -> c.Command | Refusal:
    """Return a command, or the refusal of its names or text."""
    try:
        return build()
    except Refusal as refusal:
        return refusal


def _expect(answer: Answer, kind: type[T]) -> T:
    if not isinstance(answer, kind):
        raise ClientError("The server gave another answer than the one to this question.")
    return answer
