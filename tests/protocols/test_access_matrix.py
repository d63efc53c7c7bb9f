"""Who may do what, asked of a whole server: every relation, kind of room and command.

What is expected comes from the one table, `core.access_table`, which is the documentation
too. Whoever may not know of the room gets, for every command, what is got for a room that
does not exist; and nobody who may not read gets a word of what was said there.
"""

from collections.abc import Callable, Iterator
from functools import partial

from twisted.trial.unittest import TestCase

from chatsvc.core import access
from chatsvc.core.access_table import INSIDE, Action, Case, Relation, Verdict, decide
from chatsvc.core.commands import HUBS_OWN, NOT_IN_LINES, JoinRoom, ListRooms
from chatsvc.core.errors import NoSuchMessage
from chatsvc.core.events import OperatorSet
from chatsvc.core.kinds import Door, History, Kind
from chatsvc.core.names import Nick
from chatsvc.wire.request import parse_request
from tests.protocols.conversation import Client, Server

SAID = "xyzzy"
"""A word that is in everything said in the room, and nowhere else."""

SHOWN = "frobozz"
"""A word that is in the topic and the welcome line of the room, and nowhere else."""

KINDS: dict[str, tuple[Kind, tuple[str, ...]]] = {
    "public": (Kind(), ()),
    "unlisted": (Kind(listed=False), ("kind unlisted",)),
    "invite-only": (Kind(listed=False, door=Door.INVITATION), ("kind invite-only",)),
    "password": (Kind(listed=False, door=Door.PASSWORD), ("kind password s3cret",)),
    "announce": (Kind(announce=True), ("announce yes",)),
    "for outsiders, topic kept": (
        Kind(outsiders=True, topic_kept=True),
        ("outsiders yes", "topic moderators"),
    ),
    "public, read by members": (Kind(history=History.MEMBERS), ("history members",)),
    "public, read since joined": (Kind(history=History.JOINED), ("history joined",)),
    "unlisted, announce": (Kind(listed=False, announce=True), ("kind unlisted", "announce yes")),
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
    Action.SEARCH: (f"search den {SAID}",),
    Action.SHOW_BANS: ("bans den", "mutes den"),
    Action.TALK: ("talk den",),
}
"""How what changes nothing is asked."""

WRITING: dict[Action, tuple[str, ...]] = {
    Action.SAY: ("send den hi", "send den #again hi"),
    Action.SET_TOPIC: ("topic den tea", "topic den -"),
    Action.SET_WELCOME: ("welcome den hi",),
    Action.EDIT_OTHERS: ("edit den 1 tea",),
    Action.REDACT_OTHERS: ("redact den 1",),
    Action.INVITE: ("invite den zoe", "uninvite den ida"),
    Action.VOICE: ("voice den max", "devoice den max"),
    Action.MUTE: ("mute den max 2h spam", "unmute den eve*"),
    Action.KICK: ("kick den max spam",),
    Action.BAN: (
        "tryban den max",
        "ban den max 2h spam",
        "unban den eve*",
        "spare den yak*",
        "unspare den zed*",
    ),
    Action.OP: ("op den mia", "deop den mia", "owner den mia"),
}
"""How what changes something is asked, in an order in which nothing that was done before makes
a difference to who may do what comes next."""

ENDING: dict[Action, tuple[str, ...]] = {
    Action.SET: ("set den keep 30d", "set den kind password oyster"),
    Action.RENAME: ("rename den DEN why not",),
    Action.STEP_DOWN: ("resign den",),
    Action.JOIN: ("join den", "join den password wrong"),
    Action.LEAVE: ("leave den",),
    Action.DELETE: ("delete den",),
}
"""How what makes kim, or the room, another one is asked: after that it is all made anew."""

OWN_WORDS = {Action.EDIT_OWN: "edit den 2 tea", Action.REDACT_OWN: "redact den 2"}
"""How one's own words are changed, where there are any."""

ABOUT_MESSAGES = {Action.REDACT_OTHERS, Action.EDIT_OTHERS, *OWN_WORDS}

APART = {Action.LIST, Action.RECEIVE}
"""Actions that are looked at below, each in its way."""

OWN_WORD = "plugh"
"""What `kim` says in the den where it may, before it is what it is to be."""


