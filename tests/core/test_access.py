"""Access: the table decides every case, and what is secret stays so."""

from collections.abc import Iterator
from itertools import product
from typing import get_args

import attrs
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core import commands
from chatsvc.core.access import (
    ACTIONS,
    UNCHECKED,
    Asker,
    Past,
    Place,
    check,
    relation_of,
    shows_details,
)
from chatsvc.core.access_table import (
    CONDITIONS,
    INSIDE,
    MEANINGS,
    OUTSIDE,
    TABLE,
    WORDS,
    Action,
    Case,
    Condition,
    Ownership,
    Relation,
    Verdict,
    decide,
)
from chatsvc.core.errors import NoSuchRoom, Refusal
from chatsvc.core.kinds import PUBLIC, Door, History, Kind
from chatsvc.core.masks import parse_mask
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.roles import Role
from chatsvc.core.sanctions import Sanction, Sanctions
from chatsvc.core.subject import Subject

DEN = RoomName("den")
YES = Verdict.YES
KINDS = [
    Kind(listed, door, announce=announce, history=history)
    for listed, door, announce, history in product((True, False), Door, (False, True), History)
]
INVITE_ONLY = Kind(listed=False, door=Door.INVITATION)
UNLISTED = Kind(listed=False)
PASSWORD = Kind(listed=False, door=Door.PASSWORD)
ANNOUNCE = Kind(announce=True)
FIVE = (PUBLIC, UNLISTED, INVITE_ONLY, PASSWORD, ANNOUNCE)
READS = (Action.HISTORY, Action.SEARCH, Action.WHO, Action.INFO, Action.READ_TOPIC, Action.RECEIVE)
WRITES = set(Action) - {*READS, Action.LIST, Action.JOIN, Action.READ_WELCOME}


def cases(kinds: list[Kind] = KINDS) -> Iterator[Case]:
    """Return every case there is."""
    flags = (False, True)
    for kind, relation, guest, alone, ownership in product(
        kinds, Relation, flags, flags, Ownership
    ):
        yield Case(kind, relation, guest, alone, ownership)


def allowed(kind: Kind, action: Action) -> set[Relation]:
    return {relation for relation in Relation if decide(Case(kind, relation), action) is YES}


class TheTable(SynchronousTestCase):
    def test_it_has_a_cell_for_every_action_and_relation(self):
        self.assertEqual(list(TABLE), list(Action))
        for row in TABLE.values():
            self.assertEqual(set(row), set(Relation))

    def test_every_word_and_condition_is_used_and_explained(self):
        used = {id(cell) for row in TABLE.values() for cell in row.values()}
        self.assertEqual(used, set(map(id, WORDS.values())))
        conditions = {cell.word for cell in WORDS.values() if isinstance(cell, Condition)}
        self.assertEqual(conditions, {condition.word for condition in CONDITIONS})
        self.assertEqual(list(MEANINGS), list(Relation))

    def test_every_case_has_a_verdict(self):
        verdicts = {decide(case, action) for case in cases() for action in Action}
        self.assertEqual(verdicts, set(Verdict))

    def test_every_refusal_is_one_of_the_tree(self):
        codes = {kind.code for kind in Refusal.__subclasses__()}
        self.assertLessEqual({verdict.value for verdict in Verdict} - {"yes"}, codes)

    def test_every_command_about_a_room_is_in_it(self):
        about_rooms = {
            command
            for command in get_args(commands.Command)
            if "room" in {field.name for field in attrs.fields(command)}
        }
        self.assertEqual(set(ACTIONS) | UNCHECKED, about_rooms | {commands.ListRooms})
        self.assertFalse(set(ACTIONS) & UNCHECKED)


