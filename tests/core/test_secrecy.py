"""What is hidden and what is missing are refused alike, also in the steps that it takes."""

import sys

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.commands import Command
from chatsvc.core.errors import NoSuchRoom
from chatsvc.core.kinds import Door, Kind
from chatsvc.wire.request import parse_request
from tests.core.world import World

LINES = (
    "info {}",
    "set {}",
    "topic {}",
    "welcome {}",
    "history {} 5",
    "search {} tea",
    "redact {} 1",
    "edit {} 1 tea",
    "who {}",
    "leave {}",
    "send {} hi",
    "talk {}",
    "kick {} ann",
    "ban {} ann",
    "tryban {} ann",
    "bans {}",
    "invite {} ann",
    "op {} ann",
    "voice {} ann",
    "resign {}",
    "set {} listed no",
    "delete {}",
)


class SameStepsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.world = World()
        self.ann, self.eve = self.world.arrive("ann"), self.world.arrive("eve")
        for number, kind in enumerate(self.kinds()):
            self.world.do(self.ann, parse_request(f"join den{number}"))
            room = self.world.state.rooms[f"den{number}"]
            room.kind = kind
            room.roles["ann"] = "owner"

    def kinds(self) -> tuple[Kind, ...]:
        return (
            Kind(listed=False),
            Kind(listed=False, door=Door.INVITATION),
            Kind(listed=False, door=Door.PASSWORD, secret="x"),
        )

    def test_a_hidden_room_is_refused_in_as_many_steps_as_a_missing_one(self) -> None:
        for line in LINES:
            missing = self.calls(line.format("nowhere"))
            for number in range(len(self.kinds())):
                hidden = self.calls(line.format(f"den{number}"))
                self.assertLessEqual(abs(hidden - missing), 3, (line, number, hidden, missing))

    def calls(self, line: str) -> int:
        """Return how many functions are called until it is refused."""
        request, calls = parse_request(line), 0

        def note(_frame: object, event: str, _argument: object) -> None:
            nonlocal calls
            calls += event == "call"

        self.refused(request)  # What is remembered of names is remembered now.
        sys.setprofile(note)
        try:
            self.refused(request)
        finally:
            sys.setprofile(None)
        return calls

    def refused(self, request: Command) -> None:
        try:
            self.world.manager.decide(self.eve, request, self.world.now)
        except NoSuchRoom:
            return
        raise AssertionError(request)
