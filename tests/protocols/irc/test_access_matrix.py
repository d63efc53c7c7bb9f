"""Who may see and do what, asked at the IRC door: every relation, kind of room and command.

What is expected comes from `core.access_table`, as at the line protocol. Whoever may not know of
a room gets, word for word, what is got for one that does not exist; who may not read sees no word
that was said or set there; who may not see the members sees none of them. A command that is
neither asked here nor known to have nothing to do with rooms is a failure.
"""

from typing import Any
from unittest.mock import patch

from twisted.trial.unittest import TestCase

from chatsvc.core.access_table import Action, Case, Relation, Verdict, decide
from chatsvc.core.commands import Command, LogIn
from chatsvc.core.names import Nick
from chatsvc.irc.commands import COMMANDS
from tests.protocols.irc.conversation import IrcClient, IrcServer, command_of
from tests.protocols.test_access_matrix import KINDS, SAID, SHOWN, Den, Town

CAPABILITIES = "message-tags draft/message-redaction"

ASKED = (
    "NAMES {}", "NAMES {},{}", "LIST {}", "TOPIC {}", "MODE {}", "MODE {} b", "MODE {} +e",
    "MODE {} beI", "WHO {}", "WHO {} o", "WHO {} %tcuihsnfdlaor,7",
    "CHATHISTORY LATEST {} * 10", "CHATHISTORY BEFORE {} timestamp=2030-01-01T00:00:00.000Z 10",
    "CHATHISTORY AROUND {} msgid=den/1/1 10", "MARKREAD {}", "METADATA {} LIST",
    "METADATA {} GET url", "METADATA {} SYNC",
)  # fmt: skip
"""What is asked about one room, and changes nothing."""

DONE: dict[str, Action] = {
    "PRIVMSG {} :hi": Action.SAY,
    "PRIVMSG {} :\x01ACTION waves\x01": Action.SAY,
    "PRIVMSG {} :\x01VERSION\x01": Action.SAY,
    "PRIVMSG @{} :hi": Action.SAY,
    "NOTICE {} :hi": Action.SAY,
    "@+a=b TAGMSG {}": Action.SAY,
    "TOPIC {} :tea": Action.SET_TOPIC,
    "INVITE zoe {}": Action.INVITE,
    "MODE {} +b ~m:spam*": Action.MUTE,
    "MODE {} -b ~m:spam*": Action.MUTE,
    "MODE {} +b spam!*@*": Action.BAN,
    "MODE {} -b spam!*@*": Action.BAN,
    "MODE {} +e yak": Action.BAN,
    "MODE {} +I *!*@*.yak": Action.BAN,
    "MODE {} +v max": Action.VOICE,
    "MODE {} -v max": Action.VOICE,
    "MODE {} +o mia": Action.OP,
    "MODE {} -o mia": Action.OP,
    "MODE {} +l 500": Action.SET,
    "MODE {} -l": Action.SET,
    "MODE {} +C": Action.SET,
    "KICK {} max :spam": Action.KICK,
}
"""What changes something in a room, in an order in which nothing that was done before makes a
difference to who may do what comes next."""

UNJUDGED = (
    "REDACT {} den/1/1", "REDACT {} nonsense :why",
    "MARKREAD {} timestamp=2026-01-01T00:00:00.000Z",
    "KICK {} nobody", "KICK {},{} max,mia", "MODE {} +k oyster", "MODE {} +imnst", "MODE {} +ZbI",
    "MODE {} +o nobody", "MODE {} +b", "MODE {} +k", "CS OP {} mia", "CS DEOP {} mia",
    "CS VOICE {} mia", "CS INFO {}", "CS ACCESS {} LIST", "CS TOPIC {} x", "CS KICK {} max",
    "CS BAN {} max", "CS UNBAN {} max", "CS INVITE {}", "CS INVITE {} zoe", "CS SET {}",
    "CS SET {} listed no", "CS TRANSFER {} mia", "CS MODE {} +i", "CS OWNER {} mia",
    "CHANSERV DEVOICE {} mia", "PRIVMSG ChanServ :OP {} mia",
    "INVITE nobody {}", "INVITE olga {}", "METADATA {} SET url :x", "METADATA {} CLEAR",
    "RENAME {} #other :x", "RENAME {} {}", "PRIVMSG {},{} :hi", "PART {} :bye", "PART {},{}",
    "PRIVMSG {} :\x02", "TOPIC {} :", "CHATHISTORY LATEST {} * x", "WHOIS {}", "WHOWAS {}",
    "MONITOR + {}", "NAMES {} olga",
)  # fmt: skip
"""What else is asked where one may not know of the room: the answer is that of a missing one."""

