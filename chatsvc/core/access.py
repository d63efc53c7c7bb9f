"""Who may do what in a room: every rule and every read asks `check`.

What is allowed is in `access_table`; here people and rooms become the cases that the table
decides, and its verdicts become refusals with a sentence.

A secret room is refused with the sentence a missing room has, the name spelt as it was asked
for. So that time tells no more than text, bans are not even looked at where they cannot
matter. `stays.readable` says *which* messages somebody may read who may read at all.

Names are one space: who tries to *make* a room, with `create` or by joining one that does not
exist, learns whether the name is free. That is all it learns.
"""

import enum
from collections.abc import Callable
from typing import Any

import attrs

from chatsvc.core import commands as c
from chatsvc.core.access_table import (
    OUTSIDE,
    TABLE,
    TAKES_OUTSIDERS,
    YES,
    Action,
    Case,
    Ownership,
    Relation,
    Verdict,
    decide,
)
from chatsvc.core.errors import (
    AlreadyAMember,
    Banned,
    Muted,
    NeedInvitation,
    NeedPassword,
    NoSuchRoom,
    NotAllowed,
    NotAMember,
    NotRegistered,
    Refusal,
)
from chatsvc.core.kinds import Kind
from chatsvc.core.names import RoomName
from chatsvc.core.roles import Role, speaks_anyway
from chatsvc.core.sanctions import Sanction, Sanctions
from chatsvc.core.subject import Subject

ACTIONS: dict[type[Any], Action] = {
    c.ListRooms: Action.LIST,
    c.DescribeRoom: Action.INFO,
    c.JoinRoom: Action.JOIN,
    c.JoinWithPassword: Action.JOIN,
    c.EnterRoom: Action.JOIN,
    c.LeaveRoom: Action.LEAVE,
    c.Say: Action.SAY,
    c.TalkIn: Action.TALK,
    c.ReadHistory: Action.HISTORY,
    c.ReadHistoryAt: Action.HISTORY,
    c.ReadHappenings: Action.HISTORY,
    c.SearchRoom: Action.SEARCH,
    c.ListUsers: Action.WHO,
    c.ShowTopic: Action.READ_TOPIC,
    c.SetTopic: Action.SET_TOPIC,
    c.ShowWelcome: Action.READ_WELCOME,
    c.SetWelcome: Action.SET_WELCOME,
    c.DeleteRoom: Action.DELETE,
    c.RenameRoom: Action.RENAME,
    c.Kick: Action.KICK,
    c.Ban: Action.BAN,
    c.Unban: Action.BAN,
    c.TryBan: Action.BAN,
    c.Favour: Action.BAN,
    c.Unfavour: Action.BAN,
    c.Mute: Action.MUTE,
    c.Unmute: Action.MUTE,
    c.ListSanctions: Action.SHOW_BANS,
    c.SetRole: Action.OP,
    c.SetVoice: Action.VOICE,
    c.StepDown: Action.STEP_DOWN,
    c.ShowSettings: Action.INFO,
    c.ChangeSetting: Action.SET,
    c.SetRoomPassword: Action.SET,
    c.SetRoomSecret: Action.SET,
    c.ShowRoomMetadata: Action.INFO,
    c.ChangeRoomMetadata: Action.SET,
    c.Invite: Action.INVITE,
    c.Uninvite: Action.INVITE,
}
"""What each command about a room does there."""

UNCHECKED = frozenset(
    {
        *(c.CreateRoom, c.VacateRoom, c.TrimRoom, c.Redact, c.Edit, c.Signal),
        *(c.MarkRead, c.KeepMarker, c.ShowMarker),
    }
)
"""Commands about a room that ask nobody: one makes it, two are the hub's own, two ask when
it is known whose message they are about (`rules.corrections.action_on`), what a signal does in
a room is to say something (`rules.signals`), and those about read markers tell nothing but what
one has said oneself of rooms that one is in (`rules.history`)."""


