"""Sending to many at once, on real sockets, in plain Python and compiled: both do the same."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

from twisted.internet.error import ConnectionLost
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SkipTest, TestCase

from chatsvc.protocols import sending
from chatsvc.protocols.outbox import Outbox, Turn
from chatsvc.testing import TurnClock

MANY = 300
"""More than are sent at once without the GIL."""


class Reactor:
    """Take note of who wants to be read or written."""

    def __init__(self) -> None:
        self.writers: set[object] = set()

    def addWriter(self, writer: object) -> None:
        self.writers.add(writer)

    def removeWriter(self, writer: object) -> None:
        self.writers.discard(writer)

    def addReader(self, reader: object) -> None:
        pass

    removeReader = addReader


class Member:
    """A connection over a real socket; `theirs` is the other end."""

    def __init__(self, turn: Turn) -> None:
        from twisted.internet.tcp import Connection

        self.ours, self.theirs = socket.socketpair()
        self.theirs.setblocking(False)
        self.reactor = Reactor()
        self.transport = Connection(self.ours, self, self.reactor)  # type: ignore[arg-type]
        self.transport.connected = 1
        self.outbox = Outbox(self.transport, turn)  # type: ignore[arg-type]
        self.lost: Failure | None = None

    def connectionLost(self, reason: Failure) -> None:
        self.lost = reason
        self.outbox.discard()

    def received(self) -> bytes:
        """Return what has come at the other end since the last call."""
        data = b""
        try:
            while more := self.theirs.recv(1 << 20):
                data += more
        except BlockingIOError:
            pass
        return data


class SendingContract:
    """What both implementations do."""

    implementation: Callable[[], sending.Sending | None]
    assertEqual: Any
    assertIs: Any
    assertIsNone: Any
    assertIsNotNone: Any
    assertRaises: Any
    addCleanup: Any

    def setUp(self) -> None:
        implementation = type(self).implementation()
        if implementation is None:
            raise SkipTest("chatsvc.protocols._sending is not compiled: python hatch_build.py")
        self.sending = implementation
        self.clock = TurnClock()
        self.turn = Turn(self.clock, implementation)

    def members(self, count: int, known: bool = True) -> list[Member]:
        """Return connections; where `known`, what they have sent before was taken whole."""
        members = [Member(self.turn) for _ in range(count)]
        for member in members:
            self.addCleanup(member.ours.close)
            self.addCleanup(member.theirs.close)
        if known:
            self.say(members, b"hello")
            self.assertEqual({member.received() for member in members}, {b"hello"})
            self.assertIs(members[0].outbox.socket, members[0].ours)
        return members

    def say(self, members: list[Member], *parts: bytes) -> None:
        """Send each of `parts` to all, in one turn."""
        for part in parts:
            self.turn.send_to_all(members, part)
        self.clock.settle()

    def fill(self, member: Member) -> int:
        """Leave no room in the socket; return how many bytes that took."""
        filled = 0
        try:
            while True:
                filled += member.ours.send(b"." * 100_000)
        except BlockingIOError:
            return filled

    def test_many_get_everything_of_every_turn_in_order(self) -> None:
        members = self.members(MANY, known=False)
        for number in range(3):
            self.say(members, b"one %d\n" % number, b"", b"two\n")
        everything = b"one 0\ntwo\none 1\ntwo\none 2\ntwo\n"
        self.assertEqual({member.received() for member in members}, {everything})
        self.assertEqual([member for member in members if member.reactor.writers], [])

    def test_each_gets_its_own(self) -> None:
        members = self.members(MANY)
        for number, member in enumerate(members):
            member.outbox.send(b"%d\n" % number)
        self.say(members, b"all\n")
        self.assertEqual(
            [member.received() for member in members],
            [b"%d\nall\n" % number for number in range(MANY)],
        )

    def test_what_a_socket_does_not_take_goes_to_its_transport_and_follows_in_order(self) -> None:
        slow, quick = self.members(2)
        large = b"".join(b"%07d\n" % number for number in range(250_000))
        self.say([slow, quick], large, b"end\n")
        self.assertEqual(slow.reactor.writers, {slow.transport})
        self.assertIsNone(slow.outbox.socket)
        self.say([slow], b"more\n")
        data = b""
        while slow.reactor.writers:
            data += slow.received()
            slow.transport.doWrite()
        self.assertEqual(data + slow.received(), large + b"end\nmore\n")
        self.say([slow], b"again\n")
        self.assertEqual(slow.received(), b"again\n")
        self.assertIs(slow.outbox.socket, slow.ours)

    def test_a_full_socket_takes_nothing_and_the_others_are_served(self) -> None:
        first, full, last = members = self.members(3)
        filled = self.fill(full)
        self.say(members, b"line\n")
        self.assertEqual([first.received(), last.received()], [b"line\n", b"line\n"])
        self.assertEqual(full.reactor.writers, {full.transport})
        self.assertEqual(len(full.received()), filled)
        full.transport.doWrite()
        self.assertEqual(full.received(), b"line\n")

    def test_a_peer_that_is_gone_is_found_out_by_the_transport(self) -> None:
        first, gone, last = members = self.members(3)
        gone.theirs.close()
        self.say(members, b"line\n")
        self.assertEqual([first.received(), last.received()], [b"line\n", b"line\n"])
        self.assertEqual(gone.reactor.writers, {gone.transport})
        self.assertIsInstance(gone.transport.doWrite(), ConnectionLost)

    def test_a_closed_socket_is_never_taken_for_the_next_one_with_its_number(self) -> None:
        (member,) = self.members(1)
        number = member.ours.fileno()
        member.ours.close()
        stranger, other = socket.socketpair()
        self.addCleanup(stranger.close)
        self.addCleanup(other.close)
        self.assertEqual(number, min(stranger.fileno(), other.fileno()))
        self.say([member], b"not for you\n")
        for end in (stranger, other):
            end.setblocking(False)
            self.assertRaises(BlockingIOError, end.recv, 100)

    def test_a_connection_that_is_lost_within_the_turn_is_sent_nothing(self) -> None:
        first, lost = members = self.members(2)
        self.turn.send_to_all(members, b"line\n")
        lost.outbox.discard()
        self.turn.send_to_all(members, b"line\n")
        self.clock.settle()
        self.assertEqual([first.received(), lost.received()], [b"line\nline\n", b""])

    def test_a_paused_one_keeps_what_it_is_sent_and_is_left_out(self) -> None:
        first, paused = members = self.members(2)
        self.turn.send_to_all(members, b"before\n")
        paused.outbox.pause()
        self.say(members, b"after\n")
        self.assertEqual([first.received(), paused.received()], [b"before\nafter\n", b""])
        self.assertEqual(paused.outbox.waiting_bytes, len(b"before\nafter\n"))
        paused.outbox.resume()
        paused.transport.doWrite()
        self.assertEqual(paused.received(), b"before\nafter\n")

    def test_nothing_is_nothing(self) -> None:
        (member,) = members = self.members(1)
        self.say(members, b"")
        self.say([], b"unheard")
        self.assertEqual(member.received(), b"")
        self.assertEqual(self.sending.send([]), [])

    def test_other_transports_are_written_to(self) -> None:
        (member,) = members = self.members(1)
        transport = StringTransport()
        other = Member(self.turn)
        self.addCleanup(other.ours.close)
        self.addCleanup(other.theirs.close)
        other.outbox = Outbox(transport, self.turn)
        self.say([other, *members], b"line\n")
        self.assertEqual([transport.value(), member.received()], [b"line\n", b"line\n"])

    def test_what_goes_wrong_in_the_audience_is_raised_and_what_was_collected_is_sent(self) -> None:
        members = self.members(2)

        def audience() -> Iterator[Member]:
            yield members[0]
            raise ZeroDivisionError

        self.assertRaises(ZeroDivisionError, self.turn.send_to_all, audience(), b"line\n")
        self.clock.settle()
        self.assertEqual(members[0].received(), b"line\n")


class PlainTests(SendingContract, TestCase):
    implementation = staticmethod(lambda: sending.PLAIN)


class CompiledTests(SendingContract, TestCase):
    implementation = staticmethod(sending.compiled)