class Town:
    """A server and the people on it; `kim`, who is asked about, is one of three."""

    def __init__(self, test: TestCase) -> None:
        self.server = self.make_server(test)
        self.test = test
        for nick in ("zoe", "ida"):
            self.arrives(nick)
        self.olga, self.mia, self.max, self.member, self.operator = map(
            self.arrives, ("olga", "mia", "max", "kim", "opal")
        )
        self.guest = self.server.client("gus")
        self.server.hub.manager.apply(OperatorSet(Nick("opal"), 0, None, True))
        self.done(self.olga, "create den")

    def who_is(self, relation: Relation) -> Client:
        """Return the one whom `relation` is asked of."""
        return {Relation.GUEST: self.guest, Relation.OPERATOR: self.operator}.get(
            relation, self.member
        )

    def make_server(self, test: TestCase) -> Server:
        """Return the server."""
        return Server(test)

    def arrives(self, nick: str) -> Client:
        """Return somebody with an account."""
        client = self.server.client(nick)
        self.done(client, "register s3cret")
        return client

    def done(self, client: Client, *lines: str) -> None:
        """Let somebody do what must be allowed."""
        client.takes()
        ends = [each for each in client.says(*lines).takes() if each.startswith(("+ ", "- "))]
        self.test.assertEqual([end[0] for end in ends], ["+"] * len(lines), (lines, ends))

    def asks(self, client: Client, line: str) -> list[str]:
        """Return the end of the answer to a line, and all that came with it."""
        client.takes()
        lines = client.says(line).takes()
        ends = [each for each in lines if each.startswith(("+ ", "- "))]
        self.test.assertEqual(len(ends), 1, (line, lines))
        return [ends[0], *lines]


class Den:
    """A room `Den` made anew, what is said there, and `kim`, who is `relation` to it.

    Whatever was in a den before is gone with it.
    """

    def __init__(self, town: Town, settings: tuple[str, ...], relation: Relation) -> None:
        self.town, self.server = town, town.server
        self.olga, self.done, self.asks = town.olga, town.done, town.asks
        self.kim = town.who_is(relation)
        if "den" in self.server.hub.manager.state.rooms:
            self.done(town.operator, "delete den")
        self.done(self.olga, "create Den", "join den", "ban den eve*", "mute den eve*")
        self.done(self.olga, "spare den zed*")
        self.done(town.mia, "join den", f"send den {SAID} one")
        self.done(town.max, "join den")
        self.done(self.olga, "invite den ida", f"topic den {SHOWN}", f"welcome den {SHOWN}")
        _BEFORE.get(relation, _nothing)(self)
        self.done(self.olga, *(f"set den {setting}" for setting in settings))
        _AFTER.get(relation, _nothing)(self)
        self.server.forget()

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
}
"""What is done to `kim` before the settings of the room are made."""

SPOKE = _BEFORE.keys()
"""Those who have said something there."""

_AFTER: dict[Relation, Callable[[Den], None]] = {
    Relation.INVITED: lambda den: den.done(den.olga, "invite den kim"),
}


