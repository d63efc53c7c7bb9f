"""What somebody hostile may send: nothing of it harms anybody, or is held for ever."""

from base64 import b64encode
from itertools import permutations

import attrs
from twisted.trial.unittest import TestCase

from chatsvc.core.limits import DEFAULT_LIMITS, WATCHED_NICKS
from chatsvc.core.rate import REFUSALS_PER_WAIT
from chatsvc.identity.delays import LoginDelays
from chatsvc.identity.listed import OperatorFile, parse_operators
from chatsvc.irc.client_batch import ClientBatch
from chatsvc.irc.house import OFFERED
from chatsvc.irc.message import INPUT_BYTES
from chatsvc.irc.sasl import MOST_BYTES, PIECE
from tests.protocols.irc.conversation import IrcClient, IrcServer, command_of
from tests.torture.irc_talkers import check_line
from tests.torture.reference import is_harmless

EVIL = (
    b"\0", b"\r", b"\n", b"\r\n", b"\x01", b"\x02", b"\x0304,05", b"\x07", b"\x08", b"\x0f",
    b"\x16",
    b"\x1b[31m", b"\x1b]0;x\x07", b"\x7f", b"\xc2\x9b31m", b"\xc2\x85", b"\xe2\x80\xae",
    b"\xe2\x81\xa6",
    b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\xf0\x9f", b"\xe2\x80\x8b",
)  # fmt: skip
"""Control characters, colours, line breaks, what turns text round, and what is no UTF-8."""

SHOWN = (
    "NICK a{}b", "NICK {}", "SETNAME :real{}name", "TOPIC #tea :to{}pic", "AWAY :a{}way",
    "PRIVMSG #tea :te{}xt", "NOTICE #tea :te{}xt", "PRIVMSG bob :te{}xt",
    "PRIVMSG #tea :\x01ACTION a{}c\x01",
    "PRIVMSG #tea :\x01VER{}SION x\x01", "NOTICE bob :\x01VERSION a{}b\x01",
    "PRIVMSG @#tea :te{}xt",
    "@+typing=a{}b TAGMSG #tea", "@+a{}b=c TAGMSG bob", "@+draft/reply=a{}b PRIVMSG #tea :x",
    "@+x=\\{}y PRIVMSG #tea :x", "@label=a{}b PING x", "PING a{}b", "MODE #tea +k a{}b",
    "MODE #tea +b a{}b!*@*",
    "MODE #tea +b ~a:a{}b", "MODE #tea +{}", "MODE #tea b", "MODE #tea", "MODE ann +{}",
    "INVITE a{}b #tea",
    "JOIN #a{}b", "JOIN #tea2 k{}y", "NAMES #a{}b", "LIST #a{}b", "WHO a{}b", "WHO #tea %n,{}",
    "WHOIS a{}b",
    "WHOWAS a{}b", "USERHOST a{}b", "ISON a{}b", "MONITOR + a{}b", "MONITOR L", "HELP a{}b",
    "CAP REQ :a{}b",
    "CAP {}", "AUTHENTICATE a{}b", "OPER a{}b x", "KILL a{}b :x", "REGISTER a{}b * x",
    "VERIFY a{}b x",
    "NICKSERV a{}b", "NS IDENTIFY a{}b x", "CS OP #a{}b x", "CHATHISTORY LATEST #a{}b * 5",
    "CHATHISTORY a{}b #tea * 5", "MARKREAD #a{}b", "MARKREAD #tea a{}b", "REDACT #tea a{}b :x",
    "REDACT #tea tea/1/1 :re{}ason", "KICK #tea a{}b :x", "KICK #tea bob :re{}ason", "FOO{} x",
    "{}",
    "BATCH +a{}b draft/multiline #tea", "BATCH +1 draft/multiline #a{}b", "BATCH -1",
    "METADATA * SET url :a{}b",
    "METADATA * SET a{}b :x", "RENAME #tea #tea3 :re{}ason",
    "RENAME #tea3 #tea", "PART #tea :re{}ason", "QUIT :re{}ason",
)  # fmt: skip

BAD_NICKS = (
    "anna", "ANNA", "\u0410nna", "Ann\u0430", "val", "VAL", "NickServ", "ChanServ", "irc.test",
    "IRC.test", "*", "#tea", "@ann", "+ann", "a!b", "a@b", "$x", "a,b", ":", "0:",
)  # fmt: skip

