"""How bytes become requests at the line door, and that answers keep their order."""

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import TestCase

from chatsvc.core.errors import Refusal
from chatsvc.core.limits import DEFAULT_LIMITS
from tests.protocols.conversation import NOW, Server

CODES = {kind.code for kind in Refusal.__subclasses__()}
LIMIT = DEFAULT_LIMITS.line_bytes


class LineEndTests(TestCase):
    def test_lf_cr_lf_and_cr_nul_end_a_line(self) -> None:
        client = Server(self).client("ann")
        client.sends(b"ping 1\nping 2\r\nping 3\r\0ping 4\n").gets(
            "+ pong 1", "+ pong 2", "+ pong 3", "+ pong 4"
        )

    def test_a_line_may_come_in_any_chunks(self) -> None:
        client = Server(self).client("ann")
        client.sends(*(bytes([byte]) for byte in b"ping 1\r\nping 2\r\0")).gets(
            "+ pong 1", "+ pong 2"
        )

    def test_empty_and_blank_lines_are_ignored(self) -> None:
        client = Server(self).client("ann")
        client.sends(b"\n\r\n\r\0   \n\t\nping\n").gets("+ pong")

    def test_verbs_are_case_insensitive_and_may_be_marked_with_a_slash(self) -> None:
        client = Server(self).client("ann")
        client.says("PiNg a", "/ping b", "  ping c").gets("+ pong a", "+ pong b", "+ pong c")

    def test_telnet_options_are_tolerated(self) -> None:
        client = Server(self).client("ann")
        negotiation = b"\xff\xfd\x03\xff\xfb\x18\xff\xfa\x18\x00xterm\xff\xf0"
        client.sends(negotiation + b"pi\xff\xf1ng x\r\0").gets("+ pong x")


class BadInputTests(TestCase):
    def test_a_line_of_exactly_the_limit_is_taken(self) -> None:
        client = Server(self).client("ann")
        token = "x" * (LIMIT - len("ping "))
        client.says(f"ping {token}").gets(f"+ pong {token}")

    def test_one_byte_more_is_an_error_skipped_to_its_end_and_the_connection_lives(self) -> None:
        client = Server(self).client("ann")
        client.says("ping " + "x" * (LIMIT - 4), "ping on").gets(
            f"- line-too-long A line may be {LIMIT} bytes long; this one was skipped.", "+ pong on"
        )

    def test_an_endless_line_is_one_error_at_once_and_costs_no_memory(self) -> None:
        client = Server(self).client("ann")
        client.sends(*[b"x" * 50000] * 20).gets_error("line-too-long")
        client.sends(b"x\nping\n").gets("+ pong")

    def test_invalid_utf_8_is_an_error_and_the_connection_lives(self) -> None:
        client = Server(self).client("ann")
        client.sends(b"ping \xc3(\nping\n").gets(
            "- bad-text This line is not valid UTF-8; it was skipped.", "+ pong"
        )

    def test_an_unknown_verb_is_quoted_without_its_control_characters(self) -> None:
        client = Server(self).client("ann")
        client.says("\x1b[31mred").gets(
            '- unknown-command There is no command "\ufffd[31mred"; help lists what there is.'
        )

    def test_superfluous_words_are_a_usage_error(self) -> None:
        client = Server(self).client("ann")
        client.says("create a b").gets("- usage Usage: create ROOM")
        client.says("list x").gets("- usage Usage: list")


