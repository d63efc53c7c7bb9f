"""The chat on a real pseudo-terminal: raw mode, the size, and the way back."""

import contextlib
import fcntl
import os
import signal
import struct
import termios
from typing import Any

import pyte
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.process import ProcessReader
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from chatsvc.client.terminal import local
from chatsvc.client.terminal.local import run_terminal
from chatsvc.client.terminal.paint import LEAVE_SCREEN
from chatsvc.core.events import Joined
from chatsvc.core.names import Nick, RoomName
from tests.client.terminal.fake_chat import FakeChat, said


class Person:
    """Whoever sits at the other end of a pseudo-terminal: sees its screen, types into it."""

    def __init__(self, width: int, height: int) -> None:
        self.master, self.slave = os.openpty()
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self.screen)
        self.received = b""
        self._waiting: list[tuple[str, Deferred[None]]] = []
        self.resize(width, height)
        self._reader = ProcessReader(reactor, self, "master", self.master)

    def resize(self, width: int, height: int) -> None:
        self.screen.resize(height, width)
        size = struct.pack("HHHH", height, width, 0, 0)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, size)

    def type(self, data: bytes) -> None:
        os.write(self.master, data)

    def sees(self, text: str) -> Deferred[None]:
        """Wait until `text` is on the screen."""
        waited: Deferred[None] = Deferred()
        self._waiting.append((text, waited))
        self._look()
        return waited

    def childDataReceived(self, _name: str, data: bytes) -> None:
        self.received += data
        self._stream.feed(data)
        self._look()

    def _look(self) -> None:
        shown = "\n".join(self.screen.display)
        for waiting in list(self._waiting):
            if waiting[0] in shown:
                self._waiting.remove(waiting)
                waiting[1].callback(None)

    def childConnectionLost(self, _name: str, _reason: Failure) -> None:
        """Do nothing: tests look at the other end."""

    def hang_up(self) -> None:
        """Close the terminal window."""
        self._reader.stopReading()
        os.close(self.master)
        self.master = -1

    def fill(self) -> None:
        """Take nothing any more, and let the terminal be full."""
        self._reader.stopReading()
        os.set_blocking(self.slave, False)
        with contextlib.suppress(BlockingIOError):
            while os.write(self.slave, b"x" * 4096):
                pass
        os.set_blocking(self.slave, True)

    def look_again(self) -> None:
        """Take again what comes."""
        self._reader.startReading()

    def close(self) -> None:
        self._reader.stopReading()
        for descriptor in (self.master, self.slave):
            if descriptor >= 0:
                os.close(descriptor)


class StoppableReactor:
    """The reactor, but `stop` is only counted."""

    stops = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(reactor, name)

    def stop(self) -> None:
        self.stops += 1


class ImpatientChat(FakeChat):
    """A chat that ends at once; whoever ends it presses Ctrl+C again."""

    def __init__(self, person: Person) -> None:
        super().__init__()
        self._person = person

    def close(self) -> Deferred[None]:
        self._person.type(b"\x03")
        return super().close()


