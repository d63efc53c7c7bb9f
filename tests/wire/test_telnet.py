"""Telnet commands are taken out of the stream; what is none spoils its line and no other."""

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.errors import BadText
from chatsvc.wire.framing import TelnetFilter
from chatsvc.wire.request import decode_line
from tests.wire.chunks import every_cut, lines_of

IAC, SB, SE = b"\xff", b"\xfa", b"\xf0"
NEGOTIATIONS = [bytes((255, word, option)) for word in range(251, 255) for option in (1, 3, 31, 39)]
COMMANDS = [bytes((255, code)) for code in range(236, 250)]
BLOCKS = [
    IAC + SB + b"\x18\0xterm-256color" + IAC + SE,
    IAC + SB + b"\x1f\0\x50\0\x18" + IAC + SE,
    IAC + SB + b"\x1f\0" + IAC + IAC + b"\0\x18" + IAC + SE,
    IAC + SB + b"\x1f\r\0x" + IAC + SE,
    IAC + SB + IAC + SE,
]


def filtered(data: bytes) -> bytes:
    """Return what a fresh filter leaves of `data`."""
    return TelnetFilter().feed(data)


class WhatIsTakenOut(SynchronousTestCase):
    def test_every_command_is_taken_out_wherever_it_is_cut(self):
        for command in NEGOTIATIONS + COMMANDS + BLOCKS:
            for chunks in every_cut(b"lis" + command + b"t\r\n"):
                self.assertEqual(lines_of(chunks, 80), [b"list"], chunks)

    def test_commands_may_follow_each_other(self):
        stream = b"".join(NEGOTIATIONS + BLOCKS + COMMANDS) + b"list\n"
        self.assertEqual(lines_of([stream], 80), [b"list"])

    def test_commands_do_not_count_for_the_length_of_a_line(self):
        self.assertEqual(lines_of([b"lis" + BLOCKS[0] * 10 + b"t\n"], 4), [b"list"])

    def test_a_command_may_stand_in_a_line_end(self):
        self.assertEqual(
            lines_of([b"list\r" + NEGOTIATIONS[0] + b"\nwho\n"], 80), [b"list", b"who"]
        )

    def test_text_passes_untouched(self):
        text = "naïve 你好 😀\r\n\0".encode()
        self.assertEqual(filtered(text), text)


class Storms(SynchronousTestCase):
    """Many commands at once are taken out in runs; cut anywhere they give the same."""

    def test_a_run_gives_what_its_bytes_give_one_by_one(self):
        parts = [*COMMANDS[:3], NEGOTIATIONS[0], BLOCKS[2], IAC + IAC, IAC + b"x", IAC + SB + b"y",
                 IAC + b"\xfd\xff", IAC + b"\xfb\r", IAC + SE, b"text", b"\n"]  # fmt: skip
        for one in parts:
            for other in parts:
                stream = b"a" + one * 3 + other * 2 + b"b\n" + other + b"\nlist\n"
                bytewise = TelnetFilter()
                expected = b"".join(bytewise.feed(bytes((byte,))) for byte in stream)
                self.assertEqual(filtered(stream), expected, stream)


class WhatIsNoCommand(SynchronousTestCase):
    def assertSpoiled(self, data: bytes) -> None:
        """Check that `data` is one line that is no text, and harms no other."""
        for ending in (b"\n", b"\r\n"):
            for chunks in every_cut(data + ending + b"list\n"):
                line, after = lines_of(chunks, 80)
                self.assertRaises(BadText, decode_line, line)
                self.assertEqual(after, b"list")

    def test_a_lone_iac_spoils_its_line(self):
        self.assertSpoiled(b"send den hi " + IAC)
        self.assertSpoiled(IAC)

    def test_an_iac_before_ordinary_bytes_spoils_its_line(self):
        self.assertSpoiled(b"send den caf" + IAC + b"e")
        self.assertSpoiled(b"send den caf" + IAC + b"\xe9")

    def test_an_escaped_iac_is_a_byte_that_is_no_text(self):
        self.assertSpoiled(b"send den hi" + IAC + IAC)

    def test_a_negotiation_without_its_option_spoils_its_line(self):
        for word in range(251, 255):
            self.assertSpoiled(b"send den hi" + bytes((255, word)))
        self.assertSpoiled(b"\xff\xfe\xfd")

    def test_a_subnegotiation_never_swallows_the_next_line(self):
        self.assertSpoiled(b"hi" + IAC + SB + b"\x18never ended")
        self.assertSpoiled(b"hi" + IAC + SB + b"\x18" + IAC)