ALL = " ".join(OFFERED)


def plain(*words: str) -> str:
    """Return what PLAIN says with these words."""
    return b64encode("\0".join(words).encode()).decode()


class HarmfulCharacterTests(TestCase):
    def test_nobody_is_sent_a_character_that_could_harm(self) -> None:
        """Whatever parameter it is in; each line that anybody gets is whole, and one line."""
        for evil in EVIL:
            server = IrcServer(self)
            ann, bob = server.irc("ann", "#tea", caps=ALL), server.irc("bob", "#tea", caps=ALL)
            old, lena = server.irc("old", "#tea"), server.client("lena", "tea")
            bob.says("MONITOR + ann")
            for line in SHOWN:
                before, _, after = line.encode().partition(b"{}")
                ann.sends(before + evil + after + b"\r\n", b"BATCH -0\r\n")
            late = server.irc("late").says("WHOIS ann", "WHOWAS ann", "JOIN #tea", "LIST")
            for client in (ann, bob, old, late):
                for text in client.lines + client.takes():
                    check_line(text.encode())
            for text in lena.lines + lena.takes():
                self.assertTrue(is_harmless(text), text)

    def test_before_registration_too(self) -> None:
        for evil in EVIL:
            server = IrcServer(self)
            bob = server.irc("bob", "#tea")
            ann = server.raw()
            for line in (
                b"PASS %s",
                b"USER u%sv 0 * :real%sname",
                b"CAP LS %s",
                b"NICK n%sn",
                b"NICK ann",
            ):
                ann.sends(line.replace(b"%s", evil) + b"\r\n")
            ann.says("USER ann 0 * :ann", "JOIN #tea")
            bob.says("WHOIS ann", "WHO #tea")
            for text in ann.takes() + bob.takes():
                check_line(text.encode())


