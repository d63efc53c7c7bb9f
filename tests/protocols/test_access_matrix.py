"""Who may do what, asked of a whole server: every relation, kind of room and command.

What is expected comes from the one table, `core.access_table`, which is the documentation
too. Whoever may not know of the room gets, for every command, what is got for a room that
does not exist; and nobody who may not read gets a word of what was said there.
"""

from collections.abc import Callable, Iterator

from twisted.trial.unittest import TestCase

from chatsvc.core import access
from chatsvc.core.access_table import Action, Case, Relation, Verdict, decide
from chatsvc.core.commands import HUBS_OWN, ListRooms
from chatsvc.core.errors import NoSuchMessage
from chatsvc.core.events import OperatorSet
from chatsvc.core.kinds import Door, History, Kind
from chatsvc.core.names import Nick
from chatsvc.wire.request import parse_request
from tests.protocols.conversation import Client, Server

SECRET = "xyzzy"
"""A word that is in everything said and set in the room, and nowhere else."""

KINDS: dict[str, tuple[Kind, tuple[str, ...]]] = {
    "public": (Kind(), ()),
    "unlisted": (Kind(listed=False), ("kind unlisted",)),
    "invite-only": (Kind(listed=False, door=Door.INVITATION), ("kind invite-only",)),
    "password": (Kind(listed=False, door=Door.PASSWORD), ("kind password s3cret",)),
    "announce": (Kind(announce=True), ("announce yes",)),
    "public, read by members": (Kind(history=History.MEMBERS), ("history members",)),
    "in the list, invite-only": (
        Kind(door=Door.INVITATION),
        ("kind invite-only", "listed yes", "history everyone from 1"),
    ),
    "in the list, password": (
        Kind(door=Door.PASSWORD),
        ("kind password s3cret", "listed yes", "history everyone from 1"),
    ),
}
"""The kinds of rooms, and what an owner sets for each."""

READING: dict[Action, tuple[str, ...]] = {
    Action.INFO: ("info den", "set den"),
    Action.WHO: ("who den",),
    Action.READ_TOPIC: ("topic den",),
    Action.READ_WELCOME: ("welcome den",),
    Action.HISTORY: ("history den 5", "history den 5 after 0", "history den 5 before 2"),
    Action.SEARCH: (f"search den {SECRET}",),
    Action.SHOW_BANS: ("bans den", "mutes den"),
    Action.TALK: ("talk den",),
}
"""How what changes nothing is asked."""

WRITING: dict[Action, tuple[str, ...]] = {
    Action.SAY: ("send den hi", "send den #again hi"),
    Action.SET_TOPIC: ("topic den tea", "topic den -"),
    Action.SET_WELCOME: ("welcome den hi",),
    Action.REDACT_OTHERS: ("redact den 1",),
    Action.EDIT_OTHERS: ("edit den 1 tea",),
    Action.INVITE: ("invite den zoe", "uninvite den ida"),
    Action.KICK: ("kick den max spam",),
    Action.BAN: ("tryban den max", "ban den max 2h spam", "unban den eve*"),
    Action.MUTE: ("mute den max 2h spam", "unmute den eve*"),
    Action.VOICE: ("voice den max", "devoice den max"),
    Action.OP: ("op den max", "deop den max"),
    Action.SET: ("set den keep 30d", "set den kind password oyster"),
    Action.STEP_DOWN: ("resign den",),
    Action.JOIN: ("join den", "join den password wrong"),
    Action.LEAVE: ("leave den",),
    Action.DELETE: ("delete den",),
}
"""How what changes something is asked."""

OWN_WORDS = {Action.REDACT_OWN: "redact den 2", Action.EDIT_OWN: "edit den 2 tea"}
"""How one's own words are changed, where there are any."""

ABOUT_MESSAGES = {Action.REDACT_OTHERS, Action.EDIT_OTHERS, *OWN_WORDS}

APART = {Action.LIST, Action.RECEIVE}
"""Actions that are looked at below, each in its way."""

OWN_WORD = "plugh"
"""What `kim` says in the den where it may, before it is what it is to be."""


