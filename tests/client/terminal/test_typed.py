"""What typed lines mean, in and outside rooms."""

import contextlib

from twisted.trial.unittest import TestCase

from chatsvc.client.terminal.intents import (
    Ask,
    Clear,
    End,
    GoTo,
    Intent,
    Place,
    SayIn,
    ShowAll,
    ShowHelp,
)
from chatsvc.client.terminal.typed import understand
from chatsvc.client.terminal.words import BY_NAME, WORDS
from chatsvc.core import commands as c
from chatsvc.core.errors import BadRoom, BadText, Refusal, UnknownCommand, Usage
from chatsvc.core.masks import parse_mask
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.roles import Role
from chatsvc.core.sanctions import Means, Terms
from chatsvc.wire.table import VERBS

LOBBY, DEV = RoomName("lobby"), RoomName("dev")
IN_ROOM = Place(LOBBY, (LOBBY, DEV))
NOWHERE = Place(None, ())


class TypedTests(TestCase):
    """One line, one meaning."""

    def check(self, line: str, intent: Intent, place: Place = IN_ROOM) -> None:
        self.assertEqual(intent, understand(line, place))

    def check_asks(self, line: str, command: c.Command, place: Place = IN_ROOM) -> None:
        self.check(line, Ask(command), place)

    def refused(self, line: str, kind: type[Refusal], place: Place = IN_ROOM) -> str:
        return str(self.assertRaises(kind, understand, line, place).sentence)

    def test_plain_lines_are_said(self) -> None:
        """What is no command is said in the current room, with all its blanks."""
        self.check("hello  all ", SayIn(LOBBY, "hello  all "))
        self.check("join us all", SayIn(LOBBY, "join us all"))
        self.check("disconnect now", SayIn(LOBBY, "disconnect now"))

    def test_literal(self) -> None:
        """Two slashes or a blank say what would be a command."""
        self.check("//quit", SayIn(LOBBY, "/quit"))
        self.check(" @ann is away", SayIn(LOBBY, "@ann is away"))
        self.check(" join us", SayIn(LOBBY, "join us"))

    def test_plain_words(self) -> None:
        """The words of design D work without a slash, in their exact form."""
        self.check_asks("join ops", c.JoinRoom(RoomName("ops")))
        self.check_asks("leave_chatroom dev", c.LeaveRoom(DEV))
        self.check("send dev  two  blanks", SayIn(DEV, " two  blanks"))
        self.check("disconnect", End())

    def test_send_needs_a_room_we_are_in(self) -> None:
        """A sentence that begins with "send" is a sentence."""
        self.check("send bob the file", SayIn(LOBBY, "send bob the file"))

    def test_send_to_a_room_we_are_not_in(self) -> None:
        """What was meant for another room is not said aloud in this one."""
        place = Place(LOBBY, (LOBBY, DEV), others=(DEV, RoomName("ops")))
        self.assertIn("Nothing was said", self.refused("send OPS hi", Usage, place))
        self.check(" send ops hi", SayIn(LOBBY, "send ops hi"), place)
        self.check("send dev hi", SayIn(DEV, "hi"), place)
        self.check("send bob hi", SayIn(LOBBY, "send bob hi"), place)
        self.check("send ops", SayIn(LOBBY, "send ops"), place)

    def test_number_sign_is_text(self) -> None:
        """A text that begins with # arrives whole."""
        self.check("/send dev #1 is best", SayIn(DEV, "#1 is best"))

    def test_bare_words_nowhere(self) -> None:
        """Outside rooms every word works without its slash."""
        self.check_asks("rooms", c.ListRooms(), NOWHERE)
        self.check_asks("join", c.JoinRoom(None), NOWHERE)
        self.check("help join", ShowHelp("join"), NOWHERE)
        self.check("quit", End(), NOWHERE)

    def test_nothing_to_say_nowhere(self) -> None:
        """Outside rooms a sentence is refused with advice."""
        self.assertIn("/join", self.refused("hello", Usage, NOWHERE))

    def test_direct(self) -> None:
        """@USER is a direct message; a colon after the nick does no harm."""
        self.check_asks("@bob hi there", c.Tell(Nick("bob"), "hi there"))
        self.check_asks("@bob: hi", c.Tell(Nick("bob"), "hi"))
        self.check_asks("/msg bob hi", c.Tell(Nick("bob"), "hi"))
        self.refused("@bob", Usage)

    def test_join_a_room_we_are_in(self) -> None:
        """Joining again goes there, whatever the case."""
        self.check("/join DEV", GoTo(DEV))
        self.check("/room dev", GoTo(DEV))
        self.check("/room", GoTo(None))
        self.refused("/room ops", BadRoom)

    def test_current_room_is_meant(self) -> None:
        """Where a room is left out, the current one is meant."""
        self.check_asks("/leave", c.LeaveRoom(LOBBY))
        self.check_asks("/history 5", c.ReadHistory(LOBBY, 5))
        self.check_asks("/history before 9", c.ReadHistory(LOBBY, 50, before=9))
        self.check_asks("/search red fox", c.SearchRoom(LOBBY, "red fox"))
        self.check_asks("/topic All about foxes", c.SetTopic(LOBBY, "All about foxes"))
        self.check_asks("/topic", c.ShowTopic(LOBBY))
        self.check_asks("/info", c.DescribeRoom(LOBBY))

    def test_other_room_is_named(self) -> None:
        """A room we are in may be named first."""
        self.check_asks("/history dev 5", c.ReadHistory(DEV, 5))
        self.check_asks("/search dev fox", c.SearchRoom(DEV, "fox"))
        self.check_asks("/topic dev -", c.SetTopic(DEV, ""))

    def test_looking_after_a_room(self) -> None:
        """The current room is meant, one of ours that is named first, or another with somebody."""
        gus, ops = Nick("gus"), RoomName("ops")
        place = Place(LOBBY, (LOBBY, DEV), others=(DEV, ops))
        self.check_asks("/kick gus too loud", c.Kick(LOBBY, gus, "too loud"))
        self.check_asks("/kick dev gus", c.Kick(DEV, gus, ""))
        self.check_asks("/kick ops gus", c.Kick(ops, gus, ""), place)
        self.check_asks("/op gus", c.SetRole(LOBBY, gus, Role.MODERATOR))
        self.check_asks("/invite dev gus", c.Invite(DEV, gus))
        self.check_asks("/ban @gus 2h spam", c.Ban(LOBBY, parse_mask("@gus"), Terms(7200, "spam")))
        self.check_asks("/bans", c.ListSanctions(LOBBY, Means.BAN))
        self.check_asks("/resign", c.StepDown(LOBBY))
        self.check_asks("/set", c.ShowSettings(LOBBY))
        self.check_asks("/set listed no", c.ChangeSetting(LOBBY, "listed", "no"))
        self.check_asks("/set dev kind password x y", c.SetRoomPassword(DEV, "x y"))
        self.check_asks("/join ops password x y", c.JoinWithPassword(ops, "x y"))

    def test_what_cannot_be_set_is_said(self) -> None:
        """Where the mistake is a value, its own sentence is shown."""
        self.assertIn("say yes or no", self.refused("/set listed perhaps", Usage))
        self.assertIn("say it like 30m", self.refused("/ban gus 2x", Usage))
        self.assertEqual("Usage: /kick [ROOM] USER [REASON]", self.refused("/kick", Usage))

    def test_every_command_of_the_protocol_has_a_word(self) -> None:
        """What a server takes can be said here, but for what a person in a terminal has no use."""
        unused = {"talk", "ping"}
        self.assertEqual(unused, {verb.name for verb in VERBS} - set(BY_NAME))

    def test_local_words(self) -> None:
        """Some words are for the client alone."""
        self.check("/all", ShowAll())
        self.check("/clear", Clear())
        self.check("/help /join", ShowHelp("join"))

    def test_mistakes(self) -> None:
        """A mistake is refused with the syntax of the terminal, not of the protocol."""
        self.assertEqual("Usage: /msg USER TEXT", self.refused("/msg bob", Usage))
        self.assertEqual("Usage: /send ROOM TEXT", self.refused("/send dev", Usage))
        self.assertIn("/help", self.refused("/jion dev", UnknownCommand))
        self.refused(" ", BadText)

    def test_every_word_has_a_meaning(self) -> None:
        """No row of the table fails with anything but a refusal."""
        for word in WORDS:
            for rest in ("", " x", " dev x", " 1 2 3"):
                for place in (IN_ROOM, NOWHERE):
                    with contextlib.suppress(Refusal):
                        understand(f"/{word.name}{rest}", place)
