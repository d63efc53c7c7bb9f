"""What programs get from `connect` and `ChatClient`, over the real hub and line protocol."""

from collections.abc import AsyncIterator
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client import (
    ClientClosed,
    ClientError,
    Connected,
    ConnectionInterrupted,
    CouldNotConnect,
    Happening,
    NickChanged,
    RoomLost,
    TooManyRequests,
    connect,
)
from chatsvc.client.audience import STREAM_FULL, STREAM_OVERFULL
from chatsvc.client.happenings import Disconnected
from chatsvc.client.sayings import SAYINGS_KEPT
from chatsvc.core.commands import CreateRoom, DeleteRoom, Quit, RenameRoom, SetNick, TalkIn
from chatsvc.core.errors import BadNick, BadRoom, BadText, LineTooLong, NickTaken, NoSuchUser, Usage
from chatsvc.core.events import Joined, RoomDeleted, RoomRenamed, Said, Told
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies import Bye, Entered
from chatsvc.wire.answer import encode_greeting
from tests.client.network import Ears, Network, World


class ConnectTests(SynchronousTestCase):
    """The first connection."""

    def setUp(self) -> None:
        self.world = World()

    def test_it_has_its_nick_and_is_in_its_rooms(self) -> None:
        client = self.world.client("ann", "lobby", "den")
        self.assertEqual((client.nick, client.server_name), ("ann", "memory"))
        self.assertEqual(client.joined_rooms, ("lobby", "den"))
        self.assertTrue(client.is_connected)
        self.assertTrue(client.is_in("LOBBY"))

    def test_where_the_server_puts_it_it_is_too(self) -> None:
        client = self.world.client("ann")
        self.assertEqual(client.joined_rooms, ("lobby",))

    def test_a_server_that_is_not_there_is_an_error_at_once(self) -> None:
        self.world.network("ann").is_down = True
        connecting = self.world.connecting("ann")
        self.world.settle()
        error = self.failureResultOf(connecting, CouldNotConnect).value
        self.assertEqual(str(error), "Connection was refused by other side.")
        self.world.advance(5)
        self.assertEqual(self.world.network("ann").wires, [])

    def test_a_taken_nick_is_an_error(self) -> None:
        self.world.client("ann")
        self.world.networks["ANN"] = Network(self.world.network("ann").serve)
        error = self.failureResultOf(self.settled(self.world.connecting("ANN")), NickTaken)
        self.assertEqual(error.value.sentence, 'The nick "ANN" is taken; "ANN2" is free.')

    def test_or_another_one_is_taken_if_that_will_do(self) -> None:
        self.world.client("ann")
        self.world.client("ann2")
        client = self.world.client("Ann", other_nicks=True)
        self.assertEqual(client.nick, "Ann3")
        ears = Ears(client)
        self.assertEqual(ears.of(NickChanged), [NickChanged("Ann", "Ann3", '"Ann" is taken.')])

    def test_a_nick_or_room_that_cannot_be_one_is_refused_here(self) -> None:
        self.failureResultOf(self.world.connecting("a b"), BadNick)
        self.failureResultOf(self.world.connecting("ann", rooms=["no room"]), BadRoom)

    def test_a_description_of_an_endpoint_will_do(self) -> None:
        for wrong in ("nonsense:", "foo:1", "tcp:", "tcp:host:port:1:2:3:4"):
            connecting = connect(wrong, "ann", reactor=self.world.clock)
            error = self.failureResultOf(connecting, CouldNotConnect).value
            self.assertTrue(str(error).startswith(f'the endpoint "{wrong}" cannot be used: '))
            self.assertNotIn("__init__", str(error))

    def test_one_room_may_be_given_by_its_name_alone(self) -> None:
        client = self.world.result(self.world.connecting("ann", rooms="den"))
        self.assertEqual(client.joined_rooms, ("den", "lobby"))

    def test_it_can_be_cancelled(self) -> None:
        connecting = self.world.connecting("ann")
        connecting.cancel()
        self.world.advance(2)
        self.assertTrue(connecting.called)
        self.failureResultOf(connecting)
        self.assertEqual(list(self.world.wires()), [])

    def test_a_server_that_says_nothing_is_given_up(self) -> None:
        self.world.networks["ann"] = Network(Silent)
        connecting = self.world.connecting("ann")
        self.world.advance(12, step=1)
        error = self.failureResultOf(connecting, CouldNotConnect).value
        self.assertRegex(str(error), "^The server did not answer in time; .* needs --tls.$")

    def test_so_is_one_that_greets_and_then_says_nothing(self) -> None:
        self.world.networks["ann"] = Network(lambda: Silent(encode_greeting("silent")))
        connecting = self.world.connecting("ann")
        self.world.advance(12, step=1)
        error = self.failureResultOf(connecting, CouldNotConnect).value
        self.assertEqual(str(error), "The server did not answer in time.")

    def test_a_server_that_is_no_chat_server_is_named_as_such(self) -> None:
        self.world.networks["ann"] = Network(lambda: Silent(b"SSH-2.0-OpenSSH\r\n"))
        error = self.failureResultOf(self.settled(self.world.connecting("ann")), CouldNotConnect)
        self.assertIn("a line we cannot read: 'SSH-2.0-OpenSSH'", str(error.value))

    def settled(self, deferred: Deferred[Any]) -> Deferred[Any]:
        self.world.settle()
        return deferred


