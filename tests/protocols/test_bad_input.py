"""Whatever is sent, the answer is a documented one, on the same connection, and nothing else.

Every character that could harm is tried in every field, every odd number wherever a number
may stand, every request in every state, and what other protocols send first.
"""

import unicodedata

import attrs
from twisted.trial.unittest import TestCase

from chatsvc.core.limits import CLIENT_ID_LENGTH, COUNTER_DIGITS, DEFAULT_LIMITS
from chatsvc.wire.table import VERBS
from tests.protocols.conversation import Client, Server

FOREIGN = {
    "HTTP": b"GET / HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\nnick eve\r\nsend tea hi\r\n",
    "SSH": b"SSH-2.0-OpenSSH_9.2p1\r\nnick eve\n",
    "TLS": b"\x16\x03\x01\0\xf1\x01\0\0\n\xed\x03\x03" + b"Z\n" * 60,
    "RDP": b"\x03\0\0\x2c\x27\xe0\0\0\0\0\0Cookie: mstshash=x\r\n\x01\0\x08\0\x03\0\0\0\n",
}
ODD_NUMBERS = (
    "-1", "+5", "1e9", "1_000", "1,000", "1.0", "0x10", "０", "１２", "١٢", "۱۲", "१", "²", "½",
    "Ⅷ", "∞", "NaN", "1\u200b", "\u200f1", "--1", "9" * 16, "0" * 16, "9" * 3000,
)  # fmt: skip
NUMBER_FIELDS = (
    "join tea since {}", "join since {}", "history tea {}", "history tea before {}",
    "history tea after {}", "history tea 5 before {}",
)  # fmt: skip


def unsafe_characters() -> list[str]:
    """Return what may stand nowhere: controls, line ends, directions, what hides text."""
    named = [*range(0x202A, 0x202F), *range(0x2066, 0x2070), *range(0xFFF9, 0xFFFC)]
    named += [*range(0xE0000, 0xE0020), *range(0xFDD0, 0xFDF0)]
    named += [plane * 0x10000 + last for plane in range(17) for last in (0xFFFE, 0xFFFF)]
    controls = [code for code in range(0xA0) if unicodedata.category(chr(code)) == "Cc"]
    # A tab counts as a space; LF ends the line.
    return [chr(code) for code in [*controls, 0x2028, 0x2029, *named] if chr(code) not in "\t\n"]


UNSAFE = unsafe_characters()
FORMATS = [
    chr(code)
    for code in range(0x110000)
    if unicodedata.category(chr(code)) == "Cf" and chr(code) not in UNSAFE
]
"""Characters without a width that texts may hold: joiners, marks of direction and the like."""

TEXT_FIELDS = {
    "send tea a{}b": "bad-text", "send tea #1 a{}b": "bad-text", "send tea #i{}d x": "bad-text",
    "tell ann a{}b": "bad-text", "@ann a{}b": "bad-text", "away a{}b": "bad-text",
    "topic tea a{}b": "bad-text", "welcome tea a{}b": "bad-text", "search tea a{}b": "bad-text",
    "ping a{}b": "bad-text", "edit tea 1 a{}b": "bad-text", "rename tea pub a{}b": "bad-text",
}  # fmt: skip
OTHER_FIELDS = {
    "nick a{}b": "bad-nick", "tell a{}b x": "bad-nick", "@a{}b x": "bad-nick",
    "create a{}b": "bad-room", "join a{}b": "bad-room", "info a{}b": "bad-room",
    "rename a{}b pub": "bad-room", "rename tea a{}b": "bad-room",
    "delete a{}b": "bad-room", "leave a{}b": "bad-room", "send a{}b x": "bad-room",
    "who a{}b": "bad-room", "topic a{}b": "bad-room", "welcome a{}b": "bad-room",
    "history a{}b": "bad-room", "search a{}b x": "bad-room", "talk a{}b": "bad-room",
    "redact a{}b 1": "bad-room", "edit a{}b 1 x": "bad-room", "redact tea 1{}": "usage",
    "join tea since 1{}": "usage", "history tea 1{}": "usage", "list {}": "usage",
    "pi{}ng": "unknown-command", "help pi{}ng": "unknown-command",
}  # fmt: skip


