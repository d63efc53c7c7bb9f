"""Direct messages that are kept: who of the two hears them, reads them, and later what.

Nobody is in an audience for them: what is new in a conversation goes to the sessions that the
two have just then. One that takes no more data, or has not been fed all yet, gets nothing
new; all that is kept of it is a number (`Subscriber.missed`), and it is fed from the log after
that number, a page a turn, when it takes data again. So each gets each message once, in order.

A message is spelt for each of the two by the other's name (`core.conversations`).
"""

from collections.abc import Iterable, Iterator, Mapping

import attrs
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatsvc.core.commands import ChangeMessage, Edit, ReadHistory, Redact, SearchRoom
from chatsvc.core.conversations import is_direct, parties, readable_in
from chatsvc.core.errors import NoSuchMessage
from chatsvc.core.events import Edited, Event, Redacted, Said, TakenBack, bytes_of
from chatsvc.core.names import NickKey, RoomKey, RoomName, room_key
from chatsvc.core.people import Session
from chatsvc.core.replies import History, LoggedInAs, Reply, SearchResult
from chatsvc.core.room import Room
from chatsvc.core.rules.direct import conversation, seen_by
from chatsvc.core.state import State, account_of
from chatsvc.core.stays import Ranges, holds, newest, oldest
from chatsvc.hub.rewrites import Rewrites
from chatsvc.hub.subscriber import Subscriber
from chatsvc.ports import Clock, Log, LogError

PAGE = 50
"""Messages that a reader is fed in one reactor turn; the longest make some 200 KB."""

PIECE = 250
"""Messages read from the log at once for an answer."""

ANSWER_BYTES = 262_144
"""Text in one answer to `history`, as in rooms."""

RETRY_SECONDS = 1.0
"""Wait after the log could not be read before trying again."""

MessageEvent = Said | Redacted | Edited