class Silent:
    """A server that says one thing, or nothing."""

    def __init__(self, greeting: bytes = b"") -> None:
        self.greeting = greeting

    def makeConnection(self, transport: Any) -> None:
        transport.write(self.greeting)

    def dataReceived(self, data: bytes) -> None:
        pass

    def connectionLost(self, reason: object) -> None:
        pass


class AskingTests(SynchronousTestCase):
    """Everything one can ask."""

    def setUp(self) -> None:
        self.world = World()
        self.ann = self.world.client("ann", "lobby")
        self.bob = self.world.client("bob", "lobby")
        self.result = self.world.result

    def test_say_answers_with_the_number(self) -> None:
        numbers = [self.result(self.ann.say("lobby", text)) for text in ("a", "b")]
        self.assertEqual(numbers, [1, 2])

    def test_everybody_hears_it_the_speaker_too(self) -> None:
        ears = [Ears(self.ann), Ears(self.bob)]
        self.result(self.ann.say("lobby", "  hi #all  "))
        for each in ears:
            self.assertEqual([said.text for said in each.said("lobby")], ["  hi #all  "])

    def test_text_that_begins_with_a_hash_arrives_whole(self) -> None:
        ears = Ears(self.bob)
        self.result(self.ann.say("lobby", "#1 is best"))
        self.assertEqual(ears.said("lobby")[0].text, "#1 is best")

    def test_tell_reaches_one(self) -> None:
        ears, own = Ears(self.bob), Ears(self.ann)
        self.result(self.ann.tell("bob", "psst"))
        self.assertEqual([told.text for told in ears.of(Told)], ["psst"])
        self.assertEqual(own.of(Told), [])

    def test_refusals_arrive_as_their_classes(self) -> None:
        with self.assertRaises(NoSuchUser):
            self.result(self.ann.tell("nobody", "psst"))

    def test_join_and_leave(self) -> None:
        self.assertEqual(self.result(self.ann.join("den")), Entered(RoomName("den"), 0, 1))
        self.assertTrue(self.ann.is_in("den"))
        self.result(self.ann.leave("den"))
        self.assertFalse(self.ann.is_in("den"))

    def test_history_and_search(self) -> None:
        for text in ("red fish", "blue fish", "blue sky"):
            self.result(self.ann.say("lobby", text))
        ask = self.bob.history
        self.assertEqual(texts(self.result(ask("lobby", 2))), ["blue fish", "blue sky"])
        self.assertEqual(texts(self.result(ask("lobby", before=2))), ["red fish"])
        self.assertEqual(texts(self.result(ask("lobby", 1, after=1))), ["blue fish"])
        found = self.result(self.bob.search("lobby", "blue"))
        self.assertEqual(texts(found), ["blue fish", "blue sky"])

    def test_rooms_and_who(self) -> None:
        self.result(self.ann.join("den"))
        self.assertEqual([row.room for row in self.result(self.bob.rooms())], ["den", "lobby"])
        self.assertEqual([row.nick for row in self.result(self.bob.who())], ["ann", "bob"])
        self.assertEqual([row.nick for row in self.result(self.bob.who("den"))], ["ann"])

    def test_a_new_nick_is_kept_for_the_next_connection(self) -> None:
        self.result(self.ann.request(SetNick(Nick("anna"))))
        self.assertEqual(self.ann.nick, "anna")
        self.world.cut("ann")
        self.world.advance(1)
        self.assertEqual((self.ann.is_connected, self.ann.nick), (True, "anna"))

    def test_a_deleted_room_is_forgotten(self) -> None:
        self.result(self.ann.request(CreateRoom(RoomName("den"))))
        self.result(self.ann.join("den"))
        self.result(self.bob.join("den"))
        ears = Ears(self.bob)
        self.result(self.ann.request(DeleteRoom(RoomName("den"))))
        self.assertEqual(len(ears.of(RoomDeleted)), 1)
        self.assertFalse(self.ann.is_in("den"))
        self.assertFalse(self.bob.is_in("den"))

    def test_a_renamed_room_is_the_same_one(self) -> None:
        """Who is in it stays in it, goes on with its numbers, and comes back to it."""
        for each in (self.bob, self.ann):
            self.result(each.join("pub"))
        self.result(self.bob.say("pub", "one"))
        ears = Ears(self.ann)
        self.result(self.bob.request(RenameRoom(RoomName("pub"), RoomName("inn"))))
        self.assertEqual(len(ears.of(RoomRenamed)), 1)
        for each in (self.ann, self.bob):
            self.assertTrue(each.is_in("inn"))
            self.assertFalse(each.is_in("pub"))
        self.assertEqual(self.result(self.bob.say("inn", "two")), 2)
        self.world.cut("bob")
        self.world.advance(1)
        self.assertTrue(self.bob.is_in("inn"))

    def test_what_cannot_be_sent_is_refused_here(self) -> None:
        self.failureResultOf(self.ann.say("lobby", "two\nlines"), BadText)
        self.failureResultOf(self.ann.say("two words", "hi"), BadRoom)
        self.failureResultOf(self.ann.tell("ann", "\x1b[2J"), BadText)
        self.failureResultOf(self.ann.request(TalkIn(None)), Usage)
        self.failureResultOf(self.ann.request(None), Usage)  # type: ignore[arg-type]
        self.failureResultOf(self.ann.history("lobby", before=3, after=1), Usage)

    def test_a_text_that_just_fits_on_a_line_is_said(self) -> None:
        ears = Ears(self.bob)
        longest = 4096 - len("/send lobby ")
        for length in range(longest - 40, longest + 1):
            self.result(self.ann.say("lobby", "x" * length))
        self.assertEqual(len(ears.said("lobby")[-1].text), longest)
        with self.assertRaises(LineTooLong):
            self.result(self.ann.say("lobby", "x" * (longest + 1)))

    def test_a_command_with_a_line_break_in_it_is_never_sent(self) -> None:
        bad = SetNick(Nick("x\nquit"))
        self.failureResultOf(self.ann.request(bad), BadText)

    def test_only_so_many_messages_may_be_on_their_way(self) -> None:
        for number in range(SAYINGS_KEPT):
            self.ann.say("lobby", str(number))
        self.failureResultOf(self.ann.say("lobby", "one more"), TooManyRequests)
        self.world.settle()
        self.assertEqual(self.result(self.ann.say("lobby", "now")), SAYINGS_KEPT + 1)

    def test_its_requests_are_commands_on_a_rooms_own_port_too(self) -> None:
        self.result(self.ann.join("den"))
        factory = self.world.factory.aimed_at(RoomName("den"))
        self.world.networks["cy"] = Network(lambda: factory.buildProtocol(None))
        guest = self.world.client("cy")
        self.assertEqual(guest.joined_rooms, ("den",))
        self.assertEqual(self.result(guest.say("den", "hi")), 1)
        self.assertEqual(texts(self.result(guest.history("den"))), ["hi"])


