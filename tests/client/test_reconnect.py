"""Lost connections: nothing is lost, nothing comes twice, and one is oneself again."""

import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client import (
    CaughtUp,
    ChatClient,
    ClientClosed,
    Connected,
    ConnectionInterrupted,
    Disconnected,
    NickChanged,
    RoomReplaced,
    connect,
)
from chatsvc.client.link import LONGEST_WAIT
from chatsvc.core.commands import CreateRoom, ListRooms, SetAway, SetTopic, SetWelcome
from chatsvc.core.errors import NotAllowed, NotAMember, Refusal, TooMany
from chatsvc.core.events import Joined
from chatsvc.core.names import RoomName
from chatsvc.ports import LogError
from chatsvc.wire.answer import encode_greeting, encode_refusal
from tests.client.network import Ears, Network, World


class Refuser:
    """A server that greets and then lets nobody in."""

    def __init__(self, refusal: Refusal, is_early: bool = False) -> None:
        self.refusal = refusal
        self.is_early = is_early

    def makeConnection(self, transport: Any) -> None:
        self.transport = transport
        transport.write(encode_refusal(self.refusal) if self.is_early else b"")
        transport.write(encode_greeting("refuser"))

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(encode_refusal(self.refusal) * data.count(b"\n"))

    def connectionLost(self, reason: object) -> None:
        pass


class CuttingTests(SynchronousTestCase):
    """Row E3: cut the link under load, 100 times."""

    def run_with_cuts(self, seed: int, cuts: int) -> None:
        chance = random.Random(seed)
        world = World()
        writer = world.client("writer")
        world.result(writer.request(CreateRoom(RoomName("kept"))))
        world.result(writer.join("kept"))
        reader = world.client("reader", "lobby", "kept")
        ears = Ears(reader)
        answers: list[Deferred[int]] = []
        for turn in range(cuts):
            if chance.random() < 0.3:
                world.log.hold()
            for number in range(chance.randrange(8)):
                speaker = chance.choice([reader, writer])
                room = chance.choice(["lobby", "kept"])
                answers.append(speaker.say(room, f"{speaker.nick} {turn} {number}"))
            for _ in range(chance.randrange(4)):
                world.clock.advance(0)
                for wire in list(world.wires()):
                    wire.carry(chance.randrange(1, 200))
            for nick in chance.choice([["reader"], ["writer"], ["reader", "writer"]]):
                if chance.random() < 0.3:
                    old = world.cut_unnoticed(nick, chance.randrange(300))
                    world.clock.callLater(0.3, old.server.lose, ConnectionLost())
                else:
                    world.cut(nick, chance.randrange(300))
            world.log.release()
            world.clock.advance(chance.choice([0, 0.1, 0.2]))
            if chance.random() < 0.5:
                world.settle()
        world.advance(12)
        for room in ("lobby", "kept"):
            kept = world.result(writer.history(room, 1000))
            self.assertEqual(ears.numbers(room), list(range(1, len(kept) + 1)))
            self.assertEqual(ears.said(room), list(kept))
        texts = [said.text for room in ("lobby", "kept") for said in ears.said(room)]
        self.assertEqual(len(texts), len(set(texts)))
        self.assertEqual(len(texts), len(answers))
        for answer in answers:
            self.assertGreater(self.successResultOf(answer), 0)

    def test_a_hundred_cuts_under_load_lose_nothing_and_double_nothing(self) -> None:
        self.run_with_cuts(seed=1, cuts=100)

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(min_value=0, max_value=2**32))
    def test_cuts_anywhere(self, seed: int) -> None:
        self.run_with_cuts(seed, cuts=12)


