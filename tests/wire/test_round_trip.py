"""What one end writes, the other end reads: commands, replies, refusals and events."""

import unicodedata
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core import commands as c
from chatsvc.core import events as e
from chatsvc.core import replies as r
from chatsvc.core.errors import Refusal
from chatsvc.wire.answer import encode_event, encode_greeting, encode_refusal, encode_reply
from chatsvc.wire.framing import LineBuffer
from chatsvc.wire.reading import AnswerReader, Hello, HelpText, Incoming
from chatsvc.wire.request import decode_line, format_request, parse_request
from tests.core.strategies import texts
from tests.wire.strategies import COMMANDS, EVENTS, REPLIES, refusals

NOT_SHOWN = {
    e.SaidMore,  # It comes back as a `Said`.
    e.Signalled,
    e.RoomCreated,
    e.WelcomeSet,
    e.Happened,
    e.Named,
    e.Disconnected,
    e.Departed,
    e.LoggedIn,
    e.LoggedOut,
    e.CalledIn,
    e.MarkerSet,
    e.Authenticated,
    e.OperatorHere,
    e.Wallops,
    e.Expelled,
    e.StopAsked,
    e.Trimmed,
    e.Invited,
    e.InvitationTakenBack,
    e.IgnoresSet,
    e.RealnameSet,
    e.MarksSet,
    e.GuestMetadataSet,
    e.RoomMetadataSet,
    e.MetadataSet,
    e.WatchSet,
    e.SourceChanged,
    e.Appeared,
    e.Vanished,
    *e.ACCOUNT_EVENTS,
    *e.SERVER_EVENTS,
}
"""Events that the line protocol does not show."""

commands = st.one_of(*COMMANDS.values())
events = st.one_of(*EVENTS.values())
replies = st.one_of(*REPLIES.values())
anything_sent = st.one_of(
    events.map(encode_event), replies.map(encode_reply), refusals.map(encode_refusal)
)


def read_all(data: bytes) -> list[Incoming]:
    """Return what a client makes of a server's bytes."""
    reader = AnswerReader()
    lines = LineBuffer(100_000).feed(data)
    found = [reader.read(decode_line(line)) for line in lines if isinstance(line, bytes)]
    return [each for each in found if each is not None]


class Requests(SynchronousTestCase):
    def test_every_command_but_the_hubs_own_is_drawn(self):
        self.assertEqual(set(COMMANDS), set(get_args(c.Command)) - {*c.HUBS_OWN, *c.NOT_IN_LINES})
        self.assertEqual(set(COMMANDS), set(get_args(c.Command)) - {*c.HUBS_OWN, *c.NOT_IN_LINES})

    @given(commands)
    def test_a_command_comes_back_from_its_line(self, command: c.Command):
        (line,) = LineBuffer(100_000).feed(format_request(command))
        assert isinstance(line, bytes)
        self.assertEqual(parse_request(decode_line(line)), command)

    @given(COMMANDS[c.Say])
    def test_a_message_comes_back_whatever_it_begins_with(self, say: c.Say):
        self.assertEqual(parse_request(format_request(say).decode()[:-1]), say)


class Answers(SynchronousTestCase):
    def test_every_event_and_reply_is_drawn(self):
        self.assertEqual(set(EVENTS) | NOT_SHOWN, set(get_args(e.Event)))
        in_pages = {r.RoomPages, r.UserPages}
        self.assertEqual(set(REPLIES) | in_pages, set(get_args(r.Reply)) - set(r.NOT_IN_LINES))

    @given(events)
    def test_an_event_comes_back(self, event: e.Event):
        self.assertEqual(read_all(encode_event(event)), [event])

    @given(replies.filter(lambda reply: not isinstance(reply, r.HelpOn)))
    def test_a_reply_comes_back(self, reply: r.Reply):
        self.assertEqual(read_all(encode_reply(reply)), [reply])

    @given(REPLIES[r.HelpOn])
    def test_help_comes_back_as_its_rows(self, reply: r.HelpOn):
        (found,) = read_all(encode_reply(reply))
        assert isinstance(found, HelpText)
        rows = encode_reply(reply).decode().splitlines()[:-1]
        self.assertEqual([f"= help {row}" for row in found.rows], rows)

    @given(refusals)
    def test_a_refusal_comes_back(self, refusal: Refusal):
        self.assertEqual(read_all(encode_refusal(refusal)), [refusal])

    @given(texts)
    def test_a_greeting_comes_back(self, name: str):
        name = name.replace('"', "")
        self.assertEqual(read_all(encode_greeting(name)), [Hello("chatsvc/1", name)])

    @given(
        st.lists(events | replies.filter(lambda reply: not isinstance(reply, r.HelpOn)), max_size=6)
    )
    def test_answers_and_events_come_back_in_order(self, sent: list[Any]):
        encoded = (
            encode_reply(each) if type(each) in REPLIES else encode_event(each) for each in sent
        )
        self.assertEqual(read_all(b"".join(encoded)), sent)


class WhatALineHolds(SynchronousTestCase):
    @given(anything_sent)
    def test_no_line_holds_a_control_character_but_its_end(self, data: bytes):
        *lines, after = data.decode().split("\n")
        self.assertEqual(after, "")
        for line in lines:
            self.assertEqual([ch for ch in line if unicodedata.category(ch) == "Cc"], [])
            self.assertEqual(line.splitlines(), [line])

    @given(anything_sent)
    def test_row_a7_every_line_begins_with_its_status(self, data: bytes):
        """Row A7: a line begins with + - * or =, and only the last of an answer with + or -."""
        *rows, last = [line[:2] for line in data.decode().splitlines()]
        self.assertIn(last, ("+ ", "- ", "* "))
        self.assertLessEqual(set(rows), {"= "})

    @given(commands)
    def test_a_request_is_one_line(self, command: c.Command):
        self.assertEqual(len(format_request(command).decode().splitlines()), 1)