def texts(messages: tuple[Said, ...]) -> list[str]:
    return [said.text for said in messages]


class HearingTests(SynchronousTestCase):
    """Listeners and iterators."""

    def setUp(self) -> None:
        self.world = World()
        self.ann = self.world.client("ann", "lobby")
        self.bob = self.world.client("bob", "lobby")

    def test_the_first_listener_hears_what_happened_before(self) -> None:
        self.assertEqual(Ears(self.ann).heard[0], Connected("memory", Nick("ann")))
        self.assertEqual(Ears(self.ann).heard, [])

    def test_one_that_fails_does_not_disturb_the_others(self) -> None:
        self.ann.add_listener(lambda happening: 1 / 0)
        ears = Ears(self.ann)
        self.world.result(self.bob.say("lobby", "hi"))
        self.assertEqual(ears.numbers("lobby"), [1])
        self.assertTrue(self.flushLoggedErrors(ZeroDivisionError))

    def test_it_can_stop(self) -> None:
        heard: list[Happening] = []
        stop = self.ann.add_listener(heard.append)
        stop()
        stop()
        heard.clear()
        self.world.result(self.bob.say("lobby", "hi"))
        self.assertEqual(heard, [])

    def test_an_iterator_gives_everything_in_order_across_reconnects(self) -> None:
        taken = Taker(self.ann.events())
        self.world.result(self.bob.say("lobby", "a"))
        self.world.cut("ann")
        self.world.result(self.bob.say("lobby", "b"))
        self.world.advance(1)
        self.world.result(self.bob.say("lobby", "c"))
        self.assertEqual([said.text for said in taken.said()], ["a", "b", "c"])

    def test_it_ends_when_the_client_is_closed(self) -> None:
        taken = Taker(self.ann.events())
        self.world.result(self.ann.close())
        self.assertTrue(taken.has_ended)
        self.assertTrue(Taker(self.ann.events()).has_ended)

    def test_a_slow_program_loses_nothing_and_makes_the_client_stop_reading(self) -> None:
        iterator = self.ann.events()
        slow = Taker(iterator, most=1)
        for number in range(STREAM_FULL + 300):
            self.bob.say("lobby", str(number))
            if number % 50 == 0:
                self.world.settle()
        self.world.settle()
        end = self.world.networks["ann"].wires[-1].client
        self.assertTrue(end.is_paused)
        fast = Taker(iterator)
        self.world.settle()
        self.assertFalse(end.is_paused)
        numbers = [said.number for said in slow.said() + fast.said()]
        self.assertEqual(numbers, list(range(1, STREAM_FULL + 301)))

    def test_a_program_that_waits_for_an_answer_gets_it_though_its_iterator_is_full(self) -> None:
        iterator = self.ann.events()
        self.flood(STREAM_FULL + 10)
        self.assertEqual(self.world.result(self.ann.say("lobby", "mine")), STREAM_FULL + 11)
        taken = Taker(iterator)
        self.world.settle()
        self.assertEqual(len(taken.said()), STREAM_FULL + 11)

    def flood(self, messages: int) -> None:
        for number in range(messages):
            self.bob.say("lobby", str(number))
            if number % 100 == 99:
                self.world.settle()
        self.world.settle()

    def test_waiting_for_an_answer_that_does_not_come_has_an_end_too(self) -> None:
        iterator = self.ann.events()
        self.flood(10)
        self.world.log.hold()
        answer = self.ann.say("lobby", "never answered")
        self.world.settle()
        for _ in range(STREAM_OVERFULL + 1):
            self.ann._session.happened(Joined(RoomName("lobby"), Nick("x")))
        self.failureResultOf(answer, ConnectionInterrupted)
        self.world.log.release()
        taken = Taker(iterator)
        self.world.advance(1)
        self.assertEqual([said.number for said in taken.said()], list(range(1, 12)))

    def test_an_iterator_that_is_dropped_holds_nothing_up(self) -> None:
        iterator: AsyncIterator[Happening] | None = self.ann.events()
        taken: Taker | None = Taker(self.ann.events(), most=1)
        del iterator, taken
        self.flood(STREAM_FULL + 10)
        self.assertFalse(self.world.networks["ann"].wires[-1].client.is_paused)

    def test_a_room_that_cannot_be_joined_is_told(self) -> None:
        world = World()
        world.hub.manager.state.limits = type(world.hub.manager.state.limits)(rooms_per_session=2)
        client = world.client("ann", "lobby", "den", "attic")
        (lost,) = Ears(client).of(RoomLost)
        self.assertEqual(lost.room, "attic")
        self.assertEqual(client.joined_rooms, ("lobby", "den"))


