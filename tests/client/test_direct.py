"""A client and direct messages that are kept; and users whom its owner ignores."""

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client import ChatClient
from chatsvc.core.commands import Ignore, LogIn, Register, Unignore
from chatsvc.core.conversations import with_peer
from chatsvc.core.names import Nick
from chatsvc.core.replies import Delivered, LoggedInAs, Unread
from chatsvc.testing import FakeIdentity, FakeRoomPasswords
from tests.client.network import Ears, World

ANN, BOB = Nick("ann"), Nick("bob")


class DirectTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.world = World()
        self.world.hub.use_identity(
            FakeIdentity(self.world.hub.manager.state.accounts), FakeRoomPasswords()
        )
        self.ann, self.bob = self.registered("ann"), self.registered("bob")

    def registered(self, nick: str) -> ChatClient:
        client = self.world.client(nick)
        self.world.result(client.request(Register(nick)))
        return client

    def test_it_is_heard_and_is_no_room(self) -> None:
        ears = Ears(self.bob)
        self.assertEqual(self.world.result(self.ann.tell("bob", "hi")), Delivered(BOB, 1))
        self.world.result(self.ann.tell("bob", "there"))
        self.assertEqual(ears.numbers("@ann"), [1, 2])
        self.assertEqual(self.bob.joined_rooms, ("lobby",))
        found = self.world.result(self.bob.history("@ann"))
        self.assertEqual([said.text for said in found], ["hi", "there"])
        found = self.world.result(self.bob.search("@ann", "there"))
        self.assertEqual([said.number for said in found], [2])

    def test_what_is_unread_is_no_room(self) -> None:
        self.world.result(self.ann.tell("bob", "hi"))
        self.world.result(self.bob.close())
        self.world.result(self.ann.tell("bob", "are you there?"))
        bob = self.world.client("guest")
        reply = self.world.result(bob.request(LogIn(BOB, "bob")))
        assert isinstance(reply, LoggedInAs)
        self.assertIn(Unread(with_peer(ANN), 2, 1), reply.rooms)
        self.assertEqual(bob.joined_rooms, ("lobby",))

    def test_who_is_ignored_is_known_after_the_next_login_too(self) -> None:
        self.world.result(self.bob.request(Ignore(ANN)))
        self.assertTrue(self.bob.ignores("ANN"))
        other = self.world.client("guest")
        self.world.result(other.request(LogIn(BOB, "bob")))
        self.world.advance(1)
        self.assertTrue(other.ignores("ann"))
        self.world.result(other.request(Unignore(ANN)))
        self.assertFalse(other.ignores("ann"))

    def test_a_guest_ignores_them_at_its_next_connection_too(self) -> None:
        guest = self.world.client("eve")
        self.world.result(guest.request(Ignore(ANN)))
        self.world.cut("eve")
        self.world.advance(2)
        person = self.world.hub.manager.state.person(Nick("eve"))
        self.assertEqual([mask.text for mask in person.ignored], ["~ann"])