class AccessMatrix(TestCase):
    """Every cell of the table, through the line protocol, on one server."""

    def dens(self) -> Iterator[tuple[Callable[[], Den], Case]]:
        """Return each case, and what makes a den in which it is so."""
        town = Town(self)
        for kind, settings in KINDS.values():
            for relation in Relation:
                case = Case(kind, relation, relation is Relation.GUEST)
                yield partial(Den, town, settings, relation), case

    def test_every_action_is_looked_at(self) -> None:
        asked = READING | WRITING | ENDING
        self.assertEqual(asked.keys() | OWN_WORDS.keys() | APART, set(Action))
        self.assertEqual(len(asked), len(READING) + len(WRITING) + len(ENDING))
        commands = {type(parse_request(line)) for lines in asked.values() for line in lines}
        apart = {*HUBS_OWN, *NOT_IN_LINES}
        self.assertEqual(set(access.ACTIONS) - commands - apart, {ListRooms})

    def test_everybody_gets_in_every_room_what_the_table_says(self) -> None:
        for make, case in self.dens():
            den = make()
            self.look_at_list(den, case)
            for action, lines in READING.items():
                for line in lines:
                    self.check(den, case, action, line)
            den.asks(den.kim, "/talk")
            self.look_at_what_is_received(den, case)
            if case.relation in SPOKE:  # Who never said anything there is left out.
                for action, line in OWN_WORDS.items():
                    self.check(den, case, action, line)
            for action, lines in WRITING.items():
                for line in lines:
                    self.check(den, case, action, line)
            self.look_at_endings(den, make, case)

    def look_at_list(self, den: Den, case: Case) -> None:
        rows = [line for line in den.asks(den.kim, "list") if line.startswith("= room Den")]
        self.assertEqual(len(rows), decide(case, Action.LIST) is Verdict.YES, (case, rows))
        if rows and decide(case, Action.INFO) is not Verdict.YES:
            self.assertEqual(rows, [f"= room Den 0 0 - - kept,{case.kind.name}"])

    def look_at_what_is_received(self, den: Den, case: Case) -> None:
        den.done(den.olga, f"send den {SAID} live", f"topic den {SHOWN} live")
        number = den.server.hub.manager.state.rooms["den"].last
        expected = decide(case, Action.RECEIVE) is Verdict.YES
        got = den.kim.takes()
        came = f"* said Den {number} {den.server.now} olga {SAID} live" in got
        self.assertEqual(came, expected, case)
        self.assertEqual(bool(got), expected, (case, got))

    def look_at_endings(self, den: Den, make: Callable[[], Den], case: Case) -> None:
        is_over = False
        for action, lines in ENDING.items():
            for line in lines:
                den = make() if is_over else den
                is_over = self.check(den, case, action, line)

    def test_the_right_password_opens_a_door_that_asks_for_it(self) -> None:
        for make, case in self.dens():
            if case.kind.door is Door.PASSWORD and case.relation not in INSIDE:
                den = make()
                answer, *lines = den.asks(den.kim, "join den password s3cret")
                is_right = case.relation is not Relation.BANNED
                self.assertEqual(answer.startswith("+ join Den "), is_right, (case, answer))
                self.assertEqual(SHOWN in "".join(lines), is_right)

    def check(self, den: Den, case: Case, action: Action, line: str) -> bool:
        """Compare the answer with the table; return whether it was allowed."""
        verdict = decide(case, action)
        answer, *all_lines = den.asks(den.kim, line)
        is_allowed = answer.startswith("+ ")
        code = Verdict.YES.value if is_allowed else answer.split(" ")[1]
        where = (case.kind, case.relation, line, answer)
        self.assertIn(code, self.expected(case, action, line), where)
        if verdict is Verdict.NO_SUCH_ROOM:
            self.assertEqual(all_lines, ['- no-such-room There is no room called "den".'], where)
            if type(parse_request(line)) is not JoinRoom:  # That makes a missing room.
                missing = den.asks(den.kim, line.replace(" den", " dem", 1))
                self.assertEqual(
                    [each.replace('"dem"', '"den"') for each in missing[1:]], all_lines
                )
        self.check_secrets(case, "".join(all_lines), is_allowed and action is Action.JOIN, where)
        return is_allowed

    def check_secrets(self, case: Case, got: str, is_inside: bool, where: object) -> None:
        """Make sure that nothing came which only others may read."""
        if is_inside:
            return
        if not self.may_read(case):
            self.assertNotIn(SAID, got, where)
        if decide(case, Action.INFO) is not Verdict.YES:
            self.assertNotIn(SHOWN, got, where)

    def expected(self, case: Case, action: Action, line: str) -> set[str]:
        """Return the codes that are right."""
        verdicts = {decide(case, action)}
        if line.startswith("uninvite ") and case.relation in (Relation.MEMBER, Relation.VOICED):
            verdicts.add(Verdict.NOT_ALLOWED)  # It was not they who invited.
        if action is Action.STEP_DOWN and case.relation is Relation.MUTED:
            verdicts = {Verdict.NOT_ALLOWED}  # Only who is voiced as well has a role.
        if action not in ABOUT_MESSAGES or self.may_read(case):
            return {verdict.value for verdict in verdicts}
        if decide(case, Action.HISTORY) is not Verdict.YES:
            verdicts.add(decide(case, Action.INFO))  # First one has to know of the room.
        # What one may not read is not there; moderators take back anything.
        return {*(verdict.value for verdict in verdicts), NoSuchMessage.code}

    def may_read(self, case: Case) -> bool:
        """Tell whether message 1 may be read, which was said before kim came."""
        is_reader = decide(case, Action.HISTORY) is Verdict.YES
        return is_reader and case.kind.readers is not History.JOINED
