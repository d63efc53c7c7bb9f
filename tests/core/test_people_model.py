"""Persons, accounts and their sessions against a model: any commands by anyone in any order.

The model knows no events and no objects that point at each other: who is behind a session is
a key, and rooms are sets. After each step the two know the same people, each once in each of
their rooms, and the same of what lasts; a refusal has the code that the model says.
"""

from dataclasses import dataclass, field
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
from chatsvc.core.replies import LoggedInAs, UserList
from tests.core.world import Outcome, World, snapshot

MOST_SESSIONS = 6

nicks = st.sampled_from(["ann", "Ann", "bob", "eve"])
rooms = st.sampled_from(["den", "Den", "hall", "zoo"])
someone = st.integers(0, MOST_SESSIONS - 1)


@dataclass
class Somebody:
    """A person of the model; `asked` has what each of their sessions joined itself."""

    nick: str
    is_owner: bool = False
    rooms: set[str] = field(default_factory=set)
    asked: dict[int, set[str]] = field(default_factory=dict)


@dataclass
class Model:
    """The people by lower-case nick, who is behind each session, and what accounts keep.

    `spelled` has the accounts' names as they were registered. `rooms` has who made each,
    `owned` the accounts that own some of them, and `held` the guests who own others for as long
    as they are there, whatever their nick.
    """

    people: dict[str, Somebody] = field(default_factory=dict)
    behind: dict[int, str | None] = field(default_factory=dict)
    kept: dict[str, set[str]] = field(default_factory=dict)
    spelled: dict[str, str] = field(default_factory=dict)
    rooms: dict[str, str] = field(default_factory=dict)
    owned: dict[str, str] = field(default_factory=dict)
    held: dict[str, Somebody] = field(default_factory=dict)

    def person(self, who: int) -> Somebody | None:
        key = self.behind[who]
        return None if key is None else self.people[key]

    def members(self, room: str) -> set[str]:
        return {key for key, person in self.people.items() if room in person.rooms}

    def keepers(self, room: str) -> set[str]:
        return {key for key, kept in self.kept.items() if room in kept}

    def owns(self, person: Somebody, key: str, room: str) -> bool:
        """Tell whether somebody owns a room: by account, by being in it, or nobody is, by nick."""
        if room in self.owned:
            return person.is_owner and self.owned[room] == key
        if room in self.held:
            return self.held[room] is person
        is_deserted = not (self.members(room) or self.keepers(room))
        return self.rooms[room] == key and is_deserted

    def nick(self, who: int, nick: str) -> str | None:
        key, own = nick.lower(), self.behind[who]
        person = self.person(who)
        is_own = key == own and person is not None
        if key in self.kept and not (is_own and person.is_owner):
            return "nick-registered"
        if key in self.people and not is_own:
            return "nick-taken"
        if person is None:
            self._arrive(who, nick)
            return None
        if person.is_owner and not is_own:
            return "not-allowed"
        person.nick = nick
        for session, each in self.behind.items():
            if each == own:
                self.behind[session] = key
        self.people[key] = self.people.pop(own)
        return None

    def register(self, who: int) -> str | None:
        person, key = self.person(who), self.behind[who]
        if person is None or key is None:
            return "no-nick"
        if person.is_owner:
            return "not-allowed"
        self.owned |= {low: key for low in person.rooms if self.owns(person, key, low)}
        person.is_owner = True
        self.kept[key] = set(person.rooms)
        self.spelled[key] = person.nick
        self._let_go(person)
        return None

    def login(self, who: int, name: str) -> str | None:
        key, guest = name.lower(), self.person(who)
        if key not in self.kept:
            return "bad-login"
        if guest is not None and guest.is_owner and self.behind[who] == key:
            return None
        brought: set[str] = set()
        if guest is not None and not guest.is_owner:
            brought = (guest.asked[who] & guest.rooms) - self.kept[key]
        self.depart(who)
        self.kept[key] |= brought
        if key not in self.people:
            self.people[key] = Somebody(self.spelled[key], is_owner=True)
        person = self.people[key]
        person.rooms |= self.kept[key]
        person.asked[who] = brought
        self.behind[who] = key
        return None

    def logout(self, who: int) -> str | None:
        person = self.person(who)
        if person is None:
            return "no-nick"
        if not person.is_owner:
            return "not-logged-in"
        self.depart(who)
        return None

    def drop(self, who: int) -> str | None:
        person, key = self.person(who), self.behind[who]
        if person is None or key is None:
            return "no-nick"
        if not person.is_owner:
            return "not-logged-in"
        owned = {low for low, owner in self.owned.items() if owner == key}
        if any((self.members(low) | self.keepers(low)) - {key} for low in owned):
            return "not-allowed"
        person.is_owner = False
        del self.kept[key], self.spelled[key]
        self.owned = {low: owner for low, owner in self.owned.items() if owner != key}
        return None

    def join(self, who: int, room: str) -> str | None:
        person, key = self.person(who), self.behind[who]
        if person is None or key is None:
            return "no-nick"
        low = room.lower()
        if low in person.rooms and low in person.asked[who]:
            return "already-a-member"
        if low not in self.rooms:
            self.rooms[low] = key
            if person.is_owner:
                self.owned[low] = key
        if not person.is_owner and low not in person.rooms and self.owns(person, key, low):
            self.held[low] = person
        person.rooms.add(low)
        person.asked[who].add(low)
        if person.is_owner:
            self.kept[key].add(low)
        return None

    def leave(self, who: int, room: str) -> str | None:
        person, key, low = self.person(who), self.behind[who], room.lower()
        if person is None or key is None:
            return "no-nick"
        if low not in self.rooms:
            return "no-such-room"
        if low not in person.rooms:
            return "not-a-member"
        self._go_out(person, low)
        if person.is_owner:
            self.kept[key].discard(low)
        return None

    def delete(self, who: int, room: str) -> str | None:
        key, low = self.behind[who], room.lower()
        if key is None:
            return "no-nick"
        if low not in self.rooms:
            return "no-such-room"
        is_own = self.owns(self.people[key], key, low)
        if not is_own and (low in self.owned or self.members(low) - {key}):
            return "not-allowed"
        self.remove(low)
        return None

    def remove(self, room: str) -> None:
        del self.rooms[room]
        self.owned.pop(room, None)
        self.held.pop(room, None)
        for person in self.people.values():
            self._go_out(person, room)
        for kept in self.kept.values():
            kept.discard(room)

    def depart(self, who: int) -> None:
        """Take a session from whoever is behind it; nobody stays without a session."""
        key, self.behind[who] = self.behind[who], None
        if key is None:
            return
        del self.people[key].asked[who]
        if not self.people[key].asked:
            self._let_go(self.people.pop(key))

    def _arrive(self, who: int, nick: str) -> None:
        self.people[nick.lower()] = Somebody(nick, asked={who: set()})
        self.behind[who] = nick.lower()

    def _let_go(self, person: Somebody) -> None:
        """Let somebody own no room any more by being in it."""
        self.held = {low: each for low, each in self.held.items() if each is not person}

    def _go_out(self, person: Somebody, room: str) -> None:
        person.rooms.discard(room)
        if self.held.get(room) is person:
            del self.held[room]
        for asked in person.asked.values():
            asked.discard(room)


