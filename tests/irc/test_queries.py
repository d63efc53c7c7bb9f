"""What LIST, WHO and CHATHISTORY are asked for."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.names import RoomName
from chatsvc.irc.chathistory import MOST_MESSAGES, Asked, At, parse_chathistory
from chatsvc.irc.elist import MOST_CONDITIONS, Listed, parse_elist
from chatsvc.irc.msgids import DirectMessage, RoomMessage
from chatsvc.irc.replies import Refused
from chatsvc.irc.whox import FIELDS, Whox, parse_whox, wants_operators

MINUTE = 60_000
NOW = 100 * MINUTE
ROOMS = (
    Listed(RoomName("chan1"), members=1, created_at=NOW - 50 * MINUTE, topic_at=NOW - 5 * MINUTE),
    Listed(RoomName("Chan2"), members=2, created_at=NOW - 10 * MINUTE),
)


class ListTests(SynchronousTestCase):
    """`parse_elist` understands every condition that is announced."""

    def found(self, text: str) -> list[str]:
        """Return the rooms that LIST with this parameter shows."""
        wanted = parse_elist(text)
        self.assertIsNone(wanted.names)
        return [listed.room for listed in ROOMS if wanted.includes(listed, NOW)]

    def test_conditions(self) -> None:
        """Masks, masks that do not match, counts, ages and ages of topics."""
        cases = {
            "": ["chan1", "Chan2"],
            "*an1": ["chan1"],
            "#c?an2": ["Chan2"],
            "*AN*": ["chan1", "Chan2"],
            "!*an1": ["Chan2"],
            "!#chan1": ["Chan2"],
            ">0": ["chan1", "Chan2"],
            ">1": ["Chan2"],
            "<2": ["chan1"],
            "<1": [],
            "C>20": ["chan1"],
            "c<20": ["Chan2"],
            "C<0": [],
            "C>0": ["chan1", "Chan2"],
            "T<6": ["chan1"],
            "T>1": ["chan1"],
            "T>5": [],
            ">0,<2,C>20": ["chan1"],
        }
        for text, rooms in cases.items():
            self.assertEqual(self.found(text), rooms, text)

    def test_names(self) -> None:
        """What is no condition is the name of a channel."""
        self.assertEqual(parse_elist("#a,#b").names, ("#a", "#b"))
        self.assertEqual(parse_elist(">x,T5").names, (">x", "T5"))

    def test_costly_masks_match_nothing(self) -> None:
        """A mask that is too long, or has too many stars, matches no room."""
        for mask in ("*a" * 9, "*" + "x" * 100):
            self.assertEqual(self.found(mask), [])
        self.assertLessEqual(len(parse_elist(",".join(["<1"] * 99)).conditions), MOST_CONDITIONS)

    @given(st.text("*?!<>CT,#a0123", max_size=30))
    def test_anything(self, text: str) -> None:
        """No parameter raises."""
        wanted = parse_elist(text)
        for listed in ROOMS:
            wanted.includes(listed, NOW)


class WhoxTests(SynchronousTestCase):
    """`parse_whox` gives the fields in the one order."""

    def test_order_and_token(self) -> None:
        """Whatever order they are asked for in; a token has up to three digits."""
        self.assertEqual(parse_whox("%" + FIELDS[::-1] + ",123"), Whox(FIELDS, "123"))
        self.assertEqual(parse_whox("%nt,321"), Whox("tn", "321"))
        self.assertEqual(parse_whox("%nt,1234"), Whox("tn", "0"))
        self.assertEqual(parse_whox("%n"), Whox("n"))

    def test_what_is_no_whox(self) -> None:
        """Without a % it is the old WHO; without any field too."""
        for text in ("", "o", "%", "%,1", "%x"):
            self.assertIsNone(parse_whox(text), text)

    def test_operators_only(self) -> None:
        """An `o` before the fields asks for operators, one among them for a field."""
        self.assertTrue(wants_operators("o") and wants_operators("o%n"))
        self.assertFalse(wants_operators("%o") or wants_operators(""))

    def test_rows(self) -> None:
        """A row has the values of the fields that were asked for."""
        values = {field: field.upper() for field in FIELDS}
        self.assertEqual(Whox("tna", "7").row(values), ("7", "N", "A"))


class ChathistoryTests(SynchronousTestCase):
    """`parse_chathistory` understands every subcommand."""

    def test_subcommands(self) -> None:
        """Each has its target, points and limit."""
        time, at = "timestamp=2026-11-20T10:00:00.123Z", At(1_795_168_800_123)
        room, direct = RoomMessage(RoomName("a"), 7, 3), DirectMessage(4, 5)
        cases = {
            "LATEST #a * 50": Asked("LATEST", "#a", (), 50),
            "latest bob msgid=@4/5 50": Asked("LATEST", "bob", (direct,), 50),
            f"BEFORE #a {time} 5000": Asked("BEFORE", "#a", (at,), MOST_MESSAGES),
            "AFTER #a msgid=a/7/3 0": Asked("AFTER", "#a", (room,), 0),
            "AROUND #a msgid=a/7/3 3": Asked("AROUND", "#a", (room,), 3),
            f"BETWEEN #a {time} msgid=a/7/3 3": Asked("BETWEEN", "#a", (at, room), 3),
            f"TARGETS {time} {time} 3": Asked("TARGETS", "", (at, at), 3),
        }
        for line, asked in cases.items():
            self.assertEqual(parse_chathistory(line.split()), asked)

    def test_times_of_any_precision(self) -> None:
        """Seconds may have a fraction or none."""
        for fraction, milliseconds in (("", 0), (".5", 500), (".123456", 123)):
            asked = parse_chathistory(
                ["AFTER", "#a", f"timestamp=1970-01-01T00:00:00{fraction}Z", "1"]
            )
            self.assertEqual(asked.points, (At(milliseconds),))

    def test_refusals(self) -> None:
        """What cannot be understood gets the code of the specification."""
        cases = {
            "": "INVALID_PARAMS",
            "NEVER #a * 1": "INVALID_PARAMS",
            "LATEST #a *": "INVALID_PARAMS",
            "LATEST #a * x": "INVALID_PARAMS",
            "LATEST #a * -1": "INVALID_PARAMS",
            "BEFORE #a * 1": "INVALID_MSGREFTYPE",
            "BEFORE #a date=1 1": "INVALID_MSGREFTYPE",
            "BEFORE #a msgid=nonsense 1": "INVALID_PARAMS",
            "BEFORE #a timestamp=now 1": "INVALID_PARAMS",
            "BEFORE #a timestamp=2026-11-20T10:00:00 1": "INVALID_PARAMS",
            "TARGETS msgid=a/1 msgid=a/2 1": "INVALID_PARAMS",
        }
        for line, code in cases.items():
            error = self.assertRaises(Refused, parse_chathistory, line.split())
            self.assertEqual(error.reply.params[:2], ("CHATHISTORY", code), line)

    @given(st.lists(st.text(max_size=30), max_size=6))
    def test_anything(self, params: list[str]) -> None:
        """No parameters raise anything but a refusal."""
        for subcommand in ("LATEST", "BETWEEN", "TARGETS", ""):
            try:
                parse_chathistory([subcommand, *params])
            except Refused:
                continue

    @given(st.text(max_size=25))
    def test_any_timestamp(self, text: str) -> None:
        """No timestamp raises anything but a refusal."""
        for value in (text, f"{text}Z", f"2026-{text}Z"):
            try:
                parse_chathistory(["AFTER", "#a", f"timestamp={value}", "1"])
            except Refused:
                continue
