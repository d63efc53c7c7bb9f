"""A client whose owner has an account: the rooms it is in, and coming back as the same person."""

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client import CaughtUp, ChatClient, NickChanged
from chatsvc.core.commands import (
    ChangePassword,
    GrantCode,
    JoinRoom,
    LeaveRoom,
    LogIn,
    LogOut,
    Pair,
    Register,
)
from chatsvc.core.errors import BadLogin
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies import AccountMade, LoggedInAs, LoggedOff, PairingCode
from chatsvc.testing import FakeIdentity, FakeRoomPasswords
from tests.client.network import Ears, World

ANN, DEN, LOBBY = Nick("ann"), RoomName("den"), RoomName("lobby")


class AccountTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.world = World()
        self.world.hub.use_identity(
            FakeIdentity(self.world.hub.manager.state.accounts), FakeRoomPasswords()
        )
        self.ann = self.world.client("ann", "den")
        made = self.world.result(self.ann.request(Register("s3cret")))
        self.assertEqual(made, AccountMade(ANN))
        self.bob = self.world.client("bob", "den")

    def login(self, client: ChatClient, password: str = "s3cret") -> LoggedInAs:
        reply = self.world.result(client.request(LogIn(ANN, password)))
        assert isinstance(reply, LoggedInAs)
        return reply

    def test_after_login_it_is_who_the_account_is_and_where_it_is(self) -> None:
        guest = self.world.client("guest", "hall")
        ears = Ears(guest)
        reply = self.login(guest)
        self.assertEqual([row.room for row in reply.rooms], ["den", "hall", "lobby"])
        self.assertEqual(guest.nick, "ann")
        self.assertEqual(set(guest.joined_rooms), {"den", "hall", "lobby"})
        self.assertEqual(ears.of(NickChanged), [NickChanged(Nick("guest"), ANN)])
        self.world.result(self.bob.say("den", "hi"))
        self.assertEqual(ears.numbers("den"), [1])

    def test_what_another_client_of_the_account_does_is_seen(self) -> None:
        second = self.world.client("guest")
        self.login(second)
        self.world.result(self.ann.request(JoinRoom(RoomName("hall"))))
        self.world.result(second.request(LeaveRoom(DEN)))
        for client in (self.ann, second):
            self.assertEqual(set(client.joined_rooms), {"lobby", "hall"})

    def test_after_a_lost_connection_it_logs_in_again(self) -> None:
        ears = Ears(self.ann)
        self.world.cut("ann")
        self.world.result(self.bob.say("den", "one"))
        self.world.advance(2)
        self.assertEqual(ears.of(CaughtUp), [CaughtUp(DEN, 1), CaughtUp(LOBBY, 0)])
        self.assertEqual(ears.numbers("den"), [1])
        self.assertEqual(self.ann.nick, "ann")
        self.assertIsNotNone(self.world.hub.manager.state.person(ANN).account)

    def test_with_a_password_that_was_changed_elsewhere_it_becomes_a_guest(self) -> None:
        second = self.world.client("guest")
        self.login(second)
        self.world.result(second.request(ChangePassword("s3cret", "oyster")))
        self.world.cut("ann")
        self.world.advance(15)
        self.assertEqual(self.ann.nick, "ann2")
        refused = self.ann.request(LogIn(ANN, "s3cret"))
        self.world.settle()
        self.failureResultOf(refused, BadLogin)
        self.login(self.ann, "oyster")

    def paired(self, client: ChatClient) -> None:
        granted = self.world.result(self.ann.request(GrantCode()))
        assert isinstance(granted, PairingCode)
        self.world.result(client.request(Pair(granted.code)))

    def test_with_a_code_it_is_who_gave_the_code(self) -> None:
        guest = self.world.client("guest", "hall")
        self.paired(guest)
        self.assertEqual(guest.nick, "ann")
        self.assertEqual(set(guest.joined_rooms), {"den", "hall", "lobby"})
        self.world.result(guest.request(LeaveRoom(DEN)))
        self.world.result(self.ann.request(JoinRoom(DEN)))
        self.assertIn(DEN, guest.joined_rooms)

    def test_a_code_is_no_way_back_after_a_lost_connection(self) -> None:
        """It is somebody else then, and says why."""
        guest = self.world.client("guest")
        self.paired(guest)
        ears = Ears(guest)
        self.world.cut("guest")
        self.world.advance(2)
        self.assertEqual(guest.nick, "ann2")
        self.assertIn("good once", ears.of(NickChanged)[-1].reason)
        self.paired(guest)
        self.assertEqual(guest.nick, "ann")

    def test_a_code_does_not_make_it_forget_a_password_it_knows(self) -> None:
        second = self.world.client("guest")
        self.login(second)
        self.paired(second)
        self.world.cut("guest")
        self.world.advance(15)
        self.assertEqual(second.nick, "ann")

    def test_after_logout_it_is_nowhere(self) -> None:
        reply = self.world.result(self.ann.request(LogOut()))
        self.assertEqual(reply, LoggedOff())
        self.assertEqual(self.ann.joined_rooms, ())
