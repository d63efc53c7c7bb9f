"""The client in a pipe: lines in, lines out, and an exit status."""

import io
import os
import re
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.plain import MENU, SAYS_UNDER_WAY, PlainChat, PlainSettings, understand
from chatsvc.client.standard import LINES_WAITING, ErrorLines, StandardStreams, write_problem
from chatsvc.core import commands as c
from chatsvc.core.errors import LineTooLong, UnknownCommand
from chatsvc.core.names import Nick, RoomName
from chatsvc.wire.framing import TooLong
from tests.client.network import World

LOBBY = RoomName("lobby")


class Pipe:
    """The transport of standard streams."""

    def __init__(self) -> None:
        self.written = bytearray()
        self.is_paused = False
        self.producer: Any = None
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.written += data

    def registerProducer(self, producer: object, streaming: bool) -> None:
        self.producer = producer

    def unregisterProducer(self) -> None:
        self.producer = None

    def pauseProducing(self) -> None:
        self.is_paused = True

    def resumeProducing(self) -> None:
        self.is_paused = False

    def loseConnection(self) -> None:
        self.is_closed = True


class Shell:
    """Runs the plain client in a world, with pipes."""

    def __init__(
        self, world: World, nick: str = "bob", is_script: bool = True, room: str | None = None
    ) -> None:
        self.world = world
        self.client = world.client(nick, *([room] if room else []))
        self.pipe, self.streams = Pipe(), StandardStreams()
        self.streams.makeConnection(self.pipe)  # type: ignore[arg-type]
        self.errors = io.StringIO()
        errors = ErrorLines(self.streams, self.errors, is_shared=False)
        settings = PlainSettings(is_script, RoomName(room) if room else None)
        chat = PlainChat(self.client, self.streams, errors, world.clock, settings)
        self.status: Deferred[int] = Deferred.fromCoroutine(chat.run())
        world.settle()

    def type(self, text: str) -> None:
        self.streams.dataReceived(text.encode())
        self.world.settle()

    def end(self) -> int:
        self.streams.readConnectionLost()
        self.world.settle()
        status: int = self.world.result(self.status)
        return status

    def run(self, script: str) -> int:
        self.type(script)
        return self.end()

    @property
    def output(self) -> list[str]:
        """What was written, times as HH:MM."""
        text = self.pipe.written.decode()
        return [
            re.sub(r"(\d{4}-\d\d-\d\d )?\d\d:\d\d", "HH:MM", each) for each in text.splitlines()
        ]


class UnderstandingTests(SynchronousTestCase):
    """Rows D8 and E11: what a line of input means."""

    def test_the_words_of_the_line_protocol_and_of_older_clients(self) -> None:
        for line, command in [
            ("join den", c.JoinRoom(RoomName("den"))),
            ("/join den", c.JoinRoom(RoomName("den"))),
            ("send lobby hi  all", c.Say(LOBBY, "hi  all")),
            ("leave_chatroom lobby", c.LeaveRoom(LOBBY)),
            ("disconnect", c.Quit()),
            ("@ann psst you", c.Tell(Nick("ann"), "psst you")),
        ]:
            self.assertEqual(understand(line.encode(), None), command)

    def test_plain_lines_are_said_where_one_talks(self) -> None:
        for line, command in [
            ("join den", c.Say(LOBBY, "join den")),
            ("/join den", c.JoinRoom(RoomName("den"))),
            ("//join", c.Say(LOBBY, "/join")),
            ("@ann psst", c.Tell(Nick("ann"), "psst")),
            ("hi @ann", c.Say(LOBBY, "hi @ann")),
        ]:
            self.assertEqual(understand(line.encode(), LOBBY), command)

    def test_blank_lines_mean_nothing(self) -> None:
        for talk in (None, LOBBY):
            self.assertIsNone(understand(b" \t ", talk))

    def test_what_makes_no_sense_is_refused(self) -> None:
        self.assertRaises(UnknownCommand, understand, b"foo", None)
        self.assertRaises(LineTooLong, understand, TooLong.LINE, None)


