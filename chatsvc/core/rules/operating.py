"""Rules for operators of the server: who is one, and what they do to the whole of it.

Nobody else may do any of this, guest or not. Every act has an entry in the audit log beside
it (`audit`). Bans of the server never hit operators; who is hit is put out by the hub, which
also ends connections, stops the server and reads files again.

    claim CODE       Claim       BecomeOperator()          the hub checks the code
    where USER       Locate      ShowWhereabouts(...)      the hub knows who is idle
    server-tryban    TryServerBan   ShowWouldHit(...)      looking at everybody takes several turns
    reload           Reload      NoteReload(lines)         the daemon reads the files
"""

from chatsvc.core.accounts import Account
from chatsvc.core.audit import audited_by
from chatsvc.core.commands import (
    Announce,
    BecomeOperator,
    Claim,
    Kill,
    LiftServerBans,
    ListOperators,
    ListServerBans,
    Locate,
    NoteReload,
    NoteWrongClaims,
    Operate,
    OperateAs,
    ReadAudit,
    Reload,
    ServerBan,
    ServerUnban,
    SetOperator,
    SetServer,
    ShowServer,
    ShowWhereabouts,
    ShowWouldHit,
    ShutDown,
    TellOperators,
    TryServerBan,
)
from chatsvc.core.durations import format_duration
from chatsvc.core.errors import BadLogin, BadMask, NotAllowed, NotRegistered
from chatsvc.core.events import (
    Announced,
    Event,
    Expelled,
    OperatorHere,
    OperatorSet,
    ServerBanLaid,
    ServerBanLifted,
    ServerSet,
    StopAsked,
    Wallops,
)
from chatsvc.core.marks import SERVER
from chatsvc.core.masks import Form, Mask
from chatsvc.core.names import Nick, nick_key
from chatsvc.core.people import Session
from chatsvc.core.replies import (
    AnnouncementMade,
    KillDone,
    OperatorIs,
    OperatorList,
    OperatorSummary,
    ReloadDone,
    ServerBanList,
    ServerBanned,
    ServerSettings,
    ServerUnbanned,
    ServerWouldHit,
    StopBegun,
    Whereabouts,
)
from chatsvc.core.rules.rule import Rule
from chatsvc.core.rules.targets import named_by
from chatsvc.core.sanctions import Sanction
from chatsvc.core.state import State, account_of, nick_of

LIFTED_AT_ONCE = 100
"""Bans whose time has come that are lifted in one sweep; the others are over all the same."""

_Command = (
    ListOperators
    | ListServerBans
    | Locate
    | NoteReload
    | ReadAudit
    | Reload
    | ShowServer
    | ShowWhereabouts
    | TryServerBan
)


def operator_behind(session: Session) -> Nick:
    """Return the name of the operator behind `session`; raise `NotAllowed` if it is none."""
    account, person = session.account, session.person
    if account is not None and account.is_operator:
        return account.name
    if person is None or person.operates_as is None:
        raise NotAllowed("That is for the operators of this server.")
    return person.operates_as


def operators_of(state: State) -> list[Account]:
    """Return the accounts of all operators, in the order of their names."""
    found = (account for account in state.accounts.values() if account.is_operator)
    return sorted(found, key=lambda account: account.key)


def _check(_state: State, session: Session, _command: _Command, _now: int) -> tuple[Event, ...]:
    operator_behind(session)
    return ()


# Who is an operator


def _check_claim(_state: State, session: Session, _command: Claim, _now: int) -> tuple[Event, ...]:
    account = account_of(session)
    if account.is_operator:
        raise NotAllowed("You are an operator of this server already.")
    return ()


def _decide_claim(
    _state: State, session: Session, _command: BecomeOperator, now: int
) -> tuple[Event, ...]:
    name = account_of(session).name
    return (OperatorSet(name, now, None, True), audited_by(name, now, "claim"))


def _answer_claim(
    _state: State, session: Session, _command: BecomeOperator, _events: tuple[Event, ...]
) -> OperatorIs:
    return OperatorIs(account_of(session).name, True)


def _decide_operate(
    state: State, session: Session, command: OperateAs, now: int
) -> tuple[Event, ...]:
    """Write down who is an operator from now on, and under which nick."""
    account = state.accounts.get(nick_key(command.name))
    if not command.is_listed and (account is None or not account.is_operator):
        raise BadLogin
    here = OperatorHere(session.session_id, command.name)
    return (audited_by(command.name, now, "operate", nick_of(session)), here)


def _answer_operate(
    _state: State, _session: Session, command: OperateAs, _events: tuple[Event, ...]
) -> OperatorIs:
    return OperatorIs(command.name, True)


def _decide_wallops(
    _state: State, session: Session, command: TellOperators, now: int
) -> tuple[Event, ...]:
    by = operator_behind(session)
    said = Wallops(now, nick_of(session), command.text, session.session_id)
    return (audited_by(by, now, "announce", "operators", text=command.text), said)