class SecretRooms(SynchronousTestCase):
    def test_outside_of_a_room_that_is_not_listed_everything_is_refused_alike(self):
        for case in cases():
            if not case.kind.listed and case.relation in OUTSIDE:
                for action in Action:
                    verdict = decide(case, action)
                    if verdict is not Verdict.NO_SUCH_ROOM:
                        self.assertEqual((action, verdict), (Action.JOIN, YES))
                        self.assertTrue(case.kind.is_open)
                        self.assertIsNot(case.relation, Relation.BANNED)

    def test_nobody_else_is_told_that_a_room_does_not_exist(self):
        for case in cases():
            if case.kind.listed or case.relation not in OUTSIDE:
                for action in Action:
                    self.assertIsNot(decide(case, action), Verdict.NO_SUCH_ROOM)

    def test_no_door_but_the_open_one_lets_anybody_in_from_outside(self):
        for case in cases():
            if case.relation in OUTSIDE and decide(case, Action.JOIN) is YES:
                self.assertTrue(case.kind.is_open)

    def test_from_outside_nothing_of_a_private_room_is_read(self):
        for case in cases():
            if case.relation in OUTSIDE and not case.kind.is_public:
                for action in READS:
                    self.assertIsNot(decide(case, action), YES, (case, action))

    def test_only_members_get_what_is_said(self):
        for kind in KINDS:
            self.assertEqual(allowed(kind, Action.RECEIVE), INSIDE)

    def test_an_operator_enters_to_read_what_not_everybody_reads(self):
        for kind in (UNLISTED, INVITE_ONLY, PASSWORD, Kind(history=History.MEMBERS)):
            case = Case(kind, Relation.OPERATOR)
            self.assertIs(decide(case, Action.HISTORY), Verdict.NOT_A_MEMBER)
            self.assertIs(decide(case, Action.JOIN), YES)

    def test_a_private_room_in_the_list_shows_its_name_alone(self):
        listed = attrs.evolve(INVITE_ONLY, listed=True)
        self.assertIs(decide(Case(listed, Relation.STRANGER), Action.LIST), YES)
        self.assertFalse(shows_details(listed, Relation.STRANGER))
        self.assertTrue(shows_details(listed, Relation.MEMBER))
        self.assertTrue(shows_details(PUBLIC, Relation.GUEST))

    def test_a_visible_door_says_what_it_asks_for(self):
        for door, verdict in (
            (Door.INVITATION, Verdict.NEED_INVITATION),
            (Door.PASSWORD, Verdict.NEED_PASSWORD),
        ):
            case = Case(Kind(door=door), Relation.STRANGER)
            for action in (Action.JOIN, Action.HISTORY, Action.SEARCH, Action.INFO, Action.WHO):
                self.assertIs(decide(case, action), verdict)
            invited = attrs.evolve(case, relation=Relation.INVITED)
            self.assertIs(decide(invited, Action.JOIN), YES)
            self.assertIs(decide(invited, Action.HISTORY), Verdict.NOT_A_MEMBER)


