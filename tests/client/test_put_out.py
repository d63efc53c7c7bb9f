"""A client that is put out, kept out, let in, and reads only what it may."""

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client import (
    CaughtUp,
    ChatClient,
    ClientClosed,
    Connected,
    DirectWaiting,
    Disconnected,
    MessagesMissing,
    RoomLost,
    RoomReplaced,
    TurnedAway,
)
from chatsvc.core.commands import Claim, LogIn, Register
from chatsvc.core.events import Called, Kicked
from chatsvc.core.limits import Limits
from chatsvc.core.names import Nick, RoomName
from chatsvc.identity.claims import OneTimeClaims
from chatsvc.identity.delays import LoginDelays
from chatsvc.testing import FakeIdentity, FakeRoomPasswords
from chatsvc.wire.request import parse_request
from tests.client.network import Ears, World
from tests.client.test_plain import Shell

DEN = RoomName("den")


class PutOutCase(SynchronousTestCase):
    """ann, an account and an operator, owns the den; gus is a guest in it."""

    def setUp(self) -> None:
        self.world = World()
        hub = self.world.hub
        hub.use_identity(FakeIdentity(hub.manager.state.accounts), FakeRoomPasswords())
        claims = OneTimeClaims(LoginDelays(Limits()), self.world.clock)
        hub.use_claims(claims)
        self.ann = self.account("ann")
        self.world.result(self.ann.request(Claim(claims.make())))
        self.do("create den")
        self.world.result(self.ann.join("den"))
        self.gus = self.world.client("gus", "den")
        self.ears = Ears(self.gus)

    def account(self, nick: str, *rooms: str) -> ChatClient:
        client = self.world.client(nick, *rooms)
        self.world.result(client.request(Register("s3cret")))
        return client

    def do(self, *lines: str) -> None:
        """Let ann do something."""
        for line in lines:
            self.world.result(self.ann.request(parse_request(line)))

    def say(self, *texts: str) -> None:
        self.do(*(f"send den {text}" for text in texts))

    def away(self, nick: str, *lines: str) -> None:
        """Let ann do something while somebody has no connection, who then comes back."""
        network = self.world.network(nick)
        network.is_down = True
        self.world.cut(nick)
        self.do(*lines)
        network.is_down = False
        self.world.advance(3)


class RoomTests(PutOutCase):
    def test_who_is_put_out_is_in_that_room_no_more_also_later(self) -> None:
        self.do("kick den gus too loud")
        self.assertEqual(self.ears.of(Kicked), [Kicked(DEN, Nick("gus"), Nick("ann"), "too loud")])
        self.assertEqual(self.gus.joined_rooms, ("lobby",))
        self.away("gus")
        self.assertEqual(self.gus.joined_rooms, ("lobby",))

    def test_who_was_banned_while_away_does_not_try_again_and_again(self) -> None:
        self.away("gus", "ban den gus 2h spam")
        (lost,) = self.ears.of(RoomLost)
        self.assertEqual(lost.reason, 'You are banned from "den" for another 2h: spam')
        self.assertEqual(len(self.ears.of(Connected)), 2)
        self.assertTrue(self.gus.is_connected)

    def test_an_account_that_was_put_out_while_away_does_not_come_back_unasked(self) -> None:
        bob = self.account("bob", "den")
        ears = Ears(bob)
        self.away("bob", "kick den bob")
        (lost,) = ears.of(RoomLost)
        self.assertIn("/join den", lost.reason)
        self.assertEqual(bob.joined_rooms, ("lobby",))
        self.world.result(bob.join("den"))

    def test_a_room_that_has_closed_its_door_is_let_go_with_a_sentence(self) -> None:
        self.away("gus", "set den kind invite-only")
        self.assertEqual(
            self.ears.of(RoomLost), [RoomLost(DEN, "it is gone, or not for you any more.")]
        )
        self.assertEqual(self.gus.joined_rooms, ("lobby",))

    def test_a_hidden_room_is_the_same_after_a_lost_connection(self) -> None:
        self.say("one")
        self.do("set den kind unlisted")
        self.away("gus", "send den two")
        self.assertEqual(self.ears.of(RoomReplaced, RoomLost), [])
        self.assertEqual(self.ears.numbers("den"), [1, 2])

    def test_a_guest_comes_back_by_the_password_that_let_it_in(self) -> None:
        self.do("set den kind password open sesame")
        cy = self.world.client("cy")
        self.world.result(cy.join("den", "open sesame"))
        ears = Ears(cy)
        self.away("cy", "send den one")
        self.assertEqual(cy.joined_rooms, ("lobby", "den"))
        self.assertEqual(ears.numbers("den"), [1])
        self.away("cy", "set den kind password another")
        self.assertEqual(cy.joined_rooms, ("lobby",))
        self.assertEqual(len(ears.of(RoomLost)), 1)

    def test_an_invitation_is_heard_also_into_a_room_that_was_left(self) -> None:
        self.world.result(self.gus.leave("den"))
        self.do("invite den gus")
        (called,) = self.ears.of(Called)
        self.assertEqual((called.room, called.by), ("den", "ann"))