class ScriptTests(SynchronousTestCase):
    """Rows B5 and D9: input that comes from a program."""

    def setUp(self) -> None:
        self.world = World()

    def test_everything_is_answered_before_it_ends(self) -> None:
        shell = Shell(self.world)
        self.assertEqual(shell.run("send lobby hi\nhistory lobby 5\n"), 0)
        self.assertEqual(
            shell.output,
            [
                "Connected to memory as bob.",
                "[lobby] You joined.",
                "[lobby 1] HH:MM bob: hi",
                "[lobby 1] HH:MM bob: hi",
            ],
        )
        self.assertEqual(shell.errors.getvalue(), "")
        self.assertEqual(list(self.world.wires()), [])

    def test_the_last_line_needs_no_end(self) -> None:
        shell = Shell(self.world)
        self.assertEqual(shell.run("send lobby hi"), 0)
        self.assertIn("[lobby 1] HH:MM bob: hi", shell.output)

    def test_a_refusal_goes_to_the_error_output_and_into_the_exit_status(self) -> None:
        shell = Shell(self.world)
        self.assertEqual(shell.run("send den hi\nfoo\nsend lobby on\n"), 1)
        self.assertEqual(
            shell.errors.getvalue().splitlines(),
            [
                'There is no room called "den".',
                'There is no command "foo"; help lists what there is.',
            ],
        )
        self.assertIn("[lobby 1] HH:MM bob: on", shell.output)

    def test_disconnect_ends_it_before_the_input_does(self) -> None:
        shell = Shell(self.world)
        shell.type("send lobby a\ndisconnect\nsend lobby b\n")
        self.assertEqual(self.world.result(shell.status), 0)
        self.assertEqual([line for line in shell.output if ": b" in line], [])

    def test_many_messages_are_under_way_at_once_and_stay_in_order(self) -> None:
        shell = Shell(self.world, room="lobby")
        self.world.log.hold()
        shell.type("".join(f"line {number}\n" for number in range(500)))
        self.assertTrue(shell.pipe.is_paused)
        self.assertEqual(self.world.log.held, 1)
        self.world.log.release()
        self.assertEqual(shell.end(), 0)
        said = [line for line in shell.output if "line" in line]
        expected = [f"[lobby {n + 1}] HH:MM bob: line {n}" for n in range(500)]
        self.assertEqual(said, expected)
        self.assertFalse(shell.pipe.is_paused)
        self.assertGreater(SAYS_UNDER_WAY + LINES_WAITING, 64)

    def test_what_shows_as_an_event_is_not_shown_as_an_answer_too(self) -> None:
        shell = Shell(self.world)
        shell.run("nick bib\nnick bib\ntopic lobby hey\ntopic lobby\n")
        self.assertEqual(
            shell.output[2:],
            [
                "You are bib now.",
                "You are bib now.",
                "[lobby] The topic is: hey (set by bib)",
                "[lobby] The topic is: hey (set by bib, HH:MM)",
            ],
        )

    def test_every_room_given_at_the_start_is_told_of_once(self) -> None:
        for room in ("den", "lobby"):
            shell = Shell(self.world, nick=f"in_{room}", room=room)
            self.assertEqual(shell.output.count(f"[{room}] You joined."), 1)
            self.assertEqual(shell.output.count("[lobby] You joined."), 1)

    def test_and_before_anything_that_happens_there(self) -> None:
        ann = self.world.client("ann", "den")
        self.world.result(ann.request(c.SetWelcome(RoomName("den"), "Welcome!")))
        shell = Shell(self.world, room="den")
        self.assertEqual(
            [line for line in shell.output if "[den]" in line],
            ["[den] You joined.", "[den] Welcome!"],
        )

    def test_when_it_is_closed_the_lines_that_wait_are_dropped(self) -> None:
        shell = Shell(self.world)
        self.world.log.hold()
        shell.streams.dataReceived(b"topic lobby x\n" + b"send lobby hi\n" * 50)
        self.world.settle()
        shell.client.close()
        self.world.advance(2)
        shell.streams.dataReceived(b"send lobby late\n")
        self.assertEqual(self.world.result(shell.status), 1)
        self.assertEqual(shell.errors.getvalue(), "The client was closed before the answer came.\n")

    def test_of_many_messages_that_were_under_way_then_it_says_so_once(self) -> None:
        shell = Shell(self.world)
        self.world.log.hold()
        shell.type("send lobby hi\n" * 50)
        shell.client.close()
        self.world.advance(2)
        self.assertEqual(self.world.result(shell.status), 1)
        self.assertEqual(shell.errors.getvalue(), "The client was closed. It may have been said.\n")

    def test_with_a_room_lines_are_said_there(self) -> None:
        shell = Shell(self.world, room="den")
        self.assertEqual(shell.run("hello\n/who den\n"), 0)
        self.assertIn("[den 1] HH:MM bob: hello", shell.output)
        self.assertTrue(shell.output[-1].startswith("bob   online"))

    def test_talk_begins_and_ends_that(self) -> None:
        shell = Shell(self.world)
        self.assertEqual(shell.run("talk lobby\nlist\n/talk\nping x\n"), 0)
        self.assertIn("[lobby 1] HH:MM bob: list", shell.output)
        self.assertIn("Lines are commands again.", shell.output)
        self.assertEqual(shell.output[-1], "The server is there. x")

    def test_talk_needs_a_room_one_is_in(self) -> None:
        shell = Shell(self.world)
        self.assertEqual(shell.run("talk den\n"), 1)
        self.assertEqual(shell.errors.getvalue(), 'You are not in "den"; join it first.\n')

    def test_a_message_survives_a_cut_in_the_middle(self) -> None:
        shell = Shell(self.world)
        shell.streams.dataReceived(b"send lobby hi\n")
        self.world.cut("bob")
        self.world.advance(1)
        self.assertEqual(shell.end(), 0)
        self.assertEqual(shell.output.count("[lobby 1] HH:MM bob: hi"), 1)