class DirectMessages:
    """Tell the two of a conversation what is new in it; `subscribers` has all by session."""

    _log = Logger()

    def __init__(
        self,
        log: Log,
        clock: Clock,
        state: State,
        rewrites: Rewrites,
        subscribers: Mapping[int, Subscriber],
    ) -> None:
        self._store = log
        self._clock = clock
        self._state = state
        self._rewrites = rewrites
        self._subscribers = subscribers
        self._stopped = False

    def stop(self) -> None:
        """Feed nobody any more: the log is about to close."""
        self._stopped = True

    # What is new

    def told(self, subscriber: Subscriber | None, said: Said) -> None:
        """Send a new message to all sessions of the two but the one that told it."""
        room = self._state.conversations.by_key[room_key(said.room)]
        for each, shown in self._heard(room, said):
            if each is subscriber:
                _note_answered(each, room)
            elif each.full or each.gone or room.key in each.missed:
                each.missed.setdefault(room.key, said.number - 1)
            else:
                self._send(each, shown)

    def changed(self, key: RoomKey, event: Event, author: int = 0) -> None:
        """Send the change of a message; who has not got the message will get it as it is then.

        The session `author` is not sent it.
        """
        room = self._state.conversations.get(key)
        if room is None or not isinstance(event, Redacted | Edited):
            return
        for each, shown in self._heard(room, event):
            is_author = author != 0 and each.session.session_id == author
            if not (is_author or each.full or each.gone or room.key in each.missed):
                self._send(each, shown)

    def _send(self, subscriber: Subscriber, event: Event) -> None:
        """Send an event of a conversation; where whom it is for is a part of it, `deliver` it."""
        if subscriber.skips_author:
            subscriber.connection.deliver(event)
        else:
            subscriber.connection.send(subscriber.connection.encoding.encode(event))

    def _heard(self, room: Room, event: MessageEvent) -> Iterator[tuple[Subscriber, MessageEvent]]:
        """Return the sessions of those who may read a message, each with an event of it."""
        for account in parties(room.key):
            if not holds(readable_in(room, account), event.number):
                continue
            person = self._state.owners.get(account)
            if person is None:
                continue
            shown = attrs.evolve(event, room=seen_by(self._state, room, account))
            for session_id in person.sessions:
                subscriber = self._subscribers.get(session_id)
                if subscriber is not None:
                    yield subscriber, shown

    # Readers that were full

    def resume(self, subscriber: Subscriber) -> None:
        """Feed a connection that takes data again what it has missed."""
        if subscriber.missed and not subscriber.feeding_direct:
            subscriber.feeding_direct = True
            fed = Deferred.fromCoroutine(self._feed(subscriber))
            fed.addErrback(lambda failure: self._feeding_failed(subscriber, failure))

    def _feeding_failed(self, subscriber: Subscriber, failure: Failure) -> None:
        self._log.failure("Feeding direct messages from the log failed", failure=failure)
        subscriber.feeding_direct = False
        subscriber.connection.abort("its direct messages could not be read")

    async def _feed(self, subscriber: Subscriber) -> None:
        while subscriber.missed and not (subscriber.full or subscriber.gone or self._stopped):
            key = next(iter(subscriber.missed))
            room, account = self._state.conversations.get(key), subscriber.session.account
            if room is None or account is None or account.key not in parties(key):
                del subscriber.missed[key]
                continue
            wanted = oldest(readable_in(room, account.key), PAGE, subscriber.missed[key])
            if not wanted:
                del subscriber.missed[key]
                continue
            await self._feed_page(subscriber, room, account.key, wanted)
        subscriber.feeding_direct = False
        if not subscriber.missed:
            subscriber.connection.caught_up()

    async def _feed_page(
        self, subscriber: Subscriber, room: Room, account: NickKey, wanted: Ranges
    ) -> None:
        position = subscriber.missed[room.key]
        try:
            with self._rewrites.watch() as watch:
                name = seen_by(self._state, room, account)
                found = await _read_ranges(self._store, name, room.room_id, wanted)
                page = watch.as_now(found)
        except LogError as error:
            self._log.error("Direct messages could not be read: {error}", error=error)
            await self._pause(RETRY_SECONDS)
            return
        is_same = subscriber.missed.get(room.key) == position
        own = subscriber.session.account
        if subscriber.full or subscriber.gone or not is_same or own is None or own.key != account:
            return
        if not page:
            await self._pause(RETRY_SECONDS)  # Perhaps the conversation is just being removed.
            return
        if subscriber.skips_author:
            for said in page:
                self._send(subscriber, said)
        else:
            subscriber.connection.send(b"".join(map(subscriber.connection.encoding.encode, page)))
        subscriber.missed[room.key] = page[-1].number
        await self._pause(0)

    def _pause(self, seconds: float) -> Deferred[None]:
        paused: Deferred[None] = Deferred()
        self._clock.callLater(seconds, paused.callback, None)
        return paused


def _note_answered(subscriber: Subscriber, room: Room) -> None:
    """Note that who told something there has read what came before."""
    subscriber.unread.pop(room.key, None)


# Requests that the log answers


async def answer_from(
    log: Log,
    state: State,
    rewrites: Rewrites,
    subscriber: Subscriber,
    command: ReadHistory | SearchRoom,
) -> Reply:
    """Return the log's answer about a conversation, empty where there is none.

    Raises `LogError` or `NotLoggedIn`.
    """
    session = subscriber.session
    room, own = conversation(state, session, command.room), account_of(session)
    is_search = isinstance(command, SearchRoom)
    if room is None:
        return SearchResult(command.room, ()) if is_search else History(command.room, ())
    ranges, name = readable_in(room, own.key), seen_by(state, room, own.key)

    def is_still_there(said: Said) -> bool:
        here = session.account
        is_same = state.conversations.get(room.key) is room
        is_same = is_same and here is not None and here.key == own.key
        return is_same and holds(readable_in(room, own.key), said.number)

    with rewrites.watch() as watch:
        if isinstance(command, SearchRoom):
            most = state.limits.search_page
            found = await log.search(name, room.room_id, command.words, most, ranges)
            held = (
                said
                for said in watch.as_now(found)
                if is_still_there(said) and not isinstance(said, TakenBack)
            )
            return SearchResult(name, tuple(held))
        count = min(command.count, state.limits.history_page)
        if command.after is not None:
            wanted = oldest(ranges, count, command.after)
        else:
            wanted = newest(ranges, count, command.before)
        found = await _read_ranges(log, name, room.room_id, wanted)
        shown = [said for said in watch.as_now(found) if is_still_there(said)]
        fitting = tuple(_fitting(shown, from_the_oldest=command.after is not None))
        _was_shown(subscriber, room, own.key, fitting)
        return History(name, fitting)


