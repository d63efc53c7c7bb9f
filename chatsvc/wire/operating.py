"""The commands of operators as people type them, and their answers: both directions.

`table`, `request`, `answer` and `reading` take up what is here.

    VERBS           the rows of the table of commands
    FORMATTERS      command -> its line
    REPLIES         reply -> its answer
    READ_ROWS, READ_REPLIES   and back, for clients
"""

from collections.abc import Callable
from typing import Any

from chatsvc.core import commands as c
from chatsvc.core import replies as r
from chatsvc.core.durations import format_duration
from chatsvc.core.events import Audited
from chatsvc.core.limits import HISTORY_DEFAULT
from chatsvc.core.masks import parse_mask
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.sanctions import Sanction, parse_terms
from chatsvc.wire.arguments import Arguments, Misused, Verb
from chatsvc.wire.lines import NONE, line, lines, with_rest
from chatsvc.wire.times import format_time, parse_time


def _ban(arguments: Arguments) -> c.Command:
    return c.ServerBan(arguments.mask(), parse_terms(arguments.optional_text()))


def _set(arguments: Arguments) -> c.Command:
    match arguments.word().lower():
        case "":
            return c.ShowServer()
        case "sign-ups":
            return c.SetServer(sign_ups=_choice(arguments, "open", "closed"))
        case "registered-only":
            return c.SetServer(registered_only=_choice(arguments, "yes", "no"))
    raise Misused


def _choice(arguments: Arguments, yes: str, no: str) -> bool:
    """Take one of two words; tell whether it was the first."""
    word = arguments.needed_word().lower()
    if word not in (yes, no):
        raise Misused
    return word == yes


def _audit(arguments: Arguments) -> c.Command:
    count, word = HISTORY_DEFAULT, arguments.word()
    if word and word.lower() != "before":
        count, word = arguments.number(word), arguments.word()
    if count < 1 or (word and word.lower() != "before"):
        raise Misused
    return c.ReadAudit(count, arguments.number(arguments.needed_word()) if word else None)


_SET_SYNTAX = "server-set [sign-ups open|closed | registered-only yes|no]"
_AUDIT_SYNTAX = "audit [COUNT] [before N]"

VERBS = (
    Verb(
        "claim",
        (),
        "claim CODE",
        "Become an operator of the server by the code that its log shows when it starts.",
        lambda arguments: c.Claim(arguments.needed_word()),
    ),
    Verb(
        "oper",
        (),
        "oper ACCOUNT",
        "Make somebody an operator. For operators, like all that follow.",
        lambda arguments: c.SetOperator(arguments.nick(), True),
    ),
    Verb(
        "deoper",
        (),
        "deoper ACCOUNT",
        "Make somebody an operator no longer.",
        lambda arguments: c.SetOperator(arguments.nick(), False),
    ),
    Verb("operators", (), "operators", "Show the operators.", lambda _: c.ListOperators()),
    Verb(
        "server-ban",
        (),
        "server-ban MASK [TIME] [REASON]",
        "Keep whom a mask names out of the server.",
        _ban,
    ),
    Verb(
        "server-tryban",
        (),
        "server-tryban MASK",
        "Show whom a ban of the server would hit; bans nobody.",
        lambda arguments: c.TryServerBan(arguments.mask()),
    ),
    Verb(
        "server-unban",
        (),
        "server-unban MASK",
        "Lift a ban of the server.",
        lambda arguments: c.ServerUnban(arguments.mask()),
    ),
    Verb(
        "server-bans",
        (),
        "server-bans",
        "Show the bans of the server.",
        lambda _: c.ListServerBans(),
    ),
    Verb(
        "server-set",
        (),
        _SET_SYNTAX,
        "Show or set whether anybody may register, and whether everybody must.",
        _set,
    ),
    Verb(
        "where",
        (),
        "where USER",
        "Show the connections of a user: ways in, addresses, how long idle.",
        lambda arguments: c.Locate(arguments.nick()),
    ),
    Verb(
        "kill",
        (),
        "kill USER [REASON]",
        "Disconnect a user.",
        lambda arguments: c.Kill(arguments.nick(), arguments.reason()),
    ),
    Verb(
        "announce",
        (),
        "announce TEXT",
        "Say something to everybody who is connected.",
        lambda arguments: c.Announce(arguments.text()),
    ),
    Verb("audit", (), _AUDIT_SYNTAX, "Read what operators and moderators did.", _audit),
    Verb("reload", (), "reload", "Read the server's certificate again.", lambda _: c.Reload()),
    Verb(
        "shutdown",
        (),
        "shutdown [REASON]",
        "Stop the server; everybody is told why.",
        lambda arguments: c.ShutDown(arguments.reason()),
    ),
)
"""The rows of the table of commands."""


