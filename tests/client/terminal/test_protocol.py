"""The terminal as a person sees it: what is typed, what comes in, and every way to end."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase

from chatsvc.client.happenings import ClientClosed, Connected, Disconnected, NickChanged
from chatsvc.client.terminal.conversation import CHAT_ENDS_WITHIN
from chatsvc.client.terminal.graphemes import columns
from chatsvc.client.terminal.manual import help_lines, menu_lines
from chatsvc.client.terminal.paint import ENTER_SCREEN, LEAVE_SCREEN
from chatsvc.client.terminal.protocol import PASTE_WITHIN, TerminalOptions
from chatsvc.core import commands as c
from chatsvc.core import replies as r
from chatsvc.core.errors import NotAMember
from chatsvc.core.events import Joined, Said, Told
from chatsvc.core.limits import DEFAULT_LIMITS
from chatsvc.core.names import Nick, RoomName
from tests.client.terminal.fake_chat import TEN_O_CLOCK, Terminal, said

LOBBY, DEV = RoomName("lobby"), RoomName("dev")
ANN = Nick("ann")
UP, DOWN, LEFT, PAGE_UP, PAGE_DOWN = "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[5~", "\x1b[6~"
CTRL_C, CTRL_D, CTRL_L, CTRL_N, CTRL_Z = "\x03", "\x04", "\x0c", "\x0e", "\x1a"


def in_lobby(width: int = 60, height: int = 12, colour: bool = True) -> Terminal:
    terminal = Terminal(width, height, TerminalOptions(colour=colour))
    terminal.connect()
    terminal.tell(Joined(LOBBY, ANN))
    return terminal


class TypingTests(TestCase):
    """What is typed stays where it is, and goes where it should."""

    def test_half_line_survives(self) -> None:
        """A message that comes in does not disturb the line being typed (row B8)."""
        terminal = in_lobby()
        terminal.type("half a li")
        seen = terminal.tell(said("lobby", 1, "bob", "hello ann"))
        self.assertEqual("lobby> half a li", seen[-1])
        self.assertIn("bob: hello ann", seen[-3])
        self.assertEqual((16, 11), (terminal.screen.cursor.x, terminal.screen.cursor.y))

    def test_enter_says(self) -> None:
        """Enter says the line in the current room and empties it."""
        terminal = in_lobby()
        seen = terminal.type("grüße, 漢字\r")
        self.assertEqual([("lobby", "grüße, 漢字")], terminal.chat.said)
        self.assertEqual("lobby>", seen[-1])

    def test_split_utf8(self) -> None:
        """A character whose bytes come one by one is one character."""
        terminal = in_lobby()
        for byte in "漢".encode():
            terminal.line.dataReceived(bytes([byte]))
        terminal.look()
        self.assertEqual("漢", terminal.screen.display[-1][7])
        self.assertEqual(9, terminal.screen.cursor.x)

    def test_paste(self) -> None:
        """Pasted lines are not sent before Enter, and then one by one."""
        terminal = in_lobby()
        seen = terminal.type("\x1b[200~one\r\ntwo\x1b[201~")
        self.assertEqual(([], "lobby> one⏎two"), (terminal.chat.said, seen[-1]))
        terminal.type("\r")
        self.assertEqual([("lobby", "one"), ("lobby", "two")], terminal.chat.said)

    def test_a_bad_line_stops_a_paste(self) -> None:
        """What follows a line that cannot be sent comes back to be edited."""
        terminal = in_lobby()
        seen = terminal.type("\x1b[200~one\n/nonsense\nthree\x1b[201~\r")
        self.assertEqual([("lobby", "one")], terminal.chat.said)
        self.assertEqual("lobby> /nonsense⏎three", seen[-1])
        self.assertIn("/nonsense", seen[-3])

    def test_too_long(self) -> None:
        """A line that does not fit the protocol is not sent; the reason is said."""
        terminal = in_lobby(width=100)
        seen = terminal.type("x" * DEFAULT_LIMITS.line_bytes + "\r")
        self.assertEqual([], terminal.chat.said)
        self.assertIn("bytes too long", seen[-3])
        self.assertTrue(seen[-1].endswith("xxx"))

    def test_history(self) -> None:
        """Up brings the last line back, Down the draft."""
        terminal = in_lobby()
        terminal.type("first\r")
        terminal.type("draft")
        self.assertEqual("lobby> first", terminal.type(UP)[-1])
        self.assertEqual("lobby> draft", terminal.type(DOWN)[-1])

    def test_completion(self) -> None:
        """Tab goes through the nicks of the room, who spoke last first."""
        terminal = in_lobby()
        terminal.tell(said("lobby", 1, "bob", "x"), said("lobby", 2, "bert", "y"))
        self.assertEqual("lobby> bert:", terminal.type("b\t")[-1])
        self.assertEqual("lobby> bob:", terminal.type("\t")[-1])
        self.assertEqual("lobby> bert:", terminal.type("\x1b[Z")[-1])

    def test_what_is_to_be_noticed_stands_on_the_first_screen(self) -> None:
        terminal = Terminal(options=TerminalOptions(notices=("The server is new here.",)))
        self.assertIn("The server is new here.", "\n".join(terminal.look()))

    def test_completion_off(self) -> None:
        """Completion can be switched off."""
        terminal = Terminal(options=TerminalOptions(completion=False))
        self.assertEqual("> /jo", terminal.type("/jo\t")[-1])

    def test_lone_escape(self) -> None:
        """After Escape and a moment, letters are letters."""
        terminal = in_lobby()
        terminal.type("\x1b")
        terminal.clock.advance(1)
        self.assertEqual("lobby> hi", terminal.type("hi")[-1])

    def test_unfinished_sequence(self) -> None:
        """After Alt+[ and a moment, letters are letters."""
        terminal = in_lobby()
        terminal.type("\x1b[")
        terminal.clock.advance(1)
        self.assertEqual("lobby> A", terminal.type("A")[-1])

    def test_unfinished_paste(self) -> None:
        """A paste that does not go on is over, and the keyboard works again."""
        terminal = in_lobby()
        self.assertEqual("lobby>", terminal.type("\x1b[200~half a paste")[-1])
        terminal.clock.advance(PASTE_WITHIN)
        self.assertEqual("lobby> half a paste", terminal.look()[-1])
        terminal.type(CTRL_C)
        self.assertTrue(terminal.transport.disconnecting)


class SeeingTests(TestCase):
    """What happens is shown in the right place, and marked."""

    def test_menu(self) -> None:
        """A bare start shows what one can do, in words (row B7)."""
        text = "\n".join(Terminal(80, 24).look())
        for word in ("/join", "/rooms", "/help", "/quit"):
            self.assertIn(word, text)

    def test_menu_on_a_used_server(self) -> None:
        """Where much was said before, the menu and the notices still stand lowest, unbroken."""
        terminal = Terminal(80, 24)
        terminal.tell(NickChanged(ANN, Nick("ann2"), '"ann" is taken.'))
        terminal.tell(Connected("Friday server", Nick("ann2")), Joined(LOBBY, Nick("ann2")))
        old = tuple(said("lobby", number, "bob", f"old {number}") for number in range(1, 21))
        terminal.chat.answer(c.ReadHistory(LOBBY, 20), r.History(LOBBY, old))
        seen = terminal.look()
        top = next(number for number, row in enumerate(seen) if "What you can do here" in row)
        self.assertIn("old 20", seen[top - 1])
        menu = [row.strip() for row in seen[top : top + len(menu_lines())]]
        self.assertEqual([line.text.strip() for line in menu_lines()], menu)
        self.assertIn("You are ann2 now", "".join(seen))
        self.assertIn("You joined.", seen[-3])

    def test_help_is_mentioned(self) -> None:
        """The status line tells of /help until something was entered."""
        terminal = in_lobby(80, 24)
        self.assertIn("/help", terminal.look()[-2])
        self.assertNotIn("/help", terminal.type("hello\r")[-2])

    def test_nothing_of_the_help_wraps(self) -> None:
        """Each line of the menu and of /help fits into 80 columns."""
        lines = [*menu_lines(), *help_lines("", 20)]
        self.assertEqual([], [line.text for line in lines if columns(line.text) > 78])

    def test_mention(self) -> None:
        """A line that names us is marked and coloured."""
        terminal = in_lobby()
        seen = terminal.tell(said("lobby", 1, "bob", "@ann look"))
        self.assertTrue(seen[-3].startswith("! "))
        self.assertEqual("brown", terminal.screen.buffer[9][0].fg)

    def test_direct(self) -> None:
        """Direct messages are marked, both ways."""
        terminal = in_lobby()
        seen = terminal.tell(Told(TEN_O_CLOCK, Nick("bob"), "psst"))
        self.assertRegex(seen[-3], r"^@ \d\d:\d\d bob tells you: psst$")
        terminal.type("@bob yes?\r")
        terminal.chat.answer(c.Tell(Nick("bob"), "yes?"), r.Delivered(Nick("bob")))
        self.assertIn("You tell bob: yes?", terminal.look()[-3])

    def test_direct_and_kept(self) -> None:
        """What is kept has its number, and makes no room."""
        terminal = in_lobby()
        seen = terminal.tell(Said(RoomName("@bob"), 7, TEN_O_CLOCK, Nick("bob"), "psst"))
        self.assertIn("bob tells you: psst", seen[-3])
        terminal.type("@bob yes?\r")
        terminal.chat.answer(c.Tell(Nick("bob"), "yes?"), r.Delivered(Nick("bob"), 8))
        self.assertIn("You tell bob: yes?", terminal.look()[-3])
        terminal.type("/edit @bob 8 no\r")
        terminal.chat.answer(
            c.Edit(RoomName("@bob"), 8, "no"), r.MessageEdited(RoomName("@bob"), 8)
        )

    def test_who_is_ignored(self) -> None:
        """What is said in rooms by somebody whom one ignores is not shown."""
        terminal = in_lobby()
        terminal.chat.ignored.add("bob")
        terminal.tell(said("lobby", 1, "bob", "spam"))
        self.assertNotIn("spam", "\n".join(terminal.tell(said("lobby", 2, "ann", "hi"))))

    def test_several_rooms(self) -> None:
        """Each line is labelled, unread ones are counted, and going there shows them (row D7)."""
        terminal = in_lobby(80)
        terminal.tell(Joined(DEV, ANN))
        seen = terminal.tell(
            said("dev", 1, "bob", "one"),
            said("dev", 2, "bob", "ann: two"),
            said("lobby", 1, "eve", "x"),
        )
        self.assertIn("lobby: 1 message", seen[-2])
        self.assertIn("dev 2 new !", seen[-2])
        self.assertIn("[lobby] eve: x", seen[-3])
        self.assertNotIn("bob", "".join(seen))
        seen = terminal.type(CTRL_N)
        self.assertIn("[dev] bob: ann: two", seen[-3])
        self.assertNotIn("new", seen[-2])
        self.assertEqual("dev>", seen[-1])

    def test_all_rooms(self) -> None:
        """All rooms can be looked at together, in the order things were said."""
        terminal = in_lobby()
        terminal.tell(Joined(DEV, ANN))
        terminal.type("/all\r")
        seen = terminal.tell(said("dev", 1, "bob", "one"), said("lobby", 1, "eve", "two"))
        self.assertIn("[dev] bob: one", seen[-4])
        self.assertIn("[lobby] eve: two", seen[-3])

    def test_no_connection(self) -> None:
        """A lost connection is seen at once, and one can type on."""
        terminal = in_lobby(80)
        seen = terminal.tell(Disconnected("The connection was lost.", 2.0))
        self.assertIn("no connection", seen[-2])
        self.assertEqual("lobby> still here", terminal.type("still here")[-1])

    def test_waiting_for_the_connection(self) -> None:
        """A line entered without a connection is shown as waiting, and listed at the end."""
        terminal = in_lobby()
        terminal.chat.is_connected = False
        seen = terminal.type("\x1b[200~one\ntwo\nthree\x1b[201~\r")
        self.assertIn("-- Waiting for the connection: three", seen[-3])
        terminal.chat.sayings[0].callback(7)
        terminal.chat.sayings[1].errback(NotAMember("lobby"))
        self.assertIn("Not said: two", "".join(terminal.look()))
        terminal.chat.closes_at_once = False
        terminal.type(CTRL_C)
        terminal.chat.sayings[2].errback(ClientClosed("The client was closed."))
        terminal.chat.closings[0].callback(None)
        terminal.look()
        farewell = terminal.sent.rpartition(LEAVE_SCREEN)[2].decode()
        self.assertEqual("You left Friday server. Goodbye.\r\nNot said: three\r\n", farewell)

    def test_waiting_when_the_client_is_stopped(self) -> None:
        """A signal closes the chat first; what was waiting is listed all the same."""
        terminal = in_lobby()
        terminal.chat.is_connected = False
        terminal.type("one\r")
        terminal.chat.sayings[0].errback(ClientClosed("The client was closed."))
        terminal.protocol.leave("The client was stopped.")
        terminal.look()
        self.assertTrue(terminal.sent.endswith(b"stopped.\r\nNot said: one\r\n"))

    def test_nothing_waits_while_connected(self) -> None:
        """What is said over a connection is not listed at the end."""
        terminal = in_lobby()
        self.assertNotIn("Waiting", "".join(terminal.type("hello\r")))
        terminal.type(CTRL_C)
        self.assertNotIn(b"Not said", terminal.sent)

    def test_refusal(self) -> None:
        """A refusal is a sentence, without codes."""
        terminal = in_lobby(80)
        terminal.type("/leave dev\r")
        terminal.chat.answer(c.LeaveRoom(DEV), NotAMember("dev"))
        self.assertIn('You are not in "dev"', terminal.look()[-3])
        self.assertNotIn("not-a-member", "".join(terminal.look()))

    def test_what_was_said_before(self) -> None:
        """On entering a room the last messages are shown, above what came since."""
        terminal = Terminal()
        terminal.connect()
        terminal.type("/rooms\r")
        terminal.tell(Joined(LOBBY, ANN), said("lobby", 3, "bob", "live"))
        before = tuple(said("lobby", number, "bob", f"old {number}") for number in (1, 2, 3))
        terminal.chat.answer(c.ReadHistory(LOBBY, 20), r.History(LOBBY, before))
        seen = terminal.look()
        self.assertEqual(
            ["old 1", "old 2", "You joined.", "live"],
            [re.split(r": |-- ", row)[-1] for row in seen[-6:-2]],
        )

    def test_scrolling(self) -> None:
        """PgUp shows older lines and stays there while new ones come; PgDn returns."""
        terminal = in_lobby()
        terminal.tell(*(said("lobby", number, "bob", f"line {number}.") for number in range(1, 41)))
        first = terminal.type(PAGE_UP)
        self.assertIn("line 31.", first[-3])
        self.assertIn("older", first[-2])
        self.assertEqual(first[:-2], terminal.tell(said("lobby", 41, "bob", "new"))[:-2])
        terminal.type(PAGE_DOWN)
        self.assertIn("new", terminal.type(PAGE_DOWN)[-3])

    def test_scrolling_ends_at_the_top(self) -> None:
        """PgUp stops where the oldest line is at the top."""
        terminal = in_lobby()
        seen = [terminal.type(PAGE_UP) for _ in range(9)]
        self.assertEqual(seen[-2], seen[-1])
        self.assertIn("What you can do here", seen[-1][0])


class ScreenTests(TestCase):
    """The screen is redrawn whole when it must be, and little otherwise."""

    def test_resize(self) -> None:
        """After a resize everything is where it belongs."""
        terminal = in_lobby()
        terminal.tell(said("lobby", 1, "bob", "one two three four five six seven"))
        terminal.type("half")
        seen = terminal.resize(30, 8)
        self.assertEqual("lobby> half", seen[-1])
        self.assertEqual("        four five six seven", seen[-3])
        self.assertEqual("lobby> half", terminal.resize(90, 30)[-1])

    def test_tiny(self) -> None:
        """No size is too small."""
        terminal = in_lobby()
        for width, height in ((1, 1), (2, 1), (1, 3), (10, 3), (3, 2), (0, 0), (60, 12)):
            seen = terminal.resize(max(width, 1), max(height, 1))
            terminal.tell(said("lobby", 1, "bob", "漢字 and more"))
            terminal.type("漢x" + PAGE_UP + PAGE_DOWN)
        self.assertTrue(seen[-1].startswith("lobby>"))

    def test_redraw(self) -> None:
        """Ctrl+L repairs whatever happened to the screen."""
        terminal = in_lobby()
        before = terminal.type("x")
        terminal.stream.feed(b"\x1b[2Jrubbish")
        self.assertEqual(before, terminal.type(CTRL_L))

    def test_one_write_a_turn(self) -> None:
        """Many messages in one turn are drawn once, and only the rows that changed."""
        terminal = in_lobby()
        terminal.chat.tell(*(said("lobby", number, "bob", "x") for number in range(1, 100)))
        self.assertEqual(b"", terminal.transport.value())
        terminal.look()
        sent = len(terminal.sent)
        terminal.type("y")
        self.assertLess(len(terminal.sent) - sent, 60)

    def test_slow_terminal(self) -> None:
        """While the terminal does not keep up nothing is drawn, and later only the result."""
        terminal = in_lobby()
        terminal.protocol.pauseProducing()
        terminal.tell(said("lobby", 1, "bob", "wonder"))
        self.assertNotIn("wonder", "".join(terminal.look()))
        terminal.protocol.resumeProducing()
        self.assertIn("wonder", "".join(terminal.look()))

    def test_no_colour(self) -> None:
        """With colours off no SGR is ever sent before the end."""
        terminal = in_lobby(colour=False)
        terminal.tell(said("lobby", 1, "bob", "@ann look"), Told(0, Nick("bob"), "x"))
        self.assertIsNone(re.search(rb"\x1b\[[0-9;]*m", terminal.sent))

    def test_nobody_steers_the_terminal(self) -> None:
        """Control characters from others never reach the terminal."""
        terminal = in_lobby()
        terminal.tell(said("lobby", 1, "bob", "\x1b[2J\x9b31m\x07gone\r\n\u202e"))
        self.assertIn("gone", "".join(terminal.look()))
        self.assertNotIn(b"\x1b[2J\x9b", terminal.sent)
        self.assertNotIn(b"\x07", terminal.sent)


class EndingTests(TestCase):
    """Every ending leaves the terminal as it was found."""

    def check_left(self, terminal: Terminal) -> str:
        """Check that the screen was given back once, and return the reason."""
        self.assertTrue(terminal.sent.startswith(ENTER_SCREEN))
        self.assertEqual(1, terminal.sent.count(LEAVE_SCREEN))
        self.assertTrue(terminal.transport.disconnecting)
        self.assertIsNone(terminal.transport.producer)
        return terminal.sent.rpartition(LEAVE_SCREEN)[2].decode()

    def test_each_way(self) -> None:
        """Ctrl+C, Ctrl+D, /quit and disconnect say goodbye."""
        for way in (CTRL_C, CTRL_D, "/quit\r", "disconnect\r"):
            terminal = in_lobby()
            terminal.type(way)
            self.assertEqual("You left Friday server. Goodbye.\r\n", self.check_left(terminal))

    def test_ctrl_d_in_a_line(self) -> None:
        """Ctrl+D inside a line deletes."""
        terminal = in_lobby()
        self.assertEqual("lobby> a", terminal.type("ab" + LEFT + CTRL_D)[-1])

    def test_twice(self) -> None:
        """A chat that takes its time is left at once by a second Ctrl+C."""
        terminal = in_lobby()
        terminal.chat.closes_at_once = False
        self.assertIn("leaving", terminal.type("half" + CTRL_C)[-2])
        self.assertFalse(terminal.transport.disconnecting)
        terminal.type(CTRL_C)
        self.check_left(terminal)

    def test_in_time(self) -> None:
        """A chat that never ends is left behind."""
        terminal = in_lobby()
        terminal.chat.closes_at_once = False
        terminal.type(CTRL_C)
        terminal.clock.advance(CHAT_ENDS_WITHIN)
        terminal.look()
        self.check_left(terminal)

    def test_done(self) -> None:
        """`done` fires once the connection to the terminal is closed."""
        terminal = in_lobby()
        done = terminal.protocol.done
        terminal.type(CTRL_C)
        self.assertNoResult(done)
        terminal.line.connectionLost(Failure(ConnectionDone()))
        self.assertEqual("You left Friday server. Goodbye.", self.successResultOf(done))

    def test_closed_terminal(self) -> None:
        """A closed terminal ends the chat too; nothing is written to it."""
        terminal = in_lobby()
        done = terminal.protocol.done
        terminal.look()
        terminal.line.connectionLost(Failure(ConnectionDone()))
        self.assertIn("closed", self.successResultOf(done))
        terminal.tell(said("lobby", 1, "bob", "x"))
        self.assertEqual(b"", terminal.transport.value())
        self.assertEqual([], terminal.clock.getDelayedCalls())

    def test_bug(self) -> None:
        """A bug of ours gives the screen back, and fails `done`."""
        terminal = in_lobby()
        done = terminal.protocol.done
        terminal.tell(said("lobby", 1, "bob", None))  # type: ignore[arg-type]
        self.check_left(terminal)
        terminal.line.connectionLost(Failure(ConnectionDone()))
        self.failureResultOf(done, TypeError, AttributeError)

    def test_suspend(self) -> None:
        """Ctrl+Z asks whoever owns the terminal to suspend; the screen is whole afterwards."""
        terminal = in_lobby()
        before = terminal.type("half" + CTRL_Z)
        self.assertEqual([1], terminal.suspended)
        terminal.protocol.resume()
        self.assertEqual(before, terminal.look())


class AnythingTests(SynchronousTestCase):
    """Whatever is typed and said, the terminal goes on."""

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(
            st.one_of(
                st.tuples(st.just("type"), st.text(max_size=12)),
                st.tuples(
                    st.just("type"),
                    st.sampled_from(
                        [
                            "\r",
                            "\t",
                            "/help\r",
                            "join dev\r",
                            "/all\r",
                            UP,
                            PAGE_UP,
                            PAGE_DOWN,
                            CTRL_N,
                        ]
                    ),
                ),
                st.tuples(st.just("say"), st.text(max_size=40)),
            ),
            max_size=12,
        ),
        st.integers(1, 40),
        st.integers(1, 12),
    )
    def test_anything(self, steps: list[tuple[str, str]], width: int, height: int) -> None:
        """No input breaks it or moves the cursor off the screen; it ends when asked to."""
        terminal = in_lobby(width, height)
        done = terminal.protocol.done
        for number, (step, text) in enumerate(steps, 1):
            if step == "say":
                terminal.tell(said("lobby", number, "bob", text))
            else:
                terminal.type(text)
        terminal.type("\x15" + CTRL_C + CTRL_C)
        terminal.line.connectionLost(Failure(ConnectionDone()))
        self.assertIsInstance(self.successResultOf(done), str)
