"""The tree of refusals: its codes are a promise to programs."""

import re

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core import errors
from chatsvc.core.errors import Refusal, refusal_with_code

CODES = {
    "UnknownCommand": "unknown-command",
    "Usage": "usage",
    "LineTooLong": "line-too-long",
    "BadText": "bad-text",
    "NoNick": "no-nick",
    "BadNick": "bad-nick",
    "NickTaken": "nick-taken",
    "NickRegistered": "nick-registered",
    "NotLoggedIn": "not-logged-in",
    "BadRoom": "bad-room",
    "NoSuchRoom": "no-such-room",
    "RoomExists": "room-exists",
    "NotAMember": "not-a-member",
    "AlreadyAMember": "already-a-member",
    "NoSuchUser": "no-such-user",
    "NoSuchMessage": "no-such-message",
    "NotAllowed": "not-allowed",
    "NotRegistered": "not-registered",
    "Banned": "banned",
    "Muted": "muted",
    "NeedInvitation": "need-invitation",
    "NeedPassword": "need-password",
    "RoomFull": "room-full",
    "BadMask": "bad-mask",
    "TooMany": "too-many",
    "TooFast": "too-fast",
    "Busy": "busy",
    "BadLogin": "bad-login",
    "TooManyLogins": "too-many-logins",
    "BadPassword": "bad-password",
    "BadKey": "bad-key",
    "WrongProtocol": "wrong-protocol",
    "StorageFailed": "storage",
    "Closing": "closing",
    "Internal": "internal",
}
"""Written down a second time on purpose: a client may depend on each of them."""


def kinds() -> dict[str, type[Refusal]]:
    """Return every kind of refusal by the name of its class."""
    return {
        kind.__name__: kind
        for kind in Refusal.__subclasses__()
        if kind.__module__ == errors.__name__
    }


def one_of_each() -> list[Refusal]:
    """Return a refusal of every kind, as the server makes them."""
    return [
        errors.UnknownCommand("There is no command."),
        errors.Usage("Usage: nick NAME"),
        errors.LineTooLong(4096),
        errors.BadText("No."),
        errors.NoNick(),
        errors.BadNick("No."),
        errors.NickTaken("ann", "ann2"),
        errors.NickRegistered("ann", "ann2"),
        errors.NotLoggedIn(),
        errors.BadRoom("No."),
        errors.NoSuchRoom("den"),
        errors.RoomExists("den"),
        errors.NotAMember("den"),
        errors.AlreadyAMember("den"),
        errors.NoSuchUser("bob"),
        errors.NoSuchMessage("den", 5),
        errors.NotAllowed("No."),
        errors.NotRegistered("No."),
        errors.Banned("No."),
        errors.Muted("No."),
        errors.NeedInvitation("den"),
        errors.NeedPassword("den"),
        errors.RoomFull("den"),
        errors.BadMask("No."),
        errors.TooMany("No."),
        errors.TooFast(1),
        errors.Busy("Later."),
        errors.BadLogin(),
        errors.TooManyLogins(8),
        errors.BadPassword("No."),
        errors.BadKey("No."),
        errors.WrongProtocol("HTTP"),
        errors.StorageFailed("The disk with the log is full."),
        errors.Closing(),
        errors.Internal(),
    ]


class RefusalTests(SynchronousTestCase):
    def test_the_codes_are_the_stable_ones(self):
        self.assertEqual({name: kind.code for name, kind in kinds().items()}, CODES)

    def test_no_two_kinds_share_a_code(self):
        self.assertEqual(len(set(CODES.values())), len(CODES))

    def test_the_table_at_the_head_of_the_module_is_true(self):
        rows = re.findall(r"^ {6}(\w+) +([a-z-]+)$", errors.__doc__ or "", re.MULTILINE)
        self.assertEqual(dict(rows), CODES)

    def test_a_code_is_one_lower_case_word(self):
        for code in CODES.values():
            self.assertRegex(code, r"\A[a-z]+(-[a-z]+)*\Z")

    def test_every_refusal_says_one_sentence_in_one_line(self):
        self.assertEqual({type(refusal).__name__ for refusal in one_of_each()}, set(CODES))
        for refusal in one_of_each():
            self.assertTrue(refusal.sentence.isprintable())
            self.assertEqual(str(refusal), refusal.sentence)

    def test_a_refusal_from_the_wire_equals_the_one_that_was_sent(self):
        for refusal in one_of_each():
            read = refusal_with_code(refusal.code, refusal.sentence)
            self.assertIs(type(read), type(refusal))
            self.assertEqual(read, refusal)
            self.assertEqual(hash(read), hash(refusal))

    def test_a_code_of_a_later_server_is_a_plain_refusal(self):
        refusal = refusal_with_code("brand-new", "Something new.")
        self.assertIs(type(refusal), Refusal)
        self.assertEqual(refusal.sentence, "Something new.")

    def test_refusals_with_different_sentences_differ(self):
        self.assertNotEqual(errors.NoSuchRoom("den"), errors.NoSuchRoom("hall"))
        self.assertNotEqual(errors.NoNick(), "no-nick")

    def test_row_e7_a_taken_nick_comes_with_a_suggestion(self):
        """Row E7: a taken name is a clear error that names a free one."""
        refusal = errors.NickTaken("ann", "ann2")
        self.assertEqual(refusal.suggestion, "ann2")
        self.assertIn('"ann2" is free', refusal.sentence)