def _ban_line(command: c.ServerBan) -> str:
    terms = command.terms
    return with_rest(
        f"server-ban {command.mask.text} {format_duration(terms.seconds)}", terms.reason
    )


def _set_line(command: c.SetServer) -> str:
    if command.sign_ups is not None:
        return f"server-set sign-ups {_open(command.sign_ups)}"
    return f"server-set registered-only {_yes(bool(command.registered_only))}"


def _audit_line(command: c.ReadAudit) -> str:
    words = f"audit {command.count}"
    return words if command.before is None else f"{words} before {command.before}"


FORMATTERS: dict[type[Any], Callable[[Any], str]] = {
    c.Claim: lambda command: f"claim {command.code}",
    c.SetOperator: lambda command: f"{_oper(command.is_operator)} {command.name}",
    c.ListOperators: lambda _: "operators",
    c.ServerBan: _ban_line,
    c.TryServerBan: lambda command: f"server-tryban {command.mask.text}",
    c.ServerUnban: lambda command: f"server-unban {command.mask.text}",
    c.ListServerBans: lambda _: "server-bans",
    c.SetServer: _set_line,
    c.ShowServer: lambda _: "server-set",
    c.Locate: lambda command: f"where {command.nick}",
    c.Kill: lambda command: with_rest(f"kill {command.nick}", command.reason),
    c.Announce: lambda command: f"announce {command.text}",
    c.ReadAudit: _audit_line,
    c.Reload: lambda _: "reload",
    c.ShutDown: lambda command: with_rest("shutdown", command.reason),
}
"""How a client writes each of these commands."""


def _oper(is_operator: bool) -> str:
    return "oper" if is_operator else "deoper"


def _open(is_open: bool) -> str:
    return "open" if is_open else "closed"


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _until(until: int | None) -> str:
    return NONE if until is None else format_time(until)


def _operators(reply: r.OperatorList) -> bytes:
    rows = [
        f"= operator {row.name} {'here' if row.is_here else 'absent'}" for row in reply.operators
    ]
    return lines(rows, f"+ operators {len(rows)}")


def _would_hit(reply: r.ServerWouldHit) -> bytes:
    rows = [f"= would-hit {nick}" for nick in reply.nicks]
    counts = f"{reply.people} {reply.connections} {reply.exempt}"
    return lines(rows, f"+ server-tryban {reply.mask} {counts}")


def _bans(reply: r.ServerBanList) -> bytes:
    rows = [
        with_rest(
            f"= server-ban {ban.mask.text} {_until(ban.until)} {format_time(ban.at)} {ban.by}",
            ban.reason,
        )
        for ban in reply.bans
    ]
    return lines(rows, f"+ server-bans {len(rows)}")


def _where(reply: r.Whereabouts) -> bytes:
    rows = [
        f"= session {row.via} {format_time(row.since)} {row.idle} {row.address or NONE}"
        for row in reply.sessions
    ]
    return lines(rows, f"+ where {reply.nick} {len(rows)}")


def _audit_rows(reply: r.AuditPage) -> bytes:
    return lines(map(_audit_row, reply.entries), f"+ audit {len(reply.entries)}")


def _audit_row(entry: r.AuditEntry) -> str:
    event = entry.event
    words = (event.nick or NONE, event.act, event.target or NONE, event.room or NONE)
    start = f"= audit {entry.number} {format_time(event.at)} {' '.join(words)}"
    return with_rest(start, event.text)


