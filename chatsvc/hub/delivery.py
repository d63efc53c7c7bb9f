"""Who hears what: each room's audience, and the readers that are behind.

A reader that keeps up is in the *live* audience of its rooms and gets each event as it
happens; the event is encoded once for all who share an encoding. A reader whose
transport is full, or that asked for older messages first, is *behind*: it is in no live
audience, nothing is queued for it, and all that is kept is a number a room. It is fed
from the log a page at a time, as fast as it reads, until it is at the head. What of that
it may read is looked at when it is sent, not when it was said: who is put out of a room gets
nothing more of it from that moment on, also of what was said before. Live audiences need no
such look, as they are kept in step with the members.

Presence (joins, leaves) is told live only. A reader that replays but reads well still
hears it; one that was stalled and missed some is told so with `Resumed`.
"""

from collections.abc import Callable, Iterable, Iterator

import attrs
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatsvc.core.conversations import is_direct
from chatsvc.core.errors import Busy, counted_seconds
from chatsvc.core.events import Departed, Edited, Event, Redacted, Resumed, Said, Told
from chatsvc.core.limits import TRY_AGAIN_SECONDS
from chatsvc.core.names import Nick, RoomKey
from chatsvc.core.permission import members_without, readable_by
from chatsvc.core.room import Room
from chatsvc.core.state import State
from chatsvc.core.stays import Ranges, oldest
from chatsvc.hub.direct import DirectMessages
from chatsvc.hub.reach import cut
from chatsvc.hub.reading import ReadTrouble
from chatsvc.hub.rewrites import Rewrites
from chatsvc.hub.subscriber import Subscriber
from chatsvc.ports import Clock, Connection, Encoding, Log, LogError

FEED_BYTES = 65_536
"""What a reader that is behind is fed in one reactor turn, to the end of a message. It is
more than it can be known to take, and so counts into what a stuck reader costs."""

PAGE = 200
"""Messages read from the log at first for a reader that is behind."""

LARGEST_PAGE = 1000
"""Messages read at once where they are short."""

MISSED = -1
"""Stands for a count of presence events that certainly differs from the room's."""

NOBODY = 0
"""The id of no session."""

Own = dict[int, set[int]]
"""The numbers of messages by the session that said them, of those that are not sent their own."""

RETRY_SECONDS = 1.0
"""Wait after the log could not be read before trying again."""


@attrs.define(eq=False)
class Audience:
    """The connections that hear a room: live ones by encoding, replaying ones apart.

    `presences` counts what was told of the room besides messages.
    """

    live: dict[Encoding, dict[int, Connection]] = attrs.field(factory=dict)
    replaying: dict[int, Connection] = attrs.field(factory=dict)
    presences: int = 0


