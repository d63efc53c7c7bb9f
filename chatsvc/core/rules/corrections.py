"""Rules for taking back what was said, and for giving it another text.

The state holds no messages: a `Redact` or `Edit` is checked as far as that goes, then the
hub reads the message from the log, and `ChangeMessage` decides. Two who change one message
at the same time are put in order by the log: see `ports.Missing`. What a moderator or
operator takes back of somebody else is written into the audit log.
"""

from chatsvc.core.access_table import Action
from chatsvc.core.audit import REDACTION, audited
from chatsvc.core.commands import ChangeMessage, Edit, Redact
from chatsvc.core.conversations import is_direct
from chatsvc.core.errors import NoSuchMessage
from chatsvc.core.events import Edited, Event, Redacted, Said, TakenBack
from chatsvc.core.names import nick_key
from chatsvc.core.people import Person, Session
from chatsvc.core.permission import actor_in, check, permitted, readable_by
from chatsvc.core.replies import MessageEdited, MessageRedacted
from chatsvc.core.roles import Role
from chatsvc.core.room import Room
from chatsvc.core.rules import direct
from chatsvc.core.rules.rule import Rule
from chatsvc.core.state import State, person_of
from chatsvc.core.stays import holds


def action_on(change: Redact | Edit, session: Session, message: Said) -> Action:
    """Return what `change` is in the table of access, which depends on whose message it is."""
    is_own = is_author(person_of(session), message)
    if isinstance(change, Redact):
        return Action.REDACT_OWN if is_own else Action.REDACT_OTHERS
    return Action.EDIT_OWN if is_own else Action.EDIT_OTHERS


def is_author(person: Person, message: Said) -> bool:
    """Tell whether somebody said this.

    Whose nick it was before them, a guest or an account that is gone, stays somebody else.
    """
    return nick_key(person.nick) == nick_key(message.nick) and message.at >= person.named_at


def _check(state: State, session: Session, command: Redact | Edit, now: int) -> tuple[Event, ...]:
    """Refuse what needs no look into the log."""
    if is_direct(command.room):
        return direct.check_change(state, session, command, now)
    _room_of(state, session, command, now)
    return ()


def _room_of(state: State, session: Session, command: Redact | Edit, now: int) -> Room:
    """Return the room in which `command` changes a message; raise `NoSuchMessage`, `NoSuchRoom`.

    What somebody may not read is not there for them, but moderators take back anything.
    """
    person = person_of(session)
    room = permitted(state, session, command.room, Action.INFO, now)
    is_readable = holds(readable_by(room, person), command.number)
    if not is_readable and actor_in(room, person).is_above(Role.VOICED):
        is_readable = room.gone_after < command.number <= room.last
    if not is_readable:
        raise NoSuchMessage(room.name, command.number)
    return room


def _decide_change(
    state: State, session: Session, command: ChangeMessage, now: int
) -> tuple[Event, ...]:
    change, message = command.change, command.message
    if is_direct(change.room):
        return direct.decide_change(state, session, command, now)
    room = _room_of(state, session, change, now)
    is_there = message.number == change.number and message.room_id == room.room_id
    if not is_there or isinstance(message, TakenBack):
        raise NoSuchMessage(room.name, change.number)
    action, person = action_on(change, session, message), person_of(session)
    check(room, session, action, now, change.room)
    nick = person.nick
    if isinstance(change, Redact):
        redacted = Redacted(room.name, message.number, now, nick, room.room_id, change.reason)
        if action is Action.REDACT_OWN:
            return (redacted,)
        number = str(message.number)
        return (redacted, audited(now, person, REDACTION, message.nick, room.name, number))
    return (Edited(room.name, message.number, now, nick, change.text, room.room_id),)


def _answer_change(
    _state: State, _session: Session, command: ChangeMessage, events: tuple[Event, ...]
) -> MessageRedacted | MessageEdited:
    if is_direct(command.change.room):
        return direct.answer_change(command)
    event = events[0]
    assert isinstance(event, Redacted | Edited)
    if isinstance(event, Redacted):
        return MessageRedacted(event.room, event.number)
    return MessageEdited(event.room, event.number)


RULES = {
    Redact: Rule(None, _check),
    Edit: Rule(None, _check),
    ChangeMessage: Rule(_answer_change, _decide_change),
}