class ServerTests(PutOutCase):
    def test_who_is_banned_from_the_server_stops(self) -> None:
        self.do("server-ban gus 2h spam")
        self.world.advance(3)
        (turned_away,) = self.ears.of(TurnedAway)
        self.assertEqual(turned_away.reason, "You are banned from this server for another 2h: spam")
        attempts = len(self.world.network("gus").wires)
        self.world.advance(60, 1)
        self.assertLessEqual(len(self.world.network("gus").wires), attempts)
        self.failureResultOf(self.gus.say("den", "hi"), ClientClosed)
        self.world.result(self.gus.close())

    def test_in_a_pipe_that_is_the_end_and_a_failure(self) -> None:
        shell = Shell(self.world, "cy")
        self.do("server-ban cy 2h spam")
        self.world.advance(3)
        self.assertEqual(self.world.result(shell.status), 1)
        self.assertIn(
            "This client does not try again: You are banned from this server for another 2h: spam",
            shell.errors.getvalue().splitlines(),
        )

    def test_who_is_killed_comes_back_once(self) -> None:
        self.do("kill gus calm down")
        self.world.advance(3)
        (gone,) = self.ears.of(Disconnected)
        self.assertIn("ann has disconnected you: calm down", gone.reason)
        self.assertEqual(len(self.ears.of(Connected)), 2)

    def test_what_was_told_meanwhile_is_announced(self) -> None:
        bob = self.account("bob")
        ears = Ears(bob)
        self.away("bob", "tell bob one", "tell bob two")
        self.assertEqual(ears.of(DirectWaiting), [DirectWaiting(RoomName("@ann"), 2)])


class HoleTests(PutOutCase):
    """Numbers that do not come, rightly."""

    def test_a_room_for_those_who_are_there(self) -> None:
        self.do("set den history joined")
        self.say("one")
        self.away("gus", "send den two", "send den three")
        self.assertEqual(
            self.ears.of(MessagesMissing, CaughtUp)[-2:],
            [MessagesMissing(DEN, 2, 3), CaughtUp(DEN, 0)],
        )
        self.say("four")
        self.assertEqual(self.ears.numbers("den"), [1, 4])

    def test_a_room_that_keeps_little(self) -> None:
        self.do("set den keep 2")
        self.say("one")
        self.away("gus", *(f"send den {number}" for number in range(5)))
        self.assertEqual(self.ears.of(MessagesMissing), [MessagesMissing(DEN, 2, 4)])
        self.assertEqual(self.ears.numbers("den"), [1, 5, 6])
        self.assertEqual(self.ears.of(CaughtUp)[-1], CaughtUp(DEN, 2))
        self.say("more")
        self.assertEqual(self.ears.numbers("den"), [1, 5, 6, 7])

    def test_an_account_away_from_a_room_it_was_put_out_of_and_let_in_again(self) -> None:
        bob = self.account("bob", "den")
        ears = Ears(bob)
        self.do("set den history joined")
        self.world.result(bob.leave("den"))
        self.say("one", "two")
        self.world.result(bob.join("den"))
        self.away("bob", "send den three")
        self.assertEqual(ears.numbers("den"), [3])
        self.assertEqual(ears.of(MessagesMissing), [])
        self.world.result(bob.request(LogIn(Nick("bob"), "s3cret")))