class WhoMayDoWhat(SynchronousTestCase):
    def test_a_public_room_is_as_it_always_was(self):
        """Anybody joins, reads and lists; members speak; owners, or the last one, delete."""
        anybody = set(Relation) - {Relation.BANNED}
        for action in (Action.LIST, Action.INFO, Action.HISTORY, Action.SEARCH, Action.WHO):
            self.assertGreaterEqual(allowed(PUBLIC, action), anybody)
        self.assertEqual(allowed(PUBLIC, Action.JOIN), anybody - INSIDE)
        self.assertEqual(allowed(PUBLIC, Action.SAY), INSIDE - {Relation.MUTED})
        self.assertEqual(allowed(PUBLIC, Action.TALK), INSIDE)
        guests = Case(PUBLIC, Relation.GUEST, is_alone=True, ownership=Ownership.GUEST)
        self.assertIs(decide(guests, Action.DELETE), YES)
        together = attrs.evolve(guests, is_alone=False)
        self.assertIs(decide(together, Action.DELETE), Verdict.NOT_ALLOWED)
        owned = attrs.evolve(guests, ownership=Ownership.ACCOUNT)
        self.assertIs(decide(owned, Action.DELETE), Verdict.NOT_ALLOWED)

    def test_the_lobbys_welcome_is_set_by_any_member(self):
        case = Case(PUBLIC, Relation.MEMBER, ownership=Ownership.NOBODY)
        self.assertIs(decide(case, Action.SET_WELCOME), YES)
        owned = attrs.evolve(case, ownership=Ownership.GUEST)
        self.assertIs(decide(owned, Action.SET_WELCOME), Verdict.NOT_ALLOWED)

    def test_where_announcements_are_made_members_listen(self):
        speakers = {Relation.VOICED, Relation.MODERATOR, Relation.OWNER}
        for action in (Action.SAY, Action.SET_TOPIC, Action.EDIT_OWN):
            self.assertEqual(allowed(ANNOUNCE, action), speakers)

    def test_who_is_muted_reads_and_leaves_and_does_not_speak(self):
        for case in cases():
            if case.relation is Relation.MUTED:
                self.assertIs(decide(case, Action.SAY), Verdict.MUTED)
                for action in (*READS, Action.LEAVE, Action.REDACT_OWN):
                    self.assertIs(decide(case, action), YES)

    def test_who_is_banned_does_nothing(self):
        for case in cases():
            if case.relation is Relation.BANNED:
                for action in WRITES | {Action.JOIN, Action.HISTORY, Action.SEARCH, Action.WHO}:
                    self.assertIsNot(decide(case, action), YES)

    def test_an_owner_may_all_that_a_moderator_may_and_a_moderator_all_of_a_member(self):
        rising = ("muted", "member", "voiced", "moderator", "owner")
        actions = set(Action) - {Action.STEP_DOWN}
        for kind, is_alone, ownership in product(KINDS, (False, True), Ownership):
            below: set[Action] = set()
            for relation in map(Relation, rising):
                case = Case(kind, relation, False, is_alone, ownership)
                may = {action for action in actions if decide(case, action) is YES}
                self.assertLessEqual(below, may, case)
                below = may

    def test_nobody_edits_the_words_of_others(self):
        for kind in KINDS:
            self.assertEqual(allowed(kind, Action.EDIT_OTHERS), set())

    def test_the_settings_of_a_room_are_set_by_accounts(self):
        case = Case(PUBLIC, Relation.OWNER, is_guest=True, ownership=Ownership.GUEST)
        self.assertIs(decide(case, Action.SET), Verdict.NOT_REGISTERED)
        self.assertIs(decide(attrs.evolve(case, is_guest=False), Action.SET), YES)

    def test_more_people_may_do_a_thing_in_an_open_room_than_in_a_closed_one(self):
        for case in cases([PUBLIC]):
            for kind in (UNLISTED, INVITE_ONLY, PASSWORD):
                for action in Action:
                    if decide(attrs.evolve(case, kind=kind), action) is YES:
                        self.assertIs(decide(case, action), YES)


BOB = Subject(Nick("bob"), Nick("bob"), ("192.0.2.7",))
GUEST = Subject(Nick("bob"), None, ("192.0.2.7",))
OPERATOR = Subject(Nick("root"), Nick("root"), ("192.0.2.7",), is_operator=True)


class CountedSanctions(Sanctions):
    """Counts how often it was asked."""

    asked = 0

    def hit(self, subject: Subject, now: int) -> Sanction | None:
        self.asked += 1
        return super().hit(subject, now)


def listed(*words: str, until: int | None = None) -> CountedSanctions:
    return CountedSanctions(
        Sanction(parse_mask(word), Nick("ann"), 0, until, "spam") for word in words
    )


def place(kind: Kind = PUBLIC, **given: object) -> Place:
    parts = {"bans": listed(), "mutes": listed(), **given}
    return Place(DEN, kind, **parts)  # type: ignore[arg-type]


