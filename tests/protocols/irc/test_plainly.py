"""The short way of a plain PRIVMSG and the long way of all lines do the same."""

from functools import partial
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.commands import Say
from chatsvc.irc.asking import Ask
from chatsvc.irc.client import Client
from chatsvc.irc.commands import request_for
from chatsvc.irc.commands.plainly import plain_say
from chatsvc.irc.commands.talking import SURELY_FITS, ask_to_say
from chatsvc.irc.message import BODY_BYTES, parse_line
from chatsvc.irc.replies import Refused
from chatsvc.protocols import irc
from tests.protocols.irc.conversation import IrcServer

CAPS = ("", "echo-message", "message-tags echo-message batch labeled-response draft/multiline")


def mostly(common: str, *others: str) -> st.SearchStrategy[str]:
    """Return what is `common` half of the time."""
    return st.one_of(st.just(common), st.sampled_from(others))


COMMANDS = mostly(
    "PRIVMSG ", "privmsg ", "PRIVMSG  ", " PRIVMSG ", "NOTICE ", "PRIVMSG", "@a=b PRIVMSG ", ":x "
)
TARGETS = mostly(
    "#tea",
    *("#TEA", "#nowhere", "#t%65a", "#", "#\uff54ea", "#e\u0301", "#a,#b", "@#tea", "ann"),
    *("#tea ", "#te:a", "#x\x01", "NickServ", "#" + 70 * "x"),
)
MIDDLES = mostly(" :", " ", "  :", ":", "")
CHARACTERS = st.sampled_from("ab :,\x01\x02\t\x00\r%#\u00e9\u200d\u202e\u3164\U0001f600")
TEXTS = st.one_of(
    st.sampled_from(["hi", "hello there", "", " ", "\u3164", "a :b", "\x01ACTION x\x01"]),
    st.text(CHARACTERS, max_size=8),
    st.integers(SURELY_FITS - 30, BODY_BYTES).map(lambda length: length * "x"),
    st.integers(100, 200).map(lambda length: length * "\u00e9"),
)
LINES = st.builds("{}{}{}{}".format, COMMANDS, TARGETS, MIDDLES, TEXTS).map(str.encode)
SAID = st.sampled_from([b"PRIVMSG #tea :hi", "PRIVMSG #Tea :\u00e9 :)".encode()])
BYTES = st.one_of(LINES, LINES.map(lambda line: line.replace(b"a", b"\xff")))


class PlainSayTests(SynchronousTestCase):
    """`plain_say` gives what `request_for` would have asked, or leaves a line to it."""

    def setUp(self) -> None:
        """Have a client in a room."""
        protocol = IrcServer(self).irc("ann", "#tea").protocol
        assert protocol.client is not None
        self.client: Client = protocol.client

    def asked(self, line: bytes) -> object:
        """Return the first step of the long way."""
        try:
            message = parse_line(line)
        except Refused as refused:
            return refused.reply
        return None if message is None else request_for(self.client, message).next_step()

    @given(BYTES)
    def test_same_questions(self, line: bytes) -> None:
        """The command, what is shown of its answer and of a refusal are those of the long way."""
        say = plain_say(self.client, line)
        if say is not None:
            self.assertEqual(
                _told_apart(self.asked(line)), _told_apart(ask_to_say(self.client, say))
            )

    def test_commonest_line(self) -> None:
        """It takes what people mostly write."""
        for text in ("hi", "How are you, ann? :)", "na\u00efve caf\u00e9", 380 * "x"):
            with self.subTest(text=text):
                line = f"PRIVMSG #tea :{text}".encode()
                self.assertEqual(getattr(plain_say(self.client, line), "text", None), text)

    def test_who_is_not_registered(self) -> None:
        """Nobody says anything before registration is over."""
        self.client.registration.is_done = False
        self.assertIsNone(plain_say(self.client, b"PRIVMSG #tea :hi"))


def _told_apart(step: object) -> object:
    """Return what an `Ask` consists of, in a form that can be compared."""
    if not isinstance(step, Ask):
        return step
    assert isinstance(step.command, Say)
    functions = (step.show, step.refuse)
    return step.command, step.target, [_parts(each) for each in functions]


def _parts(function: object) -> object:
    assert isinstance(function, partial)
    return function.func, function.args, function.keywords


class BothWaysTests(SynchronousTestCase):
    """Clients are told the same, whichever way their lines go."""

    def heard(self, caps: str, lines: list[bytes]) -> list[list[str]]:
        """Return what is sent to who says these lines at once, and to somebody else."""
        server = IrcServer(self)
        ann, bob = server.irc("ann", "#tea", caps=caps), server.irc("bob", "#tea")
        ann.sends(b"".join(line + b"\r\n" for line in lines))
        server.clock.settle()
        return [ann.takes(), bob.takes()]

    @settings(max_examples=40)
    @given(st.sampled_from(CAPS), st.lists(st.one_of(BYTES, SAID, st.just(b"PING x")), max_size=5))
    def test_same_answers(self, caps: str, lines: list[bytes]) -> None:
        """With and without echo, between other requests, and refused."""
        short = self.heard(caps, lines)
        with mock.patch.object(irc, "plain_say", lambda _client, _line: None):
            self.assertEqual(self.heard(caps, lines), short)

    def test_too_fast(self) -> None:
        """What comes too fast is refused the same way."""
        lines = 200 * [b"PRIVMSG #tea :hi", b"PING x"]
        short = self.heard("", lines)
        with mock.patch.object(irc, "plain_say", lambda _client, _line: None):
            self.assertEqual(self.heard("", lines), short)
