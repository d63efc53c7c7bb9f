"""Our client's connection and our server's, face to face over Twisted's iosim."""

from typing import Any

from twisted.internet.task import Clock
from twisted.test import iosim
from twisted.trial.unittest import TestCase

from chatsvc.client.connection import Connection
from chatsvc.core.commands import Command, JoinRoom, ListUsers, Quit, Say, SetNick
from chatsvc.core.errors import NickTaken
from chatsvc.core.events import Joined, Said
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies import Bye, Entered, NickIs, Sent, UserList
from chatsvc.hub import Hub
from chatsvc.protocols.line import LineFactory
from chatsvc.storage.memory import MemoryLog

TEA = RoomName("tea")


class Person:
    """One client: what it was told, and whether its connection is gone."""

    def __init__(self, clock: Clock) -> None:
        self.told: list[Any] = []
        self.is_gone = False
        self.connection = Connection(self, clock)

    def greeted(self, connection: Connection, hello: Any) -> None:
        self.told.append(hello)

    def happened(self, event: Any) -> None:
        self.told.append(event)

    def told_to_wait(self, *_seconds: Any) -> None:
        pass

    def turned_away(self, *_refusal: Any) -> None:
        pass

    def lost(self, *_reason: Any) -> None:
        self.is_gone = True


class PairTests(TestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.hub = Hub(MemoryLog(), self.clock)
        self.hub.startService()
        self.factory = LineFactory(self.hub, "test", self.clock)
        self.pumps: list[iosim.IOPump] = []

    def person(self, *commands: Command) -> Person:
        person, server = Person(self.clock), self.factory.buildProtocol(None)
        pump = iosim.connect(
            server,
            iosim.FakeTransport(server, isServer=True),
            person.connection,
            iosim.FakeTransport(person.connection, isServer=False),
        )
        self.pumps.append(pump)
        self.settle()
        self.asks(person, *commands)
        return person

    def settle(self) -> None:
        """Carry bytes and turns until nothing moves any more."""
        moves = True
        while moves:
            moved = [pump.pump() for pump in self.pumps]
            moves = any(moved) or self.turn()

    def turn(self) -> bool:
        due = [call for call in self.clock.getDelayedCalls() if call.getTime() <= 0]
        self.clock.advance(0)
        return bool(due)

    def asks(self, person: Person, *commands: Command) -> list[Any]:
        answers = person.connection.request(*commands)
        self.settle()
        return [self.successResultOf(answer) for answer in answers]

    def test_requests_in_one_write_are_answered_in_order(self) -> None:
        ann = self.person()
        answers = self.asks(ann, SetNick(Nick("ann")), JoinRoom(TEA), Say(TEA, "hi"), ListUsers())
        kinds = [type(answer) for answer in answers]
        self.assertEqual(kinds, [NickIs, Entered, Sent, UserList])

    def test_both_hear_what_is_said_and_who_comes(self) -> None:
        ann = self.person(SetNick(Nick("ann")), JoinRoom(TEA))
        bob = self.person(SetNick(Nick("bob")), JoinRoom(TEA))
        self.asks(ann, Say(TEA, "grüße, 世界"))
        self.assertIn(Joined(TEA, Nick("bob")), ann.told)
        for person in (ann, bob):
            said = person.told[-1]
            self.assertIsInstance(said, Said)
            self.assertEqual((said.number, said.nick, said.text), (1, "ann", "grüße, 世界"))

    def test_a_refusal_arrives_as_the_error_it_is(self) -> None:
        self.person(SetNick(Nick("ann")))
        second = self.person()
        (answer,) = second.connection.request(SetNick(Nick("ANN")))
        self.settle()
        self.failureResultOf(answer, NickTaken)

    def test_after_quit_the_server_closes(self) -> None:
        ann = self.person(SetNick(Nick("ann")))
        self.assertEqual(self.asks(ann, Quit()), [Bye()])
        self.assertEqual(self.hub.manager.state.people, {})