class PeopleMachine(RuleBasedStateMachine):
    """Does everything twice: in a World and in the Model."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.model = Model()
        self.sessions: list[Session] = []

    @initialize(names=st.lists(nicks, min_size=1, max_size=4), are_owners=st.booleans())
    def some_have_come(self, names: list[str], are_owners: bool) -> None:
        for name in names:
            self.connect()
            self.nick(-1, name)
            if are_owners:
                self.register(-1)

    @precondition(lambda self: len(self.sessions) < MOST_SESSIONS)
    @rule()
    def connect(self) -> None:
        session = self.world.connect()
        self.sessions.append(session)
        self.model.behind[session.session_id] = None

    @precondition(lambda self: self.sessions)
    @rule(which=someone)
    def disconnect(self, which: int) -> None:
        session = self.pick(which)
        self.sessions.remove(session)
        self.model.depart(session.session_id)
        del self.model.behind[session.session_id]
        self.world.disconnect(session)
        self.vacate()

    @precondition(lambda self: self.sessions)
    @rule(which=someone, nick=nicks)
    def nick(self, which: int, nick: str) -> None:
        who = self.pick(which)
        self.both(who, c.SetNick(Nick(nick)), self.model.nick(who.session_id, nick))

    @precondition(lambda self: self.sessions)
    @rule(which=someone)
    def register(self, which: int) -> None:
        who = self.pick(which)
        self.both(who, c.RegisterAccount("$hash"), self.model.register(who.session_id))

    @precondition(lambda self: self.sessions)
    @rule(which=someone, name=nicks)
    def login(self, which: int, name: str) -> None:
        who = self.pick(which)
        is_new = self.model.behind[who.session_id] != name.lower()
        outcome = self.both(
            who, c.BecomeAccount(Nick(name)), self.model.login(who.session_id, name)
        )
        if outcome is not None:
            assert isinstance(outcome.reply, LoggedInAs)
            shown = [row.room.lower() for row in outcome.reply.rooms]
            assert shown == sorted(self.model.kept[name.lower()])
            assert is_new or outcome.events == ()
        self.vacate()

    @precondition(lambda self: self.sessions)
    @rule(which=someone)
    def logout(self, which: int) -> None:
        who = self.pick(which)
        self.both(who, c.LogOut(), self.model.logout(who.session_id))
        self.vacate()

    @precondition(lambda self: self.sessions)
    @rule(which=someone)
    def drop(self, which: int) -> None:
        who = self.pick(which)
        self.both(who, c.RemoveAccount(), self.model.drop(who.session_id))

    @precondition(lambda self: self.sessions)
    @rule(which=someone, room=rooms)
    def join(self, which: int, room: str) -> None:
        who = self.pick(which)
        self.both(who, c.JoinRoom(RoomName(room)), self.model.join(who.session_id, room))

    @precondition(lambda self: self.sessions)
    @rule(which=someone, room=rooms)
    def leave(self, which: int, room: str) -> None:
        who = self.pick(which)
        self.both(who, c.LeaveRoom(RoomName(room)), self.model.leave(who.session_id, room))
        self.vacate()

    @precondition(lambda self: self.sessions)
    @rule(which=someone, room=rooms)
    def delete(self, which: int, room: str) -> None:
        who = self.pick(which)
        self.both(who, c.DeleteRoom(RoomName(room)), self.model.delete(who.session_id, room))

    # What is always true

    @invariant()
    def everybody_is_who_they_should_be(self) -> None:
        for session in self.sessions:
            person = self.model.person(session.session_id)
            if person is None:
                assert session.person is None
                continue
            assert session.nick == person.nick
            assert (session.account is not None) == person.is_owner
            assert set(session.rooms) == person.rooms
        assert set(self.world.state.people) == set(self.model.people)
        assert set(self.world.state.accounts) == set(self.model.kept)
        assert self.world.state.sessions == {each.session_id: each for each in self.sessions}

    @invariant()
    def a_person_is_in_a_room_once(self) -> None:
        assert set(self.world.state.rooms) == set(self.model.rooms)
        for key, room in self.world.state.rooms.items():
            people = [self.world.state.people[nick] for nick in self.model.members(key)]
            assert {each.person_id for each in people} == set(room.members)
            reached = [number for each in people for number in each.sessions]
            assert sorted(room.sessions()) == sorted(reached)
            for person in people:
                unasked = room.members[person.person_id].automatic
                asked = self.model.people[person.nick.lower()].asked
                assert unasked == {who for who, its in asked.items() if key not in its}

    @invariant()
    def what_lasts_is_that_of_the_model(self) -> None:
        state = self.world.state
        for key, room in state.rooms.items():
            assert set(room.keepers) == self.model.keepers(key)
        kept = {name: set(each) for name, each in state.memberships.items()}
        assert kept == {name: each for name, each in self.model.kept.items() if each}
        for person in state.people.values():
            if person.account is not None:
                assert set(state.kept_by(person.account)) == set(person.rooms)

    @invariant()
    def operators_are_counted(self) -> None:
        state = self.world.state
        assert state.operators_here == sum(each.is_operator for each in state.people.values())

    @invariant()
    def everybody_is_listed_once(self) -> None:
        reply = self.world.manager.answer(Session(0, "test", 0), c.ListUsers(), ())
        assert isinstance(reply, UserList)
        assert [user.nick.lower() for user in reply.users] == sorted(self.model.people)

    # Helpers

    def vacate(self) -> None:
        """Remove the rooms that nobody is a member of, as the hub does."""
        for room in self.world.manager.vacant_rooms(self.world.now):
            self.world.do(Session(0, "hub", 0), c.VacateRoom(room))
        for room in list(self.model.rooms):
            if not self.model.members(room) and not self.model.keepers(room):
                self.model.remove(room)

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
        self.check_joins(outcome, before)
        return outcome

    def check_joins(self, outcome: Outcome, before: Any) -> None:
        """Check that a join is told only where nobody of that name was before."""
        for event, told in zip(outcome.events, outcome.told, strict=True):
            if isinstance(event, e.Joined) and told:
                members = self.world.state.rooms[event.room.lower()].members
                assert event.nick.lower() in {each.person.nick.lower() for each in members.values()}
                assert event.session in told


class PeopleModelTests(SynchronousTestCase):
    def test_people_are_as_the_model_says(self):
        run_state_machine_as_test(
            PeopleMachine, settings=settings(max_examples=100, stateful_step_count=40)
        )
