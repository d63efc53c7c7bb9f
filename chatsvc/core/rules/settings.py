"""Rules for what is set in a room: see `kinds`.

A password never comes here: the hub has it hashed first, and then asks for the second half:

    set ROOM kind password PASSWORD     SetRoomPassword     SetRoomSecret(secret)
"""

import attrs

from chatsvc.core.access_table import Action
from chatsvc.core.audit import audited
from chatsvc.core.commands import ChangeSetting, SetRoomPassword, SetRoomSecret, ShowSettings
from chatsvc.core.errors import Usage
from chatsvc.core.events import Event, RoomSet
from chatsvc.core.kinds import Kind, NewPassword, check_for_lobby, parse_setting
from chatsvc.core.people import Session
from chatsvc.core.permission import permitted
from chatsvc.core.replies import Settings
from chatsvc.core.room import Room
from chatsvc.core.rules.roles import owned_from_now
from chatsvc.core.rules.rule import Rule
from chatsvc.core.state import State, person_of


def _check_show(
    state: State, session: Session, command: ShowSettings, now: int
) -> tuple[Event, ...]:
    permitted(state, session, command.room, Action.INFO, now)
    return ()


def _decide_setting(
    state: State, session: Session, command: ChangeSetting, now: int
) -> tuple[Event, ...]:
    room = permitted(state, session, command.room, Action.SET, now)
    settings = ((command.key, command.value), *command.more)
    kind = room.kind
    for key, value in settings:
        edit = parse_setting(key, value)
        if isinstance(edit, NewPassword):
            raise Usage("A password is set by a command of its own.")
        kind = edit.applied(kind, room.last)
    words = ", ".join(f"{key} {value}" for key, value in settings)
    return _set(state, session, room, kind, words, now)


def _check_password(
    state: State, session: Session, command: SetRoomPassword, now: int
) -> tuple[Event, ...]:
    """Refuse what is not worth hashing a password for."""
    room = permitted(state, session, command.room, Action.SET, now)
    if state.is_lobby(room.name):
        edit = NewPassword.with_secret("", room.kind, command.stays_listed)
        check_for_lobby(edit.applied(room.kind, room.last))
    return ()


def _decide_secret(
    state: State, session: Session, command: SetRoomSecret, now: int
) -> tuple[Event, ...]:
    room = permitted(state, session, command.room, Action.SET, now)
    edit = NewPassword.with_secret(command.secret, room.kind, command.stays_listed)
    return _set(state, session, room, edit.applied(room.kind, room.last), "kind password", now)


def _set(
    state: State, session: Session, room: Room, kind: Kind, words: str, now: int
) -> tuple[Event, ...]:
    """Return what makes a change of settings true; nothing where it changes none.

    `words` go into the audit log.
    """
    person = person_of(session)
    if state.is_lobby(room.name):
        check_for_lobby(kind)
    if kind == room.kind:
        return ()
    return (
        *owned_from_now(room, person, now),
        RoomSet(room.name, now, person.nick, kind, room.room_id, room.kind),
        audited(now, person, "set", "", room.name, words),
    )


def _answer_settings(
    state: State,
    _session: Session,
    command: ShowSettings | ChangeSetting | SetRoomSecret,
    _events: tuple[Event, ...],
) -> Settings:
    room = state.room(command.room)
    return Settings(room.name, attrs.evolve(room.kind, secret=""))


RULES = {
    ShowSettings: Rule(_answer_settings, _check_show),
    ChangeSetting: Rule(_answer_settings, _decide_setting),
    SetRoomPassword: Rule(None, _check_password),
    SetRoomSecret: Rule(_answer_settings, _decide_secret),
}
