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
