"""The fakes we publish and test with: use these instead of patching.

FaultyLog        any log, with commits that wait or fail when a test says so
FakeConnection   a client at no way in: commands go in, typed answers and events come out
FakeIdentity     passwords, without the cost of hashing them
FakeRoomPorts    ports of rooms, without sockets
TurnClock        a clock that can run one reactor turn at a time
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from twisted.internet.defer import Deferred, execute, fail, succeed
from twisted.internet.task import Clock

from chatsvc.core.accounts import Account
from chatsvc.core.commands import Command
from chatsvc.core.errors import BadLogin, BadPassword, Refusal
from chatsvc.core.events import DurableEvent, Event, Happened, Said
from chatsvc.core.happenings import EVERYTHING, Span
from chatsvc.core.names import Nick, NickKey, RoomKey, RoomName, nick_key, room_key
from chatsvc.core.replies import NO_PORT, Reply, RoomList, RoomPages, UserList, UserPages
from chatsvc.core.room import Stored
from chatsvc.core.stays import Ranges
from chatsvc.hub import Hub
from chatsvc.hub.subscriber import Subscriber
from chatsvc.ports import AuditEntry, Log, LogError, Recorded
from chatsvc.storage.memory import MemoryLog

MOST_PASSWORD_BYTES = 1024
"""Longest password of a `FakeIdentity`."""

_Answer = TypeVar("_Answer")


class FaultyLog:
    """Pass everything on to another log, but let a test decide when and whether.

    Reads are passed on at once; `hold`, `release`, `hold_reads`, `release_reads`,
    `fail_next` and `fail_reads` change what happens.
    """

    def __init__(self, log: Log | None = None) -> None:
        self.log: Log = MemoryLog() if log is None else log
        self._is_holding = False
        self._held: deque[tuple[Sequence[DurableEvent], Deferred[list[Recorded]]]] = deque()
        self._failures: deque[LogError] = deque()
        self._read_failure: LogError | None = None
        self._is_holding_reads = False
        self._held_reads: deque[tuple[Deferred[list[Said]], Deferred[list[Said]]]] = deque()

    @property
    def held(self) -> int:
        """How many appends wait for `release`."""
        return len(self._held)

    def hold(self) -> None:
        """Let appends wait from now on, as on a slow disk."""
        self._is_holding = True

    def release(self) -> None:
        """Do the appends that wait, in order, and hold no more."""
        self._is_holding = False
        while self._held and not self._is_holding:
            events, answer = self._held.popleft()
            self._append(events).chainDeferred(answer)

    def fail_next(self, error: LogError | None = None) -> None:
        """Make one more append fail, with nothing written; may be called several times."""
        self._failures.append(error or LogError("The disk with the log is full."))

    def fail_reads(self, error: LogError | None) -> None:
        """Make everything that reads fail from now on; None: no more."""
        self._read_failure = error

    def hold_reads(self) -> None:
        """Let what is read from now on be on its way until `release_reads`."""
        self._is_holding_reads = True

    def release_reads(self) -> None:
        """Give the answers that are on their way, as they were read, and hold no more."""
        self._is_holding_reads = False
        while self._held_reads:
            found, answer = self._held_reads.popleft()
            found.chainDeferred(answer)

    def open(self) -> Stored:
        """Open the other log."""
        return self.log.open()

    def append(self, events: Sequence[DurableEvent]) -> Deferred[list[Recorded]]:
        """Append now, or when released, or fail."""
        if not self._is_holding:
            return self._append(events)
        answer: Deferred[list[Recorded]] = Deferred()
        self._held.append((events, answer))
        return answer

    def read(
        self,
        room: RoomName,
        room_id: int,
        count: int,
        before: int | None = None,
        after: int | None = None,
    ) -> Deferred[list[Said]]:
        """Read from the other log, or fail."""
        return self._read(lambda: self.log.read(room, room_id, count, before, after))

    def search(
        self,
        room: RoomName,
        room_id: int,
        words: str,
        count: int,
        within: Ranges | None = None,
    ) -> Deferred[list[Said]]:
        """Search the other log, or fail."""
        return self._read(lambda: self.log.search(room, room_id, words, count, within))

    def older_than(self, room_id: int, at: int) -> Deferred[int]:
        """Ask the other log, or fail."""
        if self._read_failure is not None:
            return fail(self._read_failure)
        return self.log.older_than(room_id, at)

    def read_audit(
        self, count: int, before: int | None = None, room: RoomName | None = None
    ) -> Deferred[list[AuditEntry]]:
        """Read from the other log, or fail."""
        if self._read_failure is not None:
            return fail(self._read_failure)
        return self.log.read_audit(count, before, room)

    def read_happenings(
        self,
        room: RoomName,
        room_id: int,
        count: int,
        span: Span = EVERYTHING,
        from_the_oldest: bool = False,
    ) -> Deferred[list[Happened]]:
        """Read from the other log, or fail."""
        if self._read_failure is not None:
            return fail(self._read_failure)
        return self.log.read_happenings(room, room_id, count, span, from_the_oldest)

    def close(self) -> Deferred[None]:
        """Do what is held back and close the other log."""
        self.release()
        return succeed(None).addCallback(lambda _: self.log.close())

    def _read(self, read: Callable[[], Deferred[list[Said]]]) -> Deferred[list[Said]]:
        if self._read_failure is not None:
            return fail(self._read_failure)
        if not self._is_holding_reads:
            return read()
        answer: Deferred[list[Said]] = Deferred()
        self._held_reads.append((read(), answer))
        return answer

    def _append(self, events: Sequence[DurableEvent]) -> Deferred[list[Recorded]]:
        if self._failures:
            return fail(self._failures.popleft())
        return self.log.append(events)


class TurnClock(Clock):
    """A `Clock` in which a test can also run the calls of a single reactor turn."""

    def turn(self) -> None:
        """Run what is due now, but not what those calls make due."""
        due = [call for call in self.calls if call.getTime() <= self.seconds()]
        for call in due:
            if call.active():
                self.calls.remove(call)
                call.called = 1
                call.func(*call.args, **call.kw)

    def settle(self) -> None:
        """Run reactor turns until nothing is due."""
        self.advance(0)


class FakeEncoding:
    """Encode events so that `FakeConnection` finds them again; hides the classes in `hidden`."""

    def __init__(self, hidden: tuple[type[Event], ...] = (), skips_author: bool = False) -> None:
        self.skips_author = skips_author
        self._hidden = hidden
        self._events: list[Event] = []

    def encode(self, event: Event) -> bytes:
        """Return a number that stands for `event`."""
        if isinstance(event, self._hidden):
            return b""
        self._events.append(event)
        return b"%d;" % (len(self._events) - 1)

    def send_to_all(self, connections: "Iterable[FakeConnection]", data: bytes) -> None:
        """Send `data` to each."""
        for connection in connections:
            connection.send(data)

    def decode(self, data: bytes) -> list[Event]:
        """Return the events that `data` stands for."""
        return [self._events[int(number)] for number in data.split(b";")[:-1]]


class FakeConnection:
    """One client of a hub, as `ports.Connection`: see what it got in `got`.

    It reads until `stop_reading`; what comes after that waits, and `read_on` gets it. A test
    may say what `unsent_bytes` is.
    """

    _encoding = FakeEncoding()

    def __init__(self, hub: Hub, aim: RoomName | None = None) -> None:
        self.got: list[Reply | Refusal | Event] = []
        self.closed = False
        self.unsent_bytes = 0
        self.aborted: str | None = None
        self._hub = hub
        self._requests: deque[Command | Refusal] = deque()
        self._waiting: list[tuple[int, list[Reply | Refusal | Event]]] = []
        self._is_reading = True
        self.subscriber: Subscriber = hub.connect(self, "fake", aim)

    # What the test does

    def ask(self, *requests: Command | Refusal) -> None:
        """Have the client send `requests`."""
        self._requests.extend(requests)
        self._hub.pump(self.subscriber)

    def take(self) -> list[Reply | Refusal | Event]:
        """Return what the client got since the last time."""
        got, self.got = self.got, []
        return got

    def stop_reading(self) -> None:
        """Have the client's transport fill up."""
        self._is_reading = False
        self._hub.stall(self.subscriber)

    def read_on(self) -> None:
        """Have the client read what waits."""
        self._is_reading = True
        waiting, self._waiting = self._waiting, []
        for _, things in waiting:
            self.got.extend(things)
        self._hub.resume(self.subscriber)

    def lose(self) -> None:
        """Cut the line."""
        self._hub.disconnect(self.subscriber)

    # What the hub calls

    @property
    def encoding(self) -> FakeEncoding:
        """The encoding that all fakes share."""
        return self._encoding

    def next_request(self) -> Command | Refusal | None:
        """Return the next of what was asked."""
        return self._requests.popleft() if self._requests else None

    def answer(self, answer: Reply | Refusal) -> None:
        """Note an answer."""
        self._take_in(1, [_whole(answer)])

    def deliver(self, event: Event) -> None:
        """Note an event."""
        self.send(self._encoding.encode(event))

    def send(self, data: bytes) -> None:
        """Note the events that `data` stands for."""
        self._take_in(len(data), self._encoding.decode(data))

    def caught_up(self) -> None:
        """Do nothing: a test sees what came."""

    @property
    def unread_bytes(self) -> int:
        """How much waits for `read_on`."""
        return sum(size for size, _ in self._waiting)

    def close(self) -> None:
        """Take the goodbye: nothing comes after it."""
        if not self.closed:
            self.closed = True
            self._requests.clear()

    def abort(self, reason: str) -> None:
        """Note why the connection was cut."""
        if self.aborted is None:
            self.aborted = reason
            self._requests.clear()

    def _take_in(self, size: int, things: Iterable[Reply | Refusal | Event]) -> None:
        if self.closed or self.aborted is not None:
            return
        if self._is_reading:
            self.got.extend(things)
        else:
            self._waiting.append((size, list(things)))


