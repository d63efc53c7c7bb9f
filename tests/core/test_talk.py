"""What is said in rooms and to users, and what one may ask about both."""

from chatsvc.core import commands as c
from chatsvc.core import replies as r
from chatsvc.core.errors import NoSuchUser, NotAllowed
from chatsvc.core.events import (
    CameBack,
    Said,
    Told,
    TopicSet,
    Welcomed,
    WelcomeSet,
    WentAway,
)
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.rules.rooms import arrival_notices
from tests.core.world import NOW, WorldTestCase

ANN, BOB, DEN = Nick("ann"), Nick("bob"), RoomName("den")


class DenTestCase(WorldTestCase):
    """Has ann, who made the den and is in it, bob in it too, and eve outside."""

    def setUp(self):
        super().setUp()
        self.ann, self.bob, self.eve = map(self.world.arrive, ("ann", "bob", "eve"))
        self.world.do(self.ann, c.CreateRoom(DEN))
        for session in (self.ann, self.bob):
            self.world.do(session, c.JoinRoom(DEN))
        self.inside = {self.ann.session_id, self.bob.session_id}
        self.room = self.world.state.room(DEN)


class SayingThings(DenTestCase):
    def test_row_e10_messages_carry_a_number_and_a_time(self):
        """Row E10: each message has the server's time and the next number of its room."""
        for number in (1, 2, 3):
            self.world.now = NOW + number
            outcome = self.assertAnswer(self.ann, c.Say(DEN, "hi"), r.Sent(DEN, number))
            said = Said(DEN, number, NOW + number, ANN, "hi", room_id=1)
            self.assertEqual(outcome.events, (said,))
        self.assertEqual((self.room.last, self.room.last_at), (3, NOW + 3))

    def test_row_b3_a_message_reaches_the_members_of_its_room_only(self):
        """Row B3: what is said in a room reaches its members and nobody else."""
        self.world.do(self.eve, c.JoinRoom(RoomName("hall")))
        outcome = self.world.do(self.bob, c.Say(DEN, "hi"))
        self.assertEqual(outcome.told, (self.inside,))

    def test_rooms_are_numbered_apart(self):
        self.world.do(self.ann, c.JoinRoom(RoomName("hall")))
        self.world.do(self.ann, c.Say(DEN, "one"))
        self.assertAnswer(self.ann, c.Say(RoomName("HALL"), "one"), r.Sent(RoomName("hall"), 1))

    def test_a_message_keeps_its_client_id(self):
        outcome = self.world.do(self.ann, c.Say(DEN, "hi", "x1"))
        self.assertEqual(outcome.events[0].client_id, "x1")

    def test_talking_is_confirmed_with_the_rooms_spelling(self):
        self.assertAnswer(self.ann, c.TalkIn(RoomName("DEN")), r.TalkingIn(DEN))
        self.assertAnswer(self.ann, c.TalkIn(None), r.TalkingIn(None))


class TellingUsers(DenTestCase):
    def test_row_e6_a_direct_message_reaches_one_user(self):
        """Row E6: a direct message goes to that user only, wherever the two are."""
        outcome = self.assertAnswer(self.ann, c.Tell(Nick("EVE"), "hi"), r.Delivered(Nick("eve")))
        self.assertEqual(
            outcome.events, (Told(NOW, ANN, "hi", self.eve.session_id, Nick("eve"), serial=1),)
        )
        self.assertEqual(outcome.told, ({self.eve.session_id},))

    def test_a_direct_message_to_nobody_is_refused(self):
        for nick in ("zoe", "den"):
            self.assertRefused(NoSuchUser, self.ann, c.Tell(Nick(nick), "hi"))

    def test_one_may_tell_oneself(self):
        outcome = self.world.do(self.ann, c.Tell(ANN, "hi"))
        self.assertEqual(outcome.told, ({self.ann.session_id},))


class BeingAway(DenTestCase):
    def test_row_e8_a_user_is_online_or_away(self):
        """Row E8: who shows each user's status, with the reason for being away."""
        self.assertAnswer(self.ann, c.SetAway("lunch"), r.AwayNoted())
        self.assertAnswer(self.bob, c.SetAway(), r.AwayNoted())
        users = self.world.do(self.eve, c.ListUsers()).reply.users
        self.assertEqual(
            [(user.nick, user.away) for user in users],
            [("ann", "lunch"), ("bob", ""), ("eve", None)],
        )

    def test_being_away_and_back_is_told_to_those_who_share_a_room(self):
        away = self.world.do(self.ann, c.SetAway("lunch"))
        self.assertEqual(away.events, (WentAway(ANN, "lunch", self.ann.session_id),))
        back = self.assertAnswer(self.ann, c.SetBack(), r.BackNoted())
        self.assertEqual(back.events, (CameBack(ANN, self.ann.session_id),))
        self.assertEqual((away.told, back.told), (({self.bob.session_id},),) * 2)

    def test_back_without_having_been_away_tells_nobody(self):
        self.assertEqual(self.assertAnswer(self.ann, c.SetBack(), r.BackNoted()).events, ())


