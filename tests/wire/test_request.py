"""Lines become commands: verbs and their spellings, direct messages, talk mode."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core import commands as c
from chatsvc.core.errors import BadNick, BadText, Refusal, UnknownCommand, Usage
from chatsvc.core.limits import HISTORY_DEFAULT
from chatsvc.core.names import Nick, RoomName
from chatsvc.wire.request import decode_line, parse_request, parse_talk_line
from chatsvc.wire.table import BY_NAME, VERBS
from tests.wire import moderation_examples, operating_examples

ANN, DEN = Nick("ann"), RoomName("den")

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKZDppWdlxurT/X3EX5M3ardKuD1a5U3vsWGaHMjBEfx"

EXAMPLES: dict[str, list[tuple[str, c.Command]]] = {
    "nick": [("ann", c.SetNick(ANN))],
    "create": [("den", c.CreateRoom(DEN))],
    "join": [
        ("", c.JoinRoom(None)),
        ("den", c.JoinRoom(DEN)),
        ("den since 41", c.JoinRoom(DEN, 41)),
        ("den SINCE 0", c.JoinRoom(DEN, 0)),
        ("since 41", c.JoinRoom(None, 41)),
        ("since", c.JoinRoom(RoomName("since"))),
        ("since since 41", c.JoinRoom(RoomName("since"), 41)),
    ],
    "list": [("", c.ListRooms())],
    "info": [("den", c.DescribeRoom(DEN))],
    "delete": [("den", c.DeleteRoom(DEN))],
    "rename": [
        ("den pub", c.RenameRoom(DEN, RoomName("pub"))),
        ("den pub so much nicer", c.RenameRoom(DEN, RoomName("pub"), "so much nicer")),
    ],
    "leave": [("den", c.LeaveRoom(DEN))],
    "send": [("den hi all", c.Say(DEN, "hi all")), ("den #x1 hi", c.Say(DEN, "hi", "x1"))],
    "tell": [("ann hi all", c.Tell(ANN, "hi all")), ("ann #x1 hi", c.Tell(ANN, "hi", "x1"))],
    "ignore": [("ann", c.Ignore(ANN))],
    "unignore": [("ann", c.Unignore(ANN))],
    "ignored": [("", c.ListIgnored())],
    "who": [("", c.ListUsers()), ("den", c.ListUsers(DEN))],
    "away": [("", c.SetAway()), ("at lunch", c.SetAway("at lunch"))],
    "back": [("", c.SetBack())],
    "topic": [
        ("den", c.ShowTopic(DEN)),
        ("den tea time", c.SetTopic(DEN, "tea time")),
        ("den -", c.SetTopic(DEN, "")),
        ("den - or not", c.SetTopic(DEN, "- or not")),
    ],
    "welcome": [
        ("den", c.ShowWelcome(DEN)),
        ("den come in", c.SetWelcome(DEN, "come in")),
        ("den -", c.SetWelcome(DEN, "")),
    ],
    "history": [
        ("den", c.ReadHistory(DEN, HISTORY_DEFAULT)),
        ("den 2", c.ReadHistory(DEN, 2)),
        ("@ann 2", c.ReadHistory(RoomName("@ann"), 2)),
        ("den before 9", c.ReadHistory(DEN, HISTORY_DEFAULT, before=9)),
        ("den after 9", c.ReadHistory(DEN, HISTORY_DEFAULT, after=9)),
        ("den 2 before 9", c.ReadHistory(DEN, 2, before=9)),
        ("den 2 AFTER 0", c.ReadHistory(DEN, 2, after=0)),
    ],
    "search": [("den tea time", c.SearchRoom(DEN, "tea time"))],
    "redact": [("den 5", c.Redact(DEN, 5))],
    "edit": [
        ("den 5 tea time", c.Edit(DEN, 5, "tea time")),
        ("den 5  #1 ", c.Edit(DEN, 5, " #1 ")),
    ],
    "talk": [("", c.TalkIn(None)), ("den", c.TalkIn(DEN))],
    "register": [("s3cret", c.Register("s3cret"))],
    "login": [("ann s3cret", c.LogIn(ANN, "s3cret"))],
    "logout": [("", c.LogOut())],
    "passwd": [("s3cret oyster", c.ChangePassword("s3cret", "oyster"))],
    "drop": [
        ("s3cret", c.DropAccount("s3cret")),
        ("s3cret 123456", c.DropAccount("s3cret", "123456")),
    ],
    "keys": [
        (f"add  {KEY} ann  at home ", c.AddKey(f"{KEY} ann  at home")),
        ("LIST", c.ListKeys()),
        ("remove 2", c.RemoveKey(2)),
        ("remove SHA256:lxER", c.RemoveKey("SHA256:lxER")),
    ],
    "grant-code": [("", c.GrantCode())],
    "pair": [("012345", c.Pair("012345"))],
    **moderation_examples.EXAMPLES,
    **operating_examples.EXAMPLES,
    "ping": [("", c.Ping()), ("1 2", c.Ping("1 2"))],
    "help": [("", c.Help()), ("JOIN", c.Help("join"))],
    "quit": [("", c.Quit())],
}
"""For each verb, arguments and the command they make."""

MISUSES: dict[str, list[str]] = {
    "nick": ["", " ", "ann smith"],
    "create": ["", "den hall"],
    "join": ["den hall", "den since", "den since x", "den 41", "den since 4 5", "since x"],
    "list": ["den"],
    "info": ["", "den hall"],
    "delete": ["", "den hall"],
    "rename": ["", "den"],
    "leave": ["", "den hall"],
    "send": ["", "den", "den "],
    "tell": ["", "ann", "ann "],
    "ignore": ["", "ann smith"],
    "unignore": ["", "ann smith"],
    "ignored": ["ann"],
    "who": ["den hall"],
    "away": [],
    "back": ["now"],
    "topic": ["", " "],
    "welcome": [""],
    "history": [
        "",
        "den x",
        "den 0",
        "den 2 9",
        "den before",
        "den 2 since 9",
        "den before 9 after 1",
    ],
    "search": ["", "den", "den "],
    "redact": ["", "den", "den x", "den -1", "den 5 6"],
    "edit": ["", "den", "den 5", "den 5 ", "den tea 5"],
    "talk": ["den hall"],
    "register": ["", "two words"],
    "login": ["", "ann", "ann two words"],
    "logout": ["now"],
    "passwd": ["", "s3cret", "s3cret oyster pearl"],
    "drop": ["", "s3cret 123456 now"],
    "keys": ["", "add", "add ", "drop 1", "list 1", "remove", "remove 1 2", f"remove {16 * '9'}"],
    "grant-code": ["now"],
    "pair": ["", "123 456"],
    **moderation_examples.MISUSES,
    **operating_examples.MISUSES,
    "ping": [],
    "help": ["join list"],
    "quit": ["now"],
}
"""For each verb, arguments that do not fit its syntax."""


class VerbTests(SynchronousTestCase):
    def test_every_verb_has_an_example_and_a_misuse_here(self):
        names = [verb.name for verb in VERBS]
        self.assertEqual((list(EXAMPLES), list(MISUSES)), (names, names))

    def test_row_d8_every_spelling_of_every_verb_is_its_command(self):
        """Row D8: every verb and alias, in any case, after a slash or not, is its command."""
        for name, verb in BY_NAME.items():
            for arguments, command in EXAMPLES[verb.name]:
                for spelled in (name, name.upper(), name.title(), f"/{name}", f"  {name}"):
                    self.assertEqual(parse_request(f"{spelled} {arguments}"), command)

    def test_row_a8_action_values_are_spellings_of_four_verbs(self):
        """Row A8: 1 is create, 2 join, 3 list and 4 delete."""
        for line, command in (
            ("1 den", c.CreateRoom(DEN)),
            ("2 den", c.JoinRoom(DEN)),
            ("3", c.ListRooms()),
            ("4 den", c.DeleteRoom(DEN)),
        ):
            self.assertEqual(parse_request(line), command)

    def test_row_d8_the_words_of_older_clients_are_accepted(self):
        """Row D8: leave_chatroom and disconnect are spellings of leave and quit."""
        self.assertEqual(parse_request("leave_chatroom den"), c.LeaveRoom(DEN))
        self.assertEqual(parse_request("disconnect"), c.Quit())

    def test_arguments_that_do_not_fit_are_answered_with_the_syntax(self):
        for verb in VERBS:
            for arguments in MISUSES[verb.name]:
                usage = self.assertRaises(Usage, parse_request, f"{verb.name} {arguments}")
                self.assertEqual(usage.sentence, f"Usage: {verb.syntax}")

    def test_row_a8_an_unknown_verb_is_refused(self):
        """Row A8: an unknown byte or word gets an error that quotes it, cleaned and cut."""
        for line in ("5 den", "0", "jion den", "/", "//list", "лист", "list,", "-", "", "l\x00ist"):
            self.assertRaises(UnknownCommand, parse_request, line)
        refusal = self.assertRaises(UnknownCommand, parse_request, "\x1b[2J" + "x" * 500)
        self.assertIn('"\ufffd[2Jxx', refusal.sentence)
        self.assertLess(len(refusal.sentence), 100)

    def test_spaces_around_words_do_not_matter(self):
        self.assertEqual(parse_request("  join   den   since   41  "), c.JoinRoom(DEN, 41))
        self.assertEqual(parse_request("list   "), c.ListRooms())
        self.assertEqual(parse_request("topic den   "), c.ShowTopic(DEN))

    def test_a_tab_is_a_space(self):
        self.assertEqual(parse_request(decode_line(b"\tjoin\tden\tsince\t41")), c.JoinRoom(DEN, 41))
        self.assertEqual(parse_request(decode_line(b"send\tden\ta\tb")), c.Say(DEN, "a b"))

    def test_bytes_that_are_no_utf_8_are_refused(self):
        for line in (b"send den \xe9", b"\x80", b"\xc0\x80", b"\xed\xa0\x80", b"ok\xf5"):
            self.assertRaises(BadText, decode_line, line)


class DirectMessages(SynchronousTestCase):
    def test_row_e11_at_the_start_of_a_line_an_at_sign_tells_a_user(self):
        """Row E11: "@user text" at the start of a line is a direct message."""
        self.assertEqual(parse_request("@ann hi all"), c.Tell(ANN, "hi all"))
        self.assertEqual(parse_request("  @ann  hi"), c.Tell(ANN, " hi"))

    def test_row_e11_inside_a_text_an_at_sign_is_text(self):
        """Row E11: inside a line "@user" is a mention, that is, text."""
        self.assertEqual(parse_request("send den @ann hi"), c.Say(DEN, "@ann hi"))
        self.assertEqual(parse_request("send den hi @ann"), c.Say(DEN, "hi @ann"))

    def test_an_at_sign_without_a_nick_or_text_is_misused(self):
        for line in ("@", "@ann", "@ann ", "@ hi", "@ ann hi"):
            self.assertEqual(
                self.assertRaises(Usage, parse_request, line).sentence, "Usage: @USER TEXT"
            )

    def test_an_at_sign_before_what_is_no_nick_is_refused(self):
        self.assertRaises(BadNick, parse_request, "@-x hi")
        self.assertRaises(BadText, parse_request, "@ann \x07")


class TalkMode(SynchronousTestCase):
    def assertTalk(self, line: str, command: c.Command) -> None:
        self.assertEqual(parse_talk_line(line, DEN), command)

    def test_row_a11_a_plain_line_is_said_as_it_is(self):
        """Row A11: in talk mode every line is said in the room."""
        for line in ("list", "  hi  all ", "1", "#x y", "quit now"):
            self.assertTalk(line, c.Say(DEN, line))

    def test_a_slash_begins_a_command(self):
        self.assertTalk("/list", c.ListRooms())
        self.assertTalk("/TALK", c.TalkIn(None))

    def test_two_slashes_say_one(self):
        self.assertTalk("//list", c.Say(DEN, "/list"))

    def test_an_at_sign_tells_a_user(self):
        self.assertTalk("@ann hi", c.Tell(ANN, "hi"))

    def test_unsafe_text_is_refused(self):
        self.assertRaises(BadText, parse_talk_line, "a\x1b[2Jb", DEN)
        self.assertRaises(BadText, parse_talk_line, "//\x1b", DEN)


class AnyLine(SynchronousTestCase):
    lines = st.binary(max_size=80) | st.builds(
        lambda verb, rest: f"{verb} {rest}".encode("utf-8", "surrogatepass"),
        st.sampled_from(sorted(BY_NAME)),
        st.text(max_size=40) | st.from_regex(r"[a-z#@ -]{0,20}[0-9]{0,30}", fullmatch=True),
    )

    @given(lines)
    def test_any_line_is_a_command_or_refused(self, line: bytes):
        for parse in (parse_request, lambda text: parse_talk_line(text, DEN)):
            try:
                command = parse(decode_line(line))
            except Refusal as refusal:
                self.assertNotIn("Cc", map(unicodedata.category, refusal.sentence))
                self.assertEqual(len(refusal.sentence.splitlines()), 1)
            else:
                self.assertIsInstance(command, c.Command)
