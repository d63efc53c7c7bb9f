"""What owners and moderators do and are answered, as lines of text.

A part of `rendering` (events) and of `answers`.
"""

from collections.abc import Iterable

from chatsvc.client.lines import Kind, Line, counted, notice, when
from chatsvc.core import events as e
from chatsvc.core import replies as r
from chatsvc.core.kinds import format_settings
from chatsvc.core.names import Nick, nick_key
from chatsvc.core.roles import Role
from chatsvc.core.sanctions import Means, Sanction

SIGNS = {Role.OWNER: "~", Role.MODERATOR: "@", Role.VOICED: "+", Role.MEMBER: ""}
"""What stands before the nick of who has a role."""

_ROLES = {
    Role.OWNER: "an owner",
    Role.MODERATOR: "a moderator",
    Role.VOICED: "voiced",
    Role.MEMBER: "a member without a role",
}

_DONE = {Means.BAN: "banned", Means.MUTE: "muted"}


# Events


def render_moderating(event: e.Event, me: Nick) -> list[Line]:
    """Return what the reader called `me` is shown of such an event; nothing for any other."""
    if _is_ours(event, me):
        return []  # It was answered.
    match event:
        case e.Kicked():
            return [_kicked(event, me)]
        case e.Called(room, _, by):
            text = f"*** {by} invites you into {room}; to accept: /join {room}"
            return [Line(Kind.MENTION, text, at=event.at)]
        case e.RoleSet():
            return [_role_set(event, me)]
        case e.RoomSet(room, _, nick):
            settings = ", ".join(_settings(event))
            return [notice(f"{nick} changed the settings: {settings}", room)]
        case e.SanctionLaid(room, means, sanction):
            return [notice(f"{_sanction(means, sanction)}", room)]
        case e.SanctionLifted(room, _, nick, means, mask):
            what = f"the {means.value} of {mask.text}"
            over = f"T{what[1:]} is over: its time had come."
            return [notice(f"{nick} lifted {what}." if nick else over, room)]
        case _:
            return []


def _is_ours(event: e.Event, me: Nick) -> bool:
    """Tell whether the reader has done this, and so has an answer that says more."""
    match event:
        case e.SanctionLaid(sanction=sanction):
            return _is(sanction.by, me)
        case e.RoleSet(nick=nick) | e.RoomSet(nick=nick) | e.SanctionLifted(nick=nick):
            return nick is not None and _is(nick, me)
    return False


def _is(nick: Nick, me: Nick) -> bool:
    return nick_key(nick) == nick_key(me)


def _who(nick: Nick, me: Nick) -> str:
    return "You" if _is(nick, me) else nick


def _kicked(event: e.Kicked, me: Nick) -> Line:
    """Return who was put out, why, and how to come back."""
    why = f": {event.reason}" if event.reason else "."
    if not _is(event.nick, me):
        how = "banned" if event.is_banned else "put out"
        return notice(f"{event.nick} was {how} by {event.by}{why}", event.room)
    why = f" ({event.reason})." if event.reason else "."
    if event.is_banned:
        text = (
            f"{event.by} has banned you from {event.room}{why} You are not in it any more; "
            "a moderator there may lift the ban."
        )
    else:
        text = f"{event.by} has put you out of {event.room}{why} To come back: /join {event.room}"
    return Line(Kind.ERROR, text)


def _role_set(event: e.RoleSet, me: Nick) -> Line:
    be = "are" if _is(event.name, me) else "is"
    by = f", by {event.nick}" if event.nick and not _is(event.nick, event.name) else ""
    return notice(f"{_who(event.name, me)} {be} {_ROLES[event.role]} now{by}.", event.room)


def _settings(reply: e.RoomSet | r.Settings) -> Iterable[str]:
    return (f"{key} {value}" for key, value in format_settings(reply.kind))


# Answers


def render_answer_to_moderator(answer: object) -> list[Line]:
    """Return what is shown of an answer to an owner or moderator; nothing for any other."""
    return [Line(Kind.ANSWER, text, getattr(answer, "room", None)) for text in _texts(answer)]


def _texts(answer: object) -> Iterable[str]:
    match answer:
        case r.PutOut(_, nick):
            return [f"{nick} is out."]
        case r.SanctionIs():
            return [_laid(answer)]
        case r.SanctionGone(_, means, mask):
            return [f"The {means.value} of {mask.text} is lifted."]
        case r.SanctionList(_, means, sanctions):
            return [_sanction(means, each) for each in sanctions] or [f"Nobody is {_DONE[means]}."]
        case r.WouldHit(_, mask, hits):
            return [_would_hit(mask.text, hits)]
        case r.RoleIs(_, nick, role):
            return [f"{nick} is {_ROLES[role]} now."]
        case r.Settings():
            return _settings(answer)
        case r.InvitationGiven(room, nick):
            return [f"{nick} is invited, and may come in once with: join {room}"]
        case r.InvitationGone(_, nick):
            return [f"{nick} is not invited any more."]
    return []


def _laid(answer: r.SanctionIs) -> str:
    hit = "nobody who is here" if not answer.hit else counted(answer.hit, "member")
    return f"{answer.mask.text} is {_DONE[answer.means]} {until(answer.until)}; it hits {hit}."


def until(end: int | None) -> str:
    """Return how long a ban or mute holds."""
    return "for good" if end is None else f"until {when(end)}"


def _sanction(means: Means, sanction: Sanction) -> str:
    why = f": {sanction.reason}" if sanction.reason else "."
    end = until(sanction.until)
    return f"{sanction.mask.text} is {_DONE[means]} {end}, by {sanction.by}{why}"


def _would_hit(mask: str, hits: tuple[r.Hit, ...]) -> str:
    names = ", ".join(hit.nick if hit.is_here else f"{hit.nick} (absent)" for hit in hits)
    return f"{mask} would hit {names}." if hits else f"{mask} would hit nobody."
