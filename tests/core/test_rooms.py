"""Rooms: made, entered, left, deleted, and gone by themselves."""

from chatsvc.core.commands import (
    CreateRoom,
    DeleteRoom,
    JoinRoom,
    LeaveRoom,
    ListRooms,
    Say,
    VacateRoom,
)
from chatsvc.core.errors import NoSuchRoom, NotAllowed, NotAMember, RoomExists, Usage
from chatsvc.core.events import Audited, Disconnected, Joined, Left, RoomCreated, RoomDeleted
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies import Entered, RoomGone, RoomLeft, RoomMade
from chatsvc.core.room import Stored, StoredRoom
from tests.core.world import NOW, World, WorldTestCase

ANN, DEN, HALL = Nick("ann"), RoomName("den"), RoomName("hall")


class CreatingRooms(WorldTestCase):
    def test_row_a3_create_makes_a_room_of_a_free_name(self):
        """Row A3: create makes a room that is listed and stays, and does not join it."""
        ann = self.world.arrive("ann")
        outcome = self.assertAnswer(ann, CreateRoom(DEN), RoomMade(DEN))
        self.assertEqual(outcome.events, (RoomCreated(DEN, NOW, ANN, True, room_id=1),))
        self.assertEqual(self.world.members("den"), set())
        self.assertFalse(self.world.state.room(DEN).is_vacant(NOW))

    def test_row_a3_create_refuses_a_taken_name(self):
        """Row A3: create with a taken name, in any spelling, leaves the room untouched."""
        ann = self.world.arrive("ann")
        self.world.do(ann, CreateRoom(DEN))
        for spelling in ("den", "DEN", "ｄｅｎ"):
            refusal = self.assertRefused(RoomExists, ann, CreateRoom(RoomName(spelling)))
            self.assertIn('"den"', refusal.sentence)


class JoiningRooms(WorldTestCase):
    def test_row_d1_join_makes_a_missing_room(self):
        """Row D1: join makes a temporary room when there is none."""
        ann = self.world.arrive("ann")
        outcome = self.assertAnswer(ann, JoinRoom(DEN), Entered(DEN, 0, 1))
        created = RoomCreated(DEN, NOW, ANN, False, room_id=1)
        self.assertEqual(outcome.events, (created, Joined(DEN, ANN, ann.session_id)))

    def test_row_a4_join_answers_with_what_the_client_needs(self):
        """Row A4: the reply to join has the room's spelling, last number and how many are in."""
        ann, bob = self.world.arrive("ann"), self.world.arrive("bob")
        self.world.do(ann, JoinRoom(DEN))
        self.world.do(ann, Say(DEN, "hi"))
        self.assertAnswer(bob, JoinRoom(RoomName("DEN")), Entered(DEN, 1, 2))

    def test_row_d7_one_session_is_in_several_rooms(self):
        """Row D7: one connection is in many rooms at once."""
        ann = self.world.arrive("ann")
        for room in ("one", "two", "three"):
            self.world.do(ann, JoinRoom(RoomName(room)))
        self.assertEqual(set(ann.rooms), {"one", "two", "three"})

    def test_a_join_is_told_to_the_members_and_the_newcomer(self):
        ann, bob = self.world.arrive("ann"), self.world.arrive("bob")
        self.world.arrive("eve")
        self.world.do(ann, JoinRoom(DEN))
        outcome = self.world.do(bob, JoinRoom(DEN))
        self.assertEqual(outcome.told, ({ann.session_id, bob.session_id},))

    def test_join_with_since_by_a_member_is_answered_again(self):
        ann = self.world.arrive("ann")
        self.world.do(ann, JoinRoom(DEN))
        outcome = self.assertAnswer(ann, JoinRoom(DEN, since=0), Entered(DEN, 0, 1))
        self.assertEqual(outcome.events, ())

    def test_join_without_a_room_needs_a_lobby(self):
        self.assertRefused(Usage, self.world.arrive("ann"), JoinRoom(None))


class LeavingRooms(WorldTestCase):
    def test_leaving_is_told_to_those_who_stay(self):
        ann, bob = self.world.arrive("ann"), self.world.arrive("bob")
        for session in (ann, bob):
            self.world.do(session, JoinRoom(DEN))
        outcome = self.assertAnswer(ann, LeaveRoom(RoomName("DEN")), RoomLeft(DEN))
        self.assertEqual(outcome.events, (Left(DEN, ANN, ann.session_id),))
        self.assertEqual(outcome.told, ({bob.session_id},))
        self.assertEqual(self.world.members("den"), {"bob"})

    def test_row_d3_leave_checks_the_room_and_then_the_membership(self):
        """Row D3: leave has three answers: done, not-a-member and no-such-room."""
        ann = self.world.arrive("ann")
        self.assertRefused(NoSuchRoom, ann, LeaveRoom(DEN))
        self.world.do(ann, CreateRoom(DEN))
        self.assertRefused(NotAMember, ann, LeaveRoom(DEN))
        self.world.do(ann, JoinRoom(DEN))
        self.assertAnswer(ann, LeaveRoom(DEN), RoomLeft(DEN))

    def test_row_d4_a_disconnect_leaves_every_room_at_once(self):
        """Row D4: a lost connection is out of all its rooms, and its nick is free."""
        ann, bob = self.world.arrive("ann"), self.world.arrive("bob")
        for room in (DEN, HALL):
            self.world.do(ann, JoinRoom(room))
        self.world.do(bob, JoinRoom(HALL))
        outcome = self.world.disconnect(ann)
        self.assertEqual(outcome.events[-1], Disconnected(ann.session_id))
        gone, left_den, left_hall, disconnected = outcome.told
        self.assertEqual((gone, left_hall), ({bob.session_id}, {bob.session_id}))
        self.assertEqual((left_den, disconnected), (set(), set()))
        self.assertEqual(self.world.members("hall"), {"bob"})
        self.assertEqual(self.world.members("den"), set())
        self.world.arrive("ann")

    def test_a_nameless_session_disconnects_without_a_word(self):
        session = self.world.connect()
        outcome = self.world.disconnect(session)
        self.assertEqual(outcome.events, (Disconnected(session.session_id),))
        self.assertEqual(self.world.state.sessions, {})


