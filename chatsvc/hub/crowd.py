"""What is done to everybody who is connected, some in each turn, so that nobody waits for it."""

from collections.abc import Callable, Mapping
from functools import partial

from twisted.internet.defer import Deferred

from chatsvc.core.commands import LeaveRoom
from chatsvc.core.events import Announced, Event, Expelled, Left, ServerClosing
from chatsvc.core.masks import Mask
from chatsvc.core.names import Nick, nick_key
from chatsvc.core.people import Person
from chatsvc.core.permission import subject_of_session
from chatsvc.core.replies import ServerWouldHit
from chatsvc.core.sanctions import Sanction
from chatsvc.core.server import words_of
from chatsvc.core.state import State
from chatsvc.core.subject import Subject
from chatsvc.hub.delivery import Delivery
from chatsvc.hub.portions import Portions
from chatsvc.hub.subscriber import Subscriber
from chatsvc.ports import Clock, Connection, Encoding

AT_ONCE = 50
"""Connections that are one portion: told, looked at, or ended; under a millisecond."""

NICKS_SHOWN = 100
"""Whom a dry run names; the others are counted."""

Conclude = Callable[[None, LeaveRoom, tuple[Event, ...]], None]


class Crowd:
    """Tell everybody, put out whom a ban hits, and count whom it would.

    `subscribers` are all connections, by session; `conclude` makes events true and tells
    them.
    """

    def __init__(
        self, state: State, clock: Clock, delivery: Delivery, now: Callable[[], int]
    ) -> None:
        self._state = state
        self._delivery = delivery
        self._now = now
        self._portions = Portions(clock)
        self._subscribers: Mapping[int, Subscriber] = delivery.subscribers

    def announce(self, event: Announced) -> None:
        """Send a line to everybody, encoded once for all who share an encoding."""
        payloads: dict[Encoding, bytes] = {}
        self._for_each_portion(partial(self._send, event, payloads))

    def _send(
        self, event: Announced, payloads: dict[Encoding, bytes], portion: list[Subscriber]
    ) -> None:
        current: dict[Encoding, list[Connection]] = {}
        for subscriber in portion:
            if subscriber.gone or self._delivery.is_overfull(subscriber.session.session_id):
                continue
            if subscriber.full or subscriber.behind:
                subscriber.connection.deliver(event)
            else:
                current.setdefault(subscriber.connection.encoding, []).append(subscriber.connection)
        for encoding, connections in current.items():
            if encoding not in payloads:
                payloads[encoding] = encoding.encode(event)
            encoding.send_to_all(connections, payloads[encoding])

    def put_out(self, ban: Sanction) -> None:
        """End the connections that a ban hits; who comes meanwhile has met it already."""
        self._for_each_portion(partial(self._put_out, ban))

    def _put_out(self, ban: Sanction, portion: list[Subscriber]) -> None:
        text = words_of(ban, self._now())
        for subscriber in portion:
            subject = subject_of_session(subscriber.session)
            if _names(ban.mask, subject) and not subject.is_operator:
                expel(subscriber, text)

    def expel(self, event: Expelled) -> None:
        """End these connections; each is told why, and others when it goes."""
        found = (self._subscribers.get(session) for session in event.sessions)
        there = [each for each in found if each is not None]
        for subscriber in there:
            subscriber.farewell = event.farewell
        self._for_each_portion(partial(_expel_all, event.text), there)

    def count(self, mask: Mask) -> Deferred[ServerWouldHit]:
        """Return whom a ban would hit now."""
        tally = _Tally(mask)
        counted: Deferred[ServerWouldHit] = Deferred()
        self._for_each_portion(tally.look_at)
        self._portions.add(lambda: counted.callback(tally.result()))
        return counted

    def put_guests_out(self, conclude: Conclude) -> None:
        """Have everybody leave all rooms who is not logged in, while everybody must be."""
        guests = [person for person in self._state.people.walk() if person.account is None]
        for start in range(0, len(guests), AT_ONCE):
            portion = guests[start : start + AT_ONCE]
            self._portions.add(partial(self._leave, conclude, portion))

    def _leave(self, conclude: Conclude, portion: list[Person]) -> None:
        for person in portion:
            is_here = self._state.people.get(nick_key(person.nick)) is person
            if is_here and person.account is None and self._state.server.registered_only:
                for room in list(person.rooms.values()):
                    conclude(None, LeaveRoom(room.name), (Left(room.name, person.nick),))

    def _for_each_portion(
        self,
        job: Callable[[list[Subscriber]], object],
        subscribers: list[Subscriber] | None = None,
    ) -> None:
        everybody = list(self._subscribers.values()) if subscribers is None else subscribers
        for start in range(0, len(everybody), AT_ONCE):
            self._portions.add(partial(job, everybody[start : start + AT_ONCE]))


class _Tally:
    """Whom a ban would hit, as far as they were looked at."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._nicks: dict[Nick, None] = {}
        self._people: set[int] = set()
        self._exempt: set[int] = set()
        self._connections = 0

    def look_at(self, portion: list[Subscriber]) -> None:
        for subscriber in portion:
            session = subscriber.session
            subject = subject_of_session(session)
            if subscriber.gone or not _names(self._mask, subject):
                continue
            person = session.person
            if subject.is_operator and person is not None:
                self._exempt.add(person.person_id)
                continue
            self._connections += 1
            if person is not None:
                self._people.add(person.person_id)
                self._nicks[person.nick] = None

    def result(self) -> ServerWouldHit:
        nicks = tuple(sorted(self._nicks, key=nick_key))[:NICKS_SHOWN]
        people, exempt = len(self._people), len(self._exempt)
        return ServerWouldHit(self._mask.text, nicks, people, self._connections, exempt)


def _names(mask: Mask, subject: Subject) -> bool:
    """Tell whether a mask names who is here; without a nick they may turn out to be anybody."""
    return (subject.nick is not None or mask.network is not None) and mask.hits(subject)


def _expel_all(text: str, portion: list[Subscriber]) -> None:
    for subscriber in portion:
        expel(subscriber, text)


def expel(subscriber: Subscriber, text: str) -> None:
    """End a connection, which is told why."""
    if not subscriber.gone:
        subscriber.connection.deliver(ServerClosing(text))
        subscriber.connection.close()
