"""Roles: who gives and takes which, and no room loses its last owner."""

from itertools import product

import attrs
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.errors import NotAllowed, NotRegistered, Refusal, Usage
from chatsvc.core.roles import (
    Actor,
    Change,
    Role,
    check_change,
    check_target,
    is_exempt,
    parse_role,
)

MEMBER, VOICED, MODERATOR, OWNER = Role
roles = st.sampled_from(Role)
steps = st.tuples(st.integers(0, 3), st.integers(0, 3), roles)


def may(actor: Actor, change: Change) -> bool:
    try:
        check_change(actor, change)
    except Refusal as refusal:
        assert refusal.sentence.endswith(".")
        return False
    return True


class WhoGivesWhat(SynchronousTestCase):
    def test_roles_are_ordered(self):
        self.assertEqual(sorted(Role), [MEMBER, VOICED, MODERATOR, OWNER])

    def test_owners_give_and_take_everything(self):
        for old, new in product(Role, Role):
            self.assertTrue(may(Actor(OWNER), Change(old, new, owners=2)))

    def test_moderators_give_and_take_voice_alone(self):
        for old, new in product(Role, Role):
            allowed = max(old, new) <= VOICED
            self.assertEqual(may(Actor(MODERATOR), Change(old, new, owners=1)), allowed)

    def test_members_give_and_take_nothing_from_others(self):
        for role, old, new in product((MEMBER, VOICED), Role, Role):
            self.assertFalse(may(Actor(role), Change(old, new, owners=2)))

    def test_anybody_steps_down_and_nobody_raises_themselves(self):
        for old, new in product((MEMBER, VOICED, MODERATOR), Role):
            change = Change(old, new, owners=1, is_own=True)
            allowed = new < old or (old is MODERATOR and new <= VOICED)
            self.assertEqual(may(Actor(old), change), allowed, change)

    def test_a_guest_is_not_made_owner(self):
        change = Change(MEMBER, OWNER, owners=1, is_registered=False)
        self.assertRaises(NotRegistered, check_change, Actor(OWNER), change)
        self.assertTrue(may(Actor(OWNER), attrs.evolve(change, new=MODERATOR)))

    def test_where_no_account_owns_a_room_moderators_reach_each_other(self):
        for low, high in product((MODERATOR, OWNER), repeat=2):
            self.assertTrue(Actor(low, reaches_equals=True).is_above(high))
        self.assertFalse(Actor(VOICED, reaches_equals=True).is_above(VOICED))

    def test_an_operator_may_what_an_owner_may(self):
        self.assertTrue(may(Actor(is_operator=True), Change(MEMBER, OWNER, owners=0)))

    def test_a_higher_role_may_all_that_a_lower_one_may(self):
        for low, high, old, new in product(Role, Role, Role, Role):
            change = Change(old, new, owners=2)
            if low < high and may(Actor(low), change):
                self.assertTrue(may(Actor(high), change))


class TheLastOwner(SynchronousTestCase):
    def test_cannot_step_down_or_be_put_down(self):
        for actor, is_own in ((Actor(OWNER), True), (Actor(is_operator=True), False)):
            change = Change(OWNER, MEMBER, owners=1, is_own=is_own)
            refusal = self.assertRaises(NotAllowed, check_change, actor, change)
            self.assertIn("make somebody else owner first", refusal.sentence)

    def test_may_when_there_is_another(self):
        check_change(Actor(OWNER), Change(OWNER, MEMBER, owners=2, is_own=True))

    @given(st.lists(steps, max_size=30))
    def test_no_run_of_changes_leaves_a_room_without_an_owner(self, run):
        held = [OWNER, MODERATOR, MEMBER, MEMBER]
        for who, whom, new in run:
            change = Change(held[whom], new, held.count(OWNER), is_own=who == whom)
            if may(Actor(held[who]), change):
                held[whom] = new
        self.assertIn(OWNER, held)


class WhoReachesWhom(SynchronousTestCase):
    def test_only_those_below_oneself(self):
        for actor, target in product(Role, Role):
            if actor > target:
                check_target(Actor(actor), target)
            else:
                self.assertRaises(NotAllowed, check_target, Actor(actor), target)

    def test_operators_reach_everybody_and_are_reached_by_operators_alone(self):
        for target in Role:
            check_target(Actor(is_operator=True), target, is_operator=True)
        self.assertRaises(NotAllowed, check_target, Actor(OWNER), MEMBER, is_operator=True)

    def test_moderators_and_owners_are_hit_by_no_ban(self):
        self.assertEqual([role for role in Role if is_exempt(role)], [MODERATOR, OWNER])


class Words(SynchronousTestCase):
    def test_every_role_has_a_word(self):
        for role in Role:
            self.assertEqual(parse_role(role.word.upper()), role)

    def test_others_are_refused_with_the_choice(self):
        refusal = self.assertRaises(Usage, parse_role, "admin\x1b")
        self.assertIn("owner", refusal.sentence)
        self.assertTrue(refusal.sentence.isprintable())