class ListeningTests(SynchronousTestCase):
    """Row D9: what comes in prints by itself."""

    def setUp(self) -> None:
        self.world = World()
        self.ann = self.world.client("ann", "lobby")

    def test_as_it_comes_without_any_input(self) -> None:
        shell = Shell(self.world)
        self.world.result(self.ann.say("lobby", "hi all"))
        self.world.result(self.ann.tell("bob", "psst"))
        self.assertEqual(
            shell.output[-2:], ["[lobby 1] HH:MM ann: hi all", "HH:MM ann tells you: psst"]
        )

    def test_no_faster_than_it_is_read(self) -> None:
        shell = Shell(self.world)
        shell.pipe.producer.pauseProducing()
        before = len(shell.output)
        for number in range(10):
            self.world.result(self.ann.say("lobby", str(number)))
        self.assertLessEqual(len(shell.output), before + 1)
        shell.pipe.producer.resumeProducing()
        self.assertEqual(len(shell.output), before + 10)

    def test_when_nobody_reads_it_any_more_it_ends_quietly(self) -> None:
        shell = Shell(self.world)
        shell.streams.writeConnectionLost()
        self.assertEqual(self.world.result(shell.status), 0)
        self.assertEqual(shell.errors.getvalue(), "")

    def test_somebody_who_types_sees_what_one_can_do_and_may_be_refused(self) -> None:
        shell = Shell(self.world, is_script=False)
        self.assertEqual(shell.output[-len(MENU) :], list(MENU))
        self.assertEqual(shell.run("foo\n"), 0)

    def test_a_lost_connection_is_told_and_comes_back(self) -> None:
        shell = Shell(self.world)
        self.world.cut("bob")
        self.world.result(self.ann.say("lobby", "missed?"))
        self.world.advance(1)
        self.assertIn("The connection was lost.", shell.errors.getvalue())
        self.assertEqual(shell.output[-1], "[lobby] You missed 1 message.")
        self.assertEqual(shell.output[-2], "[lobby 1] HH:MM ann: missed?")


class LostOutputTests(SynchronousTestCase):
    """Why an output cannot be written."""

    def test_a_reader_that_left_is_no_problem(self) -> None:
        read, write = os.pipe()
        self.addCleanup(os.close, write)
        os.close(read)
        self.assertEqual(write_problem(write), "")

    def test_everything_else_is_one(self) -> None:
        descriptor = os.open("/dev/full", os.O_WRONLY)
        self.addCleanup(os.close, descriptor)
        self.assertEqual(write_problem(descriptor), "No space left on device.")

    def test_it_is_asked_for_when_the_output_is_lost(self) -> None:
        for lose in (
            lambda streams: streams.writeConnectionLost(),
            lambda streams: streams.connectionLost(Failure(ConnectionLost())),
        ):
            streams = StandardStreams(lambda: "Disk on fire.")
            lose(streams)
            self.successResultOf(streams.output_closed)
            self.assertEqual(streams.output_problem, "Disk on fire.")

    def test_but_not_when_it_is_closed_by_us(self) -> None:
        streams = StandardStreams(lambda: "Disk on fire.")
        streams.connectionLost()
        self.successResultOf(streams.output_closed)
        self.assertEqual(streams.output_problem, "")


class ErrorLinesTests(SynchronousTestCase):
    """Where refusals go."""

    def test_into_the_output_if_both_are_the_same(self) -> None:
        pipe, streams = Pipe(), StandardStreams()
        streams.makeConnection(pipe)  # type: ignore[arg-type]
        ErrorLines(streams, io.StringIO(), is_shared=True).write("No.")
        self.assertEqual(bytes(pipe.written), b"No.\n")

    def test_a_closed_error_output_is_no_error(self) -> None:
        closed = io.StringIO()
        closed.close()
        for errors in (closed, None):
            ErrorLines(StandardStreams(), errors, is_shared=False).write("No.")