class Past(enum.Enum):
    """How the last membership of somebody who is no member ended, if there was one."""

    NONE = "none"
    LEFT = "left"
    KICKED = "kicked"


@attrs.frozen
class Asker:
    """Who asks, as one room sees it.

    `has_key`: it was invited, or has just said the right password.
    """

    subject: Subject
    is_member: bool = False
    role: Role = Role.MEMBER
    past: Past = Past.NONE
    has_key: bool = False


@attrs.frozen
class Place:
    """The room that is asked about; `is_alone`: nobody but the one who asks is in it.

    `spared` and `heard` are hit by no ban or mute, or no mute, `welcomed` invited for good.
    """

    name: RoomName
    kind: Kind
    bans: Sanctions
    mutes: Sanctions
    ownership: Ownership = Ownership.ACCOUNT
    spared: Sanctions = attrs.field(factory=Sanctions)
    heard: Sanctions = attrs.field(factory=Sanctions)
    welcomed: Sanctions = attrs.field(factory=Sanctions)
    is_temporary: bool = False
    is_alone: bool = False

    def is_banned(self, subject: Subject, now: int) -> bool:
        """Tell whether a ban hits somebody, whom nothing spares from it."""
        return is_hit(self.bans, subject, now, self.spared)

    def is_muted(self, subject: Subject, now: int) -> bool:
        """Tell whether a mute hits somebody, whom nothing spares from it."""
        return is_hit(self.mutes, subject, now, self.spared, self.heard)

    def keeps_quiet(self, asker: Asker, now: int) -> bool:
        """Tell whether a mute keeps a member quiet here."""
        return relation_of(self, asker, Action.SAY, now) is Relation.MUTED


def is_hit(sanctions: Sanctions, subject: Subject, now: int, *favours: Sanctions) -> bool:
    """Tell whether one of `sanctions` hits somebody who is in none of the `favours`."""
    if sanctions.hit(subject, now) is None:
        return False
    return all(favour.hit(subject, now) is None for favour in favours)


def relation_of(place: Place, asker: Asker, action: Action, now: int) -> Relation:
    """Return what `asker` is to `place`, as far as `action` makes a difference.

    Bans and mutes are looked at only where they change the verdict.
    """
    if asker.is_member:
        return _relation_inside(place, asker, action, now)
    if asker.subject.is_operator:
        return Relation.OPERATOR
    if asker.role in _ABSENT:
        return _ABSENT[asker.role]
    relation = _relation_outside(place, asker, now)
    if _may_matter(Relation.BANNED, relation, place.kind, action) and place.is_banned(
        asker.subject, now
    ):
        return Relation.BANNED
    if action is Action.SAY and TAKES_OUTSIDERS.holds(Case(place.kind, relation)):
        return Relation.MUTED if place.is_muted(asker.subject, now) else relation
    return relation


def _relation_outside(place: Place, asker: Asker, now: int) -> Relation:
    if asker.has_key or place.welcomed.hit(asker.subject, now) is not None:
        return Relation.INVITED
    if asker.past is not Past.NONE:
        return _AFTER[asker.past]
    return Relation.GUEST if asker.subject.account is None else Relation.STRANGER


def _may_matter(hit: Relation, relation: Relation, kind: Kind, action: Action) -> bool:
    """Tell whether the verdict may be another one for who is banned, or muted."""
    if not kind.listed and relation in OUTSIDE:
        return action is Action.JOIN and kind.is_open
    is_lost = not kind.listed and relation is Relation.INVITED
    return is_lost or TABLE[action][hit] != TABLE[action][relation]


_ABSENT = {Role.MODERATOR: Relation.ABSENT_MODERATOR, Role.OWNER: Relation.ABSENT_OWNER}
_AFTER = {Past.LEFT: Relation.LEFT, Past.KICKED: Relation.KICKED}
_WITH_ROLE = {
    Role.MEMBER: Relation.MEMBER,
    Role.VOICED: Relation.VOICED,
    Role.MODERATOR: Relation.MODERATOR,
    Role.OWNER: Relation.OWNER,
}


