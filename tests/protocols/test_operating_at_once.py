"""Operators who act at the same moment as somebody else: the log's order decides."""

from tests.protocols.test_operating import OperatingTestCase


class AtOnceTests(OperatingTestCase):
    """bob is an operator like olga; the disk takes its time."""

    lobby = "lobby"

    def setUp(self) -> None:
        super().setUp()
        self.bob = self.registered("bob")
        self.olga.says("oper bob")
        self.server.forget()

    def test_two_operators_do_not_unmake_each_other(self) -> None:
        self.server.faulty.hold()
        self.olga.says("deoper bob")
        self.bob.says("deoper olga")
        self.server.faulty.release()
        self.olga.gets("+ deoper bob")
        self.bob.gets_error("not-allowed")
        self.assertTrue(self.server.hub.has_operator)

    def test_a_ban_holds_for_who_is_just_logging_in(self) -> None:
        eve = self.registered("eve")
        eve.says("logout").takes()
        eve.says("nick gil", "join den")
        self.server.forget()
        self.server.faulty.hold()
        self.olga.says("server-ban ~eve")
        eve.says("login eve s3cret")
        self.server.faulty.release()
        self.server.settle()
        self.assertEqual([line.split()[1] for line in eve.takes()], ["banned"])
        self.assertNotIn("eve", self.server.hub.manager.state.people)

    def test_a_ban_holds_for_who_is_just_taking_a_nick(self) -> None:
        self.olga.says("delete lobby")
        gus = self.server.client()
        self.server.forget()
        self.server.faulty.hold()
        self.olga.says("server-ban gus")
        gus.says("nick gus")
        self.server.faulty.release()
        self.server.settle()
        self.assertEqual([line.split()[1] for line in gus.takes()], ["banned"])
        self.assertNotIn("gus", self.server.hub.manager.state.people)

    def test_guests_who_are_just_making_a_room_are_put_out_too(self) -> None:
        gus = self.server.client("gus")
        self.server.forget()
        self.server.faulty.hold()
        self.olga.says("server-set registered-only yes")
        gus.says("join den")
        self.server.faulty.release()
        self.server.settle()
        self.assertEqual(gus.takes()[-1].split()[:2], ["-", "not-registered"])
        self.assertFalse(self.server.hub.manager.state.people["gus"].rooms)