class TopicsAndWelcomes(DenTestCase):
    def test_a_topic_is_told_to_the_members_and_remembered(self):
        topic = r.TopicIs(DEN, NOW, BOB, "tea")
        outcome = self.assertAnswer(self.bob, c.SetTopic(RoomName("DEN"), "tea"), topic)
        self.assertEqual(outcome.events, (TopicSet(DEN, NOW, BOB, "tea", room_id=1),))
        self.assertEqual(outcome.told, (self.inside,))
        self.assertAnswer(self.eve, c.ShowTopic(DEN), topic)

    def test_a_cleared_topic_is_no_topic(self):
        self.assertAnswer(self.ann, c.ShowTopic(DEN), r.TopicIs(DEN, 0, None, ""))
        self.world.do(self.ann, c.SetTopic(DEN, "tea"))
        self.assertAnswer(self.ann, c.SetTopic(DEN, ""), r.TopicIs(DEN, 0, None, ""))
        self.assertEqual(arrival_notices(self.room), ())

    def test_a_welcome_line_is_set_by_the_owner_from_anywhere(self):
        self.world.do(self.ann, c.LeaveRoom(DEN))
        outcome = self.assertAnswer(self.ann, c.SetWelcome(DEN, "hi"), r.WelcomeIs(DEN, "hi"))
        self.assertEqual(outcome.events, (WelcomeSet(DEN, NOW, ANN, "hi", room_id=1),))
        self.assertEqual(outcome.told, (set(),))
        self.assertAnswer(self.eve, c.ShowWelcome(DEN), r.WelcomeIs(DEN, "hi"))

    def test_row_c3_a_newcomer_is_told_topic_and_welcome(self):
        """Row C3: who joins a room is shown its topic and its welcome line."""
        self.world.do(self.bob, c.SetTopic(DEN, "tea"))
        self.world.do(self.ann, c.SetWelcome(DEN, "hi"))
        self.assertEqual(
            arrival_notices(self.room), (TopicSet(DEN, NOW, BOB, "tea"), Welcomed(DEN, "hi"))
        )


class TheLobbysWelcome(WorldTestCase):
    lobby = "lobby"

    def test_a_room_without_an_owner_is_welcomed_by_its_members(self):
        lobby = RoomName("lobby")
        ann, bob = self.world.arrive("ann"), self.world.arrive("bob")
        self.world.do(bob, c.LeaveRoom(lobby))
        self.assertRefused(NotAllowed, bob, c.SetWelcome(lobby, "hi"))
        self.assertAnswer(ann, c.SetWelcome(lobby, "hi"), r.WelcomeIs(lobby, "hi"))


class AskingAround(DenTestCase):
    def test_row_b2_details_say_all_there_is_to_know_of_a_room(self):
        """Row B2: list and info show members, last number, age, activity, kind and topic."""
        self.world.now = NOW + 60_000
        self.world.do(self.ann, c.Say(DEN, "hi"))
        self.world.do(self.bob, c.SetTopic(DEN, "tea"))
        self.world.do(self.ann, c.SetWelcome(DEN, "hello"))
        summary = r.RoomSummary(DEN, 2, 1, NOW, NOW + 60_000, True, "tea")
        topic = r.TopicIs(DEN, NOW + 60_000, BOB, "tea")
        self.assertAnswer(self.eve, c.ListRooms(), r.RoomList((summary,)))
        self.assertAnswer(
            self.eve, c.DescribeRoom(DEN), r.RoomDetails(summary, ANN, topic, "hello")
        )

    def test_row_e5_who_shows_everybody_or_a_rooms_members(self):
        """Row E5: who lists the users of the server, or of one room, in order."""
        zed = self.world.arrive("Aaron")
        everybody = self.world.do(zed, c.ListUsers()).reply.users
        self.assertEqual([user.nick for user in everybody], ["Aaron", "ann", "bob", "eve"])
        self.assertEqual({(user.since, user.via) for user in everybody}, {(NOW, "line")})
        inside = self.world.do(zed, c.ListUsers(DEN)).reply.users
        self.assertEqual([user.nick for user in inside], ["ann", "bob"])

    def test_a_session_without_a_nick_is_not_shown(self):
        nobody = self.world.connect()
        users = self.world.do(nobody, c.ListUsers()).reply.users
        self.assertEqual([user.nick for user in users], ["ann", "bob", "eve"])

    def test_ping_help_and_quit_are_answered_as_they_are(self):
        self.assertAnswer(self.eve, c.Ping("x y"), r.Pong("x y"))
        self.assertAnswer(self.eve, c.Help("join"), r.HelpOn("join"))
        self.assertAnswer(self.eve, c.Quit(), r.Bye())

    def test_reading_the_log_is_left_to_the_hub(self):
        for command in (c.ReadHistory(DEN, 5), c.SearchRoom(DEN, "tea")):
            self.assertEqual(self.world.manager.decide(self.eve, command, NOW), ())
            self.assertRaises(AssertionError, self.world.manager.answer, self.eve, command, ())