AT_LARGE = (
    "LIST", "LIST >0", "LIST *en*", "LIST !*zed*", "LIST C>0", "LIST T<999", "LIST #den,>0",
    "NAMES", "WHO *", "WHO 0", "WHO olga", "WHO mia %tcnfo,1", "WHO * %tcnfo,1", "WHOIS olga",
    "WHOIS max", "WHOIS olga mia", "WHOWAS olga", "LUSERS", "INVITE", "MONITOR + olga,max",
    "MONITOR S", "MONITOR L", "USERHOST olga mia", "ISON olga mia",
    "CHATHISTORY TARGETS timestamp=2020-01-01T00:00:00.000Z timestamp=2030-01-01T00:00:00.000Z 50",
)  # fmt: skip
"""What shows rooms or people without a room being named."""

NO_ROOM = {
    "PASS", "NICK", "USER", "PING", "PONG", "QUIT", "CAP", "AUTHENTICATE", "REGISTER", "VERIFY",
    "NICKSERV", "NS", "OPER", "KILL", "WALLOPS", "REHASH", "DIE", "AWAY", "SETNAME", "MOTD",
    "VERSION", "TIME", "INFO", "LINKS", "ADMIN", "HELP", "HELPOP",
    "ISUPPORT",
}  # fmt: skip
"""Commands that neither name a room nor show one."""

SHOWS_MEMBERS = {"319", "352", "353", "354"}
"""The numerics of WHOIS, WHO and NAMES that say who is in a room."""

REFUSALS: dict[Verdict, set[str]] = {
    Verdict.NO_SUCH_ROOM: {"403"},
    Verdict.NOT_A_MEMBER: {"442"},
    Verdict.NEED_INVITATION: {"473"},
    Verdict.NEED_PASSWORD: {"475"},
    Verdict.BANNED: {"474"},
    Verdict.MUTED: {"404"},
    Verdict.NOT_ALLOWED: {"482"},
    Verdict.NOT_REGISTERED: {"477"},
}
"""What a refusal is in IRC; to what is said it is 404 as well."""

OF_THE_DOOR = REFUSALS[Verdict.NEED_INVITATION] | REFUSALS[Verdict.NEED_PASSWORD]
"""What JOIN alone is refused with: clients take it for a failed JOIN."""

ERRORS = set().union(*REFUSALS.values())


class IrcTown(Town):
    """The town of the line protocol's matrix, in which everybody asked about is by IRC too."""

    server: IrcServer

    def __init__(self, test: TestCase) -> None:
        super().__init__(test)
        self.stranger = self.server.irc("gustav", caps=CAPABILITIES)
        self.kim = self.comes(Nick("kim"))
        self.opal = self.comes(Nick("opal"))

    def make_server(self, test: TestCase) -> IrcServer:
        """Return the server."""
        return IrcServer(test)

    def comes(self, nick: Nick) -> IrcClient:
        """Return a session of an account, logged in as any way in does it."""
        client = self.server.irc(f"{nick}2", caps=CAPABILITIES)
        protocol: Any = client.protocol
        commands: list[Command] = [LogIn(nick, "s3cret")]
        with (
            patch.object(protocol, "next_request", lambda: commands.pop() if commands else None),
            patch.object(protocol, "answer", lambda answer: None),
        ):
            self.server.hub.pump(protocol.subscriber)
            self.server.settle()
        self.test.assertEqual(protocol.subscriber.session.nick, nick)
        return client

    def by_irc(self, relation: Relation) -> IrcClient:
        """Return the session that `relation` is asked of."""
        others = {Relation.GUEST: self.stranger, Relation.OPERATOR: self.opal}
        return others.get(relation, self.kim)


