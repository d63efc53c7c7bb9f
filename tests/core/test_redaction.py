"""Taking back and editing: by whom, and what stays."""

import attrs
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.access_table import Action
from chatsvc.core.errors import NotAllowed
from chatsvc.core.names import Nick
from chatsvc.core.redaction import (
    Authored,
    Mark,
    check_editable,
    edited,
    editing,
    is_author,
    redacted,
    redacting,
)
from chatsvc.core.subject import Subject

ANN, BOB = Nick("ann"), Nick("bob")
SAID = Authored(7, 1000, ANN, None, "hello")
BY_ACCOUNT = attrs.evolve(SAID, account=ANN)


class Authors(SynchronousTestCase):
    def test_what_an_account_said_only_that_account_said(self):
        self.assertTrue(is_author(BY_ACCOUNT, Subject(BOB, Nick("Ann")), 9999))
        for other in (Subject(ANN), Subject(ANN, BOB), Subject(BOB, BOB)):
            self.assertFalse(is_author(BY_ACCOUNT, other, 0))

    def test_a_guest_said_what_was_said_since_it_took_its_nick(self):
        self.assertTrue(is_author(SAID, Subject(Nick("ANN")), 1000))
        self.assertFalse(is_author(SAID, Subject(ANN), 1001))
        for other in (Subject(BOB), Subject(ANN, ANN), Subject()):
            self.assertFalse(is_author(SAID, other, 0))

    def test_the_action_is_that_on_ones_own_or_on_others_messages(self):
        own, other = Subject(BOB, ANN), Subject(BOB, BOB)
        self.assertIs(redacting(BY_ACCOUNT, own, 0), Action.REDACT_OWN)
        self.assertIs(redacting(BY_ACCOUNT, other, 0), Action.REDACT_OTHERS)
        self.assertIs(editing(BY_ACCOUNT, own, 0), Action.EDIT_OWN)
        self.assertIs(editing(BY_ACCOUNT, other, 0), Action.EDIT_OTHERS)


class WhatStays(SynchronousTestCase):
    def test_of_what_is_taken_back_number_time_and_author(self):
        gone = redacted(edited(SAID, "secret", 1500), BOB, 2000)
        self.assertEqual(gone, Authored(7, 1000, ANN, None, "", Mark(2000, BOB)))
        self.assertNotIn("secret", repr(gone))

    def test_taking_back_again_changes_nothing(self):
        gone = redacted(SAID, None, 2000)
        self.assertIs(redacted(gone, BOB, 3000), gone)

    def test_what_is_taken_back_cannot_be_edited(self):
        check_editable(SAID)
        self.assertRaises(NotAllowed, check_editable, redacted(SAID, None, 2000))

    def test_an_edit_replaces_the_text_and_leaves_a_mark(self):
        new = edited(SAID, "hello all", 2000)
        self.assertEqual(new, Authored(7, 1000, ANN, None, "hello all", None, Mark(2000)))
        self.assertIs(edited(new, "hello all", 3000), new)

    @given(st.lists(st.text(max_size=5)), st.booleans())
    def test_no_old_text_is_left(self, texts, is_taken_back):
        message = SAID
        for text in texts:
            message = edited(message, text, 2000)
        message = redacted(message, None, 3000) if is_taken_back else message
        last = (["hello", *texts])[-1]
        self.assertEqual(message.text, "" if is_taken_back else last)
        self.assertEqual((message.number, message.at, message.nick), (7, 1000, ANN))
