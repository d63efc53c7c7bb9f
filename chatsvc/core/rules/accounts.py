"""Rules for accounts: who somebody is, and what lasts of them.

Commands that carry a password or a code only look here whether they may be asked at all;
the hub has it checked or hashed and then asks for the second half:

    register PASSWORD           Register         RegisterAccount(secret)
    login NAME PASSWORD         LogIn            BecomeAccount(name)
    passwd OLD NEW              ChangePassword   ReplacePassword(secret)
    drop PASSWORD [CODE]        DropAccount      RemoveAccount()
    pair CODE                   Pair             BecomeAccount(name)

A session that logs in while a guest brings along the rooms that it joined itself, and
leaves those that the server put it in. One that logs out is nameless: its nick belongs to
the account, and a nick that the server made up would be one that nobody asked for.
"""

from collections.abc import Iterator

from chatsvc.core.accounts import Account
from chatsvc.core.commands import (
    BecomeAccount,
    ChangePassword,
    DropAccount,
    EndOthers,
    GrantCode,
    LogIn,
    LogOut,
    NotePositions,
    Pair,
    Prove,
    Register,
    RegisterAccount,
    RemoveAccount,
    RenewSecret,
    ReplacePassword,
    ShowCertificate,
)
from chatsvc.core.errors import BadLogin, NotAllowed, Refusal
from chatsvc.core.events import (
    UNSTAMPED,
    AccountDropped,
    Authenticated,
    Event,
    Expelled,
    Joined,
    Left,
    LoggedIn,
    LoggedOut,
    MembershipKept,
    PasswordSet,
    PositionsNoted,
    Registered,
    Renamed,
    RoomDeleted,
)
from chatsvc.core.names import Nick, nick_key, parse_nick, room_key
from chatsvc.core.people import Person, Session
from chatsvc.core.permission import may_enter, readable_by, subject_at
from chatsvc.core.replies import (
    AccountGone,
    AccountMade,
    KillDone,
    LoggedInAs,
    LoggedOff,
    PasswordChanged,
    Unread,
)
from chatsvc.core.room import Room
from chatsvc.core.rules import direct
from chatsvc.core.rules.metadata import kept_metadata
from chatsvc.core.rules.roles import (
    check_may_drop,
    ranks_changed,
    roles_given_up,
    roles_kept,
    rooms_owned_from_now,
)
from chatsvc.core.rules.rule import Rule
from chatsvc.core.state import State, account_of, nick_of, person_of
from chatsvc.core.stays import unread

NO_SECRET = ""
"""The secret of an account whose password another program keeps; no password fits it."""

# Registering


def _check_register(
    state: State, session: Session, command: Register | RegisterAccount, _now: int
) -> tuple[Event, ...]:
    if session.account is not None:
        raise NotAllowed(f'You are logged in as "{session.account.name}" already.')
    state.server.check_sign_ups()
    state.check_free(_name_to_register(state, session, command), session)
    return ()


def _decide_register(
    state: State, session: Session, command: RegisterAccount, now: int
) -> tuple[Event, ...]:
    """Make the account, with the rooms that its owner is in."""
    _check_register(state, session, command, now)
    name = _name_to_register(state, session, command)
    state.check_free(name, session)
    _check_not_banned(state, session, Account(name, now, command.secret), now)
    registered = Registered(name, now, command.secret)
    if session.person is None:
        return (registered, Authenticated(session.session_id, name))
    return _new_account(session, registered)


def _name_to_register(state: State, session: Session, command: Register | RegisterAccount) -> Nick:
    """Return the nick that becomes an account's name; raise `NoNick`."""
    if session.person is None and command.nick is not None:
        return parse_nick(command.nick, state.limits.nick_length)
    return nick_of(session)


def _new_account(session: Session, registered: Registered) -> tuple[Event, ...]:
    """Make the nick that a session has the name of an account."""
    kept = (_kept(registered.name, session, room, registered.at) for room in session.rooms.values())
    roles = roles_kept(session, registered.name, registered.at)
    ignored = direct.kept_ignores(person_of(session), registered.name, registered.at)
    said = kept_metadata(person_of(session), registered.name, registered.at)
    logged_in = LoggedIn(session.session_id, registered.name)
    return (registered, *kept, *roles, *ignored, *said, logged_in)


