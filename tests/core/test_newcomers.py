"""Newcomers: taking a nick, and the room one is put in."""

from chatsvc.core.commands import CreateRoom, DeleteRoom, JoinRoom, LeaveRoom, SetNick
from chatsvc.core.errors import AlreadyAMember, NickTaken, NoNick, NoSuchRoom, NotAllowed, TooMany
from chatsvc.core.events import Joined, Named, Renamed, RoomCreated
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies import Entered, NickIs, RoomGone, RoomMade
from chatsvc.core.state import nick_of
from tests.core.world import NOW, World, WorldTestCase

ANN, DEN, LOBBY = Nick("ann"), RoomName("den"), RoomName("Lobby")


class TakingNicks(WorldTestCase):
    def test_a_first_nick_names_the_session(self):
        session = self.world.connect()
        outcome = self.assertAnswer(session, SetNick(ANN), NickIs(ANN))
        self.assertEqual(outcome.events, (Named(session.session_id, ANN, NOW),))
        self.assertIs(self.world.state.person(ANN), session.person)

    def test_row_e7_a_taken_nick_is_refused_with_a_free_one(self):
        """Row E7: a taken nick, in any spelling, is refused with a suggestion that is free."""
        self.world.arrive("ann")
        bob = self.world.arrive("bob")
        for spelling in ("ann", "ANN", "ａｎｎ"):
            refusal = self.assertRefused(NickTaken, bob, SetNick(Nick(spelling)))
            self.world.do(self.world.connect(), SetNick(Nick(refusal.suggestion)))

    def test_a_new_nick_is_told_to_those_who_share_a_room(self):
        ann, bob, eve = map(self.world.arrive, ("ann", "bob", "eve"))
        for room, sessions in (("den", (ann, bob)), ("hall", (ann, bob)), ("zoo", (eve,))):
            for session in sessions:
                self.world.do(session, JoinRoom(RoomName(room)))
        outcome = self.assertAnswer(ann, SetNick(Nick("anna")), NickIs(Nick("anna")))
        self.assertEqual(outcome.events, (Renamed(ann.session_id, ANN, Nick("anna"), NOW),))
        self.assertEqual(outcome.told, ({bob.session_id},))

    def test_a_nick_given_up_is_free(self):
        ann = self.world.arrive("ann")
        self.world.do(ann, SetNick(Nick("anna")))
        self.assertIsNot(self.world.arrive("ann").person, ann.person)

    def test_one_may_respell_ones_own_nick(self):
        ann = self.world.arrive("ann")
        self.assertAnswer(ann, SetNick(Nick("Ann")), NickIs(Nick("Ann")))
        self.assertIs(self.world.state.person(Nick("ANN")), ann.person)

    def test_taking_the_nick_one_has_changes_nothing(self):
        ann = self.world.arrive("ann")
        self.assertEqual(self.assertAnswer(ann, SetNick(ANN), NickIs(ANN)).events, ())

    def test_a_session_without_a_nick_has_none_to_give(self):
        self.assertRaises(NoNick, nick_of, self.world.connect())