def _whole(answer: Reply | Refusal) -> Reply | Refusal:
    match answer:
        case RoomPages(rows):
            return RoomList(tuple(row for row in rows if row is not None))
        case UserPages(rows):
            return UserList(tuple(row for row in rows if row is not None))
    return answer


class FakeRoomPasswords:
    """Make and compare the secrets of rooms at once, as `ports.RoomPasswords`; not for use."""

    def hash(self, password: str) -> Deferred[str]:
        """Return a secret that tells the password to nobody who reads it in passing."""
        return execute(FakeIdentity.secret_of, password)

    def fits(self, _room: RoomName, secret: str, password: str, _address: str) -> Deferred[bool]:
        """Compare."""
        return execute(lambda: secret == FakeIdentity.secret_of(password))


class FakeIdentity:
    """Check and hash passwords at once, as `ports.Identity`; not for use.

    `hold` lets answers wait until `release`. `asked` has the names and addresses of all
    checks, `homes` those of who became an account, in order.
    """

    def __init__(self, accounts: Mapping[NickKey, Account]) -> None:
        self.asked: list[tuple[Nick, str]] = []
        self.homes: list[tuple[Nick, str]] = []
        self._accounts = accounts
        self._is_holding = False
        self._held: deque[Callable[[], None]] = deque()

    def hold(self) -> None:
        """Let answers wait from now on, as with a busy processor."""
        self._is_holding = True

    def release(self) -> None:
        """Give the answers that wait, in order, and hold no more."""
        self._is_holding = False
        while self._held:
            self._held.popleft()()

    def check(self, name: Nick, password: str, address: str) -> Deferred[Nick]:
        """Compare `password` with the account's."""
        self.asked.append((name, address))
        return self._answer(lambda: self._checked(name, password))

    def note_attempt(self, name: Nick, is_right: bool, address: str) -> None:
        """Take a proof that is right, and refuse one that is not."""
        self.asked.append((name, address))
        if not is_right:
            raise BadLogin

    def hash(self, password: str) -> Deferred[str]:
        """Return a secret that tells the password to nobody who reads it in passing."""
        return self._answer(lambda: self.secret_of(password))

    def at_home(self, name: Nick, address: str) -> None:
        """Note in `homes` who is where."""
        self.homes.append((name, address))

    @staticmethod
    def secret_of(password: str) -> str:
        """Return the secret that is kept of a password; raise `BadPassword`."""
        if len(password.encode()) > MOST_PASSWORD_BYTES:
            raise BadPassword(f"A password has at most {MOST_PASSWORD_BYTES} bytes.")
        return f"$fake${password[::-1]}"

    def _checked(self, name: Nick, password: str) -> Nick:
        account = self._accounts.get(nick_key(name))
        if account is None or account.secret != self.secret_of(password):
            raise BadLogin
        return account.name

    def _answer(self, work: Callable[[], _Answer]) -> Deferred[_Answer]:
        answer: Deferred[_Answer] = Deferred()

        def give() -> None:
            execute(work).chainDeferred(answer)

        if self._is_holding:
            self._held.append(give)
        else:
            give()
        return answer


class FakeRoomPorts:
    """Give rooms numbers out of a range as if they were ports; see `ports.RoomPorts`."""

    def __init__(self, low: int, high: int) -> None:
        self._numbers = range(low, high + 1)
        self._ports: dict[RoomKey, int] = {}

    def open(self, room: RoomName) -> int:
        """Take the lowest number that is free."""
        free = (number for number in self._numbers if number not in self._ports.values())
        port = next(free, NO_PORT)
        if port != NO_PORT:
            self._ports[room_key(room)] = port
        return port

    def port_of(self, room: RoomName) -> int:
        """Return the number of `room`, or `NO_PORT`."""
        return self._ports.get(room_key(room), NO_PORT)

    def rename(self, room: RoomName, new: RoomName) -> None:
        """Let the number of `room` be that of `new`."""
        if room_key(room) in self._ports:
            self._ports[room_key(new)] = self._ports.pop(room_key(room))

    def close(self, room: RoomName) -> None:
        """Free the number of `room`."""
        self._ports.pop(room_key(room), None)
