"""The hub with fake connections: order, group commit, fairness, and several ways in at once."""

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from chatsvc.core.commands import (
    CreateRoom,
    JoinRoom,
    LeaveRoom,
    ListRooms,
    Ping,
    Quit,
    ReadHistory,
    RenameRoom,
    Say,
    SetNick,
    SetTopic,
    Tell,
)
from chatsvc.core.errors import Busy, Internal, NoSuchRoom, StorageFailed, TooMany
from chatsvc.core.events import Greeted, Joined, Left, RoomRenamed, Said, ServerClosing, TopicSet
from chatsvc.core.limits import Limits
from chatsvc.core.manner import More
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies import Bye, Entered, History, NickIs, Pong, RoomLeft, RoomMade, Sent
from chatsvc.core.room import Stored
from chatsvc.hub import Hub, HubOptions
from chatsvc.hub.committer import LARGEST_BATCH_BYTES
from chatsvc.hub.next_turn import LONGEST_REST
from chatsvc.hub.reading import ANSWER_BYTES
from chatsvc.hub.requests import REQUESTS_PER_TURN
from chatsvc.hub.stuck import READ_BYTES
from chatsvc.hub.sweeping import SWEEP_SECONDS
from chatsvc.ports import LogError
from chatsvc.protocols.line import LineFactory
from chatsvc.testing import FakeConnection, FakeRoomPorts, FaultyLog, TurnClock
from tests.protocols.conversation import Wire

TEA = RoomName("tea")
LARGE_TAGS = More(tags=(("+x", "v" * 4000),))


class HubTestCase(TestCase):
    options = HubOptions()

    def setUp(self) -> None:
        self.clock = TurnClock()
        self.log = FaultyLog()
        self.hub = Hub(self.log, self.clock, self.options, lambda: 1000 + self.clock.seconds())
        self.hub.startService()

    def client(self, nick: str, *rooms: str) -> FakeConnection:
        """Return a named client that is in `rooms`."""
        client = FakeConnection(self.hub)
        client.ask(SetNick(Nick(nick)), *(JoinRoom(RoomName(room)) for room in rooms))
        self.clock.settle()
        client.take()
        return client

    def took(self, client: FakeConnection) -> list[object]:
        """Let the hub finish and return what the client got."""
        self.clock.settle()
        return client.take()

    def passes(self, seconds: float) -> None:
        """Let time pass, a second at a time."""
        self.clock.pump([1.0] * int(seconds))


