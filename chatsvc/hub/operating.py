"""What operators do that the rules cannot: codes, people's addresses, the audit log, the process.

Two tables say where this is joined to the rest of the hub: `preparations`, by command, and
`tellings`, by event, for events that concern more than one room.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatsvc.core.commands import (
    BecomeOperator,
    Claim,
    Locate,
    NoteReload,
    NoteWrongClaims,
    ReadAudit,
    Reload,
    ShowWhereabouts,
    ShowWouldHit,
    TryServerBan,
)
from chatsvc.core.errors import BadLogin, Internal, NotAllowed, Refusal, StorageFailed
from chatsvc.core.events import (
    Announced,
    Audited,
    Expelled,
    OperatorSet,
    ServerBanLaid,
    ServerSet,
    StopAsked,
)
from chatsvc.core.names import Nick
from chatsvc.core.people import Session
from chatsvc.core.replies import AuditEntry, AuditPage, Reply, SessionSummary, Whereabouts
from chatsvc.core.rules.operating import operators_of
from chatsvc.core.state import State, account_of
from chatsvc.core.text import printable
from chatsvc.hub.crowd import Conclude, Crowd
from chatsvc.hub.own_commands import OwnCommands
from chatsvc.hub.preparations import Preparation, Prepared
from chatsvc.hub.reading import ReadTrouble
from chatsvc.hub.shutdown import Shutdown
from chatsvc.ports import AuditEntry as Stored
from chatsvc.ports import Claims, Clock, Control, Log, LogError

WRONG_CLAIMS_SECONDS = 60.0
"""How often wrong codes are written down at most; those between are counted."""

LONGEST_LOGGED = 300
"""Characters of a text that an entry has in the daemon's log; the audit log has it whole."""