class PipeliningTests(TestCase):
    def test_requests_sent_at_once_are_answered_in_order(self) -> None:
        client = Server(self).client()
        client.takes()
        client.says(
            "nick ann", "create a", "join a", "send a x", "ping", "nonsense", "history a", "list",
            "leave a", "delete a", "quit",
        ).gets(
            "+ nick ann",
            "+ created a",
            "+ join a 0 1",
            "+ sent a 1",
            f"* said a 1 {NOW} ann x",
            "+ pong",
            '- unknown-command There is no command "nonsense"; help lists what there is.',
            f"= said a 1 {NOW} ann x",
            "+ history a 1",
            f"= room a 1 1 {NOW} {NOW} kept",
            "+ list 1",
            "+ left a",
            "+ deleted a",
            "+ bye",
        )  # fmt: skip

    def test_answers_keep_their_order_while_the_log_holds_a_commit(self) -> None:
        server = Server(self)
        ann = server.client("ann", "a")
        server.faulty.hold()
        ann.says("ping 1", "send a x", "send a y", "ping 2", "history a", "nonsense")
        ann.gets("+ pong 1")
        server.faulty.release()
        ann.gets(
            "+ sent a 1",
            "+ sent a 2",
            f"* said a 1 {NOW} ann x",
            f"* said a 2 {NOW} ann y",
            "+ pong 2",
            f"= said a 1 {NOW} ann x",
            f"= said a 2 {NOW} ann y",
            "+ history a 2",
            '- unknown-command There is no command "nonsense"; help lists what there is.',
        )

    def test_others_are_served_while_one_waits_for_the_log(self) -> None:
        server = Server(self)
        ann, bob = server.client("ann", "a"), server.client("bob", "a")
        server.faulty.hold()
        ann.says("send a x", "ping")
        server.forget()
        bob.says("ping").gets("+ pong")
        ann.gets_nothing()

    def test_a_chatterbox_yields_to_others_after_its_share_of_a_turn(self) -> None:
        server = Server(self)
        ann, bob = server.client("ann"), server.client("bob")
        ann.protocol.dataReceived(b"ping\n" * 1000)
        bob.protocol.dataReceived(b"ping\n")
        server.clock.turn()
        self.assertEqual(bob.wire.received, b"+ pong\n")
        self.assertLess(ann.wire.received.count(b"\n"), 200)
        self.assertEqual(len(ann.takes()), 1000)

    def test_it_is_read_no_further_until_its_lines_are_taken(self) -> None:
        server = Server(self)
        ann = server.client("ann", "a")
        server.faulty.hold()
        ann.says("create b", "ping", "ping")
        self.assertFalse(ann.wire.is_reading)
        server.faulty.release()
        ann.gets("+ created b", "+ pong", "+ pong")
        self.assertTrue(ann.wire.is_reading)

    def test_messages_under_way_are_limited(self) -> None:
        server = Server(self)
        ann = server.client("ann", "a")
        server.faulty.hold()
        ann.says(*["send a x"] * 200)
        self.assertFalse(ann.wire.is_reading)
        server.faulty.release()
        self.assertEqual(
            [line for line in ann.takes() if line.startswith("+")],
            [f"+ sent a {number}" for number in range(1, 201)],
        )


LINES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [b"nick ann", b"nick b", b"create a", b"join a", b"join a since 0", b"send a hi",
         b"send a #1 x",
         b"talk a", b"/talk", b"plain", b"@ann x", b"list", b"history a 3", b"leave a", b"delete a",
         b"topic a x", b"who", b"away", b"back", b"help", b"x" * 5000, b"\xff\xfb\x01", b"quit\xff"]
    ),
)  # fmt: skip
STREAMS = st.lists(st.tuples(LINES, st.sampled_from([b"\n", b"\r\n", b"\r\0", b""])), max_size=20)


class GarbageTests(TestCase):
    def answers(self, *chunks: bytes) -> list[str]:
        client = Server(self, lobby="lobby").client()
        lines = client.sends(*chunks).takes()
        if not client.is_closed:
            more = client.sends(b"\n/ping alive\n").takes()
            self.assertEqual(more[-1], "+ pong alive")
        return lines

    @settings(max_examples=60, deadline=None)
    @given(STREAMS, st.lists(st.integers(1, 30), min_size=1, max_size=5))
    def test_anything_gets_documented_answers_whatever_the_chunks(self, parts, sizes) -> None:
        stream = b"".join(line + end for line, end in parts)
        whole = self.answers(stream)
        for line in whole:
            status, _, rest = line.partition(" ")
            self.assertIn(status, {"+", "-", "=", "*"})
            if status == "-":
                self.assertIn(rest.partition(" ")[0], CODES - {"internal", "storage"})
        self.assertEqual(self.answers(*cut(stream, sizes)), whole)


def cut(stream: bytes, sizes: list[int]) -> list[bytes]:
    """Return `stream` in chunks of `sizes`, over and over."""
    chunks = []
    while stream:
        size = sizes[len(chunks) % len(sizes)]
        chunks.append(stream[:size])
        stream = stream[size:]
    return chunks
