"""What goes on in a hidden room makes no difference to who asks for it, in time neither."""

from twisted.trial.unittest import TestCase

from tests.protocols.conversation import Server

MISSING = '- no-such-room There is no room called "den".'


class ChangingRooms(TestCase):
    def setUp(self) -> None:
        self.server = Server(self)
        self.ann, self.bob, self.eve = map(self.server.client, ("ann", "bob", "eve"))
        self.ann.says("register s3cret", "create den", "join den", "set den kind invite-only")
        self.ann.says("invite den bob")
        self.server.forget()

    def test_who_may_not_know_it_is_refused_at_once_while_it_changes(self) -> None:
        self.server.faulty.hold()
        self.ann.says("topic den tea").gets_nothing()
        for line in ("info den", "history den", "join den", "ban den ann", "delete den"):
            self.eve.says(line).gets(MISSING)
        self.bob.says("join den").gets_nothing()  # They may, and wait for their turn.
        self.server.faulty.release()
        self.assertTrue(self.bob.takes()[0].startswith("+ join den 0 2"))

    def test_what_anybody_may_enter_waits_for_its_change(self) -> None:
        self.ann.says("set den kind unlisted").takes()
        self.server.faulty.hold()
        self.ann.says("delete den").gets_nothing()
        self.eve.says("info den").gets(MISSING)
        self.eve.says("join den").gets_nothing()
        self.server.faulty.release()
        self.eve.gets("+ join den 0 1")