class ReunionTests(SynchronousTestCase):
    """What a client does when it is connected again."""

    def setUp(self) -> None:
        self.world = World()
        self.other = self.world.client("other", "lobby")

    def test_it_gets_what_it_missed_and_says_how_much(self) -> None:
        ann = self.world.client("ann", "lobby")
        ears = Ears(ann)
        self.world.cut("ann")
        for text in ("one", "two"):
            self.world.result(self.other.say("lobby", text))
        self.assertEqual(ears.numbers("lobby"), [])
        self.world.advance(1)
        self.assertEqual([said.text for said in ears.said("lobby")], ["one", "two"])
        self.assertEqual(ears.of(CaughtUp), [CaughtUp(RoomName("lobby"), 2)])

    def test_it_tells_why_there_is_no_connection_and_when_it_tries_again(self) -> None:
        ears = Ears(self.world.client("ann"))
        self.world.network("ann").is_down = True
        self.world.cut("ann")
        self.world.advance(0.15)
        lost, *failed = ears.of(Disconnected)
        self.assertEqual(lost, Disconnected("The connection was lost.", 0.1))
        self.assertEqual(failed[0], Disconnected("Connection was refused by other side.", 0.1))

    def test_everything_it_asks_to_come_back_goes_out_in_one_write(self) -> None:
        self.world.client("ann", "lobby", "den")
        self.world.cut("ann")
        self.world.advance(0.1)
        wire = self.world.network("ann").wires[-1]
        wire.carry()
        self.world.clock.advance(0)
        wire.carry()
        requests = bytes(wire.client.written).decode().split("\n")
        self.assertEqual(
            requests[:5],
            ["/nick ann", "/info lobby", "/join lobby since 0", "/info den", "/join den since 0"],
        )

    def test_a_message_whose_answer_was_lost_is_said_once_and_keeps_its_number(self) -> None:
        ann = self.world.client("ann", "lobby")
        ears = Ears(ann)
        number = ann.say("lobby", "once")
        self.world.networks["ann"].wires[-1].carry()
        self.world.clock.advance(0)
        self.world.cut("ann")
        self.assertNoResult(number)
        self.world.advance(1)
        self.assertEqual(self.successResultOf(number), 1)
        self.assertEqual(len(self.world.result(self.other.history("lobby"))), 1)
        self.assertEqual(ears.numbers("lobby"), [1])

    def test_what_is_said_without_a_connection_is_sent_with_the_next_one(self) -> None:
        ann = self.world.client("ann", "lobby")
        self.world.cut("ann")
        numbers = [ann.say("lobby", text) for text in ("a", "b")]
        self.world.advance(1)
        self.assertEqual([self.successResultOf(each) for each in numbers], [1, 2])

    def test_a_message_is_given_up_after_a_minute(self) -> None:
        ann = self.world.client("ann", "lobby")
        self.world.network("ann").is_down = True
        self.world.cut("ann")
        number = ann.say("lobby", "hello?")
        self.world.advance(61, step=1)
        error = self.failureResultOf(number, ConnectionInterrupted).value
        self.assertEqual(str(error), "It could not be sent in 60 s.")

    def test_what_was_sent_before_may_have_been_said(self) -> None:
        ann = self.world.client("ann", "lobby")
        number = ann.say("lobby", "hello?")
        self.world.network("ann").is_down = True
        self.world.cut("ann")
        self.world.advance(61, step=1)
        error = self.failureResultOf(number, ConnectionInterrupted).value
        self.assertEqual(str(error), "No answer in 60 s. It may have been said.")

    def test_a_text_too_long_for_an_id_is_not_repeated(self) -> None:
        ann = self.world.client("ann", "lobby")
        number = ann.say("lobby", "x" * 4080)
        self.world.cut("ann")
        error = self.failureResultOf(number, ConnectionInterrupted).value
        self.assertEqual(str(error), "The connection was lost. It may have been said.")

    def test_but_said_without_a_connection_it_waits_for_the_next_one(self) -> None:
        ann = self.world.client("ann", "lobby")
        self.world.cut("ann")
        number = ann.say("lobby", "x" * 4080)
        self.world.advance(1)
        self.assertEqual(self.successResultOf(number), 1)

    def test_other_requests_fail_when_the_connection_goes(self) -> None:
        ann = self.world.client("ann")
        pending = ann.rooms()
        self.world.cut("ann")
        self.failureResultOf(pending, ConnectionInterrupted)
        self.failureResultOf(ann.request(ListRooms()), ConnectionInterrupted)
        self.assertFalse(ann.is_connected)
        self.world.advance(1)
        self.assertTrue(ann.is_connected)
        self.world.result(ann.rooms())

    def test_it_waits_for_its_nick_while_the_server_holds_the_old_connection(self) -> None:
        ann = self.world.client("ann", "lobby")
        ears = Ears(ann)
        ears.heard.clear()
        old = self.world.cut_unnoticed("ann")
        self.world.advance(3)
        self.assertFalse(ann.is_connected)
        old.server.lose(ConnectionLost())
        self.world.advance(2)
        self.assertEqual(ears.of(Connected), [Connected("memory", "ann")])
        self.assertEqual(ears.of(NickChanged), [])
        self.assertEqual(ann.joined_rooms, ("lobby",))

    def test_it_takes_another_nick_when_its_own_stays_taken_and_the_old_one_back_later(
        self,
    ) -> None:
        ann = self.world.client("ann", "lobby")
        ears = Ears(ann)
        self.world.network("ann").is_down = True
        self.world.cut("ann")
        thief = self.result_of_thief()
        self.world.network("ann").is_down = False
        self.world.advance(15)
        self.assertEqual(ears.of(NickChanged), [NickChanged("ann", "ann2", '"ann" is taken.')])
        self.assertEqual(ann.nick, "ann2")
        self.world.result(thief.close())
        self.world.cut("ann")
        self.world.advance(1)
        self.assertEqual(ann.nick, "ann")

    def result_of_thief(self) -> ChatClient:
        self.world.networks["thief"] = Network(self.world.network("other").serve)
        return self.world.result(
            connect(self.world.networks["thief"], "ann", reactor=self.world.clock)  # type: ignore
        )

    def test_a_message_sent_under_the_old_nick_is_not_said_again_under_the_new_one(self) -> None:
        ann = self.world.client("ann", "lobby")
        number = ann.say("lobby", "who am I")
        self.world.network("ann").is_down = True
        self.world.cut("ann")
        self.result_of_thief()
        self.world.network("ann").is_down = False
        self.world.advance(15)
        self.failureResultOf(number, ConnectionInterrupted)

    def test_a_room_that_vanished_meanwhile_is_a_new_one(self) -> None:
        ann = self.world.client("ann", "den")
        ears = Ears(ann)
        self.world.result(ann.say("den", "first life"))
        self.world.cut("ann")
        self.world.clock.advance(0.01)
        self.world.result(self.other.join("den"))
        for text in ("second", "life"):
            self.world.result(self.other.say("den", text))
        self.world.advance(1)
        self.assertEqual(ears.of(RoomReplaced), [RoomReplaced(RoomName("den"))])
        self.assertEqual(
            [(said.number, said.text) for said in ears.said("den")],
            [(1, "first life"), (1, "second"), (2, "life")],
        )
        self.assertEqual(ears.of(CaughtUp)[-1], CaughtUp(RoomName("den"), 2))

    def test_a_room_that_only_this_client_was_in_is_made_again(self) -> None:
        ann = self.world.client("ann", "den")
        ears = Ears(ann)
        self.world.result(ann.say("den", "first life"))
        self.world.cut("ann")
        self.world.advance(1)
        self.assertEqual(ears.of(RoomReplaced), [RoomReplaced(RoomName("den"))])
        self.assertEqual(self.world.result(ann.say("den", "anew")), 1)
        self.assertEqual(ears.numbers("den"), [1, 1])

    def test_it_leaves_the_lobby_again_if_it_had_left_it(self) -> None:
        ann = self.world.client("ann", "lobby", "den")
        self.world.result(ann.leave("lobby"))
        ears = Ears(ann)
        ears.heard.clear()
        self.world.cut("ann")
        self.world.advance(1)
        self.assertEqual(ann.joined_rooms, ("den",))
        self.assertEqual([each.nick for each in ears.of(Joined)], [])
        self.failureResultOf(self.settled(ann.say("lobby", "x")), NotAMember)

    def test_nothing_of_a_room_it_had_left_is_told_after_a_restart_of_the_server(self) -> None:
        self.world.result(self.other.request(SetTopic(RoomName("lobby"), "All are here")))
        self.world.result(self.other.request(SetWelcome(RoomName("lobby"), "Welcome!")))
        ann = self.world.client("ann", "den")
        self.world.result(ann.leave("lobby"))
        ears = Ears(ann)
        ears.heard.clear()
        stopped = self.world.hub.stopService()
        self.world.advance(1)
        self.successResultOf(stopped)
        self.world.start()
        for _ in range(30):
            self.other.say("lobby", "still here")
            self.world.clock.advance(0.1)
            for wire in list(self.world.wires()):
                wire.carry()
        self.world.settle()
        self.assertTrue(ann.is_connected)
        self.assertEqual([each for each in ears.heard if getattr(each, "room", "") == "lobby"], [])
        self.assertEqual(ann.joined_rooms, ("den",))

    def test_it_hears_of_the_room_again_once_it_is_back_there(self) -> None:
        ann = self.world.client("ann", "den")
        self.world.result(ann.leave("lobby"))
        self.world.cut("ann")
        self.world.advance(1)
        self.world.result(ann.join("lobby"))
        ears = Ears(ann)
        number = self.world.result(self.other.say("lobby", "hello again"))
        self.assertEqual(ears.numbers("lobby"), [number])

    def settled(self, deferred: Deferred[int]) -> Deferred[int]:
        self.world.settle()
        return deferred

    def test_who_was_away_is_away_again(self) -> None:
        ann = self.world.client("ann", "lobby")
        self.world.result(ann.request(SetAway("tea")))
        self.world.cut("ann")
        self.world.advance(1)
        away = {user.nick: user.away for user in self.world.result(self.other.who())}
        self.assertEqual(away, {"ann": "tea", "other": None})

    def test_it_lives_through_a_restart_of_the_server(self) -> None:
        ann = self.world.client("ann", "lobby")
        ears = Ears(ann)
        self.world.result(ann.say("lobby", "before"))
        stopped = self.world.hub.stopService()
        self.world.advance(1)
        self.successResultOf(stopped)
        number = ann.say("lobby", "between")
        self.world.start()
        self.world.advance(2)
        self.assertEqual(self.successResultOf(number), 2)
        self.assertEqual(ears.numbers("lobby"), [1, 2])
        self.assertIn("The server ended the connection", ears.of(Disconnected)[0].reason)

    def test_after_having_been_slow_it_reads_up_to_the_head(self) -> None:
        ann = self.world.client("ann", "lobby")
        ears = Ears(ann)
        self.world.networks["ann"].wires[-1].client.is_paused = True
        for text in ("one", "two"):
            self.world.result(self.other.say("lobby", text))
        self.world.networks["ann"].wires[-1].server.sent.clear()
        self.world.networks["ann"].wires[-1].client.is_paused = False
        self.world.networks["ann"].wires[-1].server.write(b"* resumed lobby 2 2\n")
        self.world.settle()
        self.assertEqual(ears.numbers("lobby"), [1, 2])

    def test_a_history_that_cannot_be_read_now_is_read_with_the_next_message(self) -> None:
        ann = self.world.client("ann", "lobby")
        ears = Ears(ann)
        self.world.log.fail_reads(LogError("No."))
        wire = self.world.networks["ann"].wires[-1]
        wire.client.is_paused = True
        self.world.result(self.other.say("lobby", "one"))
        wire.server.sent.clear()
        wire.client.is_paused = False
        self.world.result(self.other.say("lobby", "two"))
        self.assertEqual(ears.numbers("lobby"), [])
        self.world.log.fail_reads(None)
        self.world.result(self.other.say("lobby", "three"))
        self.assertEqual(ears.numbers("lobby"), [1, 2, 3])

    def test_a_server_that_will_not_have_it_back_says_why(self) -> None:
        ann = self.world.client("ann", "lobby")
        ears = Ears(ann)
        self.world.networks["ann"].serve = lambda: Refuser(NotAllowed("Not today."))
        self.world.cut("ann")
        self.world.advance(0.3)
        self.assertEqual(ears.of(Disconnected)[1].reason, "Not today.")

    def assert_waits(self, seconds: float, refuser: Refuser) -> None:
        """Turn a client away that has something to say, and see when it comes back."""
        ann = self.world.client("ann", "lobby")
        ears = Ears(ann)
        network = self.world.networks["ann"]
        serve, network.serve = network.serve, lambda: refuser
        self.world.cut("ann")
        number = ann.say("lobby", "patience")
        self.world.advance(0.3)
        network.serve = serve
        self.assertEqual([each.retry_in for each in ears.of(Disconnected)], [0.1, seconds])
        self.world.clock.advance(seconds - 1)
        self.world.settle()
        self.assertFalse(ann.is_connected)
        self.world.advance(1)
        self.assertEqual(self.successResultOf(number), 1)
        self.world.cut("ann")
        self.world.settle()
        self.assertEqual(ears.of(Disconnected)[-1].retry_in, 0.1)

    def test_it_comes_back_when_the_server_said(self) -> None:
        self.assert_waits(60, Refuser(TooMany("Wait 60 seconds, then connect again.")))

    def test_it_comes_back_when_a_server_said_that_did_not_wait_for_its_nick(self) -> None:
        self.assert_waits(60, Refuser(TooMany("Wait 60 seconds."), is_early=True))

    def test_a_server_cannot_make_it_wait_for_ever(self) -> None:
        self.assert_waits(LONGEST_WAIT, Refuser(TooMany("Wait 999999999 seconds.")))

    def test_closing_while_there_is_no_connection_gives_up_what_was_said(self) -> None:
        ann = self.world.client("ann", "lobby")
        self.world.network("ann").is_down = True
        self.world.cut("ann")
        number = ann.say("lobby", "too late")
        self.world.result(ann.close())
        error = self.failureResultOf(number, ClientClosed).value
        self.assertEqual(str(error), "The client was closed.")
