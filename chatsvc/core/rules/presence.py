"""Rules for what somebody says of themselves, and for whom they wait."""

from chatsvc.core.commands import SetMarks, SetRealname, Watch
from chatsvc.core.events import Event, MarksSet, RealnameSet, WatchSet
from chatsvc.core.people import Session
from chatsvc.core.replies import MarksAre, RealnameIs, Watched
from chatsvc.core.rules.rule import Rule
from chatsvc.core.state import State, nick_of


def _decide_realname(
    _state: State, session: Session, command: SetRealname, _now: int
) -> tuple[Event, ...]:
    return (RealnameSet(nick_of(session), command.realname, session.session_id),)


def _answer_realname(
    _state: State, _session: Session, command: SetRealname, _events: tuple[Event, ...]
) -> RealnameIs:
    return RealnameIs(command.realname)


def _decide_marks(
    _state: State, session: Session, command: SetMarks, _now: int
) -> tuple[Event, ...]:
    marks = (session.marks | command.added) - command.removed
    return () if marks == session.marks else (MarksSet(session.session_id, marks),)


def _answer_marks(
    _state: State, session: Session, _command: SetMarks, _events: tuple[Event, ...]
) -> MarksAre:
    return MarksAre(session.marks)


def _decide_watch(state: State, session: Session, command: Watch, _now: int) -> tuple[Event, ...]:
    """Take as many as may be watched; those who are too many do not concern the others."""
    taken, _too_many = state.watching.parted(session.session_id, command.added)
    if not (taken or command.removed):
        return ()
    return (WatchSet(session.session_id, tuple(taken), command.removed),)


def _answer_watch(
    state: State, session: Session, command: Watch, _events: tuple[Event, ...]
) -> Watched:
    taken, too_many = state.watching.parted(session.session_id, command.added)
    return Watched(tuple(taken), tuple(too_many))


RULES = {
    SetRealname: Rule(_answer_realname, _decide_realname),
    SetMarks: Rule(_answer_marks, _decide_marks),
    Watch: Rule(_answer_watch, _decide_watch),
}