def _was_shown(
    subscriber: Subscriber, room: Room, account: NickKey, messages: tuple[Said, ...]
) -> None:
    """Note that a session was sent messages from the log, in the order of their numbers."""
    position = subscriber.unread.get(room.key)
    if position is None or not messages:
        return
    first, last = messages[0].number, messages[-1].number
    ranges = readable_in(room, account)
    not_read = oldest(ranges, 1, position)
    if not not_read or last >= ranges[-1][1]:
        del subscriber.unread[room.key]
    elif first <= not_read[0][0]:
        subscriber.unread[room.key] = max(position, last)


async def prepare_change(
    log: Log, state: State, session: Session, change: Redact | Edit
) -> ChangeMessage:
    """Return what carries out `change`, with its message; raise `LogError` or `NoSuchMessage`."""
    room = conversation(state, session, change.room)
    if room is not None:
        found = await log.read(change.room, room.room_id, 1, after=change.number - 1)
        if found:
            return ChangeMessage(change, found[0])
    raise NoSuchMessage(change.room, change.number)


async def _read_ranges(log: Log, name: RoomName, room_id: int, ranges: Ranges) -> list[Said]:
    """Return the messages with these numbers, oldest first."""
    messages: list[Said] = []
    for first, last in ranges:
        for start in range(first, last + 1, PIECE):
            count = min(PIECE, last - start + 1)
            messages += await log.read(name, room_id, count, after=start - 1)
    return messages


def _fitting(messages: list[Said], from_the_oldest: bool) -> list[Said]:
    """Return as many messages as fit `ANSWER_BYTES`, one at least, from one end."""
    size = count = 0
    for said in messages if from_the_oldest else reversed(messages):
        size += bytes_of(said) + 100
        if size > ANSWER_BYTES and count:
            break
        count += 1
    return messages[:count] if from_the_oldest else messages[len(messages) - count :]


# How far somebody has read


def position_in(subscriber: Subscriber, room: Room) -> int:
    """Return the number up to which a session has read a conversation."""
    sent = subscriber.missed.get(room.key, room.last)
    return min(sent, subscriber.unread.get(room.key, sent))


def furthest(
    state: State, account: NickKey, subscribers: Iterable[Subscriber]
) -> Iterator[tuple[RoomKey, int]]:
    """Return how far an account has read its conversations, where that was not noted yet."""
    here = list(subscribers)
    for room in state.conversations.of(account):
        part = room.keepers.get(account)
        if here and part is not None and part.position < room.last:
            yield room.key, max(position_in(each, room) for each in here)


def logged_in(state: State, subscriber: Subscriber, reply: LoggedInAs) -> None:
    """Remember in which conversations somebody who has just logged in has not read all."""
    for key in [key for key in subscriber.unread if is_direct(key)]:
        del subscriber.unread[key]
    for row in reply.rooms:
        if is_direct(row.room):
            room = conversation(state, subscriber.session, row.room)
            if room is not None and row.unread:
                ranges = readable_in(room, account_of(subscriber.session).key)
                subscriber.unread[room.key] = newest(ranges, row.unread)[0][0] - 1