class RequestTests(HubTestCase):
    def test_requests_are_answered_in_order(self) -> None:
        client = FakeConnection(self.hub)
        client.ask(SetNick(Nick("ann")), CreateRoom(TEA), Ping("x"), Quit())
        self.assertEqual(self.took(client), [NickIs(Nick("ann")), RoomMade(TEA), Pong("x"), Bye()])
        self.assertTrue(client.closed)

    def test_a_refusal_from_the_way_in_is_answered_in_its_turn(self) -> None:
        ann = self.client("ann", "tea")
        self.log.hold()
        ann.ask(Say(TEA, "hi"), StorageFailed("Odd."), Ping("x"))
        self.assertEqual(self.took(ann), [])
        self.log.release()
        sent, said, odd, pong = self.took(ann)
        self.assertEqual((sent, odd, pong), (Sent(TEA, 1), StorageFailed("Odd."), Pong("x")))
        self.assertIsInstance(said, Said)

    def test_a_turn_s_share_of_requests_is_limited(self) -> None:
        client = FakeConnection(self.hub)
        client.ask(*[Ping("x")] * (3 * REQUESTS_PER_TURN))
        self.assertEqual(len(client.take()), REQUESTS_PER_TURN)
        self.clock.turn()
        self.assertEqual(len(client.take()), REQUESTS_PER_TURN)

    def test_a_bug_in_a_rule_is_an_internal_error_and_the_next_request_works(self) -> None:
        ann = self.client("ann")
        del self.hub.manager.state.people
        ann.ask(Tell(Nick("bob"), "psst"), Ping("x"))
        refusal, pong = self.took(ann)
        self.assertEqual((refusal.code, pong), ("internal", Pong("x")))
        self.assertEqual(len(self.flushLoggedErrors(AttributeError)), 1)

    def test_a_refused_message_is_answered_after_those_before_it(self) -> None:
        client = self.client("ann", "tea")
        nowhere = RoomName("nowhere")
        client.ask(Say(TEA, "one"), Say(nowhere, "two"), Say(TEA, "three"), Ping("x"))
        answers = [each for each in self.took(client) if not isinstance(each, Said)]
        self.assertEqual(answers, [Sent(TEA, 1), NoSuchRoom(nowhere), Sent(TEA, 2), Pong("x")])

    def test_a_bug_after_a_commit_is_an_internal_error_and_everything_goes_on(self) -> None:
        client = self.client("ann", "tea")
        apply = self.hub.manager.apply

        def broken(event: object) -> object:
            if isinstance(event, TopicSet):
                raise KeyError("boom")
            return apply(event)

        self.hub.manager.apply = broken
        client.ask(SetTopic(TEA, "boom"), Ping("x"))
        self.assertEqual(self.took(client), [Internal(), Pong("x")])
        self.assertEqual(len(self.flushLoggedErrors(KeyError)), 1)
        client.lose()
        stopped = self.hub.stopService()
        self.clock.settle()
        self.successResultOf(stopped)

    def test_a_request_that_takes_long_gives_the_others_their_turn(self) -> None:
        slow, quick = self.client("slow"), self.client("quick")
        self.hub.manager.room_of = lambda *_: None
        decide = self.hub.manager.decide

        def takes_a_while(session: object, command: object, now: int) -> object:
            if isinstance(command, ListRooms):
                self.clock.rightNow += 1
            return decide(session, command, now)

        self.hub.manager.decide = takes_a_while
        slow.ask(*[ListRooms()] * 5)
        self.assertEqual(len(slow.take()), 1)
        quick.ask(Ping("x"))
        self.assertEqual(quick.take(), [Pong("x")])
        self.assertEqual(self.took(slow), [])
        for _ in range(4):
            self.clock.advance(LONGEST_REST)
            self.assertEqual(len(self.took(slow)), 1)

    def test_a_clock_that_is_set_back_meanwhile_stops_nobody(self) -> None:
        """No call is due in the past: a reactor takes none."""
        client = self.client("ann")
        take, call_later = client.next_request, self.clock.callLater
        delays: list[float] = []

        def slow() -> Any:
            self.clock.rightNow -= 60
            return take()

        def later(delay: float, *call: Any, **more: Any) -> Any:
            delays.append(delay)
            return call_later(delay, *call, **more)

        self.patch(client, "next_request", slow)
        self.patch(self.clock, "callLater", later)
        client.ask(*[Ping("x")] * (REQUESTS_PER_TURN + 1))
        self.assertNotEqual(delays, [])
        self.assertEqual([delay for delay in delays if delay < 0], [])

    def test_a_batch_holds_no_more_text_than_a_reader_can_be_handed(self) -> None:
        self.assert_batches_are_bounded(Say(TEA, "x" * 4000))

    def test_nor_more_tags(self) -> None:
        self.assert_batches_are_bounded(Say(TEA, "x", more=LARGE_TAGS))

    def assert_batches_are_bounded(self, say: Say) -> None:
        """Say one thing of 4000 bytes often while the log is slow."""
        ann = self.client("ann", "tea")
        self.log.hold()
        ann.ask(*[say] * 64)
        sizes: list[int] = []
        append = self.log.log.append
        self.log.log.append = lambda events: (sizes.append(len(events)), append(events))[1]
        self.clock.settle()
        self.log.release()
        self.clock.settle()
        self.assertEqual(sum(sizes), 64)
        self.assertLessEqual(max(sizes) * 4000, LARGEST_BATCH_BYTES + 4000)

    def test_an_answer_holds_no_more_text_than_a_client_may_leave_unread(self) -> None:
        self.assert_answers_are_bounded(Say(TEA, "x" * 4000))

    def test_an_answer_holds_no_more_tags(self) -> None:
        self.assert_answers_are_bounded(Say(TEA, "x", more=LARGE_TAGS))

    def assert_answers_are_bounded(self, say: Say) -> None:
        """Say one thing of 4000 bytes often, and read it."""
        ann = self.client("ann", "tea")
        for _ in range(100):
            ann.ask(say)
            self.took(ann)
        ann.ask(ReadHistory(TEA, 100), ReadHistory(TEA, 100, after=0))
        newest, oldest = self.took(ann)
        self.assertEqual(newest.messages[-1].number, 100)
        self.assertEqual(oldest.messages[0].number, 1)
        for history in (newest, oldest):
            numbers = [said.number for said in history.messages]
            self.assertEqual(numbers, list(range(numbers[0], numbers[-1] + 1)))
            self.assertLess(len(numbers) * 4000, ANSWER_BYTES)
            self.assertGreater(len(numbers), 50)

    def test_a_read_is_answered_before_what_was_asked_after_it(self) -> None:
        ann = self.client("ann", "tea")
        ann.ask(Say(TEA, "hi"), ReadHistory(TEA, 5), Ping("x"))
        got = self.took(ann)
        self.assertEqual([type(thing) for thing in got], [Sent, Said, History, Pong])


