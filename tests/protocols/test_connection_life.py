"""How connections end: half-closed, quit, cut, refused, and with the whole server."""

from twisted.internet.interfaces import ISSLTransport
from twisted.trial.unittest import TestCase
from zope.interface import directlyProvides

from chatsvc.hub.shutdown import COMMIT_SECONDS, GOODBYE_SECONDS
from chatsvc.protocols.ending import CLOSE_SECONDS
from tests.protocols.conversation import BUFFER, NOW, Server

CLOSING = "* closing The server is shutting down."


class HalfCloseTests(TestCase):
    """`printf ... | nc` says all it has to say, and closes its side."""

    def test_everything_asked_is_answered_then_the_connection_closes(self) -> None:
        server = Server(self)
        ann = server.client("ann")
        ann.says("list", "ping x")
        ann.half_closes().gets("+ list 0", "+ pong x")
        self.assertTrue(ann.is_closed)

    def test_it_waits_for_answers_that_wait_for_the_log(self) -> None:
        server = Server(self)
        ann, bob = server.client("ann", "a"), server.client("bob", "a")
        server.forget()
        server.faulty.hold()
        ann.says("send a x", "list", "ping").half_closes()
        self.assertFalse(ann.is_closed)
        server.faulty.release()
        ann.gets(
            "+ sent a 1",
            f"* said a 1 {NOW} ann x",
            f"= room a 2 1 {NOW} {NOW} temporary",
            "+ list 1",
            "+ pong",
        )
        self.assertTrue(ann.is_closed)
        bob.gets(f"* said a 1 {NOW} ann x", "* left a ann")

    def test_blank_lines_after_the_last_request_do_not_keep_it_open(self) -> None:
        server = Server(self)
        ann = server.client("ann", "a")
        server.faulty.hold()
        ann.says("send a x", "ping", "   ", "  ").half_closes()
        server.faulty.release()
        self.assertTrue(ann.is_closed)

    def test_a_client_that_says_nothing_at_all_is_closed(self) -> None:
        client = Server(self).client()
        self.assertTrue(client.half_closes().is_closed)

    def test_a_slow_reader_gets_its_answers_first(self) -> None:
        server = Server(self)
        ann, slow = server.client("ann", "a"), server.client("slow", "a")
        slow.stops_reading()
        for _ in range(40):
            ann.says(f"send a {'x' * 4000}")
        slow.says("ping 1", "ping 2").half_closes()
        self.assertFalse(slow.is_closed)
        slow.reads_on()
        self.assertEqual(
            [line for line in slow.takes() if line[0] == "+"], ["+ pong 1", "+ pong 2"]
        )
        self.assertTrue(slow.is_closed)


class CloseTests(TestCase):
    def test_nothing_is_sent_after_the_goodbye(self) -> None:
        server = Server(self)
        ann, bob = server.client("ann", "a"), server.client("bob", "a")
        server.forget()
        bob.stops_reading()
        bob.says("quit")
        ann.says("send a x")
        self.assertFalse(bob.is_closed)
        bob.reads_on().gets("+ bye")
        self.assertTrue(bob.is_closed)

    def test_a_client_that_does_not_take_its_last_bytes_is_cut_off(self) -> None:
        server = Server(self)
        bob = server.client("bob")
        bob.stops_reading().says("quit")
        server.passes(CLOSE_SECONDS - 1)
        self.assertFalse(bob.is_closed)
        server.passes(2)
        self.assertTrue(bob.wire.aborted)

    def test_a_client_that_keeps_its_side_open_has_left_already_and_is_closed_soon(self) -> None:
        server = Server(self)
        ann, bob = server.client("ann", "a"), server.client("bob", "a")
        server.forget()
        bob.closes_too = False
        bob.says("quit").gets("+ bye")
        self.assertFalse(bob.is_closed)
        ann.gets("* left a bob")
        ann.says("nick bob").gets("+ nick bob")
        bob.sends(b"more\n" * 1000).gets_nothing()
        server.passes(1)
        self.assertTrue(bob.is_closed)

    def test_a_transport_that_cannot_be_half_closed_is_closed(self) -> None:
        server = Server(self)
        bob = server.client("bob")
        directlyProvides(bob.wire, ISSLTransport)
        bob.says("quit").gets("+ bye")
        self.assertTrue(bob.is_closed)

    def test_a_cut_cable_leaves_every_room_and_frees_the_nick(self) -> None:
        server = Server(self)
        ann, bob = server.client("ann", "a", "b"), server.client("bob", "a", "b")
        server.forget()
        bob.hangs_up()
        self.assertEqual(sorted(ann.takes()), ["* left a bob", "* left b bob"])
        ann.says("who").gets(f"= user ann online {NOW} line", "+ who 1")
        server.client("bob").says("ping").gets("+ pong")

    def test_the_last_member_s_cut_cable_removes_a_temporary_room(self) -> None:
        server = Server(self)
        ann, bob = server.client("ann"), server.client("bob", "b")
        bob.hangs_up()
        ann.says("list").gets("+ list 0")


