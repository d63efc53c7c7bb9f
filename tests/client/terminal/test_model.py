"""What the model knows of rooms and people, and what it asks for."""

from twisted.trial.unittest import TestCase

from chatsvc.client.happenings import CaughtUp, Connected, NickChanged, RoomLost
from chatsvc.client.terminal.model import PAST_LINES, Model
from chatsvc.client.terminal.views import TRANSCRIPT_LINES
from chatsvc.core import commands as c
from chatsvc.core import replies as r
from chatsvc.core.events import Joined, Left, Renamed, Resumed, RoomDeleted
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
        self.model.happened(Joined(LOBBY, ANN))
        self.model.happened(said("lobby", 30, "bob", "live 30"))
        messages = tuple(said("lobby", number, "bob", f"{number}") for number in range(11, 31))
        self.model.learned(c.ReadHistory(LOBBY, PAST_LINES), r.History(LOBBY, messages))
        expected = [f"{number}" for number in range(11, 30)] + ["You joined.", "live 30"]
        self.assertEqual(expected, self.shown()[1:])

    def test_resumed(self) -> None:
        """After a gap in what one was told, the people are asked for again."""
        self.model.happened(Joined(LOBBY, ANN))
        self.assertEqual((c.ListUsers(LOBBY),), self.model.happened(Resumed(LOBBY, 9, 4)))
        self.assertEqual(9, self.model.rooms[0].last)

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
