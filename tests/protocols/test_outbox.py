"""The outbox: one write a turn, in order, nothing while the transport is full."""

from twisted.internet.testing import StringTransport
from twisted.trial.unittest import TestCase

from chatsvc.protocols.outbox import SLICE_BYTES, Outbox, Turn
from chatsvc.protocols.sending import BEST, PLAIN
from chatsvc.testing import TurnClock


class RecordingTransport(StringTransport):
    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.writes.append(data)


class OutboxTests(TestCase):
    sending = BEST

    def setUp(self) -> None:
        self.clock = TurnClock()
        self.turn = Turn(self.clock, self.sending)
        self.transport = RecordingTransport()
        self.outbox = Outbox(self.transport, self.turn)

    def test_nothing_is_written_before_the_turn_ends(self) -> None:
        self.outbox.send(b"a")
        self.assertEqual(self.transport.writes, [])
        self.assertEqual(self.outbox.waiting_bytes, 1)

    def test_all_of_a_turn_is_one_write_in_order(self) -> None:
        for part in (b"a", b"bc", b"", b"d"):
            self.outbox.send(part)
        self.clock.settle()
        self.assertEqual(self.transport.writes, [b"abcd"])
        self.assertEqual(self.outbox.waiting_bytes, 0)

    def test_another_turn_is_another_write(self) -> None:
        for part in (b"a", b"b"):
            self.outbox.send(part)
            self.clock.settle()
        self.assertEqual(self.transport.writes, [b"a", b"b"])

    def test_a_single_part_is_written_as_the_same_object(self) -> None:
        data = b"the same for everybody"
        self.outbox.send(data)
        self.clock.settle()
        self.assertIs(self.transport.writes[0], data)

    def test_much_is_written_in_slices_so_that_slow_reading_shows(self) -> None:
        sent = b"".join(bytes((number,)) * 50_000 for number in range(10))
        for at in range(0, len(sent), 125_000):
            self.outbox.send(sent[at : at + 125_000])
        self.clock.settle()
        self.assertEqual(b"".join(self.transport.writes), sent)
        self.assertLessEqual(max(map(len, self.transport.writes)), SLICE_BYTES)
        self.assertEqual(self.outbox.waiting_bytes, 0)

    def test_many_outboxes_share_one_timer(self) -> None:
        for outbox in (self.outbox, Outbox(RecordingTransport(), self.turn)):
            outbox.send(b"a")
        self.assertEqual(len(self.clock.getDelayedCalls()), 1)

    def test_while_paused_everything_waits_and_resuming_writes_it_in_order(self) -> None:
        self.outbox.send(b"a")
        self.outbox.pause()
        self.outbox.send(b"b")
        self.clock.settle()
        self.assertEqual(self.transport.writes, [])
        self.assertEqual(self.outbox.waiting_bytes, 2)
        self.outbox.resume()
        self.outbox.send(b"c")
        self.clock.settle()
        self.assertEqual(self.transport.writes, [b"ab", b"c"])

    def test_a_transport_that_fills_up_while_written_to_gets_no_more(self) -> None:
        class Filling(RecordingTransport):
            def write(self, data: bytes) -> None:
                super().write(data)
                box.pause()

        transport = Filling()
        box = Outbox(transport, self.turn)
        box.send(b"a")
        self.clock.settle()
        box.send(b"b")
        self.clock.settle()
        self.assertEqual(transport.writes, [b"a"])


class PlainOutboxTests(OutboxTests):
    """The same with nothing compiled."""

    sending = PLAIN
