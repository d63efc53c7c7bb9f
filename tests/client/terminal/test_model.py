"""What the model knows of rooms and people, and what it asks for."""

from twisted.trial.unittest import TestCase

from chatsvc.client.happenings import (
    CaughtUp,
    Connected,
    ConnectionInterrupted,
    NickChanged,
    RoomLost,
    TurnedAway,
)
from chatsvc.client.lines import Kind
from chatsvc.client.terminal.model import PAST_LINES, Model
from chatsvc.client.terminal.views import TRANSCRIPT_LINES
from chatsvc.core import commands as c
from chatsvc.core import replies as r
from chatsvc.core.errors import NoSuchRoom, NotAMember
from chatsvc.core.events import (
    Called,
    Joined,
    Kicked,
    Left,
    MembersCounted,
    Redacted,
    Renamed,
    Resumed,
    RoomDeleted,
    RoomRenamed,
    Said,
    Welcomed,
)
from chatsvc.core.names import Nick, RoomName
from tests.client.terminal.fake_chat import TEN_O_CLOCK, said

LOBBY, DEV, OPS = RoomName("lobby"), RoomName("dev"), RoomName("ops")
ANN, BOB = Nick("ann"), Nick("bob")


def user(nick: str) -> r.UserSummary:
    return r.UserSummary(Nick(nick), TEN_O_CLOCK, "line", None)


