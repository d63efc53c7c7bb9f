"""A client that is too fast waits and sends again: nothing is lost, nothing is out of order."""

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client import ChatClient
from chatsvc.core import commands as c
from chatsvc.core.errors import LineTooLong
from chatsvc.core.limits import DEFAULT_LIMITS, Limits
from chatsvc.core.names import RoomName
from tests.client.network import Ears, World
from tests.client.test_plain import Shell

LOBBY = RoomName("lobby")


class TooFastTests(SynchronousTestCase):
    def world(self, burst: int = 20, per_second: int = 10) -> World:
        return World(limits=Limits(request_burst=burst, requests_per_second=per_second))

    def say_all(self, client: ChatClient, count: int) -> list[int]:
        numbers: list[int] = []
        for number in range(count):
            client.say("lobby", f"line {number}").addCallback(numbers.append)
        return numbers

    def test_what_is_piped_in_arrives_whole_and_in_order(self) -> None:
        world = self.world()
        shell = Shell(world, room="lobby")
        shell.type("".join(f"line {number}\n" for number in range(300)))
        world.advance(40)
        self.assertEqual(shell.end(), 0)
        said = [line.partition("bob: ")[2] for line in shell.output if "line" in line]
        self.assertEqual(said, [f"line {number}" for number in range(300)])
        self.assertEqual(shell.errors.getvalue(), "")

    def test_many_messages_of_a_program_keep_their_order(self) -> None:
        world = self.world()
        client = world.client("bob")
        ears = Ears(client)
        numbers = self.say_all(client, 250)
        world.advance(30)
        self.assertEqual(numbers, list(range(1, 251)))
        said = [said.text for said in ears.said("lobby")]
        self.assertEqual(said, [f"line {n}" for n in range(250)])

    def test_other_requests_keep_their_place(self) -> None:
        world = self.world()
        client = world.client("bob")
        order: list[object] = []
        for number in range(60):
            client.say("lobby", f"line {number}").addCallback(order.append)
            client.request(c.Ping(str(number))).addCallback(lambda pong: order.append(pong.token))
        world.advance(20)
        expected = [each for number in range(60) for each in (number + 1, str(number))]
        self.assertEqual(order, expected)

    def test_a_server_that_is_very_strict_makes_no_message_time_out(self) -> None:
        world = self.world(burst=5, per_second=1)
        client = world.client("bob")
        world.advance(10)
        numbers = self.say_all(client, 80)
        world.advance(100, step=0.5)
        self.assertEqual(numbers, list(range(1, 81)))

    def test_heavy_requests_wait_like_light_ones(self) -> None:
        world = self.world(burst=25, per_second=10)
        client = world.client("bob")
        answers: list[object] = []
        for _ in range(10):
            client.search("lobby", "x").addCallback(answers.append)
        world.settle()
        self.assertLess(len(answers), 10)
        world.advance(30)
        self.assertEqual(len(answers), 10)

    def test_a_lost_connection_while_waiting_loses_and_doubles_nothing(self) -> None:
        world = self.world()
        client = world.client("bob")
        ears = Ears(client)
        numbers = self.say_all(client, 60)
        world.settle()
        world.cut("bob")
        world.advance(20)
        self.assertEqual(sorted(numbers), list(range(1, 61)))
        said = [said.text for said in ears.said("lobby")]
        self.assertEqual(said, [f"line {n}" for n in range(60)])

    def test_coming_back_to_more_rooms_than_the_burst_succeeds(self) -> None:
        world = self.world(burst=10, per_second=10)
        rooms = [f"room{number}" for number in range(15)]
        connecting = world.connecting("bob", rooms=rooms)
        world.advance(20)
        client = self.successResultOf(connecting)
        world.cut("bob")
        world.advance(20)
        self.assertTrue(client.is_connected)
        self.assertEqual(set(rooms) - set(client.joined_rooms), set())


class LongLineTests(SynchronousTestCase):
    def test_a_request_that_just_fits_is_sent_and_one_byte_more_is_a_clear_error(self) -> None:
        world = World()
        client = world.client("bob")
        fits = DEFAULT_LIMITS.line_bytes - len("/send lobby ")
        self.assertEqual(world.result(client.say("lobby", "x" * fits)), 1)
        failure = self.failureResultOf(client.say("lobby", "x" * (fits + 1)), LineTooLong)
        self.assertIn("1 byte too long", failure.value.sentence)
        self.assertEqual(world.result(client.say("lobby", "y")), 2)
