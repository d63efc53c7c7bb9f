"""Who comes and goes: gathered in each turn, and counted in rooms that are large."""

from twisted.trial.unittest import TestCase

from chatsvc.core.limits import Limits
from chatsvc.hub.portions import JOBS_PER_TURN
from tests.protocols.conversation import NOW, Client, Server


class GatheringTests(TestCase):
    def setUp(self) -> None:
        self.server = Server(self)
        self.ann = self.server.client("ann", "a")
        self.server.forget()

    def together(self, *clients: Client, line: str) -> None:
        """Let all say a line in one turn of the reactor."""
        for client in clients:
            client.protocol.dataReceived(f"{line}\n".encode())

    def test_those_who_come_in_one_turn_are_told_in_one_write(self) -> None:
        crowd = [self.server.client(f"u{number}") for number in range(20)]
        writes = len(self.ann.wire.writes)
        self.together(*crowd, line="join a")
        self.ann.gets(*(f"* joined a u{number}" for number in range(20)))
        self.assertEqual(len(self.ann.wire.writes), writes + 1)

    def test_who_comes_hears_those_that_come_after_it_and_not_itself(self) -> None:
        bob, eve = self.server.client("bob"), self.server.client("eve")
        self.together(bob, eve, line="join a")
        bob.gets("+ join a 0 2", "* joined a eve")
        eve.gets("+ join a 0 3")

    def test_who_leaves_and_comes_back_in_one_turn_hears_nothing_of_it(self) -> None:
        bob = self.server.client("bob", "a")
        self.server.forget()
        bob.says("leave a", "join a").gets("+ left a", "+ join a 0 2")
        self.ann.gets("* left a bob", "* joined a bob")

    def test_a_new_nick_comes_after_the_arrival(self) -> None:
        self.server.client().says("nick bob", "join a", "nick bobby")
        self.ann.gets("* joined a bob", "* renamed bob bobby")

    def test_a_topic_comes_after_the_arrival_of_who_sets_it(self) -> None:
        self.server.client("bob").says("join a", "topic a tea")
        self.ann.gets("* joined a bob", f"* topic a {NOW} bob tea")

    def test_who_is_put_into_the_lobby_hears_so_before_its_topic(self) -> None:
        server = Server(self, lobby="lobby")
        server.client("ann").says("topic lobby tea")
        server.client().says("nick bob")
        bob = server.client()
        bob.takes()
        bob.says("nick bo").gets("+ nick bo", "* joined lobby bo", f"* topic lobby {NOW} ann tea")

    def test_a_crowd_that_is_gone_at_once_is_seen_off_a_few_a_turn(self) -> None:
        crowd = self.server.clients(3 * JOBS_PER_TURN, "a")
        for client in crowd:
            client.wire.lost = True
            client.protocol.connectionLost()
        left = len(self.server.hub.manager.state.people)
        self.assertEqual(left, 1 + 2 * JOBS_PER_TURN)
        got = self.ann.takes()
        self.assertEqual(sorted(got), sorted(f"* left a {c}" for c in self.nicks(crowd)))
        self.assertEqual(len(self.server.hub.manager.state.people), 1)

    def test_nothing_is_written_to_those_whose_turn_to_go_has_not_come(self) -> None:
        crowd = self.server.clients(3 * JOBS_PER_TURN, "a")
        for client in crowd:
            client.wire.lost = True
            client.protocol.connectionLost()
        writes = sum(len(client.wire.writes) for client in crowd)
        self.ann.says("send a x")
        self.assertEqual(sum(len(client.wire.writes) for client in crowd), writes)

    def nicks(self, crowd: list[Client]) -> list[str]:
        return [f"user{number}" for number in range(1, len(crowd) + 1)]


class CountingTests(TestCase):
    def setUp(self) -> None:
        self.server = Server(self, limits=Limits(listed_members=3))
        self.ann, self.bob, self.eve = (
            self.server.client(nick, "a") for nick in ("ann", "bob", "eve")
        )
        self.server.passes(2)
        self.server.forget()

    def test_up_to_the_limit_names_are_told(self) -> None:
        self.eve.says("leave a", "join a")
        self.ann.gets("* left a eve", "* joined a eve")

    def test_beyond_it_only_how_many_there_are(self) -> None:
        dan = self.server.client("dan")
        dan.says("join a").gets("+ join a 0 4", "* members a 4")
        self.ann.gets("* members a 4")

    def test_the_count_is_told_once_a_second_at_most(self) -> None:
        for nick in ("dan", "fay", "gil"):
            self.server.client(nick, "a")
        self.assertEqual(self.ann.lines[-1], "* members a 4")
        self.ann.gets_nothing()
        self.server.passes(1)
        self.ann.gets("* members a 6")
        self.server.passes(5)
        self.ann.gets_nothing()

    def test_names_come_again_after_a_last_count(self) -> None:
        dan, fay = self.server.client("dan", "a"), self.server.client("fay", "a")
        self.server.passes(3)
        self.server.forget()
        fay.says("leave a")
        dan.says("leave a")
        self.server.passes(1)
        self.ann.gets("* members a 4", "* members a 3")
        self.eve.says("leave a")
        self.ann.gets("* left a eve")

    def test_a_room_that_is_small_again_before_a_second_is_over_was_counted_all_the_same(
        self,
    ) -> None:
        dan = self.server.client("dan", "a")
        dan.says("leave a")
        self.assertEqual(self.ann.lines[-1], "* members a 4")
        self.server.passes(1)
        self.ann.gets("* members a 3")

    def test_absence_and_new_nicks_are_not_told_in_a_large_room(self) -> None:
        dan = self.server.client("dan", "a", "b")
        self.bob.says("join b")
        self.server.passes(2)
        self.server.forget()
        dan.says("away", "back", "nick dana").gets("+ away", "+ back", "+ nick dana")
        self.ann.gets_nothing()
        self.bob.gets("* away dan", "* back dan", "* renamed dan dana")

    def test_a_large_room_that_is_deleted_is_counted_no_more(self) -> None:
        self.ann.says("create big", "join big")
        for client in (self.bob, self.eve):
            client.says("join big")
        self.server.client("dan", "big")
        self.ann.says("delete big")
        self.server.forget()
        self.server.passes(3)
        self.ann.gets_nothing()

    def test_a_reader_that_was_stuck_is_told_that_the_number_changed(self) -> None:
        self.ann.stops_reading()
        self.bob.says(*["send a " + "x" * 4000] * 20)
        self.server.client("dan", "a")
        self.assertEqual(self.ann.reads_on().takes()[-1], "* resumed a 20 4")
