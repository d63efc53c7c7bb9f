"""Kinds of rooms: what can be set, what it means, and that opening a room opens no past."""

import contextlib
from itertools import product

import attrs
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.durations import DAY, WEEK
from chatsvc.core.errors import NotAllowed, Usage
from chatsvc.core.kinds import (
    PUBLIC,
    SETTINGS,
    Door,
    Edit,
    History,
    Keeping,
    Kind,
    NewPassword,
    check_for_lobby,
    format_settings,
    opens_more,
    parse_setting,
)
from chatsvc.core.limits import LONGEST_KEEPING_DAYS, ROOM_PASSWORD_BYTES

keepings = st.builds(
    Keeping,
    seconds=st.just(0) | st.integers(1, LONGEST_KEEPING_DAYS).map(lambda days: days * DAY),
    messages=st.integers(0, 10**6),
)
kinds = st.builds(
    Kind,
    listed=st.booleans(),
    door=st.sampled_from(Door),
    announce=st.booleans(),
    history=st.sampled_from(History),
    open_after=st.integers(0, 100),
    keeping=keepings,
)
LAST = 100


def set_in(kind: Kind, key: str, value: str, last: int = LAST) -> Kind:
    edit = parse_setting(key, value)
    if isinstance(edit, NewPassword):
        edit = edit.with_secret(f"hash of {edit.text}", kind)
    assert isinstance(edit, Edit)
    return edit.applied(kind, last)


