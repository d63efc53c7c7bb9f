"""How far the owners of accounts have read their rooms, and when that is noted.

Every session has a position of its own in each room: the newest message, where it is up to
date; the one it was sent last, where it is behind. An account has read as far as that of
its sessions which is furthest. Who logs in has not read what came while they were away,
though new messages reach them: the room stays `unread` at that session until it asks for
the messages after its position, or for the newest ones, or says something there.

What an account has read is noted in the log when a session of it ends, and while it goes
on at most every `NOTE_SECONDS`: so a crash costs a minute of it, and no message waits
for it.
"""

from collections.abc import Callable, Iterable, Mapping

from chatsvc.core.commands import NotePositions
from chatsvc.core.events import Said
from chatsvc.core.names import Nick, NickKey, RoomKey, nick_key, room_key
from chatsvc.core.people import Person
from chatsvc.core.permission import readable_by
from chatsvc.core.replies import LoggedInAs
from chatsvc.core.room import Room
from chatsvc.core.state import State
from chatsvc.core.stays import newest, oldest
from chatsvc.hub import direct
from chatsvc.hub.subscriber import Subscriber

NOTE_SECONDS = 60.0
"""How often at most is noted what an account has read, while its sessions last."""

NOTES_AT_ONCE = 200
"""Accounts of which it is noted at once; the others have their turn a little later."""

Positions = tuple[tuple[RoomKey, int], ...]
"""Rooms, each with the number up to which somebody has read it."""


def position_of(subscriber: Subscriber, room: Room) -> int:
    """Return the number up to which a session has read a room that it is in."""
    sent = subscriber.behind.get(room.key, room.last)
    return min(sent, subscriber.unread.get(room.key, sent))


def logged_in(subscriber: Subscriber, reply: LoggedInAs) -> None:
    """Remember what somebody who has just logged in has not read."""
    for row in reply.rooms:
        room = subscriber.session.rooms.get(room_key(row.room))
        if row.unread and room is not None:
            [(first, _), *_] = newest(readable_by(room, subscriber.session.person), row.unread)
            subscriber.unread[room.key] = first - 1


def replayed(subscriber: Subscriber, key: RoomKey, since: int) -> None:
    """Note that a session is sent everything after the number `since`."""
    if since <= subscriber.unread.get(key, -1):
        del subscriber.unread[key]


def was_shown(subscriber: Subscriber, room: Room, messages: tuple[Said, ...]) -> None:
    """Note that a session was sent messages from the log, in the order of their numbers."""
    position = subscriber.unread.get(room.key)
    if position is None or not messages:
        return
    first, last = messages[0].number, messages[-1].number
    ranges = readable_by(room, subscriber.session.person)
    unread = oldest(ranges, 1, position)
    if not unread or last >= ranges[-1][1]:
        del subscriber.unread[room.key]
    elif first <= unread[0][0]:
        subscriber.unread[room.key] = max(position, last)


class ReadingPositions:
    """Know how far accounts have read, and have it noted by `note`."""

    def __init__(
        self,
        state: State,
        subscribers: Mapping[int, Subscriber],
        note: Callable[[NotePositions], object],
    ) -> None:
        self._state = state
        self._subscribers = subscribers
        self._note = note
        self._due: dict[NickKey, float] = {}

    def of(self, name: Nick) -> Positions:
        """Return the positions of an account in the rooms that its sessions are in."""
        person = self._state.owners.get(nick_key(name))
        if person is None:
            return ()
        return tuple(self._furthest(person))

    def note(self, name: Nick) -> None:
        """Have noted how far an account has read: a session of it is about to end."""
        self._note(NotePositions(name, self.of(name)))

    def sweep(self, now: float) -> None:
        """Have the positions of some accounts noted, of which that is due; `now` in seconds."""
        here = self._state.owners
        due = {key: self._due.get(key, now + NOTE_SECONDS) for key in here}
        ready = [key for key, at in due.items() if at <= now]
        for key in ready[:NOTES_AT_ONCE]:
            due[key] = now + NOTE_SECONDS
            account = self._state.accounts[key]
            self._note(NotePositions(account.name, tuple(self._furthest(here[key]))))
        self._due = due

    def _furthest(self, person: Person) -> Iterable[tuple[RoomKey, int]]:
        subscribers = [self._subscribers[each] for each in person.sessions]
        for key, room in person.rooms.items():
            yield key, max(position_of(each, room) for each in subscribers)
        if person.account is not None:
            yield from direct.furthest(self._state, person.account.key, subscribers)
