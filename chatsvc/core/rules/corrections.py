"""Rules for taking back what was said, and for giving it another text.

The state holds no messages: a `Redact` or `Edit` is checked as far as that goes, then the
hub reads the message from the log, and `ChangeMessage` decides. Two who change one message
at the same time are put in order by the log: see `ports.Missing`.
"""

from chatsvc.core.access_table import Action
from chatsvc.core.commands import ChangeMessage, Edit, Redact
from chatsvc.core.errors import NoSuchMessage, NotAllowed, NotAMember
from chatsvc.core.events import Edited, Event, Redacted, Said, TakenBack
from chatsvc.core.names import nick_key
from chatsvc.core.people import Session
from chatsvc.core.replies import MessageEdited, MessageRedacted
from chatsvc.core.room import Room
from chatsvc.core.rules.rule import Rule
from chatsvc.core.state import State, nick_of


def action_on(change: Redact | Edit, session: Session, message: Said) -> Action:
    """Return what `change` is in the table of access, which depends on whose message it is."""
    is_own = nick_key(nick_of(session)) == nick_key(message.nick)
    if isinstance(change, Redact):
        return Action.REDACT_OWN if is_own else Action.REDACT_OTHERS
    return Action.EDIT_OWN if is_own else Action.EDIT_OTHERS


def check_may_change(_state: State, session: Session, room: Room, action: Action) -> None:
    """Make sure that `session` may do `action` in `room`.

    Authors change their own messages as long as they are members, and the owner takes back
    those of others; all are nicks. Nobody edits the words of others. Raises `NotAMember` or
    `NotAllowed`.
    """
    if action in (Action.REDACT_OWN, Action.EDIT_OWN):
        if room.key not in session.rooms:
            raise NotAMember(room.name)
    elif action is Action.EDIT_OTHERS:
        raise NotAllowed(f'A message in "{room.name}" is edited by the nick that said it.')
    elif room.owner != nick_key(nick_of(session)):
        raise NotAllowed(
            f'A message in "{room.name}" is redacted by the nick that said it, '
            "or by the nick that created the room."
        )


def _check(state: State, _session: Session, command: Redact | Edit, _now: int) -> tuple[Event, ...]:
    """Refuse what needs no look into the log."""
    room = state.room(command.room)
    if not 1 <= command.number <= room.last:
        raise NoSuchMessage(room.name, command.number)
    return ()


def _decide_change(
    state: State, session: Session, command: ChangeMessage, now: int
) -> tuple[Event, ...]:
    change, message = command.change, command.message
    room = state.room(change.room)
    is_there = message.number == change.number and message.room_id == room.room_id
    if not is_there or isinstance(message, TakenBack):
        raise NoSuchMessage(room.name, change.number)
    check_may_change(state, session, room, action_on(change, session, message))
    nick = nick_of(session)
    if isinstance(change, Redact):
        return (Redacted(room.name, message.number, now, nick, room.room_id),)
    return (Edited(room.name, message.number, now, nick, change.text, room.room_id),)


def _answer_change(
    _state: State, _session: Session, _command: ChangeMessage, events: tuple[Event, ...]
) -> MessageRedacted | MessageEdited:
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
