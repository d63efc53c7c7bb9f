"""The engine of a client: what it is called, where it is, and what is on its way.

    Link ........... makes connections, one after the other
    Connection ..... hands this session what the server sends
    Reunion ........ brings a new connection to where the last one was
    Memberships .... decides which messages are handed over, and finds gaps
    Sayings ........ keeps what was said until it is answered
    Audience ....... is told of everything that happens

`ChatClient` is the door to it for programs.
"""

from collections.abc import Callable, Container, Iterable
from contextlib import suppress

from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.internet.defer import TimeoutError as TimedOut
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatsvc.client.audience import Audience
from chatsvc.client.connection import Connection
from chatsvc.client.happenings import (
    ClientClosed,
    ClientError,
    Connected,
    ConnectionInterrupted,
    CouldNotConnect,
    Disconnected,
    Happening,
    NickChanged,
    TurnedAway,
)
from chatsvc.client.link import Link, RetryPolicy
from chatsvc.client.memberships import Memberships
from chatsvc.client.requests import Answer
from chatsvc.client.reunion import Reunion, nicks_to_try
from chatsvc.client.sayings import Saying, Sayings
from chatsvc.client.waiting import within
from chatsvc.core.commands import (
    ChangePassword,
    Command,
    DescribeRoom,
    Ignore,
    JoinRoom,
    JoinWithPassword,
    LeaveRoom,
    ListIgnored,
    LogIn,
    Pair,
    Register,
    Say,
    SetAway,
)
from chatsvc.core.conversations import is_direct
from chatsvc.core.errors import Banned, Refusal
from chatsvc.core.events import (
    Called,
    Event,
    Joined,
    Kicked,
    Left,
    Renamed,
    Resumed,
    RoomDeleted,
    RoomRenamed,
    Said,
)
from chatsvc.core.names import Nick, NickKey, RoomKey, RoomName, nick_key, room_key
from chatsvc.core.replies import (
    AccountGone,
    AccountMade,
    AwayNoted,
    BackNoted,
    Entered,
    History,
    IgnoredNow,
    IgnoredUsers,
    LoggedInAs,
    LoggedOff,
    NickIs,
    PasswordChanged,
    RoomDetails,
    RoomGone,
    RoomLeft,
    UnignoredNow,
)
from chatsvc.ports import Clock
from chatsvc.wire.reading import Hello

_log = Logger()

GOODBYE_WITHIN = 0.4
"""Seconds in which the server should answer `quit`, and then again to close."""


