"""What a person is shown of messages that were redacted or edited."""

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.answers import render_answer
from chatsvc.client.lines import plain
from chatsvc.client.memberships import Memberships
from chatsvc.client.rendering import render_happening, render_said
from chatsvc.client.terminal.model import Model
from chatsvc.core.events import Edited, Joined, Redacted, Said
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies import Entered, MessageEdited, MessageRedacted

DEN, ANN, BOB = RoomName("den"), Nick("ann"), Nick("bob")
HELLO = Said(DEN, 5, 0, BOB, "hello")
BACK, BY_ANN = Redacted(DEN, 5, 7, BOB), Redacted(DEN, 5, 7, ANN)
NEW = Edited(DEN, 5, 7, BOB, "hallo")


class RenderingTests(SynchronousTestCase):
    def shown(self, happening: object) -> list[str]:
        return [plain(line) for line in render_happening(happening, ANN)]

    def test_what_others_do_is_told(self):
        self.assertEqual(self.shown(BACK), ["[den] bob took back message 5."])
        self.assertEqual(self.shown(NEW), ["[den] bob edited message 5: hallo"])

    def test_what_one_does_oneself_is_answered_and_not_told_again(self):
        self.assertEqual(self.shown(BY_ANN), [])
        lines = render_answer(MessageRedacted(DEN, 5), ANN, 0)
        self.assertEqual([plain(line) for line in lines], ["[den] Message 5 was taken back."])
        lines = render_answer(MessageEdited(DEN, 5), ANN, 0)
        self.assertEqual([plain(line) for line in lines], ["[den] Message 5 was edited."])

    def test_old_messages_show_what_was_done_where_no_text_can(self):
        def line(event: Redacted | Edited) -> str:
            return plain(render_said(event.applied_to(HELLO), ANN))

        self.assertEqual(line(BACK), "[den 5] bob took back their own message.")
        self.assertEqual(line(BY_ANN), "[den 5] ann took back what bob said.")
        self.assertEqual(line(NEW), "[den 5] bob (edited): hallo")

    def test_they_have_their_place_among_the_numbers(self):
        memberships = Memberships([DEN])
        memberships.joined(Entered(DEN, 4, 1))
        later = Said(DEN, 6, 0, BOB, "later")
        handed = list(memberships.take([BACK.applied_to(HELLO), later]))
        self.assertEqual([said.number for said in handed], [5, 6])


class TerminalTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.model = Model(lambda: 0)
        self.model.met("test", ANN, True)
        self.model.happened(Joined(DEN, ANN))
        self.model.happened(HELLO)

    def shown(self) -> list[str]:
        return [plain(entry.line) for entry in self.model.shown() if entry.line.room]

    def test_a_line_on_the_screen_changes(self):
        self.model.happened(NEW)
        self.assertIn("[den 5] bob (edited): hallo", self.shown())
        self.assertNotIn("[den 5] bob: hello", self.shown())
        self.model.happened(BACK)
        self.assertIn("[den 5] bob took back their own message.", self.shown())
        self.assertNotIn("hallo", " ".join(self.shown()))

    def test_one_that_is_not_on_the_screen_changes_nothing_else(self):
        before = self.shown()
        self.model.happened(Redacted(DEN, 4, 7, ANN))
        self.model.happened(Edited(RoomName("hall"), 5, 7, ANN, "x"))
        self.assertEqual([line for line in self.shown() if line in before], before)
