"""What becomes of sessions and of those behind them by an event.

Who is named, logs in or joins may have been decided on before a ban of the server, or the word
that everybody has to be registered, was written: that holds for them, too.
"""

from chatsvc.core.departures import Gone
from chatsvc.core.effects.effect import NOBODY, Effects, Recipients
from chatsvc.core.errors import NickTaken, NotAMember
from chatsvc.core.events import (
    Authenticated,
    Called,
    CameBack,
    Departed,
    Disconnected,
    IgnoresSet,
    Joined,
    Kicked,
    Left,
    LoggedIn,
    LoggedOut,
    MarkerSet,
    MarksSet,
    Named,
    OperatorHere,
    RealnameSet,
    Renamed,
    Signalled,
    Told,
    Wallops,
    WatchSet,
    WentAway,
)
from chatsvc.core.invitations import Invitation
from chatsvc.core.masks import mask_of
from chatsvc.core.metadata import NO_METADATA
from chatsvc.core.names import Nick, nick_key, room_key
from chatsvc.core.people import Mark, Person, Session
from chatsvc.core.permission import subject_at, subject_of
from chatsvc.core.roles import Role
from chatsvc.core.room import Member, Room
from chatsvc.core.state import State
from chatsvc.core.subject import Subject


def _named(state: State, event: Named) -> Recipients:
    session = state.sessions[event.session]
    state.check_free(event.nick, session)
    state.server.check_not_banned(subject_at(session, event.nick), event.at)
    _arrive(state, session, event.nick, event.at)
    return NOBODY


def _renamed(state: State, event: Renamed) -> Recipients:
    state.check_free(event.new, state.sessions[event.session])
    person = state.person(event.old)
    is_respelt = nick_key(event.new) == nick_key(event.old)
    if not is_respelt:
        _uninvite(state, person)
        person.known_to = frozenset()
        person.named_at = event.at
        state.departures.note(_gone(person, event.at))
    state.remove_person(person)
    person.nick = event.new
    if person.account is not None and person.has_own_name:
        person.named_at = person.account.created_at
    state.add_person(person)
    return tuple(state.neighbours(person, event.session))


def _joined(state: State, event: Joined) -> Recipients:
    room, person = state.room(event.room), state.person(event.nick)
    member = room.members.get(person.person_id)
    if state.server.registered_only:
        state.server.check_registered(state.sessions[event.session])
    if member is None:
        is_owner = room.role_of(person) is Role.OWNER
        # Their other sessions have not asked for it.
        member = Member(person, set(person.sessions), room.last)
        room.members[person.person_id] = member
        if person.account is None and is_owner:
            member.role = Role.OWNER
        room.invitations.take_back_from(subject_of(person))
        person.rooms[room.key] = room
        recipients: Recipients = room.key
    else:
        recipients = NOBODY
    if not event.automatic:
        member.automatic.discard(event.session)
    return recipients


def _left(state: State, event: Left) -> Recipients:
    return _go_out(state.room(event.room), state.person(event.nick))


def put_out_by(state: State, event: Kicked) -> Person | None:
    """Return whom a kick puts out now; None if who is meant has gone by themselves.

    By its nick only an account is found whose connections are others by now: another guest
    may have the nick of who went.
    """
    room = state.room(event.room)
    member = room.members.get(event.person)
    person = state.found(event.nick) if member is None else member.person
    is_meant = member is not None or not event.person or (person and person.account)
    return person if person is not None and person.person_id in room.members and is_meant else None


def _kicked(state: State, event: Kicked) -> Recipients:
    person = put_out_by(state, event)
    return NOBODY if person is None else _go_out(state.room(event.room), person)


def _go_out(room: Room, person: Person) -> Recipients:
    if person.person_id not in room.members:
        raise NotAMember(room.name)
    del room.members[person.person_id]
    del person.rooms[room.key]
    return room.key