class Session:
    """Be one user of one server, over as many connections as it takes.

    `ready` fires when the first connection is made and all `rooms` were joined. It fails
    with a `Refusal` or with `CouldNotConnect`.
    """

    def __init__(
        self,
        endpoint: IStreamClientEndpoint,
        clock: Clock,
        nick: Nick,
        rooms: Iterable[RoomName],
        other_nicks: bool,
        retry_policy: RetryPolicy,
        new_id: Callable[[], str],
    ) -> None:
        self.nick = nick
        self.server_name = ""
        self.memberships = Memberships(rooms)
        self.audience = Audience(self._balance)
        self.ready: Deferred[None] = Deferred()
        self._clock = clock
        self._wanted = nick
        self._other_nicks = other_nicks
        self._link = Link(endpoint, self._build, clock, retry_policy, self._gone)
        self._sayings = Sayings(clock, new_id)
        self._connection: Connection | None = None
        self._is_named = self._was_named = self._is_closed = False
        self._refusal: Refusal | None = None
        self._ban: Banned | None = None
        self._awaited = 0
        self._away: SetAway | None = None
        self._unwanted: set[RoomKey] = set()
        self._login: LogIn | None = None
        self._is_paired = False
        self.ignored: set[NickKey] = set()
        """Whom this client does not want to hear, as far as the server has told."""

    def start(self) -> None:
        """Make the first attempt to connect."""
        self._link.start()

    @property
    def is_connected(self) -> bool:
        """Tell whether requests can be sent now."""
        return self._is_named

    def _build(self) -> Connection:
        return Connection(self, self._clock)

    # What connections tell

    def greeted(self, connection: Connection, hello: Hello) -> None:
        """Begin to use a new connection."""
        self._connection, self.server_name = connection, hello.server_name
        reunion = Reunion(
            connection, self.memberships, self._clock, self._named, self._publish_messages
        )
        nicks = nicks_to_try(self._wanted, self.nick, self._was_named, self._other_nicks)
        afterwards = [] if self._away is None else [self._away]
        done = Deferred.fromCoroutine(reunion.run(nicks, afterwards, self._login))
        done.addCallbacks(lambda _: self._reunited(), self._not_let_in, errbackArgs=(connection,))
        done.addErrback(lambda failure: _log.failure("after a greeting", failure))
        self._balance()

    def _named(self, nick: Nick) -> None:
        old, self.nick = self.nick, nick
        self._is_named = self._was_named = True
        if nick_key(old) != nick_key(nick):
            self._publish(NickChanged(old, nick, self._why_another_nick()))
        self._is_paired = False
        self._publish(Connected(self.server_name, nick))
        self._send_sayings(list(self._sayings.to_send(nick)))

    def _why_another_nick(self) -> str:
        if self._is_paired:
            return (
                f'"{self._wanted}" was yours by a code, which is good once; pair or log in again.'
            )
        return f'"{self._wanted}" is taken.'

    def _reunited(self) -> None:
        for room in self.memberships.rooms:
            self._learn_of(room)
        self._learn_ignored()
        self._link.reached()
        if not self.ready.called:
            self.ready.callback(None)

    def _not_let_in(self, failure: Failure, connection: Connection) -> None:
        if isinstance(failure.value, Refusal):
            self._refusal = failure.value
            self.turned_away(failure.value)
            connection.give_up(failure.value.sentence)
        elif not failure.check(ConnectionInterrupted):
            connection.give_up("The server gave an answer that makes no sense.")
            failure.raiseException()

    def happened(self, event: Event) -> None:
        """Note what an event changes for this client, and pass it on."""
        if self._is_unwanted(event):
            self._leave_again(event)
            return
        match event:
            case Said(room) if is_direct(room):
                pass  # It is no room's, and fills no gap.
            case Said():
                self._publish_messages(event.room, self.memberships.take([event]))
                return
            case Joined(room, nick) if self._is_me(nick):
                self._placed(room)
            case RoomDeleted(room):
                self.memberships.left(room)
            case RoomRenamed(room, new=new):
                self.memberships.renamed(room, new)
            case Left(room, nick) | Kicked(room, nick) if self._is_me(nick):
                self.memberships.left(room)
            case Renamed(_, old, new) if self._is_me(old):
                self._renamed(new)
            case Resumed(room, last):
                self.memberships.hear_of(room, last)
                self._fill_gap(room)
        self._publish(event)

    def _is_unwanted(self, event: Event) -> bool:
        """Tell whether an event is of a room that was left, where the server put us again."""
        room: RoomName | None = getattr(event, "room", None)
        if self._login is not None or self._is_paired or room is None:
            return False  # Where an account is, another client of its owner may have gone.
        if isinstance(event, Called):
            return False
        return room_key(room) in self._unwanted

    def _leave_again(self, event: Event) -> None:
        """Leave a room that was left, if `event` says that the server put us there again."""
        if isinstance(event, Joined) and self._is_me(event.nick):
            self._ask(LeaveRoom(event.room), lambda _: self.memberships.left(event.room))

    def _is_me(self, nick: Nick) -> bool:
        return nick_key(nick) == nick_key(self.nick)

    def _placed(self, room: RoomName) -> None:
        """Note that the server put this client into a room."""
        if room not in self.memberships:
            self.memberships.placed(room)
            self._learn_of(room)

    def told_to_wait(self, seconds: int) -> None:
        """Give what is on its way more time: the server takes nothing for so long."""
        self._sayings.put_off(seconds)

    def turned_away(self, refusal: Refusal) -> None:
        """Connect again when the server said; what is on its way has time until then.

        Who is banned does not connect again.
        """
        if isinstance(refusal, Banned):
            self._ban = refusal
        if refusal.wait:
            self.told_to_wait(self._link.put_off(refusal.wait))

    def lost(self, _connection: Connection, reason: str) -> None:
        """Note that a connection is gone."""
        self._connection, self._is_named = None, False
        self._link.failed(reason)
        self.memberships.interrupted()

    def _gone(self, reason: str, delay: float) -> None:
        """Tell that there is no connection; the first time, that is the end."""
        if self.ready.called and self._ban is not None:
            self._publish(TurnedAway(self._ban.sentence))
            Deferred.fromCoroutine(self.close())
        elif self.ready.called:
            self._publish(Disconnected(reason, delay))
        else:
            self.ready.errback(self._refusal or CouldNotConnect(reason))

    # Requests

    def request(self, command: Command) -> Deferred[Answer]:
        """Send `command` and return its answer; see `ChatClient.request`."""
        if self._is_closed:
            return fail(ClientClosed("The client was closed."))
        if isinstance(command, Say):
            answer = self._say(command)
        elif self._connection is None or not self._is_named:
            return fail(ConnectionInterrupted("There is no connection just now."))
        else:
            (answer,) = self._connection.request(command)
            answer.addCallback(self._note, command)
        self._awaited += 1
        answer.addBoth(self._answered)
        self._balance()
        return answer

    def _answered(self, result: Answer | Failure) -> Answer | Failure:
        self._awaited -= 1
        self._balance()
        if isinstance(result, Failure) and result.check(ConnectionInterrupted) and self._is_closed:
            return Failure(ClientClosed("The client was closed before the answer came."))
        return result

    def _say(self, command: Say) -> Deferred[Answer]:
        saying = self._sayings.add(command)
        if isinstance(saying, Deferred):
            return saying
        if self._is_named:
            saying.sent_as = self.nick
            self._send_sayings([saying])
        return saying.answer

    def _send_sayings(self, sayings: list[Saying]) -> None:
        if self._connection is None:
            return
        answers = self._connection.request(*(saying.command for saying in sayings))
        for saying, answer in zip(sayings, answers, strict=True):
            answer.addBoth(self._sayings.answered, saying)

    def _note(self, reply: Answer, command: Command) -> Answer:
        """Note what an answer changes for this client."""
        match reply:
            case NickIs(nick):
                self._wanted = nick
                self._renamed(nick)
            case Entered(room):
                self._unwanted.discard(room_key(room))
                self._entered(reply, command)
            case RoomLeft(room):
                self._unwanted.add(room_key(room))
                self.memberships.left(room)
            case RoomGone(room):
                self.memberships.left(room)
            case AccountMade() | LoggedInAs() | PasswordChanged() | LoggedOff() | AccountGone():
                self._note_account(reply, command)
            case AwayNoted() if isinstance(command, SetAway):
                self._away = command
            case BackNoted():
                self._away = None
            case IgnoredNow() | UnignoredNow() | IgnoredUsers():
                self._note_ignored(reply)
        return reply

    def _note_ignored(self, reply: Answer) -> None:
        match reply:
            case IgnoredNow(nick):
                self.ignored.add(nick_key(nick))
            case UnignoredNow(nick):
                self.ignored.discard(nick_key(nick))
            case IgnoredUsers(nicks):
                self.ignored = set(map(nick_key, nicks))

    def _note_account(self, reply: Answer, command: Command) -> None:
        """Remember how to be the same person at the next connection, if there is a way."""
        self._is_paired = False
        match reply, command:
            case AccountMade(nick), Register(password):
                self._login = LogIn(nick, password)
            case PasswordChanged(), ChangePassword(_, password):
                self._login = LogIn(self.nick, password)
            case LoggedInAs(nick, rooms), LogIn() | Pair():
                self._login = self._login_as(nick, command)
                self._is_paired = self._login is None
                self._unwanted.clear()
                self._wanted = nick
                self._renamed(nick)
                self._is_only_in({room_key(row.room) for row in rooms})
                self._learn_ignored()
            case LoggedOff(), _:
                self._login = None
                self.ignored = set()
                self._is_only_in(set())
            case _:
                self._login = None

    def _learn_ignored(self) -> None:
        """Ask whom this account ignores; a guest says again whom it does."""
        if self._login is not None or self._is_paired:
            self._ask(ListIgnored(), self._note_ignored)
        else:
            for nick in sorted(self.ignored):
                self._ask(Ignore(Nick(nick)), lambda _: None)

    def _login_as(self, nick: Nick, command: Command) -> LogIn | None:
        """Return how to log in again; who came by a code may know the password from before."""
        if isinstance(command, LogIn):
            return LogIn(nick, command.password)
        known = self._login
        return known if known and nick_key(known.name) == nick_key(nick) else None

    def _is_only_in(self, rooms: Container[RoomKey]) -> None:
        for room in self.memberships.rooms:
            if room_key(room) not in rooms:
                self.memberships.left(room)

    def _renamed(self, new: Nick) -> None:
        old, self.nick = self.nick, new
        if old != new:
            self._publish(NickChanged(old, new))

    def _entered(self, reply: Entered, command: Command) -> None:
        since = command.since if isinstance(command, JoinRoom | JoinWithPassword) else None
        password = command.password if isinstance(command, JoinWithPassword) else None
        self.memberships.joined(reply, since, password)
        self._learn_of(reply.room)

    def _learn_of(self, room: RoomName) -> None:
        """Ask how far a room is and when it was made, unless that is known."""
        if self.memberships.is_unknown(room):
            self._ask(DescribeRoom(room), self._learned)

    def _learned(self, reply: Answer) -> None:
        assert isinstance(reply, RoomDetails)
        self.memberships.learn(reply)

    def _ask(self, command: Command, use: Callable[[Answer], None]) -> None:
        """Ask something for this session's own sake; a refusal changes nothing."""
        if self._connection is not None:
            (answer,) = self._connection.request(command)
            answer.addCallbacks(use, lambda failure: failure.trap(Refusal, ClientError))

    # Messages

    def _publish_messages(self, room: RoomName, happenings: Iterable[Happening]) -> None:
        for happening in happenings:
            self._publish(happening)
        self._fill_gap(room)

    def _fill_gap(self, room: RoomName) -> None:
        """Read from the history what did not come, a page at a time."""
        missing = self.memberships.gap(room)
        if missing is None or self._connection is None:
            return
        (answer,) = self._connection.request(missing)
        answer.addCallbacks(self._filled, self._not_filled, errbackArgs=(room,))

    def _filled(self, reply: Answer) -> None:
        assert isinstance(reply, History)
        self._publish_messages(reply.room, self.memberships.filled(reply.room, reply.messages))

    def _not_filled(self, failure: Failure, room: RoomName) -> None:
        failure.trap(Refusal, ClientError)
        self.memberships.not_filled(room)

    def _publish(self, happening: Happening) -> None:
        self.audience.publish(happening)
        self._balance()

    def _balance(self) -> None:
        """Read from the server as fast as the program takes what comes; see `audience`."""
        connection = self._connection
        if connection is None:
            return
        if self.audience.is_full and not self._awaited:
            connection.pause()
        elif self.audience.is_overfull:
            reason = "This program does not take what comes in."
            connection.give_up(reason)
            self._sayings.interrupt(reason)
        else:
            connection.resume()

    # The end

    async def close(self) -> None:
        """Say goodbye and end; takes less than a second, whatever the server does."""
        self._is_closed = True
        await self._say_goodbye()
        self._sayings.close()
        stopped = self._link.stop()
        try:
            await within(stopped, GOODBYE_WITHIN, self._clock)
        except (TimedOut, CancelledError):
            if self._connection is not None:
                self._connection.give_up("This client was closed.")
        self.audience.end()

    async def _say_goodbye(self) -> None:
        if self._connection is None or not self._is_named:
            return
        self._awaited += 1
        self._balance()
        with suppress(TimedOut, Refusal, ClientError):
            await within(self._connection.say_goodbye(), GOODBYE_WITHIN, self._clock)