def _answer_wallops(
    state: State, _session: Session, _command: TellOperators, _events: tuple[Event, ...]
) -> AnnouncementMade:
    people = state.people.values()
    return AnnouncementMade(sum(len(each.sessions) for each in people if each.is_operator))


def _decide_wrong_claims(
    _state: State, _session: Session, command: NoteWrongClaims, now: int
) -> tuple[Event, ...]:
    text = f"{command.count} wrong code{'' if command.count == 1 else 's'}"
    return (audited_by(command.nick, now, "wrong-claim", command.address, text=text),)


def _decide_operator(
    state: State, session: Session, command: SetOperator, now: int
) -> tuple[Event, ...]:
    by = operator_behind(session)
    account = state.accounts.get(nick_key(command.name))
    if account is None:
        raise NotRegistered(f'Nobody is registered as "{command.name}".')
    if account.is_operator == command.is_operator:
        return ()
    if not command.is_operator and len(operators_of(state)) == 1:
        raise NotAllowed("You are the last operator; make somebody else one first: oper ACCOUNT.")
    act = "oper" if command.is_operator else "deoper"
    return (
        OperatorSet(account.name, now, by, command.is_operator),
        audited_by(by, now, act, account.name),
    )


def _answer_operator(
    state: State, _session: Session, command: SetOperator, _events: tuple[Event, ...]
) -> OperatorIs:
    account = state.accounts.get(nick_key(command.name))
    return OperatorIs(account.name if account else command.name, command.is_operator)


def _answer_operators(
    state: State, _session: Session, _command: ListOperators, _events: tuple[Event, ...]
) -> OperatorList:
    return OperatorList(
        tuple(
            OperatorSummary(account.name, account.key in state.owners)
            for account in operators_of(state)
        )
    )


# Bans of the server


def _decide_ban(state: State, session: Session, command: ServerBan, now: int) -> tuple[Event, ...]:
    by, mask, terms = operator_behind(session), command.mask, command.terms
    _check_no_operator(state, mask)
    state.server.bans.check_space(mask, now, state.limits.server_bans)
    sanction = Sanction(mask, by, now, terms.until(now), terms.reason)
    text = f"{format_duration(terms.seconds)} {terms.reason}".rstrip()
    return (ServerBanLaid(sanction), audited_by(by, now, "server-ban", mask.text, text=text))


def _check_no_operator(state: State, mask: Mask) -> None:
    """Make sure that a mask does not name just an operator, whom no ban hits.

    Raises `NotAllowed`.
    """
    target = named_by(state, mask)
    if target is not None and target.subject.is_operator:
        raise NotAllowed(
            f'"{target.nick}" is an operator of this server, whom no ban hits; '
            f"first say: deoper {target.nick}."
        )


def _answer_ban(
    _state: State, _session: Session, command: ServerBan, events: tuple[Event, ...]
) -> ServerBanned:
    laid = next(event for event in events if isinstance(event, ServerBanLaid))
    return ServerBanned(command.mask.text, laid.sanction.until)


def _decide_would_hit(
    _state: State, session: Session, command: ShowWouldHit, now: int
) -> tuple[Event, ...]:
    """Leave a trace where somebody's address could be found out by trying."""
    by = operator_behind(session)
    if command.mask.form is not Form.NETWORK:
        return ()
    return (audited_by(by, now, "server-tryban", command.mask.text),)


def _answer_would_hit(
    _state: State, _session: Session, command: ShowWouldHit, _events: tuple[Event, ...]
) -> ServerWouldHit:
    return command.found


def _decide_unban(
    state: State, session: Session, command: ServerUnban, now: int
) -> tuple[Event, ...]:
    by, mask = operator_behind(session), command.mask
    if state.server.bans.get(mask, now) is None:
        raise BadMask(f'No ban of the server has the mask "{mask.text}"; see server-bans.')
    return (ServerBanLifted(now, by, mask), audited_by(by, now, "server-unban", mask.text))


def _answer_unban(
    _state: State, _session: Session, command: ServerUnban, _events: tuple[Event, ...]
) -> ServerUnbanned:
    return ServerUnbanned(command.mask.text)


def _answer_bans(
    state: State, _session: Session, _command: ListServerBans, _events: tuple[Event, ...]
) -> ServerBanList:
    return ServerBanList(state.server.bans.listed(state.now))


def _decide_lifting(
    state: State, _session: Session, _command: LiftServerBans, now: int
) -> tuple[Event, ...]:
    """Lift what is over, unless just now something else changes the bans."""
    if SERVER in state.changing:
        return ()
    over = state.server.bans.over(now)[:LIFTED_AT_ONCE]
    return tuple(ServerBanLifted(now, None, sanction.mask) for sanction in over)


# What is set for the server