class CommitTests(HubTestCase):
    def test_messages_of_one_turn_are_one_append(self) -> None:
        clients = [self.client(f"user{number}", "tea") for number in range(5)]
        self.log.hold()
        for client in clients:
            client.ask(Say(TEA, "hi"))
        self.clock.settle()
        self.assertEqual(self.log.held, 1)
        self.log.release()
        said = [thing.number for thing in self.took(clients[0]) if isinstance(thing, Said)]
        self.assertEqual(said, [1, 2, 3, 4, 5])

    def test_everybody_sees_the_same_order(self) -> None:
        ann, bob = self.client("ann", "tea"), self.client("bob", "tea")
        self.took(ann)
        for number in range(20):
            (ann, bob)[number % 2].ask(Say(TEA, str(number)))
            self.clock.turn()
        messages = [
            [thing for thing in self.took(client) if isinstance(thing, Said)]
            for client in (ann, bob)
        ]
        self.assertEqual(messages[0], messages[1])
        self.assertEqual([said.number for said in messages[0]], list(range(1, 21)))

    def test_time_never_goes_back(self) -> None:
        moments = iter([5.0, 3.0, 9.0])
        hub = Hub(FaultyLog(), self.clock, wall_clock=lambda: next(moments))
        self.assertEqual([hub.now(), hub.now(), hub.now()], [5000, 5000, 9000])

    def test_a_log_that_does_not_open_is_an_error_of_the_start(self) -> None:
        class Broken(FaultyLog):
            def open(self) -> Stored:
                raise LogError("No.")

        hub = Hub(Broken(), self.clock)
        self.assertRaises(LogError, hub.startService)


class PeopleTests(HubTestCase):
    def test_others_are_told_of_a_join_and_the_joiner_is_answered(self) -> None:
        ann, bob = self.client("ann", "tea"), self.client("bob")
        bob.ask(JoinRoom(TEA))
        self.assertEqual(self.took(bob), [Entered(TEA, 0, 2)])
        [joined] = self.took(ann)
        self.assertEqual((type(joined), joined.nick), (Joined, "bob"))

    def test_a_lost_connection_leaves_all_its_rooms(self) -> None:
        ann = self.client("ann", "tea", "milk")
        bob = self.client("bob", "tea", "milk")
        self.took(ann)
        bob.lose()
        self.assertEqual({thing.room for thing in self.took(ann)}, {"tea", "milk"})
        self.assertNotIn("bob", str(self.hub.manager.state.people))
        self.assertEqual(len(self.hub.manager.state.sessions), 1)

    def test_a_direct_message_for_somebody_overfull_is_refused(self) -> None:
        ann, bob = self.client("ann"), self.client("bob")
        bob.stop_reading()
        limit = self.hub.limits.unread_bytes
        bob.send(bob.encoding.encode(ServerClosing("x")) * limit)
        ann.ask(Tell(Nick("bob"), "hi"))
        [refusal] = self.took(ann)
        self.assertIsInstance(refusal, Busy)

    def test_a_slow_reader_is_not_a_stuck_one(self) -> None:
        bob = self.client("bob")
        bob.unsent_bytes = 3 * READ_BYTES
        bob.stop_reading()
        for _ in range(2):
            bob.unsent_bytes -= READ_BYTES
            self.passes(self.hub.limits.stuck_seconds + SWEEP_SECONDS)
            self.assertIsNone(bob.aborted)
        bob.unsent_bytes = 1
        self.passes(self.hub.limits.stuck_seconds + SWEEP_SECONDS)
        self.assertIsNotNone(bob.aborted)

    def test_all_memory_of_a_connection_is_gone_with_it(self) -> None:
        bob = self.client("bob", "tea")
        bob.ask(LeaveRoom(TEA))
        self.assertEqual(self.took(bob), [RoomLeft(TEA)])
        bob.lose()
        self.clock.settle()
        state = self.hub.manager.state
        self.assertEqual((state.rooms, state.sessions, state.people), ({}, {}, {}))

    def test_too_many_connections_are_refused_with_an_exception(self) -> None:
        hub = Hub(FaultyLog(), self.clock, HubOptions(Limits(sessions=1)))
        hub.startService()
        FakeConnection(hub)
        self.assertRaises(TooMany, FakeConnection, hub)

    def test_the_welcome_text_greets_everybody(self) -> None:
        hub = Hub(FaultyLog(), self.clock, HubOptions(welcome="Be kind."))
        hub.startService()
        self.assertEqual(FakeConnection(hub).got, [Greeted("Be kind.")])


