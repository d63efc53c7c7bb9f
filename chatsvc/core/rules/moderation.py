"""Rules for putting out, keeping out and keeping quiet.

Who is put out loses its membership for good, lasting or not; a ban does that to everybody
whom it hits. Everything done here is written into the audit log.
"""

from collections.abc import Iterator

from chatsvc.core.access_table import Action
from chatsvc.core.audit import audited
from chatsvc.core.commands import (
    Ban,
    Favour,
    Kick,
    LiftWhatIsOver,
    ListSanctions,
    Mute,
    TryBan,
    Unban,
    Unfavour,
    Unmute,
)
from chatsvc.core.durations import format_duration
from chatsvc.core.errors import BadMask, NoSuchUser, NotAllowed
from chatsvc.core.events import (
    Event,
    Happened,
    InvitationTakenBack,
    Kicked,
    SanctionLaid,
    SanctionLifted,
)
from chatsvc.core.happenings import Sort
from chatsvc.core.masks import Form, Mask
from chatsvc.core.names import Nick, nick_key
from chatsvc.core.people import Session
from chatsvc.core.permission import actor_in, permitted
from chatsvc.core.replies import Hit, PutOut, SanctionGone, SanctionIs, SanctionList, WouldHit
from chatsvc.core.roles import Role, check_target, is_exempt, speaks_anyway
from chatsvc.core.room import Room
from chatsvc.core.rules.rule import Rule
from chatsvc.core.rules.targets import hit_by, is_hit_by, named_by, put_out, target_called
from chatsvc.core.sanctions import Means, Sanction, Terms, check_reason
from chatsvc.core.state import State, person_of

LIFTED_AT_ONCE = 100
"""Bans and mutes that are lifted by one sweep because their time has come."""


# Putting out


def _decide_kick(state: State, session: Session, command: Kick, now: int) -> tuple[Event, ...]:
    room = permitted(state, session, command.room, Action.KICK, now)
    person, target = person_of(session), target_called(state, command.nick)
    if not (target.is_inside(room) or target.is_keeper_of(room)):
        raise NoSuchUser.in_room(target.nick, room.name)
    actor = actor_in(room, person)
    check_target(actor, target.role_in(room), target.subject.is_operator)
    reason = check_reason(command.reason)
    return (
        audited(now, person, "kick", target.nick, room.name, reason),
        Happened(room.name, now, person.nick, Sort.KICK, reason, room.room_id, target.nick),
        *put_out(room, target, person.nick, now, reason, is_banned=False),
    )


def _answer_kick(
    _state: State, _session: Session, _command: Kick, events: tuple[Event, ...]
) -> PutOut:
    kicked = events[-1]
    assert isinstance(kicked, Kicked)
    return PutOut(kicked.room, kicked.nick)


# Keeping out, and keeping quiet


def _decide_ban(state: State, session: Session, command: Ban, now: int) -> tuple[Event, ...]:
    room = permitted(state, session, command.room, Action.BAN, now)
    laid = _laid(state, session, room, Means.BAN, command, now)
    by, reason = person_of(session).nick, command.terms.reason
    outs = (
        event
        for target in hit_by(state, room, command.mask)
        for event in put_out(room, target, by, now, reason, is_banned=True)
    )
    return (*laid, *_invitations_taken(state, room, command.mask, by, now), *outs)


def _invitations_taken(
    state: State, room: Room, mask: Mask, by: Nick, now: int
) -> Iterator[InvitationTakenBack]:
    """Return what takes back the invitations of those whom a ban with this mask hits.

    Who is not here has no address that is known. That with the mask of the ban goes with it.
    """
    for invitation in room.invitations.listed():
        target = named_by(state, invitation.mask)
        is_hit = target is not None and is_hit_by(room, target, mask)
        if is_hit and invitation.mask.text != mask.text:
            yield InvitationTakenBack(room.name, now, by, invitation.mask, room.room_id)


