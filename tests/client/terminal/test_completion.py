"""Tab completion: what is offered where, and going round the choices."""

from twisted.trial.unittest import TestCase

from chatsvc.client.terminal.completion import Cycle, Names, Offer, offer
from chatsvc.client.terminal.words import argument_kinds

NAMES = Names(argument_kinds(), rooms=("lobby", "dev"), nicks=("dora", "Ann", "anton"))
HOME = Names(argument_kinds(), rooms=("lobby",), nicks=("ann",), bare=True)


class OfferTests(TestCase):
    """The place of a word decides what it can become."""

    def check(self, before: str, *choices: str, names: Names = NAMES) -> None:
        self.assertEqual(choices, offer(before, names).choices)

    def test_verbs(self) -> None:
        """A slash at the beginning asks for verbs."""
        self.check("/jo", "/join ")
        self.check("/his", "/history ")

    def test_rooms_after_a_verb(self) -> None:
        """A verb that takes a room is offered rooms, also for an empty word."""
        self.check("/join ", "lobby ", "dev ")
        self.check("/leave d", "dev ")

    def test_nicks_after_a_verb(self) -> None:
        """A verb that takes a user is offered nicks."""
        self.check("/msg a", "Ann ", "anton ")

    def test_words_after_help(self) -> None:
        """Help is offered verbs."""
        self.check("/help sea", "search ")

    def test_somebody_and_a_room_to_look_after(self) -> None:
        """Where a room may be left out, who stands behind it is offered first."""
        self.check("/kick d", "dora ", "dev ")
        self.check("/kick dev a", "Ann ", "anton ")
        self.check("/op lobby d", "dora ")
        self.check("/ban LOBBY an", "Ann ", "anton ")
        self.check("/kick dora d", "dora ", "dev ")
        self.check("/server-ban d", "dora ")

    def test_settings(self) -> None:
        """Keys and values of what can be set are offered."""
        self.check("/set k", "kind ", "keep ")
        self.check("/set dev l", "listed ")
        self.check("/set dev kind u", "unlisted ")
        self.check("/set history ", "everyone ", "members ", "joined ")
        self.check("/set dev announce y", "yes ")
        self.check("/server-set s", "sign-ups ")
        self.check("/server-set sign-ups c", "closed ")

    def test_first_nick_is_addressed(self) -> None:
        """At the beginning of a line a nick gets a colon."""
        self.check("an", "Ann: ", "anton: ")

    def test_nick_or_room_in_a_sentence(self) -> None:
        """Later in a line nicks come before rooms."""
        self.check("ask d", "dora ", "dev ")

    def test_at(self) -> None:
        """After @ only nicks are offered."""
        self.check("@d", "@dora ")
        self.check("hi @an", "@Ann ", "@anton ")

    def test_verbs_without_slash_only_outside_rooms(self) -> None:
        """Outside rooms words are completed without their slash; inside they are not."""
        self.check("jo", "join ", names=HOME)
        self.check("join l", "lobby ", names=HOME)
        self.check("jo")

    def test_nothing_for_nothing(self) -> None:
        """An empty word in a sentence is not completed."""
        self.check("")
        self.check("hello ")


class CycleTests(TestCase):
    """Tab goes on, Shift+Tab goes back, round and round."""

    def test_forward(self) -> None:
        """Each choice replaces the one before it."""
        cycle = Cycle(Offer(1, ("ann ", "anton ")))
        steps = [cycle.step(forward=True) for _ in range(3)]
        self.assertEqual([(1, "ann "), (4, "anton "), (6, "ann ")], steps)

    def test_backward(self) -> None:
        """Going back begins with the last choice."""
        cycle = Cycle(Offer(1, ("a ", "b ", "c ")))
        self.assertEqual(["c ", "b "], [cycle.step(forward=False)[1] for _ in range(2)])