class Den:
    """A server with a room `den`, what is said there, and `kim`, who is `relation` to it."""

    def __init__(self, test: TestCase, settings: tuple[str, ...], relation: Relation) -> None:
        self.server = Server(test)
        self.test = test
        self.olga, self.mia, self.max, self.zoe = map(self.arrives, ("olga", "mia", "max", "zoe"))
        self.kim = self.server.client("kim")
        if relation is not Relation.GUEST:
            self.kim.says("register s3cret")
        self.arrives("ida")
        self.done(self.olga, "create den", "join den", "ban den eve*", "mute den eve*")
        self.done(self.olga, "invite den ida")
        self.done(self.mia, "join den", f"send den {SECRET} one")
        self.done(self.max, "join den")
        self.done(self.olga, f"topic den {SECRET}", f"welcome den {SECRET}")
        _BEFORE.get(relation, _nothing)(self)
        for setting in settings:
            self.done(self.olga, f"set den {setting}")
        _AFTER.get(relation, _nothing)(self)
        self.server.forget()

    def arrives(self, nick: str) -> Client:
        """Return somebody with an account."""
        client = self.server.client(nick)
        self.done(client, "register s3cret")
        return client

    def done(self, client: Client, *lines: str) -> None:
        """Let somebody do what must be allowed."""
        for line in lines:
            answer = self.asks(client, line)[0]
            self.test.assertTrue(answer.startswith("+ "), (line, answer))

    def asks(self, client: Client, line: str) -> list[str]:
        """Return the end of the answer to a line, and all that came with it."""
        client.takes()
        lines = client.says(line).takes()
        ends = [each for each in lines if each.startswith(("+ ", "- "))]
        self.test.assertEqual(len(ends), 1, (line, lines))
        return [ends[0], *lines]

    def enters(self) -> None:
        """Let kim be a member who has said something, number 2."""
        self.done(self.kim, "join den", f"send den {OWN_WORD}")


def _nothing(_den: Den) -> None:
    """Leave kim a stranger."""


def _leaves(den: Den) -> None:
    den.enters()
    den.done(den.kim, "leave den")


def _is(*lines: str, leaves: bool = False) -> Callable[[Den], None]:
    """Let kim come in, and olga do what makes it what it is."""

    def become(den: Den) -> None:
        den.enters()
        den.done(den.olga, *lines)
        if leaves:
            den.done(den.kim, "leave den")

    return become


def _becomes_operator(den: Den) -> None:
    den.server.hub.manager.apply(OperatorSet(Nick("kim"), 0, None, True))


_BEFORE: dict[Relation, Callable[[Den], None]] = {
    Relation.LEFT: _leaves,
    Relation.KICKED: _is("kick den kim"),
    Relation.BANNED: _is("ban den kim"),
    Relation.MEMBER: Den.enters,
    Relation.MUTED: _is("mute den kim"),
    Relation.VOICED: _is("voice den kim"),
    Relation.MODERATOR: _is("op den kim"),
    Relation.OWNER: _is("owner den kim"),
    Relation.ABSENT_MODERATOR: _is("op den kim", leaves=True),
    Relation.ABSENT_OWNER: _is("owner den kim", leaves=True),
    Relation.OPERATOR: _becomes_operator,
}
"""What is done to `kim` before the settings of the room are made."""

SPOKE = _BEFORE.keys() - {Relation.OPERATOR}
"""Those who have said something there."""

_AFTER: dict[Relation, Callable[[Den], None]] = {
    Relation.INVITED: lambda den: den.done(den.olga, "invite den kim"),
}