class IrcAccessMatrix(TestCase):
    """Every cell of the table, on one server."""

    def test_every_command_is_looked_at_or_has_nothing_to_do_with_rooms(self) -> None:
        lines = [*ASKED, *DONE, *UNJUDGED, *AT_LARGE, "JOIN {}"]
        asked = {command_of(line) for line in lines}
        self.assertEqual(set(COMMANDS) - asked - NO_ROOM, set())
        self.assertEqual(asked & NO_ROOM, set())

    def setUp(self) -> None:
        self.missing: dict[tuple[IrcClient, str], list[str]] = {}

    def test_what_is_asked_shows_no_more_than_the_table_allows(self) -> None:
        town = IrcTown(self)
        for kind, settings in KINDS.values():
            for relation in Relation:
                Den(town, settings, relation)
                case = Case(kind, relation, relation is Relation.GUEST)
                client = town.by_irc(relation)
                may_know = decide(case, Action.INFO) is not Verdict.NO_SUCH_ROOM
                for line in ASKED:
                    self.look_at_one(client, case, line, may_know)
                for line in AT_LARGE:
                    self.look_at_all(client, case, line)
                if may_know:
                    for line, action in DONE.items():
                        self.judge(client, case, line, action)
                else:
                    for line in (*DONE, *UNJUDGED):
                        self.look_at_one(client, case, line, may_know)
                self.look_at_joining(client, case)

    def look_at_one(self, client: IrcClient, case: Case, line: str, may_know: bool) -> None:
        """Ask about the room; who may not know of it cannot tell it from one that is not."""
        got = client.says(line.replace("{}", "#den")).takes()
        if not may_know:
            missing = self.of_missing(client, line)
            self.assertEqual([_of_missing(each) for each in got], missing, (case, line))
        self.check(case, line, got)

    def of_missing(self, client: IrcClient, line: str) -> list[str]:
        """Return what is answered about a room that is not there: whatever others there are."""
        asked = client, line
        if asked not in self.missing:
            self.missing[asked] = client.says(line.replace("{}", "#dem")).takes()
        return self.missing[asked]

    def look_at_all(self, client: IrcClient, case: Case, line: str) -> None:
        """Ask about everything; the room is shown only where it may be."""
        got = client.says(line).takes()
        if not (self.allows(case, Action.LIST) or self.allows(case, Action.INFO)):
            shown = [each for each in got if f" {line.split(' ')[-1]} " not in each]
            self.assertNotIn("#den", "".join(shown).lower(), (case, line))
        self.check(case, line, got)

    def judge(self, client: IrcClient, case: Case, line: str, action: Action) -> None:
        """Do something in a room that one may know of; it is refused as the table says."""
        client.takes()
        got = client.says(line.replace("{}", "#den")).takes()
        found = {command_of(each) for each in got} & ERRORS
        verdict, command = decide(case, action), command_of(line)
        if verdict is Verdict.YES or command == "NOTICE":
            self.assertEqual(found, set(), (case, line, got))
            return
        expected = set(REFUSALS[verdict])
        if command in ("PRIVMSG", "TAGMSG") and verdict in (
            Verdict.NOT_A_MEMBER,
            Verdict.NOT_ALLOWED,
            Verdict.BANNED,
        ):
            expected = {"404"}
        if command == "MODE":
            # First one has to know what there is.
            expected |= REFUSALS.get(decide(case, Action.INFO), set())
        if expected & OF_THE_DOOR:
            expected = expected - OF_THE_DOOR | REFUSALS[Verdict.NOT_A_MEMBER]
        self.assertLessEqual(found, expected, (case, line, got))
        self.assertEqual(len(found), 1, (case, line, got))
        self.assertRegex(found_line(got), "(?i) @?#den ", (case, line, got))
        self.check(case, line, got)

    def look_at_joining(self, client: IrcClient, case: Case) -> None:
        """Try to come in, with a wrong key and without."""
        verdict = decide(case, Action.JOIN)
        client.takes()
        is_in = False
        for line in ("JOIN #den wrong", "JOIN #den"):
            got = client.says(line).takes()
            numbers = {command_of(each) for each in got}
            is_in = is_in or "JOIN" in numbers
            if verdict not in (Verdict.YES, Verdict.ALREADY_A_MEMBER):
                self.assertEqual(numbers, REFUSALS[verdict], (case, line, got))
                self.check(case, line, got)
        self.assertEqual(is_in, verdict is Verdict.YES, case)

    def check(self, case: Case, line: str, got: list[str]) -> None:
        """Check that lines show only what may be shown."""
        text = "\n".join(got)
        if not self.allows(case, Action.HISTORY):
            self.assertNotIn(SAID, text, (case, line))
        if not self.allows(case, Action.READ_TOPIC):
            self.assertNotIn(SHOWN, text, (case, line))
        if not self.allows(case, Action.WHO):
            members = (each for each in got if each.split(" ")[1] in SHOWS_MEMBERS)
            text_of_members = "\n".join(members)
            self.assertNotRegex(text_of_members, r"(?i)#den\b.*\b(?:olga|mia|max)\b", (case, line))
        if not self.allows(case, Action.SHOW_BANS):
            self.assertNotIn("eve", text, (case, line))

    @staticmethod
    def allows(case: Case, action: Action) -> bool:
        return decide(case, action) is Verdict.YES


def found_line(lines: list[str]) -> str:
    """Return the line that refuses."""
    return next(line for line in lines if command_of(line) in ERRORS)


def _of_missing(line: str) -> str:
    """Return what would be said of the room that does not exist."""
    return line.replace("#den", "#dem").replace('"den"', '"dem"')


class CountTests(TestCase):
    """No count tells of a room that one may not know of."""

    def test_lusers_counts_the_rooms_in_the_list(self) -> None:
        server = IrcServer(self)
        owner = server.client("olga")
        owner.says("register s3cret", "create den", "create pot")
        ann = server.irc("ann")
        before = ann.says("LUSERS").takes()
        owner.says("set den kind invite-only", "create lid", "set lid kind unlisted").takes()
        self.assertIn(" 254 ann 2 ", before[3])
        self.assertIn(" 254 ann 1 ", ann.says("LUSERS").takes()[3])
        owner.says("delete den", "set lid listed yes").takes()
        self.assertIn(" 254 ann 2 ", ann.says("LUSERS").takes()[3])
