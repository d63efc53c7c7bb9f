"""Who went last is remembered, and not without a bound."""

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core import departures
from chatsvc.core.departures import Departures, Gone
from chatsvc.core.events import Departed, Disconnected
from chatsvc.core.names import Nick, nick_key
from chatsvc.core.rate import Allowance, Rate
from tests.core.world import World


def gone(nick: str, host: str = "") -> Gone:
    return Gone(Nick(nick), "line", "", "", host)


class DeparturesTests(SynchronousTestCase):
    def test_the_last_one_comes_first(self) -> None:
        who = Departures()
        for each in (gone("ann", "a"), gone("bob"), gone("Ann", "b")):
            who.note(each)
        found = who.of(nick_key(Nick("ANN")))
        self.assertEqual([each.host for each in found], ["b", "a"])
        self.assertEqual(who.of(nick_key(Nick("eve"))), ())

    def test_the_oldest_are_forgotten(self) -> None:
        self.patch(departures, "REMEMBERED", 2)
        who = Departures()
        for nick in ("ann", "bob", "ann", "eve"):
            who.note(gone(nick))
        counts = [len(who.of(nick_key(Nick(nick)))) for nick in ("ann", "bob", "eve")]
        self.assertEqual(counts, [1, 0, 1])

    def test_who_leaves_the_server_is_noted(self) -> None:
        world = World()
        ann = world.arrive("ann")
        ann.host, ann.user = "192.0.2.1", "a"
        outcome = world.disconnect(ann)
        departed = Departed(Nick("ann"), ann.session_id)
        self.assertEqual(outcome.events, (departed, Disconnected(ann.session_id)))
        [noted] = world.state.departures.of(nick_key(Nick("ann")))
        self.assertEqual((noted.host, noted.user, noted.account), ("192.0.2.1", "a", ""))


class ChargingTests(SynchronousTestCase):
    def test_what_is_done_already_makes_the_next_one_wait(self) -> None:
        allowance = Allowance(Rate(10, 1))
        allowance.charge(15)
        self.assertEqual(allowance.take(1, 0.0), 6)
        self.assertEqual(Allowance(Rate(10, 1)).take(1, 0.0), 0)
