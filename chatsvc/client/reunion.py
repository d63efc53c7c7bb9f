"""The first moments of every connection: the nick, and the rooms one was in.

Everything goes out in one write, so that no message falls between the requests:

    nick NAME
    info ROOM               is it still the same room?
    join ROOM since N       and all that was said after N
    ...

After a lost connection the server may hold the old one, and with it our nick, for a
moment; so a taken nick is tried again for some seconds before another one is taken. Who
had logged in does so again instead, and hears by the answer which rooms the account is in
still: from one that it was put out of it stays away.
"""

from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import suppress
from typing import Any

from twisted.internet.defer import Deferred, DeferredList
from twisted.python.failure import Failure

from chatsvc.client.connection import Connection
from chatsvc.client.happenings import ClientError, DirectWaiting, Happening, RoomLost
from chatsvc.client.memberships import NEVER, Memberships
from chatsvc.client.requests import Answer
from chatsvc.client.waiting import after
from chatsvc.core.commands import Command, DescribeRoom, JoinRoom, LogIn, SetNick
from chatsvc.core.conversations import is_direct
from chatsvc.core.errors import (
    AlreadyAMember,
    BadLogin,
    BadRoom,
    Banned,
    NeedInvitation,
    NeedPassword,
    NickRegistered,
    NickTaken,
    NoNick,
    NoSuchRoom,
    NotAllowed,
    NotRegistered,
    Refusal,
    RoomExists,
    TooMany,
)
from chatsvc.core.names import (
    Nick,
    NickKey,
    RoomKey,
    RoomName,
    nick_key,
    room_key,
    suggest_nick,
)
from chatsvc.core.replies import Entered, History, LoggedInAs, RoomDetails
from chatsvc.ports import Clock

NICK_ATTEMPTS = 10
"""Times that one's own nick is tried after a lost connection, `NICK_PAUSE` apart."""

NICK_PAUSE = 1.0
"""Seconds between two attempts to get one's nick back."""

_FOR_GOOD = (
    BadRoom,
    Banned,
    NeedInvitation,
    NeedPassword,
    NoSuchRoom,
    NotAllowed,
    NotRegistered,
    RoomExists,
    TooMany,
)

_LET_GO: dict[Any, str] = {
    NoSuchRoom: "it is gone, or not for you any more.",
    NeedPassword: "it takes a password; /join {room} password PASSWORD",
}
"""What is said where the server's own sentence, to who has been in the room, would mislead."""

NO_MEMBER = "your membership has ended while you were away. To come back: /join {room}"

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
                return await self._log_in(login, tuple(afterwards))
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

    async def _log_in(self, login: LogIn, afterwards: tuple[Command, ...]) -> None:
        """Log in, then enter the rooms that the account is in and those that were wanted."""
        (answer,) = self._connection.request(login)
        reply = await answer
        assert isinstance(reply, LoggedInAs)
        ended = self._without_ended({room_key(row.room) for row in reply.rooms})
        answers = self._enter(afterwards)
        self._named(login.name)
        for room in ended:
            reason = NO_MEMBER.format(room=room)
            self._publish(room, [RoomLost(room, reason)])
        for row in reply.rooms:
            if is_direct(row.room) and row.unread:
                self._publish(row.room, [DirectWaiting(row.room, row.unread)])
        _check(await DeferredList(answers, consumeErrors=True))

    def _without_ended(self, lasting: Container[RoomKey]) -> list[RoomName]:
        """Let go of the rooms that the account was in and is not in any more; return them."""
        ended = [
            room
            for room in self._memberships.rooms
            if self._memberships.was_in(room) and room_key(room) not in lasting
        ]
        for room in ended:
            self._memberships.left(room)
        return ended

    async def _attempt(self, naming: SetNick, nick: Nick, afterwards: tuple[Command, ...]) -> None:
        named, *answers = self._enter(afterwards, naming)
        named.addCallback(lambda _: self._named(nick))
        everything = DeferredList(answers, consumeErrors=True)
        await named
        _check(await everything)

    def _enter(self, afterwards: tuple[Command, ...], *first: Command) -> list[Deferred[Answer]]:
        """Ask `first`, then for the rooms and for `afterwards`, in one write."""
        ways = self._memberships.ways_back()
        entering = [command for _, commands in ways for command in commands]
        answers = self._connection.request(*first, *entering, *afterwards)
        rest = iter(answers[len(first) :])
        for room, commands in ways:
            arrival = _Arrival(room, self._connection, self._memberships, self._publish)
            for command in commands:
                arrival.expect(command, next(rest))
        return answers


def _check(results: Iterable[tuple[bool, Any]]) -> None:
    """Raise what is wrong with the first result that is a failure."""
    for _, result in results:
        if isinstance(result, Failure):
            result.raiseException()


class _Arrival:
    """Take the answers to the requests that bring the client back into one room."""

    def __init__(
        self,
        room: RoomName,
        connection: Connection,
        memberships: Memberships,
        publish: Publish,
    ) -> None:
        self._room = room
        self._connection = connection
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
        if (question := self._memberships.end_of_owed(reply.room)) is not None:
            (answer,) = self._connection.request(question)
            answer.addCallbacks(self._end_told, lambda failure: failure.trap(Refusal, ClientError))

    def _end_told(self, reply: Answer) -> None:
        assert isinstance(reply, History)
        self._publish(self._room, self._memberships.ends_at(self._room, reply.messages))

    def _not_entered(self, failure: Failure) -> "Failure | Deferred[None] | None":
        """Give up a room for good reasons only; for others the whole reunion is repeated."""
        way = self._memberships.way_with_password(self._room)
        if way is not None and failure.check(NeedPassword, NoSuchRoom):
            (answer,) = self._connection.request(way)
            return answer.addCallbacks(self._entered, self._given_up)
        return self._given_up(failure)

    def _given_up(self, failure: Failure) -> Failure | None:
        if failure.check(AlreadyAMember):
            self._memberships.placed(self._room).is_absent = False
            return None
        if not failure.check(*_FOR_GOOD):
            return failure
        was_in = self._memberships.was_in(self._room)
        self._memberships.left(self._room)
        reason = _LET_GO.get(type(failure.value)) if was_in else None
        text = str(failure.value) if reason is None else reason.format(room=self._room)
        self._publish(self._room, [RoomLost(self._room, text)])
        return None
