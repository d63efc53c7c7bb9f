"""Commands that are prepared: the table, and what becomes of them when the server stops."""

from typing import Any, get_args
from unittest.mock import Mock

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.commands import HUBS_OWN, PASSWORD_COMMANDS, Command, LogIn, Ping, Register, Say
from chatsvc.core.errors import BadLogin, Closing
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies import Pong
from chatsvc.hub.preparations import preparations_of
from chatsvc.testing import FakeRoomPasswords
from tests.hub.test_hub import HubTestCase


class TableTests(SynchronousTestCase):
    def test_commands_that_people_give_are_prepared_and_all_that_carry_a_password(self) -> None:
        parts: Any = Mock()
        prepared = set(preparations_of(parts, parts, parts))
        self.assertLessEqual(prepared, set(get_args(Command)) - set(HUBS_OWN))
        self.assertLessEqual(set(PASSWORD_COMMANDS), prepared)


class SlowIdentity:
    """Answer when the test says."""

    def __init__(self) -> None:
        self.hashed: Deferred[str] = Deferred()
        self.checked: Deferred[Nick] = Deferred()

    def hash(self, password: str) -> Deferred[str]:
        return self.hashed

    def check(self, name: Nick, password: str, host: str) -> Deferred[Nick]:
        return self.checked

    def at_home(self, name: Nick, host: str) -> None:
        pass


class OrderTests(HubTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.identity = SlowIdentity()
        self.hub.use_identity(self.identity, FakeRoomPasswords())
        self.ann = self.client("ann")

    def test_nothing_more_is_taken_while_a_password_is_prepared(self) -> None:
        self.ann.ask(LogIn(Nick("ann"), "secret"), Ping("x"))
        self.assertEqual(self.took(self.ann), [])
        self.identity.checked.errback(BadLogin())
        refusal, pong = self.took(self.ann)
        self.assertEqual((type(refusal), pong), (BadLogin, Pong("x")))

    def test_what_is_prepared_when_the_server_stops_is_not_carried_out(self) -> None:
        bob = self.client("bob", "tea")
        self.log.hold()
        bob.ask(Say(RoomName("tea"), "The stop waits for this."))
        self.ann.ask(Register("secret"))
        self.took(self.ann)
        self.hub.stopService()
        self.identity.hashed.callback("a hash")
        self.assertEqual([type(each) for each in self.took(self.ann)], [Closing])
        self.log.release()
        self.clock.settle()
        self.assertEqual(self.hub.manager.state.accounts, {})

    def test_what_is_prepared_when_its_client_is_gone_is_not_carried_out(self) -> None:
        self.ann.ask(Register("secret"))
        self.ann.lose()
        self.assertEqual(len(self.hub.manager.state.sessions), 1)
        self.identity.hashed.callback("a hash")
        self.clock.settle()
        self.assertEqual(self.hub.manager.state.accounts, {})
        self.assertEqual(len(self.hub.manager.state.sessions), 0)