class LongInputTests(TestCase):
    def test_a_line_without_an_end_is_not_held(self) -> None:
        ann = IrcServer(self).irc("ann")
        for _ in range(64):
            ann.sends(b"x" * 1_000_000)
        held = vars(ann.protocol._buffer) if hasattr(ann.protocol._buffer, "__dict__") else {}
        sizes = [len(value) for value in held.values() if isinstance(value, bytes | bytearray)]
        self.assertLess(sum(sizes), 2 * INPUT_BYTES)
        ann.sends(b"\r\nPING x\r\n").gets_numerics("417", "PONG")

    def test_long_tags(self) -> None:
        """Up to 4,094 bytes of tags are taken, more are refused, and the label is found still."""
        ann = IrcServer(self).irc("ann", "#tea", caps="message-tags batch labeled-response")
        ann.says("@+x=" + "y" * 4091 + " PING x").gets_numerics("PONG")
        ann.says("@+x=" + "y" * 4092 + " PING x").gets_numerics("417")
        ann.says("@label=l;+x=" + "y" * 4400 + " PING x")
        self.assertTrue(ann.gets_numerics("417")[0].startswith("@label=l "))
        for size in (8_000, 100_000):
            ann.says("@x=" + "y" * size + " PING x", "PING z").gets_numerics("417", "PONG")

    def test_an_answer_that_repeats_a_long_parameter_fits_a_line(self) -> None:
        ann = IrcServer(self).irc("ann")
        for command, letter in (("NAMES", "x"), ("WHO", "x"), ("NAMES", "\u2615")):
            parameter = "#" + letter * ((500 - len(command)) // len(letter.encode()))
            for line in ann.says(f"{command} {parameter}").takes():
                self.assertLessEqual(len(line.encode()), 510)

    def test_many_parameters_and_none(self) -> None:
        ann = IrcServer(self).irc("ann", "#tea")
        ann.says(
            "PRIVMSG #tea " + " ".join(["x"] * 200),
            ":ann",
            "@a",
            "  ",
            "",
            " : ",
            "USERHOST" + " a" * 99,
        )
        self.assertEqual({command_of(line) for line in ann.takes()}, {"302"})
        ann.says(
            "JOIN " + ",".join(f"#r{number}" for number in range(60)),
            "PRIVMSG " + ",".join(map(str, range(100))) + " :x",
        )
        self.assertEqual(ann.takes()[-1].split(" ")[1], "407")


class SaslAbuseTests(TestCase):
    def setUp(self) -> None:
        self.server = IrcServer(self)
        self.server.house.offered = {**OFFERED, "sasl": "PLAIN,SCRAM-SHA-256"}
        self.server.client("val").says("register sesame", "quit")

    def begun(self, mechanism: str = "PLAIN") -> IrcClient:
        client = self.server.raw().says("CAP REQ :sasl", f"AUTHENTICATE {mechanism}")
        client.takes()
        return client

    def test_pieces_of_one_byte_are_no_response(self) -> None:
        client = self.begun()
        client.says(*(f"AUTHENTICATE {sign}" for sign in plain("", "val", "sesame")))
        self.assertLessEqual({line.split(" ")[1] for line in client.takes()}, {"904", "908"})
        self.assertIsNone(client.protocol.subscriber.session.account)

    def test_an_endless_response_is_refused_and_not_held(self) -> None:
        client = self.begun()
        for _ in range(MOST_BYTES // PIECE):
            client.says("AUTHENTICATE " + "A" * PIECE).gets_nothing()
        client.says("AUTHENTICATE " + "A" * PIECE).gets_numerics("904")
        self.assertIsNone(client.protocol.client.login)

    def test_pieces_of_exactly_400_bytes_need_an_end(self) -> None:
        response = plain("", "val", "x" * (300 - len("\0val\0")))
        self.assertEqual(len(response), PIECE)
        client = self.begun().says(f"AUTHENTICATE {response}").gets_nothing()
        client.says("AUTHENTICATE +").gets_numerics("904")

    def test_out_of_turn(self) -> None:
        """Before CAP, after registration, twice, switched, given up: answered, and no harm."""
        client = self.server.raw().says(
            "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('', 'val', 'sesame')}"
        )
        self.assertLessEqual({line.split(" ")[1] for line in client.takes()}, {"904", "908"})
        client = self.begun().says("AUTHENTICATE SCRAM-SHA-256", "AUTHENTICATE *", "AUTHENTICATE *")
        self.assertIn("904", client.takes()[0])
        client = self.begun().says("AUTHENTICATE *", "AUTHENTICATE PLAIN", "AUTHENTICATE PLAIN")
        client.gets_numerics("906", "AUTHENTICATE", "904")
        client = self.begun().says("NICK a", "USER a 0 * :a", "CAP END")
        self.assertIn("906", [command_of(line) for line in client.takes()])
        client.says(f"AUTHENTICATE {plain('', 'val', 'sesame')}")
        self.assertLessEqual({line.split(" ")[1] for line in client.takes()}, {"904", "908"})
        self.assertIsNone(client.protocol.subscriber.session.account)

    def test_garbage(self) -> None:
        for mechanism in ("PLAIN", "SCRAM-SHA-256"):
            for piece in (
                "!",
                "A",
                "====",
                "é",
                "\x01",
                "Zm9v",
                plain("a", "b"),
                plain("", "val", "se", "same"),
            ):
                client = self.begun(mechanism).says(f"AUTHENTICATE {piece}")
                client.gets_numerics("904")

    def test_an_unknown_account_is_answered_like_a_wrong_password(self) -> None:
        """By every way to log in; the names apart, word for word."""
        words = parse_operators(["boss hat"])
        listed = OperatorFile(words, LoginDelays(self.server.hub.limits), self.server.clock)
        self.server.hub.use_listed_operators(listed)
        first = "n,,n={},r=abc"
        ways = (
            lambda name: ["AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('', name, 'wrong')}"],
            lambda name: [
                "AUTHENTICATE SCRAM-SHA-256",
                f"AUTHENTICATE {plain(first.format(name))}",
            ],
            lambda name: [f"NICKSERV IDENTIFY {name} wrong"],
            lambda name: [f"PRIVMSG NickServ :IDENTIFY {name} wrong"],
            lambda name: [f"OPER {name} wrong"],
        )
        for number, way in enumerate(ways):
            known, unknown = (
                self.server.irc(f"n{number}{name}", caps="sasl").says(*way(name)).takes()
                for name in ("val", "vam")
            )
            if number == 1:  # The salt is another one, and of the same length.
                known, unknown = ([line[:30] for line in lines] for lines in (known, unknown))
            self.assertEqual(
                [line.replace("val", "vam") for line in known], unknown, f"way {number}"
            )


class CollidingNameTests(TestCase):
    def test_of_those_who_ask_at_once_one_gets_the_nick(self) -> None:
        """In every order; the other is told, and may take another one."""
        turns = [(who, line) for who in range(2) for line in ("NICK same", "USER u 0 * :u")]
        for order in permutations(turns):
            server = IrcServer(self)
            clients = [server.raw(), server.raw()]
            for who, line in order:
                clients[who].protocol.dataReceived(f"{line}\r\n".encode())
            server.settle()
            commands = [{command_of(line) for line in client.takes()} for client in clients]
            self.assertEqual(sum("001" in each for each in commands), 1, order)
            self.assertEqual(sum("433" in each for each in commands), 1, order)
            for number, client in enumerate(clients):
                client.says(f"NICK other{number}", "USER u 0 * :u", "PING x")
                self.assertEqual(command_of(client.takes()[-1]), "PONG")

    def test_names_that_nobody_may_have(self) -> None:
        """A look-alike, a registered one, a service's, the server's own."""
        server = IrcServer(self)
        server.client("val").says("register sesame", "quit")
        server.irc("Anna")
        client = server.irc("bob")
        for nick in BAD_NICKS:
            client.says(f"NICK {nick}")
            self.assertIn(command_of(client.takes()[0]), {"432", "433", "431"}, nick)
            raw = server.raw().says(f"NICK {nick}", "USER u 0 * :u")
            commands = [command_of(line) for line in raw.takes()]
            self.assertNotIn("001", commands, nick)


class EndlessTests(TestCase):
    def test_registration_that_is_never_finished_comes_to_an_end(self) -> None:
        """Also of who sends PING for ever, or has logged in."""
        server = IrcServer(self, limits=DEFAULT_LIMITS)
        server.client("val").says("register sesame", "quit")
        idle, waits, pings = server.raw(), server.raw().says("CAP LS 302"), server.raw()
        knows = server.raw().says(
            "CAP REQ :sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('', 'val', 'sesame')}"
        )
        half = server.raw().says("NICK half", "CAP LS 302", "USER u 0 * :u")
        for _ in range(DEFAULT_LIMITS.nameless_seconds + 10):
            if not pings.wire.lost:
                pings.says("PING x", "NICK p", "CAP LS")
            server.passes(1)
        for client in (idle, waits, pings, knows, half):
            self.assertTrue(client.is_closed)

    def test_a_batch_that_is_never_closed_is_bounded(self) -> None:
        ann = IrcServer(self).irc("ann", "#tea", caps=ALL)
        ann.says("BATCH +1 draft/multiline #tea")
        ann.says(*["@batch=1 PRIVMSG #tea :" + "x" * 400] * 50)
        self.assertEqual({command_of(line) for line in ann.takes()}, {"FAIL"})
        self.assertNotIsInstance(ann.protocol.client.batch, ClientBatch)

    def test_lists_that_grow_are_bounded(self) -> None:
        """Those of a room, and who is watched."""
        server = IrcServer(self)
        ann = server.irc("ann", "#tea")
        for number in range(300):
            ann.says(f"MODE #tea +b spam{number}!*@*")
        self.assertEqual(command_of(ann.takes()[-1]), "478")
        for number in range(WATCHED_NICKS + 1):
            ann.says(f"MONITOR + w{number}")
        self.assertEqual(command_of(ann.takes()[-1]), "734")

    def test_every_flood_is_slowed_down(self) -> None:
        """Whatever is asked for, registered or not, with a label or without."""
        floods = (
            "NICK a{}",
            "WHO *",
            "PRIVMSG #tea :x",
            "@label={} PING x",
            "CAP LS",
            "BATCH +{} x y",
        )
        limits = attrs.evolve(DEFAULT_LIMITS, request_burst=20, requests_per_second=1)
        for flood in floods:
            server = IrcServer(self, limits=limits)
            for client in (server.irc("ann", "#tea", caps=ALL), server.raw()):
                lines = (f"{flood.format(number)}\r\n" for number in range(REFUSALS_PER_WAIT + 200))
                client.sends("".join(lines).encode())
                self.assertFalse(client.wire.is_reading, flood)
                answered = [line for line in client.takes() if " 263 " not in line]
                self.assertLess(len(answered), 20 * 10, flood)