class DeletingRooms(WorldTestCase):
    def test_row_a6_delete_moves_the_members_out_and_tells_them(self):
        """Row A6: deleting a room tells its members and moves them out."""
        ann, bob = self.world.arrive("ann"), self.world.arrive("bob")
        for session in (ann, bob):
            self.world.do(session, JoinRoom(DEN))
        outcome = self.assertAnswer(ann, DeleteRoom(RoomName("DEN")), RoomGone(DEN))
        line = Audited(NOW, ANN, "delete", "", DEN)
        self.assertEqual(outcome.events, (RoomDeleted(DEN, NOW, ANN, room_id=1), line))
        self.assertEqual(outcome.told, ({ann.session_id, bob.session_id}, set()))
        self.assertEqual((ann.rooms, bob.rooms, self.world.state.rooms), ({}, {}, {}))

    def test_row_a6_delete_of_an_unknown_room_is_refused(self):
        """Row A6: deleting what is not there is no-such-room."""
        self.assertRefused(NoSuchRoom, self.world.arrive("ann"), DeleteRoom(DEN))

    def test_anyone_deletes_a_room_that_nobody_else_is_in(self):
        ann, bob = self.world.arrive("ann"), self.world.arrive("bob")
        for member in ((), (bob,)):
            self.world.do(ann, CreateRoom(DEN))
            for session in member:
                self.world.do(session, JoinRoom(DEN))
            self.assertAnswer(bob, DeleteRoom(DEN), RoomGone(DEN))

    def test_a_room_belongs_to_the_nick_that_made_it_in_any_case(self):
        ann, bob = self.world.arrive("ann"), self.world.arrive("bob")
        self.world.do(ann, CreateRoom(DEN))
        self.world.do(bob, JoinRoom(DEN))
        self.world.disconnect(ann)
        self.assertRefused(NotAllowed, self.world.arrive("eve"), DeleteRoom(DEN))
        self.assertAnswer(self.world.arrive("ANN"), DeleteRoom(DEN), RoomGone(DEN))

    def test_a_room_made_again_begins_anew(self):
        ann = self.world.arrive("ann")
        self.world.do(ann, JoinRoom(DEN))
        self.world.do(ann, Say(DEN, "hi"))
        self.world.do(ann, DeleteRoom(DEN))
        self.assertAnswer(ann, JoinRoom(DEN), Entered(DEN, 0, 1))


class RoomsThatVanish(WorldTestCase):
    def vacate(self) -> bool:
        """Ask as the hub does when a room lost a member; tell whether it is gone."""
        nobody = self.world.connect()
        self.assertAnswer(nobody, VacateRoom(DEN), RoomGone(DEN))
        return not self.world.state.rooms

    def test_row_c5_a_room_made_by_joining_goes_with_its_last_member(self):
        """Row C5: a temporary room vanishes when its last member leaves, not before."""
        ann, bob = self.world.arrive("ann"), self.world.arrive("bob")
        for session in (ann, bob):
            self.world.do(session, JoinRoom(DEN))
        self.world.do(ann, LeaveRoom(DEN))
        self.assertFalse(self.vacate())
        self.world.disconnect(bob)
        self.assertEqual(self.world.manager.vacant_rooms(NOW), [DEN])
        self.assertTrue(self.vacate())

    def test_row_c5_a_created_room_stays_when_its_last_member_leaves(self):
        """Row C5: a room made by create stays until it is deleted."""
        ann = self.world.arrive("ann")
        for command in (CreateRoom(DEN), JoinRoom(DEN), LeaveRoom(DEN)):
            self.world.do(ann, command)
        self.assertEqual(self.world.manager.vacant_rooms(NOW), [])
        self.assertFalse(self.vacate())

    def test_nobody_is_named_or_told_when_a_room_vanishes(self):
        ann = self.world.arrive("ann")
        for command in (JoinRoom(DEN), LeaveRoom(DEN)):
            self.world.do(ann, command)
        outcome = self.world.do(ann, VacateRoom(DEN))
        self.assertEqual(outcome.events, (RoomDeleted(DEN, NOW, None, room_id=1),))
        self.assertEqual(outcome.told, (set(),))

    def test_vacating_what_is_gone_already_does_nothing(self):
        self.assertTrue(self.vacate())

    def test_after_a_restart_a_temporary_room_waits_for_its_members(self):
        stored = StoredRoom(7, DEN, NOW - 5000, ANN, kept=False, last=4)
        self.world.manager.load(Stored((stored,)), spare_until=NOW + 1)
        self.assertEqual(self.world.manager.vacant_rooms(NOW), [])
        self.assertEqual(self.world.manager.vacant_rooms(NOW + 1), [DEN])
        self.assertAnswer(self.world.arrive("ann"), JoinRoom(DEN), Entered(DEN, 4, 1))


class WhatTheListSays(WorldTestCase):
    def test_row_a5_list_has_every_room_once_in_order(self):
        """Row A5: list names each room once, in the order of their folded names."""
        world = World()
        ann = world.arrive("ann")
        for room in ("zoo", "Den", "attic", "hall"):
            world.do(ann, CreateRoom(RoomName(room)))
        listed = world.do(ann, ListRooms()).reply
        self.assertEqual([row.room for row in listed.rooms], ["attic", "Den", "hall", "zoo"])
