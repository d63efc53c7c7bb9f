"""The RoomManager against a model of it: any commands by anyone in any order.

After each step the two know the same rooms, members, numbers and nicks; a refusal has
the code that the model says and changes nothing; an event reaches exactly those that
the model says.
"""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core import commands as c
from chatsvc.core import events as e
from chatsvc.core.errors import Refusal
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.people import Session
from chatsvc.core.replies import Sent
from tests.core.model import LOBBY, ROOMS, ROOMS_PER_SESSION, Model
from tests.core.world import Outcome, World, snapshot

MOST_SESSIONS = 6

nicks = st.sampled_from(["ann", "Ann", "bob", "BOB", "eve", "max", "rnax", "RNAX"])
rooms = st.sampled_from(["lobby", "LOBBY", "den", "Den", "hall", "zoo", "barn", "Bam"])
someone = st.integers(0, MOST_SESSIONS - 1)


class ManagerMachine(RuleBasedStateMachine):
    """Does everything twice: in a World and in the Model."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(LOBBY, rooms=ROOMS, rooms_per_session=ROOMS_PER_SESSION)
        self.model = Model()
        self.sessions: list[Session] = []

    @initialize(names=st.lists(nicks, max_size=4))
    def some_have_come(self, names: list[str]) -> None:
        for name in names:
            self.connect()
            self.nick(-1, name)

    # What anyone may do

    @precondition(lambda self: len(self.sessions) < MOST_SESSIONS)
    @rule()
    def connect(self) -> None:
        session = self.world.connect()
        assert session.session_id not in self.model.nicks
        self.sessions.append(session)
        self.model.nicks[session.session_id] = ""

    @precondition(lambda self: self.sessions)
    @rule(which=someone)
    def disconnect(self, which: int) -> None:
        session = self.pick(which)
        self.sessions.remove(session)
        rooms_left = self.model.rooms_of(session.session_id)
        self.model.disconnect(session.session_id)
        outcome = self.world.disconnect(session)
        left = {event.room.lower() for event in outcome.events if isinstance(event, e.Left)}
        assert left == rooms_left
        for event, told in zip(outcome.events, outcome.told, strict=True):
            if isinstance(event, e.Left):
                assert told == set(self.model.rooms[event.room.lower()].members)

    @precondition(lambda self: self.sessions)
    @rule(which=someone, nick=nicks)
    def nick(self, which: int, nick: str) -> None:
        who = self.pick(which)
        self.both(who, c.SetNick(Nick(nick)), self.model.nick(who.session_id, nick))

    @precondition(lambda self: self.sessions)
    @rule(which=someone, room=rooms)
    def create(self, which: int, room: str) -> None:
        who = self.pick(which)
        self.both(who, c.CreateRoom(RoomName(room)), self.model.create(who.session_id, room))

    @precondition(lambda self: self.sessions)
    @rule(which=someone, room=st.none() | rooms, since=st.none() | st.integers(0, 3))
    def join(self, which: int, room: str | None, since: int | None) -> None:
        who = self.pick(which)
        command = c.JoinRoom(None if room is None else RoomName(room), since)
        self.both(who, command, self.model.join(who.session_id, room, since))

    @precondition(lambda self: self.sessions)
    @rule(which=someone, room=rooms)
    def leave(self, which: int, room: str) -> None:
        who = self.pick(which)
        self.both(who, c.LeaveRoom(RoomName(room)), self.model.leave(who.session_id, room))

    @precondition(lambda self: self.sessions)
    @rule(which=someone, room=rooms, nick=nicks)
    def kick(self, which: int, room: str, nick: str) -> None:
        who = self.pick(which)
        command = c.Kick(RoomName(room), Nick(nick), "rude")
        outcome = self.both(who, command, self.model.kick(who.session_id, room, nick))
        if outcome is not None:
            assert outcome.told[-1] == set(self.model.rooms[room.lower()].members)

    @precondition(lambda self: self.sessions)
    @rule(which=someone, room=rooms)
    def delete(self, which: int, room: str) -> None:
        who = self.pick(which)
        found = self.model.rooms.get(room.lower())
        outcome = self.both(
            who, c.DeleteRoom(RoomName(room)), self.model.delete(who.session_id, room)
        )
        if outcome is not None:
            assert found is not None
            assert outcome.told == (set(found.members), set())

    @precondition(lambda self: self.sessions)
    @rule(which=someone, room=rooms)
    def say(self, which: int, room: str) -> None:
        who = self.pick(which)
        command = c.Say(RoomName(room), "hi")
        outcome = self.both(who, command, self.model.say(who.session_id, room))
        if outcome is not None:
            found = self.model.rooms[room.lower()]
            assert outcome.reply == Sent(RoomName(found.name), found.said)
            assert outcome.told == (set(found.members),)

    @precondition(lambda self: self.sessions)
    @rule(which=someone, nick=nicks)
    def tell(self, which: int, nick: str) -> None:
        who = self.pick(which)
        outcome = self.both(who, c.Tell(Nick(nick), "hi"), self.model.tell(who.session_id, nick))
        if outcome is not None:
            assert outcome.told == ({self.model.who_is(nick)},)

    @precondition(lambda self: self.sessions)
    @rule(which=someone, text=st.none() | st.sampled_from(["", "lunch"]))
    def go_away(self, which: int, text: str | None) -> None:
        who = self.pick(which)
        command = c.SetBack() if text is None else c.SetAway(text)
        outcome = self.both(who, command, self.model.go_away(who.session_id, text))
        if outcome is not None and outcome.told:
            assert outcome.told == (self.model.neighbours(who.session_id),)

    @rule(room=rooms)
    def vacate(self, room: str) -> None:
        self.model.vacate(room)
        self.world.do(Session(0, "hub", 0), c.VacateRoom(RoomName(room)))

    # What is always true

    @invariant()
    def the_rooms_are_those_of_the_model(self) -> None:
        known = {
            key: (room.name, room.owner, room.kept, room.last)
            for key, room in self.world.state.rooms.items()
        }
        assert known == {
            key: (room.name, room.owner, room.kept, room.said)
            for key, room in self.model.rooms.items()
        }

    @invariant()
    def members_and_sessions_agree(self) -> None:
        for key, room in self.world.state.rooms.items():
            automatic = {
                session: session in member.automatic
                for member in room.members.values()
                for session in member.person.sessions
            }
            assert automatic == self.model.rooms[key].members
        for session in self.sessions:
            assert set(session.rooms) == self.model.rooms_of(session.session_id)
            for key, joined in session.rooms.items():
                assert joined is self.world.state.rooms[key]
                assert session.person is not None
                assert joined.members[session.person.person_id].person is session.person

    @invariant()
    def each_nick_has_one_session(self) -> None:
        assert {session.session_id: session.nick or "" for session in self.sessions} == (
            self.model.nicks
        )
        by_key = {nick.lower(): who for who, nick in self.model.nicks.items() if nick}
        people = self.world.state.people
        assert {key: set(each.sessions) for key, each in people.items()} == {
            key: {who} for key, who in by_key.items()
        }
        assert self.world.state.sessions == {each.session_id: each for each in self.sessions}

    @invariant()
    def those_who_are_away_are(self) -> None:
        away = {each.session_id: each.away for each in self.sessions if each.away is not None}
        assert away == self.model.away

    @invariant()
    def only_empty_temporary_rooms_are_due_for_removal(self) -> None:
        due = set(self.world.manager.vacant_rooms(self.world.now))
        assert due == {
            room.name for room in self.model.rooms.values() if not room.kept and not room.members
        }

    # Helpers

    def pick(self, which: int) -> Session:
        return self.sessions[which % len(self.sessions)]

    def both(self, who: Session, command: c.Command, refused_with: str | None) -> Outcome | None:
        """Let the world do what the model did; return what came of it, None if refused."""
        before = snapshot(self.world)
        try:
            outcome = self.world.do(who, command)
        except Refusal as refusal:
            assert refusal.code == refused_with, f"{command}: {refusal!r}, not {refused_with}"
            assert snapshot(self.world) == before
            return None
        assert refused_with is None, f"{command} was not refused with {refused_with}"
        self.check_membership_told(outcome, before)
        return outcome

    def check_membership_told(self, outcome: Outcome, before: Any) -> None:
        """Check that all members, and only they, hear of a join that is new or of a leave."""
        members_before = {key: set(members) for key, (_, members, _) in before[0].items()}
        for event, told in zip(outcome.events, outcome.told, strict=True):
            if isinstance(event, e.Joined | e.Left):
                key = event.room.lower()
                is_old = event.session in members_before.get(key, ())
                nothing_new = isinstance(event, e.Joined) and is_old
                assert told == (set() if nothing_new else set(self.model.rooms[key].members))


class ManagerModelTests(SynchronousTestCase):
    def test_the_manager_does_what_the_model_says(self):
        run_state_machine_as_test(
            ManagerMachine, settings=settings(max_examples=120, stateful_step_count=40)
        )