class Delivery:
    """Hand events to the connections that should get them; `subscribers` has all by session."""

    _log = Logger()

    def __init__(self, log: Log, clock: Clock, state: State, trouble: ReadTrouble) -> None:
        self._store = log
        self._clock = clock
        self._state = state
        self._trouble = trouble
        self.rewrites = Rewrites()
        """What is changed while the log is read, here and for answers."""
        self._audiences: dict[RoomKey, Audience] = {}
        self.subscribers: dict[int, Subscriber] = {}
        self._told_once: set[int] = set()
        self._stopped = False
        self.direct = DirectMessages(log, clock, state, self.rewrites, self.subscribers)
        """Those whom a conversation's messages go to."""

    def stop(self) -> None:
        """Feed nobody any more: the log is about to close."""
        self._stopped = True
        self.direct.stop()

    # Who is there

    def connect(self, subscriber: Subscriber) -> None:
        """Start to know a connection; it hears nothing yet."""
        self.subscribers[subscriber.session.session_id] = subscriber
        if subscriber.skips_author:
            self._told_once.add(subscriber.session.session_id)

    def mute(self, subscriber: Subscriber) -> None:
        """Send nothing more to a connection that is gone, though its session is not yet.

        Where it was is noted: nobody reads what comes now.
        """
        for key, room in subscriber.session.rooms.items():
            subscriber.behind.setdefault(key, room.last)
            self._mute(subscriber, key)

    def disconnect(self, subscriber: Subscriber) -> None:
        """Forget a connection that has left all its rooms."""
        self.subscribers.pop(subscriber.session.session_id, None)
        self._told_once.discard(subscriber.session.session_id)

    def attune(self, session_id: int) -> None:
        """Let a session hear the rooms that it is in, and no others.

        In a room that is new to it, it hears what comes after the newest message. Where it
        was, it stays where it is.
        """
        subscriber = self.subscribers.get(session_id)
        if subscriber is not None:
            rooms = subscriber.session.rooms
            for key in subscriber.hears - rooms.keys():
                self._leave(subscriber, key)
            for key in rooms.keys() - subscriber.hears:
                self._enter(subscriber, rooms[key])

    def reshape(self, subscriber: Subscriber, change: Callable[[], None]) -> None:
        """Call `change`, which gives a connection another encoding, and go on with that one."""
        old = subscriber.connection.encoding
        change()
        session_id = subscriber.session.session_id
        for key in subscriber.hears:
            audience = self._audiences.get(key)
            if audience is not None and session_id in audience.live.get(old, ()):
                self._take_out(audience, old, session_id)
                self._go_live(subscriber, key)

    def _enter(self, subscriber: Subscriber, room: Room) -> None:
        subscriber.hears.add(room.key)
        if subscriber.full or subscriber.gone:
            subscriber.behind[room.key] = room.last
            subscriber.stalled[room.key] = self._audience(room.key).presences
        else:
            self._go_live(subscriber, room.key)

    def _leave(self, subscriber: Subscriber, key: RoomKey) -> None:
        subscriber.hears.discard(key)
        subscriber.behind.pop(key, None)
        subscriber.stalled.pop(key, None)
        subscriber.own.pop(key, None)
        subscriber.unread.pop(key, None)
        self._mute(subscriber, key)

    def forget_room(self, key: RoomKey) -> None:
        """Drop the audience of a room that is gone."""
        self._audiences.pop(key, None)

    def rename_room(self, old: RoomKey, new: RoomKey) -> None:
        """Know a room by another key; everybody in it stays where they are."""
        if old in self._audiences:
            self._audiences[new] = self._audiences.pop(old)
        for subscriber in self.subscribers.values():
            subscriber.rename_room(old, new)

    # Events as they happen

    def said(self, key: RoomKey, messages: list[Said], own: Own | None = None) -> None:
        """Send new messages of one room, in order, to everybody who is up to date.

        Those who have `own` messages among them are not sent these.
        """
        audience = self._audiences.get(key)
        if audience is None:
            return
        for encoding, connections in audience.live.items():
            if own is not None and encoding.skips_author:
                _send_to_others(encoding, connections, messages, own)
                continue
            payload = b"".join(map(encoding.encode, messages))
            encoding.send_to_all(connections.values(), payload)

    def happened(self, key: RoomKey, event: Event, author: int = NOBODY) -> None:
        """Send any other event of a room to its members, or of a conversation to the two.

        The session `author` is not sent it.
        """
        if author != NOBODY and key in self._audiences:
            self.tell_members(key, lambda encoding: (encoding.encode(event), {author: b""}))
            return
        audience = self._audiences.get(key)
        if audience is None:
            self.direct.changed(key, event)
            return
        audience.presences += 1
        for encoding, connections in audience.live.items():
            encoding.send_to_all(connections.values(), encoding.encode(event))
        for connection in audience.replaying.values():
            connection.deliver(event)

    def changed(self, key: RoomKey, event: Redacted | Edited, author: int = NOBODY) -> None:
        """Tell the members of a room that a message was changed, but who may not read it."""
        if is_direct(key):
            self.direct.changed(key, event, author)
            return
        room = self._state.rooms.get(key)
        without = () if room is None else members_without(room, event.number)
        unheard = {session: b"" for person in without for session in person.sessions}
        if author != NOBODY:
            unheard[author] = b""
        if unheard:
            self.tell_members(key, lambda encoding: (encoding.encode(event), unheard))
        else:
            self.happened(key, event)

    def tell_members(
        self, key: RoomKey, payloads: Callable[[Encoding], tuple[bytes, dict[int, bytes]]]
    ) -> None:
        """Send what `payloads` makes for an encoding: to all members, and instead to some."""
        audience = self._audiences.get(key)
        if audience is None:
            return
        audience.presences += 1
        made = {encoding: payloads(encoding) for encoding in audience.live}
        for encoding, connections in audience.live.items():
            payload, instead = made[encoding]
            others = (each for who, each in connections.items() if who not in instead)
            if payload:
                encoding.send_to_all(others, payload)
            for session_id, data in instead.items():
                if data and session_id in connections:
                    connections[session_id].send(data)
        for session_id, connection in audience.replaying.items():
            if connection.encoding not in made:
                made[connection.encoding] = payloads(connection.encoding)
            payload, instead = made[connection.encoding]
            if data := instead.get(session_id, payload):
                connection.send(data)

    def tell(self, session_ids: Iterable[int], event: Event, even_if_full: bool = False) -> None:
        """Send an event to some sessions; presence is not kept for one that is stalled."""
        for session_id in session_ids:
            subscriber = self.subscribers.get(session_id)
            if subscriber is None:
                continue
            if even_if_full or not subscriber.full:
                subscriber.connection.deliver(event)
            else:
                subscriber.stalled.update(dict.fromkeys(subscriber.stalled, MISSED))

    def departed(self, session_ids: Iterable[int], event: Departed) -> None:
        """Tell once of somebody who is gone, those who are told so (`Encoding.skips_author`)."""
        self.tell((each for each in session_ids if each in self._told_once), event)

    @property
    def tells_once(self) -> bool:
        """Whether there is anybody to be told once of who is gone."""
        return bool(self._told_once)

    def is_overfull(self, session_id: int) -> bool:
        """Tell whether a session has so much unread that nothing more is taken for it."""
        subscriber = self.subscribers.get(session_id)
        most = self._state.limits.unread_bytes
        return (
            subscriber is not None
            and subscriber.full
            and subscriber.connection.unread_bytes >= most
        )

    def taken(self, nick: Nick, events: tuple[Event, ...]) -> tuple[Event, ...]:
        """Leave out those sessions of `nick` that are overfull; raise `Busy` if all are."""
        told = [event for event in events if isinstance(event, Told)]
        taken = tuple(event for event in told if not self.is_overfull(event.to))
        if all(event.is_copy for event in told) or not all(event.is_copy for event in taken):
            return (*(event for event in events if not isinstance(event, Told)), *taken)
        raise Busy(
            f'"{nick}" is not reading just now. '
            f"Wait {counted_seconds(TRY_AGAIN_SECONDS)}, then send it again."
        )

    # Readers that are behind

    def replay(self, subscriber: Subscriber, key: RoomKey, since: int) -> None:
        """Send the messages after `since` first, then go on live."""
        room = self._state.rooms[key]
        self._mute(subscriber, key)
        subscriber.behind[key] = min(since, room.last)
        if not subscriber.full:
            self._audience(key).replaying[subscriber.session.session_id] = subscriber.connection
        self._feed(subscriber)

    def stall(self, subscriber: Subscriber) -> None:
        """Stop sending to a connection that is full; note where it is in every room."""
        for key, room in subscriber.session.rooms.items():
            subscriber.behind.setdefault(key, room.last)
            subscriber.stalled.setdefault(key, self._audience(key).presences)
            self._mute(subscriber, key)

    def resume(self, subscriber: Subscriber) -> None:
        """Feed a connection that takes data again from where it is."""
        for key in subscriber.behind:
            self._audience(key).replaying[subscriber.session.session_id] = subscriber.connection
        self._feed(subscriber)
        self.direct.resume(subscriber)

    def _audience(self, key: RoomKey) -> Audience:
        return self._audiences.setdefault(key, Audience())

    def _go_live(self, subscriber: Subscriber, key: RoomKey) -> None:
        audience = self._audience(key)
        connection = subscriber.connection
        session_id = subscriber.session.session_id
        audience.replaying.pop(session_id, None)
        audience.live.setdefault(connection.encoding, {})[session_id] = connection

    def _mute(self, subscriber: Subscriber, key: RoomKey) -> None:
        audience = self._audiences.get(key)
        if audience is None:
            return
        session_id = subscriber.session.session_id
        audience.replaying.pop(session_id, None)
        self._take_out(audience, subscriber.connection.encoding, session_id)

    @staticmethod
    def _take_out(audience: Audience, encoding: Encoding, session_id: int) -> None:
        connections = audience.live.get(encoding)
        if connections is not None:
            connections.pop(session_id, None)
            if not connections:
                del audience.live[encoding]

    def _feed(self, subscriber: Subscriber) -> None:
        if not subscriber.feeding:
            subscriber.feeding = True
            fed = Deferred.fromCoroutine(self._feed_all(subscriber))
            fed.addErrback(lambda failure: self._feeding_failed(subscriber, failure))

    def _feeding_failed(self, subscriber: Subscriber, failure: Failure) -> None:
        self._log.failure("Feeding a reader from the log failed", failure=failure)
        subscriber.feeding = False
        subscriber.connection.abort("its backlog could not be read")

    async def _feed_all(self, subscriber: Subscriber) -> None:
        """Feed pages, one room after the other, until the reader is live or full again.

        At most one page a reactor turn, so that what was sent reaches the transport
        and fullness is noticed before more is read.
        """
        while subscriber.behind and not self._must_wait(subscriber):
            key = next(iter(subscriber.behind))
            room = self._state.rooms.get(key)
            if room is None or key not in subscriber.session.rooms:
                subscriber.behind.pop(key)
            elif subscriber.behind[key] >= room.last:
                self._catch_up(subscriber, room)
            else:
                await self._feed_page(subscriber, room)
        subscriber.feeding = False
        if not subscriber.behind:
            subscriber.connection.caught_up()

    def _must_wait(self, subscriber: Subscriber) -> bool:
        return subscriber.full or subscriber.gone or self._stopped

    def _catch_up(self, subscriber: Subscriber, room: Room) -> None:
        del subscriber.behind[room.key]
        subscriber.own.pop(room.key, None)
        heard = subscriber.stalled.pop(room.key, None)
        if heard is not None and heard != self._audience(room.key).presences:
            subscriber.connection.deliver(Resumed(room.name, room.last, len(room.members)))
        self._go_live(subscriber, room.key)

    async def _feed_page(self, subscriber: Subscriber, room: Room) -> None:
        position = subscriber.behind[room.key]
        wanted = self._readable_after(subscriber, room, position)
        if not wanted:
            subscriber.behind[room.key] = room.last
            return
        first, last = wanted[0]
        name = room.name
        try:
            with self.rewrites.watch() as watch:
                found = await self._store.read(
                    name, room.room_id, last - first + 1, after=first - 1
                )
            page = watch.as_now(found)
        except LogError as error:
            if self._stopped:
                return
            self._trouble.note(error)
            await self._pause(RETRY_SECONDS)
            return
        is_there = name == room.name and self._is_at(subscriber, room, position)
        if not is_there or self._must_wait(subscriber):
            return
        # The log may know of messages whose commit it has not reported yet: those come live.
        known = cut(page, readable_by(room, subscriber.session.person))
        if not known:
            await self._meet_a_hole(subscriber, room, position, first)
            return
        lines = _fitting(_lines_for(subscriber, room.key, known))
        payload = b"".join(lines)
        if payload:
            subscriber.page = _page_for(len(payload) // len(lines))
        subscriber.connection.send(payload)
        subscriber.behind[room.key] = known[len(lines) - 1].number
        await self._pause(0)

    def _readable_after(self, subscriber: Subscriber, room: Room, position: int) -> Ranges:
        """Return the next numbers above `position` that are for this reader, a page of them."""
        readable = readable_by(room, subscriber.session.person)
        return oldest(readable, subscriber.page or PAGE, position)

    async def _meet_a_hole(
        self, subscriber: Subscriber, room: Room, position: int, first: int
    ) -> None:
        """Wait where the log does not have the next message: going on would be a hole.

        Perhaps the room is just being deleted. Where it was trimmed, or the reader has lost
        this part, there is nothing to wait for.
        """
        if self._is_next(subscriber, room, position, first):
            await self._pause(RETRY_SECONDS)
            if self._is_next(subscriber, room, position, first) and not self._stopped:
                self._trouble.note(LogError(f"Message {first} of a room is missing."))

    def _is_next(self, subscriber: Subscriber, room: Room, position: int, first: int) -> bool:
        """Tell whether a reader at `position` still waits for the message `first`."""
        if not self._is_at(subscriber, room, position):
            return False
        wanted = self._readable_after(subscriber, room, position)
        return bool(wanted) and wanted[0][0] == first

    def _is_at(self, subscriber: Subscriber, room: Room, position: int) -> bool:
        """Tell whether nothing has changed while the log was asked: the room may be gone."""
        here = subscriber.behind.get(room.key) == position
        return here and self._state.rooms.get(room.key) == room

    def _pause(self, seconds: float) -> Deferred[None]:
        """Return a Deferred that fires after `seconds`; 0 is the next reactor turn."""
        paused: Deferred[None] = Deferred()
        self._clock.callLater(seconds, paused.callback, None)
        return paused


def _send_to_others(
    encoding: Encoding, connections: dict[int, Connection], messages: list[Said], own: Own
) -> None:
    """Send messages to all connections of an encoding, but to nobody those they said."""
    lines = list(map(encoding.encode, messages))
    others = [each for session, each in connections.items() if session not in own]
    encoding.send_to_all(others, b"".join(lines))
    for session, numbers in own.items():
        if session in connections and len(numbers) < len(lines):
            pairs = zip(messages, lines, strict=True)
            rest = b"".join([line for said, line in pairs if said.number not in numbers])
            connections[session].send(rest)


def _lines_for(subscriber: Subscriber, key: RoomKey, messages: Iterable[Said]) -> Iterator[bytes]:
    """Return the lines of messages; nothing in place of those that it has shown itself."""
    encode, own = subscriber.connection.encoding.encode, subscriber.own.get(key, ())
    return (b"" if said.number in own else encode(said) for said in messages)


def _fitting(lines: Iterable[bytes]) -> list[bytes]:
    """Return the first of `lines` up to the one that fills `FEED_BYTES`."""
    fitting: list[bytes] = []
    size = 0
    for line in lines:
        fitting.append(line)
        size += len(line)
        if size >= FEED_BYTES:
            break
    return fitting


def _page_for(line_bytes: int) -> int:
    """Return how many messages to read next when their lines have about `line_bytes` each."""
    return max(1, min(FEED_BYTES // max(1, line_bytes) + 1, LARGEST_PAGE))
