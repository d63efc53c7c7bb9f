"""Who hears what: each room's audience, and the readers that are behind.

A reader that keeps up is in the *live* audience of its rooms and gets each event as it
happens; the event is encoded once for all who share an encoding. A reader whose
transport is full, or that asked for older messages first, is *behind*: it is in no live
audience, nothing is queued for it, and all that is kept is a number a room. It is fed
from the log a page at a time, as fast as it reads, until it is at the head.

Presence (joins, leaves) is told live only. A reader that replays but reads well still
hears it; one that was stalled and missed some is told so with `Resumed`.
"""

from collections.abc import Iterable

import attrs
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatsvc.core.events import Event, Resumed, Said
from chatsvc.core.names import RoomKey
from chatsvc.core.room import Room
from chatsvc.core.state import State
from chatsvc.hub.subscriber import Subscriber
from chatsvc.ports import Clock, Connection, Encoding, Log, LogError

PAGE = 200
"""Messages read from the log at once for a reader that is behind; at most 800 KB."""

MISSED = -1
"""Stands for a count of presence events that certainly differs from the room's."""

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
    """Hand events to the connections that should get them."""

    _log = Logger()

    def __init__(self, log: Log, clock: Clock, state: State) -> None:
        self._store = log
        self._clock = clock
        self._state = state
        self._audiences: dict[RoomKey, Audience] = {}
        self._subscribers: dict[int, Subscriber] = {}
        self._stopped = False

    def stop(self) -> None:
        """Feed nobody any more: the log is about to close."""
        self._stopped = True

    # Who is there

    def connect(self, subscriber: Subscriber) -> None:
        """Start to know a connection; it hears nothing yet."""
        self._subscribers[subscriber.session.session_id] = subscriber

    def disconnect(self, subscriber: Subscriber) -> None:
        """Forget a connection that has left all its rooms."""
        self._subscribers.pop(subscriber.session.session_id, None)

    def enter(self, session_id: int, room: Room) -> None:
        """Make a new member part of the room's audience, from its newest message on."""
        subscriber = self._subscribers[session_id]
        if subscriber.full:
            subscriber.behind[room.key] = room.last
        else:
            self._go_live(subscriber, room.key)

    def leave(self, session_id: int, key: RoomKey) -> None:
        """Take a former member out of the room's audience."""
        subscriber = self._subscribers[session_id]
        subscriber.behind.pop(key, None)
        subscriber.stalled.pop(key, None)
        self._mute(subscriber, key)

    def forget_room(self, key: RoomKey) -> None:
        """Drop the audience of a room that is gone."""
        self._audiences.pop(key, None)

    # Events as they happen

    def said(self, key: RoomKey, messages: list[Said]) -> None:
        """Send new messages of one room, in order, to everybody who is up to date."""
        audience = self._audiences.get(key)
        if audience is None:
            return
        for encoding, connections in audience.live.items():
            payload = b"".join(map(encoding.encode, messages))
            encoding.send_to_all(connections.values(), payload)

    def happened(self, key: RoomKey, event: Event, but: int = 0) -> None:
        """Send any other event of a room to its members, `but` not to that session."""
        audience = self._audiences.get(key)
        if audience is None:
            return
        audience.presences += 1
        for encoding, connections in audience.live.items():
            told = (each for session_id, each in connections.items() if session_id != but)
            encoding.send_to_all(told, encoding.encode(event))
        for session_id, connection in audience.replaying.items():
            if session_id != but:
                connection.deliver(event)

    def tell(self, session_ids: Iterable[int], event: Event, even_if_full: bool = False) -> None:
        """Send an event to some sessions; presence is not kept for one that is stalled."""
        for session_id in session_ids:
            subscriber = self._subscribers.get(session_id)
            if subscriber is None:
                continue
            if even_if_full or not subscriber.full:
                subscriber.connection.deliver(event)
            else:
                subscriber.stalled.update(dict.fromkeys(subscriber.stalled, MISSED))

    def is_overfull(self, session_id: int) -> bool:
        """Tell whether a session has so much unread that nothing more is taken for it."""
        subscriber = self._subscribers.get(session_id)
        most = self._state.limits.unread_bytes
        return (
            subscriber is not None
            and subscriber.full
            and subscriber.connection.unread_bytes >= most
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
        connections = audience.live.get(subscriber.connection.encoding)
        if connections is not None:
            connections.pop(session_id, None)
            if not connections:
                del audience.live[subscriber.connection.encoding]

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

    def _must_wait(self, subscriber: Subscriber) -> bool:
        return subscriber.full or subscriber.gone or self._stopped

    def _catch_up(self, subscriber: Subscriber, room: Room) -> None:
        del subscriber.behind[room.key]
        heard = subscriber.stalled.pop(room.key, None)
        if heard is not None and heard != self._audience(room.key).presences:
            subscriber.connection.deliver(Resumed(room.name, room.last, len(room.members)))
        self._go_live(subscriber, room.key)

    async def _feed_page(self, subscriber: Subscriber, room: Room) -> None:
        head = room.last
        position = subscriber.behind[room.key]
        try:
            page = await self._store.read(room.name, room.room_id, PAGE, after=position)
        except LogError as error:
            if self._stopped:
                return
            self._log.error("A reader's backlog could not be read: {error}", error=error)
            await self._pause(RETRY_SECONDS)
            return
        if subscriber.behind.get(room.key) != position or self._state.rooms.get(room.key) != room:
            return
        if self._must_wait(subscriber):
            return
        # The log may know of messages whose commit it has not reported yet: those come live.
        known = [said for said in page if said.number <= room.last]
        encode = subscriber.connection.encoding.encode
        subscriber.connection.send(b"".join(map(encode, known)))
        subscriber.behind[room.key] = known[-1].number if known else head
        await self._pause(0)

    def _pause(self, seconds: float) -> Deferred[None]:
        """Return a Deferred that fires after `seconds`; 0 is the next reactor turn."""
        paused: Deferred[None] = Deferred()
        self._clock.callLater(seconds, paused.callback, None)
        return paused