class Presets(SynchronousTestCase):
    def test_a_room_is_public_until_somebody_sets_something(self):
        self.assertEqual(PUBLIC, Kind(True, Door.OPEN, "", False, History.EVERYONE, 0, Keeping()))
        self.assertEqual(PUBLIC.name, "public")

    def test_a_kind_sets_the_list_and_the_door(self):
        for name, listed, door in (
            ("public", True, Door.OPEN),
            ("UNLISTED", False, Door.OPEN),
            ("invite-only", False, Door.INVITATION),
            ("password  open sesame", False, Door.PASSWORD),
        ):
            kind = set_in(PUBLIC, "KIND", name)
            self.assertEqual((kind.listed, kind.door), (listed, door))
            self.assertEqual(kind.name, name.split(" ")[0].lower())

    def test_a_private_room_may_be_in_the_list(self):
        kind = set_in(set_in(PUBLIC, "kind", "invite-only"), "listed", "yes")
        self.assertEqual((kind.listed, kind.name), (True, "invite-only"))

    def test_the_lobby_stays_public(self):
        check_for_lobby(set_in(set_in(PUBLIC, "announce", "yes"), "history", "members"))
        for key, value in (("kind", "unlisted"), ("kind", "password x"), ("listed", "no")):
            self.assertRaises(NotAllowed, check_for_lobby, set_in(PUBLIC, key, value))

    def test_a_new_password_leaves_the_list_alone(self):
        kind = set_in(set_in(PUBLIC, "kind", "password a"), "listed", "yes")
        again = set_in(kind, "kind", "password b")
        self.assertEqual((again.listed, again.secret), (True, "hash of b"))

    def test_another_door_forgets_the_password(self):
        self.assertEqual(set_in(set_in(PUBLIC, "kind", "password a"), "kind", "public").secret, "")

    def test_a_password_is_shown_nowhere(self):
        edit = parse_setting("kind", "password sesame")
        kind = set_in(PUBLIC, "kind", "password sesame")
        for shown in (repr(edit), repr(kind), str(format_settings(kind))):
            self.assertNotIn("sesame", shown)

    def test_a_password_is_kept_as_it_is_within_its_bounds(self):
        edit = parse_setting("kind", "password  two  words ")
        assert isinstance(edit, NewPassword)
        self.assertEqual(edit.text, "two  words")
        parse_setting("kind", "password " + "\u00e9" * (ROOM_PASSWORD_BYTES // 2))
        for text in ("", " ", "\u00e9" * (ROOM_PASSWORD_BYTES // 2) + "x", "a\0b"):
            self.assertRaises(Usage, parse_setting, "kind", f"password {text}")


class Values(SynchronousTestCase):
    def test_each_setting_takes_its_values(self):
        for key, value, field, expected in (
            ("listed", "No", "listed", False),
            ("announce", "yes", "announce", True),
            ("history", "joined", "history", History.JOINED),
            ("keep", "30d", "keeping", Keeping(30 * DAY)),
            ("keep", "1000", "keeping", Keeping(0, 1000)),
            ("keep", "500 1w", "keeping", Keeping(WEEK, 500)),
            ("keep", "all", "keeping", Keeping()),
        ):
            self.assertEqual(getattr(set_in(PUBLIC, key, value), field), expected)

    def test_what_cannot_be_set_is_refused_with_what_can(self):
        for key, value, advice in (
            ("colour", "red", "kind, listed, announce, history, keep"),
            ("kind", "private", "unlisted"),
            ("kind", "password", "kind password PASSWORD"),
            ("listed", "maybe", "yes or no"),
            ("history", "all", "everyone, members or joined"),
            ("history", "members from", "from NUMBER"),
            ("history", "members from -1", "from NUMBER"),
            ("history", "", "everyone"),
            ("keep", "", "30d"),
            ("keep", "1h", "1d"),
            ("keep", "0", "1 message"),
            ("keep", "perm", "all"),
            ("keep", "30d 40d", "both"),
            ("keep", "9999d", "30m, 2h"),
            ("announce", "\x1b[1m" + "x" * 99, "yes or no"),
        ):
            refusal = self.assertRaises(Usage, parse_setting, key, value)
            self.assertIn(advice, refusal.sentence)
            self.assertTrue(refusal.sentence.isprintable())
            self.assertLess(len(refusal.sentence), 200)

    @given(st.sampled_from(SETTINGS), st.text(max_size=30), kinds)
    def test_any_value_is_taken_or_refused(self, key: str, value: str, kind: Kind):
        with contextlib.suppress(Usage):
            set_in(kind, key, value)

    @given(kinds, kinds)
    def test_the_settings_as_they_are_shown_can_be_set_again(self, kind: Kind, other: Kind):
        again = other
        for key, value in format_settings(kind):
            again = set_in(again, key, "password x" if value == "password" else value)
        self.assertEqual(attrs.evolve(again, secret=""), kind)
        self.assertEqual(format_settings(again), format_settings(kind))


class OpeningARoom(SynchronousTestCase):
    def test_what_was_said_in_private_stays_private(self):
        private = set_in(PUBLIC, "kind", "invite-only", 10)
        self.assertEqual(private.open_after, 0)
        self.assertEqual(set_in(private, "kind", "public", 50).open_after, 50)
        self.assertEqual(set_in(private, "listed", "yes", 50).open_after, 50)

    def test_what_happened_before_anything_was_said_stays_private_too(self):
        private = set_in(PUBLIC, "kind", "invite-only", 0)
        self.assertFalse(private.hides_beginning)
        opened = set_in(private, "kind", "public", 0)
        self.assertTrue(opened.hides_beginning)
        self.assertTrue(set_in(opened, "history", "everyone from 5", 0).hides_beginning)
        self.assertFalse(set_in(opened, "history", "everyone from 1", 0).hides_beginning)
        self.assertTrue(set_in(opened, "topic", "moderators", 9).hides_beginning)

    def test_history_for_more_people_begins_now_unless_it_is_said_from_where(self):
        joined = set_in(PUBLIC, "history", "joined", 10)
        self.assertEqual(set_in(joined, "history", "members", 50).open_after, 50)
        self.assertEqual(set_in(joined, "history", "members from 1", 50).open_after, 0)
        self.assertEqual(set_in(joined, "history", "members from 20", 50).open_after, 19)
        self.assertEqual(set_in(joined, "history", "members from 999", 50).open_after, 50)

    def test_everyone_means_members_where_the_room_is_not_public(self):
        for listed, door, history in product((True, False), Door, History):
            kind = Kind(listed=listed, door=door, history=history)
            readers = history if kind.is_public else min(history, History.MEMBERS)
            self.assertEqual(kind.readers, readers)
            self.assertEqual(kind.is_public, kind.name == "public")

    @given(kinds, kinds)
    def test_of_two_different_ways_one_opens_more_or_neither_differs(self, old: Kind, new: Kind):
        same = attrs.evolve(
            new, listed=old.listed, door=old.door, history=old.history, open_after=old.open_after
        )
        self.assertFalse(opens_more(old, same))

    @given(kinds, st.sampled_from(["public", "unlisted", "invite-only"]))
    def test_no_kind_lowers_the_number_from_which_a_room_is_open(self, kind: Kind, value: str):
        self.assertGreaterEqual(set_in(kind, "kind", value).open_after, kind.open_after)


class Keepings(SynchronousTestCase):
    def test_by_count(self):
        self.assertEqual(Keeping(messages=10).gone_after(25), 15)
        self.assertEqual(Keeping(messages=10).gone_after(5), 0)
        self.assertEqual(Keeping().gone_after(25), 0)

    def test_by_age(self):
        self.assertEqual(Keeping(seconds=DAY).oldest_at(2 * DAY * 1000), DAY * 1000)
        self.assertEqual(Keeping(seconds=DAY).oldest_at(5), 0)
        self.assertEqual(Keeping().oldest_at(10**12), 0)
