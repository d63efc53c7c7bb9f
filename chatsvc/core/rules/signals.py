"""Rules for what is passed on and kept nowhere: see `core.signals`.

In a room it takes what a message takes; a plain one takes no questions to client programs and
no answers of theirs. Who is ignored is not told so.
"""

from chatsvc.core.access_table import Action
from chatsvc.core.commands import Signal
from chatsvc.core.errors import NoSuchUser, NotAllowed
from chatsvc.core.events import Event, Signalled
from chatsvc.core.names import RoomName, nick_key
from chatsvc.core.people import Session
from chatsvc.core.permission import actor_in, permitted
from chatsvc.core.replies import Passed
from chatsvc.core.rules.direct import is_ignored
from chatsvc.core.rules.rule import Rule
from chatsvc.core.signals import SignalKind
from chatsvc.core.state import State, person_of

_NOT_PLAIN = frozenset({SignalKind.REQUEST, SignalKind.RESPONSE})
"""What a room that takes only text refuses."""


def _decide(state: State, session: Session, command: Signal, now: int) -> tuple[Event, ...]:
    if command.room is not None:
        return (_to_room(state, session, command, command.room, now),)
    return (_to_person(state, session, command, now),)


def _to_room(
    state: State, session: Session, command: Signal, name: RoomName, now: int
) -> Signalled:
    """Tell all members, or those that have the role `least` or a higher one."""
    room = permitted(state, session, name, Action.SAY, now)
    if room.kind.plain and command.kind in _NOT_PLAIN:
        raise NotAllowed(f'"{room.name}" takes only text, and no CTCP save ACTION.')
    to: tuple[int, ...] | None = None
    if command.least is not None:
        told = (
            session_id
            for member in room.members.values()
            if actor_in(room, member.person).role >= command.least
            for session_id in member.person.sessions
        )
        to = tuple(each for each in told if each != session.session_id)
    return Signalled(
        now,
        person_of(session).nick,
        command.kind,
        command.text,
        command.tags,
        room=room.name,
        least="" if command.least is None else command.least.word,
        to=to,
        serial=state.passed + 1,
    )


def _to_person(state: State, session: Session, command: Signal, now: int) -> Signalled:
    """Tell all sessions of somebody, and the other ones of who asks."""
    assert command.nick is not None
    sender, receiver = person_of(session), state.people.get(nick_key(command.nick))
    if receiver is None:
        raise NoSuchUser(command.nick)
    to = [] if is_ignored(receiver, sender) else list(receiver.sessions)
    if receiver is not sender:
        to += [each for each in sender.sessions if each != session.session_id]
    return Signalled(
        now,
        sender.nick,
        command.kind,
        command.text,
        command.tags,
        target=receiver.nick,
        to=tuple(to),
        serial=state.passed + 1,
    )


def _answer(
    _state: State, _session: Session, _command: Signal, events: tuple[Event, ...]
) -> Passed:
    event = events[0]
    assert isinstance(event, Signalled)
    nick = event.target if event.room is None else None
    return Passed(event.room, nick, event.at, event.serial)


RULES = {Signal: Rule(_answer, _decide)}
