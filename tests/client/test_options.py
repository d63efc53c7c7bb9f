"""The command line of the client."""

import io
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.options import has_screen, login_nick, nick_like, parse_options
from chatsvc.core.names import parse_nick


class OptionsTests(SynchronousTestCase):
    """Rows B1 and D6."""

    def test_that_exact_command_line_works(self) -> None:
        options = parse_options(["-p", "9000", "-h", "example.org", "-n", "bob"], {})
        self.assertEqual((options.port, options.host, options.nick), (9000, "example.org", "bob"))

    def test_without_any_it_is_this_machine_and_the_login_name(self) -> None:
        options = parse_options([], {})
        self.assertEqual((options.host, options.port), ("127.0.0.1", 8123))
        self.assertEqual(options.nick, login_nick())
        self.assertEqual((options.rooms, options.endpoint, options.log), ((), None, None))

    def test_an_ipv6_address_may_stand_in_brackets(self) -> None:
        self.assertEqual(parse_options(["-h", "[::1]"], {}).host, "::1")

    def test_rooms_may_be_several(self) -> None:
        self.assertEqual(parse_options(["--room", "a", "--room", "b"], {}).rooms, ("a", "b"))

    def test_colours_can_be_declined_in_two_ways(self) -> None:
        self.assertTrue(parse_options([], {"NO_COLOR": ""}).has_colour)
        self.assertFalse(parse_options([], {"NO_COLOR": "1"}).has_colour)
        self.assertFalse(parse_options(["--no-color"], {}).has_colour)

    def test_a_log_and_an_endpoint(self) -> None:
        options = parse_options(["--log", "x.log", "--endpoint", "unix:/run/chat"], {})
        self.assertEqual((options.log, options.endpoint), (Path("x.log"), "unix:/run/chat"))

    def test_tls_has_a_port_of_its_own_unless_one_is_given(self) -> None:
        options = parse_options(["--tls", "-h", "chat.example"], {})
        self.assertEqual((options.is_secure, options.port), (True, 8124))
        self.assertEqual(parse_options(["--tls", "-p", "99"], {}).port, 99)
        self.assertFalse(parse_options([], {}).is_secure)

    def test_whom_to_trust_says_that_tls_is_meant(self) -> None:
        options = parse_options(["--fingerprint", "ab" * 32], {})
        self.assertEqual((options.is_secure, options.fingerprint), (True, ":".join(["AB"] * 32)))
        options = parse_options(["--ca", "ca.pem"], {})
        self.assertEqual((options.is_secure, options.authorities), (True, Path("ca.pem")))

    def test_an_endpoint_with_tls_is_a_host_and_a_port(self) -> None:
        for text, host in (("tls:chat.example:99", "chat.example"), (r"tls:\:\:1:99", "::1")):
            options = parse_options(["--endpoint", text, "--ca", "ca.pem"], {})
            self.assertEqual((options.host, options.port, options.is_secure), (host, 99, True))
            self.assertIsNone(options.endpoint)

    def test_one_with_more_to_say_is_left_to_twisted(self) -> None:
        for text in ("tls:chat.example:99:trustRoots=/ca", "tls:host=chat.example:port=99"):
            options = parse_options(["--endpoint", text], {})
            self.assertEqual((options.endpoint, options.is_secure), (text, False))

    def refused(self, *arguments: str) -> str:
        errors = io.StringIO()
        self.patch(sys, "stderr", errors)
        exit_ = self.assertRaises(SystemExit, parse_options, arguments, {})
        self.assertEqual(exit_.code, 2)
        return errors.getvalue()

    def test_what_is_wrong_is_said_in_one_sentence(self) -> None:
        for arguments in [
            ("-p", "0"),
            ("-p", "65536"),
            ("-p", "http"),
            ("-p", "²"),
            ("-n", "a b"),
            ("-n", "x\x1b[2J"),
            ("-h", ""),
            ("-h", "two words"),
            ("--room", "no room"),
            ("--endpoint", "nonsense"),
            ("--endpoint", "tls:chat.example:99999"),
            ("--endpoint", "unix:/run/chat", "--tls"),
            ("--fingerprint", "abc"),
            ("--fingerprint", "ab" * 32, "--ca", "ca.pem"),
            ("--nonsense",),
            ("stray",),
            ("-h",),
        ]:
            said = self.refused(*arguments)
            self.assertTrue(said.startswith("chatsvc-client: "), said)
            self.assertTrue(said.endswith("see chatsvc-client --help.\n"), said)
            self.assertEqual(said.count("\n"), 1)
            self.assertTrue(said.rstrip("\n").isprintable())


class LoginNameTests(SynchronousTestCase):
    """A login name as a nick."""

    def test_what_a_nick_may_not_hold_is_replaced(self) -> None:
        for name, nick in [
            ("ann", "ann"),
            ("DOMAIN+ann smith", "DOMAIN_ann_smith"),
            ("-ann", "ann"),
            ("", "guest"),
            ("???", "guest"),
            ("x" * 100, "x" * 32),
        ]:
            self.assertEqual(nick_like(name), nick)

    @given(st.text(max_size=50))
    def test_it_is_always_a_nick(self, name: str) -> None:
        self.assertEqual(parse_nick(nick_like(name)), nick_like(name))


class ScreenTests(SynchronousTestCase):
    """What TERM says of the terminal."""

    def test_only_a_terminal_with_a_name_has_a_screen(self) -> None:
        for term, expected in [("xterm-256color", True), ("dumb", False), ("", False)]:
            self.assertEqual(has_screen({"TERM": term}), expected)
        self.assertFalse(has_screen({}))