class Operating:
    """Carry out what operators ask for, beside the rules.

    While `claims` is None nobody can become an operator by a code; while `control` is None
    the process cannot be acted upon.
    """

    _log = Logger()

    def __init__(
        self,
        log: Log,
        clock: Clock,
        state: State,
        trouble: ReadTrouble,
        crowd: Crowd,
        own_commands: OwnCommands,
        shutdown: Shutdown,
    ) -> None:
        self.claims: Claims | None = None
        self.control: Control | None = None
        self._store = log
        self._clock = clock
        self._state = state
        self._trouble = trouble
        self._crowd = crowd
        self._own_commands = own_commands
        self._shutdown = shutdown
        self._wrong_claims = WrongClaims(clock, self._note_wrong_claims)

    def preparations(self) -> Mapping[type, Preparation]:
        """Return how these commands are prepared, by class."""
        return {
            Claim: lambda asked, command: succeed(self._claim(asked.session, command)),
            TryServerBan: lambda _, command: self._crowd.count(command.mask).addCallback(
                partial(ShowWouldHit, command.mask)
            ),
            Locate: lambda _, command: succeed(self._locate(command)),
            ReadAudit: lambda _, command: self._read_audit(command),
            Reload: lambda _asked, _command: succeed(self._reload()),
        }

    def tellings(self, conclude: Conclude) -> Mapping[type, Callable[[Any], None]]:
        """Return what tells, or carries out, these events, by class."""

        def set_server(event: ServerSet) -> None:
            if event.registered_only:
                self._crowd.put_guests_out(conclude)

        return {
            Announced: self._crowd.announce,
            Expelled: lambda event: self._crowd.expel(event),
            ServerBanLaid: lambda event: self._crowd.put_out(event.sanction),
            ServerSet: set_server,
            StopAsked: self._stop,
            OperatorSet: self._operator_set,
            Audited: self._write_down,
        }

    # Who is an operator

    @property
    def has_operator(self) -> bool:
        """Tell whether any account is an operator."""
        return bool(operators_of(self._state))

    def _claim(self, session: Session, command: Claim) -> Prepared:
        name = account_of(session).name
        if self.claims is None:
            return NotAllowed("This server has no accounts, and so no operators.")
        try:
            self.claims.check(name, command.code, session.host)
        except BadLogin as refusal:
            self._wrong_claims.add(name, session.host)
            return refusal
        except Refusal as refusal:
            return refusal
        return BecomeOperator()

    def _note_wrong_claims(self, nick: Nick, host: str, count: int) -> None:
        address = printable(host).replace(" ", "_")
        self._note(NoteWrongClaims(nick, address, count))

    def _operator_set(self, event: OperatorSet) -> None:
        if event.nick is None and self.claims is not None:
            self.claims.void()

    # People

    def _locate(self, command: Locate) -> Prepared:
        try:
            person = self._state.person(command.nick)
        except Refusal as refusal:
            return refusal
        rows = tuple(map(self._summary, person.sessions.values()))
        return ShowWhereabouts(Whereabouts(person.nick, rows))

    def _summary(self, session: Session) -> SessionSummary:
        asked_at = session.asked_at
        idle = 0 if asked_at is None else max(0, int(self._clock.seconds() - asked_at))
        address = printable(session.host).replace(" ", "_")
        return SessionSummary(session.via, session.since, idle, address)

    # The audit log

    def _read_audit(self, command: ReadAudit) -> Deferred[Reply | Refusal]:
        count = min(command.count, self._state.limits.history_page)
        reading = self._store.read_audit(count, command.before)
        read: Deferred[Any] = reading.addCallback(_page_of)
        return read.addErrback(self._failed)

    def _failed(self, failure: Failure) -> Refusal:
        if isinstance(failure.value, LogError):
            self._trouble.note(failure.value)
            return StorageFailed(str(failure.value))
        self._log.failure("Reading the audit log met a bug", failure=failure)
        return Internal()

    def _note(self, command: NoteReload | NoteWrongClaims) -> None:
        if not self._shutdown.has_begun:
            self._own_commands.carry_out(command)

    def _write_down(self, event: Audited) -> None:
        where = "" if event.room is None else f"in {event.room}"
        text = event.text[:LONGEST_LOGGED]
        words = (event.nick or "the server", event.act, event.target, where, text)
        line = printable(" ".join(word for word in words if word))
        self._log.info("Audit: {line}", line=line)

    # The process

    def reload(self) -> None:
        """Read files again because the process was told to, and write that down."""
        prepared = self._reload()
        if isinstance(prepared, NoteReload):
            self._note(prepared)

    def _reload(self) -> Prepared:
        if self.control is None:
            return NotAllowed("There is nothing that this server could read again.")
        return NoteReload(self.control.reload())

    def _stop(self, event: StopAsked) -> None:
        self._shutdown.reason = event.reason
        if self.control is None:
            self._log.error("An operator wants the server to stop, but nobody can stop it")
        else:
            self.control.shut_down()


class WrongClaims:
    """Write wrong codes down: the first at once, then at most once a minute how many more.

    `note(nick, address, count)`: whose the last of `count` was.
    """

    def __init__(self, clock: Clock, note: Callable[[Nick, str, int], object]) -> None:
        self._clock = clock
        self._note = note
        self._last: tuple[Nick, str] | None = None
        self._count = 0
        self._is_resting = False

    def add(self, nick: Nick, address: str) -> None:
        """Note a wrong code."""
        self._last, self._count = (nick, address), self._count + 1
        if not self._is_resting:
            self._tell()

    def _tell(self) -> None:
        assert self._last is not None
        nick, address = self._last
        count, self._count = self._count, 0
        self._is_resting = True
        self._clock.callLater(WRONG_CLAIMS_SECONDS, self._rested)
        self._note(nick, address, count)

    def _rested(self) -> None:
        self._is_resting = False
        if self._count:
            self._tell()


def _page_of(newest_first: list[Stored]) -> AuditPage:
    return AuditPage(tuple(AuditEntry(each.number, each.what) for each in newest_first[::-1]))