class TwoWaysInTests(HubTestCase):
    def test_a_message_reaches_each_way_in_with_its_own_bytes(self) -> None:
        ann = self.client("ann", "tea")
        line = LineFactory(self.hub, "test", self.clock).buildProtocol(None)
        wire = Wire()
        line.makeConnection(wire)
        line.dataReceived(b"nick bob\njoin tea\n")
        self.took(ann)
        wire.received = b""
        ann.ask(Say(TEA, "hi"))
        self.assertIsInstance(self.took(ann)[-1], Said)
        self.assertEqual(wire.received, b"* said tea 1 1970-01-01T00:16:40.000Z ann hi\n")


class RoomPortTests(HubTestCase):
    def test_rooms_ports_follow_the_rooms(self) -> None:
        ports = FakeRoomPorts(9000, 9000)
        self.hub.use_room_ports(ports)
        ann = self.client("ann", "tea")
        self.assertEqual(ports.port_of(TEA), 9000)
        ann.ask(LeaveRoom(TEA))
        self.took(ann)
        self.assertEqual(ports.port_of(TEA), 0)

    def test_a_port_follows_its_room_to_another_name(self) -> None:
        ports = FakeRoomPorts(9000, 9001)
        self.hub.use_room_ports(ports)
        ann = self.client("ann", "tea")
        aimed = FakeConnection(self.hub, aim=TEA)
        ann.ask(RenameRoom(TEA, RoomName("cake")))
        self.assertIsInstance(self.took(ann)[-1], RoomRenamed)
        self.assertEqual((ports.port_of(TEA), ports.port_of(RoomName("cake"))), (0, 9000))
        aimed.ask(SetNick(Nick("bob")))
        self.took(aimed)
        self.assertIn("cake", aimed.subscriber.session.rooms)

    def test_who_came_by_a_room_s_port_is_in_that_room_after_its_nick(self) -> None:
        self.client("ann", "tea")
        bob = FakeConnection(self.hub, aim=TEA)
        bob.ask(SetNick(Nick("bob")))
        nick, joined = self.took(bob)
        self.assertEqual((nick, joined.room), (NickIs(Nick("bob")), TEA))


class StopTests(HubTestCase):
    def stop(self) -> "Deferred[None]":
        stopped = self.hub.stopService()
        self.clock.settle()
        return stopped

    def test_it_waits_for_connections_to_go_and_closes_the_log_last(self) -> None:
        ann = self.client("ann", "tea")
        stopped = self.stop()
        self.assertNoResult(stopped)
        self.assertIsInstance(ann.take()[-1], ServerClosing)
        ann.lose()
        self.clock.settle()
        self.successResultOf(stopped)
        self.failureResultOf(self.log.append([]), LogError)

    def test_connections_that_do_not_go_are_cut(self) -> None:
        ann = self.client("ann")
        self.stop()
        self.clock.advance(5)
        self.assertEqual(ann.aborted, "it did not take the goodbye")

    def test_leaving_at_shutdown_is_told_to_nobody_who_stays(self) -> None:
        ann, bob = self.client("ann", "tea"), self.client("bob", "tea")
        self.took(ann)
        self.stop()
        bob.lose()
        self.assertNotIn(Left, [type(thing) for thing in self.took(ann)])