def _kept(name: Nick, session: Session, room: Room, now: int) -> MembershipKept:
    """Let a guest's membership become an account's, with what the guest was there for."""
    person = session.person
    member = None if person is None else room.members.get(person.person_id)
    after = UNSTAMPED if member is None else member.after
    return MembershipKept(name, room.name, now, room.last, room.room_id, after)


def _answer_register(
    _state: State, session: Session, _command: RegisterAccount, _events: tuple[Event, ...]
) -> AccountMade:
    return AccountMade(account_of(session).name)


# Logging in and out


def _decide_login(
    state: State, session: Session, command: BecomeAccount, now: int
) -> tuple[Event, ...]:
    account = state.accounts.get(nick_key(command.name))
    if account is None:
        return _first_login(state, session, command, now)
    if session.account is account and (command.keeps_nick or session.person is not None):
        return ()
    _check_not_banned(state, session, account, now)
    if command.keeps_nick:
        return _recognized(state, session, account, now)
    return _become(state, session, account, now)


def _check_not_banned(state: State, session: Session, account: Account, now: int) -> None:
    subject = subject_at(session, account.name, account.name, account.is_operator)
    state.server.check_not_banned(subject, now)


def _first_login(
    state: State, session: Session, command: BecomeAccount, now: int
) -> tuple[Event, ...]:
    """Make the account of somebody whom another program knows."""
    if not command.may_be_new:
        raise BadLogin  # It was dropped while the password was checked.
    state.server.check_sign_ups()
    name = parse_nick(command.name, state.limits.nick_length)
    state.check_free(name, session)
    registered = Registered(name, now, NO_SECRET)
    account = Account(registered.name, registered.at, registered.secret)
    _check_not_banned(state, session, account, now)
    if session.nick is not None and nick_key(session.nick) == nick_key(name):
        return _new_account(session, registered)
    if command.keeps_nick:
        return (registered, *_recognized(state, session, account, now))
    return (registered, *_become(state, session, account, now))


def _become(state: State, session: Session, account: Account, now: int) -> tuple[Event, ...]:
    brought = list(_rooms_to_bring(state, session, account, now))
    return (
        *(_kept(account.name, session, room, now) for room in brought),
        *_farewell(session),
        LoggedIn(session.session_id, account.name),
        *_own_name(state, session, account, now),
        *_arrivals(state, session, account, account.name, brought, now),
    )


def _own_name(state: State, session: Session, account: Account, now: int) -> Iterator[Renamed]:
    """Let who is here already under another nick have the account's name, as all expect it."""
    owner = state.owners.get(account.key)
    if owner is not None and not owner.has_own_name:
        yield Renamed(session.session_id, owner.nick, account.name, now)


def _recognized(state: State, session: Session, account: Account, now: int) -> tuple[Event, ...]:
    """Return what lets somebody be the owner of an account under the nick they have.

    Who has none waits for one. Who is here already by another connection is one person with it,
    and has that one's nick. A guest stays where it is, with its rooms, and those that it owns are
    the account's; the owner of another account leaves them.
    """
    person, owner = session.person, state.owners.get(account.key)
    if person is None:
        return (Authenticated(session.session_id, account.name),)
    nick = _nick_kept(state, session, account) if owner is None else owner.nick
    stays = owner is None and person.account is None and nick == person.nick
    brought = list(_rooms_to_bring(state, session, account, now, with_automatic=stays))
    gone = _rooms_not_taken(state, session, account, brought) if stays else _farewell(session)
    taken = [*brought, *(kept.room for kept in state.kept_by(account).values())]
    owned = rooms_owned_from_now(person, account, taken, now) if stays else ()
    ranked = ranks_changed(person, account, taken, now) if stays else ()
    return (
        *(_kept(account.name, session, room, now) for room in brought),
        *owned,
        *gone,
        LoggedIn(session.session_id, account.name, nick, now),
        *ranked,
        *_arrivals(state, session, account, nick, brought, now, person if stays else owner),
    )


