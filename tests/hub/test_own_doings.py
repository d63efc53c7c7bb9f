"""Connections that are not sent what their own session does, and other encodings."""

from twisted.trial.unittest import TestCase

from chatsvc.core.commands import JoinRoom, LeaveRoom, Quit, Say, SetNick, SetTopic
from chatsvc.core.events import Departed, Joined, Left, Said, TopicSet
from chatsvc.core.limits import DEFAULT_LIMITS
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies import Bye, Entered, RoomLeft, Sent, TopicIs
from chatsvc.hub import Hub, HubOptions
from chatsvc.storage.memory import MemoryLog
from chatsvc.testing import FakeConnection, FakeEncoding, TurnClock

TEA = RoomName("tea")


class Terse(FakeConnection):
    """A connection that shows itself what it does."""

    _encoding = FakeEncoding(skips_author=True)


class OwnDoings(TestCase):
    def setUp(self) -> None:
        self.clock = TurnClock()
        self.hub = Hub(MemoryLog(), self.clock, HubOptions(DEFAULT_LIMITS.lifted(), None))
        self.hub.startService()
        self.addCleanup(self.stop)
        self.ann, self.bob = self.member("ann", Terse), self.member("bob", FakeConnection)
        self.eve = self.member("eve", Terse)
        for each in (self.ann, self.bob, self.eve):
            each.take()

    def stop(self) -> None:
        for each in (self.ann, self.bob, self.eve):
            if each.subscriber.session.session_id in self.hub.manager.state.sessions:
                each.lose()
        self.hub.stopService()
        self.clock.advance(10)

    def member(self, nick: str, kind: type[FakeConnection]) -> FakeConnection:
        connection = kind(self.hub)
        connection.ask(SetNick(Nick(nick)))
        self.clock.settle()
        connection.ask(JoinRoom(TEA))
        self.clock.settle()
        return connection

    def asks(self, who: FakeConnection, *commands: object) -> None:
        who.ask(*commands)  # type: ignore[arg-type]
        self.clock.settle()

    def kinds(self, who: FakeConnection) -> list[type]:
        return [type(thing) for thing in who.take()]

    def test_messages(self) -> None:
        """Who says something is answered, and not sent it; all others are."""
        self.asks(self.ann, Say(TEA, "1"))
        self.asks(self.bob, Say(TEA, "2"))
        [sent, said] = self.ann.take()
        assert isinstance(sent, Sent)
        assert isinstance(said, Said)
        self.assertEqual((sent.number, said.number), (1, 2))
        self.assertGreater(sent.at, 0)
        self.assertEqual(self.kinds(self.bob), [Said, Sent, Said])
        self.assertEqual(self.kinds(self.eve), [Said, Said])

    def test_what_is_set_in_a_room(self) -> None:
        self.asks(self.ann, SetTopic(TEA, "four"))
        self.assertEqual(self.kinds(self.ann), [TopicIs])
        self.assertEqual(self.kinds(self.eve), [TopicSet])
        self.asks(self.bob, SetTopic(TEA, "five"))
        self.assertEqual(self.kinds(self.bob), [TopicSet, TopicIs, TopicSet])

    def test_what_a_room_is_like_that_is_entered(self) -> None:
        """The topic is a part of its answer, if it wants to show it."""
        self.asks(self.bob, SetTopic(TEA, "four"))
        for who, kinds in ((self.ann, [Entered]), (self.bob, [Entered, TopicSet])):
            self.asks(who, LeaveRoom(TEA))
            who.take()
            self.asks(who, JoinRoom(TEA))
            self.assertEqual(self.kinds(who), kinds)

    def test_who_is_gone(self) -> None:
        """It is told once, with the reason, to who is told once; to others of each room."""
        self.asks(self.eve, JoinRoom(RoomName("den")))
        self.asks(self.bob, JoinRoom(RoomName("den")))
        for each in (self.ann, self.bob):
            each.take()
        self.asks(self.eve, Quit("bye"))
        self.eve.lose()
        self.clock.settle()
        self.assertEqual(self.eve.take()[-1], Bye())
        departed, left = self.ann.take()
        session = self.eve.subscriber.session.session_id
        self.assertEqual(departed, Departed(Nick("eve"), session, "bye"))
        self.assertEqual(left, Left(TEA, Nick("eve"), session, "bye", is_departing=True))
        self.assertEqual(self.kinds(self.bob), [Left, Left])

    def test_who_leaves_a_room_for_a_reason(self) -> None:
        self.asks(self.bob, LeaveRoom(TEA, "no tea"))
        self.assertEqual(self.kinds(self.bob), [RoomLeft])
        session = self.bob.subscriber.session.session_id
        self.assertEqual(self.ann.take(), [Left(TEA, Nick("bob"), session, "no tea")])

    def test_another_encoding(self) -> None:
        """A connection in a room goes on in its new encoding with the next event."""
        other = FakeEncoding(skips_author=True)
        ann = self.ann

        def change() -> None:
            ann._encoding = other  # type: ignore[misc]

        self.asks(self.bob, Say(TEA, "1"))
        self.hub.reshape(ann.subscriber, change)
        self.asks(self.bob, Say(TEA, "2"))
        self.assertEqual([each.number for each in ann.take() if isinstance(each, Said)], [1, 2])
        self.assertEqual(len(other._events), 1)

    def test_a_join_that_was_gathered_comes_before_the_end(self) -> None:
        gus = FakeConnection(self.hub)
        gus.ask(SetNick(Nick("gus")))
        gus.ask(JoinRoom(TEA))
        gus.lose()
        self.clock.settle()
        self.assertEqual(self.kinds(self.ann), [Joined, Departed, Left])