def _relation_inside(place: Place, asker: Asker, action: Action, now: int) -> Relation:
    if asker.subject.is_operator:
        return Relation.OWNER
    relation = _WITH_ROLE[asker.role]
    if speaks_anyway(asker.role) or not _may_matter(Relation.MUTED, relation, place.kind, action):
        return relation
    return Relation.MUTED if place.is_muted(asker.subject, now) else relation


def check(place: Place, asker: Asker, action: Action, now: int, asked: RoomName) -> None:
    """Make sure that `asker` may do this; raise the refusal if not.

    `asked` is the room's name as it was asked for: a secret room must not show how it
    spells its own.
    """
    relation = relation_of(place, asker, action, now)
    is_guest = asker.subject.account is None and not asker.subject.is_operator
    case = Case(place.kind, relation, is_guest, place.is_alone, place.ownership, place.is_temporary)
    verdict = decide(case, action)
    if verdict is not YES:
        raise _refusal(verdict, place, asker, action, now, asked)


def shows_details(kind: Kind, relation: Relation) -> bool:
    """Tell whether a row of `list` may show more of a room than its name and kind."""
    return decide(Case(kind, relation), Action.INFO) is YES


def _refusal(
    verdict: Verdict, place: Place, asker: Asker, action: Action, now: int, asked: RoomName
) -> Refusal:
    match verdict:
        case Verdict.NO_SUCH_ROOM:
            return NoSuchRoom(asked)
        case Verdict.BANNED:
            hit = place.bans.hit(asker.subject, now)
            return Banned(_why(f'You are banned from "{place.name}"', hit, now))
        case Verdict.MUTED:
            hit = place.mutes.hit(asker.subject, now)
            return Muted(_why(f'You may not speak in "{place.name}"', hit, now))
        case Verdict.NOT_ALLOWED:
            return NotAllowed(_who_may(place, action))
        case Verdict.NOT_REGISTERED:
            then = "rename" if action is Action.RENAME else "set"
            return NotRegistered(
                f'The owner of "{place.name}" is a guest; register first, then {then} it.'
            )
    return _PLAIN[verdict](place.name)


_PLAIN: dict[Verdict, Callable[[str], Refusal]] = {
    Verdict.NOT_A_MEMBER: NotAMember,
    Verdict.ALREADY_A_MEMBER: AlreadyAMember,
    Verdict.NEED_INVITATION: NeedInvitation,
    Verdict.NEED_PASSWORD: NeedPassword,
}


def _why(beginning: str, sanction: Sanction | None, now: int) -> str:
    return beginning + ("." if sanction is None else sanction.terms(now))


_SPEECH = frozenset({Action.SAY, Action.SET_TOPIC, Action.EDIT_OWN})
_OWNERS = frozenset({Action.OP, Action.SET, Action.RENAME})
_WHO_MAY = {
    Action.DELETE: "can be deleted by its owner; one that no account owns also by anyone when "
    "nobody else is in it.",
    Action.SET_WELCOME: "has its welcome line set by its owner.",
    Action.INVITE: "takes not everybody: its moderators invite.",
    Action.EDIT_OTHERS: "has messages that only their authors may edit; moderators may redact.",
    Action.STEP_DOWN: "gave you no role that you could give up.",
}


def _who_may(place: Place, action: Action) -> str:
    if action is Action.SET_TOPIC and place.kind.topic_kept:
        who = "has its topic set by its moderators."
    elif action in _SPEECH:
        who = "is for announcements: its moderators and voiced members speak there."
    elif action in _OWNERS:
        who = "is its owner's: ask one of its owners to do that."
    else:
        who = _WHO_MAY.get(action, "has moderators for that: ask one of them.")
    return f'"{place.name}" {who}'
