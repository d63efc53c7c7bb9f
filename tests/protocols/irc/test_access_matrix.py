"""Who may see what, asked at the IRC door: every relation, kind of room and command that reads.

What is expected comes from `core.access_table`, as at the line protocol. Whoever may not know of
a room gets what is got for one that does not exist; who may not read sees no word that was said
or set there; who may not see the members sees none of them.
"""

from typing import Any
from unittest.mock import patch

from twisted.trial.unittest import TestCase

from chatsvc.core.access_table import Action, Case, Relation, Verdict, decide
from chatsvc.core.commands import Command, LogIn
from chatsvc.core.names import Nick
from tests.protocols.irc.conversation import IrcClient, IrcServer
from tests.protocols.test_access_matrix import KINDS, SAID, SHOWN, Den, Town

ASKED = (
    "NAMES {}", "LIST {}", "TOPIC {}", "MODE {}", "MODE {} b", "MODE {} e", "MODE {} I", "WHO {}",
    "CHATHISTORY LATEST {} * 10", "CHATHISTORY BEFORE {} timestamp=2030-01-01T00:00:00.000Z 10",
    "CHATHISTORY AROUND {} msgid=den/1/1 10", "MARKREAD {}", "METADATA {} LIST",
    "METADATA {} GET url", "METADATA {} SYNC",
)  # fmt: skip
"""What is asked about one room."""

AT_LARGE = (
    "LIST",
    "NAMES",
    "WHO *",
    "WHO olga",
    "WHOIS olga",
    "WHOIS max",
    "WHOWAS olga",
    "LUSERS",
)
"""What shows rooms or people without a room being named."""


SHOWS_MEMBERS = {"319", "352", "353", "354"}
"""The numerics of WHOIS, WHO and NAMES that say who is in a room."""


class IrcTown(Town):
    """The town of the line protocol's matrix, in which everybody asked about is by IRC too."""

    server: IrcServer

    def __init__(self, test: TestCase) -> None:
        super().__init__(test)
        self.stranger = self.server.irc("gustav")
        self.kim = self.comes(Nick("kim"))
        self.opal = self.comes(Nick("opal"))

    def make_server(self, test: TestCase) -> IrcServer:
        """Return the server."""
        return IrcServer(test)

    def comes(self, nick: Nick) -> IrcClient:
        """Return a session of an account, logged in as any way in does it."""
        client = self.server.irc(f"{nick}2")
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
    """Every cell of the table that is about reading, on one server."""

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

    def look_at_one(self, client: IrcClient, case: Case, line: str, may_know: bool) -> None:
        """Ask about the room; who may not know of it cannot tell it from one that is not."""
        got = client.says(line.format("#den")).takes()
        if not may_know:
            missing = client.says(line.format("#dem")).takes()
            self.assertEqual([each.replace("#den", "#dem") for each in got], missing, (case, line))
        self.check(case, line, got)

    def look_at_all(self, client: IrcClient, case: Case, line: str) -> None:
        """Ask about everything; the room is shown only where it may be."""
        got = client.says(line).takes()
        if not (self.allows(case, Action.LIST) or self.allows(case, Action.INFO)):
            self.assertNotIn("#den", "".join(got).lower(), (case, line))
        self.check(case, line, got)

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
