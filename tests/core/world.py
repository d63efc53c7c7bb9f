"""A RoomManager with a log that only counts, and the base of the tests that use it.

`World.do` is one request's way through the core: decide, number as a log would, apply,
answer. Nothing is faked in between.
"""

from typing import Any

import attrs
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.commands import Command, SetNick
from chatsvc.core.errors import Refusal
from chatsvc.core.events import Event, RoomCreated, Said
from chatsvc.core.limits import Limits
from chatsvc.core.manager import RoomManager
from chatsvc.core.names import Nick, RoomName, room_key
from chatsvc.core.people import Session
from chatsvc.core.replies import Reply
from chatsvc.core.rules import RULES

NOW = 1_795_168_800_123
"""2026-11-20T10:00:00.123Z."""


@attrs.frozen
class Outcome:
    """What came of a request: its answer, its events, and who was told of each."""

    reply: Reply | None
    events: tuple[Event, ...]
    told: tuple[frozenset[int], ...]


class World:
    """One server without a disk, a clock or a socket."""

    def __init__(self, lobby: str | None = None, **limits: int) -> None:
        self.manager = RoomManager(Limits(**limits), None if lobby is None else RoomName(lobby))
        self.state = self.manager.state
        self.now = NOW
        self._rooms_made = 0
        self._said: dict[int, int] = {}

    def connect(self, aim: str | None = None) -> Session:
        """Return a session without a nick."""
        return self.manager.connect("line", self.now, None if aim is None else RoomName(aim))

    def arrive(self, nick: str, aim: str | None = None) -> Session:
        """Return a session that has taken `nick`."""
        session = self.connect(aim)
        self.do(session, SetNick(Nick(nick)))
        return session

    def do(self, session: Session, command: Command) -> Outcome:
        """Carry out `command`; raise its Refusal."""
        events = self.record(self.manager.decide(session, command, self.now))
        told = self.apply(events)
        answered_here = RULES[type(command)].answer is not None
        reply = self.manager.answer(session, command, events) if answered_here else None
        return Outcome(reply, events, told)

    def disconnect(self, session: Session) -> Outcome:
        """End a session."""
        events = self.manager.disconnect(session)
        return Outcome(None, events, self.apply(events))

    def record(self, events: tuple[Event, ...]) -> tuple[Event, ...]:
        """Return the events as a log gives them back."""
        return tuple(self._recorded(event) for event in events)

    def apply(self, events: tuple[Event, ...]) -> tuple[frozenset[int], ...]:
        """Make events true and return whom each of them reaches."""
        return tuple(self._reached(self.manager.apply(event)) for event in events)

    def members(self, room: str) -> set[str | None]:
        """Return the nicks of those in a room."""
        members = self.state.room(RoomName(room)).members.values()
        return {member.person.nick for member in members}

    def _recorded(self, event: Event) -> Event:
        if isinstance(event, RoomCreated):
            self._rooms_made += 1
            return attrs.evolve(event, room_id=self._rooms_made)
        if isinstance(event, Said):
            number = self._said.get(event.room_id, 0) + 1
            self._said[event.room_id] = number
            return event.numbered(number)
        return event

    def _reached(self, recipients: Any) -> frozenset[int]:
        if isinstance(recipients, str):
            return frozenset(self.state.rooms[room_key(RoomName(recipients))].sessions())
        return frozenset(recipients)


def snapshot(world: World) -> object:
    """Return everything the manager remembers, as values that compare."""
    rooms = {
        key: (
            [value for name, value in _fields(room) if name not in ("members", "keepers")],
            {
                session: session in member.automatic
                for member in room.members.values()
                for session in member.person.sessions
            },
            {key: (each.since, each.position) for key, each in room.keepers.items()},
        )
        for key, room in world.state.rooms.items()
    }
    sessions = {
        number: (session.nick, session.away, session.since, set(session.rooms))
        for number, session in world.state.sessions.items()
    }
    people = {
        key: (each.person_id, each.nick, each.account, each.away, set(each.sessions))
        for key, each in world.state.people.items()
    }
    return rooms, sessions, people, dict(world.state.accounts)


def _fields(thing: Any) -> list[tuple[str, object]]:
    return [(field.name, getattr(thing, field.name)) for field in attrs.fields(type(thing))]


class WorldTestCase(SynchronousTestCase):
    """Has a world; `lobby` and `limits` are what it is made with."""

    lobby: str | None = None
    limits: dict[str, int] = {}

    def setUp(self) -> None:
        self.world = World(self.lobby, **self.limits)

    def assertRefused(self, kind: type[Refusal], session: Session, command: Command) -> Refusal:
        """Check that `command` is refused with exactly this kind and changes nothing."""
        before = snapshot(self.world)
        refusal = self.assertRaises(kind, self.world.do, session, command)
        self.assertEqual(snapshot(self.world), before)
        return refusal

    def assertAnswer(self, session: Session, command: Command, reply: Reply) -> Outcome:
        """Check what `command` is answered with."""
        outcome = self.world.do(session, command)
        self.assertEqual(outcome.reply, reply)
        return outcome
