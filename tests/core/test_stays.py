"""Stays: nothing after membership was lost, nothing from between two stays."""

from itertools import pairwise

import attrs
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.kinds import Door, History, Keeping, Kind
from chatsvc.core.limits import STAYS_KEPT
from chatsvc.core.stays import Ranges, Stays, holds, newest, oldest, readable, total, unread

ALL_JOINED = Kind(history=History.JOINED)
PRIVATE = Kind(listed=False, door=Door.INVITATION, history=History.MEMBERS)
kinds = st.builds(
    Kind,
    listed=st.booleans(),
    door=st.sampled_from(Door),
    history=st.sampled_from(History),
    open_after=st.integers(0, 20),
    keeping=st.builds(Keeping, messages=st.integers(0, 20)),
)
lives = st.lists(st.sampled_from(["said", "join", "leave"]), max_size=40)


def lived(steps: list[str]) -> tuple[Stays, int, set[int]]:
    """Return somebody's stays, the last number, and the numbers said while it was there."""
    stays, last, heard = Stays(), 0, set[int]()
    for step in steps:
        if step == "said":
            last += 1
            if stays.is_member:
                heard.add(last)
        else:
            stays = stays.begun(last) if step == "join" else stays.ended(last)
    return stays, last, heard


def numbers(ranges: Ranges) -> list[int]:
    return [number for first, last in ranges for number in range(first, last + 1)]


class StaysTests(SynchronousTestCase):
    def test_a_stay_begins_after_the_last_number_and_ends_at_it(self):
        stays = Stays().begun(41)
        self.assertEqual(stays.ranges(57), ((42, 57),))
        self.assertEqual(stays.ended(57).ranges(100), ((42, 57),))

    def test_coming_back_opens_a_new_stay(self):
        stays = Stays().begun(0).ended(3).begun(5)
        self.assertEqual(stays.ranges(9), ((1, 3), (6, 9)))

    def test_who_missed_nothing_has_one_stay(self):
        self.assertEqual(Stays().begun(0).ended(3).begun(3), Stays().begun(0))

    def test_a_stay_without_a_message_leaves_no_trace(self):
        self.assertEqual(Stays().begun(3).ended(3), Stays())

    @given(lives)
    def test_the_numbers_of_the_stays_are_those_that_were_heard(self, steps: list[str]):
        stays, last, heard = lived(steps)
        self.assertEqual(numbers(stays.ranges(last)), sorted(heard))

    def test_many_stays_are_forgotten_from_the_oldest_on(self):
        stays = Stays()
        for number in range(0, 4 * STAYS_KEPT, 2):
            stays = stays.begun(number).ended(number + 1)
        self.assertEqual(len(stays.stays), STAYS_KEPT)
        self.assertEqual(stays.stays[-1].until, 4 * STAYS_KEPT - 1)


class WhatMayBeRead(SynchronousTestCase):
    def test_from_the_moment_of_joining(self):
        self.assertEqual(readable(ALL_JOINED, Stays().begun(5), 9), ((6, 9),))

    def test_members_of_a_private_room_read_all_of_it(self):
        self.assertEqual(readable(PRIVATE, Stays().begun(5), 9), ((1, 9),))

    def test_nothing_after_membership_was_lost(self):
        for history in (History.JOINED, History.MEMBERS):
            kind = attrs.evolve(PRIVATE, history=history)
            self.assertEqual(readable(kind, Stays().begun(0).ended(5), 9), ())

    def test_everybody_reads_a_public_room(self):
        self.assertEqual(readable(Kind(), Stays(), 9), ((1, 9),))
        self.assertEqual(readable(Kind(door=Door.PASSWORD), Stays(), 9), ())
        self.assertEqual(readable(Kind(listed=False), Stays(), 9), ())

    def test_what_was_said_before_the_room_opened_is_read_by_who_was_there(self):
        opened = Kind(open_after=6)
        self.assertEqual(readable(opened, Stays(), 9), ((7, 9),))
        self.assertEqual(readable(opened, Stays().begun(0).ended(3).begun(9), 9), ((1, 3), (7, 9)))

    def test_what_is_kept_no_longer_is_not_read(self):
        kind = Kind(keeping=Keeping(messages=3))
        self.assertEqual(readable(kind, Stays(), 9), ((7, 9),))
        self.assertEqual(readable(kind, Stays(), 9, gone=7), ((8, 9),))
        self.assertEqual(readable(kind, Stays(), 9, gone=9), ())

    @given(kinds, lives)
    def test_who_is_no_member_reads_nothing_that_not_everybody_reads(self, kind, steps):
        stays, last, heard = lived(steps)
        stays = stays.ended(last)
        seen = set(numbers(readable(kind, stays, last)))
        if kind.readers is not History.EVERYONE:
            self.assertEqual(seen, set())
        self.assertLessEqual(seen - set(numbers(readable(kind, Stays(), last))), heard)

    @given(kinds, lives)
    def test_from_the_moment_of_joining_is_never_more_than_was_heard(self, kind, steps):
        stays, last, heard = lived(steps)
        seen = set(numbers(readable(attrs.evolve(kind, history=History.JOINED), stays, last)))
        self.assertLessEqual(seen, heard)

    @given(kinds, lives)
    def test_ranges_ascend_with_gaps_and_end_at_the_last_number(self, kind, steps):
        stays, last, _ = lived(steps)
        ranges = readable(kind, stays, last)
        for first, end in ranges:
            self.assertTrue(1 <= first <= end <= last)
        for (_, end), (first, _) in pairwise(ranges):
            self.assertGreater(first, end + 1)


class Pages(SynchronousTestCase):
    @given(lives, st.integers(0, 50), st.none() | st.integers(0, 50))
    def test_the_newest_are_the_highest_numbers(self, steps, count, before):
        ranges = readable(ALL_JOINED, (lived(steps))[0].begun(99), 99)
        every = [number for number in numbers(ranges) if before is None or number < before]
        self.assertEqual(
            numbers(newest(ranges, count, before)),
            every[len(every) - count :] if count < len(every) else every,
        )

    @given(lives, st.integers(0, 50), st.integers(0, 50))
    def test_the_oldest_are_the_lowest_numbers(self, steps, count, after):
        ranges = readable(ALL_JOINED, (lived(steps))[0].begun(99), 99)
        every = [number for number in numbers(ranges) if number > after]
        self.assertEqual(numbers(oldest(ranges, count, after)), every[:count])

    @given(lives, st.integers(0, 50))
    def test_what_is_held_is_what_is_counted(self, steps, number):
        stays, last, _ = lived(steps)
        ranges = stays.ranges(last)
        self.assertEqual(holds(ranges, number), number in numbers(ranges))
        self.assertEqual(total(ranges), len(numbers(ranges)))
        above = [each for each in numbers(ranges) if each > number]
        self.assertEqual(unread(ranges, number), len(above))
