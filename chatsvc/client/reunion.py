"""The first moments of every connection: the nick, and the rooms one was in.

Everything goes out in one write, so that no message falls between the requests:

    nick NAME
    info ROOM               is it still the same room?
    join ROOM since N       and all that was said after N
    ...

After a lost connection the server may hold the old one, and with it our nick, for a
moment; so a taken nick is tried again for some seconds before another one is taken. Who
had logged in does so again instead.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from twisted.internet.defer import Deferred, DeferredList
from twisted.python.failure import Failure

from chatsvc.client.connection import Connection
from chatsvc.client.happenings import Happening, RoomLost
from chatsvc.client.memberships import NEVER, Memberships
from chatsvc.client.requests import Answer
from chatsvc.client.waiting import after
from chatsvc.core.commands import Command, DescribeRoom, JoinRoom, LogIn, SetNick
from chatsvc.core.errors import (
    AlreadyAMember,
    BadLogin,
    BadRoom,
    NickRegistered,
    NickTaken,
    NoNick,
    NoSuchRoom,
    NotAllowed,
    Refusal,
    RoomExists,
    TooMany,
)
from chatsvc.core.names import Nick, NickKey, RoomName, nick_key, suggest_nick
from chatsvc.core.replies import Entered, RoomDetails
from chatsvc.ports import Clock

NICK_ATTEMPTS = 10
"""Times that one's own nick is tried after a lost connection, `NICK_PAUSE` apart."""

NICK_PAUSE = 1.0
"""Seconds between two attempts to get one's nick back."""

_FOR_GOOD = (BadRoom, NoSuchRoom, NotAllowed, RoomExists, TooMany)

OTHER_NICKS = 20
"""Other nicks to try: NAME2, NAME3 ..."""


Publish = Callable[[RoomName, Iterable[Happening]], None]
"""A function that hands over what happened to a room."""


def nicks_to_try(wanted: Nick, current: Nick, is_back: bool, others: bool) -> Iterator[Nick]:
    """Yield nicks to try one after the other; a repeated one is to be tried after a pause.

    `is_back`: this client had the nick `current` before and lost the connection.
    `others`: other nicks like `wanted` will do.
    """
    if is_back:
        if nick_key(wanted) != nick_key(current):
            yield wanted
        for _ in range(NICK_ATTEMPTS):
            yield current
    else:
        yield wanted
    if is_back or others:
        yield from _other_nicks(wanted)


def _other_nicks(wanted: Nick) -> Iterator[Nick]:
    tried: set[NickKey] = {nick_key(wanted)}
    for _ in range(OTHER_NICKS):
        other = suggest_nick(wanted, lambda nick: nick_key(nick) not in tried)
        tried.add(nick_key(other))
        yield other


class Reunion:
    """Bring a new connection to where the last one was.

    `named(nick)` is called as soon as the server accepts a nick, before anything that
    follows from it; `publish(room, happenings)` is given what happens to the rooms.
    """

    def __init__(
        self,
        connection: Connection,
        memberships: Memberships,
        clock: Clock,
        named: Callable[[Nick], None],
        publish: Publish,
    ) -> None:
        self._connection = connection
        self._memberships = memberships
        self._clock = clock
        self._named = named
        self._publish = publish

    async def run(
        self,
        nicks: Iterator[Nick],
        afterwards: Iterable[Command] = (),
        login: LogIn | None = None,
    ) -> None:
        """Take the first free one of `nicks` and enter the rooms, then do `afterwards`.

        With a `login` that is tried first; its password may be another one by now.

        Raises `NickTaken` or `NickRegistered` when none was free, another `Refusal` when the
        server does not let us in, `ConnectionInterrupted`.
        """
        refusal: Refusal | None = None
        previous: Nick | None = None
        if login is not None:
            with suppress(BadLogin):
                return await self._attempt(login, login.name, tuple(afterwards))
        for nick in nicks:
            if nick == previous:
                if isinstance(refusal, NickRegistered):
                    continue  # That does not end by waiting.
                await after(NICK_PAUSE, self._clock)
            try:
                return await self._attempt(SetNick(nick), nick, tuple(afterwards))
            except (NickTaken, NickRegistered) as taken:
                refusal, previous = taken, nick
        raise refusal or NoNick()

    async def _attempt(
        self, naming: SetNick | LogIn, nick: Nick, afterwards: tuple[Command, ...]
    ) -> None:
        ways = self._memberships.ways_back()
        entering = [command for _, commands in ways for command in commands]
        named, *answers = self._connection.request(naming, *entering, *afterwards)
        named.addCallback(lambda _: self._named(nick))
        rest = iter(answers)
        for room, commands in ways:
            arrival = _Arrival(room, self._memberships, self._publish)
            for command in commands:
                arrival.expect(command, next(rest))
        everything = DeferredList(answers, consumeErrors=True)
        await named
        for _, result in await everything:
            if isinstance(result, Failure):
                result.raiseException()


class _Arrival:
    """Take the answers to the requests that bring the client back into one room."""

    def __init__(
        self,
        room: RoomName,
        memberships: Memberships,
        publish: Publish,
    ) -> None:
        self._room = room
        self._memberships = memberships
        self._publish = publish
        self._created_at: int | None = None

    def expect(self, command: Command, answer: Deferred[Answer]) -> None:
        """Wait for the answer to one of the requests."""
        if isinstance(command, DescribeRoom):
            answer.addCallbacks(self._described, self._not_described)
        elif isinstance(command, JoinRoom):
            answer.addCallbacks(self._entered, self._not_entered)

    def _described(self, reply: Answer) -> None:
        assert isinstance(reply, RoomDetails)
        self._created_at = reply.summary.created_at
        self._memberships.learn(reply)

    def _not_described(self, failure: Failure) -> None:
        if failure.check(NoSuchRoom):
            self._created_at = NEVER

    def _entered(self, reply: Answer) -> None:
        assert isinstance(reply, Entered)
        self._publish(reply.room, self._memberships.rejoined(reply, self._created_at))

    def _not_entered(self, failure: Failure) -> Failure | None:
        """Give up a room for good reasons only; for others the whole reunion is repeated."""
        if failure.check(AlreadyAMember):
            self._memberships.placed(self._room).is_absent = False
            return None
        if not failure.check(*_FOR_GOOD):
            return failure
        self._memberships.left(self._room)
        self._publish(self._room, [RoomLost(self._room, str(failure.value))])
        return None
