"""Rules for what is said in a room, its topic and its welcome line."""

from chatsvc.core.commands import (
    ReadHistory,
    Say,
    SearchRoom,
    SetTopic,
    SetWelcome,
    ShowTopic,
    ShowWelcome,
    TalkIn,
)
from chatsvc.core.errors import NotAllowed
from chatsvc.core.events import UNNUMBERED, Event, Said, TopicSet, WelcomeSet
from chatsvc.core.names import nick_key, room_key
from chatsvc.core.people import Session
from chatsvc.core.replies import Sent, TalkingIn, TopicIs, WelcomeIs
from chatsvc.core.room import Room
from chatsvc.core.rules.rooms import topic_of
from chatsvc.core.rules.rule import Rule
from chatsvc.core.state import State, nick_of, person_of


def _decide_say(state: State, session: Session, command: Say, now: int) -> tuple[Event, ...]:
    person = person_of(session)
    room = person.rooms.get(room_key(command.room))
    if room is None:
        room = state.joined_room(session, command.room)
    return (
        Said(
            room.name,
            UNNUMBERED,
            now,
            person.nick,
            command.text,
            command.client_id,
            room.room_id,
        ),
    )


def _answer_say(_state: State, _session: Session, _command: Say, events: tuple[Event, ...]) -> Sent:
    said = events[0]
    assert isinstance(said, Said)
    return Sent(said.room, said.number)


def _check_talk(state: State, session: Session, command: TalkIn, _now: int) -> tuple[Event, ...]:
    if command.room is not None:
        state.joined_room(session, command.room)
    return ()


def _answer_talk(
    state: State, session: Session, command: TalkIn, _events: tuple[Event, ...]
) -> TalkingIn:
    if command.room is None:
        return TalkingIn(None)
    return TalkingIn(state.joined_room(session, command.room).name)


def _check_room(
    state: State, _session: Session, command: ReadHistory | SearchRoom, _now: int
) -> tuple[Event, ...]:
    """Let anyone with a nick read: every room is public, so joining it first adds nothing."""
    state.room(command.room)
    return ()


def _decide_topic(state: State, session: Session, command: SetTopic, now: int) -> tuple[Event, ...]:
    room = state.joined_room(session, command.room)
    return (TopicSet(room.name, now, nick_of(session), command.text, room.room_id),)


def _answer_topic(
    state: State, _session: Session, command: SetTopic | ShowTopic, _events: tuple[Event, ...]
) -> TopicIs:
    return topic_of(state.room(command.room))


def _decide_welcome(
    state: State, session: Session, command: SetWelcome, now: int
) -> tuple[Event, ...]:
    room = state.room(command.room)
    if not _may_set_welcome(session, room):
        raise NotAllowed(f'The welcome line of "{room.name}" is set by the nick that created it.')
    return (WelcomeSet(room.name, now, nick_of(session), command.text, room.room_id),)


def _may_set_welcome(session: Session, room: Room) -> bool:
    if room.owner is None:
        return person_of(session).person_id in room.members
    return room.owner == nick_key(nick_of(session))


def _answer_welcome(
    state: State, _session: Session, command: SetWelcome | ShowWelcome, _events: tuple[Event, ...]
) -> WelcomeIs:
    room = state.room(command.room)
    return WelcomeIs(room.name, room.welcome)


RULES = {
    Say: Rule(_answer_say, _decide_say),
    TalkIn: Rule(_answer_talk, _check_talk),
    ReadHistory: Rule(None, _check_room),
    SearchRoom: Rule(None, _check_room),
    SetTopic: Rule(_answer_topic, _decide_topic),
    ShowTopic: Rule(_answer_topic),
    SetWelcome: Rule(_answer_welcome, _decide_welcome),
    ShowWelcome: Rule(_answer_welcome),
}