def _nick_kept(state: State, session: Session, account: Account) -> Nick:
    """Return the nick that a session keeps when it is an account's: the account's name if none."""
    person = session.person
    if person is None or len(person.sessions) > 1:
        return account.name
    try:
        state.check_free(person.nick, session, account)
    except Refusal:  # It is the name of the account that they had before.
        return account.name
    return person.nick


def _rooms_not_taken(
    state: State, session: Session, account: Account, brought: list[Room]
) -> Iterator[Left]:
    """Return what puts a guest out of the rooms where its account may not be."""
    kept = state.kept_by(account)
    for room in session.rooms.values():
        if room not in brought and room.key not in kept:
            yield Left(room.name, nick_of(session), session.session_id)


def arrival_of_owner(
    state: State, session: Session, account: Account, nick: Nick, now: int
) -> tuple[Event, ...]:
    """Return what lets a session that is logged in already arrive, as `nick`."""
    brought = list(_rooms_to_bring(state, session, account, now))
    return (
        *(_kept(account.name, session, room, now) for room in brought),
        LoggedIn(session.session_id, account.name, nick, now),
        *_arrivals(state, session, account, nick, brought, now),
    )


def _rooms_to_bring(
    state: State, session: Session, account: Account, now: int, with_automatic: bool = False
) -> Iterator[Room]:
    """Return the rooms that become the account's by this login, as far as it may have more.

    They are those that a guest joined itself (or all, `with_automatic`), and the one by whose
    port a newcomer came, if the account may enter them.
    """
    kept = state.kept_by(account)
    left = state.limits.rooms_per_session - len(kept)
    for room in _rooms_asked_for(state, session, with_automatic):
        if left > 0 and room.key not in kept:
            is_inside = room.key in session.rooms
            if may_enter(room, session, account, now, has_key=is_inside):
                left -= 1
                yield room


def _rooms_asked_for(state: State, session: Session, with_automatic: bool) -> Iterator[Room]:
    person = session.person
    if person is None:
        if session.aim is not None and room_key(session.aim) in state.rooms:
            yield state.room(session.aim)
    elif person.account is None:
        for room in person.rooms.values():
            automatic = room.members[person.person_id].automatic
            if with_automatic or session.session_id not in automatic:
                yield room


def _farewell(session: Session) -> Iterator[Left]:
    """Return what happens when whoever is behind a session has no other one."""
    person = session.person
    if person is not None and len(person.sessions) == 1:
        for room in person.rooms.values():
            yield Left(room.name, person.nick, session.session_id)


def _arrivals(
    state: State,
    session: Session,
    account: Account,
    nick: Nick,
    brought: list[Room],
    now: int,
    person: Person | None = None,
) -> Iterator[Joined]:
    """Return the joins of an account's owner to all its rooms where it is not there yet.

    `nick` is the one it has then, `person` who it is; None: who is here for the account. Who is
    banned where they are now does not come in.
    """
    person = person or state.owners.get(account.key)
    there = {} if person is None else person.rooms
    for key, membership in sorted(state.kept_by(account).items()):
        room = membership.room
        if key not in there and may_enter(room, session, account, now, has_key=True):
            yield Joined(room.name, nick, session.session_id, automatic=True)
    for room_brought in brought:
        if room_brought.key not in there:
            yield Joined(room_brought.name, nick, session.session_id)


def _answer_login(
    state: State, session: Session, command: BecomeAccount, _events: tuple[Event, ...]
) -> LoggedInAs:
    if session.person is None:
        return LoggedInAs(account_of(session).name, ())
    positions = dict(command.positions)
    kept, person = state.kept_by(account_of(session)), person_of(session)
    rows = []
    for key, room in sorted(session.rooms.items()):
        noted = kept[key].position if key in kept else room.last
        read = max(noted, positions.get(key, 0))
        rows.append(Unread(room.name, room.last, unread(readable_by(room, person), read)))
    told = direct.unread_rows(state, account_of(session), positions)
    return LoggedInAs(nick_of(session), (*rows, *told))


def _decide_logout(
    _state: State, session: Session, _command: LogOut, now: int
) -> tuple[Event, ...]:
    account_of(session)
    return (*_farewell(session), LoggedOut(session.session_id, now))


def _answer_logout(
    _state: State, _session: Session, _command: LogOut, _events: tuple[Event, ...]
) -> LoggedOff:
    return LoggedOff()