class AccessMatrix(TestCase):
    """Every cell of the table, through the line protocol, on one server after the other."""

    def cases(self) -> Iterator[tuple[Kind, tuple[str, ...], Relation]]:
        for kind, settings in KINDS.values():
            for relation in Relation:
                yield kind, settings, relation

    def test_every_action_is_looked_at(self) -> None:
        self.assertEqual(READING.keys() | WRITING.keys() | OWN_WORDS.keys() | APART, set(Action))
        lines = (line for lines in (READING | WRITING).values() for line in lines)
        asked = {type(parse_request(line)) for line in lines}
        self.assertEqual(set(access.ACTIONS) - asked - set(HUBS_OWN), {ListRooms})

    def test_what_is_asked_is_answered_as_the_table_says(self) -> None:
        for kind, settings, relation in self.cases():
            den = Den(self, settings, relation)
            for action, lines in READING.items():
                for line in lines:
                    self.check(den, Case(kind, relation, relation is Relation.GUEST), action, line)

    def test_what_is_done_is_allowed_as_the_table_says(self) -> None:
        for kind, settings, relation in self.cases():
            case = Case(kind, relation, relation is Relation.GUEST)
            den = Den(self, settings, relation)
            for action, lines in WRITING.items():
                for line in lines:
                    if self.check(den, case, action, line):
                        den = Den(self, settings, relation)

    def test_ones_own_words_are_changed_as_the_table_says(self) -> None:
        """Who never said anything there is left out."""
        for kind, settings, relation in self.cases():
            case = Case(kind, relation)
            if relation in SPOKE:
                for action, line in OWN_WORDS.items():
                    self.check(Den(self, settings, relation), case, action, line)

    def test_what_is_said_is_received_as_the_table_says(self) -> None:
        for kind, settings, relation in self.cases():
            den = Den(self, settings, relation)
            speaker = den.olga
            den.done(speaker, f"send den {SECRET} live")
            number = den.server.hub.manager.state.rooms["den"].last
            expected = decide(Case(kind, relation), Action.RECEIVE) is Verdict.YES
            came = f"* said den {number} {den.server.now} olga {SECRET} live" in den.kim.takes()
            self.assertEqual(came, expected, (settings, relation))

    def test_the_list_shows_what_one_may_know(self) -> None:
        for kind, settings, relation in self.cases():
            den = Den(self, settings, relation)
            case = Case(kind, relation, relation is Relation.GUEST)
            rows = [line for line in den.asks(den.kim, "list") if line.startswith("= room den")]
            self.assertEqual(len(rows), decide(case, Action.LIST) is Verdict.YES, (case, rows))
            if decide(case, Action.INFO) is not Verdict.YES:
                self.assertNotIn(SECRET, "".join(rows))

    def check(self, den: Den, case: Case, action: Action, line: str) -> bool:
        """Compare the answer with the table; return whether it was allowed."""
        verdict = decide(case, action)
        answer, *all_lines = den.asks(den.kim, line)
        code = answer.split(" ")[1] if answer.startswith("- ") else Verdict.YES.value
        where = (case.kind, case.relation, line, answer)
        self.assertIn(code, self.expected(case, action, line), where)
        if verdict is Verdict.NO_SUCH_ROOM and line != "join den":  # That makes a missing room.
            missing = den.asks(den.kim, line.replace(" den", " dem", 1))
            self.assertEqual([each.replace('"den"', '"dem"') for each in all_lines], missing[1:])
        if action is not Action.JOIN and not self.may_read(case):
            self.assertNotIn(SECRET, "".join(all_lines), where)
        return code == Verdict.YES.value

    def may_read(self, case: Case) -> bool:
        """Tell whether anything that was said or set there may be shown."""
        return Verdict.YES in (decide(case, Action.HISTORY), decide(case, Action.INFO))

    def expected(self, case: Case, action: Action, line: str) -> set[str]:
        """Return the codes that are right."""
        verdicts = {decide(case, action)}
        if line.startswith("uninvite ") and case.relation in (Relation.MEMBER, Relation.VOICED):
            verdicts.add(Verdict.NOT_ALLOWED)  # It was not they who invited.
        if action is Action.STEP_DOWN and case.relation is Relation.MUTED:
            verdicts = {Verdict.NOT_ALLOWED}  # Only who is voiced as well has a role.
        if action not in ABOUT_MESSAGES or Verdict.YES in verdicts:
            return {verdict.value for verdict in verdicts}
        if decide(case, Action.HISTORY) is not Verdict.YES:
            # What one may not read is not there, and first one has to know of the room.
            verdicts.add(decide(case, Action.INFO))
            return {*(verdict.value for verdict in verdicts), NoSuchMessage.code}
        return {verdict.value for verdict in verdicts}