def _decide_mute(state: State, session: Session, command: Mute, now: int) -> tuple[Event, ...]:
    room = permitted(state, session, command.room, Action.MUTE, now)
    return _laid(state, session, room, Means.MUTE, command, now)


def _laid(
    state: State, session: Session, room: Room, means: Means, command: Ban | Mute, now: int
) -> tuple[Event, ...]:
    """Return what lays a ban or mute, if it may be laid."""
    person, mask, terms = person_of(session), command.mask, command.terms
    _check_named(state, session, room, mask, means)
    others = sum(len(room.sanctions(other).listed(now)) for other in Means if other is not means)
    room.sanctions(means).check_space(mask, now, state.limits.room_sanctions, others)
    sanction = Sanction(mask, person.nick, now, terms.until(now), terms.reason)
    return (
        SanctionLaid(room.name, means, sanction, room.room_id),
        audited(now, person, means.value, mask.text, room.name, _words(terms)),
    )


def _words(terms: Terms) -> str:
    return f"{format_duration(terms.seconds)} {terms.reason}".strip(" ")


def _check_named(state: State, session: Session, room: Room, mask: Mask, means: Means) -> None:
    """Make sure that a mask that names one person names one whom it can hit.

    Raises `NotAllowed`. A name that nobody has may be banned: somebody may come by it.
    """
    target = named_by(state, mask)
    if target is None:
        return
    role, subject = target.role_in(room), target.subject
    check_target(actor_in(room, person_of(session)), role, subject.is_operator)
    if subject.is_operator:
        raise NotAllowed("This is an operator of the server, whom no ban and no mute hits.")
    if is_exempt(role):
        raise NotAllowed(
            f"No ban and no mute hits a moderator or owner; first say: deop {room.name} "
            f"{target.nick}."
        )
    if means is Means.MUTE and speaks_anyway(role):
        raise NotAllowed(
            f"No mute hits who has voice; first say: devoice {room.name} {target.nick}."
        )


def _answer_laid(
    state: State, _session: Session, command: Ban | Mute, events: tuple[Event, ...]
) -> SanctionIs:
    laid = events[0]
    assert isinstance(laid, SanctionLaid)
    if laid.means is Means.BAN:
        hit = sum(isinstance(event, Kicked) for event in events)
    else:
        room = state.room(laid.room)
        hits = hit_by(state, room, command.mask)
        hit = sum(not speaks_anyway(target.role_in(room)) for target in hits)
    return SanctionIs(laid.room, laid.means, laid.sanction.mask, laid.sanction.until, hit)


# Sparing, and inviting for good


def _decide_favour(state: State, session: Session, command: Favour, now: int) -> tuple[Event, ...]:
    room = permitted(state, session, command.room, Action.BAN, now)
    person, mask, means = person_of(session), command.mask, command.means
    others = sum(len(room.sanctions(other).listed(now)) for other in Means if other is not means)
    room.sanctions(means).check_space(mask, now, state.limits.room_sanctions, others)
    sanction = Sanction(mask, person.nick, now)
    return (
        SanctionLaid(room.name, means, sanction, room.room_id),
        audited(now, person, means.value, mask.text, room.name),
    )


def _answer_favour(
    _state: State, _session: Session, _command: Favour, events: tuple[Event, ...]
) -> SanctionIs:
    laid = events[0]
    assert isinstance(laid, SanctionLaid)
    return SanctionIs(laid.room, laid.means, laid.sanction.mask, None, 0)


def _decide_unfavour(
    state: State, session: Session, command: Unfavour, now: int
) -> tuple[Event, ...]:
    room = permitted(state, session, command.room, Action.BAN, now)
    return _lifted(session, room, command.means, command.mask, now)


# Lifting


def _decide_unban(state: State, session: Session, command: Unban, now: int) -> tuple[Event, ...]:
    room = permitted(state, session, command.room, Action.BAN, now)
    return _lifted(session, room, Means.BAN, command.mask, now)


