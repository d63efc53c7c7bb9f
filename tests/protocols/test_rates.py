"""Who asks too fast is told when to ask again; who goes on harms nobody but itself."""

import attrs
from twisted.trial.unittest import TestCase

from chatsvc.core.limits import DEFAULT_LIMITS, Limits
from chatsvc.core.rate import REFUSALS_PER_WAIT
from tests.protocols.conversation import NOW, Client, Server

TOO_FAST = "- too-fast That was too fast. Wait 1 second, then send it again."


class RateTests(TestCase):
    def server(self, burst: int = 5, per_second: int = 2) -> Server:
        limits = Limits(request_burst=burst, requests_per_second=per_second)
        return Server(self, limits=limits)

    def client(self, **limits: int) -> Client:
        self.chat = self.server(**limits)
        client = self.chat.client()
        client.takes()
        return client

    def test_one_less_and_exactly_the_burst_are_answered_one_more_is_refused(self) -> None:
        self.client().says(*["ping"] * 4).gets(*["+ pong"] * 4)
        self.client().says(*["ping"] * 5).gets(*["+ pong"] * 5)
        self.client().says(*["ping"] * 6).gets(*["+ pong"] * 5, TOO_FAST)

    def test_the_connection_lives_on_and_waiting_helps(self) -> None:
        ann = self.client()
        ann.says(*["ping"] * 6).takes()
        self.chat.passes(1)
        ann.says(*["ping"] * 3).gets("+ pong", "+ pong", TOO_FAST)

    def test_one_client_is_no_matter_of_another(self) -> None:
        ann = self.client()
        ann.says(*["ping"] * 9).takes()
        bob = self.chat.client()
        bob.takes()
        bob.says("ping").gets("+ pong")

    def test_a_paste_of_twenty_lines_passes(self) -> None:
        ann = Server(self, limits=DEFAULT_LIMITS).client("ann", "tea")
        lines = ann.says(*(f"send tea {number}" for number in range(20))).takes()
        self.assertEqual(len([line for line in lines if line.startswith("+ sent")]), 20)

    def test_the_default_burst_is_exact(self) -> None:
        ann = Server(self, limits=DEFAULT_LIMITS).client()
        ann.takes()
        burst = DEFAULT_LIMITS.request_burst
        ann.says(*["ping"] * (burst + 1)).gets(*["+ pong"] * burst, TOO_FAST)

    def test_lines_that_are_wrong_count(self) -> None:
        ann = self.client(burst=3)
        lines = ann.sends(b"\xff\n" + b"x" * 5000 + b"\nnonsense\nping\n").takes()
        codes = [line.split(" ")[1] for line in lines]
        self.assertEqual(codes, ["bad-text", "line-too-long", "unknown-command", "too-fast"])

    def test_blank_lines_count_nothing(self) -> None:
        self.client(burst=1).says(*[""] * 50, "  ", "ping").gets("+ pong")

    def test_very_many_blank_lines_are_read_slowly(self) -> None:
        ann = self.client()
        ann.sends(b" \n" * 2500 + b"ping\n").gets_nothing()
        self.assertFalse(ann.wire.is_reading)
        self.chat.passes(2)
        ann.gets("+ pong")
        self.assertTrue(ann.wire.is_reading)

    def test_quit_is_never_refused(self) -> None:
        ann = self.client()
        ann.says(*["ping"] * 6, "quit").gets(*["+ pong"] * 5, TOO_FAST, "+ bye")
        self.assertTrue(ann.is_closed)

    def test_answers_stay_in_order_while_messages_are_under_way(self) -> None:
        self.chat = self.server()
        ann = self.chat.client("ann", "tea")
        self.chat.passes(10)
        ann.says(*["send tea x"] * 5, "ping").gets(
            *(f"+ sent tea {number}" for number in range(1, 6)),
            *(f"* said tea {number} {self.chat.now} ann x" for number in range(1, 6)),
            TOO_FAST,
        )
        self.assertNotEqual(self.chat.now, NOW)

    def test_after_a_refusal_nothing_passes_that_was_on_its_way(self) -> None:
        """A heavy request is refused; the light ones behind it must not overtake it."""
        ann = self.client(burst=20)
        ann.says("ping", "search tea x", "ping").gets("+ pong", TOO_FAST, TOO_FAST)

    def test_who_goes_on_gets_so_many_refusals_and_is_then_not_read(self) -> None:
        ann = self.client()
        ann.says(*["ping"] * (3 * REFUSALS_PER_WAIT))
        refusals = ann.takes().count(TOO_FAST)
        self.assertEqual(refusals, REFUSALS_PER_WAIT)
        self.assertFalse(ann.wire.is_reading)
        self.chat.passes(1)
        self.assertEqual(ann.takes(), [TOO_FAST] * REFUSALS_PER_WAIT)
        self.chat.passes(2)
        ann.takes()
        ann.says("ping").gets("+ pong")

    def test_what_was_on_its_way_is_refused_also_when_the_wait_is_over(self) -> None:
        """Lines that wait for a slow disk meanwhile must not overtake what was refused."""
        self.chat = self.server()
        ann = self.chat.client("ann", "tea")
        self.chat.passes(10)
        self.chat.faulty.hold()
        ann.says("ping", "topic tea x", *["send tea y"] * 9)
        self.chat.passes(3)
        self.chat.faulty.release()
        self.chat.passes(0)
        answers = [line.partition(" ")[0] for line in ann.takes() if line[0] in "+-"]
        self.assertNotIn("- +", " ".join(answers))

    def test_without_limits_nothing_is_too_fast(self) -> None:
        limits = attrs.evolve(DEFAULT_LIMITS.lifted(), rooms=10)
        ann = Server(self, limits=limits).client()
        ann.takes()
        ann.says(*["list", "who", "ping"] * 500)
        self.assertEqual(len([line for line in ann.takes() if line[0] == "-"]), 0)


class RoomCountTests(TestCase):
    def test_rooms_that_are_being_made_count(self) -> None:
        """One commit of several clients makes no more rooms than there may be."""
        server = Server(self, limits=Limits(rooms=3))
        server.faulty.hold()
        people = server.clients(5)
        for number, person in enumerate(people):
            person.protocol.dataReceived(f"create room{number}\n".encode())
        server.settle()
        server.faulty.release()
        server.settle()
        answers = [person.takes()[0].split(" ")[1] for person in people]
        self.assertEqual(sorted(answers), ["created"] * 3 + ["too-many"] * 2)