class TheLobby(WorldTestCase):
    lobby = "Lobby"

    def test_row_c2_the_first_newcomer_makes_the_lobby(self):
        """Row C2: the lobby is made on first need, kept, nobody's, and newcomers land in it."""
        ann = self.world.connect()
        outcome = self.world.do(ann, SetNick(ANN))
        self.assertEqual(
            outcome.events,
            (
                Named(ann.session_id, ANN, NOW),
                RoomCreated(LOBBY, NOW, None, True, room_id=1),
                Joined(LOBBY, ANN, ann.session_id, automatic=True),
            ),
        )

    def test_row_c2_later_newcomers_go_to_the_lobby_there_is(self):
        """Row C2: otherwise newcomers go to the lobby that is there."""
        self.world.arrive("ann")
        self.world.arrive("bob")
        self.assertEqual(self.world.members("lobby"), {"ann", "bob"})
        self.assertEqual(len(self.world.state.rooms), 1)

    def test_the_first_own_join_of_the_lobby_is_answered_like_any_other(self):
        ann = self.world.arrive("ann")
        outcome = self.assertAnswer(ann, JoinRoom(LOBBY), Entered(LOBBY, 0, 1))
        self.assertEqual(outcome.told, (set(),))
        self.assertRefused(AlreadyAMember, ann, JoinRoom(LOBBY))

    def test_join_without_a_room_means_the_lobby(self):
        ann = self.world.arrive("ann")
        self.assertAnswer(ann, JoinRoom(None), Entered(LOBBY, 0, 1))
        self.assertRefused(AlreadyAMember, ann, JoinRoom(None))
        self.world.do(ann, LeaveRoom(LOBBY))
        self.assertAnswer(ann, JoinRoom(None), Entered(LOBBY, 0, 1))

    def test_the_lobby_stays_when_it_is_empty(self):
        self.world.disconnect(self.world.arrive("ann"))
        self.assertEqual(self.world.manager.vacant_rooms(NOW), [])

    def test_nobody_owns_the_lobby(self):
        ann, bob = self.world.arrive("ann"), self.world.arrive("bob")
        self.assertRefused(NotAllowed, ann, DeleteRoom(LOBBY))
        self.world.do(bob, LeaveRoom(LOBBY))
        self.assertAnswer(ann, DeleteRoom(LOBBY), RoomGone(LOBBY))

    def test_a_deleted_lobby_is_made_again_with_its_own_spelling_and_no_owner(self):
        for spelling in ("lobby", "LOBBY", "Ｌobby"):
            world = World("Lobby")
            ann = world.arrive("ann")
            for remake in (CreateRoom(RoomName(spelling)), JoinRoom(RoomName(spelling))):
                world.do(ann, DeleteRoom(LOBBY))
                world.do(ann, remake)
                room = world.state.room(LOBBY)
                self.assertEqual((room.name, room.owner, room.kept), (LOBBY, None, True))

    def test_creating_the_lobby_answers_with_its_own_spelling(self):
        ann = self.world.arrive("ann")
        self.world.do(ann, DeleteRoom(LOBBY))
        self.assertAnswer(ann, CreateRoom(RoomName("LOBBY")), RoomMade(LOBBY))

    def test_a_rename_puts_nobody_in_the_lobby(self):
        ann = self.world.arrive("ann")
        self.world.do(ann, LeaveRoom(LOBBY))
        self.world.do(ann, SetNick(Nick("anna")))
        self.assertEqual(ann.rooms, {})


class FullServers(WorldTestCase):
    lobby = "lobby"
    limits = {"rooms": 1, "rooms_per_session": 1}

    def test_the_lobby_counts_like_any_room(self):
        ann = self.world.arrive("ann")
        self.assertRefused(TooMany, ann, JoinRoom(DEN))
        self.assertRefused(TooMany, ann, CreateRoom(DEN))

    def test_a_full_server_still_makes_the_lobby_that_a_newcomer_needs(self):
        ann = self.world.arrive("ann")
        self.world.do(ann, DeleteRoom(RoomName("lobby")))
        self.world.do(ann, CreateRoom(DEN))
        bob = self.world.connect()
        self.assertAnswer(bob, SetNick(Nick("bob")), NickIs(Nick("bob")))
        self.assertEqual(set(bob.rooms), {"lobby"})


class RoomsOneCameFor(WorldTestCase):
    lobby = "lobby"

    def setUp(self):
        super().setUp()
        self.world.do(self.world.arrive("owner"), CreateRoom(DEN))

    def test_row_a11_a_session_that_aims_at_a_room_lands_there(self):
        """Row A11: who connects to a room's port and gives a nick is in that room alone."""
        ann = self.world.connect(aim="DEN")
        outcome = self.world.do(ann, SetNick(ANN))
        self.assertEqual(outcome.events[1:], (Joined(DEN, ANN, ann.session_id, automatic=True),))
        self.assertEqual(set(ann.rooms), {"den"})

    def test_the_first_own_join_of_that_room_is_answered_like_any_other(self):
        ann = self.world.arrive("ann", aim="den")
        self.assertAnswer(ann, JoinRoom(DEN), Entered(DEN, 0, 1))
        self.assertRefused(AlreadyAMember, ann, JoinRoom(DEN))

    def test_a_room_that_is_gone_meanwhile_is_missing(self):
        ann = self.world.connect(aim="den")
        self.world.do(self.world.arrive("bob"), DeleteRoom(DEN))
        self.assertRefused(NoSuchRoom, ann, SetNick(ANN))