class Relations(SynchronousTestCase):
    def assertRelation(self, expected: Relation, where: Place, asker: Asker, now: int = 0) -> None:
        for action in (
            (Action.SAY, Action.SET_TOPIC) if asker.is_member else (Action.JOIN, Action.SAY)
        ):
            self.assertIs(relation_of(where, asker, action, now), expected)

    def test_members_are_what_their_role_is(self):
        for role, relation in zip(
            Role,
            (Relation.MEMBER, Relation.VOICED, Relation.MODERATOR, Relation.OWNER),
            strict=True,
        ):
            self.assertRelation(relation, place(), Asker(BOB, is_member=True, role=role))

    def test_outside_it_counts_how_one_came_there(self):
        for asker, relation in (
            (Asker(BOB), Relation.STRANGER),
            (Asker(GUEST), Relation.GUEST),
            (Asker(BOB, past=Past.LEFT), Relation.LEFT),
            (Asker(GUEST, past=Past.KICKED), Relation.KICKED),
            (Asker(BOB, past=Past.KICKED, has_key=True), Relation.INVITED),
            (Asker(BOB, role=Role.VOICED), Relation.STRANGER),
            (Asker(BOB, role=Role.MODERATOR), Relation.ABSENT_MODERATOR),
            (Asker(BOB, role=Role.OWNER, past=Past.LEFT), Relation.ABSENT_OWNER),
            (Asker(OPERATOR), Relation.OPERATOR),
        ):
            self.assertRelation(relation, place(), asker)

    def test_a_ban_is_stronger_than_an_invitation(self):
        banned = place(INVITE_ONLY, bans=listed("192.0.2.0/24"))
        self.assertRelation(Relation.BANNED, banned, Asker(BOB, has_key=True))

    def test_bans_and_mutes_end_by_themselves(self):
        where = place(bans=listed("bob", until=10), mutes=listed("bob", until=10))
        inside = Asker(BOB, is_member=True)
        self.assertRelation(Relation.BANNED, where, Asker(BOB), 9)
        self.assertRelation(Relation.STRANGER, where, Asker(BOB), 10)
        self.assertRelation(Relation.MUTED, where, inside, 9)
        self.assertRelation(Relation.MEMBER, where, inside, 10)

    def test_a_voice_is_stronger_than_a_mute(self):
        asker = Asker(BOB, is_member=True, role=Role.VOICED)
        self.assertRelation(Relation.VOICED, place(mutes=listed("~bob")), asker)

    def test_who_is_spared_is_hit_by_no_ban_and_no_mute(self):
        where = place(bans=listed("~bob"), mutes=listed("~bob"), spared=listed("bob"))
        self.assertRelation(Relation.STRANGER, where, Asker(BOB))
        self.assertRelation(Relation.MEMBER, where, Asker(BOB, is_member=True))

    def test_who_is_heard_is_hit_by_no_mute(self):
        where = place(bans=listed("~bob"), mutes=listed("~bob"), heard=listed("bob"))
        self.assertRelation(Relation.BANNED, where, Asker(BOB))
        self.assertRelation(Relation.MEMBER, where, Asker(BOB, is_member=True))

    def test_who_is_welcome_is_invited_for_good_unless_banned(self):
        self.assertRelation(Relation.INVITED, place(welcomed=listed("~bob")), Asker(BOB))
        where = place(bans=listed("bob"), welcomed=listed("~bob"))
        self.assertRelation(Relation.BANNED, where, Asker(BOB))

    def test_moderators_owners_and_operators_are_neither_banned_nor_muted(self):
        where = place(bans=listed("*", "0.0.0.0/0"), mutes=listed("*", "0.0.0.0/0"))
        for role in (Role.MODERATOR, Role.OWNER):
            self.assertRelation(Relation(role.word), where, Asker(BOB, True, role))
            self.assertRelation(Relation(f"absent {role.word}"), where, Asker(BOB, False, role))
        self.assertRelation(Relation.OPERATOR, where, Asker(OPERATOR))
        self.assertRelation(Relation.OWNER, where, Asker(OPERATOR, is_member=True))

    def test_where_a_room_is_secret_bans_are_looked_at_only_to_enter_it(self):
        for kind, looked_at in ((INVITE_ONLY, 0), (PASSWORD, 0), (UNLISTED, 1)):
            where = place(kind, bans=listed("bob"))
            for action in Action:
                relation_of(where, Asker(BOB), action, 0)
            self.assertEqual(where.bans.asked, looked_at)  # type: ignore[attr-defined]

    def test_where_they_make_no_difference_bans_and_mutes_are_not_looked_at(self):
        where = place(bans=listed("bob"), mutes=listed("bob"))
        for action in (Action.LIST, Action.INFO, Action.LEAVE):
            relation_of(where, Asker(BOB), action, 0)
        for action in (Action.RECEIVE, Action.HISTORY, Action.LEAVE):
            relation_of(where, Asker(BOB, is_member=True), action, 0)
        self.assertEqual(where.bans.asked + where.mutes.asked, 0)  # type: ignore[attr-defined]

    def test_leaving_them_out_changes_no_verdict(self):
        hit, free = listed("bob"), listed()
        for kind, action, sanctions in product(KINDS, Action, (hit, free)):
            where = place(kind, bans=sanctions, mutes=sanctions)
            inside = Asker(BOB, is_member=True)
            for asker, full in (
                (Asker(BOB), Relation.BANNED),
                (Asker(BOB, has_key=True), Relation.BANNED),
                (inside, Relation.MUTED),
            ):
                relation = relation_of(where, asker, action, 0)
                if sanctions is hit:
                    expected = decide(Case(kind, full), action)
                    self.assertIs(decide(Case(kind, relation), action), expected)
                else:
                    self.assertNotIn(relation, (Relation.BANNED, Relation.MUTED))