class BadInputTestCase(TestCase):
    def setUp(self) -> None:
        self.server = Server(self)
        self.client = self.server.client("ann")
        self.client.says("create tea", "join tea").takes()

    def assertAnswers(self, requests: list[str], answers: list[str]) -> None:
        """Send requests, and check how each answer begins; events do not count."""
        lines = self.client.says(*requests).takes()
        got = [line for line in lines if line[0] in "+-"]
        self.assertEqual(len(got), len(requests))
        for request, line, answer in zip(requests, got, answers, strict=True):
            self.assertTrue(f"{line} ".startswith(f"{answer} "), f"{request!r} got {line!r}")
        for line in lines:
            self.assertFalse(set(UNSAFE) & set(line), line)


class CharacterTests(BadInputTestCase):
    def test_a_character_that_could_harm_is_refused_in_every_field(self) -> None:
        for field, code in (TEXT_FIELDS | OTHER_FIELDS).items():
            requests = [field.format(character) for character in UNSAFE]
            # At its end a CR would be a part of the line's end.
            requests = [line for line in requests if not line.endswith("\r")]
            self.assertAnswers(requests, [f"- {code}"] * len(requests))

    def test_a_character_without_a_width_is_no_part_of_a_name_number_or_verb(self) -> None:
        for field, code in OTHER_FIELDS.items():
            requests = [field.format(character) for character in FORMATS]
            self.assertAnswers(requests, [f"- {code}"] * len(requests))

    def test_a_joiner_or_mark_of_direction_in_a_text_arrives_unchanged(self) -> None:
        for character in FORMATS:
            text = f"می{character}خواهم"
            self.assertIn(f"ann {text}", self.client.says(f"send tea {text}").takes()[1])

    def test_a_text_of_nothing_but_such_characters_is_refused(self) -> None:
        for field in ("send tea {}", "tell ann {}", "away {}", "topic tea {}", "ping {}"):
            requests = [field.format(character * 3) for character in FORMATS]
            self.assertAnswers(requests, ["- bad-text"] * len(requests))

    def test_bytes_that_are_no_utf_8_are_refused_in_every_field(self) -> None:
        for field in TEXT_FIELDS | OTHER_FIELDS:
            for broken in (b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\x80", b"\xe2\x82"):
                line = field.encode().replace(b"{}", broken) + b"\n"
                self.client.sends(line).gets_error("bad-text")


class NumberTests(BadInputTestCase):
    def test_a_number_of_any_odd_shape_is_a_usage_error(self) -> None:
        for field in NUMBER_FIELDS:
            requests = [field.format(number) for number in ODD_NUMBERS]
            self.assertAnswers(requests, ["- usage"] * len(requests))

    def test_a_number_of_a_hundred_thousand_digits_is_too_long_a_line(self) -> None:
        for field in NUMBER_FIELDS:
            self.client.says(field.format("9" * 100_000)).gets_error("line-too-long")

    def test_the_largest_number_is_taken_and_finds_nothing(self) -> None:
        largest = "9" * COUNTER_DIGITS
        self.client.says(f"join tea since {largest}").gets("+ join tea 0 1")
        self.client.says(f"history tea {largest}").gets("+ history tea 0")
        self.client.says(f"history tea after {largest}").gets("+ history tea 0")
        self.client.says(f"history tea before {largest}").gets("+ history tea 0")


class LimitTests(BadInputTestCase):
    """One less, exactly, and one more."""

    def test_a_line(self) -> None:
        most = DEFAULT_LIMITS.line_bytes - len("ping ")
        self.assertAnswers(
            [f"ping {'x' * size}" for size in (most - 1, most, most + 1)],
            ["+ pong", "+ pong", "- line-too-long"],
        )

    def test_a_nick_however_many_bytes_its_letters_have(self) -> None:
        for letter in "xé名":
            most = DEFAULT_LIMITS.nick_length
            self.assertAnswers(
                [f"nick {letter * size}" for size in (most - 1, most, most + 1)],
                ["+ nick", "+ nick", "- bad-nick"],
            )

    def test_the_name_of_a_room(self) -> None:
        most = DEFAULT_LIMITS.room_length
        for verb, letter, done in (("create", "r", "+ created"), ("join", "é", "+ join")):
            self.assertAnswers(
                [f"{verb} {letter * size}" for size in (most - 1, most, most + 1)],
                [done, done, "- bad-room"],
            )

    def test_a_client_id(self) -> None:
        sizes = (CLIENT_ID_LENGTH - 1, CLIENT_ID_LENGTH, CLIENT_ID_LENGTH + 1)
        self.assertAnswers(
            [f"send tea #{'i' * size} x" for size in sizes], ["+ sent", "+ sent", "- usage"]
        )

    def test_the_digits_of_a_number(self) -> None:
        sizes = (COUNTER_DIGITS - 1, COUNTER_DIGITS, COUNTER_DIGITS + 1)
        self.assertAnswers(
            [f"history tea after {'1' * size}" for size in sizes],
            ["+ history", "+ history", "- usage"],
        )

    def test_rooms_rooms_of_one_and_connections(self) -> None:
        limits = attrs.evolve(DEFAULT_LIMITS, rooms=4, rooms_per_session=3, sessions=2)
        server = Server(self, limits=limits)
        self.client = server.client("ann")
        self.assertAnswers(
            ["join a", "join b", "join c", "join d", "create d", "create e"],
            ["+ join", "+ join", "+ join", "- too-many", "+ created", "- too-many"],
        )
        self.assertFalse(server.client("bob").is_closed)
        third = server.client()
        self.assertEqual(third.takes()[1][:10], "- too-many")
        self.assertTrue(third.is_closed)

    def test_rows_of_a_history_and_of_a_search(self) -> None:
        limits = attrs.evolve(DEFAULT_LIMITS, history_page=3, search_page=3)
        server = Server(self, limits=limits)
        client = server.client("ann", "tea")
        client.says("send tea x")
        for rows in (2, 3, 3):
            client.says("send tea x").takes()
            self.assertEqual(client.says("history tea 9").takes()[-1], f"+ history tea {rows}")
            self.assertEqual(client.says("search tea x").takes()[-1], f"+ search tea {rows}")


MODERATION = {
    "invite": "invite tea bob", "uninvite": "uninvite tea bob", "kick": "kick tea bob",
    "ban": "ban tea spam*", "tryban": "tryban tea *", "unban": "unban tea x", "bans": "bans tea",
    "mute": "mute tea spam*", "unmute": "unmute tea x", "mutes": "mutes tea",
    "voice": "voice tea bob", "devoice": "devoice tea bob", "op": "op tea bob",
    "deop": "deop tea bob", "owner": "owner tea bob", "resign": "resign tea", "set": "set tea",
    "set kind": "set tea kind unlisted", "set password": "set tea kind password pw",
    "set topic kept": "set tea topic moderators", "set most": "set tea most 5",
    "spare": "spare tea bob", "unspare": "unspare tea x", "spares": "spares tea",
    "hear": "hear tea bob", "unhear": "unhear tea x", "hears": "hears tea",
    "admit": "admit tea bob", "unadmit": "unadmit tea x", "admits": "admits tea",
    "rename": "rename tea pub",
}  # fmt: skip
"""Requests about a room whose owner is a guest, bob."""

LISTS = {name: f"+ {name} tea" for name in ("bans", "mutes", "spares", "hears", "admits")}
"""What every member may ask for, among them, and how the answer begins."""

OPERATING = {
    "oper": "oper bob", "deoper": "deoper bob", "operators": "operators",
    "server-ban": "server-ban x", "server-tryban": "server-tryban x",
    "server-unban": "server-unban x", "server-bans": "server-bans", "server-set": "server-set",
    "where": "where bob", "kill": "kill bob", "announce": "announce hi", "audit": "audit",
    "reload": "reload", "shutdown": "shutdown",
}  # fmt: skip
"""Requests for operators of the server, which nobody is here."""

REQUESTS = {
    **OPERATING, "claim": "claim AAAA",
    **MODERATION,
    "nick": "nick zed", "create": "create new", "join": "join tea", "list": "list",
    "info": "info tea", "delete": "delete tea", "leave": "leave tea", "send": "send tea hi",
    "tell": "tell bob hi", "who": "who tea", "away": "away", "back": "back", "topic": "topic tea",
    "set topic": "topic tea x", "welcome": "welcome tea", "set welcome": "welcome tea x",
    "history": "history tea", "search": "search tea x", "talk": "talk tea", "ping": "ping",
    "redact": "redact tea 1", "edit": "edit tea 1 x",
    "help": "help", "quit": "quit", "nonsense": "nonsense", "too long": "x" * 5000,
    "register": "register pw", "login": "login nobody pw", "logout": "logout",
    "passwd": "passwd pw wp", "drop": "drop pw",
    "keys": "keys list", "grant-code": "grant-code", "pair": "pair 000000",
    "ignore": "ignore cid", "unignore": "unignore cid", "ignored": "ignored",
    "history of two": "history @bob", "search of two": "search @bob x",
}  # fmt: skip
DONE = {
    **dict.fromkeys(OPERATING, "- not-allowed"), "claim": "- not-logged-in",
    **dict.fromkeys(MODERATION, "- not-allowed"), "set": "+ set tea", "uninvite": "- no-such-user",
    "nick": "+ nick zed", "create": "+ created new", "join": "+ join tea", "list": "+ list",
    "info": "+ info tea", "delete": "+ deleted tea", "leave": "+ left tea", "send": "+ sent tea",
    "tell": "+ told bob", "who": "+ who", "away": "+ away", "back": "+ back",
    "topic": "+ topic tea", "set topic": "+ topic tea", "welcome": "+ welcome tea",
    "set welcome": "+ welcome tea x", "history": "+ history tea", "search": "+ search tea",
    "redact": "- no-such-message", "edit": "- no-such-message",
    "talk": "+ talking tea", "ping": "+ pong", "help": "+ help", "quit": "+ bye",
    "nonsense": "- unknown-command", "too long": "- line-too-long",
    "register": "+ registered", "login": "- bad-login", "logout": "- not-logged-in",
    "passwd": "- not-logged-in", "drop": "- not-logged-in",
    "keys": "- not-logged-in", "grant-code": "- not-logged-in", "pair": "- bad-login",
    "ignore": "+ ignore cid", "unignore": "+ unignore cid", "ignored": "+ ignored 0",
    "history of two": "- not-logged-in", "search of two": "- not-logged-in",
}  # fmt: skip
"""The answer to each request where it is right; what differs stands with the state."""

NO_NICK = dict.fromkeys(
    ("create", "join", "delete", "leave", "send", "tell", "away", "back", "topic", "set topic",
     "welcome", "set welcome", "history", "search", "redact", "edit", "talk", "register", "logout",
     "passwd", "drop", "keys", "grant-code", "ignore", "unignore", "ignored",
     "history of two", "search of two", *MODERATION, *OPERATING, "claim"),
    "- no-nick",
)  # fmt: skip
STRANGER = {
    "delete": "- not-allowed", "leave": "- not-a-member", "send": "- not-a-member",
    "set topic": "- not-a-member", "set welcome": "- not-allowed", "talk": "- not-a-member",
    "invite": "- not-a-member", "uninvite": "- not-a-member",
}  # fmt: skip
MEMBER = {
    "join": "- already-a-member", "delete": "- not-allowed", "set welcome": "- not-allowed",
    **LISTS,
}  # fmt: skip
OWNER = {
    "join": "- already-a-member", "ban": "+ banned tea", "tryban": "+ tryban tea",
    "unban": "- bad-mask", "mute": "+ muted tea", "unmute": "- bad-mask", **LISTS,
    "spare": "+ spared tea bob", "unspare": "- bad-mask", "hear": "+ heard tea bob",
    "unhear": "- bad-mask", "admit": "+ admitted tea bob", "unadmit": "- bad-mask",
    "kick": "+ kicked tea bob", "voice": "+ role tea bob owner",
    "devoice": "+ role tea bob owner", "op": "+ role tea bob moderator",
    "deop": "+ role tea bob member", "resign": "+ role tea bob member",
    "owner": "- not-registered", "set kind": "- not-registered",
    "set password": "- not-registered", "set topic kept": "- not-registered",
    "set most": "- not-registered",
    "rename": "- not-registered",
}  # fmt: skip
NO_ROOM = dict.fromkeys(
    ("info", "delete", "leave", "send", "who", "topic", "set topic", "welcome", "set welcome",
     "history", "search", "redact", "edit", "talk", *MODERATION), "- no-such-room",
)  # fmt: skip


class StateTests(TestCase):
    """Every request, in a state in which it may be right or wrong."""

    def setUp(self) -> None:
        self.server = Server(self)
        self.bob = self.server.client("bob")
        self.bob.says("create tea", "join tea")
        self.server.forget()

    def a_client(self, *lines: str) -> Client:
        client = self.server.client()
        client.says(*lines)
        self.server.forget()
        return client

    def assertMatrix(self, differing: dict[str, str], *before: str, mark: str = "") -> None:
        """Check the answer to each request said by a new client after `before`."""
        for name, request in REQUESTS.items():
            self.setUp()
            client = self.a_client(*before)
            lines = client.says(f"{mark}{request}").takes()
            self.assertAnswered(name, lines, differing)
            self.assertEqual(client.is_closed, name == "quit")

    def assertAnswered(self, name: str, lines: list[str], differing: dict[str, str]) -> None:
        answers = [line for line in lines if line[0] in "+-"]
        expected = differing.get(name, DONE[name])
        self.assertEqual(len(answers), 1, (name, lines))
        self.assertTrue(f"{answers[0]} ".startswith(f"{expected} "), (name, answers))

    def test_every_verb_is_tried(self) -> None:
        self.assertLessEqual({verb.name for verb in VERBS}, set(REQUESTS))

    def test_before_there_is_a_nick(self) -> None:
        self.assertMatrix(NO_NICK)

    def test_outside_the_room(self) -> None:
        self.assertMatrix(STRANGER, "nick ann")

    def test_in_a_room_of_somebody_else(self) -> None:
        self.assertMatrix(MEMBER, "nick ann", "join tea")

    def test_in_a_room_of_ones_own(self) -> None:
        for name, request in REQUESTS.items():
            self.setUp()
            self.a_client("nick ann", "join tea")
            self.assertAnswered(name, self.bob.says(request).takes(), OWNER)

    def test_in_talk_mode(self) -> None:
        self.assertMatrix(MEMBER, "nick ann", "join tea", "talk tea", mark="/")

    def test_in_talk_mode_after_leaving_the_room(self) -> None:
        self.assertMatrix(STRANGER, "nick ann", "join tea", "talk tea", "/leave tea", mark="/")

    def test_a_plain_line_in_talk_mode_after_leaving_or_losing_the_room(self) -> None:
        client = self.a_client("nick ann", "join tea", "talk tea", "/leave tea")
        client.says("hello").gets_error("not-a-member")
        self.bob.says("delete tea")
        client.says("hello").gets_error("no-such-room")

    def test_when_the_room_is_gone(self) -> None:
        for name, request in REQUESTS.items():
            self.setUp()
            client = self.a_client("nick ann", "join tea")
            self.bob.says("delete tea")
            client.takes()
            self.assertAnswered(name, client.says(request).takes(), NO_ROOM)

    def test_nobody_is_answered_after_quit(self) -> None:
        for request in REQUESTS.values():
            client = self.a_client("nick ann")
            client.says("quit", request).gets("+ bye")
            client.says(request).gets()
            self.assertTrue(client.is_closed)

    def test_half_closed_right_after_asking(self) -> None:
        for name, request in REQUESTS.items():
            self.setUp()
            client = self.a_client("nick ann", "join tea")
            client.protocol.dataReceived(f"{request}\n".encode())
            client.half_closes()
            self.assertAnswered(name, client.takes(), MEMBER)
            self.assertTrue(client.is_closed)

    def test_while_a_line_too_long_is_being_skipped(self) -> None:
        client = self.a_client("nick ann", "join tea")
        client.sends(b"x" * 5000).gets_error("line-too-long")
        for request in REQUESTS.values():
            client.sends(f" {request}".encode()).gets_nothing()
        client.sends(b"\nping\n").gets("+ pong")

    def test_while_the_server_stops(self) -> None:
        client = self.a_client("nick ann", "join tea")
        self.server.hub.stopService()
        for request in REQUESTS.values():
            client.says(request)
        self.assertEqual(client.takes(), ["* closing The server is shutting down."])
        self.assertTrue(client.is_closed)


class OtherProtocolTests(TestCase):
    def test_what_speaks_another_protocol_gets_one_sentence_and_is_closed(self) -> None:
        for name, greeting in FOREIGN.items():
            server = Server(self)
            client = server.client()
            client.takes()
            client.sends(greeting).gets(
                f"- wrong-protocol This is a chat server for lines of text, and you speak {name}; "
                "connect with chatsvc-client, nc or telnet."
            )
            self.assertTrue(client.is_closed)

    def test_however_it_is_cut(self) -> None:
        for greeting in FOREIGN.values():
            client = Server(self).client()
            client.takes()
            client.sends(*(greeting[place : place + 1] for place in range(len(greeting))))
            client.gets_error("wrong-protocol")
            self.assertTrue(client.is_closed)

    def test_the_body_of_a_web_form_is_not_carried_out(self) -> None:
        server = Server(self)
        ann = server.client("ann", "tea")
        form = b"POST / HTTP/1.1\r\nHost: x\r\n\r\nnick eve\r\njoin tea\r\nsend tea spam\r\n"
        server.client().sends(form)
        ann.gets_nothing()

    def test_a_later_line_that_looks_so_is_an_unknown_command(self) -> None:
        client = Server(self).client("ann")
        client.says("GET / HTTP/1.1").gets_error("unknown-command")
        client.says("talk").gets("+ talking")
