"""Who may take back or edit what was said, and what comes of it."""

from chatsvc.core import commands as c
from chatsvc.core import replies as r
from chatsvc.core.errors import NoSuchMessage, NoSuchRoom, NotAllowed, NotAMember
from chatsvc.core.events import Edited, Redacted, Said
from chatsvc.core.names import Nick, RoomName
from tests.core.test_talk import ANN, BOB, DEN, DenTestCase
from tests.core.world import NOW


class Corrections(DenTestCase):
    """The den was made by ann; bob has said something in it, and eve too, before she left."""

    def setUp(self):
        super().setUp()
        self.by_bob = self.world.do(self.bob, c.Say(DEN, "from bob", "id")).events[0]
        self.world.do(self.eve, c.JoinRoom(DEN))
        self.by_eve = self.world.do(self.eve, c.Say(DEN, "from eve")).events[0]
        self.world.do(self.eve, c.LeaveRoom(DEN))

    def redact(self, message: Said) -> c.ChangeMessage:
        return c.ChangeMessage(c.Redact(RoomName("DEN"), message.number), message)

    def edit(self, message: Said) -> c.ChangeMessage:
        return c.ChangeMessage(c.Edit(DEN, message.number, "new"), message)

    def test_its_author_takes_a_message_back_and_the_members_are_told(self):
        outcome = self.assertAnswer(self.bob, self.redact(self.by_bob), r.MessageRedacted(DEN, 1))
        self.assertEqual(outcome.events, (Redacted(DEN, 1, NOW, BOB, room_id=1),))
        self.assertEqual(outcome.told, (self.inside,))

    def test_its_author_edits_a_message_and_the_members_are_told(self):
        outcome = self.assertAnswer(self.bob, self.edit(self.by_bob), r.MessageEdited(DEN, 1))
        self.assertEqual(outcome.events, (Edited(DEN, 1, NOW, BOB, "new", room_id=1),))
        self.assertEqual(outcome.told, (self.inside,))

    def test_who_has_left_the_room_changes_nothing_there_any_more(self):
        for change in (self.redact(self.by_eve), self.edit(self.by_eve)):
            self.assertRefused(NotAMember, self.eve, change)

    def test_the_owner_of_the_room_takes_back_what_others_said_and_is_named(self):
        outcome = self.world.do(self.ann, self.redact(self.by_bob))
        self.assertEqual(outcome.events[0].nick, ANN)

    def test_nobody_else_may_and_nobody_edits_the_words_of_others(self):
        for change in (self.redact(self.by_bob), self.edit(self.by_bob)):
            self.assertRefused(NotAllowed, self.eve, change)
        self.assertRefused(NotAllowed, self.bob, self.redact(self.by_eve))
        self.assertRefused(NotAllowed, self.ann, self.edit(self.by_bob))

    def test_a_message_that_is_redacted_already_is_not_there_for_anybody(self):
        gone = Redacted(DEN, 1, NOW, BOB, 1).applied_to(self.by_bob)
        for session in (self.bob, self.eve):
            for change in (self.redact(gone), self.edit(gone)):
                self.assertRefused(NoSuchMessage, session, change)

    def test_an_edited_message_can_be_edited_and_redacted(self):
        edited = Edited(DEN, 1, NOW, BOB, "new", 1).applied_to(self.by_bob)
        self.world.do(self.bob, self.edit(edited))
        self.world.do(self.bob, self.redact(edited))

    def test_the_log_gave_another_message_than_the_one_meant(self):
        change = c.ChangeMessage(c.Redact(DEN, 1), self.by_eve)
        self.assertRefused(NoSuchMessage, self.eve, change)

    def test_the_room_is_deleted_or_made_anew_meanwhile(self):
        change = self.redact(self.by_bob)
        events = self.world.manager.decide(self.bob, change, NOW)
        self.world.do(self.ann, c.DeleteRoom(DEN))
        self.assertRefused(NoSuchRoom, self.bob, change)
        self.assertRaises(NoSuchRoom, self.world.apply, events)
        self.world.do(self.ann, c.CreateRoom(DEN))
        self.assertRefused(NoSuchMessage, self.bob, change)
        self.assertRaises(NoSuchRoom, self.world.apply, events)

    def test_numbers_that_no_message_has(self):
        for number in (0, 3, 10**15 - 1):
            for command in (c.Redact(DEN, number), c.Edit(DEN, number, "x")):
                self.assertRefused(NoSuchMessage, self.bob, command)

    def test_what_was_changed_is_the_same_message(self):
        gone = Redacted(DEN, 1, NOW + 1, ANN, 1).applied_to(self.by_bob)
        self.assertEqual((gone.number, gone.at, gone.nick), (1, NOW, Nick("bob")))
        self.assertEqual((gone.text, gone.client_id), ("", "id"))
        self.assertEqual((gone.changed_at, gone.changed_by), (NOW + 1, ANN))
        new = Edited(DEN, 1, NOW + 1, ANN, "new", 1).applied_to(self.by_bob)
        self.assertEqual((new.text, new.nick, new.changed_by), ("new", BOB, ANN))