def _called(state: State, event: Called) -> Recipients:
    """Let a guest in who is invited; that of an account is `Invited`.

    Who has taken the nick since is somebody else.
    """
    room, person = state.room(event.room), state.people.get(nick_key(event.nick))
    is_meant = person is not None and person.named_at <= event.at
    if person is not None and is_meant and person.account is None:
        room.invitations.give(Invitation(mask_of(subject_of(person)), event.by, event.at))
        person.invited |= {room.key}
    return event.to


def _uninvite(state: State, person: Person) -> None:
    """Take back what a guest was invited into under the nick that it gives up."""
    if person.invited:
        guest = mask_of(Subject(person.nick))
        for key in person.invited & state.rooms.keys():
            state.rooms[key].invitations.take_back(guest)
        person.invited = frozenset()


def _departed(state: State, event: Departed) -> Recipients:
    """Change nothing: they are there until `Disconnected`."""
    return tuple(state.neighbours(state.person(event.nick), event.session))


def _marked(state: State, event: MarkerSet) -> Recipients:
    person = state.person(event.nick)
    state.markers.set(person, room_key(event.room), event.at)
    return tuple(each for each in person.sessions if each != event.session)


def _disconnected(state: State, event: Disconnected) -> Recipients:
    state.awaiting.pop(event.session, None)
    _depart(state, state.sessions.pop(event.session))
    state.watching.forget(event.session)
    for marked in state.marked.values():
        marked.discard(event.session)
    return NOBODY


def _away(state: State, event: WentAway) -> Recipients:
    person = state.person(event.nick)
    person.away = event.text
    return tuple(state.those_concerned(person, event.session))


def _back(state: State, event: CameBack) -> Recipients:
    person = state.person(event.nick)
    person.away = None
    return tuple(state.those_concerned(person, event.session))


def _realname_set(state: State, event: RealnameSet) -> Recipients:
    person = state.person(event.nick)
    for session in person.sessions.values():
        session.realname = event.realname
    return tuple(state.those_concerned(person, event.session))


def _marks_set(state: State, event: MarksSet) -> Recipients:
    state.sessions[event.session].marks = event.marks
    for mark, marked in state.marked.items():
        if mark in event.marks:
            marked.add(event.session)
        else:
            marked.discard(event.session)
    return NOBODY


def _watch_set(state: State, event: WatchSet) -> Recipients:
    state.watching.remove(event.session, event.removed)
    state.watching.add(event.session, event.added)
    return NOBODY


def _told(state: State, event: Told) -> Recipients:
    state.passed = max(state.passed, event.serial)
    if event.kept:
        _get_known(state, event)
    return (event.to,)


def _get_known(state: State, event: Told) -> None:
    """Let a guest be known to the account that tells it something which is kept."""
    sender = state.people.get(nick_key(event.nick))
    receiver = None if event.target is None else state.people.get(nick_key(event.target))
    if sender is not None and sender.account is not None and receiver is not None:
        receiver.known_to |= {sender.account.key}


def _signalled(state: State, event: Signalled) -> Recipients:
    state.passed = max(state.passed, event.serial)
    if event.to is not None or event.room is None:
        return event.to or NOBODY
    return state.room(event.room).key


def _ignores_set(state: State, event: IgnoresSet) -> Recipients:
    person = state.sessions[event.session].person
    if person is not None:
        person.ignored = event.ignored
    return NOBODY


def _logged_in(state: State, event: LoggedIn) -> Recipients:
    account, session = state.account(event.name), state.sessions[event.session]
    subject = subject_at(session, account.name, account.name, account.is_operator)
    state.server.check_not_banned(subject, state.now)
    nick, owner = event.nick or account.name, state.owners.get(account.key)
    person = session.person
    stays = person is not None and person.account is None and _has(person, nick)
    if owner is not None:
        if owner is not person:
            _depart(state, session)
            _accompany(state, owner, session)
    elif not stays:
        state.check_free(nick, session, account)
        if person is not None and len(person.sessions) > 1 and _has(person, nick):
            raise NickTaken(nick, state.suggestion(nick))
        _depart(state, session)
        is_own = nick_key(nick) == account.key
        _arrive(state, session, nick, account.created_at if is_own else event.at)
    state.awaiting.pop(session.session_id, None)
    session.awaiting = None
    assert session.person is not None
    session.person.account = account
    session.person.metadata = NO_METADATA
    state.owners[account.key] = session.person
    _forget_as_guest(session.person)
    return NOBODY