class ShutdownTests(TestCase):
    def setUp(self) -> None:
        self.server = Server(self, lobby="lobby")

    def stop(self) -> list[object]:
        """Stop the server; what is returned gets an item when it has stopped."""
        stopped: list[object] = []
        self.server.hub.stopService().addBoth(stopped.append)
        self.server.settle()
        return stopped

    def test_without_clients_it_is_over_at_once(self) -> None:
        self.assertEqual(self.stop(), [None])

    def test_everybody_is_told_and_closed(self) -> None:
        ann, nameless = self.server.client("ann"), self.server.client()
        self.server.forget()
        self.assertEqual(self.stop(), [None])
        for client in (ann, nameless):
            client.gets(CLOSING)
            self.assertTrue(client.is_closed)

    def test_a_commit_in_flight_is_finished_and_told_before_the_goodbye(self) -> None:
        ann, bob = self.server.client("ann"), self.server.client("bob")
        self.server.forget()
        self.server.faulty.hold()
        ann.says("send lobby last")
        stopped = self.stop()
        self.assertEqual(stopped, [])
        self.server.faulty.release()
        self.server.settle()
        self.assertEqual(stopped, [None])
        ann.gets("+ sent lobby 1", f"* said lobby 1 {NOW} ann last", CLOSING)
        bob.gets(f"* said lobby 1 {NOW} ann last", CLOSING)

    def test_what_is_asked_after_the_signal_is_not_begun(self) -> None:
        ann = self.server.client("ann")
        self.server.faulty.hold()
        ann.says("send lobby first")
        stopped = self.stop()
        ann.says("send lobby second")
        self.server.faulty.release()
        self.server.settle()
        self.assertEqual(stopped, [None])
        lines = ann.takes()
        self.assertEqual([line for line in lines if "second" in line], [])
        self.assertIn("- closing ", "\n".join(lines))

    def test_a_stuck_reader_is_cut_off_after_the_time_for_goodbyes(self) -> None:
        ann, slow = self.server.client("ann"), self.server.client("slow")
        slow.stops_reading()
        while len(slow.wire.buffered) <= BUFFER:
            ann.says(f"send lobby {'x' * 4000}")
        stopped = self.stop()
        self.assertTrue(ann.is_closed)
        self.assertEqual(stopped, [])
        self.server.passes(GOODBYE_SECONDS + 1)
        self.assertTrue(slow.wire.aborted)
        self.assertEqual(stopped, [None])

    def test_a_failing_commit_does_not_keep_it_from_stopping(self) -> None:
        ann = self.server.client("ann")
        ann.takes()
        self.server.faulty.hold()
        self.server.faulty.fail_next()
        ann.says("send lobby last")
        stopped = self.stop()
        self.server.faulty.release()
        self.server.settle()
        self.assertEqual(stopped, [None])
        self.assertTrue(ann.takes()[0].startswith("- storage "))

    def test_a_commit_that_hangs_is_refused_after_its_time(self) -> None:
        ann, bob = self.server.client("ann"), self.server.client("bob")
        self.server.forget()
        self.server.faulty.hold()
        ann.says("send lobby one", "topic lobby two")
        bob.says("send lobby three")
        stopped = self.stop()
        self.server.passes(COMMIT_SECONDS - 1)
        self.assertEqual((stopped, ann.takes()), ([], []))
        self.server.passes(1)
        self.assertEqual(stopped, [None])
        for client, codes in ((ann, ["storage", "closing"]), (bob, ["storage"])):
            *refusals, last = client.takes()
            self.assertEqual(last, CLOSING)
            self.assertEqual([line.split(" ")[1] for line in refusals], codes)

    def test_what_hung_is_not_acknowledged_when_it_is_kept_after_all(self) -> None:
        ann, bob = self.server.client("ann"), self.server.client("bob")
        self.server.forget()
        bob.stops_reading()
        self.server.faulty.hold()
        ann.says("send lobby one")
        self.stop()
        self.server.passes(COMMIT_SECONDS)
        self.server.faulty.release()
        self.server.settle()
        self.assertIn("a crash of the server now may bring it back", ann.takes()[0])
        self.assertEqual([line for line in ann.takes() + bob.takes() if "+" in line], [])

    def test_what_waits_for_a_commit_that_hangs_is_refused_for_certain(self) -> None:
        ann, bob = self.server.client("ann"), self.server.client("bob")
        self.server.forget()
        self.server.faulty.hold()
        ann.says("send lobby one")
        self.server.settle()
        bob.says("send lobby two")
        self.stop()
        self.server.passes(COMMIT_SECONDS)
        self.assertIn("Nothing was changed", bob.takes()[0])

    def test_whoever_connects_while_it_stops_is_refused(self) -> None:
        slow = self.server.client("slow").stops_reading()
        slow.says("ping")
        self.stop()
        late = self.server.client()
        self.assertTrue(late.takes()[-1].startswith("- closing "))
        self.assertTrue(late.is_closed)

    def test_temporary_rooms_are_spared(self) -> None:
        self.server.client("ann", "brief")
        self.stop()
        rooms = [stored.room for stored in self.server.faulty.log.open().rooms]
        self.assertEqual(sorted(rooms), ["brief", "lobby"])


