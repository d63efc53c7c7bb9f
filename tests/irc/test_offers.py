"""What the server says it can do: capabilities, tokens, numerics."""

import re

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.limits import DEFAULT_LIMITS
from chatsvc.irc import numerics
from chatsvc.irc.capabilities import (
    CAPABILITIES,
    Asked,
    in_lines,
    listed,
    parse_request,
    shape_of,
    shown_request,
)
from chatsvc.irc.isupport import MOST_TOKENS, escaped, myinfo_modes, token_lines, tokens
from chatsvc.irc.message import BODY_BYTES, LINE_BYTES, format_message
from chatsvc.irc.replies import Reply, failure, note, numeric, shown, warning

OFFERED = {
    "sasl": "PLAIN,EXTERNAL",
    "batch": "",
    "message-tags": "",
    "cap-notify": "",
    "sts": "a=1",
}


class CapabilityTests(SynchronousTestCase):
    """A client asks for capabilities, all or nothing."""

    def test_asking(self) -> None:
        """Names are added, names with `-` taken away; the last of two counts."""
        self.assertEqual(
            parse_request("batch -sasl  message-tags -batch", OFFERED),
            Asked(frozenset({"message-tags"}), frozenset({"sasl", "batch"})),
        )
        asked = parse_request("batch -sasl", OFFERED)
        assert asked is not None
        self.assertEqual(asked.applied(frozenset({"sasl"})), {"batch"})

    def test_all_or_nothing(self) -> None:
        """One name that is not offered, or must not be asked for, refuses all."""
        for text in ("batch nothing", "-nothing", "sts", "batch=1", "BATCH", "-"):
            self.assertIsNone(parse_request(text, OFFERED), text)
        self.assertEqual(parse_request("", OFFERED), Asked(frozenset(), frozenset()))

    def test_lists(self) -> None:
        """Values are shown from version 302 on, and only then is there more than one line."""
        self.assertEqual(
            listed(OFFERED, 302, 100), ["sasl=PLAIN,EXTERNAL batch message-tags cap-notify sts=a=1"]
        )
        self.assertEqual(listed(OFFERED, 301, 100), ["sasl batch message-tags cap-notify"])
        many = dict.fromkeys((f"vendor.example/{number:03}" for number in range(60)), "")
        self.assertEqual(len(listed(many, 302, 30)), 3)
        self.assertEqual(len(listed(many, 0, 30)), 1)

    def test_all_of_ours_fit_an_old_client(self) -> None:
        """The names of all capabilities fit the one line that an old client gets."""
        self.assertEqual(len(in_lines(CAPABILITIES, 100)), 2)

    def test_shapes(self) -> None:
        """Only what changes events counts; what needs another means nothing without it."""
        self.assertEqual(shape_of({"sasl", "labeled-response", "nonsense"}), frozenset())
        self.assertEqual(shape_of({"draft/multiline", "server-time"}), {"server-time"})
        both = {"draft/multiline", "batch"}
        self.assertEqual(shape_of(both), {"draft/multiline"})
        self.assertEqual(shape_of(both | {"echo-message"}), shape_of(both))

    def test_an_answer_shows_nothing_unsafe(self) -> None:
        """ACK and NAK give back what was asked for, without control characters."""
        self.assertEqual(shown_request("a \x1b[31m"), "a \ufffd[31m")

    @given(st.lists(st.text("ab-/", min_size=1, max_size=30), max_size=60), st.integers(0, 400))
    def test_lines_hold_every_word(self, words: list[str], overhead: int) -> None:
        """Words are spread over lines, and each line fits beside what else is in it."""
        lines = in_lines(words, overhead)
        self.assertEqual(" ".join(lines).split(), words)
        for line in lines:
            self.assertLessEqual(len(line), BODY_BYTES - overhead)