def _decide_setting(
    state: State, session: Session, command: SetServer, now: int
) -> tuple[Event, ...]:
    by, server = operator_behind(session), state.server
    sign_ups = server.sign_ups if command.sign_ups is None else command.sign_ups
    registered_only = (
        server.registered_only if command.registered_only is None else command.registered_only
    )
    if (sign_ups, registered_only) == (server.sign_ups, server.registered_only):
        return ()
    return (
        ServerSet(now, by, sign_ups, registered_only),
        audited_by(by, now, "server-set", text=_set_words(command)),
    )


def _set_words(command: SetServer) -> str:
    words = []
    if command.sign_ups is not None:
        words.append(f"sign-ups {'open' if command.sign_ups else 'closed'}")
    if command.registered_only is not None:
        words.append(f"registered-only {'yes' if command.registered_only else 'no'}")
    return ", ".join(words)


def _answer_settings(
    state: State,
    _session: Session,
    _command: SetServer | ShowServer,
    _events: tuple[Event, ...],
) -> ServerSettings:
    return ServerSettings(state.server.sign_ups, state.server.registered_only)


# People


def _check_locate(state: State, session: Session, command: Locate, _now: int) -> tuple[Event, ...]:
    operator_behind(session)
    state.person(command.nick)
    return ()


def _decide_whereabouts(
    _state: State, session: Session, command: ShowWhereabouts, now: int
) -> tuple[Event, ...]:
    return (audited_by(operator_behind(session), now, "where", command.whereabouts.nick),)


def _answer_whereabouts(
    _state: State, _session: Session, command: ShowWhereabouts, _events: tuple[Event, ...]
) -> Whereabouts:
    return command.whereabouts


def _decide_kill(state: State, session: Session, command: Kill, now: int) -> tuple[Event, ...]:
    by, person = operator_behind(session), state.person(command.nick)
    why = f": {command.reason}" if command.reason else "."
    return (
        audited_by(by, now, "kill", person.nick, text=command.reason),
        Expelled(
            tuple(person.sessions),
            f"{by} has disconnected you{why}",
            f"Killed ({by}{f' ({command.reason})' if command.reason else ''})",
        ),
    )


def _answer_kill(
    _state: State, _session: Session, command: Kill, events: tuple[Event, ...]
) -> KillDone:
    expelled = next(event for event in events if isinstance(event, Expelled))
    return KillDone(command.nick, len(expelled.sessions))


def _decide_announcement(
    _state: State, session: Session, command: Announce, now: int
) -> tuple[Event, ...]:
    by = operator_behind(session)
    return (audited_by(by, now, "announce", text=command.text), Announced(now, by, command.text))


def _answer_announcement(
    state: State, _session: Session, _command: Announce, _events: tuple[Event, ...]
) -> AnnouncementMade:
    return AnnouncementMade(len(state.sessions))


# The process


def _decide_reload(
    _state: State, session: Session, command: NoteReload, now: int
) -> tuple[Event, ...]:
    by = operator_behind(session) if session.session_id else None
    return (audited_by(by, now, "reload", text=" ".join(command.lines)),)


def _answer_reload(
    _state: State, _session: Session, command: NoteReload, _events: tuple[Event, ...]
) -> ReloadDone:
    return ReloadDone(command.lines)


def _decide_stop(_state: State, session: Session, command: ShutDown, now: int) -> tuple[Event, ...]:
    by = operator_behind(session)
    return (audited_by(by, now, "shutdown", text=command.reason), StopAsked(command.reason))


def _answer_stop(
    _state: State, _session: Session, _command: ShutDown, _events: tuple[Event, ...]
) -> StopBegun:
    return StopBegun()


RULES = {
    Claim: Rule(None, _check_claim),
    BecomeOperator: Rule(_answer_claim, _decide_claim),
    Operate: Rule(None),
    OperateAs: Rule(_answer_operate, _decide_operate),
    TellOperators: Rule(_answer_wallops, _decide_wallops),
    NoteWrongClaims: Rule(None, _decide_wrong_claims, needs_nick=False),
    SetOperator: Rule(_answer_operator, _decide_operator),
    ListOperators: Rule(_answer_operators, _check),
    ServerBan: Rule(_answer_ban, _decide_ban),
    TryServerBan: Rule(None, _check),
    ShowWouldHit: Rule(_answer_would_hit, _decide_would_hit),
    ServerUnban: Rule(_answer_unban, _decide_unban),
    ListServerBans: Rule(_answer_bans, _check),
    LiftServerBans: Rule(None, _decide_lifting, needs_nick=False),
    SetServer: Rule(_answer_settings, _decide_setting),
    ShowServer: Rule(_answer_settings, _check),
    Locate: Rule(None, _check_locate),
    ShowWhereabouts: Rule(_answer_whereabouts, _decide_whereabouts),
    Kill: Rule(_answer_kill, _decide_kill),
    Announce: Rule(_answer_announcement, _decide_announcement),
    ReadAudit: Rule(None, _check),
    Reload: Rule(None, _check),
    NoteReload: Rule(_answer_reload, _decide_reload, needs_nick=False),
    ShutDown: Rule(_answer_stop, _decide_stop),
}
