"""What somebody gets of a room, by all ways together, against a model that is too simple to err.

The model keeps for every message the set of those who were there when it was said.
"""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from chatsvc.core.commands import Edit, JoinRoom, LeaveRoom
from chatsvc.core.events import Edited
from chatsvc.core.kinds import Edit as Setting
from chatsvc.core.kinds import History, Kind, parse_setting
from chatsvc.testing import FakeConnection
from tests.hub.reading_case import DEN, ReadingTestCase, numbers

PEOPLE = ("bob", "eve", "gus")
"""Gus is a guest, the others have accounts."""

people = st.sampled_from(PEOPLE)
histories = [
    *(f"{history.word}{past}" for history in History for past in ("", " from 1")),
    "joined from 4",
]
steps = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.integers(1, 3)),
        st.tuples(st.sampled_from(["join", "leave", "kick", "stall", "read on"]), people),
        st.tuples(st.just("join since"), people, st.integers(0, 9)),
        st.tuples(st.just("history"), st.sampled_from(histories)),
        st.tuples(st.just("listed"), st.sampled_from(["yes", "no"])),
        st.tuples(st.just("keep"), st.sampled_from(["all", "4", "8"])),
        st.tuples(st.just("trim"), st.integers(1, 6)),
        st.tuples(st.just("edit"), st.integers(1, 9)),
    ),
    min_size=15,
    max_size=30,
)


class Model:
    """Who may read what, and what everybody was sent."""

    def __init__(self) -> None:
        self.kind = Kind()
        self.last = self.gone = 0
        self.members: set[str] = set()
        self.heard: dict[str, set[int]] = defaultdict(set)
        self.sent: dict[str, list[int]] = defaultdict(list)
        self.edits: dict[str, list[int]] = defaultdict(list)
        self.waiting: dict[str, list[int]] = {}

    def readable(self, who: str) -> list[int]:
        """Return the numbers that somebody may read, and is not refused."""
        readers, keeping = self.kind.readers, self.kind.keeping
        if who not in self.members and readers is not History.EVERYONE:
            return []
        gone = max(self.gone, self.last - (keeping.messages or self.last))
        return [
            number
            for number in range(gone + 1, self.last + 1)
            if number in self.heard[who]
            or (readers is not History.JOINED and number > self.kind.open_after)
        ]

    def is_refused(self, who: str) -> str | None:
        """Return as what a reader is refused, if it is."""
        if who in self.members or self.kind.readers is History.EVERYONE:
            return None
        return "not-a-member" if self.kind.listed else "no-such-room"

    def say(self) -> None:
        self.last += 1
        for who in self.members:
            self.heard[who].add(self.last)
            self.waiting.get(who, self.sent[who]).append(self.last)

    def go(self, who: str) -> None:
        self.members.discard(who)
        if who == "gus":
            self.heard[who].clear()
        if who in self.waiting:
            self.waiting[who] = []

    def replay(self, who: str, since: int) -> None:
        self.sent[who] += [number for number in self.readable(who) if number > since]

    def read_on(self, who: str) -> None:
        readable = self.readable(who)
        waiting = self.waiting.pop(who, [])
        self.sent[who] += [number for number in waiting if number in readable]

    def edit(self, number: int) -> None:
        for who in self.members - self.waiting.keys():
            if number in self.readable(who):
                self.edits[who].append(number)


class ModelTests(ReadingTestCase):
    """Each step is done to a hub and to the model."""

    def begin(self) -> None:
        """Begin anew: there are many sequences of steps in one test."""
        self.setUp()
        self.model = Model()
        self.model.members.add("ann")  # The owner, who says everything.
        makers = {"gus": self.client}
        self.clients: dict[str, FakeConnection] = {
            nick: makers.get(nick, self.account)(nick) for nick in PEOPLE
        }
        self.got: dict[str, list[object]] = defaultdict(list)

    def play(self, step: tuple[str, ...]) -> None:
        name, *arguments = step
        getattr(self, f"do_{name.replace(' ', '_')}")(*arguments)
        for nick, client in self.clients.items():
            self.got[nick] += self.took(client)

    def do_say(self, count: int) -> None:
        self.say(count)
        for _ in range(count):
            self.model.say()

    def is_free(self, who: str) -> bool:
        return who not in self.model.waiting

    def do_join(self, who: str) -> None:
        if self.is_free(who) and who not in self.model.members and self.model.kind.is_open:
            self.clients[who].ask(JoinRoom(DEN))
            self.model.members.add(who)

    def do_join_since(self, who: str, since: int) -> None:
        if self.is_free(who):
            self.clients[who].ask(JoinRoom(DEN, since=since))
            self.model.members.add(who)
            self.model.replay(who, min(since, self.model.last))

    def do_leave(self, who: str) -> None:
        if self.is_free(who) and who in self.model.members:
            self.clients[who].ask(LeaveRoom(DEN))
            self.model.go(who)

    def do_kick(self, who: str) -> None:
        if who in self.model.members:
            self.kick(self.clients[who])
            self.model.go(who)

    def do_stall(self, who: str) -> None:
        if self.is_free(who):
            self.clients[who].stop_reading()
            self.model.waiting[who] = []

    def do_read_on(self, who: str) -> None:
        if not self.is_free(who):
            self.clients[who].read_on()
            self.model.read_on(who)

    def setting(self, key: str, value: str) -> None:
        self.set(key, value)
        setting = parse_setting(key, value)
        assert isinstance(setting, Setting)
        self.model.kind = setting.applied(self.model.kind, self.model.last)

    def do_history(self, value: str) -> None:
        self.setting("history", value)

    def do_listed(self, value: str) -> None:
        self.setting("listed", value)

    def do_keep(self, value: str) -> None:
        self.setting("keep", value)

    def do_trim(self, number: int) -> None:
        if number <= self.model.last:
            self.trim(number)
            self.model.gone = max(self.model.gone, number)

    def do_edit(self, number: int) -> None:
        if number in self.model.readable("ann"):
            self.ann.ask(Edit(DEN, number, "tea again"))
            self.clock.settle()
            self.model.edit(number)

    @settings(max_examples=80, deadline=None)
    @given(steps)
    def test_everybody_gets_what_may_be_read_and_nothing_else(self, steps):
        self.begin()
        for step in steps:
            self.play(step)
        for who in PEOPLE:
            self.play(("read on", who))
            self.check(who)

    def check(self, who: str) -> None:
        model, client, got = self.model, self.clients[who], self.got[who]
        readable = model.readable(who)
        refusal = model.is_refused(who)
        self.assertEqual(self.history(client, 100), refusal or readable)
        self.assertEqual(self.search(client), refusal or readable)
        for after in (0, 3, 7):
            above = [number for number in readable if number > after]
            self.assertEqual(self.history(client, 100, after=after), refusal or above)
        self.assertEqual(numbers(got), model.sent[who])
        edits = [each.number for each in got if isinstance(each, Edited)]
        self.assertEqual(edits, model.edits[who])