class Refusals(SynchronousTestCase):
    def refused(self, where: Place, asker: Asker, action: Action) -> Refusal:
        return self.assertRaises(Refusal, check, where, asker, action, 0, RoomName("DEN"))

    def test_a_secret_room_is_refused_like_a_missing_one(self):
        for kind in (UNLISTED, INVITE_ONLY, PASSWORD):
            for bans in (listed(), listed("bob")):
                where = place(kind, bans=bans)
                for action in set(Action) - {Action.JOIN}:
                    for asker in (Asker(BOB), Asker(GUEST), Asker(BOB, past=Past.KICKED)):
                        refusal = self.refused(where, asker, action)
                        self.assertEqual(refusal, NoSuchRoom("DEN"))

    def test_a_ban_says_for_how_long_and_why(self):
        refusal = self.refused(place(bans=listed("bob", until=60_000)), Asker(BOB), Action.JOIN)
        self.assertEqual(refusal.code, "banned")
        self.assertEqual(refusal.sentence, 'You are banned from "den" for another 1m: spam')

    def test_every_refusal_has_a_sentence_and_the_code_of_its_verdict(self):
        askers = [
            Asker(subject, is_member, role, past, key)
            for subject, is_member, role, past, key in product(
                (BOB, GUEST, OPERATOR), (False, True), Role, (Past.NONE, Past.LEFT), (False, True)
            )
        ]
        sanctions = (listed(), listed("bob"))
        for kind, asker, bans in product(FIVE, askers, sanctions):
            where = place(kind, bans=bans, mutes=bans)
            for action in Action:
                relation = relation_of(where, asker, action, 0)
                is_guest = asker.subject.account is None
                verdict = decide(Case(kind, relation, is_guest), action)
                if verdict is YES:
                    check(where, asker, action, 0, DEN)
                    continue
                try:
                    check(where, asker, action, 0, DEN)
                except Refusal as refusal:
                    self.assertEqual(refusal.code, verdict.value)
                    self.assertTrue(refusal.sentence.isprintable())
                else:
                    self.fail(f"{action} was not refused: {relation}")