def _forget_as_guest(person: Person) -> None:
    """Forget the roles that somebody had as a guest: an account has its own."""
    for room in person.rooms.values():
        room.members[person.person_id].role = None


def _operating(state: State, event: OperatorHere) -> Recipients:
    person = state.sessions[event.session].person
    if person is not None:
        person.operates_as = event.name
        state.operating.add(person.person_id)
    return NOBODY


def _wallops(state: State, _event: Wallops) -> Recipients:
    operators = (person for person in state.people.values() if person.is_operator)
    sessions = {session for person in operators for session in person.sessions}
    return tuple(sessions | state.marked[Mark.HEARS_OPERATORS])


def _has(person: Person, nick: Nick) -> bool:
    return nick_key(person.nick) == nick_key(nick)


def _authenticated(state: State, event: Authenticated) -> Recipients:
    session = state.sessions[event.session]
    session.awaiting = state.account(event.name)
    state.awaiting[event.session] = session
    return NOBODY


def _logged_in_and_told(state: State, event: LoggedIn) -> Recipients:
    """Tell those concerned of a guest who is the owner of an account from now on."""
    before = state.sessions[event.session].person
    was_guest = before is not None and before.account is None
    _logged_in(state, event)
    person = state.sessions[event.session].person
    if not was_guest or person is None or person is not before:
        return NOBODY
    return tuple(state.those_concerned(person, event.session))


def _logged_out(state: State, event: LoggedOut) -> Recipients:
    session = state.sessions[event.session]
    _depart(state, session)
    state.awaiting.pop(event.session, None)
    session.awaiting = None
    session.nameless_since = event.at
    return NOBODY


def _arrive(state: State, session: Session, nick: Nick, named_at: int) -> None:
    """Make a person of a session that nobody is behind."""
    state.last_person += 1
    person = Person(state.last_person, nick, session.since, named_at)
    state.add_person(person)
    _accompany(state, person, session)


def _accompany(state: State, person: Person, session: Session) -> None:
    """Make a session one of those of a person; the server puts it into their rooms."""
    state.named += 1
    session.person = person
    person.sessions[session.session_id] = session
    for room in person.rooms.values():
        room.members[person.person_id].automatic.add(session.session_id)


def _depart(state: State, session: Session) -> None:
    """Take a session from whoever is behind it; a person without any session is gone."""
    person, session.person = session.person, None
    if person is None:
        return
    state.named -= 1
    gone = _gone(person, state.now)
    is_oldest = person.oldest_session is session
    del person.sessions[session.session_id]
    if is_oldest:
        state.reshown.note(person, session)
    for room in person.rooms.values():
        room.members[person.person_id].automatic.discard(session.session_id)
    if not person.sessions:
        _uninvite(state, person)
        state.remove_person(person)
        if person.account is not None:
            state.owners.pop(person.account.key, None)
        state.departures.note(gone)


def _gone(person: Person, now: int) -> Gone:
    session = person.oldest_session
    account = "" if person.account is None else person.account.name
    return Gone(
        person.nick, session.via, session.user, session.realname, session.host, account, now
    )


EFFECTS: Effects = {
    Named: _named,
    Renamed: _renamed,
    Joined: _joined,
    Left: _left,
    Kicked: _kicked,
    Called: _called,
    Departed: _departed,
    MarkerSet: _marked,
    Disconnected: _disconnected,
    WentAway: _away,
    CameBack: _back,
    RealnameSet: _realname_set,
    MarksSet: _marks_set,
    WatchSet: _watch_set,
    IgnoresSet: _ignores_set,
    Told: _told,
    Signalled: _signalled,
    LoggedIn: _logged_in_and_told,
    Authenticated: _authenticated,
    OperatorHere: _operating,
    Wallops: _wallops,
    LoggedOut: _logged_out,
}
