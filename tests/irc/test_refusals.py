"""Every refusal of the core has its reply."""

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core import errors as e
from chatsvc.core.names import Nick, RoomName
from chatsvc.irc.refusals import _BY_CODE, _BY_COMMAND, reply_to
from chatsvc.irc.replies import Reply

ROOM = RoomName("a")
CODES = {kind.code for kind in e.Refusal.__subclasses__()}


class RefusalTests(SynchronousTestCase):
    """`reply_to` says it with the numeric that clients know."""

    def test_by_code(self) -> None:
        """Most refusals are one numeric, whatever was asked for."""
        cases: dict[e.Refusal, tuple[str, str]] = {
            e.NoSuchRoom(ROOM): ("TOPIC", "403"),
            e.NotAMember(ROOM): ("PART", "442"),
            e.NoSuchUser(Nick("b")): ("WHOIS", "401"),
            e.NeedInvitation(ROOM): ("JOIN", "473"),
            e.NeedPassword(ROOM): ("JOIN", "475"),
            e.Banned("No."): ("JOIN", "474"),
            e.NeedPassword(RoomName("b")): ("TOPIC", "442"),
            e.NeedInvitation(RoomName("b")): ("MODE", "442"),
            e.Banned("Not you."): ("PRIVMSG", "404"),
            e.Muted("No."): ("PRIVMSG", "404"),
        }
        for refusal, (command, number) in cases.items():
            reply = reply_to(refusal, command, "#a")
            self.assertEqual((reply.command, reply.params[0]), (number, "#a"))
            self.assertTrue(reply.is_numeric)

    def test_what_to_type_is_said_in_irc_words(self) -> None:
        """Nobody is told to type what the line protocol alone knows."""
        for refusal, words in (
            (e.NickRegistered(Nick("ann"), "ann2"), "/msg NickServ IDENTIFY ann PASSWORD."),
            (e.NotLoggedIn(), "/msg NickServ IDENTIFY NAME PASSWORD."),
            (e.NotAllowed("First say: deop a b."), "/msg ChanServ DEOP #a b."),
        ):
            reply = reply_to(refusal, "JOIN", "#a")
            self.assertTrue(reply.params[-1].endswith(words), reply)

    def test_by_command(self) -> None:
        """Some commands have replies of their own."""
        missing = e.NoSuchRoom(ROOM)
        expected = Reply(
            "FAIL", ("CHATHISTORY", "INVALID_TARGET", "LATEST", "#a", missing.sentence)
        )
        self.assertEqual(reply_to(missing, "CHATHISTORY", "#a", ("LATEST", "#a")), expected)
        redact = reply_to(missing, "REDACT", "#a", ("#a", "a/1/2"))
        self.assertEqual(redact.params, ("REDACT", "INVALID_TARGET", "#a", missing.sentence))
        self.assertEqual(reply_to(e.BadLogin(), "AUTHENTICATE").command, "904")
        self.assertEqual(reply_to(e.BadLogin(), "OPER").command, "464")
        self.assertEqual(reply_to(e.BadRoom("No."), "JOIN", "#,").command, "476")
        self.assertEqual(reply_to(e.NotAMember(ROOM), "PRIVMSG", "#a").command, "404")

    def test_not_allowed(self) -> None:
        """In a channel its moderators are needed, for some commands an operator of the server."""
        refusal = e.NotAllowed("Ask somebody.")
        self.assertEqual(reply_to(refusal, "MODE", "#a").params, ("#a", "Ask somebody."))
        self.assertEqual(reply_to(refusal, "KILL", "bob").command, "481")
        other = reply_to(refusal, "NICK", "bob")
        self.assertEqual((other.command, other.params), ("400", ("NICK", "Ask somebody.")))

    def test_what_has_no_numeric(self) -> None:
        """Anything else is told with the command and the core's sentence."""
        refusal = e.Internal()
        expected = Reply("400", ("JOIN", refusal.sentence), is_numeric=True)
        self.assertEqual(reply_to(refusal, "JOIN", "#a"), expected)

    def test_the_table_knows_no_other_codes(self) -> None:
        """Every code in the tables is one that the core has."""
        named = {*_BY_CODE, *(code for code, _command in _BY_COMMAND)}
        self.assertEqual(named - CODES, set())

    def test_nothing_is_refused_in_silence(self) -> None:
        """Every class of refusal has a reply, with and without a target."""
        for kind in e.Refusal.__subclasses__():
            refusal = kind.__new__(kind)
            e.Refusal.__init__(refusal, "A sentence.")
            for command, target in (("JOIN", "#a"), ("PRIVMSG", "b"), ("X", "")):
                self.assertTrue(reply_to(refusal, command, target).params, kind)
