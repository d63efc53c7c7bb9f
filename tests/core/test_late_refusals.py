"""Events that come too late: the log's order decides, and `apply` refuses the loser.

Two requests are decided on the same state, as by two servers with one log; the second
one's events are applied after the first one's.
"""

from chatsvc.core.commands import (
    Command,
    CreateRoom,
    DeleteRoom,
    JoinRoom,
    Say,
    SetNick,
    SetTopic,
    SetWelcome,
)
from chatsvc.core.errors import NickTaken, NoSuchRoom, Refusal, RoomExists
from chatsvc.core.events import Event
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.people import Session
from tests.core.world import NOW, WorldTestCase, snapshot

DEN = RoomName("den")


class LateRefusalTests(WorldTestCase):
    lobby = "lobby"

    def setUp(self):
        super().setUp()
        self.ann, self.bob = self.world.arrive("ann"), self.world.arrive("bob")

    def decided(self, session: Session, command: Command) -> tuple[Event, ...]:
        """Return a decision as it comes back from the log, not applied yet."""
        return self.world.record(self.world.manager.decide(session, command, NOW))

    def assertTooLate(self, kind: type[Refusal], events: tuple[Event, ...]) -> None:
        """Check that the first of `events` is refused now and changes nothing."""
        before = snapshot(self.world)
        self.assertRaises(kind, self.world.manager.apply, events[0])
        self.assertEqual(snapshot(self.world), before)

    def test_of_two_rooms_with_one_name_the_second_is_refused(self):
        first = self.decided(self.ann, CreateRoom(DEN))
        created = self.decided(self.bob, CreateRoom(RoomName("DEN")))
        joined = self.decided(self.bob, JoinRoom(RoomName("Den")))
        self.world.apply(first)
        self.assertTooLate(RoomExists, created)
        self.assertTooLate(RoomExists, joined)

    def test_what_is_said_into_a_deleted_room_is_refused(self):
        for command in (Say(DEN, "hi"), SetTopic(DEN, "tea"), SetWelcome(DEN, "hi")):
            self.world.do(self.ann, JoinRoom(DEN))
            late = self.decided(self.ann, command)
            self.world.do(self.ann, DeleteRoom(DEN))
            self.assertTooLate(NoSuchRoom, late)

    def test_a_room_is_deleted_once(self):
        self.world.do(self.ann, CreateRoom(DEN))
        second = self.decided(self.bob, DeleteRoom(DEN))
        self.world.do(self.ann, DeleteRoom(DEN))
        self.assertTooLate(NoSuchRoom, second)

    def test_nobody_joins_a_room_deleted_meanwhile(self):
        self.world.do(self.ann, CreateRoom(DEN))
        late = self.decided(self.bob, JoinRoom(DEN))
        self.world.do(self.ann, DeleteRoom(DEN))
        self.assertTooLate(NoSuchRoom, late)

    def test_of_two_newcomers_with_one_nick_the_second_is_refused(self):
        one, other = self.world.connect(), self.world.connect()
        late = self.decided(other, SetNick(Nick("EVE")))
        self.world.do(one, SetNick(Nick("eve")))
        self.assertTooLate(NickTaken, late)
        self.assertIs(self.world.state.person(Nick("eve")), one.person)

    def test_a_rename_to_a_nick_taken_meanwhile_is_refused(self):
        late = self.decided(self.ann, SetNick(Nick("eve")))
        self.world.arrive("eve")
        self.assertTooLate(NickTaken, late)


class WhatARequestWaitsFor(WorldTestCase):
    lobby = "Lobby"

    def room_of(self, session: Session, command: Command) -> str | None:
        """Return the room whose changes a request must wait for."""
        return self.world.manager.room_of(session, command)

    def test_a_request_depends_on_the_room_it_names(self):
        ann = self.world.arrive("ann")
        for command in (Say(RoomName("DEN"), "hi"), JoinRoom(DEN), DeleteRoom(DEN)):
            self.assertEqual(self.room_of(ann, command), "den")

    def test_a_first_nick_and_a_bare_join_depend_on_the_lobby(self):
        session = self.world.connect()
        self.assertEqual(self.room_of(session, SetNick(Nick("ann"))), "lobby")
        self.assertEqual(self.room_of(session, JoinRoom(None)), "lobby")

    def test_a_first_nick_depends_on_the_room_aimed_at(self):
        session = self.world.connect(aim="Den")
        self.assertEqual(self.room_of(session, SetNick(Nick("ann"))), "den")

    def test_a_rename_depends_on_no_room(self):
        self.assertIsNone(self.room_of(self.world.arrive("ann"), SetNick(Nick("bob"))))