class Taker:
    """Take from an iterator all there is, or `most`."""

    def __init__(self, iterator: AsyncIterator[Happening], most: int = 10**9) -> None:
        self.taken: list[Happening] = []
        self.has_ended = False
        Deferred.fromCoroutine(self._take(iterator, most))

    async def _take(self, iterator: AsyncIterator[Happening], most: int) -> None:
        while len(self.taken) < most:
            try:
                self.taken.append(await iterator.__anext__())
            except StopAsyncIteration:
                self.has_ended = True
                return

    def said(self) -> list[Said]:
        return [each for each in self.taken if isinstance(each, Said)]


class ClosingTests(SynchronousTestCase):
    """The end."""

    def setUp(self) -> None:
        self.world = World()
        self.ann = self.world.client("ann", "lobby")

    def test_it_leaves_the_server_and_stays_away(self) -> None:
        bob = self.world.client("bob", "lobby")
        self.world.result(self.ann.close())
        self.world.advance(2)
        self.assertEqual([user.nick for user in self.world.result(bob.who())], ["bob"])

    def test_what_was_said_before_is_still_answered(self) -> None:
        number = self.ann.say("lobby", "bye")
        self.world.result(self.ann.close())
        self.assertEqual(self.successResultOf(number), 1)

    def test_it_may_be_closed_twice_and_by_a_command(self) -> None:
        self.assertEqual(self.world.result(self.ann.request(Quit())), Bye())
        self.world.result(self.ann.close())

    def test_it_takes_less_than_a_second_though_the_server_is_stuck(self) -> None:
        wire = self.world.networks["ann"].wires[-1]
        wire.server.is_paused = True
        closed = self.ann.close()
        self.world.advance(1)
        self.successResultOf(closed)
        self.assertTrue(wire.client.is_lost)

    def test_what_is_never_answered_fails(self) -> None:
        self.world.networks["ann"].wires[-1].server.is_paused = True
        rooms, number = self.ann.rooms(), self.ann.say("lobby", "hi")
        self.ann.close()
        self.world.advance(1)
        self.failureResultOf(rooms, ClientClosed)
        error = self.failureResultOf(number, ClientClosed).value
        self.assertEqual(str(error), "The client was closed. It may have been said.")

    def test_afterwards_nothing_can_be_asked(self) -> None:
        self.world.result(self.ann.close())
        self.failureResultOf(self.ann.rooms(), ClientError)
        self.failureResultOf(self.ann.say("lobby", "hi"), ClientError)


class KeepingAliveTests(SynchronousTestCase):
    """Row E3: a link that is dead without a word."""

    def test_a_silent_server_is_noticed_and_left(self) -> None:
        world = World()
        ann = world.client("ann", "lobby")
        ears = Ears(ann)
        world.networks["ann"].wires[-1].server.is_paused = True
        world.advance(55, step=1)
        self.assertEqual(ears.of(Disconnected)[0].reason, "The server did not answer in time.")

    def test_a_living_one_is_kept_for_hours(self) -> None:
        world = World()
        ears = Ears(world.client("ann", "lobby"))
        world.advance(7200, step=5)
        self.assertEqual(ears.of(Disconnected), [])