class RestartTests(TestCase):
    def restarted(self, server: Server, **options: int) -> Server:
        for_ever = server.hub.stopService()
        server.settle()
        self.successResultOf(for_ever)
        return Server(self, log=server.faulty.log, **options)

    def test_rooms_messages_and_topics_are_there_again(self) -> None:
        server = Server(self)
        ann = server.client("ann")
        ann.says("create a", "join a", "topic a Bread", "send a #k x")
        again = self.restarted(server)
        ann = again.client("ann")
        ann.says("join a since 0").gets(
            "+ join a 1 1", f"* topic a {NOW} ann Bread", f"* said a 1 {NOW} ann x"
        )
        ann.says("send a #k x").gets("+ sent a 1")

    def test_a_temporary_room_waits_for_its_members_for_the_time_of_grace(self) -> None:
        server = Server(self)
        server.client("ann", "brief").says("send brief x")
        again = self.restarted(server, restart_grace=60)
        looker = again.client("bob")
        again.passes(50)
        self.assertEqual(looker.says("list").takes()[-1], "+ list 1")
        again.passes(20)
        self.assertEqual(looker.says("list").takes()[-1], "+ list 0")

    def test_a_member_that_comes_back_in_time_finds_its_room(self) -> None:
        server = Server(self)
        server.client("ann", "brief").says("send brief x")
        again = self.restarted(server, restart_grace=60)
        ann = again.client("ann")
        ann.says("join brief since 1").gets("+ join brief 1 1")
        again.passes(90)
        ann.says("leave brief").gets("+ left brief")
        ann.says("list").gets("+ list 0")