class TokenTests(SynchronousTestCase):
    """005 tells what is true."""

    def test_limits_are_told(self) -> None:
        """The tokens have the limits that the server works with."""
        known = tokens(DEFAULT_LIMITS, "Our Net", {"MONITOR": "100"})
        expected = {
            "NICKLEN": str(DEFAULT_LIMITS.nick_length),
            "CHANNELLEN": str(DEFAULT_LIMITS.room_length + 1),
            "CHANMODES": "beI,k,l,Cimnst",
            "PREFIX": "(ov)@+",
            "MONITOR": "100",
            "EXTBAN": "~,amU",
            "UTF8ONLY": "",
        }
        self.assertEqual({name: known[name] for name in expected}, expected)
        self.assertEqual(list(known), sorted(known))

    def test_lines(self) -> None:
        """A line has at most 13 tokens, each ASCII and without a space."""
        known = tokens(DEFAULT_LIMITS, "Nét =\\ 1")
        lines = token_lines(known, overhead=100)
        for line in lines:
            self.assertLessEqual(len(line), MOST_TOKENS)
            self.assertTrue(all(re.fullmatch(r"[\x21-\x7e]+", token) for token in line))
        self.assertEqual(sum(map(len, lines)), len(known))
        self.assertIn(r"NETWORK=N\xC3\xA9t\x20\x3D\x5C\x201", sum(lines, ()))

    def test_long_values_make_more_lines(self) -> None:
        """Tokens that do not fit one line go into the next."""
        lines = token_lines({f"T{number}": "x" * 100 for number in range(12)}, overhead=60)
        self.assertEqual([len(line) for line in lines], [4, 4, 4])

    def test_escapes(self) -> None:
        """A space and what is not ASCII are written by their bytes."""
        self.assertEqual(escaped("a b"), r"a\x20b")

    def test_modes_of_004(self) -> None:
        """004 names every mode."""
        self.assertEqual(myinfo_modes(), ("Biow", "CIbeiklmnostv", "Ibeklov"))


class NumericTests(SynchronousTestCase):
    """The table of numerics."""

    def test_numbers(self) -> None:
        """Each has three digits, its name says whether it is a reply, and no two are one."""
        for name, value in numerics.BY_NAME.items():
            self.assertRegex(value.number, r"^[0-9]{3}$")
            self.assertRegex(name, "^(RPL|ERR)_[A-Z0-9]+$")
        numbers = [value.number for value in numerics.BY_NAME.values()]
        self.assertEqual(len(numbers), len(set(numbers)))

    def test_texts(self) -> None:
        """No text breaks a line."""
        for value in numerics.BY_NAME.values():
            self.assertNotRegex(value.text, r"[\r\n\0]|^ | $")

    def test_replies(self) -> None:
        """A numeric has its parameters, made safe, and its text with the words filled in."""
        reply = numeric(numerics.ERR_NOSUCHNICK, "no\x1bbody")
        self.assertEqual(reply, Reply("401", ("no\ufffdbody", "No such nick/channel"), True))
        reply = numeric(numerics.RPL_WELCOME, network="Net", nick="ann")
        self.assertEqual(reply.params, ("Welcome to Net, ann",))
        self.assertEqual(numeric(numerics.RPL_CREATIONTIME, "#a", "1").params, ("#a", "1"))

    def test_standard_replies(self) -> None:
        """FAIL, WARN and NOTE have a command, a code, a context and a text."""
        self.assertEqual(
            failure("JOIN", "BAD", "#a", text="No."), Reply("FAIL", ("JOIN", "BAD", "#a", "No."))
        )
        self.assertEqual(warning("", "X", text="y").params, ("*", "X", "y"))
        self.assertEqual(note("A", "B", text="c").command, "NOTE")

    @given(st.text(max_size=600))
    def test_what_is_shown_is_a_word(self, text: str) -> None:
        """Whatever a client sent is given back as one parameter."""
        word = shown(text)
        line = format_message("421", ("nick", word, "Unknown command"), "server")
        self.assertLessEqual(len(line), LINE_BYTES)
        if len(word.encode()) < 400:
            self.assertEqual(line.decode().split(" ")[3], word)