ENDED_ELSEWHERE = "You have ended this connection from another one of yours."


def _decide_end(
    _state: State, session: Session, _command: EndOthers, _now: int
) -> tuple[Event, ...]:
    """End the connections that are one person with this one: those of the same account."""
    account_of(session)
    others = (each for each in person_of(session).sessions if each != session.session_id)
    return (Expelled(tuple(others), ENDED_ELSEWHERE),)


def _answer_end(
    _state: State, session: Session, _command: EndOthers, events: tuple[Event, ...]
) -> KillDone:
    expelled = events[0]
    assert isinstance(expelled, Expelled)
    return KillDone(nick_of(session), len(expelled.sessions))


# What only its owner may do with an account


def _check_owner(
    _state: State, session: Session, _command: ChangePassword | GrantCode, _now: int
) -> tuple[Event, ...]:
    account_of(session)
    return ()


def _decide_password(
    _state: State, session: Session, command: ReplacePassword, now: int
) -> tuple[Event, ...]:
    return (PasswordSet(account_of(session).name, now, command.secret),)


def _decide_renewal(
    state: State, _session: Session, command: RenewSecret, now: int
) -> tuple[Event, ...]:
    account = state.accounts.get(nick_key(command.name))
    if account is None or account.secret != command.old:
        return ()
    return (PasswordSet(account.name, now, command.new, command.old),)


def _answer_password(
    _state: State, _session: Session, _command: ReplacePassword, _events: tuple[Event, ...]
) -> PasswordChanged:
    return PasswordChanged()


def _check_drop(
    state: State, session: Session, _command: DropAccount, _now: int
) -> tuple[Event, ...]:
    check_may_drop(state, account_of(session))
    return ()


def _decide_drop(
    state: State, session: Session, _command: RemoveAccount, now: int
) -> tuple[Event, ...]:
    """Remove its conversations first: who takes the name next is to read none of them."""
    account = account_of(session)
    check_may_drop(state, account)
    gone = (
        RoomDeleted(room.name, now, account.name, room.room_id)
        for room in state.conversations.of(account.key)
    )
    return (
        *gone,
        *roles_given_up(state, account, now),
        AccountDropped(account.name, now, nick_of(session)),
    )


def _answer_drop(
    _state: State, _session: Session, _command: RemoveAccount, events: tuple[Event, ...]
) -> AccountGone:
    dropped = events[-1]
    assert isinstance(dropped, AccountDropped)
    return AccountGone(dropped.name)


# How far somebody has read


def _decide_positions(
    state: State, _session: Session, command: NotePositions, _now: int
) -> tuple[Event, ...]:
    """Note those that are higher than what was noted before."""
    kept = state.memberships.get(nick_key(command.name), {})
    higher = tuple(
        (kept[key].room.room_id, position)
        for key, position in command.positions
        if key in kept and position > kept[key].position
    )
    higher += tuple(direct.positions_to_note(state, nick_key(command.name), command.positions))
    return (PositionsNoted(command.name, higher),) if higher else ()


RULES = {
    Register: Rule(None, _check_register, needs_nick=False, for_guests=True),
    RegisterAccount: Rule(_answer_register, _decide_register, needs_nick=False, for_guests=True),
    LogIn: Rule(None, needs_nick=False, for_guests=True),
    Prove: Rule(None, needs_nick=False, for_guests=True),
    ShowCertificate: Rule(None, needs_nick=False, for_guests=True),
    BecomeAccount: Rule(_answer_login, _decide_login, needs_nick=False, for_guests=True),
    LogOut: Rule(_answer_logout, _decide_logout),
    EndOthers: Rule(_answer_end, _decide_end),
    ChangePassword: Rule(None, _check_owner),
    ReplacePassword: Rule(_answer_password, _decide_password),
    RenewSecret: Rule(None, _decide_renewal, needs_nick=False),
    DropAccount: Rule(None, _check_drop),
    RemoveAccount: Rule(_answer_drop, _decide_drop),
    GrantCode: Rule(None, _check_owner),
    Pair: Rule(None, needs_nick=False, for_guests=True),
    NotePositions: Rule(None, _decide_positions, needs_nick=False),
}