class ModelTests(TestCase):
    """Happenings and answers change what one sees."""

    def setUp(self) -> None:
        self.model = Model(lambda: TEN_O_CLOCK)
        self.model.happened(Connected("Friday server", ANN))

    def shown(self) -> list[str]:
        """Return the texts that are looked at, oldest first."""
        return [entry.line.text for entry in self.model.shown()][::-1]

    def current(self) -> str | None:
        view = self.model.current
        return None if view is None else view.room

    def test_entering_raises_questions(self) -> None:
        """Who is in a new room and what was said there is asked once."""
        questions = (c.ReadHistory(LOBBY, PAST_LINES), c.ListUsers(LOBBY))
        self.assertEqual(questions, self.model.happened(Joined(LOBBY, ANN)))
        self.assertEqual((), self.model.happened(CaughtUp(LOBBY, 0)))

    def test_rooms_by_join(self) -> None:
        """A room one enters by command becomes the current one; others do not."""
        self.model.happened(Joined(LOBBY, ANN))
        self.model.answered(c.JoinRoom(DEV), r.Entered(DEV, 7, 3))
        self.assertEqual("dev", self.current())
        self.model.happened(Joined(OPS, ANN))
        self.assertEqual("dev", self.current())
        view = self.model.current
        assert view is not None
        self.assertEqual((7, 3), (view.last, view.count))

    def test_counting_people(self) -> None:
        """Members are counted as they come, go and change their nicks."""
        self.model.answered(c.JoinRoom(LOBBY), r.Entered(LOBBY, 0, 1))
        view = self.model.rooms[0]
        counts = [view.count]
        self.model.happened(Joined(LOBBY, BOB))
        counts.append(view.count)
        self.model.learned(c.ListUsers(LOBBY), r.UserList((user("ann"), user("bob"), user("eve"))))
        counts.append(view.count)
        self.model.happened(Renamed(0, BOB, Nick("rob")))
        self.model.happened(Left(LOBBY, Nick("rob")))
        counts.append(view.count)
        self.assertEqual([1, 2, 3, 2], counts)
        self.assertEqual(("eve",), self.model.names.nicks[:1])

    def test_a_room_is_renamed(self) -> None:
        """It stays where it is among the others, with its lines, and may be the current one."""
        for room in (LOBBY, DEV, OPS):
            self.model.happened(Joined(room, ANN))
        self.model.go_to(DEV)
        self.model.happened(Said(DEV, 1, TEN_O_CLOCK, BOB, "hi"))
        pub = RoomName("pub")
        self.model.happened(RoomRenamed(DEV, TEN_O_CLOCK, BOB, pub, 0))
        self.assertEqual("pub", self.current())
        self.assertEqual(["lobby", "pub", "ops"], [view.room for view in self.model.rooms])
        self.assertIn("pub", self.model.names.rooms)
        self.model.happened(Redacted(pub, 1, TEN_O_CLOCK, BOB))
        lines = [entry.line for entry in self.model.shown() if entry.line.number == 1]
        self.assertNotIn("hi", [line.text for line in lines])

    def test_leaving(self) -> None:
        """When the current room is left its neighbour becomes the current one."""
        for room in (LOBBY, DEV, OPS):
            self.model.happened(Joined(room, ANN))
        self.model.go_to(DEV)
        self.model.answered(c.LeaveRoom(DEV), r.RoomLeft(DEV))
        self.assertEqual("ops", self.current())
        self.model.happened(RoomDeleted(OPS, TEN_O_CLOCK, BOB, 0))
        self.assertEqual("lobby", self.current())
        self.model.happened(RoomLost(LOBBY, "You were told to."))
        self.assertIsNone(self.current())
        self.assertTrue(self.model.names.bare)

    def test_leaving_is_told_once(self) -> None:
        """The event that follows one's own leaving is old news."""
        self.model.happened(Joined(LOBBY, ANN))
        self.model.answered(c.LeaveRoom(LOBBY), r.RoomLeft(LOBBY))
        before = self.shown()
        self.model.happened(Left(LOBBY, ANN))
        self.assertEqual(before, self.shown())

    def test_new_nick(self) -> None:
        """A new nick of one's own counts for mentions at once."""
        self.model.happened(Joined(LOBBY, ANN))
        self.model.happened(Joined(DEV, ANN))
        self.model.happened(NickChanged(ANN, Nick("anna")))
        self.model.happened(said("dev", 1, "bob", "anna?"))
        self.assertEqual(1, self.model.rooms[1].mentions)

    def test_own_messages_are_not_unread(self) -> None:
        """What one said oneself in another room is not news."""
        self.model.happened(Joined(LOBBY, ANN))
        self.model.happened(Joined(DEV, ANN))
        self.model.happened(said("dev", 1, "ann", "x"))
        self.assertEqual(0, self.model.rooms[1].unread)

    def test_past(self) -> None:
        """What was said before stands above everything live, without doubles."""
        self.model.used()
        self.model.happened(Joined(LOBBY, ANN))
        self.model.happened(said("lobby", 30, "bob", "live 30"))
        messages = tuple(said("lobby", number, "bob", f"{number}") for number in range(11, 31))
        self.model.learned(c.ReadHistory(LOBBY, PAST_LINES), r.History(LOBBY, messages))
        expected = [f"{number}" for number in range(11, 30)] + ["You joined.", "live 30"]
        self.assertEqual(expected, self.shown()[1:])

    def test_past_of_the_first_rooms(self) -> None:
        """Before one entered anything, the past stands above the menu and all notices."""
        self.model.met("Friday server", ANN, is_connected=True)
        for room in (LOBBY, DEV):
            self.model.happened(Joined(room, ANN))
            history = r.History(room, (said(room, 1, "bob", "old"), said(room, 2, "bob", "older")))
            self.model.learned(c.ReadHistory(room, PAST_LINES), history)
        shown = self.shown()
        self.assertEqual(["old", "older", "Connected to Friday server as ann."], shown[:3])
        self.assertEqual("You joined.", shown[-1])

    def test_leaving_a_room_one_is_not_in(self) -> None:
        """If the server says that one is not in a room, the room goes from the screen."""
        for gone in (NotAMember("lobby"), NoSuchRoom("lobby")):
            self.model.happened(Joined(LOBBY, ANN))
            self.model.failed(c.LeaveRoom(LOBBY), gone, "/leave")
            self.assertEqual((), self.model.rooms)

    def test_other_refusals_keep_the_room(self) -> None:
        """Only to leaving does such an answer mean that one is out."""
        self.model.happened(Joined(LOBBY, ANN))
        self.model.failed(c.SetTopic(LOBBY, "x"), NotAMember("lobby"), "/topic x")
        self.assertEqual("lobby", self.current())

    def test_a_room_one_has_left_stays_left(self) -> None:
        """What was on its way while one left does not bring the room back; joining does."""
        self.model.happened(Joined(LOBBY, ANN))
        self.model.answered(c.LeaveRoom(LOBBY), r.RoomLeft(LOBBY))
        before = self.shown()
        late = (Welcomed(LOBBY, "hello"), CaughtUp(LOBBY, 3), said("lobby", 4, "bob", "late"))
        self.assertEqual([(), (), ()], [self.model.happened(each) for each in late])
        self.assertEqual(((), before), (self.model.rooms, self.shown()))
        self.model.answered(c.JoinRoom(LOBBY), r.Entered(LOBBY, 4, 1))
        self.model.happened(said("lobby", 5, "bob", "again"))
        self.assertEqual("again", self.shown()[-1])

    def test_a_failure_says_what_failed(self) -> None:
        """Without a connection one is told what was not done."""
        error = ConnectionInterrupted("There is no connection just now.")
        self.model.failed(c.ListUsers(LOBBY), error, "/who lobby")
        self.assertEqual("/who lobby: There is no connection just now.", self.shown()[-1])

    def test_put_out_of_a_room(self) -> None:
        """Who is put out is in another room then, and reads why and how to come back."""
        for room in (LOBBY, DEV):
            self.model.happened(Joined(room, ANN))
        self.model.go_to(DEV)
        self.model.happened(Kicked(DEV, ANN, BOB, "spam"))
        self.assertEqual("lobby", self.current())
        self.assertEqual(
            "bob has put you out of dev (spam). To come back: /join dev", self.shown()[-1]
        )
        self.assertEqual((), self.model.happened(CaughtUp(DEV, 0)))
        self.assertEqual(["lobby"], [view.room for view in self.model.rooms])

    def test_others_who_are_put_out(self) -> None:
        """Who was put out counts as one who left."""
        self.model.answered(c.JoinRoom(DEV), r.Entered(DEV, 0, 2))
        self.model.happened(Kicked(DEV, BOB, ANN))
        self.assertEqual(1, self.model.rooms[0].count)
        self.assertEqual("bob was put out by ann.", self.shown()[-1])

    def test_invited(self) -> None:
        """An invitation stands out in every room, and its room can be completed."""
        self.model.happened(Joined(LOBBY, ANN))
        self.model.happened(Called(DEV, ANN, BOB, TEN_O_CLOCK))
        (line,) = [entry.line for entry in self.model.shown()][:1]
        self.assertEqual(
            (Kind.MENTION, "*** bob invites you into dev; to accept: /join dev"),
            (line.kind, line.text),
        )
        self.assertIn(DEV, self.model.names.rooms)

    def test_kept_out(self) -> None:
        """Who is banned from the server has no connection, and is told that none follows."""
        self.model.happened(TurnedAway("You are banned from this server."))
        self.assertFalse(self.model.is_connected)
        self.assertIn("does not try again", self.shown()[-1])

    def test_long_help(self) -> None:
        """Help that is longer than the screen says how to see its beginning."""
        self.model.show_help("")
        self.assertIn("PgUp", self.shown()[-1])
        self.model.height = 150
        self.model.show_help("")
        self.assertIn("Ctrl+C", self.shown()[-1])

    def test_known_rooms_come_and_go(self) -> None:
        """A room one has left is known to exist, one that was deleted is not."""
        for room in (LOBBY, DEV):
            self.model.happened(Joined(room, ANN))
        self.model.answered(c.LeaveRoom(LOBBY), r.RoomLeft(LOBBY))
        self.model.happened(RoomDeleted(DEV, TEN_O_CLOCK, BOB, 0))
        place = self.model.place
        self.assertEqual((True, False), (place.misses("Lobby"), place.misses("dev")))

    def test_resumed(self) -> None:
        """After a gap in what one was told, the people are asked for again."""
        self.model.happened(Joined(LOBBY, ANN))
        self.assertEqual((c.ListUsers(LOBBY),), self.model.happened(Resumed(LOBBY, 9, 4)))
        self.assertEqual(9, self.model.rooms[0].last)

    def test_counted(self) -> None:
        """In a large room only the number is known, and names are asked for when they come."""
        self.model.happened(Joined(LOBBY, ANN))
        bob = r.UserSummary(BOB, 0, "line", None)
        self.model.learned(c.ListUsers(LOBBY), r.UserList((bob,)))
        self.assertEqual((), self.model.happened(MembersCounted(LOBBY, 300)))
        view = self.model.rooms[0]
        self.assertEqual((300, {}), (view.count, view.members))
        self.assertEqual((c.ListUsers(LOBBY),), self.model.happened(Left(LOBBY, BOB)))
        self.assertEqual(299, view.count)
        self.assertEqual((), self.model.happened(Joined(LOBBY, BOB)))

    def test_bounded(self) -> None:
        """A transcript keeps the newest lines only."""
        self.model.happened(Joined(LOBBY, ANN))
        for number in range(1, TRANSCRIPT_LINES + 10):
            self.model.happened(said("lobby", number, "bob", "x"))
        lines = sum(entry.line.room == LOBBY for entry in self.model.shown())
        self.assertEqual(TRANSCRIPT_LINES, lines)

    def test_clear(self) -> None:
        """Clearing forgets what is looked at, not other rooms."""
        self.model.happened(Joined(LOBBY, ANN))
        self.model.happened(Joined(DEV, ANN))
        self.model.happened(said("dev", 1, "bob", "kept"))
        self.model.clear()
        self.assertEqual([], self.shown())
        self.model.step(1)
        self.assertEqual(["You joined.", "kept"], self.shown())

    def test_going_by_number(self) -> None:
        """Rooms have numbers in the order one entered them; others do nothing."""
        for room in (LOBBY, DEV):
            self.model.happened(Joined(room, ANN))
        self.model.go_to_number(2)
        self.model.go_to_number(9)
        self.assertEqual("dev", self.current())

    def test_known_rooms(self) -> None:
        """Completion offers one's own rooms first, then the others of the server."""
        self.model.happened(Joined(DEV, ANN))
        row = r.RoomSummary(LOBBY, 1, 1, 0, 0, True, "")
        self.model.learned(c.ListRooms(), r.RoomList((row,)))
        self.assertEqual(("dev", "lobby"), self.model.names.rooms)
