"""Who is not heard, and who is invited: bounded lists of people."""

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.errors import TooMany
from chatsvc.core.ignoring import Ignored, ignoring
from chatsvc.core.invitations import Invitation, Invitations
from chatsvc.core.masks import parse_mask
from chatsvc.core.names import Nick
from chatsvc.core.subject import Subject

ANN, BOB = Nick("ann"), Nick("bob")
GUEST = Subject(BOB)
ACCOUNT = Subject(BOB, BOB)
RENAMED = Subject(Nick("x"), Nick("Bob"))
OPERATOR = Subject(BOB, BOB, is_operator=True)


class Ignoring(SynchronousTestCase):
    def test_an_account_is_ignored_under_any_nick(self):
        ignored = Ignored().having(ignoring(ACCOUNT), 9)
        self.assertTrue(ignored.hides(RENAMED))
        self.assertFalse(ignored.hides(GUEST))

    def test_a_guest_is_ignored_by_nick(self):
        ignored = Ignored().having(ignoring(GUEST), 9)
        self.assertTrue(ignored.hides(GUEST))
        self.assertFalse(ignored.hides(Subject(ANN)))

    def test_operators_are_always_heard(self):
        self.assertFalse(Ignored().having(ignoring(ACCOUNT), 9).hides(OPERATOR))

    def test_the_list_is_bounded_and_has_nobody_twice(self):
        ignored = Ignored().having(parse_mask("a"), 2).having(parse_mask("A"), 2)
        ignored = ignored.having(parse_mask("b"), 2)
        self.assertEqual([mask.text for mask in ignored], ["a", "b"])
        self.assertRaises(TooMany, ignored.having, parse_mask("c"), 2)
        self.assertIs(ignored.having(parse_mask("b"), 2), ignored)

    def test_who_is_unignored_is_heard(self):
        ignored = Ignored().having(ignoring(GUEST), 9).without(ignoring(GUEST))
        self.assertFalse(ignored.hides(GUEST))
        self.assertEqual(len(ignored.without(parse_mask("z"))), 0)


class Inviting(SynchronousTestCase):
    def invited(self, *words: str) -> Invitations:
        invitations = Invitations()
        for word in words:
            invitations.give(Invitation(parse_mask(word), ANN, 1))
        return invitations

    def test_an_account_is_invited_under_any_nick_and_nobody_else_under_its_name(self):
        invitations = self.invited("~bob")
        for subject in (ACCOUNT, RENAMED):
            self.assertIsNotNone(invitations.of(subject))
        for subject in (GUEST, Subject(), Subject(BOB, ANN)):
            self.assertIsNone(invitations.of(subject))

    def test_a_guest_is_invited_by_nick(self):
        self.assertIsNotNone(self.invited("BOB").of(GUEST))
        self.assertIsNone(self.invited("bob").of(ACCOUNT))

    def test_an_invitation_is_used_once(self):
        invitations = self.invited("~bob", "~ann")
        used = invitations.take_back(parse_mask("~BOB"))
        assert used is not None
        self.assertIsNone(invitations.take_back(used.mask))
        self.assertEqual([one.mask.text for one in invitations.listed()], ["~ann"])

    def test_they_are_bounded(self):
        invitations = self.invited("a", "b", "a")
        self.assertEqual(len(invitations), 2)
        invitations.check_space(parse_mask("A"), 2)
        invitations.check_space(parse_mask("c"), 3)
        self.assertRaises(TooMany, invitations.check_space, parse_mask("c"), 2)