def _decide_unmute(state: State, session: Session, command: Unmute, now: int) -> tuple[Event, ...]:
    room = permitted(state, session, command.room, Action.MUTE, now)
    return _lifted(session, room, Means.MUTE, command.mask, now)


def _lifted(session: Session, room: Room, means: Means, mask: Mask, now: int) -> tuple[Event, ...]:
    person = person_of(session)
    if room.sanctions(means).get(mask, now) is None:
        raise BadMask(
            f'There is no {means.value} of "{mask.text}" in "{room.name}"; '
            f"{means.value}s {room.name} shows them."
        )
    return (
        SanctionLifted(room.name, now, person.nick, means, mask, room.room_id),
        audited(now, person, f"un{means.value}", mask.text, room.name),
    )


def _answer_lifted(
    _state: State, _session: Session, _command: Unban | Unmute | Unfavour, events: tuple[Event, ...]
) -> SanctionGone:
    lifted = events[0]
    assert isinstance(lifted, SanctionLifted)
    return SanctionGone(lifted.room, lifted.means, lifted.mask)


def _decide_lifting(
    state: State, _session: Session, _command: LiftWhatIsOver, now: int
) -> tuple[Event, ...]:
    """Lift what is over, in rooms that nothing else is about to change."""
    lifted: list[Event] = []
    for key in sorted(state.passing.difference(state.changing)):
        room = state.rooms[key]
        for means in Means:
            for sanction in room.sanctions(means).over(now):
                lifted.append(
                    SanctionLifted(room.name, now, None, means, sanction.mask, room.room_id)
                )
                if len(lifted) >= LIFTED_AT_ONCE:
                    return tuple(lifted)
    return tuple(lifted)


# Asking


def _check_list(
    state: State, session: Session, command: ListSanctions, now: int
) -> tuple[Event, ...]:
    permitted(state, session, command.room, Action.SHOW_BANS, now)
    return ()


def _answer_list(
    state: State, session: Session, command: ListSanctions, _events: tuple[Event, ...]
) -> SanctionList:
    room = state.room(command.room)
    listed = room.sanctions(command.means).listed(state.now)
    if not actor_in(room, person_of(session)).is_above(Role.VOICED):
        # Members are not shown where others connect from.
        listed = tuple(each for each in listed if each.mask.form is not Form.NETWORK)
    return SanctionList(room.name, command.means, listed)


def _decide_try(state: State, session: Session, command: TryBan, now: int) -> tuple[Event, ...]:
    """Allow a look at whom a mask hits.

    With networks one could search for the address of a member, so that leaves a trace.
    """
    room, person = permitted(state, session, command.room, Action.BAN, now), person_of(session)
    if command.mask.form is not Form.NETWORK or person.is_operator:
        return ()
    return (audited(now, person, "tryban", command.mask.text, room.name),)


def _answer_try(
    state: State, _session: Session, command: TryBan, _events: tuple[Event, ...]
) -> WouldHit:
    room = state.room(command.room)
    hits = (Hit(each.nick, each.is_inside(room)) for each in hit_by(state, room, command.mask))
    return WouldHit(
        room.name, command.mask, tuple(sorted(hits, key=lambda hit: nick_key(hit.nick)))
    )


RULES = {
    Kick: Rule(_answer_kick, _decide_kick),
    Ban: Rule(_answer_laid, _decide_ban),
    Unban: Rule(_answer_lifted, _decide_unban),
    Mute: Rule(_answer_laid, _decide_mute),
    Unmute: Rule(_answer_lifted, _decide_unmute),
    Favour: Rule(_answer_favour, _decide_favour),
    Unfavour: Rule(_answer_lifted, _decide_unfavour),
    TryBan: Rule(_answer_try, _decide_try),
    ListSanctions: Rule(_answer_list, _check_list),
    LiftWhatIsOver: Rule(None, _decide_lifting, needs_nick=False),
}
