"""What operators of the server are answered, as lines of text; a part of `answers`."""

from collections.abc import Iterable

from chatsvc.client.lines import Kind, Line, clock_time, counted
from chatsvc.client.moderating import until
from chatsvc.core import replies as r
from chatsvc.core.sanctions import Sanction


def render_operating(answer: object) -> list[Line]:
    """Return what is shown of an answer to an operator's request; nothing for any other."""
    return [Line(Kind.ANSWER, text) for text in _texts(answer)]


def _texts(answer: object) -> Iterable[str]:
    match answer:
        case r.OperatorIs(name, is_operator):
            return [f"{name} is {'an operator now' if is_operator else 'no operator any more'}."]
        case r.OperatorList(operators):
            return [
                f"{row.name} is an operator{', and here' if row.is_here else ''}."
                for row in operators
            ]
        case r.ServerSettings(sign_ups, registered_only):
            who = (
                "only those who are logged in take part" if registered_only else "guests take part"
            )
            return [f"Sign-ups are {'open' if sign_ups else 'closed'}; {who}."]
        case r.Whereabouts():
            return _where(answer)
        case r.AuditPage(entries):
            return map(_entry, entries) if entries else ["Nothing was written down."]
        case r.ReloadDone(lines):
            return lines
    return _about_bans(answer)


def _about_bans(answer: object) -> Iterable[str]:
    match answer:
        case r.ServerBanned(mask, end):
            return [f"{mask} is banned from the server {until(end)}."]
        case r.ServerWouldHit():
            return _would_hit(answer)
        case r.ServerUnbanned(mask):
            return [f"The ban of {mask} is lifted."]
        case r.ServerBanList(bans):
            return map(_ban, bans) if bans else ["Nobody is banned from the server."]
        case r.KillDone(nick, sessions):
            return [f"{nick} is disconnected: {counted(sessions, 'connection')}."]
        case r.AnnouncementMade(sessions):
            return [f"Told to {counted(sessions, 'connection')}."]
        case r.StopBegun():
            return ["The server stops."]
    return []


def _ban(ban: Sanction) -> str:
    why = f": {ban.reason}" if ban.reason else "."
    return f"{ban.mask.text} is banned {until(ban.until)}, by {ban.by}{why}"


def _would_hit(answer: r.ServerWouldHit) -> list[str]:
    people = "1 person" if answer.people == 1 else f"{answer.people} people"
    exempt = f", and not {counted(answer.exempt, 'operator')}" if answer.exempt else ""
    named = f": {', '.join(answer.nicks)}" if answer.nicks else "."
    connections = counted(answer.connections, "connection")
    return [f"{answer.mask} would hit {people} at {connections}{exempt}{named}"]


def _where(answer: r.Whereabouts) -> list[str]:
    return [
        f"{answer.nick} is here by {row.via} from {row.address or 'this machine'}, "
        f"since {clock_time(row.since, with_day=True)}, idle for {row.idle} s."
        for row in answer.sessions
    ]


def _entry(entry: r.AuditEntry) -> str:
    event = entry.event
    where = f"in {event.room}" if event.room else ""
    words = (event.nick or "the server", event.act, event.target, where, event.text)
    when = clock_time(event.at, with_day=True)
    return f"{entry.number} {when} {' '.join(word for word in words if word)}"