REPLIES: dict[type[Any], Callable[[Any], bytes]] = {
    r.OperatorIs: lambda reply: line(f"+ {_oper(reply.is_operator)} {reply.name}"),
    r.OperatorList: _operators,
    r.ServerBanned: lambda reply: line(f"+ server-ban {reply.mask} {_until(reply.until)}"),
    r.ServerWouldHit: _would_hit,
    r.ServerUnbanned: lambda reply: line(f"+ server-unban {reply.mask}"),
    r.ServerBanList: _bans,
    r.ServerSettings: lambda reply: line(
        f"+ server-set sign-ups {_open(reply.sign_ups)} "
        f"registered-only {_yes(reply.registered_only)}"
    ),
    r.Whereabouts: _where,
    r.KillDone: lambda reply: line(f"+ kill {reply.nick} {reply.sessions}"),
    r.AnnouncementMade: lambda reply: line(f"+ announce {reply.sessions}"),
    r.AuditPage: _audit_rows,
    r.ReloadDone: lambda reply: lines((f"= reload {each}" for each in reply.lines), "+ reload"),
    r.StopBegun: lambda _: line("+ shutdown"),
}
"""Each answer as its lines."""


def _read_until(word: str) -> int | None:
    return None if word == NONE else parse_time(word)


def _read_operator(words: str) -> r.OperatorSummary:
    name, here = words.split(" ")
    return r.OperatorSummary(Nick(name), here == "here")


def _read_ban(words: str) -> Sanction:
    mask, until, at, by, *reason = words.split(" ", 4)
    laid = parse_time(at)
    return Sanction(parse_mask(mask), Nick(by), laid, _read_until(until), "".join(reason))


def _read_session(words: str) -> r.SessionSummary:
    via, since, idle, address = words.split(" ")
    return r.SessionSummary(via, parse_time(since), int(idle), "" if address == NONE else address)


def _read_entry(words: str) -> r.AuditEntry:
    number, at, nick, act, target, room, *text = words.split(" ", 6)
    event = Audited(
        parse_time(at),
        None if nick == NONE else Nick(nick),
        act,
        "" if target == NONE else target,
        None if room == NONE else RoomName(room),
        "".join(text),
    )
    return r.AuditEntry(int(number), event)


def _read_would_hit(words: str, rows: tuple[Any, ...]) -> r.ServerWouldHit:
    mask, people, connections, exempt = words.split(" ")
    return r.ServerWouldHit(mask, rows, int(people), int(connections), int(exempt))


def _read_banned(words: str) -> r.ServerBanned:
    mask, until = words.split(" ")
    return r.ServerBanned(mask, _read_until(until))


def _read_settings(words: str) -> r.ServerSettings:
    _, sign_ups, _, registered_only = words.split(" ")
    return r.ServerSettings(sign_ups == "open", registered_only == "yes")


def _read_kill(words: str) -> r.KillDone:
    nick, sessions = words.split(" ")
    return r.KillDone(Nick(nick), int(sessions))


READ_ROWS: dict[str, Callable[[str], Any]] = {
    "operator": _read_operator,
    "would-hit": Nick,
    "server-ban": _read_ban,
    "session": _read_session,
    "audit": _read_entry,
    "reload": str,
}
"""How a client reads the rows of these answers."""

READ_REPLIES: dict[str, Callable[[str, tuple[Any, ...]], Any]] = {
    "oper": lambda words, _: r.OperatorIs(Nick(words), True),
    "deoper": lambda words, _: r.OperatorIs(Nick(words), False),
    "operators": lambda _, rows: r.OperatorList(rows),
    "server-ban": lambda words, _: _read_banned(words),
    "server-tryban": _read_would_hit,
    "server-unban": lambda words, _: r.ServerUnbanned(words),
    "server-bans": lambda _, rows: r.ServerBanList(rows),
    "server-set": lambda words, _: _read_settings(words),
    "where": lambda words, rows: r.Whereabouts(Nick(words.split(" ")[0]), rows),
    "kill": lambda words, _: _read_kill(words),
    "announce": lambda words, _: r.AnnouncementMade(int(words)),
    "audit": lambda _, rows: r.AuditPage(rows),
    "reload": lambda _, rows: r.ReloadDone(rows),
    "shutdown": lambda _words, _rows: r.StopBegun(),
}
"""How a client reads the last lines of these answers."""
