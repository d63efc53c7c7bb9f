"""What holds at the line protocol about bad input, rates and slow readers holds here."""

from twisted.trial.unittest import TestCase

from chatsvc.core.limits import DEFAULT_LIMITS, Limits
from chatsvc.core.rate import REFUSALS_PER_WAIT
from chatsvc.core.rules import people
from chatsvc.protocols import irc
from tests.protocols.conversation import BUFFER, WITHOUT_RATES
from tests.protocols.irc.conversation import IrcServer, command_of


class BoundsTests(TestCase):
    def test_bad_bytes_are_refused_line_by_line(self) -> None:
        ann = IrcServer(self).irc("ann")
        ann.sends(b"PRIVMSG ann :\xff\r\nPING a\0b\r\nPING a\rb\r\n\r\n \r\nPING x\r\n")
        ann.gets_numerics("FAIL", "FAIL", "FAIL", "PONG")

    def test_lines_that_are_too_long(self) -> None:
        ann = IrcServer(self).irc("ann")
        ann.says("PING " + "x" * 600, "@a=" + "x" * 5000 + " PING x", "PING x")
        ann.gets_numerics("417", "417", "PONG")
        ann.sends(b"x" * 100_000, b"\r\nPING y\r\n").gets_numerics("417", "PONG")

    def test_however_the_bytes_come_the_lines_are_the_same(self) -> None:
        ann = IrcServer(self).irc("ann")
        ann.sends(*(bytes((byte,)) for byte in "PING ä\r\nPING b\nPING c\r\n".encode()))
        ann.gets_numerics("PONG", "PONG", "PONG")

    def test_who_asks_too_fast_has_to_wait(self) -> None:
        server = IrcServer(self, limits=Limits(request_burst=10, requests_per_second=1))
        ann = server.irc("ann")
        ann.says(*(f"PING {number}" for number in range(20)))
        lines = ann.takes()
        self.assertEqual({line.split(" ")[1] for line in lines}, {"PONG", "263"})
        self.assertEqual(len(lines), 20)
        server.passes(20)
        ann.says("PING x").gets(":irc.test PONG irc.test x")

    def test_nothing_is_carried_out_that_came_too_fast(self) -> None:
        server = IrcServer(self, limits=Limits(request_burst=10, requests_per_second=1))
        ann = server.irc("ann")
        ann.says(*["PING x"] * 20, "CAP REQ :batch", "NICK eve", "JOIN #tea")
        ann.takes()
        server.passes(20)
        ann.says("CAP LIST", "NAMES #tea")
        ann.gets(":irc.test CAP ann LIST :", ":irc.test 366 ann #tea :End of NAMES list")

    def test_a_flood_is_not_read(self) -> None:
        server = IrcServer(self, limits=Limits(request_burst=10, requests_per_second=1))
        ann = server.irc("ann")
        ann.sends(b"PING x\r\n" * (REFUSALS_PER_WAIT + 100))
        self.assertFalse(ann.wire.is_reading)
        self.assertLess(len(ann.takes()), REFUSALS_PER_WAIT + 50)

    def test_a_reader_that_is_behind_gets_every_message_later(self) -> None:
        """Nothing is queued for it; what it said itself is not sent to it as well."""
        server = IrcServer(self)
        ann, bob = server.irc("ann", "#tea"), server.client("bob", "tea")
        server.forget()
        ann.stops_reading()
        ann.says("PRIVMSG #tea :mine")
        for number in range(40):
            bob.says(f"send tea {number} {'x' * 3900}")
        self.assertLess(len(ann.wire.buffered), 3 * BUFFER)
        bob.takes()
        ann.reads_on()
        text = "".join(line.partition(" :")[2] for line in ann.takes() if " PRIVMSG " in line)
        self.assertNotIn("mine", text)
        self.assertEqual(text.count("x"), 40 * 3900)

    def test_what_was_on_its_way_when_the_reader_fell_behind_is_its_own_still(self) -> None:
        server = IrcServer(self, limits=WITHOUT_RATES)
        ann, bob = server.irc("ann", "#tea", caps="echo-message"), server.client("bob", "tea")
        server.forget()
        server.faulty.hold()
        ann.says("PRIVMSG #tea :mine")
        ann.protocol.pauseProducing()
        server.faulty.release()
        server.settle()
        bob.says("send tea his")
        ann.protocol.resumeProducing()
        lines = [line for line in ann.takes() if "PRIVMSG" in line]
        self.assertEqual([line.rpartition(" ")[2].strip(":") for line in lines], ["mine", "his"])

    def test_requests_wait_while_the_client_does_not_read(self) -> None:
        ann = IrcServer(self).irc("ann")
        ann.stops_reading()
        for _ in range(40):
            ann.sends(b"HELP\r\n" * 200)
        self.assertFalse(ann.wire.is_reading)
        self.assertLess(len(ann.wire.buffered), 4 * BUFFER)

    def test_who_is_put_out_while_they_read_who_is_there_gets_the_end_of_the_list(self) -> None:
        self.patch(people, "WHOLE", 10)
        self.patch(irc, "PAGE_LINES", 3)
        server = IrcServer(self)
        owner = server.client("olga")
        owner.says("register s3cret", "create den", "join den", "set den kind invite-only")
        crowd = [server.irc(f"member{number}", caps="userhost-in-names") for number in range(20)]
        for number, member in enumerate(crowd):
            owner.says(f"invite den member{number}")
            member.says("JOIN #den")
        reader = crowd[-1]
        for line, end in (("NAMES #den", "366"), ("NAMES #den,#dem", "366"), ("WHO #den", "315")):
            reader.takes()
            reader.wire.is_read = False
            reader.says(*[line] * 80)
            owner.says("kick den member19")
            reader.wire.is_read = True
            reader.wire.drain()
            server.settle()
            told = [command_of(each) for each in reader.takes()]
            self.assertEqual(told.count(end), 80, line)
            self.assertEqual({*told[told.index("KICK") :]}, {"KICK", end})
            owner.says("invite den member19")
            reader.says("JOIN #den")

    def test_a_failed_commit_is_refused(self) -> None:
        server = IrcServer(self)
        ann = server.irc("ann", "#tea", caps="echo-message")
        server.faulty.fail_next()
        ann.says("PRIVMSG #tea :hi", "PRIVMSG #tea :ho")
        self.assertEqual(len(ann.takes()), 2)

    def test_blank_lines_cost_nothing_and_are_not_answered(self) -> None:
        server = IrcServer(self, limits=DEFAULT_LIMITS)
        ann = server.irc("ann")
        ann.sends(b" \r\n" * 3000)
        server.passes(5)
        ann.says("PING x")
        ann.gets(":irc.test PONG irc.test x")