class LocalTerminalTests(TestCase):
    """`run_terminal` takes the terminal and gives it back."""

    timeout = 20

    def setUp(self) -> None:
        self.person = Person(60, 12)
        self.addCleanup(self.person.close)
        self.before = termios.tcgetattr(self.person.slave)
        self.handlers = self.signal_handlers()
        self.chat = FakeChat()

    def start(self) -> Deferred[str]:
        done = run_terminal(
            self.chat, reactor=reactor, source=self.person.slave, output=self.person.slave
        )
        self.chat.tell(Joined(RoomName("lobby"), Nick("ann")))
        return done

    @staticmethod
    def signal_handlers() -> list[Any]:
        numbers = (
            signal.SIGWINCH,
            signal.SIGHUP,
            signal.SIGTSTP,
            signal.SIGCONT,
            signal.SIGQUIT,
        )
        return [signal.getsignal(number) for number in numbers]

    def check_restored(self) -> None:
        self.assertEqual(self.before, termios.tcgetattr(self.person.slave))
        self.assertEqual(self.handlers, self.signal_handlers())
        self.assertTrue(os.get_blocking(self.person.slave))

    async def test_chat(self) -> None:
        """One types, sees, changes the size of the window, and leaves."""
        done = self.start()
        self.assertNotEqual(self.before, termios.tcgetattr(self.person.slave))
        self.person.type("half a 漢".encode())
        await self.person.sees("lobby> half a 漢")
        self.chat.tell(said("lobby", 1, "bob", "hi"))
        await self.person.sees("bob: hi")
        self.person.resize(40, 8)
        os.kill(os.getpid(), signal.SIGWINCH)
        self.person.type(b"!")
        await self.person.sees("half a 漢!")
        self.person.type(b"\x03")
        self.assertEqual("You left Friday server. Goodbye.", await done)
        await self.person.sees("Goodbye.")
        self.check_restored()

    async def test_hang_up(self) -> None:
        """A signal that the terminal is gone ends the chat."""
        done = self.start()
        await self.person.sees("lobby>")
        os.kill(os.getpid(), signal.SIGHUP)
        self.assertIn("closed", await done)
        self.check_restored()

    async def test_closed_window(self) -> None:
        """A terminal that is really gone ends the chat, too."""
        done = self.start()
        await self.person.sees("lobby>")
        self.person.hang_up()
        self.assertIn("closed", await done)
        self.assertEqual(self.handlers, self.signal_handlers())

    async def test_full_terminal(self) -> None:
        """A terminal that takes nothing is left all the same, by Ctrl+C and by a signal."""
        self.patch(local, "FLUSH_WITHIN", 0.02)
        for end in (
            lambda: self.person.type(b"\x03"),
            lambda: os.kill(os.getpid(), signal.SIGHUP),
        ):
            self.person.fill()
            done = self.start()
            end()
            self.assertIsInstance(await done, str)
            self.check_restored()

    async def test_screen_of_a_full_terminal(self) -> None:
        """A full terminal gets its screen back, whatever else it has not taken."""
        self.patch(local, "FLUSH_WITHIN", 0.02)
        self.person.fill()
        done = self.start()
        self.person.type(b"\x03")
        await done
        os.write(self.person.slave, b"shell$")
        self.person.look_again()
        await self.person.sees("shell$")
        # The kernel may yet find room for the goodbye; what counts is the shell's own screen.
        _, left, after = self.person.received.rpartition(LEAVE_SCREEN)
        self.assertTrue(left)
        self.assertNotIn(b"\x1b", after)

    async def test_full_terminal_in_a_hurry(self) -> None:
        """A second Ctrl+C does not wait for the terminal, before or after the goodbye."""
        self.patch(local, "FLUSH_WITHIN", 1000)
        self.person.fill()
        self.chat.closes_at_once = False
        done = self.start()
        self.person.type(b"\x03\x03")
        self.assertIn("Goodbye", await done)
        self.chat.closings[0].callback(None)
        self.chat = ImpatientChat(self.person)
        self.person.fill()
        done = self.start()
        self.person.type(b"\x03")
        self.assertIn("Goodbye", await done)
        self.check_restored()

    async def test_quit_signal(self) -> None:
        """SIGQUIT stops the reactor, which gives the screen back, as for SIGTERM."""
        stoppable = StoppableReactor()
        done = run_terminal(
            self.chat, reactor=stoppable, source=self.person.slave, output=self.person.slave
        )
        await self.person.sees(">")
        self.chat.tell(Joined(RoomName("lobby"), Nick("ann")))
        os.kill(os.getpid(), signal.SIGQUIT)
        await self.person.sees("lobby>")
        self.assertEqual(1, stoppable.stops)
        self.person.type(b"\x03")
        await done
        self.check_restored()

    async def test_bug(self) -> None:
        """A bug of ours is the failure of the Deferred, and the terminal is given back."""
        done = self.start()
        self.chat.tell(said("lobby", 1, "bob", None))  # type: ignore[arg-type]
        await self.assertFailure(done, TypeError)
        await self.person.sees("The client broke.")
        self.check_restored()
